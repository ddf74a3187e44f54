//! A real desk with one person per role and a change in every state asked for by each of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use counterfoil_api::call::{Call, NewStaff, SetUp, StaffRef};
use counterfoil_api::{Clock, Desk, DeskOptions, Seat, Secret, VaultSettings};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{SendEnd, SendRecord};
use counterfoil_core::change::{Event, State};
use counterfoil_core::command::Command;
use counterfoil_core::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::{account, payment};
use counterfoil_store::{Connection, Store, StoreError};
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};

const PIN: &str = "482915";
const NOW_MS: i64 = 1_795_000_000_000;

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Somebody {
    Nobody,
    Cashier,
    Manager,
    Owner,
    Auditor,
    /// A manager who has left the store, and was signed in when they did.
    Left,
    /// A manager whose PIN could be checked in short only: the keyring is away.
    ShortManager,
    /// An owner of whom the same holds.
    ShortOwner,
    /// Asks for changes only.
    Other,
}

impl Somebody {
    /// The columns.
    pub const ALL: [Self; 8] = [
        Self::Nobody,
        Self::Cashier,
        Self::Manager,
        Self::Owner,
        Self::Auditor,
        Self::Left,
        Self::ShortManager,
        Self::ShortOwner,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Cashier => "cashier",
            Self::Manager => "manager",
            Self::Owner => "owner",
            Self::Auditor => "auditor",
            Self::Left => "left",
            Self::ShortManager => "manager:short",
            Self::ShortOwner => "owner:short",
            Self::Other => "other",
        }
    }

    /// Whose row in the staff list it is; nobody asks for changes as somebody else.
    fn row(self) -> Self {
        match self {
            Self::Nobody => Self::Other,
            Self::ShortManager => Self::Manager,
            Self::ShortOwner => Self::Owner,
            Self::Cashier | Self::Manager | Self::Owner | Self::Auditor => self,
            Self::Left | Self::Other => self,
        }
    }
}

/// A seat at a desk.
pub struct Place {
    pub desk: Desk,
    pub seat: Seat,
}

pub struct House {
    _carrier: Runtime,
    _folder: TempDir,
    /// In the order of [`Somebody::ALL`].
    pub open: Vec<Place>,
    /// The same people at the same store, opened for reading only.
    pub read_only: Vec<Place>,
    /// A desk on an empty folder.
    pub empty: Desk,
    changes: BTreeMap<(Somebody, State), String>,
}

impl House {
    pub fn build() -> Self {
        let carrier = Runtime::new().expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        let empty = Door { folder: folder.path(), till: "empty", handle: carrier.handle() };
        let door = Door { till: "till", ..empty };
        let desk = door.desk("kept");
        let people = furnish(&desk);
        let changes = door.write(move |connection| ask_for_everything(connection, &people));
        let open = door.places(&desk);
        desk.call(&open[3].seat, Call::StaffLeave(StaffRef { staff: "left".to_owned() }))
            .expect("a manager may leave");
        door.write(|connection| {
            let sql = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                       VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
            Ok(connection.execute_batch(sql)?)
        });
        let later = door.desk("kept");
        assert!(later.rescue().is_some() && desk.rescue().is_none());
        let read_only = door.places(&later);
        let empty = empty.desk("kept");
        Self { _carrier: carrier, _folder: folder, open, read_only, empty, changes }
    }

    /// The change in this state that somebody asked for.
    pub fn change(&self, state: State, by: Somebody) -> &str {
        &self.changes[&(by.row(), state)]
    }
}

#[derive(Clone, Copy)]
struct Door<'a> {
    folder: &'a Path,
    till: &'a str,
    handle: &'a Handle,
}

impl Door<'_> {
    fn desk(&self, passphrase: &str) -> Desk {
        let options = DeskOptions {
            data_dir: self.folder.join(self.till),
            vault: VaultSettings::File {
                path: self.folder.join("vault"),
                passphrase: Secret::from_text(passphrase.to_owned()),
            },
            clock: Clock::InHand(Arc::new(AtomicI64::new(NOW_MS))),
            handle: self.handle.clone(),
        };
        Desk::open(options).expect("the desk opens")
    }

    /// Everybody at this desk, and those whose PIN is checked in short at another one.
    fn places(&self, desk: &Desk) -> Vec<Place> {
        let away = self.desk("another passphrase");
        let place = |who: Somebody| {
            let (desk, seat) = match who {
                Somebody::ShortManager | Somebody::ShortOwner => (&away, Seat::new()),
                Somebody::Nobody
                | Somebody::Cashier
                | Somebody::Manager
                | Somebody::Owner
                | Somebody::Auditor
                | Somebody::Left
                | Somebody::Other => (desk, Seat::new()),
            };
            // Whoever has left, and nobody, stays outside.
            let signed_in = desk.sign_in(&seat, who.row().word(), PIN);
            let outside =
                who == Somebody::Nobody || (who == Somebody::Left && desk.rescue().is_some());
            assert_eq!(signed_in.is_err(), outside && who == Somebody::Left, "{who:?}");
            let seat = if outside { Seat::new() } else { seat };
            Place { desk: desk.clone(), seat }
        };
        Somebody::ALL.into_iter().map(place).collect()
    }

    /// As another program of this till would.
    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let dir = self.folder.join(self.till);
        let store = Store::open(&dir, Moment::from_millis(NOW_MS)).expect("the store opens");
        store.write(job).expect("it is written")
    }
}

