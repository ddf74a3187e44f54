//! What was accepted and ends later.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{Connector, Target};
use counterfoil_core::answer::{EffectState, ReadEnd};
use serde_json::{Value, json};

use super::{ID, account, answer, envelope, payment, refund_object, secrets};

fn url(effect_ref: &str) -> String {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    Wepay.encode_effect(&target, effect_ref).expect("made").url
}

fn decode(effect_ref: &str, status: u16, body: &str) -> Result<EffectState, ReadEnd> {
    Wepay.decode_effect(&account(), effect_ref, &answer(status, body))
}

#[test]
fn a_refund_is_read_under_its_own_id_and_a_capture_under_the_payments() {
    assert_eq!(url("rf-1"), "https://stage-api.wepay.com/refunds/rf-1");
    assert_eq!(url("payments/p-1"), "https://stage-api.wepay.com/payments/p-1");
    assert_eq!(url("a/b"), "https://stage-api.wepay.com/refunds/a%2Fb");
}

#[test]
fn a_refund_ends_as_it_says() {
    let check = |changed: Value, expected: Option<EffectState>| {
        let found = decode("rf-1", 200, &refund_object(changed.clone()).to_string());
        assert_eq!(found.ok(), expected, "{changed}");
    };
    let failed = |why: &str| {
        Some(EffectState::Failed { message: format!("the refund came to nothing: {why}") })
    };
    check(json!({}), Some(EffectState::Pending));
    check(json!({"status": "completed"}), Some(EffectState::Applied));
    check(json!({"status": "failed", "failure_reason": "unknown"}), failed("unknown"));
    let object = json!({"reason_code": "BANK_SYSTEM_ERROR", "reason_message": null});
    check(json!({"status": "failed", "failure_reason": object}), failed("BANK_SYSTEM_ERROR"));
    check(json!({"status": "complete"}), None);
    check(json!({"status": null}), None);
    check(json!({"status": "completed", "id": "rf-2"}), None);
}

#[test]
fn a_capture_ends_as_the_payment_does() {
    let effect_ref = format!("payments/{ID}");
    let check = |changed: Value, expected: &str| {
        let found = decode(&effect_ref, 200, &payment(changed.clone()).to_string());
        let word = match found {
            Ok(EffectState::Applied) => "applied",
            Ok(EffectState::Failed { .. }) => "failed",
            Ok(EffectState::Pending) => "pending",
            Err(_) => "unclear",
        };
        assert_eq!(word, expected, "{changed}");
    };
    check(json!({"status": "completed"}), "applied");
    check(json!({"status": "failed"}), "failed");
    check(json!({"status": "canceled"}), "failed");
    check(json!({}), "pending");
    check(json!({"auto_capture": true}), "pending");
    check(json!({"status": "cancelled"}), "unclear");
    check(json!({"status": "completed", "id": "another"}), "unclear");
}

#[test]
fn an_effect_that_cannot_be_read_is_no_payment_that_vanished() {
    for (status, body) in [(404, envelope("X", &[])), (500, String::new()), (200, "[]".to_owned())]
    {
        let found = decode("rf-1", status, &body);
        assert!(matches!(found, Err(ReadEnd::Unclear { .. })), "{status}: {found:?}");
    }
    let refused = decode("rf-1", 403, &envelope("NOT_AUTHORIZED", &[]));
    assert!(matches!(refused, Err(ReadEnd::CredentialsRefused { .. })));
}
