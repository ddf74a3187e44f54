//! Bumper PayInStore. Start reading in `serve` (the way of one request), then `book` (the rules).
//!
//! Written from the provider's pages Update, Start Payment, Status, Cancel, Refund, Products,
//! Authentication, Redirect Flow and Webhooks; what they leave open is in `switches`.

pub(crate) mod account;
mod answer;
mod ask;
pub(crate) mod book;
pub(crate) mod desk;
mod money;
mod page;
pub(crate) mod payment;
mod read;
pub(crate) mod seed;
pub(crate) mod selftest;
pub(crate) mod serve;
mod signature;
pub mod switches;
#[cfg(test)]
mod tests;
pub(crate) mod webhook;

/// The name of this provider in paths, effects and answers of the control interface.
pub(crate) const PROVIDER: &str = "bumper";
