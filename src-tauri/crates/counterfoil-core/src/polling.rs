//! When a payment is read again by itself, as data: quick while something may happen any moment,
//! slower the longer nothing has. What has nothing open is read when somebody looks at it.

use crate::engine::Schedule;
use crate::moment::Moment;
use crate::payment::PaymentState;

/// Why a payment is read again although nobody looks at it. What the engine reads by itself
/// (before a sending, in doubt, while a change waits for the customer) is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// The customer has not paid yet.
    Customer,
    /// A change of it waits for a person, who is to decide on what is so now.
    Person,
    /// Something is open, and its provider tells by itself what has happened: this is only the
    /// net below, for news that got lost.
    News,
}

impl Waits {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Person, Self::News];

    /// What a payment in this state waits for by itself; none where nothing is open.
    #[must_use]
    pub fn of_state(state: PaymentState) -> Option<Self> {
        match state {
            PaymentState::Open | PaymentState::InProgress => Some(Self::Customer),
            PaymentState::Authorized
            | PaymentState::Paid
            | PaymentState::Refunded
            | PaymentState::Failed
            | PaymentState::Cancelled
            | PaymentState::Unclear => None,
        }
    }
}

/// While it is so long that nothing has happened, it is read so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    quiet_below_ms: i64,
    every_ms: i64,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The customer stands at the counter, then goes home with a link, then has forgotten it.
const CUSTOMER: [Step; 5] = [
    Step { quiet_below_ms: 10 * MINUTE, every_ms: 30 * SECOND },
    Step { quiet_below_ms: HOUR, every_ms: 2 * MINUTE },
    Step { quiet_below_ms: DAY, every_ms: 15 * MINUTE },
    Step { quiet_below_ms: 7 * DAY, every_ms: 2 * HOUR },
    Step { quiet_below_ms: i64::MAX, every_ms: 12 * HOUR },
];

/// A person reads the payment again before deciding anyway; this keeps the desk from showing what
/// is long past.
const PERSON: [Step; 3] = [
    Step { quiet_below_ms: HOUR, every_ms: MINUTE },
    Step { quiet_below_ms: DAY, every_ms: 10 * MINUTE },
    Step { quiet_below_ms: i64::MAX, every_ms: 2 * HOUR },
];

/// News is a hint and may get lost (A-WEP-09): four times a day is enough for what did.
const NEWS: [Step; 1] = [Step { quiet_below_ms: i64::MAX, every_ms: 6 * HOUR }];

/// Least time between two turns of one account, milliseconds.
pub const TURN_EVERY_MS: i64 = 5 * SECOND;

/// Longest time until an account is looked at for payments to read, milliseconds.
pub const LOOK_EVERY_MS: i64 = 15 * SECOND;

/// Most payments that one account reads in one turn: with [`TURN_EVERY_MS`], two fifths of the
/// slowest provider's rate (A-BUM-14), so that staff never wait behind a queue of these.
pub const MOST_PER_TURN: u32 = 2;

/// Most pages of news read in one turn; older news is left to the net below.
pub const MOST_NEWS_PAGES: u32 = 5;

/// After a turn that came to nothing the account rests, longer each time.
pub const AFTER_FAILURE: Schedule =
    Schedule { base_ms: 30 * SECOND, max_ms: 15 * MINUTE, jitter_percent: 0 };

/// When a payment is read next. `changed_at` is when anything about it was last seen to change.
/// A reading from the future was made on another clock and counts for nothing.
#[must_use]
pub fn next_read(waits: Waits, last_read: Moment, changed_at: Moment, now: Moment) -> Moment {
    if last_read > now {
        return now;
    }
    let quiet_ms = last_read.millis_since(changed_at).max(0);
    last_read.plus_millis(pause_ms(waits, quiet_ms))
}

