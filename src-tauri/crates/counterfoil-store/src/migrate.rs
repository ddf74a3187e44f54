use std::path::{Path, PathBuf};

use counterfoil_core::moment::Moment;
use refinery::Runner;
use rusqlite::Connection;

use crate::StoreError;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Brings the database to this version: a backup first where it holds anything, then each
/// migration that is missing, all of them and their history in one transaction. One that fails or
/// is killed in the middle leaves the schema before it whole.
pub fn migrate(connection: &mut Connection, path: &Path, now: Moment) -> Result<(), StoreError> {
    migrate_with(&runner(), connection, path, now)
}

/// Grouped: a migration and the note that it was done are two transactions otherwise, and an end
/// between them would have it run again on what it has changed already.
fn runner() -> Runner {
    embedded::migrations::runner().set_grouped(true)
}

fn migrate_with(
    runner: &Runner,
    connection: &mut Connection,
    path: &Path,
    now: Moment,
) -> Result<(), StoreError> {
    let found = schema_version(connection)?;
    if found == newest_of(runner) {
        return Ok(());
    }
    let backup = if found > 0 { Some(back_up(connection, path, found, now)?) } else { None };
    let failed = |error| StoreError::Migration { source: Box::new(error), backup };
    // A table that others refer to can be made anew only without (sqlite.org/lang_altertable.html,
    // section 7); inside a transaction the switch does nothing.
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let done = runner.run(connection).map(|_| ()).map_err(failed);
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    done
}

/// Says no to a database of a newer version, by reading only.
pub fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    if schema_version(connection)? > newest_known() { Err(StoreError::Newer) } else { Ok(()) }
}

/// The schema version this program knows.
pub fn newest_known() -> i32 {
    newest_of(&runner())
}

