//! The scripted day: one till, a dozen payments, everything that staff ask for; made once, and
//! brought back as often as the program is to be killed.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

use counterfoil_sandbox::{
    FaultKind, FaultRule, NewPayment, PaymentStatus, PaymentView, ProviderChange, Sandbox,
    SandboxError, SandboxOptions,
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::folder::Folder;
use crate::till::{On, Till, payment, text};

/// How the provider and the line behave on this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Every request is answered.
    Clear,
    /// Some answers are lost after the effect, some requests before it, some effects end in a 500.
    Foul,
}

/// How a change of the day ends when people have done their part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has its effect.
    Applied,
    /// It has none.
    Without,
}

/// A change that was asked for and acknowledged.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its id.
    pub change_id: String,
    /// Its kind, as `refund`.
    pub kind: String,
    /// The payment at the provider; none for a start.
    pub token: Option<String>,
    /// How it is to end.
    pub end: End,
    /// Whether a reading of the payment proves that it happened or that it did not.
    pub shows: bool,
}

/// The till in the morning, and the provider as it stands then.
pub struct Day {
    /// The till. Its stand-in is a fresh one every morning, at the same address.
    pub till: Till,
    /// What was asked for, oldest first.
    pub asked: Vec<Asked>,
    /// The payments at the provider, in the order of [`Payments`].
    tokens: Vec<String>,
    weather: Weather,
    carrier: Runtime,
    morning: Option<Folder>,
}

/// Places in the list of payments.
mod place {
    pub const ADJUSTED: usize = 0;
    pub const REFUNDED: usize = 1;
    pub const LOWERED: usize = 2;
    pub const RAISED: usize = 3;
    pub const CANCELLED: usize = 4;
    pub const ELSEWHERE: usize = 5;
    pub const SETTLED: usize = 6;
    pub const SECOND_REFUND: usize = 7;
    pub const WAITS: usize = 8;
}

/// The payments of the day, always in this order, so that they have the same tokens.
fn payments() -> Vec<NewPayment> {
    let open = || payment(PaymentStatus::Pending);
    let paid = || payment(PaymentStatus::Completed);
    let settled = NewPayment { settled: true, ..paid() };
    vec![open(), paid(), paid(), paid(), open(), open(), settled, paid(), paid()]
}

impl Day {
    /// Sends what waits, as the cashier does at the end of the day.
    pub const SYNC: &str = "sync --until-idle --deadline 60s";

    /// Sets the till up and asks for all of the day's changes; nothing is sent.
    pub fn new(weather: Weather, concurrency: u8) -> Self {
        let mut till = Till::with_people();
        let carrier = Runtime::new().expect("a runtime");
        till.sandbox.stop();
        till.sandbox = at_a_port_of_its_own(&carrier);
        till.add_account("B");
        for (key, value) in QUICK {
            till.owner(&format!("settings set {key} {value}")).exits(0);
        }
        till.owner(&format!("settings set drain.concurrency {concurrency}")).exits(0);
        let mut day =
            Self { till, asked: Vec::new(), tokens: Vec::new(), weather, carrier, morning: None };
        // Before the first request, which may draw from the same chance as the tokens.
        day.tokens = create(&day.till.sandbox);
        for token in &day.tokens {
            day.till.cashier(&format!("payment track --account B --ref {token}")).exits(0);
        }
        day.ask_for_all();
        fill_the_log(&day.till, PAGES_LEFT);
        day.keep_as_morning();
        day.begin();
        day
    }

    /// From now on the till's files are brought back as they are now.
    pub fn keep_as_morning(&mut self) {
        self.morning = Some(Folder::keep(&self.till.beside("")));
    }

    /// Brings the till's files back and leaves the provider as it is.
    pub fn put_files_back(&self) {
        self.morning.as_ref().expect("the day was made").put_back();
    }

