//! Offline limits: what may still be asked for while a till cannot send (product O6).
//!
//! A till that is offline keeps what staff ask for and promises it later. The limits keep small
//! what it promises blindly: how long, how many changes, how much money in all and in one change,
//! refunds included. Only asking is limited: approving, deciding and sending never are.
//!
//! **Who is counted:** the limit is that of the role who asks; what it is compared with is all
//! that waits unsent on the till, whoever asked for it and at whichever account. The risk is the
//! shop's and not a person's: a cashier cannot go on because a colleague queued the rest, and a
//! manager with a wider limit can. Money is added up for each currency of its own.

use std::fmt;

use crate::change::Change;
use crate::command::Command;
use crate::id::ChangeId;
use crate::moment::Moment;
use crate::money::{Currency, MAX_MINOR, Money};
use crate::payment::Base;

/// From this part of a limit on, staff are warned (in percent).
const WARN_FROM_PERCENT: i128 = 80;

const HOUR_MS: i64 = 3_600_000;

/// One of the four limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// How long the till has been offline.
    Age,
    /// How many changes wait.
    Count,
    /// How much money all of them move.
    Sum,
    /// How much money one of them moves.
    Each,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 4] = [Self::Age, Self::Count, Self::Sum, Self::Each];

    /// The stable word; screens hold the words for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Each => "each",
        }
    }
}

/// The limits in force for the role of who asks, in the currency of the change at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whole hours from the moment the till went offline.
    pub max_age_hours: i64,
    /// Changes that may wait.
    pub max_count: u32,
    /// Money that all of them may move.
    pub max_sum: Money,
    /// Money that one of them may move.
    pub max_each: Money,
}

/// What waits unsent on the till.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many changes, of every currency.
    pub count: u32,
    /// What those of one currency move.
    pub sum: Money,
}

/// How much was allowed, used or asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Whole hours.
    Hours(i64),
    /// Changes.
    Changes(u32),
    /// Money.
    Money(Money),
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}"),
            Self::Changes(many) => write!(f, "{many}"),
            Self::Money(money) => f.write_str(&money.to_decimal_text()),
        }
    }
}

/// Which limit would be passed, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The limit.
    pub limit: Limit,
    /// What it allows.
    pub allowed: Measure,
    /// What is used already.
    pub used: Measure,
    /// What was asked for on top.
    pub asked: Measure,
}

/// What is left, for whoever looks at the bar on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// From this moment on nothing more may be asked for.
    pub until: Moment,
    /// Changes that may still be asked for.
    pub left_count: u32,
    /// Money that they may move together.
    pub left_sum: Money,
    /// Limits of which 80 % or more are used.
    pub near: Vec<Limit>,
    /// Limits that are used up.
    pub stopped: Vec<Limit>,
}

/// The money a change moves: a refund's amount, an adjustment's difference (up or down), a
/// start's total, what is captured. None for a change without money. An adjustment without a base
/// to compare with counts whole: the careful answer.
#[must_use]
pub fn moves(command: &Command, base: Option<&Base>) -> Option<Money> {
    match command {
        Command::Start { total, .. } => Some(*total),
        Command::Refund { amount, .. } => Some(*amount),
        Command::Adjust { total, .. } => {
            Some(base.and_then(|base| apart(*total, base.amount)).unwrap_or(*total))
        }
        Command::Capture { amount, .. } => amount.or(base.map(|base| base.amount)),
        Command::Relabel { .. } | Command::Cancel { .. } | Command::Void => None,
    }
}

/// How far apart; none where the two cannot be compared.
fn apart(one: Money, other: Money) -> Option<Money> {
    let difference = one.minus(other).ok()?;
    if difference.minor() < 0 { other.minus(one).ok() } else { Some(difference) }
}

