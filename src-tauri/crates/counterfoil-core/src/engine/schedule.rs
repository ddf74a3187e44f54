//! Pauses, as data: how long, how they grow, how far chance spreads them.

use crate::audit::sha256_hex;
use crate::id::ChangeId;
use crate::moment::Moment;

/// How many times in a row the pause doubles before it stays at its longest.
const MOST_DOUBLINGS: u32 = 16;

/// The longest wait a provider can ask for by `Retry-After`: more is taken for a mistake.
pub const LONGEST_ASKED_MS: i64 = 3_600_000;

/// A pause that doubles with every try that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// First pause, milliseconds.
    pub base_ms: i64,
    /// Longest pause, milliseconds.
    pub max_ms: i64,
    /// By how many hundredths a pause may be cut short, so that tills whose line comes back at
    /// once do not ask at once.
    pub jitter_percent: i64,
}

/// How the engine paces itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Changes in flight over the till.
    pub concurrency: usize,
    /// Changes in flight to one account.
    pub per_account: usize,
    /// After a try that could not start, and before an account that failed is asked again.
    pub retry: Schedule,
    /// Between two looks at a doubt that proves nothing.
    pub doubt: Schedule,
    /// Between two looks whether the customer has acted.
    pub customer: Schedule,
    /// What chance is drawn from: the same seed gives the same pauses.
    pub seed: u64,
}

impl Policy {
    /// A policy with the store's settings; looks at doubts and customers are spaced as is useful
    /// for a person who waits at the till.
    #[must_use]
    pub fn new(concurrency: usize, per_account: usize, retry: Schedule, seed: u64) -> Self {
        let looks = |max_ms| Schedule { base_ms: 5_000, max_ms, jitter_percent: 10 };
        Self {
            concurrency,
            per_account,
            retry,
            doubt: looks(300_000),
            customer: looks(60_000),
            seed,
        }
    }

    /// The longest pause that a plan of this policy can hold, milliseconds, where no provider
    /// takes longer than `settle_ms` to show an effect.
    #[must_use]
    pub fn longest_ms(&self, settle_ms: i64) -> i64 {
        let own = self.retry.max_ms.max(self.doubt.max_ms).max(self.customer.max_ms);
        own.max(settle_ms).max(LONGEST_ASKED_MS)
    }

    /// When a change goes on after `tries` fruitless ones in a row.
    #[must_use]
    pub(super) fn next(
        &self,
        schedule: &Schedule,
        change_id: &ChangeId,
        now: Moment,
        tries: u32,
    ) -> Moment {
        now.plus_millis(schedule.pause_ms(tries, dice(self.seed, change_id.as_str(), tries)))
    }
}

impl Schedule {
    /// The pause after `tries` fruitless tries; `dice` picks how much of the jitter is taken off.
    #[must_use]
    pub fn pause_ms(&self, tries: u32, dice: u16) -> i64 {
        let factor = 1_i64 << tries.min(MOST_DOUBLINGS);
        let whole = self.base_ms.saturating_mul(factor).min(self.max_ms);
        let cut = whole.saturating_mul(self.jitter_percent).saturating_mul(i64::from(dice))
            / (100 * i64::from(u16::MAX));
        (whole - cut).max(1)
    }
}

/// Chance without a source of chance: evenly spread, the same for the same arguments.
pub(super) fn dice(seed: u64, name: &str, tries: u32) -> u16 {
    let digest = sha256_hex(format!("{seed}/{name}/{tries}").as_bytes());
    digest.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Schedule = Schedule { base_ms: 1_000, max_ms: 60_000, jitter_percent: 20 };

    #[test]
    fn a_pause_doubles_up_to_its_longest_and_chance_only_cuts_it_short() {
        let check = |tries: u32, longest: i64, shortest: i64| {
            assert_eq!(RETRY.pause_ms(tries, 0), longest, "{tries}");
            assert_eq!(RETRY.pause_ms(tries, u16::MAX), shortest, "{tries}");
        };
        check(0, 1_000, 800);
        check(1, 2_000, 1_600);
        check(5, 32_000, 25_600);
        check(6, 60_000, 48_000);
        check(u32::MAX, 60_000, 48_000);
    }

    #[test]
    fn a_pause_is_never_nothing() {
        let least = Schedule { base_ms: 1, max_ms: 1, jitter_percent: 100 };
        assert_eq!(least.pause_ms(0, u16::MAX), 1);
    }

    #[test]
    fn chance_differs_by_seed_change_and_try_and_repeats_itself() {
        assert_eq!(dice(1, "c1", 0), dice(1, "c1", 0));
        let all = [dice(1, "c1", 0), dice(2, "c1", 0), dice(1, "c2", 0), dice(1, "c1", 1)];
        let mut apart = all.to_vec();
        apart.sort_unstable();
        apart.dedup();
        assert_eq!(apart.len(), all.len(), "{all:?}");
    }
}
