//! What may be done again after a lost answer, for each kind of repeat-safety.

use super::shell::{KEY_RETENTION_MS, SETTLE_MS, Shell, count};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Attempt, State};
use crate::command::Command;
use crate::engine::Input;
use crate::payment::Base;
use crate::sample::{adjust, base, gbp, refund, unknown};

/// A payment of 100.00 of which this much was returned, as the provider says.
fn returned(sum: &str) -> Base {
    Base { refunded: Some(gbp(sum)), ..base("100.00") }
}

/// A change of a payment whose refunds can be read, whose first answers are lost.
fn lost(command: &Command, safety: RepeatSafety, times: usize) -> Shell {
    let mut shell = Shell::new();
    shell.queue_on("c1", returned("0.00"), command, safety);
    shell.script_sends("c1", std::iter::repeat_n(unknown(), times));
    shell
}

fn sends(told: &[String]) -> usize {
    count(told, "send c1")
}

#[test]
fn a_keyed_change_is_sent_again_with_the_same_key_and_bytes_after_growing_pauses() {
    let mut shell = lost(&refund("5.00"), RepeatSafety::WithKey, 3);
    assert_eq!(sends(&shell.run_for(20_000)), 4);
    assert_eq!(shell.state("c1"), State::Applied);
    let attempts = &shell.change("c1").attempts;
    let pause = |pair: &[Attempt]| pair[1].started_at.millis_since(pair[0].started_at);
    let pauses: Vec<_> = attempts.windows(2).map(pause).collect();
    assert_eq!(pauses, [1_000, 2_000, 4_000]);
    for attempt in attempts {
        assert_eq!(attempt.record, attempts[0].record);
        assert_eq!(attempt.baseline, attempts[0].baseline);
    }
}

#[test]
fn a_provider_that_answers_again_and_again_and_never_clearly_is_a_persons_matter() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::WithKey, 99);
    shell.http_status = Some(200);
    let told = shell.run_for(KEY_RETENTION_MS / 2);
    assert_eq!(sends(&told), 5, "{told:?}");
    assert_eq!(shell.state("c1"), State::InDoubt);
    shell.set_payment("c1", Base { refunded: Some(gbp("0.00")), ..base("80.00") });
    assert_eq!(sends(&shell.run_for(600_000)), 0);
    assert_eq!(shell.state("c1"), State::Applied, "looks go on and may still prove it");
}

#[test]
fn a_refund_whose_key_counts_no_more_is_never_sent_again_by_the_till() {
    let mut shell = lost(&refund("5.00"), RepeatSafety::WithKey, 99);
    shell.run_for(KEY_RETENTION_MS);
    assert_eq!(sends(&shell.run_for(KEY_RETENTION_MS * 10)), 0);
    assert_eq!(shell.state("c1"), State::InDoubt);
    shell.set_payment("c1", returned("5.00"));
    shell.run_for(600_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_key_that_is_too_old_is_not_trusted_a_reading_is() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::WithKey, 99);
    shell.run_for(KEY_RETENTION_MS);
    let before = shell.change("c1").attempts.len();
    let told = shell.run_for(SETTLE_MS * 2);
    let first_look = told.iter().position(|line| line.contains("proved_not_applied"));
    let first_send = told.iter().position(|line| line == "send c1");
    assert!(first_look < first_send, "{told:?}");
    assert!(before > 3);
}

#[test]
fn a_keyed_change_whose_effect_is_there_is_applied_without_another_sending() {
    let mut shell = lost(&refund("5.00"), RepeatSafety::WithKey, 1);
    shell.hold_sends = true;
    shell.run();
    shell.hold_sends = false;
    shell.set_payment("c1", returned("5.00"));
    let told = shell.answer("c1");
    assert_eq!((sends(&told), shell.state("c1")), (0, State::Applied));
}

