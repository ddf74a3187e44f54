//! What WePay can do with a payment in its state (sections 2, 3 and 7), and what may be done again
//! after a lost answer (section 6).

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, MAX_MINOR, Money};
use counterfoil_core::payment::Base;
use counterfoil_core::payment::{Item, PaymentFacts, PaymentState};
use counterfoil_core::reconcile::shows_effect;

use super::encode::seconds;
use super::profile::{AmountNames, card_present};
use super::status::{AUTHORISED_KEY, authorised, disputed, is_disputed};
use super::wire::MAX_ID_CHARS;
use crate::form::Limits;
use crate::subject::Subject;

/// Kinds that are about an existing payment, in the order they are offered.
const OFFERED: [Kind; 6] =
    [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How long a key is trusted after the first sending (A-WEP-02), less a minute that a repetition
/// may take to leave.
pub const KEY_RETENTION_MS: i64 = DAY_MS - MINUTE_MS;

/// How far ahead a capture can be set, and how long an authorisation lives (section 7).
const WEEK_MS: i64 = 7 * DAY_MS;

/// How long after its creation a payment can be refunded (section 2.5).
const REFUND_MS: i64 = 60 * DAY_MS;

/// How long a card-present payment can be cancelled (section 2.4).
const CANCEL_MS: i64 = 90 * MINUTE_MS;

/// The least refund, minor units (section 5).
const LEAST_REFUND_MINOR: i64 = 100;

/// Longest reason of a refund, in characters (section 2.5).
const MAX_REASON_CHARS: usize = 65_535;

const HELD_A_WEEK: WhyNot =
    WhyNot::TooLate { window: "WePay holds an authorised amount for seven days" };

/// See [`crate::Connector::offers`].
#[must_use]
pub fn offers(account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
    let row = |kind| Offer { kind, why_not: may_be_asked(account, kind, subject).err() };
    OFFERED.into_iter().map(row).collect()
}

/// What the state alone allows. An update is documented for nothing but an amount that waits for
/// its capture, so that all of it is offered only there (A-WEP-05).
fn may_be_asked(account: &Account, kind: Kind, subject: &Subject<'_>) -> Result<(), WhyNot> {
    let facts = subject.facts;
    match kind {
        Kind::Start => Err(WhyNot::NotOffered),
        Kind::Void => Err(WhyNot::UseInstead { kind: Kind::Cancel }),
        Kind::Adjust => {
            one_of(facts, &[PaymentState::Authorized])?;
            AmountNames::of(account).map(|_| ())
        }
        Kind::Relabel => one_of(facts, &[PaymentState::Authorized]),
        Kind::Capture => {
            one_of(facts, &[PaymentState::Authorized])?;
            within(subject, WEEK_MS, HELD_A_WEEK)
        }
        Kind::Cancel => {
            one_of(facts, &[PaymentState::Authorized, PaymentState::InProgress])?;
            may_be_cancelled(account, subject)
        }
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

/// True to the window since the payment was made; one whose moment is not told is left to WePay.
fn within(subject: &Subject<'_>, window_ms: i64, too_late: WhyNot) -> Result<(), WhyNot> {
    match subject.facts.details.made_at {
        Some(made_at) if subject.now.millis_since(made_at) > window_ms => Err(too_late),
        Some(_) | None => Ok(()),
    }
}

fn may_be_cancelled(account: &Account, subject: &Subject<'_>) -> Result<(), WhyNot> {
    if !card_present(account) {
        return Ok(());
    }
    let window = "WePay cancels a payment with the card present for 90 minutes; capture it and \
                  refund it instead";
    within(subject, CANCEL_MS, WhyNot::TooLate { window })
}

fn may_be_refunded(subject: &Subject<'_>) -> Result<(), WhyNot> {
    is_refundable_kind(subject)?;
    let left = left_to_refund(subject);
    if left.is_positive() { Ok(()) } else { Err(WhyNot::OverRefundable { refundable: left }) }
}

/// Completed, and less than 60 days old; a platform may have agreed on another time with WePay
/// (section 2.5).
fn is_refundable_kind(subject: &Subject<'_>) -> Result<(), WhyNot> {
    one_of(subject.facts, &[PaymentState::Paid])?;
    let window = "WePay refunds a payment for less than 60 days after it was made";
    within(subject, REFUND_MS.saturating_sub(1), WhyNot::TooLate { window })
}

/// See [`crate::Connector::refundable`].
#[must_use]
pub fn refundable(subject: &Subject<'_>) -> Option<Money> {
    is_refundable_kind(subject).ok()?;
    Some(left_to_refund(subject))
}

/// The amount less what a dispute holds, and less what went back by the larger of two counts.
/// WePay's count holds this till's applied refunds too, so that adding both would count them
/// twice; this till's holds those that WePay may not show yet.
fn left_to_refund(subject: &Subject<'_>) -> Money {
    let facts = subject.facts;
    let nothing = Money::zero(facts.amount.currency());
    let by_wepay = facts.refunded.unwrap_or(nothing);
    let here = subject.refunded_here;
    let back = if by_wepay.compare(here) == Ok(Ordering::Less) { here } else { by_wepay };
    let left = facts.amount.minus(back).and_then(|left| left.minus(disputed(facts)));
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
) -> Result<(), WhyNot> {
    if command.kind() == Kind::Start {
        return Err(WhyNot::NotOffered);
    }
    let subject = subject.ok_or(WhyNot::Missing { field: "payment" })?;
    may_be_asked(account, command.kind(), subject)?;
    match command {
        Command::Start { .. } | Command::Void => Ok(()),
        Command::Adjust { total, .. } => check_adjust(account, command, *total, subject),
        Command::Relabel { .. } => check_relabel(command, subject.facts),
        Command::Refund { amount, note, .. } => check_refund(*amount, note.as_deref(), subject),
        Command::Cancel { reason: Some(_) } => Ok(()),
        Command::Cancel { reason: None } => Err(WhyNot::Missing { field: "reason" }),
        Command::Capture { amount, at: None } => check_capture(account, *amount, subject.facts),
        Command::Capture { amount, at: Some(at) } => check_capture_at(*amount, *at, subject),
    }
}

fn check_adjust(
    account: &Account,
    command: &Command,
    total: Money,
    subject: &Subject<'_>,
) -> Result<(), WhyNot> {
    let facts = subject.facts;
    if command.invoice().is_some() {
        return Err(WhyNot::TextNotOffered { field: "invoice" });
    }
    within(subject, WEEK_MS, HELD_A_WEEK)?;
    check_amount(account, total, facts)?;
    check_items(command.items(), total)?;
    if total == facts.amount && command.items().is_empty() {
        return Err(WhyNot::NothingChanges);
    }
    Ok(())
}

/// Down always; up only with the card present, and less than 120 % of what was authorised: card
/// networks decline a capture above that (section 2.1).
fn check_amount(account: &Account, amount: Money, facts: &PaymentFacts) -> Result<(), WhyNot> {
    check_money(amount, facts)?;
    let maximum = largest(account, facts);
    match amount.compare(maximum) {
        Ok(Ordering::Less | Ordering::Equal) => Ok(()),
        Ok(Ordering::Greater) => Err(WhyNot::AboveMaximum { maximum }),
        Err(_) => Err(WhyNot::Currency),
    }
}

fn largest(account: &Account, facts: &PaymentFacts) -> Money {
    let raised = below_120_percent(authorised(facts));
    let may_rise = card_present(account) && raised.minor() > facts.amount.minor();
    if may_rise { raised } else { facts.amount }
}

fn least_refund(currency: Currency) -> Money {
    Money::from_minor(LEAST_REFUND_MINOR, currency).expect("a hundred minor units are an amount")
}

/// See [`crate::Connector::limits`].
#[must_use]
pub fn limits(account: &Account, subject: &Subject<'_>, kind: Kind) -> Limits {
    let facts = subject.facts;
    match kind {
        Kind::Adjust | Kind::Capture => Limits { least: None, most: Some(largest(account, facts)) },
        Kind::Refund => {
            let most = refundable(subject);
            let least = if is_disputed(&facts.details) { most } else { None };
            Limits { least: least.or(Some(least_refund(facts.amount.currency()))), most }
        }
        Kind::Start | Kind::Relabel | Kind::Cancel | Kind::Void => Limits::default(),
    }
}

/// The largest whole number of minor units below 120 %.
fn below_120_percent(authorised: Money) -> Money {
    let minor = authorised.minor().saturating_mul(6).saturating_sub(1).div_euclid(5);
    let capped = minor.clamp(0, MAX_MINOR);
    Money::from_minor(capped, authorised.currency()).expect("no more than the largest amount")
}

fn check_money(money: Money, facts: &PaymentFacts) -> Result<(), WhyNot> {
    if money.currency() != facts.amount.currency() {
        return Err(WhyNot::Currency);
    }
    if money.is_positive() { Ok(()) } else { Err(WhyNot::NotPositive) }
}

/// Lines, where there are any, add up to the total.
fn check_items(items: &[Item], total: Money) -> Result<(), WhyNot> {
    if items.is_empty() {
        return Ok(());
    }
    let mut sum = Money::zero(total.currency());
    for line in items {
        if line.quantity == 0 {
            return Err(WhyNot::NotPositive);
        }
        if line.price.currency() != sum.currency() {
            return Err(WhyNot::Currency);
        }
        check_text("item", &line.item)?;
        let why = "the lines are worth more than can be told";
        let too_much = |_| WhyNot::TextNotCarried { field: "items", why };
        sum = line.price.times(line.quantity).and_then(|p| sum.plus(p)).map_err(too_much)?;
    }
    if sum == total { Ok(()) } else { Err(WhyNot::ItemsDiffer { sum }) }
}

/// WePay keeps a reference and free data; an invoice number or a description of its own it does
/// not have (section 2.1).
fn check_relabel(command: &Command, facts: &PaymentFacts) -> Result<(), WhyNot> {
    let Command::Relabel { invoice, reference, description, metadata } = command else {
        return Ok(());
    };
    let foreign = [("invoice", invoice.is_some()), ("description", description.is_some())];
    if let Some((field, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(WhyNot::TextNotOffered { field });
    }
    if let Some(reference) = reference {
        check_text("reference", reference)?;
    }
    for (key, text) in metadata {
        check_text("metadata", key)?;
        if key == AUTHORISED_KEY {
            let why = "the till keeps what was authorised under this name";
            return Err(WhyNot::TextNotCarried { field: "metadata", why });
        }
        if !text.is_empty() {
            plain("metadata", text)?;
        }
    }
    if shows_effect(command, &Base::of(facts)) {
        return Err(WhyNot::NothingChanges);
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str) -> Result<(), WhyNot> {
    let chars = text.chars().count();
    if chars == 0 || chars > MAX_ID_CHARS {
        return Err(WhyNot::TextNotCarried { field, why: "WePay takes 1 to 255 characters" });
    }
    plain(field, text)
}

fn plain(field: &'static str, text: &str) -> Result<(), WhyNot> {
    if text.chars().any(char::is_control) {
        return Err(WhyNot::TextNotCarried { field, why: "it holds characters nobody can see" });
    }
    Ok(())
}

/// After a dispute of a part, the rest goes back whole or not at all (section 2.5).
fn check_refund(back: Money, note: Option<&str>, subject: &Subject<'_>) -> Result<(), WhyNot> {
    check_money(back, subject.facts)?;
    if note.is_some_and(|note| note.chars().count() > MAX_REASON_CHARS / 2) {
        return Err(WhyNot::TextNotCarried { field: "note", why: "it is too long for WePay" });
    }
    let refundable = left_to_refund(subject);
    match back.compare(refundable) {
        Ok(Ordering::Less) if is_disputed(&subject.facts.details) => {
            return Err(WhyNot::PartNotOffered);
        }
        Ok(Ordering::Less | Ordering::Equal) => {}
        Ok(Ordering::Greater) => return Err(WhyNot::OverRefundable { refundable }),
        Err(_) => return Err(WhyNot::Currency),
    }
    let minimum = least_refund(back.currency());
    match back.compare(minimum) {
        Ok(Ordering::Less) => Err(WhyNot::BelowMinimum { minimum }),
        Ok(Ordering::Equal | Ordering::Greater) => Ok(()),
        Err(_) => Err(WhyNot::Currency),
    }
}

/// Of the whole nothing has to be said; of another amount its names do (A-WEP-01).
fn check_capture(
    account: &Account,
    amount: Option<Money>,
    facts: &PaymentFacts,
) -> Result<(), WhyNot> {
    let Some(amount) = amount else { return Ok(()) };
    check_amount(account, amount, facts)?;
    if amount == facts.amount {
        return Ok(());
    }
    AmountNames::of(account).map(|_| ())
}

/// A moment ahead, no more than seven days, and while the amount is still held (section 7).
fn check_capture_at(
    amount: Option<Money>,
    at: Moment,
    subject: &Subject<'_>,
) -> Result<(), WhyNot> {
    let facts = subject.facts;
    if let Some(amount) = amount {
        check_money(amount, facts)?;
        if amount != facts.amount {
            return Err(WhyNot::PartNotOffered);
        }
    }
    seconds(at)?;
    if at <= subject.now {
        let why = "the moment of the capture has to lie ahead";
        return Err(WhyNot::TextNotCarried { field: "at", why });
    }
    if at.millis_since(subject.now) > WEEK_MS {
        let window = "WePay takes a moment of capture at most seven days ahead";
        return Err(WhyNot::TooLate { window });
    }
    if facts.details.made_at.is_some_and(|made_at| at.millis_since(made_at) > WEEK_MS) {
        return Err(HELD_A_WEEK);
    }
    if facts.details.capture_at == Some(at) { Err(WhyNot::NothingChanges) } else { Ok(()) }
}

/// See [`crate::Connector::repeat_safety`]; the table of section 6. A capture and a cancellation
/// carry their key too, so that one sent again after it was proved not applied is still the same
/// request to WePay.
#[must_use]
pub fn repeat_safety(command: &Command) -> RepeatSafety {
    match command {
        Command::Start { .. } | Command::Void => RepeatSafety::HumanOnly,
        Command::Adjust { .. } | Command::Relabel { .. } | Command::Refund { .. } => {
            RepeatSafety::WithKey
        }
        Command::Capture { at: Some(_), .. } => RepeatSafety::WithKey,
        Command::Capture { at: None, .. } | Command::Cancel { .. } => RepeatSafety::ReadBack,
    }
}
