//! Every vector of `tests/vectors/bumper.json`, published and derived, and every mistake in it.

use counterfoil_connectors::Target;
use counterfoil_connectors::bumper::sign::{carried, signature, signing_string};
use counterfoil_connectors::bumper::wire::{Field, WireItem};
use counterfoil_core::answer::{ReadEnd, SendEnd};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::PaymentState;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::support::{
    self, SECRET, TOKEN, adjust, cancel, decode_read, decode_send, encode_probe, encode_read, item,
    one_of_each, refund, relabel,
};

fn vectors() -> Value {
    let text = include_str!("../../../../../tests/vectors/bumper.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn list<'v>(vectors: &'v Value, pointer: &str) -> &'v [Value] {
    vectors.pointer(pointer).and_then(Value::as_array).expect("the list is in the vectors")
}

fn text<'v>(vector: &'v Value, field: &str) -> &'v str {
    vector[field].as_str().expect("the field is a text")
}

fn fields(inputs: &Value) -> Vec<(String, Field)> {
    let inputs = inputs.as_object().expect("inputs are an object");
    inputs.iter().map(|(name, value)| (name.clone(), field(value))).collect()
}

fn field(value: &Value) -> Field {
    let part = |line: &Value, name: &str| text(line, name).to_owned();
    let wire_item = |line: &Value| WireItem {
        item: part(line, "item"),
        quantity: part(line, "quantity"),
        price: part(line, "price"),
    };
    match value {
        Value::String(text) => Field::Text(text.clone()),
        Value::Bool(flag) => Field::Flag(*flag),
        Value::Array(lines) => Field::Items(lines.iter().map(wire_item).collect()),
        Value::Null | Value::Number(_) | Value::Object(_) => {
            unreachable!("no vector signs {value}")
        }
    }
}

fn string_of(fields: &[(String, Field)]) -> String {
    signing_string(fields.iter().map(|(name, field)| (name.as_str(), field)))
}

#[test]
fn every_published_and_derived_vector_reproduces() {
    let vectors = vectors();
    let all = [list(&vectors, "/signature/vectors"), list(&vectors, "/signature/derived")].concat();
    assert_eq!(all.len(), 17, "a vector was added: see that it is read here");
    for vector in &all {
        let string = string_of(&fields(&vector["inputs"]));
        assert_eq!(string, text(vector, "string"), "{}", vector["id"]);
        let signed = signature(SECRET, &string);
        assert_eq!(signed, text(vector, "hmac_sha256_hex"), "{}", vector["id"]);
    }
}

#[test]
fn the_docs_secret_is_the_one_with_the_leading_quote() {
    let vectors = vectors();
    assert_eq!(hex::encode(SECRET), text(&vectors["signature"]["secret"], "hex"));
    assert_eq!(SECRET, text(&vectors["signature"]["secret"], "value"));
}

#[test]
fn published_placeholders_do_not_reproduce() {
    let vectors = vectors();
    let signed: Vec<String> = list(&vectors, "/signature/vectors")
        .iter()
        .chain(list(&vectors, "/signature/derived"))
        .map(|vector| signature(SECRET, &string_of(&fields(&vector["inputs"]))))
        .collect();
    for placeholder in list(&vectors, "/signature/not_reproducing") {
        assert!(!signed.contains(&text(placeholder, "value").to_owned()), "{placeholder}");
    }
}

fn resigned(string: &str) -> String {
    signature(SECRET, string)
}

