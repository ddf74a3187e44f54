//! A change that is sent only once something shows elsewhere.

use super::shell::{Shell, count};
use crate::answer::ReadEnd;
use crate::capability::RepeatSafety;
use crate::change::{ConditionSeen, State};
use crate::engine::{Input, Rest};
use crate::payment::{PaymentFacts, PaymentState};
use crate::sample::{adjust, at, base, change_id, condition, gbp, queued_if, unknown};

fn waiting(seen: impl IntoIterator<Item = ConditionSeen>) -> Shell {
    let mut shell = Shell::new();
    shell.keep(queued_if("c1", &adjust("80.00"), "80.00"), RepeatSafety::Absolute);
    shell.script_conditions("c1", seen);
    shell.offer("c1");
    shell
}

fn not_yet() -> ConditionSeen {
    ConditionSeen::NotYet { why: "the order carries GBP 100.00".to_owned() }
}

fn gone() -> ConditionSeen {
    ConditionSeen::Gone { why: "the order was cancelled".to_owned() }
}

fn unread() -> ConditionSeen {
    ConditionSeen::Unread { why: "no line".to_owned() }
}

#[test]
fn what_shows_elsewhere_is_read_before_the_payment_is_and_only_then_it_is_sent() {
    let told = waiting([ConditionSeen::Holds]).run();
    let begins = ["read c1 Condition", "read c1 BeforeSending", "prepare c1", "send c1"];
    assert_eq!(told[..4], begins);
}

