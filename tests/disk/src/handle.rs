use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::locks::Region;
use crate::state::{Call, Code, State};

/// A disk as its handles and its controls share it.
pub struct Shared(Mutex<State>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    pub fn new(state: State) -> Self {
        Self(Mutex::new(state))
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a file.
    pub fn delete(&self, name: &str, folder_synced: bool) -> Result<(), Code> {
        let mut state = self.lock();
        let life = state.life;
        state.gate(life, Call::Delete)?;
        if state.remove(name, folder_synced) { Ok(()) } else { Err(ffi::SQLITE_IOERR_DELETE_NOENT) }
    }

    /// True for a file that is there and holds something, as SQLite's own layers answer.
    pub fn holds(&self, name: &str) -> bool {
        let mut state = self.lock();
        state.find(name).is_some_and(|id| state.file(id).len() > 0)
    }
}

/// One file as one connection has it open.
pub struct Handle {
    disk: Arc<Shared>,
    name: String,
    life: u64,
    file: u64,
    id: u64,
    /// Keeps the memory that SQLite has pointers to.
    regions: Mutex<Vec<Arc<Region>>>,
}

impl Handle {
    pub fn open(disk: &Arc<Shared>, name: &str, flags: i32) -> Result<Self, Code> {
        let mut state = disk.lock();
        let life = state.life;
        state.gate(life, Call::Open)?;
        let file = match state.find(name) {
            Some(file) => file,
            None if flags & ffi::SQLITE_OPEN_CREATE != 0 => state.make(name),
            None => return Err(ffi::SQLITE_CANTOPEN),
        };
        let id = state.fresh();
        drop(state);
        let (disk, name) = (Arc::clone(disk), name.to_owned());
        Ok(Self { disk, name, life, file, id, regions: Mutex::default() })
    }

    fn gate(&self, call: Call) -> Result<MutexGuard<'_, State>, Code> {
        let mut state = self.disk.lock();
        state.gate(self.life, call)?;
        Ok(state)
    }

    /// Fills the buffer and answers how many bytes there were.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<usize, Code> {
        let mut state = self.gate(Call::Read)?;
        state.count(&self.name).reads += 1;
        Ok(state.file(self.file).read(offset, buffer))
    }

    pub fn write(&self, offset: usize, data: &[u8]) -> Result<(), Code> {
        let mut state = self.disk.lock();
        let was_alive = state.alive && state.life == self.life;
        let gate = state.gate(self.life, Call::Write);
        if let Err(code) = gate {
            if was_alive {
                // A write that fails has stored nothing, a part or, for an error, all of it.
                let most = if code == ffi::SQLITE_FULL { data.len() } else { data.len() + 1 };
                let part = state.dice.below(most);
                let part = if state.dice.once_in(2) { part } else { data.len().min(most - 1) };
                state.file(self.file).write(offset, &data[..part]);
            }
            return Err(code);
        }
        let count = state.count(&self.name);
        count.writes += 1;
        count.bytes += u64::try_from(data.len()).unwrap_or(u64::MAX);
        state.file(self.file).write(offset, data);
        Ok(())
    }

    pub fn truncate(&self, len: usize) -> Result<(), Code> {
        self.gate(Call::Truncate)?.file(self.file).truncate(len);
        Ok(())
    }

    pub fn sync(&self) -> Result<(), Code> {
        let mut state = self.disk.lock();
        let takes = state.sync_takes;
        if !takes.is_zero() {
            drop(state);
            std::thread::sleep(takes);
            state = self.disk.lock();
        }
        let gate = state.gate(self.life, Call::Sync);
        if let Err(code) = gate {
            if state.alive && state.life == self.life {
                let mut dice = state.dice.clone();
                state.file(self.file).fail_sync(&mut dice);
                state.dice = dice;
            }
            return Err(code);
        }
        state.count(&self.name).syncs += 1;
        state.sync(&self.name, self.file);
        Ok(())
    }

    pub fn len(&self) -> Result<usize, Code> {
        let mut state = self.disk.lock();
        if !state.alive || state.life != self.life {
            return Err(ffi::SQLITE_IOERR_FSTAT);
        }
        Ok(state.file(self.file).len())
    }

    pub fn raise(&self, level: i32) -> Result<(), Code> {
        let taken = self.gate(Call::Lock)?.locks(self.file).raise(self.id, level);
        if taken { Ok(()) } else { Err(ffi::SQLITE_BUSY) }
    }

    pub fn lower(&self, level: i32) {
        let mut state = self.disk.lock();
        if state.life == self.life {
            state.locks(self.file).lower(self.id, level);
        }
    }

    pub fn reserved(&self) -> bool {
        self.disk.lock().locks(self.file).reserved()
    }

    pub fn powersafe(&self) -> bool {
        self.disk.lock().powersafe
    }

    /// Where the shared region begins; none when it is not there and must not be made.
    pub fn map(
        &self,
        place: usize,
        bytes: usize,
        make: bool,
    ) -> Result<Option<*const AtomicU64>, Code> {
        let mut state = self.gate(Call::Map)?;
        let Some(region) = state.locks(self.file).region(self.id, place, bytes, make) else {
            return Ok(None);
        };
        let start = region.start();
        self.regions.lock().unwrap_or_else(PoisonError::into_inner).push(region);
        Ok(Some(start))
    }

    pub fn take_slots(&self, slots: u32, alone: bool) -> Result<(), Code> {
        let mut state = self.gate(Call::Lock)?;
        let taken = state.locks(self.file).take_slots(self.id, slots, alone);
        if taken { Ok(()) } else { Err(ffi::SQLITE_BUSY) }
    }

    pub fn free_slots(&self, slots: u32) {
        let mut state = self.disk.lock();
        if state.life == self.life {
            state.locks(self.file).free_slots(self.id, slots);
        }
    }

    /// Orders what this thread reads and writes of the shared memory.
    pub fn barrier(&self) {
        fence(Ordering::SeqCst);
        drop(self.disk.lock());
    }

    pub fn unmap(&self) {
        let mut state = self.disk.lock();
        if state.life == self.life {
            state.locks(self.file).unmap(self.id);
        }
        self.regions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.disk.lock();
        if state.life == self.life {
            state.locks(self.file).close(self.id);
        }
    }
}
