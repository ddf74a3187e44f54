//! An answer becomes a meaning (sections 3, 6 and 8). A status alone is no answer: what is neither
//! a clear yes nor a clear no, with a body that can be read, is unknown.

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::PaymentState;

use super::patch::{self, Patched};
use super::setup::{Place, Role, role};
use super::status::{PLACE, decode_read};
use super::wire::is_foreign;
use crate::answer::{ProbeEnd, tidy};
use crate::connector::Ask;
use crate::json::Object;

/// What an answer says before anybody asks what it was about.
pub(crate) enum Heard {
    /// 200, 201 or 204, with the body.
    Done(Vec<u8>),
    /// 401 with a body that can be read.
    Credentials {
        /// Norce's words.
        message: String,
    },
    /// Another status of the 400 family with a body that can be read.
    No {
        /// Which.
        status: u16,
        /// Norce's words.
        message: String,
    },
    /// Throttled: nothing happened (A-NOR-10).
    NotNow {
        /// Norce's words.
        message: String,
    },
    /// It says neither yes nor no.
    Nothing {
        /// What was seen.
        why: String,
    },
}

/// Sorts an answer by section 8. A proxy's words for "it took too long" (408, 499) say nothing
/// about what Norce did; 202 says that a newer request may take this one's place (section 5).
pub(crate) fn hear(answer: &WireAnswer) -> Heard {
    let status = answer.status;
    let words = || words_of(&answer.body, status);
    match status {
        200 | 201 | 204 => Heard::Done(answer.body.clone()),
        202 => Heard::Nothing {
            why: "HTTP 202: accepted and not completed; a newer request may take its place"
                .to_owned(),
        },
        429 => Heard::NotNow { message: words().unwrap_or("HTTP 429: too many calls".to_owned()) },
        408 | 499 => Heard::Nothing { why: format!("HTTP {status}: it took too long") },
        400..=499 => match words() {
            Some(message) if status == 401 => Heard::Credentials { message },
            Some(message) => Heard::No { status, message },
            None => {
                Heard::Nothing { why: format!("HTTP {status} without a body that can be read") }
            }
        },
        _ => Heard::Nothing { why: format!("HTTP {status}: no answer from Norce itself") },
    }
}

/// Norce's words, shown and never matched on: `{code, message}`, problem details, or a list of
/// validation errors (section 8). None where the body is none of these.
fn words_of(body: &[u8], status: u16) -> Option<String> {
    let said = match Object::read(body) {
        Some(envelope) => {
            let fields = ["code", "message", "title", "detail"];
            let text = |field| envelope.text(field).ok().flatten();
            fields.into_iter().filter_map(text).collect::<Vec<_>>().join(": ")
        }
        None => {
            let errors = Object::read_list(body)?;
            let code = |error: &Object| error.text("code").ok().flatten();
            errors.iter().filter_map(code).collect::<Vec<_>>().join(", ")
        }
    };
    let said = tidy(&said);
    Some(if said.is_empty() { format!("HTTP {status}, Norce gave no reason") } else { said })
}

/// See [`crate::Connector::decode_send`].
#[must_use]
pub fn decode_send(account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return SendEnd::NeverLeft { why: why.clone() },
        WireEnd::Lost { why } => return unknown(why),
        WireEnd::Answer(answer) => answer,
    };
    let heard = hear(answer);
    if let Heard::Credentials { message } = heard {
        return SendEnd::CredentialsRefused { message };
    }
    match (role(account), ask.command) {
        (Role::AdapterCallback, Command::Adjust { total, .. }) => {
            called_back(account, ask, *total, heard, answer)
        }
        (Role::OrderApi, Command::Adjust { total, .. }) => match heard {
            Heard::Done(body) => put(account, ask, *total, &body),
            other => order_api(other, answer),
        },
        (Role::OrderApi, Command::Relabel { .. }) => match heard {
            // Both are answered with an empty 200, like anything a gateway lets fall (section 5,
            // A-NOR-09: verify). The reading that follows says it.
            Heard::Done(_) => unknown("Norce does not say what it did; the order is read to see"),
            other => order_api(other, answer),
        },
        (
            Role::OrderApi,
            Command::Refund { .. } | Command::Cancel { .. } | Command::Capture { .. },
        ) => managed(ask, heard),
        (_, Command::Start { .. } | Command::Void)
        | (
            Role::AdapterCallback,
            Command::Relabel { .. }
            | Command::Refund { .. }
            | Command::Cancel { .. }
            | Command::Capture { .. },
        ) => unknown("Norce has no such function, yet it answered"),
    }
}

/// What is no yes from the Order service (section 8, A-NOR-07).
fn order_api(heard: Heard, answer: &WireAnswer) -> SendEnd {
    match heard {
        Heard::Done(_) => unknown("the answer says too little"),
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::No { message, .. } => SendEnd::Refused { message },
        Heard::NotNow { message } => {
            SendEnd::RefusedForNow { message, retry_after_ms: answer.retry_after_ms }
        }
        Heard::Nothing { why } => unknown(&why),
    }
}

/// The payment as it is now. A hook may have put another amount in place of ours (section 8).
fn put(account: &Account, ask: &Ask<'_>, total: Money, body: &[u8]) -> SendEnd {
    let Some(payment) = Object::read(body) else {
        return unknown("the answer holds no payment");
    };
    let place = ask.provider_ref.and_then(|name| Place::read(name).ok());
    let id = payment.text("id").ok().flatten();
    if place.is_none_or(|place| id.is_some_and(|id| id != place.payment_id)) {
        return unknown("the answer is about another payment");
    }
    if is_foreign(payment.text("currency").ok().flatten().as_deref(), account.currency) {
        return unknown("the answer speaks of another currency");
    }
    match payment.money("amount", account.currency) {
        Ok(Some(amount)) if amount.compare(total) == Ok(Ordering::Equal) => applied(),
        Ok(Some(amount)) => {
            unknown(&format!("the payment is {amount} now; a hook may have set it"))
        }
        Ok(None) | Err(_) => unknown("the answer holds no amount that can be read"),
    }
}

