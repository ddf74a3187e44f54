//! Changes of a payment.

use counterfoil_sandbox::{NewWepayPayment, WepayStatus};
use serde_json::{Value, json};

use super::{DAY, MINUTE, Shop, is_envelope, reason};

#[tokio::test]
async fn the_headers_are_required_and_every_answer_is_numbered() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    let path = format!("/payments/{id}");
    let without =
        |name: &str| shop.headers().into_iter().filter(|(key, _)| *key != name).collect::<Vec<_>>();
    for (name, status, code) in [
        ("App-Id", 403, "NOT_AUTHORIZED"),
        ("App-Token", 403, "NOT_AUTHORIZED"),
        ("Api-Version", 400, "INVALID_PARAMS.PARAM_MISSING"),
    ] {
        let reply = shop.send("GET", &path, &without(name), "").await;
        assert_eq!((reply.status(), reason(&reply).as_str()), (status, code), "{name}");
        assert!(is_envelope(&reply.json()));
        assert!(reply.header("X-Correlation-Id").is_some());
    }
    let reply = shop.get(&path).await;
    assert_eq!(reply.status(), 200);
    assert!(reply.header("x-correlation-id").is_some_and(|id| id.len() == 36));
    assert_eq!(shop.get(&path.to_uppercase()).await.status(), 404, "paths and ids have their case");
    assert_eq!(shop.get(&format!("/payments/{}", id.to_uppercase())).await.status(), 404);
}

#[tokio::test]
async fn a_payment_is_shown_with_the_members_of_the_seed_page() {
    let shop = Shop::open().await;
    let body = shop.get(&format!("/payments/{}", shop.waiting())).await.json();
    for member in [
        "id",
        "resource",
        "path",
        "owner",
        "create_time",
        "status",
        "amount",
        "amount_refunded",
        "amount_disputed",
        "currency",
        "payment_method",
        "reference_id",
        "capture_at",
        "authorization_code",
        "api_version",
        "auto_capture",
        "custom_data",
        "failure_reason",
        "fee_amount",
        "fee_amount_refundable",
        "initiated_by",
        "order",
        "pending_reasons",
        "txnr_app_fee",
        "txnr_merchant",
    ] {
        assert!(body.get(member).is_some(), "{member}");
    }
    assert_eq!((&body["status"], &body["amount"]), (&json!("pending"), &json!(10_000)));
    assert_eq!(body["auto_capture"], false);
    assert!(body.get("updated_at").is_none() && body.get("version").is_none());
}

#[tokio::test]
async fn an_amount_goes_down_and_up_only_with_the_card_present() {
    let shop = Shop::open().await;
    let (absent, present) = (shop.waiting(), shop.with_card());
    assert_eq!(shop.adjust(&absent, 8_000).await.json()["amount"], 8_000);
    assert_eq!(shop.adjust(&absent, 8_001).await.status(), 400);
    assert_eq!(shop.adjust(&present, 11_900).await.json()["amount"], 11_900);
    assert_eq!(shop.effects("update"), 2);
    let own = |id: &str| shop.sandbox.wepay_payment(id).expect("known");
    assert_eq!(own(&absent).amount, "80.00");
    assert_eq!(
        (own(&present).amount, own(&present).authorised),
        ("119.00".into(), "100.00".into())
    );
    for status in [WepayStatus::Completed, WepayStatus::Canceled, WepayStatus::Failed] {
        let ended =
            shop.payment(NewWepayPayment { status: Some(status), ..NewWepayPayment::default() });
        assert_eq!(shop.adjust(&ended, 5_000).await.status(), 400, "{status:?}");
    }
    let automatic =
        shop.payment(NewWepayPayment { auto_capture: true, ..NewWepayPayment::default() });
    assert_eq!(shop.adjust(&automatic, 5_000).await.status(), 400);
}

#[tokio::test]
async fn the_names_of_the_amounts_come_from_one_table() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    shop.sandbox.change_wepay_switches(|s| {
        s.amounts.object = "money".to_owned();
        s.amounts.total = "amount".to_owned();
    });
    assert_eq!(shop.sandbox.wepay().options["amounts.object"], "money");
    assert_eq!(shop.adjust(&id, 8_000).await.status(), 400);
    let body = json!({"money": {"amount": 8_000, "currency": "USD"}});
    assert_eq!(shop.update(&id, body).await.json()["amount"], 8_000);
}

