//! What Bumper can do with a payment in its state (sections 2, 7 and 8), and what may be done
//! again after a lost answer (section 7).

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::money::{Currency, MAX_MINOR, Money};
use counterfoil_core::payment::{Base, Item, PaymentFacts, PaymentState};

use super::encode::amount;
use super::sign::{carried, plain};
use crate::form::{self, Limits};
use crate::subject::{Subject, Warning};

/// Kinds that are about an existing payment, in the order they are offered.
const OFFERED: [Kind; 6] =
    [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];

/// See [`crate::Connector::offers`].
#[must_use]
pub fn offers(subject: &Subject<'_>) -> Vec<Offer> {
    let row = |kind| Offer { kind, why_not: may_be_asked(kind, subject).err() };
    OFFERED.into_iter().map(row).collect()
}

/// What the state alone allows.
fn may_be_asked(kind: Kind, subject: &Subject<'_>) -> Result<(), WhyNot> {
    let facts = subject.facts;
    match kind {
        Kind::Start | Kind::Capture | Kind::Void => Err(WhyNot::NotOffered),
        // A-BUM-15: an update after the end is not documented. After settlement Bumper decides
        // (A-BUM-11).
        Kind::Adjust | Kind::Relabel => {
            one_of(facts, &[PaymentState::Open, PaymentState::InProgress, PaymentState::Paid])
        }
        // A-BUM-02: what a cancellation does to a paid payment is not documented.
        Kind::Cancel => one_of(facts, &[PaymentState::Open, PaymentState::InProgress]),
        Kind::Refund => may_be_refunded(subject),
    }
}

fn one_of(facts: &PaymentFacts, allowed: &[PaymentState]) -> Result<(), WhyNot> {
    match facts.state {
        PaymentState::Unclear => Err(WhyNot::StateUnclear),
        state if allowed.contains(&state) => Ok(()),
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Paid
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Cancelled => Err(WhyNot::State),
    }
}

fn may_be_refunded(subject: &Subject<'_>) -> Result<(), WhyNot> {
    is_refundable_kind(subject.facts)?;
    if subject.open_decrease {
        return Err(WhyNot::DecreaseAndRefund);
    }
    let left = left_to_refund(subject);
    if left.is_positive() { Ok(()) } else { Err(WhyNot::OverRefundable { refundable: left }) }
}

/// PayLater has no refund (section 2.4, A-BUM-03); the rest only once it is paid.
fn is_refundable_kind(facts: &PaymentFacts) -> Result<(), WhyNot> {
    if facts.state != PaymentState::Unclear && is_paid_by(facts, "paylater") {
        return Err(WhyNot::NotOffered);
    }
    one_of(facts, &[PaymentState::Paid])
}

fn is_paid_by(facts: &PaymentFacts, payment_type: &str) -> bool {
    facts.payment_type.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(payment_type))
}

/// See [`crate::Connector::refundable`]: the amount less this till's refunds, because Bumper shows
/// none (A-BUM-03: a running total of our own, no more than was paid).
#[must_use]
pub fn refundable(subject: &Subject<'_>) -> Option<Money> {
    is_refundable_kind(subject.facts).ok()?;
    Some(left_to_refund(subject))
}

/// See [`crate::Connector::limits`]: those of a payment paid now only warn (section 8).
#[must_use]
pub fn limits(subject: &Subject<'_>, kind: Kind) -> Limits {
    if kind == Kind::Adjust && is_paid_by(subject.facts, "paynow") {
        return Limits::default();
    }
    form::stated(subject.facts, refundable(subject), kind)
}

