//! The state machine as tables: which command does what in which state.

use serde_json::{Map, Value, json};

use crate::moyasar::book::{Book, Done};
use crate::moyasar::create::{blank, create};
use crate::moyasar::payment::{MoyasarStatus, Payment};
use crate::moyasar::problem::Problem;
use crate::moyasar::texts;

use MoyasarStatus::{Authorized, Captured, Failed, Initiated, Paid, Refunded};

const ID: &str = "760878ec-d1d3-5f72-9056-191683f55872";
const MADE: u64 = 1_772_357_400_250;
const NOW: u64 = MADE + 60_000;
const WEEK: u64 = 7 * 24 * 60 * 60 * 1000;

/// One payment of 70.00 in this state; 50.00 of it captured where it says so.
fn book(status: MoyasarStatus) -> Book {
    let mut book = Book::new(String::new());
    let entries = json!({"order": "17", "till": "2"});
    book.add(Payment {
        status,
        captured: if status == Captured { 5_000 } else { 0 },
        refunded: if status == Refunded { 7_000 } else { 0 },
        description: Some("Order 17".to_owned()),
        metadata: entries.as_object().cloned().unwrap_or_default(),
        ..blank(ID.to_owned(), 0, 7_000, "SAR".to_owned(), MADE)
    });
    book
}

fn payment(book: &Book) -> &Payment {
    book.payment(ID).expect("the payment of the table")
}

fn update(book: &mut Book, members: Value) -> Result<Done, Problem> {
    let members = members.as_object().cloned().unwrap_or_default();
    let asked = texts::read(&members, &book.switches)?;
    book.update(0, ID, asked, NOW)
}

#[test]
fn each_command_is_taken_in_its_states_and_in_no_others() {
    for status in MoyasarStatus::ALL {
        let refund = book(status).refund(0, ID, None, NOW).is_ok();
        assert_eq!(refund, matches!(status, Paid | Captured), "refund {status:?}");
        let capture = book(status).capture(0, ID, None, NOW).is_ok();
        assert_eq!(capture, status == Authorized, "capture {status:?}");
        let void = book(status).void(0, ID, NOW).is_ok();
        assert_eq!(void, matches!(status, Authorized | Paid | Captured), "void {status:?}");
        assert!(update(&mut book(status), json!({"description": "x"})).is_ok(), "{status:?}");
        let mut strict = book(status);
        strict.switches.voids.until_settled = false;
        assert_eq!(strict.void(0, ID, NOW).is_ok(), status == Authorized, "{status:?}");
        strict.switches.updates.only_in = Some(vec![Initiated]);
        let updated = update(&mut strict, json!({"description": "x"})).is_ok();
        assert_eq!(updated, status == Initiated, "{status:?}");
    }
}

#[test]
fn a_capture_takes_once_and_releases_the_rest() {
    for (asked, taken) in [(None, 7_000), (Some(1), 1), (Some(7_000), 7_000)] {
        let mut book = book(Authorized);
        assert_eq!(book.capture(0, ID, asked, NOW).map(|done| done.amount), Ok(Some(taken)));
        let (status, captured) = (payment(&book).status, payment(&book).captured);
        assert_eq!((status, captured, payment(&book).amount), (Captured, taken, 7_000));
        assert!(book.capture(0, ID, Some(1), NOW).is_err(), "what is released is gone");
        assert!(book.refund(0, ID, Some(taken + 1), NOW).is_err(), "not more than was taken");
        assert!(book.refund(0, ID, Some(taken), NOW).is_ok());
    }
    assert!(book(Authorized).capture(0, ID, Some(7_001), NOW).is_err());
}

#[test]
fn an_authorisation_ends_with_time_or_by_the_issuer_and_its_state_stays() {
    let mut late = book(Authorized);
    assert!(late.capture(0, ID, None, MADE + WEEK + 1).is_err());
    assert_eq!(payment(&late).status, Authorized);
    assert!(late.capture(0, ID, None, MADE + WEEK).is_ok());
    let mut dead = book(Authorized);
    dead.payment_mut(ID).expect("the payment").dead = true;
    assert!(dead.capture(0, ID, None, NOW).is_err());
    assert_eq!(payment(&dead).status, Authorized);
    assert!(dead.void(0, ID, NOW).is_ok());
}

#[test]
fn what_is_settled_or_refunded_is_not_voided() {
    let mut settled = book(Paid);
    settled.payment_mut(ID).expect("the payment").settled = true;
    assert!(settled.void(0, ID, NOW).is_err());
    let mut part = book(Captured);
    part.switches.partial_refunds.become_refunded = false;
    part.refund(0, ID, Some(1), NOW).expect("a part");
    assert!(part.void(0, ID, NOW).is_err());
    let done = book(Paid).void(0, ID, NOW).expect("not settled yet");
    assert_eq!(done.amount, Some(7_000), "what had been paid goes back");
    assert_eq!(book(Authorized).void(0, ID, NOW).expect("held").amount, None);
}

