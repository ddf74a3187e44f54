//! One HTTP exchange, with limits, and an honest word about how far it came.

use std::error::Error as _;
use std::time::Duration;

use counterfoil_connectors::{Method, WireRequest};
use counterfoil_core::answer::{WireAnswer, WireEnd};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// Largest answer read; a larger one proves nothing and is cut off (targets R15).
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Speaks HTTP. Follows no redirect, repeats nothing by itself and keeps no connection: a stale
/// one would make a lost answer out of a request that was never read.
pub struct Wire {
    client: Client,
}

impl Wire {
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Counterfoil/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Sends one request and waits for the whole answer, at most `limit`.
    pub async fn exchange(&self, request: &WireRequest, limit: Duration) -> WireEnd {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut call = self.client.request(method, &request.url).timeout(limit);
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        if request.method == Method::Post {
            call = call.body(request.body.clone());
        }
        match call.send().await {
            Ok(response) => read_answer(response).await,
            Err(error) => without_answer(error),
        }
    }
}

async fn read_answer(mut response: Response) -> WireEnd {
    let status = response.status().as_u16();
    let retry_after_ms = retry_after(&response);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                return WireEnd::Lost { why: "the answer is larger than 1 MiB".to_owned() };
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return WireEnd::Answer(WireAnswer { status, body, retry_after_ms }),
            Err(error) => return WireEnd::Lost { why: in_words(error) },
        }
    }
}

/// Only a failure to connect (name, route, TLS) proves that no byte of the request left.
fn without_answer(error: reqwest::Error) -> WireEnd {
    if error.is_connect() || error.is_builder() {
        WireEnd::NeverLeft { why: in_words(error) }
    } else {
        WireEnd::Lost { why: in_words(error) }
    }
}

/// The causes in a row, without the address: it may carry what allows a cancel.
fn in_words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no whole answer came in time".to_owned();
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// `Retry-After` in whole seconds; a date is left out, since it would need a trusted clock.
fn retry_after(response: &Response) -> Option<i64> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u32 = text.trim().parse().ok()?;
    Some(i64::from(seconds) * 1_000)
}
