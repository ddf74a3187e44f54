//! Node.js, the npm packages, and the screen that is built with them.

use crate::call::{Call, on_path};
use crate::fault::Fault;
use crate::ground::Ground;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The oldest Node.js the screen's build tool runs on (`engines` in `ui/package.json`).
const OLDEST_NODE: (u32, u32) = (20, 19);

/// What the screen is built from, below `ui/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package-lock.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// Puts the npm packages of one folder in place, exactly as its lock file has them.
///
/// # Errors
/// When Node.js is missing or too old, or npm ends badly.
pub fn install(ground: &Ground, folder: &Path) -> Result<(), Fault> {
    require(ground)?;
    let lock = folder.join("package-lock.json");
    let done = folder.join("node_modules/.package-lock.json");
    if newest(&lock)? <= newest(&done)? {
        return Ok(());
    }
    Call::new(ground, "npm").words("ci --no-audit --no-fund").within(folder).run()
}

/// Builds the screen when anything it is made from is newer than what stands there.
///
/// # Errors
/// When the screen does not build.
pub fn build_screen(ground: &Ground) -> Result<(), Fault> {
    let ui = ground.ui();
    let made = newest(&ui.join("dist/index.html"))?;
    let mut youngest = None;
    for source in SOURCES {
        youngest = youngest.max(newest(&ui.join(source))?);
    }
    if made.is_some() && youngest <= made {
        return Ok(());
    }
    npm_run(ground, &ui, "build").run()
}

/// One script of a folder's `package.json`.
#[must_use]
pub fn npm_run(ground: &Ground, folder: &Path, script: &str) -> Call {
    Call::new(ground, "npm").words("run --silent").argument(script).within(folder)
}

fn require(ground: &Ground) -> Result<(), Fault> {
    let (major, minor) = OLDEST_NODE;
    let wanted = format!("Node.js {major}.{minor} or later");
    let missing = |program: &str| {
        Fault::Stop(format!("`{program}` is missing: install {wanted}, with npm, then start again"))
    };
    for program in ["node", "npm"] {
        on_path(program).ok_or_else(|| missing(program))?;
    }
    let said = Call::new(ground, "node").words("--version").read()?;
    match version(&said) {
        Some(found) if found >= OLDEST_NODE => Ok(()),
        Some(_) | None => {
            let said = said.trim();
            Err(Fault::Stop(format!("node is {said}; install {wanted}, then start again")))
        }
    }
}

/// Major and minor of `v20.19.2`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// When the youngest file at or below `path` was written; nothing when there is none.
fn newest(path: &Path) -> Result<Option<SystemTime>, Fault> {
    let mut youngest = None;
    let mut open: Vec<PathBuf> = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(facts) = path.metadata() else { continue };
        if facts.is_dir() {
            for entry in path.read_dir().map_err(Fault::file(&path))? {
                open.push(entry.map_err(Fault::file(&path))?.path());
            }
        }
        // Folders count too: a file that was taken away leaves no other mark.
        youngest = youngest.max(facts.modified().ok());
    }
    Ok(youngest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, write};
    use std::time::Duration;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        let check = |said, enough| {
            assert_eq!(version(said).is_some_and(|found| found >= OLDEST_NODE), enough, "{said}");
        };
        check("v20.20.2\n", true);
        check("v20.19.0", true);
        check("v20.9.0", false);
        check("v18.20.4", false);
        check("v9.30.0", false);
        check("v22.1.0", true);
        check("none", false);
    }

    #[test]
    fn the_youngest_file_in_a_tree_is_what_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("it is empty");
        write(inner.join("old"), "").expect("the folder is there");
        let before = newest(folder.path()).expect("it can be read").expect("it holds files");
        let later = before + Duration::from_secs(60);
        let file = File::create(inner.join("young")).expect("the folder is there");
        file.set_modified(later).expect("the file is ours");
        assert_eq!(newest(folder.path()).expect("it can be read"), Some(later));
        assert_eq!(newest(&folder.path().join("none")).expect("absence is no fault"), None);
    }
}