impl Waiting {
    /// Adds up what waits; `except` leaves one out (the one that is about to be replaced).
    #[must_use]
    pub fn of(changes: &[Change], currency: Currency, except: Option<&ChangeId>) -> Self {
        let mut waiting = Self { count: 0, sum: Money::zero(currency) };
        let unsent = changes.iter().filter(|change| change.state.is_unsent());
        for change in unsent.filter(|change| Some(&change.change_id) != except) {
            waiting.count = waiting.count.saturating_add(1);
            let moved = moves(&change.command, change.base.as_ref());
            if let Some(moved) = moved.filter(|moved| moved.currency() == currency) {
                waiting.sum = sum(waiting.sum, moved);
            }
        }
        waiting
    }

    /// With one more change that moves this.
    #[must_use]
    pub fn and(self, moved: Option<Money>) -> Self {
        let sum = moved.map_or(self.sum, |moved| sum(self.sum, moved));
        Self { count: self.count.saturating_add(1), sum }
    }
}

/// The sum, or the largest amount there is where it would be beyond: nothing more passes then.
fn sum(one: Money, other: Money) -> Money {
    let largest = || Money::from_minor(MAX_MINOR, one.currency());
    one.plus(other).or_else(|_| largest()).expect("the largest amount is an amount")
}

/// May one more be asked for? `since` is when the till went offline, `asked` what the new change
/// moves (none: a change without money, which counts as one all the same).
///
/// # Errors
/// The first limit that would be passed.
pub fn judge(
    limits: &Limits,
    since: Moment,
    now: Moment,
    waiting: &Waiting,
    asked: Option<Money>,
) -> Result<(), Refusal> {
    judge_age(limits, since, now)?;
    judge_each(limits, asked)?;
    judge_count(limits, waiting)?;
    judge_sum(limits, waiting, asked)
}

fn judge_age(limits: &Limits, since: Moment, now: Moment) -> Result<(), Refusal> {
    if now < ends_at(limits, since) {
        return Ok(());
    }
    Err(Refusal {
        limit: Limit::Age,
        allowed: Measure::Hours(limits.max_age_hours),
        used: Measure::Hours(now.millis_since(since) / HOUR_MS),
        asked: Measure::Hours(0),
    })
}

fn judge_each(limits: &Limits, asked: Option<Money>) -> Result<(), Refusal> {
    let Some(asked) = asked.filter(|asked| passes(*asked, limits.max_each)) else { return Ok(()) };
    Err(Refusal {
        limit: Limit::Each,
        allowed: Measure::Money(limits.max_each),
        used: Measure::Money(Money::zero(limits.max_each.currency())),
        asked: Measure::Money(asked),
    })
}

fn judge_count(limits: &Limits, waiting: &Waiting) -> Result<(), Refusal> {
    if waiting.count < limits.max_count {
        return Ok(());
    }
    Err(Refusal {
        limit: Limit::Count,
        allowed: Measure::Changes(limits.max_count),
        used: Measure::Changes(waiting.count),
        asked: Measure::Changes(1),
    })
}

/// What moves no money passes no sum, even where a limit was lowered below what waits already.
fn judge_sum(limits: &Limits, waiting: &Waiting, asked: Option<Money>) -> Result<(), Refusal> {
    let Some(asked) = asked.filter(|asked| asked.is_positive()) else { return Ok(()) };
    if waiting.sum.plus(asked).is_ok_and(|sum| !passes(sum, limits.max_sum)) {
        return Ok(());
    }
    Err(Refusal {
        limit: Limit::Sum,
        allowed: Measure::Money(limits.max_sum),
        used: Measure::Money(waiting.sum),
        asked: Measure::Money(asked),
    })
}

/// True above the limit, and where the two cannot be compared: the careful answer.
fn passes(amount: Money, limit: Money) -> bool {
    !amount.compare(limit).is_ok_and(std::cmp::Ordering::is_le)
}

fn ends_at(limits: &Limits, since: Moment) -> Moment {
    since.plus_millis(age_limit_ms(limits.max_age_hours))
}

