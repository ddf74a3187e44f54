use std::path::Path;

use counterfoil_core::moment::Moment;
use rusqlite::Connection;

use crate::StoreError;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Brings the database to this version: a backup first where it holds anything, then each
/// missing migration in its own transaction.
pub fn migrate(connection: &mut Connection, path: &Path, now: Moment) -> Result<(), StoreError> {
    let found = schema_version(connection)?;
    if found == newest_known() {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, path, found, now)?;
    }
    let run = embedded::migrations::runner().run(connection);
    run.map(|_| ()).map_err(|error| StoreError::Migration(Box::new(error)))
}

/// Says no to a database of a newer version, by reading only.
pub fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    if schema_version(connection)? > newest_known() { Err(StoreError::Newer) } else { Ok(()) }
}

/// The schema version this program knows.
pub fn newest_known() -> i32 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

fn schema_version(connection: &Connection) -> Result<i32, StoreError> {
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
) -> Result<(), StoreError> {
    let name = format!("before-schema-{version}-{}.db", now.as_millis());
    let target = path.with_file_name(name);
    crate::files::make_file(&target).map_err(StoreError::Io)?;
    connection.backup("main", &target, None::<fn(rusqlite::backup::Progress)>)?;
    Ok(())
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
}
