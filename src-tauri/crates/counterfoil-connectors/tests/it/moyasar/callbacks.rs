//! Callbacks of section 8: the shared secret in the body, and nothing else, makes one count.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{Callback, CallbackRefused, Connector, Hint, Secrets, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{HOOK, ID, KEY, account, payment, secrets};

fn event() -> Value {
    json!({
        "id": "7ae3b2c1-0000-4000-8000-000000000001", "type": "payment_refunded",
        "created_at": "2026-03-02T10:00:00.000Z", "secret_token": HOOK,
        "account_name": "Riyadh", "live": false, "data": payment("refunded"),
    })
}

fn heard(body: &[u8]) -> Result<Hint, CallbackRefused> {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    Moyasar.callback(&target, &Callback { headers: &[], body })
}

fn changed(name: &str, value: Value) -> Result<Hint, CallbackRefused> {
    let mut event = event();
    event[name] = value;
    heard(event.to_string().as_bytes())
}

#[test]
fn a_callback_with_the_shared_secret_names_the_payment() {
    let hint = Hint {
        event_id: "7ae3b2c1-0000-4000-8000-000000000001".to_owned(),
        provider_ref: ID.to_owned(),
        word: "payment_refunded".to_owned(),
    };
    assert_eq!(heard(event().to_string().as_bytes()), Ok(hint));
}

#[test]
fn any_other_secret_is_refused() {
    for other in
        ["", "a shared secre", "a shared secret ", "A shared secret", HOOK.repeat(2).as_str()]
    {
        let refused = changed("secret_token", json!(other));
        let expected = match other {
            "" => CallbackRefused::ProofUnreadable,
            _ => CallbackRefused::ProofDiffers,
        };
        assert_eq!(refused, Err(expected), "{other:?}");
    }
    for odd in [json!(null), json!([HOOK]), json!({"a": HOOK}), json!(true)] {
        let refused = changed("secret_token", odd.clone());
        assert_eq!(refused, Err(CallbackRefused::ProofUnreadable), "{odd}");
    }
    assert_eq!(changed("secret_token", json!(7)), Err(CallbackRefused::ProofDiffers));
    for body in ["", "[]", "null", "<html>", "{"] {
        assert_eq!(heard(body.as_bytes()), Err(CallbackRefused::BodyUnreadable), "{body}");
    }
}

#[test]
fn without_a_secret_of_ours_nothing_counts() {
    let account = account();
    for hook in [None, Some("")] {
        let hook = hook.map(|text| ("webhook_secret".to_owned(), text.to_owned()));
        let pairs = [("secret_key".to_owned(), KEY.to_owned())].into_iter().chain(hook);
        let secrets = Secrets::from_pairs(pairs);
        let target = Target { account: &account, secrets: &secrets };
        let mut event = event();
        event["secret_token"] = json!("");
        let body = event.to_string();
        let call = Callback { headers: &[], body: body.as_bytes() };
        assert_eq!(Moyasar.callback(&target, &call), Err(CallbackRefused::SecretMissing));
    }
}

#[test]
fn the_slip_in_the_table_of_events_is_mended_and_an_unknown_event_still_counts() {
    let word = |word: &str| changed("type", json!(word)).map(|hint| hint.word);
    assert_eq!(word("payment_faild").as_deref(), Ok("payment_failed"));
    assert_eq!(word("payment_failed").as_deref(), Ok("payment_failed"));
    assert_eq!(word("payment_of_a_new_kind").as_deref(), Ok("payment_of_a_new_kind"));
    for other in ["balance_transferred", "payout_paid", "card_auth_approved", "", "Payment_paid"] {
        assert_eq!(word(other), Err(CallbackRefused::NamesNoPayment), "{other}");
    }
}

#[test]
fn a_callback_that_names_no_payment_is_refused() {
    for data in [json!(null), json!([]), json!({}), json!({"id": null}), json!({"id": [1]})] {
        assert_eq!(changed("data", data.clone()), Err(CallbackRefused::NamesNoPayment), "{data}");
    }
}

#[test]
fn a_repetition_has_the_same_id_and_one_without_an_id_is_known_by_its_digest() {
    let id = |value: Value| changed("id", value).expect("it counts").event_id;
    assert_eq!(id(json!("e1")), "e1");
    for odd in [json!(null), json!(""), json!("x".repeat(101)), json!("a b"), json!({"a": 1})] {
        let (one, again) = (id(odd.clone()), id(odd.clone()));
        assert_eq!((one.len(), &one), (64, &again), "{odd}");
    }
}

#[test]
fn a_callback_never_prints_its_secret() {
    let hint = heard(event().to_string().as_bytes()).expect("it counts");
    assert!(!format!("{hint:?}").contains(HOOK));
    let refused = changed("secret_token", json!("another one")).expect_err("refused");
    assert!(!format!("{refused:?} {refused}").contains("another one"));
}

proptest! {
    #[test]
    fn no_callback_makes_it_panic_and_none_counts_without_the_secret(
        body in any::<Vec<u8>>(),
        value in "[\\{\\}\\[\\]\",:0-9a-z]{0,30}",
    ) {
        prop_assert!(heard(&body).is_err());
        let text = format!("{{\"secret_token\":{value},\"type\":\"payment_paid\"}}");
        prop_assert!(heard(text.as_bytes()).is_err());
    }
}
