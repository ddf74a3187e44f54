//! What each answer to a change means: the table of section 4.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{Connector, ProbeEnd};
use counterfoil_core::answer::{SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    ID, account, answer, ask, base_of, capture, describe, envelope, one_of_each, payment, refund,
    relabel, sent, with,
};

/// The payment as it is once the command has been done.
fn after(command: &Command, before: &str) -> Value {
    let effect = match command {
        Command::Relabel { description: Some(text), .. } => json!({"description": text}),
        Command::Relabel { .. } => json!({"metadata": {"order": "18"}}),
        Command::Refund { amount, .. } => {
            json!({"refunded": amount.minor(), "refunded_at": "2026-03-02T10:00:00.000Z"})
        }
        Command::Capture { amount, .. } => {
            let minor = amount.map_or(7000, |part| part.minor());
            json!({"status": "captured", "captured": minor})
        }
        Command::Void => json!({"status": "voided", "voided_at": "2026-03-02T10:00:00.000Z"}),
        Command::Start { .. } | Command::Adjust { .. } | Command::Cancel { .. } => json!({}),
    };
    with(before, effect)
}

#[test]
fn a_payment_whose_numbers_or_texts_moved_as_asked_is_applied() {
    for (command, status) in one_of_each() {
        for code in [200, 201, 202] {
            let body = after(&command, status).to_string();
            let end = sent(&command, &payment(status), &answer(code, &body));
            assert_eq!(end.word(), "applied", "{code} {command:?}: {end:?}");
        }
    }
}

#[test]
fn a_2xx_that_does_not_show_the_effect_is_read_back() {
    let stale = |status: &str| payment(status).to_string();
    let bodies = ["", "  \n", "{}", "null", "[]", "OK", "{\"id\":", "<html></html>"];
    for (command, status) in one_of_each() {
        let before = payment(status);
        let unknown = |code: u16, body: &str| {
            let end = sent(&command, &before, &answer(code, body));
            assert_eq!(end.word(), "unknown", "{code} {body} {command:?}: {end:?}");
        };
        for body in bodies {
            unknown(200, body);
        }
        unknown(204, "");
        let why = "Moyasar took the call without saying what it did".to_owned();
        let empty = sent(&command, &before, &answer(200, ""));
        assert_eq!(empty, SendEnd::Unknown { why });
        unknown(200, &stale(status));
        unknown(201, &with(status, json!({"status": "failed"})).to_string());
        let done = after(&command, status);
        for (name, value) in [
            ("id", json!("760878EC-D1D3-5F72-9056-191683F55872")),
            ("currency", json!("USD")),
            ("currency", json!("JPY")),
            ("amount", json!(7001)),
            ("amount", json!("7000")),
            ("amount", json!(70.00)),
            ("refunded", json!(-1)),
            ("refunded", json!(7001)),
            ("captured", json!(7001)),
            ("status", json!(null)),
        ] {
            let mut odd = done.clone();
            odd[name] = value;
            unknown(200, &odd.to_string());
        }
        let payments = json!({"payments": [done]}).to_string();
        unknown(200, &payments);
    }
}

#[test]
fn a_refund_is_applied_only_when_the_sum_moved_by_exactly_the_amount() {
    let check = |before: u32, now: u32, status: &str, expected: &str| {
        let seen = with("paid", json!({"refunded": before}));
        let body = with(status, json!({"refunded": now})).to_string();
        let end = sent(&refund("30.00"), &seen, &answer(200, &body));
        assert_eq!(end.word(), expected, "{before} {now}: {end:?}");
    };
    check(0, 3000, "paid", "applied");
    // A-MOY-05: the word alone says nothing about how much went back.
    check(0, 3000, "refunded", "applied");
    check(0, 7000, "refunded", "unknown");
    check(1000, 4000, "paid", "applied");
    check(1000, 3000, "paid", "unknown");
    check(0, 6000, "paid", "unknown");
    check(0, 2999, "paid", "unknown");
    check(3000, 3000, "paid", "unknown");
}

#[test]
fn a_capture_or_an_update_is_applied_only_as_asked() {
    let captured = |minor: u32| with("captured", json!({"captured": minor})).to_string();
    let check = |command: Command, body: &str, expected: &str| {
        let end = sent(&command, &payment("authorized"), &answer(200, body));
        assert_eq!(end.word(), expected, "{command:?} {body}");
    };
    check(capture(None), &captured(7000), "applied");
    check(capture(None), &captured(6999), "unknown");
    check(capture(Some("50.00")), &captured(5000), "applied");
    check(capture(Some("50.00")), &captured(7000), "unknown");
    let metadata = |metadata: Value| with("authorized", json!({"metadata": metadata})).to_string();
    let set = relabel(None, &[("order", "18"), ("till", "")]);
    check(set.clone(), &metadata(json!({"order": "18", "till": ""})), "applied");
    check(set.clone(), &metadata(json!({"order": "18", "till": null})), "applied");
    check(set.clone(), &metadata(json!({"order": "18", "till": "2"})), "unknown");
    check(set.clone(), &metadata(json!({"till": ""})), "unknown");
    check(set, &metadata(json!(null)), "unknown");
    let both = relabel(Some("Order 18"), &[("order", "18")]);
    let described = json!({"description": "Order 18"});
    check(both, &with("authorized", described).to_string(), "unknown");
}

