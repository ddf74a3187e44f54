//! What the store has acknowledged, remembered outside of it, and what must hold after every end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use counterfoil_core::change::{Change, Event};
use counterfoil_core::id::ChangeId;
use counterfoil_store::life;
use counterfoil_store::table::{audit_entry, change};
use counterfoil_store::{Connection, Store, StoreError};

use crate::day::{Step, What, asked, event};
use crate::till::at;

/// An event that a caller was told is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Ack {
    pub change_id: ChangeId,
    /// From one.
    pub place: u32,
    pub event: Event,
}

#[derive(Debug, Default)]
pub struct Ledger {
    acked: Mutex<Vec<Ack>>,
    tried: Mutex<BTreeSet<ChangeId>>,
    /// How many events there are in all, as of the newest acknowledgement.
    events: Mutex<i64>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Does one step on the store and remembers it if it was acknowledged.
    pub fn take(&self, store: &Store, step: &Step) -> Result<Change, StoreError> {
        let Step { change_id, what } = step.clone();
        locked(&self.tried).insert(change_id.clone());
        let run = move |connection: &Connection| {
            let (change, event) = run(connection, &change_id, &what)?;
            Ok((change, event, count_events(connection)?))
        };
        let (change, event, events) = store.write(run)?;
        *locked(&self.events) = events;
        let ack = Ack { change_id: change.change_id.clone(), place: change.events, event };
        locked(&self.acked).push(ack);
        Ok(change)
    }

    pub fn acked(&self) -> usize {
        locked(&self.acked).len()
    }

    /// What was acknowledged and is not there.
    pub fn lost(&self, store: &Store) -> Vec<Ack> {
        let mut logs = BTreeMap::new();
        let mut is_there = |ack: &&Ack| {
            let read = || store.read(|c| change::log(c, &ack.change_id)).expect("a log reads");
            let log = logs.entry(ack.change_id.clone()).or_insert_with(read);
            let place = usize::try_from(ack.place).expect("a place is small") - 1;
            log.get(place).is_some_and(|recorded| recorded.event == ack.event)
        };
        locked(&self.acked).iter().filter(|ack| !is_there(ack)).cloned().collect()
    }

    /// How many events there were with the newest acknowledgement. Of use to one caller alone.
    pub fn events(&self) -> i64 {
        *locked(&self.events)
    }

    /// After a loss that was expected: goes on from what is there.
    pub fn forget(&self) {
        locked(&self.acked).clear();
    }

    /// Says where something is half there, if anything is.
    pub fn check_whole(&self, store: &Store) {
        let tried = locked(&self.tried);
        let checked = store.read(|connection| {
            check_file(connection)?;
            audit_entry::verify(connection)?;
            let mut events = 0;
            for change_id in change_ids(connection)? {
                assert!(tried.contains(&change_id), "{change_id} was never asked for");
                events += check_change(connection, &change_id)?;
            }
            let mut told = 0;
            audit_entry::for_each(connection, |entry| {
                told += usize::from(entry.body.contains(r#""what":"change."#));
                Ok(())
            })?;
            assert_eq!(events, told, "events and what the trail tells of them");
            Ok(())
        });
        checked.expect("what is stored is whole");
    }
}

fn run(
    connection: &Connection,
    change_id: &ChangeId,
    what: &What,
) -> Result<(Change, Event), StoreError> {
    if let What::Asked(payment, approval) = what {
        let new = asked(change_id, *payment, *approval);
        return Ok((life::request(connection, &new)?, new.event));
    }
    let event = event(what, &change::get(connection, change_id)?);
    let appended = life::append(connection, change_id, at(10), event.clone(), None)?;
    Ok((appended.change, event))
}

pub fn count_events(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM change_event", [], |row| row.get(0))?)
}

fn check_file(connection: &Connection) -> Result<(), StoreError> {
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(whole, "ok");
    let sql = "SELECT count(*) FROM pragma_foreign_key_check";
    let loose: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    assert_eq!(loose, 0, "rows that point nowhere");
    Ok(())
}

fn change_ids(connection: &Connection) -> Result<Vec<ChangeId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT change_id FROM change")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    let parse = |id: String| ChangeId::parse(&id).map_err(|_| StoreError::Missing("id"));
    ids.map(|id| parse(id?)).collect()
}

/// The row and the outbox are what the fold of the events says. Answers how many there are.
fn check_change(connection: &Connection, change_id: &ChangeId) -> Result<usize, StoreError> {
    let log = change::log(connection, change_id)?;
    let fold = Change::fold(change_id, &log).expect("the events fit each other");
    let state = |sql: &str| -> Result<Vec<String>, StoreError> {
        let mut statement = connection.prepare_cached(sql)?;
        let states = statement.query_map([change_id.as_str()], |row| row.get(0))?;
        Ok(states.collect::<Result<_, _>>()?)
    };
    let row = state("SELECT state FROM change WHERE change_id = ?1")?;
    assert_eq!(row, [fold.state.word()], "the row of {change_id}");
    let outbox = state("SELECT state FROM outbox WHERE change_id = ?1")?;
    let open: &[&str] = if fold.state.is_final() { &[] } else { &[fold.state.word()] };
    assert_eq!(outbox, open, "the outbox row of {change_id}");
    Ok(log.len())
}
