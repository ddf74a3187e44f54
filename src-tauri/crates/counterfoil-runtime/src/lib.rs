//! Carries the engine's outputs into the world: tokio, HTTP, the clock, randomness.
//!
//! **What is absent:** decisions about money. What to do next comes from the engine of
//! `counterfoil-core`, what bytes mean from `counterfoil-connectors`.
//!
//! **Where to start:** [`Runtime`], then `drainer.rs` (the loop), then `errand.rs` (one read, one
//! send).

mod clock;
mod clock_guard;
mod condition;
mod drainer;
mod errand;
mod fence;
mod hints;
mod listener;
mod listing;
mod looking;
mod pace;
mod polling;
mod runtime;
mod secrets;
mod wire;

pub use clock::{Clock, MachineInHand, random_bytes};
pub use clock_guard::ClockFacts;
pub use drainer::{DrainEnd, DrainReport, Until};
pub use fence::{FenceWhy, NotNow};
pub use listener::{Decision, Listener, MAX_BODY_BYTES, Proposals};
pub use listing::{BrokeOff, Listed};
pub use looking::safety;
pub use polling::{Memory as PollMemory, Polled};
pub use runtime::{LineFacts, Notice, OpenBreaker, Runtime};
pub use secrets::{read as read_secrets, secret_name};
pub use wire::MAX_ANSWER_BYTES;
