//! A whole day with a canary in every place where a till takes in a secret, a card number or
//! somebody's address: at its end none of them is found in any file, log, answer, export or
//! printed value.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use counterfoil_api::{Fault, Seat};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_store::Store;
use counterfoil_store::table::staff;
use counterfoil_testkit::{CASHIER, Finder, MANAGER, OWNER, PIN, Station};
use counterfoil_vault::{Secret, SecretName, Vault, VaultSettings};
use serde_json::{Value, json};

const PASSPHRASE: &str = "a passphrase for tests";
const LONG_PIN: &str = "730481926354";
const WRONG: &str = "wrong-secret-4b1d7e";
const CARD: &str = "5555444433331111";
const CUSTOMER: &str = "quillon.customer@example.com";
const STAFF_MAIL: &str = "quillon.staff@example.com";
/// Secrets that the till keeps for itself, by field.
const OWN: [&str; 3] = ["pepper", "signing", "key"];

/// Everything that was printed, logged or answered.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn note(&self, text: impl AsRef<str>) {
        let mut said = self.0.lock().unwrap();
        said.extend_from_slice(text.as_ref().as_bytes());
        said.push(b'\n');
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A station whose every answer is noted.
struct Day {
    station: Station,
    said: Said,
}

impl Day {
    fn begin() -> Self {
        let said = Said::default();
        let log = said.clone();
        let filter = tracing_subscriber::EnvFilter::new("counterfoil=trace");
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(move || log.clone())
            .with_ansi(false);
        // Another test of this program may have set one; then it is searched there.
        let _ = log.try_init();
        let panics = said.clone();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            panics.note(panic.to_string());
            before(panic);
        }));
        Self { station: Station::open(), said }
    }

    fn does(&self, who: &'static str, call: &str, args: Value) -> Result<Value, Fault> {
        let outcome = self.station.tries(who, call, args);
        self.said.note(format!("{outcome:?}"));
        if let Ok(answer) = &outcome {
            self.said.note(answer.to_string());
        }
        outcome
    }

    fn sync(&self) {
        let seat = Seat::new();
        self.station.desk().sign_in(&seat, CASHIER, PIN).unwrap();
        let limit = std::time::Duration::from_secs(4);
        self.said.note(format!("{:?}", self.station.desk().sync_until_idle(&seat, limit)));
    }

    fn vault(&self) -> Vault {
        Vault::from_settings(VaultSettings::File {
            path: self.station.folder().join("vault"),
            passphrase: Secret::from_text(PASSPHRASE.to_owned()),
        })
    }

    fn till_id(&self) -> String {
        let store = self.station.folder().join("till");
        let store = Store::open(&store, counterfoil_core::moment::Moment::from_millis(1)).unwrap();
        let till = store.read(counterfoil_store::table::meta::till_id).unwrap();
        till.unwrap().to_string()
    }

    fn planted(&self) -> Finder {
        let mut finder = Finder::default();
        let sandbox = &self.station.sandbox;
        let bumper = sandbox.bumper();
        let mut plant = |name: &str, secret: &str| finder.plant(name, secret.as_bytes());
        plant("Bumper's key", &bumper.api_key);
        plant("Bumper's secret", &bumper.secret[1..]);
        plant("WePay's token", &sandbox.wepay().app_token);
        plant("Moyasar's key", &sandbox.moyasar().secret_key);
        plant("Moyasar's callback secret", &sandbox.moyasar().webhook_secret);
        plant("Norce's token", &sandbox.norce().token);
        plant("refused credentials", WRONG);
        plant("the passphrase", PASSPHRASE);
        plant("a PIN", LONG_PIN);
        plant("a card number", CARD);
        plant("a customer's address", CUSTOMER);
        let till = self.till_id();
        for field in OWN {
            let name = SecretName::new(&till, "till", field).unwrap();
            if let Some(secret) = self.vault().get(&name).unwrap() {
                finder.plant(&format!("the till's {field}"), secret.expose().as_bytes());
            }
        }
        finder
    }
}

