//! A real database of a small shop, made by the store itself, and copies of it in memory that take
//! any damage.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::change::{Change, Event};
use counterfoil_core::id::{AccountId, ChangeId, PaymentId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Details, Item, Payment, PaymentFacts, PaymentState};
use counterfoil_core::settings::Setting;
use counterfoil_core::staff::Role;
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, change, meta, payment, setting, staff};
use counterfoil_store::{DATABASE_FILE, Store, StoreError};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::amount::currency;

/// Ids of the payments in the shop.
pub const PAYMENTS: [&str; 2] = ["p1", "p2"];
/// Ids of the changes in the shop: one applied, one waiting behind a doubt, one in doubt.
pub const CHANGES: [&str; 4] = ["c1", "c2", "c3", "c4"];

thread_local! {
    static STRICT: OnceCell<Shop> = const { OnceCell::new() };
    static LOOSE: OnceCell<Shop> = const { OnceCell::new() };
}

/// A copy in memory, and what it tells before it is damaged.
pub struct Shop {
    /// The copy.
    pub connection: Connection,
    /// Every table with its columns.
    pub tables: Vec<(String, Vec<String>)>,
    /// The changes of [`CHANGES`].
    pub changes: Vec<Change>,
    /// The payments of [`PAYMENTS`].
    pub payments: Vec<Payment>,
}

/// Lends this thread's copy: `strict` with the types of the columns in force, but no keys, no
/// triggers and no references; else without types too, as only somebody with an editor for the
/// file makes it.
pub fn with_shop(strict: bool, work: impl FnOnce(&Shop)) {
    let lent = if strict { &STRICT } else { &LOOSE };
    lent.with(|cell| work(cell.get_or_init(|| Shop::new(strict).expect("a small shop is made"))));
}

impl Shop {
    fn new(strict: bool) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(StoreError::Io)?;
        let store = Store::open(folder.path(), at(1))?;
        store.write(furnish)?;
        drop(store);
        let connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(1024);
        let tables = copied(&connection, &folder.path().join(DATABASE_FILE), strict)?;
        let changes = CHANGES.map(|id| change::get(&connection, &change_id(id)));
        let payments = PAYMENTS.map(|id| payment::get(&connection, &payment_id(id)));
        Ok(Self {
            tables,
            changes: changes.into_iter().collect::<Result<_, _>>()?,
            payments: payments.into_iter().collect::<Result<_, _>>()?,
            connection,
        })
    }
}

