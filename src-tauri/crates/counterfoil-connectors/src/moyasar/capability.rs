//! What Moyasar can do with a payment in its state (sections 2 and 3), and what may be done again
//! after a lost answer (section 6).

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};
use counterfoil_core::reconcile::merge;

use super::status::{CAPTURED, PAID};
use super::texts::{check_description, outgoing};
use super::wire::AmountBody;
use crate::subject::{Subject, Warning};

/// Kinds that are about an existing payment, in the order they are offered.
const OFFERED: [Kind; 6] =
    [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];

/// How long an authorisation is taken to hold, milliseconds: 7 days (A-MOY-08; for mada a newer
/// page says 14).
const AUTHORISATION_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The same in words.
const AUTHORISATION: &str = "Moyasar holds an authorisation for 7 days";

/// See [`crate::Connector::offers`].
#[must_use]
pub fn offers(subject: &Subject<'_>) -> Vec<Offer> {
    let row = |kind| Offer { kind, why_not: may_be_asked(kind, subject).err() };
    OFFERED.into_iter().map(row).collect()
}

/// What state and time alone allow.
fn may_be_asked(kind: Kind, subject: &Subject<'_>) -> Result<(), WhyNot> {
    match kind {
        Kind::Start => Err(WhyNot::NotOffered),
        Kind::Adjust => Err(instead_of_adjusting(subject.facts.state)),
        Kind::Relabel => may_be_relabelled(subject.facts.state),
        Kind::Refund => may_be_refunded(subject),
        Kind::Cancel => Err(instead_of_cancelling(subject.facts.state)),
        Kind::Capture => may_be_captured(subject),
        Kind::Void => may_be_voided(subject.facts.state),
    }
}

/// No field of a payment but its texts can be changed (section 2.1). A smaller capture releases
/// the rest, a refund returns it (section 2.3).
fn instead_of_adjusting(state: PaymentState) -> WhyNot {
    match state {
        PaymentState::Authorized => WhyNot::UseInstead { kind: Kind::Capture },
        PaymentState::Paid => WhyNot::UseInstead { kind: Kind::Refund },
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Cancelled
        | PaymentState::Unclear => WhyNot::NotOffered,
    }
}

/// There is no command that ends an unpaid payment (section 2.3).
fn instead_of_cancelling(state: PaymentState) -> WhyNot {
    match state {
        PaymentState::Authorized => WhyNot::UseInstead { kind: Kind::Void },
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Cancelled
        | PaymentState::Unclear => WhyNot::NotOffered,
    }
}

/// A-MOY-03: in which states texts can be changed is not documented; Moyasar decides.
fn may_be_relabelled(state: PaymentState) -> Result<(), WhyNot> {
    match state {
        PaymentState::Unclear => Err(WhyNot::StateUnclear),
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Cancelled => Ok(()),
    }
}

/// Only from `authorized` (section 2.3), while the authorisation is taken to hold (A-MOY-08). One
/// that the issuer has ended looks the same: only the attempt tells (section 3).
fn may_be_captured(subject: &Subject<'_>) -> Result<(), WhyNot> {
    only_authorized(subject.facts.state)?;
    let made_at = subject.facts.details.made_at;
    let too_late = made_at.is_some_and(|at| subject.now > at.plus_millis(AUTHORISATION_MS));
    if too_late { Err(WhyNot::TooLate { window: AUTHORISATION }) } else { Ok(()) }
}

/// A-MOY-07: whether a paid payment can still be voided depends on its settlement, which nothing
/// shows; a refund returns the same money for certain.
fn may_be_voided(state: PaymentState) -> Result<(), WhyNot> {
    if state == PaymentState::Paid {
        return Err(WhyNot::UseInstead { kind: Kind::Refund });
    }
    only_authorized(state)
}

fn only_authorized(state: PaymentState) -> Result<(), WhyNot> {
    match state {
        PaymentState::Authorized => Ok(()),
        PaymentState::Unclear => Err(WhyNot::StateUnclear),
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Cancelled => Err(WhyNot::State),
    }
}

fn may_be_refunded(subject: &Subject<'_>) -> Result<(), WhyNot> {
    let left = left_to_refund(subject)?;
    if left.is_positive() { Ok(()) } else { Err(WhyNot::OverRefundable { refundable: left }) }
}

/// See [`crate::Connector::refundable`].
#[must_use]
pub fn refundable(subject: &Subject<'_>) -> Option<Money> {
    left_to_refund(subject).ok()
}

/// What was taken less what went back. Moyasar's sum holds every refund but those on their way,
/// this till's sum holds its own and those on their way: the larger of the two is spent for
/// certain, and no refund counts in it twice.
///
/// A payment that Moyasar calls refunded may have something left (A-MOY-05); whether Moyasar takes
/// a second refund then is not documented, so that a person has to do it there.
fn left_to_refund(subject: &Subject<'_>) -> Result<Money, WhyNot> {
    let facts = subject.facts;
    let taken = taken(facts.state, &facts.provider_status, facts.amount, facts.details.captured)?;
    let refunded = facts.refunded.ok_or(WhyNot::StateUnclear)?;
    let spent = match refunded.compare(subject.refunded_here) {
        Ok(Ordering::Less) => subject.refunded_here,
        Ok(Ordering::Equal | Ordering::Greater) => refunded,
        Err(_) => return Err(WhyNot::Currency),
    };
    let left = taken.minus(spent).map_err(|_| WhyNot::Currency)?;
    Ok(if left.is_positive() { left } else { Money::zero(left.currency()) })
}

