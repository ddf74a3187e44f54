//! How much is run, and what came out of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::points::{Call, Deed};
use crate::verdict::Finding;

/// How much is run: `COUNTERFOIL_KILL=all` for every point, a sample of them without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every point.
    All,
    /// The same sample every time.
    Slice,
}

impl Extent {
    /// What the environment asks for.
    pub fn asked_for() -> Self {
        match std::env::var("COUNTERFOIL_KILL").as_deref() {
            Err(_) | Ok("") => Self::Slice,
            Ok("all") => Self::All,
            Ok(other) => panic!("COUNTERFOIL_KILL is `all` or not there, not {other}"),
        }
    }

    /// One of two numbers.
    pub const fn choose(self, slice: u32, all: u32) -> u32 {
        match self {
            Self::All => all,
            Self::Slice => slice,
        }
    }
}

/// Seeded chance (splitmix64): the same kills every time.
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
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

    /// Runs one kill. It says whether anything was killed, and what was wrong afterwards.
    pub fn run(&mut self, shown: &str, kill: impl FnOnce() -> (bool, Vec<Finding>)) {
        self.runs += 1;
        let Ok((killed, found)) = catch_unwind(AssertUnwindSafe(kill)) else {
            self.wrong.push(format!("{shown}: see the panic above"));
            return;
        };
        self.killed += u32::from(killed);
        if std::env::var("XX").is_ok() { eprintln!("XX {:?} {shown} {}", self.began.elapsed(), found.len()); }
        for finding in found {
            match &finding {
                Finding::Lost(_) => self.lost += 1,
                Finding::Doubled(_) | Finding::Unasked(_) => self.doubled += 1,
                Finding::Untrue(_) | Finding::Stuck(_) => {}
            }
            self.wrong.push(format!("{shown}: {finding}"));
        }
    }

    /// Prints the figures and fails where anything was wrong.
    #[expect(clippy::print_stdout, reason = "the figures are what a full run is for")]
    pub fn close(self) {
        let Self { name, calls, began, runs, killed, wrong, lost, doubled } = self;
        println!(
            "{name}: {calls:?} calls; {runs} runs, {killed} killed; {lost} lost, {doubled} \
             doubled, {} wrong in all; {} s",
            wrong.len(),
            began.elapsed().as_secs()
        );
        assert!(killed > 0, "{name}: nothing was killed");
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}
