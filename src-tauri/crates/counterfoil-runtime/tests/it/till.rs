//! A store, a vault and a stand-in provider, without a desk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_connectors::ListQuery;
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::id::{AccountId, PaymentId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Currency;
use counterfoil_core::payment::Payment;
use counterfoil_runtime::{Clock, Listed, PollMemory, Polled, Runtime, random_bytes, secret_name};
use counterfoil_sandbox::{
    MoyasarStatus, NewMoyasarPayment, NewPayment, NewWepayPayment, PaymentStatus, Sandbox,
    SandboxOptions,
};
use counterfoil_store::table::{account, meta, payment};
use counterfoil_store::{Connection, Store, StoreError};
use counterfoil_vault::{Secret, Vault, VaultSettings};
use tempfile::TempDir;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub struct Till {
    // The runtime that carries the stand-in and the till, and the folder they are in.
    carrier: tokio::runtime::Runtime,
    _folder: TempDir,
    pub sandbox: Sandbox,
    pub runtime: Runtime,
    time: Arc<AtomicI64>,
    till_id: TillId,
}

impl Till {
    /// A till without any account. Its time begins with the stand-in's and stands still.
    pub fn new() -> Self {
        let carrier = tokio::runtime::Runtime::new().expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        let sandbox =
            carrier.block_on(Sandbox::start(SandboxOptions::default())).expect("a stand-in");
        let time = Arc::new(AtomicI64::new(Clock::Machine.now().as_millis()));
        let clock = Clock::InHand(Arc::clone(&time));
        let store = Store::open(&folder.path().join("till"), clock.now()).expect("a store");
        let vault = Vault::from_settings(VaultSettings::File {
            path: folder.path().join("vault"),
            passphrase: Secret::from_text("only for tests".to_owned()),
        });
        let till_id = TillId::mint(clock.now(), random_bytes());
        let runtime = Runtime::new(store, vault, clock, carrier.handle().clone()).expect("a till");
        let till = Self { carrier, _folder: folder, sandbox, runtime, time, till_id };
        let id = till.till_id.to_string();
        till.write(move |connection| meta::set(connection, meta::TILL_ID, &id));
        till
    }

    /// An account of Bumper at the stand-in.
    pub fn bumper(&self, name: &str) -> Account {
        let access = self.sandbox.bumper();
        let secrets = [("api_key", access.api_key), ("secret", access.secret)];
        self.account(name, Provider::Bumper, &access.base_url, "GBP", &secrets)
    }

    /// An account of Moyasar at the stand-in, which lists what has changed since a moment.
    pub fn moyasar(&self, name: &str) -> Account {
        let access = self.sandbox.moyasar();
        let secrets = [("secret_key", access.secret_key)];
        self.account(name, Provider::Moyasar, &access.base_url, &access.currency, &secrets)
    }

    /// A payment of Moyasar that its customer has still to pay, held by this till: its id.
    pub fn moyasar_payment(&self, account: &Account) -> String {
        let id = self.make_moyasar_payment();
        self.track(account, &id);
        id
    }

    /// The same, not held by this till.
    pub fn make_moyasar_payment(&self) -> String {
        let new = NewMoyasarPayment {
            amount: "300.00".to_owned(),
            status: Some(MoyasarStatus::Initiated),
            ..NewMoyasarPayment::default()
        };
        self.sandbox.create_moyasar_payment(new).expect("a payment").id
    }

    /// An account of WePay at the stand-in, which keeps notifications.
    pub fn wepay(&self, name: &str) -> Account {
        let access = self.sandbox.wepay();
        let secrets = [("app_id", access.app_id), ("app_token", access.app_token)];
        self.account(name, Provider::Wepay, &access.base_url, &access.currency, &secrets)
    }

    /// A payment of WePay that is being processed, held by this till: its id.
    pub fn wepay_payment(&self, account: &Account) -> String {
        let new = NewWepayPayment {
            amount: "300.00".to_owned(),
            auto_capture: true,
            ..NewWepayPayment::default()
        };
        let id = self.sandbox.create_wepay_payment(new).expect("a payment").id;
        self.track(account, &id);
        id
    }

    pub fn account(
        &self,
        name: &str,
        provider: Provider,
        base_url: &str,
        currency: &str,
        secrets: &[(&str, String)],
    ) -> Account {
        let account = Account {
            account_id: AccountId::mint(self.now(), random_bytes()),
            name: name.to_owned(),
            provider,
            base_url: base_url.to_owned(),
            currency: Currency::parse(currency).expect("a currency"),
            options: BTreeMap::new(),
            paused: None,
        };
        for (field, text) in secrets {
            let name = secret_name(&self.till_id, &account.account_id, field).expect("a name");
            let secret = Secret::from_text(text.clone());
            self.runtime.vault().set(&name, &secret).expect("it is kept");
        }
        let (added, now) = (account.clone(), self.now());
        self.write(move |connection| account::insert(connection, &added, now));
        account
    }

    /// An unpaid payment at Bumper that this till holds: its token.
    pub fn open_payment(&self, account: &Account) -> String {
        let open = NewPayment {
            amount: "300.00".to_owned(),
            status: Some(PaymentStatus::Pending),
            ..NewPayment::default()
        };
        let token = self.sandbox.create_payment(open).expect("a payment").token;
        self.track(account, &token);
        token
    }

    pub fn track(&self, account: &Account, provider_ref: &str) -> PaymentId {
        let read = self.runtime.read_payment(account, provider_ref);
        let end = self.carrier.block_on(read).expect("the keyring is open");
        let facts = match end {
            ReadEnd::Facts(facts) => *facts,
            other => panic!("{other:?}"),
        };
        let payment = Payment {
            payment_id: PaymentId::mint(self.now(), random_bytes()),
            account_id: account.account_id.clone(),
            facts,
            customer: None,
            items: Vec::new(),
        };
        self.write(move |connection| payment::put(connection, &payment))
    }

    /// Holds a payment like another one under a reference that its provider does not know.
    pub fn hold(&self, account: &Account, like: &str, provider_ref: &str) {
        let mut payment = self.held(account, like);
        payment.payment_id = PaymentId::mint(self.now(), random_bytes());
        payment.facts.provider_ref = provider_ref.to_owned();
        self.write(move |connection| payment::put(connection, &payment));
    }

    pub fn paused(&self, account: &Account) -> Option<String> {
        let id = &account.account_id;
        let read = self.runtime.store().read(|connection| account::get(connection, id));
        read.expect("it reads").paused
    }

    pub fn held(&self, account: &Account, provider_ref: &str) -> Payment {
        let id = &account.account_id;
        let read = |connection: &Connection| payment::by_ref(connection, id, provider_ref);
        self.runtime.store().read(read).expect("it reads").expect("it is held")
    }

    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.runtime.store().write(job).expect("it is stored")
    }

    pub fn now(&self) -> Moment {
        Moment::from_millis(self.time.load(Ordering::SeqCst))
    }

    pub fn pass(&self, millis: i64) {
        self.time.fetch_add(millis, Ordering::SeqCst);
    }

    /// One look at what is due.
    pub fn poll(&self, memory: &PollMemory) -> Polled {
        self.carrier.block_on(self.runtime.poll(memory)).expect("the store works")
    }

    /// Looks whenever it is time to, for a stretch of time; all that was asked for.
    pub fn poll_for(&self, memory: &PollMemory, stretch_ms: i64) -> Polled {
        let end = self.now().plus_millis(stretch_ms);
        let mut all = Polled::default();
        while self.now() < end {
            let polled = self.poll(memory);
            all.payments += polled.payments;
            all.news += polled.news;
            assert!(polled.next > self.now(), "it would look without end");
            self.pass(polled.next.millis_since(self.now()));
        }
        all
    }

    /// Drains until `over` says so.
    pub fn drain_until(&self, over: impl Fn() -> bool + Send) {
        use counterfoil_runtime::Until;
        self.carrier.block_on(async {
            let (stop, stopped) = tokio::sync::watch::channel(false);
            let runtime = self.runtime.clone();
            let drain = tokio::spawn(async move { runtime.drain(Until::Stopped, stopped).await });
            while !over() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            stop.send(true).expect("it listens");
            drain.await.expect("it ends").expect("the store works");
        });
    }

    /// How many requests reached the stand-in by now.
    pub fn requests(&self) -> usize {
        self.sandbox.received_requests().len()
    }

    /// How many of them had a path that ends like this.
    pub fn requests_to(&self, end: &str) -> usize {
        let all = self.sandbox.received_requests();
        all.iter().filter(|request| request.path.ends_with(end)).count()
    }

    /// All pages of an account's payments.
    pub fn list(&self, account: &Account, stopped: bool) -> Option<Listed> {
        let (_stop, mut stop) = tokio::sync::watch::channel(stopped);
        let query = ListQuery::default();
        let list = self.runtime.list_payments(account, &query, &mut stop, &|_| {});
        self.carrier.block_on(list).expect("the keyring is open")
    }
}
