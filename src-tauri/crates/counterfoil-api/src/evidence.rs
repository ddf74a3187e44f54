//! What a decision about a doubt or a conflict rests on, and its digest. A person decides on what
//! was shown to them: the digest goes with the decision, is compared with what is stored in the
//! transaction that records it, and is recorded.

use counterfoil_core::answer::SendEnd;
use counterfoil_core::audit::{canonical, sha256_hex};
use counterfoil_core::change::{Attempt, Change, Reading, State};
use counterfoil_core::compare::{Fact, Field, differing, three_way};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;
use counterfoil_store::table::payment;
use counterfoil_store::{Connection, StoreError};
use serde_json::{Value, json};

use crate::view::{AttemptView, BaseView, FieldView, ReadingView};
use crate::{Fault, FaultCode};

/// The digest of what a decision about this change would rest on now; none where there is nothing
/// to decide.
///
/// # Errors
/// The store cannot be read.
pub fn digest(connection: &Connection, of: &Change) -> Result<Option<String>, StoreError> {
    let evidence = match of.state {
        State::InDoubt => of_doubt(of),
        State::Conflict => of_conflict(of, now_at_provider(connection, of)?.as_ref()),
        State::AwaitingApproval
        | State::Rejected
        | State::Queued
        | State::Sending
        | State::Applied
        | State::Declined
        | State::NeedsCustomer
        | State::Expired
        | State::Withdrawn => return Ok(None),
    };
    Ok(Some(sha256_hex(canonical(&evidence).as_bytes())))
}

/// Compares what the person saw with what is stored now; without a digest the person takes it as
/// it is. Answers the digest to record.
///
/// # Errors
/// The store cannot be read. Changed evidence is a fault of the inner result.
pub fn still_as_shown(
    connection: &Connection,
    of: &Change,
    shown: Option<&str>,
) -> Result<Result<String, Fault>, StoreError> {
    let now = digest(connection, of)?.unwrap_or_default();
    if shown.is_none_or(|shown| shown == now) {
        return Ok(Ok(now));
    }
    let words = "what this decision rests on has changed since it was shown: look at it again. \
                 Nothing was decided.";
    Ok(Err(Fault::new(FaultCode::EvidenceChanged, words).with("evidence", now)))
}

/// The payment as the provider has it now: what a rebase would put the change on.
///
/// # Errors
/// The store cannot be read.
pub fn now_at_provider(connection: &Connection, of: &Change) -> Result<Option<Base>, StoreError> {
    let Some(payment_id) = &of.payment_id else { return Ok(of.provider_now.clone()) };
    Ok(Some(Base::of(&payment::get(connection, payment_id)?.facts)))
}

/// The payment as read right before the last attempt.
pub fn baseline(of: &Change) -> Option<&Base> {
    of.attempts.last().and_then(|attempt| attempt.baseline.as_ref())
}

/// The three views of a conflict; empty where there is no payment to compare.
pub fn fields(of: &Change, now: Option<&Base>) -> Vec<FieldView> {
    let (Some(seen), Some(now)) = (&of.base, now) else { return Vec::new() };
    three_way(seen, &of.command, now).iter().map(field_view).collect()
}

/// Everything the doubt desk shows as evidence.
fn of_doubt(of: &Change) -> Value {
    json!({
        "change": of.change_id,
        "operation": of.operation(),
        "baseline": baseline(of).map(base_view),
        "attempts": of.attempts.iter().map(attempt_view).collect::<Vec<_>>(),
        "readings": readings(of),
    })
}

/// Everything the conflict desk shows as evidence. When the provider was read is not part of it:
/// the same payment read once more is no news.
fn of_conflict(of: &Change, now: Option<&Base>) -> Value {
    json!({
        "change": of.change_id,
        "operation": of.operation(),
        "why": of.why,
        "fields": fields(of, now),
    })
}

/// Readings that proved nothing, with what is new in them.
pub fn readings(of: &Change) -> Vec<ReadingView> {
    let before = baseline(of).or(of.base.as_ref());
    of.readings.iter().map(|reading| reading_view(reading, before)).collect()
}

fn reading_view(reading: &Reading, before: Option<&Base>) -> ReadingView {
    let differs = before.map(|before| differing(before, &reading.now)).unwrap_or_default();
    ReadingView {
        at: reading.at.to_rfc3339(),
        why: reading.why.clone(),
        now: base_view(&reading.now),
        differs: differs.into_iter().map(str::to_owned).collect(),
    }
}

pub fn attempt_view(attempt: &Attempt) -> AttemptView {
    AttemptView {
        attempt_id: attempt.attempt_id.to_string(),
        started_at: attempt.started_at.to_rfc3339(),
        ended_at: attempt.ended_at.map(Moment::to_rfc3339),
        outcome: attempt.end.as_ref().map(SendEnd::word).map(str::to_owned),
        http_status: attempt.http_status,
        correlation_id: attempt.correlation_id.clone(),
        answer: attempt.end.as_ref().and_then(answer),
        method: attempt.record.method.clone(),
        path: attempt.record.path.clone(),
        digest: attempt.record.digest.clone(),
        key: attempt.record.key.clone(),
    }
}

fn answer(end: &SendEnd) -> Option<String> {
    match end {
        SendEnd::Applied { .. } | SendEnd::NeedsCustomer { .. } | SendEnd::Accepted { .. } => None,
        SendEnd::Refused { message }
        | SendEnd::RefusedForNow { message, .. }
        | SendEnd::CredentialsRefused { message } => Some(message.clone()),
        SendEnd::NeverLeft { why } | SendEnd::Unknown { why } => Some(why.clone()),
    }
}

pub fn base_view(base: &Base) -> BaseView {
    BaseView {
        amount: base.amount.into(),
        state: base.state.word().to_owned(),
        provider_status: base.provider_status.clone(),
        invoice_number: base.invoice_number.clone(),
        reference: base.reference.clone(),
        refunded: base.refunded.map(|money: Money| money.into()),
        captured: base.details.captured.map(|money: Money| money.into()),
        capture_at: base.details.capture_at.map(Moment::to_rfc3339),
        description: base.details.description.clone(),
        metadata: base.details.metadata.clone(),
        fetched_at: base.read_at.to_rfc3339(),
    }
}

fn field_view(field: &Field) -> FieldView {
    let any = [&field.seen, &field.mine, &field.now].into_iter().flatten().next();
    FieldView {
        field: field.name.to_owned(),
        currency: any.and_then(currency),
        seen: field.seen.as_ref().map(text),
        mine: field.mine.as_ref().map(text),
        now: field.now.as_ref().map(text),
        differs: field.differs,
    }
}

fn currency(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Money(money) => Some(money.currency().code().to_owned()),
        Fact::Text(_) => None,
    }
}

fn text(fact: &Fact) -> String {
    match fact {
        Fact::Money(money) => money.to_decimal_text(),
        Fact::Text(text) => text.clone(),
    }
}
