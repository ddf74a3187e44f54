//! The three things a browser can reach: the screen's files, the calls, and the events.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use counterfoil_api::view::DeskEvent;
use counterfoil_api::{Desk, Fault, FaultCode, MoneyMoved, Seat};
use futures_util::stream::{Stream, unfold};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tower_http::services::ServeDir;

use crate::guard;

/// Events kept for a browser that reads slowly; one that falls behind is told to read everything.
const EVENTS_KEPT: usize = 256;

#[derive(Clone)]
struct Served {
    desk: Desk,
    seat: Arc<Seat>,
    events: broadcast::Sender<DeskEvent>,
    /// True when this is to end: listeners are let go, calls under way are answered.
    end: watch::Receiver<bool>,
}

/// The screen in `screen`, `POST /rpc` and `GET /events`, for pages of `address` only. Browsers
/// that listen hold their connection open until `end` says true.
pub(crate) fn router(
    desk: &Desk,
    screen: &Path,
    address: SocketAddr,
    end: watch::Receiver<bool>,
) -> Router {
    let (events, _) = broadcast::channel(EVENTS_KEPT);
    let spread = events.clone();
    desk.listen(move |event| {
        // Nobody listens while no browser is there.
        let _ = spread.send(event);
    });
    let served = Served { desk: desk.clone(), seat: Arc::default(), events, end };
    Router::new()
        .route("/rpc", post(rpc))
        .route("/events", get(events_of))
        .with_state(served)
        .fallback_service(ServeDir::new(screen))
        .layer(middleware::from_fn_with_state(address, guard::watch))
}

type Answer = Result<Json<Value>, (StatusCode, Json<Fault>)>;

async fn rpc(State(served): State<Served>, call: Result<Json<Value>, JsonRejection>) -> Answer {
    let outcome = match call {
        Ok(Json(call)) => {
            let Served { desk, seat, .. } = served;
            let blocking = move || desk.call_json(&seat, call);
            tokio::task::spawn_blocking(blocking).await.unwrap_or_else(|_| Err(broke_off()))
        }
        Err(rejection) => Err(Fault::new(FaultCode::BadInput, rejection.body_text())),
    };
    outcome.map(Json).map_err(|fault| (status(fault.code), Json(fault)))
}

/// The call panicked; what it had done until then cannot be told.
fn broke_off() -> Fault {
    let fault = Fault::new(FaultCode::Store, "the call broke off; look before asking again");
    Fault { money: MoneyMoved::Unknown, ..fault }
}

/// For people who watch the network; the screen branches on the code alone.
fn status(code: FaultCode) -> StatusCode {
    use FaultCode as Code;
    match code {
        Code::BadInput | Code::BadAmount => StatusCode::BAD_REQUEST,
        Code::SignInNeeded => StatusCode::UNAUTHORIZED,
        Code::WrongPin
        | Code::Locked
        | Code::NotPermitted
        | Code::SamePerson
        | Code::ApprovalRefused => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::TooLate
        | Code::WrongState
        | Code::EvidenceChanged
        | Code::Exists
        | Code::LastOwner
        | Code::FirstRun => StatusCode::CONFLICT,
        Code::NotAllowed
        | Code::OutOfRange
        | Code::OverRefundable
        | Code::CardNumber
        | Code::OfflineLimit
        | Code::Declined => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Unreachable | Code::UnclearAnswer | Code::CredentialsRefused => {
            StatusCode::BAD_GATEWAY
        }
        Code::AuditBroken | Code::Store | Code::StoreNewer => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Keyring
        | Code::KeyringClosed
        | Code::PepperLost
        | Code::Printer
        | Code::HeldElsewhere => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn events_of(
    State(served): State<Served>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let heard = (served.events.subscribe(), served.end);
    let stream = unfold(heard, |(mut events, mut end)| async {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = end.wait_for(|end| *end) => return None,
        };
        let event = match event {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => DeskEvent::Everything,
            Err(RecvError::Closed) => return None,
        };
        let event = Event::default().json_data(event).expect("an event is plain strings");
        Some((Ok(event), (events, end)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
