//! A reading of a payment (sections 2.2 and 2.7) and WePay's words for where it stands (section 3).

use std::collections::BTreeMap;

use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};

use super::decode::{Heard, hear};
use super::encode::SECOND_MS;
use super::profile::CURRENCIES;
use crate::answer::{tidy, without_cards};
use crate::json::{Object, Unreadable};

/// Mark: minor units that a dispute holds (`amount_disputed`).
const DISPUTED: &str = "disputed";

/// Mark: minor units that were authorised, where an amount was raised since.
const AUTHORISED: &str = "authorised";

/// Where that is noted in `custom_data`: WePay shows the present amount only, and card networks
/// count from what was authorised (section 2.1). It is the till's own and no metadata.
pub(crate) const AUTHORISED_KEY: &str = "cf_authorised";

/// Our word for WePay's. Matched to the letter: `canceled` has one l, and a word with two is not
/// known (section 3). Money is held for us only while a payment waits for its capture; one that is
/// captured by itself, or whose moment of capture has come, is on its way (A-WEP-14).
#[must_use]
pub fn state(word: &str, waits_for_capture: bool) -> PaymentState {
    match word {
        "pending" if waits_for_capture => PaymentState::Authorized,
        "pending" => PaymentState::InProgress,
        "completed" => PaymentState::Paid,
        "canceled" => PaymentState::Cancelled,
        "failed" => PaymentState::Failed,
        _ => PaymentState::Unclear,
    }
}

/// See [`crate::Connector::decode_read`]. Which code an unknown id has is not documented (section
/// 4): 404, or a refusal of the path, is taken for it, and nothing else is.
#[must_use]
pub fn decode_read(provider_ref: &str, end: &WireEnd, at: Moment) -> ReadEnd {
    let object = match read_object(end) {
        Ok(object) => object,
        Err(end) => return end,
    };
    match facts(&object, at) {
        Ok(facts) if facts.provider_ref == provider_ref => ReadEnd::Facts(Box::new(facts)),
        Ok(_) => unclear("the answer is about another payment".to_owned()),
        Err(why) => unclear(why),
    }
}

/// The object a reading brought, or why there is none.
pub(crate) fn read_object(end: &WireEnd) -> Result<Object, ReadEnd> {
    let answer = match end {
        WireEnd::NeverLeft { why } => return Err(ReadEnd::Unreachable { why: why.clone() }),
        WireEnd::Lost { why } => return Err(unclear(why.clone())),
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(object) => Ok(object),
        Heard::No(refusal) if refusal.names_nothing => {
            Err(ReadEnd::NoSuchPayment { message: refusal.message })
        }
        Heard::No(refusal) => Err(unclear(refusal.message)),
        Heard::NotNow { message: why, retry_after_ms } => {
            Err(ReadEnd::Unclear { why, retry_after_ms })
        }
        Heard::Credentials { message } => Err(ReadEnd::CredentialsRefused { message }),
        Heard::Nothing { why } => {
            Err(ReadEnd::Unclear { why, retry_after_ms: answer.retry_after_ms })
        }
    }
}

/// The facts of a payment object (section 2.7).
///
/// # Errors
/// What cannot be read of it.
pub(crate) fn facts(object: &Object, at: Moment) -> Result<PaymentFacts, String> {
    let id = text(object, "id")?.ok_or("the answer names no payment")?;
    let word = text(object, "status")?.ok_or("the answer holds no status")?;
    let currency = currency(object)?;
    let money = |field| object.minor(field, currency).map_err(unreadable);
    let amount = money("amount")?.ok_or("the answer holds no amount")?;
    let capture_at = moment(object, "capture_at")?;
    let to_come = capture_at.is_none_or(|moment| moment > at);
    let waits = object.flag("auto_capture") == Some(false) && to_come;
    let state = state(&word, waits);
    let custom_data = object.object("custom_data").unwrap_or_default();
    Ok(without_cards(PaymentFacts {
        provider_ref: id,
        state,
        provider_status: word,
        amount,
        invoice_number: None,
        reference: text(object, "reference_id")?,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: money("amount_refunded")?,
        details: Details {
            captured: (state == PaymentState::Paid).then_some(amount),
            capture_at,
            made_at: moment(object, "create_time")?,
            description: None,
            metadata: texts(&custom_data),
            marks: marks(money("amount_disputed")?, &custom_data),
        },
        read_at: at,
    }))
}

