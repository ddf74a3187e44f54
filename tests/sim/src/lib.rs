//! Seeded simulation of whole tills: the real engine, the real fold of events, the real lane rules
//! and approvals, on a disk that forgets, in front of providers that lose, delay and garble, with
//! people who act. A reference model written apart says what must be.
//!
//! **What is absent:** no clock, no tokio, no iteration over a hash map. One number decides
//! everything, so that a schedule that failed runs again as it was.
//!
//! **Where to start:** [`run`], then `plan.rs` (what a seed stands for), `world.rs` (what can
//! happen), `book/` (what must be true).

mod approvals;
mod book;
mod connector;
mod dice;
mod disk;
mod ending;
mod line;
pub mod mutants;
mod orders;
mod paper;
mod plan;
mod provider;
mod real;
mod rows;
mod shell;
mod staff;
mod till;
mod trace;
mod wire;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use book::Violation;
pub use plan::Cast;

/// How a schedule went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// A number over everything that happened, in order.
    pub hash: u64,
    /// How many things happened.
    pub steps: u64,
    /// The first rule that was broken, if any.
    pub violation: Option<Violation>,
    /// Doubts that no reading could tell from somebody else's equal act.
    pub indistinguishable: u32,
    /// What was seen of the real connectors, and how often; nothing where there are none.
    pub seen: BTreeMap<String, u32>,
    /// What happened, where it was asked for.
    pub lines: Vec<String>,
}

/// Runs the schedule of a seed with made-up providers. A panic is a broken rule like any other.
#[must_use]
pub fn run(seed: u64, keep_lines: bool) -> Outcome {
    run_with(Cast::MadeUp, seed, keep_lines)
}

/// Runs the schedule of a seed with the providers of a cast.
#[must_use]
pub fn run_with(cast: Cast, seed: u64, keep_lines: bool) -> Outcome {
    let ran = catch_unwind(AssertUnwindSafe(|| run_through(cast, seed, keep_lines)));
    ran.unwrap_or_else(|_| {
        let what = "the message stands above".to_owned();
        let violation = Some(Violation { rule: "no panic", what });
        let (seen, lines) = (BTreeMap::new(), Vec::new());
        Outcome { hash: 0, steps: 0, violation, indistinguishable: 0, seen, lines }
    })
}

fn run_through(cast: Cast, seed: u64, keep_lines: bool) -> Outcome {
    let mut world = plan::world_of(cast, seed, keep_lines);
    ending::run_to_the_end(&mut world);
    Outcome {
        hash: world.trace.hash(),
        steps: world.trace.count(),
        violation: world.book.violations.first().cloned(),
        indistinguishable: world.book.indistinguishable,
        seen: world.seen,
        lines: world.trace.into_lines(),
    }
}
