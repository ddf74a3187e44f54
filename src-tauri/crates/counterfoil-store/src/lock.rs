use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// The right to send from this data folder: held by one process at a time and let go by the
/// operating system when the process ends, however it ends.
#[derive(Debug)]
pub struct DrainLock {
    // Held for its lock only.
    _file: File,
}

impl DrainLock {
    /// Takes the right to send; `None` when another process holds it.
    ///
    /// # Errors
    /// The lock file cannot be made.
    pub fn take(dir: &Path) -> io::Result<Option<Self>> {
        let file = lock_file(dir, "drain.lock")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
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
    pub fn wait(dir: &Path) -> io::Result<Self> {
        let file = lock_file(dir, "opening.lock")?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}

fn lock_file(dir: &Path, name: &str) -> io::Result<File> {
    let path = dir.join(name);
    crate::files::make_file(&path)?;
    File::options().append(true).open(path)
}
