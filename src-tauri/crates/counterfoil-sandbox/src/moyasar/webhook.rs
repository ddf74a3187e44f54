//! The provider calling out: one event with the shared secret in its body, sent until any 2xx
//! acknowledges it. Nothing signs it.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer;
use super::create::uuid;
use super::payment::iso;
use crate::bumper::webhook::loopback;
use crate::clock::unix_millis;
use crate::deliver::render;
use crate::world::{ControlError, World};

/// Tries before giving up (Webhook Reference page).
const MOST_TRIES: usize = 6;
/// How long one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(5);

/// Events about payments, as spelt on the page; the slip of one table is taken too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoyasarEvent {
    /// Paid.
    PaymentPaid,
    /// Came to nothing.
    #[serde(alias = "payment_faild")]
    PaymentFailed,
    /// Let go.
    PaymentVoided,
    /// Held.
    PaymentAuthorized,
    /// Taken.
    PaymentCaptured,
    /// Money went back.
    PaymentRefunded,
    /// The customer left.
    PaymentAbandoned,
    /// A card was looked at.
    PaymentVerified,
    /// Cancelled.
    PaymentCanceled,
    /// Nobody paid in time.
    PaymentExpired,
}

/// A webhook to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoyasarOrder {
    /// The payment it speaks of.
    pub id: String,
    /// The event.
    pub event: MoyasarEvent,
    /// `http://` and a loopback address with port and path.
    pub url: String,
    /// Another `secret_token` than the merchant's, as somebody who guesses would send.
    #[serde(default)]
    pub secret_token: Option<String>,
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoyasarReport {
    /// The same for every try.
    pub event_id: String,
    /// Whether a try was answered with 2xx.
    pub delivered: bool,
    /// The HTTP status of each try; absent where none came.
    pub answers: Vec<Option<u16>>,
}

/// A webhook ready to go.
#[derive(Debug)]
pub(crate) struct Letter {
    to: SocketAddr,
    path: String,
    event_id: String,
    body: String,
    pause: Duration,
}

/// Makes a webhook.
pub(crate) fn write(world: &mut World, order: &MoyasarOrder) -> Result<Letter, ControlError> {
    let (to, path) = loopback(&order.url).ok_or(ControlError::BadUrl)?;
    let book = &world.moyasar;
    let payment = book.payment(&order.id).ok_or(ControlError::UnknownPayment)?;
    let account = book.accounts.get(payment.account).ok_or(ControlError::UnknownAccount)?;
    let event_id = uuid(&mut world.chance);
    let misspelt = order.event == MoyasarEvent::PaymentFailed && book.switches.webhooks.misspelt;
    let event = json!({
        "id": event_id,
        "type": if misspelt { json!("payment_faild") } else { json!(order.event) },
        "created_at": iso(unix_millis()),
        "secret_token": order.secret_token.as_deref().unwrap_or(account.webhook_secret),
        "account_name": "Training merchant",
        "live": false,
        "data": answer::payment(payment),
    });
    let pause = Duration::from_millis(book.switches.webhooks.pause_ms);
    let body = render(&event, &mut world.chance);
    Ok(Letter { to, path, event_id, body, pause })
}

fn is_taken(answer: Option<&Option<u16>>) -> bool {
    answer.is_some_and(|answer| answer.is_some_and(|status| (200..300).contains(&status)))
}

/// Sends until 2xx, with the same event id, at most six times.
pub(crate) async fn send(letter: Letter) -> MoyasarReport {
    let mut answers = Vec::new();
    while answers.len() < MOST_TRIES && !is_taken(answers.last()) {
        if !answers.is_empty() {
            tokio::time::sleep(letter.pause).await;
        }
        let answer = tokio::time::timeout(TRY_LIMIT, attempt(&letter)).await;
        answers.push(answer.ok().flatten());
    }
    let delivered = is_taken(answers.last());
    MoyasarReport { event_id: letter.event_id, delivered, answers }
}

/// One HTTP/1.1 POST; the status of the answer, if there was one.
async fn attempt(letter: &Letter) -> Option<u16> {
    let mut socket = TcpStream::connect(letter.to).await.ok()?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        letter.path,
        letter.to,
        letter.body.len(),
    );
    socket.write_all(head.as_bytes()).await.ok()?;
    socket.write_all(letter.body.as_bytes()).await.ok()?;
    let mut start = Vec::new();
    let mut chunk = [0_u8; 64];
    while start.len() < "HTTP/1.1 200".len() {
        let read = socket.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        start.extend_from_slice(chunk.get(..read)?);
    }
    let line = String::from_utf8_lossy(&start);
    line.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
}
