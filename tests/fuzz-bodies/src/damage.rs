//! One way to damage a database, and what it touches.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

use crate::feed::Feed;
use crate::shop::Shop;

/// Words that rows of several tables hold.
const WORDS: [&str; 16] = [
    "queued",
    "sending",
    "in_doubt",
    "applied",
    "needs_customer",
    "GBP",
    "JPY",
    "acc",
    "c1",
    "p1",
    "alice",
    "owner",
    "[]",
    "{}",
    "null",
    "",
];

/// What was touched, by the ids that stood there before.
#[derive(Debug, Default)]
pub struct Touched {
    tables: BTreeSet<String>,
    changes: BTreeSet<String>,
    payments: BTreeSet<String>,
    /// A row may now pass for one of any other id.
    all: bool,
}

impl Touched {
    /// True where one of these tables was damaged.
    pub fn any_of(&self, tables: &[&str]) -> bool {
        tables.iter().any(|table| self.tables.contains(*table))
    }

    /// True where a change and its events are as they were.
    pub fn leaves_change(&self, id: &str) -> bool {
        !self.all && !self.changes.contains(id)
    }

    /// True where a payment is as it was.
    pub fn leaves_payment(&self, id: &str) -> bool {
        !self.all && !self.payments.contains(id)
    }
}

/// One damage.
pub struct Damage<'a> {
    table: &'a str,
    column: &'a str,
    row: i64,
    act: Act,
}

enum Act {
    Put(Value),
    /// Bytes that need not be UTF-8, in a text.
    PutText(Vec<u8>),
    /// Some bytes of the old text replaced.
    Splice {
        at: usize,
        drop: usize,
        put: Vec<u8>,
    },
    /// The value of another row.
    CopyFrom(i64),
    Remove,
    Double,
}

impl<'a> Damage<'a> {
    /// Reads one off the input.
    pub fn read(feed: &mut Feed<'_>, shop: &'a Shop) -> Self {
        let (table, columns) = &shop.tables[feed.below(shop.tables.len())];
        let column = &columns[feed.below(columns.len())];
        let row = i64::from(feed.byte() % 16);
        let act = match feed.below(12) {
            0 => Act::Put(Value::Text(feed.text())),
            1 => Act::Put(Value::Integer(feed.bound())),
            2 => Act::Put(Value::Null),
            3 => Act::Put(Value::Real(0.5)),
            4 => Act::Put(Value::Blob(feed.bytes(8).to_vec())),
            5 => Act::PutText(feed.bytes(8).to_vec()),
            6 => Act::CopyFrom(i64::from(feed.byte() % 16)),
            7 => Act::Remove,
            8 => Act::Double,
            9 => Act::Put(Value::Text(feed.pick(&WORDS).to_owned())),
            _ => {
                let (at, drop) = (usize::from(feed.short()), feed.below(24));
                let length = feed.below(24);
                Act::Splice { at, drop, put: feed.bytes(length).to_vec() }
            }
        };
        Self { table, column, row, act }
    }

    /// Does it, where the types of the columns allow.
    pub fn apply(self, connection: &Connection, touched: &mut Touched) {
        self.note(connection, touched);
        let (table, column) = (self.table, self.column);
        let here = format!("rowid = (SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET ?1)");
        let put = |value: &str| format!("UPDATE {table} SET {column} = {value} WHERE {here}");
        let run = |sql: &str, value: Option<Value>| {
            let mut statement = connection.prepare_cached(sql).expect("its own statement");
            // A value of the wrong type is refused where types are in force: then nothing is done.
            let _refused = match value {
                Some(value) => statement.execute(params![self.row, value]),
                None => statement.execute([self.row]),
            };
        };
        match &self.act {
            Act::Put(value) => run(&put("?2"), Some(value.clone())),
            Act::PutText(bytes) => run(&put("CAST(?2 AS TEXT)"), Some(bytes.clone().into())),
            Act::Splice { at, drop, put: new } => {
                let Some(old) = self.old(connection) else { return };
                let bytes = spliced(old, *at, *drop, new);
                run(&put("CAST(?2 AS TEXT)"), Some(bytes.into()));
            }
            Act::CopyFrom(row) => {
                let from = format!("(SELECT {column} FROM {table} LIMIT 1 OFFSET ?2)");
                run(&put(&from), Some((*row).into()));
            }
            Act::Remove => run(&format!("DELETE FROM {table} WHERE {here}"), None),
            Act::Double => {
                run(&format!("INSERT INTO {table} SELECT * FROM {table} WHERE {here}"), None);
            }
        }
    }

    fn old(&self, connection: &Connection) -> Option<Vec<u8>> {
        let sql = format!(
            "SELECT CAST({} AS BLOB) FROM {} ORDER BY rowid LIMIT 1 OFFSET ?1",
            self.column, self.table
        );
        let mut statement = connection.prepare_cached(&sql).expect("its own statement");
        let old = statement.query_row([self.row], |row| row.get::<_, Option<Vec<u8>>>(0));
        old.optional().expect("any value is a blob").flatten()
    }

    fn note(&self, connection: &Connection, touched: &mut Touched) {
        touched.tables.insert(self.table.to_owned());
        let key = match self.table {
            "change" | "change_event" => "change_id",
            "personal" => "about",
            "payment" => "payment_id",
            _ => return,
        };
        let moves = matches!(self.act, Act::Double) || self.column.ends_with("_id");
        let moves = moves || self.column == key;
        if moves && !matches!(self.act, Act::Remove) {
            touched.all = true;
        }
        let named = Self { column: key, act: Act::Remove, ..*self };
        let Some(id) = named.old(connection).and_then(|id| String::from_utf8(id).ok()) else {
            return;
        };
        let ids = if key == "payment_id" { &mut touched.payments } else { &mut touched.changes };
        ids.insert(id);
    }
}

fn spliced(mut old: Vec<u8>, at: usize, drop: usize, new: &[u8]) -> Vec<u8> {
    let from = at % (old.len() + 1);
    let to = (from + drop).min(old.len());
    old.splice(from..to, new.iter().copied());
    old
}
