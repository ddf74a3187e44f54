//! Carries the engine's outputs into the world: tokio, HTTP, the clock, randomness.
//!
//! **What is absent:** decisions about money. What to do next comes from the engine of
//! `counterfoil-core`, what bytes mean from `counterfoil-connectors`.
//!
//! **Where to start:** [`Runtime`], then `drainer.rs` (the loop), then `errand.rs` (one read, one
//! send).

mod clock;
mod drainer;
mod errand;
mod pace;
mod runtime;
mod secrets;
mod wire;

pub use clock::{Clock, random_bytes};
pub use drainer::{DrainEnd, DrainReport, Until};
pub use runtime::{LineFacts, Notice, Runtime};
pub use secrets::{read as read_secrets, secret_name};
pub use wire::MAX_ANSWER_BYTES;
