//! Which payments are to be read again by themselves, and how far a provider's news was heard.
//! When is for [`counterfoil_core::polling`] to say.

use counterfoil_core::id::{AccountId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Payment, PaymentFacts};
use counterfoil_core::polling::{Waits, next_read};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::callback::Hinted;
use super::{Readable, collect, collect_readable, column, moment, optional_moment, payment};
use crate::StoreError;

const TABLE: &str = "payment";

/// Most payments with a change that waits for a person that are looked at: what people can leave
/// lying on the desks of one account.
const MOST_ON_DESKS: u32 = 1_000;

/// A payment with something open, and since when nothing has happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// As last read.
    pub payment: Payment,
    /// When anything about it was last seen to change.
    pub changed_at: Moment,
}

/// Plans the next reading of a payment by its own state.
pub(super) fn plan(
    connection: &Connection,
    row_id: i64,
    facts: &PaymentFacts,
    changed_at: Moment,
) -> Result<(), StoreError> {
    let read_at = facts.read_at;
    let next = Waits::of_state(facts.state)
        .map(|waits| next_read(waits, read_at, changed_at, read_at).as_millis());
    let sql = "UPDATE payment SET poll_at = ?2 WHERE row_id = ?1 AND poll_at IS NOT ?2";
    connection.prepare_cached(sql)?.execute(params![row_id, next])?;
    Ok(())
}

/// A payment could not be read: not again before this moment, so that others have their turn.
///
/// # Errors
/// The database cannot be written.
pub fn put_off(
    connection: &Connection,
    payment_id: &PaymentId,
    until: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET poll_at = ?2 WHERE payment_id = ?1 AND poll_at < ?2";
    connection.prepare_cached(sql)?.execute(params![payment_id.as_str(), until.as_millis()])?;
    Ok(())
}

/// Payments of an account that its provider said something about and that were not read since,
/// those heard of first first.
///
/// # Errors
/// The database cannot be read.
pub fn hinted(
    connection: &Connection,
    account_id: &AccountId,
    limit: u32,
) -> Result<Vec<Hinted>, StoreError> {
    let sql = "SELECT provider_ref, max(row_id) AS newest FROM callback
               WHERE account_id = ?1 AND taken_at IS NULL GROUP BY provider_ref
               ORDER BY min(row_id) LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query(params![account_id.as_str(), limit])?, |row| {
        Ok(Hinted {
            account_id: account_id.clone(),
            provider_ref: column("callback", row, "provider_ref")?,
            newest: column("callback", row, "newest")?,
        })
    })
}

/// Payments that the customer has still to pay and that are due, the longest due first; of those,
/// the ones read at `read_by` or before.
///
/// # Errors
/// The database cannot be read.
pub fn due(
    connection: &Connection,
    account_id: &AccountId,
    now: Moment,
    read_by: Moment,
    limit: u32,
) -> Result<Readable<Open>, StoreError> {
    // What the engine reads by itself is left to it.
    let sql = "SELECT p.* FROM payment p WHERE account_id = ?1 AND poll_at <= ?2 AND read_at <= ?3
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = p.payment_id
                               AND o.runnable = 1 AND o.due_at IS NOT NULL)
               ORDER BY poll_at LIMIT ?4";
    let values = params![account_id.as_str(), now.as_millis(), read_by.as_millis(), limit];
    let mut statement = connection.prepare_cached(sql)?;
    collect_readable(TABLE, statement.query(values)?, read_open)
}

/// Payments with a change that waits for a person, unless the engine reads them by itself. What
/// happened to the change counts as well as what happened to the payment.
///
/// # Errors
/// The database cannot be read.
pub fn on_desks(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Readable<Open>, StoreError> {
    let sql = "SELECT p.*, max(c.changed_at) AS moved_at
               FROM outbox o JOIN change c USING (change_id)
               JOIN payment p ON p.payment_id = o.lane
               WHERE o.state IN ('awaiting_approval', 'conflict', 'in_doubt')
               AND o.account_id = ?1
               AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.lane = o.lane
                               AND e.runnable = 1 AND e.due_at IS NOT NULL)
               GROUP BY p.row_id ORDER BY p.read_at LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    collect_readable(TABLE, statement.query(params![account_id.as_str(), MOST_ON_DESKS])?, |row| {
        let open = read_open(row)?;
        Ok(Open { changed_at: open.changed_at.max(moment(row, "moved_at")?), ..open })
    })
}

/// When the next payment of an account is due by its own state.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT min(poll_at) AS due FROM payment
               WHERE account_id = ?1 AND poll_at IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([account_id.as_str()], |row| Ok(optional_moment(row, "due")))?
}

/// When anything was last seen to change about a payment that the customer has still to pay; none
/// where there is no such payment.
///
/// # Errors
/// The database cannot be read.
pub fn newest_change(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT max(changed_at) AS newest FROM payment
               WHERE account_id = ?1 AND poll_at IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([account_id.as_str()], |row| Ok(optional_moment(row, "newest")))?
}

/// How far the news of an account's provider was heard, as it was written; none before the first
/// time.
///
/// # Errors
/// The database cannot be read.
pub fn news(connection: &Connection, account_id: &AccountId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT news FROM account WHERE account_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement
        .query_row([account_id.as_str()], |row| Ok(column("account", row, 0)))
        .optional()?;
    Ok(found.transpose()?.flatten())
}

/// Notes how far the news was heard.
///
/// # Errors
/// The database cannot be written.
pub fn set_news(
    connection: &Connection,
    account_id: &AccountId,
    news: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET news = ?2 WHERE account_id = ?1";
    connection.prepare_cached(sql)?.execute(params![account_id.as_str(), news])?;
    Ok(())
}

fn read_open(row: &Row<'_>) -> Result<Open, StoreError> {
    Ok(Open { payment: payment::read(row)?, changed_at: moment(row, "changed_at")? })
}
