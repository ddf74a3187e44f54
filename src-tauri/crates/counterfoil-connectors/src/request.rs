//! A request as bytes, and the same request as it may be shown.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_core::account::Account;
use counterfoil_core::capability::WhyNot;
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// What stands in place of a secret wherever a request is shown.
pub const MASK: &str = "•••";

/// The secrets of one account, exactly as they were given: never trimmed (a Bumper secret may
/// begin with a quotation mark, bumper.md section 3), wiped on drop, never printed.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    /// Takes over field names and their texts; of two with one name the later stays.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name, Zeroizing::new(text))).collect())
    }

    /// The secret of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.as_str())
    }

    /// The names that are set, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.names().map(|name| (name, MASK))).finish()
    }
}

/// The account a request is made for, with its secrets.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Where and how.
    pub account: &'a Account,
    /// What proves it.
    pub secrets: &'a Secrets,
}

impl<'a> Target<'a> {
    /// A secret that must be there.
    pub(crate) fn secret(&self, name: &'static str) -> Result<&'a str, EncodeError> {
        let missing = EncodeError::SecretMissing { name };
        self.secrets.get(name).filter(|text| !text.is_empty()).ok_or(missing)
    }
}

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
    /// Changes that set a value.
    Put,
    /// Changes of some fields.
    Patch,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Patch];

    /// As it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// A request as it may be shown, stored or logged: no secret and no signature in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Whole address; secrets, signature and reference in the query are masked.
    pub url: String,
    /// The path as the provider's page prints it, without a query.
    pub path: String,
    /// Headers; secrets masked.
    pub headers: Vec<(String, String)>,
    /// Indented JSON with masked secrets; empty where there is no body.
    pub body: String,
}

/// A request ready to leave. Its `url` and `body` hold secrets and a signature that never runs
/// out (bumper.md section 3, replay facts): send it, never store it.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// Method.
    pub method: Method,
    /// Exact address.
    pub url: String,
    /// Headers beside those the HTTP client sets itself.
    pub headers: Vec<(&'static str, String)>,
    /// Exact bytes; empty for GET.
    pub body: Vec<u8>,
    /// The idempotency key it carries; none where the provider knows no keys.
    pub key: Option<String>,
    /// The same, fit to be seen.
    pub shown: Shown,
}

impl WireRequest {
    /// Hex SHA-256 of the exact body bytes.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(&self.body))
    }
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireRequest")
            .field("method", &self.method)
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

/// Why no request could be made. Nothing left: this is a fault on our side or a command that
/// [`crate::check`] refuses as well.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A secret is not set.
    #[error("the secret {name} is not set for this account")]
    SecretMissing {
        /// Its field name.
        name: &'static str,
    },
    /// The payment has no reference at the provider yet.
    #[error("the payment has no reference at the provider yet")]
    ReferenceMissing,
    /// The request is built from a fresh reading and there is none.
    #[error("the request carries the present amount, and there is no fresh reading of it")]
    BaselineMissing,
    /// The provider knows no idempotency keys.
    #[error("this provider knows no idempotency keys")]
    NotRepeatable,
    /// What the change is built from could not be read, or is not what was judged any more.
    #[error("{0}")]
    Look(String),
    /// The provider cannot carry it.
    #[error("{}", .0.words())]
    Refused(WhyNot),
}

impl From<WhyNot> for EncodeError {
    fn from(why_not: WhyNot) -> Self {
        Self::Refused(why_not)
    }
}

/// Percent-encodes one part of a query: all but the unreserved characters of RFC 3986, section
/// 2.3, so that no reader can take it for anything else (`%20`, never `+`).
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_part_is_percent_encoded_to_the_letter() {
        let check = |text: &str, expected: &str| assert_eq!(percent_encoded(text), expected);
        check("aZ09-._~", "aZ09-._~");
        check("a b+c", "a%20b%2Bc");
        check("a&b=c/d?e#f%", "a%26b%3Dc%2Fd%3Fe%23f%25");
        check("é\"", "%C3%A9%22");
        check("\0\n", "%00%0A");
    }
}
