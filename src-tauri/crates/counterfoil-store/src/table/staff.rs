//! People of this store.

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Readable, collect_readable, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "staff";

/// One person.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// Their id.
    pub staff_id: StaffId,
    /// Their name, unique in the store.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Hash of their PIN, in PHC form. Never shown.
    pub pin_hash: String,
    /// Wrong PINs in a row.
    pub wrong_tries: u32,
    /// Until when no PIN is taken.
    pub locked_until: Option<Moment>,
}

/// Adds a person.
///
/// # Errors
/// [`StoreError::Taken`] when the name is.
pub fn insert(connection: &Connection, row: &StaffRow, now: Moment) -> Result<(), StoreError> {
    let taken: bool = connection
        .prepare_cached("SELECT count(*) > 0 FROM staff WHERE name = ?1")?
        .query_row([&row.name], |row| row.get(0))?;
    if taken {
        return Err(StoreError::Taken("person"));
    }
    let sql = "INSERT INTO staff (staff_id, name, role, pin_hash, added_at)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![
        row.staff_id.as_str(),
        row.name,
        row.role.word(),
        row.pin_hash,
        now.as_millis(),
    ])?;
    Ok(())
}

/// Notes wrong and right PINs.
///
/// # Errors
/// The database cannot be written.
pub fn set_lockout(
    connection: &Connection,
    staff_id: &StaffId,
    wrong_tries: u32,
    locked_until: Option<Moment>,
) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET wrong_tries = ?2, locked_until = ?3 WHERE staff_id = ?1";
    let until = locked_until.map(Moment::as_millis);
    connection.prepare_cached(sql)?.execute(params![staff_id.as_str(), wrong_tries, until])?;
    Ok(())
}

/// Moves the ends of the locks that have not run out at `from` as far as time itself was moved,
/// from there to `to`: they last as long as before.
///
/// # Errors
/// The database cannot be written.
pub fn move_locks(connection: &Connection, from: Moment, to: Moment) -> Result<(), StoreError> {
    let by_ms = to.millis_since(from);
    if by_ms == 0 {
        return Ok(());
    }
    let sql = "UPDATE staff SET locked_until = locked_until + ?2 WHERE locked_until > ?1";
    connection.prepare_cached(sql)?.execute(params![from.as_millis(), by_ms])?;
    Ok(())
}

/// Everybody, by name, as far as they can be read; see [`readable`].
///
/// # Errors
/// The database cannot be read.
pub fn all(connection: &Connection) -> Result<Vec<StaffRow>, StoreError> {
    Ok(readable(connection)?.rows)
}

/// Everybody, by name, and those that cannot be read.
///
/// # Errors
/// The database cannot be read.
pub fn readable(connection: &Connection) -> Result<Readable<StaffRow>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM staff ORDER BY name")?;
    collect_readable(TABLE, statement.query([])?, read)
}

/// Somebody by id, or by exact name.
///
/// # Errors
/// The database cannot be read.
pub fn find(connection: &Connection, id_or_name: &str) -> Result<Option<StaffRow>, StoreError> {
    let sql = "SELECT * FROM staff WHERE staff_id = ?1 OR name = ?1 ORDER BY staff_id = ?1 DESC";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([id_or_name], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<StaffRow, StoreError> {
    let name = || row.get::<_, String>("name").unwrap_or_default();
    read_columns(row).map_err(|error| error.in_row(TABLE, name()))
}

fn read_columns(row: &Row<'_>) -> Result<StaffRow, StoreError> {
    let role = |word: &str| Role::from_word(word).ok_or("no such role");
    Ok(StaffRow {
        staff_id: parsed(TABLE, row, "staff_id", StaffId::parse)?,
        name: row.get("name")?,
        role: parsed(TABLE, row, "role", role)?,
        pin_hash: row.get("pin_hash")?,
        wrong_tries: row.get("wrong_tries")?,
        locked_until: optional_moment(row, "locked_until")?,
    })
}
