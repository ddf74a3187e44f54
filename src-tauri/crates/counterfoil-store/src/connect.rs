//! How connections to the database are opened, and with what.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, files, look, migrate};

/// How long one process waits for another one's commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The one connection that writes: write-ahead log, every commit synced. Refuses what a newer
/// version made and what is damaged, and leaves database and log as they are then.
pub fn writing(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Closing would copy the log into the database: not before it is known to be ours.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    migrate::refuse_newer(&connection)?;
    look::at_start(&connection, path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    keep_plans(&connection)?;
    // Small pages for a new file: a change touches a dozen pages of as many tables and indexes,
    // and each is written whole, once to the log and once to the database. A log of some 8 MiB is
    // used over and over in place, so that few commits have to empty it, and the writer keeps its
    // own pages rather than reading them back out of it. Statement journals hold
    // rows of ours: they stay out of the system's folder of temporary files. Recursive triggers,
    // so that a row of the append-only tables is not replaced either. What is deleted is written
    // over with zeros: an erased text stands nowhere in the file.
    connection.execute_batch(
        "PRAGMA page_size = 1024;
         PRAGMA journal_mode = WAL;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA cache_size = -16000;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
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
    only_reading(Connection::open_with_flags(path, flags)?)
}

/// A connection to a file that nobody writes: makes no file beside it and takes no lock. Where
/// there is a log, what it holds belongs to the database, and it is opened as ever.
pub fn reading_only_the_file(path: &Path) -> Result<Connection, StoreError> {
    if files::has_bytes(&files::log_of(path)) {
        return reading(path);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    only_reading(Connection::open_with_flags(still_uri(path), flags)?)
}

fn only_reading(connection: Connection) -> Result<Connection, StoreError> {
    keep_plans(&connection)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;")?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// A statement that is kept keeps its plan: otherwise SQLite plans it anew whenever a value is
/// bound, which costs three times the statement itself.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A path as SQLite's address of a file that stands still (`sqlite.org/uri.html`).
fn still_uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file:");
    if cfg!(windows) {
        uri.push('/');
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b':' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_path_of_any_bytes_is_opened_where_it_lies() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in [&b"plain.db"[..], b"a b?c=d#e%41.db", "Ünï.db".as_bytes(), b"\xff\xfe.db"] {
            let path = dir.path().join(OsStr::from_bytes(name));
            let made = Connection::open(&path).expect("it is made");
            made.execute_batch("CREATE TABLE here (a) ").expect("it takes a table");
            drop(made);
            let read = reading_only_the_file(&path).expect("it opens");
            let many: i64 = read
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
                .expect("it reads");
            assert_eq!(many, 1, "{}", path.display());
        }
    }
}
