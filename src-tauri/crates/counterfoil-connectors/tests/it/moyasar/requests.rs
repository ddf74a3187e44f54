//! Every request as it is shown, and what stops one from being made.

use std::collections::BTreeMap;

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::moyasar::wire::CURRENCIES;
use counterfoil_connectors::{
    Ask, Connector, EncodeError, ListQuery, Method, Secrets, Target, WireRequest,
};
use counterfoil_core::answer::SendRecord;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use serde_json::{Value, json};

use super::{
    ID, MADE_AT_MS, account, account_in, adjust, ask, base_of, cancel, capture, describe, money,
    one_of_each, payment, refund, refund_of, relabel, request, secrets, start, with,
};

fn made(command: &Command, status: &str) -> WireRequest {
    request(command, Some(&base_of(&payment(status)))).expect("the command can be sent")
}

fn asking(make: impl FnOnce(&Target<'_>) -> Result<WireRequest, EncodeError>) -> WireRequest {
    let (account, secrets) = (account(), secrets());
    make(&Target { account: &account, secrets: &secrets }).expect("it can be asked")
}

fn read() -> WireRequest {
    asking(|target| Moyasar.encode_read(target, ID, &[]).map(|next| next.expect("a first")))
}

fn list(query: &ListQuery<'_>) -> WireRequest {
    asking(|target| Moyasar.encode_list(target, query).map(|made| made.expect("it can list")))
}

fn body(request: &WireRequest) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[test]
fn each_request_is_shown_like_this() {
    insta::assert_json_snapshot!("update_description", made(&describe("Order 18"), "paid").shown);
    let texts = relabel(Some("Order 18"), &[("Order", "18"), ("till", "")]);
    insta::assert_json_snapshot!("update_both", made(&texts, "paid").shown);
    insta::assert_json_snapshot!("refund", made(&refund("30.00"), "paid").shown);
    insta::assert_json_snapshot!("capture_all", made(&capture(None), "authorized").shown);
    let part = capture(Some("50.00"));
    insta::assert_json_snapshot!("capture_part", made(&part, "authorized").shown);
    insta::assert_json_snapshot!("void", made(&Command::Void, "authorized").shown);
    insta::assert_json_snapshot!("read", read().shown);
    insta::assert_json_snapshot!("probe", asking(|to| Moyasar.encode_probe(to)).shown);
    let since = Moment::from_millis(MADE_AT_MS);
    let query = ListQuery {
        made_since: Some(since),
        changed_since: Some(since),
        reference: Some("not a filter of Moyasar"),
        metadata: Some(("Order no", "17&18")),
        cursor: Some("3"),
    };
    insta::assert_json_snapshot!("list", list(&query).shown);
    let news = asking(|to| Moyasar.encode_news(to, since, None).map(|made| made.expect("news")));
    insta::assert_json_snapshot!("news", news.shown);
}

#[test]
fn method_path_and_headers_are_those_of_the_page() {
    let check = |request: WireRequest, method: Method, url: &str, json: bool| {
        let root = "https://api.moyasar.com/v1/payments";
        assert_eq!((request.method, request.url.as_str()), (method, &*format!("{root}{url}")));
        assert_eq!(request.headers[0].0, "Authorization");
        assert_eq!(request.headers[0].1, "Basic c2tfdGVzdF9leGFtcGxlOg==");
        let typed = request.headers.iter().any(|(name, _)| *name == "Content-Type");
        assert_eq!((typed, request.body.is_empty()), (json, !json), "{url}");
        assert_eq!(request.key, None, "Moyasar knows no idempotency keys");
        let names = request.headers.iter().map(|(name, _)| name.to_lowercase());
        assert!(names.into_iter().all(|name| !name.contains("idempotency")));
    };
    let one = format!("/{ID}");
    check(made(&describe("x"), "paid"), Method::Put, &one, true);
    check(made(&refund("1.00"), "paid"), Method::Post, &format!("{one}/refund"), true);
    check(made(&capture(None), "authorized"), Method::Post, &format!("{one}/capture"), true);
    check(made(&Command::Void, "authorized"), Method::Post, &format!("{one}/void"), false);
    check(read(), Method::Get, &one, false);
    check(list(&ListQuery::default()), Method::Get, "?page=1", false);
}

#[test]
fn an_update_holds_description_and_metadata_and_nothing_else() {
    let sent = |command: &Command| body(&made(command, "paid"));
    assert_eq!(sent(&describe("Order 18")), json!({"description": "Order 18"}));
    // A-MOY-02: the whole map, so that it is the same whether Moyasar merges or replaces.
    let check = |set: &[(&str, &str)], expected: Value| {
        assert_eq!(sent(&relabel(None, set)), json!({"metadata": expected}), "{set:?}");
    };
    check(&[("order", "18")], json!({"order": "18", "till": "2"}));
    check(&[("ORDER", "18")], json!({"order": "17", "ORDER": "18", "till": "2"}));
    check(&[("till", "")], json!({"order": "17", "till": ""}));
    check(&[("new", "1"), ("gone", "")], json!({"new": "1", "order": "17", "till": "2"}));
}

#[test]
fn a_number_in_the_metadata_is_carried_along_and_what_is_no_text_stops_the_update() {
    let update = |metadata: Value| {
        let before = with("paid", json!({"metadata": metadata}));
        request(&relabel(None, &[("a", "1")]), Some(&base_of(&before)))
    };
    let sent = body(&update(json!({"n": 1000, "f": true, "x": null, "e": ""})).expect("made"));
    assert_eq!(sent["metadata"], json!({"a": "1", "n": "1000", "f": "true"}));
    for beyond in [json!({"o": {"a": 1}}), json!({"l": []}), json!([1]), json!("text")] {
        let stopped = update(beyond.clone());
        let fits = matches!(
            stopped,
            Err(EncodeError::Refused(WhyNot::TextNotCarried { field: "metadata", .. }))
        );
        assert!(fits, "{beyond}: {stopped:?}");
        let before = with("paid", json!({"metadata": beyond}));
        let described = request(&describe("Order 18"), Some(&base_of(&before)));
        assert!(described.is_ok(), "the description goes alone");
    }
}

#[test]
fn amounts_are_minor_units_in_each_currency_that_is_certain() {
    let sent = |text: &str, code: &str| {
        let (account, secrets) = (account_in(code), secrets());
        let target = Target { account: &account, secrets: &secrets };
        let before = base_of(&with("paid", json!({"currency": "SAR"})));
        Moyasar.encode(&target, &ask(&refund_of(money(text, code)), Some(&before)))
    };
    for code in CURRENCIES {
        let (text, minor) = match code {
            "KWD" | "BHD" | "OMR" => ("1.234", 1234),
            _ => ("12.34", 1234),
        };
        assert_eq!(body(&sent(text, code).expect("made")), json!({"amount": minor}), "{code}");
    }
    for (text, code) in [("500", "JPY"), ("1.00", "CZK"), ("1.000", "IQD"), ("1.000", "TND")] {
        assert_eq!(sent(text, code), Err(EncodeError::Refused(WhyNot::Currency)), "{code}");
    }
    assert_eq!(sent("0.00", "SAR"), Err(EncodeError::Refused(WhyNot::NotPositive)));
}

#[test]
fn the_same_command_makes_the_same_bytes() {
    for (command, status) in one_of_each() {
        let (one, again) = (made(&command, status), made(&command, status));
        assert_eq!((one.digest(), &one.body), (again.digest(), &again.body));
    }
    assert_ne!(made(&refund("30.00"), "paid").digest(), made(&refund("30.01"), "paid").digest());
}

#[test]
fn money_never_moves_blind_and_metadata_is_never_written_blind() {
    for (command, _) in one_of_each() {
        let blind = request(&command, None);
        if command == describe("Order 18") {
            assert!(blind.is_ok(), "a description stands for itself");
        } else {
            assert_eq!(blind, Err(EncodeError::BaselineMissing), "{command:?}");
        }
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made() {
    let account = account();
    for pairs in [vec![], vec![("secret_key".to_owned(), String::new())]] {
        let secrets = Secrets::from_pairs(pairs);
        let target = Target { account: &account, secrets: &secrets };
        let refused = EncodeError::SecretMissing { name: "secret_key" };
        let before = base_of(&payment("paid"));
        let sent = Moyasar.encode(&target, &ask(&refund("1.00"), Some(&before)));
        assert_eq!(sent, Err(refused.clone()));
        assert_eq!(Moyasar.encode_read(&target, ID, &[]), Err(refused.clone()));
        assert_eq!(Moyasar.encode_list(&target, &ListQuery::default()), Err(refused.clone()));
        assert_eq!(Moyasar.encode_probe(&target), Err(refused));
    }
    let before = base_of(&payment("paid"));
    let secrets = secrets();
    let target = Target { account: &account, secrets: &secrets };
    for (command, _) in one_of_each() {
        let nameless = Ask { provider_ref: None, ..ask(&command, Some(&before)) };
        assert_eq!(Moyasar.encode(&target, &nameless), Err(EncodeError::ReferenceMissing));
    }
    let at = Some(Moment::from_millis(MADE_AT_MS));
    let later = Command::Capture { amount: None, at };
    for command in [start(), adjust("1.00"), cancel(), later] {
        let refused = request(&command, Some(&before));
        assert_eq!(refused, Err(EncodeError::Refused(WhyNot::NotOffered)), "{command:?}");
    }
    let nothing = request(&relabel(None, &[]), Some(&before));
    assert_eq!(nothing, Err(EncodeError::Refused(WhyNot::NothingChanges)));
}

#[test]
fn an_id_that_could_lead_elsewhere_makes_no_request() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    for bad in ["", ".", "..", "a/b", "a/../b", "a?b", "a#b", "a b", "é", "a%2Fb", "a\n"] {
        let refused = Moyasar.encode_read(&target, bad, &[]);
        let fits = matches!(
            refused,
            Err(EncodeError::Refused(WhyNot::TextNotCarried { field: "provider_ref", .. }))
        );
        assert!(fits, "{bad:?}: {refused:?}");
    }
    assert!(Moyasar.encode_read(&target, &"a".repeat(65), &[]).is_err());
    assert!(Moyasar.encode_read(&target, "ABC-def_0", &[]).is_ok());
}

#[test]
fn a_cursor_is_the_number_of_a_page() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    for bad in ["", "0", "-1", "1.5", "x", "1&per=500", "99999999999"] {
        let query = ListQuery { cursor: Some(bad), ..ListQuery::default() };
        assert!(Moyasar.encode_list(&target, &query).is_err(), "{bad}");
    }
}

#[test]
fn a_reading_is_one_request_and_nothing_is_repeated_by_key() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let heard = [super::answer(200, "")];
    assert_eq!(Moyasar.encode_read(&target, ID, &heard), Ok(None));
    let record = SendRecord {
        method: "POST".to_owned(),
        path: format!("/payments/{ID}/refund"),
        digest: String::new(),
        key: None,
        body: None,
        at: Moment::from_millis(0),
    };
    assert_eq!(Moyasar.encode_again(&target, &record), Err(EncodeError::NotRepeatable));
    assert_eq!(Moyasar.key_retention_ms(), 0);
    let before = base_of(&payment("paid"));
    let looked = Moyasar.encode_look(&target, &ask(&refund("1.00"), Some(&before)));
    assert_eq!(looked, Ok(None), "the reading right before is enough");
}

