//! Running steps one after another, each to its end, and the table of how they went.
//!
//! A step that goes wrong does not stop those that do not build on it: one run shows everything.
//! The last line printed is always `N passed, N failed`, over all runners.

mod browser;
mod steps;
pub mod tally;

use crate::fault::Fault;
use crate::ground::Ground;
use crate::setup::{self, Need};
use std::time::{Duration, Instant};
pub use steps::{QUICK, STEPS};
use tally::Tally;

/// One thing that is shown to hold.
#[derive(Debug)]
pub struct Step {
    /// What it is called on the command line and in the table.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// What must be on the machine first.
    pub needs: &'static [Need],
    /// Steps whose work it builds on.
    pub after: &'static [&'static str],
    /// Does it, and counts the tests.
    pub run: fn(&Ground) -> Result<Tally, Fault>,
}

/// How a step ended.
#[derive(Debug)]
enum Ending {
    Counted(Tally),
    Broke(Fault),
    /// What it builds on did not end well.
    NotRun(&'static str),
}

/// One row of the closing table.
#[derive(Debug)]
struct Row {
    name: &'static str,
    ending: Ending,
    took: Duration,
}

/// Sets up, runs the chosen steps with those they build on, and prints the table.
/// Nothing chosen means all of them. Says whether everything passed.
///
/// # Errors
/// When a name is not that of a step.
pub fn run(ground: &Ground, steps: &'static [Step], names: &[String]) -> Result<bool, Fault> {
    let chosen = choose(steps, names)?;
    let mut rows = Vec::new();
    let needs: Vec<Need> = chosen.iter().flat_map(|step| step.needs).copied().collect();
    if !needs.is_empty() {
        let ready = |ground: &Ground| setup::meet(ground, &needs).map(|()| Tally::one());
        rows.push(timed("set-up", || ready(ground)));
    }
    if rows.iter().all(Row::passed) {
        walk(ground, &chosen, &mut rows);
    }
    print!("{}", table(&rows));
    Ok(rows.iter().all(Row::passed))
}

/// The names of all steps and what each shows.
#[must_use]
pub fn list(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("{:<14}{}\n", step.name, step.about)).collect()
}

fn walk(ground: &Ground, chosen: &[&'static Step], rows: &mut Vec<Row>) {
    for (before, step) in chosen.iter().enumerate() {
        println!("\n── {} ({} of {}): {}", step.name, before + 1, chosen.len(), step.about);
        let broken = |name: &&&str| rows.iter().any(|row| row.name == **name && !row.passed());
        let row = match step.after.iter().find(broken) {
            Some(name) => {
                let ending = Ending::NotRun(name);
                Row { name: step.name, ending, took: Duration::ZERO }
            }
            None => timed(step.name, || (step.run)(ground)),
        };
        if let Ending::Broke(fault) = &row.ending {
            println!("{fault}");
        }
        rows.push(row);
    }
}

/// The steps of these names and all that they build on, in the order of the list.
fn choose(steps: &'static [Step], names: &[String]) -> Result<Vec<&'static Step>, Fault> {
    let known = |name: &str| steps.iter().find(|step| step.name == name);
    let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    if wanted.is_empty() {
        wanted = steps.iter().map(|step| step.name).collect();
    }
    let mut next = 0;
    while let Some(&name) = wanted.get(next) {
        next += 1;
        let Some(step) = known(name) else {
            return Err(Fault::Stop(format!("no step is called {name}; see --list")));
        };
        let missing = step.after.iter().filter(|before| !wanted.contains(before));
        wanted.extend(missing.copied().collect::<Vec<_>>());
    }
    Ok(steps.iter().filter(|step| wanted.contains(&step.name)).collect())
}

fn timed(name: &'static str, work: impl FnOnce() -> Result<Tally, Fault>) -> Row {
    let start = Instant::now();
    let ending = work().map_or_else(Ending::Broke, Ending::Counted);
    Row { name, ending, took: start.elapsed() }
}

/// One line for each step, the reasons of those that broke, and the closing line.
fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<14}{:>9}{:>9}  result\n", "step", "tests", "time");
    for row in rows {
        let Tally { passed, failed } = row.tally();
        let seconds = format!("{}.{} s", row.took.as_secs(), row.took.subsec_millis() / 100);
        text += &format!("{:<14}{:>9}{seconds:>9}  {}\n", row.name, passed + failed, row.word());
    }
    for row in rows {
        if let Ending::Broke(fault) = &row.ending {
            text += &format!("\n{}: {fault}\n", row.name);
        }
    }
    let Tally { passed, failed } = rows.iter().map(Row::tally).fold(Tally::NONE, Tally::plus);
    text + &format!("\n{passed} passed, {failed} failed\n")
}

