//! Norce Checkout: the order service and the adapters it calls, so that all three roles of a
//! client can be tried. Start reading in `serve` (the way of one request), then `service` (orders)
//! and `adapter` (payments at their payment services).
//!
//! Written from the provider's pages Order, Hooks, Payment adapters, Handle update payment and the
//! published specifications; what they leave open is in `switches`. An order is kept as the JSON it
//! is, because hooks may patch any part of it.

pub(crate) mod access;
mod adapter;
mod answer;
pub(crate) mod book;
pub(crate) mod control;
pub(crate) mod desk;
pub(crate) mod drive;
mod handle;
mod hooks;
mod number;
mod order;
mod outside;
mod patch;
mod route;
pub(crate) mod seed;
pub(crate) mod serve;
mod service;
pub mod switches;
#[cfg(test)]
mod tests;

/// The name of this provider in paths, effects and answers of the control interface.
pub(crate) const PROVIDER: &str = "norce";
