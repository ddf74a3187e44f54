//! Everything a test of the whole till needs: a [`Station`] with a data folder, a store, a
//! stand-in provider and people, and small helpers to ask, send and look.
//!
//! **What is absent:** nothing here ships. Helpers panic with what they saw: a test that cannot
//! go on has failed.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test helper that cannot go on fails the test with what it saw"
)]

mod canary;
mod station;

pub use canary::{Finder, files_below};
pub use station::{Ask, CASHIER, MANAGER, OWNER, PIN, Person, Station};
