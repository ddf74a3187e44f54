//! The request signature (section 3): which fields, in which order, as which text.
//!
//! Traps that others fell into, each held by a test: the docs secret begins with a literal double
//! quote; the last `&` stays; a boolean is `True` or `False`; values are not escaped, so a text
//! with `&` could pass for two fields and is refused before it is signed ([`carried`]).

use counterfoil_core::capability::WhyNot;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::wire::Field;

/// Fields that take no part in the signature (section 3, step 2).
pub const UNSIGNED: [&str; 5] =
    ["api_key", "signature", "product_description", "preferred_product_type", "additional_data"];

/// Longest text sent, in characters. Bumper states no limit; A-BUM-10.
const MAX_TEXT_CHARS: usize = 100;

/// The text that is signed: `KEY=value&` for each signed field, by upper-case key, unescaped.
#[must_use]
pub fn signing_string<'n, 'f>(fields: impl IntoIterator<Item = (&'n str, &'f Field)>) -> String {
    let mut pairs: Vec<(String, &str)> = fields
        .into_iter()
        .filter(|(name, _)| !UNSIGNED.contains(name))
        .filter_map(|(name, field)| Some((name.to_ascii_uppercase(), signed_text(field)?)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{key}={value}&")).collect()
}

fn signed_text(field: &Field) -> Option<&str> {
    match field {
        Field::Text(text) => Some(text),
        Field::Flag(true) => Some("True"),
        Field::Flag(false) => Some("False"),
        Field::Items(_) => None,
    }
}

/// Lower-case hex HMAC-SHA256 of `text` under the secret, both as UTF-8 bytes (A-BUM-08).
#[must_use]
pub fn signature(secret: &str, text: &str) -> String {
    hex::encode(mac(secret, text))
}

/// The bytes of the signature.
pub(crate) fn mac(secret: &str, text: &str) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Refuses a text of ours that the signature cannot carry without doubt (section 3, client policy;
/// A-BUM-08, A-BUM-10). Nothing is trimmed or changed: what staff typed is what is sent.
///
/// # Errors
/// [`WhyNot::TextNotCarried`] with what to do.
pub fn carried(field: &'static str, text: &str) -> Result<(), WhyNot> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(WhyNot::TextNotCarried { field, why: "use at most 100 characters" });
    }
    signable(field, text)
}

/// The same without a limit of length, for a token: opaque text of Bumper's own (section 1).
///
/// # Errors
/// [`WhyNot::TextNotCarried`] with what to do.
pub fn signable(field: &'static str, text: &str) -> Result<(), WhyNot> {
    if text.contains('&') {
        let why = "Bumper's signature cannot carry the character &; leave it out";
        return Err(WhyNot::TextNotCarried { field, why });
    }
    plain(field, text)
}

/// Refuses a text that is empty, padded or holds control characters.
///
/// # Errors
/// [`WhyNot::TextNotCarried`] with what to do.
pub(crate) fn plain(field: &'static str, text: &str) -> Result<(), WhyNot> {
    let refused = |why| Err(WhyNot::TextNotCarried { field, why });
    if text.is_empty() {
        return refused("an empty text cannot be sent; leave it unset instead");
    }
    if text.chars().any(char::is_control) {
        return refused("leave out line breaks and other control characters");
    }
    if text.trim() != text {
        return refused("leave out white space at the beginning and at the end");
    }
    Ok(())
}
