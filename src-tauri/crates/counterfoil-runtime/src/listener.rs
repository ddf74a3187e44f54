//! Providers call us here: the one door into a till. Who calls is nobody until proved, and whoever
//! is not proved hears the same words for everything: there is nothing here.
//!
//! Bodies, headers, connections and the time of a call are limited; a connection carries one call.
//! What a call may do is in `listener/doors.rs`.

mod doors;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use counterfoil_connectors::norce::inbound::{ProposedOrder, Reply, problem};
use counterfoil_core::account::Account;
use counterfoil_store::StoreError;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use crate::hints;
use crate::listener::doors::Doors;
use crate::runtime::Runtime;

/// Largest body read: a whole order with hundreds of lines has about 100 KiB.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Largest head of a call; a provider's has about 1 KiB.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Most headers; a provider sends about ten.
const MAX_HEADERS: usize = 64;
/// Most connections at a time: with their bodies they hold 16 MiB. What comes on top waits.
const MOST_CONNECTIONS: usize = 64;
/// How long the head may take.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// How long the body may take.
const BODY_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection may live, whatever it does.
const CONNECTION_LIMIT: Duration = Duration::from_secs(20);
/// How long calls under way may take to end when the listener ends.
const ENDING_LIMIT: Duration = Duration::from_secs(5);
/// Pause after the system gave no connection (too many open files), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Decides about orders that a proved caller proposes: what becomes of the payment that is linked
/// to it. Blocks; what it says was decided is durable.
pub trait Proposals: Send + Sync + 'static {
    /// `account` is the one that proved the caller.
    ///
    /// # Errors
    /// The store fails: nothing is decided.
    fn decide(&self, account: &Account, order: &ProposedOrder) -> Result<Decision, StoreError>;
}

/// What becomes of a proposed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The order's payment names no payment of this till.
    Unknown,
    /// The payment here carries what the order is to cover, or will by what is queued already.
    Carries,
    /// The payment here is to carry another amount: a change of it is stored.
    Queued,
    /// The payment here cannot take it.
    Cannot {
        /// Why, in words that hold nothing the caller may not know.
        why: String,
    },
}

/// A call as it came in, whole.
#[derive(Debug)]
pub struct Heard {
    /// HTTP method.
    pub method: String,
    /// Path without a query.
    pub path: String,
    /// Header names in lower case, and their texts; what is no text is left out.
    pub headers: Vec<(String, String)>,
    /// Exact body; none where it is larger than is read.
    pub body: Option<Vec<u8>>,
}

/// A listener that has its address and does not answer yet.
pub struct Listener {
    listener: TcpListener,
    doors: Arc<Doors>,
    heard: Arc<Notify>,
    runtime: Runtime,
}

impl Runtime {
    /// Takes an address for callbacks. Nothing is answered before [`Listener::serve`].
    ///
    /// # Errors
    /// The system does not give the address.
    pub async fn listen_at(
        &self,
        address: SocketAddr,
        proposals: Arc<dyn Proposals>,
    ) -> std::io::Result<Listener> {
        let listener = TcpListener::bind(address).await?;
        let heard = Arc::new(Notify::new());
        let doors = Arc::new(Doors::new(self.clone(), proposals, Arc::clone(&heard)));
        let warmed = Arc::clone(&doors);
        // A panic there was reported where it happened; secrets are read when they are needed then.
        let _ = tokio::task::spawn_blocking(move || warmed.warm()).await;
        Ok(Listener { listener, doors, heard, runtime: self.clone() })
    }
}

impl Listener {
    /// The address it has.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until it is told to stop, then lets calls under way end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let reader = tokio::spawn(hints::take_all(self.runtime, self.heard, stop.clone()));
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut calls = JoinSet::new();
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let doors = Arc::clone(&self.doors);
                    calls.spawn(async move {
                        carry(doors, stream).await;
                        drop(place);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
            while calls.try_join_next().is_some() {}
        }
        let ending = async { while calls.join_next().await.is_some() {} };
        // What takes longer has no decision yet, or has it stored.
        let _ = tokio::time::timeout(ENDING_LIMIT, ending).await;
        reader.abort();
    }
}

/// One connection, one call.
async fn carry(doors: Arc<Doors>, stream: TcpStream) {
    let service = service_fn(move |request| {
        let doors = Arc::clone(&doors);
        async move { Ok::<_, Infallible>(response(answer(&doors, request).await)) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .keep_alive(false);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    // Whoever hangs up, is too slow or speaks no HTTP is not worth a word.
    let _ = tokio::time::timeout(CONNECTION_LIMIT, connection).await;
}

async fn answer(doors: &Arc<Doors>, request: Request<Incoming>) -> Reply {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(BODY_LIMIT, Limited::new(body, MAX_BODY_BYTES).collect());
    // What is too large is answered like anything else that is nothing; what is too slow as well.
    let body = match body.await {
        Ok(Ok(body)) => Some(body.to_bytes().to_vec()),
        Ok(Err(_)) | Err(_) => None,
    };
    let heard = Heard {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        headers: texts(&head.headers),
        body,
    };
    let doors = Arc::clone(doors);
    let answered = tokio::task::spawn_blocking(move || doors.answer(&heard)).await;
    answered.unwrap_or_else(|_| failed())
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let pairs = headers.iter().filter_map(|(name, value)| Some((name, text(value)?)));
    pairs.map(|(name, value)| (name.as_str().to_owned(), value)).collect()
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    response
}

/// What everybody hears who is not proved, and whoever asks for what is not here.
fn nothing_here() -> Reply {
    problem(404, "Not Found", "Not found.")
}

/// This till could not do its part: whoever called may call again.
fn failed() -> Reply {
    problem(500, "Internal Server Error", "Nothing was decided. Try again.")
}
