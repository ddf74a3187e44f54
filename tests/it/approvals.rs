//! A second person's yes is signed, bound to the operation, and checked once more before bytes
//! leave (M2, M3, M5); self-approval is refused and noted (M1).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{FaultCode, Seat};
use counterfoil_core::approval::is_signed;
use counterfoil_runtime::Clock;
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use rusqlite::Connection;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
/// Some day in 2027.
const MORNING: i64 = 1_800_000_000_000;

/// The entries of the trail of one kind, as they were written.
pub fn entries(station: &Station, what: &str) -> Vec<Value> {
    let db = Connection::open(station.folder().join("till/counterfoil.db")).expect("it is there");
    let sql = "SELECT body FROM audit_entry ORDER BY seq";
    let mut statement = db.prepare(sql).expect("the table is there");
    let bodies = statement.query_map([], |row| row.get::<_, String>(0)).expect("it reads");
    let bodies = bodies.map(|body| serde_json::from_str::<Value>(&body.expect("it reads")));
    let entries = bodies.map(|entry| entry.expect("an entry is JSON"));
    entries.filter(|entry| entry["what"] == what).collect()
}

/// A refund of 50.00 of a paid payment that Casey asked for, and the payment's token.
fn asked(station: &Station) -> (String, String) {
    let (payment, token) = station.payment("300.00", true);
    (station.asks(CASHIER, Station::refund(&payment, "50.00")), token)
}

fn approve(station: &Station, change: &str, who: &str, pin: &str) -> Value {
    let args = json!({"change_id": change, "staff_id": who, "pin": pin, "note": null});
    station.does(CASHIER, "change.approve", args)
}

fn settles(station: &Station, change: &str, token: &str, state: &str, effects: usize) {
    station.sync();
    assert_eq!(station.state(change), state);
    assert_eq!(station.effects("refund", token), effects);
}

#[test]
fn an_approval_is_in_the_trail_with_all_that_is_needed_to_check_its_signature() {
    let station = Station::open();
    let (change, token) = asked(&station);
    station.approves(&change);
    let [entry] = entries(&station, "change.approved").try_into().expect("there is one");
    let facts = &entry["facts"];
    let text = facts["statement"].as_str().expect("the signed text");
    let seal = &facts["seal"];
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    assert!(is_signed(text, &word(&seal["public_key"]), &word(&seal["signature"])));
    let statement: Value = serde_json::from_str(text).expect("the statement is JSON");
    assert_eq!(statement.to_string(), text, "in its canonical form");
    assert_eq!(statement["form"], "counterfoil-approval-1");
    assert_eq!(statement["change"], change.as_str());
    assert_eq!(statement["money"], json!({"minor": 5000, "currency": "GBP"}));
    assert_eq!(statement["kind"], "refund");
    assert_eq!(statement["reason"], "goods_returned");
    assert_eq!(statement["provider_ref"], token.as_str());
    assert_eq!(statement["approver"], station.staff_id(MANAGER));
    assert_eq!(statement["requested_by"], station.staff_id(CASHIER));
    assert_eq!(facts["operation"], counterfoil_core::audit::sha256_hex(text.as_bytes()));
    let people = station.does(OWNER, "staff.list", json!({}));
    let morgan = people.as_array().unwrap().iter().find(|person| person["name"] == MANAGER);
    assert_eq!(morgan.unwrap()["public_key"], seal["public_key"], "the key of the person");
    assert!(!text.contains("INV-1"), "no text of a person stands in it");
    settles(&station, &change, &token, "applied", 1);
}

#[test]
fn of_two_people_with_the_same_pin_the_trail_names_the_one_who_was_chosen() {
    let station = Station::open();
    station.does(OWNER, "staff.add", json!({"name": "Mia", "role": "manager", "pin": PIN}));
    let (change, token) = asked(&station);
    let mia = station.staff_id("Mia");
    assert_eq!(approve(&station, &change, &mia, PIN)["approved_by"], json!(["Mia"]));
    let [entry] = entries(&station, "change.approved").try_into().expect("there is one");
    assert_eq!(entry["who"], mia.as_str());
    assert!(entry["facts"]["statement"].as_str().unwrap().contains(&mia));
    settles(&station, &change, &token, "applied", 1);
}

#[test]
fn who_asked_cannot_agree_and_every_try_is_in_the_trail() {
    let station = Station::open();
    let (change, token) = asked(&station);
    let (payment, _) = station.payment("300.00", false);
    station.does(OWNER, "staff.add", json!({"name": "Mia", "role": "manager", "pin": PIN}));
    let tries = |change: &str, who: &str| {
        let args = json!({"change_id": change, "staff_id": who, "pin": PIN, "note": null});
        station.tries(CASHIER, "change.approve", args).unwrap_err().code
    };
    let casey = station.staff_id(CASHIER);
    assert_eq!(tries(&change, &casey), FaultCode::NotPermitted, "a cashier, and their own");
    station.does(OWNER, "staff.role", json!({"staff": CASHIER, "role": "manager"}));
    assert_eq!(tries(&change, &casey), FaultCode::SamePerson, "a manager by now, still their own");
    let refused = entries(&station, "approval.refused");
    assert_eq!(refused.len(), 2, "{refused:?}");
    for entry in refused {
        assert_eq!((&entry["who"], &entry["about"]), (&json!(casey), &json!(change)));
        let facts = &entry["facts"];
        assert_eq!((&facts["why"], &facts["kind"]), (&json!("same_person"), &json!("refund")));
        assert_eq!(facts["requested_by"], casey.as_str());
    }
    station.does(OWNER, "staff.add", json!({"name": "Cleo", "role": "cashier", "pin": PIN}));
    let cleo = station.staff_id("Cleo");
    assert_eq!(tries(&change, &cleo), FaultCode::NotPermitted);
    assert_eq!(entries(&station, "approval.refused")[2]["facts"]["why"], "role");
    settles(&station, &change, &token, "awaiting_approval", 0);
    let _ = payment;
}

