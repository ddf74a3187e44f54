//! Counting wrong PINs: six lock for thirty minutes.
//!
//! Pure: the clock's reading is handed in as Unix milliseconds, the state is plain data that the
//! caller stores. Store [`Lockout::after_wrong`] **before** a PIN is verified and
//! [`Lockout::after_right`] once it proved right; then a program that is killed in between, or two
//! programs at once, give no free tries.
//!
//! What happens when the clock is changed:
//! - **Set back**, the lock only gets longer: it ends when the clock reads its end, never before.
//!   That holds also when the clock reads earlier than the last wrong try. A lock can thus outlast
//!   its half hour (a clock that was years ahead and is put right); an owner ends it by giving the
//!   person a new PIN. The other choice, trusting a clock that has just been seen to be wrong,
//!   would let anyone who may set it try all PINs.
//! - **Set forward**, a lock's end comes early, which no reading of the clock alone can tell from
//!   half an hour going by. So a lock that has run out gives back one try and not six: the next
//!   wrong one locks again, and a clock set forward buys a single guess each time. Only the right
//!   PIN clears the count. A caller that can compare with a clock nobody sets (the computer's time
//!   since its start) hands in the smaller passage of time.

/// Wrong tries in a row that lock (`targets.md`, R13).
pub const TRIES: u32 = 6;

/// How long a lock lasts, in milliseconds (`targets.md`, R13): thirty minutes.
pub const LOCK_MS: i64 = 30 * 60 * 1000;

/// One person's count of wrong PINs, as stored. `Default` is somebody who has not mistyped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lockout {
    /// Wrong tries since the last right one; a lock that runs out does not clear it.
    pub wrong_tries: u32,
    /// When the lock ends, Unix milliseconds; stays in place after it has ended.
    pub locked_until_ms: Option<i64>,
}

/// Whether a PIN may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayTry {
    /// Yes; after so many wrong ones (this one included) it locks.
    Yes {
        /// At least 1.
        tries_left: u32,
    },
    /// No, not even the right one.
    Locked {
        /// Unix milliseconds at which the clock must have arrived.
        until_ms: i64,
    },
}

impl Lockout {
    /// Whether a PIN may be tried when the clock reads `now_ms` (Unix milliseconds).
    #[must_use]
    pub fn may_try(&self, now_ms: i64) -> MayTry {
        match self.locked_until_ms {
            Some(until_ms) if now_ms < until_ms => MayTry::Locked { until_ms },
            Some(_) | None => {
                MayTry::Yes { tries_left: TRIES.saturating_sub(self.wrong_tries).max(1) }
            }
        }
    }

    /// The count after one more wrong try at `now_ms` (Unix milliseconds). A try made while
    /// locked never brings the lock's end nearer.
    #[must_use]
    pub fn after_wrong(self, now_ms: i64) -> Self {
        let wrong_tries = self.wrong_tries.saturating_add(1);
        if wrong_tries < TRIES {
            return Self { wrong_tries, ..self };
        }
        let until_ms = now_ms.saturating_add(LOCK_MS);
        Self { wrong_tries, locked_until_ms: self.locked_until_ms.max(Some(until_ms)) }
    }

    /// The count after the right PIN, or after an owner gave a new one: nothing is held against
    /// the person.
    #[must_use]
    pub fn after_right() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_790_000_000_000;
    const MINUTE: i64 = 60_000;

    fn wrong(tries: u32) -> Lockout {
        (0..tries).fold(Lockout::default(), |count, _| count.after_wrong(NOON))
    }

    #[test]
    fn six_wrong_tries_lock_and_five_do_not() {
        for (tries, tries_left) in [(0, 6), (1, 5), (4, 2), (5, 1)] {
            assert_eq!(wrong(tries).may_try(NOON), MayTry::Yes { tries_left });
        }
        assert_eq!(wrong(6).may_try(NOON), MayTry::Locked { until_ms: NOON + LOCK_MS });
    }

