//! People who come, are renamed, change their role, leave and come back, and their PINs.

#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Fault, FaultCode, Seat};
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_store::Store;
use counterfoil_store::table::staff_past::{self, What};
use counterfoil_store::table::{audit_entry, staff};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Person, Station};
use serde_json::{Value, json};

const OTHER_PIN: &str = "730481";
const MINUTE: i64 = 60_000;

fn store(station: &Station) -> Store {
    Store::open(&station.folder().join("till"), Moment::from_millis(1)).unwrap()
}

fn entries(station: &Station, what: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let taken = store(station).read(|connection| {
        audit_entry::for_each(connection, |entry| {
            let body: Value = serde_json::from_str(&entry.body).unwrap();
            if body["what"] == what {
                found.push(body);
            }
            Ok(())
        })
    });
    taken.unwrap();
    found
}

fn key_of(station: &Station, name: &str) -> Option<String> {
    let row = store(station).read(|connection| staff::find(connection, name)).unwrap();
    row.unwrap().marks.public_key
}

fn refused(outcome: Result<impl std::fmt::Debug, Fault>, code: FaultCode) -> Fault {
    let fault = outcome.unwrap_err();
    assert_eq!(fault.code, code, "{fault:?}");
    fault
}

fn sign_in(station: &Station, who: &str, pin: &str) -> Result<Seat, Fault> {
    let seat = Seat::new();
    station.desk().sign_in(&seat, who, pin)?;
    Ok(seat)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

fn approve(station: &Station, change: &str, by: &str, pin: &str) -> Result<Value, Fault> {
    let args = json!({"change_id": change, "staff_id": by, "pin": pin, "note": null});
    station.tries(CASHIER, "change.approve", args)
}

#[test]
fn a_rename_a_role_and_a_leaving_keep_what_came_before() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let id = station.staff_id(CASHIER);
    let before = entries(&station, "change.requested");
    station.does(OWNER, "staff.rename", json!({"staff": CASHIER, "name": "Cassandra"}));
    station.does(OWNER, "staff.role", json!({"staff": "Cassandra", "role": "manager"}));
    let left = station.does(OWNER, "staff.leave", json!({"staff": id}));
    assert!(left["left_at"].is_string() && left["name"] == "Cassandra", "{left}");

    assert_eq!(entries(&station, "change.requested"), before, "nothing of it was rewritten");
    assert_eq!(before[0]["who"], id);
    assert_eq!(station.state(&change), "awaiting_approval", "what waits stays as it is");
    let staff_id = StaffId::parse(&id).unwrap();
    let past = store(&station).read(|connection| staff_past::of(connection, &staff_id)).unwrap();
    let told: Vec<_> = past.iter().map(|row| (row.what, row.name.as_deref().unwrap())).collect();
    let expected = [
        (What::Added, CASHIER),
        (What::Renamed, "Cassandra"),
        (What::RoleChanged, "Cassandra"),
        (What::Left, "Cassandra"),
    ];
    assert_eq!(told, expected);
    let name_at = |at| store(&station).read(|c| staff_past::name_at(c, &staff_id, at)).unwrap();
    assert_eq!(name_at(past[0].at).as_deref(), Some(CASHIER));
    for what in ["staff.renamed", "staff.role_changed", "staff.left"] {
        let entry = entries(&station, what).pop().unwrap();
        assert_eq!((&entry["about"], &entry["who"]), (&json!(id), &json!(station.staff_id(OWNER))));
    }
    assert_eq!(station.anyone("audit.verify", json!({}))["ok"], true);
}

#[test]
fn whoever_has_left_neither_signs_in_nor_sits_on_nor_decides() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let id = station.staff_id(MANAGER);
    let seat = sign_in(&station, MANAGER, PIN).unwrap();
    station.does(OWNER, "staff.leave", json!({"staff": MANAGER}));

    let call = json!({"call": "payment.list", "args": {}});
    refused(station.desk().call_json(&seat, call), FaultCode::SignInNeeded);
    for who in [MANAGER, &id] {
        let gone = refused(sign_in(&station, who, PIN).map(|_| ()), FaultCode::WrongPin);
        let nobody = refused(sign_in(&station, "Nobody", PIN).map(|_| ()), FaultCode::WrongPin);
        assert_eq!(gone, nobody, "told apart by nothing");
        refused(approve(&station, &change, who, PIN), FaultCode::WrongPin);
    }
    assert_eq!(names(&station.anyone("session.people", json!({}))), [CASHIER, OWNER]);
    assert_eq!(names(&station.does(OWNER, "staff.list", json!({}))), [CASHIER, OWNER]);
    let all = station.does(OWNER, "staff.list", json!({"all": true}));
    assert_eq!(names(&all), [CASHIER, MANAGER, OWNER]);
    let again = station.tries(OWNER, "staff.leave", json!({"staff": id}));
    refused(again, FaultCode::NotFound);
}

