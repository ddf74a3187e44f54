//! What may be asked for, why not, and what may be done again: walked over every state, kind and
//! edge.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{Connector, Subject};
use counterfoil_core::capability::{RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentFacts;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    MADE_AT_MS, WORDS, account, account_in, adjust, base_of, cancel, capture, describe, facts_of,
    judge, money, payment, refund, refund_of, relabel, request, sar, start, subject, with,
};

const ALLOWED: &str = "-";
const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;

fn rows(subject: &Subject<'_>) -> Vec<(Kind, Option<WhyNot>)> {
    let rows = Moyasar.offers(&account(), subject);
    rows.into_iter().map(|row| (row.kind, row.why_not)).collect()
}

fn word(why_not: Option<&WhyNot>) -> String {
    match why_not {
        None => ALLOWED.to_owned(),
        Some(WhyNot::UseInstead { kind }) => format!("use {}", kind.word()),
        Some(other) => other.code().to_owned(),
    }
}

fn code(command: &Command, facts: &PaymentFacts) -> String {
    word(judge(command, facts).err().as_ref())
}

#[test]
fn the_table_of_offers_follows_the_state() {
    let kinds =
        [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];
    let check = |status: &str, expected: [&str; 6]| {
        let facts = facts_of(&payment(status));
        let rows = rows(&subject(&facts));
        assert_eq!(rows.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), kinds);
        let words: Vec<String> = rows.iter().map(|(_, why_not)| word(why_not.as_ref())).collect();
        assert_eq!(words, expected, "{status}");
    };
    let (never, no, unclear) = ("not_offered", "state", "state_unclear");
    check("initiated", [never, "-", no, never, no, no]);
    check("authorized", ["use capture", "-", no, "use void", "-", "-"]);
    check("paid", ["use refund", "-", "-", never, no, "use refund"]);
    check("captured", ["use refund", "-", "-", never, no, "use refund"]);
    check("refunded", [never, "-", no, never, no, no]);
    check("failed", [never, "-", no, never, no, no]);
    check("voided", [never, "-", no, never, no, no]);
    check("verified", [never, unclear, unclear, never, unclear, unclear]);
    check("frozen", [never, unclear, unclear, never, unclear, unclear]);
}

#[test]
fn a_command_is_refused_as_its_row_says_and_an_allowed_one_can_be_written() {
    let commands = [
        adjust("60.00"),
        describe("Order 18"),
        refund("10.00"),
        cancel(),
        capture(Some("50.00")),
        Command::Void,
    ];
    for status in WORDS {
        let facts = facts_of(&payment(status));
        let rows = rows(&subject(&facts));
        for (command, (kind, why_not)) in commands.iter().zip(rows) {
            assert_eq!(command.kind(), kind);
            assert_eq!(code(command, &facts), word(why_not.as_ref()), "{status} {kind:?}");
            if why_not.is_none() {
                assert!(request(command, Some(&base_of(&payment(status)))).is_ok(), "{status}");
            }
        }
    }
}

#[test]
fn an_amount_is_never_changed_and_only_a_lower_one_has_another_way() {
    for status in WORDS {
        let facts = facts_of(&payment(status));
        for total in ["70.00", "70.01", "7000.00"] {
            assert_eq!(code(&adjust(total), &facts), "not_offered", "{status} {total}");
        }
        let lower = code(&adjust("69.99"), &facts);
        let expected = match status {
            "authorized" => "use capture",
            "paid" | "captured" => "use refund",
            _ => "not_offered",
        };
        assert_eq!(lower, expected, "{status}");
    }
}

#[test]
fn a_capture_takes_a_part_or_all_and_never_more() {
    let facts = facts_of(&payment("authorized"));
    let check = |command: Command, expected: &str| {
        assert_eq!(code(&command, &facts), expected, "{command:?}");
    };
    check(capture(None), "-");
    check(capture(Some("0.01")), "-");
    check(capture(Some("70.00")), "-");
    check(capture(Some("70.01")), "above_maximum");
    check(capture(Some("0.00")), "not_positive");
    check(Command::Capture { amount: Some(money("1.00", "USD")), at: None }, "currency");
    let at = Some(Moment::from_millis(MADE_AT_MS + 1));
    check(Command::Capture { amount: None, at }, "not_offered");
}

