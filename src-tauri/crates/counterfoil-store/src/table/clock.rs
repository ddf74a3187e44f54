//! What the clock guard keeps: the mark that trusted time is counted from, and the newest moment
//! stored. The rules are in `counterfoil-core`, `clock.rs`.

use counterfoil_core::clock::{Mark, rfc3339};
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use super::meta;
use crate::StoreError;

/// The fact of the store that holds the mark, as JSON.
const CLOCK_MARK: &str = "clock_mark";

/// The stored mark; none before the first, or where another version left one that cannot be read:
/// then time goes on from the newest moment stored.
///
/// # Errors
/// The database cannot be read.
pub fn mark(connection: &Connection) -> Result<Option<Mark>, StoreError> {
    let text = meta::get(connection, CLOCK_MARK)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Stores the mark.
///
/// # Errors
/// The database cannot be written.
pub fn put_mark(connection: &Connection, mark: &Mark) -> Result<(), StoreError> {
    let text = serde_json::to_string(mark).map_err(|error| StoreError::damaged("meta", error))?;
    meta::set(connection, CLOCK_MARK, &text)
}

/// The newest moment stored, by the newest entry of the trail: whatever staff or the till do
/// stands there, in order. None where that entry cannot be read.
///
/// # Errors
/// The database cannot be read.
pub fn newest_moment(connection: &Connection) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT body FROM audit_entry ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let at = statement.query_row([], |row| Ok(row.get_ref(0)?.as_str().ok().and_then(said_at)));
    Ok(at.optional()?.flatten())
}

fn said_at(body: &str) -> Option<Moment> {
    let body: Value = serde_json::from_str(body).ok()?;
    rfc3339(body.get("at")?.as_str()?)
}
