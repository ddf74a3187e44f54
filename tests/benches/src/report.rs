//! What a row says, in which words, and whether it holds.

use std::fmt;
use std::time::Duration;

/// What is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// This much or less.
    AtMost(f64),
    /// This much or more.
    AtLeast(f64),
    /// Nothing: it stands there for the reader.
    Shown,
}

/// Whether a figure holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Ok,
    /// It does not.
    Missed,
    /// Nothing was asked.
    Shown,
    /// It could not be measured here, and so does not count.
    NotMeasured,
}

/// One line of the report.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Its own absolute value.
    pub value: String,
    /// What it is held against, with its own absolute value of the same run.
    pub against: String,
    /// The ratio or count that the target is about; none where it could not be measured.
    pub score: Option<f64>,
    /// What is asked.
    pub target: Target,
    /// What follows the number: `x`, `KiB`, nothing for a count.
    pub unit: &'static str,
}

/// A row of the table of targets.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Such as `S1`.
    pub name: &'static str,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// What a reader has to know beside them.
    pub notes: Vec<String>,
}

impl Figure {
    /// A ratio to something of the same run.
    pub fn ratio(what: &str, value: Duration, against: (&str, Duration), score: f64) -> Self {
        Self {
            what: what.to_owned(),
            value: in_words(value),
            against: format!("{} {}", against.0, in_words(against.1)),
            score: Some(score),
            target: Target::Shown,
            unit: "x",
        }
    }

    /// A count by itself.
    pub fn count(what: &str, score: f64, unit: &'static str, how: &str) -> Self {
        Self {
            what: what.to_owned(),
            value: format!("{score:.3}{}", spaced(unit)),
            against: how.to_owned(),
            score: Some(score),
            target: Target::Shown,
            unit,
        }
    }

    /// Something that this machine or this run cannot show.
    pub fn not_measured(what: &str, why: &str) -> Self {
        Self {
            what: what.to_owned(),
            value: "-".to_owned(),
            against: why.to_owned(),
            score: None,
            target: Target::Shown,
            unit: "",
        }
    }

    /// The same with what is asked of it.
    #[must_use]
    pub fn asked(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// Whether it holds.
    pub fn verdict(&self) -> Verdict {
        let holds = match (self.score, self.target) {
            (None, _) => return Verdict::NotMeasured,
            (Some(_), Target::Shown) => return Verdict::Shown,
            (Some(score), Target::AtMost(most)) => score <= most,
            (Some(score), Target::AtLeast(least)) => score >= least,
        };
        if holds { Verdict::Ok } else { Verdict::Missed }
    }

    fn score_in_words(&self) -> String {
        self.score.map_or_else(
            || "-".to_owned(),
            |score| format!("{score:.*}{}", decimals(score), spaced(self.unit)),
        )
    }
}

impl Row {
    /// An empty row.
    pub fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// True where nothing asked of it was missed. What was not measured is not held.
    pub fn holds(&self) -> bool {
        let held = |figure: &Figure| matches!(figure.verdict(), Verdict::Ok | Verdict::Shown);
        self.figures.iter().all(held)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figure in &self.figures {
            let Figure { what, value, against, target, unit, .. } = figure;
            let score = figure.score_in_words();
            let target = target.in_words(unit);
            let verdict = figure.verdict();
            let name = self.name;
            writeln!(
                f,
                "| {name} | {what} | {value} | {against} | {score} | {target} | {verdict} |"
            )?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {}: {note}", self.name))
    }
}

/// The head of the table.
pub const HEAD: &str = "| row | what | here | against, in the same run | ratio | target | verdict |
|---|---|---|---|---|---|---|";

impl Target {
    fn in_words(self, unit: &str) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}{}", spaced(unit)),
            Self::AtLeast(least) => format!("≥ {least}{}", spaced(unit)),
            Self::Shown => "-".to_owned(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Missed => "MISSED",
            Self::Shown => "-",
            Self::NotMeasured => "NOT MEASURED",
        })
    }
}

/// `x` follows its number at once, other units behind a space.
fn spaced(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "x" => "×".to_owned(),
        unit => format!(" {unit}"),
    }
}

/// Small numbers need their third decimal: 0.016 syncs are not 0.02.
fn decimals(score: f64) -> usize {
    if score.abs() < 0.1 { 3 } else { 2 }
}

/// A time as a person reads it.
pub fn in_words(time: Duration) -> String {
    match time.as_nanos() {
        0..10_000 => format!("{} ns", time.as_nanos()),
        10_000..1_000_000 => format!("{:.1} µs", time.as_secs_f64() * 1e6),
        1_000_000..1_000_000_000 => format!("{:.2} ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(score: f64, target: Target) -> Verdict {
        Figure::count("syncs", score, "", "strace").asked(target).verdict()
    }

    #[test]
    fn a_figure_holds_up_to_its_target_and_no_further() {
        assert_eq!(verdict(1.30, Target::AtMost(1.30)), Verdict::Ok);
        assert_eq!(verdict(1.301, Target::AtMost(1.30)), Verdict::Missed);
        assert_eq!(verdict(15.0, Target::AtLeast(15.0)), Verdict::Ok);
        assert_eq!(verdict(14.9, Target::AtLeast(15.0)), Verdict::Missed);
        assert_eq!(verdict(f64::NAN, Target::AtMost(1.0)), Verdict::Missed);
        assert_eq!(verdict(9.0, Target::Shown), Verdict::Shown);
    }

    #[test]
    fn what_was_not_measured_is_not_held() {
        let mut row = Row::new("S1");
        assert!(row.holds());
        row.figures.push(Figure::not_measured("syncs", "no strace"));
        assert!(!row.holds());
    }

    #[test]
    fn times_have_the_unit_that_a_person_would_take() {
        let check = |nanos, expected: &str| {
            assert_eq!(in_words(Duration::from_nanos(nanos)), expected);
        };
        check(850, "850 ns");
        check(151_000, "151.0 µs");
        check(4_200_000, "4.20 ms");
        check(5_000_000_000, "5.00 s");
    }
}
