use counterfoil_core::audit::{AuditEntry, AuditFact, Verifier, canonical, sha256_hex};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::feed::Feed;
use crate::json;

/// Facts of any form in the trail. The canonical text says the same, is its own canonical text,
/// is read by a second reader and has its keys in order; a chain verifies as it was made and not
/// after any change to it.
pub fn audit(data: &[u8]) {
    let mut feed = Feed::new(data);
    let tamper = Tamper { kind: feed.below(6), entry: feed.below(3), at: feed.short() };
    let words = [feed.text(), feed.text()];
    let rest = String::from_utf8_lossy(feed.rest());
    let Ok(facts) = serde_json::from_str::<Value>(&rest) else { return };
    // Facts hold whole numbers only: there are no floats near money.
    if holds_fraction(&facts) {
        return;
    }
    written(&facts);
    let entries = chain(&words, &facts);
    hashed(&entries);
    verify(&entries).expect("an untouched chain verifies");
    let changed = tamper.applied(&entries);
    if changed != entries {
        assert!(verify(&changed).is_err(), "a change was not found: {changed:?}");
    }
}

fn written(facts: &Value) {
    let text = canonical(facts);
    let again: Value = serde_json::from_str(&text).expect("canonical text is JSON");
    assert_eq!(again, *facts);
    assert_eq!(canonical(&again), text);
    if let Some(fields) = json::object(&text) {
        let keys: Vec<&String> = fields.iter().map(|(key, _)| key).collect();
        assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
    } else {
        assert!(!facts.is_object(), "a second reader cannot read {text}");
    }
}

fn holds_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(parts) => parts.iter().any(holds_fraction),
        Value::Object(fields) => fields.values().any(holds_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn chain(words: &[String; 2], facts: &Value) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    for number in 0..3 {
        let fact = AuditFact {
            at: "2026-01-01T00:00:00Z".to_owned(),
            who: words[0].clone(),
            what: words[1].clone(),
            about: format!("{number}"),
            facts: facts.clone(),
        };
        let previous = entries.last().map(|entry| (entry.seq, entry.hash.as_str()));
        entries.push(AuditEntry::after(previous, &words[1], &fact));
    }
    entries
}

/// Each hash by the rule that anyone can follow without this program.
fn hashed(entries: &[AuditEntry]) {
    let mut before = "0".repeat(64);
    for entry in entries {
        let digest = Sha256::digest(format!("{before}\n{}", entry.body));
        before = hex::encode(digest);
        assert_eq!(entry.hash, before);
    }
}

fn verify(entries: &[AuditEntry]) -> Result<(), String> {
    let mut verifier = Verifier::default();
    for entry in entries {
        verifier.take(entry).map_err(|broken| broken.to_string())?;
    }
    // A cut tail is found by the signed head, which this is compared with.
    let whole = verifier.head().0 == 3;
    whole.then_some(()).ok_or_else(|| "entries are missing".to_owned())
}

/// One way to change a chain.
struct Tamper {
    kind: usize,
    entry: usize,
    at: u16,
}

impl Tamper {
    fn applied(&self, entries: &[AuditEntry]) -> Vec<AuditEntry> {
        let mut changed = entries.to_vec();
        let entry = &mut changed[self.entry];
        match self.kind {
            0 => entry.body = flipped(&entry.body, self.at),
            1 => entry.hash = flipped(&entry.hash, self.at),
            2 => {
                changed.remove(self.entry);
            }
            3 => changed.swap(0, self.entry),
            4 => entry.seq += i64::from(self.at),
            // A body with a hash of its own, as someone would write it who does not know the rule.
            _ => {
                entry.body = flipped(&entry.body, self.at);
                entry.hash = sha256_hex(entry.body.as_bytes());
            }
        }
        changed
    }
}

/// The text with one bit of one byte changed; the same text where that would be no UTF-8.
fn flipped(text: &str, at: u16) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let place = usize::from(at / 8) % bytes.len();
    bytes[place] ^= 1 << (at % 8);
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
