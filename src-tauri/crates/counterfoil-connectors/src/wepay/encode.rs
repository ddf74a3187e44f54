//! A command becomes a request (section 2). Amounts are whole numbers of minor units (section 5).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use counterfoil_core::account::Account;
use counterfoil_core::answer::WireEnd;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Item};
use serde_json::value::RawValue;

use super::decode::{Heard, hear};
use super::profile::AmountNames;
use super::status::{AUTHORISED_KEY, is_disputed, notes_authorised, texts};
use super::wire::{Field, Fields, get, path, post};
use crate::answer::CARDS_MASKED;
use crate::connector::Ask;
use crate::json::Object;
use crate::request::{EncodeError, Target, WireRequest};

/// Where payments are.
pub(crate) const PAYMENTS: &str = "/payments";
/// Where refunds are.
pub(crate) const REFUNDS: &str = "/refunds";

/// Who says what an rbit says: our own book of lines (A-WEP-13).
const RBIT_SOURCE: &str = "partner_database";

/// Milliseconds in a second: WePay's moments are whole seconds (section 2.1).
pub(crate) const SECOND_MS: i64 = 1_000;

/// See [`crate::Connector::encode_look`]: only `custom_data` is built from what is there now,
/// because whether WePay merges or replaces it is not documented (A-WEP-04). Metadata is written
/// there, and what was authorised when an amount is raised for the first time.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_look(target: &Target<'_>, ask: &Ask<'_>) -> Result<Option<WireRequest>, EncodeError> {
    match ask.command {
        Command::Relabel { metadata, .. } if !metadata.is_empty() => {
            encode_read(target, reference(ask)?).map(Some)
        }
        Command::Adjust { total, .. } if to_note(ask, *total).is_some() => {
            encode_read(target, reference(ask)?).map(Some)
        }
        Command::Relabel { .. }
        | Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => Ok(None),
    }
}

/// See [`crate::Connector::encode`]. An adjustment, a relabelling and a moment of capture are an
/// update (section 2.1), a capture 2.3, a cancellation 2.4, a refund 2.5. Without a look the
/// metadata of a relabelling holds only the given keys, for showing.
///
/// # Errors
/// [`EncodeError`].
pub fn encode(target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
    let (after, body) = match ask.command {
        Command::Start { .. } => return Err(WhyNot::NotOffered.into()),
        Command::Void => return Err(WhyNot::UseInstead { kind: Kind::Cancel }.into()),
        Command::Refund { amount, reason, note } => {
            let body = refund(ask, *amount, reason, note.as_deref())?;
            return post(target, REFUNDS, &body, ask.key);
        }
        Command::Adjust { total, items, .. } => {
            ("", adjustment(target.account, ask, *total, items)?)
        }
        Command::Relabel { reference, metadata, .. } => {
            ("", relabelling(ask, reference.as_deref(), metadata)?)
        }
        Command::Capture { at: Some(at), .. } => {
            ("", Fields::default().whole("capture_at", seconds(*at)?))
        }
        Command::Capture { amount, at: None } => {
            ("/capture", capture(target.account, ask, *amount)?)
        }
        Command::Cancel { reason } => {
            let reason = reason.as_ref().ok_or(WhyNot::Missing { field: "reason" })?;
            ("/cancel", Fields::default().text("cancel_reason", reason.as_str()))
        }
    };
    let path = path("/payments/", reference(ask)?, after)?;
    post(target, &path, &body, ask.key)
}

/// See [`crate::Connector::encode_read`]: `GET /payments/{id}` (section 2.2).
///
/// # Errors
/// [`EncodeError`].
pub fn encode_read(target: &Target<'_>, provider_ref: &str) -> Result<WireRequest, EncodeError> {
    get(target, &path("/payments/", provider_ref, "")?, "")
}

/// Whole seconds since 1970.
///
/// # Errors
/// A part of a second, which WePay could not show again.
pub(crate) fn seconds(at: Moment) -> Result<i64, WhyNot> {
    let millis = at.as_millis();
    if millis.rem_euclid(SECOND_MS) != 0 {
        let why = "WePay takes whole seconds";
        return Err(WhyNot::TextNotCarried { field: "at", why });
    }
    Ok(millis.div_euclid(SECOND_MS))
}

fn reference<'a>(ask: &Ask<'a>) -> Result<&'a str, EncodeError> {
    ask.provider_ref.ok_or(EncodeError::ReferenceMissing)
}

fn adjustment(
    account: &Account,
    ask: &Ask<'_>,
    total: Money,
    items: &[Item],
) -> Result<Fields, EncodeError> {
    let mut body = with_amounts(Fields::default(), account, total)?;
    if let Some(authorised) = to_note(ask, total) {
        let note = (AUTHORISED_KEY.to_owned(), authorised.minor().to_string());
        let noted = custom_data(ask, &BTreeMap::from([note]))?;
        body = body.with("custom_data", Field::Inside(noted));
    }
    if items.is_empty() {
        return Ok(body);
    }
    let base = ask.baseline.ok_or(EncodeError::BaselineMissing)?;
    Ok(body.with("rbits", Field::List(vec![receipt(base, items)?])))
}

/// What was authorised, where an amount is about to be raised and nobody has noted it yet: later
/// raises are measured against it, not against the raised amount.
fn to_note(ask: &Ask<'_>, total: Money) -> Option<Money> {
    let base = ask.baseline.filter(|base| !notes_authorised(&base.details))?;
    let raised = total.compare(base.amount) == Ok(Ordering::Greater);
    raised.then_some(base.amount)
}

