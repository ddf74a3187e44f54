//! The disk itself: it forgets what it should and nothing else. Without these the proofs above it
//! would prove nothing.

use counterfoil_disk::{Call, Disk, Harm, Left};
use rusqlite::Connection;
use tempfile::TempDir;

struct Plain {
    folder: TempDir,
    disk: Disk,
}

impl Plain {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = Disk::mount(folder.path(), seed).expect("a disk");
        Self { folder, disk }
    }

    fn connection(&self, settings: &str) -> Connection {
        let connection = Connection::open(self.folder.path().join("a.db")).expect("it opens");
        connection.execute_batch(settings).expect("it is set");
        connection
    }
}

const LOOSE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;";
const STRICT: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

fn rows(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
}

#[test]
fn a_database_lies_on_the_disk_and_not_in_the_folder() {
    let plain = Plain::new(1);
    let connection = plain.connection(STRICT);
    connection.execute_batch("CREATE TABLE t (a)").expect("it is made");
    assert_eq!(plain.disk.image().names(), ["a.db", "a.db-wal"]);
    assert_eq!(std::fs::read_dir(plain.folder.path()).expect("it reads").count(), 0);
    drop(connection);
    assert_eq!(plain.disk.image().names(), ["a.db"], "closed: no log");
    assert_eq!(rows(&plain.connection(STRICT)).expect("it reads"), 0);
}

#[test]
fn what_was_synced_survives_a_power_cut_and_what_was_not_survives_a_kill() {
    for (settings, left, always) in [
        (STRICT, Left::Synced, true),
        (STRICT, Left::Everything, true),
        (LOOSE, Left::Everything, true),
        (LOOSE, Left::Synced, false),
    ] {
        let mut there = 0;
        for seed in 0..40 {
            let plain = Plain::new(seed);
            let connection = plain.connection(settings);
            connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").expect("fits");
            plain.disk.end();
            assert!(
                rows(&connection).is_err() || connection.execute_batch("DELETE FROM t").is_err()
            );
            drop(connection);
            plain.disk.start(left);
            there += i32::from(rows(&plain.connection("")).is_ok_and(|rows| rows == 1));
        }
        let what = format!("{settings} {left:?}: {there} of 40");
        assert_eq!(there == 40, always, "{what}");
        assert!(there > 0, "{what}");
    }
}

#[test]
fn a_rollback_journal_survives_power_cuts_as_well() {
    for seed in 0..60 {
        let plain = Plain::new(seed);
        let settings = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;";
        let connection = plain.connection(settings);
        let sql = "CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);";
        connection.execute_batch(sql).expect("it fits");
        plain.disk.arm(Harm::Ends, &Call::CHANGING, seed % 20, 1);
        let mut acked = 2;
        while connection.execute_batch("INSERT INTO t VALUES (3)").is_ok() {
            acked += 1;
        }
        drop(connection);
        plain.disk.start(Left::Synced);
        let there = rows(&plain.connection(settings)).expect("it reads");
        assert!(there == acked || there == acked + 1, "seed {seed}: {there} of {acked}");
    }
}

#[test]
fn readers_see_commits_of_another_connection_and_writers_exclude_each_other() {
    let plain = Plain::new(1);
    let writer = plain.connection(STRICT);
    writer
        .execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        .expect("fits");
    let other = plain.connection("");
    assert_eq!(rows(&other).expect("it reads"), 0);
    other.busy_timeout(std::time::Duration::ZERO).expect("it is set");
    let refused = other.execute_batch("BEGIN IMMEDIATE").expect_err("the other one writes");
    assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
    writer.execute_batch("COMMIT").expect("it commits");
    assert_eq!(rows(&other).expect("it reads"), 1);
    other.execute_batch("INSERT INTO t VALUES (2)").expect("it is its turn");
    assert_eq!(rows(&writer).expect("it reads"), 2);
}

#[test]
fn the_same_seed_and_calls_leave_the_same_bytes() {
    let left = |seed: u64| {
        let plain = Plain::new(seed);
        // Salts of the log are SQLite's own random numbers: a database without them.
        let connection = plain.connection("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
        let sql = "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000)); DELETE FROM t";
        connection.execute_batch(sql).expect("it fits");
        plain.disk.end();
        drop(connection);
        plain.disk.start(Left::Synced);
        plain.disk.image().file("a.db")
    };
    let mut different = 0;
    for seed in 0..20 {
        assert_eq!(left(seed), left(seed));
        different += i32::from(left(seed) != left(seed + 1));
    }
    assert!(different > 10, "{different}");
}

#[test]
fn harm_strikes_at_the_call_it_was_armed_for() {
    let plain = Plain::new(1);
    let connection = plain.connection(STRICT);
    connection.execute_batch("CREATE TABLE t (a)").expect("it is made");
    for (harm, call, code) in [
        (Harm::Full, Call::Write, rusqlite::ErrorCode::DiskFull),
        (Harm::Error, Call::Write, rusqlite::ErrorCode::SystemIoFailure),
        (Harm::Error, Call::Sync, rusqlite::ErrorCode::SystemIoFailure),
    ] {
        plain.disk.arm(harm, &[call], 0, 1);
        let failed = connection.execute_batch("INSERT INTO t VALUES (1)").expect_err("it fails");
        assert_eq!(failed.sqlite_error_code(), Some(code), "{harm:?} {call:?}");
        assert_eq!(plain.disk.struck().1, 1);
        plain.disk.disarm();
        assert_eq!(rows(&connection).expect("it reads"), 0, "{harm:?} {call:?}");
    }
    connection.execute_batch("INSERT INTO t VALUES (1)").expect("it works again");
}