/// Order management: 200 is documented and nothing else (A-NOR-08), so every other answer but a
/// plain 401 or 404 leaves it open.
fn managed(ask: &Ask<'_>, heard: Heard) -> SendEnd {
    match heard {
        Heard::Done(body) => match Object::read(&body) {
            Some(answer) if names_another(ask, &answer) => {
                unknown("the answer is about another payment")
            }
            Some(_) => applied(),
            None => unknown("the adapter's answer cannot be read"),
        },
        Heard::No { status: 404, message } => SendEnd::Refused { message },
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::No { message: why, .. }
        | Heard::NotNow { message: why }
        | Heard::Nothing { why } => unknown(&why),
    }
}

/// `id` may be the payment service's own, so only `paymentId` counts (section 6).
fn names_another(ask: &Ask<'_>, answer: &Object) -> bool {
    let named = answer.text("paymentId").ok().flatten();
    let place = ask.provider_ref.and_then(|name| Place::read(name).ok());
    named.is_some_and(|named| place.is_none_or(|place| place.payment_id != named))
}

/// What an adapter says about a proposed order. It stores nothing in the order (section 1), so an
/// agreement is accepted and waits for the order to show it. Nothing else proves anything, a no
/// included: under a time constraint an act completes without a successful answer (section 3).
fn called_back(
    account: &Account,
    ask: &Ask<'_>,
    total: Money,
    heard: Heard,
    answer: &WireAnswer,
) -> SendEnd {
    match heard {
        Heard::Done(body) => agreed(account, ask, total, &body),
        Heard::NotNow { message } => {
            SendEnd::RefusedForNow { message, retry_after_ms: answer.retry_after_ms }
        }
        Heard::No { message, .. } => {
            unknown(&format!("the adapter rejects it ({message}), which proves nothing"))
        }
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::Nothing { why } => unknown(&why),
    }
}

fn agreed(account: &Account, ask: &Ask<'_>, total: Money, body: &[u8]) -> SendEnd {
    let silent = "the adapter has no change to the order it was shown, which is not the same as \
                  having made it";
    if body.is_empty() {
        return unknown(silent);
    }
    let marks = ask.baseline.map(|base| &base.details.marks);
    let place = marks.and_then(|marks| marks.get(PLACE)).and_then(|text| text.parse().ok());
    let (Some(place), Some(name)) = (place, ask.provider_ref) else {
        return unknown("there is no reading to hold the adapter's answer against");
    };
    match patch::read(body, place, account.currency) {
        Patched::Amount(amount) if amount == total => {
            SendEnd::Accepted { effect_ref: format!("{name}={}", total.to_decimal_text()) }
        }
        Patched::Amount(amount) => unknown(&format!("the adapter would have {amount} instead")),
        Patched::Nothing | Patched::OtherFields => unknown(silent),
        Patched::Unclear(why) => unknown(&format!("{why}; a person has to look")),
    }
}

/// See [`crate::Connector::decode_effect`]: an amount that an adapter has agreed to has happened
/// once the order shows it.
///
/// # Errors
/// The end of a reading without facts.
pub fn decode_effect(
    account: &Account,
    effect_ref: &str,
    end: &WireEnd,
) -> Result<EffectState, ReadEnd> {
    let unknown = || ReadEnd::Unclear {
        why: "this is no agreed amount of Norce".to_owned(),
        retry_after_ms: None,
    };
    let (name, amount) = effect_ref.rsplit_once('=').ok_or_else(unknown)?;
    let agreed = money(amount, account.currency).ok_or_else(unknown)?;
    // Only the amount and the state are looked at: the moment of the reading does not matter.
    let facts = match decode_read(account, name, std::slice::from_ref(end), Default::default()) {
        ReadEnd::Facts(facts) => facts,
        other => return Err(other),
    };
    let ended = |message: &str| EffectState::Failed { message: message.to_owned() };
    Ok(match facts.state {
        PaymentState::Cancelled => ended("the payment was removed or cancelled"),
        PaymentState::Failed => ended("the payment failed"),
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Unclear => {
            if facts.amount == agreed {
                EffectState::Applied
            } else {
                EffectState::Pending
            }
        }
    })
}

fn money(text: &str, currency: Currency) -> Option<Money> {
    Money::parse(text, currency).ok()
}

/// See [`crate::Connector::decode_probe`].
#[must_use]
pub fn decode_probe(end: &WireEnd) -> ProbeEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return ProbeEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return ProbeEnd::Unclear { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Done(body) if Object::read(&body).is_some_and(|page| page.has("data")) => {
            ProbeEnd::Ok
        }
        Heard::Done(_) => ProbeEnd::Unclear { why: "the answer is no page of orders".to_owned() },
        Heard::Credentials { message } => ProbeEnd::CredentialsRefused { message },
        Heard::No { message: why, .. }
        | Heard::NotNow { message: why }
        | Heard::Nothing { why } => ProbeEnd::Unclear { why },
    }
}

fn applied() -> SendEnd {
    SendEnd::Applied { provider_ref: None, link: None }
}

fn unknown(why: &str) -> SendEnd {
    SendEnd::Unknown { why: why.to_owned() }
}
