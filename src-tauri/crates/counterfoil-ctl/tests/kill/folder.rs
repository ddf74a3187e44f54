//! A folder as it was: kept in memory and put back in place, file by file into the same files, so
//! that a till which knows its folder by path or by the file itself finds itself at home.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::till::files_below;

/// All files below a folder.
pub struct Folder {
    root: PathBuf,
    files: BTreeMap<PathBuf, (Vec<u8>, u32)>,
}

impl Folder {
    /// Keeps what stands there now. Nobody may be writing.
    pub fn keep(root: &Path) -> Self {
        let files = files_below(root).into_iter().map(|path| {
            let bytes = std::fs::read(&path).expect("a file of the test");
            let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
            (path, (bytes, mode))
        });
        Self { root: root.to_owned(), files: files.collect() }
    }

    /// Makes it as it was.
    pub fn put_back(&self) {
        for path in files_below(&self.root) {
            if !self.files.contains_key(&path) {
                std::fs::remove_file(path).expect("the folder is ours");
            }
        }
        for (path, (bytes, mode)) in &self.files {
            let mut file = open(path);
            file.write_all(bytes).expect("the folder is ours");
            file.set_permissions(Permissions::from_mode(*mode)).expect("the file is ours");
        }
    }
}

fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).open(path).expect("the folder is ours")
}
