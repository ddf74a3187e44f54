//! Every request as it is shown, byte for byte again, and what stops one from being made.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{
    Ask, Connector, EncodeError, ListQuery, Method, Secrets, Shown, Target, WireRequest,
};
use counterfoil_core::answer::{SendRecord, WireEnd};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentState;
use serde_json::json;

use super::{
    APP_ID, APP_TOKEN, DAY, ID, KEY, account, adjust, adjust_with, answer, at, bare_account, base,
    body, cancel, capture, capture_at, made, made_with, one_of_each, payment, reason, refund,
    relabel, secrets, usd,
};

fn shown(command: &Command) -> Shown {
    made(command).expect("the command can be sent").shown
}

fn look(changed: serde_json::Value) -> WireEnd {
    answer(200, &payment(changed).to_string())
}

fn with_target<T>(work: impl FnOnce(&Target<'_>) -> T) -> T {
    let (account, secrets) = (account(), secrets());
    work(&Target { account: &account, secrets: &secrets })
}

#[test]
fn each_request_is_shown_like_this() {
    insta::assert_json_snapshot!("adjust", shown(&adjust("80.00")));
    let lines = [("Helmet", 2, "30.00"), ("Lock", 1, "20.00")];
    insta::assert_json_snapshot!("adjust_with_lines", shown(&adjust_with("80.00", &lines)));
    insta::assert_json_snapshot!("relabel_reference", shown(&relabel(Some("R-2"), &[])));
    let merged = made_with(
        &account(),
        &relabel(Some("R-2"), &[("desk", ""), ("order", "77")]),
        Some(&base(PaymentState::Authorized)),
        Some(&look(json!({}))),
    );
    insta::assert_json_snapshot!("relabel_custom_data", merged.expect("made").shown);
    insta::assert_json_snapshot!("capture_at", shown(&capture_at(DAY)));
    insta::assert_json_snapshot!("capture", shown(&capture(None)));
    insta::assert_json_snapshot!("capture_part", shown(&capture(Some("60.00"))));
    insta::assert_json_snapshot!("cancel", shown(&cancel()));
    insta::assert_json_snapshot!("refund_part", shown(&refund("50.00")));
    insta::assert_json_snapshot!("refund_whole", shown(&refund("100.00")));
    let readings = with_target(|target| {
        let query = ListQuery {
            made_since: Some(at(999)),
            reference: Some("A&B é"),
            ..ListQuery::default()
        };
        [
            Wepay.encode_read(target, ID, &[]).expect("made").expect("needed"),
            Wepay.encode_effect(target, "rf-1").expect("made"),
            Wepay.encode_probe(target).expect("made"),
            Wepay.encode_list(target, &query).expect("made").expect("needed"),
            Wepay.encode_news(target, at(0), None).expect("made").expect("needed"),
        ]
    });
    let readings: Vec<Shown> = readings.into_iter().map(|made| made.shown).collect();
    insta::assert_json_snapshot!("readings", readings);
}

#[test]
fn every_change_carries_its_key_and_no_reading_does() {
    let header = |made: &WireRequest, name: &str| {
        let found = made.headers.iter().find(|(key, _)| *key == name);
        found.map(|(_, text)| text.clone())
    };
    for command in one_of_each() {
        let made = made(&command).expect("made");
        assert_eq!(made.method, Method::Post, "{command:?}");
        assert_eq!(made.key.as_deref(), Some(KEY), "{command:?}");
        assert_eq!(header(&made, "Unique-Key").as_deref(), Some(KEY), "{command:?}");
        assert_eq!(header(&made, "App-Id").as_deref(), Some(APP_ID));
        assert_eq!(header(&made, "App-Token").as_deref(), Some(APP_TOKEN));
        assert_eq!(header(&made, "Api-Version").as_deref(), Some("3.2"));
    }
    let read = with_target(|target| Wepay.encode_read(target, ID, &[]));
    let read = read.expect("made").expect("needed");
    assert_eq!((read.key.clone(), header(&read, "Unique-Key")), (None, None));
    let enough = with_target(|target| Wepay.encode_read(target, ID, &[look(json!({}))]));
    assert_eq!(enough, Ok(None));
}

fn record(made: &WireRequest) -> SendRecord {
    SendRecord {
        method: made.method.as_str().to_owned(),
        path: made.shown.path.clone(),
        digest: made.digest(),
        key: made.key.clone(),
        body: Some(String::from_utf8(made.body.clone()).expect("UTF-8")),
        at: Moment::from_millis(0),
    }
}

#[test]
fn a_repetition_is_the_same_request_to_the_byte() {
    let metadata = relabel(Some("R é"), &[("order", "7\"7"), ("desk", "")]);
    let merged = made_with(
        &account(),
        &metadata,
        Some(&base(PaymentState::Authorized)),
        Some(&look(json!({}))),
    );
    let mut all: Vec<WireRequest> =
        one_of_each().iter().map(|command| made(command).expect("made")).collect();
    all.push(merged.expect("made"));
    for first in all {
        let again = with_target(|target| Wepay.encode_again(target, &record(&first)));
        let again = again.expect("made");
        assert_eq!(again.body, first.body);
        assert_eq!((again.method, &again.url, &again.key), (first.method, &first.url, &first.key));
        assert_eq!(again.headers, first.headers);
        assert_eq!(again.shown, first.shown);
        assert_eq!(again.digest(), first.digest());
    }
}

#[test]
fn what_was_no_keyed_change_is_never_repeated() {
    let first = record(&made(&cancel()).expect("made"));
    let check = |edit: fn(&mut SendRecord)| {
        let mut record = first.clone();
        edit(&mut record);
        let again = with_target(|target| Wepay.encode_again(target, &record));
        assert_eq!(again, Err(EncodeError::NotRepeatable), "{record:?}");
    };
    check(|record| record.key = None);
    check(|record| record.body = None);
    check(|record| record.method = "GET".to_owned());
    check(|record| record.path = "payments".to_owned());
}

#[test]
fn the_whole_custom_data_goes_out_with_what_is_no_text_as_it_came() {
    let kept = r#"{"desk":"3","invoice_id":"54321","n":12345678901234567890.10,"f":1.50,
        "deep":{"a":[1, null]},"none":null}"#;
    let text = payment(json!({"custom_data": "HERE"})).to_string().replace("\"HERE\"", kept);
    let command = relabel(None, &[("invoice_id", "99"), ("desk", ""), ("new", "x")]);
    let made = made_with(
        &account(),
        &command,
        Some(&base(PaymentState::Authorized)),
        Some(&answer(200, &text)),
    );
    let sent = String::from_utf8(made.expect("made").body).expect("UTF-8");
    let untouched = r#""deep":{"a":[1, null]},"f":1.50,"n":12345678901234567890.10,"none":null"#;
    let changed = r#""desk":null,"invoice_id":"99","new":"x""#;
    assert_eq!(sent, format!("{{\"custom_data\":{{{untouched},{changed}}}}}"));
}