/// What is sure about minor units is sure for these currencies only (A-WEP-10).
fn currency(object: &Object) -> Result<Currency, String> {
    let code = text(object, "currency")?.ok_or("the answer holds no currency")?;
    let known = CURRENCIES.contains(&code.as_str());
    let parsed = Currency::parse(&code).ok().filter(|_| known);
    parsed.ok_or_else(|| "the payment is in a currency that is not taken here".to_owned())
}

/// WePay's moments are seconds since 1970.
fn moment(object: &Object, field: &'static str) -> Result<Option<Moment>, String> {
    let Some(seconds) = object.whole(field).map_err(unreadable)? else { return Ok(None) };
    let millis = seconds.checked_mul(SECOND_MS).ok_or_else(|| unreadable(Unreadable { field }))?;
    Ok(Some(Moment::from_millis(millis)))
}

/// The texts of `custom_data`; numbers and the rest are WePay's and stay untouched (section 2.1).
pub(crate) fn texts(data: &Object) -> BTreeMap<String, String> {
    let text = |(key, raw): (&str, &str)| {
        let text: String = serde_json::from_str(raw).ok()?;
        Some((key.to_owned(), text)).filter(|(key, text)| !text.is_empty() && key != AUTHORISED_KEY)
    };
    data.iter().filter_map(text).collect()
}

fn marks(disputed: Option<Money>, custom_data: &Object) -> BTreeMap<String, String> {
    let disputed = disputed.filter(|money| money.is_positive());
    let disputed = disputed.map(|money| (DISPUTED.to_owned(), money.minor().to_string()));
    let noted = custom_data.text(AUTHORISED_KEY).ok().flatten();
    let noted = noted.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let authorised = noted.map(|text| (AUTHORISED.to_owned(), text));
    disputed.into_iter().chain(authorised).collect()
}

/// What a dispute holds of the payment; nothing where the mark is none of ours.
pub(crate) fn disputed(facts: &PaymentFacts) -> Money {
    marked(facts, DISPUTED).unwrap_or(Money::zero(facts.amount.currency()))
}

/// What was authorised: the present amount, unless it was raised since.
pub(crate) fn authorised(facts: &PaymentFacts) -> Money {
    marked(facts, AUTHORISED).filter(|money| money.is_positive()).unwrap_or(facts.amount)
}

fn marked(facts: &PaymentFacts, name: &str) -> Option<Money> {
    let minor = facts.details.marks.get(name)?.parse().ok()?;
    Money::from_minor(minor, facts.amount.currency()).ok()
}

/// True where what was authorised is noted already.
pub(crate) fn notes_authorised(details: &Details) -> bool {
    details.marks.contains_key(AUTHORISED)
}

/// True where a dispute holds some of it.
pub(crate) fn is_disputed(details: &Details) -> bool {
    details.marks.contains_key(DISPUTED)
}

/// Why something failed, in WePay's words: a text or an object of codes and words (sections 2.5
/// and 2.7; its exact shape was not seen for refunds).
pub(crate) fn reason_words(object: &Object) -> Option<String> {
    let words = match object.object("failure_reason") {
        Some(reason) => {
            let said = |field| reason.text(field).ok().flatten();
            said("reason_message").or_else(|| said("reason_code"))
        }
        None => object.text("failure_reason").ok().flatten(),
    };
    words.map(|words| tidy(&words)).filter(|words| !words.is_empty())
}

fn text(object: &Object, field: &'static str) -> Result<Option<String>, String> {
    object.text(field).map_err(unreadable)
}

fn unreadable(what: Unreadable) -> String {
    format!("the answer's {} cannot be read", what.field)
}

fn unclear(why: String) -> ReadEnd {
    ReadEnd::Unclear { why, retry_after_ms: None }
}
