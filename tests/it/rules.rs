//! Dual control by rule (M1): allowed, with a second person, denied; by kind, amount, age of the
//! sale and sum of the day; and that whoever is asked for a second person is told why.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Clock, FaultCode};
use counterfoil_core::command::Kind;
use counterfoil_core::moment::Moment;
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

fn set(station: &Station, key: &str, value: &str) {
    station.does(OWNER, "settings.set", json!({"key": key, "value": value}));
}

fn codes(because: &Value) -> Vec<String> {
    let because = because.as_array().expect("a list");
    because.iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
}

/// Asks, and checks that the preview, the answer and the change say the same.
fn asks(station: &Station, who: &'static str, ask: &Value, expected: &[&str]) -> String {
    let state = if expected.is_empty() { "queued" } else { "awaiting_approval" };
    let preview = station.does(who, "change.preview", ask.clone());
    assert_eq!(codes(&preview["approval_because"]), expected, "{ask}");
    assert_eq!(preview["needs_approval"], !expected.is_empty());
    let change = station.does(who, "change.ask", ask.clone());
    assert_eq!(codes(&change["approval_because"]), expected, "{ask}");
    assert_eq!(change["state"], state, "{ask}");
    let id = change["change_id"].as_str().expect("an id").to_owned();
    assert_eq!(station.change(&id)["approval_because"], change["approval_because"]);
    id
}

#[test]
fn what_is_denied_to_a_role_is_offered_to_nobody_of_it_and_refused_in_every_way() {
    let station = Station::open();
    let (paid, _) = station.payment("300.00", true);
    let (open, _) = station.payment("300.00", false);
    for (role, who, other) in [("cashier", CASHIER, MANAGER), ("manager", MANAGER, OWNER)] {
        for kind in Kind::ALL {
            set(&station, &format!("permission.{role}.{}", kind.word()), "denied");
        }
        let asks = [
            Station::start_payment("10.00"),
            Station::adjust(&open, "250.00"),
            Station::relabel(&open, "INV-2"),
            Station::refund(&paid, "5.00"),
            Station::cancel(&open),
            json!({"kind": "capture", "payment": paid, "amount": null, "at": null}),
            json!({"kind": "void", "payment": paid}),
        ];
        for ask in asks {
            for call in ["change.preview", "change.ask"] {
                let fault = station.tries(who, call, ask.clone()).unwrap_err();
                assert_eq!(fault.code, FaultCode::NotPermitted, "{who} {call} {ask}");
                assert_eq!(fault.detail["rule"], "kind");
                assert_eq!(fault.detail["kind"], ask["kind"]);
            }
        }
        for payment in [&paid, &open] {
            let shown = |who| station.does(who, "payment.show", json!({"payment": payment}));
            let rows = shown(who)["payment"]["allowed"].clone();
            assert!(rows.as_array().unwrap().iter().all(|row| row["allowed"] == false), "{rows}");
            let rows = shown(other)["payment"]["allowed"].clone();
            assert!(rows.as_array().unwrap().iter().any(|row| row["allowed"] == true), "{rows}");
        }
    }
    assert_eq!(station.does(OWNER, "change.list", json!({}))["changes"], json!([]));
}

#[test]
fn nobody_agrees_to_what_is_denied_to_their_own_role() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "5.00"));
    set(&station, "permission.manager.refund", "denied");
    let yes = |who: &'static str| {
        let ask = json!({"change_id": change, "staff_id": station.staff_id(who), "pin": PIN,
                         "note": null});
        station.tries(CASHIER, "change.approve", ask)
    };
    assert_eq!(yes(MANAGER).expect_err("denied to managers").code, FaultCode::NotPermitted);
    assert_eq!(yes(OWNER).expect("owners are not bound")["state"], "queued");
}

#[test]
fn a_kind_that_needs_a_second_person_needs_one_whatever_its_amount() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    set(&station, "permission.cashier.relabel", "approval");
    set(&station, "permission.manager.adjust", "approval");
    let relabel = Station::relabel(&payment, "INV-2");
    asks(&station, CASHIER, &relabel, &["kind"]);
    asks(&station, MANAGER, &Station::relabel(&payment, "INV-3"), &[]);
    let adjusted = asks(&station, MANAGER, &Station::adjust(&payment, "299.99"), &["kind"]);
    let offered = station.does(CASHIER, "payment.show", json!({"payment": payment}));
    let rows = offered["payment"]["allowed"].as_array().unwrap();
    let of = |kind: &str| rows.iter().find(|row| row["kind"] == kind).unwrap();
    assert_eq!(of("relabel")["needs_approval"], true);
    assert_eq!(of("adjust")["needs_approval"], false);
    // A manager is a second person like any other: not for what they asked for themselves.
    let staff_id = station.staff_id(MANAGER);
    let own = json!({"change_id": adjusted, "staff_id": staff_id, "pin": PIN, "note": null});
    let fault = station.tries(CASHIER, "change.approve", own).unwrap_err();
    assert_eq!(fault.code, FaultCode::SamePerson);
}

