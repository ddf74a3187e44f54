//! The rules of Counterfoil: money, the life of a change, approvals, capabilities, the trail and
//! the engine that decides what happens next.
//!
//! **What is absent:** no clock, no randomness, no network, no disk, no keyring, no async. Time,
//! randomness and ids are handed in; everything here is a function of its arguments.
//!
//! **Where to start:** [`change`] (event log → state), then [`engine`] (what to do next and why),
//! then [`money`].

pub mod account;
pub mod answer;
pub mod approval;
pub mod audit;
pub mod capability;
pub mod change;
pub mod clock;
pub mod command;
pub mod compare;
pub mod day;
pub mod engine;
pub mod id;
pub mod lane;
pub mod ledger;
pub mod limits;
pub mod moment;
pub mod money;
pub mod notice;
pub mod payment;
pub mod polling;
pub mod privacy;
pub mod reconcile;
#[cfg(test)]
mod sample;
pub mod screening;
pub mod settings;
pub mod staff;
