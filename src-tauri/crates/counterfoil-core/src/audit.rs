//! The trail: append-only entries in canonical JSON, each hashed together with the hash before
//! it, and heads signed by the till. Anyone with the entries can check them without this program:
//! `docs/audit-format.md` says how.
//!
//! Hash of entry *n*: SHA-256 over the ASCII hex of hash *n−1* (64 zeros before the first), a
//! line feed, and the canonical JSON text of entry *n*. Canonical: keys sorted by bytes, no
//! white space, UTF-8, JSON's shortest escapes, whole numbers only.

mod canonical;
mod export;
mod head;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use export::{EXPORT_FORM, ExportHeader, Exporter};
pub use head::{HEAD_FORM, Head, KEY_MADE, SignedHead};

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
    pub why: Why,
}

/// What can be wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Why {
    /// Another one stands in its place, or none.
    #[error("an entry is missing or out of order")]
    Missing,
    /// Its hash is not that of its text behind the entry before.
    #[error("its hash does not fit its text and the entry before")]
    Hash,
    /// Its text could be written in another way, or is no JSON.
    #[error("its text is not in the canonical form")]
    NotCanonical,
    /// It is no entry of a format that is known.
    #[error("its text is no entry of format 1")]
    Form,
    /// The till signed another entry in this place.
    #[error("the till signed another entry in this place: the trail was rewritten")]
    Rewritten,
    /// A head in this place was not signed by a key of the till.
    #[error("a head of it is not signed by the till")]
    Signature,
    /// A head tells of a longer trail.
    #[error(
        "it is missing: a signed head tells of a longer trail, so the tail was cut off or an older \
         copy was put back"
    )]
    CutOff,
    /// The keyring remembers another entry in this place.
    #[error(
        "the keyring remembers another entry in this place: an older copy was put back or the \
         trail was rewritten"
    )]
    RolledBack,
    /// It is the one after the newest, and none has the hash that was asked about.
    #[error("it is missing: no entry has the hash that was asked about")]
    NoSuchHead,
}

impl Why {
    /// Its word, for scripts and screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Hash => "hash",
            Self::NotCanonical => "not_canonical",
            Self::Form => "form",
            Self::Rewritten => "rewritten",
            Self::Signature => "signature",
            Self::CutOff => "cut_off",
            Self::RolledBack => "rolled_back",
            Self::NoSuchHead => "no_such_head",
        }
    }
}

impl AuditEntry {
    /// Puts a fact in its place after `previous` (or first). What canonical JSON of the trail
    /// cannot say (fractions, numbers beyond 64 bits, very deep nesting) is told as text.
    #[must_use]
    pub fn after(previous: Option<(i64, &str)>, till: &str, fact: &AuditFact) -> Self {
        let (seq, hash_before) = previous.map_or((1, GENESIS), |(seq, hash)| (seq + 1, hash));
        let mut facts = fact.facts.clone();
        canonical::make_sayable(&mut facts);
        let body = canonical(&serde_json::json!({
            "format": FORMAT,
            "seq": seq,
            "till": till,
            "at": fact.at,
            "who": fact.who,
            "what": fact.what,
            "about": fact.about,
            "facts": facts,
        }));
        let hash = hex::encode(chain_hash(hash_before.as_bytes(), &body));
        Self { seq, body, hash }
    }
}

/// Checks entries one by one, in order.
#[derive(Debug, Clone)]
pub struct Verifier {
    seq: i64,
    /// Lower-case hex digits.
    hash: [u8; 64],
}

impl Default for Verifier {
    fn default() -> Self {
        Self { seq: 0, hash: [b'0'; 64] }
    }
}

impl Verifier {
    /// Takes the next entry.
    ///
    /// # Errors
    /// [`BrokenAt`] with the entry that should have come when a place is empty, else with the
    /// entry that does not fit.
    pub fn take(&mut self, entry: &AuditEntry) -> Result<(), BrokenAt> {
        self.take_parts(entry.seq, &entry.body, &entry.hash).map(|_| ())
    }

    /// As [`Verifier::take`], for whoever reads an entry in place; answers its `what`.
    ///
    /// # Errors
    /// As for [`Verifier::take`].
    pub fn take_parts<'a>(
        &mut self,
        place: i64,
        body: &'a str,
        hash: &str,
    ) -> Result<&'a str, BrokenAt> {
        let seq = self.seq + 1;
        let broken = |why| Err(BrokenAt { seq, why });
        if place != seq {
            return broken(Why::Missing);
        }
        let mut expected = [0; 64];
        hex::encode_to_slice(chain_hash(&self.hash, body), &mut expected)
            .expect("32 bytes are 64 digits");
        if expected != hash.as_bytes() {
            return broken(Why::Hash);
        }
        let what = canonical::check_entry(body, seq).map_err(|why| BrokenAt { seq, why })?;
        (self.seq, self.hash) = (seq, expected);
        Ok(what)
    }

    /// How many entries fitted, and the hash of the newest.
    #[must_use]
    pub fn head(&self) -> (i64, &str) {
        (self.seq, str::from_utf8(&self.hash).expect("hex digits are ASCII"))
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

fn chain_hash(before: &[u8], body: &str) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(b"\n").chain_update(body).finalize().into()
}