fn pause_ms(waits: Waits, quiet_ms: i64) -> i64 {
    let steps: &[Step] = match waits {
        Waits::Customer => &CUSTOMER,
        Waits::Person => &PERSON,
        Waits::News => &NEWS,
    };
    let step = steps.iter().find(|step| quiet_ms < step.quiet_below_ms).or(steps.last());
    step.map_or(DAY, |step| step.every_ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    fn waits() -> impl Strategy<Value = Waits> {
        prop::sample::select(Waits::ALL.to_vec())
    }

    /// How often it is read in a stretch in which nothing happens.
    fn reads(waits: Waits, stretch_ms: i64) -> u32 {
        let (mut now, mut many) = (at(0), 0);
        loop {
            now = next_read(waits, now, at(0), now);
            if now.as_millis() > stretch_ms {
                return many;
            }
            many += 1;
        }
    }

    #[test]
    fn a_payment_is_read_quickly_at_first_and_slower_later() {
        let check = |waits: Waits, quiet_ms: i64, every_ms: i64| {
            let last = at(quiet_ms);
            assert_eq!(
                next_read(waits, last, at(0), last).millis_since(last),
                every_ms,
                "{waits:?}"
            );
        };
        check(Waits::Customer, 0, 30 * SECOND);
        check(Waits::Customer, 10 * MINUTE - 1, 30 * SECOND);
        check(Waits::Customer, 10 * MINUTE, 2 * MINUTE);
        check(Waits::Customer, HOUR, 15 * MINUTE);
        check(Waits::Customer, DAY, 2 * HOUR);
        check(Waits::Customer, 7 * DAY, 12 * HOUR);
        check(Waits::Customer, 400 * DAY, 12 * HOUR);
        check(Waits::Person, 0, MINUTE);
        check(Waits::Person, HOUR, 10 * MINUTE);
        check(Waits::Person, DAY, 2 * HOUR);
        check(Waits::News, 0, 6 * HOUR);
        check(Waits::News, 99 * DAY, 6 * HOUR);
    }

    #[test]
    fn a_quiet_payment_costs_few_requests_however_long_it_stays_open() {
        assert_eq!(reads(Waits::Customer, HOUR), 45);
        assert_eq!(reads(Waits::Customer, DAY), 45 + 92);
        assert_eq!(reads(Waits::Customer, 30 * DAY), 45 + 92 + 72 + 46);
        assert_eq!(reads(Waits::Person, DAY), 60 + 138);
        assert_eq!(reads(Waits::News, 30 * DAY), 120);
    }

    #[test]
    fn only_what_a_customer_has_still_to_pay_waits_by_itself() {
        for state in PaymentState::ALL {
            let open = matches!(state, PaymentState::Open | PaymentState::InProgress);
            assert_eq!(Waits::of_state(state).is_some(), open, "{state:?}");
        }
    }

    proptest! {
        #[test]
        fn the_next_reading_is_after_the_last_and_never_further_off_than_half_a_day(
            waits in waits(), read in 0_i64..400 * DAY, changed in 0_i64..400 * DAY,
            later in 0_i64..400 * DAY,
        ) {
            let (last, now) = (at(read), at(read + later));
            let next = next_read(waits, last, at(changed), now);
            let pause = next.millis_since(last);
            prop_assert!((30 * SECOND..=12 * HOUR).contains(&pause), "{pause}");
        }

        #[test]
        fn the_longer_nothing_happened_the_longer_the_pause(
            waits in waits(), one in 0_i64..400 * DAY, other in 0_i64..400 * DAY,
        ) {
            prop_assert!(pause_ms(waits, one.min(other)) <= pause_ms(waits, one.max(other)));
        }

        #[test]
        fn a_reading_from_the_future_is_made_again_at_once(
            waits in waits(), now in 0_i64..400 * DAY, ahead in 1_i64..400 * DAY,
        ) {
            let next = next_read(waits, at(now + ahead), at(0), at(now));
            prop_assert_eq!(next, at(now));
        }
    }
}
