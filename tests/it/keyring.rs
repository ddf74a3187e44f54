//! PINs with the keyring away, coming back, and lost: asking goes on, deciding says why not.

#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Clock, Desk, DeskOptions, Fault, FaultCode, Seat};
use counterfoil_core::moment::Moment;
use counterfoil_store::Store;
use counterfoil_store::table::audit_entry;
use counterfoil_store::table::staff::{self, PinMarks, StaffRow};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use counterfoil_vault::{Pin, PinHash, Secret, ShortCheck, VaultSettings};
use serde_json::{Value, json};

const OTHER_PIN: &str = "730481";
const MINUTE: i64 = 60_000;

fn vault_file(station: &Station) -> PathBuf {
    station.folder().join("vault")
}

/// The keyring closes: others may read its file, so that it is not opened any more.
fn close(station: &Station) {
    fs::set_permissions(vault_file(station), fs::Permissions::from_mode(0o644)).unwrap();
}

fn open(station: &Station) {
    fs::set_permissions(vault_file(station), fs::Permissions::from_mode(0o600)).unwrap();
}

fn store(station: &Station) -> Store {
    Store::open(&station.folder().join("till"), Moment::from_millis(1)).unwrap()
}

fn row(station: &Station, name: &str) -> StaffRow {
    store(station).read(|connection| staff::find(connection, name)).unwrap().unwrap()
}

/// Every entry of the trail of this kind, oldest first.
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

fn refused(outcome: Result<impl std::fmt::Debug, Fault>, code: FaultCode) -> Fault {
    let fault = outcome.unwrap_err();
    assert_eq!(fault.code, code, "{fault:?}");
    fault
}

fn approve(station: &Station, change: &str) -> Result<Value, Fault> {
    let who = station.staff_id(MANAGER);
    let args = json!({"change_id": change, "staff_id": who, "pin": PIN, "note": null});
    station.tries(CASHIER, "change.approve", args)
}

/// PINs that are not the person's and do not pass the short check by chance either.
fn wrong_pins(row: &StaffRow, many: usize) -> Vec<String> {
    let short = ShortCheck::parse(row.marks.short_check.as_deref().unwrap()).unwrap();
    let pins = (200_000..).map(|pin: u32| pin.to_string());
    let fails = |pin: &String| Pin::parse(pin).is_ok_and(|pin| !short.passes(&pin));
    pins.filter(fails).take(many).collect()
}

/// What an older version keeps of a PIN: its hash, without a pepper.
fn as_of_an_older_version(station: &Station, name: &str) {
    let id = row(station, name).staff_id;
    let pin_hash = PinHash::hash(&Pin::parse(PIN).unwrap(), b"sixteen bytes ok").to_phc();
    let marks = PinMarks { pin_hash, ..PinMarks::default() };
    store(station).write(move |connection| staff::set_pin(connection, &id, &marks)).unwrap();
}

#[test]
fn with_the_keyring_locked_at_a_cold_start_asking_works_and_approving_says_why_not() {
    let mut station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    close(&station);
    station.restart();

    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    assert_eq!(station.state(&change), "awaiting_approval");
    let signed_in = entries(&station, "session.signed_in");
    assert_eq!(signed_in.last().unwrap()["facts"]["pin_check"], "short");
    let fault = refused(approve(&station, &change), FaultCode::KeyringClosed);
    assert!(fault.retry && fault.message.contains("mode 0644"), "{fault}");

    open(&station);
    approve(&station, &change).expect("the keyring is open again, in the same program");
    assert_eq!(station.state(&change), "queued");
    station.does(CASHIER, "payment.list", json!({}));
    let signed_in = entries(&station, "session.signed_in");
    assert_eq!(signed_in.last().unwrap()["facts"]["pin_check"], "full");
}

