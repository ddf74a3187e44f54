//! The inbox: what providers told this till, each event once. A hint to read a payment again.

use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, Row, params};

use super::{collect, column, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "callback";

/// One event as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackRow {
    /// The account it was told to.
    pub account_id: AccountId,
    /// The same for each repetition of one event.
    pub event_id: String,
    /// The payment's reference at the provider.
    pub provider_ref: String,
    /// The provider's word for what happened.
    pub word: String,
    /// Hex SHA-256 of the exact body.
    pub digest: String,
    /// When.
    pub received_at: Moment,
}

/// A payment of which something was heard that it was not read for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hinted {
    /// Its account.
    pub account_id: AccountId,
    /// Its reference at the provider.
    pub provider_ref: String,
    /// The newest row about it: what comes in later is another hint.
    pub newest: i64,
}

/// What is in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxFacts {
    /// Events kept.
    pub kept: u32,
    /// Those whose payment was not read again yet.
    pub untaken: u32,
    /// When the newest came in.
    pub newest_at: Option<Moment>,
}

/// Keeps an event. False where it was there already: nothing has changed then.
///
/// # Errors
/// The database cannot be written.
pub fn keep(connection: &Connection, row: &CallbackRow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO callback (account_id, event_id, provider_ref, word, digest, received_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (account_id, event_id) DO NOTHING";
    let stored = connection.prepare_cached(sql)?.execute(params![
        row.account_id.as_str(),
        row.event_id,
        row.provider_ref,
        row.word,
        row.digest,
        row.received_at.as_millis(),
    ])?;
    Ok(stored > 0)
}

/// Payments to be read again, those that were heard of first first.
///
/// # Errors
/// The database cannot be read.
pub fn untaken(connection: &Connection, limit: u32) -> Result<Vec<Hinted>, StoreError> {
    let sql = "SELECT account_id, provider_ref, max(row_id) AS newest FROM callback
               WHERE taken_at IS NULL GROUP BY account_id, provider_ref
               ORDER BY min(row_id) LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([limit])?, |row| {
        Ok(Hinted {
            account_id: parsed(TABLE, row, "account_id", AccountId::parse)?,
            provider_ref: column(TABLE, row, "provider_ref")?,
            newest: column(TABLE, row, "newest")?,
        })
    })
}

/// Notes that a payment was read after these hints.
///
/// # Errors
/// The database cannot be written.
pub fn take(connection: &Connection, hinted: &Hinted, at: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE callback SET taken_at = ?4 WHERE account_id = ?1 AND provider_ref = ?2
               AND row_id <= ?3 AND taken_at IS NULL";
    connection.prepare_cached(sql)?.execute(params![
        hinted.account_id.as_str(),
        hinted.provider_ref,
        hinted.newest,
        at.as_millis(),
    ])?;
    Ok(())
}

/// Forgets what was taken before this moment: by then nobody repeats it any more, and who does
/// makes the payment be read once more.
///
/// # Errors
/// The database cannot be written.
pub fn forget(connection: &Connection, before: Moment) -> Result<(), StoreError> {
    let sql = "DELETE FROM callback WHERE taken_at < ?1";
    connection.prepare_cached(sql)?.execute([before.as_millis()])?;
    Ok(())
}

/// What is in the inbox.
///
/// # Errors
/// The database cannot be read.
pub fn facts(connection: &Connection) -> Result<InboxFacts, StoreError> {
    let sql = "SELECT count(*) AS kept, count(*) - count(taken_at) AS untaken,
               max(received_at) AS newest FROM callback";
    let read = |row: &Row<'_>| {
        let (kept, untaken) = (row.get("kept")?, row.get("untaken")?);
        Ok(optional_moment(row, "newest").map(|newest_at| InboxFacts { kept, untaken, newest_at }))
    };
    connection.prepare_cached(sql)?.query_row([], read)?
}
