//! Every published, wrong and derived vector of the shared file.

use std::path::Path;

use serde_json::{Map, Value};

use crate::bumper::selftest;
use crate::bumper::signature::{Spelling, hmac_hex, matches, request_string, webhook_string};
use crate::bumper::switches::{NestedAs, NullAs};

const SPELLING: Spelling = Spelling { null: NullAs::None, nested: NestedAs::PythonRepr };

fn file() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/bumper.json");
    let text = std::fs::read_to_string(path).expect("the vectors are part of the project");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn list(name: &str) -> Vec<Value> {
    let file = file();
    let list = file.pointer(&format!("/signature/{name}")).and_then(Value::as_array);
    list.expect("a list of vectors").clone()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector.get(name).and_then(Value::as_str).expect("a text of the vector")
}

fn inputs(vector: &Value) -> Map<String, Value> {
    vector.get("inputs").and_then(Value::as_object).expect("the inputs of the vector").clone()
}

fn secret() -> String {
    file().pointer("/signature/secret/value").and_then(Value::as_str).expect("the secret").into()
}

/// A redirect back signs `success` and `token` only; a webhook signs its whole body.
fn string_of(vector: &Value) -> String {
    if text(vector, "id").contains("webhook") {
        return webhook_string(&inputs(vector), SPELLING);
    }
    request_string(&inputs(vector), SPELLING)
}

#[test]
fn the_self_test_of_the_start_passes() {
    assert_eq!(selftest::run(), Ok(()));
}

#[test]
fn the_published_and_derived_vectors_come_out_string_and_digest() {
    let vectors = [list("vectors"), list("derived")].concat();
    assert_eq!(vectors.len(), 17, "all vectors of the file");
    for vector in &vectors {
        let (id, string) = (text(vector, "id"), string_of(vector));
        assert_eq!(string, text(vector, "string"), "{id}");
        let right = text(vector, "hmac_sha256_hex");
        assert_eq!(hmac_hex(&secret(), &string), right, "{id}");
        assert!(matches(&secret(), &string, right), "{id}");
    }
}

#[test]
fn the_wrong_digests_of_known_mistakes_are_refused() {
    let published = list("vectors");
    let wrong = list("anti_vectors");
    assert_eq!(wrong.len(), 11, "all wrong vectors of the file");
    for anti in &wrong {
        let base = published.iter().find(|v| text(v, "id") == text(anti, "base"));
        let string = string_of(base.expect("the base of the wrong vector"));
        assert!(!matches(&secret(), &string, text(anti, "wrong_hex")), "{}", text(anti, "id"));
    }
}

#[test]
fn a_secret_without_its_quote_or_with_a_second_one_gives_the_known_wrong_digest() {
    let published = list("vectors");
    let string = string_of(published.first().expect("the first vector"));
    for anti in list("anti_vectors").iter().filter(|anti| anti.get("secret_hex").is_some()) {
        let bytes = hex::decode(text(anti, "secret_hex")).expect("hex");
        let secret = String::from_utf8(bytes).expect("the sample secret is text");
        assert_eq!(hmac_hex(&secret, &string), text(anti, "wrong_hex"), "{}", text(anti, "id"));
    }
}

#[test]
fn the_placeholders_of_the_pages_do_not_come_out() {
    for vector in list("vectors") {
        for placeholder in list("not_reproducing") {
            assert_ne!(hmac_hex(&secret(), &string_of(&vector)), text(&placeholder, "value"));
        }
    }
}

#[test]
fn values_are_not_escaped_so_two_inputs_share_a_string() {
    for collision in list("collisions") {
        let string = |name: &str| {
            let input = collision.get(name).and_then(Value::as_object).expect("an input");
            request_string(input, SPELLING)
        };
        assert_eq!(string("a"), string("b"));
        assert_eq!(string("a"), text(&collision, "string"));
    }
}

#[test]
fn undocumented_values_follow_their_switch() {
    let parameters = serde_json::json!({"a": null, "b": {"k": "it's", "n": [1, true]}, "c": "x"});
    let parameters = parameters.as_object().expect("an object");
    for (null, nested, expected) in [
        (NullAs::None, NestedAs::LeftOut, "A=None&C=x&"),
        (NullAs::Empty, NestedAs::PythonRepr, "A=&B={'k': \"it's\", 'n': [1, True]}&C=x&"),
        (NullAs::LeftOut, NestedAs::JsonSpaced, r#"B={"k": "it's", "n": [1, true]}&C=x&"#),
        (NullAs::LeftOut, NestedAs::JsonCompact, r#"B={"k":"it's","n":[1,true]}&C=x&"#),
    ] {
        assert_eq!(request_string(parameters, Spelling { null, nested }), expected);
    }
}