#[test]
fn whoever_was_checked_in_short_neither_decides_nor_sets_up_and_sees_it() {
    let mut station = Station::open();
    close(&station);
    station.restart();
    let set = json!({"key": "approval.cancel", "value": "true"});
    refused(station.tries(OWNER, "settings.set", set.clone()), FaultCode::KeyringClosed);
    let new = json!({"name": "Eve", "role": "owner", "pin": OTHER_PIN});
    refused(station.tries(OWNER, "staff.add", new), FaultCode::KeyringClosed);
    let own = json!({"pin": PIN, "new_pin": OTHER_PIN});
    refused(station.tries(CASHIER, "session.pin", own.clone()), FaultCode::KeyringClosed);
    refused(station.tries(OWNER, "till.new_pepper", own), FaultCode::NotAllowed);
    let person = station.does(MANAGER, "desk.show", json!({}))["person"].clone();
    assert_eq!(person["pin_check"], "short");
    assert_eq!(person["may"], json!(["read", "ask"]));

    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).unwrap();
    open(&station);
    let call = json!({"call": "settings.set", "args": set});
    let fault = station.desk().call_json(&seat, call.clone());
    refused(fault, FaultCode::KeyringClosed);
    station.desk().sign_in(&seat, OWNER, PIN).unwrap();
    station.desk().call_json(&seat, call).expect("the PIN was given once more");
}

#[test]
fn whoever_was_checked_in_short_asks_by_a_cashiers_rules() {
    let mut station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let alone = station.asks(MANAGER, Station::refund(&payment, "5.00"));
    assert_eq!(station.state(&alone), "queued", "proved in full, a manager refunds alone");
    close(&station);
    station.restart();
    for who in [MANAGER, OWNER] {
        let change = station.asks(who, Station::refund(&payment, "5.00"));
        assert_eq!(station.state(&change), "awaiting_approval", "{who}");
    }
    open(&station);
    let again = station.asks(MANAGER, Station::refund(&payment, "5.00"));
    assert_eq!(station.state(&again), "queued", "the keyring is back");
}

#[test]
fn a_keyring_that_closes_in_the_middle_of_the_day_stops_nobody() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    close(&station);
    approve(&station, &change).expect("what PINs are checked with was read in the morning");
}

#[test]
fn six_wrong_pins_lock_with_the_short_check_too_across_a_restart_and_a_clock_set_back() {
    let mut station = Station::open();
    let wrong = wrong_pins(&row(&station, CASHIER), 6);
    close(&station);
    station.restart();
    for (place, pin) in wrong.iter().enumerate() {
        let code = if place == 5 { FaultCode::Locked } else { FaultCode::WrongPin };
        refused(station.desk().sign_in(&Seat::new(), CASHIER, pin), code);
    }
    station.restart();
    refused(station.desk().sign_in(&Seat::new(), CASHIER, PIN), FaultCode::Locked);
    open(&station);
    refused(station.desk().sign_in(&Seat::new(), CASHIER, PIN), FaultCode::Locked);
    station.desk().sign_in(&Seat::new(), MANAGER, PIN).expect("others are not locked");
}

#[test]
fn a_short_checks_lock_holds_wherever_the_clock_is_put() {
    let station = Station::open();
    let wrong = wrong_pins(&row(&station, CASHIER), 6);
    close(&station);
    let time = Arc::new(AtomicI64::new(1_790_000_000_000));
    let desk = station.desk_in_time(&time);
    for pin in &wrong {
        assert!(desk.sign_in(&Seat::new(), CASHIER, pin).is_err());
    }
    for shift in [29 * MINUTE, -90 * MINUTE] {
        time.fetch_add(shift, Ordering::SeqCst);
        refused(desk.sign_in(&Seat::new(), CASHIER, PIN), FaultCode::Locked);
    }
    time.fetch_add(92 * MINUTE, Ordering::SeqCst);
    assert!(desk.sign_in(&Seat::new(), CASHIER, PIN).is_ok());
}

#[test]
fn wrong_tries_count_alike_whether_the_keyring_is_there_or_not() {
    let mut station = Station::open();
    let wrong = wrong_pins(&row(&station, CASHIER), 6);
    for (place, pin) in wrong.iter().enumerate() {
        if place == 3 {
            close(&station);
            station.restart();
        }
        let code = if place == 5 { FaultCode::Locked } else { FaultCode::WrongPin };
        refused(station.desk().sign_in(&Seat::new(), CASHIER, pin), code);
    }
}

