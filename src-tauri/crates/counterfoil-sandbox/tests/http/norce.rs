//! Norce over loopback: the order service, the adapters, and the driver that asks an adapter of
//! somebody else's.

use std::net::SocketAddr;

use counterfoil_sandbox::{
    Command, FaultKind, FaultRule, HookDrive, NewNorceOrder, NewNorcePayment, NorceAccess,
    NorceChange, Sandbox, SandboxOptions,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Reply, raw};

/// A sandbox and one shop of it.
struct Shop {
    sandbox: Sandbox,
    access: NorceAccess,
}

const ORDERS: &str = "/order/api/v1/checkout/orders";

impl Shop {
    async fn open() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.expect("a free port");
        let access = sandbox.norce();
        Self { sandbox, access }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.send_as(&self.access, method, path, body, "").await
    }

    async fn send_as(
        &self,
        access: &NorceAccess,
        method: &str,
        path: &str,
        body: &str,
        more: &str,
    ) -> Reply {
        let request = format!(
            "{method} /norce/checkout{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
             Authorization: Bearer {}\r\nx-merchant: {}\r\nx-channel: {}\r\n\
             Content-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\
             \r\n{body}",
            access.token,
            access.options.merchant,
            access.options.channel,
            body.len()
        );
        raw(self.sandbox.address(), request.as_bytes()).await.expect("an exchange")
    }

    /// An order of 25 with one payment of 25 in this state; the ids of both.
    fn order(&self, state: &str, status: &str) -> (String, String) {
        let payment = NewNorcePayment {
            state: Some(state.to_owned()),
            reference: Some("linked-1".to_owned()),
            ..NewNorcePayment::default()
        };
        let new = NewNorceOrder {
            total: "25.00".to_owned(),
            reference: Some("SO-1".to_owned()),
            status: Some(status.to_owned()),
            payments: vec![payment],
            ..NewNorceOrder::default()
        };
        let order = self.sandbox.create_norce_order(&new).expect("an order");
        (text(&order, "/id"), text(&order, "/payments/0/id"))
    }

    fn look(&self, order_id: &str) -> Value {
        self.sandbox.norce_order(order_id).expect("an order")["order"].clone()
    }

    fn effects(&self, kind: &str) -> usize {
        self.sandbox.ledger().iter().filter(|effect| effect.kind == kind).count()
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned()
}

/// The payment as it stands, with another amount.
fn with_amount(order: &Value, amount: Value) -> String {
    let mut payment = order["payments"][0].clone();
    payment["amount"] = amount;
    payment.to_string()
}

#[tokio::test]
async fn who_is_not_proved_gets_401_and_who_is_somebody_else_sees_nothing() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}");
    assert_eq!(shop.send("GET", &path, "").await.status(), 200);
    assert_eq!(shop.send("GET", &path.replace("v1", "v0"), "").await.status(), 200);
    for access in [shop.sandbox.norce_second_channel(), shop.sandbox.norce_other()] {
        assert_eq!(shop.send_as(&access, "GET", &path, "", "").await.status(), 404);
    }
    let mut access = shop.access.clone();
    access.options.channel = String::new();
    assert_eq!(shop.send_as(&access, "GET", &path, "", "").await.status(), 400);
    access = shop.access.clone();
    access.token.push('x');
    let refused = shop.send_as(&access, "GET", &path, "", "").await;
    assert_eq!((refused.status(), refused.json()["code"].as_str()), (401, Some("unauthorized")));
    let stranger = NorceAccess { token: shop.sandbox.norce_other().token, ..shop.access.clone() };
    assert_eq!(shop.send_as(&stranger, "GET", &path, "", "").await.status(), 404);
}

