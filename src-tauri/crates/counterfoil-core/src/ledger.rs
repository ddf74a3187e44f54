//! What this till believes of its payments against what a provider says (architecture, rule 10;
//! product A4): five classes.
//!
//! Money is believed by what is known since the till first saw the payment: how it stood then,
//! moved by this till's own applied changes. A later reading changes nothing about that, so a
//! refund by another hand shows even after it was read. Where a payment stands is believed as it
//! was last read: customers pay, and that is no finding.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::change::{Change, State};
use crate::command::Kind;
use crate::id::PaymentId;
use crate::moment::Moment;
use crate::money::Money;
use crate::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use crate::reconcile::base_after;

/// Most ways in which what is under way on one payment may have ended that are looked at: eight
/// refunds in doubt at once. With more, some difference may be reported that is none.
const MOST_WAYS: usize = 256;

/// What a difference is about. The fifth class, matched, is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// This till holds it, the provider does not know it.
    OnlyHere,
    /// The provider has it, this till does not hold it.
    OnlyThere,
    /// Money differs: the total, what was returned or what was taken.
    AmountDiffers,
    /// It stands elsewhere than this till believes.
    StateDiffers,
}

impl Class {
    /// Every class, in the order of the answer.
    pub const ALL: [Self; 4] =
        [Self::OnlyHere, Self::OnlyThere, Self::AmountDiffers, Self::StateDiffers];

    /// The word of the command line and the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OnlyHere => "only_here",
            Self::OnlyThere => "only_there",
            Self::AmountDiffers => "amount_differs",
            Self::StateDiffers => "state_differs",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// A payment as this till holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// As last read.
    pub payment: Payment,
    /// As it was when this till first saw it.
    pub first: First,
    /// Everything asked for on it, oldest first.
    pub changes: Vec<Change>,
}

/// How a payment stood when this till first saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// When that was.
    pub at: Moment,
    /// The total.
    pub amount: Money,
    /// Where it stood.
    pub state: PaymentState,
    /// Money returned by then, where the provider said so.
    pub refunded: Option<Money>,
    /// Money taken by then, where the provider said so.
    pub captured: Option<Money>,
}

/// One side of a difference. Stored as JSON: add fields, never rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Where it stands.
    pub state: PaymentState,
    /// The provider's word for that, as received.
    pub provider_status: String,
    /// The total.
    pub amount: Money,
    /// Money returned; none where it is not known.
    pub refunded: Option<Money>,
    /// Money taken; none where it is not known.
    pub captured: Option<Money>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its class.
    pub class: Class,
    /// The payment here; none for one that is only there.
    pub payment_id: Option<PaymentId>,
    /// The provider's reference.
    pub provider_ref: String,
    /// The names of the fields that differ: `amount`, `refunded`, `captured`, `state`,
    /// `provider_status`; none where one side knows no payment.
    pub fields: Vec<&'static str>,
    /// As this till believes.
    pub here: Option<Side>,
    /// As the provider says.
    pub there: Option<Side>,
    /// The same for the same difference, found again: by how much money is off, or which states.
    pub mark: String,
}

/// What comparing comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Payments without any difference.
    pub matched: u32,
    /// The others, those held here first.
    pub differences: Vec<Difference>,
}

/// Compares all payments held here with all that the provider says. `gone` are references that the
/// provider, asked for one by one, does not know; a payment that is neither there nor gone was not
/// read and is left out.
#[must_use]
pub fn reconcile(held: &[Held], there: &[PaymentFacts], gone: &BTreeSet<String>) -> Reconciled {
    let by_ref: BTreeMap<&str, &PaymentFacts> =
        there.iter().map(|facts| (facts.provider_ref.as_str(), facts)).collect();
    let mut all = Reconciled::default();
    for held in held {
        let provider_ref = held.payment.facts.provider_ref.as_str();
        let found = match by_ref.get(provider_ref) {
            Some(facts) => compare(held, facts),
            None if gone.contains(provider_ref) => vec![only_here(held)],
            None => continue,
        };
        all.matched = all.matched.saturating_add(u32::from(found.is_empty()));
        all.differences.extend(found);
    }
    let held: BTreeSet<&str> = held.iter().map(|h| h.payment.facts.provider_ref.as_str()).collect();
    let strange = by_ref.iter().filter(|(provider_ref, _)| !held.contains(*provider_ref));
    all.differences.extend(strange.map(|(_, facts)| only_there(facts)));
    all
}

