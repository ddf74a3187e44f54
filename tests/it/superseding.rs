//! Replacing an adjustment of which nothing was sent by a later one of the same payment, in one
//! step or not at all.

use counterfoil_api::{Fault, FaultCode};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, Person, Station};
use serde_json::{Value, json};

fn replace(
    station: &Station,
    who: Person,
    payment: &str,
    total: &str,
    old: &str,
) -> Result<Value, Fault> {
    let mut ask = Station::adjust(payment, total);
    ask["instead_of"] = old.into();
    station.tries(who, "change.ask", ask)
}

fn stored(station: &Station) -> usize {
    station.does(CASHIER, "change.list", json!({}))["changes"].as_array().expect("a list").len()
}

#[test]
fn a_waiting_adjustment_is_replaced_in_one_step_and_only_the_later_is_sent() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let old = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let new = replace(&station, CASHIER, &payment, "240.00", &old).unwrap();
    let view = station.change(&old);
    assert_eq!((&view["state"], &view["superseded_by"]), (&json!("withdrawn"), &new["change_id"]));
    let words = view["explanation"].as_str().unwrap();
    assert!(words.contains(new["change_id"].as_str().unwrap()), "{words}");
    assert_eq!(new["state"], "queued");
    assert_eq!(station.sync().applied, 1);
    assert_eq!(station.effects("update", &token), 1);
    let shown = station.does(CASHIER, "payment.show", json!({"payment": payment}));
    assert_eq!(shown["payment"]["amount"]["text"], "240.00");
    assert!(station.desk().audit_verify(None, |_| ()).unwrap().ok);
}

#[test]
fn two_adjustments_stay_both_unless_a_person_says_otherwise() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let one = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let two = station.asks(CASHIER, Station::adjust(&payment, "240.00"));
    station.sync();
    assert_eq!((station.state(&one), station.state(&two)), ("applied".into(), "applied".into()));
    assert_eq!(station.effects("update", &token), 2);
}

#[test]
fn the_later_one_is_judged_as_if_the_old_were_not_there_and_keeps_its_own_approval() {
    let station = Station::open();
    let set = |key: &str, value: &str| {
        station.does(OWNER, "settings.set", json!({"key": key, "value": value}));
    };
    set("approval.adjust_over", "20.00");
    set("offline.max_count", "1");
    set("offline.max_sum", "60.00");
    let (payment, _) = station.payment("300.00", false);
    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
    let old = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    assert_eq!(station.state(&old), "awaiting_approval");
    let small = replace(&station, CASHIER, &payment, "285.00", &old).unwrap();
    assert_eq!(small["state"], "queued", "its own difference needs nobody");
    let small = small["change_id"].as_str().unwrap().to_owned();
    let large = replace(&station, CASHIER, &payment, "241.00", &small).unwrap();
    assert_eq!(large["state"], "awaiting_approval", "no approval is taken over");
    let large = large["change_id"].as_str().unwrap().to_owned();
    let fault = replace(&station, CASHIER, &payment, "239.00", &large).unwrap_err();
    assert_eq!(fault.code, FaultCode::OfflineLimit);
    assert_eq!(
        station.state(&large),
        "awaiting_approval",
        "a refused replacement replaces nothing"
    );
}

#[test]
fn only_who_may_take_it_back_replaces_it() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let managers = station.asks(MANAGER, Station::adjust(&payment, "250.00"));
    let fault = replace(&station, CASHIER, &payment, "240.00", &managers).unwrap_err();
    assert_eq!(fault.code, FaultCode::NotPermitted);
    assert_eq!((station.state(&managers).as_str(), stored(&station)), ("queued", 1));
    let own = replace(&station, MANAGER, &payment, "240.00", &managers).unwrap();
    let own = own["change_id"].as_str().unwrap();
    replace(&station, OWNER, &payment, "230.00", own).unwrap();
}

#[test]
fn what_was_sent_is_never_replaced_and_then_nothing_is_stored() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let lost = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::ApplyThenDrop).once());
    station.sync();
    assert_eq!(station.state(&lost), "in_doubt");
    let fault = replace(&station, CASHIER, &payment, "360.00", &lost).unwrap_err();
    assert_eq!((fault.code, stored(&station)), (FaultCode::TooLate, 1));
    assert_eq!(station.state(&lost), "in_doubt");

    let (payment, _) = station.payment("300.00", false);
    let sent = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.sync();
    let fault = replace(&station, CASHIER, &payment, "260.00", &sent).unwrap_err();
    assert_eq!((fault.code, stored(&station)), (FaultCode::WrongState, 2));
}

#[test]
fn only_an_adjustment_of_the_same_payment_can_be_replaced() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let (other, _) = station.payment("300.00", false);
    let refund = station.asks(CASHIER, Station::refund(&payment, "5.00"));
    let elsewhere = station.asks(CASHIER, Station::adjust(&other, "250.00"));
    for (old, code) in [
        (refund.as_str(), FaultCode::BadInput),
        (elsewhere.as_str(), FaultCode::BadInput),
        ("nothing", FaultCode::NotFound),
    ] {
        let fault = replace(&station, CASHIER, &payment, "310.00", old).unwrap_err();
        assert_eq!(fault.code, code, "{old}");
    }
    assert_eq!(stored(&station), 2);
}

#[test]
fn of_many_who_replace_the_same_one_exactly_one_does() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let old = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let done = std::thread::scope(|scope| {
        let ask = || replace(&station, CASHIER, &payment, "240.00", &old).is_ok();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|done| *done).count()
    });
    assert_eq!((done, stored(&station)), (1, 2));
    station.sync();
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn a_replacement_and_the_sending_of_the_old_one_never_both_win() {
    let station = Station::open();
    let draining = station.desk().drain_while_open();
    for round in 0..12 {
        let (payment, token) = station.payment("300.00", false);
        let old = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
        std::thread::sleep(std::time::Duration::from_millis(round * 2));
        let replaced = replace(&station, CASHIER, &payment, "240.00", &old);
        let open = || {
            let open = station.does(CASHIER, "change.list", json!({"state": "open"}));
            !open["changes"].as_array().unwrap().is_empty()
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while open() {
            assert!(std::time::Instant::now() < deadline, "it did not drain in 20 s");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let expected = if replaced.is_ok() { "withdrawn" } else { "applied" };
        assert_eq!(station.state(&old), expected, "{replaced:?}");
        assert_eq!(station.effects("update", &token), 1, "{replaced:?}");
    }
    draining.finish(station.carrier());
}
