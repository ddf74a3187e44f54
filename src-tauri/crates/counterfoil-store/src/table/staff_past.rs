//! What was true of people, and from when on: appended to, never edited, so that a new name, a new
//! role or a leaving never rewrites what came before.

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{collect, moment, parsed};
use crate::StoreError;

const TABLE: &str = "staff_past";

/// What became different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// They came.
    Added,
    /// They have another name.
    Renamed,
    /// They have another role.
    RoleChanged,
    /// They left.
    Left,
    /// They are here again.
    Returned,
}

/// What was true of a person from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRow {
    /// From when on.
    pub at: Moment,
    /// Their name then; `None` where it was erased.
    pub name: Option<String>,
    /// Their role then.
    pub role: Role,
    /// What became different.
    pub what: What,
}

impl What {
    /// Each of them.
    pub const ALL: [Self; 5] =
        [Self::Added, Self::Renamed, Self::RoleChanged, Self::Left, Self::Returned];

    /// The word of the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::RoleChanged => "role_changed",
            Self::Left => "left",
            Self::Returned => "returned",
        }
    }
}

/// Notes how the person stands in the staff table now.
pub(super) fn append(
    connection: &Connection,
    staff_id: &StaffId,
    at: Moment,
    what: What,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO staff_past (staff_id, at, name, role, what)
               SELECT staff_id, ?2, name, role, ?3 FROM staff WHERE staff_id = ?1";
    let values = params![staff_id.as_str(), at.as_millis(), what.word()];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Forgets every name the person had here; the table lets it through for those who have left.
pub(super) fn erase_names(connection: &Connection, staff_id: &StaffId) -> Result<(), StoreError> {
    let sql = "UPDATE staff_past SET name = NULL WHERE staff_id = ?1";
    connection.prepare_cached(sql)?.execute([staff_id.as_str()])?;
    Ok(())
}

/// What the person was called at a moment: before they came, by their first name here; once it was
/// erased, by what stands in its place. `None` for nobody.
///
/// # Errors
/// The database cannot be read.
pub fn name_at(
    connection: &Connection,
    staff_id: &StaffId,
    at: Moment,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT coalesce(
                   (SELECT name FROM staff_past WHERE staff_id = ?1 AND at <= ?2
                    ORDER BY at DESC, row_id DESC LIMIT 1),
                   (SELECT name FROM staff_past WHERE staff_id = ?1 ORDER BY at, row_id LIMIT 1),
                   name)
               FROM staff WHERE staff_id = ?1";
    let values = params![staff_id.as_str(), at.as_millis()];
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}

/// Everything that was true of the person, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn of(connection: &Connection, staff_id: &StaffId) -> Result<Vec<PastRow>, StoreError> {
    let sql = "SELECT * FROM staff_past WHERE staff_id = ?1 ORDER BY at, row_id";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([staff_id.as_str()])?, read)
}

fn read(row: &Row<'_>) -> Result<PastRow, StoreError> {
    let what = |word: &str| What::ALL.into_iter().find(|what| what.word() == word).ok_or("no word");
    let role = |word: &str| Role::from_word(word).ok_or("no such role");
    Ok(PastRow {
        at: moment(row, "at")?,
        name: row.get("name")?,
        role: parsed(TABLE, row, "role", role)?,
        what: parsed(TABLE, row, "what", what)?,
    })
}
