//! How much is measured: in full, for a quick look, or just so that everything runs once.

use crate::timing::Extent;

/// The longest pause between two tries that a claim reckons with: the default of
/// `retry.max_ms`, in milliseconds.
pub const PAUSE_MS: i64 = 60_000;

/// The sizes of all rows.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// How the command line asks for these; none for the full ones.
    pub flag: Option<&'static str>,
    /// Rows that compare commits: S1 to S4.
    pub commits: Extent,
    /// Commits before anything is measured, until the write-ahead log no longer grows.
    pub settling: u32,
    /// Payments of a till, so that none gathers a long history.
    pub payments: usize,
    /// Times each of many callers asks in one chunk.
    pub asks_each: u32,
    /// Operations counted by `strace`.
    pub counted: u32,
    /// Changes drained for each unit of concurrency.
    pub drained_per_place: u32,
    /// Changes in the long queue of S6; the short one has 1,000.
    pub long_queue: usize,
    /// Rounds of what takes microseconds.
    pub short: Extent,
}

impl Sizes {
    /// For figures that are written down.
    pub const FULL: Self = Self {
        flag: None,
        commits: Extent { rounds: 40, warm_up: 5, chunk: 20 },
        settling: 600,
        payments: 2_000,
        asks_each: 10,
        counted: 2_000,
        drained_per_place: 50,
        long_queue: 1_000_000,
        short: Extent { rounds: 40, warm_up: 5, chunk: 200 },
    };

    /// For a look: the same, less often.
    pub const QUICK: Self = Self {
        flag: Some("--quick"),
        commits: Extent { rounds: 12, warm_up: 2, chunk: 20 },
        settling: 600,
        payments: 2_000,
        asks_each: 5,
        counted: 500,
        drained_per_place: 15,
        long_queue: 100_000,
        short: Extent { rounds: 12, warm_up: 2, chunk: 100 },
    };

    /// Everything runs; the numbers mean nothing.
    pub const TINY: Self = Self {
        flag: Some("--tiny"),
        commits: Extent { rounds: 2, warm_up: 0, chunk: 2 },
        settling: 2,
        payments: 20,
        asks_each: 1,
        counted: 4,
        drained_per_place: 1,
        long_queue: 1_200,
        short: Extent { rounds: 2, warm_up: 0, chunk: 3 },
    };
}