#[test]
fn what_does_not_show_yet_is_looked_for_again_and_sent_once_it_shows() {
    let mut shell = waiting([not_yet(), not_yet(), ConditionSeen::Holds]);
    assert_eq!(shell.run(), ["read c1 Condition", "plan c1 +1000"]);
    assert_eq!(shell.rest(), Rest::Until(at(1_001_000)), "no person is needed for it");
    let told = shell.run_for(60_000);
    assert_eq!((count(&told, "read c1 Condition"), count(&told, "send c1")), (2, 1));
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn what_has_not_shown_when_its_time_is_over_is_taken_back_and_says_why() {
    let mut shell = waiting(std::iter::repeat_n(not_yet(), 99));
    let told = shell.run_for(600_000);
    assert_eq!((count(&told, "send"), count(&told, "store c1 lapsed")), (0, 1));
    let change = shell.change("c1");
    assert_eq!((change.state, change.changed_at), (State::Withdrawn, at(1_030_000)));
    assert_eq!(change.why.as_deref(), Some("the order carries GBP 100.00"));
}

#[test]
fn what_never_will_show_is_taken_back_at_once() {
    let mut shell = waiting([gone()]);
    assert_eq!(shell.run(), ["read c1 Condition", "store c1 lapsed", "release c1"]);
    assert_eq!(shell.change("c1").why.as_deref(), Some("the order was cancelled"));
}

#[test]
fn a_reading_that_fails_says_nothing_however_late_it_is() {
    let mut shell = waiting(std::iter::repeat_n(unread(), 99));
    let told = shell.run_for(600_000);
    assert_eq!((count(&told, "send"), count(&told, "store")), (0, 0));
    assert_eq!(shell.state("c1"), State::Queued);
    assert!(shell.open_until.is_empty(), "the way to the payment's own account is not at fault");
}

#[test]
fn a_reading_asked_for_in_time_ends_nothing_when_it_is_heard_too_late() {
    let mut shell = waiting([]);
    shell.now = at(1_029_999);
    shell.hold_reads = true;
    shell.run();
    shell.now = at(1_040_000);
    shell.hear(Input::ConditionRead { change_id: change_id("c1"), seen: not_yet() });
    assert_eq!(count(&shell.run(), "store"), 0, "it tells of the moment it was asked for");
}

#[test]
fn it_is_read_again_before_every_sending_but_not_before_a_doubt_is_looked_into() {
    let mut shell = waiting([ConditionSeen::Holds, gone()]);
    shell.script_sends("c1", [unknown()]);
    let told = shell.run_for(60_000);
    assert_eq!(count(&told, "send c1"), 1);
    assert_eq!(shell.state("c1"), State::Withdrawn);
    let place = |line: &str| told.iter().position(|told| told == line).expect("it was told");
    assert!(place("read c1 Doubt") < place("store c1 proved_not_applied"));
    assert!(place("store c1 proved_not_applied") < place("store c1 lapsed"));
}

#[test]
fn what_the_payment_carries_already_is_taken_back_and_is_no_conflict() {
    let mut shell = waiting([]);
    shell.set_payment("c1", base("80.00"));
    let told = shell.run();
    let end = ["read c1 Condition", "read c1 BeforeSending", "store c1 lapsed", "release c1"];
    assert_eq!(told, end);
    assert_eq!(shell.change("c1").lapsed.as_deref(), Some("the payment carries GBP 80.00 already"));
}

#[test]
fn another_amount_than_was_seen_is_a_conflict_here_too() {
    let mut shell = waiting([]);
    shell.set_payment("c1", base("90.00"));
    shell.run();
    assert_eq!(shell.state("c1"), State::Conflict);
}

#[test]
fn nothing_is_read_for_it_while_staff_work_offline_on_purpose() {
    let mut shell = waiting([]);
    shell.hear(Input::OnPurpose(true));
    assert!(shell.run_for(600_000).is_empty());
    shell.hear(Input::OnPurpose(false));
    assert_eq!(count(&shell.run(), "send c1"), 1);
}

#[test]
fn what_is_heard_to_hold_goes_on_only_where_it_still_may() {
    let mut shell = waiting([]);
    shell.hold_reads = true;
    assert_eq!(shell.run(), ["read c1 Condition"]);
    shell.hear(Input::OnPurpose(true));
    let change_id = change_id("c1");
    shell.hear(Input::ConditionRead { change_id, seen: ConditionSeen::Holds });
    assert!(shell.run().is_empty(), "staff work offline on purpose by now");
    shell.hear(Input::OnPurpose(false));
    assert_eq!(shell.run(), ["read c1 Condition"], "it is read again");
}

#[test]
fn a_reading_of_the_order_is_judged_by_amount_and_by_what_ended_it() {
    let seen = |end: ReadEnd| match condition("80.00").seen_in(&end) {
        ConditionSeen::Holds => "holds",
        ConditionSeen::NotYet { .. } => "not yet",
        ConditionSeen::Gone { .. } => "gone",
        ConditionSeen::Unread { .. } => "unread",
    };
    let facts = |amount: &str, state: PaymentState| {
        let base = base(amount);
        ReadEnd::Facts(Box::new(PaymentFacts {
            provider_ref: "o_1/p_1".to_owned(),
            state,
            provider_status: base.provider_status,
            amount: gbp(amount),
            invoice_number: None,
            reference: None,
            minimum: None,
            maximum: None,
            payment_type: None,
            refunded: None,
            details: base.details,
            read_at: at(5),
        }))
    };
    let words = || "words".to_owned();
    let check = |end: ReadEnd, expected: &str| assert_eq!(seen(end.clone()), expected, "{end:?}");
    check(facts("80.00", PaymentState::Open), "holds");
    check(facts("80.00", PaymentState::Authorized), "holds");
    check(facts("80.01", PaymentState::Open), "not yet");
    check(facts("80.00", PaymentState::Unclear), "not yet");
    check(facts("80.00", PaymentState::Cancelled), "gone");
    check(facts("80.00", PaymentState::Failed), "gone");
    check(ReadEnd::NoSuchPayment { message: words() }, "not yet");
    check(ReadEnd::CredentialsRefused { message: words() }, "unread");
    check(ReadEnd::Unreachable { why: words() }, "unread");
    check(ReadEnd::Unclear { why: words(), retry_after_ms: None }, "unread");
}
