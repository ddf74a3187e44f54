//! Plain text, for a terminal and for whoever keeps papers as files.

use crate::layout::{Set, lines};
use crate::paper::Paper;
use crate::text::isolated;

/// A paper as lines of at most `columns` characters. A code is written as what a scanner would
/// read.
#[must_use]
pub fn plain(paper: &Paper, columns: usize) -> String {
    let mut text = String::new();
    for set in lines(paper, columns, &mut isolated) {
        let line = match set {
            Set::Line { text, centred: true, .. } => centred(&text, columns),
            Set::Line { text, centred: false, .. } => text,
            Set::Code(code) => centred(&format!("[{}]", isolated(&code)), columns),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn centred(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(text.chars().count()) / 2;
    format!("{}{text}", " ".repeat(room))
}
