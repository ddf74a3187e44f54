//! A payment's lane: how the changes of one payment bear on each other. One is in flight, the
//! others wait in the order they were asked for.

use crate::change::{Change, Event, State};
use crate::command::{Command, Kind};
use crate::id::ChangeId;
use crate::money::{Money, MoneyError};

/// What the changes of a payment add up to, as far as this till knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSums {
    /// Returned, or on its way back: in doubt counts as spent (product M6).
    pub refunded: Money,
    /// True while a lower total is not final.
    pub open_decrease: bool,
    /// True while a refund is not final.
    pub open_refund: bool,
    /// Changes that are not final.
    pub open: u32,
}

/// Sums up the changes of one payment; `except` leaves one out (the one being judged).
///
/// # Errors
/// Refunds in several currencies, which a payment cannot have.
pub fn sums(
    changes: &[Change],
    zero: Money,
    except: Option<&ChangeId>,
) -> Result<LaneSums, MoneyError> {
    let mut sums = LaneSums { refunded: zero, open_decrease: false, open_refund: false, open: 0 };
    for change in changes.iter().filter(|change| Some(&change.change_id) != except) {
        if let Some(refund) = change.command.refund().filter(|_| counts_as_spent(change.state)) {
            sums.refunded = sums.refunded.plus(refund)?;
        }
        if change.state.is_final() {
            continue;
        }
        sums.open = sums.open.saturating_add(1);
        sums.open_refund |= change.command.kind() == Kind::Refund;
        sums.open_decrease |= is_decrease(change);
    }
    Ok(sums)
}

fn counts_as_spent(state: State) -> bool {
    match state {
        State::AwaitingApproval
        | State::Queued
        | State::Sending
        | State::Applied
        | State::NeedsCustomer
        | State::InDoubt
        | State::Conflict => true,
        State::Rejected | State::Declined | State::Expired | State::Withdrawn => false,
    }
}

fn is_decrease(change: &Change) -> bool {
    let (Command::Adjust { total, .. }, Some(base)) = (&change.command, &change.base) else {
        return false;
    };
    total.compare(base.amount).is_ok_and(std::cmp::Ordering::is_lt)
}

/// What `event` on `moved` means for the other changes of the same payment: an applied change
/// moves the base of what waits behind it, and a newer adjustment overtakes an older one that
/// waits for the customer (A-BUM-06: the newest link wins).
#[must_use]
pub fn follow_ups(moved: &Change, others: &[Change]) -> Vec<(ChangeId, Event)> {
    let others = others.iter().filter(|other| other.change_id != moved.change_id);
    match moved.state {
        State::Applied => others.filter_map(|other| after_applied(moved, other)).collect(),
        State::NeedsCustomer => others.filter_map(|other| overtaken(moved, other)).collect(),
        State::AwaitingApproval
        | State::Rejected
        | State::Queued
        | State::Sending
        | State::Declined
        | State::InDoubt
        | State::Conflict
        | State::Expired
        | State::Withdrawn => Vec::new(),
    }
}

fn after_applied(moved: &Change, other: &Change) -> Option<(ChangeId, Event)> {
    match other.state {
        State::AwaitingApproval | State::Queued => Some((
            other.change_id.clone(),
            Event::BaseMoved { because: moved.change_id.clone(), applied: moved.command.clone() },
        )),
        State::NeedsCustomer => overtaken(moved, other),
        State::Rejected
        | State::Sending
        | State::Applied
        | State::Declined
        | State::InDoubt
        | State::Conflict
        | State::Expired
        | State::Withdrawn => None,
    }
}

fn overtaken(moved: &Change, other: &Change) -> Option<(ChangeId, Event)> {
    let newer = moved.requested_at >= other.requested_at;
    let both_adjust = moved.command.kind() == Kind::Adjust && other.command.kind() == Kind::Adjust;
    (newer && both_adjust && other.state == State::NeedsCustomer).then(|| {
        let why = "a newer adjustment of this payment took its place".to_owned();
        (other.change_id.clone(), Event::Expired { why })
    })
}
