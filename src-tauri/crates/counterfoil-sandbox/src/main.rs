//! `counterfoil-sandbox`: the stand-in as a program of its own, for scripts and browser tests. It
//! prints one line of JSON when it is ready and runs until SIGTERM or ctrl-c.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use counterfoil_sandbox::{Sandbox, SandboxOptions};
use serde_json::json;

/// Stand-in for the payment providers, on loopback, with made-up payments.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; loopback only, port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Seed of everything drawn by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many made-up payments to begin with.
    #[arg(long, default_value_t = 0)]
    payments: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do should even this fail.
            let _told = writeln!(io::stderr(), "counterfoil-sandbox: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { listen, seed, payments } = arguments;
    let sandbox = Sandbox::start(SandboxOptions { listen, seed, payments }).await?;
    // Listened for before anybody is told that we are ready, and so may end us.
    let end = end()?;
    let ready = json!({
        "listening": sandbox.address().to_string(),
        "control": sandbox.control_address().to_string(),
        "providers": {
            "bumper": sandbox.bumper(),
            "wepay": sandbox.wepay(),
            "moyasar": sandbox.moyasar(),
            "norce": sandbox.norce(),
        },
    });
    writeln!(io::stdout(), "{ready}")?;
    io::stdout().flush()?;
    end.await;
    sandbox.stop();
    Ok(())
}

/// Comes to its end with SIGTERM or ctrl-c, from the moment this returns.
#[cfg(unix)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Comes to its end with ctrl-c.
#[cfg(windows)]
fn end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
