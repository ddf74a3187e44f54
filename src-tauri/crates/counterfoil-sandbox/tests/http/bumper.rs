//! The provider's commands as its pages describe them.

use counterfoil_sandbox::switches::RefundAnswer;
use counterfoil_sandbox::{EffectKind, NewPayment, Sandbox, SandboxError, SandboxOptions};
use serde_json::{Value, json};

use crate::client::{Till, bytes, raw, start_parameters};

const BAD_TOKEN: &str = "Token or preapproval token provided is Invalid.";

fn message(reply: &crate::client::Reply) -> String {
    reply.json().get("message").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_started_payment_is_pending_and_status_shows_it_as_documented() {
    let till = Till::open().await;
    let reply = till.post("/v2/apply/", start_parameters("300.00")).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["success"], true);
    assert_eq!(body["message"], "Payment created successfully");
    assert!(body.get("additional_data").is_none(), "none was given");
    let token = body["data"]["token"].as_str().expect("a token");
    let shown = till.status(token).await.json();
    assert_eq!(shown["message"], "");
    assert_eq!(
        shown["data"],
        json!({
            "token": token, "status": "pending", "customer_reference": "26352",
            "amount": "300.00", "min_amount_allowed": "60.00", "max_amount_allowed": "3000.00",
            "invoicenumber": "INV1234", "initial_payment_type": "paynow", "payment_type": "paynow",
        })
    );
    let effect = till.sandbox.ledger().pop().expect("one effect");
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Start, Some("300.00")));
}

#[tokio::test]
async fn additional_data_is_echoed_only_when_given_at_start() {
    let till = Till::open().await;
    let mut parameters = start_parameters("300.00");
    parameters["additional_data"] = json!({"key1": "value1"});
    let started = till.post("/v2/apply/", parameters).await.json();
    assert_eq!(started["additional_data"], json!({"key1": "value1"}));
    let token = started["data"]["token"].as_str().expect("a token").to_owned();
    for reply in [till.status(&token).await, till.update(&token, "310.00").await] {
        assert_eq!(reply.json()["additional_data"], json!({"key1": "value1"}));
    }
    let plain = till.update(&till.pending("300.00"), "310.00").await.json();
    assert_eq!(plain.as_object().map(serde_json::Map::len), Some(3));
}

#[tokio::test]
async fn the_published_cases_of_the_update_page_are_answered_as_printed() {
    let till = Till::open().await;
    for (signed, asked, link, after) in [
        (false, "350.00", false, "350.00"),
        (false, "250.00", false, "250.00"),
        (false, "300.00", false, "300.00"),
        (true, "250.00", false, "250.00"),
        (true, "300.00", false, "300.00"),
        (true, "350.00", true, "300.00"),
    ] {
        let token = if signed { till.signed_payment("300.00") } else { till.pending("300.00") };
        let body = till.update(&token, asked).await.json();
        assert_eq!(body["success"], true, "{body}");
        assert_eq!(body["message"], "");
        assert_eq!(body["data"]["token"], token.as_str());
        assert_eq!(body["data"].get("redirect_url").is_some(), link, "{body}");
        assert_eq!(till.amount(&token).await, after);
    }
    let waiting = till.sandbox.ledger().iter().filter(|e| e.awaits_customer).count();
    assert_eq!(waiting, 1);
}

#[tokio::test]
async fn a_refund_leaves_no_trace_in_status_and_is_capped() {
    let till = Till::open().await;
    let token = till.signed_payment("300.00");
    let before = till.data(&token).await;
    assert_eq!(till.refund(&token, "200.00").await.json(), json!({"success": true, "message": ""}));
    assert_eq!(till.data(&token).await, before);
    assert!(till.refund(&token, "100.01").await.is_refusal());
    assert!(!till.refund(&token, "100.00").await.is_refusal());
    assert_eq!(till.effects("refund"), 2);
    assert_eq!(till.sandbox.bumper_payment(&token).expect("known").refunded, "300.00");
}

