//! After a lost answer.

use super::shell::{SETTLE_MS, Shell, count};
use crate::capability::RepeatSafety;
use crate::change::{Event, Finding, State};
use crate::command::Command;
use crate::engine::Input;
use crate::payment::{Base, PaymentState};
use crate::sample::{
    adjust, applied, attempt_started, base, cancel, change_id, queued, refund, start, take, unknown,
};

/// A change whose only answer so far was lost, right after it was lost.
fn lost(command: &Command, safety: RepeatSafety) -> Shell {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", command, safety);
    shell.script_sends("c1", [unknown()]);
    assert_eq!(count(&shell.run(), "send"), 1);
    shell.hold_sends = false;
    shell
}

#[test]
fn a_lost_answer_whose_effect_is_there_is_applied_and_not_sent_again() {
    let check = |command: &Command, safety: RepeatSafety, now: Base| {
        let mut shell = lost(command, safety);
        shell.set_payment("c1", now);
        let told = shell.answer("c1");
        assert_eq!(told[0], "store c1 unknown");
        assert_eq!(told[1..3], ["read c1 Doubt", "store c1 proved_applied"]);
        assert_eq!(shell.state("c1"), State::Applied);
        assert_eq!(count(&shell.run_for(3_600_000), "send"), 0);
    };
    let cancelled = || Base { state: PaymentState::Cancelled, ..base("100.00") };
    check(&adjust("80.00"), RepeatSafety::Absolute, base("80.00"));
    check(&adjust("120.00"), RepeatSafety::ReadBackThenHuman, base("120.00"));
    check(&cancel(), RepeatSafety::ReadBack, cancelled());
}

#[test]
fn an_unchanged_payment_is_sent_to_again_only_after_the_provider_had_time_to_show_it() {
    for (command, safety) in
        [(adjust("80.00"), RepeatSafety::Absolute), (cancel(), RepeatSafety::ReadBack)]
    {
        let mut shell = lost(&command, safety);
        let told = shell.answer("c1");
        assert_eq!(told.last().map(String::as_str), Some("plan c1 +10000"), "{told:?}");
        assert_eq!(shell.run_for(SETTLE_MS - 1), Vec::<String>::new());
        assert_eq!(shell.state("c1"), State::InDoubt);
        let told = shell.run_for(1);
        let expected = ["read c1 Doubt", "store c1 proved_not_applied", "plan c1 +1000"];
        assert_eq!(told, expected);
        let told = shell.run_for(1_000);
        assert_eq!(told[..2], ["read c1 BeforeSending", "prepare c1"]);
        assert_eq!((shell.state("c1"), count(&told, "send")), (State::Applied, 1));
        assert_eq!(shell.change("c1").attempts.len(), 2);
    }
}

#[test]
fn an_effect_that_shows_late_but_in_time_is_not_sent_again() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute);
    shell.answer("c1");
    shell.set_payment("c1", base("80.00"));
    let told = shell.run_for(SETTLE_MS);
    assert_eq!((shell.state("c1"), count(&told, "send")), (State::Applied, 0));
}

