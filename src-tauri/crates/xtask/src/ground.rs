//! Where the project stands on this machine, and in which manner the tasks are run.

use crate::fault::Fault;
use std::path::PathBuf;

/// Folders and manner of this run; made once, in `main`.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The workspace's root folder.
    pub root: PathBuf,
    /// Where cargo puts what it builds, wherever the person has moved it.
    pub target: PathBuf,
    /// Nobody sits in front of this run: never ask, and end what hangs.
    pub unattended: bool,
    /// The person has already said yes to whatever would be asked.
    pub yes: bool,
}

impl Ground {
    /// Finds both folders from what cargo tells the program it starts.
    ///
    /// # Errors
    /// When the program was not started by cargo.
    pub fn find(yes: bool) -> Result<Self, Fault> {
        let start = || Fault::Stop("start this as `cargo xtask`, inside the project".to_owned());
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or_else(start)?;
        let program = std::env::current_exe().map_err(Fault::file("xtask"))?;
        let root = here.ancestors().nth(3).ok_or_else(start)?.to_path_buf();
        let target = program.ancestors().nth(2).ok_or_else(start)?.to_path_buf();
        let unattended = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
        Ok(Self { root, target, unattended, yes })
    }

    /// The screen's package.
    #[must_use]
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The package of the browser and window tests.
    #[must_use]
    pub fn e2e(&self) -> PathBuf {
        self.root.join("tests/e2e")
    }

    /// A program of the debug build.
    #[must_use]
    pub fn built(&self, program: &str) -> PathBuf {
        self.target.join("debug").join(program)
    }

    /// A folder of this name below the target folder, with nothing in it.
    ///
    /// # Errors
    /// When it cannot be emptied or made.
    pub fn empty_folder(&self, name: &str) -> Result<PathBuf, Fault> {
        let folder = self.target.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(Fault::file(&folder))?;
        }
        std::fs::create_dir_all(&folder).map_err(Fault::file(&folder))?;
        Ok(folder)
    }
}
