//! Stores of earlier schemas, frozen in `databases/`: the newest program opens them, and what
//! people asked for is as it was (C13, O10).

use std::path::{Path, PathBuf};

use counterfoil_api::{Desk, DeskOptions, FaultCode, Seat};
use counterfoil_runtime::Clock;
use counterfoil_vault::{Secret, VaultSettings};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Everybody of the frozen till, with their PINs (`databases/README.md`).
const PEOPLE: [(&str, &str); 4] =
    [("Olga", "482913"), ("Max", "573920"), ("Cleo", "690134"), ("Ada", "718204")];

/// A frozen store, put where a till would have it.
struct Frozen {
    folder: TempDir,
    carrier: tokio::runtime::Runtime,
}

impl Frozen {
    fn schema(number: u32) -> Self {
        let folder = TempDir::new().expect("a folder");
        let till = folder.path().join("till");
        std::fs::create_dir(&till).expect("a folder in it");
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("databases");
        let kept = kept.join(format!("schema-{number}.db"));
        std::fs::copy(kept, till.join("counterfoil.db")).expect("the frozen store");
        Self { folder, carrier: tokio::runtime::Runtime::new().expect("a runtime") }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("till").join("counterfoil.db")
    }

    fn open(&self) -> Desk {
        let options = DeskOptions {
            data_dir: self.folder.path().join("till"),
            vault: VaultSettings::File {
                path: self.folder.path().join("vault"),
                passphrase: Secret::from_text("a passphrase for tests".to_owned()),
            },
            clock: Clock::Machine,
            handle: self.carrier.handle().clone(),
        };
        Desk::open(options).expect("an older store opens")
    }

    /// Every event of every change, as it is stored.
    fn events(&self) -> String {
        self.digest("SELECT change_id || place || at || body FROM change_event ORDER BY 1")
    }

    /// The first entries of the trail, as they are stored.
    fn trail(&self, entries: i64) -> String {
        self.digest(&format!(
            "SELECT seq || body || hash FROM audit_entry WHERE seq <= {entries} ORDER BY seq"
        ))
    }

    /// What waits, in its order.
    fn outbox(&self) -> String {
        self.digest("SELECT place || change_id || state FROM outbox ORDER BY place")
    }

    fn digest(&self, sql: &str) -> String {
        let database = Connection::open(self.file()).expect("it is a database");
        let mut statement = database.prepare(sql).expect("the tables of every schema");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("it is read");
        let mut hasher = Sha256::new();
        for row in rows {
            hasher.update(row.expect("a row of text"));
        }
        hex::encode(hasher.finalize())
    }

    fn entries(&self) -> i64 {
        let database = Connection::open(self.file()).expect("it is a database");
        let newest = database.query_row("SELECT max(seq) FROM audit_entry", [], |row| row.get(0));
        newest.expect("it has a trail")
    }
}

fn call(desk: &Desk, (name, pin): (&str, &str), call: &str, args: Value) -> Value {
    let seat = Seat::new();
    desk.sign_in(&seat, name, pin).expect("a person of the frozen till signs in");
    desk.call_json(&seat, json!({"call": call, "args": args})).expect(call)
}

fn in_state(desk: &Desk, state: &str) -> usize {
    let changes = call(desk, PEOPLE[1], "change.list", json!({"state": state}));
    changes["changes"].as_array().expect("a list").len()
}

#[test]
fn a_store_of_schema_5_keeps_its_queue_its_events_and_its_trail() {
    let frozen = Frozen::schema(5);
    let (events, outbox, entries) = (frozen.events(), frozen.outbox(), frozen.entries());
    let trail = frozen.trail(entries);
    let desk = frozen.open();
    assert_eq!(desk.rescue().map(|fault| fault.detail), None, "it is open in full");
    assert_eq!(frozen.outbox(), outbox, "what waits");
    let counts = ["queued", "awaiting_approval", "in_doubt", "applied"];
    assert_eq!(counts.map(|state| in_state(&desk, state)), [21, 3, 2, 14]);
    for person in PEOPLE {
        call(&desk, person, "payment.list", json!({}));
    }
    drop(desk);
    assert_eq!(frozen.events(), events, "what was asked for and what became of it");
    assert_eq!(frozen.trail(entries), trail, "the trail as it was then");
    let again = frozen.open();
    assert!(again.audit_verify(None, |_| ()).expect("the trail is whole").entries > 0);
}

#[test]
fn people_of_an_older_store_sign_in_with_their_old_pins_and_with_no_other() {
    let frozen = Frozen::schema(5);
    let desk = frozen.open();
    for (name, pin) in PEOPLE {
        let wrong = desk.sign_in(&Seat::new(), name, "999998").expect_err("another PIN");
        assert_eq!(wrong.code, FaultCode::WrongPin, "{name}");
        // The first right PIN writes it anew; the second is checked against that.
        for _ in 0..2 {
            desk.sign_in(&Seat::new(), name, pin).expect(name);
        }
        assert!(desk.sign_in(&Seat::new(), name, "999998").is_err(), "{name}");
    }
}
