//! Failing lines, refused credentials, limits: when is it tried again?

use super::shell::{Shell, count};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::State;
use crate::engine::Input;
use crate::sample::{account_id, adjust, unknown};

fn never_left() -> SendEnd {
    SendEnd::NeverLeft { why: "no line".to_owned() }
}

fn unreachable() -> ReadEnd {
    ReadEnd::Unreachable { why: "no line".to_owned() }
}

fn for_now(retry_after_ms: Option<i64>) -> SendEnd {
    SendEnd::RefusedForNow { message: "busy".to_owned(), retry_after_ms }
}

/// The pauses between the sends of one change, milliseconds, to the step.
fn pauses(shell: &mut Shell, step: i64, steps: usize) -> Vec<i64> {
    let mut sent_at = Vec::new();
    for _ in 0..steps {
        if count(&shell.run(), "send") > 0 {
            sent_at.push(shell.now.as_millis());
        }
        shell.now = shell.now.plus_millis(step);
    }
    sent_at.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_try_that_never_left_is_tried_again_after_a_pause_that_doubles_up_to_the_longest() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", std::iter::repeat_n(never_left(), 6));
    assert_eq!(pauses(&mut shell, 500, 80), [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_no_for_now_is_tried_again_after_a_pause_that_doubles() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", std::iter::repeat_n(for_now(None), 5));
    assert_eq!(pauses(&mut shell, 500, 80), [1_000, 2_000, 4_000, 8_000, 8_000]);
}

#[test]
fn a_provider_that_asks_to_wait_is_not_asked_earlier_than_that() {
    let check = |asked: Option<i64>, expected: i64| {
        let mut shell = Shell::new();
        shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
        shell.script_sends("c1", [for_now(asked)]);
        assert_eq!(pauses(&mut shell, 500, 200), [expected], "{asked:?}");
        let mut shell = Shell::new();
        shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
        let unclear = ReadEnd::Unclear { why: "gateway".to_owned(), retry_after_ms: asked };
        shell.script_reads("c1", [unclear]);
        assert_eq!(
            shell.run(),
            ["read c1 BeforeSending".to_owned(), format!("plan c1 +{expected}")]
        );
    };
    check(Some(30_000), 30_000);
    check(Some(10), 1_000);
    check(Some(-5), 1_000);
    check(None, 1_000);
}

#[test]
fn a_line_that_is_down_is_knocked_at_once_for_all_changes_of_an_account_and_others_go_on() {
    let mut shell = Shell::new();
    for id in ["c1", "c2", "c3"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
        shell.script_reads(id, std::iter::repeat_n(unreachable(), 9));
    }
    shell.queue_at("d1", "other", &adjust("80.00"), RepeatSafety::Absolute);
    let told = shell.run();
    assert_eq!(count(&told, "read c"), 1, "{told:?}");
    assert_eq!(shell.state("d1"), State::Applied);
    assert_eq!(count(&shell.run_for(999), "read"), 0);
    assert_eq!(count(&shell.run_for(1), "read"), 1);
    assert_eq!(count(&shell.run_for(1_999), "read"), 0, "the pause has doubled");
    assert_eq!(count(&shell.run_for(1), "read"), 1);
}

#[test]
fn several_changes_that_fail_together_are_one_failure_of_the_line() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    for id in ["c1", "c2", "c3"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
        shell.script_sends(id, [never_left()]);
    }
    shell.run();
    for id in ["c1", "c2", "c3"] {
        shell.answer(id);
    }
    assert_eq!(count(&shell.run_for(999), "read"), 0);
    assert_eq!(count(&shell.run_for(1), "read"), 3);
}

#[test]
fn when_the_line_is_back_everything_behind_the_gate_goes_on_at_once() {
    let mut shell = Shell::new();
    for id in ["c1", "c2", "c3"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
    }
    shell.script_reads("c1", [unreachable()]);
    shell.run();
    shell.run_for(1_000);
    for id in ["c1", "c2", "c3"] {
        assert_eq!(shell.state(id), State::Applied, "{id}");
    }
}

#[test]
fn refused_credentials_pause_the_account_and_nothing_else() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.queue("c2", &adjust("70.00"), RepeatSafety::Absolute);
    shell.queue_at("d1", "other", &adjust("80.00"), RepeatSafety::Absolute);
    let refused = SendEnd::CredentialsRefused { message: "who are you".to_owned() };
    shell.script_sends("c1", [refused]);
    let told = shell.run_for(3_600_000);
    assert_eq!(count(&told, "send c"), 1, "{told:?}");
    assert_eq!(shell.paused, [account_id("acc")]);
    assert_eq!(shell.state("d1"), State::Applied);
    shell.hear(Input::Unpaused(account_id("acc")));
    shell.run_for(8_000);
    assert_eq!((shell.state("c1"), shell.state("c2")), (State::Applied, State::Applied));
}

