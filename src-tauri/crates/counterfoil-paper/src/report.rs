//! X, Z and day reports: what was asked for and where it stands, summed up in every way asked for.
//!
//! **What is counted.** An X or Z report counts every change asked for since the last Z report,
//! and every one that stood open at it (*carried*). So each change is new in exactly one Z report,
//! and its end is in exactly one. A day counts the changes asked for on that day, as they stand
//! when the report is made.
//!
//! **What is summed.** Of a start its total, of an adjustment the difference to the total its
//! requester saw (more and less apart), of a refund what goes back, of a capture what is taken, of
//! a cancelling or void the total it ends. A relabelling moves nothing.
//!
//! People stand in a report by their ids, so that it stays as it was whatever they are called or
//! whether their names were erased; names come in when it is shown.

mod on_paper;

pub use self::on_paper::{Words, handover};

use std::collections::BTreeMap;

use counterfoil_core::change::State;
use counterfoil_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// The form of a stored report.
pub const FORM: &str = "counterfoil-report-1";

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A reading: ends nothing.
    X,
    /// The closing of a period.
    Z,
    /// One local day.
    Day,
}

/// Changes that are alike in all that is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// They stood open at the last Z report.
    pub carried: bool,
    /// Their kind.
    pub kind: String,
    /// Id of who asked.
    pub person: String,
    /// Id of who agreed last.
    pub approver: Option<String>,
    /// Reason code.
    pub reason: Option<String>,
    /// The provider's word.
    pub provider: String,
    /// Where they stand.
    pub state: String,
    /// ISO 4217; none where they move no money.
    pub currency: Option<String>,
    /// How many.
    pub count: i64,
    /// Minor units of what is more.
    pub more: i64,
    /// Minor units of what is less, without sign: what lowers a total.
    pub less: i64,
}

/// A change that is not final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id.
    pub change_id: String,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// Id of who asked.
    pub person: String,
    /// ISO 4217; none where it moves no money.
    pub currency: Option<String>,
    /// Minor units, with sign.
    pub amount: i64,
    /// When it was asked for, milliseconds since 1970 UTC.
    pub asked_at: i64,
}

/// A report, as it is stored: whole numbers and ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORM`].
    pub form: String,
    /// What it is.
    pub what: What,
    /// Of a Z report, from 1 without gaps.
    pub number: Option<i64>,
    /// Name of the store.
    pub store: String,
    /// Name of the till.
    pub till: String,
    /// On a training till.
    pub training: bool,
    /// The day, of a day report.
    pub day: Option<String>,
    /// The till's time zone, by its IANA name.
    pub zone: String,
    /// Where the period begins, milliseconds since 1970 UTC; none: with the store.
    pub from: Option<i64>,
    /// Where it ends.
    pub to: i64,
    /// Id of who made it.
    pub by: String,
    /// Entries of the trail when it was made.
    pub entries: i64,
    /// The hash of the newest of them.
    pub head: String,
    /// What was counted.
    pub cells: Vec<Cell>,
    /// What stands open, oldest first.
    pub open: Vec<Open>,
}

/// What a report can be read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Queued, sent, in doubt, waiting, refused, taken back.
    Standing,
    /// Start, adjust …
    Kind,
    /// Who asked.
    Person,
    /// Who agreed.
    Approver,
    /// Reason code.
    Reason,
    /// Provider.
    Provider,
    /// State.
    State,
    /// Currency.
    Currency,
}

/// A sum over cells. Money of different currencies is never added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// What they have in common; empty where that is nothing (no approver, no reason).
    pub name: String,
    /// ISO 4217; none where no money is moved.
    pub currency: Option<String>,
    /// How many changes.
    pub count: i64,
    /// Minor units of what is more.
    pub more: i64,
    /// Minor units of what is less, without sign.
    pub less: i64,
}

impl By {
    /// Every way.
    pub const ALL: [Self; 8] = [
        Self::Standing,
        Self::Kind,
        Self::Person,
        Self::Approver,
        Self::Reason,
        Self::Provider,
        Self::State,
        Self::Currency,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Kind => "kind",
            Self::Person => "person",
            Self::Approver => "approver",
            Self::Reason => "reason",
            Self::Provider => "provider",
            Self::State => "state",
            Self::Currency => "currency",
        }
    }

    /// True where its names are ids of people.
    #[must_use]
    pub fn names_people(self) -> bool {
        matches!(self, Self::Person | Self::Approver)
    }

    fn of(self, cell: &Cell) -> &str {
        match self {
            Self::Standing => standing(&cell.state),
            Self::Kind => &cell.kind,
            Self::Person => &cell.person,
            Self::Approver => cell.approver.as_deref().unwrap_or_default(),
            Self::Reason => cell.reason.as_deref().unwrap_or_default(),
            Self::Provider => &cell.provider,
            Self::State => &cell.state,
            Self::Currency => cell.currency.as_deref().unwrap_or_default(),
        }
    }
}