impl Row {
    fn passed(&self) -> bool {
        matches!(self.ending, Ending::Counted(Tally { failed: 0, .. }))
    }

    /// A step that broke or was not run is one thing that did not pass.
    fn tally(&self) -> Tally {
        match &self.ending {
            Ending::Counted(tally) => *tally,
            Ending::Broke(_) | Ending::NotRun(_) => Tally { passed: 0, failed: 1 },
        }
    }

    fn word(&self) -> String {
        match &self.ending {
            Ending::Counted(Tally { failed: 0, .. }) => "passed".to_owned(),
            Ending::Counted(Tally { failed, .. }) => format!("{failed} FAILED"),
            Ending::Broke(_) => "FAILED".to_owned(),
            Ending::NotRun(name) => format!("NOT RUN, for {name} failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAY: &[Step] = &[
        step("first", &[], |_| Ok(Tally { passed: 3, failed: 0 })),
        step("build", &[], |_| Err(Fault::Stop("does not build".to_owned()))),
        step("tests", &["build"], |_| Ok(Tally { passed: 40, failed: 0 })),
        step("last", &["first"], |_| Ok(Tally { passed: 5, failed: 2 })),
    ];

    const fn step(
        name: &'static str,
        after: &'static [&'static str],
        run: fn(&Ground) -> Result<Tally, Fault>,
    ) -> Step {
        Step { name, about: "", needs: &[], after, run }
    }

    fn ground() -> Ground {
        let folder = std::env::temp_dir();
        Ground { root: folder.clone(), target: folder, unattended: true, yes: true }
    }

    fn rows(names: &[&str]) -> Vec<Row> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let chosen = choose(PLAY, &names).expect("the names are those of steps");
        let mut rows = Vec::new();
        walk(&ground(), &chosen, &mut rows);
        rows
    }

    #[test]
    fn what_does_not_build_on_a_broken_step_is_run_all_the_same() {
        let text = table(&rows(&[]));
        let row = |name: &str| text.lines().find(|line| line.starts_with(name)).expect("a row");
        assert!(row("first").ends_with("passed"), "{text}");
        assert!(row("build").ends_with("FAILED"), "{text}");
        assert!(row("tests").ends_with("NOT RUN, for build failed"), "{text}");
        assert!(row("last").ends_with("2 FAILED"), "{text}");
        assert!(text.contains("\nbuild: does not build\n"), "{text}");
    }

    #[test]
    fn the_last_line_counts_every_test_and_every_step_that_did_not_pass() {
        let check = |names: &[&str], line: &str| {
            assert_eq!(table(&rows(names)).lines().last(), Some(line), "{names:?}");
        };
        check(&[], "8 passed, 4 failed");
        check(&["first"], "3 passed, 0 failed");
        check(&["tests"], "0 passed, 2 failed");
    }

    #[test]
    fn a_step_brings_along_what_it_builds_on_and_an_unknown_name_is_refused() {
        let names: Vec<&str> = rows(&["last"]).iter().map(|row| row.name).collect();
        assert_eq!(names, ["first", "last"]);
        let refused = choose(PLAY, &["lst".to_owned()]).expect_err("there is no such step");
        assert!(refused.to_string().contains("lst"));
    }

    #[test]
    fn a_run_with_a_failure_says_so() {
        let run = |name: &str| run(&ground(), PLAY, &[name.to_owned()]).expect("a step's name");
        assert!(run("first"));
        assert!(!run("last"));
        assert!(!run("tests"));
    }

    #[test]
    fn steps_build_only_on_steps_before_them() {
        for steps in [STEPS, QUICK] {
            for (place, step) in steps.iter().enumerate() {
                let earlier = |name: &&str| steps[..place].iter().any(|step| step.name == *name);
                assert!(step.after.iter().all(earlier), "{}", step.name);
            }
        }
    }
}
