//! Offline limits (O6): how long, how many, how much may still be asked for while nothing can be
//! sent. Refused in the transaction that would store it; approving and sending are never limited.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Desk, Fault, FaultCode, Seat};
use counterfoil_sandbox::LineState;
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Person, Station};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
/// Some day in 2027.
const MORNING: i64 = 1_800_000_000_000;

/// A desk on the station's folder whose time is moved by hand.
struct InTime {
    desk: Desk,
    millis: Arc<AtomicI64>,
}

impl InTime {
    fn at(station: &Station) -> Self {
        let millis = Arc::new(AtomicI64::new(MORNING));
        Self { desk: station.desk_in_time(&millis), millis }
    }

    fn set(&self, since_morning: i64) {
        self.millis.store(MORNING + since_morning, Ordering::SeqCst);
    }

    fn tries(&self, who: Person, call: &str, args: Value) -> Result<Value, Fault> {
        let seat = Seat::new();
        self.desk.sign_in(&seat, who, PIN)?;
        self.desk.call_json(&seat, json!({"call": call, "args": args}))
    }

    fn does(&self, who: Person, call: &str, args: Value) -> Value {
        self.tries(who, call, args).expect(call)
    }

    fn offline(&self, who: Person) -> Value {
        self.does(who, "desk.show", json!({}))["offline"].clone()
    }
}

fn set(station: &Station, key: &str, value: &str) {
    station.does(OWNER, "settings.set", json!({"key": key, "value": value}));
}

fn go_offline(station: &Station) {
    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
}

/// What a refusal says: the limit, what it allows, what is used, what was asked for.
fn refusal(fault: &Fault) -> [&str; 4] {
    assert_eq!(fault.code, FaultCode::OfflineLimit, "{fault:?}");
    ["limit", "allowed", "used", "asked"].map(|key| fault.detail[key].as_str())
}

#[test]
fn the_age_limit_warns_and_stops_on_time() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let desk = InTime::at(&station);
    assert_eq!(desk.offline(CASHIER), Value::Null);
    desk.does(CASHIER, "line.set", json!({"on_purpose": true}));
    let ask = |amount: &str| desk.tries(CASHIER, "change.ask", Station::refund(&payment, amount));
    let shown = desk.offline(CASHIER);
    assert_eq!(shown["left_seconds"], 72 * 3_600);
    assert_eq!((&shown["warn"], &shown["stopped"]), (&json!(false), &json!([])));
    assert_eq!(shown["on_purpose"], true);

    desk.set(72 * HOUR_MS / 5 * 4 - 1);
    assert_eq!(desk.offline(CASHIER)["warn"], false);
    desk.set(72 * HOUR_MS / 5 * 4);
    let shown = desk.offline(CASHIER);
    assert_eq!((&shown["warn"], &shown["near"]), (&json!(true), &json!(["age"])));
    // Choosing it once more does not start the time anew.
    desk.does(CASHIER, "line.set", json!({"on_purpose": true}));

    desk.set(72 * HOUR_MS - 1);
    let change = ask("5.00").unwrap()["change_id"].clone();
    desk.set(72 * HOUR_MS);
    assert_eq!(desk.offline(CASHIER)["stopped"], json!(["age"]));
    let fault = ask("5.00").unwrap_err();
    assert_eq!(refusal(&fault), ["age", "72", "72", "0"]);
    assert!(fault.message.contains("no money moved"), "{}", fault.message);

    // Approving is no asking.
    let staff_id = station.staff_id(MANAGER);
    let approve = json!({"change_id": change, "staff_id": staff_id, "pin": PIN, "note": null});
    assert_eq!(desk.does(CASHIER, "change.approve", approve)["state"], "queued");
    desk.does(CASHIER, "line.set", json!({"on_purpose": false}));
    assert_eq!(desk.offline(CASHIER), Value::Null);
    ask("5.00").unwrap();
    desk.does(CASHIER, "line.set", json!({"on_purpose": true}));
    ask("5.00").unwrap();
}

#[test]
fn the_count_holds_for_everything_and_everybody_together() {
    let station = Station::open();
    set(&station, "offline.max_count", "3");
    let (payment, _) = station.payment("300.00", false);
    let (other, _) = station.payment("80.00", true);
    go_offline(&station);
    station.asks(MANAGER, Station::adjust(&payment, "310.00"));
    station.asks(CASHIER, Station::relabel(&payment, "INV-2"));
    station.asks(CASHIER, Station::refund(&other, "5.00"));
    for ask in [Station::cancel(&payment), Station::start_payment("5.00")] {
        let fault = station.tries(CASHIER, "change.ask", ask).unwrap_err();
        assert_eq!(refusal(&fault), ["count", "3", "3", "1"]);
    }
    let listed = station.does(CASHIER, "change.list", json!({}));
    assert_eq!(listed["changes"].as_array().unwrap().len(), 3, "nothing was stored");
    let shown = station.does(CASHIER, "desk.show", json!({}))["offline"].clone();
    assert_eq!((&shown["left_count"], &shown["stopped"]), (&json!(0), &json!(["count"])));
}

