//! Answering Norce's own call: whose it is, what it proposes, what is said.

use counterfoil_connectors::norce::inbound::{
    Asked, ProposedOrder, Refusal, Unfit, check, problem, read_order, replace, unchanged,
};
use counterfoil_connectors::{Secrets, Target};
use counterfoil_core::money::{Currency, Money};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{ORDER, PAYMENT, TOKEN, account, account_with, order, secrets, sek};

fn path() -> String {
    format!("/api/checkout/v1/callback/orders/{ORDER}/payments/{PAYMENT}/update-payment")
}

fn headers() -> Vec<(String, String)> {
    let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    vec![
        own("authorization", &format!("Bearer {TOKEN}")),
        own("x-merchant", "norce"),
        own("x-channel", "1"),
        own("content-type", "application/json-patch+json"),
    ]
}

fn asked() -> Asked {
    Asked { order_id: ORDER.to_owned(), payment_id: PAYMENT.to_owned() }
}

fn proved(headers: &[(String, String)], method: &str, path: &str) -> Result<Asked, Refusal> {
    let (account, secrets) = (account(), secrets());
    check(&Target { account: &account, secrets: &secrets }, headers, method, path)
}

fn read(body: &str) -> Result<ProposedOrder, Unfit> {
    let (account, secrets) = (account(), secrets());
    read_order(&Target { account: &account, secrets: &secrets }, &asked(), body.as_bytes())
}

/// The sample order with some text in place of another.
fn with(from: &str, to: &str) -> String {
    let edited = order().replace(from, to);
    assert_ne!(edited, order(), "{from} is in the order");
    edited
}

#[test]
fn a_call_is_proved_by_token_merchant_and_channel() {
    assert_eq!(proved(&headers(), "POST", &path()), Ok(asked()));
    let check = |name: &str, text: Option<&str>, expected: Refusal| {
        let mut given = headers();
        given.retain(|(key, _)| key != name);
        given.extend(text.map(|text| (name.to_owned(), text.to_owned())));
        assert_eq!(proved(&given, "POST", &path()), Err(expected), "{name}: {text:?}");
    };
    for text in [
        None,
        Some(""),
        Some(TOKEN),
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer EXAMPLE-TOKE"),
        Some("Bearer EXAMPLE-TOKEN "),
        Some("Bearer example-token"),
        Some("Basic EXAMPLE-TOKEN"),
    ] {
        check("authorization", text, Refusal::NotProved);
    }
    for text in [None, Some(""), Some("other"), Some("NORCE")] {
        check("x-merchant", text, Refusal::OtherShop);
        check("x-channel", text, Refusal::OtherShop);
    }
    let mut twice = headers();
    twice.push(("authorization".to_owned(), format!("Bearer {TOKEN}")));
    assert_eq!(proved(&twice, "POST", &path()), Err(Refusal::NotProved));
    let mut lower = headers();
    lower[0].1 = format!("bearer {TOKEN}");
    assert_eq!(proved(&lower, "POST", &path()), Ok(asked()));
}

#[test]
fn only_the_pages_path_and_method_are_a_call() {
    let check = |method: &str, path: &str| {
        assert_eq!(proved(&headers(), method, path), Err(Refusal::NotHere), "{method} {path}");
        assert_eq!(proved(&[], method, path), Err(Refusal::NotHere), "{method} {path}");
    };
    for method in ["GET", "PUT", "post", ""] {
        check(method, &path());
    }
    let callback = "/api/checkout/v1/callback/orders";
    for path in [
        "",
        "/",
        &format!("{}/", path()),
        &format!("{callback}//payments/p/update-payment"),
        &format!("{callback}/o/payments//update-payment"),
        &format!("{callback}/o/payments/p/cart-changed"),
        &format!("{callback}/o/x/payments/p/update-payment"),
        &format!("{callback}/o/payments/p/x/update-payment"),
        &format!("{callback}/../payments/p/update-payment"),
        &format!("{callback}/%2e%2e/payments/p/update-payment"),
        &format!("{callback}/o%2Fx/payments/p/update-payment"),
        &format!("{callback}/o%0a/payments/p/update-payment"),
        &format!("{callback}/o%/payments/p/update-payment"),
        &format!("{callback}/o%zz/payments/p/update-payment"),
        &format!("{callback}/o%ff/payments/p/update-payment"),
        &format!("{callback}/{}/payments/p/update-payment", "o".repeat(201)),
        &path().replace("v1", "v2"),
    ] {
        check("POST", path);
    }
    let odd = format!("{callback}/o%201/payments/p%C3%A9/update-payment");
    let expected = Asked { order_id: "o 1".to_owned(), payment_id: "pé".to_owned() };
    assert_eq!(proved(&headers(), "POST", &odd), Ok(expected));
}

