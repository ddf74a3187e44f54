use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::handle::Shared;
use crate::state::{Call, Counts, Files, Harm, State};
use crate::{mounts, vfs};

/// Why no disk could be put under a folder.
#[derive(Debug)]
pub enum MountError {
    /// There is no such folder.
    Folder(io::Error),
    /// SQLite did not take the file layer; its result code.
    Sqlite(i32),
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(error) => write!(f, "the folder cannot be used: {error}"),
            Self::Sqlite(code) => write!(f, "SQLite does not take the file layer: {code}"),
        }
    }
}

impl std::error::Error for MountError {}

/// What an end of the process left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// A killed process: all it wrote, since the system still has it.
    Everything,
    /// A power cut: what was synced, and of the rest whatever happened to reach the disk.
    Synced,
}

/// The files of a disk at one moment, with what is durable of them, to begin other disks with.
#[derive(Debug, Clone)]
pub struct Image(Files);

impl Image {
    /// The bytes of one file, as the program sees them.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.0.contents().remove(name)
    }

    /// Every file's name.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.contents().into_keys().collect()
    }

    /// The same files with all of their bytes durable.
    #[must_use]
    pub fn at_rest(&self) -> Self {
        Self(Files::at_rest(&self.0.contents()))
    }
}

/// A disk under a folder. Taken away when it is dropped: close its databases before.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    shared: Arc<Shared>,
}

impl Disk {
    /// Puts an empty disk under a folder. Whatever it does by chance follows from the seed and
    /// the order of the calls.
    ///
    /// # Errors
    /// [`MountError`]
    pub fn mount(folder: &Path, seed: u64) -> Result<Self, MountError> {
        vfs::register().map_err(MountError::Sqlite)?;
        let folder = folder.canonicalize().map_err(MountError::Folder)?;
        let shared = Arc::new(Shared::new(State::new(seed)));
        mounts::add(folder.clone(), Arc::clone(&shared));
        Ok(Self { folder, shared })
    }

    /// Puts a disk with these files under a folder.
    ///
    /// # Errors
    /// [`MountError`]
    pub fn mount_image(folder: &Path, seed: u64, image: &Image) -> Result<Self, MountError> {
        let disk = Self::mount(folder, seed)?;
        disk.shared.lock().replace_files(image.0.clone());
        Ok(disk)
    }

    /// The disk stops claiming that a torn write leaves the bytes beside it alone, and makes use
    /// of it: a power cut also turns sectors that were being written to rubbish.
    pub fn without_powersafe_overwrite(&self) {
        self.shared.lock().powersafe = false;
    }

    /// Every sync takes this long from now on, as on a disk that is not memory.
    pub fn sync_takes(&self, time: Duration) {
        self.shared.lock().sync_takes = time;
    }

    /// Does harm at calls of these kinds: at the one numbered `first`, from zero, counted from
    /// now, and at those behind it, `times` in all.
    pub fn arm(&self, harm: Harm, calls: &[Call], first: u64, times: u64) {
        self.shared.lock().arm(harm, calls, first, times);
    }

    /// Does no more harm.
    pub fn disarm(&self) {
        self.shared.lock().disarm();
    }

    /// How many calls the harm could have struck, and how many it struck, since it was armed.
    #[must_use]
    pub fn struck(&self) -> (u64, u64) {
        let state = self.shared.lock();
        (state.seen, state.struck)
    }

    /// Ends the process as far as its files go: every later call fails.
    pub fn end(&self) {
        self.shared.lock().alive = false;
    }

    /// False from the end of the process until the next start.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.shared.lock().alive
    }

    /// Starts the next process. Connections of earlier ones answer with errors for ever.
    pub fn start(&self, left: Left) {
        self.shared.lock().start(left == Left::Synced);
    }

    /// Begins to count anew.
    pub fn count_from_here(&self) {
        self.shared.lock().counts.clear();
    }

    /// What was counted for one file.
    #[must_use]
    pub fn counts_of(&self, name: &str) -> Counts {
        self.shared.lock().counts.get(name).copied().unwrap_or_default()
    }

    /// What was counted for all files together.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let state = self.shared.lock();
        state.counts.values().fold(Counts::default(), |sum, counts| Counts {
            reads: sum.reads + counts.reads,
            writes: sum.writes + counts.writes,
            bytes: sum.bytes + counts.bytes,
            syncs: sum.syncs + counts.syncs,
        })
    }

    /// Lets SQLite's waits for a lock take a thousandth of their time, on every disk of this
    /// process.
    pub fn wait_little(&self) {
        vfs::sleep_little();
    }

    /// The files as they are.
    #[must_use]
    pub fn image(&self) -> Image {
        Image(self.shared.lock().files().clone())
    }

    /// Shows the files as they are just before every `every`-th call that changes them, until
    /// the next start. The watcher runs inside that call: it must not touch this disk.
    pub fn watch(&self, every: u64, mut watcher: impl FnMut(Call, Image) + Send + 'static) {
        let watch = Box::new(move |call, files| watcher(call, Image(files)));
        self.shared.lock().watch(every, watch);
    }

    /// Shows nothing more.
    pub fn watch_no_more(&self) {
        self.shared.lock().watch_no_more();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        mounts::remove(&self.folder);
    }
}
