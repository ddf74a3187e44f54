//! Heads: the till signs that an entry stands in its place. A head that is kept outside the trail
//! shows a cut tail and an older copy put back, which the chain alone cannot.

use serde_json::{Value, json};

use super::canonical;
use crate::approval::is_signed;

/// The form of a head.
pub const HEAD_FORM: &str = "counterfoil-head-1";

/// What an entry says that tells of a key of the till: `facts.public_key`, 64 hex digits.
pub const KEY_MADE: &str = "till.key_made";

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The till.
    pub till: String,
    /// The entry.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// When it was signed, RFC 3339 in UTC.
    pub at: String,
}

impl Head {
    /// The bytes that are signed: canonical JSON.
    #[must_use]
    pub fn statement(&self) -> String {
        canonical(&json!({
            "form": HEAD_FORM,
            "till": self.till,
            "seq": self.seq,
            "hash": self.hash,
            "at": self.at,
        }))
    }

    /// Reads a statement; `None` for what [`Head::statement`] would not write.
    #[must_use]
    pub fn parse(statement: &str) -> Option<Self> {
        let told: Value = serde_json::from_str(statement).ok()?;
        let text = |key: &str| told.get(key).and_then(Value::as_str).map(str::to_owned);
        let head = Self {
            till: text("till")?,
            seq: told.get("seq")?.as_i64()?,
            hash: text("hash")?,
            at: text("at")?,
        };
        (head.statement() == statement).then_some(head)
    }
}

/// A head with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What it says.
    pub head: Head,
    /// The key, 64 hex digits.
    pub public_key: String,
    /// The signature over [`Head::statement`], 128 hex digits.
    pub signature: String,
}

impl SignedHead {
    /// True where its key signed exactly this.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        is_signed(&self.head.statement(), &self.public_key, &self.signature)
    }

    /// One line of JSON: `{"head":statement,"public_key","signature"}`, as in an export.
    #[must_use]
    pub fn to_line(&self) -> String {
        canonical(&json!({
            "head": self.head.statement(),
            "public_key": self.public_key,
            "signature": self.signature,
        }))
    }

    /// Reads such a line; the signature is not checked by this.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let told: Value = serde_json::from_str(line).ok()?;
        let text = |key: &str| told.get(key).and_then(Value::as_str);
        Some(Self {
            head: Head::parse(text("head")?)?,
            public_key: text("public_key")?.to_owned(),
            signature: text("signature")?.to_owned(),
        })
    }
}
