use counterfoil_core::money::Money;

use crate::paper::Paper;
use crate::report::{Words, decimal};
use crate::slip::Till;

use super::{Duty, Finding, Pair};

/// Headings of [`finding_rows`].
pub const FINDING_HEADINGS: [&str; 8] =
    ["pattern", "entry", "at", "people", "about", "currency", "amount", "words"];

/// Headings of [`pair_rows`].
pub const PAIR_HEADINGS: [&str; 5] = ["requester", "approver", "currency", "count", "sum"];

/// Findings as rows for a spreadsheet.
#[must_use]
pub fn finding_rows(duty: &Duty, words: &Words<'_>) -> Vec<Vec<String>> {
    let row = |finding: &Finding| {
        let currency = finding.amount.map(|amount| amount.currency().code());
        vec![
            finding.pattern.word().to_owned(),
            finding.entry.to_string(),
            (words.time)(finding.at.as_millis()),
            people(finding, words),
            finding.about.join(" "),
            currency.unwrap_or_default().to_owned(),
            finding.amount.map(Money::to_decimal_text).unwrap_or_default(),
            finding.words.clone(),
        ]
    };
    duty.findings.iter().map(row).collect()
}

/// Pairs as rows for a spreadsheet.
#[must_use]
pub fn pair_rows(duty: &Duty, words: &Words<'_>) -> Vec<Vec<String>> {
    let row = |pair: &Pair| {
        let currency = pair.currency.as_deref();
        vec![
            (words.name)(&pair.requester),
            (words.name)(&pair.approver),
            currency.unwrap_or_default().to_owned(),
            pair.count.to_string(),
            currency.map(|_| decimal(pair.sum, currency)).unwrap_or_default(),
        ]
    };
    duty.pairs.iter().map(row).collect()
}

fn people(finding: &Finding, words: &Words<'_>) -> String {
    finding.people.iter().map(|id| (words.name)(id)).collect::<Vec<_>>().join(", ")
}

impl Duty {
    /// The report as a paper.
    #[must_use]
    pub fn paper(&self, words: &Words<'_>, till: &Till) -> Paper {
        let mut paper = Paper::titled("Separation of duty");
        paper.marks = till.marks();
        paper.text("What is listed here is to be looked at; none of it proves a wrong.");
        paper.heading("Findings");
        let row = |finding: &Finding| {
            vec![
                format!("{} #{}", finding.pattern.word(), finding.entry),
                (words.time)(finding.at.as_millis()),
                people(finding, words),
                finding.words.clone(),
                finding.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            ]
        };
        let rows = self.findings.iter().map(row).collect();
        paper.table(&["pattern", "at", "people", "what", "amount"], rows);
        paper.heading("Who agreed to whose changes");
        paper.table(&PAIR_HEADINGS, pair_rows(self, words));
        paper.heading("Proof");
        paper.line("Entries read", &self.entries.to_string());
        till.foot(&mut paper);
        paper
    }
}
