//! The figures: builds the program that takes them and the peers it compares with, and runs it.

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where the peers stand, below the root folder.
const PEERS: &str = "tests/benches/peers";

/// The row that needs the peers.
const ROW_WITH_PEERS: &str = "S2";

/// Python's queues, all in one environment.
const PYTHONS: &[&str] = &["persist-queue", "litequeue", "huey"];

/// What is measured, handed on as it is.
#[derive(Debug, Args)]
pub struct Wanted {
    /// A quick look: fewer rounds, a shorter long queue
    #[arg(long)]
    quick: bool,
    /// Only these rows, such as S1
    #[arg(long, num_args = 1.., value_name = "ROW")]
    only: Vec<String>,
    /// Plant this row's defect: it has to be missed then
    #[arg(long, value_name = "ROW")]
    defect: Option<String>,
    /// Leave the peers out
    #[arg(long)]
    no_peers: bool,
}

/// How a peer is started: its name, its program, its first arguments.
type Start = Vec<String>;

/// Takes the figures and prints them. Whether every row holds.
///
/// # Errors
/// When they cannot be built or started. A peer that cannot be installed is told and left out.
pub fn run(ground: &Ground, wanted: &Wanted) -> Result<bool, Fault> {
    let line = "build --quiet --release --locked --package counterfoil-benches";
    Call::new(ground, "cargo").words(line).unlimited().run()?;
    let program = ground.target.join("release/counterfoil-benches");
    let mut call = Call::new(ground, program).unlimited().words("--folder");
    call = call.argument(&ground.target);
    for peer in wanted.peers(ground) {
        call = call.words("--peer").argument(serde_json::json!(peer).to_string());
    }
    if wanted.quick {
        call = call.words("--quick");
    }
    if let Some(defect) = &wanted.defect {
        call = call.words("--defect").argument(defect);
    }
    if !wanted.only.is_empty() {
        call = wanted.only.iter().fold(call.words("--only"), |call, row| call.argument(row));
    }
    Ok(call.follow()?.status.success())
}

impl Wanted {
    fn peers(&self, ground: &Ground) -> Vec<Start> {
        let needed = self.only.is_empty() || self.only.iter().any(|row| row == ROW_WITH_PEERS);
        if self.no_peers || !needed {
            return Vec::new();
        }
        let installed =
            [("effectum", effectum(ground)), ("plainjob", plainjob(ground)), pythons(ground)];
        let told = installed.into_iter().filter_map(|(name, starts)| match starts {
            Ok(starts) => Some(starts),
            Err(fault) => {
                eprintln!("xtask: {name} is left out: {fault}");
                None
            }
        });
        told.flatten().collect()
    }
}

/// Its own workspace and lock, since it brings its own SQLite.
fn effectum(ground: &Ground) -> Result<Vec<Start>, Fault> {
    let folder = ground.root.join(PEERS).join("effectum");
    let target = ground.target.join("bench-peers/effectum");
    let build = Call::new(ground, "cargo").words("build --quiet --release --locked --target-dir");
    build.argument(&target).within(folder).unlimited().run()?;
    let program = target.join("release/counterfoil-peer-effectum");
    Ok(vec![vec!["effectum".to_owned(), text(&program)]])
}

/// In a folder of its own below the target folder, with the packages its lock file names.
fn plainjob(ground: &Ground) -> Result<Vec<Start>, Fault> {
    let folder = ground.target.join("bench-peers/plainjob");
    std::fs::create_dir_all(&folder).map_err(Fault::file(&folder))?;
    for name in ["package.json", "package-lock.json", "peer.js"] {
        let from = ground.root.join(PEERS).join("plainjob").join(name);
        std::fs::copy(&from, folder.join(name)).map_err(Fault::file(from))?;
    }
    if !folder.join("node_modules/.package-lock.json").exists() {
        let install = Call::new(ground, "npm").words("ci --no-audit --no-fund --loglevel=error");
        install.within(&folder).unlimited().run()?;
    }
    let script = folder.join("peer.js");
    Ok(vec![vec!["plainjob".to_owned(), "node".to_owned(), text(&script)]])
}

/// In an environment of its own below the target folder, with pinned versions.
fn pythons(ground: &Ground) -> (&'static str, Result<Vec<Start>, Fault>) {
    let starts = |python: PathBuf| {
        let script = text(&ground.root.join(PEERS).join("python/peer.py"));
        let start = |name: &&str| {
            vec![(*name).to_owned(), text(&python), script.clone(), (*name).to_owned()]
        };
        PYTHONS.iter().map(start).collect()
    };
    ("Python's queues", python(ground).map(starts))
}

fn python(ground: &Ground) -> Result<PathBuf, Fault> {
    let folder = ground.target.join("bench-peers/python");
    let python = folder.join("bin/python");
    if !python.exists() {
        Call::new(ground, "python3").words("-m venv").argument(&folder).unlimited().run()?;
    }
    let wanted = ground.root.join(PEERS).join("python/requirements.txt");
    let install = "-m pip install --quiet --disable-pip-version-check --requirement";
    Call::new(ground, &python).words(install).argument(wanted).unlimited().run()?;
    Ok(python)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
