//! Pages of payments, the probe, and the news.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{
    Callback, CallbackRefused, Connector, Hint, ListEnd, ListQuery, ProbeEnd, Target,
};
use counterfoil_core::answer::WireEnd;
use serde_json::{Value, json};

use super::{DAY, account, answer, at, envelope, payment, refund_object, secrets};

fn url(query: &ListQuery<'_>) -> String {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    Wepay.encode_list(&target, query).expect("made").expect("WePay lists").url
}

#[test]
fn a_page_is_asked_for_by_the_filters_wepay_has_and_the_next_one_by_its_own_path() {
    let base = "https://stage-api.wepay.com/payments?";
    assert_eq!(url(&ListQuery::default()), format!("{base}page_size=50"));
    let since = ListQuery { made_since: Some(at(1_999)), ..ListQuery::default() };
    assert_eq!(url(&since), format!("{base}page_size=50&create_time_start=1764547201"));
    let reference = ListQuery { reference: Some("R 1"), ..ListQuery::default() };
    assert_eq!(url(&reference), format!("{base}page_size=50&reference_id=R%201"));
    let unfiltered = ListQuery {
        changed_since: Some(at(0)),
        metadata: Some(("k", "v")),
        ..ListQuery::default()
    };
    assert_eq!(url(&unfiltered), format!("{base}page_size=50"));
    let cursor = "page=5a7c-1&page_size=50&reference_id=R%201";
    let further = ListQuery { cursor: Some(cursor), reference: Some("R 1"), ..since };
    assert_eq!(url(&further), format!("{base}{cursor}"));
}

fn page(next: Value, results: Value) -> ListEnd {
    let body = json!({"previous": null, "next": next, "results": results, "api_version": "3.2"});
    Wepay.decode_list(&account(), &answer(200, &body.to_string()), at(DAY))
}

#[test]
fn a_page_brings_what_can_be_read_and_names_what_cannot() {
    let next = json!("/payments?page=5a7c-1&page_size=50");
    let results = json!([
        payment(json!({"id": "p-1"})),
        payment(json!({"id": "p-2", "amount": "x"})),
        7,
        payment(json!({"id": "p-3", "currency": "JPY"})),
        payment(json!({"id": null})),
        payment(json!({"id": "p-4", "status": "frozen"})),
    ]);
    let ListEnd::Page { payments, unreadable, next } = page(next, results) else {
        unreachable!("it is a page")
    };
    let ids: Vec<&str> = payments.iter().map(|facts| facts.provider_ref.as_str()).collect();
    assert_eq!(ids, ["p-1", "p-4"]);
    assert_eq!(unreadable.len(), 4);
    assert!(unreadable[0].starts_with("p-2: ") && unreadable[1].starts_with("number 3: "));
    assert_eq!(next.as_deref(), Some("page=5a7c-1&page_size=50"));
    let last = page(Value::Null, json!([]));
    let empty = ListEnd::Page { payments: Vec::new(), unreadable: Vec::new(), next: None };
    assert_eq!(last, empty);
}

#[test]
fn a_page_that_cannot_be_followed_is_no_last_page() {
    for next in [
        json!("https://elsewhere.example/payments?page=1"),
        json!("//elsewhere.example/payments?page=1"),
        json!("/refunds?page=1"),
        json!("/payments"),
        json!("/payments?"),
        json!("/payments?page=1#x"),
        json!("/payments?page=1 2"),
        json!("/payments?page=é"),
        json!("/payments?page=1\n"),
        json!(format!("/payments?page={}", "1".repeat(3_000))),
        json!({"page": 1}),
        json!(true),
    ] {
        assert!(matches!(page(next.clone(), json!([])), ListEnd::Unclear { .. }), "{next}");
    }
    for results in [json!(null), json!({}), json!("[]")] {
        assert!(matches!(page(Value::Null, results), ListEnd::Unclear { .. }));
    }
}