#[test]
fn metadata_is_read_first_and_sent_only_on_what_was_judged() {
    let command = relabel(None, &[("order", "77")]);
    let now = base(PaymentState::Authorized);
    let look_for = |command: &Command| {
        with_target(|target| {
            let ask =
                Ask { command, provider_ref: Some(ID), baseline: Some(&now), key: KEY, look: None };
            Wepay.encode_look(target, &ask).expect("made")
        })
    };
    assert_eq!(look_for(&command).map(|made| made.method), Some(Method::Get));
    for other in [relabel(Some("R-2"), &[]), adjust("80.00"), cancel(), refund("1.00")] {
        assert_eq!(look_for(&other), None, "{other:?}");
    }
    let built = |end: &WireEnd| made_with(&account(), &command, Some(&now), Some(end));
    assert!(built(&look(json!({}))).is_ok());
    let lost = WireEnd::Lost { why: "gone".to_owned() };
    for end in [
        look(json!({"custom_data": {"desk": "3", "invoice_id": "another"}})),
        look(json!({"custom_data": null})),
        look(json!({"custom_data": [1]})),
        look(json!({"id": "another"})),
        answer(500, "{}"),
        answer(200, "<html>"),
        lost,
    ] {
        assert!(matches!(built(&end), Err(EncodeError::Look(_))), "{end:?}");
    }
    let preview = made_with(&account(), &command, Some(&now), None).expect("made");
    assert_eq!(body(&preview), json!({"custom_data": {"order": "77"}}));
}

#[test]
fn the_first_raise_notes_what_was_authorised_beside_all_that_is_there() {
    let mut now = base(PaymentState::Authorized);
    let custom_data = |now: &counterfoil_core::payment::Base, total: &str| {
        let command = adjust(total);
        let ask = Ask {
            command: &command,
            provider_ref: Some(ID),
            baseline: Some(now),
            key: KEY,
            look: None,
        };
        let looks = with_target(|target| Wepay.encode_look(target, &ask)).expect("made");
        let end = looks.is_some().then(|| look(json!({})));
        let made = made_with(&account(), &command, Some(now), end.as_ref()).expect("made");
        (looks.is_some(), body(&made).get("custom_data").cloned())
    };
    let noted = json!({"a_reference_number": 4, "cf_authorised": "10000", "desk": "3",
                       "invoice_id": "54321"});
    assert_eq!(custom_data(&now, "110.00"), (true, Some(noted)));
    assert_eq!(custom_data(&now, "90.00"), (false, None));
    now.details.marks.insert("authorised".to_owned(), "9500".to_owned());
    assert_eq!(custom_data(&now, "110.00"), (false, None));
}

