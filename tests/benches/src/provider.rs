//! A provider that answers every request after a fixed time and notes what it was asked, in
//! order. It runs on a thread of its own and speaks just enough HTTP and Bumper for a drain of
//! adjustments; what a provider really does is the sandbox's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::till::AMOUNT;

/// What the provider saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Readings.
    pub reads: u32,
    /// New totals, by payment, in the order they came.
    pub totals: HashMap<String, Vec<String>>,
}

/// The running provider; it ends with the program.
pub struct Provider {
    /// Where it is reached.
    pub base_url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Provider {
    /// Starts it with the time it takes for each answer.
    pub fn start(latency: Duration) -> Self {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (told, hears) = std::sync::mpsc::channel();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let carrier = tokio::runtime::Builder::new_current_thread().enable_all().build();
            carrier.expect("a runtime").block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("it is bound");
                told.send(format!("http://{address}")).expect("somebody waits for it");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, latency, Arc::clone(&shared)));
                }
            });
        });
        let base_url = hears.recv().expect("it binds or panics");
        Self { base_url, seen }
    }

    /// What it saw so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection until the caller hangs up.
async fn serve(mut stream: TcpStream, latency: Duration, seen: Arc<Mutex<Seen>>) {
    // Without it the second small packet of an answer could wait for the first one's echo.
    let _ = stream.set_nodelay(true);
    let mut received = Vec::new();
    loop {
        let Some((request, length)) = whole_request(&received) else {
            match stream.read_buf(&mut received).await {
                Ok(0) | Err(_) => return,
                Ok(_) => continue,
            }
        };
        received.drain(..length);
        tokio::time::sleep(latency).await;
        let body = answer(&request, &seen).to_string();
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
        let text = format!("{head} {length}\r\n\r\n{body}");
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

struct Request {
    target: String,
    body: Value,
}

/// The first whole request in these bytes and its length.
fn whole_request(received: &[u8]) -> Option<(Request, usize)> {
    let text = str::from_utf8(received).ok()?;
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let header = |line: &str| -> Option<usize> {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let length = head.lines().find_map(header).unwrap_or(0);
    let body = rest.get(..length)?;
    let target = head.split(' ').nth(1)?.to_owned();
    let request = Request { target, body: serde_json::from_str(body).unwrap_or(Value::Null) };
    Some((request, head.len() + "\r\n\r\n".len() + length))
}

fn answer(request: &Request, seen: &Mutex<Seen>) -> Value {
    let mut seen = lock(seen);
    if let (Some(token), Some(amount)) =
        (request.body["token"].as_str(), request.body["amount"].as_str())
    {
        seen.totals.entry(token.to_owned()).or_default().push(amount.to_owned());
        return json!({"success": true, "message": "", "data": {"token": token}});
    }
    seen.reads += 1;
    let token = request.target.split(['?', '&']).find_map(|pair| pair.strip_prefix("token="));
    let token = token.unwrap_or_default();
    let newest = seen.totals.get(token).and_then(|totals| totals.last());
    json!({"success": true, "message": "", "data": {
        "token": token,
        "status": "pending",
        "customer_reference": "",
        "amount": newest.map_or(AMOUNT, String::as_str),
        "min_amount_allowed": "1.00",
        "max_amount_allowed": "10000.00",
        "invoicenumber": "INV-1",
        "initial_payment_type": null,
        "payment_type": null,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_when_its_last_byte_is_there() {
        let whole = "POST /v2/update/ HTTP/1.1\r\ncontent-length: 14\r\n\r\n{\"token\":\"t1\"}GET";
        for length in 0..whole.len() - 3 {
            assert!(whole_request(&whole.as_bytes()[..length]).is_none(), "{length}");
        }
        let (request, length) = whole_request(whole.as_bytes()).expect("it is whole");
        assert_eq!(request.body["token"], "t1");
        assert_eq!(&whole[length..], "GET");
    }

    #[test]
    fn a_reading_tells_the_newest_total() {
        let seen = Mutex::new(Seen::default());
        let ask = |target: &str, body| answer(&Request { target: target.to_owned(), body }, &seen);
        let read = "/v2/status/?token=t1&signature=s";
        assert_eq!(ask(read, Value::Null)["data"]["amount"], AMOUNT);
        ask("/v2/update/", json!({"token": "t1", "amount": "80.00"}));
        assert_eq!(ask(read, Value::Null)["data"]["amount"], "80.00");
        assert_eq!(lock(&seen).reads, 2);
    }
}
