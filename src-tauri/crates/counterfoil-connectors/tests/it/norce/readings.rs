//! What a reading and a page mean.

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{Connector, ListEnd};
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};
use counterfoil_core::reconcile::{shows_effect, shows_effect_since, still_as_seen};

use super::support::{
    NAME, PAYMENT, account, account_with, adjust, answer, cancel, capture, facts, facts_in, label,
    order, order_in, read, refund, rename, sek,
};

const KLARNA: &str = "klarna_checkout_adapter";

/// A reading of four answers: order, refresh, order, transactions.
fn four(first: &str, again: &str, transactions: &str) -> ReadEnd {
    let ends = [first, "", again, transactions].map(|body| answer(200, body));
    read(&account(), &ends)
}

fn facts_of(end: ReadEnd) -> PaymentFacts {
    match end {
        ReadEnd::Facts(facts) => *facts,
        other => unreachable!("no facts: {other:?}"),
    }
}

fn transaction(event: &str, success: bool, left: &str) -> String {
    format!(r#"{{"event":"{event}","isSuccess":{success},"amount":{left},"created":"2025-01-31"}}"#)
}

#[test]
fn an_order_becomes_the_facts_of_one_payment() {
    let facts = facts();
    assert_eq!(facts.provider_ref, NAME);
    assert_eq!((facts.state, facts.provider_status.as_str()), (PaymentState::Open, "intent"));
    assert_eq!(facts.amount, sek("12.50"));
    assert_eq!(facts.reference.as_deref(), Some("INV1234"), "the order's, which can be changed");
    assert_eq!((facts.invoice_number, facts.minimum), (None, None));
    assert_eq!(facts.maximum, Some(sek("25.00")));
    assert_eq!(facts.payment_type.as_deref(), Some("Klarna"));
    assert_eq!(facts.details.made_at.map(Moment::as_millis), Some(1_738_324_800_000));
    let metadata: Vec<_> = facts.details.metadata.into_iter().collect();
    let own = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    assert_eq!(metadata, [own("seller", "7"), own("store", "Göteborg")], "texts alone");
    let marks: Vec<_> = facts.details.marks.into_iter().collect();
    let expected = [
        own("adapter_id", KLARNA),
        own("last_modified", "2025-01-31T12:05:00Z"),
        own("order_status", "checkout"),
        own("place", "2"),
        own("psp_reference", "7d31e2cf"),
    ];
    assert_eq!(marks, expected);
}

#[test]
fn a_voucher_covers_no_more_than_it_holds() {
    let name = "o_yClTSySjyAuuBjmiBlHCjuEcTf/p_voucherExampleBBBBBBBBBBBBB";
    let end = Norce.decode_read(&account(), name, &[answer(200, &order())], Moment::default());
    assert_eq!(facts_of(end).maximum, Some(sek("5.00")));
}

#[test]
fn each_word_has_one_meaning_whatever_its_case_and_others_are_unclear() {
    let check = |word: &str, expected: PaymentState| {
        let facts = facts_in(word, "checkout");
        assert_eq!((facts.state, facts.provider_status.as_str()), (expected, word));
    };
    check("intent", PaymentState::Open);
    check("Intent", PaymentState::Open);
    check("INTENT", PaymentState::Open);
    check("processing", PaymentState::InProgress);
    check("pending", PaymentState::InProgress);
    check("confirmed", PaymentState::InProgress);
    check("reserved", PaymentState::Authorized);
    check("captured", PaymentState::Paid);
    check("credited", PaymentState::Refunded);
    check("refunded", PaymentState::Refunded);
    check("failed", PaymentState::Failed);
    check("declined", PaymentState::Failed);
    check("cancelled", PaymentState::Cancelled);
    check("removed", PaymentState::Cancelled);
    for other in ["canceled", "somethingNew", "0", "intent ", "paid"] {
        check(other, PaymentState::Unclear);
    }
    let number = order().replace(
        r#""state":"intent",
        "reference""#,
        r#""state":3,"reference""#,
    );
    assert_eq!(facts_of(read(&account(), &[answer(200, &number)])).state, PaymentState::Unclear);
    let removed = facts_in("intent", "removed");
    assert_eq!(removed.state, PaymentState::Cancelled, "the order itself is removed");
}

#[test]
fn what_was_taken_and_returned_is_said_by_the_state_or_by_a_transaction() {
    let check = |word: &str, log: &[String], captured: Option<&str>, refunded: &str| {
        let held = order_in("captured", KLARNA, "accepted");
        let again = order_in(word, KLARNA, "accepted");
        let log = format!("[{}]", log.join(","));
        let facts = facts_of(four(&held, &again, &log));
        assert_eq!(facts.details.captured, captured.map(sek), "{word} {log}");
        assert_eq!(facts.refunded, Some(sek(refunded)), "{word} {log}");
    };
    let all = Some("12.50");
    check("intent", &[], None, "0.00");
    check("reserved", &[], None, "0.00");
    check("reserved", &[transaction("capture", false, "12.5")], None, "0.00");
    check("reserved", &[transaction("Capture", true, "12.5")], all, "0.00");
    check("captured", &[], all, "0.00");
    check("captured", &[transaction("refund", false, "0")], all, "0.00");
    check("captured", &[transaction("refund", true, "0")], all, "12.50");
    check("captured", &[transaction("refund", true, "10")], all, "2.50");
    check("captured", &[transaction("refund", true, "null")], all, "12.50");
    check("captured", &[transaction("refund", true, "99")], all, "12.50");
    check("refunded", &[transaction("refund", true, "10")], all, "12.50");
    check("credited", &[], all, "12.50");
    let two = [transaction("refund", true, "10"), transaction("refund", true, "4")];
    check("credited", &two, all, "8.50");
}

#[test]
fn an_effect_is_proved_by_the_reading_that_follows() {
    let base = Base::of(&facts());
    let after = |edit: (&str, &str)| {
        let end = read(&account(), &[answer(200, &order().replace(edit.0, edit.1))]);
        Base::of(&facts_of(end))
    };
    let raised = after((r#""amount":12.50"#, r#""amount":15"#));
    assert!(shows_effect_since(&adjust("15.00"), &base, &raised));
    assert!(!shows_effect_since(&adjust("15.01"), &base, &raised));
    let renamed = after(("INV1234", "SO-9"));
    assert!(shows_effect_since(&rename("SO-9"), &base, &renamed));
    let labelled = after((r#""seller":"7""#, r#""seller":null,"note":"x""#));
    assert!(shows_effect_since(&label(&[("seller", ""), ("note", "x")]), &base, &labelled));
    let reserved = Base::of(&facts_in("reserved", "accepted"));
    let captured = Base::of(&facts_in("captured", "accepted"));
    assert!(shows_effect_since(&capture(), &reserved, &captured));
    assert!(shows_effect_since(&refund("12.50"), &captured, &Base::of(&facts_in("refunded", "x"))));
    assert!(shows_effect_since(&cancel(), &reserved, &Base::of(&facts_in("cancelled", "x"))));
    assert!(!shows_effect(&capture(), &reserved) && !shows_effect(&cancel(), &captured));
}

#[test]
fn an_own_capture_makes_no_conflict_for_what_waits_behind_it() {
    let reserved = Base::of(&facts_in("reserved", "accepted"));
    let moved = counterfoil_core::reconcile::base_after(&reserved, &capture());
    assert!(still_as_seen(&moved, &Base::of(&facts_in("captured", "accepted"))));
}

#[test]
fn a_refresh_that_fails_spoils_nothing_and_a_failed_order_or_log_is_said() {
    let held = order_in("reserved", KLARNA, "accepted");
    let fail = |status: u16| answer(status, r#"{"code":"klarna-error"}"#);
    let three = |log: WireEnd| read(&account(), &[answer(200, &held), fail(400), log]);
    assert_eq!(facts_of(three(answer(200, "[]"))).state, PaymentState::Authorized);
    assert_eq!(facts_of(three(fail(404))).state, PaymentState::Authorized);
    assert_eq!(facts_of(three(fail(403))).state, PaymentState::Authorized);
    for bad in [fail(500), answer(200, "{}"), answer(200, ""), fail(400)] {
        assert!(matches!(three(bad), ReadEnd::Unclear { .. }));
    }
    let gone =
        read(&account(), &[answer(200, &held), answer(200, ""), fail(502), answer(200, "[]")]);
    assert!(matches!(gone, ReadEnd::Unclear { .. }), "{gone:?}");
}

#[test]
fn a_reading_says_what_it_cannot_see() {
    let check = |status: u16, body: &str, expected: &str| {
        let end = read(&account(), &[answer(status, body)]);
        let word = match &end {
            ReadEnd::Facts(_) => "facts",
            ReadEnd::NoSuchPayment { .. } => "none",
            ReadEnd::CredentialsRefused { .. } => "credentials",
            ReadEnd::Unreachable { .. } => "unreachable",
            ReadEnd::Unclear { .. } => "unclear",
        };
        assert_eq!(word, expected, "{status} {body}: {end:?}");
    };
    check(200, &order(), "facts");
    check(404, r#"{"code":"order-not-found","message":"x"}"#, "none");
    check(200, &order().replace(PAYMENT, "p_other"), "none");
    check(401, r#"{"code":"unauthorized"}"#, "credentials");
    check(401, "", "unclear");
    check(403, "{}", "unclear");
    check(404, "", "unclear");
    check(429, "{}", "unclear");
    check(202, &order(), "unclear");
    check(500, &order(), "unclear");
    check(200, "", "unclear");
    check(200, "[]", "unclear");
    check(200, &order().replace("o_yClTSySjyAuuBjmiBlHCjuEcTf", "o_other"), "unclear");
    check(200, &order().replace(r#""amount":12.50,"#, ""), "unclear");
    check(200, &order().replace(r#""amount":12.50"#, r#""amount":1.25e1"#), "unclear");
    check(200, &order().replace(r#""amount":12.50"#, r#""amount":12.505"#), "unclear");
    check(200, &order().replace(r#""amount":12.50"#, r#""amount":-1"#), "unclear");
    check(
        200,
        &order()
            .replace(r#""amount":12.50,"currency":"SEK""#, r#""amount":12.50,"currency":"EUR""#),
        "unclear",
    );
    let end = read(&account(), &[WireEnd::NeverLeft { why: "no line".to_owned() }]);
    assert_eq!(end, ReadEnd::Unreachable { why: "no line".to_owned() });
    let throttled = read(&account(), &[answer(429, "{}")]);
    assert!(matches!(throttled, ReadEnd::Unclear { retry_after_ms: Some(7_000), .. }));
}

fn page(offset: &str, total: &str, orders: &[String]) -> String {
    let size = orders.len();
    format!(
        r#"{{"data":[{}],"pagination":{{"limit":50,"offset":{offset},"size":{size},{}}}}}"#,
        orders.join(","),
        format_args!(r#""totalSize":{total}"#),
    )
}

#[test]
fn a_page_brings_live_payments_and_names_what_cannot_be_read() {
    let removed = order_in("intent", KLARNA, "removed");
    let foreign =
        order().replace(r#""amount":12.50,"currency":"SEK""#, r#""amount":12.50,"currency":"EUR""#);
    let body = page("0", "9", &[order(), removed, foreign]);
    let ListEnd::Page { payments, unreadable, next } =
        Norce.decode_list(&account(), &answer(200, &body), Moment::from_millis(5))
    else {
        panic!("a page");
    };
    let names: Vec<&str> = payments.iter().map(|facts| facts.provider_ref.as_str()).collect();
    let voucher = "o_yClTSySjyAuuBjmiBlHCjuEcTf/p_voucherExampleBBBBBBBBBBBBB";
    assert_eq!(names, [voucher, NAME, voucher]);
    assert_eq!(unreadable.len(), 1);
    assert!(unreadable[0].starts_with(NAME), "{unreadable:?}");
    assert_eq!(next.as_deref(), Some("3"));
    assert!(still_as_seen(&Base::of(&payments[1]), &Base::of(&facts())), "as a reading sees it");
}

#[test]
fn the_last_page_has_no_next_and_a_page_without_its_place_is_none() {
    let next =
        |body: &str| match Norce.decode_list(&account(), &answer(200, body), Moment::default()) {
            ListEnd::Page { next, .. } => Some(next),
            ListEnd::CredentialsRefused { .. }
            | ListEnd::Unreachable { .. }
            | ListEnd::Unclear { .. } => None,
        };
    assert_eq!(next(&page("50", "52", &[order(), order()])), Some(None));
    assert_eq!(next(&page("50", "53", &[order(), order()])), Some(Some("52".to_owned())));
    assert_eq!(next(&page("60", "53", &[])), Some(None), "an empty page ends it");
    assert_eq!(next(&page("-1", "53", &[])), None);
    assert_eq!(next(&page("0", "\"9\"", &[order()])), None);
    assert_eq!(next(&page("0.5", "9", &[order()])), None);
    assert_eq!(next(&format!(r#"{{"data":[{}]}}"#, order())), None);
    assert_eq!(next("[]"), None);
    assert_eq!(next(&page("0", "1", &["7".to_owned()])), None);
}

#[test]
fn currencies_of_no_and_three_decimals_are_not_read_as_something_else() {
    for code in ["JPY", "KWD"] {
        let account = account_with(code, &[("merchant", "norce"), ("channel", "1")]);
        let end = Norce.decode_read(&account, NAME, &[answer(200, &order())], Moment::default());
        assert!(matches!(end, ReadEnd::Unclear { .. }), "{code}: {end:?}");
    }
}
