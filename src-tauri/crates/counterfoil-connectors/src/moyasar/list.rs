//! Pages of payments (section 2.2), for finding them and for hearing what has changed: there is
//! no other news for a till that nobody can call (section 8).
//!
//! The cursor is the number of a page. Payments made while pages are read move the others down,
//! so one may come twice: whoever asks keeps the first of each id.

use counterfoil_core::account::Account;
use counterfoil_core::answer::WireEnd;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentFacts;

use super::decode::{Heard, hear};
use super::encode::list;
use super::status::{needed_text, read_facts};
use crate::answer::tidy;
use crate::callback::Hint;
use crate::json::Object;
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};

/// See [`crate::Connector::encode_list`]. Both bounds are inclusive whatever their names say
/// (section 2.2); a payment has no reference to filter by.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_list(target: &Target<'_>, query: &ListQuery<'_>) -> Result<WireRequest, EncodeError> {
    let mut filters = vec![("page".to_owned(), page(query.cursor)?)];
    let bounds = [("created[gt]", query.made_since), ("updated[gt]", query.changed_since)];
    for (name, since) in bounds {
        filters.extend(since.map(|since| (name.to_owned(), since.to_rfc3339())));
    }
    filters.extend(query.metadata.map(|(key, text)| (format!("metadata[{key}]"), text.to_owned())));
    list(target, &filters)
}

/// See [`crate::Connector::encode_news`]: the payments that changed since then.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_news(
    target: &Target<'_>,
    since: Moment,
    cursor: Option<&str>,
) -> Result<WireRequest, EncodeError> {
    let query = ListQuery { changed_since: Some(since), cursor, ..ListQuery::default() };
    encode_list(target, &query)
}

fn page(cursor: Option<&str>) -> Result<String, WhyNot> {
    let number: Option<u32> = cursor.map_or(Some(1), |text| text.parse().ok());
    let why = "a cursor of Moyasar is the number of a page";
    let number = number.filter(|number| *number > 0);
    Ok(number.ok_or(WhyNot::TextNotCarried { field: "cursor", why })?.to_string())
}

/// See [`crate::Connector::decode_list`].
#[must_use]
pub fn decode_list(account: &Account, end: &WireEnd, at: Moment) -> ListEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return ListEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return ListEnd::Unclear { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(page) => read_page(account, &page, at)
            .unwrap_or_else(|why| ListEnd::Unclear { why: why.to_owned() }),
        Heard::Empty => ListEnd::Unclear { why: "the answer is empty".to_owned() },
        Heard::Credentials { message } | Heard::Inactive { message } => {
            ListEnd::CredentialsRefused { message }
        }
        Heard::No { message: why, .. } | Heard::NotNow { message: why, .. } => {
            ListEnd::Unclear { why }
        }
        Heard::Nothing { why } => ListEnd::Unclear { why },
    }
}

fn read_page(account: &Account, page: &Object, at: Moment) -> Result<ListEnd, &'static str> {
    let entries = page.entries("payments").ok_or("the answer is no list of payments")?;
    let next = next_page(page)?;
    let (mut payments, mut unreadable) = (Vec::new(), Vec::new());
    for (place, raw) in entries.iter().enumerate() {
        match read_entry(account, raw, at) {
            Ok(facts) => payments.push(facts),
            Err((id, why)) => {
                let name = id.unwrap_or_else(|| format!("entry {}", place.saturating_add(1)));
                unreadable.push(tidy(&format!("{name}: {why}")));
            }
        }
    }
    Ok(ListEnd::Page { payments, unreadable, next })
}

/// The id, where it can be told, stands beside what is wrong.
fn read_entry(
    account: &Account,
    raw: &str,
    at: Moment,
) -> Result<PaymentFacts, (Option<String>, String)> {
    let Some(payment) = Object::read(raw.as_bytes()) else {
        return Err((None, "it is no JSON object".to_owned()));
    };
    read_facts(account, None, &payment, at).map_err(|why| (needed_text(&payment, "id").ok(), why))
}

/// The number of the next page; none after the last. A page that does not say which it is, or
/// leads backwards, would make a list that ends too early or never.
fn next_page(page: &Object) -> Result<Option<String>, &'static str> {
    let meta = page.object("meta").ok_or("the answer does not say where its pages end")?;
    let number = |field| meta.whole(field).map_err(|_| "the numbers of pages cannot be read");
    let present = number("current_page")?.ok_or("the answer does not say which page it is")?;
    match number("next_page")? {
        None => Ok(None),
        Some(next) if next > present => Ok(Some(next.to_string())),
        Some(_) => Err("the next page is not after this one"),
    }
}

/// See [`crate::Connector::decode_news`]. One hint per payment and moment of its change.
#[must_use]
pub fn decode_news(end: &WireEnd) -> (Vec<Hint>, Option<String>) {
    let WireEnd::Answer(answer) = end else { return (Vec::new(), None) };
    let Heard::Yes(page) = hear(answer) else { return (Vec::new(), None) };
    let entries = page.entries("payments").unwrap_or_default();
    let hints = entries.iter().filter_map(|raw| hint(&Object::read(raw.as_bytes())?)).collect();
    (hints, next_page(&page).ok().flatten())
}

fn hint(payment: &Object) -> Option<Hint> {
    let provider_ref = needed_text(payment, "id").ok()?;
    let changed_at = needed_text(payment, "updated_at").ok()?;
    let word = tidy(&needed_text(payment, "status").ok()?);
    Some(Hint { event_id: format!("{provider_ref}@{changed_at}"), provider_ref, word })
}
