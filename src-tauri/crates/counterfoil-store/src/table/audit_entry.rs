//! The trail: appended to, never edited. The chain's form is in `counterfoil-core`, `audit.rs`.

use std::borrow::Cow;

use counterfoil_core::audit::{AuditEntry, AuditFact, GENESIS};
use counterfoil_core::clock::rfc3339;
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{clock, collect, column, meta, parsed, personal};
use crate::{StoreError, trail};

const TABLE: &str = "audit_entry";

/// The name of the till in the entries of a store that has none yet.
const NO_TILL: &str = "new";

/// What an entry says when a person wants a change tried now; a drainer in another process reads
/// it from the trail.
pub const RETRIED: &str = "change.retried";

/// What changes were to be tried now, in the entries after `seq`.
///
/// # Errors
/// The database cannot be read, or an entry names no change.
pub fn retried_after(connection: &Connection, seq: i64) -> Result<Vec<ChangeId>, StoreError> {
    // An entry that is no JSON is found by a check of the trail; it stops no sending.
    let sql = "SELECT json_extract(body, '$.about') AS about FROM audit_entry
               WHERE seq > ?1 AND iif(json_valid(body), json_extract(body, '$.what'), '') = ?2
               ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(params![seq, RETRIED])?;
    collect(rows, |row| parsed(TABLE, row, "about", ChangeId::parse))
}

/// Appends one fact behind the newest entry, and no earlier than it: of two writers, the one that
/// asked for the time first may come to write last.
///
/// # Errors
/// The database cannot be written.
pub fn append(connection: &Connection, fact: &AuditFact) -> Result<AuditEntry, StoreError> {
    let till = meta::get(connection, meta::TILL_ID)?.unwrap_or_else(|| NO_TILL.to_owned());
    let newest = newest(connection)?;
    let previous = newest.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let fact = in_order(fact, clock::newest_moment(connection)?);
    let seq = previous.map_or(1, |(seq, _)| seq + 1);
    let fact = personal::conceal_fact(connection, fact, seq)?;
    let entry = AuditEntry::after(previous, &till, &fact);
    let sql = "INSERT INTO audit_entry (seq, body, hash) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![entry.seq, entry.body, entry.hash])?;
    Ok(entry)
}

/// How many entries there are, and the hash of the newest.
///
/// # Errors
/// The database cannot be read.
pub fn head(connection: &Connection) -> Result<(i64, String), StoreError> {
    Ok(newest(connection)?.unwrap_or_else(|| (0, GENESIS.to_owned())))
}

/// The hash of one entry; `None` where there is none.
///
/// # Errors
/// The database cannot be read.
pub fn hash_at(connection: &Connection, seq: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT hash FROM audit_entry WHERE seq = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([seq], |row| Ok(column(TABLE, row, 0))).optional()?.transpose()
}

/// Checks the whole trail with its heads.
///
/// # Errors
/// [`StoreError::Broken`] with the first bad entry.
pub fn verify(connection: &Connection) -> Result<(i64, String), StoreError> {
    let checked = trail::check(connection, &trail::Against::default(), |_| ())?;
    Ok((checked.entries, checked.head))
}

/// All entries, in order: `seq`, `body`, `hash`.
pub(crate) const IN_ORDER: &str = "SELECT seq, body, hash FROM audit_entry ORDER BY seq";

/// Hands out every entry in order.
///
/// # Errors
/// The database cannot be read, or `take` says no.
pub fn for_each(
    connection: &Connection,
    mut take: impl FnMut(&AuditEntry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(IN_ORDER)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(&read(row)?)?;
    }
    Ok(())
}

fn in_order(fact: &AuditFact, newest: Option<Moment>) -> Cow<'_, AuditFact> {
    match newest {
        Some(newest) if rfc3339(&fact.at).is_some_and(|at| at < newest) => {
            Cow::Owned(AuditFact { at: newest.to_rfc3339(), ..fact.clone() })
        }
        Some(_) | None => Cow::Borrowed(fact),
    }
}

fn newest(connection: &Connection) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let ends = |row: &Row<'_>| Ok((column(TABLE, row, 0)?, column(TABLE, row, 1)?));
    statement.query_row([], |row| Ok(ends(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: column(TABLE, row, "seq")?,
        body: column(TABLE, row, "body")?,
        hash: column(TABLE, row, "hash")?,
    })
}
