//! Accounts at providers. Their secrets are in the vault.

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Currency;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Readable, collect_readable, parsed};
use crate::StoreError;

const TABLE: &str = "account";

/// Adds an account.
///
/// # Errors
/// [`StoreError::Taken`] when the name is.
pub fn insert(connection: &Connection, account: &Account, now: Moment) -> Result<(), StoreError> {
    if find(connection, &account.name)?.is_some() {
        return Err(StoreError::Taken("account"));
    }
    let options = serde_json::to_string(&account.options)
        .map_err(|error| StoreError::damaged(TABLE, error))?;
    let sql = "INSERT INTO account
               (account_id, name, provider, base_url, currency, options, paused, added_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        account.account_id.as_str(),
        account.name,
        account.provider.word(),
        account.base_url,
        account.currency.code(),
        options,
        account.paused,
        now.as_millis(),
    ])?;
    Ok(())
}

/// Pauses an account with the reason, or lets it send again.
///
/// # Errors
/// The database cannot be written.
pub fn set_paused(
    connection: &Connection,
    account_id: &AccountId,
    why: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET paused = ?2 WHERE account_id = ?1";
    connection.prepare_cached(sql)?.execute(params![account_id.as_str(), why])?;
    Ok(())
}

/// Since when no answer came from an account's provider; none while it can be reached.
///
/// # Errors
/// The database cannot be read, or there is no such account.
pub fn unreachable_since(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT unreachable_since FROM account WHERE account_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found: Option<Option<i64>> =
        statement.query_row([account_id.as_str()], |row| row.get(0)).optional()?;
    let since = found.ok_or(StoreError::Missing("account"))?;
    Ok(since.map(Moment::from_millis))
}

/// Notes that an account's provider cannot be reached, once for a whole outage, or that it can.
///
/// # Errors
/// The database cannot be written.
pub fn set_unreachable(
    connection: &Connection,
    account_id: &AccountId,
    since: Option<Moment>,
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET unreachable_since = iif(?2 IS NULL, NULL,
                   coalesce(unreachable_since, ?2)) WHERE account_id = ?1";
    let since = since.map(Moment::as_millis);
    connection.prepare_cached(sql)?.execute(params![account_id.as_str(), since])?;
    Ok(())
}

/// Removes an account that no payment and no change names.
///
/// # Errors
/// [`StoreError::Taken`] where something still names it.
pub fn remove(connection: &Connection, account_id: &AccountId) -> Result<(), StoreError> {
    let sql = "SELECT count(*) > 0 FROM (SELECT account_id FROM payment WHERE account_id = ?1
               UNION ALL SELECT account_id FROM change WHERE account_id = ?1
               UNION ALL SELECT account_id FROM finding WHERE account_id = ?1)";
    let named: bool =
        connection.prepare_cached(sql)?.query_row([account_id.as_str()], |row| row.get(0))?;
    if named {
        return Err(StoreError::Taken("payment of this account"));
    }
    let sql = "DELETE FROM account WHERE account_id = ?1";
    connection.prepare_cached(sql)?.execute([account_id.as_str()])?;
    Ok(())
}

/// All accounts, by name, as far as they can be read; see [`readable`].
///
/// # Errors
/// The database cannot be read.
pub fn all(connection: &Connection) -> Result<Vec<Account>, StoreError> {
    Ok(readable(connection)?.rows)
}

/// All accounts, by name, and those that cannot be read.
///
/// # Errors
/// The database cannot be read.
pub fn readable(connection: &Connection) -> Result<Readable<Account>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM account ORDER BY name")?;
    collect_readable(TABLE, statement.query([])?, read)
}

/// An account by name or id.
///
/// # Errors
/// The database cannot be read.
pub fn find(connection: &Connection, name_or_id: &str) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT * FROM account WHERE name = ?1 OR account_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([name_or_id], |row| Ok(read(row))).optional()?.transpose()
}

/// An account that a row names.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, account_id: &AccountId) -> Result<Account, StoreError> {
    find(connection, account_id.as_str())?.ok_or(StoreError::Missing("account"))
}

fn read(row: &Row<'_>) -> Result<Account, StoreError> {
    let name = || row.get::<_, String>("name").unwrap_or_default();
    read_columns(row).map_err(|error| error.in_row(TABLE, name()))
}

fn read_columns(row: &Row<'_>) -> Result<Account, StoreError> {
    let provider = |word: &str| Provider::from_word(word).ok_or("no such provider");
    Ok(Account {
        account_id: parsed(TABLE, row, "account_id", AccountId::parse)?,
        name: row.get("name")?,
        provider: parsed(TABLE, row, "provider", provider)?,
        base_url: row.get("base_url")?,
        currency: parsed(TABLE, row, "currency", Currency::parse)?,
        options: parsed(TABLE, row, "options", |text| serde_json::from_str(text))?,
        paused: row.get("paused")?,
    })
}
