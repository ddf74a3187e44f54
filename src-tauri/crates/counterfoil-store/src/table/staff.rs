//! People of this store: those who are here, and those who have left. What was true of them and
//! when is in [`staff_past`](super::staff_past).

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::staff_past::{self, What};
use super::{Readable, collect, collect_readable, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "staff";

/// One person.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// Their id.
    pub staff_id: StaffId,
    /// Their name, unique among those who are here.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// What their PIN is checked by.
    pub marks: PinMarks,
    /// Wrong PINs in a row.
    pub wrong_tries: u32,
    /// Until when no PIN is taken.
    pub locked_until: Option<Moment>,
    /// When they left; `None` while they are here.
    pub left_at: Option<Moment>,
}

/// What a PIN is checked by, and the key it opens. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PinMarks {
    /// Hash of the PIN, in PHC form.
    pub pin_hash: String,
    /// The mark of the pepper that is mixed into it; `None` where none is.
    pub pepper_mark: Option<String>,
    /// The short check, for while the keyring is away.
    pub short_check: Option<String>,
    /// The open half of their key, in hex.
    pub public_key: Option<String>,
    /// The other half, sealed.
    pub sealed_key: Option<String>,
}

impl StaffRow {
    /// Somebody new, with a PIN that is checked by its hash alone.
    #[must_use]
    pub fn new(staff_id: StaffId, name: &str, role: Role, pin_hash: &str) -> Self {
        Self {
            staff_id,
            name: name.to_owned(),
            role,
            marks: PinMarks { pin_hash: pin_hash.to_owned(), ..PinMarks::default() },
            wrong_tries: 0,
            locked_until: None,
            left_at: None,
        }
    }

    /// True until they leave.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.left_at.is_none()
    }
}

/// Adds a person.
///
/// # Errors
/// [`StoreError::Taken`] when somebody here has the name.
pub fn insert(connection: &Connection, row: &StaffRow, now: Moment) -> Result<(), StoreError> {
    free(connection, &row.name)?;
    let sql = "INSERT INTO staff (staff_id, name, role, pin_hash, pepper_mark, short_check,
                                  public_key, sealed_key, added_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        row.staff_id.as_str(),
        row.name,
        row.role.word(),
        row.marks.pin_hash,
        row.marks.pepper_mark,
        row.marks.short_check,
        row.marks.public_key,
        row.marks.sealed_key,
        now.as_millis(),
    ])?;
    staff_past::append(connection, &row.staff_id, now, What::Added)
}

/// Gives a person another name.
///
/// # Errors
/// [`StoreError::Taken`] when somebody here has it, [`StoreError::Missing`] for nobody.
pub fn rename(
    connection: &Connection,
    staff_id: &StaffId,
    name: &str,
    now: Moment,
) -> Result<(), StoreError> {
    free(connection, name)?;
    set(connection, "UPDATE staff SET name = ?2 WHERE staff_id = ?1", staff_id, &name)?;
    staff_past::append(connection, staff_id, now, What::Renamed)
}

/// Gives a person another role.
///
/// # Errors
/// [`StoreError::Missing`] for nobody.
pub fn set_role(
    connection: &Connection,
    staff_id: &StaffId,
    role: Role,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET role = ?2 WHERE staff_id = ?1";
    set(connection, sql, staff_id, &role.word())?;
    staff_past::append(connection, staff_id, now, What::RoleChanged)
}

/// A person leaves: nobody signs in as them any more, and their name is free for others. Their
/// PIN and their key go; what they did stays theirs.
///
/// # Errors
/// [`StoreError::Missing`] for nobody.
pub fn leave(connection: &Connection, staff_id: &StaffId, now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET left_at = ?2, pin_hash = '', pepper_mark = NULL,
                   short_check = NULL, sealed_key = NULL
               WHERE staff_id = ?1";
    set(connection, sql, staff_id, &now.as_millis())?;
    staff_past::append(connection, staff_id, now, What::Left)
}

/// Somebody who left is here again, with a new PIN.
///
/// # Errors
/// [`StoreError::Taken`] when somebody here has their name by now, [`StoreError::Missing`] for
/// nobody.
pub fn come_back(
    connection: &Connection,
    staff_id: &StaffId,
    marks: &PinMarks,
    now: Moment,
) -> Result<(), StoreError> {
    let row = find(connection, staff_id.as_str())?.ok_or(StoreError::Missing("person"))?;
    free(connection, &row.name)?;
    let sql = "UPDATE staff SET left_at = ?2 WHERE staff_id = ?1";
    set(connection, sql, staff_id, &None::<i64>)?;
    set_pin(connection, staff_id, marks)?;
    staff_past::append(connection, staff_id, now, What::Returned)
}

