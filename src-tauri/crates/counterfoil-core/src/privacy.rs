//! Which texts are personal, how they are kept out of what is never rewritten, and what stands
//! in their place once they are erased (product A8).
//!
//! Events and trail entries are append-only, so no personal text stands in them: each is replaced
//! by its *commitment*, `{"sealed":"<hex SHA-256(salt ‖ text)>"}`, and salt and text are kept
//! beside. Deleting those two leaves a digest that nobody can try guesses against, and every hash
//! over the entry still holds.
//!
//! **Personal, with the reason:**
//!
//! - e-mail, note, description, item texts, reasons in own words, remarks: free text about a
//!   person, or a person's own address
//! - metadata, keys included, as one text: whatever a shop or its systems put there
//! - reference, invoice number: typed by hand, often with a name, and they lead to one customer in
//!   the shop's books; the books keep them, the till need not
//! - the provider's words (`message`, `why`, `failed`): they quote what was sent
//! - the exact body of a keyed sending: it holds all of the above
//! - the customer's link: whoever has it can act for the customer
//! - the salt of an approval's digest of texts: without it the digest says nothing
//! - names of staff in the trail: a person who left may ask for it
//!
//! **Not personal:** amounts, currencies, states, times, reason codes, ids of this till, the
//! provider's reference of a payment (opaque; without it a refund could not be told from another),
//! digests of request bodies (they hold amounts, keys and references besides the texts), the names
//! of accounts, settings.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::payment::{Base, Details, PaymentFacts};

/// What is read where a text was erased. No text of staff may be just this
/// ([`crate::screening::screen`]).
pub const ERASED: &str = "[erased]";

/// The key of a commitment.
const SEALED: &str = "sealed";

/// Beside [`SEALED`] where the text is JSON of its own.
const SHAPE: &str = "shape";

/// Bytes of one salt: a guess cannot be checked without it.
pub const SALT_BYTES: usize = 16;

/// Texts of a command, as in its JSON.
const OF_COMMAND: &[&str] = &["invoice", "reference", "email", "description", "note", "metadata"];

/// Texts of the end of an attempt.
const OF_END: &[&str] = &["message", "why", "redirect_url", "link"];

/// Texts of an event itself.
const OF_EVENT: &[&str] = &["note", "reason", "why", "failed"];

/// Where an event holds a payment as it was read.
const READINGS: &[&str] = &["base", "baseline", "now"];

/// Texts of a fact of the trail that is no event, by key, wherever it stands in the facts.
pub const OF_FACT: &[&str] = &[
    "name",
    "old_name",
    "new_name",
    "owner",
    "note",
    "remark",
    "words",
    "message",
    "customer",
    "email",
    "invoice",
    "invoice_number",
    "reference",
    "description",
    "metadata",
];

/// One text and the salt under which it was committed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Personal {
    /// Random.
    pub salt: [u8; SALT_BYTES],
    /// The text.
    pub text: String,
}

impl Personal {
    /// Hex SHA-256 over salt and text.
    #[must_use]
    pub fn commitment(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.salt);
        hasher.update(self.text.as_bytes());
        hex::encode(hasher.finalize())
    }
}

/// The personal texts of an event's JSON, in a fixed order.
#[must_use]
pub fn texts_of_event(event: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    // Why an approval is void is a word of ours.
    let voided = event.get("event").and_then(Value::as_str) == Some("approval_voided");
    let fields = event.as_object_mut().filter(|_| !voided);
    for (key, value) in fields.into_iter().flatten() {
        match key.as_str() {
            "command" | "applied" => of_command(value, &mut found),
            "end" => of_keys(value, OF_END, &mut found),
            "record" => of_keys(value, &["body"], &mut found),
            "seal" => of_keys(value, &["salt"], &mut found),
            reading if READINGS.contains(&reading) => of_reading(value, &mut found),
            text if OF_EVENT.contains(&text) => take(value, &mut found),
            _ => {}
        }
    }
    found
}

/// The personal texts in the facts of an entry of the trail that is no event. `what` is the
/// entry's word: the name of an account is none of a person.
#[must_use]
pub fn texts_of_fact<'a>(what: &str, facts: &'a mut Value) -> Vec<&'a mut Value> {
    let mut found = Vec::new();
    let account = what.starts_with("account.");
    of_facts(facts, account, &mut found);
    found
}

fn of_facts<'a>(value: &'a mut Value, account: bool, found: &mut Vec<&'a mut Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let named = OF_FACT.contains(&key.as_str()) && !(account && key == "name");
                // Why an account pauses is told in its provider's words.
                if named || (account && key == "why") {
                    take(value, found);
                } else {
                    of_facts(value, account, found);
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                of_facts(value, account, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn of_command<'a>(command: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    let Some(fields) = command.as_object_mut() else { return };
    for (key, value) in fields.iter_mut() {
        if key == "items" {
            for item in value.as_array_mut().into_iter().flatten() {
                of_keys(item, &["item"], found);
            }
        } else if OF_COMMAND.contains(&key.as_str()) {
            take(value, found);
        }
    }
}

fn of_reading<'a>(base: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    let Some(fields) = base.as_object_mut() else { return };
    for (key, value) in fields.iter_mut() {
        match key.as_str() {
            "details" => of_keys(value, &["description", "metadata"], found),
            "invoice_number" | "reference" => take(value, found),
            _ => {}
        }
    }
}

