//! Bad states: damaged rows, damaged files, a newer version, somebody else's folder. What can be
//! read is read, what cannot is named, and nothing is overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

use counterfoil_core::change::State;
use counterfoil_store::table::{Unreadable, audit_entry, change, payment};
use counterfoil_store::{Connection, DATABASE_FILE, Store, StoreError};
use tempfile::TempDir;

use crate::house::{House, adjust, at, change_id, payment_id};

/// Every file of a folder with its bytes and when it was last written.
type Files = BTreeMap<String, (Vec<u8>, SystemTime)>;

fn files(dir: &Path) -> Files {
    let entries = fs::read_dir(dir).expect("the folder reads");
    let file = |entry: fs::DirEntry| {
        let written = entry.metadata().and_then(|meta| meta.modified()).expect("it has a moment");
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, (fs::read(entry.path()).expect("the file reads"), written))
    };
    entries.map(|entry| file(entry.expect("the folder reads"))).collect()
}

/// A closed store with two changes.
fn closed() -> TempDir {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p2"), &adjust("70.00"));
    let House { dir, store } = house;
    drop(store);
    dir
}

fn overwrite(dir: &Path, from: u64, bytes: &[u8]) {
    let path = dir.join(DATABASE_FILE);
    let mut file = fs::OpenOptions::new().write(true).open(path).expect("it opens");
    file.seek(SeekFrom::Start(from)).expect("it is that long");
    file.write_all(bytes).expect("it is written");
}

fn refused(dir: &Path) -> StoreError {
    Store::open(dir, at(9)).map(|_| ()).expect_err("it is refused")
}

/// The number of the page on which a table or an index begins.
fn root_page(dir: &Path, name: &str) -> u64 {
    let connection = Connection::open(dir.join(DATABASE_FILE)).expect("it opens");
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = connection.query_row(sql, [name], |row| row.get(0)).expect("it is there");
    u64::try_from(page).expect("pages count from 1")
}

#[test]
fn a_change_that_cannot_be_read_is_named_and_hides_no_other() {
    let house = House::new();
    for (id, payment) in [("c1", "p1"), ("c2", "p2"), ("c3", "p3")] {
        house.ask(id, Some(payment), &adjust("80.00"));
    }
    house.tamper(
        "DROP TRIGGER change_event_is_never_edited;
         UPDATE change_event SET body = '{' WHERE change_id = 'c2';",
    );
    let filter = change::Filter { limit: 9, ..change::Filter::default() };
    let listed = house.store.read(|c| change::list(c, &filter)).expect("it reads");
    let ids: Vec<_> = listed.rows.iter().map(|change| change.change_id.to_string()).collect();
    assert_eq!(ids, ["c3", "c1"]);
    let [bad] = &listed.unreadable[..] else { panic!("{:?}", listed.unreadable) };
    assert_eq!((bad.table, bad.row.as_str()), ("change", "c2"));
    assert!(bad.what.contains("change_event"), "{}", bad.what);

    let get = |id: &str| house.store.read(|c| change::get(c, &change_id(id)).map(|c| c.state));
    assert!(matches!(get("c2"), Err(StoreError::BadRow { row, .. }) if row == "c2"));
    assert!(matches!(get("c1"), Ok(State::Queued)));
    let of = |id: &str| house.store.read(|c| change::of_payment(c, &payment_id(id)));
    assert!(of("p2").is_err_and(|error| error.is_damage()), "no sum leaves one out");
    assert_eq!(of("p1").expect("it reads").len(), 1);
}

#[test]
fn a_payment_that_cannot_be_read_is_named_and_its_page_goes_on() {
    let house = House::new();
    house.tamper("UPDATE payment SET amount = 9223372036854775807 WHERE payment_id = 'p2'");
    let read = |after: Option<i64>, limit: u32| {
        let page = payment::Page { after, limit, ..payment::Page::default() };
        house.store.read(|c| payment::page(c, &page)).expect("it reads")
    };
    let (page, next) = read(None, 9);
    let ids: Vec<_> = page.rows.iter().map(|payment| payment.payment_id.to_string()).collect();
    assert_eq!((ids, next), (vec!["p3".to_owned(), "p1".to_owned()], None));
    let named = |bad: &Unreadable| (bad.table, bad.row.clone());
    assert_eq!(page.unreadable.iter().map(named).collect::<Vec<_>>(), [("payment", "p2".into())]);

    let (first, next) = read(None, 2);
    assert_eq!((first.rows.len(), first.unreadable.len()), (1, 1), "it has its place on a page");
    let (second, next) = read(next, 2);
    assert_eq!((second.rows.len(), second.unreadable.len(), next), (1, 0, None));
    let get = house.store.read(|c| payment::get(c, &payment_id("p2")));
    assert!(matches!(get, Err(StoreError::BadRow { row, .. }) if row == "p2"));
}