#[test]
fn an_authorisation_is_taken_to_hold_for_seven_days() {
    let facts = facts_of(&payment("authorized"));
    let at = |millis: i64| {
        let subject = Subject { now: Moment::from_millis(millis), ..subject(&facts) };
        let judged = Moyasar.check(&account(), &capture(None), Some(&subject)).err();
        assert_eq!(rows(&subject)[4].1, judged, "the row says the same");
        word(judged.as_ref())
    };
    assert_eq!(at(MADE_AT_MS), ALLOWED);
    assert_eq!(at(MADE_AT_MS + WEEK_MS), ALLOWED);
    assert_eq!(at(MADE_AT_MS + WEEK_MS + 1), "too_late");
    let undated = facts_of(&with("authorized", json!({"created_at": null})));
    let late = Moment::from_millis(i64::MAX);
    let subject = Subject { now: late, ..subject(&undated) };
    assert_eq!(Moyasar.check(&account(), &capture(None), Some(&subject)), Ok(Vec::new()));
    let voided = Moyasar.check(&account(), &Command::Void, Some(&subject));
    assert_eq!(voided, Ok(Vec::new()), "letting go is never too late");
}

#[test]
fn what_is_left_to_refund_follows_the_numbers() {
    let check = |changes: Value, status: &str, here: &str, expected: Option<&str>| {
        let facts = facts_of(&with(status, changes.clone()));
        let subject = Subject { refunded_here: sar(here), ..subject(&facts) };
        let left = Moyasar.refundable(&account(), &subject);
        assert_eq!(left, expected.map(sar), "{status} {changes} {here}");
    };
    let refunded = |minor: u32| json!({"refunded": minor});
    check(refunded(0), "paid", "0.00", Some("70.00"));
    check(refunded(0), "captured", "0.00", Some("50.00"));
    check(refunded(1000), "captured", "0.00", Some("40.00"));
    // An applied refund of this till stands in both sums and counts once.
    check(refunded(1000), "paid", "10.00", Some("60.00"));
    // One on its way stands only in ours, one by another hand only in theirs.
    check(refunded(1000), "paid", "30.00", Some("40.00"));
    check(refunded(3000), "paid", "10.00", Some("40.00"));
    check(refunded(7000), "paid", "0.00", Some("0.00"));
    check(refunded(0), "paid", "70.01", Some("0.00"));
    check(refunded(6000), "captured", "0.00", Some("0.00"));
    check(json!({"captured": null}), "captured", "0.00", None);
    for status in ["initiated", "authorized", "refunded", "failed", "voided", "verified"] {
        check(json!({}), status, "0.00", None);
    }
    // A-MOY-05: called refunded although little went back.
    check(refunded(300), "refunded", "0.00", None);
}

#[test]
fn a_refund_is_capped_by_what_is_left() {
    let facts = facts_of(&with("paid", json!({"refunded": 1000})));
    let check = |here: &str, asked: &str, expected: Result<(), &str>| {
        let subject = Subject { refunded_here: sar(here), ..subject(&facts) };
        let judged = Moyasar.check(&account(), &refund(asked), Some(&subject));
        let expected = match expected {
            Ok(()) => Ok(Vec::new()),
            Err(left) => Err(WhyNot::OverRefundable { refundable: sar(left) }),
        };
        assert_eq!(judged, expected, "{here} {asked}");
    };
    check("0.00", "60.00", Ok(()));
    check("0.00", "60.01", Err("60.00"));
    check("10.00", "60.00", Ok(()));
    check("30.00", "40.00", Ok(()));
    check("30.00", "40.01", Err("40.00"));
    check("70.00", "0.01", Err("0.00"));
    assert_eq!(code(&refund("0.00"), &facts), "not_positive");
    assert_eq!(code(&refund_of(money("1.00", "USD")), &facts), "currency");
    let spent = Subject { refunded_here: sar("70.00"), ..subject(&facts) };
    assert_eq!(rows(&spent)[2].1, Some(WhyNot::OverRefundable { refundable: sar("0.00") }));
}

#[test]
fn only_description_and_metadata_can_be_relabelled_and_something_must_change() {
    let facts = facts_of(&payment("paid"));
    let check = |command: Command, expected: &str| {
        assert_eq!(code(&command, &facts), expected, "{command:?}");
    };
    let other = |invoice: bool, reference: bool| Command::Relabel {
        invoice: invoice.then(|| "I".to_owned()),
        reference: reference.then(|| "R".to_owned()),
        description: Some("Order 18".to_owned()),
        metadata: std::collections::BTreeMap::new(),
    };
    check(other(false, false), "-");
    check(other(true, false), "text_not_offered");
    check(other(false, true), "text_not_offered");
    check(relabel(None, &[]), "nothing_changes");
    check(describe("Order 17"), "nothing_changes");
    check(relabel(None, &[("order", "17")]), "nothing_changes");
    check(relabel(None, &[("gone", "")]), "nothing_changes");
    check(relabel(Some("Order 17"), &[("order", "18")]), "-");
    check(relabel(None, &[("order", "")]), "-");
    check(describe(&"x".repeat(256)), "text_not_carried");
    check(relabel(None, &[("k", &"x".repeat(501))]), "text_not_carried");
    let nested = facts_of(&with("paid", json!({"metadata": {"a": [1]}})));
    assert_eq!(code(&relabel(None, &[("k", "v")]), &nested), "text_not_carried");
    assert_eq!(code(&describe("Order 18"), &nested), "-");
}

