//! WePay as its pages describe it, seen by a client that knows nothing but HTTP.

mod keys;
mod lists;
mod payments;
mod refunds;

use std::cell::RefCell;

use counterfoil_sandbox::{
    ClockAhead, NewWepayPayment, Sandbox, SandboxOptions, WepayAccess, WepayStatus,
};
use serde_json::{Value, json};

use crate::client::{Reply, raw};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

struct Shop {
    sandbox: Sandbox,
    access: WepayAccess,
    keys: RefCell<u32>,
}

impl Shop {
    async fn open() -> Self {
        Self::with_payments(0).await
    }

    async fn with_payments(payments: usize) -> Self {
        let options = SandboxOptions { payments, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
        let access = sandbox.wepay();
        Self { sandbox, access, keys: RefCell::new(0) }
    }

    fn payment(&self, new: NewWepayPayment) -> String {
        let amount = if new.amount.is_empty() { "100.00".to_owned() } else { new.amount.clone() };
        let made = self.sandbox.create_wepay_payment(NewWepayPayment { amount, ..new });
        made.expect("a payment").id
    }

    fn waiting(&self) -> String {
        self.payment(NewWepayPayment::default())
    }

    fn with_card(&self) -> String {
        self.payment(NewWepayPayment { card_present: true, ..NewWepayPayment::default() })
    }

    fn completed(&self) -> String {
        let status = Some(WepayStatus::Completed);
        self.payment(NewWepayPayment { status, ..NewWepayPayment::default() })
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let lines: String =
            headers.iter().map(|(name, text)| format!("{name}: {text}\r\n")).collect();
        let bytes = format!(
            "{method} /wepay{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        raw(self.sandbox.address(), bytes.as_bytes()).await.expect("an answer")
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        vec![
            ("App-Id", &self.access.app_id),
            ("App-Token", &self.access.app_token),
            ("Api-Version", "3.2"),
            ("Content-Type", "application/json"),
        ]
    }

    async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &self.headers(), "").await
    }

    async fn keyed(&self, path: &str, key: &str, body: &Value) -> Reply {
        let mut headers = self.headers();
        headers.push(("Unique-Key", key));
        self.send("POST", path, &headers, &body.to_string()).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let key = {
            let mut keys = self.keys.borrow_mut();
            *keys += 1;
            format!("key-{keys}")
        };
        self.keyed(path, &key, &body).await
    }

    async fn update(&self, id: &str, body: Value) -> Reply {
        self.post(&format!("/payments/{id}"), body).await
    }

    async fn adjust(&self, id: &str, minor: i64) -> Reply {
        self.update(id, json!({"amounts": {"total_amount": minor, "currency": "USD"}})).await
    }

    async fn capture(&self, id: &str, body: Value) -> Reply {
        self.post(&format!("/payments/{id}/capture"), body).await
    }

    async fn cancel(&self, id: &str) -> Reply {
        self.post(&format!("/payments/{id}/cancel"), json!({"cancel_reason": "duplicate"})).await
    }

    async fn refund(&self, id: &str, minor: i64) -> Reply {
        self.post("/refunds", refund_of(id, minor)).await
    }

    fn forward(&self, seconds: i64) {
        self.sandbox.put_wepay_clock_forward(ClockAhead { forward_s: seconds });
    }

    fn effects(&self, kind: &str) -> usize {
        self.sandbox.ledger().iter().filter(|effect| effect.kind == kind).count()
    }

    fn status(&self, id: &str) -> WepayStatus {
        self.sandbox.wepay_payment(id).expect("known").status
    }
}

fn refund_of(id: &str, minor: i64) -> Value {
    json!({"payment_id": id, "refund_reason": "goods returned",
           "amounts": {"total_amount": minor, "currency": "USD"}})
}

fn reason(reply: &Reply) -> String {
    let body = reply.json();
    let code = body["error_code"].as_str().unwrap_or_default().to_owned();
    match body.pointer("/details/0/reason_code").and_then(Value::as_str) {
        Some(reason) => format!("{code}.{reason}"),
        None => code,
    }
}

fn is_envelope(body: &Value) -> bool {
    let details = body["details"].as_array().expect("details");
    body["error_code"].is_string()
        && body["error_message"].is_string()
        && details.iter().all(|detail| {
            detail["message"].is_string()
                && detail["reason_code"].is_string()
                && detail["target"].is_array()
                && detail["target_type"].is_string()
        })
}
