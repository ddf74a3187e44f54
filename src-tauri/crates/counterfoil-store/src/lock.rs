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
        let path = dir.join("drain.lock");
        super::files::make_file(&path)?;
        let file = File::options().append(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
