//! What is fuzzed: one function for each target, from bytes to nothing. A body panics where a
//! promise is broken, and only there.
//!
//! **What is absent:** libFuzzer (it lives in `tests/fuzz`, outside of the workspace) and any
//! guess of the code under test: what it says is held against second opinions written here
//! ([`json`], [`amount`]).
//!
//! **Where to start:** [`BODIES`], then one body, such as [`answers`]. `tests/replay.rs` runs
//! every file of `tests/fuzz/corpus` through the same functions.

use std::alloc::System;
use std::sync::{Mutex, PoisonError};

use cap::Cap;

pub mod amount;
pub mod feed;
pub mod json;

mod answers;
mod asked;
mod audit;
mod callback;
mod codecs;
mod damage;
mod engine;
mod events;
mod money;
mod proposals;
mod queue;
mod requests;
mod rows;
mod shop;
mod texts;
mod vault;

pub use answers::answers;
pub use audit::audit;
pub use callback::callback;
pub use codecs::codecs;
pub use engine::engine;
pub use events::events;
pub use money::money;
pub use proposals::proposals;
pub use requests::requests;
pub use rows::rows;
pub use texts::texts;
pub use vault::vault;

/// The most memory that one input may take, in bytes (targets, R9).
pub const LARGEST: usize = 16 * 1024 * 1024;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Memory is counted over the whole process: one body at a time.
static TURN: Mutex<()> = Mutex::new(());

/// One body.
pub type Body = fn(&[u8]);

/// Every target by the name of its file and of its folder in the corpus.
pub const BODIES: &[(&str, Body)] = &[
    ("answers", answers),
    ("audit", audit),
    ("callback", callback),
    ("codecs", codecs),
    ("engine", engine),
    ("events", events),
    ("money", money),
    ("proposals", proposals),
    ("requests", requests),
    ("rows", rows),
    ("texts", texts),
    ("vault", vault),
];

/// Runs one input. Panics where the body does, or where it took more than [`LARGEST`].
pub fn run(body: Body, data: &[u8]) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (before, most_before) = (HEAP.allocated(), HEAP.max_allocated());
    body(data);
    let most = HEAP.max_allocated();
    // The most ever taken is only this input's where it has grown.
    assert!(most <= most_before || most <= before + LARGEST, "{} bytes were taken", most - before);
}
