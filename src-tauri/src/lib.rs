//! The window: the only crate that names tauri.
//!
//! **What is absent:** rules. The window shows the screen, hands its one command `rpc` to the API
//! and passes events on. What a person may do is decided there, whatever the window asks.
//!
//! **Where to start:** [`run`], then `rpc.rs`.

mod arguments;
mod events;
mod graphics;
mod notices;
mod rpc;
mod till;
mod window;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::till::Till;

/// Opens the till and its window; returns when the window was closed.
#[must_use]
pub fn run() -> ExitCode {
    if let Some(code) = graphics::restart_where_needed() {
        return code;
    }
    let arguments = Arguments::parse();
    keep_log();
    let Ok(carrier) = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("carrier")
        .enable_all()
        .build()
    else {
        tracing::error!("the operating system gives no threads");
        return ExitCode::FAILURE;
    };
    tauri::async_runtime::set(carrier.handle().clone());
    let till = Till::open(&arguments, carrier.handle());
    window::show(till, arguments.training)
}

/// Warnings go to standard error, where the desktop keeps them; they never hold a secret.
fn keep_log() {
    use tracing_subscriber::filter::LevelFilter;
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .without_time();
    // A second call, as in tests, keeps the first.
    let _ = log.try_init();
}
