//! Each fault on the wire, beside what the ledger says really happened.

use std::time::{Duration, Instant};

use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Reply, Till, bytes, raw, start_parameters};

async fn each_command(till: &Till, command: Command) -> Reply {
    match command {
        Command::Start => till.post("/v2/apply/", start_parameters("300.00")).await,
        Command::Status => till.status(&till.pending("300.00")).await,
        Command::Update => till.update(&till.pending("300.00"), "310.00").await,
        Command::Cancel => till.cancel(&till.pending("300.00")).await,
        Command::Refund => till.refund(&till.signed_payment("300.00"), "50.00").await,
        Command::Products => {
            till.send("GET", &till.query("/v2/products/", json!({"amount": "300.00"})), "").await
        }
        Command::Capture
        | Command::Void
        | Command::Relabel
        | Command::List
        | Command::Refresh
        | Command::Hook => unreachable!("Bumper has no such command"),
    }
}

const CHANGING: [(Command, &str); 4] = [
    (Command::Start, "start"),
    (Command::Update, "update"),
    (Command::Cancel, "cancel"),
    (Command::Refund, "refund"),
];

#[tokio::test]
async fn a_dropped_connection_closes_without_a_byte_before_or_after_the_effect() {
    for (fault, applied) in [(FaultKind::DropBeforeApply, 0), (FaultKind::ApplyThenDrop, 1)] {
        for (command, kind) in CHANGING {
            let till = Till::open().await;
            till.sandbox.set_fault(FaultRule::on(command, fault).once());
            let reply = each_command(&till, command).await;
            assert!(reply.raw.is_empty(), "{command:?}: {}", reply.text());
            assert_eq!(till.effects(kind), applied, "{command:?} {fault:?}");
            let seen = till.sandbox.received_requests().pop().expect("it arrived");
            assert_eq!(seen.fault.as_deref(), Some(fault.as_str()));
            assert_eq!(each_command(&till, command).await.status(), 200, "only once");
        }
    }
}

#[tokio::test]
async fn a_dropped_connection_is_closed_although_the_client_wanted_to_keep_it() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::everywhere(FaultKind::ApplyThenDrop));
    let body = till.signed(json!({"token": till.pending("300.00"), "amount": "310.00"}));
    let request = bytes("POST", "/bumper/v2/update/", &body.to_string());
    let kept = String::from_utf8(request).expect("text").replace("Connection: close\r\n", "");
    let mut socket = TcpStream::connect(till.address()).await.expect("a connection");
    socket.write_all(kept.as_bytes()).await.expect("sent");
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut rest));
    let _end = closed.await.expect("the other side closes");
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_hanging_request_is_never_answered_and_ends_with_the_sandbox() {
    for (applied, effects) in [(true, 1), (false, 0)] {
        let till = Till::open().await;
        till.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::Hang).applied(applied));
        let body = till.signed(json!({"token": till.pending("300.00"), "amount": "310.00"}));
        let request = bytes("POST", "/bumper/v2/update/", &body.to_string());
        let mut socket = TcpStream::connect(till.address()).await.expect("a connection");
        socket.write_all(&request).await.expect("sent");
        let mut byte = [0_u8; 1];
        let waited = tokio::time::timeout(Duration::from_millis(200), socket.read(&mut byte));
        assert!(waited.await.is_err(), "nothing comes");
        assert_eq!(till.effects("update"), effects);
        till.sandbox.stop();
        let ended = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut byte)).await;
        assert!(matches!(ended.expect("closed in time"), Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn a_hanging_server_may_give_up_after_its_time() {
    let till = Till::open().await;
    till.sandbox.change_switches(|s| s.timeout.gives_up_after_ms = Some(30));
    till.sandbox.set_fault(FaultRule::everywhere(FaultKind::Hang));
    assert_eq!(till.status("x").await.status(), 504);
}

#[tokio::test]
async fn a_delay_is_waited_after_the_effect() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::DelayMs).ms(300));
    let token = till.signed_payment("300.00");
    let began = Instant::now();
    let slow = till.refund(&token, "50.00");
    let early = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        till.effects("refund")
    };
    let (reply, effects) = tokio::join!(slow, early);
    assert_eq!((reply.status(), effects), (200, 1));
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn gateway_answers_have_an_effect_only_when_asked_to() {
    for (fault, status, applied_by_itself) in [
        (FaultKind::Html502, 502, 0),
        (FaultKind::Redirect302, 302, 0),
        (FaultKind::Http429, 429, 0),
        (FaultKind::Empty200, 200, 1),
        (FaultKind::NotJson200, 200, 1),
        (FaultKind::Error500AfterApply, 500, 1),
    ] {
        for applied in [None, Some(true), Some(false)] {
            let till = Till::open().await;
            let mut rule = FaultRule::on(Command::Refund, fault);
            rule.applied = applied;
            till.sandbox.set_fault(rule);
            let reply = till.refund(&till.signed_payment("300.00"), "50.00").await;
            assert_eq!(reply.status(), status, "{fault:?}");
            let expected = match (fault, applied) {
                (FaultKind::Error500AfterApply, _) => 1,
                (_, Some(applied)) => usize::from(applied),
                (_, None) => applied_by_itself,
            };
            assert_eq!(till.effects("refund"), expected, "{fault:?} {applied:?}");
        }
    }
}

