//! How much is run, and what came out of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::points::{Call, Deed, Point, every, sample};
use crate::verdict::Finding;

/// How much is run. `COUNTERFOIL_KILL=all` is every point, `2/5` the second of five parts of them,
/// for several machines; without it, it is a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every point.
    All,
    /// Every point whose number leaves this rest: `part` from 0.
    Part {
        /// Which.
        part: usize,
        /// Of how many.
        of: usize,
    },
    /// The same sample every time.
    Slice,
}

impl Extent {
    /// What the environment asks for.
    pub fn asked_for() -> Self {
        let asked = std::env::var("COUNTERFOIL_KILL").unwrap_or_default();
        match asked.as_str() {
            "" => Self::Slice,
            "all" => Self::All,
            other => Self::part(other)
                .unwrap_or_else(|| panic!("COUNTERFOIL_KILL is `all` or `2/5`, not {other}")),
        }
    }

    fn part(text: &str) -> Option<Self> {
        let (part, of) = text.split_once('/')?;
        let part = part.parse::<usize>().ok()?.checked_sub(1)?;
        let of = of.parse().ok()?;
        (part < of).then_some(Self::Part { part, of })
    }

    /// The points of a recorded run that are to be run.
    pub fn points(self, calls: &[Call], every_nth: usize) -> Vec<Point> {
        match self {
            Self::All => every(calls),
            Self::Part { part, of } => every(calls).into_iter().skip(part).step_by(of).collect(),
            Self::Slice => sample(calls, every_nth),
        }
    }

    /// How many of a number of rounds are to be run.
    pub fn rounds(self, slice: u32, all: u32) -> std::ops::Range<u32> {
        match self {
            Self::All => 0..all,
            Self::Part { part, of } => {
                let bound = |part| u32::try_from(usize_of(all) * part / of).unwrap_or(all);
                bound(part)..bound(part + 1)
            }
            Self::Slice => 0..slice,
        }
    }
}

fn usize_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Runs between two lines of a long proof.
const SAY_EVERY: u32 = 100;

/// Seeded chance (splitmix64): the same kills every time.
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// The figures of one proof.
pub struct Tally {
    name: String,
    calls: BTreeMap<Deed, usize>,
    began: Instant,
    runs: u32,
    killed: u32,
    wrong: Vec<String>,
    lost: usize,
    doubled: usize,
}

impl Tally {
    /// Begins to count; `calls` are those of the run that is to be killed.
    pub fn of(name: &str, calls: &[Call]) -> Self {
        let mut by_deed = BTreeMap::new();
        for call in calls {
            *by_deed.entry(call.deed()).or_default() += 1;
        }
        Self {
            name: name.to_owned(),
            calls: by_deed,
            began: Instant::now(),
            runs: 0,
            killed: 0,
            wrong: Vec::new(),
            lost: 0,
            doubled: 0,
        }
    }

    /// Runs one kill, and says now and then how far a long run has come. The kill tells whether
    /// anything was killed, and what was wrong afterwards.
    pub fn run(&mut self, shown: &str, kill: impl FnOnce() -> (bool, Vec<Finding>)) {
        self.runs += 1;
        if self.runs.is_multiple_of(SAY_EVERY) {
            self.say();
        }
        let Ok((killed, found)) = catch_unwind(AssertUnwindSafe(kill)) else {
            self.find(format!("{shown}: see the panic above"));
            return;
        };
        self.killed += u32::from(killed);
        for finding in found {
            match &finding {
                Finding::Lost(_) => self.lost += 1,
                Finding::Doubled(_) | Finding::Unasked(_) => self.doubled += 1,
                Finding::Untrue(_) | Finding::Stuck(_) => {}
            }
            self.find(format!("{shown}: {finding}"));
        }
    }

    #[expect(clippy::print_stdout, reason = "a long run tells at once what it finds")]
    fn find(&mut self, wrong: String) {
        println!("{}: {wrong}", self.name);
        self.wrong.push(wrong);
    }

    /// Prints the figures and fails where anything was wrong.
    pub fn close(self) {
        self.say();
        let Self { name, killed, wrong, .. } = self;
        assert!(killed > 0, "{name}: nothing was killed");
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }

    #[expect(clippy::print_stdout, reason = "the figures are what a full run is for")]
    fn say(&self) {
        let Self { name, calls, runs, killed, lost, doubled, .. } = self;
        let (wrong, seconds) = (self.wrong.len(), self.began.elapsed().as_secs());
        println!(
            "{name}: {calls:?} calls; {runs} runs, {killed} killed; {lost} lost, \
             {doubled} doubled, {wrong} wrong in all; {seconds} s"
        );
    }
}

#[test]
fn the_parts_of_a_proof_make_up_the_whole() {
    let calls = crate::points::parse("1 fsync file 0 /a\n2 fsync file 0 /a\n3 send net 300 -\n");
    let mut parts: Vec<Point> = (1..=3)
        .filter_map(|part| Extent::part(&format!("{part}/3")))
        .flat_map(|part| part.points(&calls, 1))
        .collect();
    parts.sort();
    assert_eq!(parts, Extent::All.points(&calls, 1));
    let rounds = (1..=3).filter_map(|part| Extent::part(&format!("{part}/3")));
    assert_eq!(rounds.flat_map(|part| part.rounds(1, 10)).count(), 10);
    for bad in ["", "0/3", "4/3", "1", "x/3", "1/x"] {
        assert_eq!(Extent::part(bad), None, "{bad}");
    }
}
