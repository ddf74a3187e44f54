//! Reading what is readable of a store that cannot be opened in full: a newer version made it, or
//! it is damaged, or it could not be brought to this version. Nothing is written, nothing is sent.

use std::path::Path;

use crate::{DATABASE_FILE, StoreError, connect, files, migrate};

/// Refuses, before any file is made or touched, a database that a newer version has left
/// finished. One with a log is looked at when it is opened.
pub fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    if !files::has_bytes(path) || files::has_bytes(&files::log_of(path)) {
        return Ok(());
    }
    // Whatever else stands in the way is said when it is opened.
    let Ok(connection) = connect::reading_only_the_file(path) else { return Ok(()) };
    match migrate::refuse_newer(&connection) {
        Err(StoreError::Newer) => Err(StoreError::Newer),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Refuses an emptied database whose log still holds something: opening it would throw that away.
pub fn refuse_emptied(path: &Path) -> Result<(), StoreError> {
    if files::has_bytes(path) || !files::has_bytes(&files::log_of(path)) {
        return Ok(());
    }
    let what = "it is empty or gone, while its log is not".to_owned();
    Err(StoreError::BadFile { path: path.to_owned(), what })
}

/// True for what keeps a store from being opened in full but not from being read.
#[must_use]
pub fn may_be_read(error: &StoreError) -> bool {
    match error {
        StoreError::Newer | StoreError::BadFile { .. } | StoreError::Migration { .. } => true,
        StoreError::Sqlite(_)
        | StoreError::Io(_)
        | StoreError::NotOurs { .. }
        | StoreError::ReadOnly { .. }
        | StoreError::SqliteTooOld(_)
        | StoreError::Damaged { .. }
        | StoreError::BadRow { .. }
        | StoreError::Illegal(_)
        | StoreError::Broken(_)
        | StoreError::Missing(_)
        | StoreError::Taken(_)
        | StoreError::Closed => false,
    }
}

/// Proves that something can be read.
pub fn try_reading(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(DATABASE_FILE);
    let read = || {
        let connection = connect::reading_only_the_file(&path)?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 { Err(StoreError::Missing("table")) } else { Ok(()) }
    };
    read().map_err(|error: StoreError| error.about_file(&path))
}
