//! What needs a second person is sent only while what they gave holds.

use super::shell::{Shell, count};
use crate::approval::{Standing, Void};
use crate::capability::RepeatSafety;
use crate::change::State;
use crate::command::Command;
use crate::sample::{adjust, agreed, at, base, refund, start, unknown};

fn holds(until: i64) -> Standing {
    Standing::Holds { until: at(1_000_000 + until) }
}

/// A change that somebody agreed to, and how that stands.
fn agreed_to(command: &Command, safety: RepeatSafety, standing: Standing) -> Shell {
    let mut shell = Shell::new();
    shell.keep(agreed("c1", command), safety);
    shell.approval("c1", standing);
    shell.offer("c1");
    shell
}

#[test]
fn a_void_approval_is_recorded_and_nothing_is_read_or_sent() {
    for command in [adjust("80.00"), refund("5.00"), start("20.00")] {
        for why in Void::ALL {
            let standing = Standing::Void(why);
            let mut shell = agreed_to(&command, RepeatSafety::HumanOnly, standing);
            let told = shell.run_for(60_000);
            assert_eq!(count(&told, "send c1") + count(&told, "read c1"), 0, "{told:?}");
            assert_eq!(shell.state("c1"), State::AwaitingApproval);
            assert_eq!(shell.change("c1").why, Some(why.to_string()));
        }
    }
}

#[test]
fn an_approval_that_holds_or_none_that_is_needed_is_sent() {
    for standing in [Standing::NotNeeded, holds(1), holds(60_000)] {
        let mut shell = agreed_to(&adjust("80.00"), RepeatSafety::Absolute, standing);
        assert_eq!(count(&shell.run(), "send c1"), 1, "{standing:?}");
    }
}

#[test]
fn an_approval_holds_until_its_moment_and_not_at_it() {
    let check = |until: i64, sends: usize| {
        let mut shell = agreed_to(&start("20.00"), RepeatSafety::HumanOnly, holds(until));
        assert_eq!(count(&shell.run(), "send c1"), sends, "{until}");
    };
    check(1, 1);
    check(0, 0);
    check(-1, 0);
}

#[test]
fn an_approval_that_grows_too_old_while_the_payment_is_read_is_void() {
    let mut shell = agreed_to(&adjust("80.00"), RepeatSafety::Absolute, holds(5_000));
    shell.hold_reads = true;
    assert_eq!(count(&shell.run(), "read c1"), 1);
    shell.now = shell.now.plus_millis(5_000);
    let told = shell.answer_read("c1");
    assert_eq!(count(&told, "send c1"), 0, "{told:?}");
    assert_eq!(shell.state("c1"), State::AwaitingApproval);
}

#[test]
fn a_doubt_is_not_repeated_on_an_approval_that_holds_no_more() {
    let mut shell = agreed_to(&refund("5.00"), RepeatSafety::WithKey, holds(500));
    shell.script_sends("c1", [unknown()]);
    let told = shell.run_for(50_000);
    assert_eq!(count(&told, "send c1"), 1, "{told:?}");
    assert_eq!(shell.state("c1"), State::InDoubt, "a doubt stays a doubt");
    let mut shell = agreed_to(&refund("5.00"), RepeatSafety::WithKey, holds(50_000));
    shell.script_sends("c1", [unknown()]);
    assert_eq!(count(&shell.run_for(50_000), "send c1"), 2, "the same with one that holds");
}

#[test]
fn what_is_proved_not_applied_goes_again_only_while_the_approval_holds() {
    let check = |until: i64, sends: usize, state: State| {
        let mut shell = agreed_to(&adjust("80.00"), RepeatSafety::ReadBack, holds(until));
        shell.script_sends("c1", [unknown()]);
        shell.set_payment("c1", base("100.00"));
        let told = shell.run_for(60_000);
        assert_eq!((count(&told, "send c1"), shell.state("c1")), (sends, state), "{until}");
    };
    check(500_000, 2, State::Applied);
    check(500, 1, State::AwaitingApproval);
}
