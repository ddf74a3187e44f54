//! The front door: sorts requests into the control interface and the providers, and serves both
//! over lines that can be cut.

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tokio::task::JoinHandle;

use crate::bumper::{self, serve};
use crate::control;
use crate::deliver::{cut, reply};
use crate::line::{Connection, Line, LineListener, LineState, Purpose};
use crate::moyasar;
use crate::norce;
use crate::wepay;
use crate::world::{Call, Shared};

/// No request of any provider comes near this; a larger one is refused.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Serves providers and control on the main line.
pub(crate) fn serve_all(shared: &Arc<Shared>) -> JoinHandle<()> {
    let router = control::router().fallback(provider).with_state(Arc::clone(shared));
    spawn(router, &shared.line)
}

/// Serves control alone, on a line of its own that is never down.
pub(crate) fn serve_control(shared: &Arc<Shared>, line: &Arc<Line>) -> JoinHandle<()> {
    spawn(control::router().with_state(Arc::clone(shared)), line)
}

fn spawn(router: Router, line: &Arc<Line>) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<Connection>();
    let listener = LineListener(Arc::clone(line));
    tokio::spawn(async move {
        // This future ends only with an error of the listener, and ours hands none out.
        let _ended = axum::serve(listener, service).await;
    })
}

async fn provider(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    connection.use_for(Purpose::Provider);
    if shared.line.state() != LineState::Up {
        return cut(&connection);
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return reply(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", "Too large.".to_owned());
    };
    let call = |path: &str, body: Bytes| Call {
        method: head.method.clone(),
        path: path.to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.clone(),
        body,
    };
    let path = head.uri.path();
    if let Some(rest) = path.strip_prefix("/wepay").filter(|rest| rest.starts_with('/')) {
        return wepay::serve::serve(&shared, &connection, call(rest, body)).await;
    }
    if let Some(rest) = path.strip_prefix("/norce").filter(|rest| rest.starts_with('/')) {
        return norce::serve::serve(&shared, &connection, call(rest, body)).await;
    }
    if let Some(rest) = path.strip_prefix("/moyasar").filter(|rest| rest.starts_with('/')) {
        return moyasar::serve::serve(&shared, &connection, call(rest, body)).await;
    }
    match path.strip_prefix("/bumper").filter(|rest| rest.starts_with('/')) {
        Some(rest) => serve::serve(&shared, &connection, call(rest, body)).await,
        None => nobody(&shared, &call(path, body)),
    }
}

fn nobody(shared: &Shared, call: &Call) -> Response {
    let mut received = call.received("");
    received.path = call.path.clone();
    shared.with(|world| world.arrivals.enter(received));
    let text = format!("No such provider here. Try /{}/v2/.", bumper::PROVIDER);
    reply(StatusCode::NOT_FOUND, "text/plain", text)
}
