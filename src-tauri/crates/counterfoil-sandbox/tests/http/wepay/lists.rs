//! Lists, notifications and the control interface.

use counterfoil_sandbox::NewWepayPayment;
use serde_json::{Value, json};

use super::Shop;
use crate::client::raw;

#[tokio::test]
async fn a_list_has_pages_of_ten_to_fifty_in_both_directions() {
    let shop = Shop::with_payments(60).await;
    let first = shop.get("/payments").await.json();
    assert_eq!(first["results"].as_array().map(Vec::len), Some(10));
    assert_eq!(first["previous"], Value::Null);
    for bad in ["page_size=0", "page_size=51", "page=x", "status=paid", "colour=red"] {
        assert_eq!(shop.get(&format!("/payments?{bad}")).await.status(), 400, "{bad}");
    }
    let (mut path, mut seen, mut back) = ("/payments?page_size=25".to_owned(), 0, Vec::new());
    loop {
        let page = shop.get(&path).await.json();
        seen += page["results"].as_array().map_or(0, Vec::len);
        back.push(page["results"].clone());
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => {
                let before = page["previous"].as_str().expect("there is one").to_owned();
                let before = shop.get(&before).await.json();
                assert_eq!(before["results"], back[back.len() - 2]);
                break;
            }
        }
    }
    assert_eq!((seen, back.len()), (60, 3));
}

#[tokio::test]
async fn a_list_is_filtered_and_shows_only_the_applications_own() {
    let shop = Shop::with_payments(20).await;
    let mine = shop.payment(NewWepayPayment {
        reference_id: Some("R 1&é".to_owned()),
        ..NewWepayPayment::default()
    });
    let other = shop.payment(NewWepayPayment {
        app_id: Some("740262".to_owned()),
        reference_id: Some("R 1&é".to_owned()),
        ..NewWepayPayment::default()
    });
    let found = shop.get("/payments?reference_id=R%201%26%C3%A9").await.json();
    let ids: Vec<&str> = found["results"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|payment| payment["id"].as_str())
        .collect();
    assert_eq!(ids, [mine.as_str()]);
    assert_eq!(shop.get(&format!("/payments/{other}")).await.status(), 404);
    let count = async |filter: &str| {
        let page = shop.get(&format!("/payments?page_size=50&{filter}")).await.json();
        page["results"].as_array().map_or(0, Vec::len)
    };
    let mut sum = 0;
    for state in ["pending", "completed", "canceled", "failed"] {
        let page = shop.get(&format!("/payments?page_size=50&status={state}")).await.json();
        let list = page["results"].as_array().expect("a list").clone();
        assert!(list.iter().all(|payment| payment["status"] == state));
        assert!(!list.is_empty(), "a training has all states: {state}");
        sum += list.len();
    }
    assert_eq!((sum, count("minimum_amount=0").await), (21, 21));
    assert_eq!(count("maximum_amount=1").await, 0);
    assert_eq!(count("create_time_start=9999999999").await, 0);
}

#[tokio::test]
async fn notifications_can_be_fetched_newest_first_and_carry_the_whole_resource() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    shop.capture(&id, json!({})).await;
    shop.sandbox.change_wepay_switches(|s| s.refunds.completes_after_ms = Some(0));
    shop.refund(&id, 500).await;
    let page = shop.get("/notifications?page_size=2").await.json();
    let topics: Vec<&str> = page["results"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|notice| notice["topic"].as_str())
        .collect();
    assert_eq!(topics, ["refunds.completed", "payments.completed"]);
    assert_eq!(page.pointer("/results/1/payload/id"), Some(&json!(id)));
    assert_eq!(page.pointer("/results/0/payload/payment/id"), Some(&json!(id)));
    let next = page["next"].as_str().expect("one more");
    let older = shop.get(next).await.json();
    assert_eq!(older.pointer("/results/0/topic"), Some(&json!("payments.created")));
    assert_eq!(older["next"], Value::Null);
    assert_eq!(shop.get("/notifications?status=x").await.status(), 400);
}

#[tokio::test]
async fn the_control_interface_does_all_of_it_too() {
    let shop = Shop::open().await;
    let control = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let bytes = crate::client::bytes(method, &format!("/control/wepay{path}"), &body);
        raw(shop.sandbox.address(), &bytes).await.expect("an answer").json()
    };
    let made =
        control("POST", "/payments", json!({"amount": "12.34", "status": "completed"})).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(made["amount"], "12.34");
    let set = control("POST", &format!("/payments/{id}/set"), json!({"reference_id": "N"})).await;
    assert_eq!(set["reference_id"], "N");
    assert_eq!(control("GET", "/payments", Value::Null).await.as_array().map(Vec::len), Some(1));
    assert_eq!(control("GET", &format!("/payments/{id}"), Value::Null).await["id"], id.as_str());
    let turned =
        control("POST", "/switches", json!({"refunds": {"completes_after_ms": null}})).await;
    assert_eq!(turned["A-WEP-01"]["object"], "amounts");
    shop.refund(&id, 200).await;
    let refund = control("GET", "/refunds", Value::Null).await[0]["id"].as_str().map(str::to_owned);
    let path = format!("/refunds/{}/end", refund.expect("an id"));
    let ended = control("POST", &path, json!({"status": "completed"})).await;
    assert_eq!(ended[0]["status"], "completed");
    assert_eq!(control("POST", "/clock", json!({"forward_s": 60})).await["forward_s"], 60);
    let told = control("GET", "/notification", Value::Null).await;
    assert_eq!(told["topic"], "refunds.completed");
    assert!(control("POST", "/payments", json!({"amount": "1,00"})).await.get("error").is_some());
    assert!(control("POST", "/switches", json!({"A-WEP-99": 1})).await.get("error").is_some());
}
