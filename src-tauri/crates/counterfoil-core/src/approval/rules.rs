//! Whether somebody may ask for a change alone, with a second person, or not at all: judged from
//! the rules in force and facts that are handed in, with every rule that speaks against it.

use crate::command::{Command, Kind};
use crate::moment::Moment;
use crate::money::Money;
use crate::payment::Base;
use crate::staff::{Permission, Role};

const DAY_MS: i64 = 86_400_000;

/// How far somebody may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Alone.
    Allowed,
    /// With a second person who agrees.
    Approval,
    /// Not at all.
    Denied,
}

/// The rules that bind one role for one kind of change, in the currency of the change at hand.
/// None is a limit that never binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// What this role may do about changes of this kind.
    pub kind: Level,
    /// Refunds above this need a second person.
    pub refund_over: Option<Money>,
    /// Adjustments whose difference is above this need a second person.
    pub adjust_over: Option<Money>,
    /// Cancelling needs a second person.
    pub cancel: bool,
    /// What moves money of a payment that is older than this many days needs a second person.
    pub sale_older_than_days: Option<i64>,
    /// A refund needs a second person where it brings what its requester asked to return in a day
    /// above this.
    pub daily_refunds_over: Option<Money>,
}

/// What is asked for, and what the rules need to know beside it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What is asked for.
    pub command: &'a Command,
    /// The payment as the requester saw it; none for a start.
    pub base: Option<&'a Base>,
    /// When the payment was made, as far as that is known.
    pub made_at: Option<Moment>,
    /// When it is asked for.
    pub now: Moment,
    /// What the same person asked to return since midnight in this currency, without this one;
    /// none where it cannot be told.
    pub refunds_today: Option<Money>,
}

/// A rule that speaks against doing it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Who only reads and verifies asks for nothing.
    Role(Role),
    /// The level of this kind of change for this role.
    Kind(Role, Kind, Level),
    /// Above the limit of one refund.
    RefundOver(Money),
    /// Above the limit of one adjustment.
    AdjustOver(Money),
    /// Cancelling.
    Cancel,
    /// The payment is older than this many days, or nobody knows how old it is.
    SaleOlderThan(i64),
    /// Above the limit of a day's refunds.
    DailyRefundsOver(Money),
}

/// The judgement, with every rule that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How far the requester may go.
    pub level: Level,
    /// The rules of that level; empty where it is allowed.
    pub because: Vec<Rule>,
}

impl Level {
    /// Every level, the strictest last.
    pub const ALL: [Self; 3] = [Self::Allowed, Self::Approval, Self::Denied];

