//! Programs of the Rust world that are neither part of the project nor of the system.

use super::system::BROWSERS;
use crate::call::{Call, on_path};
use crate::fault::Fault;
use crate::ground::Ground;
use std::path::PathBuf;

/// The last release of the stable line; 3.0 belongs to the next major version of the window.
const DRIVER_VERSION: &str = "2.1.0";

/// Where `tauri-driver` stands once [`install_driver`] is done.
#[must_use]
pub fn driver(ground: &Ground) -> PathBuf {
    folder(ground).join("bin/tauri-driver")
}

/// Builds `tauri-driver` into the project's own target folder, once for each version.
///
/// # Errors
/// When it cannot be fetched or built.
pub fn install_driver(ground: &Ground) -> Result<(), Fault> {
    if driver(ground).is_file() {
        return Ok(());
    }
    Call::new(ground, "cargo")
        .words("install tauri-driver --locked --debug --version")
        .words(DRIVER_VERSION)
        .words("--root")
        .argument(folder(ground))
        .run()
}

/// The browser for the screen's tests.
///
/// # Errors
/// When there is none, in spite of the set-up.
pub fn browser() -> Result<PathBuf, Fault> {
    let found = BROWSERS.iter().find_map(|name| on_path(name));
    found.ok_or_else(|| Fault::Stop(format!("no browser here: none of {}", BROWSERS.join(", "))))
}

/// The version is part of the folder's name, so that another one is another folder.
fn folder(ground: &Ground) -> PathBuf {
    ground.target.join("tools").join(format!("tauri-driver-{DRIVER_VERSION}"))
}
