//! The way of one request: read, record, draw a fault, apply, word the answer, deliver.

use std::time::{Duration, Instant};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::account::Power;
use super::book::Done;
use super::create::{Created, create};
use super::payment::major;
use super::problem::Problem;
use super::read::{Route, amount, is_form, key_holder, members, route};
use super::switches::PutBody;
use super::{PROVIDER, answer, list, texts};
use crate::clock::unix_millis;
use crate::deliver::{self, Answer};
use crate::faults::{Command, FaultRule};
use crate::ledger::NewEffect;
use crate::line::Connection;
use crate::world::{Call, Shared, World};

/// Fields of an update (Update Payment page).
const UPDATE_FIELDS: [&str; 2] = ["description", "metadata"];

/// Answers everything below `/moyasar`.
pub(crate) async fn serve(shared: &Shared, connection: &Connection, call: Call) -> Response {
    let Some(route) = route(&call.method, &call.path) else {
        return missed(shared, &call);
    };
    let turn = shared.with(|world| take_turn(world, &route, &call));
    if turn.delay > Duration::ZERO {
        tokio::time::sleep(turn.delay).await;
    }
    if let Some(retry_after) = turn.throttled {
        return throttled(retry_after);
    }
    deliver::deliver(connection, turn.rule.as_ref(), turn.answer, turn.hang_limit).await
}

/// No such address; the request is still recorded.
fn missed(shared: &Shared, call: &Call) -> Response {
    shared.with(|world| world.arrivals.enter(call.received(PROVIDER)));
    let problem = Problem::missing();
    deliver::reply(problem.status, "application/json", problem.body().to_string())
}

/// 429; plain text unless a waiting time is told (A-MOY-09).
fn throttled(retry_after: Option<u64>) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let Some(seconds) = retry_after else {
        return deliver::reply(status, "text/plain", "Too Many Requests".to_owned());
    };
    let json = r#"{"type":"rate_limit_error","message":"Too many requests","errors":null}"#;
    let mut response = deliver::reply(status, "application/json", json.to_owned());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// What the locked part of a request decided.
struct Turn {
    delay: Duration,
    throttled: Option<Option<u64>>,
    rule: Option<FaultRule>,
    answer: Option<Answer>,
    hang_limit: Option<Duration>,
}

fn take_turn(world: &mut World, route: &Route, call: &Call) -> Turn {
    let holder = key_holder(&world.moyasar, &call.headers);
    let drawn = world.faults.draw(route.command, &mut world.chance);
    let mut received = call.received(PROVIDER);
    let account = holder.and_then(|(place, _)| world.moyasar.accounts.get(place));
    received.api_key = account.map(|account| account.publishable_key.to_owned());
    received.token.clone_from(&route.id);
    received.signature_valid = Some(holder.is_some());
    received.fault = drawn.name();
    world.arrivals.enter(received);
    let within = holder.is_none_or(|(place, _)| world.moyasar.within_rate(place, Instant::now()));
    let throttled = (!within).then_some(world.moyasar.switches.rate.retry_after);
    let applies = drawn.rule.as_ref().is_none_or(FaultRule::applies) && within;
    let answer = applies.then(|| apply(world, route, holder, call, drawn.rule.as_ref()));
    let gives_up = world.moyasar.switches.timeout.gives_up_after_ms;
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
    route: &Route,
    holder: Option<(usize, Power)>,
    call: &Call,
    rule: Option<&FaultRule>,
) -> Answer {
    let done = may(world, route.command, holder)
        .and_then(|account| carry_out(world, route, account, call));
    let (status, body) = match done {
        Ok(outcome) => outcome,
        Err(problem) => (problem.status, Some(problem.body())),
    };
    let Some(mut body) = body else {
        return Answer { status, json: String::new() };
    };
    if let Some(rule) = rule.filter(|_| status.is_success()) {
        answer::distort(&mut body, rule);
    }
    Answer { status, json: deliver::render(&body, &mut world.chance) }
}

