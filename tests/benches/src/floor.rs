//! The floors: what the disk and SQLite take for the least that could do.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

/// Bytes of one raw write: a page of a file system.
const BLOCK: [u8; 4096] = [0x5a; 4096];

/// Blocks that raw writes go round.
const BLOCKS: u64 = 256;

/// Text of a row, about as long as a stored event.
const BODY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Raw rusqlite: two tables, no index, one row each in a commit; write-ahead log, full sync.
pub struct TwoTables {
    connection: Connection,
}

impl TwoTables {
    /// Makes the database in an empty folder.
    pub fn open(folder: &Path) -> Self {
        let connection = Connection::open(folder.join("two.db")).expect("the folder is ours");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 CREATE TABLE one (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
                 CREATE TABLE two (id INTEGER PRIMARY KEY, body TEXT NOT NULL);",
            )
            .expect("SQLite takes its own pragmas");
        Self { connection }
    }

    /// One commit.
    pub fn commit(&mut self) {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .expect("nobody else has this database");
        for sql in ["INSERT INTO one (body) VALUES (?1)", "INSERT INTO two (body) VALUES (?1)"] {
            let mut statement = transaction.prepare_cached(sql).expect("the tables are there");
            statement.execute([BODY]).expect("the disk takes a row");
        }
        transaction.commit().expect("the disk takes a commit");
    }

    /// Version and settings, read back from the connection.
    pub fn settings(&self) -> String {
        let text = |pragma: &str| -> String {
            let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
            self.connection.query_row(&sql, [], |row| row.get(0)).expect("SQLite answers")
        };
        format!(
            "raw two-table commit: SQLite {}, journal_mode {}, synchronous {}, page_size {}",
            rusqlite::version(),
            text("journal_mode"),
            text("synchronous"),
            text("page_size"),
        )
    }
}

/// A file that is written and synced block by block, in place.
pub struct RawSync {
    file: File,
    turn: u64,
}

impl RawSync {
    /// Makes the file in a folder, at its full length.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join("raw");
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(path);
        let mut raw = Self { file: file.expect("the folder is ours"), turn: 0 };
        (0..BLOCKS).for_each(|_| raw.write());
        raw.file.sync_all().expect("the disk syncs");
        raw
    }

    /// One write of 4 KiB and one `fdatasync`.
    pub fn sync(&mut self) {
        self.write();
        self.file.sync_data().expect("the disk syncs");
    }

    fn write(&mut self) {
        let block = u64::try_from(BLOCK.len()).expect("4096 fits");
        let place = SeekFrom::Start(self.turn % BLOCKS * block);
        self.file.seek(place).expect("a file can be sought in");
        self.file.write_all(&BLOCK).expect("the disk takes a block");
        self.turn += 1;
    }
}
