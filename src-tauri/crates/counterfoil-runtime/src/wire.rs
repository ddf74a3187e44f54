//! One HTTP exchange, with limits, and an honest word about how far it came.

use std::error::Error as _;
use std::time::Duration;

use counterfoil_connectors::{Method, WireRequest};
use counterfoil_core::answer::{WireAnswer, WireEnd};
use counterfoil_core::clock::{DateSeen, http_date};
use reqwest::header::{AGE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::clock::Clock;

/// Largest answer read; a larger one proves nothing and is cut off (targets R15).
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where a provider names the exchange for its support (WePay; others may).
const CORRELATION_ID: &str = "x-correlation-id";

/// Longest such name kept.
const MAX_CORRELATION_ID: usize = 128;

/// Speaks HTTP. Follows no redirect, repeats nothing by itself and keeps no connection: a stale
/// one would make a lost answer out of a request that was never read.
pub struct Wire {
    client: Client,
    clock: Clock,
}

impl Wire {
    pub fn new(clock: Clock) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Counterfoil/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, clock })
    }

    /// Sends one request and waits for the whole answer, at most `limit`. With it comes the
    /// provider's `Date`, for the clock guard.
    pub async fn exchange(
        &self,
        request: &WireRequest,
        limit: Duration,
    ) -> (WireEnd, Option<DateSeen>) {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        };
        let mut call = self.client.request(method, &request.url).timeout(limit);
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        if request.method != Method::Get {
            call = call.body(request.body.clone());
        }
        let asked_ms = self.clock.boot_ms();
        match call.send().await {
            Ok(response) => {
                let seen = date_seen(response.headers(), asked_ms, self.clock.boot_ms());
                (read_answer(response).await, seen)
            }
            Err(error) => (without_answer(error), None),
        }
    }
}

/// The `Date` of an answer. One that lay in a store on the way (`Age`) is the date of another day.
fn date_seen(headers: &HeaderMap, asked_ms: Option<i64>, boot_ms: Option<i64>) -> Option<DateSeen> {
    let (asked_ms, boot_ms) = (asked_ms?, boot_ms?);
    if headers.contains_key(AGE) {
        return None;
    }
    let date = http_date(headers.get(DATE)?.to_str().ok()?)?;
    Some(DateSeen { date, round_trip_ms: boot_ms.saturating_sub(asked_ms), boot_ms })
}

async fn read_answer(mut response: Response) -> WireEnd {
    let status = response.status().as_u16();
    let retry_after_ms = retry_after(&response);
    let correlation_id = correlation_id(response.headers());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                return WireEnd::Lost { why: "the answer is larger than 1 MiB".to_owned() };
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => {
                let answer = WireAnswer { status, body, retry_after_ms, correlation_id };
                return WireEnd::Answer(answer);
            }
            Err(error) => return WireEnd::Lost { why: in_words(error) },
        }
    }
}

/// The provider's own name for the exchange, where it gave one that can be shown and kept.
fn correlation_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CORRELATION_ID)?.to_str().ok()?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && (1..=MAX_CORRELATION_ID).contains(&text.len())).then(|| text.to_owned())
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

#[cfg(test)]
mod tests {
    use counterfoil_core::moment::Moment;
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_date_is_taken_with_its_round_trip_and_a_stored_or_strange_one_is_not() {
        let right = "Sun, 06 Nov 1994 08:49:37 GMT";
        let date = Moment::from_millis(784_111_777_000);
        let seen = Some(DateSeen { date, round_trip_ms: 250, boot_ms: 1_250 });
        for (text, age, asked, expected) in [
            (Some(right), None, Some(1_000), seen),
            (Some(right), Some("3600"), Some(1_000), None),
            (Some("yesterday"), None, Some(1_000), None),
            (Some("\u{fc}"), None, Some(1_000), None),
            (None, None, Some(1_000), None),
            (Some(right), None, None, None),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(DATE, text), (AGE, age)] {
                let value = value.map(|text| HeaderValue::from_bytes(text.as_bytes()));
                headers.extend(value.map(|value| (name, value.expect("a header can hold it"))));
            }
            assert_eq!(date_seen(&headers, asked, Some(1_250)), expected, "{text:?} {age:?}");
        }
    }
}