/// What was taken (section 2.4): the amount where it was paid at once, because `captured` is 0
/// then; the captured sum where it was captured.
fn taken(
    state: PaymentState,
    word: &str,
    amount: Money,
    captured: Option<Money>,
) -> Result<Money, WhyNot> {
    match (state, word) {
        (PaymentState::Paid, PAID) => Ok(amount),
        (PaymentState::Paid, CAPTURED) => captured.ok_or(WhyNot::StateUnclear),
        (PaymentState::Paid | PaymentState::Unclear, _) => Err(WhyNot::StateUnclear),
        (
            PaymentState::Open
            | PaymentState::InProgress
            | PaymentState::Authorized
            | PaymentState::Refunded
            | PaymentState::Failed
            | PaymentState::Cancelled,
            _,
        ) => Err(WhyNot::State),
    }
}

/// See [`crate::Connector::check`].
///
/// # Errors
/// [`WhyNot`].
pub fn check(
    account: &Account,
    command: &Command,
    subject: Option<&Subject<'_>>,
) -> Result<Vec<Warning>, WhyNot> {
    if command.kind() == Kind::Start {
        return Err(WhyNot::NotOffered);
    }
    let subject = subject.ok_or(WhyNot::Missing { field: "payment" })?;
    match command {
        Command::Start { .. } | Command::Cancel { .. } | Command::Void => {
            may_be_asked(command.kind(), subject)
        }
        Command::Adjust { total, .. } => Err(why_not_adjust(*total, subject.facts)),
        Command::Relabel { .. } => check_relabel(command, subject),
        Command::Refund { amount, .. } => check_refund(account, *amount, subject),
        Command::Capture { amount, at: None } => check_capture(account, *amount, subject),
        Command::Capture { at: Some(_), .. } => Err(WhyNot::NotOffered),
    }
    .map(|()| Vec::new())
}

/// What is offered instead only ever lowers a total.
fn why_not_adjust(total: Money, facts: &PaymentFacts) -> WhyNot {
    match total.compare(facts.amount) {
        Ok(Ordering::Less) => instead_of_adjusting(facts.state),
        Ok(Ordering::Equal | Ordering::Greater) | Err(_) => WhyNot::NotOffered,
    }
}

/// Description and metadata are all that can be changed; `invoice_id` is fixed (section 2.4).
fn check_relabel(command: &Command, subject: &Subject<'_>) -> Result<(), WhyNot> {
    let Command::Relabel { invoice, reference, description, metadata } = command else {
        return Err(WhyNot::NotOffered);
    };
    may_be_asked(Kind::Relabel, subject)?;
    let foreign = [("invoice", invoice.is_some()), ("reference", reference.is_some())];
    if let Some((field, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(WhyNot::TextNotOffered { field });
    }
    let details = &subject.facts.details;
    if let Some(text) = description {
        check_description(text)?;
    }
    let mut after = details.metadata.clone();
    if !metadata.is_empty() {
        outgoing(details, metadata)?;
        merge(&mut after, metadata);
    }
    let same = description.is_none() || *description == details.description;
    if same && after == details.metadata { Err(WhyNot::NothingChanges) } else { Ok(()) }
}

fn check_refund(account: &Account, back: Money, subject: &Subject<'_>) -> Result<(), WhyNot> {
    let refundable = left_to_refund(subject)?;
    check_money(account, back)?;
    match back.compare(refundable) {
        Ok(Ordering::Less | Ordering::Equal) => Ok(()),
        Ok(Ordering::Greater) => Err(WhyNot::OverRefundable { refundable }),
        Err(_) => Err(WhyNot::Currency),
    }
}

/// A part or all of what is authorised (section 2.3).
fn check_capture(
    account: &Account,
    part: Option<Money>,
    subject: &Subject<'_>,
) -> Result<(), WhyNot> {
    may_be_asked(Kind::Capture, subject)?;
    let maximum = subject.facts.amount;
    let taken = part.unwrap_or(maximum);
    check_money(account, taken)?;
    match taken.compare(maximum) {
        Ok(Ordering::Less | Ordering::Equal) => Ok(()),
        Ok(Ordering::Greater) => Err(WhyNot::AboveMaximum { maximum }),
        Err(_) => Err(WhyNot::Currency),
    }
}

fn check_money(account: &Account, money: Money) -> Result<(), WhyNot> {
    if money.currency() != account.currency {
        return Err(WhyNot::Currency);
    }
    AmountBody::of(money).map(|_| ())
}

/// See [`crate::Connector::repeat_safety`]; the table of section 6. What moves no sum of its own
/// is read back; a refund of a part can be proved but never disproved.
#[must_use]
pub fn repeat_safety(command: &Command, baseline: Option<&Base>) -> RepeatSafety {
    match command {
        Command::Relabel { .. } => RepeatSafety::Absolute,
        Command::Capture { .. } | Command::Void => RepeatSafety::ReadBack,
        Command::Refund { amount, .. } => match baseline {
            Some(base) if is_whole_refund(base, *amount) => RepeatSafety::ReadBack,
            Some(_) | None => RepeatSafety::ReadBackThenHuman,
        },
        Command::Start { .. } | Command::Adjust { .. } | Command::Cancel { .. } => {
            RepeatSafety::HumanOnly
        }
    }
}

/// Everything that was taken, at once: a repetition is refused by the state it leads to (section
/// 6). What is left after an earlier refund counts as a part.
pub(crate) fn is_whole_refund(base: &Base, back: Money) -> bool {
    let taken = taken(base.state, &base.provider_status, base.amount, base.details.captured);
    let untouched = base.refunded.is_some_and(|refunded| refunded.minor() == 0);
    untouched && taken == Ok(back)
}
