//! Changes and their events. The row is a fold over the events and can be made anew from them.

use counterfoil_core::change::{Change, Event, Recorded, State};
use counterfoil_core::id::{AccountId, ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::privacy::may_hold_sealed;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::Value;

use super::{Readable, collect, collect_readable, column, moment, parsed, personal};
use crate::StoreError;

const TABLE: &str = "change";

/// Which changes to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these states; empty means all.
    pub states: Vec<State>,
    /// Only of this payment.
    pub payment_id: Option<PaymentId>,
    /// At most this many.
    pub limit: u32,
}

/// Adds the row of a change that was just requested.
///
/// # Errors
/// The database cannot be written.
pub fn insert(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let sql = "INSERT INTO change (change_id, account_id, payment_id, kind, state, requested_by,
                   requested_at, changed_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        change.change_id.as_str(),
        change.account_id.as_str(),
        change.payment_id.as_ref().map(PaymentId::as_str),
        change.command.kind().word(),
        change.state.word(),
        change.requested_by.as_str(),
        change.requested_at.as_millis(),
        change.changed_at.as_millis(),
    ])?;
    Ok(())
}

/// Brings the row up to its newest event.
///
/// # Errors
/// The database cannot be written.
pub fn refresh(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let sql = "UPDATE change SET state = ?2, changed_at = ?3, payment_id = ?4
               WHERE change_id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        change.change_id.as_str(),
        change.state.word(),
        change.changed_at.as_millis(),
        change.payment_id.as_ref().map(PaymentId::as_str),
    ])?;
    Ok(())
}

/// Appends one event at its place, without its personal texts, which are kept beside it. Answers
/// the event's JSON as it was stored.
///
/// # Errors
/// The database cannot be written, or the place is taken.
pub fn append_event(
    connection: &Connection,
    change_id: &ChangeId,
    place: u32,
    recorded: &Recorded,
) -> Result<Value, StoreError> {
    let event = serde_json::to_value(&recorded.event)
        .map_err(|error| StoreError::damaged("change_event", error))?;
    let event = personal::conceal_event(connection, change_id, place, event)?;
    let sql = "INSERT INTO change_event (change_id, place, at, body) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        change_id.as_str(),
        place,
        recorded.at.as_millis(),
        event.to_string()
    ])?;
    Ok(event)
}

/// The whole log of a change, oldest first, with its texts as far as they were not erased.
///
/// # Errors
/// The database cannot be read, an event in it cannot, or a text is not the one that was
/// committed to.
pub fn log(connection: &Connection, change_id: &ChangeId) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT place, at, body FROM change_event WHERE change_id = ?1 ORDER BY place";
    let mut statement = connection.prepare_cached(sql)?;
    let mut expected = 0;
    let rows = collect(statement.query([change_id.as_str()])?, |row| {
        expected += 1;
        if row.get::<_, i64>("place")? != expected {
            return Err(StoreError::damaged(
                "change_event",
                format!("event {expected} is missing"),
            ));
        }
        Ok((moment(row, "at")?, column::<String>("change_event", row, "body")?))
    })?;
    let (moments, bodies): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let known = personal::of_events(connection, change_id, &bodies)?;
    let is_final = || Ok(state(connection, change_id)?.is_some_and(State::is_final));
    let read = |((at, body), place): ((Moment, &String), i64)| {
        Ok(Recorded { at, event: filled_in(&known, body, place, is_final)? })
    };
    moments.into_iter().zip(&bodies).zip(1..).map(read).collect()
}

fn filled_in(
    known: &personal::Known,
    body: &str,
    place: i64,
    is_final: impl FnOnce() -> Result<bool, StoreError>,
) -> Result<Event, StoreError> {
    let damaged = |error| StoreError::damaged("change_event", format!("body: {error}"));
    if !may_hold_sealed(body) {
        return serde_json::from_str(body).map_err(damaged);
    }
    let mut event: Value = serde_json::from_str(body).map_err(damaged)?;
    known.fill_in(&mut event, place, is_final)?;
    serde_json::from_value(event).map_err(damaged)
}

/// One change, folded from its log.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn get(connection: &Connection, change_id: &ChangeId) -> Result<Change, StoreError> {
    let sql = "SELECT change_id, payment_id, state FROM change WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([change_id.as_str()], |row| Ok(read_ids(row))).optional()?;
    let ids = found.ok_or(StoreError::Missing("change"))?;
    fold(connection, ids.map_err(|error| error.in_row(TABLE, change_id))?)
}

/// All changes of a payment, oldest first: what sums over money are made of, so one that cannot
/// be read stops them.
///
/// # Errors
/// [`StoreError::BadRow`] with the change that cannot be read.
pub fn of_payment(
    connection: &Connection,
    payment_id: &PaymentId,
) -> Result<Vec<Change>, StoreError> {
    let sql =
        "SELECT change_id, payment_id, state FROM change WHERE payment_id = ?1 ORDER BY row_id";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = collect(statement.query([payment_id.as_str()])?, read_ids)?;
    ids.into_iter().map(|ids| fold(connection, ids)).collect()
}