/// A payment the provider does not know.
#[must_use]
pub fn only_here(held: &Held) -> Difference {
    let here = Some(here(held, &settled(held)));
    of_held(held, Class::OnlyHere, Vec::new(), here, None, String::new())
}

/// A payment this till does not hold.
#[must_use]
pub fn only_there(facts: &PaymentFacts) -> Difference {
    Difference {
        class: Class::OnlyThere,
        payment_id: None,
        provider_ref: facts.provider_ref.clone(),
        fields: Vec::new(),
        here: None,
        there: Some(side(facts)),
        mark: String::new(),
    }
}

/// Compares one payment: no difference, one of money, one of where it stands, or both.
#[must_use]
pub fn compare(held: &Held, there: &PaymentFacts) -> Vec<Difference> {
    let settled = settled(held);
    let money = money_differs(held, &settled, there);
    let states = state_differs(held, &money, there);
    let mut found = Vec::new();
    let sides = || (Some(here(held, &settled)), Some(side(there)));
    if !money.is_empty() {
        let (here, known) = sides();
        let mark = money_mark(&money, &settled, there);
        found.push(of_held(held, Class::AmountDiffers, money, here, known, mark));
    }
    if !states.is_empty() {
        let (here, known) = sides();
        let last = &held.payment.facts;
        let word = |facts: &PaymentFacts| match facts.state {
            PaymentState::Unclear => format!("unclear ({})", facts.provider_status),
            clear => clear.word().to_owned(),
        };
        let mark = format!("{} > {}", word(last), word(there));
        found.push(of_held(held, Class::StateDiffers, states, here, known, mark));
    }
    found
}

fn of_held(
    held: &Held,
    class: Class,
    fields: Vec<&'static str>,
    here: Option<Side>,
    there: Option<Side>,
    mark: String,
) -> Difference {
    Difference {
        class,
        payment_id: Some(held.payment.payment_id.clone()),
        provider_ref: held.payment.facts.provider_ref.clone(),
        fields,
        here,
        there,
        mark,
    }
}

/// Money as it is believed, where it stands as it was last read.
fn here(held: &Held, settled: &Base) -> Side {
    Side {
        state: held.payment.facts.state,
        provider_status: held.payment.facts.provider_status.clone(),
        amount: settled.amount,
        refunded: settled.refunded,
        captured: settled.details.captured,
    }
}

fn side(facts: &PaymentFacts) -> Side {
    Side {
        state: facts.state,
        provider_status: facts.provider_status.clone(),
        amount: facts.amount,
        refunded: facts.refunded,
        captured: facts.details.captured,
    }
}

/// The payment as first seen, moved by what this till has done since.
fn settled(held: &Held) -> Base {
    let first = &held.first;
    let zero = Money::zero(first.amount.currency());
    let base = Base {
        amount: first.amount,
        state: first.state,
        provider_status: String::new(),
        invoice_number: None,
        reference: None,
        refunded: Some(first.refunded.unwrap_or(zero)),
        details: Details { captured: first.captured, ..Details::default() },
        read_at: first.at,
    };
    applied_since(held, first.at)
        .into_iter()
        .fold(base, |base, done| base_after(&base, &done.command))
}

/// Applied changes, in the order in which they were.
fn applied_since(held: &Held, since: Moment) -> Vec<&Change> {
    let mut applied: Vec<&Change> = held
        .changes
        .iter()
        .filter(|change| change.state == State::Applied && change.changed_at > since)
        .collect();
    applied.sort_by_key(|change| change.changed_at);
    applied
}