#[test]
fn an_approval_works_without_any_network() {
    let station = Station::open();
    let (change, token) = asked(&station);
    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
    station.approves(&change);
    assert_eq!(station.state(&change), "queued");
    station.does(CASHIER, "line.set", json!({"on_purpose": false}));
    settles(&station, &change, &token, "applied", 1);
}

#[test]
fn an_approval_that_is_too_old_is_void_and_a_new_one_counts() {
    let millis = Arc::new(AtomicI64::new(MORNING));
    let station = Station::open_by(Clock::InHand(Arc::clone(&millis)));
    station.does(OWNER, "settings.set", json!({"key": "approval.valid_hours", "value": "2"}));
    let (change, token) = asked(&station);
    station.approves(&change);
    millis.store(MORNING + 2 * HOUR_MS, Ordering::SeqCst);
    settles(&station, &change, &token, "awaiting_approval", 0);
    let shown = station.change(&change);
    assert_eq!(shown["approved_by"], json!([]));
    assert!(shown["explanation"].as_str().unwrap().contains("too old"), "{shown}");
    let [entry] = entries(&station, "change.approval_voided").try_into().expect("there is one");
    assert_eq!((&entry["who"], &entry["facts"]["void"]), (&json!("till"), &json!("expired")));

    station.approves(&change);
    millis.store(MORNING + 4 * HOUR_MS - 1, Ordering::SeqCst);
    settles(&station, &change, &token, "applied", 1);
}

#[test]
fn an_approval_falls_with_whoever_gave_it() {
    let cases = [
        ("staff.leave", json!({"staff": MANAGER}), "left"),
        ("staff.role", json!({"staff": MANAGER, "role": "cashier"}), "role"),
        ("staff.pin", json!({"staff": MANAGER, "pin": "604217"}), "other_key"),
    ];
    for (call, args, why) in cases {
        let station = Station::open();
        let (change, token) = asked(&station);
        station.approves(&change);
        station.does(OWNER, call, args);
        station.sync();
        assert_eq!(station.effects("refund", &token), 0, "{call}");
        let voided = entries(&station, "change.approval_voided");
        assert_eq!(voided.len(), 1, "{call}");
        assert_eq!(voided[0]["facts"]["void"], why, "{call}");
        let olive = station.staff_id(OWNER);
        assert_eq!(approve(&station, &change, &olive, PIN)["state"], "queued");
        station.sync();
        assert_eq!(station.effects("refund", &token), 1, "{call}: another one agreed");
    }
}

/// Writes into the newest event of a change that holds an approval.
fn tamper(station: &Station, change: &str, sql: &str) {
    let db = Connection::open(station.folder().join("till/counterfoil.db")).expect("it is there");
    let triggers: Vec<String> = {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'
                   AND tbl_name = 'change_event'";
        let mut statement = db.prepare(sql).expect("it reads");
        let names = statement.query_map([], |row| row.get(0)).expect("it reads");
        names.map(|name| name.expect("a name")).collect()
    };
    for name in triggers {
        db.execute(&format!("DROP TRIGGER {name}"), []).expect("whoever has the file can");
    }
    let sql = format!(
        "UPDATE change_event SET body = {sql} WHERE change_id = ?1
         AND json_extract(body, '$.event') = 'approved'"
    );
    assert_eq!(db.execute(&sql, [change]).expect("it is written"), 1);
}

#[test]
fn what_is_changed_in_the_file_itself_is_never_sent() {
    let flipped = "replace(json_extract(body, '$.seal.signature'), 'a', 'b')";
    let cases = [
        format!("json_set(body, '$.seal.signature', {flipped})"),
        "json_set(body, '$.seal.nonce', '00')".to_owned(),
        "json_set(body, '$.seal.expires_at', 9999999999999)".to_owned(),
        "json_remove(body, '$.seal')".to_owned(),
        "json_set(body, '$.by', 'somebody')".to_owned(),
    ];
    let mut station = Station::open();
    let changes: Vec<_> = cases.iter().map(|_| asked(&station)).collect();
    let (left_alone, untouched) = asked(&station);
    changes.iter().map(|(change, _)| change).chain([&left_alone]).for_each(|change| {
        station.approves(change);
    });
    station.stop();
    for (sql, (change, _)) in cases.iter().zip(&changes) {
        tamper(&station, change, sql);
    }
    station.start();
    let seat = Seat::new();
    station.desk().sign_in(&seat, CASHIER, PIN).expect("the cashier signs in");
    // What no longer reads as an approval is damage, and left alone.
    let _ = station.desk().sync_until_idle(&seat, std::time::Duration::from_secs(5));
    for (sql, (_, token)) in cases.iter().zip(&changes) {
        assert_eq!(station.effects("refund", token), 0, "{sql}");
    }
    assert_eq!(station.effects("refund", &untouched), 1, "the one that nobody touched");
}
