use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::ffi;

use crate::Dice;
use crate::file::File;
use crate::locks::Locks;

/// A result code of SQLite.
pub type Code = i32;

/// The calls that SQLite makes and a disk can fail at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// A file is opened or made.
    Open,
    /// Bytes are read.
    Read,
    /// Bytes are written.
    Write,
    /// What was written is brought to the disk.
    Sync,
    /// A file is cut.
    Truncate,
    /// A file is removed.
    Delete,
    /// A file is locked.
    Lock,
    /// Shared memory is mapped.
    Map,
}

impl Call {
    /// Every kind of call.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Read,
        Self::Write,
        Self::Sync,
        Self::Truncate,
        Self::Delete,
        Self::Lock,
        Self::Map,
    ];

    /// The calls that change what is on the disk.
    pub const CHANGING: [Self; 4] = [Self::Write, Self::Sync, Self::Truncate, Self::Delete];

    fn error(self) -> Code {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::Map => ffi::SQLITE_IOERR_SHMMAP,
        }
    }
}

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// No room: a write stores a part, or nothing, and says so. Only for [`Call::Write`].
    Full,
    /// An input or output error. A sync that fails so loses a part of what it should have kept,
    /// and no later sync brings it back.
    Error,
    /// The process ends here, in the middle of the call.
    Ends,
}

/// How often each call was made for one file, since counting began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Syncs.
    pub syncs: u64,
}

#[derive(Debug)]
struct Armed {
    harm: Harm,
    calls: Vec<Call>,
    first: u64,
    times: u64,
}

/// Called with the files as they are just before a call that changes them.
pub type Watch = Box<dyn FnMut(Call, Files) + Send>;

/// Looks at every `every`-th call that changes files.
struct Watched {
    every: u64,
    seen: u64,
    watch: Watch,
}

/// The files of a disk and their names.
#[derive(Debug, Clone, Default)]
pub struct Files {
    by_id: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    /// Removed, but the folder was not synced: a power cut may bring them back.
    ghosts: Vec<(String, u64)>,
}

/// All that one disk knows. Behind one lock.
pub struct State {
    pub dice: Dice,
    /// The disk claims what SQLite's own file layers claim: a torn write leaves the bytes beside
    /// it alone.
    pub powersafe: bool,
    /// Handles of an earlier life answer with errors only.
    pub life: u64,
    pub alive: bool,
    pub sync_takes: Duration,
    pub counts: BTreeMap<String, Counts>,
    /// Calls that the armed harm could have struck.
    pub seen: u64,
    pub struck: u64,
    armed: Option<Armed>,
    watched: Option<Watched>,
    next: u64,
    files: Files,
    locks: BTreeMap<u64, Locks>,
}

