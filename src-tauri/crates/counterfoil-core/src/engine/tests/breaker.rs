//! An account's way to its provider: when is it not asked at all, and how many at a time?

use super::shell::{Shell, count};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::State;
use crate::sample::{account_id, adjust, unknown};

fn unreachable() -> ReadEnd {
    ReadEnd::Unreachable { why: "no line".to_owned() }
}

fn unclear(retry_after_ms: Option<i64>) -> ReadEnd {
    ReadEnd::Unclear { why: "half a page".to_owned(), retry_after_ms }
}

/// A shell with this many changes of one account, each on a payment of its own.
fn queued(many: usize) -> (Shell, Vec<String>) {
    let mut shell = Shell::new();
    let ids: Vec<String> = (1..=many).map(|number| format!("c{number}")).collect();
    for id in &ids {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
    }
    (shell, ids)
}

fn open_until(shell: &Shell) -> Option<i64> {
    let open = shell.open_until.get(&account_id("acc")).copied().flatten();
    open.map(|until| until.as_millis() - shell.now.as_millis())
}

#[test]
fn a_line_that_is_down_is_shown_as_such_and_so_is_its_return() {
    let (mut shell, _) = queued(1);
    shell.script_reads("c1", [unreachable()]);
    shell.run();
    assert_eq!(open_until(&shell), Some(1_000));
    shell.run_for(1_000);
    assert_eq!(open_until(&shell), None);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn exactly_one_change_tries_whether_the_line_is_back() {
    let (mut shell, ids) = queued(6);
    for id in &ids {
        shell.script_reads(id, std::iter::repeat_n(unreachable(), 3));
    }
    shell.run();
    for pause in [1_000, 2_000, 4_000, 8_000, 8_000] {
        assert_eq!(count(&shell.run_for(pause - 1), "read"), 0, "{pause}");
        assert_eq!(count(&shell.run_for(1), "read"), 1, "{pause}");
    }
}

#[test]
fn one_unclear_answer_is_a_hiccup_and_three_in_a_row_leave_the_account_alone() {
    let check = |bad: usize, expected: bool| {
        let (mut shell, ids) = queued(bad);
        for id in &ids {
            shell.script_reads(id, [unclear(None)]);
        }
        shell.run();
        assert_eq!(open_until(&shell).is_some(), expected, "{bad}");
    };
    check(1, false);
    check(2, false);
    check(3, true);
}

#[test]
fn a_clear_answer_in_between_begins_the_count_anew() {
    let (mut shell, _) = queued(5);
    for id in ["c1", "c2", "c4", "c5"] {
        shell.script_reads(id, [unclear(None)]);
    }
    shell.hold_sends = true;
    let told = shell.run();
    assert_eq!(count(&told, "read"), 5, "{told:?}");
    assert_eq!(open_until(&shell), None);
}

#[test]
fn lost_answers_to_sends_count_as_well() {
    let (mut shell, ids) = queued(6);
    shell.hold_sends = true;
    shell.run();
    for id in &ids[..4] {
        shell.script_sends(id, [unknown()]);
    }
    shell.answer("c1");
    shell.answer("c2");
    assert_eq!(open_until(&shell), None, "the looks in between were answered");
    assert_eq!(shell.state("c1"), State::InDoubt);
}

#[test]
fn a_change_that_cannot_be_written_delays_no_other() {
    let (mut shell, _) = queued(5);
    shell.not_writable("c1");
    shell.run();
    for _ in 0..4 {
        shell.run_for(8_000);
    }
    assert_eq!(open_until(&shell), None);
    assert_eq!(shell.outages, []);
    assert_eq!(shell.state("c1"), State::Queued);
    for id in ["c2", "c3", "c4", "c5"] {
        assert_eq!(shell.state(id), State::Applied, "{id}");
    }
}

#[test]
fn a_provider_that_asks_to_wait_is_left_alone_by_the_whole_account_and_no_other() {
    let (mut shell, _) = queued(3);
    shell.script_reads("c1", [unclear(Some(30_000))]);
    shell.queue_at("d1", "other", &adjust("80.00"), RepeatSafety::Absolute);
    let told = shell.run();
    assert_eq!(count(&told, "read c"), 1, "{told:?}");
    assert_eq!(shell.state("d1"), State::Applied);
    assert_eq!(count(&shell.run_for(29_999), "read"), 0);
    shell.run_for(1);
    assert_eq!((shell.state("c1"), shell.state("c3")), (State::Applied, State::Applied));
}

#[test]
fn a_wait_of_more_than_an_hour_is_taken_for_a_mistake() {
    let (mut shell, _) = queued(1);
    shell.script_reads("c1", [unclear(Some(i64::MAX))]);
    shell.run();
    assert_eq!(open_until(&shell), Some(3_600_000));
    shell.run_for(3_600_000);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_closed_keyring_is_tried_by_one_change_at_a_time_and_is_no_outage_of_the_provider() {
    let (mut shell, ids) = queued(4);
    for id in &ids {
        shell.close_keyring(id, true);
    }
    let told = shell.run();
    assert!(count(&told, "prepare") <= 4, "{told:?}");
    let told = shell.run_for(60_000);
    let pauses = 60_000 / 1_000;
    assert!(count(&told, "prepare") < pauses, "{told:?}");
    assert!(shell.outages.is_empty());
}

#[test]
fn an_account_that_hangs_leaves_room_for_the_others() {
    let mut shell = Shell::with_per_account(2);
    shell.hold_sends = true;
    for number in 1..=9 {
        shell.queue(&format!("c{number}"), &adjust("80.00"), RepeatSafety::Absolute);
    }
    shell.run();
    shell.queue_at("d1", "other", &adjust("80.00"), RepeatSafety::Absolute);
    let told = shell.run();
    assert_eq!(count(&told, "send d1"), 1, "{told:?}");
}

#[test]
fn accounts_take_turns_however_long_the_queue_of_one_is() {
    let mut shell = Shell::with_per_account(4);
    shell.hold_sends = true;
    for number in 1..=9 {
        shell.queue(&format!("c{number}"), &adjust("80.00"), RepeatSafety::Absolute);
    }
    for number in 1..=3 {
        shell.queue_at(&format!("d{number}"), "other", &adjust("80.00"), RepeatSafety::Absolute);
    }
    let told = shell.run();
    assert_eq!((count(&told, "send c"), count(&told, "send d")), (2, 2), "{told:?}");
}

#[test]
fn requests_to_an_account_come_no_closer_together_than_it_allows() {
    let mut shell = Shell::new();
    shell.spacing_ms = 500;
    for id in ["c1", "c2", "c3"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
    }
    shell.queue_at("d1", "other", &adjust("80.00"), RepeatSafety::Absolute);
    let told = shell.run();
    let asked = |told: &[String]| count(told, "read c") + count(told, "send c");
    assert_eq!(asked(&told), 1, "{told:?}");
    assert_eq!(shell.state("d1"), State::Applied, "another account has its own turns");
    let mut requests = 1;
    for _ in 0..8 {
        assert_eq!(asked(&shell.run_for(499)), 0);
        requests += asked(&shell.run_for(1));
    }
    assert_eq!(requests, 9, "three changes of three requests each");
    assert_eq!(shell.state("c3"), State::Applied);
}

#[test]
fn what_is_stored_to_be_sent_goes_before_what_is_only_read() {
    let mut shell = Shell::new();
    shell.spacing_ms = 100;
    for id in ["c1", "c2"] {
        shell.queue(id, &adjust("80.00"), RepeatSafety::Absolute);
    }
    let told = shell.run_for(100);
    let wire: Vec<_> = told.iter().filter(|line| !line.starts_with("prepare")).collect();
    assert_eq!(wire, ["read c1 BeforeSending", "send c1", "store c1 applied"]);
}

#[test]
fn a_line_that_fails_while_something_is_stored_to_be_sent_does_not_hold_it_back() {
    let (mut shell, _) = queued(1);
    shell.script_sends("c1", [SendEnd::NeverLeft { why: "no line".to_owned() }]);
    let told = shell.run();
    assert_eq!(told[1..4], ["prepare c1", "send c1", "store c1 never_left"]);
    assert_eq!(open_until(&shell), Some(1_000));
}