/// Changes that may have had their effect by now, without this till knowing it.
fn under_way(held: &Held) -> impl Iterator<Item = &Change> {
    held.changes.iter().filter(|change| match change.state {
        State::Sending | State::InDoubt | State::NeedsCustomer => true,
        State::AwaitingApproval
        | State::Rejected
        | State::Queued
        | State::Applied
        | State::Declined
        | State::Conflict
        | State::Expired
        | State::Withdrawn => false,
    })
}

/// Every way in which what is under way may have ended, nothing of it first.
fn ways(held: &Held, from: Base) -> Vec<Base> {
    let mut ways = vec![from];
    for change in under_way(held) {
        let more: Vec<Base> = ways.iter().map(|base| base_after(base, &change.command)).collect();
        ways.extend(more);
        ways.truncate(MOST_WAYS);
    }
    ways
}

/// The fields of money that this till's changes do not explain.
fn money_differs(held: &Held, settled: &Base, there: &PaymentFacts) -> Vec<&'static str> {
    let ways = ways(held, settled.clone());
    if ways.iter().any(|way| unexplained(held, way, there).is_empty()) {
        return Vec::new();
    }
    unexplained(held, settled, there)
}

fn unexplained(held: &Held, way: &Base, there: &PaymentFacts) -> Vec<&'static str> {
    let refunded = there.refunded.is_none_or(|sum| Some(sum) == way.refunded);
    let checks = [
        ("amount", way.amount == there.amount),
        ("refunded", refunded),
        ("captured", is_captured_as(held, way, there)),
    ];
    checks.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

/// Providers take the money by themselves when the customer pays, or when the moment comes; what
/// is held for somebody to take is taken by a change here, or it is a finding.
fn is_captured_as(held: &Held, way: &Base, there: &PaymentFacts) -> bool {
    let Some(taken) = there.details.captured else { return true };
    let zero = Money::zero(taken.currency());
    if taken == way.details.captured.unwrap_or(zero) {
        return true;
    }
    taken == there.amount && !is_held_for_a_person(held, way, there)
}

fn is_held_for_a_person(held: &Held, way: &Base, there: &PaymentFacts) -> bool {
    let last = &held.payment.facts;
    let held_once = [held.first.state, last.state].contains(&PaymentState::Authorized);
    let timed = [last.details.capture_at, there.details.capture_at, way.details.capture_at];
    held_once && timed.iter().all(Option::is_none)
}

fn money_mark(fields: &[&'static str], settled: &Base, there: &PaymentFacts) -> String {
    let off = |here: Option<Money>, there: Option<Money>| {
        let minor = |money: Option<Money>| money.map_or(0, Money::minor);
        minor(there).saturating_sub(minor(here))
    };
    let one = |name: &&'static str| {
        let by = match *name {
            "refunded" => off(settled.refunded, there.refunded),
            "captured" => off(settled.details.captured, there.details.captured),
            _ => off(Some(settled.amount), Some(there.amount)),
        };
        format!("{name} {by:+} {}", there.amount.currency().code())
    };
    fields.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The fields of where it stands that neither the last reading nor a change here explains. What
/// only follows from money that differs is said there.
fn state_differs(held: &Held, money: &[&'static str], there: &PaymentFacts) -> Vec<&'static str> {
    let last = &held.payment.facts;
    if there.state == last.state {
        let reworded =
            there.state == PaymentState::Unclear && there.provider_status != last.provider_status;
        return if reworded { vec!["provider_status"] } else { Vec::new() };
    }
    let follows = match there.state {
        PaymentState::Refunded => money.contains(&"refunded") || is_refunded_here(held),
        PaymentState::Paid => money.contains(&"captured"),
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Failed
        | PaymentState::Cancelled
        | PaymentState::Unclear => false,
    };
    let moved = applied_since(held, last.read_at)
        .into_iter()
        .fold(Base::of(last), |base, done| base_after(&base, &done.command));
    let explained = ways(held, moved).iter().any(|way| way.state == there.state);
    if follows || explained { Vec::new() } else { vec!["state"] }
}

fn is_refunded_here(held: &Held) -> bool {
    let applied = applied_since(held, held.first.at).into_iter();
    applied.chain(under_way(held)).any(|change| change.command.kind() == Kind::Refund)
}

#[cfg(test)]
mod tests;
