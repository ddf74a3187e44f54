//! Carries the engine's outputs into the world: tokio, HTTP, the clock, randomness.
//!
//! **What is absent:** decisions about money. What to do next comes from the engine of
//! `counterfoil-core`, what bytes mean from `counterfoil-connectors`.
//!
//! **Where to start:** [`Runtime`], then `drainer.rs` (the loop), then `errand.rs` (one read, one
//! send).

mod answered;
mod clock;
mod clock_guard;
mod condition;
mod drainer;
mod errand;
mod fence;
mod head;
mod hints;
#[cfg(test)]
mod house;
mod listener;
mod listing;
mod looking;
mod noticing;
mod pace;
mod polling;
mod printer;
mod retention;
mod runtime;
mod secrets;
mod wire;

pub use clock::{Clock, MachineInHand, random_bytes};
pub use clock_guard::ClockFacts;
pub use drainer::{DrainEnd, DrainReport, Until};
pub use fence::{FenceWhy, NotNow};
pub use head::{HeadKept, tell_of_key};
pub use listener::{Decision, Listener, MAX_BODY_BYTES, Proposals};
pub use listing::{BrokeOff, Listed};
pub use looking::{known, place_of, safety, standing};
pub use noticing::{Looked as NoticesLooked, look as look_at_notices};
pub use polling::{Memory as PollMemory, Polled};
pub use printer::{PrintFailed, PrintLimits, Printer};
pub use retention::{Swept, note_unsettled};
pub use runtime::{LineFacts, Notice, OpenBreaker, Runtime};
pub use secrets::{read as read_secrets, secret_name};
pub use wire::MAX_ANSWER_BYTES;
