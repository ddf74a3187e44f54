//! The lines of an exported trail: one header, entries with their heads behind them, one end.
//! `docs/audit-format.md`, "The exported file".

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{AuditEntry, GENESIS, SignedHead, canonical};

/// The form of a file.
pub const EXPORT_FORM: &str = "counterfoil-trail-1";
/// The form of its end.
const END_FORM: &str = "counterfoil-trail-end-1";

/// What stands above the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportHeader {
    /// The till.
    pub till: String,
    /// Version of the store's schema.
    pub schema: i32,
    /// The till's public key, where the trail tells of one: 64 hex digits.
    pub public_key: Option<String>,
    /// When, RFC 3339 in UTC.
    pub exported_at: String,
    /// Who: a staff id.
    pub by: String,
}

/// Writes the lines of a file, each with its line feed, and what its end must say of them.
#[derive(Debug, Clone)]
pub struct Exporter {
    digest: Sha256,
    till: String,
    entries: i64,
    heads: u64,
    head: String,
}

impl Exporter {
    /// Begins a file: its first line.
    #[must_use]
    pub fn begin(header: &ExportHeader) -> (Self, String) {
        let mut exporter = Self {
            digest: Sha256::new(),
            till: header.till.clone(),
            entries: 0,
            heads: 0,
            head: GENESIS.to_owned(),
        };
        let line = exporter.line(canonical(&json!({
            "form": EXPORT_FORM,
            "till": header.till,
            "schema": header.schema,
            "public_key": header.public_key,
            "exported_at": header.exported_at,
            "by": header.by,
        })));
        (exporter, line)
    }

    /// The line of the next entry.
    #[must_use]
    pub fn entry(&mut self, entry: &AuditEntry) -> String {
        self.entries += 1;
        self.head.clone_from(&entry.hash);
        let AuditEntry { seq, body, hash } = entry;
        self.line(canonical(&json!({ "seq": seq, "body": body, "hash": hash })))
    }

    /// The line of a head of the entry before.
    #[must_use]
    pub fn head(&mut self, head: &SignedHead) -> String {
        self.heads += 1;
        self.line(head.to_line())
    }

    /// What the till signs at the end.
    #[must_use]
    pub fn statement(&self) -> String {
        canonical(&json!({
            "form": END_FORM,
            "till": self.till,
            "entries": self.entries,
            "heads": self.heads,
            "head": self.head,
            "digest": hex::encode(self.digest.clone().finalize()),
        }))
    }

    /// The last line, with the till's signature over [`Exporter::statement`] where there is one.
    #[must_use]
    pub fn end(self, signature: Option<&str>) -> String {
        let line = canonical(&json!({ "end": self.statement(), "signature": signature }));
        line + "\n"
    }

    /// How many entries were written, and the hash of the last.
    #[must_use]
    pub fn written(&self) -> (i64, &str) {
        (self.entries, &self.head)
    }

    fn line(&mut self, mut line: String) -> String {
        line.push('\n');
        self.digest.update(&line);
        line
    }
}
