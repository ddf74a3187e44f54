//! `counterfoilctl` from outside: the real program, a data folder, and the stand-in provider over
//! loopback. Every call is made with `--json` and must print exactly one JSON value; every test
//! ends by looking for the account's secrets in all that was printed and stored.
//!
//! `till` holds the makings; each other file is one question.

#![expect(clippy::panic, reason = "a helper that cannot go on fails the test with what it saw")]

mod accounts;
mod answers;
mod approval;
mod deciding;
mod desks;
mod doubt;
mod fence;
mod inputs;
mod listen;
mod listen_orders;
mod listener;
mod papers;
mod people;
mod reconcile;
mod rescue;
mod rules;
mod sending;
mod set_up;
mod shops;
mod staff;
mod story;
mod till;
mod trail;