#[test]
fn a_payment_that_somebody_else_changed_stays_in_doubt_and_is_never_sent_to_again() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute);
    shell.set_payment("c1", base("90.00"));
    let mut told = shell.answer("c1");
    told.extend(shell.run_for(3_600_000));
    assert_eq!((shell.state("c1"), count(&told, "send")), (State::InDoubt, 0));
    assert!(count(&told, "read c1 Doubt") > 5, "looks go on");
    assert!(count(&told, "plan c1") > 5, "and are shown");
    // What a look proves later still counts.
    shell.set_payment("c1", base("80.00"));
    shell.run_for(300_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_lost_refund_or_start_waits_for_a_person_without_a_single_look() {
    for command in [refund("5.00"), start("5.00")] {
        let mut shell = lost(&command, RepeatSafety::HumanOnly);
        assert_eq!(shell.answer("c1"), ["store c1 unknown", "plan c1 a person"]);
        shell.nudge("c1");
        assert_eq!(shell.run_for(86_400_000), Vec::<String>::new());
        assert_eq!(shell.state("c1"), State::InDoubt);
    }
}

#[test]
fn a_doubt_from_before_a_restart_waits_for_a_person_as_well() {
    for command in [refund("5.00"), start("5.00")] {
        let mut shell = lost(&command, RepeatSafety::HumanOnly);
        shell.answer("c1");
        let change = shell.change("c1").clone();
        let mut shell = Shell::new();
        shell.keep(change, RepeatSafety::HumanOnly);
        shell.offer("c1");
        assert_eq!(shell.run_for(86_400_000), ["plan c1 a person"]);
    }
}

#[test]
fn an_increase_that_does_not_show_is_left_to_a_person_but_looked_for() {
    let mut shell = lost(&adjust("120.00"), RepeatSafety::ReadBackThenHuman);
    let mut told = shell.answer("c1");
    told.extend(shell.run_for(3_600_000));
    assert_eq!((shell.state("c1"), count(&told, "send")), (State::InDoubt, 0));
    shell.set_payment("c1", base("120.00"));
    shell.run_for(300_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn an_amount_that_was_there_before_the_attempt_proves_nothing() {
    // New lines, same total: the reading before shows the total already.
    let command =
        Command::Adjust { total: base("100.00").amount, invoice: None, items: Vec::new() };
    let mut shell = lost(&command, RepeatSafety::ReadBackThenHuman);
    shell.answer("c1");
    shell.run_for(60_000);
    assert_eq!(shell.state("c1"), State::InDoubt);
    let mut shell = lost(&command, RepeatSafety::Absolute);
    shell.answer("c1");
    let told = shell.run_for(SETTLE_MS + 1_000);
    assert_eq!(count(&told, "store c1 proved_not_applied"), 1);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn only_the_decision_that_it_did_not_happen_sends_a_refund_again() {
    for (finding, sends, state) in [
        (Finding::Happened, 0, State::Applied),
        (Finding::Wait, 0, State::InDoubt),
        (Finding::NotHappened, 1, State::Applied),
    ] {
        let mut shell = lost(&refund("5.00"), RepeatSafety::HumanOnly);
        shell.answer("c1");
        let event = Event::Resolved {
            by: crate::sample::staff("bob"),
            with: crate::sample::staff("carol"),
            finding,
            reason: "the provider's statement".to_owned(),
            evidence: "e".to_owned(),
        };
        shell.store(&change_id("c1"), event);
        shell.hear(Input::Gone(change_id("c1")));
        if !shell.state("c1").is_final() {
            shell.offer("c1");
        }
        let told = shell.run_for(60_000);
        assert_eq!((count(&told, "send"), shell.state("c1")), (sends, state), "{finding:?}");
    }
}

#[test]
fn what_was_being_sent_when_the_program_ended_is_in_doubt_and_not_queued() {
    let check = |command: &Command, safety: RepeatSafety, then: &[&str]| {
        let mut change = queued("c1", command);
        take(&mut change, attempt_started("A0"));
        let mut shell = Shell::new();
        shell.keep(change, safety);
        shell.offer("c1");
        let told = shell.run();
        assert_eq!(told[0], "store c1 interrupted");
        assert_eq!(told[1..], *then);
        assert_eq!(shell.state("c1"), State::InDoubt);
    };
    let look = ["read c1 Doubt", "plan c1 +10000"];
    check(&refund("5.00"), RepeatSafety::HumanOnly, &["plan c1 a person"]);
    check(&adjust("80.00"), RepeatSafety::Absolute, &look);
    check(&cancel(), RepeatSafety::ReadBack, &look);
}

#[test]
fn a_refund_is_sent_at_most_once_whatever_is_told_to_the_engine() {
    let mut shell = lost(&refund("5.00"), RepeatSafety::HumanOnly);
    shell.answer("c1");
    shell.script_sends("c1", [applied()]);
    for _ in 0..20 {
        shell.offer("c1");
        shell.nudge("c1");
        shell.hear(Input::Unpaused(crate::sample::account_id("acc")));
        assert_eq!(count(&shell.run_for(60_000), "send"), 0);
    }
}
