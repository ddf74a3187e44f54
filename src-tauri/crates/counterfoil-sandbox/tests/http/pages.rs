//! The customer's pages.

use counterfoil_sandbox::{NewPayment, PaymentStatus};
use serde_json::Value;

use crate::client::{Till, start_parameters};

/// The path of an address of this sandbox.
fn path(till: &Till, url: &Value) -> String {
    let base = format!("http://{}", till.address());
    let url = url.as_str().expect("a url");
    url.strip_prefix(&base).expect("an address of this sandbox").to_owned()
}

async fn raised(till: &Till, token: &str, amount: &str) -> String {
    let body = till.update(token, amount).await.json();
    path(till, &body["data"]["redirect_url"])
}

#[tokio::test]
async fn the_customer_agrees_on_the_page_of_the_link_and_only_once() {
    let till = Till::open().await;
    let token = till.signed_payment("300.00");
    let link = raised(&till, &token, "350.00").await;
    let page = till.send("GET", &link, "").await;
    assert_eq!(page.status(), 200);
    assert!(page.header("content-type").expect("a type").starts_with("text/html"));
    assert!(page.body().contains("350.00") && page.body().contains("method=\"post\""));
    assert_eq!(till.amount(&token).await, "300.00", "looking changes nothing");
    for _ in 0..2 {
        assert_eq!(till.send("POST", &link, "").await.status(), 200);
        assert_eq!(till.amount(&token).await, "350.00");
    }
    assert_eq!(till.effects("customer_signed"), 1);
}

#[tokio::test]
async fn an_older_link_is_worthless_after_a_newer_update() {
    let till = Till::open().await;
    let token = till.signed_payment("300.00");
    let old = raised(&till, &token, "350.00").await;
    let new = raised(&till, &token, "360.00").await;
    assert_ne!(old, new);
    assert_eq!(till.send("POST", &old, "").await.status(), 410);
    assert_eq!(till.amount(&token).await, "300.00");
    till.send("POST", &new, "").await;
    assert_eq!(till.amount(&token).await, "360.00");
}

#[tokio::test]
async fn links_that_do_not_exist_or_have_expired_say_so() {
    let till = Till::open().await;
    assert_eq!(till.send("POST", "/bumper/sign/nope", "").await.status(), 404);
    assert_eq!(till.send("GET", "/bumper/pay/nope", "").await.status(), 404);
    till.sandbox.change_switches(|s| s.signed_increase.link_lives_ms = Some(0));
    let link = raised(&till, &till.signed_payment("300.00"), "350.00").await;
    assert_eq!(till.send("POST", &link, "").await.status(), 410);
    assert_eq!(till.send("DELETE", &link, "").await.status(), 405);
}

#[tokio::test]
async fn hostile_text_is_escaped_on_the_page() {
    let till = Till::open().await;
    let new = NewPayment {
        amount: "300.00".into(),
        status: Some(PaymentStatus::Completed),
        invoice_number: Some("<script>alert('x')</script>\"&".into()),
        ..NewPayment::default()
    };
    let token = till.sandbox.create_payment(new).expect("a payment").token;
    let page = till.send("GET", &raised(&till, &token, "350.00").await, "").await.body();
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"), "{page}");
}

#[tokio::test]
async fn a_started_payment_can_be_paid_on_its_page_once() {
    let till = Till::open().await;
    let body = till.post("/v2/apply/", start_parameters("300.00")).await.json();
    let token = body["data"]["token"].as_str().expect("a token").to_owned();
    let link = path(&till, &body["data"]["redirect_url"]);
    assert!(till.send("GET", &link, "").await.body().contains("300.00"));
    for _ in 0..2 {
        assert_eq!(till.send("POST", &link, "").await.status(), 200);
    }
    assert_eq!(till.data(&token).await["status"], "completed");
    assert_eq!(till.effects("customer_signed"), 1);
}
