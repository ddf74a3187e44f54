//! One file per table: rows in, rows out, no rules.

pub mod account;
pub mod audit_entry;
pub mod callback;
pub mod challenge;
pub mod change;
pub mod clock;
pub mod finding;
pub mod foreign_key;
pub mod ledger;
pub mod meta;
pub mod notice;
pub mod outbox;
pub mod payment;
pub mod personal;
pub mod print;
pub mod proposal;
pub mod reading;
pub mod refund;
pub mod report;
pub mod setting;
pub mod signed_head;
pub mod staff;
pub mod staff_past;

use counterfoil_core::moment::Moment;
use rusqlite::types::FromSql;
use rusqlite::{Row, RowIndex};

use crate::StoreError;

/// Reads a column and turns it into our type; a value that does not fit is damage, not a panic.
fn parsed<T, E: ToString>(
    table: &'static str,
    row: &Row<'_>,
    column: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, StoreError> {
    let text: String = self::column(table, row, column)?;
    parse(&text)
        .map_err(|error| StoreError::damaged(table, format!("{column}: {}", error.to_string())))
}

/// Reads one column of a table; a value of another type, or text that is none, is damage there.
pub(crate) fn column<T: FromSql>(
    table: &'static str,
    row: &Row<'_>,
    column: impl RowIndex,
) -> Result<T, StoreError> {
    row.get(column).map_err(|error| StoreError::from(error).in_table(table))
}

fn moment(row: &Row<'_>, column: &str) -> Result<Moment, StoreError> {
    Ok(Moment::from_millis(row.get(column)?))
}

fn optional_moment(row: &Row<'_>, column: &str) -> Result<Option<Moment>, StoreError> {
    let millis: Option<i64> = row.get(column)?;
    Ok(millis.map(Moment::from_millis))
}

/// Rows as far as they can be read: one that cannot is named and hides no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable<T> {
    /// What could be read, in order.
    pub rows: Vec<T>,
    /// What could not.
    pub unreadable: Vec<Unreadable>,
}

/// One row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its table.
    pub table: &'static str,
    /// Its id; empty where not even that can be read.
    pub row: String,
    /// What is wrong.
    pub what: String,
}

impl<T> Default for Readable<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new() }
    }
}

impl<T> Readable<T> {
    /// Takes a row, or notes that it cannot be read.
    ///
    /// # Errors
    /// Whatever is no damage: then nothing can be said of the others either.
    fn take(&mut self, table: &'static str, row: Result<T, StoreError>) -> Result<(), StoreError> {
        match row {
            Ok(row) => self.rows.push(row),
            Err(error) if error.is_damage() => {
                self.unreadable.push(Unreadable::of(table, &error));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Unreadable {
    fn of(table: &'static str, error: &StoreError) -> Self {
        match error {
            StoreError::BadRow { table, row, what } => {
                Self { table, row: row.clone(), what: what.clone() }
            }
            StoreError::Damaged { table, what } => {
                Self { table, row: String::new(), what: what.clone() }
            }
            StoreError::Sqlite(source) => {
                Self { table, row: String::new(), what: source.to_string() }
            }
            other => Self { table, row: String::new(), what: other.to_string() },
        }
    }
}

/// Collects rows as far as they can be read. A page that cannot be read ends them early, and that
/// is named too.
fn collect_readable<T>(
    table: &'static str,
    mut rows: rusqlite::Rows<'_>,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Readable<T>, StoreError> {
    let mut all = Readable::default();
    loop {
        match rows.next() {
            Ok(Some(row)) => all.take(table, read(row))?,
            Ok(None) => return Ok(all),
            Err(error) => {
                all.take(table, Err(error.into()))?;
                return Ok(all);
            }
        }
    }
}

/// Collects rows, stopping at the first that cannot be read.
pub(crate) fn collect<T>(
    mut rows: rusqlite::Rows<'_>,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}
