use std::io;
use std::path::Path;

use counterfoil_core::audit::sha256_hex;

use crate::{DATABASE_FILE, StoreError};

/// Where Linux keeps a name of the machine that its reinstallation changes
/// (`man 5 machine-id`). Other systems are told apart by their keyrings alone.
const MACHINE: &str = "/etc/machine-id";

/// By what a data folder is told from a copy of it. Digests: nothing of a path or a machine can
/// be read from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Device and number of the database file, which a move keeps and a copy does not. None
    /// where the system has none, or where the file has a second name: then the number belongs to
    /// a copy too.
    pub node: Option<String>,
    /// Digest of the folder's path, links resolved.
    pub path: String,
    /// Digest of the machine's name for itself; none where it has none.
    pub machine: Option<String>,
}

impl Whereabouts {
    /// Of the folder as it lies there now.
    ///
    /// # Errors
    /// The folder or the database in it cannot be looked at.
    pub fn of(dir: &Path) -> Result<Self, StoreError> {
        let look = || {
            let path = dir.canonicalize()?;
            let file = std::fs::metadata(dir.join(DATABASE_FILE))?;
            Ok(Self {
                node: node(&file),
                path: sha256_hex(path.as_os_str().as_encoded_bytes()),
                machine: machine(),
            })
        };
        look().map_err(|error: io::Error| StoreError::of_disk(dir, error))
    }

    /// True where both are of one machine, as far as it can be told.
    #[must_use]
    pub fn same_machine(&self, other: &Self) -> bool {
        match (&self.machine, &other.machine) {
            (Some(one), Some(two)) => one == two,
            (Some(_) | None, None) | (None, Some(_)) => true,
        }
    }

    /// True for the same file under whatever path: moved, not copied.
    #[must_use]
    pub fn same_file(&self, other: &Self) -> bool {
        self.node.is_some() && self.node == other.node
    }
}

#[cfg(unix)]
fn node(file: &std::fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    (file.nlink() == 1).then(|| format!("{}:{}", file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn node(_file: &std::fs::Metadata) -> Option<String> {
    None
}

fn machine() -> Option<String> {
    let text = std::fs::read_to_string(MACHINE).ok()?;
    let name = text.trim();
    (!name.is_empty()).then(|| sha256_hex(format!("counterfoil machine {name}").as_bytes()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;

    fn folder(dir: &Path, name: &str) -> std::path::PathBuf {
        let folder = dir.join(name);
        fs::create_dir(&folder).expect("it is made");
        fs::write(folder.join(DATABASE_FILE), "x").expect("it is written");
        folder
    }

    #[test]
    fn a_moved_folder_is_the_same_file_and_a_copied_or_linked_one_is_not() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = folder(dir.path(), "first");
        let known = Whereabouts::of(&first).expect("it is there");

        let copy = folder(dir.path(), "copy");
        let copied = Whereabouts::of(&copy).expect("it is there");
        assert!(!copied.same_file(&known) && copied.path != known.path);

        let moved = dir.path().join("moved");
        fs::rename(&first, &moved).expect("it moves");
        let there = Whereabouts::of(&moved).expect("it is there");
        assert!(there.same_file(&known) && there.path != known.path);

        let twin = dir.path().join("twin");
        fs::create_dir(&twin).expect("it is made");
        fs::hard_link(moved.join(DATABASE_FILE), twin.join(DATABASE_FILE)).expect("it is linked");
        let linked = Whereabouts::of(&twin).expect("it is there");
        assert!(!linked.same_file(&known), "a second name of one file is a copy to be");
    }

    #[test]
    fn a_link_to_the_folder_is_the_folder_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = folder(dir.path(), "first");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&first, &link).expect("it is linked");
        let of = |dir: &Path| Whereabouts::of(dir).expect("it is there");
        assert_eq!(of(&first), of(&link));
        assert!(matches!(Whereabouts::of(&dir.path().join("gone")), Err(StoreError::Io(_))));
    }

    #[test]
    fn machines_differ_only_where_both_have_a_name() {
        let on = |machine: Option<&str>| Whereabouts {
            node: None,
            path: "p".to_owned(),
            machine: machine.map(str::to_owned),
        };
        for (one, two, same) in [
            (Some("a"), Some("a"), true),
            (Some("a"), Some("b"), false),
            (Some("a"), None, true),
            (None, Some("b"), true),
            (None, None, true),
        ] {
            assert_eq!(on(one).same_machine(&on(two)), same, "{one:?} {two:?}");
            assert!(!on(one).same_file(&on(two)), "no number proves nothing");
        }
    }
}
