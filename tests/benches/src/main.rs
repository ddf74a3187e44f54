//! The figures of the table of targets: speed as ratios, each with its denominator in the same
//! run, on the disk that is there.
//!
//! **What is absent:** nothing here is a timed test; a busy machine makes no figure wrong by
//! itself, and none is asked for in continuous integration. No rule of the product either: every
//! row calls what the product itself calls.
//!
//! **Where to start:** `rows/`, one file for each row, with its planted defect; then `timing.rs`,
//! how two sides are compared, and `docs/benchmarks.md`, what came out.
#![expect(clippy::print_stdout, reason = "the figures are printed for a person")]
#![expect(clippy::print_stderr, reason = "what goes on is told beside them")]
#![expect(clippy::float_arithmetic, reason = "ratios of times; no money is measured here")]

mod counted;
mod crew;
mod floor;
mod machine;
mod peer;
mod provider;
mod report;
mod rows;
mod sizes;
mod till;
mod timing;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use peer::PeerCall;
use rows::{Bench, Counted, Name};
use sizes::Sizes;

#[derive(Debug, Parser)]
#[command(name = "counterfoil-benches", about = "The figures, with their denominators")]
struct Line {
    /// A quick look: fewer rounds, a shorter long queue
    #[arg(long, conflicts_with = "tiny")]
    quick: bool,
    /// Everything runs once; the numbers mean nothing
    #[arg(long)]
    tiny: bool,
    /// Only these rows
    #[arg(long, num_args = 1.., value_name = "ROW")]
    only: Vec<Name>,
    /// Plant this row's defect: it has to be missed then
    #[arg(long, value_name = "ROW")]
    defect: Option<Name>,
    /// Where the files are made: on the disk to be measured
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// A peer that is installed, as a JSON list: its name, its program, its first arguments
    #[arg(long, value_parser = PeerCall::parse)]
    peer: Vec<PeerCall>,
    /// For the second process that is counted from outside
    #[arg(long, hide = true, requires = "folder")]
    counted: Option<Counted>,
    /// How many operations it does
    #[arg(long, hide = true, default_value_t = 1)]
    operations: u32,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let parent = line.folder.clone().or_else(beside_the_program).unwrap_or_default();
    let folder = match tempfile::Builder::new().prefix("figures-").tempdir_in(&parent) {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("{}: {error}", parent.display());
            return ExitCode::FAILURE;
        }
    };
    let sizes = match (line.quick, line.tiny) {
        (true, _) => Sizes::QUICK,
        (_, true) => Sizes::TINY,
        (false, false) => Sizes::FULL,
    };
    let bench =
        Bench { sizes, folder: folder.path().to_owned(), defect: line.defect, peers: line.peer };
    if let Some(counted) = line.counted {
        rows::count_here(&bench, counted, line.operations);
        return ExitCode::SUCCESS;
    }
    report_all(&bench, &line.only)
}

/// The build's own folder lies on a real disk; the system's temporary one may lie in memory.
fn beside_the_program() -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(PathBuf::from)
}

fn report_all(bench: &Bench, only: &[Name]) -> ExitCode {
    println!("{}", machine::line(&bench.folder));
    if let Some(defect) = bench.defect {
        println!("planted defect: {defect:?} has to be missed");
    }
    println!("{}", report::HEAD);
    let mut all_hold = true;
    for name in Name::value_variants() {
        if only.is_empty() || only.contains(name) {
            let row = rows::run(bench, *name);
            print!("{row}");
            all_hold &= row.holds();
        }
    }
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
