//! What Norce can do with a payment in its state (sections 5, 6 and 11), and what may be done
//! again after a lost answer (section 10).

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::money::Money;
use counterfoil_core::payment::{PaymentFacts, PaymentState};

use super::encode::{amount, merged};
use super::setup::{Role, role};
use super::status::{ADAPTER_ID, ORDER_STATUS};
use crate::form;
use crate::subject::{Subject, Warning};

/// Kinds that are about an existing payment, in the order they are offered.
const OFFERED: [Kind; 6] =
    [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];

/// The order's state in which a change is known to be taken (A-NOR-11).
const EDITABLE: &str = "checkout";

/// Longest reference or attribute, in characters: a length is not documented.
const MAX_TEXT_CHARS: usize = 200;

/// Where the payments of an adapter are captured, refunded and cancelled, and by which name it is
/// asked to look at the payment service again (section 6). None for Adyen, Non-PSP and every
/// adapter the page does not list.
pub(crate) fn management(adapter_id: &str) -> Option<(&'static str, &'static str)> {
    match adapter_id {
        "klarna_checkout_adapter" => Some(("klarna-adapter", "refresh-kco")),
        "klarna_payments_adapter" => Some(("klarna-adapter", "refresh-kp")),
        "walley_checkout_adapter" => Some(("walley-adapter", "refresh")),
        "qliro_checkout_adapter" | "qliro_adapter" => Some(("qliro-adapter", "refresh")),
        _ => None,
    }
}

/// See [`crate::Connector::offers`].
#[must_use]
pub fn offers(account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
    let row = |kind| Offer { kind, why_not: may_be_asked(account, kind, subject).err() };
    OFFERED.into_iter().map(row).collect()
}

