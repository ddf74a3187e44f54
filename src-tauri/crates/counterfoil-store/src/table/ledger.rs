//! The payments of an account with what a reconciliation goes by: how each stood when this till
//! first saw it, and everything asked for on it.

use counterfoil_core::id::{AccountId, PaymentId};
use counterfoil_core::ledger::{First, Held};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::PaymentState;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Readable, change, collect_readable, moment, optional_moment, parsed, payment};
use crate::StoreError;

const TABLE: &str = "payment";

/// Which payment, without its facts: a long run holds all of these at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its place in the order of the list.
    pub row_id: i64,
    /// Its id.
    pub payment_id: PaymentId,
    /// The provider's reference.
    pub provider_ref: String,
    /// When it was made by the provider's clock; where the provider does not say, when this till
    /// first saw it.
    pub made_at: Moment,
}

/// The payments of an account after a place, in the order in which this till met them.
///
/// # Errors
/// The database cannot be read.
pub fn names(
    connection: &Connection,
    account_id: &AccountId,
    after: i64,
    limit: u32,
) -> Result<Readable<Name>, StoreError> {
    let sql = "SELECT row_id, payment_id, provider_ref, first_at,
                   json_extract(details, '$.made_at') AS made_at
               FROM payment WHERE account_id = ?1 AND row_id > ?2 ORDER BY row_id LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(params![account_id.as_str(), after, limit])?;
    collect_readable(TABLE, rows, |row| {
        let made_at = optional_moment(row, "made_at")?;
        Ok(Name {
            row_id: row.get("row_id")?,
            payment_id: parsed(TABLE, row, "payment_id", PaymentId::parse)?,
            provider_ref: row.get("provider_ref")?,
            made_at: made_at.map_or_else(|| moment(row, "first_at"), Ok)?,
        })
    })
}

/// One payment with its changes, on one view of the store.
///
/// # Errors
/// [`StoreError::Missing`] when there is none; a row of it that cannot be read.
pub fn held(connection: &Connection, payment_id: &PaymentId) -> Result<Held, StoreError> {
    let sql = "SELECT * FROM payment WHERE payment_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement.query_row([payment_id.as_str()], |row| Ok(read(row))).optional()?;
    let (payment, first) = row.ok_or(StoreError::Missing("payment"))??;
    Ok(Held { payment, first, changes: change::of_payment(connection, payment_id)? })
}

fn read(row: &Row<'_>) -> Result<(counterfoil_core::payment::Payment, First), StoreError> {
    let payment = payment::read(row)?;
    let currency = payment.facts.amount.currency();
    let money = |column: &str| -> Result<Option<Money>, StoreError> {
        let minor: Option<i64> = row.get(column)?;
        let exact = |minor| Money::from_minor(minor, currency);
        minor.map(exact).transpose().map_err(|error| StoreError::damaged(TABLE, error))
    };
    let state = |word: &str| PaymentState::from_word(word).ok_or("no such state");
    let first = First {
        at: moment(row, "first_at")?,
        amount: money("first_amount")?.ok_or(StoreError::damaged(TABLE, "no first amount"))?,
        state: parsed(TABLE, row, "first_state", state)?,
        refunded: money("first_refunded")?,
        captured: money("first_captured")?,
    };
    Ok((payment, first))
}
