//! Another connection that holds the right to write for longer than anybody waits. A binary of its
//! own, since it shortens every wait of its process.

use counterfoil_core::moment::Moment;
use counterfoil_disk::Disk;
use counterfoil_store::table::meta;
use counterfoil_store::{Connection, DATABASE_FILE, Store, StoreError};

fn error_code(error: &StoreError) -> Option<rusqlite::ErrorCode> {
    if let StoreError::Sqlite(error) = error { error.sqlite_error_code() } else { None }
}

#[test]
fn a_database_that_somebody_else_keeps_busy_is_a_clear_error_and_nothing_is_stored() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = Disk::mount(folder.path(), 1).expect("a disk");
    let store = Store::open(folder.path(), Moment::from_millis(1)).expect("it opens");
    let set = |key: &'static str| store.write(move |c: &Connection| meta::set(c, key, "1"));
    set("before").expect("it is free");

    let other = Connection::open(folder.path().join(DATABASE_FILE)).expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    disk.wait_little();
    for key in ["one", "two"] {
        let busy = set(key).expect_err("somebody else writes");
        assert_eq!(error_code(&busy), Some(rusqlite::ErrorCode::DatabaseBusy), "{busy:?}");
        assert!(!Store::may_have_stored(&busy));
    }
    other.execute_batch("ROLLBACK").expect("it ends");
    set("after").expect("it is free again");
    let get = |key: &'static str| store.read(move |c| meta::get(c, key)).expect("it reads");
    assert_eq!(
        ["before", "one", "two", "after"].map(|key| get(key).is_some()),
        [true, false, false, true]
    );
    assert_eq!(get("commits_taken_back"), None, "a busy database is no failing disk");
}
