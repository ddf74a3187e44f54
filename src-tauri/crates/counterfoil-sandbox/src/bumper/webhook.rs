//! The provider calling out: one signed event, sent until it is acknowledged with 200.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::money;
use super::payment::Payment;
use super::signature::{Spelling, hmac_hex, webhook_string};
use crate::clock::{civil, unix_millis};
use crate::deliver::render;
use crate::world::{ControlError, World};

/// Tries before giving up; the provider's own number is not known (A-BUM-07).
const MOST_TRIES: usize = 5;
/// How long one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(5);

/// An event of the Webhooks page. There is none for a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WebhookEvent {
    /// The customer has applied.
    Applied,
    /// The customer has paid.
    Signed,
    /// The payment was updated.
    Updated,
    /// The payment was cancelled.
    Cancelled,
    /// The dealer was paid.
    Settled,
}

/// A webhook to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookOrder {
    /// The payment it speaks of.
    pub token: String,
    /// The event.
    pub event_value: WebhookEvent,
    /// `http://` and a loopback address with port and path.
    pub url: String,
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookReport {
    /// The same for every try.
    pub event_id: String,
    /// Whether a try was answered with 200.
    pub delivered: bool,
    /// The HTTP status of each try; absent where none came.
    pub answers: Vec<Option<u16>>,
}

/// A webhook made and signed, ready to go.
#[derive(Debug)]
pub(crate) struct Letter {
    to: SocketAddr,
    path: String,
    event_id: String,
    body: String,
    signature: String,
    pause: Duration,
}

/// Makes and signs a webhook.
pub(crate) fn write(world: &mut World, order: &WebhookOrder) -> Result<Letter, ControlError> {
    let (to, path) = loopback(&order.url).ok_or(ControlError::BadUrl)?;
    let event_id = world.chance.hex32();
    let book = &world.bumper;
    let payment = book.payment(&order.token).ok_or(ControlError::UnknownPayment)?;
    let account = book.account(&payment.api_key).ok_or(ControlError::UnknownAccount)?;
    let mut members = event(payment, order.event_value, &event_id);
    members.insert("min_amount_allowed".into(), money::two_decimals(account.min).into());
    members.insert("max_amount_allowed".into(), money::two_decimals(account.max).into());
    let settled = order.event_value == WebhookEvent::Settled;
    if settled && book.switches.editions.settled_says_complete {
        members.insert("payment_status".into(), "complete".into());
    }
    let spelling =
        Spelling { null: book.switches.signing.null, nested: book.switches.webhooks.nested };
    let signature = hmac_hex(account.secret, &webhook_string(&members, spelling));
    let pause = Duration::from_millis(book.switches.webhooks.pause_ms);
    let body = render(&Value::Object(members), &mut world.chance);
    Ok(Letter { to, path, event_id, body, signature, pause })
}

fn event(payment: &Payment, event: WebhookEvent, event_id: &str) -> Map<String, Value> {
    let now = civil(unix_millis() / 1000);
    let members = json!({
        "event_timestamp": now,
        "event_id": event_id,
        "event_value": event,
        "payment_type": payment.payment_type,
        "payment_status": payment.status.as_str(),
        "payment_token": payment.token,
        "payment_reference": payment.order_reference.clone().unwrap_or_default(),
        "payment_id": format!("PL-{}", payment.number),
        "amount": money::two_decimals(payment.amount),
    });
    let mut members = members.as_object().cloned().unwrap_or_default();
    if let Some(additional) = &payment.additional_data {
        members.insert("additional_data".into(), Value::Object(additional.clone()));
    }
    if event == WebhookEvent::Settled {
        members.insert("payment_details".into(), details(payment, &now));
    }
    members
}

/// The SETTLED event's details; the commission is made up (2 %).
fn details(payment: &Payment, now: &str) -> Value {
    let commission = (payment.amount * rust_decimal::Decimal::new(2, 2)).round_dp(2);
    json!({
        "amount": money::two_decimals(payment.amount),
        "commission_amount": money::two_decimals(commission),
        "net_amount": money::two_decimals(payment.amount - commission),
        "card_type": "visa",
        "last_four_digits": "1119",
        "settled_date": now.get(..10).unwrap_or_default(),
    })
}

/// Address and path of a loopback URL; nothing for any other.
pub(crate) fn loopback(url: &str) -> Option<(SocketAddr, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.replace("localhost", "127.0.0.1");
    let address: SocketAddr = host.parse().ok()?;
    let local = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback(),
    };
    let clean = path.bytes().all(|byte| byte.is_ascii_graphic());
    let path = if path.is_empty() { "/" } else { path };
    (local && clean).then(|| (address, path.to_owned()))
}

/// Sends until 200, with the same event id, at most five times.
pub(crate) async fn send(letter: Letter) -> WebhookReport {
    let mut answers = Vec::new();
    while answers.len() < MOST_TRIES && answers.last() != Some(&Some(200)) {
        if !answers.is_empty() {
            tokio::time::sleep(letter.pause).await;
        }
        let answer = tokio::time::timeout(TRY_LIMIT, attempt(&letter)).await;
        answers.push(answer.ok().flatten());
    }
    let delivered = answers.last() == Some(&Some(200));
    WebhookReport { event_id: letter.event_id, delivered, answers }
}

/// One HTTP/1.1 POST; the status of the answer, if there was one.
async fn attempt(letter: &Letter) -> Option<u16> {
    let mut socket = TcpStream::connect(letter.to).await.ok()?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         X-Signature: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        letter.path,
        letter.to,
        letter.signature,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_written_to() {
        for good in ["http://127.0.0.1:80/hook", "http://localhost:8080", "http://[::1]:9/x?y=1"] {
            assert!(loopback(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1:80/",
            "http://10.0.0.1:80/",
            "http://example.com/",
            "127.0.0.1:80",
            "http://127.0.0.1/",
            "http://127.0.0.1:80/a b",
            "http://127.0.0.1:80/\r\nX: y",
            "http://localhost.example.com:80/",
        ] {
            assert!(loopback(bad).is_none(), "{bad}");
        }
    }
}
