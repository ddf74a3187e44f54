//! What reconciliations found, and what became of it. Never removed: a resolution and its remark
//! stay beside what was found.

use counterfoil_core::id::{AccountId, FindingId, PaymentId, StaffId};
use counterfoil_core::ledger::{Class, Side};
use counterfoil_core::moment::Moment;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;

use super::{Readable, collect, collect_readable, column, moment, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "finding";

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A person has to look at it.
    Open,
    /// A person has, and left a remark.
    Resolved,
    /// A later run found no difference any more.
    Gone,
}

impl Standing {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Open, Self::Resolved, Self::Gone];

    /// The stored and shown word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Gone => "gone",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }
}

/// One difference between this till's ledger and a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub finding_id: FindingId,
    /// The account.
    pub account_id: AccountId,
    /// Its class.
    pub class: Class,
    /// The payment here; none for one that is only there.
    pub payment_id: Option<PaymentId>,
    /// The provider's reference.
    pub provider_ref: String,
    /// The same for the same difference found again.
    pub mark: String,
    /// The names of the fields that differ.
    pub fields: Vec<String>,
    /// As this till believed.
    pub here: Option<Side>,
    /// As the provider said.
    pub there: Option<Side>,
    /// When it was found first.
    pub found_at: Moment,
    /// What became of it.
    pub standing: Standing,
    /// When it was resolved, or found gone.
    pub ended_at: Option<Moment>,
    /// Who resolved it.
    pub resolved_by: Option<StaffId>,
    /// What they said.
    pub remark: Option<String>,
}

/// Which findings to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this account.
    pub account_id: Option<AccountId>,
    /// Only these.
    pub standing: Option<Standing>,
    /// At most this many.
    pub limit: u32,
}

/// Adds a finding.
///
/// # Errors
/// The database cannot be written.
pub fn insert(connection: &Connection, finding: &Finding) -> Result<(), StoreError> {
    let side = |side: &Option<Side>| side.as_ref().map(json_text).transpose();
    let sql = "INSERT INTO finding (finding_id, account_id, class, payment_id, provider_ref, mark,
                   fields, here, there, found_at, state)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        finding.finding_id.as_str(),
        finding.account_id.as_str(),
        finding.class.word(),
        finding.payment_id.as_ref().map(PaymentId::as_str),
        finding.provider_ref,
        finding.mark,
        json_text(&finding.fields)?,
        side(&finding.here)?,
        side(&finding.there)?,
        finding.found_at.as_millis(),
        finding.standing.word(),
    ])?;
    Ok(())
}

/// Ends a finding that is open: a person resolved it, or it is gone.
///
/// # Errors
/// The database cannot be written.
pub fn end(
    connection: &Connection,
    finding_id: &FindingId,
    at: Moment,
    resolved: Option<(&StaffId, &str)>,
) -> Result<(), StoreError> {
    let standing = if resolved.is_some() { Standing::Resolved } else { Standing::Gone };
    let sql = "UPDATE finding SET state = ?2, ended_at = ?3, resolved_by = ?4, remark = ?5
               WHERE finding_id = ?1 AND state = 'open'";
    connection.prepare_cached(sql)?.execute(params![
        finding_id.as_str(),
        standing.word(),
        at.as_millis(),
        resolved.map(|(by, _)| by.as_str()),
        resolved.map(|(_, remark)| remark),
    ])?;
    Ok(())
}

/// One finding.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, finding_id: &FindingId) -> Result<Finding, StoreError> {
    let sql = "SELECT * FROM finding WHERE finding_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement.query_row([finding_id.as_str()], |row| Ok(read(row))).optional()?;
    row.ok_or(StoreError::Missing("finding"))?
}

/// Everything ever found about one reference, oldest first.
///
/// # Errors
/// The database cannot be read, or a row of it.
pub fn of_ref(
    connection: &Connection,
    account_id: &AccountId,
    provider_ref: &str,
) -> Result<Vec<Finding>, StoreError> {
    let sql = "SELECT * FROM finding WHERE account_id = ?1 AND provider_ref = ?2 ORDER BY row_id";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([account_id.as_str(), provider_ref])?, read)
}

/// Findings as far as they can be read, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn list(connection: &Connection, filter: &Filter) -> Result<Readable<Finding>, StoreError> {
    let account = filter.account_id.as_ref().map(|id| ("account_id", id.as_str()));
    let standing = filter.standing.map(|standing| ("state", standing.word()));
    let asked: Vec<_> = account.into_iter().chain(standing).collect();
    let tests: Vec<String> =
        asked.iter().zip(1..).map(|((column, _), place)| format!("{column} = ?{place}")).collect();
    let only =
        if tests.is_empty() { String::new() } else { format!("WHERE {}", tests.join(" AND ")) };
    let limit = filter.limit;
    let sql = format!("SELECT * FROM finding {only} ORDER BY row_id DESC LIMIT {limit}");
    let values = asked.into_iter().map(|(_, value)| Value::from(value.to_owned()));
    let mut statement = connection.prepare_cached(&sql)?;
    collect_readable(TABLE, statement.query(params_from_iter(values))?, read)
}

fn json_text(value: &(impl Serialize + ?Sized)) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged(TABLE, error))
}

fn read(row: &Row<'_>) -> Result<Finding, StoreError> {
    let id = || row.get::<_, String>("finding_id").unwrap_or_default();
    read_columns(row).map_err(|error| error.in_row(TABLE, id()))
}

fn read_columns(row: &Row<'_>) -> Result<Finding, StoreError> {
    let side = |name: &str| -> Result<Option<Side>, StoreError> {
        let text: Option<String> = column(TABLE, row, name)?;
        let read = |text: String| serde_json::from_str(&text);
        text.map(read).transpose().map_err(|error| StoreError::damaged(TABLE, error))
    };
    let text = |name: &str| column::<Option<String>>(TABLE, row, name);
    let payment_id = text("payment_id")?.map(|id| PaymentId::parse(&id)).transpose();
    let resolved_by = text("resolved_by")?.map(|id| StaffId::parse(&id)).transpose();
    let damaged = |error| StoreError::damaged(TABLE, error);
    let class = |word: &str| Class::from_word(word).ok_or("no such class");
    let standing = |word: &str| Standing::from_word(word).ok_or("no such state");
    Ok(Finding {
        finding_id: parsed(TABLE, row, "finding_id", FindingId::parse)?,
        account_id: parsed(TABLE, row, "account_id", AccountId::parse)?,
        class: parsed(TABLE, row, "class", class)?,
        payment_id: payment_id.map_err(damaged)?,
        provider_ref: column(TABLE, row, "provider_ref")?,
        mark: column(TABLE, row, "mark")?,
        fields: parsed(TABLE, row, "fields", |text| serde_json::from_str(text))?,
        here: side("here")?,
        there: side("there")?,
        found_at: moment(row, "found_at")?,
        standing: parsed(TABLE, row, "state", standing)?,
        ended_at: optional_moment(row, "ended_at")?,
        resolved_by: resolved_by.map_err(damaged)?,
        remark: text("remark")?,
    })
}
