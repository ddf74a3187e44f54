use crate::paper::{Paper, Part};
use crate::slip::{CODE, Till};

use super::{By, Open, Report, Sum, What, decimal, sums};

/// What a report cannot say by itself: names of people and times in the till's zone.
pub struct Words<'a> {
    /// The name of a person as of the report, by id.
    pub name: &'a dyn Fn(&str) -> String,
    /// Milliseconds since 1970 UTC in the till's zone.
    pub time: &'a dyn Fn(i64) -> String,
}

impl Report {
    /// The report as a paper. `till` is where and when it is printed; the report's own facts are
    /// of when it was made.
    #[must_use]
    pub fn paper(&self, words: &Words<'_>, till: &Till) -> Paper {
        let mut paper = Paper::titled(&self.title());
        paper.marks = till.marks();
        if let Some(copy) = self.number.zip(till.print).filter(|(_, (_, copy))| *copy > 1) {
            paper.text(&format!("The Z report {} as it was made, printed again.", copy.0));
        }
        paper.line("Store", &self.store);
        paper.line("Till", &self.till);
        paper.line("Made by", &(words.name)(&self.by));
        paper.line("From", &self.from.map_or("the beginning".to_owned(), |at| (words.time)(at)));
        paper.line("To", &(words.time)(self.to));
        paper.line("Time zone", &self.zone);
        paper.line("Changes", &self.count().to_string());
        self.figures(&mut paper, words);
        self.list_open(&mut paper, words);
        paper.heading("Proof");
        paper.line("Trail entry", &self.entries.to_string());
        paper.line("Trail hash", &self.head);
        if let Some((number, copy)) = till.print {
            paper.line("Print no.", &format!("{number} (copy {copy})"));
            paper.line("Printed by", &till.printed_by);
            paper.line("Printed at", &till.printed_at);
        }
        paper
    }

    fn title(&self) -> String {
        match (self.what, self.number, &self.day) {
            (What::Z, Some(number), _) => format!("Z report {number} - closing"),
            (What::Z, None, _) => "Z report".to_owned(),
            (What::X, ..) => "X report - reading, nothing closed".to_owned(),
            (What::Day, _, Some(day)) => format!("Day {day}"),
            (What::Day, _, None) => "Day".to_owned(),
        }
    }

    fn figures(&self, paper: &mut Paper, words: &Words<'_>) {
        let carried = self.cells.iter().filter(|cell| cell.carried);
        if self.what != What::Day {
            section(paper, "Open since before", &sums(carried, By::Standing), By::Standing, words);
        }
        for by in By::ALL {
            let heading = format!("By {}", by.word());
            section(paper, &heading, &sums(&self.cells, by), by, words);
        }
        for by in [By::Person, By::Approver, By::Reason, By::Provider] {
            let heading = format!("Money returned, by {}", by.word());
            section(paper, &heading, &sums(self.refunds(), by), by, words);
        }
    }

    fn list_open(&self, paper: &mut Paper, words: &Words<'_>) {
        paper.heading("Open items");
        let rows = self.open.iter().map(|open| open_row(open, words)).collect();
        paper.table(&["change", "what", "asked by", "asked at", "amount"], rows);
        // What is handed over can be looked up by scanning it.
        if let [only] = self.open.as_slice() {
            paper.parts.push(Part::Code(format!("{CODE}{}", only.change_id)));
        }
    }
}

fn open_row(open: &Open, words: &Words<'_>) -> Vec<String> {
    let currency = open.currency.as_deref();
    let amount = currency.map(|code| format!("{code} {}", decimal(open.amount, currency)));
    vec![
        open.change_id.clone(),
        format!("{} {}", open.kind, open.state),
        (words.name)(&open.person),
        (words.time)(open.asked_at),
        amount.unwrap_or_default(),
    ]
}

/// Items that stand open, for whoever takes over.
#[must_use]
pub fn handover(open: &[Open], words: &Words<'_>, till: &Till) -> Paper {
    let mut paper = Paper::titled("Open items - handover");
    paper.marks = till.marks();
    paper.text("None of these is done. Each is kept on this till, whoever works at it.");
    let rows = open.iter().map(|open| open_row(open, words)).collect();
    paper.table(&["change", "what", "asked by", "asked at", "amount"], rows);
    paper.heading("Proof");
    till.foot(&mut paper);
    paper
}

fn section(paper: &mut Paper, heading: &str, sums: &[Sum], by: By, words: &Words<'_>) {
    paper.heading(heading);
    let rows = sums.iter().map(|sum| row(sum, by, words)).collect();
    paper.table(&[by.word(), "count", "amount"], rows);
}

fn row(sum: &Sum, by: By, words: &Words<'_>) -> Vec<String> {
    let name = match (sum.name.as_str(), by.names_people()) {
        ("", _) => "-".to_owned(),
        (id, true) => (words.name)(id),
        (name, false) => name.to_owned(),
    };
    vec![name, format!("x{}", sum.count), amount(sum)]
}

fn amount(sum: &Sum) -> String {
    let Some(code) = sum.currency.as_deref() else { return String::new() };
    let text = |minor| decimal(minor, Some(code));
    match (sum.more, sum.less) {
        (more, 0) => format!("{code} {}", text(more)),
        (0, less) => format!("{code} -{}", text(less)),
        (more, less) => format!("{code} +{} -{}", text(more), text(less)),
    }
}