#[test]
fn an_id_is_one_part_of_the_path_and_never_changed() {
    let read = |id: &str| {
        with_target(|target| Wepay.encode_read(target, id, &[]))
            .map(|made| made.expect("needed").url)
    };
    let base_url = "https://stage-api.wepay.com/payments/";
    for (id, expected) in
        [("AbC", "AbC"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("é %", "%C3%A9%20%25")]
    {
        assert_eq!(read(id), Ok(format!("{base_url}{expected}")));
    }
    for bad in ["", ".", "..", "a\nb", &"x".repeat(256)] {
        let refused = matches!(
            read(bad),
            Err(EncodeError::Refused(WhyNot::TextNotCarried { field: "provider_ref", .. }))
        );
        assert!(refused, "{bad:?}");
    }
}

#[test]
fn a_refund_names_no_amount_only_where_all_of_an_untouched_payment_goes_back() {
    let amounts = |edit: fn(&mut counterfoil_core::payment::Base), amount: &str| {
        let mut now = base(PaymentState::Paid);
        edit(&mut now);
        let made = made_with(&account(), &refund(amount), Some(&now), None).expect("made");
        body(&made).get("amounts").cloned()
    };
    let named = |minor: i64| Some(json!({"total_amount": minor, "currency": "USD"}));
    assert_eq!(amounts(|_| {}, "100.00"), None);
    assert_eq!(amounts(|_| {}, "99.99"), named(9_999));
    assert_eq!(amounts(|b| b.refunded = Some(usd("1.00")), "100.00"), named(10_000));
    assert_eq!(amounts(|b| b.refunded = None, "100.00"), named(10_000));
    let disputed = |b: &mut counterfoil_core::payment::Base| {
        b.details.marks.insert("disputed".to_owned(), "100".to_owned());
    };
    assert_eq!(amounts(disputed, "100.00"), named(10_000));
    let noted = Command::Refund {
        amount: usd("5.00"),
        reason: reason("other"),
        note: Some("wrong size".to_owned()),
    };
    let made = made(&noted).expect("made");
    assert_eq!(body(&made)["refund_reason"], "other: wrong size");
    assert_eq!(body(&made)["reference_id"], KEY);
    assert!(body(&made).get("is_unreferenced_refund").is_none());
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made() {
    let account = account();
    let now = base(PaymentState::Authorized);
    let encode = |secrets: &Secrets, command: &Command, id: Option<&str>| {
        let target = Target { account: &account, secrets };
        let ask = Ask { command, provider_ref: id, baseline: Some(&now), key: KEY, look: None };
        Wepay.encode(&target, &ask)
    };
    let of = |names: &[&str]| {
        Secrets::from_pairs(names.iter().map(|name| ((*name).to_owned(), "t".to_owned())))
    };
    let missing = |name| Err(EncodeError::SecretMissing { name });
    assert_eq!(encode(&of(&[]), &cancel(), Some(ID)), missing("app_id"));
    assert_eq!(encode(&of(&["app_id"]), &cancel(), Some(ID)), missing("app_token"));
    for command in one_of_each() {
        let refused = encode(&secrets(), &command, None);
        assert_eq!(refused, Err(EncodeError::ReferenceMissing), "{command:?}");
    }
    let refused = |command: &Command| match encode(&secrets(), command, Some(ID)) {
        Err(EncodeError::Refused(why)) => why,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(refused(&Command::Void), WhyNot::UseInstead { kind: Kind::Cancel });
    let unreasoned = Command::Cancel { reason: None };
    assert_eq!(refused(&unreasoned), WhyNot::Missing { field: "reason" });
    let bare = made_with(&bare_account(), &adjust("80.00"), Some(&now), None);
    assert!(matches!(bare, Err(EncodeError::Refused(WhyNot::Unconfirmed { .. }))));
    let blind = made_with(&account, &capture(Some("1.00")), None, None);
    assert_eq!(blind, Err(EncodeError::BaselineMissing));
}

#[test]
fn the_same_command_makes_the_same_bytes() {
    let lines = [("Helmet", 2, "30.00"), ("Lock", 1, "20.00")];
    let mut later = base(PaymentState::Authorized);
    later.read_at = at(5 * DAY);
    let command = adjust_with("80.00", &lines);
    let first = made(&command).expect("made").digest();
    let again = made_with(&account(), &command, Some(&later), None).expect("made").digest();
    assert_eq!(first, again, "a later reading makes no other bytes");
    for command in one_of_each() {
        let digest = || made(&command).expect("made").digest();
        assert_eq!(digest(), digest());
    }
}
