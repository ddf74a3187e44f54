use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::{StoreError, connect};

/// Idle connections kept for the next reader.
const MOST_KEPT: usize = 4;

/// Connections that only read. In WAL they neither block the writer nor wait for it.
pub struct Readers {
    path: PathBuf,
    open: fn(&Path) -> Result<Connection, StoreError>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: connect::reading, idle: Mutex::new(Vec::new()) }
    }

    /// Readers of a file that nobody writes.
    pub fn of_the_file_alone(path: &Path) -> Self {
        Self { open: connect::reading_only_the_file, ..Self::new(path) }
    }

    /// Runs one read on a consistent view of the database.
    pub fn read<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.take()?;
        let outcome = {
            let transaction = connection.transaction()?;
            job(&transaction)
        };
        self.give_back(connection);
        outcome
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = kept {
            return Ok(connection);
        }
        (self.open)(&self.path)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_KEPT {
            idle.push(connection);
        }
    }
}
