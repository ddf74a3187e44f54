//! Signatures of the till: over heads, and over the end of a file.

use ed25519_dalek::{Signature, VerifyingKey};

use crate::json::{self, Json};

/// The form of a head.
pub const FORM: &str = "counterfoil-head-1";

/// A head as its line tells it, its signature not checked yet.
pub struct Head {
    /// The entry it is the head of.
    pub seq: i64,
    /// That entry's hash.
    pub hash: String,
    /// The till.
    pub till: String,
    /// The key that signed, 64 hex digits.
    pub key: String,
    text: String,
    signature: String,
}

impl Head {
    /// True where its key signed exactly this.
    pub fn is_signed(&self) -> bool {
        is_signed(&self.key, self.text.as_bytes(), &self.signature)
    }
}

/// Reads a line `{"head","public_key","signature"}`.
pub fn of_line(line: &Json) -> Result<Head, &'static str> {
    let (Some(text), Some(key), Some(signature)) =
        (line.text("head"), line.text("public_key"), line.text("signature"))
    else {
        return Err("a head has no text, no key or no signature");
    };
    let told = json::read(text).map_err(|_| "a head is not in the canonical form")?;
    if !told.has_exactly(&["at", "form", "hash", "seq", "till"])
        || told.text("form") != Some(FORM)
        || told.text("at").is_none()
    {
        return Err("a head has another form than counterfoil-head-1");
    }
    let (Some(seq), Some(hash), Some(till)) =
        (told.integer("seq"), told.text("hash"), told.text("till"))
    else {
        return Err("a head names no entry");
    };
    let [hash, till, key, text, signature] = [hash, till, key, text, signature].map(str::to_owned);
    Ok(Head { seq, hash, till, key, text, signature })
}

/// True where the signature, 128 hex digits, is the key's, 64 hex digits, over exactly these
/// bytes: Ed25519 (RFC 8032), and neither key nor signature in any second form.
pub fn is_signed(key: &str, message: &[u8], signature: &str) -> bool {
    let (Some(key), Some(signature)) = (bytes::<32>(key), bytes::<64>(signature)) else {
        return false;
    };
    let Ok(key) = VerifyingKey::from_bytes(&key) else { return false };
    key.verify_strict(message, &Signature::from_bytes(&signature)).is_ok()
}

/// Exactly so many bytes, written as lower-case hex.
pub fn bytes<const MANY: usize>(text: &str) -> Option<[u8; MANY]> {
    let mut bytes = [0; MANY];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}
