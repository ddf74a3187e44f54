//! Payments as last read, and the words to find them by.

use std::borrow::Cow;

use counterfoil_core::id::{AccountId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Item, Payment, PaymentFacts, PaymentState};
use counterfoil_core::privacy::{is_erased as is_erased_text, strip_facts};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;

use super::{Readable, collect_readable, moment, parsed, reading};
use crate::StoreError;

const TABLE: &str = "payment";

/// Which payments a page holds, newest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Words and beginnings of words; all must be there. Punctuation alone is no word.
    pub words: Vec<String>,
    /// Only this state.
    pub state: Option<PaymentState>,
    /// Only rows after this cursor.
    pub after: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

/// Stores a payment as read: the newest facts win, what only the till knows is kept.
/// Answers its id, which is `new_id` only where the payment was not known.
///
/// # Errors
/// The database cannot be written.
pub fn put(connection: &Connection, payment: &Payment) -> Result<PaymentId, StoreError> {
    let payment = &as_it_may_be_kept(connection, payment)?;
    let facts = &payment.facts;
    // A damaged row is no reason not to take over fresh facts: they mend it.
    let before = match words_of(connection, payment) {
        Err(error) if error.is_damage() => None,
        before => before?,
    };
    let minor = |money: Option<Money>| money.map(Money::minor);
    let sql = "INSERT INTO payment (payment_id, account_id, provider_ref, state, provider_status,
                   amount, currency, invoice_number, reference, minimum, maximum, payment_type,
                   refunded, read_at, customer, items, details, changed_at, first_at,
                   first_amount, first_state, first_refunded, first_captured)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                   ?14, ?14, ?6, ?4, ?13, ?18)
               ON CONFLICT (account_id, provider_ref) DO UPDATE SET
                   changed_at = iif(state = excluded.state AND amount = excluded.amount
                       AND provider_status = excluded.provider_status
                       AND refunded IS excluded.refunded, changed_at, excluded.changed_at),
                   state = excluded.state, provider_status = excluded.provider_status,
                   amount = excluded.amount, currency = excluded.currency,
                   invoice_number = excluded.invoice_number, reference = excluded.reference,
                   minimum = excluded.minimum, maximum = excluded.maximum,
                   payment_type = excluded.payment_type, refunded = excluded.refunded,
                   read_at = excluded.read_at, details = excluded.details,
                   customer = coalesce(excluded.customer, customer),
                   items = CASE excluded.items WHEN '[]' THEN items ELSE excluded.items END
               RETURNING row_id, payment_id, changed_at";
    let (row_id, id, changed_at): (i64, String, i64) = connection.prepare_cached(sql)?.query_row(
        params![
            payment.payment_id.as_str(),
            payment.account_id.as_str(),
            facts.provider_ref,
            facts.state.word(),
            facts.provider_status,
            facts.amount.minor(),
            facts.amount.currency().code(),
            facts.invoice_number,
            facts.reference,
            minor(facts.minimum),
            minor(facts.maximum),
            facts.payment_type,
            minor(facts.refunded),
            facts.read_at.as_millis(),
            payment.customer,
            json_text(&payment.items)?,
            json_text(&facts.details)?,
            minor(facts.details.captured),
        ],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    reading::plan(connection, row_id, facts, Moment::from_millis(changed_at))?;
    let after = words_of(connection, payment)?;
    if before != after {
        index_words(connection, row_id, after.as_deref().unwrap_or_default())?;
    }
    PaymentId::parse(&id).map_err(|error| StoreError::damaged(TABLE, error))
}

/// The texts of an erased payment are not brought back by a later reading.
fn as_it_may_be_kept<'a>(
    connection: &Connection,
    payment: &'a Payment,
) -> Result<Cow<'a, Payment>, StoreError> {
    let sql = "SELECT erased_at IS NOT NULL FROM payment
               WHERE account_id = ?1 AND provider_ref = ?2";
    let key = [payment.account_id.as_str(), &payment.facts.provider_ref];
    let erased = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    if !erased.unwrap_or(false) {
        return Ok(Cow::Borrowed(payment));
    }
    let mut kept = Payment { customer: None, items: Vec::new(), ..payment.clone() };
    strip_facts(&mut kept.facts);
    Ok(Cow::Owned(kept))
}

/// True where the personal texts of a payment were erased.
///
/// # Errors
/// The database cannot be read.
pub fn is_erased(connection: &Connection, payment_id: &PaymentId) -> Result<bool, StoreError> {
    let sql = "SELECT erased_at IS NOT NULL FROM payment WHERE payment_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let erased = statement.query_row([payment_id.as_str()], |row| row.get(0)).optional()?;
    Ok(erased.unwrap_or(false))
}