#[test]
fn the_sum_counts_refunds_and_differences_and_one_change_has_its_own_limit() {
    let station = Station::open();
    set(&station, "offline.max_sum", "100.00");
    set(&station, "offline.max_each", "60.00");
    let (open, _) = station.payment("300.00", false);
    let (paid, _) = station.payment("400.00", true);
    let ask = |ask: Value| station.tries(CASHIER, "change.ask", ask);
    go_offline(&station);
    ask(Station::adjust(&open, "260.00")).unwrap();
    let fault = ask(Station::refund(&paid, "60.01")).unwrap_err();
    assert_eq!(refusal(&fault), ["each", "60.00", "0.00", "60.01"]);
    let fault = ask(Station::start_payment("60.01")).unwrap_err();
    assert_eq!(refusal(&fault), ["each", "60.00", "0.00", "60.01"]);
    ask(Station::refund(&paid, "59.99")).unwrap();
    let fault = ask(Station::start_payment("0.02")).unwrap_err();
    assert_eq!(refusal(&fault), ["sum", "100.00", "99.99", "0.02"]);
    ask(Station::start_payment("0.01")).unwrap();
    ask(Station::relabel(&paid, "INV-7")).unwrap();
    let shown = station.does(CASHIER, "desk.show", json!({}))["offline"].clone();
    assert_eq!(shown["left_sum"][0]["text"], "0.00");
    assert_eq!(shown["near"], json!(["sum"]));
}

#[test]
fn a_manager_may_have_a_wider_limit_than_a_cashier() {
    let station = Station::open();
    set(&station, "offline.max_each", "20.00");
    let (payment, _) = station.payment("300.00", true);
    go_offline(&station);
    let ask = |who: Person| station.tries(who, "change.ask", Station::refund(&payment, "20.01"));
    for who in [CASHIER, MANAGER, OWNER] {
        assert_eq!(refusal(&ask(who).unwrap_err())[0], "each", "{who}");
    }
    set(&station, "offline.max_each.manager", "50.00");
    assert_eq!(refusal(&ask(CASHIER).unwrap_err())[1], "20.00");
    ask(MANAGER).unwrap();
    ask(OWNER).unwrap();
    assert_eq!(
        station
            .tries(OWNER, "settings.set", json!({"key": "offline.max_each", "value": "same"}))
            .unwrap_err()
            .code,
        FaultCode::BadInput
    );
}

#[test]
fn asks_at_the_same_moment_never_pass_a_limit_together() {
    let station = Station::open();
    set(&station, "offline.max_count", "3");
    let (payment, _) = station.payment("300.00", true);
    go_offline(&station);
    let stored = std::thread::scope(|scope| {
        let ask =
            || station.tries(MANAGER, "change.ask", Station::refund(&payment, "1.00")).is_ok();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|stored| *stored).count()
    });
    assert_eq!(stored, 3);
}

#[test]
fn a_preview_warns_before_a_limit_and_refuses_beyond_it() {
    let station = Station::open();
    set(&station, "offline.max_count", "5");
    let (payment, _) = station.payment("300.00", true);
    let preview = || {
        let ask = Station::refund(&payment, "1.00");
        station.tries(MANAGER, "change.preview", ask)
    };
    let codes = |answer: &Value| {
        let warnings = answer["warnings"].as_array().unwrap().iter();
        warnings.filter(|warning| warning["code"] == "offline_limit_near").count()
    };
    assert_eq!(codes(&preview().unwrap()), 0, "online");
    go_offline(&station);
    for (asked_before, expected) in [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)] {
        assert_eq!(codes(&preview().unwrap()), expected, "after {asked_before}");
        station.asks(MANAGER, Station::refund(&payment, "1.00"));
    }
    assert_eq!(refusal(&preview().unwrap_err())[0], "count");
}

#[test]
fn a_provider_that_cannot_be_reached_makes_its_account_offline_until_it_answers() {
    let station = Station::open();
    set(&station, "offline.max_count", "1");
    let (payment, _) = station.payment("300.00", false);
    station.asks(CASHIER, Station::adjust(&payment, "310.00"));
    station.asks(CASHIER, Station::adjust(&payment, "320.00"));
    station.sandbox.set_line(LineState::Refusing).unwrap();
    station.sync();
    let report = station.desk().doctor().unwrap();
    let offline = report.offline.expect("it is offline");
    assert!(!offline.on_purpose);
    assert_eq!((offline.accounts, offline.left_count), (vec!["B".to_owned()], 0));
    let fault =
        station.tries(CASHIER, "change.ask", Station::adjust(&payment, "330.00")).unwrap_err();
    assert_eq!(refusal(&fault), ["count", "1", "2", "1"]);

    station.sandbox.set_line(LineState::Up).unwrap();
    station.sync();
    assert!(station.desk().doctor().unwrap().offline.is_none());
    station.asks(CASHIER, Station::adjust(&payment, "330.00"));
}

#[test]
fn a_person_who_gets_an_answer_ends_the_outage_as_well() {
    let station = Station::open();
    set(&station, "offline.max_count", "1");
    let (payment, _) = station.payment("300.00", false);
    station.asks(CASHIER, Station::adjust(&payment, "310.00"));
    station.sandbox.set_line(LineState::Refusing).unwrap();
    station.sync();
    assert!(station.desk().doctor().unwrap().offline.is_some());
    station.sandbox.set_line(LineState::Up).unwrap();
    station.does(CASHIER, "payment.refresh", json!({"payment": payment}));
    assert!(station.desk().doctor().unwrap().offline.is_none());
    station.asks(CASHIER, Station::adjust(&payment, "320.00"));
}