    #[test]
    fn a_lock_holds_by_the_clock_wherever_the_clock_is_put() {
        let locked = MayTry::Locked { until_ms: NOON + 30 * MINUTE };
        let one = MayTry::Yes { tries_left: 1 };
        for (now, expected) in [
            (NOON, locked),
            (NOON + 29 * MINUTE, locked),
            (NOON + 30 * MINUTE - 1, locked),
            (NOON + 30 * MINUTE, one),
            (NOON + 31 * MINUTE, one),
            (NOON - 1, locked),
            (NOON - 365 * 24 * 60 * MINUTE, locked),
            (0, locked),
            (i64::MIN, locked),
            (i64::MAX, one),
        ] {
            assert_eq!(wrong(6).may_try(now), expected, "{now}");
        }
    }

    #[test]
    fn a_lock_that_ran_out_gives_back_one_try() {
        let later = NOON + LOCK_MS;
        let again = wrong(6).after_wrong(later);
        assert_eq!(again.may_try(later), MayTry::Locked { until_ms: later + LOCK_MS });
        assert_eq!(Lockout::after_right().may_try(later), MayTry::Yes { tries_left: 6 });
    }

    #[test]
    fn wrong_tries_before_a_lock_do_not_wear_off() {
        let year = NOON + 365 * 24 * 60 * MINUTE;
        assert_eq!(wrong(5).may_try(year), MayTry::Yes { tries_left: 1 });
    }

    #[test]
    fn a_lock_that_ran_out_holds_again_when_the_clock_is_put_back_into_it() {
        let until_ms = NOON + LOCK_MS;
        assert!(matches!(wrong(6).may_try(until_ms), MayTry::Yes { .. }));
        assert_eq!(wrong(6).may_try(NOON + 1), MayTry::Locked { until_ms });
    }

    #[test]
    fn counts_at_the_edge_of_numbers_do_not_overflow() {
        let most = Lockout { wrong_tries: u32::MAX, locked_until_ms: Some(i64::MAX) };
        assert_eq!(most.after_wrong(i64::MAX), most);
        let locked = MayTry::Locked { until_ms: i64::MAX };
        assert_eq!(most.may_try(i64::MIN), locked);
    }

    proptest! {
        #[test]
        fn with_any_clock_a_lock_yields_only_when_its_end_is_read(
            wrong_at in prop::collection::vec(any::<i64>(), 6..20),
            now in any::<i64>(),
        ) {
            let count = wrong_at.iter().fold(Lockout::default(), |c, at| c.after_wrong(*at));
            let latest = wrong_at.iter().skip(5).max().expect("at least six tries");
            let until_ms = latest.saturating_add(LOCK_MS);
            prop_assert_eq!(count.locked_until_ms, Some(until_ms));
            prop_assert_eq!(matches!(count.may_try(now), MayTry::Locked { .. }), now < until_ms);
        }

        #[test]
        fn one_more_wrong_try_never_makes_trying_easier(
            wrong_tries in any::<u32>(),
            locked_until_ms in any::<Option<i64>>(),
            at in any::<i64>(),
            now in any::<i64>(),
        ) {
            let before = Lockout { wrong_tries, locked_until_ms };
            let after = before.after_wrong(at);
            match (before.may_try(now), after.may_try(now)) {
                (MayTry::Locked { until_ms: was }, MayTry::Locked { until_ms: is }) => {
                    prop_assert!(is >= was);
                }
                (MayTry::Yes { tries_left: was }, MayTry::Yes { tries_left: is }) => {
                    prop_assert!(is <= was);
                }
                (MayTry::Yes { .. }, MayTry::Locked { .. }) => {}
                (MayTry::Locked { .. }, MayTry::Yes { .. }) => prop_assert!(false, "unlocked"),
            }
        }

        #[test]
        fn a_clock_set_forward_buys_one_guess(
            jumps in prop::collection::vec(0..i64::MAX / 64, 1..30),
        ) {
            let mut count = wrong(6);
            for jump in jumps {
                let MayTry::Locked { until_ms } = count.may_try(NOON) else {
                    return Err(TestCaseError::fail("not locked"));
                };
                let now = until_ms.saturating_add(jump);
                prop_assert_eq!(count.may_try(now), MayTry::Yes { tries_left: 1 });
                count = count.after_wrong(now);
                let locked = matches!(count.may_try(now), MayTry::Locked { .. });
                prop_assert!(locked);
            }
        }
    }
}