fn account(
    name: &str,
    provider: &str,
    url: &str,
    currency: &str,
    options: Value,
    secrets: Value,
) -> Value {
    json!({"name": name, "provider": provider, "base_url": url, "currency": currency,
        "options": options, "secrets": secrets})
}

/// People, accounts at all four providers, credentials that are refused and replaced.
fn morning(day: &Day) {
    let sandbox = &day.station.sandbox;
    let new = json!({"name": "Long", "role": "cashier", "pin": LONG_PIN});
    day.does(OWNER, "staff.add", new).unwrap();
    assert!(day.station.desk().sign_in(&Seat::new(), "Long", LONG_PIN).is_ok());
    let wrong = day.station.desk().sign_in(&Seat::new(), "Long", "730481926355");
    day.said.note(format!("{wrong:?}"));
    let (wepay, moyasar, norce) = (sandbox.wepay(), sandbox.moyasar(), sandbox.norce());
    let none = json!({});
    let wepay = account(
        "W",
        "wepay",
        &wepay.base_url,
        "USD",
        none.clone(),
        json!({"app_id": wepay.app_id, "app_token": wepay.app_token}),
    );
    let moyasar = account(
        "M",
        "moyasar",
        &moyasar.base_url,
        "SAR",
        none,
        json!({"secret_key": moyasar.secret_key, "webhook_secret": moyasar.webhook_secret}),
    );
    let norce = account(
        "N",
        "norce",
        &norce.base_url,
        "SEK",
        json!({"merchant": norce.options.merchant, "channel": norce.options.channel,
               "role": "order_api"}),
        json!({"token": norce.token}),
    );
    for account in [wepay, moyasar, norce] {
        let name = account["name"].clone();
        day.does(OWNER, "account.add", account).expect("it is added");
        let _ = day.does(OWNER, "account.test", json!({"account": name}));
    }
    let bumper = sandbox.bumper();
    for secret in [WRONG, &bumper.secret] {
        let secrets = json!({"api_key": bumper.api_key, "secret": secret});
        let rotate = json!({"account": "B", "secrets": secrets});
        day.does(OWNER, "account.rotate", rotate).unwrap();
        let _ = day.does(OWNER, "account.test", json!({"account": "B"}));
    }
    let odd = json!({"account": "B", "secrets": {"api_key": WRONG, "secret": "", "x": WRONG}});
    let _ = day.does(OWNER, "account.rotate", odd);
}

/// Changes with every fault, a customer's address at the provider, card numbers typed everywhere.
fn day_at_the_till(day: &Day) {
    let station = &day.station;
    let new = json!({"amount": "300.00", "status": "pending", "customer": CUSTOMER,
        "additional_data": {"email": CUSTOMER, "card": CARD}});
    let made = station.sandbox.create_payment(serde_json::from_value(new).unwrap()).unwrap();
    let track = json!({"account": "B", "provider_ref": made.token});
    let detail = day.does(CASHIER, "payment.track", track).unwrap();
    let payment = detail["payment"]["payment_id"].as_str().unwrap().to_owned();
    for (fault, total) in
        [(FaultKind::ApplyThenDrop, "250.00"), (FaultKind::DropBeforeApply, "240.00")]
    {
        day.does(CASHIER, "change.ask", Station::adjust(&payment, total)).unwrap();
        station.sandbox.set_fault(FaultRule::on(Command::Update, fault).once());
        day.sync();
    }
    for text in [CARD.to_owned(), format!("card {CARD} 12/31"), "5555 4444 3333 1111".to_owned()] {
        let refund = json!({"kind": "refund", "payment": payment, "amount": "10.00",
            "reason": "other", "note": text});
        assert!(day.does(CASHIER, "change.ask", refund).is_err());
        let track = json!({"account": "B", "provider_ref": text});
        assert!(day.does(CASHIER, "payment.track", track).is_err());
        let new = json!({"name": text, "role": "cashier", "pin": PIN});
        assert!(day.does(OWNER, "staff.add", new).is_err());
    }
    let start = json!({"kind": "start", "account": "B", "amount": "90.00", "currency": "GBP",
        "invoice": "INV-9", "reference": "R-9", "email": STAFF_MAIL, "items": []});
    day.does(CASHIER, "change.ask", start).unwrap();
    // The account's credentials go wrong in the middle of the day.
    let bumper = station.sandbox.bumper();
    let wrong = json!({"api_key": bumper.api_key, "secret": WRONG});
    day.does(OWNER, "account.rotate", json!({"account": "B", "secrets": wrong})).unwrap();
    day.sync();
    let right = json!({"api_key": bumper.api_key, "secret": bumper.secret});
    day.does(OWNER, "account.rotate", json!({"account": "B", "secrets": right})).unwrap();
    day.sync();
    let payments = day.does(MANAGER, "payment.list", json!({})).unwrap();
    assert!(!payments["payments"].as_array().unwrap().is_empty());
}