#[test]
fn texts_beyond_the_limits_make_no_request() {
    let before = base_of(&payment("paid"));
    let sent = |command: &Command| request(command, Some(&before)).map(|_| ());
    let check = |command: Command, field: &str| {
        let refused = sent(&command);
        let named = |named: &str| named == field;
        let fits = matches!(
            &refused,
            Err(EncodeError::Refused(WhyNot::TextNotCarried { field, .. })) if named(field)
        );
        assert!(fits, "{command:?}: {refused:?}");
    };
    for bad in ["", " x", "x ", "a\nb", "a\u{0}b", &"é".repeat(256)] {
        check(describe(bad), "description");
    }
    assert_eq!(sent(&describe(&"é".repeat(255))), Ok(()));
    for (key, text) in [
        ("", "x"),
        (" k", "x"),
        ("k\t", "x"),
        (&*"k".repeat(41), "x"),
        ("k", " x"),
        ("k", "x\r"),
        ("k", &*"v".repeat(501)),
    ] {
        check(relabel(None, &[(key, text)]), "metadata");
    }
    assert_eq!(sent(&relabel(None, &[(&"é".repeat(40), &"é".repeat(500))])), Ok(()));
    let keys: Vec<String> = (0..29).map(|number| format!("k{number}")).collect();
    let set: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    assert_eq!(sent(&relabel(None, &set[..28])), Ok(()), "30 with the two that are there");
    check(relabel(None, &set), "metadata");
    let full: BTreeMap<String, String> = (0..30).map(|n| (format!("f{n}"), "v".into())).collect();
    let full = base_of(&with("paid", json!({"metadata": full})));
    let swap = relabel(None, &[("f0", ""), ("new", "v")]);
    assert!(request(&swap, Some(&full)).is_err(), "31 would go out");
    assert!(request(&relabel(None, &[("f0", "")]), Some(&full)).is_ok());
    assert!(request(&relabel(None, &[("f0", "w")]), Some(&full)).is_ok());
}