/// Changes as far as they can be read, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn list(connection: &Connection, filter: &Filter) -> Result<Readable<Change>, StoreError> {
    let mut values: Vec<rusqlite::types::Value> = Vec::new();
    let mut tests = vec!["1 = 1".to_owned()];
    if !filter.states.is_empty() {
        let first = values.len() + 1;
        values.extend(filter.states.iter().map(|state| state.word().to_owned().into()));
        let places: Vec<_> = (first..=values.len()).map(|place| format!("?{place}")).collect();
        tests.push(format!("state IN ({})", places.join(", ")));
    }
    if let Some(payment_id) = &filter.payment_id {
        values.push(payment_id.as_str().to_owned().into());
        tests.push(format!("payment_id = ?{}", values.len()));
    }
    let sql = format!(
        "SELECT change_id, payment_id, state FROM change WHERE {} ORDER BY row_id DESC LIMIT {}",
        tests.join(" AND "),
        filter.limit
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = collect_readable(TABLE, statement.query(params_from_iter(values))?, read_ids)?;
    let mut all = Readable { rows: Vec::new(), unreadable: ids.unreadable };
    for ids in ids.rows {
        all.take(TABLE, fold(connection, ids))?;
    }
    Ok(all)
}

/// Sums over the states of all changes: how many, and when the oldest was asked for. A state that
/// is none is left out; the change it belongs to is named where it is listed.
///
/// # Errors
/// The database cannot be read.
pub fn open_by_state(
    connection: &Connection,
) -> Result<Vec<(State, u32, Option<Moment>)>, StoreError> {
    let sql = "SELECT o.state, count(*) AS many, min(c.requested_at) AS oldest
               FROM outbox o JOIN change c USING (change_id) GROUP BY o.state";
    let mut statement = connection.prepare_cached(sql)?;
    let state = |word: &str| State::from_word(word).ok_or("no such state");
    let readable = collect_readable("outbox", statement.query([])?, |row| {
        let oldest: Option<i64> = row.get("oldest")?;
        let state = parsed("outbox", row, "state", state)?;
        Ok((state, row.get("many")?, oldest.map(Moment::from_millis)))
    })?;
    Ok(readable.rows)
}

type Ids = (ChangeId, Option<PaymentId>, State);

fn read_ids(row: &Row<'_>) -> Result<Ids, StoreError> {
    let payment: Option<String> = row.get("payment_id")?;
    let parse =
        |text: String| PaymentId::parse(&text).map_err(|bad| StoreError::damaged(TABLE, bad));
    let state = |word: &str| State::from_word(word).ok_or("no such state");
    Ok((
        parsed(TABLE, row, "change_id", ChangeId::parse)?,
        payment.map(parse).transpose()?,
        parsed(TABLE, row, "state", state)?,
    ))
}

/// The payment of a start is known only once it was applied: the row knows it, its first event
/// does not. The row knows the newest state as well: events that were cut off show by it.
fn fold(
    connection: &Connection,
    (change_id, payment_id, state): Ids,
) -> Result<Change, StoreError> {
    let log = log(connection, &change_id).map_err(|error| error.in_row(TABLE, &change_id))?;
    let mut change = Change::fold(&change_id, &log).map_err(|illegal| {
        StoreError::damaged("change_event", illegal).in_row(TABLE, &change_id)
    })?;
    if change.state != state {
        let what = format!("the row says {} and its events {}", state.word(), change.state.word());
        return Err(StoreError::damaged("change_event", what).in_row(TABLE, &change_id));
    }
    change.payment_id = payment_id.or(change.payment_id);
    Ok(change)
}

/// How many events a change has: the place of its newest one.
///
/// # Errors
/// The database cannot be read.
pub fn count_events(connection: &Connection, change_id: &ChangeId) -> Result<u32, StoreError> {
    let sql = "SELECT coalesce(max(place), 0) FROM change_event WHERE change_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([change_id.as_str()], |row| row.get(0))?)
}

/// The state of a change by its row, without its events; none where there is no such change.
///
/// # Errors
/// The database cannot be read.
pub fn state(connection: &Connection, change_id: &ChangeId) -> Result<Option<State>, StoreError> {
    let sql = "SELECT state FROM change WHERE change_id = ?1";
    let state = |word: &str| State::from_word(word).ok_or("no such state");
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok(parsed(TABLE, row, "state", state));
    statement.query_row([change_id.as_str()], read).optional()?.transpose()
}

/// The account of a change by its row; none where there is no such change.
///
/// # Errors
/// The database cannot be read.
pub fn account_of(
    connection: &Connection,
    change_id: &ChangeId,
) -> Result<Option<AccountId>, StoreError> {
    let sql = "SELECT account_id FROM change WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok(parsed(TABLE, row, "account_id", AccountId::parse));
    statement.query_row([change_id.as_str()], read).optional()?.transpose()
}