#[test]
fn the_last_owner_neither_leaves_nor_loses_the_role() {
    let station = Station::open();
    let leave = json!({"staff": OWNER});
    let lose = json!({"staff": OWNER, "role": "manager"});
    refused(station.tries(OWNER, "staff.leave", leave.clone()), FaultCode::LastOwner);
    refused(station.tries(OWNER, "staff.role", lose.clone()), FaultCode::LastOwner);
    assert!(entries(&station, "staff.left").is_empty(), "nothing of it is stored");
    let past = store(&station).read(|connection| {
        let owner = staff::find(connection, OWNER)?.unwrap();
        staff_past::of(connection, &owner.staff_id)
    });
    assert_eq!(past.unwrap().len(), 1);
    station.does(OWNER, "staff.role", json!({"staff": MANAGER, "role": "owner"}));
    station.does(OWNER, "staff.role", lose);
    refused(station.tries(MANAGER, "staff.leave", json!({"staff": MANAGER})), FaultCode::LastOwner);
    station.does(MANAGER, "staff.leave", leave);
}

#[test]
fn somebody_who_left_comes_back_with_a_new_pin_unless_the_name_is_taken() {
    let station = Station::open();
    let id = station.staff_id(CASHIER);
    let back = |staff: &str| json!({"staff": staff, "pin": OTHER_PIN});
    refused(station.tries(OWNER, "staff.return", back(&id)), FaultCode::Exists);
    refused(station.tries(OWNER, "staff.return", back("Nobody")), FaultCode::NotFound);
    station.does(OWNER, "staff.leave", json!({"staff": CASHIER}));
    let twin =
        station.does(OWNER, "staff.add", json!({"name": CASHIER, "role": "cashier", "pin": PIN}));
    refused(station.tries(OWNER, "staff.return", back(CASHIER)), FaultCode::Exists);
    station.does(OWNER, "staff.leave", json!({"staff": twin["staff_id"]}));
    refused(station.tries(OWNER, "staff.return", back(CASHIER)), FaultCode::BadInput);
    let returned = station.does(OWNER, "staff.return", back(&id));
    assert!(returned["left_at"].is_null() && returned["staff_id"] == id, "{returned}");
    refused(sign_in(&station, CASHIER, PIN).map(|_| ()), FaultCode::WrongPin);
    sign_in(&station, CASHIER, OTHER_PIN).unwrap();
}

#[test]
fn a_forgotten_pin_is_given_anew_by_an_owner_with_a_new_key_and_ends_a_lock() {
    let station = Station::open();
    let before = key_of(&station, CASHIER);
    for _ in 0..6 {
        assert!(sign_in(&station, CASHIER, "999998").is_err());
    }
    refused(sign_in(&station, CASHIER, PIN).map(|_| ()), FaultCode::Locked);
    let given = json!({"staff": CASHIER, "pin": OTHER_PIN});
    refused(station.tries(MANAGER, "staff.pin", given.clone()), FaultCode::NotPermitted);
    let weak = json!({"staff": CASHIER, "pin": "123456"});
    refused(station.tries(OWNER, "staff.pin", weak), FaultCode::BadInput);
    station.does(OWNER, "staff.pin", given);
    let after = key_of(&station, CASHIER);
    assert!(after.is_some() && after != before);
    refused(sign_in(&station, CASHIER, PIN).map(|_| ()), FaultCode::WrongPin);
    sign_in(&station, CASHIER, OTHER_PIN).unwrap();
    let made = entries(&station, "staff.key_made").pop().unwrap();
    assert_eq!(
        (&made["facts"]["public_key"], &made["facts"]["because"]),
        (&json!(after), &json!("new_pin"))
    );
    let own = json!({"staff": OWNER, "pin": OTHER_PIN});
    refused(station.tries(OWNER, "staff.pin", own), FaultCode::NotPermitted);
}

#[test]
fn ones_own_pin_is_changed_with_the_present_one_and_the_key_stays() {
    let station = Station::open();
    let before = key_of(&station, MANAGER);
    let wrong = json!({"pin": OTHER_PIN, "new_pin": "150263"});
    refused(station.tries(MANAGER, "session.pin", wrong.clone()), FaultCode::WrongPin);
    let own = json!({"pin": PIN, "new_pin": OTHER_PIN});
    station.does(MANAGER, "session.pin", own);
    assert_eq!(key_of(&station, MANAGER), before, "what they signed before still holds");
    refused(sign_in(&station, MANAGER, PIN).map(|_| ()), FaultCode::WrongPin);
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    approve(&station, &change, MANAGER, OTHER_PIN).expect("the key opens with the new PIN");
    assert_eq!(entries(&station, "session.pin_changed").len(), 1);
    // A seat left open is no way to try PINs without end.
    let seat = sign_in(&station, MANAGER, OTHER_PIN).unwrap();
    let call = json!({"call": "session.pin", "args": {"pin": "150263", "new_pin": "150264"}});
    for place in 0..6 {
        let code = if place == 5 { FaultCode::Locked } else { FaultCode::WrongPin };
        refused(station.desk().call_json(&seat, call.clone()), code);
    }
}

