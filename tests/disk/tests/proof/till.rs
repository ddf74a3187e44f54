use std::collections::BTreeMap;
use std::sync::OnceLock;

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::id::{AccountId, PaymentId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use counterfoil_core::staff::Role;
use counterfoil_disk::{Disk, Image, Left};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, payment, staff};
use counterfoil_store::{Connection, DATABASE_FILE, Store, StoreError};
use tempfile::TempDir;

/// The write-ahead log's file name.
pub const LOG_FILE: &str = "counterfoil.db-wal";

/// How many payments a till knows: `p0` and so on, of 100.00 each.
pub const PAYMENTS: usize = 10;

pub fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

pub fn gbp(text: &str) -> Money {
    let pounds = Currency::parse("GBP").expect("it is a currency");
    Money::parse(text, pounds).expect("the test writes an amount")
}

pub fn payment_id(number: usize) -> PaymentId {
    PaymentId::parse(&format!("p{number}")).expect("it is an id")
}

pub fn account_id() -> AccountId {
    AccountId::parse("acc").expect("it is an id")
}

pub fn staff_id(name: &str) -> StaffId {
    StaffId::parse(name).expect("it is an id")
}

/// Figures, where somebody asked for a whole run.
pub fn report(words: &str) {
    let asked = ["COUNTERFOIL_POWER_CUTS", "COUNTERFOIL_EVERY_CALL", "COUNTERFOIL_FIGURES"];
    if asked.iter().any(|name| std::env::var_os(name).is_some()) {
        #[expect(clippy::print_stdout, reason = "the figures of a run that was asked for")]
        {
            println!("{words}");
        }
    }
}

/// A payment as read at moment zero.
pub fn seen(amount: &str) -> Base {
    Base::of(&facts("p", amount))
}

fn facts(id: &str, amount: &str) -> PaymentFacts {
    PaymentFacts {
        provider_ref: format!("ref-{id}"),
        state: PaymentState::Open,
        provider_status: "in_progress".to_owned(),
        amount: gbp(amount),
        invoice_number: Some(format!("INV-{id}")),
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: None,
        details: Details::default(),
        read_at: at(0),
    }
}

/// A till whose data folder lies on a disk of ours.
pub struct Till {
    pub disk: Disk,
    store: Option<Store>,
    // The folder itself holds the lock files only.
    folder: TempDir,
}

impl Till {
    /// A furnished till on a new disk.
    pub fn new(seed: u64) -> Self {
        static FURNISHED: OnceLock<Image> = OnceLock::new();
        let image = FURNISHED.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let disk = Disk::mount(folder.path(), 0).expect("a disk");
            let store = Store::open(folder.path(), at(1)).expect("a new store opens");
            store.write(furnish).expect("a new store takes rows");
            drop(store);
            disk.image().at_rest()
        });
        Self::on(image, seed)
    }

    /// A till on a disk with these files.
    pub fn on(image: &Image, seed: u64) -> Self {
        let mut till = Self::switched_off(image, seed);
        till.try_open().expect("it opens");
        till
    }

    /// A furnished till whose database has pages of this size.
    pub fn with_pages(size: u32, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = Disk::mount(folder.path(), seed).expect("a disk");
        let plain = Connection::open(folder.path().join(DATABASE_FILE)).expect("it opens");
        let sql = format!("PRAGMA page_size = {size}; CREATE TABLE t (a); DROP TABLE t;");
        plain.execute_batch(&sql).expect("it is empty");
        drop(plain);
        let mut till = Self { disk, store: None, folder };
        till.try_open().expect("it opens");
        till.furnish();
        till
    }

    /// The same, with the store not opened.
    pub fn switched_off(image: &Image, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = Disk::mount_image(folder.path(), seed, image).expect("a disk");
        Self { disk, store: None, folder }
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().expect("it is open")
    }

    pub fn close(&mut self) {
        self.store = None;
    }

    pub fn try_open(&mut self) -> Result<(), StoreError> {
        self.store = Some(Store::open(self.folder.path(), at(1))?);
        Ok(())
    }

    /// Ends the process, if it has not ended, and starts the next one.
    pub fn restart(&mut self, left: Left) {
        self.disk.end();
        self.close();
        self.disk.start(left);
        self.try_open().expect("the store opens after every end");
    }

    /// People, an account and payments for a new store.
    pub fn furnish(&self) {
        self.store().write(furnish).expect("a new store takes rows");
    }

    /// Leaves the log of the open store nearly full, so that it is soon copied into the database.
    pub fn fill_log(&self, frames: u64) {
        self.disk.count_from_here();
        let mut value = 0;
        // A frame is two writes: its head and its page.
        while self.disk.counts_of(LOG_FILE).writes < frames * 2 {
            value += 1;
            let write = move |connection: &Connection| {
                counterfoil_store::table::meta::set(connection, "filling", &value.to_string())
            };
            self.store().write(write).expect("it is written");
        }
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        // Before its disk goes.
        self.close();
    }
}

fn furnish(connection: &Connection) -> Result<(), StoreError> {
    for (name, role) in [("alice", Role::Cashier), ("bob", Role::Manager)] {
        let row = StaffRow::new(staff_id(name), name, role, "$argon2id$x");
        staff::insert(connection, &row, at(1))?;
    }
    let shop = Account {
        account_id: account_id(),
        name: "shop".to_owned(),
        provider: Provider::Bumper,
        base_url: "https://example.invalid".to_owned(),
        currency: Currency::parse("GBP").expect("it is a currency"),
        options: BTreeMap::new(),
        paused: None,
    };
    account::insert(connection, &shop, at(1))?;
    for number in 0..PAYMENTS {
        let payment = Payment {
            payment_id: payment_id(number),
            account_id: account_id(),
            facts: facts(&format!("p{number}"), "100.00"),
            customer: None,
            items: Vec::new(),
        };
        payment::put(connection, &payment)?;
    }
    Ok(())
}