#[test]
fn without_a_reading_before_nothing_is_believed() {
    for (command, status) in one_of_each() {
        let end = answer(200, &after(&command, status).to_string());
        let sent = Moyasar.decode_send(&account(), &ask(&command, None), &end);
        assert_eq!(sent.word(), "unknown");
    }
}

#[test]
fn a_refusal_is_moyasars_own_envelope() {
    let (bad, auth) = ("invalid_request_error", "authentication_error");
    let check = |code: u16, kind: &str, expected: &str| {
        for (command, status) in one_of_each() {
            let end = answer(code, &envelope(kind, "no"));
            let end = sent(&command, &payment(status), &end);
            assert_eq!(end.word(), expected, "{code} {kind}: {end:?}");
        }
    };
    for code in [400, 404, 405, 409, 422] {
        check(code, bad, "refused");
    }
    check(405, "account_inactive_error", "refused");
    check(400, "a_new_kind_of_error", "refused");
    check(422, "a_new_kind_of_error", "unknown");
    check(408, "a_new_kind_of_error", "unknown");
    for code in [401, 403] {
        check(code, auth, "credentials_refused");
        check(code, bad, "credentials_refused");
    }
    check(400, "rate_limit_error", "refused_for_now");
    check(429, "rate_limit_error", "refused_for_now");
    for code in [400, 401, 404, 422] {
        check(code, "api_error", "unknown");
        check(code, "api_connection_error", "unknown");
    }
    for code in [500, 502, 503, 504, 301, 302, 307, 100, 600] {
        check(code, bad, "unknown");
        check(code, "api_error", "unknown");
    }
}

