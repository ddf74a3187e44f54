//! Webhooks: signed, repeated with the same event id until acknowledged.

use std::sync::{Arc, Mutex};

use counterfoil_sandbox::switches::NestedAs;
use counterfoil_sandbox::{ControlError, NewPayment, PaymentStatus, WebhookEvent, WebhookOrder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Till, sign};

/// A receiver that answers with the given statuses in turn; 0 closes without an answer.
async fn receiver(answers: Vec<u16>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        for status in answers {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut text = String::new();
            while !text.ends_with('}') {
                let mut chunk = [0_u8; 4096];
                let read = socket.read(&mut chunk).await.expect("a request");
                text.push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
            kept.lock().expect("not poisoned").push(text);
            if status > 0 {
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
                socket.write_all(answer.as_bytes()).await.expect("answered");
            }
        }
    });
    (url, got)
}

fn parts(request: &str) -> (String, Value) {
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    let signature = head.lines().find_map(|line| line.strip_prefix("X-Signature: "));
    (signature.expect("a signature").to_owned(), serde_json::from_str(body).expect("JSON"))
}

fn order(token: &str, event_value: WebhookEvent, url: &str) -> WebhookOrder {
    WebhookOrder { token: token.to_owned(), event_value, url: url.to_owned() }
}

#[tokio::test]
async fn an_event_is_repeated_until_200_with_the_same_id_and_a_good_signature() {
    let till = Till::open().await;
    till.sandbox.change_switches(|s| s.webhooks.pause_ms = 1);
    let token = till.signed_payment("300.00");
    let (url, got) = receiver(vec![500, 0, 204, 200]).await;
    let order = order(&token, WebhookEvent::Signed, &url);
    let report = till.sandbox.send_webhook(&order).await.expect("sent");
    assert!(report.delivered);
    assert_eq!(report.answers, [Some(500), None, Some(204), Some(200)]);
    let got = got.lock().expect("not poisoned").clone();
    for request in &got {
        let (signature, body) = parts(request);
        assert_eq!(body["event_id"], report.event_id.as_str());
        assert_eq!(body["event_value"], "SIGNED");
        assert_eq!(body["payment_reference"], "26352");
        assert_eq!(body["min_amount_allowed"], "60.00");
        assert!(body["payment_id"].as_str().is_some_and(|id| id.starts_with("PL-")));
        assert!(body.get("additional_data").is_none());
        let members = body.as_object().expect("an object");
        assert_eq!(signature, sign(&till.access.secret, members), "min and max are signed");
    }
}

#[tokio::test]
async fn nobody_acknowledging_ends_after_five_tries() {
    let till = Till::open().await;
    till.sandbox.change_switches(|s| s.webhooks.pause_ms = 1);
    let (url, got) = receiver(vec![500; 9]).await;
    let body = json!({"token": till.pending("300.00"), "event_value": "APPLIED", "url": url});
    let report = till.control("POST", "/bumper/webhook", body).await.json();
    assert_eq!(
        (&report["delivered"], report["answers"].as_array().map(Vec::len)),
        (&json!(false), Some(5))
    );
    assert_eq!(got.lock().expect("not poisoned").len(), 5);
}

#[tokio::test]
async fn a_settled_event_carries_details_and_nested_values_are_signed_by_switch() {
    let till = Till::open().await;
    let new = NewPayment {
        amount: "300.00".into(),
        status: Some(PaymentStatus::Completed),
        additional_data: json!({"key1": "value1"}).as_object().cloned(),
        ..NewPayment::default()
    };
    let token = till.sandbox.create_payment(new).expect("a payment").token;
    let mut signatures = std::collections::BTreeSet::new();
    for nested in
        [NestedAs::LeftOut, NestedAs::PythonRepr, NestedAs::JsonSpaced, NestedAs::JsonCompact]
    {
        till.sandbox.change_switches(|s| s.webhooks.nested = nested);
        let (url, got) = receiver(vec![200]).await;
        let order = order(&token, WebhookEvent::Settled, &url);
        assert!(till.sandbox.send_webhook(&order).await.expect("sent").delivered);
        let (signature, body) = parts(&got.lock().expect("not poisoned")[0]);
        assert_eq!(body["payment_status"], "complete", "as printed in that sample");
        assert_eq!(body["payment_details"]["net_amount"], "294.00");
        assert_eq!(body["additional_data"], json!({"key1": "value1"}));
        let flat = sign(&till.access.secret, body.as_object().expect("an object"));
        assert_eq!(signature == flat, nested == NestedAs::LeftOut, "{nested:?}");
        signatures.insert(signature);
    }
    assert_eq!(signatures.len(), 4);
}

#[tokio::test]
async fn webhooks_go_to_loopback_only_and_speak_of_known_payments() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let abroad = order(&token, WebhookEvent::Signed, "http://10.0.0.1:80/");
    assert_eq!(till.sandbox.send_webhook(&abroad).await, Err(ControlError::BadUrl));
    let unknown = order("nope", WebhookEvent::Signed, "http://127.0.0.1:9/");
    assert_eq!(till.sandbox.send_webhook(&unknown).await, Err(ControlError::UnknownPayment));
}