#[test]
fn signing_somebody_else_in_switches_the_seat_in_one_step_and_leaves_what_waits() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let asked: Vec<_> =
        (0..20).map(|_| station.asks(CASHIER, Station::relabel(&payment, "INV-7"))).collect();
    let seat = sign_in(&station, CASHIER, PIN).unwrap();
    station.desk().sign_in(&seat, MANAGER, PIN).unwrap();
    let show = json!({"call": "desk.show", "args": {}});
    let shown = station.desk().call_json(&seat, show.clone()).unwrap();
    assert_eq!(shown["person"]["name"], MANAGER);
    let switched = entries(&station, "session.switched").pop().unwrap();
    assert_eq!(switched["who"], station.staff_id(MANAGER));
    assert_eq!(switched["facts"]["from"], station.staff_id(CASHIER));
    refused(station.desk().sign_in(&seat, OWNER, "999998"), FaultCode::WrongPin);
    let shown = station.desk().call_json(&seat, show).unwrap();
    assert_eq!(shown["person"]["name"], MANAGER, "a wrong PIN switches nothing");
    station.desk().sign_in(&seat, MANAGER, PIN).unwrap();
    assert_eq!(entries(&station, "session.switched").len(), 1, "the same person again is none");
    let out = json!({"call": "session.sign_out", "args": {}});
    station.desk().call_json(&seat, out.clone()).unwrap();
    station.desk().call_json(&seat, out).unwrap();
    assert_eq!(entries(&station, "session.signed_out").len(), 1);
    for change in asked {
        assert_eq!(station.state(&change), "queued");
    }
}

#[test]
fn a_seat_locks_after_the_minutes_that_the_owner_sets() {
    let station = Station::open();
    let set = |value: &str| json!({"key": "lock.idle_minutes", "value": value});
    for refused_value in ["0", "16", "never"] {
        refused(station.tries(OWNER, "settings.set", set(refused_value)), FaultCode::BadInput);
    }
    station.does(OWNER, "settings.set", set("3"));
    let time = Arc::new(AtomicI64::new(1_790_000_000_000));
    let desk = station.desk_in_time(&time);
    let seat = Seat::new();
    desk.sign_in(&seat, CASHIER, PIN).unwrap();
    let list = || json!({"call": "payment.list", "args": {}});
    time.fetch_add(3 * MINUTE, Ordering::SeqCst);
    desk.call_json(&seat, list()).unwrap();
    time.fetch_add(1, Ordering::SeqCst);
    refused(desk.call_json(&seat, list()), FaultCode::SignInNeeded);
    let shown = desk.call_json(&seat, json!({"call": "desk.show", "args": {}})).unwrap();
    assert_eq!(shown["idle_lock_minutes"], 3);
}

#[test]
fn of_two_people_with_the_same_pin_the_one_who_was_named_decides() {
    let station = Station::open();
    let second = json!({"name": "Mona", "role": "manager", "pin": PIN});
    station.does(OWNER, "staff.add", second);
    let keys = [key_of(&station, MANAGER), key_of(&station, "Mona")];
    assert!(keys[0].is_some() && keys[0] != keys[1]);
    let (payment, _) = station.payment("300.00", true);
    let named: [Person; 2] = ["Mona", MANAGER];
    for name in named {
        let change = station.asks(CASHIER, Station::refund(&payment, "5.00"));
        approve(&station, &change, &station.staff_id(name), PIN).unwrap();
        let entry = entries(&station, "change.approved").pop().unwrap();
        assert_eq!(entry["who"], station.staff_id(name));
        let signed_in = entries(&station, "session.signed_in").pop().unwrap();
        assert_eq!(signed_in["who"], station.staff_id(CASHIER), "the session does not switch");
    }
}

#[test]
fn a_damaged_key_is_never_taken_and_says_what_to_do() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    // The cashier's key in the manager's place: the same PIN, another person.
    let swap = "UPDATE staff SET (public_key, sealed_key) =
                    (SELECT public_key, sealed_key FROM staff WHERE name = 'Casey')
                WHERE name = 'Morgan'";
    store(&station).write(|connection| Ok(connection.execute_batch(swap)?)).unwrap();
    let fault = refused(approve(&station, &change, MANAGER, PIN), FaultCode::Store);
    assert!(fault.message.contains("new PIN"), "{fault}");
    assert_eq!(station.state(&change), "awaiting_approval");
    station.does(OWNER, "staff.pin", json!({"staff": MANAGER, "pin": PIN}));
    approve(&station, &change, MANAGER, PIN).expect("a new PIN makes a new key");
}