#[tokio::test]
async fn the_gateway_answers_look_as_they_do_in_the_wild() {
    let till = Till::open().await;
    let mut replies = Vec::new();
    for fault in [
        FaultKind::Html502,
        FaultKind::Redirect302,
        FaultKind::Http429,
        FaultKind::Empty200,
        FaultKind::NotJson200,
        FaultKind::Error500AfterApply,
    ] {
        till.sandbox.set_fault(FaultRule::everywhere(fault).once());
        replies.push(till.status("x").await);
    }
    let [html, redirect, throttled, empty, text, error] = replies.try_into().expect("six answers");
    assert!(html.body().starts_with("<html>"));
    assert_eq!(redirect.header("location").as_deref(), Some("/bumper/redirected/"));
    assert_eq!(throttled.header("retry-after").as_deref(), Some("1"));
    assert!(throttled.json().get("success").is_none());
    assert_eq!(empty.body(), "");
    assert!(serde_json::from_str::<Value>(&text.body()).is_err());
    assert!(error.is_refusal());
}

#[tokio::test]
async fn a_truncated_answer_is_whole_http_and_a_cut_one_is_not() {
    for (fault, whole) in [(FaultKind::TruncatedJson, true), (FaultKind::CutAnswer, false)] {
        for (command, kind) in CHANGING {
            let till = Till::open().await;
            till.sandbox.set_fault(FaultRule::on(command, fault));
            let reply = each_command(&till, command).await;
            let announced = reply.header("content-length").and_then(|text| text.parse().ok());
            assert_eq!(announced == Some(reply.body().len()), whole, "{}", reply.text());
            assert!(reply.body().starts_with('{'), "some of it arrives: {}", reply.text());
            assert!(serde_json::from_str::<Value>(&reply.body()).is_err());
            assert_eq!(till.effects(kind), 1);
        }
    }
}

#[tokio::test]
async fn a_huge_body_is_valid_json_of_fifty_megabytes() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::on(Command::Status, FaultKind::HugeBody).once());
    let reply = till.status(&till.pending("300.00")).await;
    let length = reply.header("content-length").expect("a length");
    assert_eq!(length, (50 * 1024 * 1024).to_string());
    assert!(reply.raw.len() > 50 * 1024 * 1024);
    assert!(reply.raw.ends_with(b"xxx\"}"));
}

#[tokio::test]
async fn answers_are_disturbed_inside() {
    let till = Till::open().await;
    let token = till.pending("300.00");
    let ask = async |fault, value: Option<&str>| {
        let mut rule = FaultRule::on(Command::Status, fault).once();
        rule.value = value.map(str::to_owned);
        till.sandbox.set_fault(rule);
        till.status(&token).await.body()
    };
    let parsed = |body: &str| serde_json::from_str::<Value>(body).expect("JSON");
    let unknown = parsed(&ask(FaultKind::UnknownStatusValue, Some("weird")).await);
    assert_eq!(unknown["data"]["status"], "weird");
    let extra = parsed(&ask(FaultKind::ExtraKeys, None).await);
    assert_eq!(extra["data"]["risk_score"], 12.5);
    assert_eq!(extra["data"]["amount"], "300.00");
    let echo = parsed(&ask(FaultKind::WrongEcho, None).await);
    assert_ne!(echo["data"]["token"], token.as_str());
    let echo = parsed(&ask(FaultKind::WrongEcho, Some("amount")).await);
    assert_eq!((&echo["data"]["token"], &echo["data"]["amount"]), (&json!(token), &json!("77.77")));
    assert!(parsed(&ask(FaultKind::SuccessMissing, None).await).get("success").is_none());
    assert_eq!(parsed(&ask(FaultKind::SuccessAsText, None).await)["success"], "true");
    let printed = ask(FaultKind::MissingComma, None).await;
    assert!(serde_json::from_str::<Value>(&printed).is_err(), "{printed}");
    assert_eq!(parsed(&till.status(&token).await.body())["data"]["status"], "pending");
}

#[tokio::test]
async fn a_wrong_echo_reaches_answers_that_have_no_data() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::WrongEcho));
    let body = till.refund(&till.signed_payment("300.00"), "50.00").await.json();
    assert!(body["data"]["token"].is_string());
}

#[tokio::test]
async fn the_link_is_left_out_only_where_there_is_one() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::RedirectUrlMissing).once());
    let token = till.signed_payment("300.00");
    till.update(&token, "290.00").await;
    assert_eq!(till.sandbox.faults().len(), 1, "not spent on a decrease");
    let body = till.update(&token, "350.00").await.json();
    assert_eq!(body["data"], json!({"token": token}));
    assert_eq!(till.amount(&token).await, "290.00");
    assert!(till.update(&token, "360.00").await.json()["data"]["redirect_url"].is_string());
}

#[tokio::test]
async fn a_probability_is_drawn_from_the_seed() {
    let draws = async || {
        let till = Till::open().await;
        let rule = FaultRule::on(Command::Status, FaultKind::Html502).per_mille(500);
        till.sandbox.set_fault(rule);
        let token = till.pending("300.00");
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(till.status(&token).await.status());
        }
        statuses
    };
    let (one, two) = (draws().await, draws().await);
    assert_eq!(one, two);
    assert!(one.contains(&200) && one.contains(&502), "{one:?}");
}

#[tokio::test]
async fn a_disturbed_request_with_a_bad_signature_still_has_no_effect() {
    let till = Till::open().await;
    till.sandbox.set_fault(FaultRule::everywhere(FaultKind::ApplyThenDrop));
    let mut body = till.signed(json!({"token": till.signed_payment("300.00"), "amount": "50.00"}));
    body["amount"] = "51.00".into();
    let request = bytes("POST", "/bumper/v2/refund/", &body.to_string());
    let reply = raw(till.address(), &request).await.expect("closed");
    assert!(reply.raw.is_empty());
    assert_eq!(till.effects("refund"), 0);
}