#[tokio::test]
async fn a_refund_is_answered_in_each_printed_shape() {
    let till = Till::open().await;
    let extra = json!({"key1": "value1"});
    for (shape, expected) in [
        (RefundAnswer::Older, json!({"success": true, "message": "", "additional_data": extra})),
        (RefundAnswer::Bare, json!({"success": true, "message": ""})),
        (
            RefundAnswer::Newer,
            json!({"success": true, "message": "",
                   "data": {"token": "", "additional_data": extra}}),
        ),
        (
            RefundAnswer::DataAndTop,
            json!({"success": true, "message": "", "data": {"token": ""},
                   "additional_data": extra}),
        ),
    ] {
        till.sandbox.change_switches(|s| s.editions.refund_answer = shape);
        let new = NewPayment {
            amount: "300.00".into(),
            signed: Some(true),
            status: Some(counterfoil_sandbox::PaymentStatus::Completed),
            additional_data: extra.as_object().cloned(),
            ..NewPayment::default()
        };
        let token = till.sandbox.create_payment(new).expect("a payment").token;
        let mut body = till.refund(&token, "50.00").await.json();
        if let Some(shown) = body.pointer_mut("/data/token") {
            assert_eq!(*shown, token.as_str());
            *shown = "".into();
        }
        assert_eq!(body, expected, "{shape:?}");
    }
}

#[tokio::test]
async fn a_cancel_is_answered_with_its_state_and_a_second_one_by_switch() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let first = till.cancel(&token).await.json();
    assert_eq!(first["data"], json!({"token": token, "status": "cancelled"}));
    assert_eq!(till.data(&token).await["status"], "cancelled");
    assert!(till.cancel(&token).await.is_refusal());
    till.sandbox.change_switches(|s| s.ended.second_cancel_succeeds = true);
    assert_eq!(till.cancel(&token).await.json()["data"]["status"], "cancelled");
    assert_eq!(till.effects("cancel"), 1);
}

#[tokio::test]
async fn paths_end_in_a_slash_and_methods_are_exact_and_nothing_is_redirected() {
    let till = Till::open().await;
    for (method, target, status) in [
        ("POST", "/bumper/v2/update", 404),
        ("GET", "/bumper/v2/status", 404),
        ("POST", "/bumper/v2/cancel/", 404),
        ("POST", "/bumper/v1/update/", 404),
        ("POST", "/bumper/v2/update//", 404),
        ("POST", "/v2/update/", 404),
        ("GET", "/bumper/v2/update/", 405),
        ("POST", "/bumper/v2/status/", 405),
        ("PUT", "/bumper/v2/refund/", 405),
    ] {
        let reply = till.send(method, target, "{}").await;
        assert_eq!(reply.status(), status, "{method} {target}");
        assert_eq!(reply.header("location"), None);
    }
    assert_eq!(
        till.send("GET", "/bumper/v2/refund/", "").await.header("allow").as_deref(),
        Some("POST")
    );
    let seen = till.sandbox.received_requests();
    assert_eq!(seen.len(), 10, "misses are recorded too");
    assert_eq!(
        seen.first().map(|r| (r.path.as_str(), r.body_bytes)),
        Some(("/bumper/v2/update", 2))
    );
}

#[tokio::test]
async fn a_signature_is_recomputed_from_what_arrived() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let good = till.signed(json!({"token": token, "amount": "350.00"}));
    let altered = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let signature = good["signature"].as_str().expect("a signature");
    let wrong = [
        altered("amount", "351.00".into()),
        altered("invoice_number", "INV-9".into()),
        altered("send_sms", false.into()),
        altered("signature", signature.to_uppercase().into()),
        altered("signature", signature[..63].into()),
        altered("signature", "".into()),
        altered("signature", Value::Null),
        altered("api_key", "unknown".into()),
        altered("api_key", till.sandbox.bumper_other().api_key.into()),
    ];
    for body in wrong {
        let reply = till.send("POST", "/bumper/v2/update/", &body.to_string()).await;
        assert!(reply.is_refusal(), "{body}");
        assert_eq!(reply.status(), 400);
    }
    assert_eq!(till.amount(&token).await, "300.00");
    let unsigned =
        altered("product_description", json!([{"item": "é", "quantity": "1", "price": "1"}]));
    let reply = till.send("POST", "/bumper/v2/update/", &unsigned.to_string()).await;
    assert!(!reply.is_refusal(), "items are not signed: {}", reply.text());
    assert_eq!(till.effects("update"), 1);
    let verdicts: Vec<Option<bool>> =
        till.sandbox.received_requests().iter().map(|r| r.signature_valid).collect();
    assert_eq!(verdicts.iter().filter(|v| **v == Some(false)).count(), 7, "{verdicts:?}");
}