fn furnish(desk: &Desk) -> BTreeMap<Somebody, StaffId> {
    let set_up = SetUp {
        store: "Shop".to_owned(),
        till: "Till 1".to_owned(),
        owner: Somebody::Owner.word().to_owned(),
        pin: PIN.to_owned(),
    };
    let made = desk.call(&Seat::new(), Call::DeskSetUp(set_up)).expect("it is set up");
    let id = |made: &serde_json::Value, key: &str| {
        StaffId::parse(made[key].as_str().expect("an id")).expect("an id")
    };
    let mut people = BTreeMap::from([(Somebody::Owner, id(&made, "owner_id"))]);
    let seat = Seat::new();
    desk.sign_in(&seat, Somebody::Owner.word(), PIN).expect("the owner signs in");
    for (who, role) in [
        (Somebody::Cashier, "cashier"),
        (Somebody::Manager, "manager"),
        (Somebody::Auditor, "auditor"),
        (Somebody::Left, "manager"),
        (Somebody::Other, "cashier"),
    ] {
        let (name, role, pin) = (who.word().to_owned(), role.to_owned(), PIN.to_owned());
        let new = Call::StaffAdd(NewStaff { name, role, pin });
        people.insert(who, id(&desk.call(&seat, new).expect("a person is added"), "staff_id"));
    }
    people
}

fn pounds(text: &str) -> Money {
    Money::parse(text, Currency::parse("GBP").expect("a currency")).expect("an amount")
}

fn base(amount: &str) -> Base {
    Base::of(&facts(amount))
}

fn facts(amount: &str) -> PaymentFacts {
    PaymentFacts {
        provider_ref: "token".to_owned(),
        state: PaymentState::Paid,
        provider_status: "completed".to_owned(),
        amount: pounds(amount),
        invoice_number: None,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: None,
        details: Details::default(),
        read_at: Moment::from_millis(NOW_MS),
    }
}

type Changes = BTreeMap<(Somebody, State), String>;

fn ask_for_everything(
    connection: &Connection,
    people: &BTreeMap<Somebody, StaffId>,
) -> Result<Changes, StoreError> {
    let at = Moment::from_millis(NOW_MS);
    let account_id = AccountId::parse("account").expect("an id");
    let account = Account {
        account_id: account_id.clone(),
        name: "B".to_owned(),
        provider: Provider::Bumper,
        base_url: "http://127.0.0.1:9".to_owned(),
        currency: pounds("1").currency(),
        options: BTreeMap::new(),
        paused: None,
    };
    account::insert(connection, &account, at)?;
    let mut changes = Changes::new();
    for (who, staff_id) in people {
        for state in State::ALL {
            let name = format!("{}-{}", who.word(), state.word());
            let payment_id = PaymentId::parse(&name).expect("an id");
            let facts = PaymentFacts { provider_ref: name.clone(), ..facts("100.00") };
            let (customer, items) = (None, Vec::new());
            let (id, account_id) = (payment_id.clone(), account_id.clone());
            let of =
                Payment { payment_id: id, account_id: account_id.clone(), facts, customer, items };
            payment::put(connection, &of)?;
            let event = Event::Requested {
                account_id,
                payment_id: Some(payment_id),
                command: Command::Void,
                base: Some(base("100.00")),
                by: staff_id.clone(),
                needs_approval: matches!(state, State::AwaitingApproval | State::Rejected),
                only_if: None,
            };
            let change_id = ChangeId::parse(&name).expect("an id");
            life::request(connection, &NewChange { change_id: change_id.clone(), at, event })?;
            for event in way_to(state, staff_id) {
                life::append(connection, &change_id, at, event, None)?;
            }
            changes.insert((*who, state), name);
        }
    }
    Ok(changes)
}

/// The events that lead from the request to this state.
fn way_to(state: State, by: &StaffId) -> Vec<Event> {
    let why = || "reason".to_owned();
    let attempt_id = || AttemptId::parse("a1").expect("an id");
    let record = SendRecord {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        digest: "00".to_owned(),
        key: None,
        body: None,
        at: Moment::from_millis(NOW_MS),
    };
    let baseline = Some(base("100.00"));
    let begun = Event::AttemptStarted { attempt_id: attempt_id(), record, baseline };
    let sent = |end: SendEnd| {
        let (http_status, correlation_id) = (Some(200), None);
        let ended =
            Event::AttemptEnded { attempt_id: attempt_id(), end, http_status, correlation_id };
        vec![begun.clone(), ended]
    };
    match state {
        State::AwaitingApproval | State::Queued => Vec::new(),
        State::Rejected => {
            vec![Event::Rejected { by: StaffId::parse("second").expect("an id"), note: None }]
        }
        State::Sending => vec![begun],
        State::Applied => sent(SendEnd::Applied { provider_ref: None, link: None }),
        State::Declined => sent(SendEnd::Refused { message: why() }),
        State::NeedsCustomer => {
            sent(SendEnd::NeedsCustomer { redirect_url: "https://pay.example/1".to_owned() })
        }
        State::InDoubt => sent(SendEnd::Unknown { why: why() }),
        State::Conflict => vec![Event::ConflictFound { now: base("90.00"), why: why() }],
        State::Expired => vec![Event::Expired { why: why() }],
        State::Withdrawn => vec![Event::Withdrawn { by: by.clone() }],
    }
}
