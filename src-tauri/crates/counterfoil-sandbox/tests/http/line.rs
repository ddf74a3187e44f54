//! The line going down and coming up, and the end of a sandbox.

use std::io::ErrorKind;
use std::time::Duration;

use counterfoil_sandbox::LineState;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Till, bytes, raw};

/// A connection that has been answered once and is kept.
async fn kept(till: &Till) -> TcpStream {
    let target = till.query("/v2/status/", json!({"token": "x"}));
    let request = String::from_utf8(bytes("GET", &target, "")).expect("text");
    let request = request.replace("Connection: close\r\n", "");
    let mut socket = TcpStream::connect(till.address()).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut some = [0_u8; 4096];
    assert!(socket.read(&mut some).await.expect("an answer") > 0);
    socket
}

async fn is_closed(socket: &mut TcpStream) -> bool {
    let mut byte = [0_u8; 1];
    let read = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut byte)).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn a_silent_line_closes_every_provider_connection_while_control_answers() {
    let till = Till::open().await;
    let mut old = kept(&till).await;
    let reply = till.control("POST", "/line", json!({"up": false})).await;
    assert_eq!(reply.json(), json!({"line": "silent"}));
    assert!(is_closed(&mut old).await);
    assert!(till.status("x").await.raw.is_empty());
    assert_eq!(till.sandbox.received_requests().len(), 1, "nothing arrives while it is down");
    assert_eq!(till.control("GET", "/ledger", Value::Null).await.json(), json!([]));
    till.control("POST", "/line", json!({"up": true})).await;
    assert_eq!(till.status("x").await.status(), 400);
}

#[tokio::test]
async fn a_refusing_line_lets_no_byte_leave_and_takes_the_same_port_again() {
    let till = Till::open().await;
    let mut old = kept(&till).await;
    till.sandbox.set_line(LineState::Refusing).expect("taken down");
    assert!(is_closed(&mut old).await);
    for _ in 0..3 {
        let refused = TcpStream::connect(till.address()).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let request = bytes("GET", "/control/line", "");
        let aside = raw(till.sandbox.control_address(), &request).await.expect("control answers");
        assert_eq!(aside.json(), json!({"line": "refusing"}));
        till.sandbox.set_line(LineState::Up).expect("put up");
        assert_eq!(till.status("x").await.status(), 400);
        till.sandbox.set_line(LineState::Refusing).expect("taken down");
    }
}

#[tokio::test]
async fn the_separate_control_port_reaches_no_provider() {
    let till = Till::open().await;
    let request = bytes("GET", &till.query("/v2/status/", json!({"token": "x"})), "");
    let reply = raw(till.sandbox.control_address(), &request).await.expect("an answer");
    assert_eq!(reply.status(), 404);
    assert!(till.sandbox.received_requests().is_empty());
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections_at_once_and_keeps_its_ledger() {
    let till = Till::open().await;
    let mut old = kept(&till).await;
    till.pending("300.00");
    till.sandbox.stop();
    for address in [till.address(), till.sandbox.control_address()] {
        let refused = TcpStream::connect(address).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    assert!(is_closed(&mut old).await);
    assert_eq!(till.sandbox.ledger().len(), 1);
    assert!(till.sandbox.set_line(LineState::Up).is_err());
}
