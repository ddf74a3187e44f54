//! A paper before it is set: its marks, its parts in order, and the code a scanner reads.

use serde::{Deserialize, Serialize};

/// One slip or report. All texts are as they came: whoever sets them makes them harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// What it is.
    pub title: String,
    /// What must not be overlooked: training, a copy, no original.
    pub marks: Vec<String>,
    /// From top to bottom.
    pub parts: Vec<Part>,
}

/// One part of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The one thing to be read, where nothing else is.
    Banner(String),
    /// Begins a part.
    Heading(String),
    /// A fact with its name; left out where it is empty.
    Line {
        /// Its name.
        name: String,
        /// The fact.
        value: String,
    },
    /// Plain sentences.
    Text(String),
    /// Rows; the last cell of each is a figure.
    Table {
        /// Over the columns.
        headings: Vec<String>,
        /// As many cells in each as there are headings.
        rows: Vec<Vec<String>>,
    },
    /// What a scanner reads.
    Code(String),
}

impl Paper {
    /// A paper with its title and nothing on it.
    #[must_use]
    pub fn titled(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// Adds a fact; an empty one is left out.
    pub fn line(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.parts.push(Part::Line { name: name.to_owned(), value: value.to_owned() });
        }
    }

    /// Adds the beginning of a part.
    pub fn heading(&mut self, text: &str) {
        self.parts.push(Part::Heading(text.to_owned()));
    }

    /// Adds a sentence; an empty one is left out.
    pub fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.parts.push(Part::Text(text.to_owned()));
        }
    }

    /// Adds rows under their headings, or the word for none.
    pub fn table(&mut self, headings: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return self.text("None.");
        }
        let headings = headings.iter().map(|text| (*text).to_owned()).collect();
        self.parts.push(Part::Table { headings, rows });
    }
}
