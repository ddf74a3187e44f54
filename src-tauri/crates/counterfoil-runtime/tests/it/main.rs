//! The runtime against the stand-in provider over loopback, with time in hand.
//! Each file is one question; `till` holds the makings.

#![expect(clippy::panic, reason = "a helper that cannot go on fails the test with what it saw")]

mod listing;
mod news;
mod noticing;
mod polling;
mod till;
