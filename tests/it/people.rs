//! Signing in, locking, and who may ask for what.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{FaultCode, Seat};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::json;

#[test]
fn six_wrong_pins_lock_even_the_right_one_and_across_a_restart() {
    let mut station = Station::open();
    for _ in 0..6 {
        assert!(station.desk().sign_in(&Seat::new(), CASHIER, "999999").is_err());
    }
    let fault = station.desk().sign_in(&Seat::new(), CASHIER, PIN).unwrap_err();
    assert_eq!(fault.code, FaultCode::Locked);
    station.restart();
    let fault = station.desk().sign_in(&Seat::new(), CASHIER, PIN).unwrap_err();
    assert_eq!(fault.code, FaultCode::Locked);
    assert!(station.desk().sign_in(&Seat::new(), MANAGER, PIN).is_ok(), "others are not locked");
}

#[test]
fn five_wrong_pins_do_not_lock_and_a_right_one_clears_them() {
    let station = Station::open();
    for _ in 0..2 {
        for _ in 0..5 {
            let fault = station.desk().sign_in(&Seat::new(), CASHIER, "999999").unwrap_err();
            assert_eq!(fault.code, FaultCode::WrongPin);
        }
        assert!(station.desk().sign_in(&Seat::new(), CASHIER, PIN).is_ok());
    }
}

#[test]
fn without_a_person_nothing_is_read_and_nothing_is_asked() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    for (call, args) in [
        ("payment.list", json!({})),
        ("payment.show", json!({"payment": payment})),
        ("change.list", json!({})),
        ("change.ask", Station::adjust(&payment, "250.00")),
        ("settings.list", json!({})),
        ("staff.list", json!({})),
        ("account.list", json!({})),
    ] {
        let call = json!({"call": call, "args": args});
        let fault = station.desk().call_json(&Seat::new(), call.clone()).unwrap_err();
        assert_eq!(fault.code, FaultCode::SignInNeeded, "{call}");
    }
}

#[test]
fn set_up_is_the_owners_alone() {
    let station = Station::open();
    let asks = [
        ("staff.add", json!({"name": "Eve", "role": "owner", "pin": PIN})),
        ("settings.set", json!({"key": "approval.refund_over", "value": "9999.00"})),
        ("account.remove", json!({"account": "B"})),
        ("account.rotate", json!({"account": "B", "secrets": {"api_key": "a", "secret": "b"}})),
    ];
    for who in [CASHIER, MANAGER] {
        for (call, args) in &asks {
            let fault = station.tries(who, call, args.clone()).unwrap_err();
            assert_eq!(fault.code, FaultCode::NotPermitted, "{who} {call}");
        }
    }
}

#[test]
fn an_auditor_reads_and_changes_nothing() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let auditor = json!({"name": "Audrey", "role": "auditor", "pin": PIN});
    station.does(OWNER, "staff.add", auditor);
    let shown = station.does("Audrey", "payment.show", json!({"payment": payment}));
    let allowed = shown["payment"]["allowed"].as_array().unwrap();
    assert!(allowed.iter().all(|kind| kind["allowed"] == false));
    for (call, args) in [
        ("change.ask", Station::adjust(&payment, "250.00")),
        ("payment.refresh", json!({"payment": payment})),
        ("line.set", json!({"on_purpose": true})),
    ] {
        let fault = station.tries("Audrey", call, args).unwrap_err();
        assert_eq!(fault.code, FaultCode::NotPermitted, "{call}");
    }
}

#[test]
fn every_step_of_a_change_stands_in_a_trail_that_verifies() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let verify = || station.anyone("audit.verify", json!({}));
    let before = verify()["entries"].as_u64().unwrap();
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    station.approves(&change);
    station.sync();
    let after = verify();
    // Requested, approved, attempt started and ended, and three sign-ins.
    let entries = after["entries"].as_u64().unwrap();
    assert!(after["ok"] == true && entries >= before + 4, "{before} then {entries}");
}

#[test]
fn card_numbers_are_refused_in_every_free_text() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let card = "4111 1111 1111 1111";
    let asks = [
        json!({"kind": "refund", "payment": payment, "amount": "5.00", "reason": "other",
               "note": card}),
        json!({"kind": "relabel", "payment": payment, "invoice": card, "reference": null,
               "description": null, "metadata": {}}),
        json!({"kind": "adjust", "payment": payment, "total": "250.00", "invoice": null,
               "items": [{"item": card, "quantity": "1", "price": "250.00"}]}),
    ];
    for ask in asks {
        let fault = station.tries(CASHIER, "change.ask", ask.clone()).unwrap_err();
        assert_eq!(fault.code, FaultCode::CardNumber, "{ask}");
    }
}

const MINUTE: i64 = 60_000;

#[test]
fn a_seat_nobody_touches_locks_after_ten_minutes_and_a_touched_one_does_not() {
    let station = Station::open();
    let time = Arc::new(AtomicI64::new(1_790_000_000_000));
    let desk = station.desk_in_time(&time);
    let seat = Seat::new();
    desk.sign_in(&seat, CASHIER, PIN).unwrap();
    let list = || json!({"call": "payment.list", "args": {}});
    let touch = || json!({"call": "session.touch", "args": {}});

    time.fetch_add(9 * MINUTE, Ordering::SeqCst);
    desk.call_json(&seat, touch()).unwrap();
    time.fetch_add(9 * MINUTE, Ordering::SeqCst);
    assert!(desk.call_json(&seat, list()).is_ok(), "somebody touched it nine minutes ago");

    // Reading goes on by itself in a window; only a person's hand counts.
    time.fetch_add(2 * MINUTE, Ordering::SeqCst);
    let fault = desk.call_json(&seat, list()).unwrap_err();
    assert_eq!(fault.code, FaultCode::SignInNeeded);
    desk.call_json(&seat, touch()).unwrap();
    assert!(desk.call_json(&seat, list()).is_err(), "a late touch wakes nobody up");
}

#[test]
fn a_locked_pin_opens_after_half_an_hour_and_not_when_the_clock_is_set_back() {
    let station = Station::open();
    let time = Arc::new(AtomicI64::new(1_790_000_000_000));
    let desk = station.desk_in_time(&time);
    for _ in 0..6 {
        assert!(desk.sign_in(&Seat::new(), CASHIER, "999999").is_err());
    }
    for shift in [29 * MINUTE, -90 * MINUTE] {
        time.fetch_add(shift, Ordering::SeqCst);
        let fault = desk.sign_in(&Seat::new(), CASHIER, PIN).unwrap_err();
        assert_eq!(fault.code, FaultCode::Locked);
    }
    time.fetch_add(92 * MINUTE, Ordering::SeqCst);
    assert!(desk.sign_in(&Seat::new(), CASHIER, PIN).is_ok());
}
