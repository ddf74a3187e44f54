//! An event's stored form. What tells one kind of thing from another in it are words: serde would
//! also take a variant's number, and a damaged row could be read as something that happened.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Event;

/// The fields that hold such a word, at any depth.
const TAGS: [&str; 3] = ["event", "end", "kind"];

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Value::deserialize(deserializer)?;
        if !is_told_in_words(&stored) {
            return Err(D::Error::custom("a number stands where a word belongs"));
        }
        Self::deserialize(stored).map_err(D::Error::custom)
    }
}

fn is_told_in_words(stored: &Value) -> bool {
    match stored {
        Value::Object(fields) => fields.iter().all(|(key, value)| {
            !(value.is_number() && TAGS.contains(&key.as_str())) && is_told_in_words(value)
        }),
        Value::Array(parts) => parts.iter().all(is_told_in_words),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_place_of_a_word_is_no_event() {
        let check = |text: &str, expected: bool| {
            assert_eq!(serde_json::from_str::<Event>(text).is_ok(), expected, "{text}");
        };
        check(r#"{"event":"attempt_ended","attempt_id":"A1","end":{"end":"applied"}}"#, true);
        check(r#"{"event":"attempt_ended","attempt_id":"A1","end":{"end":0}}"#, false);
        check(r#"{"event":"withdrawn","by":"S1"}"#, true);
        check(r#"{"event":3,"by":"S1"}"#, false);
    }
}
