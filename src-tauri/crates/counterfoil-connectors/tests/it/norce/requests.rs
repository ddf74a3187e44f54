//! Every request as it is shown, and what stops one from being made.

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{
    Connector, EncodeError, ListQuery, Method, Target, WireRequest, check_account,
};
use counterfoil_core::account::Account;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Base;
use serde_json::Value;

use super::support::{
    NAME, account, account_with, adjust, answer, ask, base, caller, cancel, capture, facts_in,
    label, order, order_in, refund, rename, request, secrets, sek,
};

fn made(account: &Account, command: &Command) -> WireRequest {
    request(account, command, &base(), &order()).expect("it can be sent")
}

/// Order management of a payment in this state.
fn managed(command: &Command, state: &str, adapter_id: &str) -> Result<WireRequest, EncodeError> {
    let mut facts = facts_in(state, "accepted");
    facts.details.marks.insert("adapter_id".to_owned(), adapter_id.to_owned());
    request(&account(), command, &Base::of(&facts), &order())
}

fn listed(query: &ListQuery<'_>) -> WireRequest {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    Norce.encode_list(&target, query).expect("a page can be asked for").expect("Norce lists")
}

#[test]
fn each_request_is_shown_like_this() {
    let order_api = account();
    insta::assert_json_snapshot!("norce_adjust", made(&order_api, &adjust("15.00")).shown);
    insta::assert_json_snapshot!("norce_reference", made(&order_api, &rename("SO-9")).shown);
    let labelled = label(&[("seller", "8"), ("store", ""), ("note", "a \"b\"")]);
    insta::assert_json_snapshot!("norce_attributes", made(&order_api, &labelled).shown);
    let (klarna, walley) = ("klarna_payments_adapter", "walley_checkout_adapter");
    let shown = |command: &Command, state: &str, adapter_id: &str| {
        managed(command, state, adapter_id).expect("it can be sent").shown
    };
    insta::assert_json_snapshot!("norce_capture", shown(&capture(), "reserved", klarna));
    insta::assert_json_snapshot!("norce_cancel", shown(&cancel(), "reserved", walley));
    insta::assert_json_snapshot!("norce_refund", shown(&refund("12.50"), "captured", klarna));
    insta::assert_json_snapshot!("norce_callback", made(&caller(), &adjust("20.00")).shown);
    let all = ListQuery {
        made_since: Some(Moment::from_millis(1_500)),
        changed_since: Some(Moment::from_millis(9)),
        reference: Some("SO 9&"),
        metadata: Some(("a", "b")),
        cursor: Some("50"),
    };
    insta::assert_json_snapshot!("norce_list", listed(&all).shown);
}

#[test]
fn a_page_is_asked_for_by_payment_where_the_reference_is_a_payments_id() {
    let url = listed(&ListQuery { reference: Some("p_1"), ..ListQuery::default() }).url;
    assert!(url.ends_with("order_by_direction=asc&payment_id=p_1"), "{url}");
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    for cursor in ["", "-1", "x", "1&limit=9"] {
        let query = ListQuery { cursor: Some(cursor), ..ListQuery::default() };
        assert!(Norce.encode_list(&target, &query).is_err(), "{cursor}");
    }
}

