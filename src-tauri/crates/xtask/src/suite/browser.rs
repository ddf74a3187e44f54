//! The steps whose tests are written in TypeScript: they leave a report, or closing lines.

use super::tally::{Tally, of_node, of_playwright, of_vitest};
use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use crate::setup::{node, tools};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// vitest, for people to watch and for us to count.
pub fn screen_unit(ground: &Ground) -> Result<Tally, Fault> {
    let report = fresh(ground, "screen-unit.json")?;
    let mut file = std::ffi::OsString::from("--outputFile.json=");
    file.push(&report);
    let heard = node::npm_run(ground, &ground.ui(), "test")
        .words("-- --reporter=default --reporter=json")
        .argument(file)
        .follow()?;
    Ok(of_vitest(&read(&report)).believed(heard.status.success()))
}

/// Playwright against the debug build of devhost.
pub fn browser(ground: &Ground) -> Result<Tally, Fault> {
    let report = fresh(ground, "browser.json")?;
    let heard = Call::new(ground, ground.e2e().join("node_modules/.bin/playwright"))
        .words("test --project=browser --reporter=list,json")
        .within(ground.e2e())
        .variable("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .variable("COUNTERFOIL_BROWSER", tools::browser()?)
        .variable("COUNTERFOIL_DEVHOST", ground.built("counterfoil-devhost"))
        .follow()?;
    Ok(of_playwright(&read(&report)).believed(heard.status.success()))
}

/// The debug build of the window, with a display and a session bus of its own.
pub fn window(ground: &Ground) -> Result<Tally, Fault> {
    let heard = Call::new(ground, "xvfb-run")
        .words("--auto-servernum dbus-run-session -- npm run --silent window")
        .within(ground.e2e())
        .variable("COUNTERFOIL_PROGRAM", ground.built("counterfoil"))
        .variable("TAURI_DRIVER", tools::driver(ground))
        .follow()?;
    Ok(of_node(&heard.text).believed(heard.status.success()))
}

/// Where a report is to be written, with that of the last run out of the way.
fn fresh(ground: &Ground, name: &str) -> Result<PathBuf, Fault> {
    let folder = ground.target.join("reports");
    std::fs::create_dir_all(&folder).map_err(Fault::file(&folder))?;
    let report = folder.join(name);
    if report.exists() {
        std::fs::remove_file(&report).map_err(Fault::file(&report))?;
    }
    Ok(report)
}

/// A report that is not there, or is none, counts nothing: the tally is not believed then.
fn read(report: &Path) -> Value {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