#[test]
fn a_refund_that_can_be_read_is_proved_by_exactly_its_sum_and_nothing_else() {
    let check = |safety: RepeatSafety, now: Base, expected: State| {
        let mut shell = lost(&refund("5.00"), safety, 1);
        shell.hold_sends = true;
        shell.run();
        shell.hold_sends = false;
        shell.set_payment("c1", now);
        let mut told = shell.answer("c1");
        told.extend(shell.run_for(3_600_000));
        assert_eq!(shell.state("c1"), expected, "{safety:?}");
        assert_eq!(sends(&told), 0, "{safety:?}");
    };
    for safety in [RepeatSafety::ReadBack, RepeatSafety::ReadBackThenHuman, RepeatSafety::WithKey] {
        check(safety, returned("5.00"), State::Applied);
        check(safety, returned("5.01"), State::InDoubt);
        check(safety, returned("10.00"), State::InDoubt);
        check(safety, Base { refunded: None, ..base("100.00") }, State::InDoubt);
    }
    check(RepeatSafety::HumanOnly, returned("5.00"), State::InDoubt);
}

#[test]
fn a_refund_that_did_not_happen_is_sent_again_only_where_a_reading_may_prove_that() {
    for (safety, expected) in [
        (RepeatSafety::ReadBack, 2),
        (RepeatSafety::ReadBackThenHuman, 1),
        (RepeatSafety::HumanOnly, 1),
    ] {
        let mut shell = lost(&refund("5.00"), safety, 1);
        let told = shell.run_for(3_600_000);
        assert_eq!(sends(&told), expected, "{safety:?}");
    }
}

#[test]
fn each_doubt_of_one_change_waits_longer_before_it_is_sent_again() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute, 4);
    let mut pauses = Vec::new();
    for line in shell.run_for(120_000) {
        if let Some(pause) = line.strip_prefix("plan c1 +").filter(|pause| *pause != "10000") {
            pauses.push(pause.to_owned());
        }
    }
    assert_eq!(pauses, ["1000", "2000", "4000", "8000"]);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_reading_tells_of_the_moment_it_was_asked_for_and_not_of_the_one_it_was_heard() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute, 1);
    shell.hold_reads = true;
    shell.run();
    shell.answer_read("c1");
    shell.run();
    // The look after the lost answer is under way while the effect may still show.
    shell.now = shell.now.plus_millis(SETTLE_MS * 3);
    let told = shell.answer_read("c1");
    assert_eq!(count(&told, "store c1 proved_not_applied"), 0, "{told:?}");
    shell.run_for(SETTLE_MS);
    let told = shell.answer_read("c1");
    assert_eq!(count(&told, "store c1 proved_not_applied"), 1, "{told:?}");
}

#[test]
fn a_reading_that_proves_nothing_is_kept_as_evidence_where_it_says_something_new() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute, 1);
    shell.hold_sends = true;
    shell.run();
    shell.hold_sends = false;
    shell.set_payment("c1", base("90.00"));
    let mut told = shell.answer("c1");
    told.extend(shell.run_for(3_600_000));
    assert!(count(&told, "read c1 Doubt") > 5);
    assert_eq!(count(&told, "store c1 read_back"), 1);
    shell.set_payment("c1", base("95.00"));
    shell.run_for(300_000);
    let readings: Vec<_> = shell.change("c1").readings.iter().map(|r| r.now.amount).collect();
    assert_eq!(readings, [gbp("90.00"), gbp("95.00")]);
}

#[test]
fn nothing_new_is_prepared_once_a_person_has_said_stop() {
    let mut shell = Shell::new();
    shell.hold_reads = true;
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.run();
    shell.hear(Input::OnPurpose(true));
    assert_eq!(count(&shell.answer_read("c1"), "prepare"), 0);
    shell.hear(Input::OnPurpose(false));
    shell.run();
    shell.hear(Input::Paused(crate::sample::account_id("acc")));
    assert_eq!(count(&shell.answer_read("c1"), "prepare"), 0);
    assert_eq!(shell.state("c1"), State::Queued);
}

