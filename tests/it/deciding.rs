//! Dual control: two different people, enforced in the API whatever a screen shows.

use counterfoil_api::FaultCode;
use counterfoil_testkit::{CASHIER, MANAGER, PIN, Station};
use serde_json::json;

#[test]
fn a_cashiers_refund_waits_for_another_person_and_is_then_applied_once() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    assert_eq!(station.state(&change), "awaiting_approval");
    station.sync();
    assert_eq!(station.effects("refund", &token), 0, "nothing is sent before it is approved");

    station.approves(&change);
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("refund", &token), 1);
    assert_eq!(station.change(&change)["approved_by"], json!([MANAGER]));
}

#[test]
fn nobody_approves_what_they_asked_for_and_cashiers_approve_nothing() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let decide = json!({"change_id": change, "staff_id": station.staff_id(CASHIER), "pin": PIN,
                        "note": null});
    for seated in [CASHIER, MANAGER] {
        let fault = station.tries(seated, "change.approve", decide.clone()).unwrap_err();
        assert_eq!(fault.code, FaultCode::NotPermitted);
    }
    assert_eq!(station.state(&change), "awaiting_approval");
}

#[test]
fn approving_does_not_switch_the_session() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let seat = counterfoil_api::Seat::new();
    station.desk().sign_in(&seat, CASHIER, PIN).unwrap();
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let approve = json!({"call": "change.approve", "args": {
        "change_id": change, "staff_id": station.staff_id(MANAGER), "pin": PIN, "note": null}});
    station.desk().call_json(&seat, approve).unwrap();
    let desk = station.desk().desk_view(&seat).unwrap();
    assert_eq!(desk.person.unwrap().name, CASHIER);
}

#[test]
fn a_rejected_change_is_never_sent() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let decide = json!({"change_id": change, "staff_id": station.staff_id(MANAGER), "pin": PIN,
                        "note": "not ours"});
    station.does(CASHIER, "change.reject", decide);
    station.sync();
    assert_eq!(station.state(&change), "rejected");
    assert_eq!(station.effects("refund", &token), 0);
}

#[test]
fn a_rebased_refund_needs_its_second_person_again() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    station.approves(&change);
    let elsewhere = serde_json::from_value(json!({"amount": "290.00"})).unwrap();
    station.sandbox.change_at_provider(&token, &elsewhere).unwrap();
    station.sync();
    assert_eq!(station.state(&change), "conflict");
    station.does(MANAGER, "change.rebase", json!({"change_id": change}));
    assert_eq!(station.state(&change), "awaiting_approval");
    assert_eq!(station.change(&change)["approved_by"], json!([]));
}

#[test]
fn who_asked_may_take_it_back_until_it_is_sent() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.does(CASHIER, "change.withdraw", json!({"change_id": change}));
    station.sync();
    assert_eq!(station.state(&change), "withdrawn");
    assert_eq!(station.effects("update", &token), 0);

    let sent = station.asks(MANAGER, Station::adjust(&payment, "240.00"));
    let fault = station.tries(CASHIER, "change.withdraw", json!({"change_id": sent})).unwrap_err();
    assert_eq!(fault.code, FaultCode::NotPermitted, "a cashier takes back only their own");
    station.sync();
    let fault = station.tries(MANAGER, "change.withdraw", json!({"change_id": sent})).unwrap_err();
    assert_eq!(fault.code, FaultCode::WrongState);
}
