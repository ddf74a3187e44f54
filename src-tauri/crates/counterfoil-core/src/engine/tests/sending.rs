//! From the queue to an answer.

use super::shell::{Shell, count};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Event, State};
use crate::engine::Input;
use crate::payment::{Base, PaymentState};
use crate::sample::{
    adjust, attempt_id, base, cancel, change_id, gbp, needs_customer, refund, start,
};

#[test]
fn a_change_is_read_stored_sent_stored_and_read_again_in_this_order() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    let told = shell.run();
    let expected = [
        "read c1 BeforeSending",
        "prepare c1",
        "send c1",
        "store c1 applied",
        "read c1 Confirm",
        "release c1",
    ];
    assert_eq!(told, expected);
    assert_eq!(shell.state("c1"), State::Applied);
    assert_eq!(
        shell.change("c1").attempts[0].baseline.as_ref().map(|b| b.amount),
        Some(gbp("100.00"))
    );
}

#[test]
fn a_start_has_nothing_to_read_first() {
    let mut shell = Shell::new();
    shell.queue("c1", &start("80.00"), RepeatSafety::HumanOnly);
    assert_eq!(shell.run()[..2], ["prepare c1", "send c1"]);
    assert_eq!(shell.change("c1").attempts[0].baseline, None);
}

#[test]
fn nothing_is_sent_before_the_attempt_is_stored_and_then_once() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    assert_eq!(count(&shell.run(), "send"), 1);
    // The store answering twice must not send twice.
    let work = shell.work(&change_id("c1"));
    shell.hear(Input::Stored(Box::new(work)));
    assert_eq!(count(&shell.run(), "send"), 0);
    shell.answer("c1");
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_payment_that_is_not_what_was_seen_stands_in_conflict_and_nothing_is_sent() {
    let check = |now: Base, says: &str| {
        let mut shell = Shell::new();
        shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
        shell.set_payment("c1", now);
        let told = shell.run();
        assert_eq!(told, ["read c1 BeforeSending", "store c1 conflict_found", "release c1"]);
        let change = shell.change("c1");
        assert_eq!((change.state, change.attempts.len()), (State::Conflict, 0));
        let why = change.why.as_deref().expect("a conflict says why");
        assert!(why.contains(says), "{why}");
    };
    check(base("90.00"), "the amount is GBP 90.00 and not GBP 100.00");
    check(Base { state: PaymentState::Paid, ..base("100.00") }, "is paid and not open");
    check(Base { invoice_number: None, ..base("100.00") }, "the invoice number is another");
    check(Base { reference: None, ..base("100.00") }, "the reference is another");
    check(Base { refunded: Some(gbp("1.00")), ..base("100.00") }, "another sum was returned");
    // Already what was asked for, but by another hand: a person looks at it.
    check(base("80.00"), "the amount is GBP 80.00");
}

#[test]
fn fresh_facts_that_cannot_take_the_change_are_a_conflict_and_nothing_is_sent() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    shell.refuse("c1", "the least total is GBP 85.00");
    assert_eq!(count(&shell.run(), "send"), 0);
    assert_eq!(shell.state("c1"), State::Conflict);
    assert_eq!(shell.change("c1").why.as_deref(), Some("the least total is GBP 85.00"));
}

#[test]
fn a_definite_no_is_final_and_never_sent_again() {
    let mut shell = Shell::new();
    shell.queue("c1", &refund("5.00"), RepeatSafety::HumanOnly);
    shell.script_sends("c1", [SendEnd::Refused { message: "not enough".to_owned() }]);
    let told = shell.run_for(3_600_000);
    assert_eq!((count(&told, "send"), count(&told, "release")), (1, 1));
    assert_eq!(shell.state("c1"), State::Declined);
}

#[test]
fn a_failed_look_after_success_changes_nothing_about_it() {
    for end in [
        ReadEnd::Unreachable { why: "no line".to_owned() },
        ReadEnd::NoSuchPayment { message: "what?".to_owned() },
        ReadEnd::CredentialsRefused { message: "who?".to_owned() },
        ReadEnd::Unclear { why: "half".to_owned(), retry_after_ms: None },
    ] {
        let mut shell = Shell::new();
        shell.queue("c1", &start("5.00"), RepeatSafety::HumanOnly);
        shell.script_reads("c1", [end]);
        assert_eq!(shell.run().last().map(String::as_str), Some("release c1"));
        assert_eq!(shell.state("c1"), State::Applied);
        assert!(shell.paused.is_empty());
    }
}

