//! Pages of payments (section 2.2), and the probe, which is the smallest of them.

use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;

use super::encode::{PAYMENTS, SECOND_MS};
use super::status::{self, read_object};
use super::wire::get;
use crate::answer::{ProbeEnd, tidy};
use crate::json::Object;
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest, percent_encoded};

/// Most payments of one page (section 2.2).
pub(crate) const PAGE_SIZE: u32 = 50;

/// Longest cursor taken: far longer than a path with a page's id.
const MAX_CURSOR_CHARS: usize = 2_000;

/// See [`crate::Connector::encode_list`]. WePay filters by its own moment of creation and by
/// `reference_id`; neither by changes nor by `custom_data`.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_list(target: &Target<'_>, query: &ListQuery<'_>) -> Result<WireRequest, EncodeError> {
    if let Some(cursor) = query.cursor {
        return get(target, PAYMENTS, &format!("?{cursor}"));
    }
    let mut asked = format!("?page_size={PAGE_SIZE}");
    if let Some(since) = query.made_since {
        let seconds = since.as_millis().div_euclid(SECOND_MS).max(0);
        asked.push_str(&format!("&create_time_start={seconds}"));
    }
    if let Some(reference) = query.reference {
        asked.push_str(&format!("&reference_id={}", percent_encoded(reference)));
    }
    get(target, PAYMENTS, &asked)
}

/// See [`crate::Connector::decode_list`].
#[must_use]
pub fn decode_list(end: &WireEnd, at: Moment) -> ListEnd {
    let unclear = |why: &str| ListEnd::Unclear { why: why.to_owned() };
    let object = match read_object(end) {
        Ok(object) => object,
        Err(ReadEnd::CredentialsRefused { message }) => {
            return ListEnd::CredentialsRefused { message };
        }
        Err(ReadEnd::Unreachable { why }) => return ListEnd::Unreachable { why },
        Err(ReadEnd::NoSuchPayment { message: why } | ReadEnd::Unclear { why, .. }) => {
            return ListEnd::Unclear { why };
        }
        Err(ReadEnd::Facts(_)) => return unclear("a list was asked for"),
    };
    let Some(results) = results(&object) else {
        return unclear("the answer holds no list of payments");
    };
    let Ok(next) = next(&object, PAYMENTS) else {
        return unclear("the way to the next page cannot be used");
    };
    let (mut payments, mut unreadable) = (Vec::new(), Vec::new());
    for (place, raw) in results.iter().enumerate() {
        match Object::read(raw.as_bytes()).ok_or("it is no object".to_owned()) {
            Ok(payment) => match status::facts(&payment, at) {
                Ok(facts) => payments.push(facts),
                Err(why) => unreadable.push(named(&payment, place, &why)),
            },
            Err(why) => unreadable.push(format!("number {}: {why}", place.saturating_add(1))),
        }
    }
    ListEnd::Page { payments, unreadable, next }
}

/// The entries of a page.
pub(crate) fn results(object: &Object) -> Option<Vec<String>> {
    object.entries("results")
}

/// The cursor of the next page: the query of the path that WePay names. None where there is no
/// further page.
///
/// # Errors
/// A path that is not one of this list, or holds what no address holds.
pub(crate) fn next(object: &Object, list: &str) -> Result<Option<String>, ()> {
    let Some(path) = object.text("next").map_err(|_| ())? else { return Ok(None) };
    let cursor = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('?')).ok_or(())?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '\\' | '"' | '<' | '>');
    let fits = !cursor.is_empty() && cursor.len() <= MAX_CURSOR_CHARS && cursor.chars().all(plain);
    if fits { Ok(Some(cursor.to_owned())) } else { Err(()) }
}

fn named(payment: &Object, place: usize, why: &str) -> String {
    match payment.text("id").ok().flatten() {
        Some(id) => format!("{}: {why}", tidy(&id)),
        None => format!("number {}: {why}", place.saturating_add(1)),
    }
}

/// See [`crate::Connector::encode_probe`]: a page of one payment.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    get(target, PAYMENTS, "?page_size=1")
}

/// See [`crate::Connector::decode_probe`].
#[must_use]
pub fn decode_probe(end: &WireEnd) -> ProbeEnd {
    match read_object(end) {
        Ok(object) if results(&object).is_some() => ProbeEnd::Ok,
        Ok(_) => ProbeEnd::Unclear { why: "the answer holds no list of payments".to_owned() },
        Err(ReadEnd::CredentialsRefused { message }) => ProbeEnd::CredentialsRefused { message },
        Err(ReadEnd::Unreachable { why }) => ProbeEnd::Unreachable { why },
        Err(ReadEnd::NoSuchPayment { message: why } | ReadEnd::Unclear { why, .. }) => {
            ProbeEnd::Unclear { why }
        }
        Err(ReadEnd::Facts(_)) => ProbeEnd::Unclear { why: "a list was asked for".to_owned() },
    }
}
