//! Every vector of `tests/vectors/moyasar.json`.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::moyasar::wire::{CURRENCIES, basic};
use counterfoil_connectors::{Connector, EncodeError};
use counterfoil_core::capability::{RepeatSafety, WhyNot};
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::reconcile::shows_effect_since;
use serde_json::{Value, json};

use super::{
    account, answer, base_of, describe, facts_of, payment, refund, refund_of, relabel, request,
    sent, subject, with,
};

fn vectors() -> Value {
    let text = include_str!("../../../../../../tests/vectors/moyasar.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn list<'v>(vectors: &'v Value, name: &str) -> &'v [Value] {
    vectors[name].as_array().expect("the list is in the vectors")
}

fn text<'v>(vector: &'v Value, field: &str) -> &'v str {
    vector[field].as_str().expect("the field is a text")
}

#[test]
fn the_key_is_carried_as_the_valid_vectors_say_and_as_no_other() {
    let vectors = vectors();
    let all = list(&vectors, "basic_auth");
    assert_eq!(all.len(), 6, "a vector was added: see that it is read here");
    for vector in all {
        let username = vector["username"].as_str().unwrap_or("sk_test_example");
        let fits = basic(username) == text(vector, "authorization");
        assert_eq!(fits, vector["valid"] == true, "{}", vector["id"]);
    }
}

#[test]
fn each_error_is_classed_as_the_vectors_say() {
    let vectors = vectors();
    let all = list(&vectors, "errors");
    assert_eq!(all.len(), 8, "a vector was added: see that it is read here");
    for vector in all {
        let status = vector["http_status"].as_u64().and_then(|code| u16::try_from(code).ok());
        let status = status.expect("a status");
        let composed = vector["body"].to_string();
        let body = vector["raw"].as_str().unwrap_or(&composed);
        let end = answer(status, body);
        for command in [refund("30.00"), describe("Order 18")] {
            let word = sent(&command, &payment("paid"), &end).word();
            let expected = match text(vector, "expect_class") {
                // The till's own word for a refusal of the key.
                "refused" if status == 401 => "credentials_refused",
                // It says nothing of the effect: a reading has to show it (A-MOY-01).
                "applied_unverified" => "unknown",
                class => class,
            };
            assert_eq!(word, expected, "{}", vector["id"]);
        }
    }
}

#[test]
fn what_is_left_to_refund_is_as_the_vectors_say() {
    let vectors = vectors();
    for vector in list(&vectors, "refundable") {
        let numbers = json!({
            "amount": vector["amount"], "captured": vector["captured"],
            "refunded": vector["refunded"],
        });
        let facts = facts_of(&with(text(vector, "status"), numbers));
        let left = Moyasar.refundable(&account(), &subject(&facts)).map(Money::minor);
        let expected = vector["refundable"].as_i64().filter(|minor| *minor != 0);
        assert_eq!(left, expected, "{vector}");
    }
}

#[test]
fn a_read_back_judges_a_lost_refund_as_the_vectors_say() {
    let vectors = vectors();
    let all = list(&vectors, "refund_readback");
    assert_eq!(all.len(), 4, "a vector was added: see that it is read here");
    for vector in all {
        let part = Money::from_minor(
            vector["requested"].as_i64().expect("an amount"),
            Currency::parse("SAR").expect("a currency"),
        );
        let command = refund_of(part.expect("an amount"));
        let before = base_of(&with("paid", json!({"refunded": vector["baseline_refunded"]})));
        let now = base_of(&with("paid", json!({"refunded": vector["observed_refunded"]})));
        let applied = shows_effect_since(&command, &before, &now);
        assert_eq!(applied, vector["verdict"] == "applied", "{vector}");
        // Whatever is not proved is for people: it is never sent again by itself.
        let safety = Moyasar.repeat_safety(&account(), &command, Some(&before));
        assert_eq!(safety, RepeatSafety::ReadBackThenHuman);
    }
}

#[test]
fn the_limits_of_metadata_are_the_published_ones() {
    let vectors = vectors();
    let limit = |name: &str| {
        let number = vectors["metadata_limits"][name].as_u64().expect("a limit");
        usize::try_from(number).expect("a small number")
    };
    let none = base_of(&with("paid", json!({"metadata": null})));
    let fits = |set: &[(&str, &str)]| match request(&relabel(None, set), Some(&none)) {
        Ok(_) => true,
        Err(EncodeError::Refused(WhyNot::TextNotCarried { field: "metadata", .. })) => false,
        Err(other) => panic!("{other}"),
    };
    let keys: Vec<String> = (0..=limit("max_keys")).map(|number| format!("k{number}")).collect();
    let set: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    assert!(fits(&set[1..]) && !fits(&set));
    let (key, value) = (limit("max_key_chars"), limit("max_value_chars"));
    assert!(fits(&[(&"k".repeat(key), "v")]) && !fits(&[(&"k".repeat(key + 1), "v")]));
    assert!(fits(&[("k", &"v".repeat(value))]) && !fits(&[("k", &"v".repeat(value + 1))]));
}

#[test]
fn the_allowed_currencies_are_those_where_the_vendors_table_and_iso_4217_agree() {
    let vectors = vectors();
    let table = &vectors["currency_exponents"];
    let codes = |name: &str| -> Vec<&str> {
        table[name].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
    };
    assert_eq!(codes("client_allow_list"), CURRENCIES);
    for code in CURRENCIES {
        let listed = [("three", 3), ("four", 4), ("zero", 0)];
        let named = listed.into_iter().find(|(name, _)| codes(name).contains(&code));
        let vendors = named.map_or(2, |(_, decimals)| decimals);
        assert_eq!(Currency::parse(code).expect("known").decimals(), vendors, "{code}");
    }
}

#[test]
fn money_is_written_in_the_minor_units_of_the_vectors() {
    let vectors = vectors();
    for vector in list(&vectors, "money") {
        let currency = Currency::parse(text(vector, "currency")).expect("known");
        let amount = Money::parse(text(vector, "text"), currency).expect("an amount");
        let before = base_of(&payment("paid"));
        let made = request(&refund_of(amount), Some(&before)).expect("made");
        let body: Value = serde_json::from_slice(&made.body).expect("JSON");
        assert_eq!(body, json!({"amount": vector["minor"]}));
    }
}
