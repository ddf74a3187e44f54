//! How connections to the database are opened, and with what.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, migrate};

/// How long one process waits for another one's commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The one connection that writes: write-ahead log, every commit synced.
pub fn writing(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    migrate::refuse_newer(&connection)?;
    // Recursive triggers, so that a row of the append-only tables is not replaced either.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A connection that can only read. In WAL it neither blocks the writer nor waits for it.
pub fn reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;")?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}
