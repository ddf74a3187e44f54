//! The store: one SQLite file in the till's data folder, `counterfoil.db`.
//!
//! One thread owns the only connection that writes and groups concurrent commits; a few readers
//! never block it. WAL, `synchronous=FULL`, foreign keys, STRICT tables; forward-only numbered
//! migrations with a backup before each. A change, its event, its trail entry and its outbox row
//! are one transaction.
//!
//! **What is absent:** no clock, no randomness, no network, no rules about money beyond those of
//! `counterfoil-core`, which it calls.
//!
//! **Where to start:** [`Store`], then `life.rs` (the transactions of a change), then `table/`
//! (one file per table).

mod connect;
pub mod erasing;
mod error;
mod files;
pub mod life;
mod lock;
mod look;
mod migrate;
mod readers;
mod rescue;
mod store;
pub mod table;
pub mod trail;
mod whereabouts;
mod writer;

pub use error::StoreError;
pub use files::DATABASE_FILE;
pub use lock::DrainLock;
pub use rusqlite::Connection;
pub use store::{Store, StoreFacts};
pub use whereabouts::Whereabouts;