#[tokio::test]
async fn a_payment_is_put_whole_and_its_order_moves_on() {
    let shop = Shop::open().await;
    let (id, payment_id) = shop.order("intent", "checkout");
    let before = shop.look(&id);
    let path = format!("{ORDERS}/{id}/payments/{payment_id}");
    let put = shop.send("PUT", &path, &with_amount(&before, json!(15.5))).await;
    assert_eq!((put.status(), put.json()["amount"].clone()), (200, json!(15.5)));
    let after = shop.look(&id);
    assert_ne!(after["lastModified"], before["lastModified"]);
    assert_eq!(shop.effects("update"), 1);
    for bad in [json!(25.01), json!(-1), json!("15"), json!(null)] {
        let refused = shop.send("PUT", &path, &with_amount(&after, bad.clone())).await;
        assert_eq!(refused.status(), 400, "{bad}");
    }
    let partly = shop.send("PUT", &path, r#"{"amount":10}"#).await;
    assert_eq!(partly.status(), 200);
    assert_eq!(shop.look(&id)["payments"][0].get("adapterId"), None, "what is left out is gone");
}

#[tokio::test]
async fn a_reference_is_a_bare_text_and_attributes_are_merged() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}/reference");
    let put = shop.send("PUT", &path, "\"SO-9\"").await;
    assert_eq!((put.status(), put.body().as_str()), (200, ""));
    let wrong = shop.send("PUT", &path, r#"{"reference":"x"}"#).await;
    assert_eq!(wrong.status(), 400);
    let path = format!("{ORDERS}/{id}/attributes");
    assert_eq!(shop.send("PATCH", &path, r#"{"a":"1","b":"2"}"#).await.status(), 200);
    assert_eq!(shop.send("PATCH", &path, r#"{"a":null,"c":"3"}"#).await.status(), 200);
    let order = shop.look(&id);
    assert_eq!(order["reference"], "SO-9");
    assert_eq!(order["attributes"], json!({"b": "2", "c": "3"}));
}

#[tokio::test]
async fn an_order_outside_of_checkout_takes_no_change_unless_the_switch_says_so() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("captured", "completed");
    let path = format!("{ORDERS}/{id}/reference");
    assert_eq!(shop.send("PUT", &path, "\"SO-9\"").await.status(), 409);
    shop.sandbox.change_norce_switches(|s| s.editable.checkout_only = false);
    assert_eq!(shop.send("PUT", &path, "\"SO-9\"").await.status(), 200);
}

#[tokio::test]
async fn a_page_is_cut_where_it_was_asked_to_be() {
    let shop = Shop::open().await;
    let ids: Vec<String> = (0..5).map(|_| shop.order("intent", "checkout").0).collect();
    let page = |query: &'static str| {
        let shop = &shop;
        async move { shop.send("GET", &format!("{ORDERS}?{query}"), "").await.json() }
    };
    let first = page("limit=2&offset=2&order_by=created&order_by_direction=asc").await;
    assert_eq!(first["data"][0]["id"], json!(ids[2]));
    let pagination = json!({"limit": 2, "offset": 2, "size": 2, "totalSize": 5});
    assert_eq!(first["pagination"], pagination);
    assert_eq!(page("limit=9&offset=9").await["data"], json!([]));
    assert_eq!(page("reference=SO-1").await["pagination"]["totalSize"], 5);
    assert_eq!(page("reference=SO-2").await["pagination"]["totalSize"], 0);
    assert_eq!(page("date_from=2999-01-01T00%3A00%3A00Z").await["pagination"]["totalSize"], 0);
    let payment_id = shop.look(&ids[3])["payments"][0]["id"].clone();
    let query = format!("{ORDERS}?payment_id={}", payment_id.as_str().expect("an id"));
    let found = shop.send("GET", &query, "").await.json();
    assert_eq!(found["data"][0]["id"], json!(ids[3]));
    let other = shop.sandbox.norce_other();
    let none = shop.send_as(&other, "GET", ORDERS, "", "").await.json();
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn a_change_of_the_total_asks_the_payments_adapter_and_takes_its_patch() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let cart = r#"{"reference":"b1","items":[],"total":{"includingVat":40,"excludingVat":32}}"#;
    let path = format!("{ORDERS}/{id}/cart");
    assert_eq!(shop.send("PUT", &path, cart).await.status(), 200);
    assert_eq!(shop.look(&id)["payments"][0]["amount"], 40);
    let skip = "x-adapterid: klarna_checkout_adapter\r\n";
    let cart = cart.replace("40", "60");
    assert_eq!(shop.send_as(&shop.access, "PUT", &path, &cart, skip).await.status(), 200);
    assert_eq!(shop.look(&id)["payments"][0]["amount"], 40, "its own hooks are left out");
    for edit in [hook_418, hook_sample] {
        shop.sandbox.change_norce_switches(edit);
        let before = shop.look(&id);
        let refused = shop.send("PUT", &path, &cart.replace("60", "70")).await;
        assert_eq!(refused.status(), 400);
        assert_eq!(shop.look(&id), before, "nothing of it is taken");
        shop.sandbox.change_norce_switches(|s| *s = Default::default());
    }
    shop.sandbox.set_fault(FaultRule::on(Command::Hook, FaultKind::DelayMs).ms(60).once());
    shop.sandbox.change_norce_switches(|s| s.deadline.hook_ms = 30);
    let late = shop.send("PUT", &path, &cart.replace("60", "70")).await;
    assert_eq!(late.status(), 400, "too slow");
}

fn hook_418(switches: &mut counterfoil_sandbox::NorceSwitches) {
    switches.refusals.hook_status = Some(418);
}

fn hook_sample(switches: &mut counterfoil_sandbox::NorceSwitches) {
    switches.patches.sample = true;
}

#[tokio::test]
async fn a_hook_that_listens_to_payments_may_put_its_own_amount_in_place() {
    let shop = Shop::open().await;
    shop.sandbox.change_norce_switches(|s| s.patches.scope_payments = true);
    let (id, payment_id) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}/payments/{payment_id}");
    let put = shop.send("PUT", &path, &with_amount(&shop.look(&id), json!(15))).await;
    assert_eq!((put.status(), put.json()["amount"].clone()), (200, json!(25)));
}

#[tokio::test]
async fn a_direct_call_of_the_callback_answers_and_changes_no_order() {
    let shop = Shop::open().await;
    let (id, payment_id) = shop.order("intent", "checkout");
    let path = format!(
        "/klarna-adapter/api/checkout/v1/callback/orders/{id}/payments/{payment_id}/update-payment"
    );
    let mut order = shop.look(&id);
    order["total"]["includingVat"] = json!(30);
    let answer = shop.send("POST", &path, &order.to_string()).await;
    let expected = json!([{"op": "replace", "path": "/payments/0/amount", "value": 30}]);
    assert_eq!((answer.status(), answer.json()), (200, expected));
    assert_eq!(
        (shop.look(&id)["payments"][0]["amount"].clone(), shop.effects("update")),
        (json!(25), 0)
    );
    let unknown = path.replace(&payment_id, "p_x");
    assert_eq!(shop.send("POST", &unknown, &order.to_string()).await.status(), 404);
    assert_eq!(shop.send("POST", &path, "").await.status(), 400);
    let walley = path.replace("klarna", "walley");
    assert_eq!(shop.send("POST", &walley, &order.to_string()).await.status(), 404);
    shop.sandbox.change_norce_switches(|s| s.direct_call.stores = true);
    assert_eq!(shop.send("POST", &path, &order.to_string()).await.status(), 200);
    assert_eq!(
        (shop.look(&id)["payments"][0]["amount"].clone(), shop.effects("update")),
        (json!(30), 1)
    );
}

#[tokio::test]
async fn order_management_and_actions_take_no_body_and_leave_a_transaction() {
    let shop = Shop::open().await;
    let (id, payment_id) = shop.order("reserved", "accepted");
    let manage = format!("/klarna-adapter/api/order/v1/orders/{id}/payments/{payment_id}");
    let capture = shop.send("POST", &format!("{manage}/capture"), "").await;
    assert_eq!((capture.status(), capture.json()["paymentId"].clone()), (200, json!(payment_id)));
    assert_eq!(shop.send("POST", &format!("{manage}/capture"), "").await.status(), 400);
    assert_eq!(shop.send("POST", &format!("{manage}/refresh-kco"), "").await.status(), 200);
    let payment = format!("{ORDERS}/{id}/payments/{payment_id}");
    let actions = shop.send("GET", &payment, "").await.json()["actions"].clone();
    assert_eq!(
        (actions[0]["type"].clone(), actions.as_array().map(Vec::len)),
        (json!("refund"), Some(1))
    );
    let action = text(&actions, "/0/id");
    let executed = shop.send("POST", &format!("{payment}/actions/{action}/execute"), "").await;
    assert_eq!(executed.status(), 200);
    let log = shop.send("GET", &format!("{payment}/transactions"), "").await.json();
    let events: Vec<&str> =
        log.as_array().expect("a list").iter().filter_map(|t| t["event"].as_str()).collect();
    assert_eq!(events, ["confirm", "capture", "refund"]);
    assert_eq!((shop.effects("capture"), shop.effects("refund")), (1, 1));
    assert_eq!(shop.look(&id)["payments"][0]["state"], "refunded");
}

#[tokio::test]
async fn a_state_is_put_logged_and_perhaps_superseded() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}/state");
    let put = |word: &str| format!(r#"{{"currentStatus":"{word}"}}"#);
    assert_eq!(shop.send("PUT", &path, &put("processing")).await.status(), 200);
    let logged = shop.look(&id)["state"]["transitions"][0]["status"].clone();
    assert_eq!(logged, "processing");
    shop.sandbox.change_norce_switches(|s| s.editions.state_202 = true);
    assert_eq!(shop.send("PUT", &path, &put("accepted")).await.status(), 202);
    assert_eq!(shop.look(&id)["state"]["currentStatus"], "accepted");
    shop.sandbox.change_norce_switches(|s| s.editions.state_superseded = true);
    assert_eq!(shop.send("PUT", &path, &put("completed")).await.status(), 202);
    assert_eq!(shop.look(&id)["state"]["currentStatus"], "accepted");
}

