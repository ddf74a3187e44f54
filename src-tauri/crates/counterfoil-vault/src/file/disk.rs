//! The file on disk: who may read it, how it is replaced whole, who may write.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::VaultError;

/// Largest file that is read or written: a till has tens of secrets of at most a few kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// How long another program may hold the lock: a writing takes milliseconds and, at worst, one
/// derivation of a key on a busy till.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_STEP: Duration = Duration::from_millis(20);

pub(super) struct Disk {
    path: PathBuf,
    /// How long to wait for another program's writing.
    pub(super) lock_wait: Duration,
}

impl Disk {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, lock_wait: LOCK_WAIT }
    }

    /// The whole file, `None` when there is none.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed("open it", &self.path, cause)),
        };
        let meta = file.metadata().map_err(|cause| failed("look at it", &self.path, cause))?;
        if !meta.is_file() {
            return Err(VaultError::FileDamaged { what: "it is a folder or a device" });
        }
        access::refuse_exposed(&self.path, &meta)?;
        let mut bytes = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
        read.map_err(|cause| failed("read it", &self.path, cause))?;
        refuse_large(&bytes)?;
        Ok(Some(bytes))
    }

    /// Replaces the file whole: a power cut leaves the old one or the new one.
    pub(super) fn replace(&self, bytes: &[u8]) -> Result<(), VaultError> {
        refuse_large(bytes)?;
        let fresh = self.beside(".new");
        // Left by a program that was killed; the lock says that nobody else is writing it.
        match fs::remove_file(&fresh) {
            Ok(()) => {}
            Err(cause) if cause.kind() == ErrorKind::NotFound => {}
            Err(cause) => return Err(failed("clear the way", &fresh, cause)),
        }
        if let Err(cause) = write_whole(&fresh, bytes) {
            // The first failure is what counts; the half-written file holds sealed bytes only.
            drop(fs::remove_file(&fresh));
            return Err(failed("write it", &fresh, cause));
        }
        let put = |cause| failed("put it in place", &self.path, cause);
        fs::rename(&fresh, &self.path).map_err(put)?;
        access::sync_folder(self.folder()).map_err(put)
    }

    /// Keeps every other program from writing until the lock is dropped. It lies on a file of its
    /// own, because the vault's file is replaced.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        let path = self.beside(".lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        access::only_ours(&mut options);
        let file = options.open(&path).map_err(|cause| failed("lock it", &path, cause))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if begun.elapsed() < self.lock_wait => {
                    thread::sleep(LOCK_STEP);
                }
                Err(TryLockError::WouldBlock) => return Err(VaultError::FileBusy),
                Err(TryLockError::Error(cause)) => return Err(failed("lock it", &path, cause)),
            }
        }
    }

    /// Makes the folder, for this person alone, when it is not there.
    pub(super) fn make_folder(&self) -> Result<(), VaultError> {
        let folder = self.folder();
        if folder.is_dir() {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        access::only_ours_folder(&mut builder);
        builder.create(folder).map_err(|cause| failed("make its folder", folder, cause))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // `create_new` does not follow a link that someone laid there.
    options.write(true).create_new(true);
    access::only_ours(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn refuse_large(bytes: &[u8]) -> Result<(), VaultError> {
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= LARGEST => Ok(()),
        Ok(_) | Err(_) => Err(VaultError::FileDamaged { what: "it has more than 1 MiB" }),
    }
}

fn failed(act: &'static str, path: &Path, source: io::Error) -> VaultError {
    match source.kind() {
        ErrorKind::PermissionDenied => {
            VaultError::Denied { cause: format!("{}: {source}", path.display()) }
        }
        _ => VaultError::File { act, path: path.to_owned(), source },
    }
}

#[cfg(unix)]
mod access {
    use super::*;
    use std::fs::Metadata;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};

    /// Everything that lets the group or anyone else in.
    const OTHERS: u32 = 0o077;

    pub(super) fn refuse_exposed(path: &Path, meta: &Metadata) -> Result<(), VaultError> {
        let mode = meta.mode() & 0o7777;
        if mode & OTHERS == 0 {
            return Ok(());
        }
        Err(VaultError::FileExposed { path: path.to_owned(), mode })
    }

    pub(super) fn only_ours(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    pub(super) fn only_ours_folder(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    /// Without this the new name itself may be lost in a power cut.
    pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// Windows keeps the folders of a person from others by their access lists, and has no way to
/// sync a folder.
#[cfg(not(unix))]
mod access {
    use super::*;
    use std::fs::Metadata;

    pub(super) fn refuse_exposed(_: &Path, _: &Metadata) -> Result<(), VaultError> {
        Ok(())
    }

    pub(super) fn only_ours(_: &mut OpenOptions) {}

    pub(super) fn only_ours_folder(_: &mut DirBuilder) {}

    pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}
