//! The control interface does over HTTP what the handle does in the process.

use serde_json::{Value, json};

use crate::client::{Till, start_parameters};

async fn create(till: &Till, body: Value) -> String {
    let made = till.control("POST", "/bumper/payments", body).await;
    assert_eq!(made.status(), 200, "{}", made.text());
    made.json()["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_payment_is_made_paid_settled_and_changed_behind_the_providers_back() {
    let till = Till::open().await;
    let token = create(&till, json!({"amount": "300.00", "customer": "Ada"})).await;
    let act = async |name: &str, body| {
        till.control("POST", &format!("/bumper/payments/{token}/{name}"), body).await
    };
    assert_eq!(act("settle", Value::Null).await.status(), 409, "not paid yet");
    assert_eq!(act("sign", Value::Null).await.json()["status"], "completed");
    assert_eq!(act("sign", Value::Null).await.status(), 409);
    assert_eq!(act("fail", Value::Null).await.status(), 409);
    assert_eq!(act("settle", Value::Null).await.json()["settled"], true);
    assert_eq!(act("complete-redirect", Value::Null).await.status(), 409, "no link");
    let raised = till.update(&token, "350.00").await.json();
    let shown = till.control("GET", &format!("/bumper/payments/{token}"), Value::Null).await.json();
    assert_eq!(shown["redirect_url"], raised["data"]["redirect_url"]);
    assert_eq!(act("complete-redirect", Value::Null).await.json()["amount"], "350.00");
    let set = act("set", json!({"amount": "280.00", "invoice_number": "INV-9"})).await;
    assert_eq!((&set.json()["amount"], &set.json()["paid"]), (&json!("280.00"), &json!("350.00")));
    assert_eq!(till.data(&token).await["invoicenumber"], "INV-9");
    assert_eq!(act("set", json!({"amount": "x"})).await.status(), 400);
    assert_eq!(act("set", json!({"colour": "x"})).await.status(), 422);
    assert_eq!(act("set", json!({"status": "error"})).await.json()["status"], "error");
    let unknown = till.control("POST", "/bumper/payments/nope/sign", Value::Null).await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn ledger_and_requests_are_readable_and_agree_with_the_handle() {
    let till = Till::open().await;
    let started = till.post("/v2/apply/", start_parameters("300.00")).await.json();
    let token = started["data"]["token"].as_str().expect("a token").to_owned();
    till.update(&token, "310.00").await;
    let ledger = till.control("GET", "/ledger", Value::Null).await.json();
    assert_eq!(ledger, serde_json::to_value(till.sandbox.ledger()).expect("JSON"));
    assert_eq!(ledger[1]["kind"], "update");
    assert_eq!((&ledger[0]["seq"], &ledger[1]["seq"]), (&json!(1), &json!(2)));
    let requests = till.control("GET", "/requests", Value::Null).await.json();
    assert_eq!(requests, serde_json::to_value(till.sandbox.received_requests()).expect("JSON"));
    assert_eq!(requests.as_array().map(Vec::len), Some(2), "control is not recorded");
    assert_eq!(requests[1]["body_sha256"], ledger[1]["request_digest"]);
    assert_eq!(requests[1]["signature_valid"], true);
    let text = requests.to_string();
    assert!(!text.contains("signature="), "no query is kept: {text}");
}

#[tokio::test]
async fn faults_are_set_listed_and_cleared() {
    let till = Till::open().await;
    let rule = json!({"command": "status", "fault": "html_502", "times": 2});
    assert_eq!(till.control("POST", "/faults", rule).await.json()[0]["times"], 2);
    assert_eq!(till.status("x").await.status(), 502);
    assert_eq!(till.control("GET", "/faults", Value::Null).await.json()[0]["times"], 1);
    assert_eq!(till.control("DELETE", "/faults", Value::Null).await.json(), json!([]));
    assert_eq!(till.status("x").await.status(), 400);
    assert_eq!(till.control("POST", "/faults", json!({"fault": "nonsense"})).await.status(), 422);
}

#[tokio::test]
async fn switches_named_after_assumptions_are_merged_and_misspellings_refused() {
    let till = Till::open().await;
    let change = json!({"A-BUM-01": {"http_status": 200}, "editions": {"plain_amounts": true}});
    let now = till.control("POST", "/switches", change).await.json();
    assert_eq!(now["A-BUM-01"]["http_status"], 200);
    assert_eq!(now["editions"]["headers_required"], true, "others stay");
    till.control("POST", "/switches", json!({"A-BUM-03": {"refund_cap": "per_request"}})).await;
    let now = till.control("GET", "/switches", Value::Null).await.json();
    assert_eq!(
        (&now["A-BUM-01"]["http_status"], &now["A-BUM-03"]["refund_cap"]),
        (&json!(200), &json!("per_request"))
    );
    for id in 1..=17 {
        assert!(now.get(format!("A-BUM-{id:02}")).is_some(), "{id}");
    }
    for wrong in [json!({"A-BUM-99": {}}), json!({"A-BUM-01": {"status": 200}}), json!([])] {
        assert_eq!(till.control("POST", "/switches", wrong).await.status(), 400);
    }
}

#[tokio::test]
async fn control_takes_json_only_and_knows_its_paths() {
    let till = Till::open().await;
    let form = "POST /control/line HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n\
                Content-Length: 12\r\nConnection: close\r\n\r\n{\"up\":false}";
    let reply = crate::client::raw(till.address(), form.as_bytes()).await.expect("an answer");
    assert_eq!(reply.status(), 415, "a web page of another origin cannot send this");
    assert_eq!(till.control("GET", "/nonsense", Value::Null).await.status(), 404);
    assert_eq!(till.control("PUT", "/ledger", Value::Null).await.status(), 405);
}