    /// The word of a setting.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Approval => "approval",
            Self::Denied => "denied",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

impl Rules {
    /// No rule at all.
    pub const OPEN: Self = Self {
        kind: Level::Allowed,
        refund_over: None,
        adjust_over: None,
        cancel: false,
        sale_older_than_days: None,
        daily_refunds_over: None,
    };
}

/// Judges what somebody of this role asks for. Owners are bound by no rule.
#[must_use]
pub fn judge(rules: &Rules, role: Role, facts: &Facts<'_>) -> Verdict {
    let kind = facts.command.kind();
    let denied = |rule| Verdict { level: Level::Denied, because: vec![rule] };
    if !role.may(Permission::Ask) {
        return denied(Rule::Role(role));
    }
    if matches!(role, Role::Owner) {
        return Verdict { level: Level::Allowed, because: Vec::new() };
    }
    if rules.kind == Level::Denied {
        return denied(Rule::Kind(role, kind, Level::Denied));
    }
    let every = (rules.kind == Level::Approval).then_some(Rule::Kind(role, kind, Level::Approval));
    let because: Vec<Rule> = every.into_iter().chain(limits(rules, facts)).collect();
    let level = if because.is_empty() { Level::Allowed } else { Level::Approval };
    Verdict { level, because }
}

/// The limits that are passed, and those of which it cannot be told whether they are.
fn limits(rules: &Rules, facts: &Facts<'_>) -> Vec<Rule> {
    let mut passed = Vec::new();
    match facts.command {
        Command::Refund { amount, .. } => {
            let over = rules.refund_over.filter(|limit| exceeds(*amount, *limit));
            passed.extend(over.map(Rule::RefundOver));
            let sum = facts.refunds_today.and_then(|sum| sum.plus(*amount).ok());
            let over =
                rules.daily_refunds_over.filter(|limit| sum.is_none_or(|sum| exceeds(sum, *limit)));
            passed.extend(over.map(Rule::DailyRefundsOver));
        }
        Command::Adjust { total, .. } => {
            let by = facts.base.and_then(|base| difference(*total, base.amount));
            let over = rules.adjust_over.filter(|limit| by.is_none_or(|by| exceeds(by, *limit)));
            passed.extend(over.map(Rule::AdjustOver));
        }
        Command::Cancel { .. } | Command::Void => {
            passed.extend(rules.cancel.then_some(Rule::Cancel));
        }
        Command::Start { .. } | Command::Relabel { .. } | Command::Capture { .. } => {}
    }
    let older = rules.sale_older_than_days.filter(|days| is_older(facts, *days));
    passed.extend(older.map(Rule::SaleOlderThan));
    passed
}

/// A start has no payment yet, and texts move no money: neither has an age.
fn is_older(facts: &Facts<'_>, days: i64) -> bool {
    match facts.command {
        Command::Start { .. } | Command::Relabel { .. } => false,
        Command::Adjust { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => is_old(facts.made_at, facts.now, days),
    }
}

/// True for a payment made more than this many days ago, and for one of which nobody knows when.
#[must_use]
pub fn is_old(made_at: Option<Moment>, now: Moment, days: i64) -> bool {
    made_at.is_none_or(|made_at| now.millis_since(made_at) > days.saturating_mul(DAY_MS))
}

/// True above the limit, and where the two cannot be compared: the careful answer.
fn exceeds(amount: Money, limit: Money) -> bool {
    amount.compare(limit).is_ok_and(|order| order.is_gt()) || amount.currency() != limit.currency()
}

/// How far apart; none where the two cannot be compared.
fn difference(one: Money, other: Money) -> Option<Money> {
    let difference = one.minus(other).ok()?;
    if difference.minor() < 0 { other.minus(one).ok() } else { Some(difference) }
}

impl Rule {
    /// The stable code; screens hold the words.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::Kind(..) => "kind",
            Self::RefundOver(_) => "refund_over",
            Self::AdjustOver(_) => "adjust_over",
            Self::Cancel => "cancel",
            Self::SaleOlderThan(_) => "sale_older_than_days",
            Self::DailyRefundsOver(_) => "daily_refunds_over",
        }
    }

    /// Plain English.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Role(role) => format!("a person who is {} may not ask for changes", role.word()),
            Self::Kind(role, kind, Level::Denied) => {
                format!("a {} may not ask for a change of the kind {}", role.word(), kind.word())
            }
            Self::Kind(role, kind, Level::Allowed | Level::Approval) => {
                format!("every {} by a {} needs a second person", kind.word(), role.word())
            }
            Self::RefundOver(limit) if !limit.is_positive() => {
                "every refund needs a second person".to_owned()
            }
            Self::RefundOver(limit) => format!("a refund above {limit} needs a second person"),
            Self::AdjustOver(limit) => {
                format!("an adjustment by more than {limit} needs a second person")
            }
            Self::Cancel => "cancelling needs a second person".to_owned(),
            Self::SaleOlderThan(days) => {
                format!("a change of a payment older than {days} days needs a second person")
            }
            Self::DailyRefundsOver(limit) => {
                format!("refunds above {limit} asked for by one person in a day need a second one")
            }
        }
    }
}

#[cfg(test)]
mod tests;