#[test]
fn a_4xx_without_the_envelope_or_a_whole_answer_is_unknown() {
    let bodies = ["", "Not Found", "<html>", "[]", "{}", "null", r#"{"message":"no"}"#];
    let untyped = [r#"{"type":null,"message":"no"}"#, r#"{"type":{},"message":"no"}"#];
    for (command, status) in one_of_each() {
        for code in [400, 401, 403, 404, 405, 422] {
            for body in bodies.into_iter().chain(untyped) {
                let end = sent(&command, &payment(status), &answer(code, body));
                assert_eq!(end.word(), "unknown", "{code} {body}");
            }
        }
        for code in [500, 503] {
            let end = sent(&command, &payment(status), &answer(code, ""));
            assert_eq!(end.word(), "unknown", "{code}");
        }
    }
}

#[test]
fn throttling_is_a_no_for_now_whatever_its_body_and_waits_as_long_as_asked() {
    for (wait, expected) in [(None, 30_000), (Some(7_000), 7_000)] {
        for body in ["Too Many Requests", "", "<html>", &envelope("rate_limit_error", "slow")] {
            let end = WireEnd::Answer(WireAnswer {
                status: 429,
                body: body.as_bytes().to_vec(),
                retry_after_ms: wait,
                correlation_id: None,
            });
            let end = sent(&refund("1.00"), &payment("paid"), &end);
            let waits = matches!(
                end,
                SendEnd::RefusedForNow { retry_after_ms: Some(ms), .. } if ms == expected
            );
            assert!(waits, "{body}: {end:?}");
        }
    }
}

#[test]
fn an_end_without_an_answer_keeps_its_meaning() {
    let why = || "the line was down".to_owned();
    for (command, status) in one_of_each() {
        let never = sent(&command, &payment(status), &WireEnd::NeverLeft { why: why() });
        assert_eq!(never, SendEnd::NeverLeft { why: why() });
        let lost = sent(&command, &payment(status), &WireEnd::Lost { why: why() });
        assert_eq!(lost, SendEnd::Unknown { why: why() });
    }
}

#[test]
fn a_refusals_words_name_the_fields_and_are_cleaned_and_never_empty() {
    let check = |body: &str, expected: &str| {
        let end = sent(&refund("1.00"), &payment("paid"), &answer(400, body));
        assert_eq!(end, SendEnd::Refused { message: expected.to_owned() });
    };
    let kind = r#""type":"invalid_request_error""#;
    check(
        &format!(r#"{{{kind},"message":"Not valid","errors":{{"amount":["is bad","x"]}}}}"#),
        "Not valid amount is bad, x",
    );
    check(&format!(r#"{{{kind},"message":"a\u0007b","errors":null}}"#), "ab");
    check(&format!(r#"{{{kind},"message":"card 4111111111111111"}}"#), "card ••••••••••••••••");
    check(&format!(r#"{{{kind}}}"#), "HTTP 400, Moyasar gave no reason");
    check(&format!(r#"{{{kind},"message":7,"errors":[1]}}"#), "7");
    let long = format!(r#"{{{kind},"message":"{}"}}"#, "é".repeat(5_000));
    check(&long, &"é".repeat(200));
}

#[test]
fn a_probe_tells_accepted_keys_from_refused_ones() {
    let probe = |code: u16, body: &str| Moyasar.decode_probe(&account(), &answer(code, body));
    let page = json!({"payments": [], "meta": {"current_page": 1}}).to_string();
    assert_eq!(probe(200, &page), ProbeEnd::Ok);
    let refused = |message: &str| ProbeEnd::CredentialsRefused { message: message.to_owned() };
    let auth = envelope("authentication_error", "Invalid authorization credentials");
    assert_eq!(probe(401, &auth), refused("Invalid authorization credentials"));
    let weak = envelope("authentication_error", "Insufficient credentials");
    assert_eq!(probe(403, &weak), refused("Insufficient credentials"));
    let inactive = envelope("account_inactive_error", "Entity not activated for live");
    assert_eq!(probe(405, &inactive), refused("Entity not activated for live"));
    for (code, body) in [(200, "{}"), (200, ""), (404, "<html>"), (429, ""), (500, &*auth)] {
        assert!(matches!(probe(code, body), ProbeEnd::Unclear { .. }), "{code} {body}");
    }
    let why = "refused".to_owned();
    let never = Moyasar.decode_probe(&account(), &WireEnd::NeverLeft { why: why.clone() });
    assert_eq!(never, ProbeEnd::Unreachable { why });
}

#[test]
fn deep_nesting_is_survived() {
    let deep = format!(r#"{{"id":"{ID}","metadata":{}"#, "[".repeat(200_000));
    let closed = format!("{deep}{}}}", "]".repeat(200_000));
    for body in [deep, closed] {
        for code in [200, 400] {
            let end = sent(&describe("x"), &payment("paid"), &answer(code, &body));
            assert_eq!(end.word(), "unknown");
        }
    }
}

/// Bytes that look enough like a payment to reach every branch.
fn nearly_a_payment() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(format!("\"{ID}\"")),
        Just("\"SAR\"".to_owned()),
        Just("7000".to_owned()),
        Just("\"paid\"".to_owned()),
        Just("{\"order\":\"18\",\"a\":[]}".to_owned()),
        Just("null".to_owned()),
        "[0-9.eE+-]{0,12}",
        "\"[ -~]{0,20}\"",
        "[\\{\\}\\[\\]\",:a-z]{0,8}",
    ];
    let names = ["id", "status", "amount", "currency", "refunded", "captured", "metadata", "type"];
    let pair = (prop::sample::select(names.to_vec()), value)
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(pair, 0..9).prop_map(|pairs| format!("{{{}}}", pairs.join(",")))
}

/// A payment as before, with some of its numbers moved.
fn moved() -> impl Strategy<Value = (Value, i64, i64)> {
    (0..7100i64, 0..7100i64, prop::sample::select(super::WORDS.to_vec())).prop_map(
        |(refunded, captured, word)| {
            let numbers = json!({"refunded": refunded, "captured": captured});
            (with(word, numbers), refunded, captured)
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic_and_none_but_a_payment_is_applied(
        body in prop_oneof![any::<Vec<u8>>(), nearly_a_payment().prop_map(String::into_bytes)],
        status in prop_oneof![Just(200u16), Just(400u16), any::<u16>()],
        wait in any::<Option<i64>>(),
    ) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let end = WireEnd::Answer(WireAnswer {
            status, body, retry_after_ms: wait, correlation_id: None,
        });
        for (command, state) in one_of_each() {
            let baseline = base_of(&payment(state));
            let sent = Moyasar.decode_send(&account(), &ask(&command, Some(&baseline)), &end);
            if matches!(sent, SendEnd::Applied { .. }) {
                prop_assert!((200..300).contains(&status) && text.contains(ID), "{text}");
            }
        }
        let _ = Moyasar.decode_probe(&account(), &end);
    }

    #[test]
    fn a_refund_is_applied_exactly_where_the_sum_says_so((now, refunded, captured) in moved()) {
        let end = answer(200, &now.to_string());
        let word = sent(&refund("30.00"), &payment("paid"), &end).word();
        let fits = refunded == 3000 && captured <= 7000;
        prop_assert_eq!(word == "applied", fits, "{}", now);
    }
}
