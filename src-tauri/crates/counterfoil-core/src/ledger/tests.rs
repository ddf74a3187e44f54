use proptest::prelude::*;

use super::*;
use crate::command::Command;
use crate::sample::{
    account_id, adjust, at, cancel, change_in, gbp, payment_id, refund, relabel, start,
};

fn facts(provider_ref: &str) -> PaymentFacts {
    PaymentFacts {
        provider_ref: provider_ref.to_owned(),
        state: PaymentState::Paid,
        provider_status: "completed".to_owned(),
        amount: gbp("100.00"),
        invoice_number: None,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: Some(gbp("0.00")),
        details: Details { captured: Some(gbp("100.00")), ..Details::default() },
        read_at: at(0),
    }
}

/// A paid payment of 100.00 that was read once, with these changes since.
fn held(changes: Vec<Change>) -> Held {
    let facts = facts("t");
    Held {
        first: First {
            at: at(0),
            amount: facts.amount,
            state: facts.state,
            refunded: facts.refunded,
            captured: facts.details.captured,
        },
        payment: Payment {
            payment_id: payment_id("pay"),
            account_id: account_id("acc"),
            facts,
            customer: None,
            items: Vec::new(),
        },
        changes,
    }
}

fn found(held: &Held, edit: impl FnOnce(&mut PaymentFacts)) -> Vec<(Class, Vec<&'static str>)> {
    let mut there = facts("t");
    edit(&mut there);
    compare(held, &there).into_iter().map(|found| (found.class, found.fields)).collect()
}

