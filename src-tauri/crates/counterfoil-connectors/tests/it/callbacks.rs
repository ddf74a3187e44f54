//! Callbacks of section 9: a right signature in any of the four modes, and nothing else.

use counterfoil_connectors::bumper::callback::{CallbackRefused, EventKind, NestedMode, verify};
use counterfoil_connectors::bumper::sign::signature;
use counterfoil_core::payment::PaymentState;
use proptest::prelude::*;

use crate::support::{SECRET, TOKEN};

/// `bumper.json`, vector `der-webhook-no-additional-data`.
const FLAT: &str = r#"{"event_timestamp":"2025-01-31 12:00:00",
    "event_id":"0123456789abcdef0123456789abcdef","event_value":"SIGNED","payment_type":"paynow",
    "payment_status":"completed","payment_token":"cd2dd3b9ad2c4369a46e709295d13368",
    "payment_reference":"26352","payment_id":"PL-123456","amount":"300.00",
    "min_amount_allowed":"60.00","max_amount_allowed":"3000.00"}"#;
const FLAT_SIGNATURE: &str = "e44f7a067ca373213df3313351c6ed8773cc231984e5cec53b465957bf0c94d1";

#[test]
fn the_callback_of_the_vectors_is_verified_and_read() {
    let verified = verify(SECRET, FLAT_SIGNATURE, FLAT.as_bytes()).expect("its signature is right");
    assert_eq!(verified.mode_matched, NestedMode::Excluded);
    let event = verified.event;
    assert_eq!(event.kind, Some(EventKind::Signed));
    assert_eq!(event.event_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert_eq!(event.provider_ref.as_deref(), Some(TOKEN));
    assert_eq!(event.reference.as_deref(), Some("26352"));
    assert_eq!(event.state, Some(PaymentState::Paid));
    assert_eq!(event.provider_status.as_deref(), Some("completed"));
    assert_eq!(event.payment_type.as_deref(), Some("paynow"));
    assert_eq!(event.amount.as_deref(), Some("300.00"));
    assert_eq!(event.timestamp.as_deref(), Some("2025-01-31 12:00:00"));
}

#[test]
fn a_nested_object_may_have_been_signed_in_four_ways() {
    let body = r#"{"event_value":"SETTLED","additional_data":
        {"key2" : "it's é", "key1":[1, 2.50,null,true , false],"a":{}}}"#;
    let check = |nested: Option<&str>, expected: NestedMode| {
        let nested = nested.map(|text| format!("ADDITIONAL_DATA={text}&")).unwrap_or_default();
        let signed = signature(SECRET, &format!("{nested}EVENT_VALUE=SETTLED&"));
        let verified = verify(SECRET, &signed, body.as_bytes()).map(|v| v.mode_matched);
        assert_eq!(verified, Ok(expected), "{nested}");
    };
    check(None, NestedMode::Excluded);
    check(
        Some(r#"{'key2': "it's é", 'key1': [1, 2.50, None, True, False], 'a': {}}"#),
        NestedMode::PythonRepr,
    );
    check(
        Some(r#"{"key2": "it's \u00e9", "key1": [1, 2.50, null, true, false], "a": {}}"#),
        NestedMode::JsonSpaced,
    );
    check(
        Some(r#"{"key2":"it's é","key1":[1,2.50,null,true,false],"a":{}}"#),
        NestedMode::JsonCompact,
    );
    check(
        Some(r#"{"key2":"it's \u00e9","key1":[1,2.50,null,true,false],"a":{}}"#),
        NestedMode::JsonCompact,
    );
}

#[test]
fn texts_are_quoted_as_python_quotes_them() {
    let check = |json: &str, python: &str| {
        let body = format!(r#"{{"x":[{json}]}}"#);
        let signed = signature(SECRET, &format!("X=[{python}]&"));
        let mode = verify(SECRET, &signed, body.as_bytes()).map(|v| v.mode_matched);
        assert_eq!(mode, Ok(NestedMode::PythonRepr), "{json}");
    };
    check(r#""plain""#, "'plain'");
    check(r#""say \"hi\"""#, r#"'say "hi"'"#);
    check(r#""it's""#, r#""it's""#);
    check(r#""it's \"so\"""#, r#"'it\'s "so"'"#);
    check(r#""a\\b\n\t\r\u0001""#, r"'a\\b\n\t\r\x01'");
}

#[test]
fn a_wrong_signature_or_body_is_refused() {
    let refused = |signature: &str, body: &str| {
        verify(SECRET, signature, body.as_bytes()).expect_err("it must not count")
    };
    let (unreadable, differs) =
        (CallbackRefused::SignatureUnreadable, CallbackRefused::SignatureDiffers);
    assert_eq!(refused("", FLAT), unreadable);
    assert_eq!(refused(&FLAT_SIGNATURE.to_uppercase(), FLAT), unreadable);
    assert_eq!(refused(&FLAT_SIGNATURE[1..], FLAT), unreadable);
    assert_eq!(refused(&format!("{FLAT_SIGNATURE}00"), FLAT), unreadable);
    assert_eq!(refused(&"g".repeat(64), FLAT), unreadable);
    assert_eq!(refused(FLAT_SIGNATURE, &FLAT.replace("300.00", "300.01")), differs);
    assert_eq!(refused(FLAT_SIGNATURE, &FLAT.replace("60.00", "61.00")), differs);
    let placeholder = "5a295e8c9e0cae3448a65aaa3bdaa1dba9e4360860ec65e759048aa626e7ec07";
    assert_eq!(refused(placeholder, FLAT), differs);
    assert_eq!(refused(FLAT_SIGNATURE, "<html>"), CallbackRefused::BodyUnreadable);
    assert_eq!(refused(FLAT_SIGNATURE, "[]"), CallbackRefused::BodyUnreadable);
    let other = verify("another secret", FLAT_SIGNATURE, FLAT.as_bytes());
    assert_eq!(other, Err(differs));
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(FLAT_SIGNATURE, &deep), CallbackRefused::BodyUnreadable);
}

#[test]
fn an_event_is_read_leniently() {
    let body = r#"{"event_value":"REFUNDED","payment_token":{"a":1},"payment_status":"paused",
        "amount":5,"event_id":"","extra":null}"#;
    let signed = signature(
        SECRET,
        "AMOUNT=5&EVENT_ID=&EVENT_VALUE=REFUNDED&EXTRA=None&PAYMENT_STATUS=paused&",
    );
    let event = verify(SECRET, &signed, body.as_bytes()).expect("signed").event;
    assert_eq!(event.kind, Some(EventKind::Other("REFUNDED".to_owned())));
    assert_eq!((event.provider_ref, event.event_id), (None, None));
    assert_eq!(event.state, Some(PaymentState::Unclear));
    assert_eq!(event.amount.as_deref(), Some("5"));
}

proptest! {
    #[test]
    fn no_callback_makes_it_panic_and_none_counts_unsigned(
        body in any::<Vec<u8>>(),
        text in "\\{\"[a-z]{1,5}\":[\\{\\}\\[\\]\",:0-9a-z]{0,30}\\}",
        header in any::<[u8; 32]>(),
    ) {
        let header = hex::encode(header);
        prop_assert!(verify(SECRET, &header, &body).is_err());
        prop_assert!(verify(SECRET, &header, text.as_bytes()).is_err());
    }
}
