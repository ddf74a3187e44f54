//! This provider's part of the control interface.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;

use super::desk::{self, NewNorceOrder, NorceChange};
use super::drive::{self, HookDrive};
use super::seed::seeded;
use super::switches::NorceSwitches;
use crate::control::{Body, Stand, answer, given, merge, outcome, problem};
use crate::world::Shared;

/// Routes below `/control/norce`.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control/norce/orders", get(orders).post(create))
        .route("/control/norce/orders/{id}", get(order))
        .route("/control/norce/orders/{id}/set", post(set))
        .route("/control/norce/payments", get(payments))
        .route("/control/norce/hook", post(hook))
        .route("/control/norce/switches", get(switches).post(change_switches))
}

async fn orders(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| desk::list(world)))
}

async fn order(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::look(world, &id)))
}

async fn create(State(shared): Stand, body: Body<NewNorceOrder>) -> Response {
    given(body, |new| outcome(shared.with(|world| desk::create(world, &new))))
}

async fn set(State(shared): Stand, Path(id): Path<String>, body: Body<NorceChange>) -> Response {
    given(body, |change| outcome(shared.with(|world| desk::set(world, &id, &change))))
}

async fn payments(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| seeded(&world.norce)))
}

async fn hook(State(shared): Stand, body: Body<HookDrive>) -> Response {
    match body {
        Ok(axum::Json(wish)) => outcome(drive::drive(&shared, wish).await),
        Err(rejection) => problem(rejection.status(), &rejection.body_text()),
    }
}

async fn switches(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.norce.switches.clone()))
}

async fn change_switches(State(shared): Stand, body: Body<Value>) -> Response {
    given(body, |change| {
        shared.with(|world| match merged(&world.norce.switches, change) {
            Ok(switches) => {
                world.norce.switches = switches;
                answer(StatusCode::OK, &world.norce.switches)
            }
            Err(error) => problem(StatusCode::BAD_REQUEST, &error),
        })
    })
}

/// The named members are taken over, the others stay.
fn merged(switches: &NorceSwitches, change: Value) -> Result<NorceSwitches, String> {
    let text = |error: serde_json::Error| error.to_string();
    let mut all = serde_json::to_value(switches).map_err(text)?;
    merge(&mut all, change)?;
    serde_json::from_value(all).map_err(text)
}
