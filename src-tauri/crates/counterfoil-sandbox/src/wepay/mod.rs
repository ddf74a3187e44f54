//! WePay Clear. Start reading in `serve` (the way of one request), then `book` (the rules).
//!
//! Written from the provider's pages Update a payment, Capture, Cancel, Refunds, Payments,
//! Notifications, API Basics, Errors and Design a Retry Strategy; what they leave open is in
//! `switches`. How the amounts of a payment are called is documented nowhere: the names stand in
//! one table of the switches (A-WEP-01).

pub(crate) mod account;
mod answer;
mod ask;
pub(crate) mod book;
pub(crate) mod desk;
mod keys;
mod money;
pub(crate) mod payment;
mod problem;
mod query;
pub(crate) mod routes;
pub(crate) mod seed;
pub(crate) mod serve;
pub mod switches;

/// The name of this provider in paths, effects and answers of the control interface.
pub(crate) const PROVIDER: &str = "wepay";
