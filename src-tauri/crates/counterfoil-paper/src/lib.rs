//! Papers: the slip of a change, X and Z reports, the day, who did what with whom. Data in; plain
//! text, HTML, bytes for a slip printer and CSV out.
//!
//! **What is absent:** no printer, no clock, no store, no names looked up. Whoever calls brings
//! facts; what is asked for here are words and their form. Nothing here claims more about money
//! than the state of a change does.
//!
//! **Where to start:** [`slip`] (what a slip says in which state), [`report`] (what is counted),
//! [`duty`] (what an auditor looks for in the trail), [`paper`] (the form all of them take), then
//! `html.rs`, `escpos.rs` and `plain.rs`, which set it.

pub mod csv;
pub mod duty;
mod escpos;
mod html;
mod layout;
pub mod paper;
mod plain;
pub mod report;
pub mod slip;
pub mod text;

pub use self::escpos::{CannotSet, REPLACEMENT, bytes};
pub use self::html::{STYLE, Width, fragment, page_of};
pub use self::plain::plain;

/// Characters in a line of an 80 mm slip in the printer's first font.
pub const COLUMNS: usize = 42;