/// What account and state alone allow. An order that is removed has no payment to change.
fn may_be_asked(account: &Account, kind: Kind, subject: &Subject<'_>) -> Result<(), WhyNot> {
    let facts = subject.facts;
    match (kind, role(account)) {
        (Kind::Start, _) => Err(WhyNot::NotOffered),
        (Kind::Adjust, _) => {
            one_of(facts, &[PaymentState::Open, PaymentState::InProgress, PaymentState::Authorized])
        }
        (_, Role::AdapterCallback) => Err(WhyNot::NotOffered),
        // The order keeps its reference and attributes whatever became of the payment.
        (Kind::Relabel, Role::OrderApi) => Ok(()),
        (Kind::Refund, Role::OrderApi) => may_be_refunded(subject),
        (Kind::Cancel, Role::OrderApi) => {
            managed(facts)?;
            one_of(facts, &[PaymentState::Authorized])
        }
        (Kind::Capture, Role::OrderApi) => {
            managed(facts)?;
            one_of(facts, &[PaymentState::Authorized])?;
            let taken = facts.details.captured.is_some_and(Money::is_positive);
            if taken { Err(WhyNot::State) } else { Ok(()) }
        }
        // Norce has one word for ending an authorisation: cancel.
        (Kind::Void, Role::OrderApi) => {
            managed(facts)?;
            Err(WhyNot::UseInstead { kind: Kind::Cancel })
        }
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

/// Adyen and Non-PSP have no order management (section 6).
fn managed(facts: &PaymentFacts) -> Result<(), WhyNot> {
    let adapter_id = facts.details.marks.get(ADAPTER_ID).map(String::as_str);
    adapter_id.and_then(management).map(|_| ()).ok_or(WhyNot::NotOffered)
}

/// Only what is wholly captured, and only once: Klarna says so, of the others it is assumed.
fn may_be_refunded(subject: &Subject<'_>) -> Result<(), WhyNot> {
    is_refundable_kind(subject.facts)?;
    if subject.open_decrease {
        return Err(WhyNot::DecreaseAndRefund);
    }
    let left = left_to_refund(subject);
    if left.is_positive() { Ok(()) } else { Err(WhyNot::OverRefundable { refundable: left }) }
}

fn is_refundable_kind(facts: &PaymentFacts) -> Result<(), WhyNot> {
    managed(facts)?;
    one_of(facts, &[PaymentState::Paid])?;
    if facts.details.captured == Some(facts.amount) { Ok(()) } else { Err(WhyNot::State) }
}

/// See [`crate::Connector::refundable`]: all or nothing.
#[must_use]
pub fn refundable(account: &Account, subject: &Subject<'_>) -> Option<Money> {
    if role(account) != Role::OrderApi {
        return None;
    }
    is_refundable_kind(subject.facts).ok()?;
    Some(left_to_refund(subject))
}

/// The whole amount as long as neither Norce nor this till has returned any of it.
fn left_to_refund(subject: &Subject<'_>) -> Money {
    let facts = subject.facts;
    let returned = facts.refunded.is_some_and(Money::is_positive);
    if returned || subject.refunded_here.is_positive() || subject.open_refund {
        Money::zero(facts.amount.currency())
    } else {
        facts.amount
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
    // A payment begins where the order does, in the shop's own system (section 6).
    if command.kind() == Kind::Start {
        return Err(WhyNot::NotOffered);
    }
    let subject = subject.ok_or(WhyNot::Missing { field: "payment" })?;
    may_be_asked(account, command.kind(), subject)?;
    match command {
        Command::Adjust { total, .. } => check_adjust(account, command, *total, subject),
        Command::Relabel { .. } => check_relabel(command, subject),
        Command::Refund { amount, .. } => {
            is_whole(account, *amount, left_to_refund(subject)).map(|()| Vec::new())
        }
        Command::Capture { at: Some(_), .. } => Err(WhyNot::TextNotOffered { field: "at" }),
        Command::Capture { amount, at: None } => {
            let whole = subject.facts.amount;
            is_whole(account, amount.unwrap_or(whole), whole).map(|()| Vec::new())
        }
        Command::Start { .. } | Command::Cancel { .. } | Command::Void => Ok(Vec::new()),
    }
}

fn check_adjust(
    account: &Account,
    command: &Command,
    total: Money,
    subject: &Subject<'_>,
) -> Result<Vec<Warning>, WhyNot> {
    let facts = subject.facts;
    if command.invoice().is_some() {
        return Err(WhyNot::TextNotOffered { field: "invoice" });
    }
    if !command.items().is_empty() {
        return Err(WhyNot::TextNotOffered { field: "items" });
    }
    check_money(account, total)?;
    match total.compare(facts.amount) {
        Ok(Ordering::Equal) => return Err(WhyNot::NothingChanges),
        Ok(Ordering::Less) if subject.open_refund => return Err(WhyNot::DecreaseAndRefund),
        Ok(Ordering::Less | Ordering::Greater) => {}
        Err(_) => return Err(WhyNot::Currency),
    }
    match facts.maximum {
        Some(maximum) if total.compare(maximum) == Ok(Ordering::Greater) => {
            Err(WhyNot::AboveMaximum { maximum })
        }
        Some(_) | None => Ok(unless_editable(facts)),
    }
}

/// A-NOR-11: known for an order in `checkout`; otherwise the server decides.
fn unless_editable(facts: &PaymentFacts) -> Vec<Warning> {
    let status = facts.details.marks.get(ORDER_STATUS).map(String::as_str).unwrap_or_default();
    if status == EDITABLE {
        return Vec::new();
    }
    vec![Warning::StateUndocumented { status: status.to_owned() }]
}

/// The order's reference and its attributes, one of the two in one change: each is a call of its
/// own (section 5), and a change is one call.
fn check_relabel(command: &Command, subject: &Subject<'_>) -> Result<Vec<Warning>, WhyNot> {
    let Command::Relabel { invoice, reference, description, metadata } = command else {
        return Ok(Vec::new());
    };
    let facts = subject.facts;
    let foreign = [("invoice", invoice.is_some()), ("description", description.is_some())];
    if let Some((field, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(WhyNot::TextNotOffered { field });
    }
    if reference.is_some() && !metadata.is_empty() {
        let why = "Norce takes the reference and the metadata in two calls: make two changes";
        return Err(WhyNot::TextNotCarried { field: "metadata", why });
    }
    if let Some(reference) = reference {
        is_carried("reference", reference)?;
        if reference.is_empty() {
            return Err(WhyNot::TextNotCarried { field: "reference", why: "must not be empty" });
        }
        if facts.reference.as_ref() == Some(reference) {
            return Err(WhyNot::NothingChanges);
        }
        return Ok(unless_editable(facts));
    }
    for (key, text) in metadata {
        is_carried("metadata", key)?;
        is_carried("metadata", text)?;
        if key.is_empty() {
            return Err(WhyNot::TextNotCarried { field: "metadata", why: "needs a name" });
        }
    }
    if merged(&facts.details.metadata, metadata) == facts.details.metadata {
        return Err(WhyNot::NothingChanges);
    }
    Ok(unless_editable(facts))
}

fn is_carried(field: &'static str, text: &str) -> Result<(), WhyNot> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(WhyNot::TextNotCarried { field, why: "may have at most 200 characters" });
    }
    if text.chars().any(char::is_control) {
        return Err(WhyNot::TextNotCarried { field, why: "must not hold control characters" });
    }
    Ok(())
}

/// Order management is for all of it or not at all (section 6).
fn is_whole(account: &Account, asked: Money, whole: Money) -> Result<(), WhyNot> {
    check_money(account, asked)?;
    match asked.compare(whole) {
        Ok(Ordering::Equal) => Ok(()),
        Ok(Ordering::Less) => Err(WhyNot::PartNotOffered),
        Ok(Ordering::Greater) => Err(WhyNot::OverRefundable { refundable: whole }),
        Err(_) => Err(WhyNot::Currency),
    }
}

fn check_money(account: &Account, money: Money) -> Result<(), WhyNot> {
    form::is_money_of(account, money)?;
    amount(money).map(|_| ())
}

/// See [`crate::Connector::repeat_safety`]; the table of section 10. Order management: a reading
/// after a refresh proves the effect, and without evidence a person decides. A callback: the order
/// shows what Norce made of it and never what the adapter did, so that nothing shows proves
/// nothing; a repetition is harmless (it is made anew from a fresh order and moves no money), but
/// it is a person who asks for it.
#[must_use]
pub fn repeat_safety(account: &Account, command: &Command) -> RepeatSafety {
    match (role(account), command) {
        (Role::OrderApi, Command::Adjust { .. } | Command::Relabel { .. }) => {
            RepeatSafety::Absolute
        }
        (
            Role::OrderApi,
            Command::Refund { .. } | Command::Cancel { .. } | Command::Capture { .. },
        )
        | (Role::AdapterCallback, Command::Adjust { .. }) => RepeatSafety::ReadBackThenHuman,
        (_, Command::Start { .. } | Command::Void)
        | (
            Role::AdapterCallback,
            Command::Relabel { .. }
            | Command::Refund { .. }
            | Command::Cancel { .. }
            | Command::Capture { .. },
        ) => RepeatSafety::HumanOnly,
    }
}
