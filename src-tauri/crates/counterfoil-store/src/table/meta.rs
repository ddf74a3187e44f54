//! Facts about the store itself: its name, its till.

use counterfoil_core::id::TillId;
use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;

/// Store name.
pub const STORE_NAME: &str = "store_name";
/// Till name.
pub const TILL_NAME: &str = "till_name";
/// Till id.
pub const TILL_ID: &str = "till_id";
/// `true` while staff work offline on purpose.
pub const OFFLINE_ON_PURPOSE: &str = "offline_on_purpose";
/// `true` on the training till.
pub const TRAINING: &str = "training";

/// Reads one fact.
///
/// # Errors
/// The database cannot be read.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes one fact.
///
/// # Errors
/// The database cannot be written.
pub fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute([key, value])?;
    Ok(())
}

/// This till; none before first run.
///
/// # Errors
/// The database cannot be read, or holds no id there.
pub fn till_id(connection: &Connection) -> Result<Option<TillId>, StoreError> {
    let text = get(connection, TILL_ID)?;
    let parse = |text: String| TillId::parse(&text).map_err(|bad| StoreError::damaged("meta", bad));
    text.map(parse).transpose()
}