#[tokio::test]
async fn a_validation_fails_or_completes_under_a_time_constraint() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}/validate");
    assert_eq!(shop.send("POST", &path, "").await.json(), json!([]));
    let late = FaultRule::on(Command::Hook, FaultKind::Hang);
    shop.sandbox.set_fault(late.clone().once());
    let failed = shop.send("POST", &path, "").await;
    assert_eq!(
        (failed.status(), failed.json()[0]["code"].clone()),
        (400, json!("order-validation"))
    );
    shop.sandbox.change_norce_switches(|s| s.editions.errors_wrapped = true);
    shop.sandbox.set_fault(late.clone().once());
    assert!(shop.send("POST", &path, "").await.json()["errors"].is_array());
    shop.sandbox.change_norce_switches(|s| s.editions.time_constraint = true);
    shop.sandbox.set_fault(late.once());
    assert_eq!(shop.send("POST", &path, "").await.status(), 200);
}

#[tokio::test]
async fn a_fault_strikes_beside_what_the_ledger_says() {
    for (fault, applied) in [(FaultKind::DropBeforeApply, 0), (FaultKind::ApplyThenDrop, 1)] {
        let shop = Shop::open().await;
        let (id, payment_id) = shop.order("intent", "checkout");
        let path = format!("{ORDERS}/{id}/payments/{payment_id}");
        shop.sandbox.set_fault(FaultRule::on(Command::Update, fault).once());
        let put = shop.send("PUT", &path, &with_amount(&shop.look(&id), json!(15))).await;
        assert!(put.raw.is_empty());
        assert_eq!(shop.effects("update"), applied, "{fault:?}");
        let (id, payment_id) = shop.order("captured", "completed");
        shop.sandbox.set_fault(FaultRule::on(Command::Refund, fault).once());
        let path = format!("/klarna-adapter/api/order/v1/orders/{id}/payments/{payment_id}/refund");
        assert!(shop.send("POST", &path, "").await.raw.is_empty());
        assert_eq!(shop.effects("refund"), applied, "{fault:?}");
    }
}

