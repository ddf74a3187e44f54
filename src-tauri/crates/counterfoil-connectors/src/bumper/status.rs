//! A reading of a payment (section 2.2) and Bumper's words for where it stands (section 4).

use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};

use super::decode::{Heard, hear};
use crate::answer::without_cards;
use crate::json::{Object, Unreadable};

/// Our word for Bumper's. Matched to the letter; `complete` is a spelling of `completed` found
/// in one sample (section 4). `error` has "unknown reason" as its whole explanation: whether money
/// was taken is not said, so it is unclear like a word that is not known, and a person looks.
#[must_use]
pub fn state(word: &str) -> PaymentState {
    match word {
        "pending" => PaymentState::Open,
        "inprogress" => PaymentState::InProgress,
        "completed" | "complete" => PaymentState::Paid,
        "failed" => PaymentState::Failed,
        "cancelled" => PaymentState::Cancelled,
        _ => PaymentState::Unclear,
    }
}

/// See [`crate::Connector::decode_read`]. `success: false` becomes [`ReadEnd::NoSuchPayment`]: the
/// page prints only the text of an invalid token (section 2.4), and texts are never matched on, so
/// a wrong signature may hide behind it too.
#[must_use]
pub fn decode_read(account: &Account, provider_ref: &str, end: &WireEnd, at: Moment) -> ReadEnd {
    let unclear = |why: String| ReadEnd::Unclear { why, retry_after_ms: None };
    let answer = match end {
        WireEnd::NeverLeft { why } => return ReadEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return unclear(why.clone()),
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(envelope) => read_facts(account, provider_ref, &envelope, at)
            .map_or_else(unclear, |facts| ReadEnd::Facts(Box::new(facts))),
        Heard::No { message } => ReadEnd::NoSuchPayment { message },
        Heard::NotNow { message } => {
            ReadEnd::Unclear { why: message, retry_after_ms: answer.retry_after_ms }
        }
        Heard::Credentials { message } => ReadEnd::CredentialsRefused { message },
        Heard::Nothing { why } => ReadEnd::Unclear { why, retry_after_ms: answer.retry_after_ms },
    }
}

fn read_facts(
    account: &Account,
    provider_ref: &str,
    envelope: &Object,
    at: Moment,
) -> Result<PaymentFacts, String> {
    let data = envelope.object("data").ok_or("the answer holds no payment")?;
    let token = text(&data, "token")?;
    if token.is_some_and(|token| token != provider_ref) {
        return Err("the answer is about another payment".to_owned());
    }
    let money = |field| data.money(field, account.currency).map_err(unreadable);
    let status = text(&data, "status")?.ok_or("the answer holds no status")?;
    Ok(without_cards(PaymentFacts {
        provider_ref: provider_ref.to_owned(),
        state: state(&status),
        provider_status: status,
        amount: money("amount")?.ok_or("the answer holds no amount")?,
        invoice_number: text(&data, "invoicenumber")?,
        reference: text(&data, "customer_reference")?,
        minimum: money("min_amount_allowed")?,
        maximum: money("max_amount_allowed")?,
        payment_type: text(&data, "payment_type")?,
        refunded: None,
        details: Details::default(),
        read_at: at,
    }))
}

fn text(data: &Object, field: &'static str) -> Result<Option<String>, String> {
    data.text(field).map_err(unreadable)
}

fn unreadable(what: Unreadable) -> String {
    format!("the answer's {} cannot be read", what.field)
}
