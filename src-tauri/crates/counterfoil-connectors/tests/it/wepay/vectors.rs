//! Every vector of `tests/vectors/wepay.json`.

use counterfoil_connectors::Connector;
use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::wepay::status::state;
use counterfoil_core::answer::{ReadEnd, SendEnd};
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{PaymentFacts, PaymentState};
use serde_json::Value;

use super::{
    account, answer, body, card_present, facts, made_with, one_of_each, refund, relabel, sent,
    subject, usd,
};

fn vectors() -> Value {
    let text = include_str!("../../../../../../tests/vectors/wepay.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn list<'v>(vectors: &'v Value, pointer: &str) -> &'v [Value] {
    vectors.pointer(pointer).and_then(Value::as_array).expect("the list is in the vectors")
}

fn number(value: &Value) -> u16 {
    u16::try_from(value.as_u64().expect("a number")).expect("a status")
}

/// The class of the vectors for an end of ours: credentials that are not accepted are a definite
/// no, which stops the account instead of the change.
fn class(end: &SendEnd) -> &'static str {
    match end {
        SendEnd::Refused { .. } | SendEnd::CredentialsRefused { .. } => "refused",
        SendEnd::Applied { .. }
        | SendEnd::NeedsCustomer { .. }
        | SendEnd::Accepted { .. }
        | SendEnd::RefusedForNow { .. }
        | SendEnd::NeverLeft { .. }
        | SendEnd::Unknown { .. } => end.word(),
    }
}

#[test]
fn every_error_has_its_class_for_every_command() {
    let vectors = vectors();
    let errors = list(&vectors, "/errors");
    assert_eq!(errors.len(), 10);
    for error in errors {
        let body = match error.get("raw") {
            Some(raw) => raw.as_str().expect("a text").to_owned(),
            None => error["body"].to_string(),
        };
        for status in list(error, "/http_statuses") {
            for command in one_of_each() {
                let end = sent(&command, number(status), &body);
                assert_eq!(class(&end), error["class"], "{} {status}: {end:?}", error["id"]);
            }
        }
    }
}

#[test]
fn a_refund_that_failed_is_refused_although_it_is_answered_with_200() {
    let vectors = vectors();
    let vector = &list(&vectors, "/answers")[0];
    let end = sent(&refund("50.00"), number(&vector["http_status"]), &vector["body"].to_string());
    assert_eq!(class(&end), vector["class"]);
    let message = "the refund failed: unknown".to_owned();
    assert_eq!(end, SendEnd::Refused { message });
}

fn published_payment() -> PaymentFacts {
    let vectors = vectors();
    let vector = &list(&vectors, "/answers")[1];
    let id = vector["body"]["id"].as_str().expect("an id");
    let ends = [answer(200, &vector["body"].to_string())];
    match Wepay.decode_read(&account(), id, &ends, Moment::from_millis(7)) {
        ReadEnd::Facts(facts) => *facts,
        other => unreachable!("the published payment is not read: {other:?}"),
    }
}

#[test]
fn the_published_payment_is_read() {
    let facts = published_payment();
    assert_eq!(facts.state, PaymentState::Authorized);
    assert_eq!((facts.amount, facts.refunded), (usd("10.00"), Some(usd("10.00"))));
    assert_eq!(facts.reference.as_deref(), Some("dfeb052b-ae8c-4a69-b909-8d9ecdd7c742"));
    assert_eq!(facts.details.made_at, Some(Moment::from_millis(1_510_079_535_000)));
    assert_eq!(facts.details.metadata.get("invoice_id").map(String::as_str), Some("54321"));
    assert_eq!((facts.details.capture_at, facts.details.captured), (None, None));
}

#[test]
fn the_published_update_is_what_a_relabelling_sends() {
    let vectors = vectors();
    let expected = &list(&vectors, "/requests")[0]["body"];
    let base = counterfoil_core::payment::Base {
        details: counterfoil_core::payment::Details::default(),
        ..super::base(PaymentState::Authorized)
    };
    let look = answer(
        200,
        &super::payment(serde_json::json!({"custom_data": {"a_reference_number": 4}})).to_string(),
    );
    let reference = expected["reference_id"].as_str();
    let command = relabel(reference, &[("Another Key", "some value")]);
    let made = made_with(&account(), &command, Some(&base), Some(&look)).expect("made");
    let mut expected = expected.clone();
    // Without lines there is no rbit to send; null says nothing.
    expected.as_object_mut().expect("an object").remove("rbits");
    assert_eq!(body(&made), expected);
}

#[test]
fn only_the_published_states_are_known() {
    let vectors = vectors();
    let words = |pointer: &str| {
        let list = list(&vectors, pointer).iter();
        list.map(|word| word.as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    for word in words("/states/known") {
        assert_ne!(state(&word, false), PaymentState::Unclear, "{word}");
    }
    for word in words("/states/not_known") {
        assert_eq!(state(&word, false), PaymentState::Unclear, "{word}");
    }
}

#[test]
fn the_limit_of_120_percent_is_kept() {
    let vectors = vectors();
    for vector in list(&vectors, "/limit_120") {
        let minor = |field: &str| {
            let minor = vector[field].as_i64().expect("minor units");
            Money::from_minor(minor, usd("1.00").currency()).expect("an amount")
        };
        let held = PaymentFacts { amount: minor("authorised"), ..facts(PaymentState::Authorized) };
        let command = Command::Capture { amount: Some(minor("asked")), at: None };
        let judged = Wepay.check(&card_present(), &command, Some(&subject(&held)));
        assert_eq!(Value::from(judged.is_ok()), vector["allowed"], "{vector}: {judged:?}");
    }
}
