use std::io;
use std::path::{Path, PathBuf};

use counterfoil_core::audit::BrokenAt;
use counterfoil_core::change::Illegal;
use rusqlite::{Error as SqliteError, ErrorCode};
use thiserror::Error;

/// Why the store could not do what was asked. Nothing was stored unless said otherwise.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the database could not be used")]
    Sqlite(#[source] SqliteError),
    /// The disk said no.
    #[error("the data folder could not be used")]
    Io(#[source] io::Error),
    /// The folder or a file in it belongs to another person of this computer, or this one may
    /// not write it.
    #[error("{} belongs to another person of this computer, or may not be written", path.display())]
    NotOurs {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file is no database, or is damaged as a whole. It was left as it is.
    #[error("{} cannot be read as a database: {what}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A migration failed: the schema before it is whole.
    #[error("the database could not be brought to this version; it is as it was before")]
    Migration {
        /// What SQLite or the list of migrations said.
        #[source]
        source: Box<refinery::Error>,
        /// The copy that was made before, where there was anything to copy.
        backup: Option<PathBuf>,
    },
    /// Made by a newer version.
    #[error("the database was made by a newer version of Counterfoil; this one leaves it alone")]
    Newer,
    /// Opened for reading only, because it could not be opened in full.
    #[error("the database is open for reading only: {why}")]
    ReadOnly {
        /// True where a newer version made it, false where it is damaged.
        newer: bool,
        /// Why it could not be opened in full.
        why: String,
    },
    /// The SQLite linked in has known faults.
    #[error("this build carries SQLite {0}, which has known faults with write-ahead logs")]
    SqliteTooOld(String),
    /// A row that cannot be read, in a table of which it is not known which row.
    #[error("a row of {table} cannot be read: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// One known row that cannot be read, or what belongs to it. Others are not concerned.
    #[error("{table} {row} cannot be read: {what}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// Its id.
        row: String,
        /// What is wrong.
        what: String,
    },
    /// An event that does not fit the change as stored.
    #[error(transparent)]
    Illegal(Illegal),
    /// The trail does not verify.
    #[error(transparent)]
    Broken(BrokenAt),
    /// No such row.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// A name that must be unique is taken.
    #[error("there is such a {0} already")]
    Taken(&'static str),
    /// The writing thread is gone.
    #[error("the database is closed")]
    Closed,
}

impl From<SqliteError> for StoreError {
    fn from(error: SqliteError) -> Self {
        Self::Sqlite(error)
    }
}

impl StoreError {
    /// True where stored bytes cannot be read back, whatever is asked and however often: one row
    /// or a part of the file. What does not need them goes on.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::BadRow { .. } | Self::BadFile { .. } => true,
            Self::Sqlite(error) => is_unreadable(error),
            Self::Io(_)
            | Self::NotOurs { .. }
            | Self::Migration { .. }
            | Self::Newer
            | Self::ReadOnly { .. }
            | Self::SqliteTooOld(_)
            | Self::Illegal(_)
            | Self::Broken(_)
            | Self::Missing(_)
            | Self::Taken(_)
            | Self::Closed => false,
        }
    }

    /// Damage whose table SQLite does not tell names it; any other error stays as it is.
    pub(crate) fn in_table(self, table: &'static str) -> Self {
        match self {
            Self::Sqlite(source) if is_unreadable(&source) => Self::damaged(table, source),
            other => other,
        }
    }

    pub(crate) fn damaged(table: &'static str, what: impl ToString) -> Self {
        Self::Damaged { table, what: what.to_string() }
    }

    /// Damage that was met on the way to this row names it; any other error stays as it is.
    pub(crate) fn in_row(self, table: &'static str, row: impl ToString) -> Self {
        match self {
            Self::Damaged { table: inner, what } if inner != table => {
                Self::BadRow { table, row: row.to_string(), what: format!("{inner}: {what}") }
            }
            Self::Damaged { what, .. } => Self::BadRow { table, row: row.to_string(), what },
            Self::Sqlite(error) if is_unreadable(&error) => {
                Self::BadRow { table, row: row.to_string(), what: error.to_string() }
            }
            other => other,
        }
    }

    /// The disk's no, told apart from somebody else's folder.
    pub(crate) fn of_disk(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::NotOurs { path: path.to_owned(), source },
            _ => Self::Io(source),
        }
    }

    /// What SQLite says of the file as a whole names the file.
    pub(crate) fn about_file(self, path: &Path) -> Self {
        let code = match &self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        };
        let what = match code {
            Some(ErrorCode::NotADatabase) => "it is no database, or its beginning is damaged",
            Some(ErrorCode::DatabaseCorrupt) => "a part of it is missing or damaged",
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                let source = io::Error::new(io::ErrorKind::PermissionDenied, self.to_string());
                return Self::NotOurs { path: path.to_owned(), source };
            }
            Some(_) | None => return self,
        };
        Self::BadFile { path: path.to_owned(), what: what.to_owned() }
    }
}

/// A value of another type than its column's, text that is no text, a page that is no page.
fn is_unreadable(error: &SqliteError) -> bool {
    match error {
        SqliteError::FromSqlConversionFailure(..)
        | SqliteError::InvalidColumnType(..)
        | SqliteError::IntegralValueOutOfRange(..)
        | SqliteError::Utf8Error(..) => true,
        other => matches!(
            other.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}
