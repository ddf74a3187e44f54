use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use counterfoil_api::{Desk, DeskOptions, Fault, Seat, SyncReport};
use counterfoil_runtime::Clock;
use counterfoil_sandbox::{Sandbox, SandboxOptions};
use counterfoil_vault::{Secret, VaultSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An empty vault under [`PASSPHRASE`] whose key costs next to nothing: a vault keeps to the cost
/// it was made with.
const CHEAP_VAULT: &[u8] = include_bytes!("../vaults/station.vault");
const PASSPHRASE: &str = "a passphrase for tests";

/// Everybody's PIN in tests.
pub const PIN: &str = "482915";
/// The owner's name.
pub const OWNER: &str = "Olive";
/// The cashier's name.
pub const CASHIER: &str = "Casey";
/// The manager's name.
pub const MANAGER: &str = "Morgan";
/// The name of the account at the stand-in.
const ACCOUNT: &str = "B";

/// A person at this station, by name.
pub type Person = &'static str;

/// What to ask for, as JSON of the API's `Ask`.
pub type Ask = Value;

/// A till with a stand-in provider: a fresh folder, people of three roles, one account.
pub struct Station {
    carrier: Runtime,
    folder: TempDir,
    /// The stand-in provider.
    pub sandbox: Sandbox,
    desk: Option<Desk>,
    clock: Clock,
}

impl Station {
    /// Opens a station. Waits are short, so that tests are quick.
    ///
    /// # Panics
    /// When anything of it cannot be set up.
    #[must_use]
    pub fn open() -> Self {
        Self::open_by(Clock::Machine)
    }

    /// As [`Station::open`], by these clocks: every program of the till goes by them.
    ///
    /// # Panics
    /// When anything of it cannot be set up.
    #[must_use]
    pub fn open_by(clock: Clock) -> Self {
        let carrier = Runtime::new().expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        cheap_vault(&folder.path().join("vault"));
        let sandbox =
            carrier.block_on(Sandbox::start(SandboxOptions::default())).expect("a stand-in");
        let mut station = Self { carrier, folder, sandbox, desk: None, clock };
        station.start();
        station.furnish();
        station
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The desk.
    ///
    /// # Panics
    /// While it is switched off.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        self.desk.as_ref().expect("the till is on")
    }

    /// Carries asynchronous work.
    #[must_use]
    pub fn carrier(&self) -> &tokio::runtime::Handle {
        self.carrier.handle()
    }

    /// Opens the desk on the folder as it is.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn start(&mut self) {
        self.desk = Some(self.another_desk());
    }

    /// A second desk on the same folder, as another program on this till opens it.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn another_desk(&self) -> Desk {
        self.desk_with(self.clock.clone())
    }

    /// A desk on the same folder whose time is moved by hand, milliseconds since the epoch.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn desk_in_time(&self, millis: &Arc<AtomicI64>) -> Desk {
        self.desk_with(Clock::InHand(Arc::clone(millis)))
    }

    /// A desk on the same folder that goes by these clocks.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn desk_with(&self, clock: Clock) -> Desk {
        let options = DeskOptions {
            data_dir: self.folder.path().join("till"),
            vault: VaultSettings::File {
                path: self.folder.path().join("vault"),
                passphrase: Secret::from_text(PASSPHRASE.to_owned()),
            },
            clock,
            handle: self.carrier.handle().clone(),
        };
        Desk::open(options).expect("the desk opens")
    }

    /// Ends the program, until [`Station::start`].
    pub fn stop(&mut self) {
        self.desk = None;
    }

    /// Ends the program as a person would and starts it again.
    pub fn restart(&mut self) {
        self.desk = None;
        self.start();
    }

    fn furnish(&self) {
        let set_up = json!({"store": "Shop", "till": "Till 1", "owner": OWNER, "pin": PIN});
        self.anyone("desk.set_up", set_up);
        for (name, role) in [(CASHIER, "cashier"), (MANAGER, "manager")] {
            self.does(OWNER, "staff.add", json!({"name": name, "role": role, "pin": PIN}));
        }
        let bumper = self.sandbox.bumper();
        self.does(
            OWNER,
            "account.add",
            json!({
                "name": ACCOUNT, "provider": "bumper", "base_url": bumper.base_url, "options": {},
                "currency": null, "secrets": {"api_key": bumper.api_key, "secret": bumper.secret},
            }),
        );
        for (key, value) in [
            ("retry.base_ms", "20"),
            ("retry.max_ms", "200"),
            ("doubt.settle_ms.bumper", "50"),
            ("http.timeout_ms", "2000"),
        ] {
            self.does(OWNER, "settings.set", json!({"key": key, "value": value}));
        }
    }

    /// Makes one call as a person signed in for it.
    ///
    /// # Errors
    /// The fault.
    pub fn tries(&self, who: Person, call: &str, args: Value) -> Result<Value, Fault> {
        let seat = Seat::new();
        self.desk().sign_in(&seat, who, PIN)?;
        self.desk().call_json(&seat, json!({"call": call, "args": args}))
    }

    /// Makes one call that must succeed.
    ///
    /// # Panics
    /// With the fault.
    pub fn does(&self, who: Person, call: &str, args: Value) -> Value {
        self.tries(who, call, args).unwrap_or_else(|fault| panic!("{who} {call}: {fault:?}"))
    }

    /// Makes one call without anybody signed in.
    ///
    /// # Panics
    /// With the fault.
    pub fn anyone(&self, call: &str, args: Value) -> Value {
        let call = json!({"call": call, "args": args});
        self.desk().call_json(&Seat::new(), call).unwrap_or_else(|fault| panic!("{fault:?}"))
    }

    /// A payment at the stand-in, tracked on this till: its id and the provider's token.
    ///
    /// # Panics
    /// When the stand-in or the till refuses it.
    #[must_use]
    pub fn payment(&self, amount: &str, paid: bool) -> (String, String) {
        let new = serde_json::from_value(json!({
            "amount": amount,
            "status": if paid { "completed" } else { "pending" },
            "signed": paid,
            "invoice_number": "INV-1",
        }));
        let made = self.sandbox.create_payment(new.expect("a payment")).expect("it is made");
        let token = made.token;
        let detail =
            self.does(CASHIER, "payment.track", json!({"account": ACCOUNT, "provider_ref": token}));
        (text(&detail["payment"]["payment_id"]), token)
    }

    /// Asks for a change that must be accepted; answers its id.
    ///
    /// # Panics
    /// With the fault.
    pub fn asks(&self, who: Person, ask: Ask) -> String {
        text(&self.does(who, "change.ask", ask)["change_id"])
    }

    /// Sends until nothing moves.
    ///
    /// # Panics
    /// When it cannot be sent at all.
    pub fn sync(&self) -> SyncReport {
        let seat = Seat::new();
        self.desk().sign_in(&seat, CASHIER, PIN).expect("the cashier signs in");
        self.desk().sync_until_idle(&seat, Duration::from_secs(5)).expect("it is sent")
    }

    /// One change as a manager sees it.
    #[must_use]
    pub fn change(&self, change_id: &str) -> Value {
        self.does(MANAGER, "change.show", json!({"change_id": change_id}))
    }

    /// The state of a change.
    #[must_use]
    pub fn state(&self, change_id: &str) -> String {
        text(&self.change(change_id)["state"])
    }

    /// How many effects of this kind the stand-in made on this payment.
    #[must_use]
    pub fn effects(&self, kind: &str, token: &str) -> usize {
        let ledger = self.sandbox.ledger();
        ledger.iter().filter(|effect| effect.kind == kind && effect.token == token).count()
    }

    /// A new total.
    #[must_use]
    pub fn adjust(payment: &str, total: &str) -> Ask {
        json!({"kind": "adjust", "payment": payment, "total": total, "invoice": null, "items": []})
    }

    /// Other texts.
    #[must_use]
    pub fn relabel(payment: &str, invoice: &str) -> Ask {
        json!({"kind": "relabel", "payment": payment, "invoice": invoice, "reference": null,
               "description": null, "metadata": {}})
    }

    /// Money back.
    #[must_use]
    pub fn refund(payment: &str, amount: &str) -> Ask {
        json!({"kind": "refund", "payment": payment, "amount": amount,
               "reason": "goods_returned", "note": null})
    }

    /// The end of an unpaid request.
    #[must_use]
    pub fn cancel(payment: &str) -> Ask {
        json!({"kind": "cancel", "payment": payment, "reason": null})
    }

    /// A new payment request.
    #[must_use]
    pub fn start_payment(amount: &str) -> Ask {
        json!({"kind": "start", "account": ACCOUNT, "amount": amount, "currency": "GBP",
               "invoice": "INV-9", "reference": "R-9", "email": null, "items": []})
    }

    /// Approves as the manager.
    ///
    /// # Panics
    /// With the fault.
    pub fn approves(&self, change_id: &str) {
        let staff_id = self.staff_id(MANAGER);
        self.does(
            CASHIER,
            "change.approve",
            json!({"change_id": change_id, "staff_id": staff_id, "pin": PIN, "note": null}),
        );
    }

    /// A person's id.
    ///
    /// # Panics
    /// When there is no such person.
    #[must_use]
    pub fn staff_id(&self, name: Person) -> String {
        let people = self.anyone("session.people", json!({}));
        let people = people.as_array().expect("a list");
        let found = people.iter().find(|person| person["name"] == name);
        text(&found.expect("the person is on the list")["staff_id"])
    }
}

/// Puts the empty vault there, for this user alone as the program demands.
fn cheap_vault(path: &Path) {
    std::fs::write(path, CHEAP_VAULT).expect("an empty vault");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let alone = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, alone).expect("it is ours");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