#[tokio::test]
async fn nothing_in_a_body_is_ignored_silently() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    let far = shop.get(&format!("/payments/{id}")).await.json()["create_time"].as_i64();
    let far = far.expect("a moment") + 8 * DAY;
    for body in [
        json!({"amount": 8_000}),
        json!({"amounts": 8_000}),
        json!({"amounts": {"total_amount": "8000", "currency": "USD"}}),
        json!({"amounts": {"total_amount": 80.0, "currency": "USD"}}),
        json!({"amounts": {"total_amount": 8_000, "currency": "CAD"}}),
        json!({"amounts": {"total_amount": 8_000}}),
        json!({"amounts": {"total_amount": 0, "currency": "USD"}}),
        json!({"amounts": {"total_amount": 8_000, "currency": "USD", "tip": 1}}),
        json!({"capture_at": "tomorrow"}),
        json!({"capture_at": 1}),
        json!({"capture_at": far}),
        json!({"custom_data": []}),
        json!({"rbits": {}}),
        json!({"rbits": [{"type": "transaction_details"}]}),
        json!({"reference_id": ""}),
        json!({"reference_id": 7}),
        json!({"reference_id": "x".repeat(256)}),
        json!([]),
    ] {
        let reply = shop.update(&id, body.clone()).await;
        assert_eq!(reply.status(), 400, "{body}");
        assert!(is_envelope(&reply.json()), "{body}");
    }
    assert_eq!(shop.effects("update"), 0);
    let rbit = json!({"receive_time": 1, "type": "transaction_details", "source": "user",
                      "transaction_details": {"itemized_receipt": []}});
    let good = json!({"reference_id": "R", "custom_data": {"a": 1}, "rbits": [rbit]});
    let body = shop.update(&id, good).await.json();
    assert_eq!((&body["reference_id"], &body["custom_data"]), (&json!("R"), &json!({"a": 1})));
    assert_eq!(
        shop.update(&id, json!({"reference_id": null})).await.json()["reference_id"],
        Value::Null
    );
}

#[tokio::test]
async fn custom_data_is_replaced_or_merged_as_the_switch_says() {
    let shop = Shop::open().await;
    let given = json!({"custom_data": {"a": null, "b": "2"}});
    for (merges, null_removes, expected) in [
        (false, false, json!({"a": null, "b": "2"})),
        (false, true, json!({"b": "2"})),
        (true, false, json!({"a": null, "b": "2", "z": "9"})),
        (true, true, json!({"b": "2", "z": "9"})),
    ] {
        shop.sandbox.change_wepay_switches(|s| {
            s.custom_data.merges = merges;
            s.custom_data.null_removes = null_removes;
        });
        let there = json!({"a": "1", "z": "9"}).as_object().cloned();
        let id = shop.payment(NewWepayPayment { custom_data: there, ..NewWepayPayment::default() });
        let body = shop.update(&id, given.clone()).await.json();
        assert_eq!(body["custom_data"], expected, "{merges} {null_removes}");
    }
}

#[tokio::test]
async fn a_capture_takes_all_or_part_and_networks_decline_more_than_120_percent() {
    let shop = Shop::open().await;
    let whole = shop.capture(&shop.waiting(), json!({})).await.json();
    assert_eq!((&whole["status"], &whole["amount"]), (&json!("completed"), &json!(10_000)));
    let part = json!({"amounts": {"total_amount": 6_000, "currency": "USD"}});
    let part = shop.capture(&shop.waiting(), part).await.json();
    assert_eq!((&part["status"], &part["amount"]), (&json!("completed"), &json!(6_000)));
    let amounts = |minor: i64| json!({"amounts": {"total_amount": minor, "currency": "USD"}});
    let most = shop.capture(&shop.with_card(), amounts(12_000)).await.json();
    assert_eq!(most["status"], "completed");
    let more = shop.capture(&shop.with_card(), amounts(12_001)).await;
    assert_eq!((more.status(), &more.json()["status"]), (200, &json!("failed")));
    assert_eq!(more.json()["failure_reason"]["reason_code"], "NOT_CAPTURED");
    assert_eq!(shop.effects("capture"), 3);
    let id = shop.completed();
    assert_eq!(shop.capture(&id, json!({})).await.status(), 400, "only what waits");
}