impl State {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            powersafe: true,
            life: 0,
            alive: true,
            sync_takes: Duration::ZERO,
            counts: BTreeMap::new(),
            seen: 0,
            struck: 0,
            armed: None,
            watched: None,
            next: 0,
            files: Files::default(),
            locks: BTreeMap::new(),
        }
    }

    pub fn arm(&mut self, harm: Harm, calls: &[Call], first: u64, times: u64) {
        self.armed = Some(Armed { harm, calls: calls.to_vec(), first, times });
        (self.seen, self.struck) = (0, 0);
    }

    pub fn disarm(&mut self) {
        self.armed = None;
    }

    /// A number that no file and no handle has.
    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Lets a call through or fails it. `life` is that of the handle.
    pub fn gate(&mut self, life: u64, call: Call) -> Result<(), Code> {
        if !self.alive || life != self.life {
            return Err(call.error());
        }
        self.show(call);
        match self.harm(call) {
            None => Ok(()),
            Some(Harm::Full) => Err(ffi::SQLITE_FULL),
            Some(Harm::Error) => Err(call.error()),
            Some(Harm::Ends) => {
                self.alive = false;
                Err(call.error())
            }
        }
    }

    pub fn watch(&mut self, every: u64, watch: Watch) {
        self.watched = Some(Watched { every, seen: 0, watch });
    }

    pub fn watch_no_more(&mut self) {
        self.watched = None;
    }

    fn show(&mut self, call: Call) {
        let Some(watched) = self.watched.as_mut() else { return };
        if !Call::CHANGING.contains(&call) {
            return;
        }
        watched.seen += 1;
        if watched.seen.is_multiple_of(watched.every) {
            (watched.watch)(call, self.files.clone());
        }
    }

    fn harm(&mut self, call: Call) -> Option<Harm> {
        let armed = self.armed.as_ref().filter(|armed| armed.calls.contains(&call))?;
        let (from, to) = (armed.first, armed.first.saturating_add(armed.times));
        let strikes = (from..to).contains(&self.seen);
        self.seen += 1;
        self.struck += u64::from(strikes);
        strikes.then_some(armed.harm)
    }

    pub fn file(&mut self, id: u64) -> &mut File {
        self.files.by_id.entry(id).or_default()
    }

    pub fn locks(&mut self, id: u64) -> &mut Locks {
        self.locks.entry(id).or_default()
    }

    pub fn count(&mut self, name: &str) -> &mut Counts {
        if !self.counts.contains_key(name) {
            self.counts.insert(name.to_owned(), Counts::default());
        }
        self.counts.entry(name.to_owned()).or_default()
    }

    pub fn find(&self, name: &str) -> Option<u64> {
        self.files.names.get(name).copied()
    }

    /// A new, empty file of this name.
    pub fn make(&mut self, name: &str) -> u64 {
        let id = self.fresh();
        self.files.put(name, id, File::default());
        id
    }

    pub fn sync(&mut self, name: &str, id: u64) {
        self.files.sync(name, id);
    }

    pub fn remove(&mut self, name: &str, folder_synced: bool) -> bool {
        self.files.remove(name, folder_synced)
    }

    pub fn files(&self) -> &Files {
        &self.files
    }

    pub fn replace_files(&mut self, files: Files) {
        self.next = self.next.max(files.by_id.keys().max().copied().unwrap_or(0));
        self.files = files;
    }

    /// A new life. What a killed process wrote is there, though not yet durable; a power cut
    /// leaves what `file.rs` says.
    pub fn start(&mut self, power_was_cut: bool) {
        self.life += 1;
        self.alive = true;
        self.armed = None;
        self.watched = None;
        self.locks.clear();
        if power_was_cut {
            let left = self.files.survivors(&mut self.dice, !self.powersafe);
            self.files = Files::default();
            for (name, content) in left {
                let id = self.fresh();
                self.files.put(&name, id, File::at_rest(content));
            }
        }
    }
}

impl Files {
    fn put(&mut self, name: &str, id: u64, file: File) {
        self.names.insert(name.to_owned(), id);
        self.by_id.insert(id, file);
    }

    fn sync(&mut self, name: &str, id: u64) {
        let file = self.by_id.entry(id).or_default();
        let is_new = !file.named;
        file.sync();
        // SQLite's own layer for Unix syncs the folder with a new log or journal: every name in
        // it is durable then, and what was removed is gone.
        if is_new && (name.ends_with("-wal") || name.ends_with("-journal")) {
            self.ghosts.clear();
            for id in self.names.values() {
                self.by_id.entry(*id).or_default().named = true;
            }
        }
    }

    fn remove(&mut self, name: &str, folder_synced: bool) -> bool {
        let Some(id) = self.names.remove(name) else { return false };
        if folder_synced {
            self.ghosts.clear();
        } else if self.by_id.get(&id).is_some_and(|file| file.named) {
            self.ghosts.push((name.to_owned(), id));
        }
        true
    }

    /// What the program sees of every file.
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let content = |id: &u64| self.by_id.get(id).map(|file| file.content().to_vec());
        let named = self.names.iter().filter_map(|(name, id)| Some((name.clone(), content(id)?)));
        named.collect()
    }

    fn survivors(&self, dice: &mut Dice, blots: bool) -> BTreeMap<String, Vec<u8>> {
        let mut left = BTreeMap::new();
        let ghosts = self.ghosts.iter().map(|(name, id)| (name, id, 2));
        let named = self.names.iter().map(|(name, id)| (name, id, 1));
        // A file whose name was never synced may be missing; one that was removed, there again.
        for (name, id, once_in) in ghosts.chain(named) {
            let Some(file) = self.by_id.get(id) else { continue };
            let once_in = if file.named { once_in } else { 2 };
            if dice.once_in(once_in) {
                left.insert(name.clone(), file.survivor(dice, blots));
            }
        }
        left
    }

    /// Files that are all durable.
    pub fn at_rest(contents: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut files = Self::default();
        for (id, (name, content)) in (1..).zip(contents) {
            files.put(name, id, File::at_rest(content.clone()));
        }
        files
    }
}
