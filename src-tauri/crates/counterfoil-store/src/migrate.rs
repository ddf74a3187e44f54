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