#[test]
fn refunds_add_up_and_two_equal_ones_are_two() {
    let mut book = book(Paid);
    book.switches.partial_refunds.become_refunded = false;
    book.switches.partial_refunds.second_allowed = true;
    for sum in [3_000, 6_000] {
        assert_eq!(book.refund(0, ID, Some(3_000), NOW).map(|done| done.amount), Ok(Some(3_000)));
        assert_eq!((payment(&book).refunded, payment(&book).status), (sum, Paid));
    }
    assert!(book.refund(0, ID, Some(1_001), NOW).is_err());
    assert_eq!(book.refund(0, ID, None, NOW).map(|done| done.amount), Ok(Some(1_000)));
    assert_eq!((payment(&book).refunded, payment(&book).status), (7_000, Refunded));
    assert!(book.refund(0, ID, None, NOW).is_err());
}

#[test]
fn a_refund_of_a_part_leaves_what_the_switches_say() {
    let check = |become_refunded: bool, second_allowed: bool, status, again: bool| {
        let mut book = book(Paid);
        book.switches.partial_refunds.become_refunded = become_refunded;
        book.switches.partial_refunds.second_allowed = second_allowed;
        book.refund(0, ID, Some(300), NOW).expect("a part");
        assert_eq!(payment(&book).status, status);
        assert_eq!(book.refund(0, ID, Some(300), NOW).is_ok(), again);
    };
    check(true, false, Refunded, false);
    check(true, true, Refunded, true);
    check(false, false, Paid, false);
    check(false, true, Paid, true);
}

#[test]
fn an_update_sets_texts_and_an_empty_one_unsets() {
    let check = |replace: bool, members: Value, description: Option<&str>, metadata: Value| {
        let mut book = book(Paid);
        book.switches.metadata.replace = replace;
        update(&mut book, members.clone()).expect("within the limits");
        let after = payment(&book);
        assert_eq!(after.description.as_deref(), description, "{members}");
        assert_eq!(Value::Object(after.metadata.clone()), metadata, "{members}");
        assert_eq!((after.amount, after.updated_at), (7_000, NOW));
    };
    let both = || json!({"order": "17", "till": "2"});
    let old = Some("Order 17");
    check(false, json!({"description": "x", "amount": 1, "status": "paid"}), Some("x"), both());
    check(false, json!({"description": ""}), None, both());
    check(false, json!({}), old, both());
    let set = || json!({"metadata": {"order": "18", "new": 7}});
    check(false, set(), old, json!({"order": "18", "till": "2", "new": 7}));
    check(true, set(), old, json!({"order": "18", "new": 7}));
    check(false, json!({"metadata": {"till": ""}}), old, json!({"order": "17"}));
    check(true, json!({"metadata": {"order": "17", "till": ""}}), old, json!({"order": "17"}));
    check(false, json!({"metadata": {}}), old, json!({}));
}

#[test]
fn texts_beyond_the_limits_change_nothing() {
    let entries = |count: usize| -> Map<String, Value> {
        (0..count).map(|number| (format!("k{number}"), json!("v"))).collect()
    };
    for bad in [
        json!({"description": "x".repeat(256)}),
        json!({"description": 7}),
        json!({"metadata": []}),
        json!({"metadata": {"k".repeat(41): "v"}}),
        json!({"metadata": {"k": "v".repeat(501)}}),
        json!({"metadata": {"k": {"deep": 1}}}),
        json!({"metadata": entries(31)}),
        json!({"metadata": entries(29)}),
    ] {
        let mut book = book(Paid);
        assert!(update(&mut book, bad.clone()).is_err(), "{bad}");
        assert_eq!(payment(&book).metadata.len(), 2);
        assert_eq!(payment(&book).description.as_deref(), Some("Order 17"));
    }
    assert!(update(&mut book(Paid), json!({"metadata": entries(28)})).is_ok());
}

#[test]
fn one_merchant_never_reaches_the_payments_of_another() {
    let mut book = book(Paid);
    assert!(book.owned(1, ID).is_err());
    assert_eq!(book.refund(1, ID, None, NOW), Err(Problem::missing()));
    assert_eq!(book.capture(1, ID, None, NOW), Err(Problem::missing()));
    assert_eq!(book.void(1, ID, NOW), Err(Problem::missing()));
}

#[test]
fn cards_decide_what_a_creation_leads_to() {
    let make = |book: &mut Book, number: &str, manual: bool| {
        let members = json!({
            "amount": 100, "currency": "SAR",
            "source": {"type": "creditcard", "number": number, "manual": manual},
        });
        let members = members.as_object().cloned().unwrap_or_default();
        let mut chance = crate::chance::Chance::new(1);
        create(book, 0, &members, false, &mut chance, NOW).map(|_| ()).expect("created");
        book.payments().last().expect("it is there").status
    };
    let mut book = Book::new(String::new());
    assert_eq!(make(&mut book, "4111111111111111", false), Paid);
    assert_eq!(make(&mut book, "4201320111111010", true), Authorized);
    assert_eq!(make(&mut book, "4123120001090000", false), Failed);
    assert_eq!(make(&mut book, "4000000000000000", false), Failed);
    book.switches.editions.unlisted_card_pays = true;
    assert_eq!(make(&mut book, "4000000000000000", false), Paid);
}
