//! Refunds, which are objects of their own.

use counterfoil_sandbox::{NewWepayPayment, RefundEnd, RefundStatus, WepayChange, WepayStatus};
use serde_json::json;

use super::{DAY, Shop, refund_of};

#[tokio::test]
async fn a_refund_is_an_object_with_a_life_of_its_own() {
    let shop = Shop::open().await;
    shop.sandbox.change_wepay_switches(|s| s.refunds.completes_after_ms = None);
    let id = shop.completed();
    let refund = shop.refund(&id, 2_500).await.json();
    assert_eq!((&refund["status"], &refund["resource"]), (&json!("pending"), &json!("refunds")));
    assert_eq!(refund["payment"]["id"], id.as_str());
    let ours = refund["id"].as_str().expect("an id").to_owned();
    let refunded = || shop.sandbox.wepay_payment(&id).expect("known").refunded;
    assert_eq!(refunded(), "25.00");
    let path = format!("/refunds/{ours}");
    assert_eq!(shop.get(&path).await.json()["status"], "pending");
    let end = |status| shop.sandbox.end_wepay_refund(&ours, RefundEnd { status });
    end(RefundStatus::Failed).expect("it is pending");
    let failed = shop.get(&path).await.json();
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("unknown"))
    );
    assert_eq!(refunded(), "0.00");
    assert!(end(RefundStatus::Completed).is_err(), "it has ended");
    assert_eq!(shop.get("/refunds").await.status(), 404, "no list of refunds is documented");
}

#[tokio::test]
async fn a_pending_refund_is_completed_after_its_time() {
    let shop = Shop::open().await;
    let id = shop.completed();
    let refund = shop.refund(&id, 2_500).await.json();
    assert_eq!(refund["status"], "pending");
    shop.forward(1);
    let path = format!("/refunds/{}", refund["id"].as_str().expect("an id"));
    assert_eq!(shop.get(&path).await.json()["status"], "completed");
}

#[tokio::test]
async fn a_refund_keeps_to_what_the_page_allows() {
    let shop = Shop::open().await;
    let id = shop.completed();
    assert_eq!(shop.refund(&id, 99).await.status(), 400);
    assert_eq!(shop.refund(&id, 10_001).await.status(), 400);
    assert_eq!(shop.refund(&id, 6_000).await.status(), 200);
    assert_eq!(shop.refund(&id, 4_001).await.status(), 400);
    let whole = json!({"payment_id": id, "refund_reason": "x"});
    assert_eq!(shop.post("/refunds", whole.clone()).await.json()["amounts"]["total_amount"], 4_000);
    assert_eq!(shop.post("/refunds", whole).await.status(), 400, "nothing is left");
    assert_eq!(shop.refund(&shop.waiting(), 100).await.status(), 400, "only what is completed");
    let disputed = shop.completed();
    let change = WepayChange { disputed: Some("30.00".into()), ..WepayChange::default() };
    shop.sandbox.change_at_wepay(&disputed, &change).expect("known");
    assert_eq!(shop.refund(&disputed, 1_000).await.status(), 400, "the rest only whole");
    assert_eq!(shop.refund(&disputed, 7_000).await.status(), 200);
    for (member, value) in [("is_unreferenced_refund", json!(false)), ("tip", json!(1))] {
        let mut body = refund_of(&shop.completed(), 500);
        body[member] = value;
        assert_eq!(shop.post("/refunds", body).await.status(), 400, "{member}");
    }
    assert_eq!(shop.effects("refund"), 3);
}

#[tokio::test]
async fn a_refund_that_is_too_late_is_refused_or_fails_with_200() {
    let shop = Shop::open().await;
    let aged = |card_present| {
        let status = Some(WepayStatus::Completed);
        shop.payment(NewWepayPayment {
            status,
            card_present,
            age_s: 60 * DAY,
            ..NewWepayPayment::default()
        })
    };
    assert_eq!(shop.refund(&aged(false), 500).await.status(), 400);
    let late = shop.refund(&aged(true), 500).await;
    assert_eq!((late.status(), &late.json()["status"]), (200, &json!("failed")));
    assert_eq!(late.json()["failure_reason"], "unknown");
    shop.sandbox.change_wepay_switches(|s| s.refunds.fails = true);
    assert_eq!(shop.refund(&shop.completed(), 500).await.json()["status"], "failed");
    assert_eq!(shop.effects("refund"), 0);
}
