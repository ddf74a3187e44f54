//! What the rules of dual control ask of the store: refunds of a day by person, and the rules that
//! asked for a second person.

use counterfoil_core::id::{ChangeId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{change, collect, column, parsed};
use crate::StoreError;

const TABLE: &str = "change";

/// Whose refunds of which day.
#[derive(Debug, Clone)]
pub struct OfDay<'a> {
    /// Who asked for them.
    pub by: &'a StaffId,
    /// Since when.
    pub since: Moment,
    /// Only those in this currency.
    pub currency: Currency,
    /// One that is left out: the change that is judged.
    pub except: Option<&'a ChangeId>,
}

/// What somebody asked to return, but for what came to nothing. None where one of the changes
/// cannot be read: the sum is not known then.
///
/// # Errors
/// The database cannot be read.
pub fn asked_for(connection: &Connection, of: &OfDay<'_>) -> Result<Option<Money>, StoreError> {
    let sql = "SELECT change_id FROM change
               WHERE kind = 'refund' AND requested_by = ?1 AND requested_at >= ?2
                   AND state NOT IN ('rejected', 'withdrawn', 'declined', 'expired')";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(params![of.by.as_str(), of.since.as_millis()])?;
    let ids = collect(rows, |row| parsed(TABLE, row, "change_id", ChangeId::parse));
    let ids = match ids {
        Err(error) if error.is_damage() => return Ok(None),
        ids => ids?,
    };
    let mut sum = Some(Money::zero(of.currency));
    for id in ids.iter().filter(|id| Some(*id) != of.except) {
        let amount = match change::get(connection, id) {
            Err(error) if error.is_damage() => return Ok(None),
            change => change?.command.refund(),
        };
        let amount = amount.filter(|amount| amount.currency() == of.currency);
        sum = match (sum, amount) {
            (Some(sum), Some(amount)) => sum.plus(amount).ok(),
            (sum, None) => sum,
            (None, Some(_)) => None,
        };
    }
    Ok(sum)
}

/// Notes why a change needs a second person, as JSON, in the place of what was noted before; an
/// empty text takes it away.
///
/// # Errors
/// The database cannot be written.
pub fn note_rules(
    connection: &Connection,
    change_id: &ChangeId,
    rules: &str,
) -> Result<(), StoreError> {
    if rules.is_empty() {
        let sql = "DELETE FROM second_person WHERE change_id = ?1";
        connection.prepare_cached(sql)?.execute([change_id.as_str()])?;
        return Ok(());
    }
    let sql = "INSERT INTO second_person (change_id, rules) VALUES (?1, ?2)
               ON CONFLICT (change_id) DO UPDATE SET rules = excluded.rules";
    connection.prepare_cached(sql)?.execute([change_id.as_str(), rules])?;
    Ok(())
}

/// Why a change needs a second person, as it was noted; none where it needs none.
///
/// # Errors
/// The database cannot be read.
pub fn rules(connection: &Connection, change_id: &ChangeId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT rules FROM second_person WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok(column("second_person", row, "rules"));
    statement.query_row([change_id.as_str()], read).optional()?.transpose()
}
