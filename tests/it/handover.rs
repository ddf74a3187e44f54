//! What is queued outlives whoever asked for it (C13): signing out, another person at the till, a
//! restart, and the program put anew over the same data.

use counterfoil_api::Seat;
use counterfoil_sandbox::LineState;
use counterfoil_testkit::{CASHIER, MANAGER, PIN, Station};
use serde_json::{Value, json};

const ITEMS: usize = 20;

/// Twenty adjustments asked for while nothing can be sent, each of a payment of its own.
fn queued(station: &Station) -> Vec<String> {
    station.sandbox.set_line(LineState::Refusing).expect("the line goes down");
    let ask = |number: usize| {
        let (payment, token) = &payments(station)[number];
        station.asks(CASHIER, Station::adjust(payment, &format!("{}.50", 100 + number)));
        token.clone()
    };
    (0..ITEMS).map(ask).collect()
}

fn payments(station: &Station) -> Vec<(String, String)> {
    let page = station.does(CASHIER, "payment.list", json!({"limit": ITEMS}));
    let rows = page["payments"].as_array().expect("a list").clone();
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    rows.iter().map(|row| (text(row, "payment_id"), text(row, "provider_ref"))).collect()
}

/// What is queued, in its order, as a person is shown it.
fn open_items(station: &Station) -> Value {
    station.does(MANAGER, "change.list", json!({"state": "queued"}))["changes"].clone()
}

#[test]
fn twenty_queued_items_outlive_sign_out_another_person_a_restart_and_a_reinstall() {
    let mut station = Station::open();
    for _ in 0..ITEMS {
        let _ = station.payment("300.00", false);
    }
    let tokens = queued(&station);
    let before = open_items(&station);
    assert_eq!(before.as_array().map(Vec::len), Some(ITEMS));

    let seat = Seat::new();
    let call = |name: &str| json!({"call": name, "args": {}});
    station.desk().sign_in(&seat, CASHIER, PIN).expect("the cashier signs in");
    station.desk().call_json(&seat, call("session.sign_out")).expect("the cashier leaves");
    assert_eq!(open_items(&station), before, "after signing out");

    station.desk().sign_in(&seat, CASHIER, PIN).expect("the cashier comes back");
    station.desk().sign_in(&seat, MANAGER, PIN).expect("the manager takes the seat");
    assert_eq!(open_items(&station), before, "after another person took the seat");

    station.restart();
    assert_eq!(open_items(&station), before, "after a restart");

    reinstall(&mut station);
    assert_eq!(open_items(&station), before, "after a reinstall");

    station.sandbox.set_line(LineState::Up).expect("the line comes up");
    station.sync();
    for token in &tokens {
        assert_eq!(station.effects("update", token), 1, "each once: {token}");
    }
    assert_eq!(open_items(&station), json!([]));
}

/// A new program finds the data and nothing else that the old one kept beside them.
fn reinstall(station: &mut Station) {
    station.stop();
    let folder = station.folder().join("till");
    for entry in std::fs::read_dir(&folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|end| end == "lock") {
            std::fs::remove_file(path).expect("a lock file goes");
        }
    }
    station.start();
}