#[test]
fn a_state_that_is_none_hides_no_counts() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p2"), &adjust("80.00"));
    house.tamper("UPDATE outbox SET state = 'lost' WHERE change_id = 'c1'");
    let open = house.store.read(change::open_by_state).expect("it reads");
    assert_eq!(
        open.iter().map(|(state, many, _)| (*state, *many)).collect::<Vec<_>>(),
        [(State::Queued, 1)]
    );
}

#[test]
fn a_damaged_file_is_refused_by_its_name_and_left_as_it_is() {
    let check = |damage: fn(&Path), expected: &str| {
        let dir = closed();
        damage(dir.path());
        let before = fs::read(dir.path().join(DATABASE_FILE)).expect("the file reads");
        let error = refused(dir.path());
        let words = error.to_string();
        assert!(matches!(error, StoreError::BadFile { .. }), "{error:?}");
        assert!(words.contains(DATABASE_FILE) && words.contains(expected), "{words}");
        let after = fs::read(dir.path().join(DATABASE_FILE)).expect("the file reads");
        assert!(before == after, "{words}");
    };
    check(|dir| overwrite(dir, 0, b"a shopping list "), "no database");
    check(
        |dir| {
            let file = fs::OpenOptions::new().write(true).open(dir.join(DATABASE_FILE));
            file.and_then(|file| file.set_len(40_960)).expect("it is cut");
        },
        "missing or damaged",
    );
    check(|dir| overwrite(dir, 100, &[0xff; 64]), "");
    let zeros: [fn(&Path); 3] = [
        |dir| zero_table(dir, "payment"),
        |dir| zero_table(dir, "change_event"),
        |dir| zero_table(dir, "outbox"),
    ];
    zeros.into_iter().for_each(|damage| check(damage, ""));
}

fn zero_table(dir: &Path, table: &str) {
    overwrite(dir, (root_page(dir, table) - 1) * 1024, &[0; 1024]);
}

#[test]
fn a_clean_end_leaves_no_log() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.change("c1");
    let House { dir, store } = house;
    assert!(dir.path().join("counterfoil.db-wal").exists());
    drop(store);
    assert!(!dir.path().join("counterfoil.db-wal").exists());
}

#[test]
fn an_emptied_database_with_a_log_is_not_taken_for_a_new_one() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    let other = tempfile::tempdir().expect("a temporary folder");
    for name in [DATABASE_FILE, "counterfoil.db-wal"] {
        fs::copy(house.dir.path().join(name), other.path().join(name)).expect("it is copied");
    }
    fs::File::create(other.path().join(DATABASE_FILE)).expect("it is emptied");
    let log = other.path().join("counterfoil.db-wal");
    let before = fs::read(&log).expect("the log reads");
    assert!(!before.is_empty());
    assert!(Store::exists(other.path()), "it is not offered for a first run");
    assert!(matches!(refused(other.path()), StoreError::BadFile { .. }));
    assert!(fs::read(&log).expect("the log reads") == before);
}

/// Makes the store one of a newer version.
const NEWER: &str = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                     VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";

#[test]
fn of_a_newer_version_not_a_byte_not_a_moment_and_not_a_file_changes() {
    let dir = closed();
    let connection = Connection::open(dir.path().join(DATABASE_FILE)).expect("it opens");
    connection.execute_batch(NEWER).expect("it is made newer");
    drop(connection);
    for name in ["opening.lock", "drain.lock"] {
        // Absent ones must not come into being either.
        let _ = fs::remove_file(dir.path().join(name));
    }
    let before = files(dir.path());
    let error = refused(dir.path());
    assert!(matches!(error, StoreError::Newer), "{error:?}");
    assert!(files(dir.path()) == before, "{:?}", files(dir.path()).keys());

    let store = Store::open_read_only(dir.path(), error).expect("it can be read");
    let filter = change::Filter { limit: 9, ..change::Filter::default() };
    let listed = store.read(|c| change::list(c, &filter)).expect("it reads");
    assert_eq!(listed.rows.len(), 2);
    store.read(audit_entry::verify).expect("the trail verifies");
    let facts = store.facts().expect("it reads");
    assert_eq!((facts.schema, facts.check.as_str()), (99, "ok"));
    assert!(files(dir.path()) == before, "{:?}", files(dir.path()).keys());
}

