//! A disk in memory under SQLite that counts, fails, and forgets what was not synced.
//!
//! [`Disk::mount`] puts a disk under a folder; from then on every database that SQLite opens in
//! that folder lies there, so that `counterfoil_store::Store` runs on it unchanged. The disk knows
//! of each file what the program sees and what a power cut would leave, counts calls and bytes, and
//! can be told to be full, to fail, or to end the process at the k-th call.
//!
//! **What is absent:** no clock, no rules of the till, no shared memory between processes (all
//! connections are in this one). `unsafe` is in `vfs.rs` alone: SQLite takes a file layer as a
//! table of C functions, and the crates that wrap it either copy the write-ahead index back and
//! forth and are no longer kept (`sqlite-vfs`) or need a C compiler's library to build
//! (`sqlite-plugin` through `bindgen`).
//!
//! **Where to start:** [`Disk`], then `file.rs`, which says what survives a power cut.

mod dice;
mod disk;
mod file;
mod handle;
mod locks;
mod mounts;
mod state;
mod vfs;

pub use dice::Dice;
pub use disk::{Disk, Image, Left, MountError};
pub use state::{Call, Counts, Harm};
