//! Moyasar's commands as its pages describe them, over loopback.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_sandbox::moyasar_switches::PutBody;
use counterfoil_sandbox::{
    Command, EffectKind, FaultKind, FaultRule, MoyasarEvent, MoyasarOrder, MoyasarStatus,
    NewMoyasarPayment, Sandbox, SandboxOptions,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Reply, raw};

/// A sandbox, asked as its first merchant.
struct Shop {
    sandbox: Sandbox,
    key: String,
}

impl Shop {
    async fn open() -> Self {
        Self::with_payments(0).await
    }

    async fn with_payments(payments: usize) -> Self {
        let options = SandboxOptions { payments, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let key = sandbox.moyasar().secret_key;
        Self { sandbox, key }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let credentials = STANDARD.encode(format!("{}:", self.key));
        let headers = format!("Authorization: Basic {credentials}\r\n");
        self.ask_with(method, path, body, &headers).await
    }

    async fn ask_with(&self, method: &str, path: &str, body: &str, headers: &str) -> Reply {
        let request = format!(
            "{method} /moyasar/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        raw(self.sandbox.address(), request.as_bytes()).await.expect("an exchange")
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.ask("GET", path, "").await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        reply.json()
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask("POST", path, &body).await
    }

    fn payment(&self, status: MoyasarStatus) -> String {
        self.make(NewMoyasarPayment { status: Some(status), ..NewMoyasarPayment::default() })
    }

    fn make(&self, new: NewMoyasarPayment) -> String {
        let amount = if new.amount.is_empty() { "70.00".to_owned() } else { new.amount.clone() };
        let made = self.sandbox.create_moyasar_payment(NewMoyasarPayment { amount, ..new });
        made.expect("a payment").id
    }

    fn effects(&self, kind: EffectKind) -> usize {
        let ledger = self.sandbox.ledger();
        ledger.iter().filter(|effect| effect.provider == "moyasar" && effect.kind == kind).count()
    }
}

fn message(reply: &Reply) -> String {
    let json = reply.json();
    assert!(json["type"].is_string() && json.get("errors").is_some(), "{json}");
    json["message"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn the_key_is_the_user_name_and_decides_what_may_be_done() {
    let shop = Shop::open().await;
    let id = shop.payment(MoyasarStatus::Paid);
    let access = shop.sandbox.moyasar();
    let header = |plain: String| format!("Authorization: Basic {}\r\n", STANDARD.encode(plain));
    let path = format!("/payments/{id}");
    let read = async |headers: String| {
        let reply = shop.ask_with("GET", &path, "", &headers).await;
        (reply.status(), reply.json()["type"].as_str().unwrap_or("payment").to_owned())
    };
    let auth = |status: u16| (status, "authentication_error".to_owned());
    assert_eq!(read(header(format!("{}:", access.secret_key))).await.0, 200);
    for wrong in [
        String::new(),
        header(access.secret_key.clone()),
        header(format!("{}:x", access.secret_key)),
        header(format!(":{}", access.secret_key)),
        header("sk_test_other:".to_owned()),
        format!("Authorization: Bearer {}\r\n", access.secret_key),
    ] {
        assert_eq!(read(wrong.clone()).await, auth(401), "{wrong}");
    }
    let weak = header(format!("{}:", access.publishable_key));
    for (method, tail) in
        [("GET", ""), ("PUT", ""), ("POST", "/refund"), ("POST", "/capture"), ("POST", "/void")]
    {
        let reply = shop.ask_with(method, &format!("{path}{tail}"), "", &weak).await;
        assert_eq!(reply.status(), 403, "{method} {tail}");
    }
    assert_eq!(shop.ask_with("GET", "/payments", "", &weak).await.status(), 403);
    shop.sandbox.change_moyasar_switches(|s| s.editions.weak_key_is_401 = true);
    assert_eq!(read(weak).await, auth(401));
    let live = header(format!("{}:", access.live_key));
    assert_eq!(read(live).await, (405, "account_inactive_error".to_owned()));
    let other = header(format!("{}:", shop.sandbox.moyasar_other().secret_key));
    assert_eq!(read(other).await, (404, "invalid_request_error".to_owned()));
    assert_eq!(shop.effects(EffectKind::Refund) + shop.effects(EffectKind::Update), 0);
}

#[tokio::test]
async fn a_payment_is_printed_as_on_the_page() {
    let shop = Shop::open().await;
    let id = shop.make(NewMoyasarPayment {
        amount: "70.50".to_owned(),
        status: Some(MoyasarStatus::Captured),
        captured: Some("50.00".to_owned()),
        description: Some("Order 17".to_owned()),
        metadata: json!({"order": "17"}).as_object().cloned().expect("an object"),
        ..NewMoyasarPayment::default()
    });
    let shown = shop.get(&format!("/payments/{id}")).await;
    for (name, value) in [
        ("id", json!(id)),
        ("status", json!("captured")),
        ("amount", json!(7050)),
        ("captured", json!(5000)),
        ("refunded", json!(0)),
        ("currency", json!("SAR")),
        ("amount_format", json!("70.50 SAR")),
        ("captured_format", json!("50 SAR")),
        ("description", json!("Order 17")),
        ("metadata", json!({"order": "17"})),
        ("ip", json!(null)),
        ("refunded_at", json!(null)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(shown["captured_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(shown["source"]["type"], "creditcard");
    let missing = shop.ask("GET", "/payments/00000000-0000-4000-8000-000000000000", "").await;
    assert_eq!((missing.status(), message(&missing)), (404, "Payment not found".to_owned()));
    for path in ["/payments/", "/payments/x/y/z", "/payment", "/invoices"] {
        assert_eq!(shop.ask("GET", path, "").await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_update_is_answered_in_each_shape_and_never_changes_an_amount() {
    let shop = Shop::open().await;
    let id = shop.payment(MoyasarStatus::Paid);
    let path = format!("/payments/{id}");
    let body = |text: &str| json!({"description": text, "amount": 1, "status": "voided"});
    for (shape, status, answered) in [
        (PutBody::Full, 200, json!("a")),
        (PutBody::Before, 200, json!("a")),
        (PutBody::Empty200, 200, json!(null)),
        (PutBody::NoContent204, 204, json!(null)),
    ] {
        shop.sandbox.change_moyasar_switches(|s| s.bodies.put_body = shape);
        let text = if shape == PutBody::Full { "a" } else { "b" };
        let reply = shop.ask("PUT", &path, &body(text).to_string()).await;
        assert_eq!(reply.status(), status);
        let empty = reply.body().is_empty();
        assert_eq!(empty, answered.is_null(), "{shape:?}");
        if !empty {
            assert_eq!(reply.json()["description"], answered, "{shape:?}");
        }
        let shown = shop.get(&path).await;
        assert_eq!((&shown["amount"], &shown["status"]), (&json!(7000), &json!("paid")));
        assert_eq!(shown["description"], text);
    }
    assert_eq!(shop.effects(EffectKind::Update), 4);
    shop.sandbox.change_moyasar_switches(|s| s.unknown_fields.refused = true);
    let refused = shop.ask("PUT", &path, &body("c").to_string()).await;
    assert_eq!((refused.status(), message(&refused)), (400, "Validation Failed".to_owned()));
    assert_eq!(shop.effects(EffectKind::Update), 4);
}

#[tokio::test]
async fn a_form_says_the_same_as_json() {
    let shop = Shop::open().await;
    let id = shop.payment(MoyasarStatus::Paid);
    let credentials = STANDARD.encode(format!("{}:", shop.key));
    let headers = format!(
        "Authorization: Basic {credentials}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    );
    let path = format!("/payments/{id}");
    let texts = "description=Order%2018&metadata%5BOrder%20no%5D=1%262";
    let reply = shop.ask_with("PUT", &path, texts, &headers).await.json();
    assert_eq!(reply["description"], "Order 18");
    assert_eq!(reply["metadata"], json!({"Order no": "1&2"}));
    let back = shop.ask_with("POST", &format!("{path}/refund"), "amount=300", &headers).await;
    assert_eq!(back.json()["refunded"], 300);
    let text = shop.post(&format!("{path}/refund"), json!({"amount": "300"})).await;
    assert_eq!(text.status(), 400, "in JSON an amount is a number");
}

#[tokio::test]
async fn two_equal_refunds_are_two_refunds_whatever_key_they_carry() {
    let shop = Shop::open().await;
    shop.sandbox.change_moyasar_switches(|s| {
        s.partial_refunds.become_refunded = false;
        s.partial_refunds.second_allowed = true;
    });
    let path = format!("/payments/{}/refund", shop.payment(MoyasarStatus::Paid));
    let credentials = STANDARD.encode(format!("{}:", shop.key));
    let headers = format!(
        "Authorization: Basic {credentials}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: 1\r\n"
    );
    for sum in [300, 600] {
        let reply = shop.ask_with("POST", &path, r#"{"amount":300}"#, &headers).await.json();
        assert_eq!((&reply["refunded"], &reply["status"]), (&json!(sum), &json!("paid")));
    }
    assert_eq!(shop.effects(EffectKind::Refund), 2);
    let effect = shop.sandbox.ledger().pop().expect("an effect");
    assert_eq!(effect.amount.as_deref(), Some("3.00"));
    let rest = shop.post(&path, Value::Null).await.json();
    assert_eq!((&rest["refunded"], &rest["status"]), (&json!(7000), &json!("refunded")));
    let over = shop.post(&path, json!({"amount": 1})).await;
    assert_eq!(message(&over), "Only paid or captured payments can be refunded.");
    for bad in [json!({"amount": 0}), json!({"amount": -1}), json!({"amount": 1.5}), json!([1])] {
        let path = format!("/payments/{}/refund", shop.payment(MoyasarStatus::Paid));
        assert_eq!(shop.post(&path, bad.clone()).await.status(), 400, "{bad}");
    }
}

#[tokio::test]
async fn captures_and_voids_may_be_answered_with_nothing() {
    let shop = Shop::open().await;
    let path = |id: &str, act: &str| format!("/payments/{id}/{act}");
    let id = shop.payment(MoyasarStatus::Authorized);
    let taken = shop.post(&path(&id, "capture"), json!({"amount": 5000})).await.json();
    assert_eq!((&taken["status"], &taken["captured"]), (&json!("captured"), &json!(5000)));
    shop.sandbox.change_moyasar_switches(|s| s.bodies.empty_commands = true);
    let id = shop.payment(MoyasarStatus::Authorized);
    let reply = shop.post(&path(&id, "void"), Value::Null).await;
    assert_eq!((reply.status(), reply.body().as_str()), (200, ""));
    assert_eq!(shop.get(&format!("/payments/{id}")).await["status"], "voided");
    let id = shop.payment(MoyasarStatus::Authorized);
    shop.sandbox.let_moyasar_payment_go(&id).expect("held");
    assert_eq!(shop.post(&path(&id, "capture"), json!({})).await.status(), 400);
    assert_eq!(shop.get(&format!("/payments/{id}")).await["status"], "authorized");
    assert_eq!((shop.effects(EffectKind::Capture), shop.effects(EffectKind::Void)), (1, 1));
}

#[tokio::test]
async fn a_declined_card_makes_a_failed_payment_and_a_given_id_is_the_id() {
    let shop = Shop::open().await;
    let id = "11111111-1111-4111-8111-111111111111";
    let body = |number: &str| {
        json!({"amount": 100, "currency": "SAR", "given_id": id,
               "source": {"type": "creditcard", "number": number}})
    };
    let failed = shop.post("/payments", body("4201321234411220")).await;
    assert_eq!((failed.status(), &failed.json()["status"]), (201, &json!("failed")));
    assert_eq!(failed.json()["id"], id);
    let again = shop.post("/payments", body("4111111111111111")).await;
    assert_eq!(again.status(), 400);
    shop.sandbox.change_moyasar_switches(|s| s.given_id.repeat_answers_payment = true);
    let again = shop.post("/payments", body("4111111111111111")).await;
    assert_eq!((again.status(), &again.json()["status"]), (201, &json!("failed")));
    assert_eq!(shop.effects(EffectKind::Start), 1);
}

#[tokio::test]
async fn a_list_has_forty_to_a_page_newest_first_and_says_where_it_ends() {
    let shop = Shop::with_payments(95).await;
    let mut ids = Vec::new();
    for (page, count, next) in [(1, 40, json!(2)), (2, 40, json!(3)), (3, 15, json!(null))] {
        let shown = shop.get(&format!("/payments?page={page}&per=5&per_page=5")).await;
        let payments = shown["payments"].as_array().expect("a list").clone();
        assert_eq!((payments.len(), &shown["meta"]["next_page"]), (count, &next));
        assert_eq!(shown["meta"]["current_page"], page);
        assert_eq!(shown["meta"]["total_count"], 95);
        ids.extend(payments.iter().map(|p| (p["created_at"].to_string(), p["id"].to_string())));
    }
    let newest_first = ids.windows(2).all(|pair| pair[0].0 >= pair[1].0);
    assert!(newest_first && ids.len() == 95);
    assert_eq!(shop.get("/payments?page=4").await["payments"], json!([]));
    assert_eq!(shop.ask("GET", "/payments?page=0", "").await.status(), 400);
    let other = shop.sandbox.moyasar_other().secret_key;
    let shop = Shop { key: other, ..shop };
    assert_eq!(shop.get("/payments").await["payments"], json!([]));
}

#[tokio::test]
async fn a_list_is_filtered_and_bounds_are_inclusive() {
    let shop = Shop::open().await;
    let metadata = |text: &str| json!({"Order no": text}).as_object().cloned().expect("an object");
    let one = shop.make(NewMoyasarPayment {
        metadata: metadata("1&2"),
        age_ms: 60_000,
        ..NewMoyasarPayment::default()
    });
    let two = shop.make(NewMoyasarPayment {
        metadata: metadata("3"),
        status: Some(MoyasarStatus::Paid),
        ..NewMoyasarPayment::default()
    });
    let ids = async |query: String| {
        let shown = shop.get(&format!("/payments?{query}")).await;
        let list = shown["payments"].as_array().expect("a list").clone();
        list.iter().map(|p| p["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let (both, none): (_, Vec<String>) = (vec![two.clone(), one.clone()], Vec::new());
    assert_eq!(ids(String::new()).await, both);
    assert_eq!(ids("metadata%5BOrder%20no%5D=1%262".to_owned()).await, [one.as_str()]);
    assert_eq!(ids("metadata[order%20no]=3".to_owned()).await, none, "keys tell cases apart");
    assert_eq!(ids("status=paid".to_owned()).await, [two.as_str()]);
    assert_eq!(ids(format!("id={one}")).await, [one.as_str()]);
    assert_eq!(ids("card_last_digits=1010".to_owned()).await, both);
    assert_eq!(ids("card_last_digits=1011".to_owned()).await, none);
    let shown = shop.get(&format!("/payments/{two}")).await;
    let at = shown["created_at"].as_str().expect("a moment").to_owned();
    let receipt = shown["source"]["reference_number"].as_str().expect("digits").to_owned();
    assert_eq!(ids(format!("receipt_no={receipt}")).await, [two.as_str()]);
    assert_eq!(ids(format!("created%5Bgt%5D={at}")).await, [two.as_str()], "inclusive");
    assert!(ids(format!("created%5Blt%5D={at}")).await.contains(&two), "inclusive");
    shop.ask("PUT", &format!("/payments/{one}"), r#"{"description":"later"}"#).await;
    assert_eq!(ids(format!("updated%5Bgt%5D={at}")).await, both, "an update counts");
    assert_eq!(ids("updated%5Blt%5D=2020-01-01".to_owned()).await, none);
    let bad = shop.ask("GET", "/payments?created%5Bgt%5D=yesterday", "").await;
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn faults_strike_before_and_after_the_effect() {
    let shop = Shop::open().await;
    let acts = [
        (Command::Refund, "POST", "/refund", MoyasarStatus::Paid, EffectKind::Refund),
        (Command::Capture, "POST", "/capture", MoyasarStatus::Authorized, EffectKind::Capture),
        (Command::Void, "POST", "/void", MoyasarStatus::Authorized, EffectKind::Void),
        (Command::Relabel, "PUT", "", MoyasarStatus::Paid, EffectKind::Update),
    ];
    for (command, method, tail, status, kind) in acts {
        for (fault, applied) in [
            (FaultKind::DropBeforeApply, 0),
            (FaultKind::ApplyThenDrop, 1),
            (FaultKind::Error500AfterApply, 1),
            (FaultKind::Empty200, 1),
            (FaultKind::Html502, 0),
            (FaultKind::Http429, 0),
        ] {
            let path = format!("/payments/{}{tail}", shop.payment(status));
            let before = shop.effects(kind);
            shop.sandbox.set_fault(FaultRule::on(command, fault).once());
            let reply = shop.ask(method, &path, r#"{"description":"x"}"#).await;
            assert_eq!(shop.effects(kind) - before, applied, "{command:?} {fault:?}");
            let dropped = matches!(fault, FaultKind::DropBeforeApply | FaultKind::ApplyThenDrop);
            assert_eq!(reply.raw.is_empty(), dropped, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn answers_can_lie_about_what_they_are_about() {
    let shop = Shop::open().await;
    let id = shop.payment(MoyasarStatus::Paid);
    let path = format!("/payments/{id}");
    let under = async |fault: FaultKind, value: Option<&str>| {
        let mut rule = FaultRule::on(Command::Status, fault).once();
        rule.value = value.map(str::to_owned);
        shop.sandbox.set_fault(rule);
        shop.get(&path).await
    };
    assert_eq!(under(FaultKind::UnknownStatusValue, None).await["status"], "awaiting_review");
    assert_ne!(under(FaultKind::WrongEcho, None).await["id"], json!(id));
    assert_eq!(under(FaultKind::WrongEcho, Some("amount")).await["amount"], 7777);
    assert!(under(FaultKind::SuccessMissing, None).await.get("status").is_none());
    assert_eq!(under(FaultKind::SuccessAsText, None).await["amount"], "7000");
    assert!(under(FaultKind::ExtraKeys, None).await["risk"].is_object());
}

#[tokio::test]
async fn throttling_is_told_as_text_or_with_a_waiting_time() {
    let shop = Shop::open().await;
    shop.sandbox.change_moyasar_switches(|s| s.rate.max_per_second = Some(1));
    let began = Instant::now();
    let asked = async || {
        let replies =
            [shop.ask("GET", "/payments", "").await, shop.ask("GET", "/payments", "").await];
        replies.into_iter().find(|reply| reply.status() == 429)
    };
    let throttled = asked().await.expect("two in a second");
    assert_eq!(throttled.body(), "Too Many Requests");
    assert_eq!(throttled.header("retry-after"), None);
    shop.sandbox.change_moyasar_switches(|s| s.rate.retry_after = Some(7));
    let throttled = asked().await.expect("two in a second");
    assert_eq!(throttled.header("retry-after").as_deref(), Some("7"));
    assert_eq!(throttled.json()["type"], "rate_limit_error");
    assert!(began.elapsed() < Duration::from_secs(10));
}

/// Takes webhooks and answers each with the next of these statuses.
async fn listener(statuses: Vec<u16>) -> (SocketAddr, tokio::task::JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let mut heard = Vec::new();
        for status in statuses {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut text = String::new();
            let mut chunk = [0; 4096];
            while !text.ends_with('}') {
                let read = socket.read(&mut chunk).await.expect("bytes");
                text.push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
            let body = text.split_once("\r\n\r\n").expect("a body").1;
            heard.push(serde_json::from_str(body).expect("JSON"));
            let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
            socket.write_all(answer.as_bytes()).await.expect("sent");
        }
        heard
    });
    (address, task)
}

#[tokio::test]
async fn a_webhook_carries_the_shared_secret_and_is_repeated_until_it_is_taken() {
    let shop = Shop::open().await;
    shop.sandbox.change_moyasar_switches(|s| {
        s.webhooks.pause_ms = 1;
        s.webhooks.misspelt = true;
    });
    let id = shop.payment(MoyasarStatus::Failed);
    let (address, heard) = listener(vec![500, 302, 204]).await;
    let order = MoyasarOrder {
        id: id.clone(),
        event: MoyasarEvent::PaymentFailed,
        url: format!("http://{address}/hook"),
        secret_token: None,
    };
    let report = shop.sandbox.send_moyasar_webhook(&order).await.expect("sent");
    assert!(report.delivered);
    assert_eq!(report.answers, [Some(500), Some(302), Some(204)]);
    let heard = heard.await.expect("three of them");
    assert!(heard.iter().all(|event| event["id"] == report.event_id.as_str()));
    let event = &heard[0];
    assert_eq!(event["type"], "payment_faild");
    assert_eq!(event["secret_token"], shop.sandbox.moyasar().webhook_secret.as_str());
    assert_eq!((&event["data"]["id"], &event["live"]), (&json!(id), &json!(false)));
    let order: Result<MoyasarOrder, _> = serde_json::from_value(
        json!({"id": id, "event": "payment_faild", "url": "http://127.0.0.1:1/"}),
    );
    let report = shop.sandbox.send_moyasar_webhook(&order.expect("taken")).await.expect("sent");
    assert_eq!((report.delivered, report.answers), (false, vec![None; 6]));
}

#[tokio::test]
async fn the_control_interface_does_what_the_handle_does() {
    let shop = Shop::open().await;
    let control = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let target = format!("/control/moyasar{path}");
        let request = crate::client::bytes(method, &target, &body);
        raw(shop.sandbox.address(), &request).await.expect("an exchange")
    };
    let new = json!({"amount": "70.00", "manual": true, "customer": "Noura"});
    let made = control("POST", "/payments", new).await.json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!(made["status"], "initiated");
    let paid = control("POST", &format!("/payments/{id}/pay"), Value::Null).await.json();
    assert_eq!(paid["status"], "authorized");
    let gone = control("POST", &format!("/payments/{id}/let-go"), Value::Null).await.json();
    assert_eq!((&gone["dead"], &gone["status"]), (&json!(true), &json!("authorized")));
    let set = json!({"status": "captured", "captured": "50.00", "refunded": "1.00"});
    let set = control("POST", &format!("/payments/{id}/set"), set).await.json();
    assert_eq!((&set["captured"], &set["refunded"]), (&json!("50.00"), &json!("1.00")));
    let settled = control("POST", &format!("/payments/{id}/settle"), Value::Null).await.json();
    assert_eq!(settled["settled"], true);
    let failed = control("POST", &format!("/payments/{id}/fail"), Value::Null).await;
    assert_eq!(failed.status(), 409);
    assert_eq!(control("GET", "/payments/none", Value::Null).await.status(), 404);
    let turned = control("POST", "/switches", json!({"A-MOY-02": {"replace": true}})).await.json();
    assert_eq!(
        (&turned["A-MOY-02"]["replace"], turned["A-MOY-01"].is_object()),
        (&json!(true), true)
    );
    assert!(shop.sandbox.moyasar_switches().metadata.replace);
    let bad = control("POST", "/payments", json!({"amount": "7.005"})).await;
    assert_eq!(bad.status(), 400);
    assert_eq!(control("GET", "/payments", Value::Null).await.json()[0]["id"], id);
}

#[tokio::test]
async fn the_made_up_payments_are_known_and_can_be_worked_with() {
    let shop = Shop::with_payments(60).await;
    let payments = shop.sandbox.moyasar_payments();
    assert_eq!(payments.len(), 60);
    let first = |status: MoyasarStatus| {
        let found = payments.iter().find(|p| p.status == status && !p.settled);
        found.expect("one of these").id.clone()
    };
    let held = payments.iter().filter(|p| p.status == MoyasarStatus::Authorized);
    for payment in held {
        let path = format!("/payments/{}/capture", payment.id);
        assert_eq!(shop.post(&path, json!({})).await.status(), 200, "young enough");
    }
    let path = format!("/payments/{}/refund", first(MoyasarStatus::Paid));
    assert_eq!(shop.post(&path, json!({"amount": 100})).await.status(), 200);
    let path = format!("/payments/{}/refund", first(MoyasarStatus::Captured));
    assert_eq!(shop.post(&path, json!({})).await.status(), 200);
}
