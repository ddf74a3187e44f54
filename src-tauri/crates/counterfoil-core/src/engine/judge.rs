//! The judgements about money: may it be sent, and what does a read prove after a lost answer.

use super::Work;
use crate::answer::SendEnd;
use crate::capability::RepeatSafety;
use crate::change::{Attempt, Event};
use crate::command::{Command, Kind};
use crate::moment::Moment;
use crate::payment::{Base, PaymentState};
use crate::privacy::{same_metadata, same_text};
use crate::reconcile::{shows_effect, shows_effect_since, still_as_seen};

/// So many answers of success that prove nothing are taken to be all that will come.
const MOST_UNCLEAR_ANSWERS: usize = 5;

/// What a read right before sending allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeforeSending {
    /// The payment is what the person saw: send.
    Send {
        /// Stored with the attempt.
        baseline: Base,
    },
    /// It is not: nothing is sent, a person decides.
    Conflict(Event),
    /// It was to be sent only if an order asks for it, and the payment is what the order asks for
    /// already: nothing is sent, and nobody is needed.
    Needless(Event),
}

/// Compares the payment as read with what the requester saw (rule 6). `refusal` is the
/// connector's word that the fresh facts cannot take the change (minimum, maximum, state).
#[must_use]
pub fn judge_before_sending(work: &Work, now: Base, refusal: Option<String>) -> BeforeSending {
    let conflict =
        |why: String, now: Base| BeforeSending::Conflict(Event::ConflictFound { now, why });
    if work.change.only_if.is_some() && shows_effect(&work.change.command, &now) {
        let why = format!("the payment carries {} already", now.amount);
        return BeforeSending::Needless(Event::Lapsed { why });
    }
    let Some(base) = &work.change.base else {
        return conflict("this change has no base to compare with".to_owned(), now);
    };
    if !still_as_seen(base, &now) {
        return conflict(what_differs(base, &now), now);
    }
    match refusal {
        Some(why) => conflict(why, now),
        None => BeforeSending::Send { baseline: now },
    }
}

/// What a read says about a lost answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoubtVerdict {
    /// The effect is there.
    Applied(Event),
    /// It is proved that there is none: it may be sent again.
    NotApplied(Event),
    /// The provider recognises a repetition by its key: the same bytes are sent again.
    Repeat {
        /// The payment as read before the first sending.
        baseline: Base,
    },
    /// Nothing is proved yet; an effect may still show until this moment.
    TooEarly(Moment),
    /// A read proves nothing here: a person decides. Reads go on, they may still prove it.
    Person(&'static str),
}

/// Judges a doubt on a read (rule 3) that was asked for at `read_at` and is heard `now`. What
/// cannot be proved is left to a person.
#[must_use]
pub fn judge_doubt(work: &Work, now_base: &Base, read_at: Moment, now: Moment) -> DoubtVerdict {
    let Some(attempt) = work.change.attempts.last() else {
        return DoubtVerdict::Person("no attempt is on record");
    };
    let Some(baseline) = &attempt.baseline else {
        return DoubtVerdict::Person("there is no earlier reading to compare with");
    };
    let command = &work.change.command;
    if proves_applied(work.safety, command, baseline, now_base) {
        return DoubtVerdict::Applied(Event::ProvedApplied { now: now_base.clone() });
    }
    match work.safety {
        RepeatSafety::HumanOnly => DoubtVerdict::Person("a reading cannot show this effect"),
        RepeatSafety::ReadBackThenHuman => {
            DoubtVerdict::Person("that nothing shows yet proves nothing")
        }
        RepeatSafety::Absolute | RepeatSafety::WithKey | RepeatSafety::ReadBack => {
            if !still_as_seen(baseline, now_base) {
                return DoubtVerdict::Person("the payment was changed by somebody else meanwhile");
            }
            let void = work.approval.void_at(now).is_some();
            if key_is_known(work, now) && !void {
                return repeat_or_ask(work, baseline);
            }
            // A reading tells of no later moment than that at which it was asked for.
            match settles_at(work) {
                Some(settled) if read_at < settled => DoubtVerdict::TooEarly(settled),
                Some(_) => {
                    DoubtVerdict::NotApplied(Event::ProvedNotApplied { now: now_base.clone() })
                }
                None if void => DoubtVerdict::Person("its approval holds no more: no repetition"),
                None => DoubtVerdict::Person("its key counts no more, and it may be under way"),
            }
        }
    }
}

