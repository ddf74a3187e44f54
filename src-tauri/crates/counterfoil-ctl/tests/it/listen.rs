//! Webhooks, and whoever else comes to the door.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use counterfoil_sandbox::{
    MoyasarEvent, MoyasarOrder, MoyasarStatus, NewMoyasarPayment, PaymentStatus, ProviderChange,
    WebhookEvent, WebhookOrder,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::listener::{Answer, Listener, PATIENCE, call, post, raw, read, wait_until};
use crate::till::{Till, payment, text};

fn now<T>(work: impl Future<Output = T>) -> T {
    Runtime::new().expect("a runtime").block_on(work)
}

fn amount(till: &Till, payment: &str) -> String {
    let shown = till.cashier(&format!("payment show {payment}")).exits(0);
    text(&shown["amount"]["text"])
}

fn inbox(till: &Till) -> (u64, u64) {
    let callbacks = till.nobody("doctor").exits(0)["callbacks"].clone();
    let number = |name: &str| callbacks[name].as_u64().expect("a number");
    (number("kept"), number("untaken"))
}

/// A webhook that the stand-in makes and signs, caught on its way: its headers and its body.
fn caught(till: &Till, token: &str, event: WebhookEvent) -> (String, Vec<u8>) {
    let sink = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", sink.local_addr().expect("an address"));
    let order = WebhookOrder { token: token.to_owned(), event_value: event, url };
    let catching = std::thread::spawn(move || {
        let (mut socket, _) = sink.accept().expect("somebody calls");
        let mut raw = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&raw) {
            let read = socket.read(&mut buffer).expect("it reads");
            raw.extend_from_slice(&buffer[..read]);
        }
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        raw
    });
    now(till.sandbox.send_webhook(&order)).expect("it is sent");
    let raw = catching.join().expect("it is caught");
    let text = String::from_utf8(raw).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let is_signature = |line: &&str| line.to_ascii_lowercase().starts_with("x-signature:");
    let line = head.split("\r\n").find(is_signature).expect("it is signed");
    let (_, signature) = line.split_once(':').expect("a name and a text");
    (signature.trim().to_owned(), body.as_bytes().to_vec())
}

fn is_whole(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|text| text.trim().parse::<usize>().ok()).is_some_and(|len| body.len() >= len)
}

#[cfg(unix)]
#[test]
fn a_webhook_makes_the_payment_be_read_again_although_nobody_sends_here() {
    let till = Till::ready();
    let (payment, token) = till.open_payment();
    let listener = Listener::start(&till);
    let change = ProviderChange { amount: Some("250.00".to_owned()), ..ProviderChange::default() };
    till.sandbox.change_at_provider(&token, &change).expect("it is changed");
    let url = listener.url("/callback/B");
    let order = WebhookOrder { token, event_value: WebhookEvent::Updated, url };
    let report = now(till.sandbox.send_webhook(&order)).expect("it is sent");
    assert_eq!((report.delivered, report.answers), (true, vec![Some(200)]));
    wait_until(|| amount(&till, &payment) == "250.00");
    assert_eq!(inbox(&till), (1, 0));
    let health = till.nobody("doctor").exits(0)["callbacks"].clone();
    assert_eq!(health["listening_at"], listener.address.to_string());
    assert_eq!(health["setting"], "off");
    listener.ends();
    assert_eq!(till.nobody("doctor").exits(0)["callbacks"]["listening_at"], Value::Null);
}