#[test]
fn a_list_without_a_page_says_what_it_was() {
    let end = |status: u16, body: &str| Wepay.decode_list(&account(), &answer(status, body), at(0));
    let refused = end(403, &envelope("NOT_AUTHORIZED", &[]));
    assert!(matches!(refused, ListEnd::CredentialsRefused { .. }));
    assert!(matches!(end(404, &envelope("X", &[])), ListEnd::Unclear { .. }));
    assert!(matches!(end(502, "<html>"), ListEnd::Unclear { .. }));
    let why = || "no route".to_owned();
    let never = Wepay.decode_list(&account(), &WireEnd::NeverLeft { why: why() }, at(0));
    assert_eq!(never, ListEnd::Unreachable { why: why() });
}

#[test]
fn a_probe_tells_good_credentials_from_bad_and_from_a_bad_line() {
    let probe = |status: u16, body: &str| Wepay.decode_probe(&account(), &answer(status, body));
    assert_eq!(probe(200, r#"{"results":[],"next":null}"#), ProbeEnd::Ok);
    let message = "words (NOT_AUTHORIZED)".to_owned();
    let refused = probe(403, &envelope("NOT_AUTHORIZED", &[]));
    assert_eq!(refused, ProbeEnd::CredentialsRefused { message });
    for (status, body) in [(400, envelope("X", &[])), (200, "{}".to_owned()), (500, String::new())]
    {
        assert!(matches!(probe(status, &body), ProbeEnd::Unclear { .. }), "{status}");
    }
    let never = WireEnd::NeverLeft { why: "x".to_owned() };
    let end = Wepay.decode_probe(&account(), &never);
    assert_eq!(end, ProbeEnd::Unreachable { why: "x".to_owned() });
}

#[test]
fn news_is_a_hint_about_the_payment_it_names() {
    let notice = |id: Value, topic: &str, payload: Value| {
        json!({
            "id": id, "resource": "notifications", "topic": topic, "payload": payload,
        })
    };
    let body = json!({
        "next": "/notifications?page=7",
        "results": [
            notice(json!("n-1"), "payments.completed", payment(json!({"id": "p-1"}))),
            notice(json!("n-2"), "refunds.completed", refund_object(json!({}))),
            notice(json!("n-3"), "accounts.created", json!({"resource": "accounts", "id": "a"})),
            notice(json!(null), "payments.completed", payment(json!({}))),
            notice(json!("n-4"), "payments.created", json!(null)),
            3,
        ],
    });
    let (hints, next) = Wepay.decode_news(&account(), &answer(200, &body.to_string()));
    let hint = |event_id: &str, provider_ref: &str, word: &str| Hint {
        event_id: event_id.to_owned(),
        provider_ref: provider_ref.to_owned(),
        word: word.to_owned(),
    };
    let expected =
        [hint("n-1", "p-1", "payments.completed"), hint("n-2", super::ID, "refunds.completed")];
    assert_eq!(hints, expected);
    assert_eq!(next.as_deref(), Some("page=7"));
    for (status, body) in [(500, body.to_string()), (200, "x".to_owned()), (200, "{}".to_owned())] {
        let nothing = (Vec::new(), None);
        assert_eq!(Wepay.decode_news(&account(), &answer(status, &body)), nothing);
    }
}

#[test]
fn the_next_news_are_asked_for_by_their_own_path_and_nobody_may_call() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let url =
        |cursor| Wepay.encode_news(&target, at(0), cursor).expect("made").expect("WePay tells").url;
    assert_eq!(url(None), "https://stage-api.wepay.com/notifications?page_size=50");
    assert_eq!(url(Some("page=7")), "https://stage-api.wepay.com/notifications?page=7");
    let heard = Callback { headers: &[], body: b"{}" };
    assert_eq!(Wepay.callback(&target, &heard), Err(CallbackRefused::NotOffered));
}
