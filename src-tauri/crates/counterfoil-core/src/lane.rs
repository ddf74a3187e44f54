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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{
        adjust, at, cancel, change_id, change_in, gbp, queued, reason, refund, relabel, take, yen,
    };

    fn summed(changes: &[Change], except: Option<&str>) -> LaneSums {
        let except = except.map(change_id);
        sums(changes, Money::zero(gbp("0").currency()), except.as_ref()).unwrap()
    }

    #[test]
    fn whatever_may_have_gone_back_counts_as_spent_in_every_state() {
        let check = |state: State, expected: &str| {
            let sums = summed(&[change_in(state, "c1", &refund("5.00"))], None);
            assert_eq!(sums.refunded, gbp(expected), "{state:?}");
        };
        check(State::AwaitingApproval, "5.00");
        check(State::Queued, "5.00");
        check(State::Sending, "5.00");
        check(State::InDoubt, "5.00");
        check(State::Applied, "5.00");
        check(State::NeedsCustomer, "5.00");
        check(State::Conflict, "5.00");
        check(State::Rejected, "0.00");
        check(State::Declined, "0.00");
        check(State::Expired, "0.00");
        check(State::Withdrawn, "0.00");
    }

    #[test]
    fn a_lane_adds_up_all_but_the_change_that_is_judged() {
        let changes = [
            change_in(State::Applied, "c1", &refund("5.00")),
            change_in(State::InDoubt, "c2", &refund("7.00")),
            change_in(State::Queued, "c3", &refund("11.00")),
            change_in(State::Queued, "c4", &adjust("99.00")),
        ];
        let all = summed(&changes, None);
        assert_eq!((all.refunded, all.open), (gbp("23.00"), 3));
        assert!(all.open_refund && all.open_decrease);
        let without = summed(&changes, Some("c3"));
        assert_eq!((without.refunded, without.open), (gbp("12.00"), 2));
        let last = summed(&changes[3..], Some("c4"));
        assert_eq!((last.refunded, last.open, last.open_decrease), (gbp("0.00"), 0, false));
    }

    #[test]
    fn only_an_open_lower_total_is_an_open_decrease() {
        let check = |state: State, total: &str, expected: bool| {
            let sums = summed(&[change_in(state, "c1", &adjust(total))], None);
            assert_eq!(sums.open_decrease, expected, "{state:?} {total}");
            assert!(!sums.open_refund);
        };
        check(State::Queued, "99.99", true);
        check(State::InDoubt, "99.99", true);
        check(State::Applied, "99.99", false);
        check(State::Withdrawn, "99.99", false);
        check(State::Queued, "100.00", false);
        check(State::Queued, "100.01", false);
    }

    #[test]
    fn refunds_in_another_currency_are_an_error_and_no_sum() {
        let command = Command::Refund { amount: yen("5"), reason: reason("duplicate"), note: None };
        let changes = [queued("c1", &command)];
        assert!(sums(&changes, Money::zero(gbp("0").currency()), None).is_err());
    }

    #[test]
    fn an_applied_change_moves_the_base_of_what_was_not_sent_yet() {
        let moved = change_in(State::Applied, "c1", &adjust("80.00"));
        for state in State::ALL {
            let other = change_in(state, "c2", &refund("5.00"));
            let follow_ups = follow_ups(&moved, std::slice::from_ref(&other));
            let waits = matches!(state, State::Queued | State::AwaitingApproval);
            assert_eq!(follow_ups.len(), usize::from(waits), "{state:?}");
            for (id, event) in follow_ups {
                let because = change_id("c1");
                let moved = Event::BaseMoved { because, applied: adjust("80.00") };
                assert_eq!((id, &event), (change_id("c2"), &moved));
                let mut other = other.clone();
                take(&mut other, event);
                assert_eq!(other.base.map(|base| base.amount), Some(gbp("80.00")));
            }
        }
    }

    #[test]
    fn a_change_that_is_not_applied_moves_nobody_and_none_moves_itself() {
        let others = [queued("c1", &refund("5.00")), queued("c2", &refund("5.00"))];
        for state in State::ALL {
            let moved = change_in(state, "c1", &adjust("80.00"));
            let expected = usize::from(state == State::Applied);
            assert_eq!(follow_ups(&moved, &others).len(), expected, "{state:?}");
        }
    }

    #[test]
    fn a_newer_adjustment_overtakes_an_older_one_that_waits_for_the_customer() {
        let waiting = |command: &Command| change_in(State::NeedsCustomer, "c1", command);
        let newer = |state: State, command: &Command| {
            let mut change = change_in(state, "c2", command);
            change.requested_at = at(50);
            change
        };
        let check = |old: &Change, new: &Change, expected: bool| {
            let follow_ups = follow_ups(new, std::slice::from_ref(old));
            let expired = follow_ups.iter().any(|(_, e)| matches!(e, Event::Expired { .. }));
            assert_eq!((expired, follow_ups.len()), (expected, usize::from(expected)));
        };
        let old = waiting(&adjust("120.00"));
        check(&old, &newer(State::Applied, &adjust("90.00")), true);
        check(&old, &newer(State::NeedsCustomer, &adjust("130.00")), true);
        check(&old, &newer(State::Declined, &adjust("130.00")), false);
        check(&old, &newer(State::Applied, &relabel("INV-2")), false);
        check(&old, &newer(State::Applied, &cancel()), false);
        let mut older = newer(State::Applied, &adjust("90.00"));
        older.requested_at = at(-1);
        check(&old, &older, false);
        check(
            &queued("c1", &adjust("120.00")),
            &newer(State::NeedsCustomer, &adjust("1.00")),
            false,
        );
    }
}
