//! What a reading of a payment brings.

use counterfoil_connectors::Connector;
use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::moyasar::status::state;
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentState;
use counterfoil_core::reconcile::{base_after, shows_effect, shows_effect_since, still_as_seen};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    ID, MADE_AT_MS, account, answer, base_of, capture, describe, envelope, facts_of, money,
    payment, read, read_in, refund, relabel, sar, with,
};

#[test]
fn a_reading_brings_the_facts_of_the_page() {
    let facts = facts_of(&with(
        "captured",
        json!({"refunded": 1000, "refunded_at": "2026-03-02T10:00:00Z", "invoice_id": "inv-1"}),
    ));
    assert_eq!(facts.provider_ref, ID);
    assert_eq!((facts.state, facts.provider_status.as_str()), (PaymentState::Paid, "captured"));
    assert_eq!(facts.amount, sar("70.00"));
    assert_eq!(facts.refunded, Some(sar("10.00")));
    assert_eq!(facts.invoice_number.as_deref(), Some("inv-1"));
    assert_eq!(facts.payment_type.as_deref(), Some("creditcard"));
    assert_eq!((facts.reference, facts.minimum, facts.maximum), (None, None, None));
    assert_eq!(facts.read_at, Moment::from_millis(5));
    let details = facts.details;
    assert_eq!(details.captured, Some(sar("50.00")));
    assert_eq!(details.made_at, Some(Moment::from_millis(MADE_AT_MS)));
    assert_eq!(details.capture_at, None);
    assert_eq!(details.description.as_deref(), Some("Order 17"));
    let metadata: Vec<_> = details.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(metadata, [("order", "17"), ("till", "2")]);
    let marks: Vec<_> = details.marks.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let moments =
        [("refunded_at", "2026-03-02T10:00:00Z"), ("updated_at", "2026-03-01T09:31:00.000Z")];
    assert_eq!(marks, moments);
}

#[test]
fn moyasars_words_become_ours_to_the_letter() {
    let check = |word: &str, expected: PaymentState| assert_eq!(state(word), expected, "{word}");
    check("initiated", PaymentState::InProgress);
    check("authorized", PaymentState::Authorized);
    check("paid", PaymentState::Paid);
    check("captured", PaymentState::Paid);
    check("refunded", PaymentState::Refunded);
    check("voided", PaymentState::Cancelled);
    check("failed", PaymentState::Failed);
    for word in ["verified", "frozen", "", "Paid", "PAID", "paid ", "authorised", "canceled"] {
        check(word, PaymentState::Unclear);
    }
}

#[test]
fn what_may_be_missing_or_odd_is_no_error() {
    for changes in [
        json!({"source": {"type": "something new"}}),
        json!({"source": null}),
        json!({"source": {"type": {"a": 1}}}),
        json!({"metadata": null}),
        json!({"description": null}),
        json!({"description": ""}),
        json!({"created_at": "yesterday"}),
        json!({"updated_at": 7}),
        json!({"ip": "10.0.0.1", "amount_format": "600 SAR", "new": {"deep": [1]}}),
        json!({"amount_format": 7}),
    ] {
        assert_eq!(facts_of(&with("paid", changes)).amount, sar("70.00"));
    }
    let mut older = payment("paid");
    older.as_object_mut().expect("an object").remove("captured");
    assert_eq!(facts_of(&older).details.captured, None);
    assert_eq!(base_of(&older), base_of(&payment("paid")), "nothing captured is nothing said");
}

#[test]
fn what_must_be_there_and_fit_is() {
    let check = |changes: Value| {
        let end = read(200, &with("paid", changes.clone()).to_string());
        assert!(matches!(end, ReadEnd::Unclear { .. }), "{changes}: {end:?}");
    };
    for value in [json!(null), json!("7000"), json!(70.0), json!(-7000), json!([7000]), json!(true)]
    {
        check(json!({"amount": value}));
        if !value.is_null() {
            check(json!({"captured": value}));
        }
        check(json!({"refunded": value}));
    }
    check(json!({"amount": 1_000_000_000_001i64}));
    check(json!({"refunded": 7001}));
    check(json!({"captured": 7001}));
    check(json!({"id": null}));
    check(json!({"id": ID.to_uppercase()}));
    check(json!({"status": null}));
    check(json!({"status": ["paid"]}));
    check(json!({"currency": null}));
    check(json!({"currency": "sar"}));
    check(json!({"description": {"a": 1}}));
}

#[test]
fn minor_units_are_read_only_in_the_currencies_that_are_certain() {
    let amount = |code: &str| {
        let body = with("paid", json!({"currency": code, "amount": 1000})).to_string();
        match read_in(code, 200, &body) {
            ReadEnd::Facts(facts) => Some(facts.amount),
            _ => None,
        }
    };
    assert_eq!(amount("SAR"), Some(money("10.00", "SAR")));
    assert_eq!(amount("USD"), Some(money("10.00", "USD")));
    assert_eq!(amount("KWD"), Some(money("1.000", "KWD")));
    assert_eq!(amount("OMR"), Some(money("1.000", "OMR")));
    // None at all; the vendor's table says otherwise than ISO 4217; three decimals and not listed.
    for code in ["JPY", "KRW", "CZK", "PKR", "IQD", "JOD", "TND"] {
        assert_eq!(amount(code), None, "{code}");
    }
    let other = read_in("USD", 200, &payment("paid").to_string());
    let why = "the payment is in SAR, the account in USD".to_owned();
    assert_eq!(other, ReadEnd::Unclear { why, retry_after_ms: None });
}

