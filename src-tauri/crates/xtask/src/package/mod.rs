//! The `.deb`: made by Tauri's bundler, then looked through and tried out as a stranger would.

mod contents;
mod depends;
mod display;

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use crate::setup::{self, Area, Need, node};
use crate::suite::tally::Tally;
use contents::{Control, Entry};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The programs that the package brings.
const PROGRAMS: [&str; 3] = ["counterfoil", "counterfoilctl", "counterfoil-verify"];

/// Those of them that no bundler builds, each in the package of this name.
const BESIDE: [(&str, &str); 2] =
    [("counterfoil-ctl", "counterfoilctl"), ("counterfoil-verify", "counterfoil-verify")];

/// Which build goes into the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// What stands in the target folder already; for the test.
    Debug,
    /// Optimised, stripped, with what no window may call taken out.
    Release,
}

/// Builds the release package and says where it is.
///
/// # Errors
/// When something is missing, does not build, or is not as it should be.
pub fn dist(ground: &Ground) -> Result<(), Fault> {
    setup::meet(ground, &[Need::System(Area::Build), Need::Ui])?;
    node::build_screen(ground)?;
    for (package, program) in BESIDE {
        let line = format!("build --release --locked --package {package} --bin {program}");
        Call::new(ground, "cargo").words(&line).unlimited().run()?;
    }
    let package = bundle(ground, Profile::Release)?;
    look_through(ground, &package)?;
    let bytes = package.metadata().map_err(Fault::file(&package))?.len();
    println!("{}  {}.{} MB", package.display(), bytes / 1_000_000, bytes / 100_000 % 10);
    Ok(())
}

/// Packs the debug build, looks through it, unpacks it into a clean root and starts its programs.
/// Each of these is one test.
///
/// # Errors
/// The first of them that fails.
pub fn test(ground: &Ground) -> Result<Tally, Fault> {
    let package = bundle(ground, Profile::Debug)?;
    look_through(ground, &package)?;
    let root = ground.empty_folder("package/root")?;
    Call::new(ground, "dpkg-deb").words("--extract").argument(&package).argument(&root).run()?;
    depends::check(ground, &package, &PROGRAMS.map(|name| root.join("usr/bin").join(name)))?;
    for (_, program) in BESIDE {
        let said = Call::new(ground, root.join("usr/bin").join(program)).words("--version");
        let said = said.read()?;
        if !said.contains(env!("CARGO_PKG_VERSION")) {
            return Err(Fault::Stop(format!("the packed {program} says it is {said:?}")));
        }
    }
    display::window_opens(ground, &root.join("usr/bin/counterfoil"))?;
    Ok(Tally { passed: 6, failed: 0 })
}

/// Runs the bundler over one build; the package it left.
fn bundle(ground: &Ground, profile: Profile) -> Result<PathBuf, Fault> {
    let (name, line) = match profile {
        Profile::Debug => ("debug", "bundle --debug --no-binary-patching --ci --bundles deb"),
        Profile::Release => ("release", "build --ci --bundles deb"),
    };
    let built = ground.target.join(name);
    let bundles = built.join("bundle/deb");
    if bundles.exists() {
        std::fs::remove_dir_all(&bundles).map_err(Fault::file(&bundles))?;
    }
    let beside = BESIDE.map(|(_, program)| (format!("/usr/bin/{program}"), built.join(program)));
    let files: BTreeMap<_, _> = beside.into_iter().collect();
    let place = json!({ "bundle": { "linux": { "deb": { "files": files } } } });
    Call::new(ground, ground.ui().join("node_modules/.bin/tauri"))
        .words(line)
        .words("--config")
        .argument(place.to_string())
        .within(ground.root.join("src-tauri"))
        .variable("CARGO_TARGET_DIR", &ground.target)
        .run()?;
    only_package(&bundles)
}

fn only_package(folder: &Path) -> Result<PathBuf, Fault> {
    let entries = folder.read_dir().map_err(Fault::file(folder))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut packages = paths.filter(|path| path.extension().is_some_and(|ending| ending == "deb"));
    let none = || Fault::Stop(format!("the bundler left no .deb in {}", folder.display()));
    packages.next().ok_or_else(none)
}

/// Control file, list of files and desktop entry against what they should be.
fn look_through(ground: &Ground, package: &Path) -> Result<(), Fault> {
    let ask = |option: &str| Call::new(ground, "dpkg-deb").words(option).argument(package).read();
    let control = Control::parse(&ask("--field")?);
    let entries = Entry::parse_all(&ask("--contents")?);
    let machine = Call::new(ground, "dpkg").words("--print-architecture").read()?;
    let mut found = contents::of_control(&control, env!("CARGO_PKG_VERSION"), machine.trim());
    found.extend(contents::of_entries(&entries, &PROGRAMS));
    let desktop = entries.iter().find(|entry| entry.path.ends_with(".desktop"));
    if let Some(entry) = desktop {
        let unpacked = ground.empty_folder("package/desktop")?;
        Call::new(ground, "dpkg-deb").words("-x").argument(package).argument(&unpacked).run()?;
        let file = unpacked.join(&entry.path);
        let text = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
        found.extend(contents::of_desktop(&text));
    }
    Fault::unless_empty(found)
}
