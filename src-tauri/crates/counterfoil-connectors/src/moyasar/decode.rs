//! An answer becomes a meaning (section 4). What is neither a payment that shows the effect nor
//! Moyasar's own envelope of a refusal is unknown.

use counterfoil_core::account::Account;
use counterfoil_core::answer::{SendEnd, WireAnswer, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Base;
use counterfoil_core::reconcile::shows_effect_since;

use super::status::read_facts;
use crate::answer::{ProbeEnd, tidy};
use crate::connector::Ask;
use crate::json::Object;

/// How long to wait where Moyasar throttles without saying how long, milliseconds (A-MOY-09).
const THROTTLED_MS: i64 = 30_000;

/// What an answer says before anybody asks what it was about.
pub(crate) enum Heard {
    /// 2xx with a JSON object.
    Yes(Object),
    /// 2xx without a body: taken, and nothing is said about the effect.
    Empty,
    /// An envelope that says nothing happened.
    No {
        /// HTTP status.
        status: u16,
        /// Moyasar's words.
        message: String,
    },
    /// Throttled: nothing happened.
    NotNow {
        /// Moyasar's words.
        message: String,
        /// How long to wait, milliseconds.
        retry_after_ms: i64,
    },
    /// The key is unknown or may not do this: nothing happened.
    Credentials {
        /// Moyasar's words.
        message: String,
    },
    /// The merchant may not take live payments (yet): nothing happened.
    Inactive {
        /// Moyasar's words.
        message: String,
    },
    /// It says neither yes nor no.
    Nothing {
        /// What was seen.
        why: String,
    },
}

/// Reads status and envelope with the table of section 4. 429 says by its definition that the call
/// was not carried out, whatever its body (it may be plain text).
pub(crate) fn hear(answer: &WireAnswer) -> Heard {
    let nothing = |what: &str| Heard::Nothing { why: format!("HTTP {}: {what}", answer.status) };
    match answer.status {
        200..=299 if answer.body.iter().all(u8::is_ascii_whitespace) => Heard::Empty,
        200..=299 => match Object::read(&answer.body) {
            Some(object) => Heard::Yes(object),
            None => nothing("the answer is no whole JSON object"),
        },
        429 => not_now(answer, Object::read(&answer.body).as_ref()),
        400..=499 => hear_no(answer),
        _ => nothing("no answer of Moyasar that says what happened"),
    }
}

fn not_now(answer: &WireAnswer, envelope: Option<&Object>) -> Heard {
    let message = words_of(envelope, answer.status);
    Heard::NotNow { message, retry_after_ms: answer.retry_after_ms.unwrap_or(THROTTLED_MS) }
}

/// A refusal is Moyasar's only with its envelope. The types `api_error` and
/// `api_connection_error` speak of a fault on the way, which proves nothing whatever the status.
fn hear_no(answer: &WireAnswer) -> Heard {
    let status = answer.status;
    let envelope = Object::read(&answer.body);
    let kind = envelope.as_ref().and_then(|envelope| envelope.text("type").ok().flatten());
    let (Some(envelope), Some(kind)) = (&envelope, kind) else {
        return Heard::Nothing { why: format!("HTTP {status} without Moyasar's envelope") };
    };
    let message = words_of(Some(envelope), status);
    match (status, kind.as_str()) {
        (_, "api_error" | "api_connection_error") => {
            Heard::Nothing { why: format!("HTTP {status}: {message}") }
        }
        (_, "rate_limit_error") => not_now(answer, Some(envelope)),
        (401 | 403, _) => Heard::Credentials { message },
        (405, "account_inactive_error") => Heard::Inactive { message },
        (400 | 404 | 405, _) | (_, "invalid_request_error") => Heard::No { status, message },
        (_, _) => Heard::Nothing { why: format!("HTTP {status}: {message}") },
    }
}

/// Moyasar's words, shown and never matched on: the message, and what it says of single fields.
fn words_of(envelope: Option<&Object>, status: u16) -> String {
    let said = |envelope: &Object| {
        let message = envelope.text("message").ok().flatten().unwrap_or_default();
        let fields = envelope.object("errors").unwrap_or_default();
        let fields: Vec<String> = fields.iter().map(words_of_field).collect();
        tidy(&[message, fields.join("; ")].join(" "))
    };
    envelope
        .map(said)
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| format!("HTTP {status}, Moyasar gave no reason"))
}

fn words_of_field((field, raw): (&str, &str)) -> String {
    let messages: Vec<String> = serde_json::from_str(raw).unwrap_or_default();
    format!("{field} {}", messages.join(", "))
}

/// See [`crate::Connector::decode_send`]. A 405 for an account that is not active is a refusal
/// (section 4).
#[must_use]
pub fn decode_send(account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return SendEnd::NeverLeft { why: why.clone() },
        WireEnd::Lost { why } => return SendEnd::Unknown { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(payment) => taken(account, ask, &payment),
        Heard::Empty => {
            SendEnd::Unknown { why: "Moyasar took the call without saying what it did".to_owned() }
        }
        Heard::No { message, .. } | Heard::Inactive { message } => SendEnd::Refused { message },
        Heard::NotNow { message, retry_after_ms } => {
            SendEnd::RefusedForNow { message, retry_after_ms: Some(retry_after_ms) }
        }
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::Nothing { why } => SendEnd::Unknown { why },
    }
}

/// A payment came back. Applied only where it is the payment that was asked about and its numbers
/// or texts have moved as asked since the reading before (section 4); everything else is read back,
/// an empty answer too (A-MOY-01).
fn taken(account: &Account, ask: &Ask<'_>, payment: &Object) -> SendEnd {
    let unknown = |why: &str| SendEnd::Unknown { why: why.to_owned() };
    let (Some(provider_ref), Some(baseline)) = (ask.provider_ref, ask.baseline) else {
        return unknown("there is no reading to compare the answer with");
    };
    let facts = match read_facts(account, Some(provider_ref), payment, Moment::default()) {
        Ok(facts) => facts,
        Err(why) => return SendEnd::Unknown { why },
    };
    if facts.amount != baseline.amount {
        return unknown("the answer speaks of another amount");
    }
    if !shows_effect_since(ask.command, baseline, &Base::of(&facts)) {
        return unknown("Moyasar took the call, and its answer does not show the effect");
    }
    SendEnd::Applied { provider_ref: None, link: None }
}

/// See [`crate::Connector::decode_probe`]. An account that is not active is told like refused
/// credentials: with these nothing can be asked, and a person has to see to it.
#[must_use]
pub fn decode_probe(end: &WireEnd) -> ProbeEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return ProbeEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return ProbeEnd::Unclear { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(page) if page.entries("payments").is_some() => ProbeEnd::Ok,
        Heard::Yes(_) | Heard::Empty => {
            ProbeEnd::Unclear { why: "the answer is no list of payments".to_owned() }
        }
        Heard::Credentials { message } | Heard::Inactive { message } => {
            ProbeEnd::CredentialsRefused { message }
        }
        Heard::No { message: why, .. } | Heard::NotNow { message: why, .. } => {
            ProbeEnd::Unclear { why }
        }
        Heard::Nothing { why } => ProbeEnd::Unclear { why },
    }
}