/// Copies every table but the index of words, which is made anew with one row.
fn copied(
    connection: &Connection,
    path: &Path,
    strict: bool,
) -> Result<Vec<(String, Vec<String>)>, StoreError> {
    connection.execute("ATTACH ?1 AS disk", [path.to_string_lossy()])?;
    let names = "SELECT name FROM disk.sqlite_schema WHERE type = 'table'
                 AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'payment_words%'
                 AND name NOT LIKE 'refinery%' ORDER BY name";
    let names: Vec<String> = texts(connection, names)?;
    let mut tables = Vec::new();
    for name in names {
        let declared = format!(
            "SELECT '\"' || name || '\" '
                    || iif({strict}, type || iif(\"notnull\", ' NOT NULL', ''), '')
             FROM disk.pragma_table_info('{name}')"
        );
        let declared = texts(connection, &declared)?.join(", ");
        let ending = if strict { "STRICT" } else { "" };
        connection.execute_batch(&format!(
            "CREATE TABLE main.{name} ({declared}) {ending};
             INSERT INTO main.{name} SELECT * FROM disk.{name};"
        ))?;
        let columns = texts(connection, &format!("SELECT name FROM pragma_table_info('{name}')"))?;
        tables.push((name, columns));
    }
    let words = "SELECT sql FROM disk.sqlite_schema WHERE name = 'payment_words'";
    let words = texts(connection, words)?.join("");
    connection.execute_batch(&format!(
        "{words}; INSERT INTO payment_words (rowid, words) VALUES (1, 'INV-p1'), (2, 'INV-p2');
         DETACH disk;"
    ))?;
    Ok(tables)
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn furnish(connection: &Connection) -> Result<(), StoreError> {
    meta::set(connection, meta::TILL_ID, "t1")?;
    setting::set(connection, Setting::DrainConcurrency, "8")?;
    staff::insert(connection, &person("alice", Role::Cashier), at(1))?;
    staff::insert(connection, &person("bob", Role::Manager), at(1))?;
    account::insert(connection, &shop_account(), at(1))?;
    for id in PAYMENTS {
        payment::put(connection, &paid(id))?;
    }
    ask(connection, "c1", "p1", json!({ "kind": "cancel", "reason": "duplicate" }))?;
    send(connection, "c1", json!({ "end": "applied", "provider_ref": null, "link": "https://x" }))?;
    let items = json!([{ "item": "pads", "quantity": 2, "price": pounds(4_000) }]);
    let adjust =
        json!({ "kind": "adjust", "total": pounds(8_000), "invoice": "I", "items": items });
    ask(connection, "c2", "p2", adjust)?;
    send(connection, "c2", json!({ "end": "unknown", "why": "lost" }))?;
    let refund = json!({ "kind": "refund", "amount": pounds(500), "reason": "other", "note": "n" });
    ask(connection, "c3", "p2", refund)?;
    let relabel = json!({ "kind": "relabel", "invoice": "J", "reference": null, "description": null,
                "metadata": { "k": "v" } });
    ask(connection, "c4", "p1", relabel)?;
    send(connection, "c4", json!({ "end": "never_left", "why": "no line" }))
}

fn ask(connection: &Connection, id: &str, on: &str, command: Value) -> Result<(), StoreError> {
    let event = event(json!({
        "event": "requested", "account_id": "acc", "payment_id": on, "command": command,
        "base": base(), "by": "alice", "needs_approval": false,
    }));
    let new = NewChange { change_id: change_id(id), at: at(3), event };
    life::request(connection, &new).map(|_| ())
}

fn send(connection: &Connection, id: &str, end: Value) -> Result<(), StoreError> {
    let started = event(json!({
        "event": "attempt_started", "attempt_id": "A1", "baseline": base(),
        "record": { "method": "POST", "path": "/v2/x/", "digest": "d", "key": "k", "at": 5 },
    }));
    let ended = event(json!({
        "event": "attempt_ended", "attempt_id": "A1", "end": end, "http_status": 200,
    }));
    for event in [started, ended] {
        life::append(connection, &change_id(id), at(5), event, None)?;
    }
    Ok(())
}

fn event(value: Value) -> Event {
    serde_json::from_value(value).expect("an event as it is stored")
}

fn base() -> Value {
    json!({
        "amount": pounds(10_000), "state": "open", "provider_status": "pending",
        "invoice_number": "INV-1", "reference": null, "refunded": null, "read_at": 1,
    })
}

fn pounds(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "GBP" })
}

fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

fn change_id(text: &str) -> ChangeId {
    ChangeId::parse(text).expect("plain letters")
}

fn payment_id(text: &str) -> PaymentId {
    PaymentId::parse(text).expect("plain letters")
}

fn account_id() -> AccountId {
    AccountId::parse("acc").expect("plain letters")
}

fn person(name: &str, role: Role) -> StaffRow {
    StaffRow::new(StaffId::parse(name).expect("plain letters"), name, role, "$argon2id$x")
}

fn shop_account() -> Account {
    Account {
        account_id: account_id(),
        name: "shop".to_owned(),
        provider: Provider::Bumper,
        base_url: "https://api.example".to_owned(),
        currency: currency("GBP"),
        options: BTreeMap::new(),
        paused: None,
    }
}

fn paid(id: &str) -> Payment {
    let money = |minor: i64| serde_json::from_value(pounds(minor)).expect("money");
    Payment {
        payment_id: payment_id(id),
        account_id: account_id(),
        facts: PaymentFacts {
            provider_ref: format!("ref-{id}"),
            state: PaymentState::Open,
            provider_status: "pending".to_owned(),
            amount: money(10_000),
            invoice_number: Some(format!("INV-{id}")),
            reference: None,
            minimum: Some(money(100)),
            maximum: None,
            payment_type: Some("paylater".to_owned()),
            refunded: None,
            details: Details::default(),
            read_at: at(1),
        },
        customer: Some("Ann".to_owned()),
        items: vec![Item { item: "pads".to_owned(), quantity: 2, price: money(5_000) }],
    }
}
