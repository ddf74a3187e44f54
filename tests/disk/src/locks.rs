use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rusqlite::ffi;

/// Bytes of a word.
const WORD: usize = 8;

/// One region of memory that the connections of a database share. Atomic, since SQLite reads and
/// writes it from several threads.
#[derive(Debug)]
pub struct Region(Box<[AtomicU64]>);

impl Region {
    fn new(bytes: usize) -> Self {
        Self((0..bytes.div_ceil(WORD)).map(|_| AtomicU64::new(0)).collect())
    }

    pub fn start(&self) -> *const AtomicU64 {
        self.0.as_ptr()
    }
}

/// The locks and the shared memory of one file. All connections are in one process.
#[derive(Debug, Default)]
pub struct Locks {
    levels: BTreeMap<u64, i32>,
    regions: Vec<Arc<Region>>,
    mapped: BTreeSet<u64>,
    /// Bits held shared and bits held alone.
    slots: BTreeMap<u64, (u32, u32)>,
}

impl Locks {
    /// Raises the lock of one handle; false when another one stands in the way.
    pub fn raise(&mut self, handle: u64, wanted: i32) -> bool {
        let held = self.level(handle);
        if held >= wanted {
            return true;
        }
        let others = self.others(handle);
        let free = match wanted {
            ffi::SQLITE_LOCK_SHARED => others < ffi::SQLITE_LOCK_PENDING,
            ffi::SQLITE_LOCK_RESERVED => others < ffi::SQLITE_LOCK_RESERVED,
            _ => others == ffi::SQLITE_LOCK_NONE,
        };
        let pending = !free && wanted == ffi::SQLITE_LOCK_EXCLUSIVE;
        if free {
            self.levels.insert(handle, wanted);
        } else if pending && others < ffi::SQLITE_LOCK_RESERVED {
            // Keeps new readers out until those there have gone.
            self.levels.insert(handle, ffi::SQLITE_LOCK_PENDING);
        }
        free
    }

    pub fn lower(&mut self, handle: u64, wanted: i32) {
        let held = self.level(handle);
        self.levels.insert(handle, held.min(wanted));
    }

    /// True when any handle means to write.
    pub fn reserved(&self) -> bool {
        self.levels.values().any(|level| *level >= ffi::SQLITE_LOCK_RESERVED)
    }

    /// The region at this place; none when it is not there and must not be made.
    pub fn region(
        &mut self,
        handle: u64,
        place: usize,
        bytes: usize,
        make: bool,
    ) -> Option<Arc<Region>> {
        self.mapped.insert(handle);
        while make && self.regions.len() <= place {
            self.regions.push(Arc::new(Region::new(bytes)));
        }
        self.regions.get(place).map(Arc::clone)
    }

    /// Takes slots of the shared memory; false when another handle stands in the way.
    pub fn take_slots(&mut self, handle: u64, slots: u32, alone: bool) -> bool {
        let mut others = self.slots.iter().filter(|(other, _)| **other != handle);
        let free = others.all(|(_, (shared, held_alone))| {
            let in_the_way = if alone { shared | held_alone } else { *held_alone };
            in_the_way & slots == 0
        });
        if free {
            let held = self.slots.entry(handle).or_default();
            let kind = if alone { &mut held.1 } else { &mut held.0 };
            *kind |= slots;
        }
        free
    }

    pub fn free_slots(&mut self, handle: u64, slots: u32) {
        if let Some(held) = self.slots.get_mut(&handle) {
            *held = (held.0 & !slots, held.1 & !slots);
        }
    }

    /// The handle no longer shares memory; the last one takes the memory with it.
    pub fn unmap(&mut self, handle: u64) {
        self.slots.remove(&handle);
        self.mapped.remove(&handle);
        if self.mapped.is_empty() {
            self.regions.clear();
        }
    }

    pub fn close(&mut self, handle: u64) {
        self.levels.remove(&handle);
    }

    fn level(&self, handle: u64) -> i32 {
        self.levels.get(&handle).copied().unwrap_or(ffi::SQLITE_LOCK_NONE)
    }

    fn others(&self, handle: u64) -> i32 {
        let others = self.levels.iter().filter(|(other, _)| **other != handle);
        others.map(|(_, level)| *level).max().unwrap_or(ffi::SQLITE_LOCK_NONE)
    }
}
