//! What may be asked for, why not, and what may be done again.

use std::collections::BTreeMap;

use counterfoil_connectors::{Subject, Warning};
use counterfoil_core::capability::{RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::payment::{PaymentFacts, PaymentState};

use crate::support::{
    account, account_in, adjust, adjust_with, base, cancel, check, effect_in_words, facts, gbp,
    item, money, offers, refund, refundable, relabel, repeat_safety, start, subject,
};

const ALLOWED: &str = "-";

fn codes(subject: &Subject<'_>) -> Vec<&'static str> {
    let rows = offers(&account(), subject);
    rows.iter().map(|row| row.why_not.as_ref().map_or(ALLOWED, WhyNot::code)).collect()
}

#[test]
fn the_table_of_offers_follows_the_state() {
    let check = |state: PaymentState, expected: [&str; 6]| {
        let facts = facts(state);
        assert_eq!(codes(&subject(&facts)), expected, "{state:?}");
        let kinds: Vec<Kind> =
            offers(&account(), &subject(&facts)).iter().map(|row| row.kind).collect();
        let in_order =
            [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];
        assert_eq!(kinds, in_order);
    };
    let (no, unclear, never) = ("state", "state_unclear", "not_offered");
    check(PaymentState::Open, ["-", "-", no, "-", never, never]);
    check(PaymentState::InProgress, ["-", "-", no, "-", never, never]);
    check(PaymentState::Paid, ["-", "-", "-", no, never, never]);
    check(PaymentState::Failed, [no, no, no, no, never, never]);
    check(PaymentState::Cancelled, [no, no, no, no, never, never]);
    check(PaymentState::Unclear, [unclear, unclear, unclear, unclear, never, never]);
}

#[test]
fn a_paylater_payment_and_a_spent_one_offer_no_refund() {
    let mut paid = facts(PaymentState::Paid);
    paid.payment_type = Some("paylater".to_owned());
    assert_eq!(codes(&subject(&paid))[2], "not_offered");
    assert_eq!(refundable(&account(), &subject(&paid)), None);
    paid.payment_type = Some("paynow".to_owned());
    assert_eq!(codes(&subject(&paid))[2], ALLOWED);
    let spent = Subject { refunded_here: gbp("300.00"), ..subject(&paid) };
    assert_eq!(codes(&spent)[2], "over_refundable");
    let decreasing = Subject { open_decrease: true, ..subject(&paid) };
    assert_eq!(codes(&decreasing)[2], "decrease_and_refund");
}

fn judged(command: &Command, subject: &Subject<'_>) -> Result<Vec<Warning>, WhyNot> {
    check(&account(), command, Some(subject))
}

fn code(command: &Command, facts: &PaymentFacts) -> &'static str {
    judged(command, &subject(facts)).err().map_or(ALLOWED, |why_not| why_not.code())
}

#[test]
fn a_command_is_refused_in_a_state_that_does_not_offer_it() {
    let kinds = [adjust("350.00"), relabel("INV9"), refund("50.00"), cancel(), Command::Void];
    for state in PaymentState::ALL {
        let facts = facts(state);
        let offers = offers(&account(), &subject(&facts));
        for command in &kinds {
            let row = offers.iter().find(|row| row.kind == command.kind()).expect("a row");
            let offered = row.why_not.as_ref().map_or(ALLOWED, WhyNot::code);
            assert_eq!(code(command, &facts), offered, "{state:?} {:?}", command.kind());
        }
    }
}

#[test]
fn a_new_total_keeps_within_the_limits_and_changes_something() {
    let open = facts(PaymentState::Open);
    let check = |command: Command, expected: &str| {
        assert_eq!(code(&command, &open), expected, "{command:?}");
    };
    check(adjust("60.00"), ALLOWED);
    check(adjust("59.99"), "below_minimum");
    check(adjust("3000.00"), ALLOWED);
    check(adjust("3000.01"), "above_maximum");
    check(adjust("0.00"), "not_positive");
    check(adjust("300.00"), "nothing_changes");
    check(adjust_with("300.00", Some("INV1234"), Vec::new()), "nothing_changes");
    check(adjust_with("300.00", Some("INV9"), Vec::new()), ALLOWED);
    check(adjust_with("300.00", None, vec![item("Tyre", 2, "150.00")]), ALLOWED);
    check(adjust_with("350.00", Some("A&B"), Vec::new()), "text_not_carried");
    check(adjust_with("350.00", None, vec![item("Tyre", 2, "150.00")]), "items_differ");
    check(adjust_with("300.00", None, vec![item("Tyre", 0, "300.00")]), "not_positive");
    check(adjust_with("300.00", None, vec![item("a\nb", 1, "300.00")]), "text_not_carried");
    check(adjust_with("300.00", None, vec![item("Nuts & bolts", 1, "300.00")]), ALLOWED);
    check(adjust_with("300.00", None, vec![item("x", u32::MAX, "9999999.00")]), "items_differ");
    let yen = Command::Adjust { total: money("350", "JPY"), invoice: None, items: Vec::new() };
    check(yen, "currency");
}

#[test]
fn limits_stop_every_payment_type_but_paynow_where_they_warn() {
    let mut open = facts(PaymentState::Open);
    let limits = (gbp("60.00"), gbp("3000.00"));
    for payment_type in [None, Some("paylater"), Some("paypad"), Some("something new")] {
        open.payment_type = payment_type.map(str::to_owned);
        let below = judged(&adjust("59.99"), &subject(&open));
        assert_eq!(below, Err(WhyNot::BelowMinimum { minimum: limits.0 }), "{payment_type:?}");
        let above = judged(&adjust("3000.01"), &subject(&open));
        assert_eq!(above, Err(WhyNot::AboveMaximum { maximum: limits.1 }), "{payment_type:?}");
    }
    open.payment_type = Some("paynow".to_owned());
    let below = judged(&adjust("59.99"), &subject(&open));
    assert_eq!(below, Ok(vec![Warning::BelowMinimum { minimum: limits.0 }]));
    let above = judged(&adjust("3000.01"), &subject(&open));
    assert_eq!(above, Ok(vec![Warning::AboveMaximum { maximum: limits.1 }]));
    open.minimum = None;
    assert_eq!(judged(&adjust("1.00"), &subject(&open)), Ok(Vec::new()));
}

#[test]
fn a_decrease_and_a_refund_are_never_open_together() {
    let paid = facts(PaymentState::Paid);
    let refunding = Subject { open_refund: true, ..subject(&paid) };
    assert_eq!(judged(&adjust("250.00"), &refunding), Err(WhyNot::DecreaseAndRefund));
    assert_eq!(judged(&adjust("350.00"), &refunding), Ok(Vec::new()));
    let decreasing = Subject { open_decrease: true, ..subject(&paid) };
    assert_eq!(judged(&refund("10.00"), &decreasing), Err(WhyNot::DecreaseAndRefund));
    assert_eq!(judged(&refund("10.00"), &subject(&paid)), Ok(Vec::new()));
    let refunded = Subject { refunded_here: gbp("20.00"), ..subject(&paid) };
    let warned = vec![Warning::RefundedBefore { refunded: gbp("20.00") }];
    assert_eq!(judged(&adjust("250.00"), &refunded), Ok(warned));
}

#[test]
fn only_the_invoice_number_can_be_relabelled() {
    let paid = facts(PaymentState::Paid);
    let words = |reference: bool, description: bool, metadata: bool| Command::Relabel {
        invoice: Some("INV9".to_owned()),
        reference: reference.then(|| "R".to_owned()),
        description: description.then(|| "D".to_owned()),
        metadata: metadata.then(|| ("k".to_owned(), "v".to_owned())).into_iter().collect(),
    };
    let check = |command: Command, expected: Result<Vec<Warning>, WhyNot>| {
        assert_eq!(judged(&command, &subject(&paid)), expected, "{command:?}");
    };
    check(words(false, false, false), Ok(Vec::new()));
    check(words(true, false, false), Err(WhyNot::TextNotOffered { field: "reference" }));
    check(words(false, true, false), Err(WhyNot::TextNotOffered { field: "description" }));
    check(words(false, false, true), Err(WhyNot::TextNotOffered { field: "metadata" }));
    check(relabel("INV1234"), Err(WhyNot::NothingChanges));
    let empty = Command::Relabel {
        invoice: None,
        reference: None,
        description: None,
        metadata: BTreeMap::new(),
    };
    check(empty, Err(WhyNot::NothingChanges));
    assert_eq!(code(&relabel("A&B"), &paid), "text_not_carried");
    let mills = PaymentFacts { amount: money("1.234", "KWD"), ..paid };
    assert_eq!(code(&relabel("INV9"), &mills), "text_not_carried");
}

#[test]
fn a_refund_is_capped_by_what_was_paid_less_what_this_till_returned() {
    let paid = facts(PaymentState::Paid);
    let check = |refunded: &str, asked: &str, expected: Result<(), &str>| {
        let subject = Subject { refunded_here: gbp(refunded), ..subject(&paid) };
        let left = gbp(expected.err().unwrap_or("300.00"));
        let judged = judged(&refund(asked), &subject);
        let expected = match expected {
            Ok(()) => Ok(Vec::new()),
            Err(_) => Err(WhyNot::OverRefundable { refundable: left }),
        };
        assert_eq!(judged, expected, "{refunded} {asked}");
    };
    check("0.00", "300.00", Ok(()));
    check("0.00", "300.01", Err("300.00"));
    check("100.00", "200.00", Ok(()));
    check("100.00", "200.01", Err("200.00"));
    check("300.00", "0.01", Err("0.00"));
    check("400.00", "0.01", Err("0.00"));
    assert_eq!(code(&refund("0.00"), &paid), "not_positive");
    let some = Subject { refunded_here: gbp("100.00"), ..subject(&paid) };
    assert_eq!(refundable(&account(), &some), Some(gbp("200.00")));
    let open = facts(PaymentState::Open);
    assert_eq!(refundable(&account(), &subject(&open)), None);
}

#[test]
fn a_start_needs_money_of_the_account_and_lines_that_add_up() {
    let judge = |command: Command| {
        check(&account(), &command, None).err().map_or(ALLOWED, |why_not| why_not.code())
    };
    let with = |total: &str, reference: &str, email: &str, items| Command::Start {
        total: gbp(total),
        invoice: None,
        reference: Some(reference.to_owned()),
        email: Some(email.to_owned()),
        items,
    };
    let none = Vec::new;
    assert_eq!(judge(start("300.00")), ALLOWED);
    assert_eq!(judge(start("0.00")), "not_positive");
    assert_eq!(judge(with("300.00", "R1", "a@b.example", none())), ALLOWED);
    assert_eq!(judge(with("300.00", "R&1", "a@b.example", none())), "text_not_carried");
    assert_eq!(judge(with("300.00", "R1", " a@b.example", none())), "text_not_carried");
    let lines = vec![item("Tyre", 2, "100.00"), item("Gift", 1, "0.00")];
    assert_eq!(judge(with("200.00", "R1", "a@b.example", lines.clone())), ALLOWED);
    assert_eq!(judge(with("300.00", "R1", "a@b.example", lines)), "items_differ");
    let dinars = account_in("KWD");
    let start_of = |total: &str| Command::Start {
        total: money(total, "KWD"),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    };
    assert_eq!(check(&account(), &start_of("1.230"), None), Err(WhyNot::Currency));
    assert_eq!(check(&dinars, &start_of("1.230"), None), Ok(Vec::new()));
    let refused = check(&dinars, &start_of("1.234"), None);
    assert!(matches!(refused, Err(WhyNot::TextNotCarried { field: "amount", .. })));
}

#[test]
fn all_but_a_start_is_about_a_payment() {
    for command in [adjust("350.00"), relabel("I"), refund("1.00"), cancel(), Command::Void] {
        let refused = check(&account(), &command, None);
        assert_eq!(refused, Err(WhyNot::Missing { field: "payment" }));
    }
}

#[test]
fn what_may_be_done_again_follows_section_7() {
    let check = |command: Command, state: Option<PaymentState>, expected: RepeatSafety| {
        let baseline = state.map(base);
        let safety = repeat_safety(&account(), &command, baseline.as_ref());
        assert_eq!(safety, expected, "{command:?} {state:?}");
    };
    let (open, paid) = (Some(PaymentState::Open), Some(PaymentState::Paid));
    for total in ["250.00", "300.00", "350.00"] {
        check(adjust(total), open, RepeatSafety::Absolute);
        check(adjust(total), Some(PaymentState::InProgress), RepeatSafety::Absolute);
    }
    check(adjust("250.00"), paid, RepeatSafety::Absolute);
    check(adjust_with("300.00", Some("I"), Vec::new()), paid, RepeatSafety::Absolute);
    check(adjust("300.01"), paid, RepeatSafety::ReadBackThenHuman);
    check(adjust("300.01"), Some(PaymentState::Unclear), RepeatSafety::ReadBackThenHuman);
    check(adjust("250.00"), None, RepeatSafety::ReadBackThenHuman);
    check(relabel("INV9"), paid, RepeatSafety::Absolute);
    check(cancel(), open, RepeatSafety::ReadBack);
    check(refund("1.00"), paid, RepeatSafety::HumanOnly);
    check(start("1.00"), None, RepeatSafety::HumanOnly);
}

#[test]
fn the_effect_is_told_in_plain_words() {
    let check = |command: Command, state: Option<PaymentState>, expected: &str| {
        let base = state.map(base);
        assert_eq!(effect_in_words(&account(), &command, base.as_ref()), expected);
    };
    let (open, paid) = (Some(PaymentState::Open), Some(PaymentState::Paid));
    check(
        start("300.00"),
        None,
        "Bumper will offer a payment of £300.00 on the PayPad for 24 hours.",
    );
    check(adjust("250.00"), open, "Bumper will ask the customer for £250.00 instead of £300.00.");
    check(adjust("250.00"), None, "Bumper will ask the customer for £250.00.");
    check(
        adjust_with("300.00", Some("INV9"), vec![item("Tyre", 1, "300.00")]),
        open,
        "The total stays £300.00. The invoice number becomes INV9 instead of INV1234. The lines \
         are sent too; Bumper does not show them again.",
    );
    check(
        adjust("350.00"),
        paid,
        "Bumper will ask the customer for £350.00 instead of £300.00. The customer has signed for \
         £300.00 and must sign again: nothing changes before that.",
    );
    check(
        adjust("250.00"),
        paid,
        "Bumper will lower the total to £250.00 from £300.00. The customer has already signed; \
         whether Bumper returns the difference is not documented.",
    );
    check(
        relabel("INV9"),
        paid,
        "No money moves. The invoice number becomes INV9 instead of INV1234.",
    );
    check(
        refund("50.00"),
        paid,
        "Bumper will return £50.00 to the customer. Bumper keeps no readable record of refunds: if \
         the answer is lost, a person has to look there.",
    );
    check(
        cancel(),
        open,
        "Bumper will end this payment request; the customer can no longer pay it.",
    );
}
