//! A paper as lines of a fixed width: what plain text and a slip printer share.

use crate::paper::{Paper, Part};

/// How a line is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Plain,
    /// Heavier.
    Bold,
    /// Twice as wide and high: half as many characters fit.
    Large,
}

/// One line, or a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// Text that fits the width.
    Line {
        /// The text.
        text: String,
        /// How.
        ink: Ink,
        /// In the middle.
        centred: bool,
    },
    /// What a scanner reads.
    Code(String),
}

/// Sets a paper in lines of `columns`; `write` makes each text fit for the device, one column for
/// each of its characters.
pub fn lines(paper: &Paper, columns: usize, write: &mut dyn FnMut(&str) -> String) -> Vec<Set> {
    let mut page = Page { columns, set: Vec::new(), write };
    for mark in &paper.marks {
        page.centred(&format!("*** {mark} ***"), Ink::Bold);
    }
    page.centred(&paper.title, Ink::Bold);
    page.rule();
    for part in &paper.parts {
        page.part(part);
    }
    page.rule();
    for mark in &paper.marks {
        page.centred(&format!("*** {mark} ***"), Ink::Bold);
    }
    page.set
}

struct Page<'a> {
    columns: usize,
    set: Vec<Set>,
    write: &'a mut dyn FnMut(&str) -> String,
}

impl Page<'_> {
    fn part(&mut self, part: &Part) {
        match part {
            Part::Banner(text) => self.centred(text, Ink::Large),
            Part::Heading(text) => {
                self.push(String::new(), Ink::Plain, false);
                self.flowing(text, Ink::Bold, false);
            }
            Part::Line { name, value } => self.pair(name, value),
            Part::Text(text) => self.flowing(text, Ink::Plain, false),
            Part::Table { rows, .. } => {
                for row in rows {
                    let (figure, names) =
                        row.split_last().map_or(("", row.as_slice()), |(f, n)| (f.as_str(), n));
                    let names: Vec<_> = names.iter().filter(|cell| !cell.is_empty()).collect();
                    let names: Vec<_> = names.into_iter().map(String::as_str).collect();
                    self.pair(&names.join(" "), figure);
                }
            }
            Part::Code(text) => self.set.push(Set::Code(text.clone())),
        }
    }

    /// The name at the left, the value at the right; below each other where both do not fit.
    fn pair(&mut self, name: &str, value: &str) {
        let (name, value) = ((self.write)(name), (self.write)(value));
        let room = self.columns.saturating_sub(width(&name) + width(&value));
        if room > 0 {
            let text = format!("{name}{}{value}", " ".repeat(room));
            return self.push(text, Ink::Plain, false);
        }
        for line in wrapped(&name, self.columns) {
            self.push(line, Ink::Plain, false);
        }
        for line in wrapped(&value, self.columns.saturating_sub(2).max(1)) {
            let room = self.columns.saturating_sub(width(&line));
            self.push(format!("{}{line}", " ".repeat(room)), Ink::Plain, false);
        }
    }

    fn centred(&mut self, text: &str, ink: Ink) {
        self.flowing(text, ink, true);
    }

    fn flowing(&mut self, text: &str, ink: Ink, centred: bool) {
        let columns = if ink == Ink::Large { self.columns / 2 } else { self.columns };
        for line in wrapped(&(self.write)(text), columns.max(1)) {
            self.push(line, ink, centred);
        }
    }

    fn rule(&mut self) {
        self.push("-".repeat(self.columns), Ink::Plain, false);
    }

    fn push(&mut self, text: String, ink: Ink, centred: bool) {
        self.set.push(Set::Line { text, ink, centred });
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks at spaces; a word that is longer than the line is cut.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        while width(&line) + usize::from(!line.is_empty()) + width(&word) > columns {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            } else {
                let rest = word.chars().skip(columns).collect();
                lines.push(word.chars().take(columns).collect());
                word = rest;
            }
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit_and_are_cut_where_not() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("", 4), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper_and_nothing_is_lost(
            name in "[a-zA-Z ]{0,60}", value in "[a-z0-9 ]{0,60}", columns in 16usize..64,
        ) {
            let mut paper = Paper::titled("T");
            paper.line(&name, &value);
            let mut said = String::new();
            for set in lines(&paper, columns, &mut str::to_owned) {
                if let Set::Line { text, .. } = set {
                    prop_assert!(width(&text) <= columns, "{text:?}");
                    said.push_str(&text);
                }
            }
            let bare = |text: &str| text.replace([' ', '-'], "");
            let facts = if value.is_empty() { String::new() } else { format!("{name}{value}") };
            prop_assert_eq!(bare(&said), bare(&format!("T{facts}")));
        }
    }
}
