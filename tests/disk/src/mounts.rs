use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::handle::Shared;

/// Which folders lie on a disk of ours.
static MOUNTS: Mutex<BTreeMap<PathBuf, Arc<Shared>>> = Mutex::new(BTreeMap::new());

pub fn add(folder: PathBuf, disk: Arc<Shared>) {
    MOUNTS.lock().unwrap_or_else(PoisonError::into_inner).insert(folder, disk);
}

pub fn remove(folder: &Path) {
    MOUNTS.lock().unwrap_or_else(PoisonError::into_inner).remove(folder);
}

/// The disk that a path lies on and the file's name there; none for paths elsewhere.
pub fn find(path: &str) -> Option<(Arc<Shared>, String)> {
    let path = Path::new(path);
    let folder = path.parent()?.canonicalize().ok()?;
    let name = path.file_name()?.to_str()?.to_owned();
    let mounts = MOUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    Some((Arc::clone(mounts.get(&folder)?), name))
}
