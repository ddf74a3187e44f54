//! Facts about the store itself: its name, its till.

use counterfoil_core::id::TillId;
use rusqlite::{Connection, OptionalExtension};

use super::column;
use crate::StoreError;

/// Store name.
pub const STORE_NAME: &str = "store_name";
/// Till name.
pub const TILL_NAME: &str = "till_name";
/// Till id.
pub const TILL_ID: &str = "till_id";
/// `true` while staff work offline on purpose.
pub const OFFLINE_ON_PURPOSE: &str = "offline_on_purpose";
/// Since when they do, milliseconds since 1970 UTC; of the last time, where they no longer do.
pub const OFFLINE_ON_PURPOSE_SINCE: &str = "offline_on_purpose_since";
/// Digest of the key that the keyring holds for this till: who has the key may send.
pub const TILL_SEAL: &str = "till_seal";
/// How often the right to send was taken up, a whole number; the keyring holds the same.
pub const TILL_EPOCH: &str = "till_epoch";
/// Where a program of this till listens for callbacks; of the last time, where it ended badly.
pub const LISTENING_AT: &str = "listening_at";
/// `true` on the training till.
pub const TRAINING: &str = "training";

/// `true` where something was erased and its last traces in the files were not cleared yet.
pub const ERASURE_UNSETTLED: &str = "erasure_unsettled";
/// When this till last looked for what was kept long enough, milliseconds since 1970 UTC.
pub const SWEPT_AT: &str = "swept_at";

/// Reads one fact.
///
/// # Errors
/// The database cannot be read.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let value = statement.query_row([key], |row| Ok(column("meta", row, 0))).optional()?;
    value.transpose()
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

/// Removes one fact.
///
/// # Errors
/// The database cannot be written.
pub fn remove(connection: &Connection, key: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
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

/// How often the right to send was taken up; 0 before the first time.
///
/// # Errors
/// The database cannot be read, or holds no number there.
pub fn epoch(connection: &Connection) -> Result<u64, StoreError> {
    let text = get(connection, TILL_EPOCH)?.unwrap_or_else(|| "0".to_owned());
    text.parse().map_err(|_| StoreError::damaged("meta", format!("{TILL_EPOCH} is no number")))
}
