//! The router over real sockets, in plain HTTP, as a browser or an attacker would write it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use counterfoil_training::TrainingTill;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{guard, serve};

struct Host {
    runtime: Runtime,
    till: TrainingTill,
    screen: tempfile::TempDir,
    address: SocketAddr,
    end: tokio::sync::watch::Sender<bool>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Host {
    fn start() -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let till = TrainingTill::open(runtime.handle(), 2).expect("training begins");
        let screen = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(screen.path().join("index.html"), "<title>Screen</title>")
            .expect("the folder is ours");
        let listener =
            runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (end, told) = tokio::sync::watch::channel(false);
        let router = serve::router(&till.desk, screen.path(), address, told.clone());
        let ended = async move {
            let _ = told.clone().wait_for(|end| *end).await;
        };
        let serving = axum::serve(listener, router).with_graceful_shutdown(ended);
        let serving = runtime.spawn(serving.into_future());
        Self { runtime, till, screen, address, end, serving }
    }

    fn open(&self, head: &str, body: &str) -> TcpStream {
        open(self.address, head, body)
    }

    /// The whole answer to one request.
    fn send(&self, head: &str, body: &str) -> String {
        let mut stream = self.open(&format!("{head}\r\nConnection: close"), body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers are text");
        answer
    }

    fn call(&self, name: &str, args: &Value) -> (String, Value) {
        let head = "POST /rpc HTTP/1.1\r\nContent-Type: application/json";
        let answer = self.send(head, &json!({"call": name, "args": args}).to_string());
        split(&answer)
    }
}

/// A connection with one request on it, written as it goes over the wire.
fn open(host: SocketAddr, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("not zero");
    let length = body.len();
    let text = format!("{head}\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).expect("it reads");
    stream
}

/// The status line's number, and the JSON below the headers.
fn split(answer: &str) -> (String, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers end");
    let number = head.split(' ').nth(1).expect("a status").to_owned();
    (number, serde_json::from_str(body).expect("JSON"))
}

#[test]
fn a_call_is_answered_and_a_fault_keeps_its_code() {
    let host = Host::start();
    let (number, desk) = host.call("desk.show", &json!({}));
    assert_eq!((number.as_str(), &desk["training"]), ("200", &json!(true)));
    let (number, fault) = host.call("payment.list", &json!({}));
    assert_eq!((number.as_str(), &fault["code"]), ("401", &json!("sign_in_needed")));
    let (number, fault) = host.call("no.such", &json!({}));
    assert_eq!((number.as_str(), &fault["code"]), ("400", &json!("bad_input")));
}

#[test]
fn what_is_no_json_or_says_it_is_none_is_refused_as_a_fault() {
    let host = Host::start();
    let check = |kind: &str, body: &str| {
        let head = format!("POST /rpc HTTP/1.1\r\nContent-Type: {kind}");
        let (number, fault) = split(&host.send(&head, body));
        assert_eq!((number.as_str(), &fault["code"]), ("400", &json!("bad_input")), "{body}");
    };
    check("application/json", "{");
    check("application/json", "");
    // A form of another site can send this without being asked first by the browser.
    check("text/plain", r#"{"call":"desk.show","args":{}}"#);
}

#[test]
fn a_seat_is_shared_by_all_requests() {
    let host = Host::start();
    let (_, desk) = host.call("desk.show", &json!({}));
    let hint = &desk["training_pins"][1];
    let args = json!({"staff_id": hint["staff_id"], "pin": hint["pin"]});
    assert_eq!(host.call("session.sign_in", &args).0, "200");
    let (_, page) = host.call("payment.list", &json!({}));
    assert_eq!(page["payments"].as_array().map(Vec::len), Some(8), "two of each provider");
}

#[test]
fn every_answer_carries_the_policy_and_other_sites_get_no_other() {
    let host = Host::start();
    let policy = format!("content-security-policy: {}", guard::POLICY);
    for (head, number) in [
        ("GET / HTTP/1.1", "200"),
        ("GET /none.js HTTP/1.1", "404"),
        ("GET / HTTP/1.1\r\nOrigin: http://evil.example", "403"),
        ("GET /events HTTP/1.1\r\nSec-Fetch-Site: cross-site", "403"),
    ] {
        let answer = host.send(head, "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {number} ")), "{head}: {answer}");
        assert!(answer.contains(&policy), "{head}: {answer}");
    }
}

#[test]
fn files_outside_the_screen_are_not_served() {
    let host = Host::start();
    let secret = host.screen.path().with_extension("secret");
    std::fs::write(&secret, "secret").expect("the folder is ours");
    let name = secret.file_name().and_then(|name| name.to_str()).expect("plain letters");
    for path in [format!("/../{name}"), format!("/%2e%2e/{name}"), format!("/..%2f{name}")] {
        let answer = host.send(&format!("GET {path} HTTP/1.1"), "");
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
    std::fs::remove_file(secret).expect("it was just written");
}

#[test]
fn a_browser_hears_what_to_read_again() {
    let host = Host::start();
    let (_, desk) = host.call("desk.show", &json!({}));
    let hint = &desk["training_pins"][1];
    host.call("session.sign_in", &json!({"staff_id": hint["staff_id"], "pin": hint["pin"]}));
    let mut lines = BufReader::new(host.open("GET /events HTTP/1.1", "")).lines();
    let head = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty());
    assert!(head.last().is_some(), "the headers came, so it is listening");
    host.call("line.set", &json!({"on_purpose": true}));
    let event = lines.map_while(Result::ok).find(|line| line.starts_with("data:"));
    assert_eq!(event.as_deref(), Some(r#"data: {"what":"desk"}"#));
}

#[test]
fn the_end_lets_listeners_go_and_answers_the_call_under_way() {
    let host = Host::start();
    let (_, desk) = host.call("desk.show", &json!({}));
    let hint = &desk["training_pins"][1];
    host.call("session.sign_in", &json!({"staff_id": hint["staff_id"], "pin": hint["pin"]}));
    let listening = host.open("GET /events HTTP/1.1", "");
    let slow = r#"{"command":"status","fault":"delay_ms","ms":700}"#;
    let head = "POST /control/faults HTTP/1.1\r\nContent-Type: application/json";
    let mut told = [0; 12];
    let mut control = open(host.till.sandbox.control_address(), head, slow);
    control.read_exact(&mut told).expect("it answers");
    assert_eq!(&told, b"HTTP/1.1 200");
    let before = host.till.sandbox.received_requests().len();
    let token = &host.till.sandbox.payments()[0].provider_ref;
    let args = json!({"payment": format!("Training Bumper/{token}")});
    let (number, _) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| host.call("payment.refresh", &args));
        while host.till.sandbox.received_requests().len() == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        host.end.send_replace(true);
        asked.join().expect("the call is answered")
    });
    assert_eq!(number, "200");
    let Host { runtime, serving, .. } = host;
    runtime.block_on(serving).expect("it did not panic").expect("it ended well");
    drop(listening);
}