#[test]
fn all_but_a_start_is_about_a_payment_and_a_start_is_made_elsewhere() {
    for command in [adjust("1.00"), describe("x"), refund("1.00"), cancel(), Command::Void] {
        let refused = Moyasar.check(&account(), &command, None);
        assert_eq!(refused, Err(WhyNot::Missing { field: "payment" }));
    }
    assert_eq!(Moyasar.check(&account(), &start(), None), Err(WhyNot::NotOffered));
}

#[test]
fn what_may_be_done_again_follows_section_6() {
    let check = |command: Command, before: Option<Value>, expected: RepeatSafety| {
        let base = before.as_ref().map(base_of);
        let safety = Moyasar.repeat_safety(&account(), &command, base.as_ref());
        assert_eq!(safety, expected, "{command:?}");
    };
    let refunded = |minor: u32| Some(with("paid", json!({"refunded": minor})));
    check(describe("x"), Some(payment("paid")), RepeatSafety::Absolute);
    check(capture(None), Some(payment("authorized")), RepeatSafety::ReadBack);
    check(capture(Some("1.00")), None, RepeatSafety::ReadBack);
    check(Command::Void, Some(payment("authorized")), RepeatSafety::ReadBack);
    let human = RepeatSafety::ReadBackThenHuman;
    check(refund("70.00"), refunded(0), RepeatSafety::ReadBack);
    check(refund("69.99"), refunded(0), human);
    check(refund("70.00"), None, human);
    check(refund("70.00"), refunded(1000), human);
    // All that is left is still only a part of what was taken.
    check(refund("60.00"), refunded(1000), human);
    check(refund("50.00"), Some(payment("captured")), RepeatSafety::ReadBack);
    check(refund("70.00"), Some(payment("captured")), human);
    check(refund("70.00"), Some(payment("refunded")), human);
    for command in [start(), adjust("1.00"), cancel()] {
        check(command, Some(payment("paid")), RepeatSafety::HumanOnly);
    }
}

#[test]
fn the_effect_is_told_in_plain_words() {
    let check = |command: Command, status: Option<&str>, expected: &str| {
        let base = status.map(|status| base_of(&payment(status)));
        assert_eq!(Moyasar.effect_in_words(&account(), &command, base.as_ref()), expected);
    };
    check(
        capture(Some("50.00")),
        Some("authorized"),
        "Moyasar will take SAR 50.00 and release the other SAR 20.00 for good: the rest cannot be \
         captured later.",
    );
    check(capture(None), Some("authorized"), "Moyasar will take SAR 70.00, all that it holds.");
    check(
        Command::Void,
        Some("authorized"),
        "Moyasar will release the SAR 70.00 it holds. Nothing is taken.",
    );
    check(
        refund("70.00"),
        Some("paid"),
        "Moyasar will return SAR 70.00, all that was taken, to the customer.",
    );
    check(
        refund("30.00"),
        Some("paid"),
        "Moyasar will return SAR 30.00 to the customer. It shows the sum of all refunds and no \
         single one: if the answer is lost and the sum has not moved, a person has to decide. \
         Whether it takes a second refund of this payment afterwards is not documented.",
    );
    check(
        relabel(Some("Order 18"), &[("order", "18"), ("till", "")]),
        Some("paid"),
        "No money moves. The description becomes \"Order 18\" instead of \"Order 17\". The \
         metadata order becomes \"18\". The metadata till is taken away.",
    );
    for command in [start(), adjust("1.00"), cancel(), capture(None), Command::Void] {
        assert!(!Moyasar.effect_in_words(&account(), &command, None).is_empty());
    }
}

proptest! {
    #[test]
    fn no_refund_is_allowed_beyond_what_is_left_by_either_count(
        refunded in 0..=7000i64,
        captured in 0..=7000i64,
        here in 0..=8000i64,
        asked in 1..=8000i64,
        word in prop::sample::select(WORDS.to_vec()),
    ) {
        let facts = facts_of(&with(word, json!({"refunded": refunded, "captured": captured})));
        let of = |minor| counterfoil_core::money::Money::from_minor(minor, facts.amount.currency());
        let subject = Subject { refunded_here: of(here).expect("small"), ..subject(&facts) };
        let allowed = Moyasar
            .check(&account_in("SAR"), &refund_of(of(asked).expect("small")), Some(&subject))
            .is_ok();
        let taken = match word { "paid" => 7000, "captured" => captured, _ => 0 };
        prop_assert_eq!(allowed, asked <= taken - refunded.max(here));
    }
}