#[test]
fn a_reading_that_is_refused_pauses_the_account_before_anything_is_sent() {
    let message = || "no".to_owned();
    for end in [
        ReadEnd::CredentialsRefused { message: message() },
        ReadEnd::NoSuchPayment { message: message() },
    ] {
        let mut shell = Shell::new();
        shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
        shell.script_reads("c1", [end]);
        let told = shell.run_for(3_600_000);
        assert_eq!(told, ["read c1 BeforeSending", "pause acc", "plan c1 +1000"]);
        assert_eq!(shell.state("c1"), State::Queued);
    }
}

#[test]
fn an_answer_to_another_change_does_not_end_the_pause() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.queue("c2", &adjust("70.00"), RepeatSafety::Absolute);
    shell.run();
    shell.script_sends("c1", [SendEnd::CredentialsRefused { message: "no".to_owned() }]);
    shell.answer("c1");
    shell.answer("c2");
    assert_eq!(shell.state("c2"), State::Applied);
    shell.hold_sends = false;
    assert_eq!(count(&shell.run_for(60_000), "send"), 0);
    assert_eq!(shell.state("c1"), State::Queued);
}

#[test]
fn a_paused_account_begins_nothing() {
    let mut shell = Shell::new();
    shell.hear(Input::Paused(account_id("acc")));
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.nudge("c1");
    assert_eq!(shell.run_for(60_000), Vec::<String>::new());
}

#[test]
fn a_closed_keyring_sends_nothing_and_is_tried_again() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.close_keyring("c1", true);
    let told = shell.run_for(20_000);
    assert_eq!((count(&told, "send"), count(&told, "store")), (0, 0));
    assert!(count(&told, "prepare") >= 3);
    shell.close_keyring("c1", false);
    shell.run_for(8_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn no_more_changes_are_under_way_than_the_till_allows() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    for number in 1..=6 {
        shell.queue(&format!("c{number}"), &adjust("80.00"), RepeatSafety::Absolute);
    }
    let told = shell.run();
    let sent: Vec<_> = told.iter().filter(|line| line.starts_with("send")).collect();
    assert_eq!(sent, ["send c1", "send c2", "send c3", "send c4"]);
    assert_eq!(shell.next_deadline(), None, "only an answer brings it on");
    assert_eq!(count(&shell.answer("c2"), "send c5"), 1);
}

#[test]
fn a_lane_that_is_stuck_delays_the_others_by_nothing() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", [unknown()]);
    shell.set_payment("c1", crate::sample::base("100.00"));
    shell.queue("c2", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c2", [for_now(None)]);
    for number in 3..=20 {
        shell.queue(&format!("c{number}"), &adjust("80.00"), RepeatSafety::Absolute);
    }
    let before = shell.now;
    shell.run();
    assert_eq!(shell.now, before);
    for number in 3..=20 {
        assert_eq!(shell.state(&format!("c{number}")), State::Applied, "{number}");
    }
    assert_eq!((shell.state("c1"), shell.state("c2")), (State::InDoubt, State::Queued));
}

#[test]
fn a_nudge_tries_at_once_what_waits_for_its_pause_or_for_the_line() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", [for_now(Some(600_000))]);
    shell.run();
    shell.nudge("c1");
    shell.run();
    assert_eq!(shell.state("c1"), State::Applied);
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", [never_left()]);
    shell.run();
    assert_eq!(shell.run(), Vec::<String>::new());
    shell.nudge("c1");
    shell.run();
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_nudge_does_not_shorten_the_time_an_effect_may_take_to_show() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.script_sends("c1", [unknown()]);
    shell.run();
    shell.nudge("c1");
    let told = shell.run();
    assert_eq!(told, ["read c1 Doubt", "plan c1 +10000"]);
}