#[tokio::test]
async fn a_captured_payment_may_be_pending_for_a_while() {
    let shop = Shop::open().await;
    shop.sandbox.change_wepay_switches(|s| s.after_capture.pending_ms = 60_000);
    let id = shop.waiting();
    let body = shop.capture(&id, json!({})).await.json();
    assert_eq!(body["status"], "pending");
    assert!(body["capture_at"].is_i64());
    assert_eq!(shop.cancel(&id).await.status(), 400, "it is taken already");
    shop.forward(61);
    assert_eq!(shop.status(&id), WepayStatus::Completed);
    assert_eq!(shop.effects("capture"), 1);
}

#[tokio::test]
async fn a_capture_at_its_moment_and_an_expiry_after_seven_days_come_by_themselves() {
    let shop = Shop::open().await;
    let (set, left) = (shop.waiting(), shop.waiting());
    let now = shop.get(&format!("/payments/{set}")).await.json()["create_time"].as_i64();
    let at = now.expect("a moment") + DAY;
    assert_eq!(shop.update(&set, json!({"capture_at": at})).await.json()["capture_at"], at);
    shop.forward(DAY + 1);
    assert_eq!(
        (shop.status(&set), shop.status(&left)),
        (WepayStatus::Completed, WepayStatus::Pending)
    );
    shop.forward(6 * DAY);
    let expired = shop.get(&format!("/payments/{left}")).await.json();
    assert_eq!(expired["status"], "failed");
    assert_eq!(expired["failure_reason"]["reason_code"], "PAYMENT_EXPIRED");
    let detail = expired.pointer("/failure_reason/details/0/detail_code");
    assert_eq!(detail, Some(&json!("request_expired")));
    assert_eq!(shop.effects("capture"), 1);
}

#[tokio::test]
async fn a_cancellation_needs_its_reason_and_with_the_card_present_its_90_minutes() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    let path = format!("/payments/{id}/cancel");
    assert_eq!(shop.post(&path, json!({})).await.status(), 400);
    assert_eq!(shop.post(&path, json!({"cancel_reason": ""})).await.status(), 400);
    assert_eq!(shop.cancel(&id).await.json()["status"], "canceled");
    assert_eq!(shop.cancel(&id).await.status(), 400, "once");
    let aged = |age_s: i64, card_present: bool| {
        shop.payment(NewWepayPayment { age_s, card_present, ..NewWepayPayment::default() })
    };
    assert_eq!(shop.cancel(&aged(91 * MINUTE, false)).await.status(), 200);
    assert_eq!(shop.cancel(&aged(89 * MINUTE, true)).await.status(), 200);
    assert_eq!(shop.cancel(&aged(91 * MINUTE, true)).await.status(), 400);
    assert_eq!(shop.cancel(&shop.completed()).await.status(), 400);
}

#[tokio::test]
async fn the_published_update_is_taken_and_answered_with_the_published_members() {
    let text = include_str!("../../../../../../tests/vectors/wepay.json");
    let vectors: Value = serde_json::from_str(text).expect("the vectors are JSON");
    let shop = Shop::open().await;
    let asked = &vectors["requests"][0]["body"];
    let answered = shop.update(&shop.waiting(), asked.clone()).await.json();
    assert_eq!(answered["reference_id"], asked["reference_id"]);
    assert_eq!(answered["custom_data"], asked["custom_data"]);
    let members = |payment: &Value| {
        let members = payment.as_object().expect("an object");
        members.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(members(&answered), members(&vectors["answers"][1]["body"]));
    let envelope = shop.update("unknown", json!({})).await.json();
    let mut expected: Vec<_> = vectors["envelope"]["members"].as_array().expect("a list").clone();
    expected.sort_by_key(ToString::to_string);
    assert_eq!(json!(members(&envelope)), json!(expected));
}
