//! What an answer means: every row of the page's outcome table, and what it must never become.

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{Connector, ProbeEnd};
use counterfoil_core::account::Account;
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, WireEnd};
use counterfoil_core::command::Command;
use proptest::prelude::*;

use super::support::{
    NAME, PAYMENT, account, adjust, answer, ask, base, caller, cancel, capture, label, order,
    order_in, refund, rename, sek, send,
};

const ERROR: &str = r#"{"code":"order-conflict","message":"Not now."}"#;
const PROBLEM: &str = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"No."}"#;
const ERRORS: &str = r#"[{"adapterId":"onhand_verify","code":"out-of-stock"}]"#;
const HTML: &str = "<html><body>Bad Gateway</body></html>";

fn word(account: &Account, command: &Command, status: u16, body: &str) -> &'static str {
    send(account, command, &answer(status, body)).word()
}

fn payment(amount: &str) -> String {
    format!(r#"{{"id":"{PAYMENT}","amount":{amount},"currency":"SEK","state":"intent"}}"#)
}

fn patch(value: &str) -> String {
    format!(r#"[{{"op":"replace","path":"/payments/2/amount","value":{value}}}]"#)
}

#[test]
fn the_order_service_says_yes_no_or_neither() {
    let check = |status: u16, body: &str, expected: &str| {
        let adjusted = word(&account(), &adjust("15.00"), status, body);
        assert_eq!(adjusted, expected, "adjust: {status} {body}");
        let texts = if expected == "applied" { "unknown" } else { expected };
        for command in [rename("SO-9"), label(&[("a", "b")])] {
            assert_eq!(word(&account(), &command, status, body), texts, "{status} {body}");
        }
    };
    check(200, &payment("15"), "applied");
    check(201, &payment("15.00"), "applied");
    // Nothing said, nothing believed: the reading that follows shows it.
    for status in [200, 201, 204] {
        check(status, "", "unknown");
    }
    check(200, "[]", "unknown");
    check(200, "OK", "unknown");
    check(200, HTML, "unknown");
    check(202, "", "unknown");
    check(202, &payment("15"), "unknown");
    for status in [400, 403, 404, 409, 412, 415, 418, 422] {
        for body in [ERROR, PROBLEM, ERRORS, "{}"] {
            check(status, body, "refused");
        }
        for body in ["", HTML, "\"no\"", "{\"code\":"] {
            check(status, body, "unknown");
        }
    }
    check(401, ERROR, "credentials_refused");
    check(401, "", "unknown");
    check(401, HTML, "unknown");
    check(429, ERROR, "refused_for_now");
    check(429, HTML, "refused_for_now");
    for status in [408, 499, 500, 502, 503, 504, 301, 302, 100, 599] {
        check(status, ERROR, "unknown");
        check(status, "", "unknown");
    }
}

#[test]
fn a_payment_that_is_not_what_was_asked_for_is_a_doubt() {
    let check = |body: &str| {
        assert_eq!(word(&account(), &adjust("15.00"), 200, body), "unknown", "{body}");
    };
    check(&payment("15.01"));
    check(&payment("12.5"));
    check(&payment("\"fifteen\""));
    check(&payment("1.5e1"));
    check(&payment("null"));
    check(&payment("15").replace(PAYMENT, "p_other"));
    check(&payment("15").replace("SEK", "EUR"));
    check(r#"{"id":"p_KBiXuYjvYxsezKCQAMuuSKGDaT"}"#);
    assert_eq!(
        word(&account(), &adjust("15.00"), 200, &payment("15").replace("SEK", "sek")),
        "applied"
    );
    assert_eq!(word(&account(), &adjust("15.00"), 200, r#"{"amount":15}"#), "applied");
}

#[test]
fn order_management_leaves_everything_open_but_200_401_and_404() {
    for command in [capture(), cancel(), refund("12.50")] {
        let check = |status: u16, body: &str, expected: &str| {
            let word = word(&account(), &command, status, body);
            assert_eq!(word, expected, "{command:?}: {status} {body}");
        };
        check(200, r#"{"id":"psp-1","status":"CAPTURED","htmlSnippet":""}"#, "applied");
        check(200, &format!(r#"{{"paymentId":"{PAYMENT}","status":"x"}}"#), "applied");
        check(200, r#"{"paymentId":"p_other","status":"x"}"#, "unknown");
        for body in ["", "OK", HTML, "[]"] {
            check(200, body, "unknown");
        }
        check(404, ERROR, "refused");
        check(404, "", "unknown");
        check(401, ERROR, "credentials_refused");
        for status in [202, 400, 403, 409, 422, 429, 500, 502, 504] {
            check(status, ERROR, "unknown");
        }
    }
}

#[test]
fn a_callback_is_accepted_where_the_adapter_agrees_and_proves_nothing_otherwise() {
    let check = |status: u16, body: &str, expected: &str| {
        let word = word(&caller(), &adjust("20.00"), status, body);
        assert_eq!(word, expected, "{status} {body}");
    };
    for value in ["20", "20.0", "20.00"] {
        check(200, &patch(value), "accepted");
    }
    let more = r#"[{"op":"add","path":"/payments/2/attributes/x","value":1},
        {"op":"replace","path":"/payments/2/amount","value":20}]"#;
    check(200, more, "accepted");
    check(200, &patch("19.99"), "unknown");
    check(200, &patch("\"20\""), "unknown");
    check(200, &patch("2e1"), "unknown");
    check(200, "[]", "unknown");
    check(204, "", "unknown");
    check(200, "[{}]", "unknown");
    check(200, "{}", "unknown");
    check(200, r#"[{"op":"replace","path":"/payments/0/amount","value":20}]"#, "unknown");
    check(200, r#"[{"op":"replace","path":"/payments/20/amount","value":20}]"#, "unknown");
    check(200, r#"[{"op":"remove","path":"/payments/2/amount"}]"#, "unknown");
    check(200, r#"[{"op":"replace","path":"/payments/2","value":{"amount":20}}]"#, "unknown");
    check(200, r#"[{"op":"move","path":"/payments/2/amount"}]"#, "unknown");
    check(
        200,
        r#"[{"op":"replace","path":"/state/currentStatus","value":"completed"}]"#,
        "unknown",
    );
    let beside = r#"[{"op":"replace","path":"/payments/2/amount","value":20},
        {"op":"replace","path":"/total/includingVat","value":20}]"#;
    check(200, beside, "unknown");
    // Under a time constraint an act completes without a successful answer: a no proves nothing.
    for status in [400, 403, 404, 409] {
        check(status, PROBLEM, "unknown");
        check(status, "", "unknown");
    }
    check(401, ERROR, "credentials_refused");
    check(429, ERROR, "refused_for_now");
    for status in [202, 302, 500, 502] {
        check(status, ERROR, "unknown");
    }
    let command = adjust("20.00");
    let blind = Norce.decode_send(
        &caller(),
        &counterfoil_connectors::Ask { baseline: None, ..ask(&command, &base(), None) },
        &answer(200, &patch("20")),
    );
    assert_eq!(blind.word(), "unknown", "without a reading the place is not known");
}

#[test]
fn an_agreed_amount_has_happened_once_the_order_shows_it() {
    let agreed = send(&caller(), &adjust("20.00"), &answer(200, &patch("20")));
    let effect_ref = format!("{NAME}=20.00");
    assert_eq!(agreed, SendEnd::Accepted { effect_ref: effect_ref.clone() });
    let look = |order: &str| Norce.decode_effect(&caller(), &effect_ref, &answer(200, order));
    assert_eq!(look(&order()), Ok(EffectState::Pending));
    let shown = order().replace(r#""amount":12.50"#, r#""amount":20"#);
    assert_eq!(look(&shown), Ok(EffectState::Applied));
    for state in ["removed", "cancelled", "failed", "declined"] {
        let ended = look(&order_in(state, "klarna_checkout_adapter", "checkout"));
        assert!(matches!(ended, Ok(EffectState::Failed { .. })), "{state}");
    }
    assert!(matches!(look("{"), Err(ReadEnd::Unclear { .. })));
    let lost = WireEnd::Lost { why: "reset".to_owned() };
    assert!(Norce.decode_effect(&caller(), &effect_ref, &lost).is_err());
    for other in ["", "x", "o/p=", "o/p=1.005", "=20.00"] {
        assert!(Norce.decode_effect(&caller(), other, &answer(200, &order())).is_err(), "{other}");
    }
}

#[test]
fn what_never_left_never_left_and_what_was_lost_is_not_known() {
    let why = || "the line is down".to_owned();
    for (account, command) in
        [(account(), adjust("15.00")), (account(), refund("12.50")), (caller(), adjust("20.00"))]
    {
        let never = send(&account, &command, &WireEnd::NeverLeft { why: why() });
        assert_eq!(never, SendEnd::NeverLeft { why: why() });
        let lost = send(&account, &command, &WireEnd::Lost { why: why() });
        assert_eq!(lost, SendEnd::Unknown { why: why() });
    }
}

#[test]
fn a_refusal_keeps_norces_words_tidied() {
    let check = |body: &str, expected: &str| {
        let end = send(&account(), &adjust("15.00"), &answer(400, body));
        assert_eq!(end, SendEnd::Refused { message: expected.to_owned() });
    };
    check(ERROR, "order-conflict: Not now.");
    check(PROBLEM, "Bad Request: No.");
    check(ERRORS, "out-of-stock");
    check("{}", "HTTP 400, Norce gave no reason");
    let card = r#"{"message":"card 4111 1111 1111 1111\nused"}"#;
    check(card, "card •••• •••• •••• ••••used");
}

#[test]
fn a_probe_tells_credentials_from_an_answer_that_says_nothing() {
    let check = |status: u16, body: &str, ok: Option<bool>| {
        let end = Norce.decode_probe(&account(), &answer(status, body));
        let said = match end {
            ProbeEnd::Ok => Some(true),
            ProbeEnd::CredentialsRefused { .. } => Some(false),
            ProbeEnd::Unreachable { .. } | ProbeEnd::Unclear { .. } => None,
        };
        assert_eq!(said, ok, "{status} {body}");
    };
    check(200, r#"{"data":[],"pagination":{}}"#, Some(true));
    check(401, ERROR, Some(false));
    check(401, "", None);
    check(403, ERROR, None);
    check(404, ERROR, None);
    check(200, "[]", None);
    check(500, ERROR, None);
}

fn commands() -> impl Strategy<Value = (bool, Command)> {
    prop_oneof![
        Just((false, adjust("15.00"))),
        Just((true, adjust("20.00"))),
        Just((false, rename("SO-9"))),
        Just((false, label(&[("a", "b")]))),
        Just((false, refund("12.50"))),
        Just((false, cancel())),
        Just((false, capture())),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic_and_are_no_yes(
        status in prop_oneof![Just(200u16), Just(204), Just(400), 100u16..600],
        body in prop::collection::vec(any::<u8>(), 0..200),
        (direct, command) in commands(),
    ) {
        let account = if direct { caller() } else { account() };
        let text = String::from_utf8_lossy(&body).into_owned();
        let end = send(&account, &command, &answer(status, &text));
        let claims = matches!(end, SendEnd::Applied { .. } | SendEnd::Accepted { .. });
        let says = serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|v| v.is_object());
        prop_assert!(!claims || says, "{text:?}");
        let _ = Norce.decode_read(&account, NAME, &[answer(status, &text)], Default::default());
        let _ = Norce.decode_list(&account, &answer(status, &text), Default::default());
        let _ = Norce.decode_probe(&account, &answer(status, &text));
    }

    #[test]
    fn a_cut_answer_is_no_yes(cut in 1usize..60) {
        let whole = payment("15");
        let cut = &whole[..whole.len().saturating_sub(cut)];
        prop_assert_eq!(word(&account(), &adjust("15.00"), 200, cut), "unknown");
        let whole = patch("20");
        let cut = &whole[..whole.len().saturating_sub(cut.len() % whole.len()).saturating_sub(1)];
        prop_assert_eq!(word(&caller(), &adjust("20.00"), 200, cut), "unknown");
    }

    #[test]
    fn amounts_of_two_decimals_go_out_and_come_back_exactly(minor in 1i64..1_000_000_000) {
        let money = counterfoil_core::money::Money::from_minor(minor, sek("1").currency());
        let money = money.expect("in bounds");
        let text = counterfoil_connectors::norce::wire::amount_text(money).expect("carried");
        let body = payment(&text);
        let command = Command::Adjust { total: money, invoice: None, items: Vec::new() };
        prop_assert_eq!(word(&account(), &command, 200, &body), "applied");
        let value: serde_json::Value = serde_json::from_str(&text).expect("a JSON number");
        prop_assert!(value.is_number());
    }
}
