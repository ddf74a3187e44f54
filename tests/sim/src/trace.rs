//! What happened, as one number over every line; the lines themselves only where asked for.

use std::fmt::{self, Write};

/// The trace of one schedule.
#[derive(Debug)]
pub struct Trace {
    hash: u64,
    lines: u64,
    kept: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace; `keep` holds on to the lines.
    pub fn new(keep: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, lines: 0, kept: keep.then(Vec::new) }
    }

    /// Takes in one line.
    pub fn line(&mut self, at: i64, words: fmt::Arguments<'_>) {
        self.lines += 1;
        // Writing into a number cannot fail.
        let _ = write!(Hasher(&mut self.hash), "{at} {words}");
        if let Some(kept) = &mut self.kept {
            kept.push(format!("{at:>9} {words}"));
        }
    }

    /// The number over all lines (FNV-1a).
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many lines.
    pub fn count(&self) -> u64 {
        self.lines
    }

    /// The lines, where they were kept.
    pub fn into_lines(self) -> Vec<String> {
        self.kept.unwrap_or_default()
    }
}

/// FNV-1a over the bytes of a text.
pub fn fnv(text: &str) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325;
    let _ = Hasher(&mut hash).write_str(text);
    hash
}

struct Hasher<'a>(&'a mut u64);

impl Write for Hasher<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            *self.0 = (*self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}
