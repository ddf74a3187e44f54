use std::collections::BTreeMap;

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{SendEnd, SendRecord};
use counterfoil_core::change::{Change, Event};
use counterfoil_core::command::Command;
use counterfoil_core::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use counterfoil_core::staff::Role;
use counterfoil_store::life::{self, Appended, NewChange};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, change, payment, staff};
use counterfoil_store::{Connection, DATABASE_FILE, Store, StoreError};
use tempfile::TempDir;

pub fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

fn pounds() -> Currency {
    Currency::parse("GBP").expect("it is a currency")
}

pub fn gbp(text: &str) -> Money {
    Money::parse(text, pounds()).expect("the test writes an amount")
}

pub fn change_id(text: &str) -> ChangeId {
    ChangeId::parse(text).expect("the test writes an id")
}

pub fn payment_id(text: &str) -> PaymentId {
    PaymentId::parse(text).expect("the test writes an id")
}

pub fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).expect("the test writes an id")
}

pub fn staff_id(text: &str) -> StaffId {
    StaffId::parse(text).expect("the test writes an id")
}

pub fn attempt_id(text: &str) -> AttemptId {
    AttemptId::parse(text).expect("the test writes an id")
}

pub fn adjust(total: &str) -> Command {
    Command::Adjust { total: gbp(total), invoice: None, items: Vec::new() }
}

/// A payment of account `acc` as read at moment zero; its reference is `ref-` and its id.
pub fn paid(id: &str, amount: &str) -> Payment {
    Payment {
        payment_id: payment_id(id),
        account_id: account_id("acc"),
        facts: PaymentFacts {
            provider_ref: format!("ref-{id}"),
            state: PaymentState::Open,
            provider_status: "in_progress".to_owned(),
            amount: gbp(amount),
            invoice_number: Some(format!("INV-{id}")),
            reference: None,
            minimum: Some(gbp("1.00")),
            maximum: None,
            payment_type: Some("paylater".to_owned()),
            refunded: None,
            details: Details::default(),
            read_at: at(0),
        },
        customer: None,
        items: Vec::new(),
    }
}

pub fn attempt_started(id: &str) -> Event {
    let record = SendRecord {
        method: "POST".to_owned(),
        path: "/v2/x/".to_owned(),
        digest: "d".to_owned(),
        key: None,
        body: None,
        at: at(5),
    };
    Event::AttemptStarted { attempt_id: attempt_id(id), record, baseline: None }
}

pub fn attempt_ended(id: &str, end: SendEnd) -> Event {
    Event::AttemptEnded {
        attempt_id: attempt_id(id),
        end,
        http_status: Some(200),
        correlation_id: None,
    }
}

pub fn applied() -> SendEnd {
    SendEnd::Applied { provider_ref: None, link: None }
}

/// Sends a change with this end.
pub fn sent(end: SendEnd) -> [Event; 2] {
    [attempt_started("A1"), attempt_ended("A1", end)]
}

/// A till with Alice and Bob, the account `acc` and the payments `p1` to `p3` of 100.00.
pub struct House {
    pub dir: TempDir,
    pub store: Store,
}

impl House {
    /// With one change that waits to be sent.
    pub fn with_c1() -> Self {
        let house = Self::new();
        house.ask("c1", Some("p1"), &adjust("80.00"));
        house
    }

    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path(), at(1)).expect("a new store opens");
        store.write(furnish).expect("a new store takes rows");
        Self { dir, store }
    }

    /// Closes the store and opens it again.
    pub fn reopened(self) -> Self {
        let Self { dir, store } = self;
        drop(store);
        let store = Store::open(dir.path(), at(2)).expect("it opened before");
        Self { dir, store }
    }

    pub fn try_ask(&self, new: NewChange) -> Result<Change, StoreError> {
        self.store.write(move |connection| life::request(connection, &new))
    }

    /// Alice asks for it on a payment as seen at 100.00.
    pub fn ask(&self, id: &str, payment: Option<&str>, command: &Command) -> Change {
        self.try_ask(asked(id, payment, command, false)).expect("it fits")
    }

    pub fn try_append(&self, id: &str, event: Event) -> Result<Appended, StoreError> {
        let id = change_id(id);
        self.store.write(move |connection| life::append(connection, &id, at(10), event, None))
    }

    pub fn append(&self, id: &str, events: impl IntoIterator<Item = Event>) -> Vec<ChangeId> {
        let append = |event| self.try_append(id, event).expect("it fits").moved;
        events.into_iter().flat_map(append).collect()
    }

    pub fn change(&self, id: &str) -> Change {
        self.store.read(|connection| change::get(connection, &change_id(id))).expect("it is there")
    }

    /// One number from the database.
    pub fn number(&self, sql: &str) -> i64 {
        self.store
            .read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?))
            .expect("the test's own query")
    }

    /// Runs statements on the store's own connection.
    pub fn run(&self, sql: &'static str) -> Result<(), StoreError> {
        self.store.write(move |connection| Ok(connection.execute_batch(sql)?))
    }

    /// Runs statements as somebody with the file in their hands could.
    pub fn tamper(&self, sql: &str) {
        let path = self.dir.path().join(DATABASE_FILE);
        let connection = Connection::open(path).expect("the file opens");
        connection.pragma_update(None, "foreign_keys", false).expect("it is set");
        connection.execute_batch(sql).expect("the test's own statements");
    }

    /// How many changes, events, outbox rows and trail entries there are.
    pub fn counts(&self) -> [i64; 4] {
        ["change", "change_event", "outbox", "audit_entry"]
            .map(|table| self.number(&format!("SELECT count(*) FROM {table}")))
    }
}

pub fn asked(id: &str, payment: Option<&str>, command: &Command, approval: bool) -> NewChange {
    let base = payment.map(|payment| Base::of(&paid(payment, "100.00").facts));
    let event = Event::Requested {
        account_id: account_id("acc"),
        payment_id: payment.map(payment_id),
        command: command.clone(),
        base,
        by: staff_id("alice"),
        needs_approval: approval,
        only_if: None,
    };
    NewChange { change_id: change_id(id), at: at(3), event }
}

pub fn person(name: &str, role: Role) -> StaffRow {
    StaffRow::new(staff_id(name), name, role, "$argon2id$x")
}

pub fn shop_account(id: &str) -> Account {
    Account {
        account_id: account_id(id),
        name: format!("shop {id}"),
        provider: Provider::Bumper,
        base_url: "https://example.invalid".to_owned(),
        currency: pounds(),
        options: BTreeMap::from([("preferred".to_owned(), "paylater".to_owned())]),
        paused: None,
    }
}

fn furnish(connection: &Connection) -> Result<(), StoreError> {
    staff::insert(connection, &person("alice", Role::Cashier), at(1))?;
    staff::insert(connection, &person("bob", Role::Manager), at(1))?;
    account::insert(connection, &shop_account("acc"), at(1))?;
    for id in ["p1", "p2", "p3"] {
        payment::put(connection, &paid(id, "100.00"))?;
    }
    Ok(())
}
