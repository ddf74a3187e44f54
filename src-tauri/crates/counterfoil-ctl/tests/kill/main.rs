//! The program killed: `counterfoilctl` ended by SIGKILL at every write, sync, send and receive of
//! a scripted day, at any moment, and while it is asked for something. The stand-in's ledger must
//! show nothing lost and nothing doubled. `README.md` says how to run all of it.
//!
//! `day` is what happens, `preload.c` and `killing` end the program, `points` says where,
//! `verdict` holds the till's words against the ledger, `people` settles what waits for people.
//! `syncing` and `asking` are the proof, `control` shows that it can fail.

#![cfg(target_os = "linux")]
#![expect(clippy::panic, reason = "a helper that cannot go on fails the test with what it saw")]

mod asking;
mod closing;
mod control;
mod day;
mod extent;
mod folder;
mod killing;
mod people;
mod points;
mod syncing;
#[path = "../it/till.rs"]
#[allow(dead_code, reason = "shared with the tests of single commands, which use all of it")]
mod till;
mod verdict;