fn left_to_refund(subject: &Subject<'_>) -> Money {
    let nothing = Money::zero(subject.facts.amount.currency());
    let left = subject.facts.amount.minus(subject.refunded_here);
    left.ok().filter(|left| left.is_positive()).unwrap_or(nothing)
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
    if let Command::Start { .. } = command {
        return check_start(account, command);
    }
    let subject = subject.ok_or(WhyNot::Missing { field: "payment" })?;
    match command {
        Command::Start { .. } => check_start(account, command),
        Command::Adjust { total, .. } => check_adjust(account, command, *total, subject),
        Command::Relabel { .. } => check_relabel(command, subject),
        Command::Refund { amount, .. } => check_refund(account, *amount, subject),
        Command::Cancel { .. } | Command::Capture { .. } | Command::Void => {
            may_be_asked(command.kind(), subject).map(|()| Vec::new())
        }
    }
}

fn check_start(account: &Account, command: &Command) -> Result<Vec<Warning>, WhyNot> {
    if let Command::Start { total, invoice, reference, email, items } = command {
        check_money(account, *total)?;
        check_text("invoice", invoice.as_deref())?;
        check_text("reference", reference.as_deref())?;
        check_text("email", email.as_deref())?;
        check_items(items, *total)?;
    }
    Ok(Vec::new())
}

fn check_adjust(
    account: &Account,
    command: &Command,
    total: Money,
    subject: &Subject<'_>,
) -> Result<Vec<Warning>, WhyNot> {
    let facts = subject.facts;
    may_be_asked(Kind::Adjust, subject)?;
    check_money(account, total)?;
    let difference = total.compare(facts.amount).map_err(|_| WhyNot::Currency)?;
    check_text("invoice", command.invoice())?;
    check_items(command.items(), total)?;
    let other_invoice =
        command.invoice().is_some_and(|new| facts.invoice_number.as_deref() != Some(new));
    match difference {
        Ordering::Equal if !other_invoice && command.items().is_empty() => {
            Err(WhyNot::NothingChanges)
        }
        Ordering::Equal => Ok(Vec::new()),
        Ordering::Greater => check_limits(facts, total),
        Ordering::Less => check_decrease(subject, total),
    }
}

/// A decrease after signing may return money by itself (A-BUM-05): never beside a refund.
fn check_decrease(subject: &Subject<'_>, total: Money) -> Result<Vec<Warning>, WhyNot> {
    if subject.open_refund {
        return Err(WhyNot::DecreaseAndRefund);
    }
    let mut warnings = check_limits(subject.facts, total)?;
    if subject.refunded_here.is_positive() {
        warnings.push(Warning::RefundedBefore { refunded: subject.refunded_here });
    }
    Ok(warnings)
}

/// Minimum and maximum stop a change, except for `paynow`, where the pages have said both things:
/// there they only warn (section 8).
fn check_limits(facts: &PaymentFacts, total: Money) -> Result<Vec<Warning>, WhyNot> {
    let beyond = |limit: Option<Money>, side: Ordering| {
        limit.filter(|limit| total.compare(*limit) == Ok(side))
    };
    let below = beyond(facts.minimum, Ordering::Less);
    let above = beyond(facts.maximum, Ordering::Greater);
    if is_paid_by(facts, "paynow") {
        let below = below.map(|minimum| Warning::BelowMinimum { minimum });
        let above = above.map(|maximum| Warning::AboveMaximum { maximum });
        return Ok(below.into_iter().chain(above).collect());
    }
    match (below, above) {
        (Some(minimum), _) => Err(WhyNot::BelowMinimum { minimum }),
        (None, Some(maximum)) => Err(WhyNot::AboveMaximum { maximum }),
        (None, None) => Ok(Vec::new()),
    }
}

/// Only the invoice number can be changed later (section 2.1); `additional_data` and the
/// reference belong to the start.
fn check_relabel(command: &Command, subject: &Subject<'_>) -> Result<Vec<Warning>, WhyNot> {
    may_be_asked(Kind::Relabel, subject)?;
    if let Command::Relabel { reference, description, metadata, .. } = command {
        let foreign = [
            ("reference", reference.is_some()),
            ("description", description.is_some()),
            ("metadata", !metadata.is_empty()),
        ];
        if let Some((field, _)) = foreign.into_iter().find(|(_, given)| *given) {
            return Err(WhyNot::TextNotOffered { field });
        }
    }
    let invoice = command.invoice().ok_or(WhyNot::NothingChanges)?;
    carried("invoice", invoice)?;
    // The present amount goes out beside it.
    amount(subject.facts.amount)?;
    if subject.facts.invoice_number.as_deref() == Some(invoice) {
        return Err(WhyNot::NothingChanges);
    }
    Ok(Vec::new())
}

