use counterfoil_core::audit::BrokenAt;
use counterfoil_core::change::Illegal;
use thiserror::Error;

/// Why the store could not do what was asked. Nothing was stored unless said otherwise.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the database could not be used")]
    Sqlite(#[source] rusqlite::Error),
    /// The disk said no.
    #[error("the data folder could not be used")]
    Io(#[source] std::io::Error),
    /// A migration failed; the backup made before it lies beside the database.
    #[error("the database could not be brought to this version")]
    Migration(#[source] Box<refinery::Error>),
    /// Made by a newer version.
    #[error("the database was made by a newer version of Counterfoil; this one leaves it alone")]
    Newer,
    /// The SQLite linked in has known faults.
    #[error("this build carries SQLite {0}, which has known faults with write-ahead logs")]
    SqliteTooOld(String),
    /// A row that cannot be read.
    #[error("a row of {table} cannot be read: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
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

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl StoreError {
    pub(crate) fn damaged(table: &'static str, what: impl ToString) -> Self {
        Self::Damaged { table, what: what.to_string() }
    }
}