#[test]
fn an_answer_to_another_attempt_ends_nothing() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.run();
    let attempt_id = crate::sample::attempt_id("A77");
    let end = SendEnd::Refused { message: "late".to_owned() };
    let change_id = crate::sample::change_id("c1");
    shell.hear(Input::SendDone {
        change_id,
        attempt_id,
        end,
        http_status: None,
        correlation_id: None,
    });
    assert_eq!(shell.run(), Vec::<String>::new());
    shell.answer("c1");
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_look_that_fails_leaves_a_doubt_a_doubt() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute, 1);
    shell.hold_sends = true;
    shell.run();
    shell.hold_sends = false;
    let end = || ReadEnd::Unreachable { why: "no line".to_owned() };
    shell.script_reads("c1", std::iter::repeat_with(end).take(3));
    shell.answer("c1");
    assert_eq!(shell.state("c1"), State::InDoubt);
    shell.run_for(60_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_repetition_without_an_effect_of_its_own_leaves_the_doubt_a_doubt() {
    for end in [
        SendEnd::NeverLeft { why: "no line".to_owned() },
        SendEnd::RefusedForNow { message: "busy".to_owned(), retry_after_ms: None },
        SendEnd::CredentialsRefused { message: "who are you".to_owned() },
    ] {
        let mut shell = lost(&refund("5.00"), RepeatSafety::WithKey, 1);
        shell.script_sends("c1", [end.clone()]);
        while shell.change("c1").attempts.len() < 2 {
            shell.run_for(500);
        }
        assert_eq!(shell.state("c1"), State::InDoubt, "{end:?}");
    }
}

#[test]
fn what_waits_for_its_turn_to_read_stands_down_when_a_person_says_stop() {
    let mut shell = Shell::new();
    shell.spacing_ms = 1_000;
    for id in ["c1", "c2"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
    }
    assert_eq!(count(&shell.run(), "read"), 1);
    shell.hear(Input::OnPurpose(true));
    let told = shell.run_for(60_000);
    assert_eq!((count(&told, "read c2"), shell.state("c1")), (0, State::Applied), "{told:?}");
    assert!(shell.engine.is_at_rest());
    shell.hear(Input::OnPurpose(false));
    shell.run_for(10_000);
    assert_eq!(shell.state("c2"), State::Applied);
}

#[test]
fn what_was_before_the_machine_was_started_may_have_been_just_now() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::Absolute, 1);
    shell.run();
    // The machine is off; the clock of its new start says that a day has passed.
    shell.now = shell.now.plus_millis(86_400_000);
    shell.counted_from = shell.now;
    let told = shell.run_for(SETTLE_MS - 1);
    assert_eq!(count(&told, "store c1 proved_not_applied"), 0, "{told:?}");
    assert_eq!(count(&shell.run_for(1), "store c1 proved_not_applied"), 1);
}

#[test]
fn a_key_whose_age_cannot_be_told_is_not_trusted() {
    let mut shell = lost(&adjust("80.00"), RepeatSafety::WithKey, 1);
    shell.run();
    shell.counted_from = shell.now.plus_millis(1);
    let told = shell.run_for(SETTLE_MS);
    assert_eq!(sends(&told), 0, "{told:?}");
    shell.run_for(SETTLE_MS);
    assert_eq!((shell.change("c1").attempts.len(), shell.state("c1")), (2, State::Applied));
}

#[test]
fn a_key_is_as_old_as_it_is_when_the_reading_is_heard() {
    let mut shell = lost(&refund("5.00"), RepeatSafety::WithKey, 1);
    shell.run();
    shell.hold_reads = true;
    shell.run_for(2_000);
    shell.now = shell.now.plus_millis(KEY_RETENTION_MS);
    assert_eq!(sends(&shell.answer_read("c1")), 0);
}