fn with_values(fields: &[(String, Field)], written: fn(&str) -> String) -> String {
    let rewritten: Vec<(String, Field)> = fields
        .iter()
        .map(|(name, field)| match field {
            Field::Text(text) => (name.clone(), Field::Text(written(text))),
            Field::Flag(_) | Field::Items(_) => (name.clone(), field.clone()),
        })
        .collect();
    string_of(&rewritten)
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn url_encoded(text: &str) -> String {
    form_encoded(text).replace('+', "%20")
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The signing string with one more field in its place, as if it were not excluded.
fn with_excluded(fields: &[(String, Field)], name: &str) -> String {
    let renamed = |(field, value): &(String, Field)| {
        let field = if field == name { format!("{name}\u{1}") } else { field.clone() };
        (field, value.clone())
    };
    let fields: Vec<(String, Field)> = fields.iter().map(renamed).collect();
    string_of(&fields).replace('\u{1}', "")
}

/// What comes out when the named mistake is made.
fn mistaken(anti: &Value, fields: &[(String, Field)], right: &str) -> String {
    let other_secret = || {
        let bytes = hex::decode(text(anti, "secret_hex")).expect("hex");
        signature(&String::from_utf8(bytes).expect("UTF-8"), right)
    };
    match text(anti, "id") {
        "anti-no-leading-quote" | "anti-added-closing-quote" => other_secret(),
        "anti-no-trailing-ampersand" => resigned(right.strip_suffix('&').expect("a trailing &")),
        "anti-lowercase-boolean" => resigned(&right.replace("=False&", "=false&")),
        "anti-api-key-signed" => resigned(&with_excluded(fields, "api_key")),
        "anti-preferred-product-type-signed" => {
            resigned(&with_excluded(fields, "preferred_product_type"))
        }
        "anti-url-encoded-values" => resigned(&with_values(fields, url_encoded)),
        "anti-form-encoded-values" => resigned(&with_values(fields, form_encoded)),
        "anti-plain-sha256" | "anti-redirect-flow-plain-sha256" => sha256(right),
        "anti-uppercase-hex" => resigned(right).to_uppercase(),
        other => unreachable!("an anti-vector without its mistake: {other}"),
    }
}

#[test]
fn every_anti_vector_is_its_mistake_and_not_ours() {
    let vectors = vectors();
    let antis = list(&vectors, "/signature/anti_vectors");
    assert_eq!(antis.len(), 11);
    for anti in antis {
        let base = list(&vectors, "/signature/vectors")
            .iter()
            .find(|vector| vector["id"] == anti["base"])
            .expect("the base is published");
        let fields = fields(&base["inputs"]);
        let right = string_of(&fields);
        assert_eq!(signature(SECRET, &right), text(anti, "must_not_equal"), "{}", anti["id"]);
        assert_ne!(signature(SECRET, &right), text(anti, "wrong_hex"), "{}", anti["id"]);
        assert_eq!(mistaken(anti, &fields, &right), text(anti, "wrong_hex"), "{}", anti["id"]);
    }
}

#[test]
fn two_inputs_with_one_signing_string_are_kept_apart_by_refusing_the_ampersand() {
    let vectors = vectors();
    for collision in list(&vectors, "/signature/collisions") {
        let one = string_of(&fields(&collision["a"]));
        let other = string_of(&fields(&collision["b"]));
        assert_eq!((one.as_str(), other.as_str()), (text(collision, "string"), one.as_str()));
        let refused = carried("invoice", text(&collision["b"], "invoice_number"));
        assert!(matches!(refused, Err(WhyNot::TextNotCarried { field: "invoice", .. })));
        assert_eq!(carried("invoice", text(&collision["a"], "invoice_number")), Ok(()));
    }
}

/// The command or reading that makes each derived vector's request.
fn requested(id: &str) -> Option<counterfoil_connectors::WireRequest> {
    let account = support::account();
    let secrets = support::secrets();
    let target = Target { account: &account, secrets: &secrets };
    let command = match id {
        "der-update" => support::adjust_with("350.00", Some("INV1234"), Vec::new()),
        "der-update-no-invoice" => adjust("350.00"),
        "der-update-with-product-description" => {
            support::adjust_with("350.00", Some("INV1234"), vec![item("Brake pads", 1, "350.00")])
        }
        "der-utf8" => support::adjust_with("10.00", Some("FV-é-01"), Vec::new()),
        "der-cancel" => cancel(),
        "der-apply-paypad" => Command::Start {
            total: support::gbp("300.00"),
            invoice: Some("INV1234".to_owned()),
            reference: Some("26352".to_owned()),
            email: Some("user@dealer.example".to_owned()),
            items: vec![item("Service", 1, "300.00")],
        },
        "der-status" => return encode_read(&target, TOKEN).ok(),
        "der-products" => return encode_probe(&target).ok(),
        // Not ours to send: a refund with an invoice, an amount without decimals, another
        // location's key, a way back, a boolean, a callback.
        _ => return None,
    };
    support::request(&command).ok()
}

#[test]
fn whole_requests_carry_the_vectors_fields_path_and_signature() {
    let vectors = vectors();
    let mut seen = 0;
    for vector in list(&vectors, "/signature/derived") {
        let Some(request) = requested(text(vector, "id")) else { continue };
        seen += 1;
        let mut expected = vector["inputs"].clone();
        expected["signature"] = vector["hmac_sha256_hex"].clone();
        assert_eq!(request.shown.path, text(vector, "path"), "{}", vector["id"]);
        assert_eq!(request.method.as_str(), text(vector, "method"), "{}", vector["id"]);
        assert_eq!(sent_fields(&request), expected, "{}", vector["id"]);
    }
    assert_eq!(seen, 8);
}

fn sent_fields(request: &counterfoil_connectors::WireRequest) -> Value {
    if !request.body.is_empty() {
        return serde_json::from_slice(&request.body).expect("the body is JSON");
    }
    let url = url::Url::parse(&request.url).expect("the address parses");
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect()
}

/// The class of the vectors file for an end of ours.
fn class(end: &SendEnd) -> &'static str {
    match end {
        SendEnd::Applied { .. } => "applied",
        SendEnd::NeedsCustomer { .. } => "accepted_waiting_for_customer",
        SendEnd::Accepted { .. } => "accepted_pending",
        SendEnd::Refused { .. } => "refused",
        SendEnd::RefusedForNow { .. } => "refused_for_now",
        SendEnd::CredentialsRefused { .. } => "credentials_refused",
        SendEnd::NeverLeft { .. } => "never_left",
        SendEnd::Unknown { .. } => "unknown",
    }
}

fn sent(command: &Command, token: &str, status: u16, body: &[u8]) -> SendEnd {
    let base = support::base(PaymentState::Open);
    let end = support::answer(status, body);
    decode_send(&support::account(), command, Some(token), Some(&base), &end)
}

#[test]
fn every_published_answer_has_its_class() {
    let vectors = vectors();
    let check = |id: &str, command: Command, token: &str| {
        let responses = list(&vectors, "/responses");
        let vector = responses.iter().find(|vector| vector["id"] == id).expect("it is there");
        // The page prints `<url>` where an address belongs.
        let body = vector["body"].to_string().replace("<url>", "https://demo.bumper.co/sign/1");
        let end = sent(&command, token, 200, body.as_bytes());
        assert_eq!(class(&end), text(vector, "expect_class"), "{id}: {end:?}");
    };
    check("bumper-update-not-signed", adjust("350.00"), TOKEN);
    check("bumper-update-not-signed", relabel("INV9"), TOKEN);
    check("bumper-update-signed-increase", adjust("350.00"), TOKEN);
    for command in one_of_each() {
        check("bumper-failure", command.clone(), TOKEN);
        check("bumper-refund-bad-token", command, TOKEN);
    }
    check("bumper-refund-older-shape", refund("50.00"), TOKEN);
    check("bumper-refund-newer-shape", refund("50.00"), "01kb5gkadefnf6ztabr5sbnd0y");
    check("bumper-cancel", cancel(), TOKEN);
    assert_eq!(list(&vectors, "/responses").len(), 8, "the eighth is the reading below");
}

#[test]
fn the_published_status_is_read() {
    let vectors = vectors();
    let vector = &list(&vectors, "/responses")[7];
    assert_eq!(text(vector, "expect_class"), "read");
    let end = support::answer(200, vector["body"].to_string().as_bytes());
    let at = Moment::from_millis(5);
    let ReadEnd::Facts(facts) = decode_read(&support::account(), "9b35d922402f4c7cbad", &end, at)
    else {
        unreachable!("the published status is not read");
    };
    assert_eq!(facts.state, PaymentState::Paid);
    assert_eq!(facts.amount, support::gbp("2500.00"));
    assert_eq!(facts.minimum, Some(support::gbp("60.00")));
    assert_eq!(facts.maximum, Some(support::gbp("3000.00")));
    assert_eq!(facts.invoice_number.as_deref(), Some("INV1234"));
    assert_eq!(facts.reference.as_deref(), Some("26352"));
    assert_eq!(facts.payment_type.as_deref(), Some("paylater"));
    assert_eq!((facts.refunded, facts.read_at), (None, at));
}

#[test]
fn every_raw_answer_is_unknown_for_every_command() {
    let vectors = vectors();
    let raws = list(&vectors, "/raw_answers");
    assert_eq!(raws.len(), 6);
    for raw in raws {
        let status = raw["http_status"].as_u64().and_then(|status| u16::try_from(status).ok());
        for command in one_of_each() {
            let end = sent(&command, TOKEN, status.unwrap_or(200), text(raw, "raw").as_bytes());
            assert_eq!(class(&end), text(raw, "expect_class"), "{}: {end:?}", raw["id"]);
        }
    }
}

#[test]
fn amounts_are_equal_as_decimals_and_not_as_text() {
    let vectors = vectors();
    let pounds = Currency::parse("GBP").expect("a currency");
    for pair in list(&vectors, "/amount_equality") {
        let read = |field| Money::parse_from_provider(text(pair, field), pounds).expect("money");
        assert_eq!(Value::from(read("a") == read("b")), pair["equal"], "{pair}");
    }
}