/// Whatever shows, exports or prints anything, and a panic with secrets in scope.
fn evening(day: &Day) {
    let station = &day.station;
    for who in [CASHIER, MANAGER, OWNER] {
        for call in [
            "desk.show",
            "session.people",
            "payment.list",
            "change.list",
            "doubt.list",
            "conflict.list",
            "provider.list",
            "account.list",
            "staff.list",
            "settings.list",
            "reconcile.list",
            "notice.list",
            "audit.verify",
        ] {
            let _ = day.does(who, call, json!({}));
        }
    }
    for account in ["B", "W", "M", "N"] {
        let _ = day.does(MANAGER, "reconcile.run", json!({"account": account, "since": null}));
    }
    day.said.note(serde_json::to_string(&station.desk().doctor().unwrap()).unwrap());
    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).unwrap();
    let export = station.folder().join("trail.jsonl");
    let head = station.desk().audit_export(&seat, &export).unwrap();
    day.said.note(serde_json::to_string(&head).unwrap());
    day.said.note(format!("{:?}", Secret::from_text(WRONG.to_owned())));
    let settings = VaultSettings::File {
        path: station.folder().join("vault"),
        passphrase: Secret::from_text(PASSPHRASE.to_owned()),
    };
    day.said.note(format!("{settings:?}"));
    let secret = Secret::from_text(station.sandbox.bumper().secret);
    let broken = std::panic::catch_unwind(|| panic!("with {secret:?} in its hands"));
    assert!(broken.is_err());
    let store = Store::open(
        &station.folder().join("till"),
        counterfoil_core::moment::Moment::from_millis(1),
    );
    let people = store.unwrap().read(staff::all).unwrap();
    assert!(people.len() >= 4, "they are there to be looked through");
}

#[test]
fn after_a_whole_day_no_canary_is_found_anywhere() {
    let day = Day::begin();
    morning(&day);
    day_at_the_till(&day);
    evening(&day);
    let finder = day.planted();
    let (found, files) = finder.find_below(day.station.folder());
    assert!(files >= 4, "the vault, the database, its log and the export were searched: {files}");
    assert_eq!(found, [""; 0]);
    let said = day.said.bytes();
    assert!(said.len() > 10_000, "there was something to search: {}", said.len());
    assert_eq!(finder.find(&said), [""; 0]);
    // An address that staff typed stands beside the event that commits to it and nowhere else.
    let mut typed = Finder::default();
    typed.plant("a typed address", STAFF_MAIL.as_bytes());
    let export = std::fs::read(day.station.folder().join("trail.jsonl")).unwrap();
    assert_eq!(typed.find(&export), [""; 0]);

    // The finder is no better than what it finds: one of each, planted in a file and in a log.
    std::fs::write(day.station.folder().join("till/left-behind"), LONG_PIN).unwrap();
    assert_eq!(finder.find_below(day.station.folder()).0.len(), 1);
    day.said.note(format!("Authorization: {WRONG}"));
    assert_eq!(finder.find(&day.said.bytes()), ["refused credentials, as it is"]);
}