#[tokio::test]
async fn answers_can_be_distorted() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let path = format!("{ORDERS}/{id}");
    for fault in [FaultKind::UnknownStatusValue, FaultKind::ExtraKeys, FaultKind::WrongEcho] {
        shop.sandbox.set_fault(FaultRule::on(Command::Status, fault).once());
        let payment = shop.send("GET", &path, "").await.json()["payments"][0].clone();
        assert_ne!(payment, shop.look(&id)["payments"][0], "{fault:?}");
    }
    shop.sandbox.change_norce_switches(|s| s.editions.capital_states = true);
    assert_eq!(shop.send("GET", &path, "").await.json()["payments"][0]["state"], "Intent");
}

/// An adapter that gives one answer to every call; the calls it heard.
async fn adapter(
    status: &str,
    body: &str,
    wait_ms: u64,
) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (heard, calls) = tokio::sync::mpsc::unbounded_channel();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut call = vec![0_u8; 64 * 1024];
            let read = socket.read(&mut call).await.unwrap_or(0);
            let _kept = heard.send(String::from_utf8_lossy(&call[..read]).into_owned());
            tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
            let _sent = socket.write_all(answer.as_bytes()).await;
        }
    });
    (address, calls)
}

const PATCH: &str = r#"[{"op":"replace","path":"/payments/0/amount","value":30}]"#;

fn wish(address: SocketAddr, order_id: &str) -> HookDrive {
    HookDrive {
        url: format!("http://{address}"),
        order_id: order_id.to_owned(),
        change: NorceChange { total: Some("30.00".to_owned()), ..NorceChange::default() },
        ..HookDrive::default()
    }
}

