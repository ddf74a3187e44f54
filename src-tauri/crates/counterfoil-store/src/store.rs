use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_core::moment::Moment;
use rusqlite::Connection;

use crate::lock::OpeningLock;
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{DATABASE_FILE, DrainLock, StoreError, connect, files, migrate};

/// SQLite 3.53.2 mends a fault of write-ahead logs and an overflow in full-text search.
const LEAST_SQLITE: i32 = 3_053_002;

/// The store of one till. Cheap to clone; the file is closed with the last clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    writer: Writer,
    readers: Readers,
}

/// What `doctor` says about the file, read back from a live connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFacts {
    /// SQLite's version.
    pub sqlite: String,
    /// `wal`.
    pub journal_mode: String,
    /// 2 is FULL.
    pub synchronous: i64,
    /// Schema version.
    pub schema: i32,
    /// `ok`, or what the quick check found.
    pub check: String,
}

impl Store {
    /// Opens the store of a data folder, making both when they are missing.
    ///
    /// # Errors
    /// Says whether the disk, the file or its version stands in the way.
    pub fn open(dir: &Path, now: Moment) -> Result<Self, StoreError> {
        if rusqlite::version_number() < LEAST_SQLITE {
            return Err(StoreError::SqliteTooOld(rusqlite::version().to_owned()));
        }
        files::make_folder(dir).map_err(StoreError::Io)?;
        let _opening = OpeningLock::wait(dir).map_err(StoreError::Io)?;
        let path = dir.join(DATABASE_FILE);
        files::make_file(&path).map_err(StoreError::Io)?;
        let mut connection = connect::writing(&path)?;
        migrate::migrate(&mut connection, &path, now)?;
        let writer = Writer::start(connection)?;
        let readers = Readers::new(&path);
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), writer, readers }) })
    }

    /// True where a data folder holds a store already.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        std::fs::metadata(dir.join(DATABASE_FILE)).is_ok_and(|file| file.len() > 0)
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Takes the right to send from this folder; `None` when another process holds it.
    ///
    /// # Errors
    /// The lock file cannot be made.
    pub fn take_drain_lock(&self) -> Result<Option<DrainLock>, StoreError> {
        DrainLock::take(&self.inner.dir).map_err(StoreError::Io)
    }

    /// Runs one write; answers when it is durable. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// Whatever the job says, or that it could not be made durable; then nothing was stored.
    pub fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.write(job)
    }

    /// Runs one read on a consistent view. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// Whatever the job says.
    pub fn read<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.readers.read(job)
    }

    /// A number that changes with every commit of any process.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn revision(&self) -> Result<i64, StoreError> {
        // The trail grows with everything that staff or the till do.
        self.read(|connection| {
            let sql = "SELECT coalesce(max(seq), 0) FROM audit_entry";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// Facts for `doctor`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn facts(&self) -> Result<StoreFacts, StoreError> {
        let (journal_mode, synchronous) = self.write(|connection| {
            let mode = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            let full = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
            Ok((mode, full))
        })?;
        let check = self.read(|connection| {
            Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?)
        })?;
        Ok(StoreFacts {
            sqlite: rusqlite::version().to_owned(),
            journal_mode,
            synchronous,
            schema: migrate::newest_known(),
            check,
        })
    }
}
