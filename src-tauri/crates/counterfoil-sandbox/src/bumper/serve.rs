//! The way of one request: read, record, draw a fault, apply, word the answer, deliver.

use std::time::{Duration, Instant};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::PROVIDER;
use super::answer;
use super::ask::{BAD_TOKEN, Reader, Refusal};
use super::book::Done;
use super::money;
use super::page;
use super::read::{Reading, read, route};
use crate::deliver::{self, Answer};
use crate::faults::{Command, FaultRule};
use crate::ledger::NewEffect;
use crate::line::Connection;
use crate::world::{Call, Shared, World};

/// Answers everything below `/bumper`.
pub(crate) async fn serve(shared: &Shared, connection: &Connection, call: Call) -> Response {
    if let Some(page) = shared.with(|world| page::serve(world, &call)) {
        return page;
    }
    let command = match route(&call.method, &call.path) {
        Ok(command) => command,
        Err(miss) => return missed(shared, &call, miss),
    };
    let turn = shared.with(|world| take_turn(world, command, &call));
    if turn.delay > Duration::ZERO {
        tokio::time::sleep(turn.delay).await;
    }
    if turn.throttled {
        return deliver::throttled(1);
    }
    deliver::deliver(connection, turn.rule.as_ref(), turn.answer, turn.hang_limit).await
}

/// 404 or 405, never a redirect; the request is still recorded, body digest included.
fn missed(shared: &Shared, call: &Call, status: StatusCode) -> Response {
    shared.with(|world| world.arrivals.enter(call.received(PROVIDER)));
    let json = answer::refusal(status.canonical_reason().unwrap_or("Not Found")).to_string();
    let mut response = deliver::reply(status, "application/json", json);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = if matches!(call.path.as_str(), "/v2/status/" | "/v2/products/") {
            "GET"
        } else {
            "POST"
        };
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

/// What the locked part of a request decided.
struct Turn {
    delay: Duration,
    throttled: bool,
    rule: Option<FaultRule>,
    answer: Option<Answer>,
    hang_limit: Option<Duration>,
}

fn take_turn(world: &mut World, command: Command, call: &Call) -> Turn {
    let reading = read(&world.bumper, command, call);
    let drawn = world.faults.draw(command, &mut world.chance);
    let mut received = call.received(PROVIDER);
    received.api_key.clone_from(&reading.api_key);
    received.token.clone_from(&reading.token);
    received.signature_valid = reading.signature_valid;
    received.fault = drawn.name();
    world.arrivals.enter(received);
    let api_key = reading.api_key.clone().unwrap_or_default();
    let throttled = !world.bumper.within_rate(&api_key, Instant::now());
    let applies = drawn.rule.as_ref().is_none_or(FaultRule::applies) && !throttled;
    let answer = applies.then(|| apply(world, command, &reading, call, drawn.rule.as_ref()));
    let gives_up = world.bumper.switches.timeout.gives_up_after_ms;
    Turn {
        delay: Duration::from_millis(drawn.delay_ms),
        throttled,
        rule: drawn.rule,
        answer,
        hang_limit: gives_up.map(Duration::from_millis),
    }
}

fn apply(
    world: &mut World,
    command: Command,
    reading: &Reading,
    call: &Call,
    rule: Option<&FaultRule>,
) -> Answer {
    let (status, mut body) = match carry_out(world, command, reading, call) {
        Ok(body) => (StatusCode::OK, body),
        Err(Refusal(message)) => (refusal_status(world), answer::refusal(&message)),
    };
    if let Some(rule) = rule {
        answer::distort(&mut body, rule);
    }
    Answer { status, json: deliver::render(&body, &mut world.chance) }
}

fn refusal_status(world: &World) -> StatusCode {
    let switches = &world.bumper.switches;
    if switches.server_errors.refusals_are_500 {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::from_u16(switches.refusals.http_status).unwrap_or(StatusCode::BAD_REQUEST)
}

fn carry_out(
    world: &mut World,
    command: Command,
    reading: &Reading,
    call: &Call,
) -> Result<Value, Refusal> {
    if let Some(refusal) = &reading.refusal {
        return Err(refusal.clone());
    }
    let api_key = reading.api_key.as_deref().unwrap_or_default();
    let token = reading.token.as_deref().unwrap_or_default();
    let book = &mut world.bumper;
    let switches = book.switches.clone();
    let reader = Reader { parameters: &reading.parameters, switches: &switches };
    let done = match command {
        Command::Status => {
            let payment = book.owned(api_key, token)?;
            let account = book.account(api_key).ok_or_else(|| Refusal(BAD_TOKEN.into()))?;
            return Ok(answer::status(&switches, account, payment));
        }
        Command::Products => {
            reader.amount()?;
            let account = book.account(api_key).ok_or_else(|| Refusal(BAD_TOKEN.into()))?;
            return Ok(answer::products(account));
        }
        Command::Start => book.start(api_key, reader.start()?, &mut world.chance)?,
        Command::Update => {
            let (ask, now) = (reader.change()?, Instant::now());
            book.update(api_key, token, ask, &mut world.chance, now)?
        }
        Command::Cancel => book.cancel(api_key, token)?,
        Command::Refund => book.refund(api_key, token, reader.change()?, &call.digest())?,
        Command::Capture
        | Command::Void
        | Command::Relabel
        | Command::List
        | Command::Refresh
        | Command::Hook => return Err(Refusal("Not Found".into())),
    };
    enter(world, &done, Some(call.digest()));
    let mut body = answer::done(&world.bumper, command, &done);
    if done.link.is_some() && world.faults.draw_missing_link(command, &mut world.chance) {
        answer::without_link(&mut body);
    }
    Ok(body)
}

/// Writes what took effect into the ledger.
pub(crate) fn enter(world: &mut World, done: &Done, request_digest: Option<String>) {
    let Some(kind) = done.kind else { return };
    world.ledger.enter(NewEffect {
        provider: PROVIDER,
        kind,
        token: done.token.clone(),
        amount: done.amount.map(money::two_decimals),
        invoice_number: done.invoice_number.clone(),
        awaits_customer: done.link.is_some(),
        request_digest,
    });
}
