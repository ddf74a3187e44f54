use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::{StoreError, files};

/// The right to send.
const RIGHT: &str = "drain.lock";
/// Shown to whoever only wants to know: looking never touches the right itself, so that a look
/// cannot make somebody else's taking of it fail.
const SHOWN: &str = "draining.lock";
const OPENING: &str = "opening.lock";

/// The right to send from this data folder: held by one process at a time and let go by the
/// operating system when the process ends, however it ends.
#[derive(Debug)]
pub struct DrainLock {
    // Both are held for their locks only, and let go in this order.
    _shown: File,
    _right: File,
}

impl DrainLock {
    /// Takes the right to send; `None` when another process holds it.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] when the lock file is another person's, or the disk's error.
    pub fn take(dir: &Path) -> Result<Option<Self>, StoreError> {
        let right = lock_file(dir, RIGHT)?;
        match right.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::of_disk(&dir.join(RIGHT), error));
            }
        }
        let shown = lock_file(dir, SHOWN)?;
        // Waits for those who are just looking, which takes them no time.
        shown.lock().map_err(|error| StoreError::of_disk(&dir.join(SHOWN), error))?;
        Ok(Some(Self { _shown: shown, _right: right }))
    }

    /// True while somebody holds the right to send. Makes no file and disturbs nobody.
    ///
    /// # Errors
    /// As for [`DrainLock::take`].
    pub fn is_held(dir: &Path) -> Result<bool, StoreError> {
        let path = dir.join(SHOWN);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::of_disk(&path, error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(StoreError::of_disk(&path, error)),
        }
    }
}

/// Held while a store is opened, so that two processes do not both make or migrate its file.
#[derive(Debug)]
pub struct OpeningLock {
    // Held for its lock only.
    _file: File,
}

impl OpeningLock {
    /// Waits for its turn. The operating system lets go of it when its holder ends.
    pub fn wait(dir: &Path) -> Result<Self, StoreError> {
        let file = lock_file(dir, OPENING)?;
        file.lock().map_err(|error| StoreError::of_disk(&dir.join(OPENING), error))?;
        Ok(Self { _file: file })
    }
}

fn lock_file(dir: &Path, name: &str) -> Result<File, StoreError> {
    let path = dir.join(name);
    files::make_file(&path)?;
    let file = File::options().append(true).open(&path);
    file.map_err(|error| StoreError::of_disk(&path, error))
}