#[test]
fn the_customer_is_looked_for_until_the_new_amount_is_there() {
    let mut shell = Shell::new();
    shell.queue("c1", &adjust("120.00"), RepeatSafety::ReadBackThenHuman);
    shell.script_sends("c1", [needs_customer()]);
    let told = shell.run_for(60_000);
    assert_eq!(told[2..5], ["send c1", "store c1 needs_customer", "plan c1 +5000"]);
    assert!(count(&told, "read c1 Customer") >= 3, "{told:?}");
    assert_eq!((shell.state("c1"), count(&told, "send")), (State::NeedsCustomer, 1));
    shell.set_payment("c1", base("120.00"));
    let told = shell.run_for(60_000);
    let end = ["read c1 Customer", "store c1 customer_acted", "read c1 Confirm", "release c1"];
    assert_eq!(told, end);
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn a_customer_who_can_no_longer_sign_ends_the_change() {
    let check = |state: PaymentState, expected: State| {
        let mut shell = Shell::new();
        shell.queue("c1", &adjust("120.00"), RepeatSafety::ReadBackThenHuman);
        shell.script_sends("c1", [needs_customer()]);
        shell.run();
        shell.set_payment("c1", Base { state, ..base("100.00") });
        shell.run_for(60_000);
        assert_eq!(shell.state("c1"), expected, "{state:?}");
    };
    check(PaymentState::Cancelled, State::Expired);
    check(PaymentState::Failed, State::Expired);
    check(PaymentState::Open, State::NeedsCustomer);
    check(PaymentState::InProgress, State::NeedsCustomer);
    check(PaymentState::Paid, State::NeedsCustomer);
    check(PaymentState::Unclear, State::NeedsCustomer);
}

#[test]
fn a_change_that_somebody_else_moved_on_is_let_go() {
    let mut shell = Shell::new();
    shell.hear(Input::OnPurpose(true));
    shell.queue("c1", &adjust("80.00"), RepeatSafety::Absolute);
    assert_eq!(shell.engine.waiting(), [(change_id("c1"), 1)]);
    let by = crate::sample::staff("alice");
    shell.store(&change_id("c1"), Event::Withdrawn { by });
    shell.hear(Input::Gone(change_id("c1")));
    shell.hear(Input::OnPurpose(false));
    assert_eq!(shell.run_for(60_000), ["release c1"]);
    assert!(shell.engine.waiting().is_empty());
}

#[test]
fn what_is_being_sent_is_not_let_go_of_before_its_end_is_stored() {
    let mut shell = Shell::new();
    shell.hold_sends = true;
    shell.queue("c1", &cancel(), RepeatSafety::ReadBack);
    shell.run();
    shell.hear(Input::Gone(change_id("c1")));
    assert_eq!(shell.answer("c1")[0], "store c1 applied");
    assert_eq!(shell.state("c1"), State::Applied);
}

#[test]
fn answers_that_nobody_waits_for_are_left_alone() {
    let mut shell = Shell::new();
    let end = crate::sample::applied();
    let ids = || (change_id("c9"), attempt_id("A9"));
    let (change_id, attempt_id) = ids();
    let input = Input::SendDone {
        change_id,
        attempt_id,
        end: end.clone(),
        http_status: None,
        correlation_id: None,
    };
    shell.hear(input);
    shell.queue("c9", &adjust("80.00"), RepeatSafety::Absolute);
    let (change_id, attempt_id) = ids();
    shell.hear(Input::SendDone {
        change_id,
        attempt_id,
        end,
        http_status: None,
        correlation_id: None,
    });
    let (change_id, _) = ids();
    let end = ReadEnd::Unreachable { why: "no line".to_owned() };
    shell.hear(Input::ReadDone { change_id, end, refusal: None });
    assert_eq!(shell.run()[0], "read c9 BeforeSending");
}
