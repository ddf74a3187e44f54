//! A till to measure: a store with its till, a person, an account and payments, through the
//! store's own functions.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{SendEnd, SendRecord};
use counterfoil_core::audit::sha256_hex;
use counterfoil_core::change::Event;
use counterfoil_core::command::Command;
use counterfoil_core::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use counterfoil_core::staff::Role;
use counterfoil_runtime::{Clock, random_bytes};
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, meta, outbox, payment, staff};
use counterfoil_store::{Connection, Store, StoreError};

use crate::sizes::PAUSE_MS;

/// What every payment stands at.
pub const AMOUNT: &str = "100.00";

/// A store with people, an account and payments. Clones share it.
#[derive(Clone)]
pub struct Till {
    /// The store.
    pub store: Store,
    /// The account.
    pub account_id: AccountId,
    staff_id: StaffId,
    payments: Arc<[PaymentId]>,
    next: Arc<AtomicUsize>,
}

/// Now.
pub fn now() -> Moment {
    Clock::Machine.now()
}

/// Money of the account.
pub fn pounds(text: &str) -> Money {
    Money::parse(text, currency()).expect("the amounts are written here")
}

/// The account's currency.
pub fn currency() -> Currency {
    Currency::parse("GBP").expect("it is a currency")
}

impl Till {
    /// Opens a new store in an empty folder, with so many payments of an account at `base_url`.
    pub fn open(folder: &Path, base_url: &str, payments: usize) -> Self {
        let store = Store::open(folder, now()).expect("a new store opens");
        let staff_id = StaffId::mint(now(), random_bytes());
        let account_id = AccountId::mint(now(), random_bytes());
        let ids: Arc<[PaymentId]> =
            (0..payments).map(|_| PaymentId::mint(now(), random_bytes())).collect();
        let (person, shop) = (person(&staff_id), shop(&account_id, base_url));
        let written = store.write(move |connection| furnish(connection, &person, &shop));
        written.expect("a new store takes rows");
        for some in ids.chunks(1_000) {
            let (some, account_id) = (some.to_vec(), account_id.clone());
            let put = move |connection: &Connection| {
                some.iter().try_for_each(|id| {
                    payment::put(connection, &open_payment(id, &account_id)).map(|_| ())
                })
            };
            store.write(put).expect("a new store takes rows");
        }
        Self { store, account_id, staff_id, payments: ids, next: Arc::default() }
    }

    /// The payments, in the order they were made.
    pub fn payments(&self) -> &[PaymentId] {
        &self.payments
    }

    /// A payment that nothing was asked for yet, until all had their turn.
    fn next_payment(&self) -> &PaymentId {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.payments[turn % self.payments.len()]
    }

    /// An adjustment of this payment to this total, as the API hands it to the store.
    pub fn adjustment(&self, payment_id: &PaymentId, total: &str) -> NewChange {
        let event = Event::Requested {
            account_id: self.account_id.clone(),
            payment_id: Some(payment_id.clone()),
            command: Command::Adjust { total: pounds(total), invoice: None, items: Vec::new() },
            base: Some(Base::of(&open_payment(payment_id, &self.account_id).facts)),
            by: self.staff_id.clone(),
            needs_approval: false,
            only_if: None,
        };
        NewChange { change_id: ChangeId::mint(now(), random_bytes()), at: now(), event }
    }

    /// Asks for one change and returns when it is durable: change, event, audit entry and outbox
    /// row in one commit.
    pub fn ask(&self) -> ChangeId {
        let new = self.adjustment(self.next_payment(), "80.00");
        let change_id = new.change_id.clone();
        let asked = self.store.write(move |connection| life::request(connection, &new));
        asked.expect("the change fits");
        change_id
    }

    /// Asks until the write-ahead log has its full length and is used over in place, as it is on
    /// a till that has been on for a while: a log that grows costs the disk twice as much.
    pub fn settle_log(&self, operations: u32) {
        (0..operations).for_each(|_| drop(self.ask()));
    }

