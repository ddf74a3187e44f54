//! What each answer means: the tables of sections 3 and 4.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::wepay::status::state;
use counterfoil_connectors::{Ask, Connector};
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};
use counterfoil_core::reconcile::shows_effect;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    DAY, ID, KEY, MADE_AT, account, adjust, answer, at, base, cancel, capture, capture_at,
    envelope, one_of_each, payment, refund, refund_object, relabel, sent, state_for, usd,
};

const THROTTLED: &str = "APPLICATION_REQUEST_THROTTLE_EXCEEDED";
const IN_FLIGHT: &str = "CONCURRENT_UNIQUE_KEY_REQUEST_IS_PROCESSING";
const NOT_YET: &str = "POINT_OF_SALE_TRANSACTION_NOT_YET_PROCESSED";

#[test]
fn the_reason_code_decides_and_not_the_status_alone() {
    let check = |status: u16, body: &str, expected: &str| {
        for command in one_of_each() {
            let end = sent(&command, status, body);
            assert_eq!(end.word(), expected, "{status} {body} {command:?}: {end:?}");
        }
    };
    let invalid = |reason: &str| envelope("INVALID_PARAMS", &[reason]);
    check(400, &invalid(IN_FLIGHT), "unknown");
    check(409, &invalid(IN_FLIGHT), "unknown");
    check(429, &invalid(IN_FLIGHT), "unknown");
    check(400, &envelope("INVALID_PARAMS", &["X", IN_FLIGHT]), "unknown");
    for status in [400, 403, 429] {
        check(status, &envelope("THROTTLE_EXCEEDED", &[THROTTLED]), "refused_for_now");
        check(status, &envelope("THROTTLE_EXCEEDED", &[]), "refused_for_now");
        check(status, &invalid(THROTTLED), "refused_for_now");
    }
    check(400, &envelope("RESOURCE_CONFLICT", &[]), "refused_for_now");
    check(409, &envelope("RESOURCE_CONFLICT", &[]), "refused_for_now");
    check(409, &envelope("SOMETHING", &[]), "refused_for_now");
    check(429, &envelope("SOMETHING", &[]), "refused_for_now");
    check(400, &invalid(NOT_YET), "refused_for_now");
    check(400, &invalid("SOMETHING"), "refused");
    check(400, &envelope("INVALID_PARAMS", &[]), "refused");
    check(404, &envelope("SOMETHING", &[]), "refused");
    check(422, &envelope("ACCOUNT_CANNOT_BE_MODIFIED", &[]), "refused");
    check(403, &envelope("NOT_AUTHORIZED", &[]), "credentials_refused");
    check(400, &envelope("NOT_AUTHORIZED", &[]), "credentials_refused");
    check(401, &envelope("SOMETHING", &[]), "credentials_refused");
    check(500, &envelope("UNEXPECTED_ERROR", &[]), "unknown");
    check(503, &envelope("THROTTLE_EXCEEDED", &[THROTTLED]), "unknown");
    check(200, &envelope("INVALID_PARAMS", &[]), "unknown");
}

