//! Closing reports, and the sums that every report is made of.
//!
//! A period is not a span of time but of rows: what was asked for after the newest change that the
//! last Z report counted, and what that report lists as open. Two writers may disagree about the
//! time; about the order of rows nobody can.

use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{collect, column, moment};
use crate::StoreError;

const TABLE: &str = "z_report";

/// Which changes a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// All since the last Z report, and what stood open at it.
    Period,
    /// Those asked for from the first moment on and before the second.
    Span(Moment, Moment),
}

/// Changes that are alike in all that is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// They stood open at the last Z report.
    pub carried: bool,
    /// Kind.
    pub kind: String,
    /// Id of who asked.
    pub person: String,
    /// Id of who agreed last, where that still holds.
    pub approver: Option<String>,
    /// Reason code.
    pub reason: Option<String>,
    /// The provider's word.
    pub provider: String,
    /// State.
    pub state: String,
    /// ISO 4217; none where no money is moved.
    pub currency: Option<String>,
    /// How many.
    pub count: i64,
    /// Minor units of what is more.
    pub more: i64,
    /// Minor units of what is less, without sign.
    pub less: i64,
}

/// One change that is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChange {
    /// Its id.
    pub change_id: String,
    /// Kind.
    pub kind: String,
    /// State.
    pub state: String,
    /// Id of who asked.
    pub person: String,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Minor units, with sign.
    pub amount: i64,
    /// When it was asked for.
    pub asked_at: Moment,
}

/// One closing report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZRow {
    /// From 1 without gaps.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// row_id of the newest change it counts.
    pub last_change: i64,
    /// The entry of the trail that has the digest.
    pub entry: i64,
    /// Canonical JSON.
    pub body: String,
    /// SHA-256 of it.
    pub digest: String,
}

/// The changes of a report, one row each, with what they move.
///
/// `amount`: of a start its total, of an adjustment the difference to the total its requester saw,
/// of a refund and a capture what they name, of a capture of all, a cancel and a void the total
/// that was seen. What was seen is the base of the newest rebase, else that of the request.
fn counted(over: Over) -> String {
    let population = match over {
        Over::Period => {
            "last AS (SELECT last_change, body FROM z_report ORDER BY number DESC LIMIT 1),
             population AS (
                 SELECT row_id, 0 AS carried FROM change
                 WHERE row_id > coalesce((SELECT last_change FROM last), 0)
                 UNION ALL
                 SELECT c.row_id, 1 FROM last, json_each(last.body, '$.open') o
                 JOIN change c ON c.change_id = o.value ->> '$.change_id'
             )"
        }
        Over::Span(..) => {
            "population AS (
                 SELECT row_id, 0 AS carried FROM change
                 WHERE requested_at >= ?1 AND requested_at < ?2
             )"
        }
    };
    format!(
        "WITH {population},
         seen AS (
             SELECT p.carried, c.row_id, c.change_id, c.kind, c.state, c.requested_at,
                 c.requested_by AS person, a.provider, f.body,
                 f.body ->> '$.command.reason' AS reason,
                 coalesce(
                     (SELECT e.body -> '$.base.amount' FROM change_event e
                      WHERE e.change_id = c.change_id AND e.body ->> '$.event' = 'rebased'
                      ORDER BY e.place DESC LIMIT 1),
                     f.body -> '$.base.amount'
                 ) AS base,
                 (SELECT iif(e.body ->> '$.event' = 'approved', e.body ->> '$.by', NULL)
                  FROM change_event e WHERE e.change_id = c.change_id
                  AND e.body ->> '$.event' IN ('approved', 'rebased', 'approval_voided')
                  ORDER BY e.place DESC LIMIT 1) AS approver
             FROM population p JOIN change c USING (row_id)
             JOIN account a USING (account_id)
             JOIN change_event f ON f.change_id = c.change_id AND f.place = 1
         ),
         counted AS (
             SELECT *,
                 CASE kind
                     WHEN 'start' THEN body ->> '$.command.total.minor'
                     WHEN 'adjust' THEN body ->> '$.command.total.minor' - base ->> '$.minor'
                     WHEN 'refund' THEN body ->> '$.command.amount.minor'
                     WHEN 'capture' THEN
                         coalesce(body ->> '$.command.amount.minor', base ->> '$.minor')
                     WHEN 'relabel' THEN NULL
                     ELSE base ->> '$.minor'
                 END AS amount,
                 CASE kind WHEN 'relabel' THEN NULL ELSE coalesce(
                     body ->> '$.command.total.currency', body ->> '$.command.amount.currency',
                     base ->> '$.currency') END AS currency
             FROM seen
         )"
    )
}

