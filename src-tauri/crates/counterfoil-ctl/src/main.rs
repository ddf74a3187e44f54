//! `counterfoilctl`: the desk without a window, for IT, scripts, support and tests.
//!
//! **What is absent:** rules. Who may do what, which amounts are read and what a provider allows
//! is decided by `counterfoil-api`, exactly as for the window; this crate reads arguments, carries
//! them there and prints what comes back. Nothing but `sync` sends a change.
//!
//! **Where to start:** `arguments.rs` (every command and option), then `commands/mod.rs`, then
//! `exit.rs` (what the exit codes mean). Scripts rely on names, JSON fields and exit codes as they
//! are: more may come, none is renamed.

mod answer;
mod arguments;
mod commands;
mod desks;
mod exit;
mod output;
mod plain;
#[cfg(test)]
mod rows;
mod session;
mod signals;
mod typed;

use std::process::ExitCode;

use clap::Parser;
use counterfoil_api::{Fault, FaultCode};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

use crate::answer::Answer;
use crate::arguments::Arguments;

/// One thread for the network and one to spare; the store and the keyring have their own.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    start_log();
    let exit = match Arguments::try_parse() {
        Ok(arguments) => output::print(&run(&arguments), arguments.global.json),
        Err(refusal) => output::usage(&refusal, arguments::asks_for_json(std::env::args_os())),
    };
    ExitCode::from(exit.code())
}

fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let carrier = carrier()?;
    let answer = commands::carry_out(arguments, carrier.handle());
    // What is durable is durable by now; a keyring that hangs must not hold the program.
    carrier.shutdown_background();
    answer
}

fn carrier() -> Result<Runtime, Fault> {
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(|error| {
        let words = format!("the program cannot start its threads: {error}. Nothing was done.");
        Fault::new(FaultCode::Store, words)
    })
}

/// Warnings and errors of our own crates, on stderr. Others may name addresses, and an address
/// can carry what allows a cancel.
fn start_log() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("counterfoil=warn"))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
