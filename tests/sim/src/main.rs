//! The simulation from the command line: many seeds, or one with everything that happened.
//! `cargo xtask sim` is the usual way in.
#![expect(clippy::print_stdout, reason = "a task speaks to the person who started it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use counterfoil_sim::{Cast, Outcome, mutants, run_with};

struct Line {
    seeds: u64,
    from: u64,
    threads: u64,
    replay: Option<u64>,
    cast: Cast,
    twice: bool,
    failures: u64,
    /// Plant defects in a copy of the project found here, made there.
    mutants: Option<(PathBuf, PathBuf)>,
    only: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match read(&arguments) {
        Ok(Line { mutants: Some((root, copy)), only, .. }) => plant(&root, &copy, &only),
        Ok(line) => match line.replay {
            Some(seed) => replay(line.cast, seed),
            None => many(&line),
        },
        Err(why) => {
            println!("{why}");
            println!("[--real] --seeds N [--from S] [--threads T] [--failures F] [--twice]");
            println!("[--real] --replay SEED | --mutants ROOT FOLDER [--only NAME]...");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Result<Line, String> {
    let mut line = Line {
        seeds: 1_000,
        from: 1,
        threads: 1,
        replay: None,
        cast: Cast::MadeUp,
        twice: false,
        failures: 20,
        mutants: None,
        only: Vec::new(),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--twice" {
            line.twice = true;
            continue;
        }
        if word == "--real" {
            line.cast = Cast::Real;
            continue;
        }
        let text = words.next().ok_or_else(|| format!("{word} takes something"))?;
        if word == "--only" {
            line.only.push(text.clone());
            continue;
        }
        if word == "--mutants" {
            let copy = words.next().ok_or("--mutants takes two folders")?;
            line.mutants = Some((PathBuf::from(text), PathBuf::from(copy)));
            continue;
        }
        let number = text.parse().ok();
        let number: u64 = number.ok_or_else(|| format!("{word} takes a number"))?;
        match word.as_str() {
            "--seeds" => line.seeds = number,
            "--from" => line.from = number,
            "--failures" => line.failures = number,
            "--threads" => line.threads = number.max(1),
            "--replay" => line.replay = Some(number),
            other => return Err(format!("{other} is not known")),
        }
    }
    Ok(line)
}

fn plant(root: &Path, copy: &Path, only: &[String]) -> ExitCode {
    match mutants::run_all(root, copy, only, |line| println!("{line}")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn replay(cast: Cast, seed: u64) -> ExitCode {
    let outcome = run_with(cast, seed, true);
    for line in &outcome.lines {
        println!("{line}");
    }
    report(seed, &outcome);
    if outcome.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn report(seed: u64, outcome: &Outcome) {
    match &outcome.violation {
        Some(violation) => println!("seed {seed}: {}: {}", violation.rule, violation.what),
        None => println!("seed {seed}: {} steps, trace {:016x}", outcome.steps, outcome.hash),
    }
}

/// Counts that all threads share.
#[derive(Default)]
struct Tally {
    done: AtomicU64,
    steps: AtomicU64,
    alike: AtomicU64,
    failed: AtomicU64,
    seen: Mutex<BTreeMap<String, u32>>,
    ended: AtomicBool,
}

fn many(line: &Line) -> ExitCode {
    let begun = Instant::now();
    let tally = Tally::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..line.threads)
            .map(|thread| {
                let tally = &tally;
                scope.spawn(move || work(line, thread, tally))
            })
            .collect();
        scope.spawn(|| tell_progress(line.seeds, begun, &tally));
        for worker in workers {
            // A panic of the code under test was printed; it counts as a failure.
            if worker.join().is_err() {
                tally.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        tally.ended.store(true, Ordering::Relaxed);
    });
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let (done, failed) = (count(&tally.done), count(&tally.failed));
    let rate = rate(done, begun);
    let (steps, alike) = (count(&tally.steps) / done.max(1), count(&tally.alike));
    println!(
        "{done} schedules, {failed} failed, {steps} steps each, {rate} a second on {} threads, \
         {alike} doubts indistinguishable",
        line.threads
    );
    for (what, times) in tally.seen.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("{times:>10} {what}");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn work(line: &Line, thread: u64, tally: &Tally) {
    let mut at = thread;
    while at < line.seeds && tally.failed.load(Ordering::Relaxed) < line.failures {
        let seed = line.from + at;
        let outcome = run_with(line.cast, seed, false);
        if line.twice && run_with(line.cast, seed, false).hash != outcome.hash {
            println!("seed {seed}: two runs, two traces");
            tally.failed.fetch_add(1, Ordering::Relaxed);
        }
        if outcome.violation.is_some() {
            tally.failed.fetch_add(1, Ordering::Relaxed);
            report(seed, &outcome);
            let real = if line.cast == Cast::Real { " --real" } else { "" };
            println!("  again with: cargo xtask sim{real} --replay {seed}");
        }
        let mut seen = tally.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (what, times) in outcome.seen {
            *seen.entry(what).or_default() += times;
        }
        drop(seen);
        tally.done.fetch_add(1, Ordering::Relaxed);
        tally.steps.fetch_add(outcome.steps, Ordering::Relaxed);
        tally.alike.fetch_add(u64::from(outcome.indistinguishable), Ordering::Relaxed);
        at += line.threads;
    }
}

fn tell_progress(seeds: u64, begun: Instant, tally: &Tally) {
    let mut told = Instant::now();
    while !tally.ended.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            let done = tally.done.load(Ordering::Relaxed);
            println!("{done} of {seeds}, {} a second", rate(done, begun));
        }
    }
}

fn rate(done: u64, begun: Instant) -> u64 {
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    done.saturating_mul(1_000) / millis
}
