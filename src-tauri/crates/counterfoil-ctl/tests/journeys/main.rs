//! Every provider from one end to the other: the real program, a data folder, and the stand-in
//! over loopback. `bumper`, `moyasar`, `wepay` and `norce` are one whole journey each: connect,
//! track, look, preview, each change the provider offers, what it does not offer refused, and at
//! the end the till, the trail and the stand-in's ledger say the same. `lost` loses the answer of
//! every command of every provider.
//!
//! `walk` is what all journeys have in common, `makings` how accounts and payments come to be.

#![expect(clippy::panic, reason = "a helper that cannot go on fails the test with what it saw")]

mod bumper;
mod lost;
mod makings;
mod moyasar;
mod norce;
#[path = "../it/till.rs"]
#[allow(dead_code, reason = "shared with the tests of single commands, which use all of it")]
mod till;
mod walk;
mod wepay;
