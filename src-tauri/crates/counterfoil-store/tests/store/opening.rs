use std::fs;
use std::path::Path;

use counterfoil_core::change::State;
use counterfoil_store::{DATABASE_FILE, Store, StoreError};

use crate::house::{House, adjust, at};

#[test]
fn a_new_folder_gets_a_store_and_the_same_changes_are_there_after_reopening() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    assert!(!Store::exists(dir.path()));
    let inner = dir.path().join("deep/till");
    drop(Store::open(&inner, at(1)).expect("it makes what is missing"));
    assert!(Store::exists(&inner));
    let house = House::new();
    let asked = house.ask("c1", Some("p1"), &adjust("80.00"));
    let revision = house.store.revision().expect("it reads");
    let house = house.reopened();
    assert_eq!(house.change("c1"), asked);
    assert_eq!(house.store.revision().expect("it reads"), revision);
    assert_eq!(house.change("c1").state, State::Queued);
}

/// The highest number of the files in `migrations/`.
fn newest_migration() -> i32 {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = fs::read_dir(folder).expect("the folder reads");
    let number = |name: &str| name.strip_prefix('V')?.split_once("__")?.0.parse().ok();
    let numbers = files.filter_map(|file| number(&file.ok()?.file_name().to_string_lossy()));
    numbers.max().expect("there are migrations")
}

#[test]
fn commits_are_synced_in_full_with_a_write_ahead_log() {
    let house = House::new();
    let facts = house.store.facts().expect("it reads");
    assert_eq!((facts.journal_mode.as_str(), facts.synchronous), ("wal", 2));
    assert_eq!((facts.schema, facts.check.as_str()), (newest_migration(), "ok"));
    let pragma = |sql: &'static str| {
        let read = house.store.write(move |connection| {
            Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
        });
        read.expect("a pragma answers")
    };
    assert_eq!((pragma("PRAGMA foreign_keys"), pragma("PRAGMA trusted_schema")), (1, 0));
    let loose = "SELECT count(*) FROM pragma_table_list
                 WHERE schema = 'main' AND type = 'table' AND NOT strict
                 AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'refinery_%'";
    assert_eq!(house.number(loose), 0, "tables that are not strict");
}

#[test]
fn readers_cannot_write() {
    let house = House::new();
    let wrote = house.store.read(|connection| Ok(connection.execute("DELETE FROM meta", [])?));
    assert!(wrote.is_err());
}

#[cfg(unix)]
#[test]
fn the_folder_and_its_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let house = House::new();
    let _lock = house.store.take_drain_lock().expect("the lock file is made");
    assert_eq!(mode(house.dir.path()), 0o700);
    let files: Vec<_> = fs::read_dir(house.dir.path())
        .expect("the folder reads")
        .map(|entry| entry.expect("the folder reads").path())
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    for journal in ["wal", "delete"] {
        let house = House::new();
        house.tamper(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                 VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
        );
        let House { dir, store } = house;
        drop(store);
        let path = dir.path().join(DATABASE_FILE);
        let connection = rusqlite::Connection::open(&path).expect("it opens");
        connection.pragma_update(None, "journal_mode", journal).expect("it is set");
        drop(connection);
        let before = fs::read(&path).expect("the file reads");
        let opened = Store::open(dir.path(), at(9)).map(|_| ());
        assert!(matches!(opened, Err(StoreError::Newer)), "{journal}");
        assert!(fs::read(&path).expect("the file reads") == before, "{journal}");
    }
}

#[test]
fn a_file_that_is_no_database_is_an_error_and_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(DATABASE_FILE);
    let text = "this is a shopping list and no database\n".repeat(100);
    fs::write(&path, &text).expect("the file is written");
    assert!(matches!(Store::open(dir.path(), at(1)), Err(StoreError::BadFile { .. })));
    assert_eq!(fs::read_to_string(&path).expect("the file reads"), text);
}

#[test]
fn several_openings_of_a_new_folder_at_once_agree_on_one_store() {
    for _ in 0..5 {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let open = || Store::open(dir.path(), at(1)).map(|store| store.facts().is_ok());
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
            for opened in opened {
                let opened = opened.join().expect("no panic");
                assert!(matches!(opened, Ok(true)), "{opened:?}");
            }
        });
    }
}

#[test]
fn only_one_holder_may_send_and_the_right_ends_with_its_holder() {
    let house = House::new();
    let other = Store::open(house.dir.path(), at(2)).expect("two may read and write");
    let first = house.store.take_drain_lock().expect("the lock file is made");
    assert!(first.is_some());
    assert!(other.take_drain_lock().expect("the lock file is made").is_none());
    assert!(house.store.take_drain_lock().expect("the lock file is made").is_none());
    drop(first);
    assert!(other.take_drain_lock().expect("the lock file is made").is_some());
}

#[test]
fn two_handles_see_each_others_commits() {
    let house = House::new();
    let other = Store::open(house.dir.path(), at(2)).expect("two may read and write");
    let before = other.revision().expect("it reads");
    house.ask("c1", Some("p1"), &adjust("80.00"));
    assert!(other.revision().expect("it reads") > before);
}
