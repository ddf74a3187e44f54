//! A reading of a payment (sections 2.2 and 2.4) and Moyasar's words for where it stands (section
//! 3).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};
use jiff::Timestamp;

use super::decode::{Heard, hear};
use super::texts::METADATA_BEYOND_TEXT;
use super::wire::CURRENCIES;
use crate::answer::without_cards;
use crate::json::{Object, Unreadable};

/// Paid at once; `captured` is 0 then (section 2.4).
pub(crate) const PAID: &str = "paid";

/// Paid by a capture.
pub(crate) const CAPTURED: &str = "captured";

/// Timestamps kept for people and support as marks: `updated_at` moves with every change,
/// `refunded_at` tells one refund from another (section 6).
const KEPT: [&str; 4] = ["updated_at", "refunded_at", "captured_at", "voided_at"];

/// Our word for Moyasar's, matched to the letter. `verified` says that a card was looked at, not
/// what became of money: unclear, like a word that is not known. `initiated` waits for the customer
/// who has begun (3-D Secure).
#[must_use]
pub fn state(word: &str) -> PaymentState {
    match word {
        "initiated" => PaymentState::InProgress,
        "authorized" => PaymentState::Authorized,
        PAID | CAPTURED => PaymentState::Paid,
        "refunded" => PaymentState::Refunded,
        "failed" => PaymentState::Failed,
        "voided" => PaymentState::Cancelled,
        _ => PaymentState::Unclear,
    }
}

/// See [`crate::Connector::decode_read`]. Only a 404 in Moyasar's envelope says that there is no
/// such payment. An account that is not active (405) pauses like refused credentials: nothing can
/// be read with it, and a person has to see to it.
#[must_use]
pub fn decode_read(account: &Account, provider_ref: &str, end: &WireEnd, at: Moment) -> ReadEnd {
    let unclear = |why: String| ReadEnd::Unclear { why, retry_after_ms: None };
    let answer = match end {
        WireEnd::NeverLeft { why } => return ReadEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return unclear(why.clone()),
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(payment) => read_facts(account, Some(provider_ref), &payment, at)
            .map_or_else(unclear, |facts| ReadEnd::Facts(Box::new(facts))),
        Heard::Empty => unclear("the answer is empty".to_owned()),
        Heard::No { status: 404, message } => ReadEnd::NoSuchPayment { message },
        Heard::No { message, .. } => unclear(message),
        Heard::NotNow { message: why, retry_after_ms } => {
            ReadEnd::Unclear { why, retry_after_ms: Some(retry_after_ms) }
        }
        Heard::Credentials { message } | Heard::Inactive { message } => {
            ReadEnd::CredentialsRefused { message }
        }
        Heard::Nothing { why } => ReadEnd::Unclear { why, retry_after_ms: answer.retry_after_ms },
    }
}

/// The facts of one payment object, of the payment `provider_ref` where one was asked for.
///
/// # Errors
/// What is missing or cannot be read, or that it is about another payment or currency: no sum of a
/// currency whose minor unit is not certain is ever told (section 5).
pub(crate) fn read_facts(
    account: &Account,
    provider_ref: Option<&str>,
    payment: &Object,
    at: Moment,
) -> Result<PaymentFacts, String> {
    let id = needed_text(payment, "id")?;
    if provider_ref.is_some_and(|asked| asked != id) {
        return Err("the answer is about another payment".to_owned());
    }
    let currency = currency(account, payment)?;
    let amount = payment.minor("amount", currency).map_err(unreadable)?;
    let amount = amount.ok_or("the answer holds no amount")?;
    let refunded = within(payment, "refunded", amount)?.ok_or("the answer holds no refunded")?;
    let status = needed_text(payment, "status")?;
    Ok(without_cards(PaymentFacts {
        provider_ref: id,
        state: state(&status),
        provider_status: status,
        amount,
        invoice_number: text(payment, "invoice_id")?,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: payment.object("source").and_then(|source| text(&source, "type").ok()?),
        refunded: Some(refunded),
        details: details(payment, amount)?,
        read_at: at,
    }))
}

fn details(payment: &Object, amount: Money) -> Result<Details, String> {
    let mut marks = BTreeMap::new();
    for name in KEPT {
        if let Some(when) = text(payment, name).ok().flatten() {
            marks.insert(name.to_owned(), when);
        }
    }
    let made_at = text(payment, "created_at").ok().flatten();
    Ok(Details {
        // 0 is printed of a payment that was paid at once, and some lists leave it out (2.4).
        captured: within(payment, "captured", amount)?.filter(|sum| sum.is_positive()),
        capture_at: None,
        made_at: made_at.as_deref().and_then(moment),
        description: text(payment, "description")?,
        metadata: metadata(payment, &mut marks),
        marks,
    })
}

/// One of the currencies whose minor unit is certain, and the account's own.
fn currency(account: &Account, payment: &Object) -> Result<Currency, String> {
    let code = needed_text(payment, "currency")?;
    if !CURRENCIES.contains(&code.as_str()) {
        return Err("the payment is in a currency whose minor unit is not certain".to_owned());
    }
    if code != account.currency.code() {
        return Err(format!(
            "the payment is in {code}, the account in {}",
            account.currency.code()
        ));
    }
    Ok(account.currency)
}

/// A sum that is never more than the amount (section 2.4).
fn within(payment: &Object, field: &'static str, amount: Money) -> Result<Option<Money>, String> {
    let sum = payment.minor(field, amount.currency()).map_err(unreadable)?;
    match sum.map(|sum| sum.compare(amount)) {
        Some(Ok(Ordering::Greater) | Err(_)) => Err(format!("{field} is more than the amount")),
        Some(Ok(Ordering::Less | Ordering::Equal)) | None => Ok(sum),
    }
}

/// Texts, and numbers and truth values as their exact text (the docs sample holds a number). An
/// empty text is a key that was unset. What is more than that is left out and marked.
fn metadata(payment: &Object, marks: &mut BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    let mut beyond = |what: &str| marks.insert(METADATA_BEYOND_TEXT.to_owned(), what.to_owned());
    if !payment.has("metadata") || payment.is_null("metadata") {
        return kept;
    }
    let Some(entries) = payment.object("metadata") else {
        beyond("all");
        return kept;
    };
    for (key, raw) in entries.iter() {
        match plain_text(raw) {
            Some(text) if text.is_empty() => {}
            Some(text) => {
                kept.insert(key.to_owned(), text);
            }
            None => {
                beyond("some");
            }
        }
    }
    kept
}

fn plain_text(raw: &str) -> Option<String> {
    match raw.bytes().next()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'n' => Some(String::new()),
        b'-' | b'0'..=b'9' | b't' | b'f' => Some(raw.to_owned()),
        _ => None,
    }
}

/// ISO 8601 with an offset; none for anything else.
fn moment(text: &str) -> Option<Moment> {
    let read: Timestamp = text.parse().ok()?;
    Some(Moment::from_millis(read.as_millisecond()))
}

/// A text that has to be there.
pub(crate) fn needed_text(object: &Object, field: &'static str) -> Result<String, String> {
    text(object, field)?.ok_or_else(|| format!("the answer holds no {field}"))
}

fn text(object: &Object, field: &'static str) -> Result<Option<String>, String> {
    object.text(field).map_err(unreadable)
}

fn unreadable(what: Unreadable) -> String {
    format!("the answer's {} cannot be read", what.field)
}
