//! The outbox: one row for every change that is not final, with its turn in its lane, when it is
//! due and what it waits for.
//!
//! What is due is found by an index, however long the queue is: the head of a lane is marked when
//! it becomes the head, not looked for when something is to be sent.

use counterfoil_core::change::{Change, State};
use counterfoil_core::engine::{Plan, WaitWhy};
use counterfoil_core::id::{AccountId, ChangeId};
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{collect, column, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "outbox";

/// Follows a change to its newest event: keeps the row of an open one, drops that of a final one,
/// and hands the turn on where the head of the lane moved. `at` is the moment of the event.
///
/// # Errors
/// The database cannot be written.
pub fn follow(connection: &Connection, change: &Change, at: Moment) -> Result<(), StoreError> {
    if change.state.is_final() {
        let sql = "DELETE FROM outbox WHERE change_id = ?1";
        connection.prepare_cached(sql)?.execute([change.change_id.as_str()])?;
    } else {
        keep(connection, change, at)?;
    }
    hand_on_the_turn(connection, lane(change), at)
}

/// The lane of a change: its payment, or itself while there is none.
fn lane(change: &Change) -> &str {
    change.payment_id.as_ref().map_or(change.change_id.as_str(), |id| id.as_str())
}

fn keep(connection: &Connection, change: &Change, at: Moment) -> Result<(), StoreError> {
    if change.state == State::Queued {
        // A change that a second person has agreed to takes its turn now: what was queued before
        // that may be on its way already.
        let agreed = "DELETE FROM outbox WHERE change_id = ?1 AND state = 'awaiting_approval'";
        connection.prepare_cached(agreed)?.execute([change.change_id.as_str()])?;
    }
    // A try that came to nothing is counted on; another state begins anew.
    let sql = "INSERT INTO outbox (change_id, account_id, lane, state, due_at, runnable)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (change_id) DO UPDATE SET
                   state = excluded.state,
                   due_at = excluded.due_at,
                   waits_for = 'turn',
                   tries = iif(state IN ('queued', 'sending')
                               AND excluded.state IN ('queued', 'sending'), tries, 0),
                   runnable = iif(excluded.state = 'needs_customer', 1,
                                  iif(excluded.state IN ('queued', 'sending', 'in_doubt'),
                                      runnable, 0))";
    connection.prepare_cached(sql)?.execute(params![
        change.change_id.as_str(),
        change.account_id.as_str(),
        lane(change),
        change.state.word(),
        at.as_millis(),
        change.state == State::NeedsCustomer,
    ])?;
    Ok(())
}

/// Marks the first of a lane that can go on. A conflict at its head lets nobody pass. Who comes
/// to the turn is due at once.
fn hand_on_the_turn(connection: &Connection, lane: &str, at: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET runnable = 1, due_at = ?2
               WHERE runnable = 0 AND state IN ('queued', 'sending', 'in_doubt')
               AND place = (SELECT place FROM outbox WHERE lane = ?1
                   AND state IN ('queued', 'sending', 'in_doubt', 'conflict')
                   ORDER BY place LIMIT 1)";
    connection.prepare_cached(sql)?.execute(params![lane, at.as_millis()])?;
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
    let sql = "UPDATE outbox SET due_at = ?2, waits_for = ?3, tries = ?4, last_error = ?5
               WHERE change_id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        change_id.as_str(),
        plan.until.map(Moment::as_millis),
        plan.why.word(),
        plan.tries,
        plan.error,
    ])?;
    Ok(())
}

/// A person wants it now: due at once, whatever was planned.
///
/// # Errors
/// The database cannot be written.
pub fn bring_forward(
    connection: &Connection,
    change_id: &ChangeId,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET due_at = ?2 WHERE change_id = ?1 AND due_at IS NOT NULL";
    connection.prepare_cached(sql)?.execute(params![change_id.as_str(), now.as_millis()])?;
    Ok(())
}

