//! Settings that were set; the others have their defaults.

use counterfoil_core::settings::Setting;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{collect, column};
use crate::StoreError;

/// The value in force.
///
/// # Errors
/// The database cannot be read.
pub fn get(connection: &Connection, setting: Setting) -> Result<String, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
    let stored = |row: &Row<'_>| Ok(column("setting", row, 0));
    let value = statement.query_row([setting.key()], stored).optional()?.transpose()?;
    Ok(value.unwrap_or_else(|| setting.default_value().to_owned()))
}

/// Writes a value that was checked before.
///
/// # Errors
/// The database cannot be written.
pub fn set(connection: &Connection, setting: Setting, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute([setting.key(), value])?;
    Ok(())
}

/// The settings that were set under this prefix, as they are stored.
///
/// # Errors
/// The database cannot be read.
pub fn set_under(
    connection: &Connection,
    prefix: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT key, value FROM setting WHERE key >= ?1 AND key < ?1 || x'7F'";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([prefix])?, |row| {
        Ok((column("setting", row, "key")?, column("setting", row, "value")?))
    })
}