fn check_refund(
    account: &Account,
    back: Money,
    subject: &Subject<'_>,
) -> Result<Vec<Warning>, WhyNot> {
    is_refundable_kind(subject.facts)?;
    check_money(account, back)?;
    if subject.open_decrease {
        return Err(WhyNot::DecreaseAndRefund);
    }
    let refundable = left_to_refund(subject);
    match back.compare(refundable) {
        Ok(Ordering::Less | Ordering::Equal) => Ok(Vec::new()),
        Ok(Ordering::Greater) => Err(WhyNot::OverRefundable { refundable }),
        Err(_) => Err(WhyNot::Currency),
    }
}

fn check_money(account: &Account, money: Money) -> Result<(), WhyNot> {
    form::is_money_of(account, money)?;
    amount(money).map(|_| ())
}

fn check_text(field: &'static str, text: Option<&str>) -> Result<(), WhyNot> {
    text.map_or(Ok(()), |text| carried(field, text))
}

/// Lines, where there are any, add up to the total (A-BUM-10).
fn check_items(items: &[Item], total: Money) -> Result<(), WhyNot> {
    if items.is_empty() {
        return Ok(());
    }
    let mut sum = Money::zero(total.currency());
    for line in items {
        sum = add_line(sum, line)?;
    }
    if sum == total { Ok(()) } else { Err(WhyNot::ItemsDiffer { sum }) }
}

fn add_line(sum: Money, line: &Item) -> Result<Money, WhyNot> {
    plain("item", &line.item)?;
    if line.quantity == 0 {
        return Err(WhyNot::NotPositive);
    }
    if line.price.currency() != sum.currency() {
        return Err(WhyNot::Currency);
    }
    amount(line.price)?;
    let added = line.price.times(line.quantity).and_then(|price| sum.plus(price));
    added.map_err(|_| WhyNot::ItemsDiffer { sum: most(sum.currency()) })
}

/// What a sum beyond every amount is called.
fn most(currency: Currency) -> Money {
    Money::from_minor(MAX_MINOR, currency).expect("the largest amount is an amount")
}

/// See [`crate::Connector::repeat_safety`]; the table of section 7. An increase after signing may
/// leave the amount as it is until the customer acts, so that nothing shows proves nothing; the
/// same goes where no reading says whether the customer has signed.
#[must_use]
pub fn repeat_safety(command: &Command, baseline: Option<&Base>) -> RepeatSafety {
    match command {
        Command::Start { .. } | Command::Refund { .. } => RepeatSafety::HumanOnly,
        Command::Capture { .. } | Command::Void => RepeatSafety::HumanOnly,
        Command::Cancel { .. } => RepeatSafety::ReadBack,
        Command::Relabel { .. } => RepeatSafety::Absolute,
        Command::Adjust { total, .. } => match baseline {
            Some(base) if !is_increase_after_signing(base, *total) => RepeatSafety::Absolute,
            Some(_) | None => RepeatSafety::ReadBackThenHuman,
        },
    }
}

/// True where the customer has signed: our *paid* (section 2.1: SIGNED is a state of the payment,
/// about `completed`).
pub(crate) fn is_signed(base: &Base) -> bool {
    match base.state {
        PaymentState::Paid | PaymentState::Refunded | PaymentState::Unclear => true,
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Failed
        | PaymentState::Cancelled => false,
    }
}

/// Case 3 of section 2.1. Of a state that is not known the careful half is assumed.
pub(crate) fn is_increase_after_signing(base: &Base, total: Money) -> bool {
    match total.compare(base.amount) {
        Ok(Ordering::Less | Ordering::Equal) => false,
        Ok(Ordering::Greater) | Err(_) => is_signed(base),
    }
}