#[cfg(unix)]
#[test]
fn what_a_webhook_says_is_never_taken_over_only_what_is_read() {
    let till = Till::ready();
    let (payment, token) = till.open_payment();
    let listener = Listener::start(&till);
    // It is signed and says 300.00; by the time it is heard the payment is another.
    let (signature, body) = caught(&till, &token, WebhookEvent::Updated);
    let change = ProviderChange { amount: Some("123.00".to_owned()), ..ProviderChange::default() };
    till.sandbox.change_at_provider(&token, &change).expect("it is changed");
    let answer = post(listener.address, "/callback/B", &[("X-Signature", &signature)], &body);
    assert_eq!(answer.status, 200);
    wait_until(|| amount(&till, &payment) == "123.00");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn webhooks_doubled_and_in_any_order_leave_the_same_inbox_and_the_same_payment() {
    let till = Till::ready();
    let tracked: Vec<(String, String)> = (0..3).map(|_| till.open_payment()).collect();
    let unknown = till.sandbox.create_payment(payment(PaymentStatus::Pending)).expect("another");
    let tokens = tracked.iter().map(|(_, token)| token).chain([&unknown.token]);
    let events = [WebhookEvent::Applied, WebhookEvent::Signed, WebhookEvent::Updated];
    let letters: Vec<(String, Vec<u8>)> =
        tokens.flat_map(|token| events.map(|event| caught(&till, token, event))).collect();
    for (_, token) in &tracked {
        let amount = Some("222.00".to_owned());
        let change = ProviderChange { amount, ..ProviderChange::default() };
        till.sandbox.change_at_provider(token, &change).expect("it is changed");
    }
    let listener = Listener::start(&till);
    let to = listener.address;
    std::thread::scope(|scope| {
        for crowd in 0..4_usize {
            let letters = &letters;
            scope.spawn(move || {
                for turn in 0..25 {
                    let at = (turn * 7 + crowd * 5) % letters.len();
                    let (signature, body) = &letters[at];
                    let answer = post(to, "/callback/B", &[("X-Signature", signature)], body);
                    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
                }
            });
        }
    });
    wait_until(|| inbox(&till) == (12, 0));
    for (payment, _) in &tracked {
        assert_eq!(amount(&till, payment), "222.00");
    }
    let listed = till.cashier("payment list").exits(0);
    assert_eq!(
        listed["payments"].as_array().map(Vec::len),
        Some(3),
        "no payment came in by itself"
    );
    let read = till.received("/v2/status/");
    assert!(read < 3 + 60, "hints of one payment are read together: {read}");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_hint_brings_on_what_waits_for_the_customer() {
    let till = Till::ready();
    let (payment, token) = till.paid_payment();
    let change = till.adjust(&payment, "350.00");
    till.sync(6);
    assert_eq!(till.state(&change), "needs_customer");
    till.sandbox.complete_redirect(&token).expect("the customer signs");
    let listener = Listener::start(&till);
    let url = listener.url("/callback/B");
    let order = WebhookOrder { token, event_value: WebhookEvent::Signed, url };
    assert!(now(till.sandbox.send_webhook(&order)).expect("it is sent").delivered);
    wait_until(|| amount(&till, &payment) == "350.00");
    wait_until(|| {
        let shown = till.cashier(&format!("change show {change}")).exits(0);
        let now = till.nobody("doctor").exits(0)["clock"]["trusted"].clone();
        text(&shown["next_attempt_at"]) <= text(&now)
    });
    till.sync(0);
    assert_eq!(till.state(&change), "applied");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_webhook_of_moyasar_is_heard_by_its_secret_token_and_not_by_another() {
    let till = Till::with_people();
    let access = till.sandbox.moyasar();
    let add = format!(
        "account add --name 'Front desk' --provider moyasar --currency {} --base-url {}",
        access.currency, access.base_url
    );
    let secrets = json!({
        "secret_key": access.secret_key, "webhook_secret": access.webhook_secret
    });
    till.owner(&add).stdin(&secrets.to_string()).exits(0);
    let new = NewMoyasarPayment {
        amount: "300.00".to_owned(),
        status: Some(MoyasarStatus::Paid),
        ..NewMoyasarPayment::default()
    };
    let made = till.sandbox.create_moyasar_payment(new).expect("a payment");
    let track = format!("payment track --account 'Front desk' --ref {}", made.id);
    let tracked = text(&till.cashier(&track).exits(0)["payment_id"]);
    let refunded = counterfoil_sandbox::MoyasarChange {
        status: Some(MoyasarStatus::Refunded),
        refunded: Some("300.00".to_owned()),
        ..counterfoil_sandbox::MoyasarChange::default()
    };
    till.sandbox.change_at_moyasar(&made.id, &refunded).expect("it is refunded there");
    let listener = Listener::start(&till);
    let order = |secret_token: Option<&str>| MoyasarOrder {
        id: made.id.clone(),
        event: MoyasarEvent::PaymentRefunded,
        url: listener.url("/callback/Front%20desk"),
        secret_token: secret_token.map(str::to_owned),
    };
    let send = |secret| now(till.sandbox.send_moyasar_webhook(&order(secret))).expect("it is sent");
    let refused = send(Some("another"));
    assert!(!refused.delivered);
    assert!(refused.answers.iter().all(|answer| *answer == Some(404)), "{refused:?}");
    assert_eq!(inbox(&till), (0, 0));
    assert_eq!(send(None).answers, [Some(200)]);
    wait_until(|| {
        let shown = till.cashier(&format!("payment show {tracked}")).exits(0);
        shown["state"] == "refunded"
    });
    listener.ends();
}

/// What everybody hears who is not proved.
fn nothing() -> Answer {
    let body = r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"Not found."}"#;
    let head = ["content-type: application/problem+json", "connection: close"];
    let mut head: Vec<String> = head.iter().map(|line| (*line).to_owned()).collect();
    head.push(format!("content-length: {}", body.len()));
    head.sort();
    Answer { status: 404, head, body: body.to_owned() }
}

fn sorted(mut answer: Answer) -> Answer {
    answer.head.sort();
    answer
}

/// A till with accounts at Bumper and Norce that listens, and a webhook somebody has overheard.
struct Besieged {
    till: Till,
    listener: Listener,
    signature: String,
    body: Vec<u8>,
}

impl Besieged {
    fn open() -> Self {
        let till = Till::ready();
        let norce = till.sandbox.norce();
        let add = format!(
            "account add --name N --provider norce --currency {} --base-url {} --set merchant={} \
             --set channel={}",
            norce.currency, norce.base_url, norce.options.merchant, norce.options.channel
        );
        till.owner(&add).stdin(&json!({ "token": norce.token }).to_string()).exits(0);
        let (_, token) = till.open_payment();
        let (signature, body) = caught(&till, &token, WebhookEvent::Updated);
        let listener = Listener::start(&till);
        Self { till, listener, signature, body }
    }

    fn check(&self, what: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let answer = sorted(post(self.listener.address, path, headers, body));
        assert_eq!(answer, nothing(), "{what}");
    }

    fn webhooks(&self) {
        let Self { signature, body, .. } = self;
        let signed: &[(&str, &str)] = &[("X-Signature", signature)];
        let zeros = "0".repeat(64);
        let capitals = signature.to_uppercase();
        self.check("no such path", "/", &[], b"");
        self.check("no such path below", "/callback/B/more", signed, body);
        self.check("a way up", "/callback/../callback/B", signed, body);
        self.check("no such account", "/callback/C", signed, body);
        self.check("no signature", "/callback/B", &[], body);
        self.check("a signature of zeros", "/callback/B", &[("X-Signature", &zeros)], body);
        self.check("one in capitals", "/callback/B", &[("X-Signature", &capitals)], body);
        self.check("two signatures", "/callback/B", &[signed[0], signed[0]], body);
        self.check("another body", "/callback/B", signed, &body[1..]);
        self.check("no body", "/callback/B", signed, b"");
        self.check("too large a body", "/callback/B", signed, &vec![b'x'; 300 * 1024]);
        self.check("an account without webhooks", "/callback/N", signed, body);
        for method in ["GET", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let answer = call(self.listener.address, method, "/callback/B", signed, body);
            assert_eq!(sorted(answer), nothing(), "{method}");
        }
    }

    fn orders(&self) {
        const SEED: &str = "/api/checkout/v1/callback/orders/o_1/payments/p_1/update-payment";
        let norce = self.till.sandbox.norce();
        let bearer = format!("Bearer {}", norce.token);
        let (merchant, channel) = (norce.options.merchant.as_str(), norce.options.channel.as_str());
        let proof = |bearer: &str, merchant: &str, channel: &str| {
            let named =
                [("Authorization", bearer), ("x-merchant", merchant), ("x-channel", channel)];
            named.map(|(name, text)| (name.to_owned(), text.to_owned()))
        };
        let right = proof(&bearer, merchant, channel);
        let order = |what: &str, path: &str, proof: &[(String, String)]| {
            let headers = proof.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            self.check(what, path, &headers.collect::<Vec<_>>(), br#"{"id":"o_1"}"#);
        };
        order("no bearer", SEED, &[]);
        order("another bearer", SEED, &proof("Bearer x", merchant, channel));
        order("a bare token", SEED, &proof(&norce.token, merchant, channel));
        order("another merchant", SEED, &proof(&bearer, "other", channel));
        order("another channel", SEED, &proof(&bearer, merchant, "2"));
        order("no merchant", SEED, &right[..1]);
        order("another account's prefix", &format!("/callback/B{SEED}"), &right);
        order("another hook", &SEED.replace("update-payment", "cart-changed"), &right);
    }

    /// What is no call at all is answered by the bare number, or not.
    fn nonsense(&self) {
        let long = "y".repeat(64 * 1024);
        let head = request("/callback/B", &[("X-Long", &long)], b"");
        let many: String = (0..200).map(|at| format!("X-{at}: y\r\n")).collect();
        let many = format!("POST /callback/B HTTP/1.1\r\n{many}\r\n");
        let odd: [&[u8]; 3] = [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n"];
        for bytes in [head.as_slice(), many.as_bytes()].into_iter().chain(odd) {
            let answer = read(&raw(self.listener.address, bytes));
            let bare =
                |answer: Answer| [400, 431].contains(&answer.status) && answer.body.is_empty();
            assert!(
                answer.is_none_or(bare),
                "{:?}",
                String::from_utf8_lossy(&bytes[..9.min(bytes.len())])
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn whoever_is_not_proved_hears_the_same_whatever_they_try_and_nothing_is_stored() {
    let besieged = Besieged::open();
    let before = besieged.till.nobody("audit verify").exits(0);
    besieged.webhooks();
    besieged.orders();
    besieged.nonsense();
    let Besieged { till, listener, signature, .. } = besieged;
    assert_eq!(till.nobody("audit verify").exits(0), before, "nothing was stored");
    assert_eq!(inbox(&till), (0, 0));
    let said = listener.ends();
    assert!(!said.contains(&till.sandbox.norce().token) && !said.contains(&signature), "{said}");
}

fn request(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: till\r\n").into_bytes();
    for (name, text) in headers {
        request.extend(format!("{name}: {text}\r\n").into_bytes());
    }
    request.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    request.extend_from_slice(body);
    request
}

#[cfg(unix)]
#[test]
fn slow_callers_are_let_go_and_keep_nobody_else_waiting_for_long() {
    let till = Till::ready();
    let (_, token) = till.open_payment();
    let (signature, body) = caught(&till, &token, WebhookEvent::Updated);
    let listener = Listener::start(&till);
    let to: SocketAddr = listener.address;
    let begun = Instant::now();
    let half = |bytes: &[u8]| {
        let mut socket = TcpStream::connect(to).expect("somebody listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is set");
        socket.write_all(bytes).expect("it is sent");
        socket
    };
    // More than there are places; half a head each, and one with half a body.
    let mut slow: Vec<TcpStream> =
        (0..70).map(|_| half(b"POST /callback/B HTTP/1.1\r\nHo")).collect();
    let whole = request("/callback/B", &[("X-Signature", &signature)], &body);
    slow.push(half(&whole[..whole.len() - 1]));
    let answer = post(to, "/callback/B", &[("X-Signature", &signature)], &body);
    assert_eq!(answer.status, 200, "after {:?}", begun.elapsed());
    for mut socket in slow {
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest);
        assert!(read(&rest).is_none_or(|answer| answer.status >= 400), "{rest:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    listener.ends();
}

#[test]
fn who_may_listen_and_where_is_checked() {
    let till = Till::ready().with_auditor();
    till.nobody("listen").refuses(3, "sign_in_needed");
    till.auditor("listen").refuses(3, "not_permitted");
    till.cashier("listen --addr nowhere").refuses(2, "bad_input");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    till.cashier(&format!("listen --addr {address}")).refuses(2, "bad_input");
    till.owner("settings set listen.addr on").refuses(2, "bad_input");
}

#[cfg(unix)]
#[test]
fn a_window_listens_where_and_while_the_settings_say_so() {
    let till = Till::ready();
    let (payment, token) = till.open_payment();
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    till.owner(&format!("settings set listen.addr {port}")).exits(0);
    let carrier = Runtime::new().expect("a runtime");
    let desk = counterfoil_api::Desk::open(counterfoil_api::DeskOptions {
        data_dir: till.data_dir(),
        vault: counterfoil_api::VaultSettings::File {
            path: till.beside("vault"),
            passphrase: counterfoil_api::Secret::from_text("only for tests".to_owned()),
        },
        clock: counterfoil_api::Clock::Machine,
        handle: carrier.handle().clone(),
    });
    let desk = desk.expect("the desk opens");
    let window = desk.drain_while_open();
    wait_until(|| TcpStream::connect(port).is_ok());
    let health = till.nobody("doctor").exits(0)["callbacks"].clone();
    assert_eq!(
        (&health["setting"], &health["listening_at"]),
        (&json!(port.to_string()), &json!(port.to_string()))
    );
    let change = ProviderChange { amount: Some("250.00".to_owned()), ..ProviderChange::default() };
    till.sandbox.change_at_provider(&token, &change).expect("it is changed");
    let url = format!("http://{port}/callback/B");
    let order = WebhookOrder { token, event_value: WebhookEvent::Updated, url };
    assert!(now(till.sandbox.send_webhook(&order)).expect("it is sent").delivered);
    wait_until(|| amount(&till, &payment) == "250.00");
    till.owner("settings set listen.addr off").exits(0);
    wait_until(|| TcpStream::connect(port).is_err());
    assert_eq!(till.nobody("doctor").exits(0)["callbacks"]["listening_at"], Value::Null);
    till.owner(&format!("settings set listen.addr {port}")).exits(0);
    wait_until(|| TcpStream::connect(port).is_ok());
    window.finish(carrier.handle());
    assert!(TcpStream::connect(port).is_err(), "a closed window hears nothing");
}
