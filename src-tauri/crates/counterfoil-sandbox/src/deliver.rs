//! How an answer leaves: whole, or disturbed on the wire by a fault. Disturbances inside the answer
//! (unknown values, wrong echo) are made before, by the provider it comes from.

use std::future::pending;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::faults::{FaultKind, FaultRule};
use crate::line::Connection;

/// Size of a `huge_body` that gives none: far above any limit a client may sensibly have.
const HUGE_BODY_BYTES: usize = 50 * 1024 * 1024;

/// A finished answer of a provider: an HTTP status and JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub json: String,
}

/// An answer with a body and a content type.
pub(crate) fn reply(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let value = header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

/// JSON with the keys of every object in a drawn order: clients must not depend on it.
pub(crate) fn render(value: &Value, chance: &mut Chance) -> String {
    match value {
        Value::Object(members) => render_object(members, chance),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| render(item, chance)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn render_object(members: &Map<String, Value>, chance: &mut Chance) -> String {
    let mut parts: Vec<String> = members
        .iter()
        .map(|(key, value)| {
            let key = Value::String(key.clone()).to_string();
            format!("{key}:{}", render(value, chance))
        })
        .collect();
    chance.shuffle(&mut parts);
    format!("{{{}}}", parts.join(","))
}

/// Sends the answer, or what the fault makes of it. Without an answer (the command was not
/// applied) only faults that need none can be delivered; any other closes the connection.
pub(crate) async fn deliver(
    connection: &Connection,
    rule: Option<&FaultRule>,
    answer: Option<Answer>,
    hang_limit: Option<Duration>,
) -> Response {
    let Some(rule) = rule else {
        return whole(connection, answer);
    };
    match rule.fault {
        FaultKind::DropBeforeApply | FaultKind::ApplyThenDrop => cut(connection),
        FaultKind::Hang => hang(hang_limit).await,
        FaultKind::Html502 => bad_gateway(StatusCode::BAD_GATEWAY),
        FaultKind::Error500AfterApply => {
            let json = r#"{"success":false,"message":"Internal error."}"#.to_owned();
            reply(StatusCode::INTERNAL_SERVER_ERROR, "application/json", json)
        }
        FaultKind::Empty200 => reply(StatusCode::OK, "application/json", String::new()),
        FaultKind::TruncatedJson => truncated(connection, answer),
        FaultKind::CutAnswer => cut_half_way(connection, answer),
        FaultKind::HugeBody => huge(rule.bytes.unwrap_or(HUGE_BODY_BYTES)),
        FaultKind::Redirect302 => redirect(),
        FaultKind::Http429 => throttled(rule.retry_after.unwrap_or(1)),
        FaultKind::NotJson200 => reply(StatusCode::OK, "text/plain", "OK".to_owned()),
        FaultKind::MissingComma => missing_comma(connection, answer),
        FaultKind::DelayMs
        | FaultKind::UnknownStatusValue
        | FaultKind::ExtraKeys
        | FaultKind::RedirectUrlMissing
        | FaultKind::ResourceConflict
        | FaultKind::WrongEcho
        | FaultKind::SuccessMissing
        | FaultKind::SuccessAsText => whole(connection, answer),
    }
}

fn whole(connection: &Connection, answer: Option<Answer>) -> Response {
    match answer {
        Some(answer) => reply(answer.status, "application/json", answer.json),
        None => cut(connection),
    }
}

/// Closes the connection. The response only satisfies the framework: its bytes find no socket.
pub(crate) fn cut(connection: &Connection) -> Response {
    connection.cut();
    Response::new(Body::empty())
}

async fn hang(limit: Option<Duration>) -> Response {
    match limit {
        None => pending().await,
        Some(limit) => {
            tokio::time::sleep(limit).await;
            bad_gateway(StatusCode::GATEWAY_TIMEOUT)
        }
    }
}

fn bad_gateway(status: StatusCode) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let page = format!("<html><head><title>{title}</title></head><body>{title}</body></html>");
    reply(status, "text/html", page)
}

fn truncated(connection: &Connection, answer: Option<Answer>) -> Response {
    let Some(mut answer) = answer else {
        return cut(connection);
    };
    let half = (answer.json.len() / 2..).find(|at| answer.json.is_char_boundary(*at));
    answer.json.truncate(half.unwrap_or(0));
    reply(answer.status, "application/json", answer.json)
}

fn cut_half_way(connection: &Connection, answer: Option<Answer>) -> Response {
    let Some(answer) = answer else {
        return cut(connection);
    };
    connection.lose_tail(answer.json.len() / 2);
    reply(answer.status, "application/json", answer.json)
}

fn huge(bytes: usize) -> Response {
    let (head, tail) = (r#"{"success":true,"message":"","padding":""#, r#""}"#);
    let padding = "x".repeat(bytes.saturating_sub(head.len() + tail.len()));
    reply(StatusCode::OK, "application/json", format!("{head}{padding}{tail}"))
}

fn redirect() -> Response {
    let mut response = reply(StatusCode::FOUND, "text/html", String::new());
    let to = header::HeaderValue::from_static("/bumper/redirected/");
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// The usual throttling answer of the framework the provider is believed to run on: it has no
/// `success` member (A-BUM-14).
pub(crate) fn throttled(seconds: u64) -> Response {
    let json = format!(r#"{{"detail":"Request was throttled. Expected in {seconds} seconds."}}"#);
    let mut response = reply(StatusCode::TOO_MANY_REQUESTS, "application/json", json);
    let name = HeaderName::from_static("retry-after");
    response.headers_mut().insert(name, header::HeaderValue::from(seconds));
    response
}

fn missing_comma(connection: &Connection, answer: Option<Answer>) -> Response {
    let Some(answer) = answer else {
        return cut(connection);
    };
    let json = answer.json.replacen(",\"", "\n\"", 1);
    reply(answer.status, "application/json", json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered_json_means_the_same_in_any_order() {
        let value = serde_json::json!({"a": {"x": 1, "y": [true, null, "q\"é"]}, "b": 2, "c": {}});
        let mut orders = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let text = render(&value, &mut Chance::new(seed));
            assert_eq!(serde_json::from_str::<Value>(&text).expect("valid JSON"), value);
            orders.insert(text);
        }
        assert!(orders.len() > 3, "the order varies: {orders:?}");
    }
}