fn newest_of(runner: &Runner) -> i32 {
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The schema version of a database; 0 for an empty one.
pub fn schema_version(connection: &Connection) -> Result<i32, StoreError> {
    let has_history: bool = connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'refinery_schema_history'",
        [],
        |row| row.get(0),
    )?;
    if !has_history {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn back_up(
    connection: &Connection,
    path: &Path,
    version: i32,
    now: Moment,
) -> Result<PathBuf, StoreError> {
    let name = format!("before-schema-{version}-{}.db", now.as_millis());
    let target = path.with_file_name(name);
    crate::files::make_file(&target)?;
    connection.backup("main", &target, None::<fn(rusqlite::backup::Progress)>)?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_holds_what_the_database_held_and_its_name_tells_version_and_moment() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let connection = Connection::open(&path).expect("it opens");
        connection.pragma_update(None, "journal_mode", "wal").expect("it is set");
        let rows = "CREATE TABLE kept (a TEXT) STRICT; INSERT INTO kept VALUES ('before');";
        connection.execute_batch(rows).expect("it takes rows");
        back_up(&connection, &path, 3, Moment::from_millis(77)).expect("it is copied");
        connection.execute_batch("UPDATE kept SET a = 'after'").expect("it takes rows");
        let copy = Connection::open(dir.path().join("before-schema-3-77.db")).expect("it opens");
        let kept: String =
            copy.query_row("SELECT a FROM kept", [], |row| row.get(0)).expect("it is there");
        assert_eq!(kept, "before");
    }

    #[test]
    fn migrating_twice_changes_nothing_and_makes_no_backup() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let mut connection = Connection::open(&path).expect("it opens");
        for _ in 0..2 {
            migrate(&mut connection, &path, Moment::from_millis(1)).expect("it migrates");
            assert_eq!(schema_version(&connection).expect("it reads"), newest_known());
        }
        let backups = std::fs::read_dir(dir.path()).expect("the folder reads");
        let names = backups.map(|file| file.expect("the folder reads").file_name());
        let backups = names.filter(|name| name.to_string_lossy().starts_with("before-schema"));
        assert_eq!(backups.count(), 0);
    }

    const KEPT: &str = "CREATE TABLE kept (a TEXT NOT NULL) STRICT;
                        INSERT INTO kept VALUES ('before');";

    /// A list of migrations of this test: the first is `KEPT`.
    fn list(second: Option<&str>) -> Runner {
        let migration = |name: &str, sql: &str| {
            refinery::Migration::unapplied(name, sql).expect("the test writes a migration")
        };
        let mut all = vec![migration("V1__kept", KEPT)];
        all.extend(second.map(|sql| migration("V2__more", sql)));
        Runner::new(&all).set_grouped(true)
    }

    fn texts(path: &Path, sql: &str) -> Vec<String> {
        let connection = Connection::open(path).expect("it opens");
        let mut statement = connection.prepare(sql).expect("the test's own query");
        let rows = statement.query_map([], |row| row.get(0)).expect("it reads");
        rows.collect::<Result<_, _>>().expect("texts")
    }

    #[test]
    fn a_migration_that_fails_in_the_middle_leaves_the_old_schema_whole_and_names_its_backup() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let run = |runner: &Runner, now| {
            let mut connection = crate::connect::writing(&path).expect("it opens");
            migrate_with(runner, &mut connection, &path, Moment::from_millis(now))
        };
        run(&list(None), 1).expect("the first one fits");
        let (schema, rows) =
            ("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name", "SELECT a FROM kept");
        let before = texts(&path, schema);

        let broken = "ALTER TABLE kept ADD COLUMN b TEXT; UPDATE kept SET a = 'half';
                      CREATE TABLE more (c TEXT) STRICT; INSERT INTO nowhere VALUES (1);";
        let failed = run(&list(Some(broken)), 2).expect_err("the second one fails");
        let StoreError::Migration { backup, source } = failed else { panic!("{failed:?}") };
        assert!(source.to_string().contains("nowhere"), "{source}");
        assert_eq!(texts(&path, schema), before, "nothing of it is left");
        assert_eq!(texts(&path, rows), ["before"]);
        let backup = backup.expect("it is named");
        assert_eq!(texts(&backup, rows), ["before"], "{}", backup.display());

        let mended = "ALTER TABLE kept ADD COLUMN b TEXT; UPDATE kept SET a = 'after';";
        run(&list(Some(mended)), 3).expect("a mended one goes on from there");
        assert_eq!(texts(&path, rows), ["after"]);
    }

    #[test]
    fn a_payment_of_schema_3_is_accounted_for_from_its_newest_reading_on() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let mut connection = Connection::open(&path).expect("it opens");
        let third = runner().set_target(refinery::Target::Version(3));
        third.run(&mut connection).expect("the third schema fits");
        let rows = "INSERT INTO account (account_id, name, provider, base_url, currency, options,
                added_at) VALUES ('a', 'A', 'wepay', 'u', 'USD', '{}', 0);
            INSERT INTO payment (payment_id, account_id, provider_ref, state, provider_status,
                amount, currency, refunded, read_at, items, details)
            VALUES ('p1', 'a', 'r1', 'paid', 'x', 300, 'USD', 20, 77, '[]',
                    '{\"captured\":{\"minor\":250,\"currency\":\"USD\"}}'),
                   ('p2', 'a', 'r2', 'open', 'y', 400, 'USD', NULL, 88, '[]', '{}');";
        connection.execute_batch(rows).expect("it takes rows");
        migrate(&mut connection, &path, Moment::from_millis(1)).expect("it migrates");
        let sql = "SELECT first_at || ' ' || first_amount || ' ' || first_state || ' '
                   || coalesce(first_refunded, '-') || ' ' || coalesce(first_captured, '-') || ' '
                   || changed_at || ' ' || coalesce(poll_at, '-') FROM payment ORDER BY payment_id";
        assert_eq!(texts(&path, sql), ["77 300 paid 20 250 77 -", "88 400 open - - 88 88"]);
    }

    #[test]
    fn people_of_schema_5_are_brought_up_with_their_ids_and_what_they_did_stays_theirs() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let mut connection = Connection::open(&path).expect("it opens");
        let fifth = runner().set_target(refinery::Target::Version(5));
        fifth.run(&mut connection).expect("the fifth schema fits");
        let rows = "INSERT INTO staff VALUES ('s1', 'Sam', 'cashier', 'x', 3, 44, 10),
                                             ('s2', 'Sue', 'owner', 'y', 0, NULL, 5);
            INSERT INTO account (account_id, name, provider, base_url, currency, options, added_at)
            VALUES ('a', 'A', 'bumper', 'u', 'GBP', '{}', 0);
            INSERT INTO change (change_id, account_id, kind, state, requested_by, requested_at,
                changed_at) VALUES ('c1', 'a', 'start', 'queued', 's1', 0, 0);";
        connection.execute_batch(rows).expect("it takes rows");
        migrate(&mut connection, &path, Moment::from_millis(1)).expect("it migrates");
        let staff = "SELECT staff_id || ' ' || name || ' ' || role || ' ' || pin_hash || ' '
                     || wrong_tries || ' ' || coalesce(locked_until, '-') || ' ' || added_at || ' '
                     || coalesce(left_at, '-') || coalesce(pepper_mark, '-') FROM staff";
        assert_eq!(texts(&path, staff), ["s1 Sam cashier x 3 44 10 --", "s2 Sue owner y 0 - 5 --"]);
        let past = "SELECT staff_id || ' ' || at || ' ' || name || ' ' || role || ' ' || what
                    FROM staff_past ORDER BY row_id";
        assert_eq!(texts(&path, past), ["s2 5 Sue owner added", "s1 10 Sam cashier added"]);
        let loose = "SELECT \"table\" FROM pragma_foreign_key_check";
        assert_eq!(texts(&path, loose), [""; 0], "every reference holds");
        let refers = "SELECT sql FROM sqlite_schema WHERE name = 'change'";
        assert!(texts(&path, refers)[0].contains("REFERENCES staff (staff_id)"));
        let on: bool = connection
            .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
            .expect("a pragma answers");
        assert!(on, "references are checked again");
        let gone = connection.execute_batch("DELETE FROM staff WHERE staff_id = 's1'");
        assert!(gone.is_err(), "somebody who asked for something is never removed");
    }

    #[test]
    fn a_queue_of_schema_1_is_brought_up_with_every_row_and_the_heads_of_its_lanes() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join(crate::DATABASE_FILE);
        let mut connection = Connection::open(&path).expect("it opens");
        let first = runner().set_target(refinery::Target::Version(1));
        first.run(&mut connection).expect("the first schema fits");
        let rows = "INSERT INTO staff VALUES ('s', 'Sam', 'cashier', 'x', 0, NULL, 0);
            INSERT INTO account VALUES ('a', 'A', 'bumper', 'u', 'GBP', '{}', NULL, 0);
            INSERT INTO change (change_id, account_id, kind, state, requested_by, requested_at,
                changed_at)
            SELECT value, 'a', 'start', 'queued', 's', 0, 0
            FROM json_each('[\"c1\", \"c2\", \"c3\", \"c4\", \"c5\"]');
            INSERT INTO outbox (change_id, lane, state, next_attempt_at, last_error) VALUES
                ('c1', 'p1', 'in_doubt', 77, 'lost'), ('c2', 'p1', 'queued', NULL, NULL),
                ('c3', 'p1', 'needs_customer', NULL, NULL), ('c4', 'p2', 'conflict', NULL, NULL),
                ('c5', 'p2', 'queued', NULL, NULL);";
        connection.execute_batch(rows).expect("it takes rows");
        migrate(&mut connection, &path, Moment::from_millis(1)).expect("it migrates");
        let sql = "SELECT change_id || ' ' || account_id || ' ' || lane || ' ' || runnable || ' '
                   || due_at || ' ' || coalesce(last_error, '-') FROM outbox ORDER BY place";
        let expected = [
            "c1 a p1 1 77 lost",
            "c2 a p1 0 0 -",
            "c3 a p1 1 0 -",
            "c4 a p2 0 0 -",
            "c5 a p2 0 0 -",
        ];
        assert_eq!(texts(&path, sql), expected);
        assert!(dir.path().join("before-schema-1-1.db").exists());
    }
}