#[tokio::test]
async fn the_driver_proposes_an_order_and_takes_the_answer_over() {
    let shop = Shop::open().await;
    let (id, payment_id) = shop.order("intent", "checkout");
    let (address, mut calls) = adapter("200 OK", PATCH, 0).await;
    let report = shop.sandbox.drive_norce_hook(wish(address, &id)).await.expect("driven");
    assert_eq!((report.statuses, report.stored, report.why), (vec![Some(200)], true, None));
    let order = shop.look(&id);
    assert_eq!(
        (order["payments"][0]["amount"].clone(), order["total"]["includingVat"].clone()),
        (json!(30), json!(30))
    );
    let call = calls.recv().await.expect("a call");
    let path =
        format!("/api/checkout/v1/callback/orders/{id}/payments/{payment_id}/update-payment");
    assert!(call.starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{call}");
    for header in [
        format!("Authorization: Bearer {}", shop.access.token),
        "x-merchant: norce".to_owned(),
        "x-channel: 1".to_owned(),
    ] {
        assert!(call.contains(&format!("{header}\r\n")), "{header}");
    }
    let body = call.split_once("\r\n\r\n").expect("a body").1;
    let proposed: Value = serde_json::from_str(body).expect("an order");
    assert_eq!(
        (proposed["total"]["includingVat"].clone(), proposed["payments"][0]["reference"].clone()),
        (json!(30), json!("linked-1"))
    );
}

#[tokio::test]
async fn the_driver_rejects_what_is_no_success_and_what_comes_too_late() {
    let check = |status: &'static str,
                 body: &'static str,
                 edit: fn(&mut HookDrive),
                 stored: bool,
                 amount: i64| async move {
        let shop = Shop::open().await;
        let (id, _) = shop.order("intent", "checkout");
        let (address, _calls) = adapter(status, body, 80).await;
        let mut wish = wish(address, &id);
        edit(&mut wish);
        let report = shop.sandbox.drive_norce_hook(wish).await.expect("driven");
        let named = format!("{status} {body}: {report:?}");
        assert_eq!(report.stored, stored, "{named}");
        let order = shop.look(&id);
        assert_eq!(order["payments"][0]["amount"], json!(amount), "{named}");
        let total = if stored { 30 } else { 25 };
        assert_eq!(order["total"]["includingVat"], json!(total), "{named}");
    };
    check("200 OK", PATCH, |_| {}, true, 30).await;
    check("200 OK", "[]", |_| {}, true, 25).await;
    check("204 No Content", "", |_| {}, true, 25).await;
    check("200 OK", "OK", |_| {}, false, 25).await;
    check("200 OK", "[{}]", |_| {}, false, 25).await;
    check("400 Bad Request", "{}", |_| {}, false, 25).await;
    check("404 Not Found", "{}", |_| {}, false, 25).await;
    check("418 I'm a teapot", "", |_| {}, false, 25).await;
    check("200 OK", PATCH, |w| w.limit_ms = Some(20), false, 25).await;
    check("200 OK", PATCH, |w| w.later_hook_rejects = true, false, 25).await;
    let constrained: fn(&mut HookDrive) = |w| {
        w.limit_ms = Some(20);
        w.completes_without_answer = true;
    };
    check("200 OK", PATCH, constrained, true, 25).await;
    check("400 Bad Request", "{}", |w| w.completes_without_answer = true, true, 25).await;
}

#[tokio::test]
async fn the_driver_speaks_to_loopback_alone_and_is_reached_by_control() {
    let shop = Shop::open().await;
    let (id, _) = shop.order("intent", "checkout");
    let abroad = HookDrive {
        url: "http://10.0.0.1:80".to_owned(),
        order_id: id.clone(),
        ..HookDrive::default()
    };
    assert!(shop.sandbox.drive_norce_hook(abroad).await.is_err());
    let (address, _calls) = adapter("200 OK", PATCH, 0).await;
    let url = format!("http://{address}");
    let change = json!({"total": "30.00"});
    let body = json!({"url": url, "order_id": id, "change": change, "times": 2});
    let request = crate::client::bytes("POST", "/control/norce/hook", &body.to_string());
    let reply = raw(shop.sandbox.address(), &request).await.expect("an exchange").json();
    assert_eq!(
        (reply["statuses"].clone(), reply["stored"].clone()),
        (json!([200, 200]), json!(true))
    );
    let switched = crate::client::bytes(
        "POST",
        "/control/norce/switches",
        r#"{"A-NOR-07":{"hook_status":418}}"#,
    );
    let reply = raw(shop.sandbox.address(), &switched).await.expect("an exchange").json();
    assert_eq!(reply["A-NOR-07"], json!({"http_status": 400, "hook_status": 418}));
}
