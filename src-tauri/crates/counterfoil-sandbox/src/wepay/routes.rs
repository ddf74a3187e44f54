//! The control interface of this provider, below `/control/wepay`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;

use super::desk::{self, ClockAhead, NewWepayPayment, RefundEnd, WepayChange};
use super::switches::WepaySwitches;
use crate::control::{Body, answer, given, merge, outcome, problem};
use crate::world::{Shared, World};

type Stand = State<Arc<Shared>>;

/// All routes.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control/wepay/payments", get(payments).post(create))
        .route("/control/wepay/payments/{id}", get(payment))
        .route("/control/wepay/payments/{id}/set", post(set))
        .route("/control/wepay/refunds", get(refunds))
        .route("/control/wepay/refunds/{id}/end", post(end_refund))
        .route("/control/wepay/clock", post(put_forward))
        .route("/control/wepay/switches", get(switches).post(change_switches))
        .route("/control/wepay/notification", get(notification))
}

async fn payments(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(desk::list))
}

async fn create(State(shared): Stand, body: Body<NewWepayPayment>) -> Response {
    given(body, |new| outcome(shared.with(|world| desk::create(world, new))))
}

async fn payment(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::look(world, &id)))
}

async fn set(State(shared): Stand, Path(id): Path<String>, body: Body<WepayChange>) -> Response {
    given(body, |change| outcome(shared.with(|world| desk::set(world, &id, &change))))
}

async fn refunds(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(desk::refunds))
}

async fn end_refund(
    State(shared): Stand,
    Path(id): Path<String>,
    body: Body<RefundEnd>,
) -> Response {
    given(body, |end| outcome(shared.with(|world| desk::end_refund(world, &id, end))))
}

async fn put_forward(State(shared): Stand, body: Body<ClockAhead>) -> Response {
    given(body, |ahead| {
        answer(StatusCode::OK, &shared.with(|world| desk::put_forward(world, ahead)))
    })
}

async fn notification(State(shared): Stand) -> Response {
    match shared.with(|world| desk::newest_notice(world)) {
        Some(notice) => answer(StatusCode::OK, &notice),
        None => problem(StatusCode::NOT_FOUND, "nothing was told yet"),
    }
}

async fn switches(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.wepay.switches.clone()))
}

async fn change_switches(State(shared): Stand, body: Body<Value>) -> Response {
    given(body, |change| match shared.with(|world| turned(world, change)) {
        Ok(switches) => answer(StatusCode::OK, &switches),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error),
    })
}

/// Takes over the members that are named and leaves the others as they are.
fn turned(world: &mut World, change: Value) -> Result<WepaySwitches, String> {
    let text = |error: serde_json::Error| error.to_string();
    let mut merged = serde_json::to_value(&world.wepay.switches).map_err(text)?;
    merge(&mut merged, change)?;
    let switches: WepaySwitches = serde_json::from_value(merged).map_err(text)?;
    world.wepay.switches = switches.clone();
    Ok(switches)
}