/// The sums of a report, each over changes that are alike.
///
/// # Errors
/// The database cannot be read, or an event in it cannot.
pub fn groups(connection: &Connection, over: Over) -> Result<Vec<Group>, StoreError> {
    let sql = format!(
        "{} SELECT carried, kind, person, approver, reason, provider, state, currency,
                count(*) AS many, sum(max(coalesce(amount, 0), 0)) AS more,
                sum(max(-coalesce(amount, 0), 0)) AS less
         FROM counted GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
        counted(over)
    );
    collect_over(connection, &sql, over, |row| {
        Ok(Group {
            carried: column("change", row, "carried")?,
            kind: column("change", row, "kind")?,
            person: column("change", row, "person")?,
            approver: column("change_event", row, "approver")?,
            reason: column("change_event", row, "reason")?,
            provider: column("account", row, "provider")?,
            state: column("change", row, "state")?,
            currency: column("change_event", row, "currency")?,
            count: column("change", row, "many")?,
            more: column("change_event", row, "more")?,
            less: column("change_event", row, "less")?,
        })
    })
}

/// What of a report's changes is not final, oldest first.
///
/// # Errors
/// The database cannot be read, or an event in it cannot.
pub fn open(connection: &Connection, over: Over) -> Result<Vec<OpenChange>, StoreError> {
    let sql = format!(
        "{} SELECT change_id, kind, state, person, currency, coalesce(amount, 0) AS amount,
                requested_at
         FROM counted
         WHERE state NOT IN ('rejected', 'applied', 'declined', 'expired', 'withdrawn')
         ORDER BY row_id",
        counted(over)
    );
    collect_over(connection, &sql, over, |row| {
        Ok(OpenChange {
            change_id: column("change", row, "change_id")?,
            kind: column("change", row, "kind")?,
            state: column("change", row, "state")?,
            person: column("change", row, "person")?,
            currency: column("change_event", row, "currency")?,
            amount: column("change_event", row, "amount")?,
            asked_at: moment(row, "requested_at")?,
        })
    })
}

fn collect_over<T>(
    connection: &Connection,
    sql: &str,
    over: Over,
    read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = match over {
        Over::Period => statement.query([])?,
        Over::Span(from, to) => statement.query([from.as_millis(), to.as_millis()])?,
    };
    collect(rows, read)
}

/// The newest closing report.
///
/// # Errors
/// The database cannot be read.
pub fn newest(connection: &Connection) -> Result<Option<ZRow>, StoreError> {
    let sql = "SELECT * FROM z_report ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([], |row| Ok(read(row))).optional()?.transpose()
}

/// One closing report.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, number: i64) -> Result<ZRow, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM z_report WHERE number = ?1")?;
    let row = statement.query_row([number], |row| Ok(read(row))).optional()?;
    row.ok_or(StoreError::Missing("Z report"))?
}

/// The digest that an entry of the trail tells of the report it is about; none where it tells none.
///
/// # Errors
/// The database cannot be read.
pub fn digest_told(connection: &Connection, entry: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT iif(json_valid(body), body ->> '$.facts.digest', NULL) FROM audit_entry
               WHERE seq = ?1";
    let told = connection.prepare_cached(sql)?.query_row([entry], |row| row.get(0)).optional()?;
    Ok(told.flatten())
}

/// The row_id of the newest change; 0 where there is none.
///
/// # Errors
/// The database cannot be read.
pub fn last_change(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(row_id), 0) FROM change";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Stores a closing report. It ends the period: what is counted and the row belong into one
/// transaction.
///
/// # Errors
/// The database cannot be written, or the number leaves a gap.
pub fn close(connection: &Connection, row: &ZRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO z_report (number, at, last_change, entry, body, digest)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        row.number,
        row.at.as_millis(),
        row.last_change,
        row.entry,
        row.body,
        row.digest,
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ZRow, StoreError> {
    Ok(ZRow {
        number: column(TABLE, row, "number")?,
        at: moment(row, "at")?,
        last_change: column(TABLE, row, "last_change")?,
        entry: column(TABLE, row, "entry")?,
        body: column(TABLE, row, "body")?,
        digest: column(TABLE, row, "digest")?,
    })
}
