//! The trail: append-only entries in canonical JSON, each hashed together with the hash before
//! it. Anyone with the entries can check the chain without this program.
//!
//! Hash of entry *n*: SHA-256 over the ASCII hex of hash *n−1* (64 zeros before the first), a
//! line feed, and the canonical JSON text of entry *n*. Canonical: keys sorted by bytes, no
//! white space, UTF-8, JSON's shortest escapes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Version of the entry format.
pub const FORMAT: u32 = 1;

/// What one entry tells, before it has a place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditFact {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Staff id, or `till` for what the till does by itself.
    pub who: String,
    /// What happened: `change.requested`, `attempt.started`, `setting.changed` …
    pub what: String,
    /// What it is about: a change, payment, account or person id.
    pub about: String,
    /// Facts: digests, amounts, states, reasons. Never a secret.
    pub facts: Value,
}

/// One entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// From 1, without gaps.
    pub seq: i64,
    /// Canonical JSON.
    pub body: String,
    /// Hex hash over the hash before and the body.
    pub hash: String,
}

/// The first entry that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the trail is broken at entry {seq}: {why}")]
pub struct BrokenAt {
    /// `seq` of the first bad entry.
    pub seq: i64,
    /// What does not fit.
    pub why: &'static str,
}

impl AuditEntry {
    /// Puts a fact in its place after `previous` (or first).
    #[must_use]
    pub fn after(previous: Option<(i64, &str)>, till: &str, fact: &AuditFact) -> Self {
        let (seq, hash_before) = previous.map_or((1, GENESIS), |(seq, hash)| (seq + 1, hash));
        let body = canonical(&serde_json::json!({
            "format": FORMAT,
            "seq": seq,
            "till": till,
            "at": fact.at,
            "who": fact.who,
            "what": fact.what,
            "about": fact.about,
            "facts": fact.facts,
        }));
        let hash = chain_hash(hash_before, &body);
        Self { seq, body, hash }
    }
}

/// Checks entries one by one, in order.
#[derive(Debug, Clone)]
pub struct Verifier {
    seq: i64,
    hash: String,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

impl Verifier {
    /// Takes the next entry.
    ///
    /// # Errors
    /// [`BrokenAt`] with the entry that should have come when a place is empty, else with the
    /// entry that does not fit.
    pub fn take(&mut self, entry: &AuditEntry) -> Result<(), BrokenAt> {
        let seq = self.seq + 1;
        let broken = |why| Err(BrokenAt { seq, why });
        if entry.seq != seq {
            return broken("an entry is missing or out of order");
        }
        if chain_hash(&self.hash, &entry.body) != entry.hash {
            return broken("its hash does not fit its text and the entry before");
        }
        let Ok(body) = serde_json::from_str::<Value>(&entry.body) else {
            return broken("its text cannot be read");
        };
        if body.get("seq").and_then(Value::as_i64) != Some(seq) || canonical(&body) != entry.body {
            return broken("its text is not in the canonical form");
        }
        self.seq = seq;
        self.hash.clone_from(&entry.hash);
        Ok(())
    }

    /// How many entries fitted, and the hash of the newest.
    #[must_use]
    pub fn head(&self) -> (i64, &str) {
        (self.seq, &self.hash)
    }
}

/// Canonical JSON. `serde_json` keeps object keys in a sorted map and writes no white space, so
/// its text is canonical as it is.
#[must_use]
pub fn canonical(value: &Value) -> String {
    value.to_string()
}

/// Hex SHA-256 of some bytes.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn chain_hash(before: &str, body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(before.as_bytes());
    hasher.update(b"\n");
    hasher.update(body.as_bytes());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: usize) -> Vec<AuditEntry> {
        let mut entries: Vec<AuditEntry> = Vec::new();
        for number in 0..length {
            let fact = AuditFact {
                at: "2026-01-01T00:00:00Z".to_owned(),
                who: "till".to_owned(),
                what: "test".to_owned(),
                about: number.to_string(),
                facts: serde_json::json!({"z": 1, "a": {"y": 2, "b": "ü"}}),
            };
            let last = entries.last().map(|entry| (entry.seq, entry.hash.clone()));
            let previous = last.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
            entries.push(AuditEntry::after(previous, "T1", &fact));
        }
        entries
    }

    fn first_bad(entries: &[AuditEntry]) -> Option<i64> {
        let mut verifier = Verifier::default();
        entries.iter().find_map(|entry| verifier.take(entry).err().map(|broken| broken.seq))
    }

    #[test]
    fn an_untouched_chain_verifies() {
        assert_eq!(first_bad(&chain(20)), None);
    }

    #[test]
    fn keys_are_sorted_without_white_space() {
        assert!(chain(1)[0].body.contains(r#""facts":{"a":{"b":"ü","y":2},"z":1}"#));
    }

    #[test]
    fn every_flipped_byte_is_found_at_its_entry() {
        let good = chain(4);
        for place in 0..good[2].body.len() {
            let mut bad = good.clone();
            let mut bytes = bad[2].body.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            bad[2].body = text;
            assert_eq!(first_bad(&bad), Some(3), "byte {place}");
        }
    }

    #[test]
    fn removed_swapped_and_inserted_entries_are_found() {
        let good = chain(6);
        let mut removed = good.clone();
        removed.remove(2);
        assert_eq!(first_bad(&removed), Some(3));
        let mut swapped = good.clone();
        swapped.swap(1, 4);
        assert_eq!(first_bad(&swapped), Some(2));
        let mut inserted = good.clone();
        inserted.insert(3, good[3].clone());
        assert_eq!(first_bad(&inserted), Some(5));
    }
}
