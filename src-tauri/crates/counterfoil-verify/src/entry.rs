//! One entry: its place in the chain and its form.

use sha2::{Digest, Sha256};

use crate::json::{self, Json};

/// The only version of the entry format there is.
const FORMAT: i64 = 1;

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an entry tells.
pub struct Entry {
    /// Its text, read.
    pub body: Json,
    /// Its hash.
    pub hash: String,
}

/// Reads a line `{"body","hash","seq"}` that must be entry `seq` behind `before`.
pub fn of_line(line: &Json, seq: i64, before: &str, till: &str) -> Result<Entry, String> {
    let (Some(text), Some(hash), Some(place)) =
        (line.text("body"), line.text("hash"), line.integer("seq"))
    else {
        return Err("it has no text, no hash or no number".to_owned());
    };
    if place != seq {
        return Err(format!("it is missing or out of order: entry {place} stands in its place"));
    }
    if hash_of(before, text) != hash {
        return Err("its hash does not fit its text and the entry before".to_owned());
    }
    let body = json::read(text).map_err(|no| {
        format!("its text is not in the canonical form: {} (byte {})", no.why, no.at)
    })?;
    form(&body, seq, till)?;
    Ok(Entry { body, hash: hash.to_owned() })
}

/// Hex SHA-256 over the hash before, a line feed and the text.
pub fn hash_of(before: &str, text: &str) -> String {
    let hasher = Sha256::new().chain_update(before).chain_update(b"\n").chain_update(text);
    hex::encode(hasher.finalize())
}

fn form(body: &Json, seq: i64, till: &str) -> Result<(), String> {
    match body.integer("format") {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("its format {other} is not known here")),
        None => return Err("it names no format".to_owned()),
    }
    if !body.has_exactly(&["about", "at", "facts", "format", "seq", "till", "what", "who"]) {
        return Err("it has other members than an entry of format 1".to_owned());
    }
    if body.integer("seq") != Some(seq) {
        return Err("its text names another number".to_owned());
    }
    let texts = ["about", "at", "what", "who"].iter().all(|key| body.text(key).is_some());
    if !texts {
        return Err("a member of it is of another kind".to_owned());
    }
    // Before its set-up a till has no id.
    match body.text("till") {
        Some(named) if named == till || named == "new" => Ok(()),
        Some(_) => Err("it belongs to another till".to_owned()),
        None => Err("a member of it is of another kind".to_owned()),
    }
}