fn money(fields: &[&'static str]) -> Vec<(Class, Vec<&'static str>)> {
    vec![(Class::AmountDiffers, fields.to_vec())]
}

fn state() -> Vec<(Class, Vec<&'static str>)> {
    vec![(Class::StateDiffers, vec!["state"])]
}

#[test]
fn one_of_each_class_is_found_and_none_that_is_not_there() {
    let of = |name: &str| {
        let mut held = held(Vec::new());
        held.payment.facts.provider_ref = name.to_owned();
        held
    };
    let held = ["same", "dear", "off", "gone", "unread"].map(of);
    let mut there = ["same", "dear", "off", "strange"].map(facts);
    there[1].amount = gbp("120.00");
    there[2].state = PaymentState::Cancelled;
    let gone = BTreeSet::from(["gone".to_owned()]);
    let all = reconcile(&held, &there, &gone);
    assert_eq!(all.matched, 1);
    let found: Vec<_> =
        all.differences.iter().map(|d| (d.provider_ref.as_str(), d.class)).collect();
    let expected = [
        ("dear", Class::AmountDiffers),
        ("off", Class::StateDiffers),
        ("gone", Class::OnlyHere),
        ("strange", Class::OnlyThere),
    ];
    assert_eq!(found, expected);
}

#[test]
fn money_that_no_change_here_explains_is_named_by_its_field() {
    let check = |edit: fn(&mut PaymentFacts), expected: &[&'static str]| {
        let found = found(&held(Vec::new()), edit);
        let expected = if expected.is_empty() { Vec::new() } else { money(expected) };
        assert_eq!(found, expected);
    };
    check(|_| {}, &[]);
    check(|there| there.amount = gbp("100.01"), &["amount"]);
    check(|there| there.refunded = Some(gbp("0.01")), &["refunded"]);
    check(|there| there.details.captured = Some(gbp("60.00")), &["captured"]);
    // What a provider does not say cannot differ.
    check(|there| there.refunded = None, &[]);
    check(|there| there.details.captured = None, &[]);
}

#[test]
fn what_is_done_here_explains_what_is_seen_there() {
    let check = |state: State, command: &Command, edit: fn(&mut PaymentFacts), fits: bool| {
        let held = held(vec![change_in(state, "c1", command)]);
        assert_eq!(found(&held, edit).is_empty(), fits, "{state:?} {command:?}");
    };
    let returned: fn(&mut PaymentFacts) = |there| there.refunded = Some(gbp("5.00"));
    check(State::Applied, &refund("5.00"), returned, true);
    check(State::Applied, &refund("5.00"), |_| {}, false);
    check(State::Applied, &refund("5.01"), returned, false);
    check(State::Declined, &refund("5.00"), returned, false);
    check(State::Queued, &refund("5.00"), returned, false);
    check(State::Withdrawn, &refund("5.00"), returned, false);
    // Either may be true while nobody knows.
    for open in [State::Sending, State::InDoubt, State::NeedsCustomer] {
        check(open, &refund("5.00"), returned, true);
        check(open, &refund("5.00"), |_| {}, true);
        check(open, &refund("4.00"), returned, false);
    }
    let dearer: fn(&mut PaymentFacts) = |there| {
        there.amount = gbp("120.00");
        there.details.captured = Some(gbp("120.00"));
    };
    check(State::Applied, &adjust("120.00"), dearer, true);
    check(State::Applied, &adjust("110.00"), dearer, false);
    check(State::Expired, &adjust("120.00"), dearer, false);
    let ended: fn(&mut PaymentFacts) = |there| there.state = PaymentState::Cancelled;
    check(State::Applied, &cancel(), ended, true);
    check(State::InDoubt, &cancel(), ended, true);
    check(State::Declined, &cancel(), ended, false);
    let all_back: fn(&mut PaymentFacts) = |there| {
        there.refunded = Some(gbp("100.00"));
        there.state = PaymentState::Refunded;
    };
    check(State::Applied, &refund("100.00"), all_back, true);
    check(State::Applied, &relabel("INV-2"), |_| {}, true);
    check(State::Applied, &start("100.00"), |_| {}, true);
}

#[test]
fn several_changes_under_way_may_each_have_happened_or_not() {
    let doubts = ["5.00", "7.00", "11.00"].map(|sum| change_in(State::InDoubt, "c", &refund(sum)));
    let held = held(doubts.to_vec());
    let check = |sum: &str, fits: bool| {
        let sum = gbp(sum);
        let found = found(&held, |there| there.refunded = Some(sum));
        assert_eq!(found.is_empty(), fits, "{sum}");
    };
    for sum in ["0.00", "5.00", "7.00", "11.00", "12.00", "16.00", "18.00", "23.00"] {
        check(sum, true);
    }
    check("6.00", false);
    check("24.00", false);
}

#[test]
fn a_reading_here_explains_where_it_stands_and_no_money() {
    let mut held = held(Vec::new());
    held.payment.facts.refunded = Some(gbp("5.00"));
    held.payment.facts.state = PaymentState::Failed;
    let seen = found(&held, |there| {
        there.refunded = Some(gbp("5.00"));
        there.state = PaymentState::Failed;
    });
    assert_eq!(seen, money(&["refunded"]));
}

#[test]
fn a_state_that_only_follows_from_money_is_said_once() {
    let all_back = found(&held(Vec::new()), |there| {
        there.refunded = Some(gbp("100.00"));
        there.state = PaymentState::Refunded;
    });
    assert_eq!(all_back, money(&["refunded"]));
    let unsaid = found(&held(Vec::new()), |there| {
        there.refunded = None;
        there.state = PaymentState::Refunded;
    });
    assert_eq!(unsaid, state());
    let both = found(&held(Vec::new()), |there| {
        there.refunded = Some(gbp("5.00"));
        there.state = PaymentState::Cancelled;
    });
    assert_eq!(both, [money(&["refunded"]), state()].concat());
}

#[test]
fn held_money_is_taken_by_a_change_here_or_it_is_a_finding() {
    let check = |first: PaymentState, timed: bool, change: Option<Command>, fits: bool| {
        let done = change.map(|command| change_in(State::Applied, "c1", &command));
        let mut held = held(done.into_iter().collect());
        held.first.state = first;
        held.first.captured = None;
        held.payment.facts.details = Details::default();
        held.payment.facts.details.capture_at = timed.then(|| at(9));
        let fits_now = !found(&held, |_| {}).contains(&money(&["captured"])[0]);
        assert_eq!(fits_now, fits, "{first:?} timed {timed}");
    };
    let capture = |amount: Option<&str>| Command::Capture { amount: amount.map(gbp), at: None };
    check(PaymentState::Open, false, None, true);
    check(PaymentState::Authorized, true, None, true);
    check(PaymentState::Authorized, false, None, false);
    check(PaymentState::Authorized, false, Some(capture(None)), true);
    check(PaymentState::Authorized, false, Some(capture(Some("60.00"))), false);
}

#[test]
fn words_count_only_where_nobody_knows_what_they_mean() {
    let mut odd = held(Vec::new());
    odd.payment.facts.state = PaymentState::Unclear;
    odd.payment.facts.provider_status = "frozen".to_owned();
    let check = |held: &Held, state: PaymentState, word: &str, fields: &[&'static str]| {
        let found = found(held, |there| {
            there.state = state;
            there.provider_status = word.to_owned();
        });
        let expected: Vec<_> = (!fields.is_empty())
            .then(|| (Class::StateDiffers, fields.to_vec()))
            .into_iter()
            .collect();
        assert_eq!(found, expected, "{word}");
    };
    check(&odd, PaymentState::Unclear, "frozen", &[]);
    check(&odd, PaymentState::Unclear, "thawed", &["provider_status"]);
    check(&odd, PaymentState::Paid, "completed", &["state"]);
    check(&held(Vec::new()), PaymentState::Paid, "complete", &[]);
}

#[test]
fn a_difference_found_again_has_its_mark_and_another_has_not() {
    let mark = |changes: Vec<Change>, returned: &str| {
        let mut there = facts("t");
        there.refunded = Some(gbp(returned));
        compare(&held(changes), &there).remove(0).mark
    };
    let own = || vec![change_in(State::Applied, "c1", &refund("5.00"))];
    assert_eq!(mark(Vec::new(), "10.00"), "refunded +1000 GBP");
    assert_eq!(mark(own(), "15.00"), mark(Vec::new(), "10.00"));
    assert_ne!(mark(own(), "10.00"), mark(Vec::new(), "10.00"));
    let ended = |state| {
        let mut there = facts("t");
        there.state = state;
        compare(&held(Vec::new()), &there).remove(0).mark
    };
    assert_eq!(ended(PaymentState::Cancelled), "paid > cancelled");
    assert_ne!(ended(PaymentState::Cancelled), ended(PaymentState::Failed));
}

#[test]
fn every_class_reads_its_own_word() {
    for class in Class::ALL {
        assert_eq!(Class::from_word(class.word()), Some(class));
    }
    assert_eq!(Class::from_word("matched"), None);
}

proptest! {
    /// Whatever refunds were applied here, the provider's sum matches exactly when it is theirs.
    #[test]
    fn a_sum_matches_exactly_when_the_changes_here_make_it(
        own in prop::collection::vec(1_i64..500, 0..5), strange in 0_i64..500,
    ) {
        let pence = |minor: i64| Money::from_minor(minor, gbp("0").currency()).unwrap();
        let changes = own.iter().map(|minor| {
            let amount = pence(*minor);
            let reason = crate::sample::reason("goods_returned");
            change_in(State::Applied, "c", &Command::Refund { amount, reason, note: None })
        });
        let held = held(changes.collect());
        let found = found(&held, |there| {
            there.refunded = Some(pence(own.iter().sum::<i64>() + strange));
        });
        prop_assert_eq!(found.is_empty(), strange == 0);
    }
}