/// Takes the personal texts out of a payment, for good: its customer, lines, texts and the words
/// it was found by.
///
/// # Errors
/// [`StoreError::Missing`] when there is none; the database cannot be written.
pub fn erase(
    connection: &Connection,
    payment_id: &PaymentId,
    at: Moment,
) -> Result<(), StoreError> {
    let mut payment = get(connection, payment_id)?;
    strip_facts(&mut payment.facts);
    let sql = "UPDATE payment SET erased_at = ?2, customer = NULL, items = '[]',
                   invoice_number = ?3, reference = ?4, details = ?5
               WHERE payment_id = ?1 RETURNING row_id";
    let row_id: i64 = connection.prepare_cached(sql)?.query_row(
        params![
            payment_id.as_str(),
            at.as_millis(),
            payment.facts.invoice_number,
            payment.facts.reference,
            json_text(&payment.facts.details)?,
        ],
        |row| row.get(0),
    )?;
    let words = words_of(connection, &payment)?;
    index_words(connection, row_id, words.as_deref().unwrap_or_default())
}

/// Makes the search forget the words of what was erased: until then they stay in its index,
/// marked as gone.
///
/// # Errors
/// The database cannot be written.
pub fn settle_words(connection: &Connection) -> Result<(), StoreError> {
    let sql = "INSERT INTO payment_words (payment_words) VALUES ('optimize')";
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Notes the lines that this till last sent.
///
/// # Errors
/// The database cannot be written.
pub fn set_items(
    connection: &Connection,
    payment_id: &PaymentId,
    items: &[Item],
) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET items = ?2 WHERE payment_id = ?1 AND erased_at IS NULL";
    connection.prepare_cached(sql)?.execute(params![payment_id.as_str(), json_text(items)?])?;
    Ok(())
}

/// One payment.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, payment_id: &PaymentId) -> Result<Payment, StoreError> {
    let sql = "SELECT * FROM payment WHERE payment_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement.query_row([payment_id.as_str()], |row| Ok(read(row))).optional()?;
    row.ok_or(StoreError::Missing("payment"))?
}

/// One payment by the provider's own reference.
///
/// # Errors
/// The database cannot be read.
pub fn by_ref(
    connection: &Connection,
    account_id: &AccountId,
    provider_ref: &str,
) -> Result<Option<Payment>, StoreError> {
    let sql = "SELECT * FROM payment WHERE account_id = ?1 AND provider_ref = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([account_id.as_str(), provider_ref], |row| Ok(read(row)));
    found.optional()?.transpose()
}

/// The newest payment of an account.
///
/// # Errors
/// The database cannot be read.
pub fn newest_of(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<Payment>, StoreError> {
    let sql = "SELECT * FROM payment WHERE account_id = ?1 ORDER BY row_id DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([account_id.as_str()], |row| Ok(read(row))).optional()?.transpose()
}

/// A keyset page as far as it can be read, newest first, and the cursor of the next one.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    connection: &Connection,
    page: &Page,
) -> Result<(Readable<Payment>, Option<i64>), StoreError> {
    let (sql, values) = page_query(page);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(params_from_iter(values))?;
    let found = collect_readable(TABLE, rows, |row| Ok((row.get::<_, i64>("row_id")?, read(row))))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let last = limit.checked_sub(1).and_then(|last| found.rows.get(last));
    let next = last.filter(|_| found.rows.len() > limit).map(|(row_id, _)| *row_id);
    let mut all = Readable { rows: Vec::new(), unreadable: found.unreadable };
    for (_, payment) in found.rows.into_iter().take(limit) {
        all.take(TABLE, payment)?;
    }
    Ok((all, next))
}

/// Newest first by row id: no ranking, no offset, so that it stays fast over a million rows.
fn page_query(page: &Page) -> (String, Vec<rusqlite::types::Value>) {
    let mut values: Vec<rusqlite::types::Value> = Vec::new();
    let mut tests = Vec::new();
    let mut source = "payment p";
    let mut row_id = "p.row_id";
    let words = match_text(&page.words);
    if !words.is_empty() {
        source = "payment_words w JOIN payment p ON p.row_id = w.rowid";
        row_id = "w.rowid";
        values.push(words.into());
        tests.push(format!("w.words MATCH ?{}", values.len()));
    }
    if let Some(after) = page.after {
        values.push(after.into());
        tests.push(format!("{row_id} < ?{}", values.len()));
    }
    if let Some(state) = page.state {
        values.push(state.word().to_owned().into());
        tests.push(format!("p.state = ?{}", values.len()));
    }
    let filter =
        if tests.is_empty() { String::new() } else { format!("WHERE {}", tests.join(" AND ")) };
    values.push((i64::from(page.limit) + 1).into());
    let limit = values.len();
    let sql = format!("SELECT p.* FROM {source} {filter} ORDER BY {row_id} DESC LIMIT ?{limit}");
    (sql, values)
}

