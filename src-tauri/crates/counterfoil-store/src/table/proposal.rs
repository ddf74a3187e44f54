//! What an order service proposed, by its meaning, and the change that came of it.

use counterfoil_core::id::{AccountId, ChangeId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "proposal";

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The account whose order service proposed it.
    pub account_id: AccountId,
    /// The order there.
    pub order_id: String,
    /// The payment in the order.
    pub payment_id: String,
    /// Digest of what is proposed, the payment here that it is about included.
    pub digest: String,
    /// What the payment is to carry.
    pub amount: Money,
}

/// Notes that something was proposed, now or once more, and the change that stands for it.
///
/// # Errors
/// The database cannot be written.
pub fn put(
    connection: &Connection,
    proposal: &Proposal,
    change_id: &ChangeId,
    at: Moment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO proposal (account_id, order_id, payment_id, digest, amount, currency,
                   change_id, proposed_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (account_id, order_id, payment_id, digest) DO UPDATE SET
                   change_id = excluded.change_id, proposed_at = excluded.proposed_at";
    connection.prepare_cached(sql)?.execute(params![
        proposal.account_id.as_str(),
        proposal.order_id,
        proposal.payment_id,
        proposal.digest,
        proposal.amount.minor(),
        proposal.amount.currency().code(),
        change_id.as_str(),
        at.as_millis(),
    ])?;
    Ok(())
}

/// The newest change that this proposal made; none where it was never proposed.
///
/// # Errors
/// The database cannot be read.
pub fn change_of(
    connection: &Connection,
    proposal: &Proposal,
) -> Result<Option<ChangeId>, StoreError> {
    let sql = "SELECT change_id FROM proposal
               WHERE account_id = ?1 AND order_id = ?2 AND payment_id = ?3 AND digest = ?4";
    let key =
        [proposal.account_id.as_str(), &proposal.order_id, &proposal.payment_id, &proposal.digest];
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok(parsed(TABLE, row, "change_id", ChangeId::parse));
    statement.query_row(key, read).optional()?.transpose()
}

/// When what a change stands for was proposed last; none for a change of another origin.
///
/// # Errors
/// The database cannot be read.
pub fn proposed_at(
    connection: &Connection,
    change_id: &ChangeId,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT max(proposed_at) AS newest FROM proposal WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([change_id.as_str()], |row| Ok(optional_moment(row, "newest")))?
}