#[test]
fn what_is_no_clear_answer_is_unknown_for_every_command() {
    let good = payment(json!({"status": "completed"})).to_string();
    for command in one_of_each() {
        for (status, body) in [
            (200, ""),
            (200, "null"),
            (200, "[]"),
            (200, "OK"),
            (200, "{}"),
            (200, "<html></html>"),
            (204, ""),
            (301, good.as_str()),
            (302, ""),
            (400, ""),
            (400, "<html></html>"),
            (400, "{}"),
            (400, r#"{"error_code":null}"#),
            (400, r#"{"error_code":{}}"#),
            (400, r#"{"error_code":""}"#),
            (400, r#"{"error_message":"no"}"#),
            (404, "not found"),
            (409, ""),
            (429, ""),
            (401, "<html>"),
            (500, good.as_str()),
            (502, "<html>"),
            (600, good.as_str()),
            (101, good.as_str()),
        ] {
            let end = sent(&command, status, body);
            assert_eq!(end.word(), "unknown", "{status} {body} {command:?}: {end:?}");
        }
    }
}

#[test]
fn an_end_without_an_answer_keeps_its_meaning() {
    let why = || "the line was down".to_owned();
    for command in one_of_each() {
        let ask =
            Ask { command: &command, provider_ref: Some(ID), baseline: None, key: KEY, look: None };
        let decode = |end: &WireEnd| Wepay.decode_send(&account(), &ask, end);
        let never = decode(&WireEnd::NeverLeft { why: why() });
        assert_eq!(never, SendEnd::NeverLeft { why: why() });
        let lost = decode(&WireEnd::Lost { why: why() });
        assert_eq!(lost, SendEnd::Unknown { why: why() });
    }
}

#[test]
fn how_long_to_wait_is_what_wepay_asks_for_or_its_window() {
    let wait = |code: &str, asked: Option<i64>| {
        let body = envelope(code, &[]).into_bytes();
        let end = WireEnd::Answer(WireAnswer {
            status: 400,
            body,
            retry_after_ms: asked,
            correlation_id: None,
        });
        let command = cancel();
        let ask =
            Ask { command: &command, provider_ref: Some(ID), baseline: None, key: KEY, look: None };
        match Wepay.decode_send(&account(), &ask, &end) {
            SendEnd::RefusedForNow { retry_after_ms, .. } => retry_after_ms,
            other => unreachable!("{other:?}"),
        }
    };
    assert_eq!(wait("THROTTLE_EXCEEDED", None), Some(10_000));
    assert_eq!(wait("THROTTLE_EXCEEDED", Some(3_000)), Some(3_000));
    assert_eq!(wait("RESOURCE_CONFLICT", None), None);
    assert_eq!(wait("RESOURCE_CONFLICT", Some(1_000)), Some(1_000));
}

#[test]
fn a_refusals_words_are_shown_with_their_codes_cleaned_and_masked() {
    let check = |body: &str, expected: &str| {
        let message = expected.to_owned();
        assert_eq!(sent(&cancel(), 400, body), SendEnd::Refused { message });
    };
    check(&envelope("INVALID_PARAMS", &["TOO_LATE"]), "words (INVALID_PARAMS.TOO_LATE)");
    check(r#"{"error_code":"X"}"#, "X");
    check(r#"{"error_code":"X","error_message":"a\u0007b","details":null}"#, "ab (X)");
    check(
        r#"{"error_code":"X","error_message":"card 4111111111111111"}"#,
        "card •••••••••••••••• (X)",
    );
}

fn check(command: Command, changed: Value, expected: &str) {
    let end = sent(&command, 200, &payment(changed.clone()).to_string());
    assert_eq!(end.word(), expected, "{command:?} {changed}: {end:?}");
}

#[test]
fn an_update_is_applied_only_where_the_returned_payment_shows_it() {
    check(adjust("80.00"), json!({"amount": 8_000}), "applied");
    check(adjust("80.00"), json!({}), "unknown");
    check(adjust("80.00"), json!({"amount": 8_001}), "unknown");
    check(adjust("80.00"), json!({"amount": 8_000, "currency": "CAD"}), "unknown");
    check(adjust("80.00"), json!({"amount": "8000"}), "unknown");
    check(adjust("80.00"), json!({"amount": 8_000.5}), "unknown");
    check(adjust("80.00"), json!({"amount": 8_000, "id": "another"}), "unknown");
    check(adjust("80.00"), json!({"amount": 8_000, "id": null}), "unknown");
    check(relabel(Some("R-2"), &[]), json!({"reference_id": "R-2"}), "applied");
    check(relabel(Some("R-2"), &[]), json!({"reference_id": "r-2"}), "unknown");
    check(relabel(Some("R-2"), &[]), json!({"reference_id": null}), "unknown");
    check(relabel(Some("R-2"), &[]), json!({"reference_id": "R-2", "amount": 1}), "unknown");
    let told = relabel(None, &[("order", "77"), ("desk", "")]);
    check(told.clone(), json!({"custom_data": {"order": "77"}}), "applied");
    check(told.clone(), json!({"custom_data": {"order": "77", "desk": null}}), "applied");
    check(told.clone(), json!({"custom_data": {"order": "77", "desk": "3"}}), "unknown");
    check(told.clone(), json!({"custom_data": {"order": 77}}), "unknown");
    check(told, json!({"custom_data": null}), "unknown");
    let moment = (MADE_AT + DAY) / 1_000;
    check(capture_at(DAY), json!({"capture_at": moment}), "applied");
    check(capture_at(DAY), json!({"capture_at": moment + 1}), "unknown");
    check(capture_at(DAY), json!({"capture_at": null}), "unknown");
    check(capture_at(DAY), json!({"capture_at": moment * 1_000}), "unknown");
}

#[test]
fn a_cancellation_is_applied_only_by_its_own_spelling() {
    check(cancel(), json!({"status": "canceled"}), "applied");
    for other in ["cancelled", "pending", "completed", "failed", "Canceled", ""] {
        check(cancel(), json!({"status": other}), "unknown");
    }
}

#[test]
fn a_capture_is_done_accepted_or_refused_as_the_payment_says() {
    check(capture(None), json!({"status": "completed"}), "applied");
    check(capture(None), json!({"status": "completed", "amount": 9_999}), "unknown");
    let part = capture(Some("60.00"));
    check(part.clone(), json!({"status": "completed", "amount": 6_000}), "applied");
    check(part, json!({"status": "completed"}), "unknown");
    check(capture(None), json!({"status": "canceled"}), "unknown");
    check(capture(None), json!({"status": "captured"}), "unknown");
    let pending = sent(&capture(None), 200, &payment(json!({})).to_string());
    assert_eq!(pending, SendEnd::Accepted { effect_ref: format!("payments/{ID}") });
    let failed = json!({"status": "failed", "failure_reason": {
        "reason_code": "NOT_CAPTURED", "reason_message": "The card was declined.", "details": []}});
    let end = sent(&capture(None), 200, &payment(failed).to_string());
    let message = "the capture failed: The card was declined.".to_owned();
    assert_eq!(end, SendEnd::Refused { message });
}

#[test]
fn a_200_is_no_refund_until_its_own_state_says_so() {
    let check = |changed: Value, expected: &str| {
        let end = sent(&refund("50.00"), 200, &refund_object(changed.clone()).to_string());
        assert_eq!(end.word(), expected, "{changed}: {end:?}");
    };
    check(json!({"status": "completed"}), "applied");
    check(json!({"status": "failed"}), "refused");
    check(json!({"status": "failed", "failure_reason": "unknown", "id": null}), "refused");
    check(json!({"status": "complete"}), "unknown");
    check(json!({"status": null}), "unknown");
    check(json!({"status": "completed", "id": null}), "unknown");
    check(json!({"status": "completed", "id": ""}), "unknown");
    check(json!({"amounts": {"total_amount": 5_001, "currency": "USD"}}), "unknown");
    check(json!({"amounts": {"total_amount": "5000", "currency": "USD"}}), "unknown");
    check(json!({"amounts": {"total_amount": 5_000, "currency": "CAD"}}), "unknown");
    check(json!({"amounts": null}), "accepted");
    check(json!({"payment": {"id": "another"}}), "unknown");
    check(json!({"payment": null}), "accepted");
    check(json!({"reference_id": "another"}), "unknown");
    check(json!({"reference_id": null}), "accepted");
    for status in [200, 201, 202] {
        let end = sent(&refund("50.00"), status, &refund_object(json!({})).to_string());
        assert_eq!(end, SendEnd::Accepted { effect_ref: "rf-1".to_owned() });
    }
}

#[test]
fn half_an_answer_is_never_believed() {
    let whole = [
        (capture(None), payment(json!({"status": "completed"})).to_string()),
        (cancel(), payment(json!({"status": "canceled"})).to_string()),
        (refund("50.00"), refund_object(json!({"status": "completed"})).to_string()),
    ];
    for (command, body) in whole {
        assert_eq!(sent(&command, 200, &body).word(), "applied");
        for length in 0..body.len() {
            assert_eq!(sent(&command, 200, &body[..length]).word(), "unknown");
        }
    }
}

fn read(status: u16, body: &str, now: Moment) -> ReadEnd {
    Wepay.decode_read(&account(), ID, &[answer(status, body)], now)
}

fn facts_of(changed: Value, now: Moment) -> Option<PaymentFacts> {
    match read(200, &payment(changed).to_string(), now) {
        ReadEnd::Facts(facts) => Some(*facts),
        ReadEnd::NoSuchPayment { .. }
        | ReadEnd::CredentialsRefused { .. }
        | ReadEnd::Unreachable { .. }
        | ReadEnd::Unclear { .. } => None,
    }
}

#[test]
fn wepays_words_for_the_state_are_ours_or_unclear() {
    let check = |word: &str, expected: PaymentState| assert_eq!(state(word, false), expected);
    check("pending", PaymentState::InProgress);
    check("completed", PaymentState::Paid);
    check("canceled", PaymentState::Cancelled);
    check("failed", PaymentState::Failed);
    for unclear in ["cancelled", "complete", "Pending", "authorized", "refunded", ""] {
        check(unclear, PaymentState::Unclear);
        assert_eq!(state(unclear, true), PaymentState::Unclear);
    }
    assert_eq!(state("pending", true), PaymentState::Authorized);
}

#[test]
fn money_is_held_only_while_a_payment_waits_for_a_capture_to_come() {
    let check = |changed: Value, expected: PaymentState| {
        let facts = facts_of(changed.clone(), at(DAY)).expect("it can be read");
        assert_eq!(facts.state, expected, "{changed}");
    };
    let moment = |after: i64| (MADE_AT + after) / 1_000;
    check(json!({}), PaymentState::Authorized);
    check(json!({"capture_at": moment(2 * DAY)}), PaymentState::Authorized);
    check(json!({"capture_at": moment(DAY)}), PaymentState::InProgress);
    check(json!({"auto_capture": true}), PaymentState::InProgress);
    check(json!({"auto_capture": null}), PaymentState::InProgress);
    check(json!({"status": "completed"}), PaymentState::Paid);
}

#[test]
fn a_reading_brings_the_facts() {
    let changed = json!({"status": "completed", "amount_refunded": 1_250, "amount_disputed": 300,
        "capture_at": MADE_AT / 1_000 + 60, "reference_id": "", "surprise": [1.5, {"a": null}]});
    let text = payment(changed).to_string();
    let ReadEnd::Facts(facts) = read(200, &text, at(DAY)) else { unreachable!("it is read") };
    assert_eq!((facts.amount, facts.refunded), (usd("100.00"), Some(usd("12.50"))));
    assert_eq!((facts.state, facts.provider_status.as_str()), (PaymentState::Paid, "completed"));
    assert_eq!((facts.reference.clone(), facts.invoice_number.clone()), (None, None));
    assert_eq!(facts.details.captured, Some(usd("100.00")));
    assert_eq!(facts.details.capture_at, Some(at(60_000)));
    assert_eq!(facts.details.made_at, Some(at(0)));
    assert_eq!(facts.details.marks.get("disputed").map(String::as_str), Some("300"));
    let texts: Vec<&str> = facts.details.metadata.values().map(String::as_str).collect();
    assert_eq!(texts, ["3", "54321"], "the number is none of ours");
    assert!(shows_effect(&capture(None), &Base::of(&facts)));
    let waiting = facts_of(json!({}), at(DAY)).expect("it is read");
    assert_eq!((waiting.details.captured, waiting.details.marks.len()), (None, 0));
    assert!(!shows_effect(&capture(None), &Base::of(&waiting)));
}

#[test]
fn what_was_authorised_is_a_mark_and_no_metadata() {
    let mark = |noted: Value| {
        let facts = facts_of(json!({"custom_data": {"cf_authorised": noted, "desk": "3"}}), at(0));
        let details = facts.expect("it is read").details;
        assert_eq!(details.metadata.len(), 1);
        details.marks.get("authorised").cloned()
    };
    assert_eq!(mark(json!("10000")).as_deref(), Some("10000"));
    for other in [json!("1.5"), json!("-1"), json!("x"), json!(null), json!({})] {
        assert_eq!(mark(other), None);
    }
}

#[test]
fn currencies_of_two_decimals_are_carried_and_all_others_refused() {
    for (code, carried) in [("USD", true), ("CAD", true), ("JPY", false), ("KWD", false)] {
        let read = facts_of(json!({"currency": code}), at(DAY));
        assert_eq!(read.is_some(), carried, "{code}");
        assert_eq!(read.map(|facts| facts.amount.minor()), carried.then_some(10_000));
    }
}

#[test]
fn a_reading_that_cannot_be_trusted_is_unclear() {
    for changed in [
        json!({"id": "another"}),
        json!({"id": null}),
        json!({"status": null}),
        json!({"status": {}}),
        json!({"amount": null}),
        json!({"amount": -1}),
        json!({"amount": 1.0}),
        json!({"amount": "10000"}),
        json!({"currency": null}),
        json!({"currency": "usd"}),
        json!({"amount_refunded": -5}),
        json!({"create_time": "yesterday"}),
        json!({"capture_at": i64::MAX}),
        json!({"reference_id": ["R"]}),
    ] {
        assert_eq!(facts_of(changed.clone(), at(DAY)), None, "{changed}");
    }
}

#[test]
fn a_reading_without_facts_says_what_it_was() {
    let word = |status: u16, body: &str| match read(status, body, at(DAY)) {
        ReadEnd::Facts(_) => "facts",
        ReadEnd::NoSuchPayment { .. } => "none",
        ReadEnd::CredentialsRefused { .. } => "credentials",
        ReadEnd::Unreachable { .. } => "unreachable",
        ReadEnd::Unclear { .. } => "unclear",
    };
    let of_path = json!({"error_code": "INVALID_PARAMS", "error_message": "x", "details": [
        {"message": "x", "reason_code": "Y", "target": ["id"],
         "target_type": "HTTP_REQUEST_PATH"}]});
    assert_eq!(word(404, &envelope("X", &[])), "none");
    assert_eq!(word(400, &of_path.to_string()), "none");
    assert_eq!(word(400, &envelope("INVALID_PARAMS", &["Y"])), "unclear");
    assert_eq!(word(404, "<html>"), "unclear");
    assert_eq!(word(403, &envelope("NOT_AUTHORIZED", &[])), "credentials");
    assert_eq!(word(401, &envelope("X", &[])), "credentials");
    assert_eq!(word(403, "<html>"), "unclear");
    assert_eq!(word(429, &envelope("THROTTLE_EXCEEDED", &[])), "unclear");
    assert_eq!(word(500, &envelope("X", &[])), "unclear");
    let ends = [WireEnd::NeverLeft { why: "no route".to_owned() }];
    let end = Wepay.decode_read(&account(), ID, &ends, at(0));
    assert_eq!(end, ReadEnd::Unreachable { why: "no route".to_owned() });
}

fn nearly_an_answer() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just(format!("\"{ID}\"")),
        Just("\"canceled\"".to_owned()),
        Just("\"completed\"".to_owned()),
        Just("\"USD\"".to_owned()),
        Just("10000".to_owned()),
        Just("{\"id\":\"x\",\"total_amount\":5000}".to_owned()),
        "[0-9.eE+-]{0,12}",
        "\"[ -~]{0,20}\"",
        "[\\{\\}\\[\\]\",:a-z]{0,8}",
    ];
    let names = [
        "id",
        "status",
        "amount",
        "currency",
        "capture_at",
        "create_time",
        "custom_data",
        "amounts",
        "payment",
        "error_code",
        "details",
        "results",
        "next",
        "failure_reason",
    ];
    let pair = (prop::sample::select(names.to_vec()), value)
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(pair, 0..9)
        .prop_map(|pairs| format!("{{{}}}", pairs.join(",")).into_bytes())
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic_and_none_is_applied_unless_it_says_so(
        body in prop_oneof![any::<Vec<u8>>(), nearly_an_answer()],
        status in prop_oneof![Just(200u16), Just(400u16), any::<u16>()],
        wait in any::<Option<i64>>(),
        now in any::<i64>(),
    ) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let end = WireEnd::Answer(WireAnswer {
            status, body, retry_after_ms: wait, correlation_id: None,
        });
        for command in one_of_each() {
            let base = base(state_for(&command));
            let ask = Ask {
                command: &command,
                provider_ref: Some(ID),
                baseline: Some(&base),
                key: KEY,
                look: Some(&end),
            };
            let sent = Wepay.decode_send(&account(), &ask, &end);
            if matches!(sent, SendEnd::Applied { .. } | SendEnd::Accepted { .. }) {
                let refunds = matches!(command, Command::Refund { .. });
                prop_assert!(refunds || text.contains(ID), "{text}");
                prop_assert!((200..300).contains(&status), "{status}");
            }
        }
        let now = Moment::from_millis(now);
        let _ = Wepay.decode_read(&account(), ID, std::slice::from_ref(&end), now);
        let _ = Wepay.decode_list(&account(), &end, now);
        let _ = Wepay.decode_news(&account(), &end);
        let _ = Wepay.decode_probe(&account(), &end);
        let _ = Wepay.decode_effect(&account(), "rf-1", &end);
        let _ = Wepay.decode_effect(&account(), "payments/x", &end);
    }
}
