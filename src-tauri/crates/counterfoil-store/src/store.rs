use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use counterfoil_core::moment::Moment;
use rusqlite::Connection;

use crate::lock::OpeningLock;
use crate::readers::Readers;
use crate::writer::{DiskFailed, Writer};
use crate::{DATABASE_FILE, DrainLock, StoreError, connect, files, look, migrate, rescue};

/// SQLite 3.53.2 mends a fault of write-ahead logs and an overflow in full-text search.
const LEAST_SQLITE: i32 = 3_053_002;

/// How long emptying the log waits for those who read an older view.
const LOG_TIMEOUT: Duration = Duration::from_secs(5);

/// The store of one till. Cheap to clone; the file is closed with the last clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    // Before the writer: the last one to close carries the log over and removes it, and only the
    // writer may.
    readers: Readers,
    writer: Right,
}

/// Whether this store may be written.
enum Right {
    Writes(Writer),
    /// Why it could not be opened in full, in words, and whether a newer version made it.
    OnlyReads {
        newer: bool,
        why: String,
    },
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
        let path = dir.join(DATABASE_FILE);
        rescue::refuse_newer(&path)?;
        files::make_folder(dir)?;
        let _opening = OpeningLock::wait(dir)?;
        rescue::refuse_emptied(&path)?;
        files::make_file(&path)?;
        let mut connection = connect::writing(&path).map_err(|error| error.about_file(&path))?;
        migrate::migrate(&mut connection, &path, now)?;
        let writer = Right::Writes(Writer::start(connection, &path)?);
        let readers = Readers::new(&path);
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), writer, readers }) })
    }

    /// Opens for reading what `why` keeps from being opened in full. Every write and the right to
    /// send are refused; no file is made or changed.
    ///
    /// # Errors
    /// `why` is no such reason, or nothing can be read: the reason it could not be opened.
    pub fn open_read_only(dir: &Path, why: StoreError) -> Result<Self, StoreError> {
        if !rescue::may_be_read(&why) || rescue::try_reading(dir).is_err() {
            return Err(why);
        }
        let newer = matches!(why, StoreError::Newer);
        let writer = Right::OnlyReads { newer, why: why.to_string() };
        let readers = Readers::of_the_file_alone(&dir.join(DATABASE_FILE));
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), writer, readers }) })
    }

    /// [`StoreError::ReadOnly`] where this store is open for reading only; `None` where it is open
    /// in full.
    #[must_use]
    pub fn read_only_because(&self) -> Option<StoreError> {
        self.writer().err()
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        match &self.inner.writer {
            Right::Writes(writer) => Ok(writer),
            Right::OnlyReads { newer, why } => {
                Err(StoreError::ReadOnly { newer: *newer, why: why.clone() })
            }
        }
    }

    /// True where a data folder holds a store already, and where this person may not look.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        let path = dir.join(DATABASE_FILE);
        files::has_bytes(&path) || files::has_bytes(&files::log_of(&path))
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Takes the right to send from this folder; `None` when another process holds it.
    ///
    /// # Errors
    /// The lock file cannot be made, or the store is open for reading only.
    pub fn take_drain_lock(&self) -> Result<Option<DrainLock>, StoreError> {
        self.writer()?;
        DrainLock::take(&self.inner.dir)
    }

    /// True while some process holds the right to send. Looking disturbs nobody.
    ///
    /// # Errors
    /// The lock file cannot be read.
    pub fn is_drained(&self) -> Result<bool, StoreError> {
        DrainLock::is_held(&self.inner.dir)
    }

    /// Runs one write; answers when it is durable. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// Whatever the job says, or that it could not be made durable; nothing was stored then, but
    /// see [`Store::may_have_stored`].
    pub fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer()?.write(job)
    }

    /// True for the one error of [`Store::write`] after which what was asked may be stored all the
    /// same: the disk failed at the commit and has failed since. It shows when the disk works
    /// again. After every other error nothing is stored.
    #[must_use]
    pub fn may_have_stored(error: &StoreError) -> bool {
        let StoreError::Io(error) = error else { return false };
        let failed = error.get_ref().and_then(|inner| inner.downcast_ref());
        matches!(failed, Some(DiskFailed::NotKnown(_)))
    }

    /// Empties the write-ahead log into the database, so that what was erased stands in neither.
    /// False while somebody still reads an older view: try again later. Blocks.
    ///
    /// # Errors
    /// The files cannot be written, or the store is open for reading only.
    pub fn empty_log(&self) -> Result<bool, StoreError> {
        self.writer()?;
        let connection = Connection::open(self.inner.dir.join(DATABASE_FILE))?;
        connection.busy_timeout(LOG_TIMEOUT)?;
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
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
        let modes = |connection: &Connection| {
            let mode = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            let full = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
            Ok((mode, full))
        };
        // Of the connection that writes, where there is one.
        let (journal_mode, synchronous) = match &self.inner.writer {
            Right::Writes(writer) => writer.write(modes)?,
            Right::OnlyReads { .. } => self.read(modes)?,
        };
        let (check, schema) = self.read(|connection| {
            Ok((look::whole(connection)?, migrate::schema_version(connection).unwrap_or(0)))
        })?;
        Ok(StoreFacts {
            sqlite: rusqlite::version().to_owned(),
            journal_mode,
            synchronous,
            schema,
            check,
        })
    }
}
