//! What WePay says has happened: its notifications, fetched page by page (section 8). They are
//! unsigned, so each is a hint to read a payment again and nothing more (A-WEP-09).

use counterfoil_core::answer::WireEnd;

use super::list::{PAGE_SIZE, next, results};
use super::status::read_object;
use super::wire::get;
use crate::answer::tidy;
use crate::callback::Hint;
use crate::json::Object;
use crate::request::{EncodeError, Target, WireRequest};

/// Where notifications are.
const NOTIFICATIONS: &str = "/notifications";

/// See [`crate::Connector::encode_news`]. No filter by time is documented.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_news(target: &Target<'_>, cursor: Option<&str>) -> Result<WireRequest, EncodeError> {
    let first = format!("page_size={PAGE_SIZE}");
    get(target, NOTIFICATIONS, &format!("?{}", cursor.unwrap_or(&first)))
}

/// See [`crate::Connector::decode_news`].
#[must_use]
pub fn decode_news(end: &WireEnd) -> (Vec<Hint>, Option<String>) {
    let Ok(object) = read_object(end) else { return (Vec::new(), None) };
    let entries = results(&object).unwrap_or_default();
    let hints = entries.iter().filter_map(|raw| hint(raw)).collect();
    (hints, next(&object, NOTIFICATIONS).ok().flatten())
}

/// A payment names itself; a refund or a dispute names the payment it is about.
fn hint(raw: &str) -> Option<Hint> {
    let text = |object: &Object, field| object.text(field).ok().flatten();
    let told = Object::read(raw.as_bytes())?;
    let payload = told.object("payload")?;
    let about = match text(&payload, "resource").as_deref() {
        Some("payments") => payload,
        Some(_) | None => payload.object("payment")?,
    };
    Some(Hint {
        event_id: text(&told, "id")?,
        provider_ref: text(&about, "id")?,
        word: tidy(&text(&told, "topic").unwrap_or_default()),
    })
}