#[test]
fn limits_bind_each_role_by_its_own_setting_and_owners_by_none() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let refund = |amount: &str| Station::refund(&payment, amount);
    asks(&station, CASHIER, &refund("0.01"), &["refund_over"]);
    asks(&station, MANAGER, &refund("60.00"), &[]);
    set(&station, "approval.refund_over", "20.00");
    set(&station, "approval.refund_over.manager", "50.00");
    asks(&station, CASHIER, &refund("20.00"), &[]);
    asks(&station, CASHIER, &refund("20.01"), &["refund_over"]);
    asks(&station, MANAGER, &refund("50.00"), &[]);
    asks(&station, MANAGER, &refund("50.01"), &["refund_over"]);
    asks(&station, OWNER, &refund("60.00"), &[]);
    let (open, _) = station.payment("300.00", false);
    set(&station, "approval.adjust_over.manager", "10.00");
    set(&station, "approval.cancel.manager", "true");
    asks(&station, MANAGER, &Station::adjust(&open, "289.99"), &["adjust_over"]);
    let (other, _) = station.payment("300.00", false);
    asks(&station, MANAGER, &Station::cancel(&other), &["cancel"]);
    let (third, _) = station.payment("300.00", false);
    asks(&station, CASHIER, &Station::cancel(&third), &[]);
}

#[test]
fn what_one_person_asks_to_return_adds_up_until_midnight_where_the_till_stands() {
    // 23:00 in Tokyo.
    let start = Moment::from_rfc3339("2026-11-21T14:00:00Z").unwrap().as_millis();
    let millis = Arc::new(AtomicI64::new(start));
    let station = Station::open_by(Clock::InHand(Arc::clone(&millis)));
    set(&station, "till.time_zone", "Asia/Tokyo");
    set(&station, "approval.refund_over", "1000.00");
    set(&station, "approval.daily_refunds_over", "50.00");
    let (payment, _) = station.payment("900.00", true);
    let refund = |amount: &str| Station::refund(&payment, amount);
    asks(&station, CASHIER, &refund("30.00"), &[]);
    let second = asks(&station, CASHIER, &refund("30.00"), &["daily_refunds_over"]);
    // Others have a sum of their own, and managers a rule of their own.
    asks(&station, MANAGER, &refund("80.00"), &[]);
    // What came to nothing counts no more.
    station.does(CASHIER, "change.withdraw", json!({"change_id": second}));
    asks(&station, CASHIER, &refund("20.00"), &[]);
    asks(&station, CASHIER, &refund("0.01"), &["daily_refunds_over"]);
    // Another day there, the same one in Greenwich.
    millis.store(start + DAY_MS / 16, Ordering::SeqCst);
    asks(&station, CASHIER, &refund("30.00"), &[]);
}

#[test]
fn a_payment_seen_long_ago_needs_a_second_person_for_what_moves_its_money() {
    let start = 1_795_000_000_000;
    let millis = Arc::new(AtomicI64::new(start));
    let station = Station::open_by(Clock::InHand(Arc::clone(&millis)));
    set(&station, "approval.sale_older_than_days", "30");
    let (payment, _) = station.payment("300.00", false);
    millis.store(start + 30 * DAY_MS, Ordering::SeqCst);
    asks(&station, CASHIER, &Station::adjust(&payment, "290.00"), &[]);
    millis.store(start + 31 * DAY_MS, Ordering::SeqCst);
    let old =
        asks(&station, CASHIER, &Station::adjust(&payment, "280.00"), &["sale_older_than_days"]);
    let because = station.change(&old)["approval_because"][0]["words"].clone();
    assert_eq!(because, "a change of a payment older than 30 days needs a second person");
    asks(&station, CASHIER, &Station::relabel(&payment, "INV-2"), &[]);
    asks(&station, MANAGER, &Station::adjust(&payment, "270.00"), &[]);
}

#[test]
fn a_conflict_is_judged_anew_by_the_rules_in_force_when_it_is_put_on_the_payment_as_it_is() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let elsewhere = serde_json::from_value(json!({"amount": "290.00"})).unwrap();
    station.sandbox.change_at_provider(&token, &elsewhere).unwrap();
    station.sync();
    assert_eq!(station.state(&change), "conflict");
    set(&station, "permission.cashier.adjust", "denied");
    let rebase = json!({"change_id": change});
    let fault = station.tries(MANAGER, "change.rebase", rebase.clone()).unwrap_err();
    assert_eq!(
        (fault.code, station.state(&change).as_str()),
        (FaultCode::NotPermitted, "conflict")
    );
    set(&station, "permission.cashier.adjust", "approval");
    station.does(MANAGER, "change.rebase", rebase);
    assert_eq!(station.state(&change), "awaiting_approval");
    assert_eq!(codes(&station.change(&change)["approval_because"]), ["kind"]);
}

#[test]
fn an_owner_may_add_reasons_and_what_is_no_reason_is_refused() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let mut ask = Station::refund(&payment, "5.00");
    ask["reason"] = json!("loyalty");
    let fault = station.tries(MANAGER, "change.ask", ask.clone()).unwrap_err();
    assert_eq!(fault.code, FaultCode::BadInput);
    for bad in ["Loyalty", "loyalty,other", "a b", "loyalty,,x"] {
        let bad = json!({"key": "reasons.more", "value": bad});
        let fault = station.tries(OWNER, "settings.set", bad).unwrap_err();
        assert_eq!(fault.code, FaultCode::BadInput);
    }
    set(&station, "reasons.more", "damaged_in_shop,loyalty");
    let change = station.does(MANAGER, "change.ask", ask);
    assert_eq!((&change["reason"], &change["state"]), (&json!("loyalty"), &json!("queued")));
}