#[test]
fn who_is_not_proved_learns_nothing_and_an_account_without_a_token_proves_nobody() {
    let (account, none) = (account(), Secrets::from_pairs([("token".to_owned(), String::new())]));
    let bare = Target { account: &account, secrets: &none };
    let mut empty = headers();
    empty[0].1 = "Bearer ".to_owned();
    assert_eq!(check(&bare, &empty, "POST", &path()), Err(Refusal::NotSetUp));
    let said = |refusal: Refusal| {
        let reply = refusal.answer();
        (reply.status, String::from_utf8(reply.body).expect("text"))
    };
    assert_eq!(said(Refusal::NotProved), said(Refusal::NotSetUp));
    assert_eq!(said(Refusal::NotHere), said(Refusal::OtherShop));
    assert_eq!((said(Refusal::NotProved).0, said(Refusal::OtherShop).0), (401, 404));
    assert_eq!(Unfit::NoSuchPayment.answer(), Refusal::NotHere.answer());
    let without = account_with("SEK", &[("merchant", "norce")]);
    let secrets = secrets();
    let target = Target { account: &without, secrets: &secrets };
    assert_eq!(check(&target, &headers(), "POST", &path()), Err(Refusal::NotSetUp));
}

#[test]
fn a_proposed_order_says_what_the_payment_is_to_cover() {
    let read = read(&order()).expect("an order");
    assert_eq!((read.order_id.as_str(), read.payment_id.as_str()), (ORDER, PAYMENT));
    assert_eq!((read.place, read.amount, read.to_cover), (2, sek("12.50"), sek("20.00")));
    assert_eq!(read.currency, sek("0").currency());
    assert_eq!(read.payment_reference.as_deref(), Some("7d31e2cf"));
    assert_eq!(read.order_reference.as_deref(), Some("INV1234"));
    assert_eq!(read.last_modified.as_deref(), Some("2025-01-31T12:05:00Z"));
    assert!(!read.is_covered());
    let covered = super::inbound::read(&with(r#""amount":12.50"#, r#""amount":20.00"#));
    assert!(covered.expect("an order").is_covered());
}

#[test]
fn the_sum_counts_every_payment_that_is_not_removed() {
    let cover = |body: &str| read(body).map(|order| order.to_cover);
    let alive = with(
        r#""amount":12.5,"currency":"SEK","state":"removed""#,
        r#""amount":12.5,"currency":"SEK","state":"Intent""#,
    );
    assert_eq!(cover(&alive), Ok(sek("7.50")));
    assert_eq!(cover(&with(r#""state":"removed""#, r#""state":"Removed""#)), Ok(sek("20.00")));
    assert_eq!(
        cover(&with(
            r#""includingVat":25,"excludingVat":20},
        "attributes""#,
            r#""includingVat":5.00,"excludingVat":4},"attributes""#
        )),
        Ok(sek("0.00"))
    );
    let less = with(
        r#""includingVat":25,"excludingVat":20},
        "attributes""#,
        r#""includingVat":4.99,"excludingVat":4},"attributes""#,
    );
    assert_eq!(cover(&less), Err(Unfit::OverCovered));
}

#[test]
fn the_place_is_resolved_by_id_whatever_the_order_of_payments() {
    let mut value: Value = serde_json::from_str(&order()).expect("JSON");
    let payments = value["payments"].as_array_mut().expect("a list");
    payments.rotate_right(1);
    let read = read(&value.to_string()).expect("an order");
    assert_eq!((read.place, read.to_cover), (0, sek("20.00")));
}

#[test]
fn what_does_not_fit_is_said_and_answered() {
    let check = |body: &str, expected: Unfit, status: u16| {
        let unfit = read(body).expect_err("it does not fit");
        assert_eq!(unfit, expected, "{body}");
        assert_eq!(unfit.answer().status, status);
    };
    for body in ["", "[]", "null", "{", "7", r#"{"payments":7}"#, r#"{"payments":[7]}"#] {
        check(body, Unfit::NoOrder, 400);
    }
    check(r#"{"id":"o_other"}"#, Unfit::OtherOrder, 400);
    check("{}", Unfit::Field("currency"), 400);
    check(&with(r#""merchant":"norce""#, r#""merchant":"other""#), Unfit::OtherShop, 400);
    check(&with(r#""channel":"1""#, r#""channel":"2""#), Unfit::OtherShop, 400);
    check(
        &with(r#""currency":"SEK","country""#, r#""currency":"EUR","country""#),
        Unfit::Currency,
        400,
    );
    check(
        &with(r#""amount":12.50,"currency":"SEK""#, r#""amount":12.50,"currency":"EUR""#),
        Unfit::Currency,
        400,
    );
    check(&with(PAYMENT, "p_other"), Unfit::NoSuchPayment, 404);
    check(&with("p_voucherExampleBBBBBBBBBBBBB", PAYMENT), Unfit::NoSuchPayment, 404);
    check(&super::support::order_in("removed", "x", "checkout"), Unfit::NoSuchPayment, 404);
    for amount in ["1.25e1", "-1", "12.505", "true", "[]", "99999999999999"] {
        let body = with(r#""amount":12.50"#, &format!(r#""amount":{amount}"#));
        check(&body, Unfit::Field("amount"), 400);
    }
    check(&with(r#""amount":5,"#, ""), Unfit::Field("amount"), 400);
    check(
        &with(r#""total":{"includingVat":25,"excludingVat":20},"#, ""),
        Unfit::Field("total"),
        400,
    );
    let limited = with(r#""name":"Klarna""#, r#""name":"Klarna","upperLimitAmount":19.99"#);
    check(&limited, Unfit::AboveLimit(sek("19.99")), 400);
    let (account, secrets) =
        (account_with("KWD", &[("merchant", "norce"), ("channel", "1")]), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let dinars = order().replace("SEK", "KWD");
    assert_eq!(read_order(&target, &asked(), dinars.as_bytes()), Err(Unfit::Currency));
}

#[test]
fn the_digest_is_that_of_what_is_proposed_and_of_nothing_else() {
    let digest = |body: &str| read(body).expect("an order").digest;
    let first = digest(&order());
    assert_eq!(first.len(), 64);
    let value: Value = serde_json::from_str(&order()).expect("JSON");
    assert_eq!(digest(&value.to_string()), first, "however it is written");
    assert_eq!(digest(&with("12:05:00Z", "12:06:00Z")), first, "proposed again later");
    assert_eq!(digest(&with(r#""amount":12.50"#, r#""amount":20"#)), first, "the same to cover");
    for other in [
        with(r#""amount":5,"#, r#""amount":4,"#),
        with("INV1234", "INV1235"),
        with("7d31e2cf", "7d31e2ce"),
        with(r#""reference":"7d31e2cf","#, ""),
    ] {
        assert_ne!(digest(&other), first);
    }
}

#[test]
fn answers_are_the_pages_own_shapes() {
    let text = |body: Vec<u8>| String::from_utf8(body).expect("text");
    let unchanged = unchanged();
    assert_eq!((unchanged.status, unchanged.content_type), (200, "application/json"));
    assert_eq!(text(unchanged.body), "[]");
    let check = |place: usize, amount: &str, expected: &str| {
        let reply = replace(place, sek(amount)).expect("two decimals");
        assert_eq!(reply.status, 200);
        assert_eq!(text(reply.body), expected);
    };
    check(2, "20.00", r#"[{"op":"replace","path":"/payments/2/amount","value":20}]"#);
    check(0, "12.50", r#"[{"op":"replace","path":"/payments/0/amount","value":12.5}]"#);
    check(10, "0.01", r#"[{"op":"replace","path":"/payments/10/amount","value":0.01}]"#);
    check(1, "100.00", r#"[{"op":"replace","path":"/payments/1/amount","value":100}]"#);
    check(1, "0.00", r#"[{"op":"replace","path":"/payments/1/amount","value":0}]"#);
    let yen = Money::from_minor(5, Currency::parse("JPY").expect("a currency"));
    assert_eq!(replace(1, yen.expect("small")), None);
    let reply = problem(400, "Bad Request", "The \"payment\" takes no change.");
    assert_eq!((reply.status, reply.content_type), (400, "application/problem+json"));
    let said: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let expected = json!({"type": "about:blank", "title": "Bad Request", "status": 400,
        "detail": "The \"payment\" takes no change."});
    assert_eq!(said, expected);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let (account, secrets) = (account(), secrets());
        let _ = read_order(&Target { account: &account, secrets: &secrets }, &asked(), &body);
    }

    #[test]
    fn any_path_is_read_without_panic(path in ".{0,80}", inner in "[ -~]{0,20}") {
        let _ = proved(&headers(), "POST", &path);
        let orders = "/api/checkout/v1/callback/orders";
        let path = format!("{orders}/{inner}/payments/{inner}/update-payment");
        if let Ok(asked) = proved(&headers(), "POST", &path) {
            prop_assert!(!asked.order_id.contains('/') && !asked.order_id.is_empty());
        }
    }

    #[test]
    fn what_is_to_be_covered_adds_up(total in 0i64..10_000_000, other in 0i64..10_000_000) {
        let money = |minor| Money::from_minor(minor, sek("0").currency()).expect("in bounds");
        let text = |minor| money(minor).to_decimal_text();
        let body = order()
            .replace(r#""includingVat":25,"#, &format!(r#""includingVat":{},"#, text(total)))
            .replace(r#""amount":5,"#, &format!(r#""amount":{},"#, text(other)));
        match read(&body) {
            Ok(read) => prop_assert_eq!(read.to_cover.minor(), total - other),
            Err(unfit) => {
                prop_assert_eq!(unfit, Unfit::OverCovered);
                prop_assert!(other > total);
            }
        }
    }
}
