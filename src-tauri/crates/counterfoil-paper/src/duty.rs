//! Separation of duty, read from the trail alone (product A7): what an auditor looks at first. A
//! finding is no accusation: each names the entry it rests on.
//!
//! Limits and roles are those in force at that entry: the whole trail is read from its beginning,
//! and only what lies in the period is listed.

mod limits;
mod patterns;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use serde::Serialize;
use serde_json::Value;

use self::limits::Limits;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Somebody tried to agree to what they had asked for.
    SelfApproval,
    /// Another approval that was refused: replayed, expired, of another operation.
    RefusedApproval,
    /// A change at most five per cent below the limit above which a second person is needed.
    JustUnder,
    /// Returns of a day on one payment or to one customer, each below the limit, together above.
    Split,
    /// Wrong PINs of one person on one day.
    PinRefused,
    /// Taken back by a person.
    Withdrawn,
    /// The till's time was moved, or does not fit a provider's.
    Clock,
    /// A rule was changed at most an hour before a refund.
    RuleChanged,
    /// A refund by who had started the payment.
    OwnStart,
    /// Personal data was erased.
    Erased,
    /// A paper was printed again.
    Reprint,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 11] = [
        Self::SelfApproval,
        Self::RefusedApproval,
        Self::JustUnder,
        Self::Split,
        Self::PinRefused,
        Self::Withdrawn,
        Self::Clock,
        Self::RuleChanged,
        Self::OwnStart,
        Self::Erased,
        Self::Reprint,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SelfApproval => "self_approval",
            Self::RefusedApproval => "refused_approval",
            Self::JustUnder => "just_under",
            Self::Split => "split",
            Self::PinRefused => "pin_refused",
            Self::Withdrawn => "withdrawn",
            Self::Clock => "clock",
            Self::RuleChanged => "rule_changed",
            Self::OwnStart => "own_start",
            Self::Erased => "erased",
            Self::Reprint => "reprint",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was seen.
    pub pattern: Pattern,
    /// The entry of the trail it rests on.
    pub entry: i64,
    /// When.
    pub at: Moment,
    /// Ids of the people in it.
    pub people: Vec<String>,
    /// Changes, payments, settings, papers it is about.
    pub about: Vec<String>,
    /// How much.
    pub amount: Option<Money>,
    /// What there is to say.
    pub words: String,
}

/// How often one person agreed to what another asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Id of who asked.
    pub requester: String,
    /// Id of who agreed.
    pub approver: String,
    /// ISO 4217; none for what moves no money.
    pub currency: Option<String>,
    /// How often.
    pub count: i64,
    /// Minor units of what was agreed to.
    pub sum: i64,
}

/// The report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duty {
    /// In the order of the trail.
    pub findings: Vec<Finding>,
    /// By requester and approver.
    pub pairs: Vec<Pair>,
    /// How many entries were read.
    pub entries: i64,
}

/// One entry of the trail.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its place.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Staff id, or `till`.
    pub who: &'a str,
    /// What happened.
    pub what: &'a str,
    /// What it is about.
    pub about: &'a str,
    /// The facts.
    pub facts: &'a Value,
}

/// What is not in the trail, or no longer.
pub struct Ground<'a> {
    /// The till's local day of a moment, such as `2026-11-21`.
    pub day: &'a dyn Fn(Moment) -> String,
    /// The payment that a start made, by the change's id.
    pub payment_of: &'a dyn Fn(&str) -> Option<String>,
    /// The customer of a payment, by the payment's id.
    pub customer_of: &'a dyn Fn(&str) -> Option<String>,
}

/// A change that somebody asked for.
#[derive(Debug, Clone)]
struct Asked {
    entry: i64,
    at: Moment,
    change_id: String,
    payment_id: Option<String>,
    kind: String,
    by: String,
    alone: bool,
    /// What a limit is compared with: the refund, the difference of an adjustment.
    amount: Option<Money>,
    /// The limit in force for who asked.
    limit: Option<Money>,
    daily: Option<Money>,
    taken_back: bool,
}

/// Reads the trail entry by entry.
pub struct Watch<'a> {
    from: Moment,
    to: Moment,
    ground: Ground<'a>,
    limits: Limits,
    asked: Vec<Asked>,
    by_change: BTreeMap<String, usize>,
    rules: Vec<(i64, Moment, String, String, String)>,
    pins: BTreeMap<(String, String), (i64, Moment, i64)>,
    pairs: BTreeMap<(String, String, Option<String>), (i64, i64)>,
    findings: Vec<Finding>,
    entries: i64,
}

impl<'a> Watch<'a> {
    /// Lists what lies from `from` on and before `to`.
    #[must_use]
    pub fn new(from: Moment, to: Moment, ground: Ground<'a>) -> Self {
        Self {
            from,
            to,
            ground,
            limits: Limits::default(),
            asked: Vec::new(),
            by_change: BTreeMap::new(),
            rules: Vec::new(),
            pins: BTreeMap::new(),
            pairs: BTreeMap::new(),
            findings: Vec::new(),
            entries: 0,
        }
    }

    fn is_in_period(&self, at: Moment) -> bool {
        at >= self.from && at < self.to
    }

    fn list(&mut self, finding: Finding) {
        if self.is_in_period(finding.at) {
            self.findings.push(finding);
        }
    }

    /// All that was seen.
    #[must_use]
    pub fn finish(mut self) -> Duty {
        self.conclude();
        self.findings.sort_by_key(|finding| (finding.entry, finding.pattern));
        let pair = |((requester, approver, currency), (count, sum))| Pair {
            requester,
            approver,
            currency,
            count,
            sum,
        };
        Duty {
            findings: self.findings,
            pairs: self.pairs.into_iter().map(pair).collect(),
            entries: self.entries,
        }
    }
}

mod on_paper;
pub use self::on_paper::{FINDING_HEADINGS, PAIR_HEADINGS, finding_rows, pair_rows};
