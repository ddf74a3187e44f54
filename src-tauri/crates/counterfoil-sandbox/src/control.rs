//! The control interface: what a test, or a trainer, may see and do behind the providers' backs.
//! JSON over loopback, below `/control`. Every act here exists on [`crate::Sandbox`] as well.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bumper::desk::{self, NewPayment, ProviderChange};
use crate::bumper::switches::BumperSwitches;
use crate::bumper::webhook::{self, WebhookOrder};
use crate::deliver::reply;
use crate::faults::FaultRule;
use crate::line::{Connection, LineState, Purpose};
use crate::world::{ControlError, Shared, World};

pub(crate) type Stand = State<Arc<Shared>>;
/// A body that may be none.
pub(crate) type Body<T> = Result<Json<T>, JsonRejection>;

/// All routes of the control interface.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control/ledger", get(ledger))
        .route("/control/requests", get(requests))
        .route("/control/faults", get(faults).post(set_fault).delete(clear_faults))
        .route("/control/switches", get(switches).post(change_switches))
        .route("/control/line", get(line).post(set_line))
        .route("/control/bumper/payments", get(payments).post(create))
        .route("/control/bumper/payments/{token}", get(payment))
        .route("/control/bumper/payments/{token}/sign", post(sign))
        .route("/control/bumper/payments/{token}/settle", post(settle))
        .route("/control/bumper/payments/{token}/fail", post(fail))
        .route("/control/bumper/payments/{token}/complete-redirect", post(complete_redirect))
        .route("/control/bumper/payments/{token}/set", post(set))
        .route("/control/bumper/webhook", post(send_webhook))
        .merge(crate::moyasar::control::router())
        .merge(crate::norce::control::router())
        .merge(crate::wepay::routes::router())
        .layer(from_fn(mark))
}

/// Remembers that a connection is used for control, so that a line going down spares it.
async fn mark(
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    connection.use_for(Purpose::Control);
    next.run(request).await
}

pub(crate) fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(json) => reply(status, "application/json", json),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(crate) fn problem(status: StatusCode, text: &str) -> Response {
    reply(status, "application/json", json!({"error": text}).to_string())
}

pub(crate) fn outcome<T: Serialize>(result: Result<T, ControlError>) -> Response {
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err(error) => problem(error.status(), &error.to_string()),
    }
}

/// Does the act with the body, or says why the body cannot be read.
pub(crate) fn given<T>(body: Body<T>, act: impl FnOnce(T) -> Response) -> Response {
    match body {
        Ok(Json(value)) => act(value),
        Err(rejection) => problem(rejection.status(), &rejection.body_text()),
    }
}

async fn ledger(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.ledger.effects().to_vec()))
}

async fn requests(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.arrivals.list()))
}

async fn faults(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.faults.list()))
}

async fn set_fault(State(shared): Stand, body: Body<FaultRule>) -> Response {
    given(body, |rule| {
        let rules = shared.with(|world| {
            world.faults.set(rule);
            world.faults.list()
        });
        answer(StatusCode::OK, &rules)
    })
}

async fn clear_faults(State(shared): Stand) -> Response {
    shared.with(|world| world.faults.clear());
    faults(State(shared)).await
}

async fn switches(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.bumper.switches.clone()))
}

async fn change_switches(State(shared): Stand, body: Body<Value>) -> Response {
    given(body, |change| match shared.with(|world| merge_switches(world, change)) {
        Ok(switches) => answer(StatusCode::OK, &switches),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error),
    })
}

/// Takes over the members that are named and leaves the others as they are.
fn merge_switches(world: &mut World, change: Value) -> Result<BumperSwitches, String> {
    let text = |error: serde_json::Error| error.to_string();
    let mut merged = serde_json::to_value(&world.bumper.switches).map_err(text)?;
    merge(&mut merged, change)?;
    let switches: BumperSwitches = serde_json::from_value(merged).map_err(text)?;
    world.bumper.switches = switches.clone();
    Ok(switches)
}

/// Groups are objects and stay objects; everything else is replaced.
pub(crate) fn merge(target: &mut Value, change: Value) -> Result<(), String> {
    match (target, change) {
        (Value::Object(members), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(members.entry(key).or_insert(Value::Null), value)?;
            }
        }
        (Value::Object(_), other) => return Err(format!("an object was expected, not {other}")),
        (target, change) => *target = change,
    }
    Ok(())
}

/// `{"up":false}` falls silent; with `"refuse":true` connections are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineWish {
    up: bool,
    #[serde(default)]
    refuse: bool,
}

async fn line(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &json!({"line": shared.line.state()}))
}

async fn set_line(State(shared): Stand, body: Body<LineWish>) -> Response {
    given(body, |wish| {
        let state = match (wish.up, wish.refuse) {
            (true, _) => LineState::Up,
            (false, false) => LineState::Silent,
            (false, true) => LineState::Refusing,
        };
        let changed = shared.line.set(state).map_err(|_| ControlError::Line);
        outcome(changed.map(|()| json!({"line": state})))
    })
}

async fn payments(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| desk::list(world)))
}

async fn create(State(shared): Stand, body: Body<NewPayment>) -> Response {
    given(body, |new| outcome(shared.with(|world| desk::create(world, new))))
}

async fn payment(State(shared): Stand, Path(token): Path<String>) -> Response {
    outcome(shared.with(|world| desk::look(world, &token)))
}

async fn sign(State(shared): Stand, Path(token): Path<String>) -> Response {
    outcome(shared.with(|world| desk::sign(world, &token)))
}

async fn settle(State(shared): Stand, Path(token): Path<String>) -> Response {
    outcome(shared.with(|world| desk::settle(world, &token)))
}

async fn fail(State(shared): Stand, Path(token): Path<String>) -> Response {
    outcome(shared.with(|world| desk::fail(world, &token)))
}

async fn complete_redirect(State(shared): Stand, Path(token): Path<String>) -> Response {
    outcome(shared.with(|world| desk::complete_redirect(world, &token)))
}

async fn set(
    State(shared): Stand,
    Path(token): Path<String>,
    body: Body<ProviderChange>,
) -> Response {
    given(body, |change| outcome(shared.with(|world| desk::set(world, &token, &change))))
}

async fn send_webhook(State(shared): Stand, body: Body<WebhookOrder>) -> Response {
    let order = match body {
        Ok(Json(order)) => order,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    match shared.with(|world| webhook::write(world, &order)) {
        Ok(letter) => answer(StatusCode::OK, &webhook::send(letter).await),
        Err(error) => problem(error.status(), &error.to_string()),
    }
}
