//! What notices are judged on: a change, an account, the till. Point queries only.

use counterfoil_core::change::State;
use counterfoil_core::id::{AccountId, ChangeId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{AccountFacts, TillFacts};
use counterfoil_core::settings::{Setting, whole};
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::{column, meta, optional_moment, parsed, setting};
use super::sql;
use crate::StoreError;

/// Since when the keyring cannot be read, milliseconds since 1970 UTC; not there while it can.
pub const KEYRING_CLOSED_SINCE: &str = "keyring_closed_since";
/// Since when the trail is known not to be what was signed; not there while it is.
pub const TRAIL_BROKEN_SINCE: &str = "trail_broken_since";
/// Since when the data folder is known to be older than the keyring; not there while it is not.
pub const FOLDER_OLDER_SINCE: &str = "folder_older_since";
/// The state of a change and who asked for it; none where there is no such change.
///
/// # Errors
/// The database cannot be read.
pub fn change_facts(
    connection: &Connection,
    change_id: &ChangeId,
) -> Result<Option<(State, StaffId)>, StoreError> {
    let state = |word: &str| State::from_word(word).ok_or("no such state");
    let read = |row: &Row<'_>| {
        Ok((
            parsed("change", row, "state", state)?,
            parsed("change", row, "requested_by", StaffId::parse)?,
        ))
    };
    let mut statement = connection.prepare_cached(sql::CHANGE)?;
    statement.query_row([change_id.as_str()], |row| Ok(read(row))).optional()?.transpose()
}

/// What a list says of the change that a notice is about. Its events are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeBrief {
    /// The word of its kind.
    pub kind: String,
    /// The payment; none for a start that was not applied.
    pub payment_id: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// The account.
    pub account_id: String,
}

/// A change in brief; none where there is no such change.
///
/// # Errors
/// The database cannot be read.
pub fn change_brief(
    connection: &Connection,
    change_id: &str,
) -> Result<Option<ChangeBrief>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(ChangeBrief {
            kind: row.get("kind")?,
            payment_id: row.get("payment_id")?,
            requested_by: row.get("requested_by")?,
            account_id: row.get("account_id")?,
        })
    };
    let mut statement = connection.prepare_cached(sql::BRIEF)?;
    Ok(statement.query_row([change_id], read).optional()?)
}

/// An account as far as notices go; none where there is no such account.
///
/// # Errors
/// The database cannot be read.
pub fn account_facts(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<AccountFacts>, StoreError> {
    let max_age_hours = max_age_hours(connection)?;
    let read = |row: &Row<'_>| {
        Ok(AccountFacts {
            paused: column("account", row, "paused")?,
            unreachable_since: optional_moment(row, "unreachable_since")?,
            max_age_hours,
        })
    };
    let mut statement = connection.prepare_cached(sql::ACCOUNT)?;
    statement.query_row([account_id.as_str()], |row| Ok(read(row))).optional()?.transpose()
}

/// The till as far as notices go.
///
/// # Errors
/// The database cannot be read.
pub fn till_facts(connection: &Connection, now: Moment) -> Result<TillFacts, StoreError> {
    let since = |key| {
        let text = meta::get(connection, key)?;
        Ok::<_, StoreError>(text.as_deref().and_then(whole).map(Moment::from_millis))
    };
    let on_purpose = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?.as_deref() == Some("true");
    let on_purpose_since = since(meta::OFFLINE_ON_PURPOSE_SINCE)?.unwrap_or(now);
    let keyring_closed_since = since(KEYRING_CLOSED_SINCE)?;
    let has_unsent = keyring_closed_since.is_some()
        && connection.prepare_cached(sql::ANY_UNSENT)?.query_row([], |row| row.get(0))?;
    Ok(TillFacts {
        on_purpose_since: on_purpose.then_some(on_purpose_since),
        max_age_hours: max_age_hours(connection)?,
        keyring_closed_since,
        has_unsent,
        trail_broken_since: since(TRAIL_BROKEN_SINCE)?,
        rolled_back_since: since(FOLDER_OLDER_SINCE)?,
    })
}

/// The narrower limit of age: those with the wider one are told early.
fn max_age_hours(connection: &Connection) -> Result<i64, StoreError> {
    let key = Setting::OfflineMaxAgeHours;
    let text = setting::get(connection, key)?;
    whole(&text).ok_or_else(|| StoreError::damaged("setting", key.key()))
}

/// True where a fact of the till is noted to hold.
///
/// # Errors
/// The database cannot be read.
pub fn is_noted(connection: &Connection, key: &str) -> Result<bool, StoreError> {
    Ok(meta::get(connection, key)?.is_some())
}

/// Notes since when a fact of the till holds, or that it does not; the first moment stays. Answers
/// whether it was news.
///
/// # Errors
/// The database cannot be written.
pub fn note_fact(
    connection: &Connection,
    key: &str,
    since: Option<Moment>,
) -> Result<bool, StoreError> {
    let kept = meta::get(connection, key)?;
    match (kept, since) {
        (None, Some(since)) => meta::set(connection, key, &since.as_millis().to_string())?,
        (Some(_), None) => meta::remove(connection, key)?,
        (None, None) | (Some(_), Some(_)) => return Ok(false),
    }
    Ok(true)
}