/// Gives a person another PIN; nothing is held against them any more.
///
/// # Errors
/// [`StoreError::Missing`] for nobody.
pub fn set_pin(
    connection: &Connection,
    staff_id: &StaffId,
    marks: &PinMarks,
) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET pin_hash = ?2, pepper_mark = ?3, short_check = ?4, public_key = ?5,
                   sealed_key = ?6, wrong_tries = 0, locked_until = NULL
               WHERE staff_id = ?1";
    let many = connection.prepare_cached(sql)?.execute(params![
        staff_id.as_str(),
        marks.pin_hash,
        marks.pepper_mark,
        marks.short_check,
        marks.public_key,
        marks.sealed_key,
    ])?;
    someone(many)
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

/// The name of somebody who has left is erased everywhere in these tables; `stand_in` stands in
/// its place.
///
/// # Errors
/// [`StoreError::Missing`] for nobody, and for somebody who is here.
pub fn erase_name(
    connection: &Connection,
    staff_id: &StaffId,
    stand_in: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE staff SET name = ?2 WHERE staff_id = ?1 AND left_at IS NOT NULL";
    set(connection, sql, staff_id, &stand_in)?;
    staff_past::erase_names(connection, staff_id)
}

/// Everybody, by name, as far as they can be read; see [`readable`].
///
/// # Errors
/// The database cannot be read.
pub fn all(connection: &Connection) -> Result<Vec<StaffRow>, StoreError> {
    Ok(readable(connection)?.rows)
}

/// Everybody, by name, also those who have left, and those that cannot be read.
///
/// # Errors
/// The database cannot be read.
pub fn readable(connection: &Connection) -> Result<Readable<StaffRow>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM staff ORDER BY name, staff_id")?;
    collect_readable(TABLE, statement.query([])?, read)
}

/// Somebody by id, here or not, or somebody here by exact name.
///
/// # Errors
/// The database cannot be read.
pub fn find(connection: &Connection, id_or_name: &str) -> Result<Option<StaffRow>, StoreError> {
    let sql = "SELECT * FROM staff WHERE staff_id = ?1 OR (name = ?1 AND left_at IS NULL)
               ORDER BY staff_id = ?1 DESC";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([id_or_name], |row| Ok(read(row))).optional()?.transpose()
}

/// Those who have left and had this exact name.
///
/// # Errors
/// The database cannot be read.
pub fn left_as(connection: &Connection, name: &str) -> Result<Vec<StaffRow>, StoreError> {
    let sql = "SELECT * FROM staff WHERE name = ?1 AND left_at IS NOT NULL ORDER BY left_at";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([name])?, read)
}

/// How many owners are here.
///
/// # Errors
/// The database cannot be read.
pub fn owners_here(connection: &Connection) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM staff WHERE role = ?1 AND left_at IS NULL";
    let owner = [Role::Owner.word()];
    Ok(connection.prepare_cached(sql)?.query_row(owner, |row| row.get(0))?)
}

/// True where the PIN of anybody is checked with a pepper.
///
/// # Errors
/// The database cannot be read.
pub fn any_peppered(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) > 0 FROM staff WHERE pepper_mark IS NOT NULL";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn free(connection: &Connection, name: &str) -> Result<(), StoreError> {
    let sql = "SELECT count(*) > 0 FROM staff WHERE name = ?1 AND left_at IS NULL";
    let taken: bool = connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))?;
    if taken { Err(StoreError::Taken("person")) } else { Ok(()) }
}

/// Runs one update of one person: `?1` is their id, `?2` the value.
fn set(
    connection: &Connection,
    sql: &str,
    staff_id: &StaffId,
    value: &dyn ToSql,
) -> Result<(), StoreError> {
    someone(connection.prepare_cached(sql)?.execute(params![staff_id.as_str(), value])?)
}

fn someone(many: usize) -> Result<(), StoreError> {
    if many == 1 { Ok(()) } else { Err(StoreError::Missing("person")) }
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
        marks: PinMarks {
            pin_hash: row.get("pin_hash")?,
            pepper_mark: row.get("pepper_mark")?,
            short_check: row.get("short_check")?,
            public_key: row.get("public_key")?,
            sealed_key: row.get("sealed_key")?,
        },
        wrong_tries: row.get("wrong_tries")?,
        locked_until: optional_moment(row, "locked_until")?,
        left_at: optional_moment(row, "left_at")?,
    })
}
