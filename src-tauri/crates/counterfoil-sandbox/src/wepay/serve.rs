//! The way of one request: read, record, draw a fault, apply, word the answer, deliver.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::PROVIDER;
use super::answer;
use super::ask;
use super::book::{Book, Done};
use super::keys::{Known, Outcome};
use super::money::two_decimals;
use super::problem::{At, Problem};
use super::query::{Asked, Place, page};
use crate::deliver::{self, Answer};
use crate::faults::{Command, Drawn, FaultKind, FaultRule};
use crate::ledger::NewEffect;
use crate::line::Connection;
use crate::world::{Call, Shared, World};

/// What a method and a path stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Op {
    Payments,
    Payment(String),
    Update(String),
    Capture(String),
    Cancel(String),
    MakeRefund,
    Refund(String),
    Notifications,
    /// Payments begin elsewhere; only the rule of the key is there.
    MakePayment,
}

impl Op {
    const fn command(&self) -> Command {
        match self {
            Self::Payments | Self::Notifications => Command::List,
            Self::Payment(_) | Self::Refund(_) => Command::Status,
            Self::Update(_) => Command::Update,
            Self::Capture(_) => Command::Capture,
            Self::Cancel(_) => Command::Cancel,
            Self::MakeRefund => Command::Refund,
            Self::MakePayment => Command::Start,
        }
    }

    /// The endpoint that the throttle counts.
    const fn endpoint(&self) -> &'static str {
        match self {
            Self::Payments => "GET /payments",
            Self::Payment(_) => "GET /payments/{id}",
            Self::Update(_) => "POST /payments/{id}",
            Self::Capture(_) => "POST /payments/{id}/capture",
            Self::Cancel(_) => "POST /payments/{id}/cancel",
            Self::MakeRefund => "POST /refunds",
            Self::Refund(_) => "GET /refunds/{id}",
            Self::Notifications => "GET /notifications",
            Self::MakePayment => "POST /payments",
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Payment(id)
            | Self::Update(id)
            | Self::Capture(id)
            | Self::Cancel(id)
            | Self::Refund(id) => Some(id),
            Self::Payments | Self::MakeRefund | Self::Notifications | Self::MakePayment => None,
        }
    }
}