/// A provider that answers each repetition and never clearly would be asked for as long as the key
/// lives: after a few such answers it is a person's matter.
fn repeat_or_ask(work: &Work, baseline: &Base) -> DoubtVerdict {
    let answered = |attempt: &&Attempt| {
        let success = attempt.http_status.is_some_and(|status| (200..300).contains(&status));
        success && matches!(attempt.end, Some(SendEnd::Unknown { .. }))
    };
    if work.change.attempts.iter().filter(answered).count() >= MOST_UNCLEAR_ANSWERS {
        return DoubtVerdict::Person("the provider answers, and its answers prove nothing");
    }
    DoubtVerdict::Repeat { baseline: baseline.clone() }
}

/// From when on a reading without an effect proves that there was none; none where it never does.
#[must_use]
pub fn settles_at(work: &Work) -> Option<Moment> {
    let attempt = work.change.attempts.last().filter(|attempt| attempt.baseline.is_some())?;
    match work.safety {
        RepeatSafety::HumanOnly | RepeatSafety::ReadBackThenHuman => None,
        // A refund that its provider keeps as an object of its own may be under way for days
        // before the payment shows it.
        RepeatSafety::WithKey if work.change.command.refund().is_some() => None,
        RepeatSafety::Absolute | RepeatSafety::WithKey | RepeatSafety::ReadBack => {
            let ended = attempt.ended_at.unwrap_or(attempt.started_at).max(work.counted_from);
            Some(ended.plus_millis(work.settle_ms))
        }
    }
}

/// True while the provider still recognises the key of the first sending. A key that is too old
/// is worth nothing, and neither is one whose age cannot be told: then only a read-back tells
/// (providers, "Repeat-safety classes").
fn key_is_known(work: &Work, now: Moment) -> bool {
    let first = work.change.keyed().filter(|_| work.safety == RepeatSafety::WithKey);
    first.is_some_and(|first| {
        let told = first.started_at >= work.counted_from;
        told && now < first.started_at.plus_millis(work.key_retention_ms)
    })
}

/// A reading proves the effect only where it differs from the reading before the attempt.
fn proves_applied(safety: RepeatSafety, command: &Command, baseline: &Base, now: &Base) -> bool {
    match safety {
        RepeatSafety::HumanOnly => false,
        RepeatSafety::Absolute
        | RepeatSafety::WithKey
        | RepeatSafety::ReadBack
        | RepeatSafety::ReadBackThenHuman => shows_effect_since(command, baseline, now),
    }
}

/// Judges a customer signature on a fresh read: the amount is there, or the payment can no longer
/// take it. None while the customer may still act.
#[must_use]
pub fn judge_customer(work: &Work, now: &Base) -> Option<Event> {
    if shows_effect(&work.change.command, now) {
        return Some(Event::CustomerActed { now: now.clone() });
    }
    match now.state {
        PaymentState::Cancelled | PaymentState::Failed => {
            let why = format!("the payment is {} at the provider", now.state.word());
            Some(Event::Expired { why })
        }
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Unclear => None,
    }
}

/// True where a payment must be read before this is sent: everything but a start.
#[must_use]
pub fn reads_first(command: &Command) -> bool {
    command.kind() != Kind::Start
}

fn what_differs(seen: &Base, now: &Base) -> String {
    let mut parts = Vec::new();
    if seen.amount != now.amount {
        parts.push(format!("the amount is {} and not {}", now.amount, seen.amount));
    }
    if seen.state != now.state {
        parts.push(format!("the payment is {} and not {}", now.state.word(), seen.state.word()));
    }
    if !same_text(seen.invoice_number.as_deref(), now.invoice_number.as_deref()) {
        parts.push("the invoice number is another".to_owned());
    }
    if !same_text(seen.reference.as_deref(), now.reference.as_deref()) {
        parts.push("the reference is another".to_owned());
    }
    if seen.refunded != now.refunded {
        parts.push("another sum was returned".to_owned());
    }
    let (had, has) = (&seen.details, &now.details);
    if had.captured != has.captured || had.capture_at != has.capture_at {
        parts.push("another sum was captured, or is to be captured at another time".to_owned());
    }
    let same_description = same_text(had.description.as_deref(), has.description.as_deref());
    if !same_description || !same_metadata(&had.metadata, &has.metadata) {
        parts.push("the description or the metadata is another".to_owned());
    }
    if parts.is_empty() {
        parts.push(format!("the provider says {:?}", now.provider_status));
    }
    parts.join("; ")
}