    /// What is due next.
    pub fn claim(&self, limit: u32) -> Vec<ChangeId> {
        let due = |connection: &Connection| {
            outbox::due(connection, &self.account_id, now(), PAUSE_MS, limit)
        };
        self.store.read(due).expect("the outbox can be read")
    }

    /// Stores that an attempt starts.
    pub fn start(&self, change_id: &ChangeId) -> AttemptId {
        let attempt_id = AttemptId::mint(now(), random_bytes());
        let record = SendRecord {
            method: "POST".to_owned(),
            path: "/v2/update/".to_owned(),
            digest: sha256_hex(change_id.as_str().as_bytes()),
            key: None,
            body: None,
            at: now(),
        };
        let baseline = self.payments.first();
        let baseline = baseline.map(|id| Base::of(&open_payment(id, &self.account_id).facts));
        let started = Event::AttemptStarted { attempt_id: attempt_id.clone(), record, baseline };
        self.append(change_id, started);
        attempt_id
    }

    /// Stores that the provider took it.
    pub fn end(&self, change_id: &ChangeId, attempt_id: AttemptId) {
        let end = SendEnd::Applied { provider_ref: None, link: None };
        self.append(
            change_id,
            Event::AttemptEnded { attempt_id, end, http_status: Some(200), correlation_id: None },
        );
    }

    /// A whole life, from the wish to its outcome, without the provider: three commits.
    pub fn live(&self) {
        let change_id = self.ask();
        let attempt_id = self.start(&change_id);
        self.end(&change_id, attempt_id);
    }

    /// One commit more than is needed, for a planted defect.
    pub fn commit_once_more(&self) {
        // Another text each time: SQLite writes no page that stays the same.
        let note = ChangeId::mint(now(), random_bytes()).to_string();
        let written = self.store.write(move |connection| meta::set(connection, "note", &note));
        written.expect("the store takes a row");
    }

    fn append(&self, change_id: &ChangeId, event: Event) {
        let id = change_id.clone();
        let appended = self
            .store
            .write(move |connection| life::append(connection, &id, now(), event, None).map(|_| ()));
        appended.expect("the event fits");
    }

    /// SQLite's version and settings, read back from the connection that writes.
    pub fn settings(&self) -> String {
        let facts = self.store.facts().expect("the store answers");
        let page: i64 = self
            .store
            .read(|connection| Ok(connection.query_row("PRAGMA page_size", [], |row| row.get(0))?))
            .expect("the store answers");
        format!(
            "counterfoil-store: SQLite {}, journal_mode {}, synchronous {}, page_size {page}",
            facts.sqlite, facts.journal_mode, facts.synchronous
        )
    }
}

/// A payment as the provider of these rows tells it.
fn open_payment(payment_id: &PaymentId, account_id: &AccountId) -> Payment {
    Payment {
        payment_id: payment_id.clone(),
        account_id: account_id.clone(),
        facts: PaymentFacts {
            provider_ref: payment_id.to_string(),
            state: PaymentState::Open,
            provider_status: "pending".to_owned(),
            amount: pounds(AMOUNT),
            invoice_number: Some("INV-1".to_owned()),
            reference: None,
            minimum: Some(pounds("1.00")),
            maximum: Some(pounds("10000.00")),
            payment_type: None,
            refunded: None,
            details: Details::default(),
            read_at: Moment::from_millis(0),
        },
        customer: None,
        items: Vec::new(),
    }
}

fn person(staff_id: &StaffId) -> StaffRow {
    StaffRow::new(staff_id.clone(), "Casey", Role::Cashier, "$argon2id$not$used$here")
}

fn shop(account_id: &AccountId, base_url: &str) -> Account {
    Account {
        account_id: account_id.clone(),
        name: "Shop".to_owned(),
        provider: Provider::Bumper,
        base_url: base_url.to_owned(),
        currency: currency(),
        options: BTreeMap::new(),
        paused: None,
    }
}

fn furnish(connection: &Connection, person: &StaffRow, shop: &Account) -> Result<(), StoreError> {
    let till = TillId::mint(now(), random_bytes());
    meta::set(connection, meta::TILL_ID, till.as_str())?;
    staff::insert(connection, person, now())?;
    account::insert(connection, shop, now())
}
