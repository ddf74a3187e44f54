//! From bytes to a checked request: which command, whose key, what members. Bodies are JSON or a
//! form, as the pages show both.

use axum::extract::Query;
use axum::http::{HeaderMap, Method, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::account::Power;
use super::book::Book;
use super::problem::Problem;
use crate::faults::Command;
use crate::world::Call;

/// A command and the payment it names, if it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub command: Command,
    pub id: Option<String>,
}

/// What a method and path stand for; nothing else exists, and nothing is redirected.
pub(crate) fn route(method: &Method, path: &str) -> Option<Route> {
    let rest = path.strip_prefix("/v1/payments")?;
    let mut parts = rest.split('/');
    let (root, id, act, more) = (parts.next()?, parts.next(), parts.next(), parts.next());
    if !root.is_empty() || more.is_some() || id.is_some_and(str::is_empty) {
        return None;
    }
    let command = match (method, id, act) {
        (&Method::GET, None, None) => Command::List,
        (&Method::POST, None, None) => Command::Start,
        (&Method::GET, Some(_), None) => Command::Status,
        (&Method::PUT, Some(_), None) => Command::Relabel,
        (&Method::POST, Some(_), Some("refund")) => Command::Refund,
        (&Method::POST, Some(_), Some("capture")) => Command::Capture,
        (&Method::POST, Some(_), Some("void")) => Command::Void,
        (_, _, _) => return None,
    };
    Some(Route { command, id: id.map(str::to_owned) })
}

/// Whose key it is: the place of the merchant, and what the key may do. The key is the user name,
/// the password is empty, and the colon between them is there.
pub(crate) fn key_holder(book: &Book, headers: &HeaderMap) -> Option<(usize, Power)> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (given, None) = (all.next()?.to_str().ok()?, all.next()) else { return None };
    let plain = STANDARD.decode(given.strip_prefix("Basic ")?).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (key, password) = plain.split_once(':')?;
    let mut merchants = book.accounts.iter().enumerate();
    let held = |(place, account): (usize, &super::account::Account)| {
        account.power_of(key).map(|power| (place, power))
    };
    merchants.find_map(held).filter(|_| password.is_empty())
}

/// The members of a body. No body has none.
pub(crate) fn members(call: &Call) -> Result<Map<String, Value>, Problem> {
    if call.body.is_empty() {
        return Ok(Map::new());
    }
    let typed = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if typed.is_some_and(|typed| typed.starts_with("application/x-www-form-urlencoded")) {
        let text = std::str::from_utf8(&call.body).ok();
        let pairs = text.and_then(pairs).ok_or_else(|| Problem::bad("The form cannot be read."))?;
        return Ok(nested(pairs));
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Problem::bad("The body must be a JSON object.")),
    }
}

/// Names and values of a query or form, decoded.
pub(crate) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let uri: Uri = format!("/?{query}").parse().ok()?;
    Query::<Vec<(String, String)>>::try_from_uri(&uri).ok().map(|Query(pairs)| pairs)
}

/// `a[b]=c` becomes a member `b` of the object `a`.
fn nested(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, text) in pairs {
        let inner = name.split_once('[').and_then(|(outer, rest)| {
            rest.strip_suffix(']').map(|inner| (outer.to_owned(), inner.to_owned()))
        });
        let Some((outer, inner)) = inner else {
            members.insert(name, Value::String(text));
            continue;
        };
        let object = members.entry(outer).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(object) = object {
            object.insert(inner, Value::String(text));
        }
    }
    members
}

/// A whole positive number of minor units; a form can only send it as text. None where there is
/// none.
pub(crate) fn amount(members: &Map<String, Value>, form: bool) -> Result<Option<i64>, Problem> {
    let bad = || Problem::field("amount", "must be a whole number greater than 0");
    let minor = match members.get("amount") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) if form => text.parse().ok(),
        Some(_) => None,
    };
    minor.filter(|minor| *minor > 0).map(Some).ok_or_else(bad)
}

/// Whether the body came as a form.
pub(crate) fn is_form(call: &Call) -> bool {
    let typed = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    typed.is_some_and(|typed| typed.starts_with("application/x-www-form-urlencoded"))
}