/// Which merchant asks, if the key may do this.
fn may(world: &World, command: Command, holder: Option<(usize, Power)>) -> Result<usize, Problem> {
    let weak = world.moyasar.switches.editions.weak_key_is_401;
    match holder {
        None => Err(Problem::unknown_key()),
        Some((_, Power::NotLive)) => Err(Problem::not_live()),
        Some((_, Power::CreateOnly)) if command != Command::Start => {
            let status = if weak { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            Err(Problem::weak_key(status))
        }
        Some((account, Power::CreateOnly | Power::Everything)) => Ok(account),
    }
}

type Outcome = Result<(StatusCode, Option<Value>), Problem>;

fn carry_out(world: &mut World, route: &Route, account: usize, call: &Call) -> Outcome {
    let id = route.id.as_deref().unwrap_or_default();
    let now = unix_millis();
    let book = &mut world.moyasar;
    if route.command == Command::Status {
        return Ok((StatusCode::OK, Some(answer::payment(book.owned(account, id)?))));
    }
    if route.command == Command::List {
        return Ok((StatusCode::OK, Some(list::page(book, account, &call.query)?)));
    }
    if route.command != Command::Start {
        book.owned(account, id)?;
    }
    let (members, form) = (members(call)?, is_form(call));
    match route.command {
        Command::Start => start(world, account, call, now),
        Command::Relabel => {
            let before = answer::payment(book.owned(account, id)?);
            known_fields(&members, book.switches.unknown_fields.refused)?;
            let asked = texts::read(&members, &book.switches)?;
            let done = book.update(account, id, asked, now)?;
            updated(world, &done, call, before)
        }
        Command::Refund => {
            let done = book.refund(account, id, amount(&members, form)?, now)?;
            changed(world, &done, call, false)
        }
        Command::Capture => {
            let done = book.capture(account, id, amount(&members, form)?, now)?;
            let empty = world.moyasar.switches.bodies.empty_commands;
            changed(world, &done, call, empty)
        }
        Command::Void => {
            let done = book.void(account, id, now)?;
            let empty = world.moyasar.switches.bodies.empty_commands;
            changed(world, &done, call, empty)
        }
        Command::Status
        | Command::List
        | Command::Update
        | Command::Cancel
        | Command::Products
        | Command::Refresh
        | Command::Hook => Err(Problem::missing()),
    }
}

fn start(world: &mut World, account: usize, call: &Call, now: u64) -> Outcome {
    let (members, form) = (members(call)?, is_form(call));
    let book = &mut world.moyasar;
    let id = match create(book, account, &members, form, &mut world.chance, now)? {
        Created::Known(id) => id,
        Created::New(done) => {
            enter(world, &done, Some(call.digest()));
            done.id
        }
    };
    let payment = world.moyasar.owned(account, &id)?;
    Ok((StatusCode::CREATED, Some(answer::payment(payment))))
}

/// A-MOY-12.
fn known_fields(members: &serde_json::Map<String, Value>, refused: bool) -> Result<(), Problem> {
    let unknown = members.keys().find(|name| !UPDATE_FIELDS.contains(&name.as_str()));
    match unknown {
        Some(name) if refused => Err(Problem::field(name, "cannot be updated")),
        Some(_) | None => Ok(()),
    }
}

/// A-MOY-01.
fn updated(world: &mut World, done: &Done, call: &Call, before: Value) -> Outcome {
    enter(world, done, Some(call.digest()));
    let book = &world.moyasar;
    let now = book.payment(&done.id).map(answer::payment);
    Ok(match book.switches.bodies.put_body {
        PutBody::Full => (StatusCode::OK, now),
        PutBody::Before => (StatusCode::OK, Some(before)),
        PutBody::Empty200 => (StatusCode::OK, None),
        PutBody::NoContent204 => (StatusCode::NO_CONTENT, None),
    })
}

fn changed(world: &mut World, done: &Done, call: &Call, empty: bool) -> Outcome {
    enter(world, done, Some(call.digest()));
    let payment = world.moyasar.payment(&done.id).map(answer::payment);
    Ok((StatusCode::OK, payment.filter(|_| !empty)))
}

/// Writes what took effect into the ledger.
pub(crate) fn enter(world: &mut World, done: &Done, request_digest: Option<String>) {
    let currency = world.moyasar.payment(&done.id).map(|payment| payment.currency.clone());
    let currency = currency.unwrap_or_default();
    world.ledger.enter(NewEffect {
        provider: PROVIDER,
        kind: done.kind,
        token: done.id.clone(),
        amount: done.amount.map(|minor| major(minor, &currency)),
        invoice_number: None,
        awaits_customer: false,
        request_digest,
    });
}
