//! Moyasar. Start reading in `serve` (the way of one request), then `book` (the rules).
//!
//! Written from the provider's pages Update Payment, List Payments, Payment Status Reference,
//! Payment Operations, Errors, Metadata, Idempotency and Webhooks; what they leave open is in
//! `switches`. There is no idempotency here on purpose: two equal refunds are two refunds.

pub(crate) mod account;
mod answer;
pub(crate) mod book;
pub(crate) mod control;
mod create;
pub(crate) mod desk;
mod handle;
mod list;
pub(crate) mod payment;
mod problem;
mod read;
pub(crate) mod seed;
pub(crate) mod serve;
pub mod switches;
#[cfg(test)]
mod tests;
mod texts;
pub(crate) mod webhook;

/// The name of this provider in paths, effects and answers of the control interface.
pub(crate) const PROVIDER: &str = "moyasar";