fn route(method: &Method, path: &str) -> Result<Op, StatusCode> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let id = |id: &str| decoded(id).ok_or(StatusCode::NOT_FOUND);
    let get = *method == Method::GET;
    let post = *method == Method::POST;
    match parts.as_slice() {
        ["payments"] if get => Ok(Op::Payments),
        ["payments"] if post => Ok(Op::MakePayment),
        ["payments", one] if get => id(one).map(Op::Payment),
        ["payments", one] if post => id(one).map(Op::Update),
        ["payments", one, "capture"] if post => id(one).map(Op::Capture),
        ["payments", one, "cancel"] if post => id(one).map(Op::Cancel),
        ["refunds"] if post => Ok(Op::MakeRefund),
        ["refunds", one] if get => id(one).map(Op::Refund),
        ["notifications"] if get => Ok(Op::Notifications),
        // A-WEP-08: a list of refunds is not documented.
        ["payments"] | ["payments", ..] | ["refunds", _] | ["notifications"] => {
            Err(StatusCode::METHOD_NOT_ALLOWED)
        }
        _ => Err(StatusCode::NOT_FOUND),
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        bytes.push(*hex::decode(digits).ok()?.first()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Answers everything below `/wepay`.
pub(crate) async fn serve(shared: &Shared, connection: &Connection, call: Call) -> Response {
    let op = match route(&call.method, &call.path) {
        Ok(op) => op,
        Err(status) => return missed(shared, &call, status),
    };
    let turn = shared.with(|world| take_turn(world, &op, &call));
    if turn.delay > Duration::ZERO {
        tokio::time::sleep(turn.delay).await;
    }
    let mut response = match turn.rule.as_ref().map(|rule| rule.fault) {
        Some(FaultKind::Error500AfterApply) => {
            let message = "An unexpected error occurred.";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            problem(&Problem::bare(status, "UNEXPECTED_ERROR", message))
        }
        Some(FaultKind::Http429) => {
            let wait = turn.rule.as_ref().and_then(|rule| rule.retry_after);
            with_wait(problem(&Problem::throttled(StatusCode::TOO_MANY_REQUESTS)), wait)
        }
        Some(_) | None => deliver::deliver(connection, turn.rule.as_ref(), turn.answer, None).await,
    };
    if turn.throttled {
        response = with_wait(response, turn.retry_after);
    }
    let name = HeaderName::from_static("x-correlation-id");
    if let Ok(value) = HeaderValue::from_str(&turn.correlation_id) {
        response.headers_mut().insert(name, value);
    }
    response
}

fn problem(problem: &Problem) -> Response {
    deliver::reply(problem.status, "application/json", problem.json().to_string())
}

fn with_wait(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// 404 or 405; the request is still recorded, body digest included.
fn missed(shared: &Shared, call: &Call, status: StatusCode) -> Response {
    shared.with(|world| world.arrivals.enter(call.received(PROVIDER)));
    let mut missed =
        Problem::invalid(At::Path, "", "PATH_NOT_FOUND", "There is nothing at this address.");
    missed.status = status;
    problem(&missed)
}

/// What the locked part of a request decided.
struct Turn {
    delay: Duration,
    rule: Option<FaultRule>,
    answer: Option<Answer>,
    correlation_id: String,
    throttled: bool,
    retry_after: Option<u64>,
}

fn take_turn(world: &mut World, op: &Op, call: &Call) -> Turn {
    let now_ms = world.wepay.now_ms();
    for done in world.wepay.tick(now_ms) {
        enter(world, &done, None);
    }
    let drawn = world.faults.draw(op.command(), &mut world.chance);
    let app = authorised(&world.wepay, call);
    record(world, op, call, &drawn, app.as_ref().ok());
    let mut turn = Turn {
        delay: Duration::from_millis(drawn.delay_ms),
        rule: None,
        answer: None,
        correlation_id: super::book::uuid(&mut world.chance),
        throttled: false,
        retry_after: world.wepay.switches.throttle.retry_after,
    };
    let app = app.and_then(|app| within_rate(&mut world.wepay, app, op, now_ms));
    let applies = drawn.rule.as_ref().is_none_or(FaultRule::applies);
    let busy_ms = busy_ms(&world.wepay, &drawn);
    let judged = match app {
        Ok(app) if applies => carry_out(world, &app, op, call, (now_ms, busy_ms)),
        Ok(_) => Err(conflict(&world.wepay)),
        Err(problem) => Err(problem),
    };
    turn.throttled = judged.as_ref().is_err_and(|p| p.code == "THROTTLE_EXCEEDED");
    let (status, mut body) = match judged {
        Ok(body) => (StatusCode::OK, body),
        Err(problem) => (problem.status, problem.json()),
    };
    if let Some(rule) = &drawn.rule {
        answer::distort(&mut body, rule);
    }
    turn.answer = Some(Answer { status, json: deliver::render(&body, &mut world.chance) });
    turn.rule = drawn.rule;
    turn
}

fn record(world: &mut World, op: &Op, call: &Call, drawn: &Drawn, app: Option<&String>) {
    let mut received = call.received(PROVIDER);
    received.api_key = app.cloned();
    received.token = op.id().map(str::to_owned);
    received.signature_valid = Some(app.is_some());
    received.idempotency_key = text_header(call, "unique-key");
    received.fault = drawn.name();
    world.arrivals.enter(received);
}

/// What stands in the answer where a fault lets nothing happen: RESOURCE_CONFLICT. The other
/// faults of that kind put something of their own in its place.
fn conflict(book: &Book) -> Problem {
    let status = StatusCode::from_u16(book.switches.statuses.conflict);
    let status = status.unwrap_or(StatusCode::CONFLICT);
    Problem::bare(status, "RESOURCE_CONFLICT", "Another request changes this resource.")
}

/// How long a key stays in use after its request took effect: as long as the answer is late.
fn busy_ms(book: &Book, drawn: &Drawn) -> i64 {
    let most = book.switches.key_life.in_use_ms;
    if drawn.rule.as_ref().is_some_and(|rule| rule.fault == FaultKind::Hang) {
        return most;
    }
    i64::try_from(drawn.delay_ms).unwrap_or(most).min(most)
}

fn text_header(call: &Call, name: &str) -> Option<String> {
    call.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// API Basics: three headers. Bad credentials before a missing version.
fn authorised(book: &Book, call: &Call) -> Result<String, Problem> {
    let (id, token) = (text_header(call, "app-id"), text_header(call, "app-token"));
    let known = book.apps.iter().find(|app| Some(app.id) == id.as_deref());
    let app = known.filter(|app| Some(app.token) == token.as_deref());
    let app = app.ok_or_else(Problem::not_authorized)?;
    let needs = |name: &str| Problem::invalid(At::Header, name, "PARAM_MISSING", "It is required.");
    let version = text_header(call, "api-version").unwrap_or_default();
    if !version.starts_with("3.") {
        return Err(needs("Api-Version"));
    }
    let typed = text_header(call, "content-type").unwrap_or_default();
    if call.method == Method::POST && !typed.starts_with("application/json") {
        return Err(needs("Content-Type"));
    }
    Ok(app.id.to_owned())
}

fn within_rate(book: &mut Book, app: String, op: &Op, now_ms: i64) -> Result<String, Problem> {
    if book.within_rate(&app, op.endpoint(), now_ms) {
        return Ok(app);
    }
    let status = StatusCode::from_u16(book.switches.throttle.status);
    Err(Problem::throttled(status.unwrap_or(StatusCode::TOO_MANY_REQUESTS)))
}

fn carry_out(
    world: &mut World,
    app: &str,
    op: &Op,
    call: &Call,
    (now_ms, busy_ms): (i64, i64),
) -> Result<Value, Problem> {
    match op {
        Op::Payment(id) => return world.wepay.owned(app, id).map(answer::payment),
        Op::Refund(id) => return world.wepay.refund_of(app, id).map(answer::refund),
        Op::Payments => return payments(&world.wepay, app, &call.query),
        Op::Notifications => return notifications(&world.wepay, app, &call.query),
        Op::Update(_) | Op::Capture(_) | Op::Cancel(_) | Op::MakeRefund | Op::MakePayment => {}
    }
    let key = key(op, call)?;
    if let Some(key) = &key {
        let switches = world.wepay.switches.clone();
        match world.wepay.keys.look(&switches, app, key, call, now_ms)? {
            Known::New => {}
            Known::Again(outcome) => return fetch(&world.wepay, app, outcome),
        }
    }
    let judged = change(world, app, op, call, now_ms);
    if let Some(key) = &key {
        let remembered = world.wepay.switches.refusals.remembered;
        let outcome = match &judged {
            Ok(outcome) => Some(outcome.clone()),
            Err(problem) => remembered.then(|| Outcome::Refused(problem.clone())),
        };
        if let Some(outcome) = outcome {
            world.wepay.keys.keep(app, key, call, outcome, (now_ms, busy_ms));
        }
    }
    fetch(&world.wepay, app, judged?)
}

/// Required where something is made, optional elsewhere.
fn key(op: &Op, call: &Call) -> Result<Option<String>, Problem> {
    let key = text_header(call, "unique-key").filter(|key| !key.is_empty());
    if key.is_none() && matches!(op, Op::MakeRefund | Op::MakePayment) {
        let at = At::Header;
        return Err(Problem::invalid(at, "Unique-Key", "PARAM_MISSING", "It is required."));
    }
    Ok(key)
}

/// Does a change and enters what took effect.
fn change(
    world: &mut World,
    app: &str,
    op: &Op,
    call: &Call,
    now_ms: i64,
) -> Result<Outcome, Problem> {
    let body = ask::members(&call.body)?;
    let names = world.wepay.switches.amounts.clone();
    let book = &mut world.wepay;
    let (done, outcome) = match op {
        Op::Update(id) => {
            let done = book.update(app, id, ask::update(&body, &names)?, now_ms)?;
            (Some(done), Outcome::Payment(id.clone()))
        }
        Op::Capture(id) => {
            let done = book.capture(app, id, ask::capture(&body, &names)?, now_ms)?;
            (done, Outcome::Payment(id.clone()))
        }
        Op::Cancel(id) => {
            let done = book.cancel(app, id, ask::cancel(&body)?, now_ms)?;
            (Some(done), Outcome::Payment(id.clone()))
        }
        Op::MakeRefund => {
            let ask = ask::refund(&body)?;
            let (id, done) = book.refund(app, ask, &mut world.chance, now_ms)?;
            (done, Outcome::Refund(id))
        }
        Op::MakePayment => {
            return Err(Problem::body("", "Payments begin elsewhere than at this stand-in."));
        }
        Op::Payments | Op::Payment(_) | Op::Refund(_) | Op::Notifications => {
            return Err(Problem::body("", "Nothing is changed by this."));
        }
    };
    if let Some(done) = done {
        enter(world, &done, Some(call.digest()));
    }
    Ok(outcome)
}

fn fetch(book: &Book, app: &str, outcome: Outcome) -> Result<Value, Problem> {
    match outcome {
        Outcome::Payment(id) => book.owned(app, &id).map(answer::payment),
        Outcome::Refund(id) => book.refund_of(app, &id).map(answer::refund),
        Outcome::Refused(problem) => Err(problem),
    }
}

fn payments(book: &Book, app: &str, query: &str) -> Result<Value, Problem> {
    let asked = Asked::read(query, true)?;
    let passes = |payment: &&super::payment::Payment| payment.app_id == app && asked.wants(payment);
    let passing: Vec<_> = book.payments().iter().filter(passes).collect();
    let numbers: Vec<u64> = passing.iter().map(|payment| payment.number).collect();
    let (taken, newer, older) = page(&asked, &numbers);
    let of = |number: &u64| passing.iter().find(|p| p.number == *number).copied();
    let results = taken.iter().filter_map(of).map(answer::payment).collect();
    Ok(answer::page(
        results,
        beside(&asked, "/payments", newer, taken.first().map(|n| Place::Newer(*n))),
        beside(&asked, "/payments", older, taken.last().map(|n| Place::Older(*n))),
    ))
}

fn notifications(book: &Book, app: &str, query: &str) -> Result<Value, Problem> {
    let asked = Asked::read(query, false)?;
    let ours: Vec<_> = book.notices().iter().filter(|notice| notice.app_id == app).collect();
    let numbers: Vec<u64> = ours.iter().map(|notice| notice.number).collect();
    let (taken, newer, older) = page(&asked, &numbers);
    let of = |number: &u64| ours.iter().find(|notice| notice.number == *number).copied();
    let results = taken.iter().filter_map(of).map(answer::notice).collect();
    Ok(answer::page(
        results,
        beside(&asked, "/notifications", newer, taken.first().map(|n| Place::Newer(*n))),
        beside(&asked, "/notifications", older, taken.last().map(|n| Place::Older(*n))),
    ))
}

fn beside(asked: &Asked, list: &str, there: bool, place: Option<Place>) -> Option<String> {
    place.filter(|_| there).map(|place| asked.path(list, place))
}

/// Writes what took effect into the ledger.
pub(crate) fn enter(world: &mut World, done: &Done, request_digest: Option<String>) {
    world.ledger.enter(NewEffect {
        provider: PROVIDER,
        kind: done.kind,
        token: done.id.clone(),
        amount: done.amount.map(two_decimals),
        invoice_number: None,
        awaits_customer: false,
        request_digest,
    });
}
