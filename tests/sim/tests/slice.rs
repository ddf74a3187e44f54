//! The part of the simulation that every test run takes: fixed seeds, seeds that once failed,
//! determinism, and a few planted defects. `cargo xtask sim` runs as many as one likes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_sim::mutants::{Garden, Verdict, read_list};
use counterfoil_sim::{Cast, run, run_with};

/// Fixed seeds of this slice, unless the variable below says otherwise.
const SEEDS: u64 = 1_500;

/// Fixed seeds with the real connectors.
const REAL_SEEDS: u64 = 400;

/// What of the real connectors this slice must have come through, beside every kind of change that
/// its provider takes.
const COVERED: [&str; 18] = [
    "bumper adjust needs_customer",
    "bumper refund unknown",
    "bumper relabel refused_for_now",
    "moyasar capture unknown",
    "moyasar refund unknown",
    "moyasar relabel unknown",
    "norce adjust refused",
    "norce look",
    "norce look in vain",
    "norce reading of several requests",
    "norce refund unknown",
    "wepay again",
    "wepay capture accepted",
    "wepay effect applied",
    "wepay effect failed",
    "wepay effect pending",
    "wepay look",
    "wepay refund accepted",
];

/// The kinds of change each provider takes: all must have been applied in an answer, but Norce's
/// texts, whose answers say nothing.
const APPLIED: [(&str, &[&str]); 4] = [
    ("bumper", &["start", "adjust", "relabel", "refund", "cancel"]),
    ("wepay", &["adjust", "relabel", "refund", "cancel"]),
    ("moyasar", &["relabel", "refund", "capture", "void"]),
    ("norce", &["adjust", "refund", "cancel", "capture"]),
];

/// How many seeds to run instead.
const VARIABLE: &str = "COUNTERFOIL_SIM_SEEDS";

/// Planted defects that are quick to find, of different kinds.
const PLANTED: [&str; 3] = ["unknown-requeues", "settle-ignored", "accepted-believed"];

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this package lies two folders below the root").to_owned()
}

fn check(seed: u64, why: &str) {
    let outcome = run(seed, false);
    let again = format!("cargo xtask sim --replay {seed}");
    assert_eq!(outcome.violation, None, "seed {seed} {why}; again with {again}");
}

#[test]
fn a_slice_of_schedules_keeps_every_rule() {
    let asked = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
    for seed in 1..=asked.unwrap_or(SEEDS) {
        check(seed, "");
    }
}

#[test]
fn seeds_that_once_failed_pass_and_each_says_why_it_is_kept() {
    let kept = include_str!("../kept_seeds.txt");
    let lines = kept.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut count = 0;
    for line in lines {
        let (seed, why) = line.split_once(' ').expect("a seed and why it is kept");
        assert!(why.trim().len() > 10, "{line}");
        check(seed.parse().expect("a seed is a number"), why);
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_thousand_seeds_run_twice_leave_the_same_trace() {
    for seed in 1_000_000..1_001_000 {
        let (one, other) = (run(seed, false), run(seed, false));
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn a_slice_of_schedules_with_the_real_connectors_keeps_every_rule() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 1..=REAL_SEEDS {
        let outcome = run_with(Cast::Real, seed, false);
        let again = format!("cargo xtask sim --real --replay {seed}");
        assert_eq!(outcome.violation, None, "seed {seed}; again with {again}");
        for (what, times) in outcome.seen {
            *seen.entry(what).or_default() += times;
        }
    }
    let applied = APPLIED.iter().flat_map(|(provider, kinds)| {
        kinds.iter().map(move |kind| format!("{provider} {kind} applied"))
    });
    for what in applied.chain(COVERED.map(str::to_owned)) {
        assert!(seen.contains_key(&what), "{what} was not seen among {seen:?}");
    }
}

#[test]
fn real_seeds_run_twice_leave_the_same_trace() {
    for seed in 1_000_000..1_000_150 {
        let (one, other) = (run_with(Cast::Real, seed, false), run_with(Cast::Real, seed, true));
        assert_eq!((one.hash, one.seen), (other.hash, other.seen), "seed {seed}");
    }
}

#[test]
fn schedules_differ_and_do_something() {
    let outcomes: Vec<_> = (1..=50).map(|seed| run(seed, false)).collect();
    let mut traces: Vec<u64> = outcomes.iter().map(|outcome| outcome.hash).collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), outcomes.len());
    let steps: u64 = outcomes.iter().map(|outcome| outcome.steps).sum();
    assert!(steps > 50 * 40, "{steps} steps");
}

#[test]
fn a_kept_trace_has_the_same_number_as_one_that_was_not_kept() {
    let (kept, not) = (run(7, true), run(7, false));
    assert_eq!(kept.hash, not.hash);
    assert!(not.lines.is_empty());
    assert_eq!(u64::try_from(kept.lines.len()), Ok(kept.steps));
}

#[test]
fn every_planted_defect_still_fits_its_place() {
    let text = include_str!("../mutants.toml");
    let list = read_list(text).expect("the list can be read");
    assert!(list.len() >= 12, "{} planted defects", list.len());
    for mutant in list {
        let source = std::fs::read_to_string(root().join(&mutant.file)).expect(&mutant.file);
        let count = source.matches(&mutant.from).count();
        assert_eq!(count, 1, "{}: {:?} in {}", mutant.name, mutant.from, mutant.file);
        assert_ne!(mutant.from, mutant.to, "{}", mutant.name);
        assert!(mutant.found_within_seeds > 0 && !mutant.what.is_empty(), "{}", mutant.name);
    }
}

#[test]
fn planted_defects_are_found() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
    let garden = Garden::lay_out(&root(), &copy).expect("a copy can be made");
    let list = read_list(include_str!("../mutants.toml")).expect("the list can be read");
    for name in PLANTED {
        let mutant = list.iter().find(|mutant| mutant.name == name).expect(name);
        let verdict = garden.judge(mutant);
        let found = matches!(verdict, Ok(Verdict::Found(..)));
        assert!(found, "{name}: {verdict:?}");
    }
}
