//! Checks an exported trail of Counterfoil alone: no program, no key, no network, no database.
//!
//! **What is absent:** any code of Counterfoil. This crate was written from
//! `docs/audit-format.md` and depends on none of ours, so that it cannot share our mistakes. It
//! reads a file once, in bounded memory, and opens no sealed text: that is not needed to verify.
//!
//! **Where to start:** [`verify`], then `check.rs` (what follows what in a file), then `json.rs`
//! (the one form in which anything is written).

mod approval;
mod check;
mod entry;
mod head;
mod json;
mod lines;

use std::io::{self, BufRead};

pub use check::{Check, Found, Verdict};
pub use json::{Json, NotCanonical, read as read_canonical};
pub use lines::LONGEST_LINE;

/// What the file is held against, beside itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Against {
    /// A hash from a paper, or its first digits ([`LEAST_DIGITS`] at least), in lower case.
    pub head: Option<String>,
    /// The till's public key, as 64 hex digits in lower case.
    pub key: Option<String>,
}

/// Fewest digits of a hash that count as one: fewer could be met by trying.
pub const LEAST_DIGITS: usize = 16;

/// Why a file did not pass.
#[derive(Debug)]
pub enum Failed {
    /// It is not what it was.
    Found(Found),
    /// It cannot be read.
    Unreadable(io::Error),
}

/// Checks a whole file.
///
/// # Errors
/// The first place at which it is not what it was, or that it cannot be read.
pub fn verify(file: &mut impl BufRead, against: &Against) -> Result<Verdict, Failed> {
    Check::new(against).read_on(file)
}

impl Check {
    /// Checks the rest of a file whose beginning was taken already.
    ///
    /// # Errors
    /// As for [`verify`].
    pub fn read_on(mut self, file: &mut impl BufRead) -> Result<Verdict, Failed> {
        let mut line = Vec::new();
        loop {
            let next = lines::next(file, &mut line).map_err(Failed::Unreadable)?;
            match next {
                lines::Next::Line => self.take(&line).map_err(Failed::Found)?,
                lines::Next::End => return self.finish().map_err(Failed::Found),
                lines::Next::CutOff => return Err(Failed::Found(self.cut_off())),
                lines::Next::TooLong => return Err(Failed::Found(self.too_long())),
            }
        }
    }
}