/// How many milliseconds after it went offline a till that may be so for this many hours takes no
/// more.
#[must_use]
pub fn age_limit_ms(max_age_hours: i64) -> i64 {
    max_age_hours.saturating_mul(HOUR_MS)
}

/// How many milliseconds after it went offline staff of such a till are warned.
#[must_use]
pub fn age_warning_ms(max_age_hours: i64) -> i64 {
    let warning = i128::from(age_limit_ms(max_age_hours)) * WARN_FROM_PERCENT / 100;
    i64::try_from(warning).unwrap_or(i64::MAX)
}

/// What is left, and which limits are near or used up.
#[must_use]
pub fn outlook(limits: &Limits, since: Moment, now: Moment, waiting: &Waiting) -> Outlook {
    let until = ends_at(limits, since);
    let zero = Money::zero(limits.max_sum.currency());
    let left = limits.max_sum.minus(waiting.sum).ok().filter(|left| left.is_positive());
    let (age, all) = (now.millis_since(since), until.millis_since(since));
    let used = [
        (Limit::Age, i128::from(age), i128::from(all)),
        (Limit::Count, waiting.count.into(), limits.max_count.into()),
        (Limit::Sum, waiting.sum.minor().into(), limits.max_sum.minor().into()),
    ];
    let which = |wanted: fn(i128, i128) -> bool| {
        let found = used.iter().filter(|(_, used, allowed)| wanted(*used, *allowed));
        found.map(|(limit, ..)| *limit).collect()
    };
    Outlook {
        until,
        left_count: limits.max_count.saturating_sub(waiting.count),
        left_sum: left.unwrap_or(zero),
        near: which(|used, allowed| used * 100 >= allowed * WARN_FROM_PERCENT),
        stopped: which(|used, allowed| used >= allowed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::change::State;
    use crate::sample::{
        adjust, at, base, cancel, change_id, change_in, gbp, queued, refund, relabel, start, yen,
    };

    fn limits(hours: i64, count: u32, sum: &str, each: &str) -> Limits {
        let (max_sum, max_each) = (gbp(sum), gbp(each));
        Limits { max_age_hours: hours, max_count: count, max_sum, max_each }
    }

    fn waiting(count: u32, sum: &str) -> Waiting {
        Waiting { count, sum: gbp(sum) }
    }

    #[test]
    fn a_change_counts_with_the_money_it_moves() {
        let check = |command: &Command, expected: Option<&str>| {
            assert_eq!(moves(command, Some(&base("100.00"))), expected.map(gbp), "{command:?}");
        };
        check(&refund("5.00"), Some("5.00"));
        check(&adjust("130.00"), Some("30.00"));
        check(&adjust("70.00"), Some("30.00"));
        check(&adjust("100.00"), Some("0.00"));
        check(&start("80.00"), Some("80.00"));
        check(&relabel("INV-2"), None);
        check(&cancel(), None);
        check(&Command::Void, None);
        check(&Command::Capture { amount: None, at: None }, Some("100.00"));
        check(&Command::Capture { amount: Some(gbp("4.00")), at: None }, Some("4.00"));
        let foreign = Command::Adjust { total: yen("7"), invoice: None, items: Vec::new() };
        assert_eq!(moves(&foreign, Some(&base("100.00"))), Some(yen("7")));
        assert_eq!(moves(&adjust("130.00"), None), Some(gbp("130.00")));
    }

    #[test]
    fn only_what_is_unsent_waits_and_each_currency_has_its_own_sum() {
        for state in State::ALL {
            let changes = [change_in(state, "c1", &refund("5.00"))];
            let waits = [State::AwaitingApproval, State::Queued, State::Conflict].contains(&state);
            let found = Waiting::of(&changes, gbp("0").currency(), None);
            let expected = if waits { waiting(1, "5.00") } else { waiting(0, "0.00") };
            assert_eq!(found, expected, "{state:?}");
        }
        let changes = [
            queued("c1", &refund("5.00")),
            queued("c2", &adjust("70.00")),
            queued("c3", &cancel()),
        ];
        let of = |currency, except: Option<&str>| {
            Waiting::of(&changes, currency, except.map(change_id).as_ref())
        };
        assert_eq!(of(gbp("0").currency(), None), waiting(3, "35.00"));
        assert_eq!(of(gbp("0").currency(), Some("c2")), waiting(2, "5.00"));
        assert_eq!(of(yen("0").currency(), None), Waiting { count: 3, sum: yen("0") });
    }

    #[test]
    fn each_limit_holds_to_the_last_penny_change_and_millisecond() {
        let limits = limits(2, 3, "50.00", "20.00");
        let check = |now: i64, waits: Waiting, asked: Option<&str>, expected: Option<Limit>| {
            let judged = judge(&limits, at(1_000), at(now), &waits, asked.map(gbp));
            assert_eq!(judged.err().map(|refusal| refusal.limit), expected, "{now} {waits:?}");
        };
        let none = waiting(0, "0.00");
        check(1_000, none, Some("20.00"), None);
        check(1_000 + 2 * HOUR_MS - 1, none, Some("20.00"), None);
        check(1_000 + 2 * HOUR_MS, none, None, Some(Limit::Age));
        check(0, none, Some("20.00"), None);
        check(1_000, none, Some("20.01"), Some(Limit::Each));
        check(1_000, waiting(2, "30.00"), Some("20.00"), None);
        check(1_000, waiting(2, "30.01"), Some("20.00"), Some(Limit::Sum));
        check(1_000, waiting(3, "0.00"), None, Some(Limit::Count));
        check(1_000, waiting(2, "90.00"), None, None);
        check(1_000, waiting(2, "90.00"), Some("0.01"), Some(Limit::Sum));
    }

    #[test]
    fn a_refusal_says_what_is_allowed_used_and_asked_for() {
        let limits = limits(72, 100, "50.00", "20.00");
        let refusal =
            judge(&limits, at(0), at(0), &waiting(4, "45.00"), Some(gbp("6.00"))).unwrap_err();
        let words =
            [refusal.allowed, refusal.used, refusal.asked].map(|measure| measure.to_string());
        assert_eq!((refusal.limit.word(), words.join(" ").as_str()), ("sum", "50.00 45.00 6.00"));
        let late = judge(&limits, at(0), at(73 * HOUR_MS), &waiting(0, "0"), None).unwrap_err();
        assert_eq!((late.allowed.to_string(), late.used.to_string()), ("72".into(), "73".into()));
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_be_asked_for() {
        let nothing =
            |limits: Limits| judge(&limits, at(0), at(0), &waiting(0, "0"), Some(gbp("1")));
        assert!(nothing(limits(0, 9, "9", "9")).is_err());
        assert!(nothing(limits(9, 0, "9", "9")).is_err());
        assert!(nothing(limits(9, 9, "0", "9")).is_err());
        assert!(nothing(limits(9, 9, "9", "0")).is_err());
        assert!(nothing(limits(9, 9, "9", "9")).is_ok());
        let foreign =
            judge(&limits(9, 9, "9", "9"), at(0), at(0), &waiting(0, "0"), Some(yen("1")));
        assert!(foreign.is_err(), "what cannot be compared is refused");
    }

    #[test]
    fn the_warning_comes_at_four_fifths_and_the_end_on_time() {
        let limits = limits(10, 10, "50.00", "20.00");
        let check = |hours: i64, waits: Waiting, near: &[Limit], stopped: &[Limit]| {
            let outlook = outlook(&limits, at(0), at(hours * HOUR_MS), &waits);
            assert_eq!((&*outlook.near, &*outlook.stopped), (near, stopped), "{hours} {waits:?}");
            assert_eq!(outlook.until, at(10 * HOUR_MS));
        };
        check(7, waiting(7, "39.99"), &[], &[]);
        check(8, waiting(7, "39.99"), &[Limit::Age], &[]);
        check(7, waiting(8, "39.99"), &[Limit::Count], &[]);
        check(7, waiting(7, "40.00"), &[Limit::Sum], &[]);
        check(10, waiting(10, "50.00"), &Limit::ALL[..3], &Limit::ALL[..3]);
        check(99, waiting(99, "99.00"), &Limit::ALL[..3], &Limit::ALL[..3]);
        let left = |waits: Waiting| {
            let outlook = outlook(&limits, at(0), at(0), &waits);
            (outlook.left_count, outlook.left_sum)
        };
        assert_eq!(left(waiting(3, "12.50")), (7, gbp("37.50")));
        assert_eq!(left(waiting(30, "120.50")), (0, gbp("0.00")));
    }

    /// One step of somebody at an offline till.
    #[derive(Debug, Clone)]
    enum Step {
        Asks { manager: bool, minor: i64, kind: u8 },
        TimePasses { minutes: i64 },
        OneIsTakenBack,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (any::<bool>(), 0..4_000_i64, 0..5_u8)
                .prop_map(|(manager, minor, kind)| Step::Asks { manager, minor, kind }),
            1 => (0..300_i64).prop_map(|minutes| Step::TimePasses { minutes }),
            1 => Just(Step::OneIsTakenBack),
        ]
    }

    fn command(kind: u8, minor: i64) -> (Command, i64) {
        let money = |minor| Money::from_minor(minor, gbp("0").currency()).unwrap();
        let text = |minor| money(minor).to_decimal_text();
        match kind {
            0 => (refund(&text(minor)), minor),
            1 => (adjust(&text(10_000 + minor)), minor),
            2 => (adjust(&text(10_000 - minor)), minor),
            3 => (start(&text(minor)), minor),
            _ => (relabel("INV-2"), 0),
        }
    }

    proptest! {
        /// The model counts in plain integers and knows nothing of `Waiting` or `judge`.
        #[test]
        fn no_sequence_of_asks_passes_any_limit(
            steps in prop::collection::vec(step(), 1..60),
            cashier in (0..20_i64, 0..12_u32, 0..9_000_i64, 0..3_000_i64),
            manager in (0..20_i64, 0..12_u32, 0..9_000_i64, 0..3_000_i64),
        ) {
            let money = |minor| Money::from_minor(minor, gbp("0").currency()).unwrap();
            let of = |(hours, count, sum, each)| Limits {
                max_age_hours: hours, max_count: count,
                max_sum: money(sum), max_each: money(each),
            };
            let mut now = 0_i64;
            let mut kept: Vec<Change> = Vec::new();
            let mut moved: Vec<i64> = Vec::new();
            for (place, step) in steps.into_iter().enumerate() {
                match step {
                    Step::TimePasses { minutes } => now += minutes * 60_000,
                    Step::OneIsTakenBack => { kept.pop(); moved.pop(); }
                    Step::Asks { manager: leads, minor, kind } => {
                        let role = if leads { manager } else { cashier };
                        let (command, money_moved) = command(kind, minor);
                        let waits = Waiting::of(&kept, gbp("0").currency(), None);
                        let asked = moves(&command, Some(&base("100.00")));
                        let judged = judge(&of(role), at(0), at(now), &waits, asked);
                        let (hours, count, sum, each) = role;
                        let after = moved.iter().sum::<i64>() + money_moved;
                        let fits = now < hours * HOUR_MS
                            && moved.len() < usize::try_from(count).unwrap()
                            && money_moved <= each
                            && (money_moved == 0 || after <= sum);
                        prop_assert_eq!(judged.is_ok(), fits, "{:?} at {}", command, now);
                        if fits {
                            kept.push(queued(&format!("c{place}"), &command));
                            moved.push(money_moved);
                        }
                    }
                }
            }
        }
    }
}