/// The names come from the account alone (A-WEP-01).
fn with_amounts(body: Fields, account: &Account, total: Money) -> Result<Fields, WhyNot> {
    let names = AmountNames::of(account)?;
    let inside = Fields::default()
        .whole(names.total, total.minor())
        .text(names.currency, total.currency().code());
    Ok(body.with(names.object, Field::Inside(inside)))
}

/// The lines as WePay's risk analysts are told them (sections 2.1 and 10, A-WEP-13). Its moment is
/// that of the payment: no other is the same in the preview and in every sending.
fn receipt(base: &Base, items: &[Item]) -> Result<Fields, EncodeError> {
    let made_at = base.details.made_at.unwrap_or(base.read_at);
    let lines = items.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let details = Fields::default().with("itemized_receipt", Field::List(lines));
    Ok(Fields::default()
        .whole("receive_time", made_at.as_millis().div_euclid(SECOND_MS))
        .text("type", "transaction_details")
        .text("source", RBIT_SOURCE)
        .with("transaction_details", Field::Inside(details)))
}

fn line(item: &Item) -> Result<Fields, WhyNot> {
    let why = "the line is worth more than can be told";
    let too_much = |_| WhyNot::TextNotCarried { field: "items", why };
    let amount = item.price.times(item.quantity).map_err(too_much)?;
    Ok(Fields::default()
        .text("description", item.item.clone())
        .whole("item_price", item.price.minor())
        .whole("quantity", i64::from(item.quantity))
        .whole("amount", amount.minor()))
}

fn relabelling(
    ask: &Ask<'_>,
    reference: Option<&str>,
    metadata: &BTreeMap<String, String>,
) -> Result<Fields, EncodeError> {
    let mut body = Fields::default();
    if !metadata.is_empty() {
        body = body.with("custom_data", Field::Inside(custom_data(ask, metadata)?));
    }
    if let Some(reference) = reference {
        body = body.text("reference_id", reference);
    }
    Ok(body)
}

/// The whole map: what is there and stays as it came, and what was given (A-WEP-04). An emptied
/// key goes out as `null`, which removes it where WePay merges, and leaves no text where it
/// replaces.
fn custom_data(ask: &Ask<'_>, given: &BTreeMap<String, String>) -> Result<Fields, EncodeError> {
    let mut body = Fields::default();
    if let Some(end) = ask.look {
        let kept = looked_at(ask, end)?;
        for (key, raw) in kept.iter().filter(|(key, _)| !given.contains_key(*key)) {
            let raw = RawValue::from_string(raw.to_owned()).map_err(|_| unread())?;
            body = body.with(key, Field::Raw(raw));
        }
    }
    for (key, text) in given {
        let emptied = text.is_empty();
        body = body.with(key, if emptied { Field::Null } else { Field::Text(text.clone()) });
    }
    Ok(body)
}

/// The present `custom_data`, which has to be what was judged.
fn looked_at(ask: &Ask<'_>, end: &WireEnd) -> Result<Object, EncodeError> {
    let WireEnd::Answer(answer) = end else { return Err(unread()) };
    let Heard::Yes(payment) = hear(answer) else { return Err(unread()) };
    let named = payment.text("id").ok().flatten();
    if named.is_none() || named.as_deref() != ask.provider_ref {
        return Err(unread());
    }
    let present = match payment.raw("custom_data") {
        None | Some("null") => Object::default(),
        Some(raw) => Object::read(raw.as_bytes()).ok_or_else(unread)?,
    };
    let judged = ask.baseline.ok_or(EncodeError::BaselineMissing)?;
    if judged.details.marks.contains_key(CARDS_MASKED) {
        let why = "the payment's custom_data holds a card number; change it at WePay";
        return Err(EncodeError::Look(why.to_owned()));
    }
    if texts(&present) != judged.details.metadata {
        let why = "somebody else has just changed the payment's custom_data";
        return Err(EncodeError::Look(why.to_owned()));
    }
    Ok(present)
}

fn unread() -> EncodeError {
    EncodeError::Look("the payment's present custom_data could not be read".to_owned())
}

/// The whole of it needs no amounts; a part does (section 2.3).
fn capture(account: &Account, ask: &Ask<'_>, amount: Option<Money>) -> Result<Fields, EncodeError> {
    let Some(amount) = amount else { return Ok(Fields::default()) };
    let base = ask.baseline.ok_or(EncodeError::BaselineMissing)?;
    if amount == base.amount {
        return Ok(Fields::default());
    }
    Ok(with_amounts(Fields::default(), account, amount)?)
}

/// Without amounts the whole payment goes back and its fees with it; that is asked for only where
/// nothing of it went back before (section 2.5). The reference is how the refund is found again.
fn refund(
    ask: &Ask<'_>,
    amount: Money,
    reason: &ReasonCode,
    note: Option<&str>,
) -> Result<Fields, EncodeError> {
    let why = match note {
        Some(note) => format!("{}: {note}", reason.as_str()),
        None => reason.as_str().to_owned(),
    };
    let mut body = Fields::default().text("payment_id", reference(ask)?).text("refund_reason", why);
    if !ask.baseline.is_some_and(|base| is_whole(base, amount)) {
        let part = Fields::default()
            .whole("total_amount", amount.minor())
            .text("currency", amount.currency().code());
        body = body.with("amounts", Field::Inside(part));
    }
    Ok(body.text("reference_id", ask.key))
}

fn is_whole(base: &Base, amount: Money) -> bool {
    let untouched = base.refunded.is_some_and(|refunded| !refunded.is_positive());
    untouched && !is_disputed(&base.details) && amount == base.amount
}
