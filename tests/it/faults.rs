//! Lost answers, broken answers, a line that is down, a program that ends at the wrong moment.

use counterfoil_sandbox::{Command, FaultKind, FaultRule, LineState};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::json;

#[test]
fn an_update_whose_answer_was_lost_is_read_back_and_not_sent_again() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::ApplyThenDrop).once());
    let report = station.sync();
    assert_eq!((report.applied, report.attempts), (1, 1));
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn an_update_that_was_lost_before_it_had_an_effect_is_sent_again() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::DropBeforeApply).once());
    let report = station.sync();
    assert_eq!((report.applied, report.attempts), (1, 2));
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn a_cancel_whose_answer_was_lost_is_read_back() {
    for (kind, attempts) in [(FaultKind::ApplyThenDrop, 1), (FaultKind::DropBeforeApply, 2)] {
        let station = Station::open();
        let (payment, token) = station.payment("300.00", false);
        let change = station.asks(CASHIER, Station::cancel(&payment));
        station.sandbox.set_fault(FaultRule::on(Command::Cancel, kind).once());
        assert_eq!(station.sync().attempts, attempts);
        assert_eq!(station.state(&change), "applied");
        assert_eq!(station.effects("cancel", &token), 1);
    }
}

#[test]
fn a_refund_whose_answer_was_lost_is_never_sent_again_until_two_people_decide() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).once());
    for _ in 0..3 {
        assert_eq!(station.sync().in_doubt, 1);
    }
    assert_eq!(station.state(&change), "in_doubt");
    assert_eq!(station.effects("refund", &token), 1);
    let words = station.change(&change)["explanation"].as_str().unwrap().to_owned();
    assert!(words.contains("may have happened or not"), "{words}");

    let resolve = |who: &str| {
        json!({"change_id": change, "outcome": "happened", "reason": "seen in the portal",
               "staff_id": station.staff_id(who_is(who)), "pin": PIN})
    };
    assert!(station.tries(MANAGER, "change.resolve", resolve("same")).is_err());
    station.does(MANAGER, "change.resolve", resolve("other"));
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("refund", &token), 1);
}

fn who_is(which: &str) -> &'static str {
    if which == "same" { MANAGER } else { CASHIER }
}

#[test]
fn a_refund_that_two_people_say_did_not_happen_is_sent_once_more() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::DropBeforeApply).once());
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    station.does(
        MANAGER,
        "change.resolve",
        json!({"change_id": change, "outcome": "not-happened", "reason": "not in the portal",
               "staff_id": station.staff_id(CASHIER), "pin": PIN}),
    );
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("refund", &token), 1);
}

#[test]
fn a_start_whose_answer_was_lost_waits_for_a_person() {
    let station = Station::open();
    let change = station.asks(CASHIER, Station::start_payment("120.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Start, FaultKind::ApplyThenDrop).once());
    for _ in 0..2 {
        station.sync();
    }
    assert_eq!(station.state(&change), "in_doubt");
    let starts = station.sandbox.ledger().iter().filter(|effect| effect.kind == "start").count();
    assert_eq!(starts, 1);
}

#[test]
fn a_signed_increase_whose_answer_was_lost_is_left_to_a_person() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::ApplyThenDrop).once());
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn answers_that_prove_nothing_are_doubt_and_never_an_outcome() {
    for kind in [
        FaultKind::Html502,
        FaultKind::Error500AfterApply,
        FaultKind::Empty200,
        FaultKind::TruncatedJson,
        FaultKind::HugeBody,
        FaultKind::NotJson200,
        FaultKind::WrongEcho,
        FaultKind::Redirect302,
    ] {
        let station = Station::open();
        let (payment, token) = station.payment("300.00", true);
        let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
        station.sandbox.set_fault(FaultRule::on(Command::Refund, kind).once());
        station.sync();
        let state = station.state(&change);
        let effects = station.effects("refund", &token);
        assert!(state == "in_doubt" && effects <= 1, "{kind:?}: {state}, {effects} effects");
    }
}

#[test]
fn a_payment_that_was_changed_at_the_provider_is_a_conflict_and_nothing_is_sent() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let elsewhere = serde_json::from_value(json!({"amount": "310.00"})).unwrap();
    station.sandbox.change_at_provider(&token, &elsewhere).unwrap();
    assert_eq!(station.sync().conflict, 1);
    let view = station.change(&change);
    assert_eq!(view["state"], "conflict");
    assert_eq!(view["provider_now"]["amount"]["text"], "310.00");
    assert_eq!(station.effects("update", &token), 0);

    station.does(MANAGER, "change.rebase", json!({"change_id": change}));
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn a_line_that_is_down_loses_nothing_and_the_queue_drains_by_itself() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    station.sandbox.set_line(LineState::Refusing).unwrap();
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let draining = station.desk().drain_while_open();
    wait_for(|| station.change(&change)["last_error"].is_string());
    assert_eq!(station.state(&change), "queued");
    assert_eq!(station.change(&change)["attempts"], json!([]), "no byte left");

    station.sandbox.set_line(LineState::Up).unwrap();
    wait_for(|| station.state(&change) == "applied");
    draining.finish(station.carrier());
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn offline_on_purpose_holds_the_queue_until_it_is_ended() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let draining = station.desk().drain_while_open();
    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(station.state(&change), "queued");
    assert_eq!(station.effects("update", &token), 0);

    station.does(CASHIER, "line.set", json!({"on_purpose": false}));
    wait_for(|| station.state(&change) == "applied");
    draining.finish(station.carrier());
}

#[test]
fn only_one_process_sends_from_a_folder() {
    let station = Station::open();
    let draining = station.desk().drain_while_open();
    wait_for(|| station.desk().doctor().is_ok_and(|report| report.drained_elsewhere));
    let seat = counterfoil_api::Seat::new();
    station.desk().sign_in(&seat, CASHIER, PIN).unwrap();
    let fault =
        station.desk().sync_until_idle(&seat, std::time::Duration::from_secs(1)).unwrap_err();
    assert_eq!(format!("{:?}", fault.code), "HeldElsewhere");
    draining.finish(station.carrier());
}

fn wait_for(done: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !done() {
        assert!(std::time::Instant::now() < deadline, "it did not come about in 20 s");
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
}

#[test]
fn now_instead_of_later_is_heard_by_a_drainer_in_another_program() {
    let station = Station::open();
    station.does(OWNER, "settings.set", json!({"key": "retry.max_ms", "value": "600000"}));
    station.does(OWNER, "settings.set", json!({"key": "retry.base_ms", "value": "600000"}));
    let (payment, _) = station.payment("300.00", false);
    station.sandbox.set_line(LineState::Refusing).unwrap();
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let draining = station.desk().drain_while_open();
    wait_for(|| station.change(&change)["last_error"].is_string());
    station.sandbox.set_line(LineState::Up).unwrap();

    let elsewhere = station.another_desk();
    let seat = counterfoil_api::Seat::new();
    elsewhere.sign_in(&seat, CASHIER, PIN).unwrap();
    let retry = json!({"call": "change.retry", "args": {"change_id": change}});
    elsewhere.call_json(&seat, retry).unwrap();
    wait_for(|| station.state(&change) == "applied");
    draining.finish(station.carrier());
}
