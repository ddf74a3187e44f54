//! Keys, the throttle and faults.

use counterfoil_sandbox::wepay_switches::OtherBody;
use counterfoil_sandbox::{Command, FaultKind, FaultRule, WepayChange, WepayStatus};
use serde_json::json;

use super::{DAY, Shop, reason, refund_of};

#[tokio::test]
async fn the_same_request_under_a_key_takes_effect_once() {
    let shop = Shop::open().await;
    let id = shop.completed();
    let body = refund_of(&id, 2_500);
    let first = shop.keyed("/refunds", "k", &body).await.json();
    let again = shop.keyed("/refunds", "k", &body).await.json();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(shop.effects("refund"), 1);
    let other = shop.keyed("/refunds", "k", &refund_of(&id, 2_600)).await;
    assert_eq!((other.status(), reason(&other)), (400, "INVALID_PARAMS.UNIQUE_KEY_REUSED".into()));
    shop.sandbox.change_wepay_switches(|s| s.other_body = OtherBody::Execute);
    assert_eq!(shop.keyed("/refunds", "k", &refund_of(&id, 2_600)).await.status(), 200);
    assert_eq!(shop.effects("refund"), 2);
    shop.forward(DAY);
    assert_eq!(shop.keyed("/refunds", "k", &refund_of(&id, 2_600)).await.status(), 200);
    assert_eq!(shop.effects("refund"), 3, "a forgotten key protects nothing");
    let seen = shop.sandbox.received_requests().pop().expect("it arrived");
    assert_eq!(seen.idempotency_key.as_deref(), Some("k"));
}

#[tokio::test]
async fn a_key_is_needed_where_something_is_made() {
    let shop = Shop::open().await;
    let id = shop.completed();
    for path in ["/payments", "/refunds"] {
        let body = refund_of(&id, 500).to_string();
        let reply = shop.send("POST", path, &shop.headers(), &body).await;
        assert_eq!(reply.status(), 400, "{path}");
        assert_eq!(reply.json().pointer("/details/0/target/0"), Some(&json!("Unique-Key")));
    }
    let waiting = shop.waiting();
    let body = json!({"reference_id": "R"}).to_string();
    let path = format!("/payments/{waiting}");
    assert_eq!(shop.send("POST", &path, &shop.headers(), &body).await.status(), 200);
}

#[tokio::test]
async fn a_key_whose_request_is_still_worked_on_is_in_use() {
    let shop = Shop::open().await;
    let id = shop.completed();
    let late = FaultRule::on(Command::Refund, FaultKind::DelayMs).ms(400).once();
    shop.sandbox.set_fault(late);
    let body = refund_of(&id, 2_500);
    let first = shop.keyed("/refunds", "k", &body);
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        shop.keyed("/refunds", "k", &body).await
    };
    let (first, second) = tokio::join!(first, second);
    let word = "INVALID_PARAMS.CONCURRENT_UNIQUE_KEY_REQUEST_IS_PROCESSING";
    assert_eq!((second.status(), reason(&second).as_str()), (400, word));
    assert_eq!(first.status(), 200);
    assert_eq!(shop.keyed("/refunds", "k", &body).await.json()["id"], first.json()["id"]);
    assert_eq!(shop.effects("refund"), 1);
}

#[tokio::test]
async fn a_refusal_is_judged_anew_unless_it_is_remembered() {
    for (remembered, expected) in [(false, 200), (true, 400)] {
        let shop = Shop::open().await;
        shop.sandbox.change_wepay_switches(|s| s.refusals.remembered = remembered);
        let id = shop.waiting();
        let body = refund_of(&id, 500);
        assert_eq!(shop.keyed("/refunds", "k", &body).await.status(), 400);
        let change = WepayChange { status: Some(WepayStatus::Completed), ..WepayChange::default() };
        shop.sandbox.change_at_wepay(&id, &change).expect("known");
        assert_eq!(shop.keyed("/refunds", "k", &body).await.status(), expected);
    }
}

#[tokio::test]
async fn thirty_requests_in_ten_seconds_and_no_more() {
    let shop = Shop::open().await;
    let id = shop.waiting();
    let path = format!("/payments/{id}");
    for _ in 0..30 {
        assert_eq!(shop.get(&path).await.status(), 200);
    }
    let throttled = shop.get(&path).await;
    let word = "THROTTLE_EXCEEDED.APPLICATION_REQUEST_THROTTLE_EXCEEDED";
    assert_eq!((throttled.status(), reason(&throttled).as_str()), (429, word));
    assert_eq!(shop.get("/payments").await.status(), 200, "each endpoint has its own count");
    shop.forward(10);
    assert_eq!(shop.get(&path).await.status(), 200);
    shop.sandbox.change_wepay_switches(|s| {
        s.throttle.status = 403;
        s.throttle.retry_after = Some(7);
        s.throttle.per_ten_seconds = Some(0);
    });
    let throttled = shop.get(&path).await;
    assert_eq!((throttled.status(), throttled.header("retry-after")), (403, Some("7".to_owned())));
}

#[tokio::test]
async fn faults_disturb_the_answer_and_the_ledger_says_what_happened() {
    for (fault, applied) in [
        (FaultKind::DropBeforeApply, 0),
        (FaultKind::ApplyThenDrop, 1),
        (FaultKind::Error500AfterApply, 1),
        (FaultKind::ResourceConflict, 0),
        (FaultKind::Html502, 0),
        (FaultKind::Http429, 0),
        (FaultKind::TruncatedJson, 1),
        (FaultKind::Empty200, 1),
    ] {
        let shop = Shop::open().await;
        shop.sandbox.set_fault(FaultRule::on(Command::Refund, fault).once());
        let id = shop.completed();
        let body = refund_of(&id, 500);
        let disturbed = shop.keyed("/refunds", "k", &body).await;
        assert_eq!(shop.effects("refund"), applied, "{fault:?}");
        match fault {
            FaultKind::DropBeforeApply | FaultKind::ApplyThenDrop => {
                assert!(disturbed.raw.is_empty());
            }
            FaultKind::ResourceConflict => {
                assert_eq!(
                    (disturbed.status(), reason(&disturbed)),
                    (409, "RESOURCE_CONFLICT".into())
                );
            }
            FaultKind::Error500AfterApply => {
                assert_eq!(
                    (disturbed.status(), reason(&disturbed)),
                    (500, "UNEXPECTED_ERROR".into())
                );
            }
            FaultKind::Http429 => assert_eq!(disturbed.status(), 429),
            _ => assert!(disturbed.header("x-correlation-id").is_some()),
        }
        assert_eq!(shop.keyed("/refunds", "k", &body).await.status(), 200);
        assert_eq!(shop.effects("refund"), 1, "{fault:?}: once, however often it is asked");
    }
}

#[tokio::test]
async fn faults_inside_the_answer_are_there() {
    let shop = Shop::open().await;
    let id = shop.completed();
    let path = format!("/payments/{id}");
    let with = async |fault: FaultKind, value: Option<&str>| {
        let mut rule = FaultRule::on(Command::Status, fault).once();
        rule.value = value.map(str::to_owned);
        shop.sandbox.set_fault(rule);
        shop.get(&path).await.json()
    };
    assert_eq!(with(FaultKind::UnknownStatusValue, None).await["status"], "cancelled");
    assert_eq!(with(FaultKind::WrongEcho, Some("amount")).await["amount"], 7_777);
    assert_ne!(with(FaultKind::WrongEcho, None).await["id"], id.as_str());
    assert!(with(FaultKind::ExtraKeys, None).await.get("risk_score").is_some());
}