/// A desk whose vault lies where nothing can lie, until `there` is made a folder.
fn desk_without_keyring(station: &Station, there: &str) -> Desk {
    let options = DeskOptions {
        data_dir: station.folder().join("second till"),
        vault: VaultSettings::File {
            path: station.folder().join(there).join("vault"),
            passphrase: Secret::from_text("a passphrase for tests".to_owned()),
        },
        clock: Clock::Machine,
        handle: station.carrier().clone(),
    };
    Desk::open(options).expect("the desk opens")
}

fn call(desk: &Desk, who: &str, call: &str, args: Value) -> Result<Value, Fault> {
    let seat = Seat::new();
    desk.sign_in(&seat, who, PIN)?;
    desk.call_json(&seat, json!({"call": call, "args": args}))
}

#[test]
fn a_till_set_up_without_a_keyring_works_and_its_people_get_keys_once_it_is_there() {
    let station = Station::open();
    fs::write(station.folder().join("place"), b"a file, no folder").unwrap();
    let desk = desk_without_keyring(&station, "place");
    let set_up = json!({"store": "Shop", "till": "Till 2", "owner": OWNER, "pin": PIN});
    desk.call_json(&Seat::new(), json!({"call": "desk.set_up", "args": set_up})).unwrap();
    let new = json!({"name": CASHIER, "role": "cashier", "pin": PIN});
    call(&desk, OWNER, "staff.add", new).expect("the owner's whole PIN was checked");
    let set = json!({"key": "approval.cancel", "value": "true"});
    call(&desk, OWNER, "settings.set", set).expect("as before");
    let keys = |desk: &Desk| {
        let list = call(desk, OWNER, "staff.list", json!({})).unwrap();
        list.as_array().unwrap().iter().filter(|row| row["public_key"].is_string()).count()
    };
    assert_eq!(keys(&desk), 0);

    fs::remove_file(station.folder().join("place")).unwrap();
    assert_eq!(keys(&desk), 1, "the owner's next PIN found the keyring there");
    call(&desk, CASHIER, "payment.list", json!({})).unwrap();
    assert_eq!(keys(&desk), 2);
    let again = desk_without_keyring(&station, "place");
    assert_eq!(keys(&again), 2);
}

#[test]
fn people_of_an_older_store_get_pepper_and_key_at_their_next_right_pin() {
    let mut station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    for name in [CASHIER, MANAGER] {
        as_of_an_older_version(&station, name);
    }
    close(&station);
    station.restart();
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    refused(approve(&station, &change), FaultCode::KeyringClosed);
    let wrong = station.desk().sign_in(&Seat::new(), MANAGER, OTHER_PIN);
    refused(wrong, FaultCode::WrongPin);
    assert!(row(&station, MANAGER).marks.public_key.is_none());

    open(&station);
    let made = entries(&station, "staff.key_made").len();
    let wrong = station.desk().sign_in(&Seat::new(), MANAGER, OTHER_PIN);
    refused(wrong, FaultCode::WrongPin);
    assert!(row(&station, MANAGER).marks.public_key.is_none(), "a wrong PIN makes nothing");
    approve(&station, &change).expect("the first right PIN makes the key it signs with");
    let now = row(&station, MANAGER).marks;
    assert!(now.pepper_mark.is_some() && now.short_check.is_some());
    let entry = entries(&station, "staff.key_made").pop().unwrap();
    assert_eq!(entry["facts"]["public_key"], json!(now.public_key));
    // Those of the manager and of the cashier, whose desk was asked in their name.
    assert_eq!(entries(&station, "staff.key_made").len(), made + 2);
    station.restart();
    station.desk().sign_in(&Seat::new(), MANAGER, PIN).expect("the new hash fits, too");
}

