//! A tiny raw client: it sees every byte, and that a connection closed without one. It signs with
//! an implementation of its own.

use std::net::SocketAddr;
use std::time::Duration;

use counterfoil_sandbox::{BumperAccess, NewPayment, PaymentStatus, Sandbox, SandboxOptions};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Far longer than anything on loopback takes, short enough to see a test hang.
const LIMIT: Duration = Duration::from_secs(10);

/// What came back on a connection until it was closed.
#[derive(Debug, Clone)]
pub struct Reply {
    pub raw: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    pub fn status(&self) -> u16 {
        let text = self.text();
        let code = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        code.expect("a status line")
    }

    pub fn body(&self) -> String {
        self.text().split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (head, _) = text.split_once("\r\n\r\n")?;
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    pub fn json(&self) -> Value {
        let body = self.body();
        serde_json::from_str(&body).expect("a body of JSON")
    }

    pub fn is_refusal(&self) -> bool {
        self.json().get("success") == Some(&Value::Bool(false))
    }
}

/// Sends raw bytes and reads until the other side closes.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Reply> {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(bytes).await?;
        let mut raw = Vec::new();
        match socket.read_to_end(&mut raw).await {
            Ok(_) => Ok(Reply { raw }),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(Reply { raw }),
            Err(error) => Err(error),
        }
    };
    tokio::time::timeout(LIMIT, exchange).await.expect("the connection closes in time")
}

pub fn bytes(method: &str, target: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What the Authentication page leaves out of the string, as far as these tests send it as text.
const UNSIGNED: [&str; 4] = ["api_key", "signature", "preferred_product_type", "additional_data"];

/// The signing string and digest, written here once more.
pub fn sign(secret: &str, parameters: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (key, value) in parameters {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            _ => continue,
        };
        if !UNSIGNED.contains(&key.as_str()) {
            pairs.push((key.clone(), format!("{}={text}&", key.to_uppercase())));
        }
    }
    pairs.sort();
    let string: String = pairs.into_iter().map(|(_, pair)| pair).collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length");
    mac.update(string.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A sandbox and one dealership of it.
pub struct Till {
    pub sandbox: Sandbox,
    pub access: BumperAccess,
}

impl Till {
    pub async fn open() -> Self {
        Self::with_payments(0).await
    }

    pub async fn with_payments(payments: usize) -> Self {
        let options = SandboxOptions { payments, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let access = sandbox.bumper();
        Self { sandbox, access }
    }

    pub fn address(&self) -> SocketAddr {
        self.sandbox.address()
    }

    /// Parameters with key and signature.
    pub fn signed(&self, parameters: Value) -> Value {
        let mut members = parameters.as_object().expect("parameters are an object").clone();
        let signature = sign(&self.access.secret, &members);
        members.insert("api_key".into(), self.access.api_key.clone().into());
        members.insert("signature".into(), signature.into());
        Value::Object(members)
    }

    pub async fn send(&self, method: &str, target: &str, body: &str) -> Reply {
        raw(self.address(), &bytes(method, target, body)).await.expect("an exchange")
    }

    pub async fn post(&self, path: &str, parameters: Value) -> Reply {
        let body = self.signed(parameters).to_string();
        self.send("POST", &format!("/bumper{path}"), &body).await
    }

    /// The query of a signed GET; the values used in these tests need no escaping.
    pub fn query(&self, path: &str, parameters: Value) -> String {
        let signed = self.signed(parameters);
        let members = signed.as_object().expect("an object");
        let pairs: Vec<String> = members
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().expect("a text")))
            .collect();
        format!("/bumper{path}?{}", pairs.join("&"))
    }

    pub async fn status(&self, token: &str) -> Reply {
        let target = self.query("/v2/status/", json!({"token": token}));
        self.send("GET", &target, "").await
    }

    pub async fn data(&self, token: &str) -> Value {
        self.status(token).await.json().get("data").expect("data of a status").clone()
    }

    pub async fn amount(&self, token: &str) -> String {
        let data = self.data(token).await;
        data.get("amount").and_then(Value::as_str).expect("an amount").to_owned()
    }

    pub async fn update(&self, token: &str, amount: &str) -> Reply {
        self.post("/v2/update/", json!({"token": token, "amount": amount})).await
    }

    pub async fn refund(&self, token: &str, amount: &str) -> Reply {
        self.post("/v2/refund/", json!({"token": token, "amount": amount})).await
    }

    pub async fn cancel(&self, token: &str) -> Reply {
        self.post("/v2/cancellation/", json!({"token": token})).await
    }

    pub fn pending(&self, amount: &str) -> String {
        self.payment(amount, PaymentStatus::Pending)
    }

    pub fn signed_payment(&self, amount: &str) -> String {
        self.payment(amount, PaymentStatus::Completed)
    }

    fn payment(&self, amount: &str, status: PaymentStatus) -> String {
        let new = NewPayment {
            amount: amount.into(),
            status: Some(status),
            invoice_number: Some("INV1234".into()),
            reference: Some("26352".into()),
            ..NewPayment::default()
        };
        self.sandbox.create_payment(new).expect("a payment").token
    }

    /// How many effects of a kind the ledger holds.
    pub fn effects(&self, kind: &str) -> usize {
        self.sandbox.ledger().iter().filter(|effect| effect.kind == kind).count()
    }

    pub async fn control(&self, method: &str, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/control{path}"), &body).await
    }
}

pub fn start_parameters(amount: &str) -> Value {
    json!({
        "amount": amount,
        "currency": "GBP",
        "order_reference": "26352",
        "invoice_number": "INV1234",
        "user_email": "user@dealer.example",
        "preferred_product_type": "paypad",
        "product_description": [{"item": "Service", "quantity": "1", "price": amount}],
    })
}