/// A person started a run by hand: whatever is runnable is looked at once more, and counted in
/// what the run found. What a look may do is for the engine to say.
///
/// # Errors
/// The database cannot be written.
pub fn bring_all_forward(connection: &Connection, now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET due_at = ?1
               WHERE runnable = 1 AND (due_at > ?1 OR due_at IS NULL)";
    connection.prepare_cached(sql)?.execute([now.as_millis()])?;
    Ok(())
}

/// The plan of a change; none for one that is not open.
///
/// # Errors
/// The database cannot be read.
pub fn plan(connection: &Connection, change_id: &ChangeId) -> Result<Option<Plan>, StoreError> {
    let sql = "SELECT due_at, waits_for, tries, last_error FROM outbox WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([change_id.as_str()], |row| Ok(read_plan(row))).optional()?.transpose()
}

fn read_plan(row: &Row<'_>) -> Result<Plan, StoreError> {
    let why = |word: &str| WaitWhy::from_word(word).ok_or("no such reason");
    Ok(Plan {
        until: optional_moment(row, "due_at")?,
        why: parsed(TABLE, row, "waits_for", why)?,
        tries: column(TABLE, row, "tries")?,
        error: column(TABLE, row, "last_error")?,
    })
}

/// What an account can work on now, the longest due first: heads of lanes and changes that wait
/// for the customer. A plan further off than `longest_ms`, the longest pause there is, was made
/// before the clock was set back: it is due too.
///
/// # Errors
/// The database cannot be read.
pub fn due(
    connection: &Connection,
    account_id: &AccountId,
    now: Moment,
    longest_ms: i64,
    limit: u32,
) -> Result<Vec<ChangeId>, StoreError> {
    let mut due = due_between(connection, account_id, i64::MIN, now.as_millis(), limit)?;
    if due.is_empty() {
        let further = now.plus_millis(longest_ms).as_millis().saturating_add(1);
        due = due_between(connection, account_id, further, i64::MAX, limit)?;
    }
    Ok(due)
}

fn due_between(
    connection: &Connection,
    account_id: &AccountId,
    from: i64,
    to: i64,
    limit: u32,
) -> Result<Vec<ChangeId>, StoreError> {
    let sql = "SELECT change_id FROM outbox
               WHERE runnable = 1 AND account_id = ?1 AND due_at BETWEEN ?2 AND ?3
               ORDER BY due_at, place LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(params![account_id.as_str(), from, to, limit])?;
    collect(rows, |row| parsed(TABLE, row, "change_id", ChangeId::parse))
}

/// When the next change of an account that is not due yet goes on by itself. What waits for the
/// customer or a person is looked at then too.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(
    connection: &Connection,
    account_id: &AccountId,
    after: Moment,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT min(due_at) AS next FROM outbox
               WHERE runnable = 1 AND account_id = ?1 AND due_at > ?2";
    let values = params![account_id.as_str(), after.as_millis()];
    connection.prepare_cached(sql)?.query_row(values, |row| Ok(optional_moment(row, "next")))?
}

/// As [`next_due`], but only where it can bring the queue on without anybody acting.
///
/// # Errors
/// The database cannot be read.
pub fn next_move(
    connection: &Connection,
    account_id: &AccountId,
    after: Moment,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT due_at AS next FROM outbox
               WHERE runnable = 1 AND account_id = ?1 AND due_at > ?2
               AND waits_for NOT IN ('customer', 'person')
               ORDER BY due_at LIMIT 1";
    let values = params![account_id.as_str(), after.as_millis()];
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row(values, |row| Ok(optional_moment(row, "next"))).optional()?;
    Ok(found.transpose()?.flatten())
}

/// Why changes wait to be sent, each reason once.
///
/// # Errors
/// The database cannot be read.
pub fn reasons(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT last_error FROM outbox
               WHERE state = 'queued' AND last_error IS NOT NULL LIMIT 5";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([])?, |row| column(TABLE, row, "last_error"))
}

/// How many changes are open.
///
/// # Errors
/// The database cannot be read.
pub fn depth(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}