/// Each word as a quoted beginning; quotes inside are doubled, so nothing typed is syntax. What
/// has no letter and no digit is no word, and a NUL would end the text early.
fn match_text(words: &[String]) -> String {
    let is_word = |word: &&String| word.chars().any(char::is_alphanumeric);
    let quoted = |word: &String| format!("\"{}\"*", word.replace('\0', " ").replace('"', "\"\""));
    words.iter().filter(is_word).map(quoted).collect::<Vec<_>>().join(" ")
}

/// The words a payment is found by, as it is stored; none where it is not.
fn words_of(connection: &Connection, payment: &Payment) -> Result<Option<String>, StoreError> {
    let sql = "SELECT * FROM payment WHERE account_id = ?1 AND provider_ref = ?2";
    let key = [payment.account_id.as_str(), &payment.facts.provider_ref];
    let mut statement = connection.prepare_cached(sql)?;
    let stored = statement.query_row(key, |row| Ok(read(row))).optional()?.transpose()?;
    Ok(stored.map(|stored| {
        let words = [
            Some(stored.facts.provider_ref),
            stored.facts.invoice_number,
            stored.facts.reference,
            stored.customer,
            Some(stored.facts.amount.to_decimal_text()),
        ];
        let words = words.into_iter().flatten().filter(|word| !is_erased_text(word));
        words.collect::<Vec<_>>().join(" ")
    }))
}

/// Replaces the words of a payment. Most readings change none: then the index is left alone.
fn index_words(connection: &Connection, row_id: i64, words: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM payment_words WHERE rowid = ?1")?.execute([row_id])?;
    let sql = "INSERT INTO payment_words (rowid, words) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute(params![row_id, words])?;
    Ok(())
}

fn json_text(value: &(impl Serialize + ?Sized)) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged(TABLE, error))
}

pub(super) fn read(row: &Row<'_>) -> Result<Payment, StoreError> {
    let id = || row.get::<_, String>("payment_id").unwrap_or_default();
    read_columns(row).map_err(|error| error.in_row(TABLE, id()))
}

fn read_columns(row: &Row<'_>) -> Result<Payment, StoreError> {
    let currency = parsed(TABLE, row, "currency", Currency::parse)?;
    let money = |column: &str| -> Result<Option<Money>, StoreError> {
        let minor: Option<i64> = row.get(column)?;
        let exact = |minor| Money::from_minor(minor, currency);
        minor.map(exact).transpose().map_err(|error| StoreError::damaged(TABLE, error))
    };
    let state = |word: &str| PaymentState::from_word(word).ok_or("no such state");
    let amount = money("amount")?.ok_or(StoreError::damaged(TABLE, "no amount"))?;
    Ok(Payment {
        payment_id: parsed(TABLE, row, "payment_id", PaymentId::parse)?,
        account_id: parsed(TABLE, row, "account_id", AccountId::parse)?,
        facts: PaymentFacts {
            provider_ref: row.get("provider_ref")?,
            state: parsed(TABLE, row, "state", state)?,
            provider_status: row.get("provider_status")?,
            amount,
            invoice_number: row.get("invoice_number")?,
            reference: row.get("reference")?,
            minimum: money("minimum")?,
            maximum: money("maximum")?,
            payment_type: row.get("payment_type")?,
            refunded: money("refunded")?,
            details: parsed(TABLE, row, "details", |text| serde_json::from_str(text))?,
            read_at: moment(row, "read_at")?,
        },
        customer: row.get("customer")?,
        items: parsed(TABLE, row, "items", |text| serde_json::from_str(text))?,
    })
}

/// How many payments there are.
///
/// # Errors
/// The database cannot be read.
pub fn count(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM payment", [], |row| row.get(0))?)
}

/// When any payment of an account was last read.
///
/// # Errors
/// The database cannot be read.
pub fn last_read(
    connection: &Connection,
    account_id: &AccountId,
) -> Result<Option<Moment>, StoreError> {
    let sql = "SELECT max(read_at) FROM payment WHERE account_id = ?1";
    let millis: Option<i64> =
        connection.prepare_cached(sql)?.query_row([account_id.as_str()], |row| row.get(0))?;
    Ok(millis.map(Moment::from_millis))
}
