//! The request signature, written from the provider's Authentication page and its published
//! sample: sorted `KEY=value&` pairs, five names left out, HMAC-SHA256 in lower-case hex.
//!
//! What the page does not say (null, nested values) is a switch: A-BUM-07, A-BUM-08.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::switches::{NestedAs, NullAs};

/// Authentication page: these take no part.
const NOT_SIGNED: [&str; 5] =
    ["api_key", "signature", "product_description", "preferred_product_type", "additional_data"];

/// How undocumented values enter the string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    pub null: NullAs,
    pub nested: NestedAs,
}

/// The string over the parameters of a request.
pub(crate) fn request_string(parameters: &Map<String, Value>, spelling: Spelling) -> String {
    pairs(parameters, spelling, |key| !NOT_SIGNED.contains(&key))
}

/// The string over the body of a webhook: the page names no exclusions there.
pub(crate) fn webhook_string(body: &Map<String, Value>, spelling: Spelling) -> String {
    pairs(body, spelling, |_| true)
}

fn pairs(
    parameters: &Map<String, Value>,
    spelling: Spelling,
    signed: impl Fn(&str) -> bool,
) -> String {
    let mut keys: Vec<&String> = parameters.keys().filter(|key| signed(key)).collect();
    keys.sort();
    keys.into_iter()
        .filter_map(|key| {
            let value = text(parameters.get(key)?, spelling)?;
            Some(format!("{}={value}&", key.to_uppercase()))
        })
        .collect()
}

/// The value as it enters the string; nothing when the whole pair is left out.
fn text(value: &Value, spelling: Spelling) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(python(value)),
        Value::Null => match spelling.null {
            NullAs::None => Some("None".to_owned()),
            NullAs::Empty => Some(String::new()),
            NullAs::LeftOut => None,
        },
        Value::Array(_) | Value::Object(_) => match spelling.nested {
            NestedAs::LeftOut => None,
            NestedAs::PythonRepr => Some(python(value)),
            NestedAs::JsonSpaced => Some(json(value, ", ", ": ")),
            NestedAs::JsonCompact => Some(json(value, ",", ":")),
        },
    }
}

/// A value as the text Python makes of it.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
            let inner = text.replace('\\', "\\\\");
            let inner = if quote == '\'' { inner.replace('\'', "\\'") } else { inner };
            format!("{quote}{inner}{quote}")
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(python), ", ")),
        Value::Object(members) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{}: {}", python(&Value::String(key.clone())), python(value))
            };
            format!("{{{}}}", joined(members.iter().map(pair), ", "))
        }
    }
}

fn json(value: &Value, comma: &str, colon: &str) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", joined(items.iter().map(|item| json(item, comma, colon)), comma))
        }
        Value::Object(members) => {
            let pair = |(key, value): (&String, &Value)| {
                let key = Value::String(key.clone());
                format!("{key}{colon}{}", json(value, comma, colon))
            };
            format!("{{{}}}", joined(members.iter().map(pair), comma))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn joined(parts: impl Iterator<Item = String>, comma: &str) -> String {
    parts.collect::<Vec<_>>().join(comma)
}

/// Lower-case hex HMAC-SHA256 over the string.
pub(crate) fn hmac_hex(secret: &str, string: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(string.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Whether the given signature is the right one. Only lower-case hex is: the texts are compared,
/// in constant time.
pub(crate) fn matches(secret: &str, string: &str, given: &str) -> bool {
    hmac_hex(secret, string).as_bytes().ct_eq(given.as_bytes()).into()
}
