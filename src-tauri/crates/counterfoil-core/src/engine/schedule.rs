use crate::moment::Moment;

/// How many times in a row the pause doubles before it stays at its longest.
const MOST_DOUBLINGS: u32 = 16;

/// First and longest pause between two looks at a doubt that is not settled, milliseconds.
const DOUBT_BASE_MS: i64 = 5_000;
const DOUBT_MAX_MS: i64 = 300_000;

/// First and longest pause between two looks whether the customer has acted, milliseconds.
const CUSTOMER_BASE_MS: i64 = 5_000;
const CUSTOMER_MAX_MS: i64 = 60_000;

/// How the engine paces itself: settings of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Changes in flight over the till.
    pub concurrency: usize,
    /// First pause after a try that could not start, milliseconds.
    pub retry_base_ms: i64,
    /// Longest pause between tries, milliseconds.
    pub retry_max_ms: i64,
}

impl Policy {
    /// When to try again after `tries` failures in a row; not earlier than the provider asked.
    #[must_use]
    pub fn retry_at(&self, now: Moment, tries: u32, asked_ms: Option<i64>) -> Moment {
        let pause = doubled(self.retry_base_ms, self.retry_max_ms, tries);
        now.plus_millis(pause.max(asked_ms.unwrap_or(0)))
    }
}

/// When to look again at a doubt.
#[must_use]
pub fn doubt_at(now: Moment, tries: u32) -> Moment {
    now.plus_millis(doubled(DOUBT_BASE_MS, DOUBT_MAX_MS, tries))
}

/// When to look again for the customer.
#[must_use]
pub fn customer_at(now: Moment, tries: u32) -> Moment {
    now.plus_millis(doubled(CUSTOMER_BASE_MS, CUSTOMER_MAX_MS, tries))
}

fn doubled(base: i64, most: i64, tries: u32) -> i64 {
    let factor = 1_i64 << tries.min(MOST_DOUBLINGS);
    base.saturating_mul(factor).min(most)
}
