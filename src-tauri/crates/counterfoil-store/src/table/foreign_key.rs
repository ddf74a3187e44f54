//! Keys of people of other tills whose answers count here.

use counterfoil_core::id::{StaffId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{collect, moment, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "foreign_key";

/// One person of another till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Their id at their own till.
    pub staff_id: StaffId,
    /// Their own till.
    pub till_id: TillId,
    /// Its name.
    pub till_name: String,
    /// Their name.
    pub name: String,
    /// What they count as here.
    pub role: Role,
    /// Ed25519, hex.
    pub public_key: String,
    /// When an owner brought it in.
    pub added_at: Moment,
    /// When an owner took it out again; `None` while it counts.
    pub removed_at: Option<Moment>,
}

/// Brings a key in, in the place of an older one of the same person.
///
/// # Errors
/// The database cannot be written.
pub fn put(connection: &Connection, key: &ForeignKey) -> Result<(), StoreError> {
    let sql = "INSERT INTO foreign_key (staff_id, till_id, till_name, name, role, public_key,
                                        added_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (staff_id) DO UPDATE SET
                   till_id = excluded.till_id, till_name = excluded.till_name,
                   name = excluded.name, role = excluded.role,
                   public_key = excluded.public_key, added_at = excluded.added_at,
                   removed_at = NULL";
    connection.prepare_cached(sql)?.execute(params![
        key.staff_id.as_str(),
        key.till_id.as_str(),
        key.till_name,
        key.name,
        key.role.word(),
        key.public_key,
        key.added_at.as_millis(),
    ])?;
    Ok(())
}

/// Takes a key out: what it signed and was not sent is void. False where it does not count anyway.
///
/// # Errors
/// The database cannot be written.
pub fn remove(connection: &Connection, staff_id: &StaffId, at: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE foreign_key SET removed_at = ?2
               WHERE staff_id = ?1 AND removed_at IS NULL";
    let values = params![staff_id.as_str(), at.as_millis()];
    Ok(connection.prepare_cached(sql)?.execute(values)? == 1)
}

/// Everybody whose key was ever brought in, by name.
///
/// # Errors
/// The database cannot be read.
pub fn all(connection: &Connection) -> Result<Vec<ForeignKey>, StoreError> {
    let sql = "SELECT * FROM foreign_key ORDER BY name, staff_id";
    collect(connection.prepare_cached(sql)?.query([])?, read)
}

/// Somebody by their id at their own till, also where their key no longer counts.
///
/// # Errors
/// The database cannot be read.
pub fn find(connection: &Connection, staff_id: &str) -> Result<Option<ForeignKey>, StoreError> {
    let sql = "SELECT * FROM foreign_key WHERE staff_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([staff_id], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<ForeignKey, StoreError> {
    let role = |word: &str| Role::from_word(word).ok_or("no such role");
    Ok(ForeignKey {
        staff_id: parsed(TABLE, row, "staff_id", StaffId::parse)?,
        till_id: parsed(TABLE, row, "till_id", TillId::parse)?,
        till_name: row.get("till_name")?,
        name: row.get("name")?,
        role: parsed(TABLE, row, "role", role)?,
        public_key: row.get("public_key")?,
        added_at: moment(row, "added_at")?,
        removed_at: optional_moment(row, "removed_at")?,
    })
}