    /// Brings the morning back: the till's files, and a provider to which nothing was sent yet.
    pub fn begin(&mut self) {
        self.put_files_back();
        let address = self.till.sandbox.address();
        self.till.sandbox.stop();
        self.till.sandbox = again_at(&self.carrier, address);
        assert_eq!(create(&self.till.sandbox), self.tokens, "the same seed, the same tokens");
        self.what_others_do();
        if self.weather == Weather::Foul {
            foul(&self.till.sandbox);
        }
    }

    /// Every change the till knows.
    pub fn changes(&self) -> Vec<Value> {
        let list = self.till.cashier("change list").exits(0);
        list["changes"].as_array().expect("a list").clone()
    }

    /// The payments at the provider in an order that does not depend on who started first.
    pub fn standing(&self) -> Vec<PaymentView> {
        let mut all = self.till.sandbox.bumper_payments();
        for started in all.iter_mut().skip(self.tokens.len()) {
            started.token = "started".to_owned();
        }
        all[self.tokens.len()..].sort_by(|one, other| one.amount.cmp(&other.amount));
        all
    }

    /// The id or reference of one of the day's payments, as commands take it.
    pub fn payment(&self, place: usize) -> String {
        format!("B/{}", self.tokens[place])
    }

    /// A paid payment that nobody asks anything of during the day.
    pub fn quiet_payment(&self) -> String {
        self.payment(place::WAITS)
    }

    fn ask_for_all(&mut self) {
        self.adjust(place::ADJUSTED, "350.00", End::Applied);
        self.refund(place::REFUNDED, "50.00");
        self.adjust(place::LOWERED, "250.00", End::Applied);
        self.adjust(place::RAISED, "380.00", End::Applied);
        self.cashier(place::CANCELLED, "cancel", "--reason duplicate", End::Applied);
        self.adjust(place::ELSEWHERE, "340.00", End::Without);
        self.adjust(place::SETTLED, "270.00", End::Without);
        self.refund(place::SECOND_REFUND, "75.00");
        self.start("120.00");
        self.cashier(place::ADJUSTED, "relabel", "--invoice INV-1", End::Applied);
        self.withdrawn();
        self.awaiting();
    }

    fn adjust(&mut self, place: usize, total: &str, end: End) {
        self.cashier(place, "adjust", &format!("--total {total}"), end);
    }

    /// Asked for by the manager, who needs nobody else for it.
    fn refund(&mut self, place: usize, amount: &str) {
        let payment = self.payment(place);
        let asked = self.till.manager(&refund_line(&payment, amount)).exits(0);
        self.keep(&asked, Some(place), End::Applied);
    }

    fn cashier(&mut self, place: usize, kind: &str, rest: &str, end: End) {
        let line = format!("change {kind} --payment {} {rest}", self.payment(place));
        let asked = self.till.cashier(&line).exits(0);
        self.keep(&asked, Some(place), end);
    }

    fn start(&mut self, amount: &str) {
        let line = format!("payment start --account B --amount {amount} --currency GBP");
        let asked = self.till.cashier(&line).exits(0);
        self.keep(&asked, None, End::Applied);
    }

    fn withdrawn(&mut self) {
        self.adjust(place::WAITS, "310.00", End::Without);
        let change = self.asked.last().map(|asked| asked.change_id.clone()).unwrap_or_default();
        self.till.cashier(&format!("change withdraw {change}")).exits(0);
    }

    /// A cashier's refund that nobody approves.
    fn awaiting(&mut self) {
        let line = refund_line(&self.payment(place::WAITS), "30.00");
        let asked = self.till.cashier(&line).exits(6);
        self.keep(&asked, Some(place::WAITS), End::Without);
    }

    fn keep(&mut self, asked: &Value, place: Option<usize>, end: End) {
        self.asked.push(Asked {
            change_id: text(&asked["change_id"]),
            kind: text(&asked["kind"]),
            token: place.map(|place| self.tokens[place].clone()),
            end,
            // An increase after signing may show only once the customer agrees.
            shows: place.is_some_and(|place| place != place::RAISED) && asked["kind"] != "refund",
        });
    }

