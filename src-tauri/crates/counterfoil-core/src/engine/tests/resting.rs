//! Working offline on purpose, stopping, and when there is nothing left to do.

use super::shell::{Shell, count};
use crate::answer::SendEnd;
use crate::capability::RepeatSafety;
use crate::change::State;
use crate::engine::{Input, Output, Rest, WaitWhy};
use crate::sample::{account_id, adjust, base, change_id, needs_customer, refund, unknown};

#[test]
fn offline_on_purpose_begins_nothing_but_finishes_what_is_under_way() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.run();
    shell.hear(Input::OnPurpose(true));
    shell.queue("c2", &adjust("70.00"), RepeatSafety::Absolute);
    shell.nudge("c2");
    assert_eq!(shell.run_for(60_000), Vec::<String>::new());
    assert_eq!(shell.rest(), Rest::Busy);
    assert_eq!(shell.answer("c1"), ["store c1 applied", "read c1 Confirm", "release c1"]);
    assert_eq!(shell.rest(), Rest::Idle);
    assert_eq!(shell.next_deadline(), None);
    shell.hear(Input::OnPurpose(false));
    shell.hold_sends = false;
    shell.run();
    assert_eq!(shell.state("c2"), State::Applied);
}

#[test]
fn the_engine_is_busy_then_waits_for_a_moment_then_is_idle() {
    let mut shell = Shell::new();
    assert_eq!(shell.rest(), Rest::Idle);
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    assert_eq!(shell.rest(), Rest::Busy);
    shell.script_sends("c1", [SendEnd::NeverLeft { why: "no line".to_owned() }]);
    shell.run();
    let next = shell.now.plus_millis(1_000);
    assert_eq!(shell.rest(), Rest::Until(next));
    assert_eq!(shell.next_deadline(), Some((next, WaitWhy::Retry)));
    shell.run_for(1_000);
    assert_eq!(shell.rest(), Rest::Idle);
    assert_eq!(shell.next_deadline(), None);
}

#[test]
fn an_effect_that_may_still_show_is_worth_waiting_for() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", [unknown()]);
    shell.run();
    let next = shell.now.plus_millis(10_000);
    assert_eq!(shell.rest(), Rest::Until(next));
    assert_eq!(shell.next_deadline(), Some((next, WaitWhy::Settle)));
}

#[test]
fn waiting_for_a_person_or_the_customer_is_rest_but_looks_go_on() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("120.00"), RepeatSafety::ReadBackThenHuman);
    shell.script_sends("c1", [needs_customer()]);
    shell.run();
    assert_eq!(shell.rest(), Rest::Idle);
    let deadline = shell.next_deadline();
    assert_eq!(deadline, Some((shell.now.plus_millis(5_000), WaitWhy::Customer)));

    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.hold_sends = true;
    shell.run();
    shell.script_sends("c1", [unknown()]);
    shell.set_payment("c1", base("90.00"));
    shell.answer("c1");
    assert_eq!(shell.rest(), Rest::Idle);
    assert!(matches!(shell.next_deadline(), Some((_, WaitWhy::Person))));

    let mut shell = Shell::new();
    shell.queue("c1", &refund("5.00"), RepeatSafety::HumanOnly);
    shell.script_sends("c1", [unknown()]);
    shell.run();
    assert_eq!((shell.rest(), shell.next_deadline()), (Rest::Idle, None));
}

#[test]
fn a_paused_account_is_no_reason_to_wait() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.hear(Input::Paused(account_id("acc")));
    assert_eq!((shell.rest(), shell.next_deadline()), (Rest::Idle, None));
}

#[test]
fn a_shell_that_stops_finishes_what_was_begun_and_begins_nothing() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    assert_eq!(shell.engine.poll_started(shell.now), None);
    assert!(shell.engine.is_at_rest());
    let output = shell.engine.poll(shell.now);
    assert!(matches!(output, Some(Output::Read { .. })));
    assert!(!shell.engine.is_at_rest());
    let why = "the keyring is closed".to_owned();
    shell.hear(Input::SecretsClosed { change_id: change_id("c1"), why });
    assert!(matches!(shell.engine.poll_started(shell.now), Some(Output::Breaker { .. })));
    assert!(matches!(shell.engine.poll_started(shell.now), Some(Output::Wait { .. })));
    shell.hear(Input::Parked(change_id("c1")));
    assert!(matches!(shell.engine.poll_started(shell.now), Some(Output::Released { .. })));
    assert!(shell.engine.is_at_rest());
}

#[test]
fn looking_for_the_customer_gets_slower_but_never_stops() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("120.00"), RepeatSafety::ReadBackThenHuman);
    shell.script_sends("c1", [needs_customer()]);
    shell.run();
    let first = count(&shell.run_for(600_000), "read");
    let second = count(&shell.run_for(600_000), "read");
    assert!(first > second && second == 10, "{first} then {second}");
}