#[tokio::test]
async fn text_beyond_ascii_is_signed_as_utf_8_however_json_spells_it() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let body =
        till.signed(json!({"token": token, "amount": "300.00", "invoice_number": "FV-é-01"}));
    for body in [body.to_string(), body.to_string().replace('é', "\\u00e9")] {
        let reply = till.send("POST", "/bumper/v2/update/", &body).await;
        assert!(!reply.is_refusal(), "{}", reply.text());
    }
    assert_eq!(till.data(&token).await["invoicenumber"], "FV-é-01");
}

#[tokio::test]
async fn a_token_is_good_only_with_the_key_of_its_dealership() {
    let mut till = Till::open().await;
    let token = till.signed_payment("300.00");
    assert_eq!(message(&till.status("0123").await), BAD_TOKEN);
    till.access = till.sandbox.bumper_other();
    let replies = [
        till.status(&token).await,
        till.update(&token, "250.00").await,
        till.refund(&token, "50.00").await,
        till.cancel(&token).await,
    ];
    for reply in replies {
        assert!(reply.is_refusal());
        assert_eq!(message(&reply), BAD_TOKEN);
    }
    assert_eq!(till.effects("control"), till.sandbox.ledger().len(), "only the creation");
}

#[tokio::test]
async fn amounts_are_strings_with_a_positive_decimal() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    for bad in ["", "0", "-1", "1e3", "350.001", "£350", "350,00", "59.99", "3000.01", " 350.00"] {
        assert!(till.update(&token, bad).await.is_refusal(), "{bad}");
    }
    let number = till.signed(json!({"token": token, "amount": 350}));
    assert!(till.send("POST", "/bumper/v2/update/", &number.to_string()).await.is_refusal());
    let without = till.post("/v2/update/", json!({"token": token, "invoice_number": "X"})).await;
    assert!(without.is_refusal(), "amount is required even for the invoice number alone");
    assert!(!till.update(&token, "350").await.is_refusal());
    till.sandbox.change_switches(|s| s.amounts.two_decimals_required = true);
    assert!(till.update(&token, "350").await.is_refusal());
}

#[tokio::test]
async fn what_a_start_requires_is_required() {
    let till = Till::open().await;
    for (key, value) in [
        ("amount", Value::Null),
        ("amount", "59.00".into()),
        ("product_description", Value::Null),
        ("product_description", json!([])),
        ("product_description", json!([{"item": "x", "quantity": 1, "price": "1"}])),
        ("preferred_product_type", Value::Null),
        ("preferred_product_type", "paylater".into()),
        ("currency", "SEK".into()),
        ("additional_data", "text".into()),
        ("invoice_number", "x".repeat(101).into()),
        ("order_reference", "a\nb".into()),
    ] {
        let mut parameters = start_parameters("300.00");
        if value.is_null() {
            parameters.as_object_mut().expect("an object").remove(key);
        } else {
            parameters[key] = value;
        }
        let reply = till.post("/v2/apply/", parameters.clone()).await;
        assert!(reply.is_refusal(), "{parameters}");
        assert_ne!(message(&reply), "signature is invalid.", "{parameters}");
    }
    assert!(till.sandbox.ledger().is_empty());
}

#[tokio::test]
async fn bodies_that_are_no_json_object_are_refused() {
    let till = Till::open().await;
    for body in ["", "[]", "\"x\"", "{", "null", "\u{0}"] {
        assert!(till.send("POST", "/bumper/v2/update/", body).await.is_refusal(), "{body:?}");
    }
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(2 * 1024 * 1024));
    let reply = raw(till.address(), &bytes("POST", "/bumper/v2/update/", &large)).await;
    assert!(reply.map_or(true, |reply| reply.raw.is_empty() || reply.status() == 413));
}