fn of_keys<'a>(value: &'a mut Value, keys: &[&str], found: &mut Vec<&'a mut Value>) {
    for (key, value) in value.as_object_mut().into_iter().flatten() {
        if keys.contains(&key.as_str()) {
            take(value, found);
        }
    }
}

/// What is not there needs no hiding.
fn take<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    let holds_something = match value {
        Value::String(text) => text != ERASED,
        Value::Object(fields) => !fields.is_empty() && !fields.contains_key(SEALED),
        Value::Array(values) => !values.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    };
    if holds_something {
        found.push(value);
    }
}

/// Puts commitments in the places of these texts and answers what they stand for. A text for
/// which there is no salt any more stays as it is, so hand in [`SALT_BYTES`] for each.
///
/// # Panics
/// When there are too few salts: a text would stand open.
#[must_use]
pub fn conceal(texts: Vec<&mut Value>, salts: &[u8]) -> Vec<Personal> {
    let (salts, _) = salts.as_chunks::<SALT_BYTES>();
    assert!(salts.len() >= texts.len(), "no text is concealed without a salt of its own");
    let conceal = |(value, salt): (&mut Value, &[u8; SALT_BYTES])| {
        let (text, is_text) = match value.as_str() {
            Some(text) => (text.to_owned(), true),
            None => (value.to_string(), false),
        };
        let personal = Personal { salt: *salt, text };
        let mut sealed = serde_json::Map::new();
        sealed.insert(SEALED.to_owned(), personal.commitment().into());
        if !is_text {
            sealed.insert(SHAPE.to_owned(), "json".into());
        }
        *value = Value::Object(sealed);
        personal
    };
    texts.into_iter().zip(salts).map(conceal).collect()
}

/// True where this JSON text may hold a commitment.
#[must_use]
pub fn may_hold_sealed(json: &str) -> bool {
    json.contains("{\"sealed\":\"")
}

/// Puts the texts back into the places of their commitments. What is not known any more becomes
/// [`ERASED`]; answers how many those are.
pub fn reveal(value: &mut Value, known: &BTreeMap<String, String>) -> usize {
    if let Some((commitment, is_text)) = sealed(value) {
        let text = known.get(&commitment);
        *value = match (text, is_text) {
            (Some(text), true) => Value::String(text.clone()),
            (Some(text), false) => serde_json::from_str(text).unwrap_or_else(|_| erased_map()),
            (None, true) => Value::String(ERASED.to_owned()),
            (None, false) => erased_map(),
        };
        return usize::from(text.is_none());
    }
    match value {
        Value::Object(fields) => fields.values_mut().map(|value| reveal(value, known)).sum(),
        Value::Array(values) => values.iter_mut().map(|value| reveal(value, known)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn sealed(value: &Value) -> Option<(String, bool)> {
    let fields = value.as_object()?;
    let commitment = fields.get(SEALED)?.as_str()?;
    let is_digest = commitment.len() == 64 && commitment.bytes().all(|b| b.is_ascii_hexdigit());
    let shape = fields.get(SHAPE);
    let exact = fields.len() == 1 + usize::from(shape.is_some());
    (is_digest && exact).then(|| (commitment.to_owned(), shape.is_none()))
}

fn erased_map() -> Value {
    serde_json::json!({ ERASED: ERASED })
}

/// True for what stands where a text was erased.
#[must_use]
pub fn is_erased(text: &str) -> bool {
    text == ERASED
}

/// True where two texts do not differ; one that was erased differs from none.
#[must_use]
pub fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    one == other || one.is_some_and(is_erased) || other.is_some_and(is_erased)
}

/// As [`same_text`], for metadata.
#[must_use]
pub fn same_metadata(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> bool {
    one == other || one.contains_key(ERASED) || other.contains_key(ERASED)
}

/// True where texts of what a decision rests on were erased: a digest over them cannot be made
/// anew. Only what is final is ever erased.
#[must_use]
pub fn holds_erased(value: &Value) -> bool {
    match value {
        Value::String(text) => is_erased(text),
        Value::Object(fields) => fields.values().any(holds_erased),
        Value::Array(values) => values.iter().any(holds_erased),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes the texts out of a reading of a payment that was erased: it is kept without them.
pub fn strip_facts(facts: &mut PaymentFacts) {
    strip(&mut facts.invoice_number);
    strip(&mut facts.reference);
    strip_details(&mut facts.details);
}

/// As [`strip_facts`], for what a decision rests on.
pub fn strip_base(base: &mut Base) {
    strip(&mut base.invoice_number);
    strip(&mut base.reference);
    strip_details(&mut base.details);
}

/// As [`strip_base`], for every reading in an event's JSON.
pub fn strip_readings(event: &mut Value) {
    let mut texts = Vec::new();
    for (key, value) in event.as_object_mut().into_iter().flatten() {
        if READINGS.contains(&key.as_str()) {
            of_reading(value, &mut texts);
        }
    }
    for text in texts {
        *text = if text.is_string() { ERASED.into() } else { erased_map() };
    }
}

fn strip(text: &mut Option<String>) {
    if text.is_some() {
        *text = Some(ERASED.to_owned());
    }
}

fn strip_details(details: &mut Details) {
    strip(&mut details.description);
    if !details.metadata.is_empty() {
        details.metadata = BTreeMap::from([(ERASED.to_owned(), ERASED.to_owned())]);
    }
}

#[cfg(test)]
mod tests;