#[test]
fn the_whole_payment_goes_back_with_one_field_changed_and_the_rest_to_the_letter() {
    let sent = made(&account(), &adjust("15.50"));
    assert_eq!(sent.method, Method::Put);
    let text = String::from_utf8(sent.body).expect("text");
    assert!(text.ends_with(r#""amount":15.5}"#), "{text}");
    assert!(text.contains(r#""attributes":{"kept":[1,2.50]}"#), "{text}");
    let mut expected: Value = serde_json::from_str(&order()).expect("JSON");
    let mut payment = expected["payments"][2].take();
    payment["amount"] = serde_json::json!(15.5);
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), payment);
}

#[test]
fn the_whole_order_goes_to_the_adapter_with_one_amount_changed() {
    let sent = made(&caller(), &adjust("20.00"));
    assert_eq!(sent.method, Method::Post);
    let text = String::from_utf8(sent.body).expect("text");
    assert!(text.contains(r#""vatRate":0.250"#), "numbers keep their text: {text}");
    let mut expected: Value = serde_json::from_str(&order()).expect("JSON");
    expected["payments"][2]["amount"] = serde_json::json!(20);
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), expected);
}

#[test]
fn a_preview_holds_only_what_changes() {
    let (secrets, base) = (secrets(), base());
    let check = |account: &Account, command: &Command, expected: &str| {
        let target = Target { account, secrets: &secrets };
        let made = Norce.encode(&target, &ask(command, &base, None)).expect("made");
        assert_eq!(String::from_utf8(made.body).expect("text"), expected);
    };
    check(&account(), &adjust("15.00"), r#"{"amount":15}"#);
    check(&account(), &rename("SO-9"), r#""SO-9""#);
    check(&account(), &label(&[("a", "b"), ("c", "")]), r#"{"a":"b","c":null}"#);
    let payment = r#"{"payments":[{"id":"p_KBiXuYjvYxsezKCQAMuuSKGDaT","amount":15}]}"#;
    check(&caller(), &adjust("15.00"), payment);
}

#[test]
fn only_what_is_made_from_the_order_looks_at_it_first() {
    let (secrets, base) = (secrets(), base());
    let check = |account: &Account, command: &Command, looks: bool| {
        let target = Target { account, secrets: &secrets };
        let look = Norce.encode_look(&target, &ask(command, &base, None)).expect("made");
        assert_eq!(look.is_some(), looks, "{command:?}");
        let order = "/order/api/v1/checkout/orders/o_yClTSySjyAuuBjmiBlHCjuEcTf";
        assert!(look.is_none_or(|look| look.url.ends_with(order) && look.method == Method::Get));
    };
    check(&account(), &adjust("15.00"), true);
    check(&caller(), &adjust("15.00"), true);
    check(&account(), &label(&[("a", "b")]), true);
    for command in [rename("SO-9"), refund("12.50"), cancel(), capture()] {
        check(&account(), &command, false);
    }
}

#[test]
fn an_order_that_is_not_what_was_judged_makes_no_request() {
    let check = |what: &str, from: &str, to: &str| {
        let moved = order().replace(from, to);
        assert_ne!(moved, order(), "{what} is in the order");
        for (account, command) in [
            (account(), adjust("15.00")),
            (account(), label(&[("a", "b")])),
            (caller(), adjust("15.00")),
        ] {
            let refused = request(&account, &command, &base(), &moved);
            assert!(matches!(refused, Err(EncodeError::Look(_))), "{what}: {refused:?}");
        }
    };
    check("another moment", "12:05:00Z", "12:05:01Z");
    check("no moment", r#""lastModified":"2025-01-31T12:05:00Z","#, "");
    check("another amount", r#""amount":12.50"#, r#""amount":12.51"#);
    check(
        "another state",
        r#""state":"intent",
        "reference""#,
        r#""state":"processing","reference""#,
    );
    check(
        "another currency",
        r#""amount":12.50,"currency":"SEK""#,
        r#""amount":12.50,"currency":"EUR""#,
    );
    check("another order", r#"{"id":"o_yClTSySjyAuuBjmiBlHCjuEcTf""#, r#"{"id":"o_x""#);
    check("no such payment", r#"{"id":"p_KBiXuYjvYxsezKCQAMuuSKGDaT""#, r#"{"id":"p_x""#);
    check(
        "twice the payment",
        r#""p_voucherExampleBBBBBBBBBBBBB""#,
        r#""p_KBiXuYjvYxsezKCQAMuuSKGDaT""#,
    );
    check("the payments moved", r#""payments":["#, r#""payments":[{"id":"p_new","amount":1},"#);
}

#[test]
fn a_look_that_was_not_answered_makes_no_request() {
    let (account, secrets, base) = (account(), secrets(), base());
    let target = Target { account: &account, secrets: &secrets };
    let command = adjust("15.00");
    for (status, body) in [(404, "{}"), (401, "{}"), (500, ""), (200, ""), (200, "[]"), (202, "{}")]
    {
        let look = answer(status, body);
        let refused = Norce.encode(&target, &ask(&command, &base, Some(&look)));
        assert!(matches!(refused, Err(EncodeError::Look(_))), "{status} {body}: {refused:?}");
    }
}

#[test]
fn order_management_is_refused_for_a_part_and_where_the_adapter_has_none() {
    let part = Err(EncodeError::Refused(WhyNot::PartNotOffered));
    assert_eq!(managed(&refund("12.49"), "captured", "klarna_checkout_adapter"), part);
    let some = Command::Capture { amount: Some(sek("1.00")), at: None };
    assert_eq!(managed(&some, "reserved", "klarna_checkout_adapter"), part);
    for adapter_id in ["adyen_dropin_adapter", "nonpsp_adapter", "awardit_adapter", "mine", ""] {
        let none = Err(EncodeError::Refused(WhyNot::NotOffered));
        assert_eq!(managed(&refund("12.50"), "captured", adapter_id), none, "{adapter_id}");
    }
}

#[test]
fn a_reading_takes_one_request_or_four_and_goes_on_without_a_refresh() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let paths = |ends: &[&str], refresh: u16| -> Vec<String> {
        let (mut so_far, mut seen) = (Vec::new(), Vec::new());
        let mut bodies = ends.iter();
        while let Some(next) = Norce.encode_read(&target, NAME, &so_far).expect("made") {
            let path = next.shown.path.clone();
            let is_refresh = path.contains("refresh");
            so_far.push(match (is_refresh, bodies.next()) {
                (true, _) => answer(refresh, "{}"),
                (false, Some(body)) => answer(200, body),
                (false, None) => answer(200, "[]"),
            });
            seen.push(path.rsplit('/').next().unwrap_or_default().to_owned());
            assert!(seen.len() < 9, "a reading ends");
        }
        seen
    };
    let order_id = "o_yClTSySjyAuuBjmiBlHCjuEcTf";
    let klarna = "klarna_checkout_adapter";
    for state in ["intent", "processing", "failed", "cancelled", "removed", "refunded"] {
        assert_eq!(paths(&[&order_in(state, klarna, "checkout")], 200), [order_id], "{state}");
    }
    let held = order_in("reserved", klarna, "accepted");
    let four = [order_id, "refresh-kco", order_id, "transactions"];
    assert_eq!(paths(&[&held, "", &held], 200), four);
    let three = [order_id, "refresh-kco", "transactions"];
    for refresh in [400, 404, 500] {
        assert_eq!(paths(&[&held, "", &held], refresh), three);
    }
    let taken = order_in("captured", "qliro_checkout_adapter", "completed");
    assert_eq!(paths(&[&taken, "", &taken], 200)[1], "refresh");
    let adyen = order_in("captured", "adyen_dropin_adapter", "completed");
    assert_eq!(paths(&[&adyen], 200), [order_id]);
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made() {
    let (account, base, secrets) = (account(), base(), secrets());
    let none = counterfoil_connectors::Secrets::default();
    let command = adjust("15.00");
    let bare = Target { account: &account, secrets: &none };
    let missing = EncodeError::SecretMissing { name: "token" };
    assert_eq!(Norce.encode(&bare, &ask(&command, &base, None)), Err(missing.clone()));
    assert_eq!(Norce.encode_probe(&bare), Err(missing.clone()));
    assert_eq!(Norce.encode_read(&bare, NAME, &[]), Err(missing));
    let target = Target { account: &account, secrets: &secrets };
    for name in ["", "o_1", "/", "o_1/", "/p_1", "o_1/p_1/x", "../p_1", "o_1/..", "./."] {
        let refused = Norce.encode_read(&target, name, &[]);
        assert!(matches!(refused, Err(EncodeError::Look(_))), "{name:?}: {refused:?}");
    }
    let odd = Norce.encode_read(&target, "o 1/p?1#%2e", &[]).expect("made").expect("one");
    assert!(odd.url.ends_with("/orders/o%201"), "{}", odd.url);
}

#[test]
fn an_account_says_for_whom_it_speaks_and_in_which_role() {
    let check = |currency: &str, options: &[(&str, &str)], fits: bool| {
        let judged = check_account(&account_with(currency, options));
        assert_eq!(judged.is_ok(), fits, "{currency} {options:?}: {judged:?}");
    };
    let shop = [("merchant", "norce"), ("channel", "1")];
    let with = |more: &[(&'static str, &'static str)]| [&shop[..], more].concat();
    check("SEK", &shop, true);
    check("EUR", &with(&[("role", "order_api")]), true);
    check("SEK", &with(&[("role", "adapter_callback"), ("adapter", "klarna-adapter")]), true);
    check("SEK", &with(&[("role", "adapter_callback"), ("adapter", "our-own")]), true);
    check("SEK", &with(&[("role", "adapter_callback"), ("adapter", "walley-adapter")]), false);
    check("SEK", &with(&[("role", "adapter_callback"), ("adapter", "a/b")]), false);
    check("SEK", &with(&[("role", "adapter_callback")]), false);
    check("SEK", &with(&[("role", "adapter")]), false);
    check("SEK", &with(&[("adapter", "klarna-adapter")]), false);
    check("SEK", &with(&[("other", "x")]), false);
    check("SEK", &[("merchant", "norce")], false);
    check("SEK", &[("merchant", ""), ("channel", "1")], false);
    check("SEK", &[("merchant", "a b"), ("channel", "1")], false);
    check("SEK", &[("merchant", "a\r\nx: y"), ("channel", "1")], false);
    // A-NOR-12: 0 and 3 decimals are refused, 2 are carried.
    check("JPY", &shop, false);
    check("KWD", &shop, false);
}
