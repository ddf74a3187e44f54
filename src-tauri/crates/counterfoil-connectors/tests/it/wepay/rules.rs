//! What may be asked for, why not, and what may be done again.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{Connector, Subject};
use counterfoil_core::account::Account;
use counterfoil_core::capability::{RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::money::Money;
use counterfoil_core::payment::{PaymentFacts, PaymentState};

use super::{
    DAY, MINUTE, account, adjust, adjust_with, at, bare_account, base, cancel, capture, capture_at,
    card_present, facts, money, one_of_each, refund, relabel, state_for, subject, usd,
};

const ALLOWED: &str = "-";

fn codes(account: &Account, subject: &Subject<'_>) -> Vec<&'static str> {
    let rows = Wepay.offers(account, subject);
    let kinds: Vec<Kind> = rows.iter().map(|row| row.kind).collect();
    let in_order =
        [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];
    assert_eq!(kinds, in_order);
    rows.iter().map(|row| row.why_not.as_ref().map_or(ALLOWED, WhyNot::code)).collect()
}

fn code_of(account: &Account, command: &Command, subject: &Subject<'_>) -> &'static str {
    let judged = Wepay.check(account, command, Some(subject));
    judged.err().map_or(ALLOWED, |why_not| why_not.code())
}

fn code(command: &Command, state: PaymentState) -> &'static str {
    let facts = facts(state);
    code_of(&account(), command, &subject(&facts))
}

#[test]
fn the_table_of_offers_follows_the_state() {
    let check = |state: PaymentState, expected: [&str; 6]| {
        let facts = facts(state);
        assert_eq!(codes(&account(), &subject(&facts)), expected, "{state:?}");
    };
    let (no, odd, other) = ("state", "state_unclear", "use_instead");
    check(PaymentState::Authorized, ["-", "-", no, "-", "-", other]);
    check(PaymentState::InProgress, [no, no, no, "-", no, other]);
    check(PaymentState::Paid, [no, no, "-", no, no, other]);
    check(PaymentState::Open, [no, no, no, no, no, other]);
    check(PaymentState::Refunded, [no, no, no, no, no, other]);
    check(PaymentState::Failed, [no, no, no, no, no, other]);
    check(PaymentState::Cancelled, [no, no, no, no, no, other]);
    check(PaymentState::Unclear, [odd, odd, odd, odd, odd, other]);
}

#[test]
fn a_command_is_refused_in_a_state_that_does_not_offer_it() {
    let void = Command::Void;
    for account in [account(), bare_account(), card_present()] {
        for state in PaymentState::ALL {
            let facts = facts(state);
            let offers = Wepay.offers(&account, &subject(&facts));
            for command in one_of_each().iter().chain([&void]) {
                let row = offers.iter().find(|row| row.kind == command.kind()).expect("a row");
                let offered = row.why_not.as_ref().map_or(ALLOWED, WhyNot::code);
                let judged = code_of(&account, command, &subject(&facts));
                assert_eq!(judged, offered, "{state:?} {command:?}");
            }
        }
    }
}

#[test]
fn without_confirmed_names_no_other_amount_can_be_asked_for() {
    let facts = facts(PaymentState::Authorized);
    let check = |command: &Command, expected: &str| {
        assert_eq!(code_of(&bare_account(), command, &subject(&facts)), expected, "{command:?}");
    };
    assert_eq!(codes(&bare_account(), &subject(&facts))[0], "unconfirmed");
    check(&adjust("80.00"), "unconfirmed");
    check(&capture(Some("80.00")), "unconfirmed");
    check(&capture(None), ALLOWED);
    check(&capture(Some("100.00")), ALLOWED);
    check(&capture_at(DAY), ALLOWED);
    check(&relabel(Some("R-2"), &[]), ALLOWED);
    let refused = Wepay.check(&bare_account(), &adjust("80.00"), Some(&subject(&facts)));
    let settings = "amounts.object, amounts.total and amounts.currency";
    assert_eq!(refused, Err(WhyNot::Unconfirmed { settings }));
}

#[test]
fn an_amount_goes_down_always_and_up_only_with_the_card_present_below_120_percent() {
    let facts = facts(PaymentState::Authorized);
    let check = |account: &Account, total: &str, expected: Result<(), WhyNot>| {
        let subject = subject(&facts);
        let adjusted = Wepay.check(account, &adjust(total), Some(&subject));
        assert_eq!(adjusted, expected.clone().map(|()| Vec::new()), "adjust {total}");
        let captured = Wepay.check(account, &capture(Some(total)), Some(&subject));
        assert_eq!(captured, expected.map(|()| Vec::new()), "capture {total}");
    };
    let above = |maximum: &str| Err(WhyNot::AboveMaximum { maximum: usd(maximum) });
    for account in [account(), card_present()] {
        check(&account, "0.01", Ok(()));
        check(&account, "99.99", Ok(()));
        check(&account, "0.00", Err(WhyNot::NotPositive));
    }
    check(&account(), "100.01", above("100.00"));
    check(&card_present(), "119.99", Ok(()));
    check(&card_present(), "120.00", above("119.99"));
    check(&card_present(), "120.01", above("119.99"));
    let other = Command::Adjust { total: money("80.00", "CAD"), invoice: None, items: Vec::new() };
    assert_eq!(code(&other, PaymentState::Authorized), "currency");
}

#[test]
fn less_than_120_percent_is_counted_to_the_minor_unit() {
    for minor in [1, 2, 4, 5, 6, 99, 100, 101, 12_345, 999_999_999_999] {
        let amount = Money::from_minor(minor, usd("1.00").currency()).expect("an amount");
        let facts = PaymentFacts { amount, ..facts(PaymentState::Authorized) };
        let most = (1_000_000_000_000i64).min((minor * 6 - 1) / 5);
        for (asked, allowed) in [(most, true), (most + 1, false)] {
            let Ok(total) = Money::from_minor(asked, amount.currency()) else { continue };
            assert!(!allowed || asked * 100 < minor * 120);
            let command = Command::Adjust { total, invoice: None, items: Vec::new() };
            let code = code_of(&card_present(), &command, &subject(&facts));
            let fits = code == ALLOWED || (total == amount && code == "nothing_changes");
            assert_eq!(fits, allowed, "{minor} {asked}: {code}");
        }
    }
}

#[test]
fn what_was_authorised_counts_however_often_an_amount_is_raised() {
    let check = |now: &str, noted: Option<&str>, total: &str, expected: &str| {
        let mut held = PaymentFacts { amount: usd(now), ..facts(PaymentState::Authorized) };
        let mark = noted.map(|text| ("authorised".to_owned(), text.to_owned()));
        held.details.marks.extend(mark);
        let code = code_of(&card_present(), &adjust(total), &subject(&held));
        assert_eq!(code, expected, "{now} {noted:?} {total}");
        let absent = code_of(&account(), &adjust(total), &subject(&held));
        assert_eq!(absent == ALLOWED, usd(total).minor() < usd(now).minor());
    };
    check("119.00", None, "142.00", ALLOWED);
    check("119.00", Some("10000"), "119.99", ALLOWED);
    check("119.00", Some("10000"), "120.00", "above_maximum");
    check("119.00", Some("10000"), "80.00", ALLOWED);
    check("50.00", Some("10000"), "119.99", ALLOWED);
    check("100.00", Some("1"), "99.00", ALLOWED);
    check("100.00", Some("1"), "100.01", "above_maximum");
    check("100.00", Some("0"), "119.99", ALLOWED);
    check("100.00", Some("x"), "119.99", ALLOWED);
    assert_eq!(
        code(&relabel(None, &[("cf_authorised", "1")]), PaymentState::Authorized),
        "text_not_carried"
    );
}

#[test]
fn an_adjustment_changes_something_and_its_lines_add_up() {
    let check = |command: Command, expected: &str| {
        assert_eq!(code(&command, PaymentState::Authorized), expected, "{command:?}");
    };
    check(adjust("100.00"), "nothing_changes");
    check(adjust_with("100.00", &[("Lock", 2, "50.00")]), ALLOWED);
    check(adjust_with("80.00", &[("Lock", 2, "50.00")]), "items_differ");
    check(adjust_with("80.00", &[("Lock", 0, "80.00")]), "not_positive");
    check(adjust_with("80.00", &[("", 1, "80.00")]), "text_not_carried");
    check(adjust_with("80.00", &[("a\u{7}", 1, "80.00")]), "text_not_carried");
    check(adjust_with("80.00", &[("x", u32::MAX, "9999999.00")]), "text_not_carried");
    let invoiced =
        Command::Adjust { total: usd("80.00"), invoice: Some("I".to_owned()), items: Vec::new() };
    check(invoiced, "text_not_offered");
}

#[test]
fn the_reference_and_the_custom_data_can_be_relabelled_and_nothing_else() {
    let check = |command: Command, expected: &str| {
        assert_eq!(code(&command, PaymentState::Authorized), expected, "{command:?}");
    };
    check(relabel(Some("R-2"), &[]), ALLOWED);
    check(relabel(Some("R-1"), &[]), "nothing_changes");
    check(relabel(Some(""), &[]), "text_not_carried");
    check(relabel(Some(&"é".repeat(255)), &[]), ALLOWED);
    check(relabel(Some(&"é".repeat(256)), &[]), "text_not_carried");
    check(relabel(Some("a\nb"), &[]), "text_not_carried");
    check(relabel(None, &[("order", "77")]), ALLOWED);
    check(relabel(None, &[("desk", "")]), ALLOWED);
    check(relabel(None, &[("desk", "3")]), "nothing_changes");
    check(relabel(None, &[("nowhere", "")]), "nothing_changes");
    check(relabel(None, &[("", "x")]), "text_not_carried");
    check(relabel(None, &[]), "nothing_changes");
    let foreign = |invoice: bool, description: bool| Command::Relabel {
        invoice: invoice.then(|| "I".to_owned()),
        reference: Some("R-2".to_owned()),
        description: description.then(|| "D".to_owned()),
        metadata: std::collections::BTreeMap::new(),
    };
    check(foreign(true, false), "text_not_offered");
    check(foreign(false, true), "text_not_offered");
}

#[test]
fn a_cancellation_needs_its_reason_and_with_the_card_present_its_90_minutes() {
    let facts = facts(PaymentState::Authorized);
    let check = |account: &Account, after: i64, command: &Command, expected: &str| {
        let subject = Subject { now: at(after), ..subject(&facts) };
        assert_eq!(code_of(account, command, &subject), expected, "{after}");
    };
    check(&account(), 0, &Command::Cancel { reason: None }, "missing");
    check(&account(), 6 * DAY, &cancel(), ALLOWED);
    check(&card_present(), 90 * MINUTE, &cancel(), ALLOWED);
    check(&card_present(), 90 * MINUTE + 1, &cancel(), "too_late");
}

#[test]
fn a_capture_is_taken_for_seven_days() {
    let facts = facts(PaymentState::Authorized);
    let check = |after: i64, command: &Command, expected: &str| {
        let subject = Subject { now: at(after), ..subject(&facts) };
        assert_eq!(code_of(&account(), command, &subject), expected, "{after} {command:?}");
    };
    check(7 * DAY, &capture(None), ALLOWED);
    check(7 * DAY + 1, &capture(None), "too_late");
    check(7 * DAY + 1, &adjust("80.00"), "too_late");
    check(0, &capture_at(7 * DAY), ALLOWED);
    check(0, &capture_at(7 * DAY + 1_000), "too_late");
    check(MINUTE, &capture_at(7 * DAY + 1_000), "too_late");
    check(DAY, &capture_at(DAY), "text_not_carried");
    check(DAY, &capture_at(DAY - 1_000), "text_not_carried");
    check(DAY, &capture_at(DAY + 1_000), ALLOWED);
    check(0, &capture_at(DAY + 1), "text_not_carried");
    let part = |amount: &str| Command::Capture { amount: Some(usd(amount)), at: Some(at(DAY)) };
    check(0, &part("100.00"), ALLOWED);
    check(0, &part("99.00"), "part_not_offered");
    let mut set = facts.clone();
    set.details.capture_at = Some(at(DAY));
    assert_eq!(code_of(&account(), &capture_at(DAY), &subject(&set)), "nothing_changes");
    assert_eq!(code_of(&account(), &capture_at(2 * DAY), &subject(&set)), ALLOWED);
}

fn late(facts: &PaymentFacts) -> Subject<'_> {
    Subject { now: at(400 * DAY), ..subject(facts) }
}

#[test]
fn a_payment_of_unknown_age_is_left_to_wepay() {
    let mut ageless = facts(PaymentState::Authorized);
    ageless.details.made_at = None;
    assert_eq!(code_of(&card_present(), &cancel(), &late(&ageless)), ALLOWED);
    assert_eq!(code_of(&account(), &capture(None), &late(&ageless)), ALLOWED);
    let week = |more: i64| capture_at(407 * DAY + more);
    assert_eq!(code_of(&account(), &week(0), &late(&ageless)), ALLOWED);
    assert_eq!(code_of(&account(), &week(1_000), &late(&ageless)), "too_late");
    ageless.state = PaymentState::Paid;
    assert_eq!(code_of(&account(), &refund("50.00"), &late(&ageless)), ALLOWED);
}

#[test]
fn a_refund_keeps_to_60_days_100_minor_units_and_what_is_left() {
    let paid = facts(PaymentState::Paid);
    let check = |after: i64, amount: &str, expected: &str| {
        let subject = Subject { now: at(after), ..subject(&paid) };
        assert_eq!(code_of(&account(), &refund(amount), &subject), expected, "{after} {amount}");
    };
    check(60 * DAY - 1, "50.00", ALLOWED);
    check(60 * DAY, "50.00", "too_late");
    check(DAY, "1.00", ALLOWED);
    check(DAY, "0.99", "below_minimum");
    check(DAY, "0.00", "not_positive");
    check(DAY, "100.00", ALLOWED);
    check(DAY, "100.01", "over_refundable");
    let foreign = Command::Refund {
        amount: money("5.00", "CAD"),
        reason: super::reason("fraud_suspected"),
        note: None,
    };
    assert_eq!(code(&foreign, PaymentState::Paid), "currency");
    let long = Command::Refund {
        amount: usd("5.00"),
        reason: super::reason("other"),
        note: Some("x".repeat(65_535)),
    };
    assert_eq!(code(&long, PaymentState::Paid), "text_not_carried");
}

#[test]
fn what_is_left_is_never_more_than_either_count_and_counts_no_refund_twice() {
    let check = |wepay: Option<&str>, here: &str, disputed: i64, left: &str| {
        let mut paid = facts(PaymentState::Paid);
        paid.refunded = wepay.map(usd);
        if disputed > 0 {
            paid.details.marks.insert("disputed".to_owned(), disputed.to_string());
        }
        let subject = Subject { refunded_here: usd(here), ..subject(&paid) };
        let found = Wepay.refundable(&account(), &subject);
        assert_eq!(found, Some(usd(left)), "{wepay:?} {here} {disputed}");
    };
    check(Some("0.00"), "0.00", 0, "100.00");
    check(Some("30.00"), "30.00", 0, "70.00");
    check(Some("30.00"), "0.00", 0, "70.00");
    check(Some("0.00"), "30.00", 0, "70.00");
    check(Some("30.00"), "50.00", 0, "50.00");
    check(None, "40.00", 0, "60.00");
    check(Some("100.00"), "100.00", 0, "0.00");
    check(Some("150.00"), "0.00", 0, "0.00");
    check(Some("30.00"), "0.00", 2_500, "45.00");
    let held = facts(PaymentState::Authorized);
    assert_eq!(Wepay.refundable(&account(), &subject(&held)), None);
}

#[test]
fn after_a_dispute_the_rest_goes_back_whole() {
    let mut paid = facts(PaymentState::Paid);
    paid.details.marks.insert("disputed".to_owned(), "2500".to_owned());
    let check = |amount: &str, expected: &str| {
        assert_eq!(code_of(&account(), &refund(amount), &subject(&paid)), expected, "{amount}");
    };
    check("75.00", ALLOWED);
    check("74.99", "part_not_offered");
    check("75.01", "over_refundable");
}

#[test]
fn payments_begin_elsewhere_and_every_change_is_about_one() {
    let start = Command::Start {
        total: usd("5.00"),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    };
    assert_eq!(Wepay.check(&account(), &start, None), Err(WhyNot::NotOffered));
    for command in one_of_each() {
        let refused = Wepay.check(&account(), &command, None);
        assert_eq!(refused, Err(WhyNot::Missing { field: "payment" }));
    }
}

#[test]
fn what_may_be_done_again_follows_section_6() {
    let check = |command: Command, expected: RepeatSafety| {
        for baseline in [None, Some(base(state_for(&command)))] {
            let safety = Wepay.repeat_safety(&account(), &command, baseline.as_ref());
            assert_eq!(safety, expected, "{command:?}");
        }
    };
    check(adjust("80.00"), RepeatSafety::WithKey);
    check(relabel(Some("R-2"), &[]), RepeatSafety::WithKey);
    check(capture_at(DAY), RepeatSafety::WithKey);
    check(refund("50.00"), RepeatSafety::WithKey);
    check(capture(None), RepeatSafety::ReadBack);
    check(cancel(), RepeatSafety::ReadBack);
    check(Command::Void, RepeatSafety::HumanOnly);
    let retention = Wepay.key_retention_ms();
    assert!(retention <= DAY - MINUTE && retention > 23 * 60 * MINUTE);
}

#[test]
fn the_effect_is_told_in_plain_words() {
    let check = |command: Command, expected: &str| {
        let base = base(state_for(&command));
        let told = Wepay.effect_in_words(&account(), &command, Some(&base));
        assert_eq!(told, expected);
    };
    check(
        adjust("80.00"),
        "WePay will take USD 80.00 instead of USD 100.00 when the payment is captured. The names \
         of the amounts come from the settings of the account and are unverified.",
    );
    check(
        adjust("110.00"),
        "WePay will take USD 110.00 instead of USD 100.00 when the payment is captured. What was \
         authorised is noted in the payment's custom data, because WePay does not show it: card \
         networks take less than 120 % of it. The names of the amounts come from the settings of \
         the account and are unverified.",
    );
    check(
        relabel(Some("R-2"), &[("a", "b")]),
        "No money moves. The reference becomes R-2. The custom data is read first and sent back \
         whole with what changes.",
    );
    check(
        refund("50.00"),
        "WePay will return USD 50.00 to the customer. A refund takes its time there and may still \
         fail: the till reads it until it is done.",
    );
    check(
        cancel(),
        "WePay will give the authorised amount back to the customer; nothing is taken.",
    );
    check(capture(None), "WePay will take USD 100.00 now.");
    check(
        capture(Some("60.00")),
        "WePay will take USD 60.00 of the USD 100.00 that are held. The names of the amounts come \
         from the settings of the account and are unverified.",
    );
    check(capture_at(DAY), "WePay will take USD 100.00 by itself at 2025-12-02T00:00:00Z.");
}
