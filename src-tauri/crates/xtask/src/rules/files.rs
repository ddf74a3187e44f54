//! The project's own files: what git tracks or would track, or all there is without git.

use crate::call::Call;
use crate::fault::Fault;
use crate::ground::Ground;
use std::path::Path;

/// One file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path below the root, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// Folders that hold nothing of ours, for a tree that came without git.
const FOREIGN: &[&str] =
    &[".git", "target", "node_modules", "dist", "dist-gallery", ".svelte-kit", "gen", "out"];

impl Source {
    /// What follows the last dot of its name.
    #[must_use]
    pub fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Made by a program from something else in the tree.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.path.starts_with("ui/src/bindings/") || self.path.starts_with("src-tauri/gen/")
    }
}

/// Every text file of the project, in order of path.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn read_all(ground: &Ground) -> Result<Vec<Source>, Fault> {
    let mut sources = Vec::new();
    for path in list(ground)? {
        let file = ground.root.join(&path);
        // Listed by git but taken away since, or a link: nothing to read.
        if !file.symlink_metadata().is_ok_and(|facts| facts.is_file()) {
            continue;
        }
        let bytes = std::fs::read(&file).map_err(Fault::file(file))?;
        // Pictures and the like are not for the rules.
        if let Ok(text) = String::from_utf8(bytes) {
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}

fn list(ground: &Ground) -> Result<Vec<String>, Fault> {
    if !ground.root.join(".git").exists() {
        let mut paths = Vec::new();
        walk(&ground.root, "", &mut paths)?;
        paths.sort_unstable();
        return Ok(paths);
    }
    // The tree may belong to another person of this machine, as it does in many containers.
    let listed = Call::new(ground, "git")
        .words("-c safe.directory=* ls-files -z --cached --others --exclude-standard")
        .read()?;
    let mut paths: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    paths.sort_unstable();
    Ok(paths)
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Fault> {
    for entry in folder.read_dir().map_err(Fault::file(folder))? {
        let entry = entry.map_err(Fault::file(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match is_folder {
            true if FOREIGN.contains(&name.as_str()) => {}
            true => walk(&entry.path(), &format!("{path}/"), paths)?,
            false => paths.push(path),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_everything_but_foreign_folders_and_pictures_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let put = |path: &str, bytes: &[u8]| {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().expect("it has one")).expect("it is ours");
            std::fs::write(file, bytes).expect("the folder is there");
        };
        put("src/lib.rs", b"//! one");
        put("ui/node_modules/a/index.js", b"");
        put("target/debug/x.rs", b"");
        put("icons/icon.png", &[0xff, 0xd8, 0xfe]);
        put("README.md", b"words");
        let root = folder.path().to_owned();
        let ground = Ground { target: root.join("target"), root, unattended: false, yes: false };
        let sources = read_all(&ground).expect("all of it can be read");
        let paths: Vec<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        assert_eq!(paths, ["README.md", "src/lib.rs"]);
    }
}