/// The few words a till is closed by; a state that is not known is none of them.
#[must_use]
pub fn standing(state: &str) -> &'static str {
    match State::from_word(state) {
        Some(State::Queued | State::Sending) => "queued",
        Some(State::Applied) => "sent",
        Some(State::InDoubt) => "in doubt",
        Some(State::AwaitingApproval | State::NeedsCustomer | State::Conflict) => "waiting",
        Some(State::Declined | State::Rejected) => "refused",
        Some(State::Withdrawn | State::Expired) => "taken back",
        None => "unknown",
    }
}

/// Sums of these cells, by name and currency in order.
#[must_use]
pub fn sums<'a>(cells: impl IntoIterator<Item = &'a Cell>, by: By) -> Vec<Sum> {
    let mut all: BTreeMap<(&str, Option<&str>), (i64, i64, i64)> = BTreeMap::new();
    for cell in cells {
        let (count, more, less) = all.entry((by.of(cell), cell.currency.as_deref())).or_default();
        // A million changes of the largest amount are below the edge (money.rs).
        *count = count.saturating_add(cell.count);
        *more = more.saturating_add(cell.more);
        *less = less.saturating_add(cell.less);
    }
    let sum = |((name, currency), (count, more, less)): ((&str, Option<&str>), _)| Sum {
        name: name.to_owned(),
        currency: currency.map(str::to_owned),
        count,
        more,
        less,
    };
    all.into_iter().map(sum).collect()
}

impl Report {
    /// Cells of refunds that the provider has taken: money that went back.
    pub fn refunds(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.kind == "refund" && cell.state == "applied")
    }

    /// How many changes it counts.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.cells.iter().fold(0, |sum, cell| sum.saturating_add(cell.count))
    }
}

/// Minor units as decimal text in major units, `-5.00`; of an unknown currency as they are.
#[must_use]
pub fn decimal(minor: i64, currency: Option<&str>) -> String {
    let money = currency
        .and_then(|code| Currency::parse(code).ok())
        .and_then(|currency| Money::from_minor(minor, currency).ok());
    money.map_or_else(|| minor.to_string(), Money::to_decimal_text)
}

/// Headings of [`rows`].
pub const HEADINGS: [&str; 6] = ["by", "name", "currency", "count", "more", "less"];

/// Every sum of a report as a row for a spreadsheet; refunds that went back once more by
/// themselves.
#[must_use]
pub fn rows(report: &Report, name: &dyn Fn(&str) -> String) -> Vec<Vec<String>> {
    let row = |section: &str, by: By, sum: &Sum| {
        let currency = sum.currency.as_deref();
        let person = by.names_people() && !sum.name.is_empty();
        let named = if person { name(&sum.name) } else { sum.name.clone() };
        vec![
            format!("{section}{}", by.word()),
            named,
            currency.unwrap_or_default().to_owned(),
            sum.count.to_string(),
            currency.map(|_| decimal(sum.more, currency)).unwrap_or_default(),
            currency.map(|_| decimal(sum.less, currency)).unwrap_or_default(),
        ]
    };
    let mut rows = Vec::new();
    for by in By::ALL {
        rows.extend(sums(&report.cells, by).iter().map(|sum| row("", by, sum)));
    }
    for by in [By::Person, By::Approver, By::Reason, By::Provider] {
        rows.extend(sums(report.refunds(), by).iter().map(|sum| row("refunds ", by, sum)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: &str, state: &str, currency: Option<&str>, count: i64, more: i64) -> Cell {
        Cell {
            carried: false,
            kind: kind.to_owned(),
            person: "p1".to_owned(),
            approver: None,
            reason: None,
            provider: "bumper".to_owned(),
            state: state.to_owned(),
            currency: currency.map(str::to_owned),
            count,
            more,
            less: 0,
        }
    }

    #[test]
    fn every_state_stands_under_one_word() {
        let mut words: Vec<_> = State::ALL.iter().map(|state| standing(state.word())).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words, ["in doubt", "queued", "refused", "sent", "taken back", "waiting"]);
        assert_eq!(standing("melted"), "unknown");
    }

    #[test]
    fn currencies_are_never_added_to_each_other() {
        let cells = [
            cell("refund", "applied", Some("GBP"), 2, 500),
            cell("refund", "queued", Some("GBP"), 1, 100),
            cell("refund", "applied", Some("JPY"), 1, 7),
            cell("relabel", "applied", None, 1, 0),
        ];
        let by_kind: Vec<_> = sums(&cells, By::Kind)
            .into_iter()
            .map(|sum| (sum.name, sum.currency, sum.count, sum.more))
            .collect();
        let row = |name: &str, currency: Option<&str>, count, more| {
            (name.to_owned(), currency.map(str::to_owned), count, more)
        };
        assert_eq!(
            by_kind,
            [
                row("refund", Some("GBP"), 3, 600),
                row("refund", Some("JPY"), 1, 7),
                row("relabel", None, 1, 0)
            ]
        );
    }

    #[test]
    fn amounts_are_written_exactly_in_their_currency() {
        let check = |minor, currency: Option<&str>, text: &str| {
            assert_eq!(decimal(minor, currency), text);
        };
        check(35_000, Some("GBP"), "350.00");
        check(-5, Some("KWD"), "-0.005");
        check(500, Some("JPY"), "500");
        check(500, None, "500");
        check(i64::MAX, Some("GBP"), &i64::MAX.to_string());
    }
}
