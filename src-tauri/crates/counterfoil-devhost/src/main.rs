//! The API over HTTP on loopback, with the screen beside it, so that the screen can be worked on
//! and tested in a browser. For development only: a release build refuses to run.
//!
//! ```text
//! counterfoil-devhost --training
//! {"listening":"127.0.0.1:401","sandbox":"127.0.0.1:402","control":"127.0.0.1:403","data_dir":…}
//! ```
//! It prints that one line when it is ready and runs until SIGTERM or ctrl-c. The screen comes
//! from `ui/dist` (`npm run build` there, again after every change).
//!
//! **What is absent:** rules, which are the API's; tauri; any address but loopback; more than one
//! seat: every browser tab is the same person at the same till.
//!
//! **Where to start:** [`serve::router`], the three things a browser can reach; then `guard.rs`,
//! what keeps other sites out.

mod guard;
mod house;
mod serve;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use counterfoil_training::USUAL_PAYMENTS;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::house::House;

/// Where the built screen lies in the source tree.
const SCREEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/dist");

/// The screen in a browser, for development: the API over HTTP on loopback.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Where to listen; loopback only, port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A fresh till with made-up people and payments, gone when this ends.
    #[arg(long, conflicts_with = "data_dir", required_unless_present = "data_dir")]
    training: bool,
    /// Made-up payments of the training till.
    #[arg(long, default_value_t = USUAL_PAYMENTS, requires = "training")]
    payments: usize,
    /// The data folder of a till; its secrets are where COUNTERFOIL_VAULT says.
    #[arg(long, env = "COUNTERFOIL_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The folder of the built screen.
    #[arg(long, env = "COUNTERFOIL_SCREEN", default_value = SCREEN)]
    screen: PathBuf,
}

// Synchronous on purpose: the desk's calls block, and a keyring may not be asked on an async
// thread.
fn main() -> ExitCode {
    let outcome = if cfg!(debug_assertions) {
        run(&Arguments::parse())
    } else {
        Err("this program is for development; a release build of it does not run".into())
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do should even this fail.
            let _told = writeln!(io::stderr(), "counterfoil-devhost: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if !arguments.listen.ip().is_loopback() {
        return Err(format!("{} is not a loopback address", arguments.listen).into());
    }
    if !arguments.screen.join("index.html").is_file() {
        let place = arguments.screen.display();
        return Err(format!("there is no screen in {place}: run `npm run build` in ui/").into());
    }
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let runtime = Runtime::new()?;
    let house = House::open(arguments, runtime.handle())?;
    let listener = runtime.block_on(TcpListener::bind(arguments.listen))?;
    let address = listener.local_addr()?;
    let (tell, told) = watch::channel(false);
    let router = serve::router(&house.desk(), &arguments.screen, address, told);
    let sending = house.desk().drain_while_open();
    runtime.block_on(async {
        // Listened for before anybody is told that we are ready, and so may end us.
        let end = end()?;
        announce(address, &house)?;
        let ended = async move {
            end.await;
            tell.send_replace(true);
        };
        // Calls under way are answered first: the desk may not lose its ground beneath them.
        axum::serve(listener, router).with_graceful_shutdown(ended).await
    })?;
    sending.finish(runtime.handle());
    Ok(())
}

fn announce(address: SocketAddr, house: &House) -> io::Result<()> {
    let sandbox = house.sandbox();
    let ready = json!({
        "listening": address.to_string(),
        "sandbox": sandbox.map(|sandbox| sandbox.address().to_string()),
        "control": sandbox.map(|sandbox| sandbox.control_address().to_string()),
        "data_dir": house.data_dir(),
    });
    writeln!(io::stdout(), "{ready}")?;
    io::stdout().flush()
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
