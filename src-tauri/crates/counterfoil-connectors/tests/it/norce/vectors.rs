//! The codec held against `tests/vectors/norce.json`.

use counterfoil_connectors::norce::inbound::{check, read_order, replace};
use counterfoil_connectors::norce::patch::{self, Patched};
use counterfoil_connectors::norce::{Norce, setup::Place, status};
use counterfoil_connectors::{Connector, Method, Target};
use counterfoil_core::account::Account;
use counterfoil_core::answer::WireEnd;
use counterfoil_core::payment::PaymentState;
use serde_json::Value;

use super::support::{
    NAME, account, adjust, answer, ask, base, caller, order, rename, request, secrets, sek, send,
};

const FILE: &str = include_str!("../../../../../../tests/vectors/norce.json");

fn vectors() -> Value {
    serde_json::from_str(FILE).expect("the vectors are JSON")
}

fn list(name: &str) -> Vec<Value> {
    vectors()[name].as_array().expect("a list").clone()
}

fn by_id(name: &str, id: &str) -> Value {
    list(name).into_iter().find(|vector| vector["id"] == id).expect("a known vector")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("the vector has this text")
}

fn sent(vector: &Value) -> WireEnd {
    let status = vector["http_status"].as_u64().unwrap_or(200);
    let status = u16::try_from(status).expect("an HTTP status");
    let body = vector["raw"].as_str().map_or_else(|| vector["body"].to_string(), str::to_owned);
    answer(status, &body)
}

#[test]
fn the_callbacks_request_is_the_pages() {
    let vector = vectors()["callback"].clone();
    let sent = request(&caller(), &adjust("20.00"), &base(), &order()).expect("made");
    let place = Place::read(NAME).expect("a name");
    let path = text(&vector, "path")
        .replace("{order_id}", place.order_id)
        .replace("{payment_id}", place.payment_id);
    assert!(sent.url.ends_with(&format!("/klarna-adapter{path}")), "{}", sent.url);
    assert_eq!(sent.method.as_str(), text(&vector, "method"));
    let header = |name: &str| sent.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    for needed in vector["required_headers"].as_array().expect("a list") {
        let name = needed.as_str().and_then(|line| line.split(':').next()).expect("a name");
        assert!(header(name).is_some_and(|(_, text)| !text.is_empty()), "{name}");
    }
    assert_eq!(header("content-type").expect("one").1, text(&vector, "content_type"));
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let lower: Vec<(String, String)> =
        sent.headers.iter().map(|(key, text)| (key.to_lowercase(), text.clone())).collect();
    let asked = check(&target, &lower, "POST", &path).expect("our own call would be answered");
    assert_eq!(asked.payment_id, place.payment_id);
}

#[test]
fn the_sample_order_is_answered_with_the_sample_patch() {
    let vector = by_id("patch_samples", "norce-patch-replace-amount");
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let place = Place::read(NAME).expect("a name");
    assert_eq!(text(&vector, "payment_id"), place.payment_id);
    let asked = counterfoil_connectors::norce::inbound::Asked {
        order_id: place.order_id.to_owned(),
        payment_id: place.payment_id.to_owned(),
    };
    let order = vector["order"].to_string();
    let read = read_order(&target, &asked, order.as_bytes()).expect("an order");
    let reply = replace(read.place, read.to_cover).expect("two decimals");
    assert_eq!(serde_json::from_slice::<Value>(&reply.body).expect("JSON"), vector["body"]);
}

#[test]
fn each_patch_is_taken_as_it_says_and_no_other_one_is() {
    for vector in list("patch_samples") {
        let id = text(&vector, "id");
        let end = send(&caller(), &adjust("20.00"), &sent(&vector));
        let expected = if id == "norce-patch-replace-amount" { "accepted" } else { "unknown" };
        assert_eq!(end.word(), expected, "{id}: {end:?}");
        let read = patch::read(vector["body"].to_string().as_bytes(), 2, sek("0").currency());
        let unclear = matches!(read, Patched::Unclear(_));
        let must_reject = vector["must_reject"] == true;
        assert!(unclear || !must_reject, "{id}: {read:?}");
    }
}

#[test]
fn each_error_has_the_class_it_says() {
    for vector in list("errors") {
        let (id, class) = (text(&vector, "id"), text(&vector, "expect_class"));
        // "Unknown" of the page is that of callbacks, validation and actions; the rest is the
        // order service's.
        let account: Account = if class == "unknown" { caller() } else { account() };
        let word = send(&account, &adjust("15.00"), &sent(&vector)).word();
        let expected = match class {
            "refused" => "refused",
            "unknown" | "accepted_pending" => "unknown",
            other => panic!("{id}: no class {other}"),
        };
        assert_eq!(word, expected, "{id}");
    }
}

#[test]
fn words_are_read_without_regard_to_case_and_unknown_ones_are_unclear() {
    for vector in list("enum_tolerance") {
        let word = text(&vector, "text");
        match vector["parsed"].as_str() {
            Some("intent") => assert_eq!(status::state(word), PaymentState::Open),
            Some(_) => {} // a word of another list
            None => assert_eq!(status::state(word), PaymentState::Unclear),
        }
    }
}

#[test]
fn a_reference_is_put_as_a_bare_text() {
    let vector = vectors()["reference_put"].clone();
    let (account, secrets, base) = (account(), secrets(), base());
    let target = Target { account: &account, secrets: &secrets };
    let command = rename("something-reference");
    let sent = Norce.encode(&target, &ask(&command, &base, None)).expect("made");
    assert_eq!(sent.method, Method::Put);
    assert_eq!(String::from_utf8(sent.body).expect("text"), text(&vector, "raw_body"));
    let place = Place::read(NAME).expect("a name");
    let path = text(&vector, "path").replace("{orderId}", place.order_id);
    assert_eq!(sent.shown.path, format!("/order{path}"));
}
