//! The project's tasks, started as `cargo xtask …`: run the program, test everything, check
//! quickly, generate the screen's types, make the package.
//!
//! Absent on purpose: any rule of the product, and any knowledge of what the other packages do
//! inside. A task knows which programs to start, in which order, and how to count what they say.
//!
//! Start reading in `suite/steps.rs`, the list of everything that is shown to hold, and in
//! `setup/system.rs`, the table of what a machine needs.
#![expect(clippy::print_stdout, reason = "a task speaks to the person who started it")]
#![expect(clippy::print_stderr, reason = "and says there what went wrong")]

mod bench;
mod bindings;
mod call;
mod fault;
mod ground;
mod package;
mod rules;
mod run;
mod setup;
mod sim;
mod suite;

use bindings::Exporter;
use clap::{Parser, Subcommand};
use fault::Fault;
use ground::Ground;
use run::Shop;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's tasks")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Set up, build and open the window: in training mode, with made-up payments
    Run {
        /// Open the real thing, with its own data folder and first-run set-up
        #[arg(long)]
        live: bool,
        /// Install missing system packages without asking
        #[arg(long)]
        yes: bool,
        /// Handed on to the program, after `--`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Set up and run every test there is
    Test {
        /// Install missing system packages without asking
        #[arg(long)]
        yes: bool,
        /// Only these steps, with those they build on
        #[arg(long, num_args = 1.., value_name = "NAME")]
        only: Vec<String>,
        /// Print the steps instead
        #[arg(long)]
        list: bool,
    },
    /// The quick loop: format, layers, sizes, tidiness, and clippy on all but the window
    Check,
    /// Write the screen's types anew from the API crate
    Bindings {
        /// Write nothing; fail when they are out of date
        #[arg(long)]
        check: bool,
    },
    /// Take the figures: speed as ratios, each with its denominator in the same run
    Bench(bench::Wanted),
    /// Simulate whole tills: seeded schedules of faults, crashes and people
    Sim(sim::Wish),
    /// Build the release .deb
    Dist {
        /// Install missing system packages without asking
        #[arg(long)]
        yes: bool,
    },
}

fn main() -> ExitCode {
    match perform(Line::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything asked for came to a good end.
fn perform(task: Task) -> Result<bool, Fault> {
    let done = |(): ()| true;
    match task {
        Task::Run { live, yes, arguments } => {
            let shop = if live { Shop::Live } else { Shop::Training };
            run::run(&Ground::find(yes)?, shop, &arguments).map(done)
        }
        Task::Test { list: true, .. } => {
            print!("{}", suite::list(suite::STEPS));
            Ok(true)
        }
        Task::Test { yes, only, list: false } => {
            suite::run(&Ground::find(yes)?, suite::STEPS, &only)
        }
        Task::Check => suite::run(&Ground::find(false)?, suite::QUICK, &[]),
        Task::Bindings { check: true } => {
            bindings::check(&Ground::find(false)?, Exporter::Current).map(done)
        }
        Task::Bindings { check: false } => bindings::write(&Ground::find(false)?).map(done),
        Task::Bench(wanted) => bench::run(&Ground::find(false)?, &wanted),
        Task::Sim(wish) => sim::run(&Ground::find(false)?, &wish).map(done),
        Task::Dist { yes } => package::dist(&Ground::find(yes)?).map(done),
    }
}