    /// One payment is changed behind the till's back, and settled payments take no change.
    fn what_others_do(&self) {
        let theirs = ProviderChange { amount: Some("310.00".to_owned()), ..Default::default() };
        let elsewhere = &self.tokens[place::ELSEWHERE];
        self.till.sandbox.change_at_provider(elsewhere, &theirs).expect("it is there");
        self.till.sandbox.change_switches(|switches| switches.after_settled.refuse_update = true);
    }
}

/// Waits that make a day quick.
const QUICK: [(&str, &str); 3] =
    [("retry.base_ms", "20"), ("retry.max_ms", "60"), ("doubt.settle_ms.bumper", "50")];

/// Ports that no system hands out by itself, so that nobody takes one between two mornings.
const PORTS: Range<u16> = 20_000..32_000;

/// A stand-in where no other one listens; its port stays the day's.
fn at_a_port_of_its_own(carrier: &Runtime) -> Sandbox {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let many = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % 1_000).expect("it is below 1,000") * 12;
    for _ in 0..many {
        let port = PORTS.start + (first + TAKEN.fetch_add(1, Ordering::Relaxed)) % many;
        if let Ok(sandbox) = listening(carrier, SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            return sandbox;
        }
    }
    panic!("no port is free");
}

fn listening(carrier: &Runtime, listen: SocketAddr) -> Result<Sandbox, SandboxError> {
    carrier.block_on(Sandbox::start(SandboxOptions { listen, ..SandboxOptions::default() }))
}

/// The port that was just let go of. A connection on its way out may still hold it for a moment.
fn again_at(carrier: &Runtime, address: SocketAddr) -> Sandbox {
    for _ in 0..100 {
        if let Ok(sandbox) = listening(carrier, address) {
            return sandbox;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{address} is not let go of");
}

/// The words of a refund.
pub fn refund_line(payment: &str, amount: &str) -> String {
    format!("change refund --payment {payment} --amount {amount} --reason customer_request")
}

fn create(sandbox: &Sandbox) -> Vec<String> {
    let made = payments().into_iter().map(|new| sandbox.create_payment(new).expect("a payment"));
    made.map(|payment| payment.token).collect()
}

fn foul(sandbox: &Sandbox) {
    for (command, fault, after) in [
        (On::Status, FaultKind::DropBeforeApply, 3),
        (On::Status, FaultKind::Html502, 7),
        (On::Update, FaultKind::ApplyThenDrop, 0),
        (On::Update, FaultKind::Error500AfterApply, 2),
        (On::Update, FaultKind::DropBeforeApply, 4),
        (On::Cancel, FaultKind::ApplyThenDrop, 0),
        (On::Refund, FaultKind::ApplyThenDrop, 0),
        (On::Refund, FaultKind::DropBeforeApply, 1),
        (On::Start, FaultKind::Error500AfterApply, 0),
    ] {
        sandbox.set_fault(FaultRule::on(command, fault).after(after).once());
    }
}

/// Pages in the write-ahead log before the database takes them over by itself.
const LOG_PAGES: u32 = 8_000;

/// Pages that are left in the log for the day's own writing.
const PAGES_LEFT: u32 = 60;

/// Lets the till have a past: its log is full but for a few pages, so that what is written next
/// makes the database take it over, and the kills fall into that too.
pub fn fill_the_log(till: &Till, pages_left: u32) {
    use rusqlite::config::DbConfig;
    let file = till.data_dir().join("counterfoil.db");
    let store = rusqlite::Connection::open(file).expect("the store opens");
    // The last to leave would otherwise empty the log.
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("it is known");
    let empty = store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    assert_eq!(empty, Ok(0), "nobody else has the store open");
    let begin = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;
                 CREATE TABLE filling (page INTEGER); INSERT INTO filling VALUES (0);";
    store.execute_batch(begin).expect("the log takes it");
    // The same page again and again: a long log, and little to take over.
    for page in 0..LOG_PAGES - pages_left {
        store.execute("UPDATE filling SET page = ?1", [page]).expect("the log takes it");
    }
    store.execute_batch("DROP TABLE filling;").expect("the log takes it");
}
