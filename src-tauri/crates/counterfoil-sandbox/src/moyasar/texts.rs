//! The two texts an update may set, with the published limits (Metadata page).

use serde_json::{Map, Value};

use super::payment::Payment;
use super::problem::Problem;
use super::switches::MoyasarSwitches;

const MAX_KEYS: usize = 30;
const MAX_KEY_CHARS: usize = 40;
const MAX_VALUE_CHARS: usize = 500;

/// What an update sets. An inner none unsets.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TextAsk {
    pub description: Option<Option<String>>,
    pub metadata: Option<Map<String, Value>>,
}

/// Reads the members of an update or a creation that are texts.
pub(crate) fn read(
    members: &Map<String, Value>,
    switches: &MoyasarSwitches,
) -> Result<TextAsk, Problem> {
    let description = match members.get("description") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.chars().count() > switches.description.max_chars => {
            return Err(Problem::field("description", "is too long"));
        }
        Some(Value::String(text)) => Some(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => return Err(Problem::field("description", "must be a string")),
    };
    let metadata = match members.get("metadata") {
        None => None,
        Some(Value::Null) => Some(Map::new()),
        Some(Value::Object(entries)) => Some(within_limits(entries)?),
        Some(_) => return Err(Problem::field("metadata", "must be an object")),
    };
    Ok(TextAsk { description, metadata })
}

fn within_limits(entries: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let refused = |message| Err(Problem::field("metadata", message));
    if entries.len() > MAX_KEYS {
        return refused("has more than 30 keys");
    }
    for (key, value) in entries {
        if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
            return refused("has a key of more than 40 characters");
        }
        match value {
            Value::String(text) if text.chars().count() > MAX_VALUE_CHARS => {
                return refused("has a value of more than 500 characters");
            }
            Value::String(_) | Value::Number(_) | Value::Null => {}
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return refused("has a value that is no string");
            }
        }
    }
    Ok(entries.clone())
}

/// Sets what was asked for. An empty value unsets its key, an empty object unsets all; whether
/// what is not mentioned stays is A-MOY-02.
pub(crate) fn set(
    payment: &mut Payment,
    ask: TextAsk,
    switches: &MoyasarSwitches,
) -> Result<(), Problem> {
    if let Some(entries) = ask.metadata {
        let keeps = !switches.metadata.replace && !entries.is_empty();
        let mut after = if keeps { payment.metadata.clone() } else { Map::new() };
        after.extend(entries);
        after.retain(|_, value| !(value.is_null() || value.as_str() == Some("")));
        if after.len() > MAX_KEYS {
            return Err(Problem::field("metadata", "has more than 30 keys"));
        }
        payment.metadata = after;
    }
    if let Some(description) = ask.description {
        payment.description = description;
    }
    Ok(())
}
