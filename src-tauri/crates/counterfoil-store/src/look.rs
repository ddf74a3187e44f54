//! The look at the database when it is opened.
//!
//! A whole check costs as much as the file is large, and a start must not: a small file is checked
//! in whole, of a large one both ends of every table. SQLite mends an unclean end by itself, from
//! the checksums in its log; what a disk has done to a page in the middle is found when that page
//! is read, and by `doctor`, which always checks all of it.

use std::path::Path;

use rusqlite::Connection;

use crate::StoreError;

/// Up to here the whole file is checked: some thousand payments, measured below 0.1 s on a machine
/// that is busy with other things.
const CHECKED_WHOLE: i64 = 4 * 1024 * 1024;

/// Most lines taken from a check; one that speaks of the structure is among the first.
const LINES: u32 = 20;

/// What SQLite's check says of pages begins with the name of the database; what it says of single
/// values does not (`PRAGMA integrity_check`).
const STRUCTURE: &str = "*** in database";

/// Refuses a file whose structure is damaged where it was looked at.
///
/// # Errors
/// [`StoreError::BadFile`]. A single row that cannot be read is none: it is met where it is needed.
pub fn at_start(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let size = number(connection, "PRAGMA page_count")?
        .saturating_mul(number(connection, "PRAGMA page_size")?);
    let found = if size <= CHECKED_WHOLE { structure(connection)? } else { both_ends(connection)? };
    match found {
        None => Ok(()),
        Some(what) => Err(StoreError::BadFile { path: path.to_owned(), what }),
    }
}

/// What a check of the whole file finds first, `ok` where it finds nothing. A damaged page may
/// also stop the check itself.
///
/// # Errors
/// The database cannot be read at all.
pub fn whole(connection: &Connection) -> Result<String, StoreError> {
    let checked = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    checked
        .map_err(StoreError::from)
        .or_else(|error| if error.is_damage() { Ok(root_of(&error)) } else { Err(error) })
}

fn root_of(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn number(connection: &Connection, sql: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// What a check of the whole file finds first that is wrong with its structure.
///
/// # Errors
/// The check itself is stopped by a damaged page.
pub fn structure(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({LINES})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        let line = line?;
        if line.starts_with(STRUCTURE) {
            return Ok(Some(line.replace('\n', " ")));
        }
    }
    Ok(None)
}

/// The first and the last row of every table: a few pages each, however large it is.
fn both_ends(connection: &Connection) -> Result<Option<String>, StoreError> {
    let sql = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let tables: Vec<(String, bool)> = rows.collect::<Result<_, _>>()?;
    for (name, without_row_id) in tables {
        let name = name.replace('"', "\"\"");
        let mut looks = vec![format!("SELECT * FROM \"{name}\" LIMIT 1")];
        if !without_row_id {
            looks.push(format!("SELECT * FROM \"{name}\" ORDER BY rowid DESC LIMIT 1"));
        }
        for look in looks {
            if let Err(error) = any_row(connection, &look) {
                return Ok(Some(format!("table {name}: {error}")));
            }
        }
    }
    Ok(None)
}

fn any_row(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare(sql)?.query([])?.next().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rows: u32) -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let connection = Connection::open(dir.path().join("a.db")).expect("it opens");
        let sql = format!(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT;
             CREATE TABLE w (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
             INSERT INTO t SELECT value, hex(zeroblob(200)) FROM generate_series(1, {rows});
             INSERT INTO w VALUES ('x');"
        );
        let sql = sql.replace(
            &format!("generate_series(1, {rows})"),
            &format!(
                "(WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c \
                 LIMIT {rows}) SELECT value FROM c)"
            ),
        );
        connection.execute_batch(&sql).expect("it takes rows");
        (dir, connection)
    }

    fn zero_page(dir: &tempfile::TempDir, page: u64) {
        use std::io::{Seek, SeekFrom, Write};
        let path = dir.path().join("a.db");
        let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("it opens");
        file.seek(SeekFrom::Start((page - 1) * 4096)).expect("it is that long");
        file.write_all(&[0; 4096]).expect("it is written");
    }

    type Look = fn(&Connection) -> Result<Option<String>, StoreError>;

    #[test]
    fn a_page_of_zeros_is_found_by_the_whole_check_and_at_an_end_by_the_short_one() {
        let found = |rows: u32, page: fn(u64) -> u64, look: Look| {
            let (dir, connection) = filled(rows);
            let pages = number(&connection, "PRAGMA page_count").expect("it answers");
            drop(connection);
            zero_page(&dir, page(u64::try_from(pages).expect("it is a count")));
            let connection = Connection::open(dir.path().join("a.db")).expect("it opens");
            !matches!(look(&connection), Ok(None))
        };
        assert!(found(500, |pages| pages / 2, structure));
        assert!(found(500, |pages| pages, both_ends));
        assert!(!found(500, |pages| pages / 2, both_ends), "the middle is left to doctor");
        assert!(found(1, |_| 2, both_ends) && found(1, |_| 3, both_ends), "roots");
    }

    #[test]
    fn a_whole_database_passes_and_a_bad_value_is_no_bad_file() {
        let (_dir, connection) = filled(500);
        assert_eq!(structure(&connection).expect("it reads"), None);
        assert_eq!(both_ends(&connection).expect("it reads"), None);
        let sql = "PRAGMA writable_schema = ON;
                   UPDATE sqlite_schema SET sql = replace(sql, 'b TEXT', 'b INTEGER');";
        connection
            .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
            .expect("it is set");
        connection.execute_batch(sql).expect("the schema is bent");
        let path = connection.path().expect("it is a file").to_owned();
        drop(connection);
        let connection = Connection::open(path).expect("it opens");
        let said: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .expect("it answers");
        assert_ne!(said, "ok", "the check sees it");
        assert_eq!(structure(&connection).expect("it reads"), None, "{said}");
    }
}
