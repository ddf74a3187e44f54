//! Heads of the trail, signed by the till. Their form is in `counterfoil-core`, `audit/head.rs`.

use counterfoil_core::audit::{Head, SignedHead};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::column;
use crate::StoreError;

const TABLE: &str = "signed_head";

/// Under this name `meta` holds the till's public key, 64 hex digits, once the trail tells of it.
pub const TILL_PUBLIC_KEY: &str = "till_public_key";

/// Keeps a head. Where there is one of this entry already, that one stays.
///
/// # Errors
/// The database cannot be written.
pub fn insert(connection: &Connection, signed: &SignedHead) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO signed_head (seq, head, public_key, signature)
               VALUES (?1, ?2, ?3, ?4)";
    let SignedHead { head, public_key, signature } = signed;
    let values = params![head.seq, head.statement(), public_key, signature];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// The entry of the newest head; 0 before the first.
///
/// # Errors
/// The database cannot be read.
pub fn newest_seq(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM signed_head";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The newest head.
///
/// # Errors
/// The database cannot be read, or the head cannot.
pub fn newest(connection: &Connection) -> Result<Option<SignedHead>, StoreError> {
    let sql = "SELECT seq, head, public_key, signature FROM signed_head
               ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([], |row| Ok(read(row))).optional()?.transpose()?;
    found.map(|(seq, head)| head.ok_or_else(|| unreadable(seq))).transpose()
}

fn unreadable(seq: i64) -> StoreError {
    StoreError::damaged(TABLE, format!("head {seq}"))
}

/// Heads in the order of their entries, one at a time.
pub struct InOrder<'a> {
    rows: Rows<'a>,
    next: Option<(i64, Option<SignedHead>)>,
}

impl<'a> InOrder<'a> {
    /// The SQL whose rows this reads.
    pub const SQL: &'static str =
        "SELECT seq, head, public_key, signature FROM signed_head ORDER BY seq";

    /// Before the first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn new(rows: Rows<'a>) -> Result<Self, StoreError> {
        let mut all = Self { rows, next: None };
        all.step()?;
        Ok(all)
    }

    fn step(&mut self) -> Result<(), StoreError> {
        self.next = self.rows.next()?.map(read).transpose()?;
        Ok(())
    }

    /// The entry of the next one.
    #[must_use]
    pub fn next_seq(&self) -> Option<i64> {
        self.next.as_ref().map(|(seq, _)| *seq)
    }

    /// Takes the next one where it is of this entry or an earlier one; the inner `None` is one
    /// that cannot be read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn take_up_to(&mut self, seq: i64) -> Result<Option<Option<SignedHead>>, StoreError> {
        if self.next_seq().is_none_or(|next| next > seq) {
            return Ok(None);
        }
        let taken = self.next.take();
        self.step()?;
        Ok(taken.map(|(_, head)| head))
    }
}

/// The row's entry, and the head where it is one of that entry.
fn read(row: &Row<'_>) -> Result<(i64, Option<SignedHead>), StoreError> {
    let seq = column(TABLE, row, "seq")?;
    let text = |name: &str| row.get::<_, String>(name).ok();
    let signed = text("head")
        .and_then(|head| Head::parse(&head))
        .filter(|head| head.seq == seq)
        .zip(text("public_key").zip(text("signature")))
        .map(|(head, (public_key, signature))| SignedHead { head, public_key, signature });
    Ok((seq, signed))
}
