//! The vectors of `tests/vectors/moyasar.json` that are about what the provider does.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use crate::moyasar::account::Power;
use crate::moyasar::book::Book;
use crate::moyasar::create::blank;
use crate::moyasar::payment::{MoyasarStatus, Payment, decimals, minor};
use crate::moyasar::problem::Problem;
use crate::moyasar::read::key_holder;

fn vectors() -> Value {
    let text = include_str!("../../../../../../tests/vectors/moyasar.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn list<'v>(vectors: &'v Value, name: &str) -> &'v [Value] {
    vectors[name].as_array().expect("the list is in the vectors")
}

#[test]
fn exactly_the_valid_credentials_are_taken() {
    let vectors = vectors();
    let mut book = Book::new(String::new());
    for vector in list(&vectors, "basic_auth") {
        let key = vector["username"].as_str().unwrap_or("sk_test_example");
        let account = book.accounts.first_mut().expect("a merchant");
        account.secret_key = String::leak(key.to_owned());
        let mut headers = HeaderMap::new();
        let given = vector["authorization"].as_str().expect("a header");
        let value = HeaderValue::from_str(given).expect("a header's text");
        headers.insert(header::AUTHORIZATION, value.clone());
        let held = key_holder(&book, &headers);
        let expected = (vector["valid"] == true).then_some((0, Power::Everything));
        assert_eq!(held, expected, "{}", vector["id"]);
        headers.append(header::AUTHORIZATION, value);
        assert_eq!(key_holder(&book, &headers), None, "twice is once too often");
    }
}

#[test]
fn refusals_are_worded_as_in_the_vectors() {
    let vectors = vectors();
    let ours = [
        ("401", Problem::unknown_key()),
        ("404", Problem::missing()),
        ("405-not-live", Problem::not_live()),
        ("refund-wrong-state", Problem::bad("Only paid or captured payments can be refunded.")),
    ];
    for (id, problem) in ours {
        let vector = list(&vectors, "errors").iter().find(|vector| vector["id"] == id);
        let vector = vector.expect("the vector is there");
        assert_eq!(problem.body(), vector["body"], "{id}");
        assert_eq!(u64::from(problem.status.as_u16()), vector["http_status"], "{id}");
    }
}

#[test]
fn what_can_be_returned_is_as_in_the_vectors() {
    let vectors = vectors();
    for vector in list(&vectors, "refundable") {
        let number = |name: &str| vector[name].as_i64().expect("a number");
        let status = vector["status"].as_str().expect("a state");
        let status = MoyasarStatus::ALL.into_iter().find(|known| known.as_str() == status);
        let payment = Payment {
            status: status.expect("a known state"),
            captured: number("captured"),
            refunded: number("refunded"),
            ..blank("x".to_owned(), 0, number("amount"), "SAR".to_owned(), 0)
        };
        assert_eq!(payment.returnable(), vector["refundable"].as_i64().unwrap_or(0), "{vector}");
    }
}

#[test]
fn minor_units_are_those_of_the_vectors() {
    let vectors = vectors();
    for vector in list(&vectors, "money") {
        let text = |name: &str| vector[name].as_str().expect("a text");
        assert_eq!(minor(text("text"), text("currency")), vector["minor"].as_i64());
    }
    let table = &vectors["currency_exponents"];
    for code in list(table, "three").iter().filter_map(Value::as_str) {
        assert_eq!(decimals(code), 3, "{code}");
    }
    for code in list(table, "client_allow_list").iter().filter_map(Value::as_str) {
        let three = table["three"].as_array().is_some_and(|list| list.contains(&code.into()));
        assert_eq!(decimals(code), if three { 3 } else { 2 }, "{code}");
    }
}