#[test]
fn an_answer_that_brings_no_payment_says_what_it_says() {
    let auth = envelope("authentication_error", "Invalid authorization credentials");
    let message = "Invalid authorization credentials".to_owned();
    for code in [401, 403] {
        let refused = ReadEnd::CredentialsRefused { message: message.clone() };
        assert_eq!(read(code, &auth), refused);
    }
    let gone = envelope("invalid_request_error", "Payment not found");
    let message = "Payment not found".to_owned();
    assert_eq!(read(404, &gone), ReadEnd::NoSuchPayment { message });
    let inactive = envelope("account_inactive_error", "Entity not activated for live");
    let message = "Entity not activated for live".to_owned();
    assert_eq!(read(405, &inactive), ReadEnd::CredentialsRefused { message });
    let throttled = read(429, "Too Many Requests");
    assert!(matches!(throttled, ReadEnd::Unclear { retry_after_ms: Some(30_000), .. }));
    for (code, body) in
        [(200, ""), (204, ""), (404, "<html>"), (400, &*gone), (500, &*gone), (503, ""), (302, "")]
    {
        assert!(matches!(read(code, body), ReadEnd::Unclear { .. }), "{code} {body}");
    }
    let why = "the line was down".to_owned();
    let ends = [WireEnd::NeverLeft { why: why.clone() }];
    let never = Moyasar.decode_read(&account(), ID, &ends, Moment::from_millis(0));
    assert_eq!(never, ReadEnd::Unreachable { why });
}

#[test]
fn a_reading_proves_a_lost_change_or_does_not() {
    let check = |command, before: &Value, now: &Value, expected: bool| {
        let (before, now) = (base_of(before), base_of(now));
        assert_eq!(shows_effect_since(&command, &before, &now), expected, "{command:?} {now:?}");
    };
    let paid = payment("paid");
    let refunded = |sum: u32| with("paid", json!({"refunded": sum}));
    check(refund("3.00"), &paid, &refunded(300), true);
    check(refund("3.00"), &paid, &paid, false);
    check(refund("3.00"), &paid, &refunded(600), false);
    check(refund("3.00"), &refunded(100), &refunded(400), true);
    let whole = payment("refunded");
    check(refund("70.00"), &paid, &whole, true);
    check(refund("3.00"), &paid, &with("refunded", json!({"refunded": 300})), true);
    let authorized = payment("authorized");
    check(capture(Some("50.00")), &authorized, &payment("captured"), true);
    check(capture(None), &authorized, &payment("captured"), false);
    check(capture(None), &authorized, &with("captured", json!({"captured": 7000})), true);
    check(capture(None), &authorized, &authorized, false);
    check(counterfoil_core::command::Command::Void, &authorized, &payment("voided"), true);
    check(counterfoil_core::command::Command::Void, &authorized, &authorized, false);
    check(describe("Order 18"), &paid, &with("paid", json!({"description": "Order 18"})), true);
    let set = relabel(None, &[("order", "18"), ("till", "")]);
    let now = with("paid", json!({"metadata": {"order": "18", "till": ""}}));
    check(set.clone(), &paid, &now, true);
    check(set.clone(), &paid, &paid, false);
    assert!(still_as_seen(&base_after(&base_of(&paid), &set), &base_of(&now)));
}

#[test]
fn a_payment_is_as_seen_whatever_its_marks_say() {
    let seen = base_of(&payment("paid"));
    let later = base_of(&with("paid", json!({"updated_at": "2026-03-09T00:00:00.000Z"})));
    assert!(still_as_seen(&seen, &later));
    for changes in [
        json!({"refunded": 1}),
        json!({"description": "other"}),
        json!({"metadata": {"order": "17"}}),
        json!({"status": "voided"}),
    ] {
        assert!(!still_as_seen(&seen, &base_of(&with("paid", changes))));
    }
    assert!(!shows_effect(&capture(None), &seen), "nothing was captured of what was paid at once");
}

proptest! {
    #[test]
    fn no_bytes_make_a_reading_panic(
        body in any::<Vec<u8>>(),
        status in prop_oneof![Just(200u16), any::<u16>()],
        value in "[ -~]{0,20}",
    ) {
        let ends = [answer(status, &String::from_utf8_lossy(&body))];
        let end = Moyasar.decode_read(&account(), ID, &ends, Moment::from_millis(0));
        prop_assert!(!matches!(end, ReadEnd::Facts(_)));
        let odd = payment("paid").to_string().replace("7000", &value);
        let _ = read(200, &odd);
    }
}
