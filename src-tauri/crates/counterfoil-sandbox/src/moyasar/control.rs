//! The control interface of this provider, below `/control/moyasar`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;

use super::desk::{self, MoyasarChange, NewMoyasarPayment};
use super::switches::MoyasarSwitches;
use super::webhook::{self, MoyasarOrder};
use crate::control::{Body, Stand, answer, given, merge, outcome, problem};
use crate::world::{Shared, World};

/// All routes of this provider.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control/moyasar/switches", get(switches).post(change_switches))
        .route("/control/moyasar/payments", get(payments).post(create))
        .route("/control/moyasar/payments/{id}", get(payment))
        .route("/control/moyasar/payments/{id}/pay", post(pay))
        .route("/control/moyasar/payments/{id}/fail", post(fail))
        .route("/control/moyasar/payments/{id}/settle", post(settle))
        .route("/control/moyasar/payments/{id}/let-go", post(let_go))
        .route("/control/moyasar/payments/{id}/set", post(set))
        .route("/control/moyasar/webhook", post(send_webhook))
}

async fn switches(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| world.moyasar.switches.clone()))
}

async fn change_switches(State(shared): Stand, body: Body<Value>) -> Response {
    given(body, |change| match shared.with(|world| merge_switches(world, change)) {
        Ok(switches) => answer(StatusCode::OK, &switches),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error),
    })
}

fn merge_switches(world: &mut World, change: Value) -> Result<MoyasarSwitches, String> {
    let text = |error: serde_json::Error| error.to_string();
    let mut merged = serde_json::to_value(&world.moyasar.switches).map_err(text)?;
    merge(&mut merged, change)?;
    let switches: MoyasarSwitches = serde_json::from_value(merged).map_err(text)?;
    world.moyasar.switches = switches.clone();
    Ok(switches)
}

async fn payments(State(shared): Stand) -> Response {
    answer(StatusCode::OK, &shared.with(|world| desk::list(world)))
}

async fn create(State(shared): Stand, body: Body<NewMoyasarPayment>) -> Response {
    given(body, |new| outcome(shared.with(|world| desk::create(world, new))))
}

async fn payment(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::look(world, &id)))
}

async fn pay(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::pay(world, &id)))
}

async fn fail(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::fail(world, &id)))
}

async fn settle(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::settle(world, &id)))
}

async fn let_go(State(shared): Stand, Path(id): Path<String>) -> Response {
    outcome(shared.with(|world| desk::let_go(world, &id)))
}

async fn set(State(shared): Stand, Path(id): Path<String>, body: Body<MoyasarChange>) -> Response {
    given(body, |change| outcome(shared.with(|world| desk::set(world, &id, &change))))
}

async fn send_webhook(State(shared): Stand, body: Body<MoyasarOrder>) -> Response {
    let order = match body {
        Ok(axum::Json(order)) => order,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    match shared.with(|world| webhook::write(world, &order)) {
        Ok(letter) => answer(StatusCode::OK, &webhook::send(letter).await),
        Err(error) => problem(error.status(), &error.to_string()),
    }
}