#[test]
fn a_newer_one_that_was_killed_keeps_its_log() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.tamper(NEWER);
    // As a killed program leaves it: the newest commits are in the log alone.
    let other = tempfile::tempdir().expect("a temporary folder");
    for name in [DATABASE_FILE, "counterfoil.db-wal"] {
        fs::copy(house.dir.path().join(name), other.path().join(name)).expect("it is copied");
    }
    let read = |name: &str| fs::read(other.path().join(name)).expect("the file reads");
    let before = (read(DATABASE_FILE), read("counterfoil.db-wal"));
    let error = refused(other.path());
    assert!(matches!(error, StoreError::Newer), "{error:?}");
    assert!((read(DATABASE_FILE), read("counterfoil.db-wal")) == before);
    let store = Store::open_read_only(other.path(), error).expect("it can be read");
    let one = store.read(|c| change::get(c, &change_id("c1"))).expect("it reads");
    assert_eq!(one.state, State::Queued, "what only the log holds is read too");
    drop(store);
    assert!((read(DATABASE_FILE), read("counterfoil.db-wal")) == before);
}

#[test]
fn of_a_damaged_file_what_is_left_is_read_and_nothing_can_be_written_or_sent() {
    let dir = closed();
    zero_table(dir.path(), "payment");
    let error = refused(dir.path());
    let before = files(dir.path());
    let store = Store::open_read_only(dir.path(), error).expect("it can be read");
    let why = store.read_only_because().expect("it is for reading only").to_string();
    assert!(why.contains(DATABASE_FILE), "{why}");
    let filter = change::Filter { limit: 9, ..change::Filter::default() };
    assert_eq!(store.read(|c| change::list(c, &filter)).expect("it reads").rows.len(), 2);
    let all = payment::Page { limit: 9, ..payment::Page::default() };
    let (page, _) = store.read(|c| payment::page(c, &all)).expect("it reads");
    assert_eq!((page.rows.len(), page.unreadable.len()), (0, 1), "{:?}", page.unreadable);
    assert_ne!(store.facts().expect("it answers").check, "ok");

    let wrote = store.write(|c| Ok(c.execute("DELETE FROM outbox", [])?));
    assert!(matches!(wrote, Err(StoreError::ReadOnly { newer: false, .. })), "{wrote:?}");
    let right = store.take_drain_lock().map(|_| ());
    assert!(matches!(right, Err(StoreError::ReadOnly { .. })), "{right:?}");
    let through_reading = store.read(|c| Ok(c.execute("DELETE FROM outbox", [])?));
    assert!(through_reading.is_err());
    assert!(files(dir.path()) == before);
}

#[test]
fn what_is_no_reason_for_rescue_stays_the_error_it_is() {
    let dir = closed();
    let opened = Store::open_read_only(dir.path(), StoreError::Closed).map(|_| ());
    assert!(matches!(opened, Err(StoreError::Closed)));
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join(DATABASE_FILE), "no database at all ".repeat(300)).expect("written");
    let opened = Store::open_read_only(dir.path(), refused(dir.path())).map(|_| ());
    assert!(matches!(opened, Err(StoreError::BadFile { .. })), "{opened:?}");
}

#[test]
fn looking_whether_somebody_sends_never_keeps_somebody_from_sending() {
    let house = House::new();
    assert!(!house.store.is_drained().expect("it looks"));
    assert!(!house.dir.path().join("draining.lock").exists(), "looking makes no file");
    drop(house.store.take_drain_lock().expect("it is free"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    house.store.is_drained().expect("it looks");
                }
            });
        }
        let mut failed = 0;
        for _ in 0..2_000 {
            let right = house.store.take_drain_lock().expect("the lock file is there");
            failed += i32::from(right.is_none());
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(failed, 0);
    });
    let _right = house.store.take_drain_lock().expect("it is free");
    assert!(house.store.is_drained().expect("it looks"));
}
