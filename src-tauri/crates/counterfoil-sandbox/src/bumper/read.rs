//! From bytes to a checked request: which command, which parameters, whose account, and whether
//! the signature recomputed from what arrived is the one that was sent.

use axum::extract::Query;
use axum::http::{Method, StatusCode, Uri, header};
use serde_json::{Map, Value};

use super::ask::Refusal;
use super::book::Book;
use super::signature::{Spelling, matches, request_string};
use crate::faults::Command;
use crate::world::Call;

/// Which command a method and path stand for. Paths end in a slash; nothing is redirected.
pub(crate) fn route(method: &Method, path: &str) -> Result<Command, StatusCode> {
    let (expected, command) = match path {
        "/v2/apply/" => (Method::POST, Command::Start),
        "/v2/status/" => (Method::GET, Command::Status),
        "/v2/update/" => (Method::POST, Command::Update),
        "/v2/cancellation/" => (Method::POST, Command::Cancel),
        "/v2/refund/" => (Method::POST, Command::Refund),
        "/v2/products/" => (Method::GET, Command::Products),
        _ => return Err(StatusCode::NOT_FOUND),
    };
    if *method == expected { Ok(command) } else { Err(StatusCode::METHOD_NOT_ALLOWED) }
}

/// A request after reading. `refusal` is the first thing found wrong with it, if any.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub parameters: Map<String, Value>,
    pub api_key: Option<String>,
    pub token: Option<String>,
    pub signature_valid: Option<bool>,
    pub refusal: Option<Refusal>,
}

/// Reads and checks a request; never fails, so that a bad one is still recorded.
pub(crate) fn read(book: &Book, command: Command, call: &Call) -> Reading {
    let mut reading = Reading::default();
    let parameters = match command {
        Command::Status | Command::Products => from_query(call),
        Command::Start | Command::Update | Command::Cancel | Command::Refund => from_body(call),
        // Other providers' commands: no path of this one leads to them.
        Command::Capture
        | Command::Void
        | Command::Relabel
        | Command::List
        | Command::Refresh
        | Command::Hook => Ok(Map::new()),
    };
    match parameters {
        Ok(parameters) => reading.parameters = parameters,
        Err(refusal) => reading.refusal = Some(refusal),
    }
    let text = |name: &str| reading.parameters.get(name)?.as_str().map(str::to_owned);
    reading.api_key = text("api_key");
    reading.token = text("token");
    if reading.refusal.is_none() {
        reading.refusal = check(book, command, call, &mut reading).err();
    }
    reading
}

fn check(book: &Book, command: Command, call: &Call, reading: &mut Reading) -> Result<(), Refusal> {
    if book.switches.editions.headers_required {
        headers(command, call)?;
    }
    let Some(api_key) = &reading.api_key else {
        return Err(needed("api_key"));
    };
    let account = book.account(api_key).ok_or_else(|| Refusal("api_key is invalid.".into()))?;
    let given = reading.parameters.get("signature").and_then(Value::as_str);
    let Some(given) = given else {
        return Err(needed("signature"));
    };
    let signing = &book.switches.signing;
    let spelling = Spelling { null: signing.null, nested: signing.nested };
    let string = request_string(&reading.parameters, spelling);
    let valid = matches(account.secret, &string, given);
    reading.signature_valid = Some(valid);
    if !valid {
        return Err(Refusal("signature is invalid.".into()));
    }
    let names_payment = !matches!(command, Command::Start | Command::Products);
    if names_payment && reading.token.is_none() {
        return Err(needed("token"));
    }
    Ok(())
}

fn needed(name: &str) -> Refusal {
    Refusal(format!("{name} is required."))
}

/// The pages star `Accept` everywhere, `Content-Type` for bodies except on the cancel page.
fn headers(command: Command, call: &Call) -> Result<(), Refusal> {
    let says_json = |name| {
        let value = call.headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains("application/json"))
    };
    if !says_json(header::ACCEPT) && command != Command::Products {
        return Err(Refusal("Accept must be application/json.".into()));
    }
    let typed = matches!(command, Command::Start | Command::Update | Command::Refund);
    if typed && !says_json(header::CONTENT_TYPE) {
        return Err(Refusal("Content-Type must be application/json.".into()));
    }
    Ok(())
}

fn from_body(call: &Call) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal("The body must be a JSON object.".into())),
        Err(_) => Err(Refusal("The body is not valid JSON.".into())),
    }
}

fn from_query(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let bad = |_| Refusal("The query cannot be read.".into());
    let uri: Uri = format!("/?{}", call.query).parse().map_err(|_| Refusal("Bad query.".into()))?;
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(bad)?;
    Ok(pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect())
}
