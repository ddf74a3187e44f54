//! The outbox: one row for every change that is not final, in the order they were asked for.

use counterfoil_core::change::Change;
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, params};

use super::{collect, optional_moment, parsed};
use crate::StoreError;

/// When an open change goes on, and what went wrong last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// None where nothing is planned.
    pub next_attempt_at: Option<Moment>,
    /// For a person; none where nothing went wrong.
    pub last_error: Option<String>,
}

/// Keeps the row of an open change, drops that of a final one.
///
/// # Errors
/// The database cannot be written.
pub fn follow(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    if change.state.is_final() {
        let sql = "DELETE FROM outbox WHERE change_id = ?1";
        connection.prepare_cached(sql)?.execute([change.change_id.as_str()])?;
        return Ok(());
    }
    let lane = change.payment_id.as_ref().map_or(change.change_id.as_str(), |id| id.as_str());
    let sql = "INSERT INTO outbox (change_id, lane, state) VALUES (?1, ?2, ?3)
               ON CONFLICT (change_id) DO UPDATE SET state = excluded.state";
    let values = params![change.change_id.as_str(), lane, change.state.word()];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Notes a plan. A change that is no longer open has none.
///
/// # Errors
/// The database cannot be written.
pub fn set_plan(
    connection: &Connection,
    change_id: &ChangeId,
    plan: &Plan,
) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET next_attempt_at = ?2, last_error = ?3 WHERE change_id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        change_id.as_str(),
        plan.next_attempt_at.map(Moment::as_millis),
        plan.last_error,
    ])?;
    Ok(())
}

/// The plan of a change; empty for one that is not open.
///
/// # Errors
/// The database cannot be read.
pub fn plan(connection: &Connection, change_id: &ChangeId) -> Result<Plan, StoreError> {
    let sql = "SELECT next_attempt_at, last_error FROM outbox WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([change_id.as_str()], |row| {
        Ok(optional_moment(row, "next_attempt_at").and_then(|next_attempt_at| {
            Ok(Plan { next_attempt_at, last_error: row.get("last_error")? })
        }))
    });
    found.optional()?.unwrap_or_else(|| Ok(Plan::default()))
}

/// What can be worked on: the head of every lane unless it stands in conflict, and every change
/// that waits for the customer. Oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn runnable(connection: &Connection, limit: u32) -> Result<Vec<ChangeId>, StoreError> {
    let sql = "SELECT o.change_id FROM outbox o
               WHERE o.state = 'needs_customer'
                  OR (o.state IN ('queued', 'sending', 'in_doubt') AND NOT EXISTS (
                      SELECT 1 FROM outbox p WHERE p.lane = o.lane AND p.place < o.place
                      AND p.state IN ('queued', 'sending', 'in_doubt', 'conflict')))
               ORDER BY o.place LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([limit])?, |row| parsed("outbox", row, "change_id", ChangeId::parse))
}

/// Why changes wait to be sent, each reason once.
///
/// # Errors
/// The database cannot be read.
pub fn reasons(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT last_error FROM outbox
               WHERE state = 'queued' AND last_error IS NOT NULL LIMIT 5";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([])?, |row| Ok(row.get("last_error")?))
}

/// How many changes are open.
///
/// # Errors
/// The database cannot be read.
pub fn depth(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}
