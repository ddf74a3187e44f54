//! Challenges that this till has shown, to be answered at another one.

use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{moment, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "challenge";

/// One challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeRow {
    /// What its answer names.
    pub nonce: String,
    /// The change it is about.
    pub change_id: ChangeId,
    /// Under which the texts are digested; empty once it is no longer open.
    pub salt: String,
    /// When it was shown.
    pub made_at: Moment,
    /// From this moment on no answer is taken.
    pub expires_at: Moment,
    /// From this moment on an approval that answers it no longer holds.
    pub approval_expires_at: Moment,
    /// When its answer was taken.
    pub used_at: Option<Moment>,
}

/// Notes a challenge that is about to be shown. It takes the place of every earlier one of its
/// change, and the salts of all that are no longer open are forgotten.
///
/// # Errors
/// The database cannot be written.
pub fn put(connection: &Connection, row: &ChallengeRow) -> Result<(), StoreError> {
    let sql = "DELETE FROM challenge WHERE change_id = ?1 AND used_at IS NULL";
    connection.prepare_cached(sql)?.execute([row.change_id.as_str()])?;
    let sql = "UPDATE challenge SET salt = '' WHERE salt <> '' AND expires_at <= ?1";
    connection.prepare_cached(sql)?.execute([row.made_at.as_millis()])?;
    let sql = "INSERT INTO challenge (nonce, change_id, salt, made_at, expires_at,
                                      approval_expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        row.nonce,
        row.change_id.as_str(),
        row.salt,
        row.made_at.as_millis(),
        row.expires_at.as_millis(),
        row.approval_expires_at.as_millis(),
    ])?;
    Ok(())
}

/// The challenge of a nonce; none where this till never showed it, or showed another since.
///
/// # Errors
/// The database cannot be read.
pub fn get(connection: &Connection, nonce: &str) -> Result<Option<ChallengeRow>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM challenge WHERE nonce = ?1")?;
    statement.query_row([nonce], |row| Ok(read(row))).optional()?.transpose()
}

/// Notes that its answer was taken. False where one was before.
///
/// # Errors
/// The database cannot be written.
pub fn take(connection: &Connection, nonce: &str, at: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE challenge SET used_at = ?2, salt = '' WHERE nonce = ?1 AND used_at IS NULL";
    Ok(connection.prepare_cached(sql)?.execute(params![nonce, at.as_millis()])? == 1)
}

/// Forgets the salts of all challenges of a change: its texts are erased.
///
/// # Errors
/// The database cannot be written.
pub fn forget(connection: &Connection, change_id: &ChangeId) -> Result<(), StoreError> {
    let sql = "UPDATE challenge SET salt = '' WHERE change_id = ?1 AND salt <> ''";
    connection.prepare_cached(sql)?.execute([change_id.as_str()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ChallengeRow, StoreError> {
    Ok(ChallengeRow {
        nonce: row.get("nonce")?,
        change_id: parsed(TABLE, row, "change_id", ChangeId::parse)?,
        salt: row.get("salt")?,
        made_at: moment(row, "made_at")?,
        expires_at: moment(row, "expires_at")?,
        approval_expires_at: moment(row, "approval_expires_at")?,
        used_at: optional_moment(row, "used_at")?,
    })
}
