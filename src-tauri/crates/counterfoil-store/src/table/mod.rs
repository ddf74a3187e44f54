//! One file per table: rows in, rows out, no rules.

pub mod account;
pub mod audit_entry;
pub mod change;
pub mod meta;
pub mod outbox;
pub mod payment;
pub mod setting;
pub mod staff;

use counterfoil_core::moment::Moment;
use rusqlite::Row;

use crate::StoreError;

/// Reads a column and turns it into our type; a value that does not fit is damage, not a panic.
fn parsed<T, E: ToString>(
    table: &'static str,
    row: &Row<'_>,
    column: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    parse(&text)
        .map_err(|error| StoreError::damaged(table, format!("{column}: {}", error.to_string())))
}

fn moment(row: &Row<'_>, column: &str) -> Result<Moment, StoreError> {
    Ok(Moment::from_millis(row.get(column)?))
}

fn optional_moment(row: &Row<'_>, column: &str) -> Result<Option<Moment>, StoreError> {
    let millis: Option<i64> = row.get(column)?;
    Ok(millis.map(Moment::from_millis))
}

/// Collects rows, stopping at the first that cannot be read.
fn collect<T>(
    mut rows: rusqlite::Rows<'_>,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}