#[test]
fn a_lost_pepper_is_said_plainly_and_an_owner_alone_makes_a_new_one() {
    let mut station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let own = |new_pin: &str| json!({"pin": PIN, "new_pin": new_pin});
    refused(station.tries(OWNER, "till.new_pepper", own(OTHER_PIN)), FaultCode::NotAllowed);

    fs::remove_file(vault_file(&station)).unwrap();
    station.restart();
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    refused(approve(&station, &change), FaultCode::PepperLost);
    let set = json!({"key": "approval.cancel", "value": "true"});
    refused(station.tries(OWNER, "settings.set", set.clone()), FaultCode::PepperLost);
    let given = json!({"staff": CASHIER, "pin": OTHER_PIN});
    refused(station.tries(OWNER, "staff.pin", given.clone()), FaultCode::PepperLost);
    refused(station.tries(MANAGER, "till.new_pepper", own(OTHER_PIN)), FaultCode::NotPermitted);
    let weak = station.tries(OWNER, "till.new_pepper", own("111111"));
    refused(weak, FaultCode::BadInput);
    assert!(!vault_file(&station).exists(), "nothing was made by those who may not");

    let before = row(&station, OWNER).marks;
    station.does(OWNER, "till.new_pepper", own(PIN));
    let after = row(&station, OWNER).marks;
    assert!(after.pepper_mark != before.pepper_mark && after.public_key != before.public_key);
    let entry = entries(&station, "pepper.made_anew").pop().expect("loudly in the trail");
    assert_eq!(entry["facts"]["pepper"], json!(after.pepper_mark));
    assert_eq!(entry["who"], station.staff_id(OWNER));

    station.does(OWNER, "settings.set", set);
    refused(approve(&station, &change), FaultCode::PepperLost);
    let given = |who: &str| json!({"staff": who, "pin": PIN});
    station.does(OWNER, "staff.pin", given(MANAGER));
    station.does(OWNER, "staff.pin", given(CASHIER));
    approve(&station, &change).expect("the manager has a new PIN and a new key");
    refused(station.tries(OWNER, "till.new_pepper", own(OTHER_PIN)), FaultCode::NotAllowed);
}

#[test]
fn of_two_owners_one_makes_the_new_pepper_and_the_other_gets_a_new_pin() {
    let mut station = Station::open();
    let second = json!({"name": "Otto", "role": "owner", "pin": PIN});
    station.does(OWNER, "staff.add", second);
    fs::remove_file(vault_file(&station)).unwrap();
    station.restart();
    let own = json!({"pin": PIN, "new_pin": PIN});
    station.does(OWNER, "till.new_pepper", own.clone());
    let fault = refused(station.tries("Otto", "till.new_pepper", own), FaultCode::PepperLost);
    assert!(fault.message.contains("another owner"), "{fault}");
    station.does(OWNER, "staff.pin", json!({"staff": "Otto", "pin": OTHER_PIN}));
    let seat = Seat::new();
    station.desk().sign_in(&seat, "Otto", OTHER_PIN).unwrap();
    let set = json!({"call": "settings.set",
                     "args": {"key": "approval.cancel", "value": "true"}});
    station.desk().call_json(&seat, set).expect("proved in full again");
    assert_eq!(entries(&station, "pepper.made_anew").len(), 1);
}

#[test]
fn another_program_that_made_a_new_pepper_is_noticed_by_one_that_remembers_the_old_one() {
    let mut station = Station::open();
    station.does(CASHIER, "payment.list", json!({}));
    fs::remove_file(vault_file(&station)).unwrap();
    let elsewhere = station.another_desk();
    let seat = Seat::new();
    elsewhere.sign_in(&seat, OWNER, PIN).unwrap();
    let renew = json!({"call": "till.new_pepper", "args": {"pin": PIN, "new_pin": OTHER_PIN}});
    elsewhere.call_json(&seat, renew).expect("it has lost the pepper");
    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, OTHER_PIN).expect("checked with the new one");
    let given = json!({"call": "staff.pin", "args": {"staff": CASHIER, "pin": OTHER_PIN}});
    station.desk().call_json(&seat, given).unwrap();
    station.restart();
    let marks = [OWNER, CASHIER].map(|name| row(&station, name).marks.pepper_mark);
    assert_eq!(marks[0], marks[1], "made with the same one");
}