#[tokio::test]
async fn starred_headers_are_insisted_on_unless_switched_off() {
    let till = Till::open().await;
    let body =
        till.signed(json!({"token": till.pending("300.00"), "amount": "310.00"})).to_string();
    let whole = String::from_utf8(bytes("POST", "/bumper/v2/update/", &body)).expect("text");
    for header in ["Accept: application/json\r\n", "Content-Type: application/json\r\n"] {
        let bare = whole.replace(header, "");
        assert!(raw(till.address(), bare.as_bytes()).await.expect("an answer").is_refusal());
        till.sandbox.change_switches(|s| s.editions.headers_required = false);
        assert!(!raw(till.address(), bare.as_bytes()).await.expect("an answer").is_refusal());
        till.sandbox.change_switches(|s| s.editions.headers_required = true);
    }
}

#[tokio::test]
async fn switches_change_the_status_of_refusals_and_the_print_of_amounts() {
    let till = Till::open().await;
    let token = till.pending("2500.00");
    assert_eq!(till.update("nope", "100.00").await.status(), 400);
    till.sandbox.change_switches(|s| s.refusals.http_status = 200);
    assert_eq!(till.update("nope", "100.00").await.status(), 200);
    till.sandbox.change_switches(|s| s.server_errors.refusals_are_500 = true);
    assert_eq!(till.update("nope", "100.00").await.status(), 500);
    till.sandbox.change_switches(|s| s.editions.plain_amounts = true);
    let data = till.data(&token).await;
    assert_eq!((&data["amount"], &data["min_amount_allowed"]), (&json!("2500"), &json!("60")));
}

#[tokio::test]
async fn the_same_signed_body_is_good_for_update_and_refund() {
    let till = Till::open().await;
    let body = till.signed(json!({"token": till.signed_payment("300.00"), "amount": "100.00"}));
    for path in ["/bumper/v2/refund/", "/bumper/v2/update/"] {
        assert!(!till.send("POST", path, &body.to_string()).await.is_refusal(), "{path}");
    }
    let digests: Vec<_> =
        till.sandbox.ledger().into_iter().filter_map(|effect| effect.request_digest).collect();
    assert_eq!(digests.len(), 2);
    assert_eq!(digests.first(), digests.last());
}

#[tokio::test]
async fn the_order_of_keys_varies_between_answers() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..12 {
        seen.insert(till.status(&token).await.body());
    }
    assert!(seen.len() > 3, "{seen:?}");
}

#[tokio::test]
async fn products_are_json_numbers_without_a_message() {
    let till = Till::open().await;
    let target = till.query("/v2/products/", json!({"amount": "300.00"}));
    let reply = till.send("GET", &target, "").await;
    let body = reply.json();
    assert!(body.get("message").is_none());
    assert!(reply.body().contains("\"minimum_loan_amount\":60.0"), "{}", reply.body());
    assert_eq!(body["data"]["products"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_query_may_be_percent_encoded() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let target = till.query("/v2/status/", json!({"token": token}));
    let (path, query) = target.split_once('?').expect("a query");
    let encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let query = query.replace(&token, &encoded);
    assert!(!till.send("GET", &format!("{path}?{query}"), "").await.is_refusal());
}

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    for address in ["0.0.0.0:0", "10.1.2.3:0", "[::]:0"] {
        let listen = address.parse().expect("an address");
        let started = Sandbox::start(SandboxOptions { listen, ..SandboxOptions::default() }).await;
        assert!(matches!(started, Err(SandboxError::NotLoopback(_))), "{address}");
    }
    let till = Till::open().await;
    let listen = till.address();
    let taken = Sandbox::start(SandboxOptions { listen, ..SandboxOptions::default() }).await;
    assert!(matches!(taken, Err(SandboxError::Bind { .. })));
}

#[tokio::test]
async fn seeded_payments_are_known_to_the_provider() {
    let till = Till::with_payments(40).await;
    let payments = till.sandbox.payments();
    assert_eq!(payments.len(), 40);
    assert!(till.sandbox.ledger().is_empty(), "they were there before");
    for payment in payments.iter().take(5) {
        let data = till.data(&payment.provider_ref).await;
        assert_eq!(data["amount"], payment.amount.as_str());
        assert_eq!(data["invoicenumber"], payment.invoice_number.as_str());
        assert_eq!(data["customer_reference"], payment.reference.as_str());
        assert_eq!(data["status"], payment.status.as_str());
        assert!(!payment.customer.is_empty() && payment.provider == "bumper");
    }
}
