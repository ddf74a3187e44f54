//! The ledger of prints: numbered before the printer hears of it, ended once.

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{collect, column, moment, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "print";

/// How a print ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Not yet; where the program ended meanwhile, there may be a paper.
    UnderWay,
    /// The printer has taken all of it.
    Printed,
    /// Surely no paper: not a byte reached the printer.
    Nothing,
    /// There may be a paper, or a part of one.
    Unknown,
}

impl Ended {
    /// Every end.
    pub const ALL: [Self; 4] = [Self::UnderWay, Self::Printed, Self::Nothing, Self::Unknown];

    /// The word of the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Printed => "printed",
            Self::Nothing => "nothing",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ended| ended.word() == word)
    }
}

/// A print that begins.
#[derive(Debug, Clone)]
pub struct NewPrint<'a> {
    /// `slip`, `x`, `z`, `day`, `duty` or `handover`.
    pub what: &'a str,
    /// Of what.
    pub about: &'a str,
    /// `printer` or `screen`.
    pub way: &'a str,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: &'a StaffId,
    /// SHA-256 of the paper.
    pub digest: &'a str,
}

/// One print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRow {
    /// From 1 without gaps.
    pub number: i64,
    /// What.
    pub what: String,
    /// Of what.
    pub about: String,
    /// `printer` or `screen`.
    pub way: String,
    /// From 1.
    pub copy: u32,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: StaffId,
    /// SHA-256 of the paper.
    pub digest: String,
    /// How it ended.
    pub ended: Ended,
    /// Why it ended so, where it went wrong.
    pub why: Option<String>,
    /// When.
    pub ended_at: Option<Moment>,
}

/// The number of the next print, and which copy of this content it is. True only within the
/// transaction that begins the print.
///
/// # Errors
/// The database cannot be read.
pub fn next(connection: &Connection, what: &str, about: &str) -> Result<(i64, u32), StoreError> {
    let sql = "SELECT coalesce(max(number), 0) + 1 FROM print";
    let number = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let sql = "SELECT count(*) + 1 FROM print
               WHERE what = ?1 AND about = ?2 AND state <> 'nothing'";
    let copy = connection.prepare_cached(sql)?.query_row([what, about], |row| row.get(0))?;
    Ok((number, copy))
}

/// Begins a print under the number and copy that [`next`] gave.
///
/// # Errors
/// The database cannot be written, or the number leaves a gap.
pub fn begin(
    connection: &Connection,
    new: &NewPrint<'_>,
    (number, copy): (i64, u32),
) -> Result<(), StoreError> {
    let sql = "INSERT INTO print (number, what, about, way, copy, at, by, digest)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        number,
        new.what,
        new.about,
        new.way,
        copy,
        new.at.as_millis(),
        new.by.as_str(),
        new.digest,
    ])?;
    Ok(())
}

/// Ends a print.
///
/// # Errors
/// The database cannot be written, or the print ended already.
pub fn end(
    connection: &Connection,
    number: i64,
    ended: Ended,
    why: Option<&str>,
    at: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE print SET state = ?2, why = ?3, ended_at = ?4 WHERE number = ?1";
    let values = params![number, ended.word(), why, at.as_millis()];
    match connection.prepare_cached(sql)?.execute(values)? {
        0 => Err(StoreError::Missing("print")),
        _ => Ok(()),
    }
}

/// One print.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, number: i64) -> Result<PrintRow, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM print WHERE number = ?1")?;
    let row = statement.query_row([number], |row| Ok(read(row))).optional()?;
    row.ok_or(StoreError::Missing("print"))?
}

/// The newest prints, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn newest(connection: &Connection, limit: u32) -> Result<Vec<PrintRow>, StoreError> {
    let sql = "SELECT * FROM print ORDER BY number DESC LIMIT ?1";
    collect(connection.prepare_cached(sql)?.query([limit])?, read)
}

fn read(row: &Row<'_>) -> Result<PrintRow, StoreError> {
    let ended = |word: &str| Ended::from_word(word).ok_or("no such end");
    Ok(PrintRow {
        number: column(TABLE, row, "number")?,
        what: column(TABLE, row, "what")?,
        about: column(TABLE, row, "about")?,
        way: column(TABLE, row, "way")?,
        copy: column(TABLE, row, "copy")?,
        at: moment(row, "at")?,
        by: parsed(TABLE, row, "by", StaffId::parse)?,
        digest: column(TABLE, row, "digest")?,
        ended: parsed(TABLE, row, "state", ended)?,
        why: column(TABLE, row, "why")?,
        ended_at: optional_moment(row, "ended_at")?,
    })
}
