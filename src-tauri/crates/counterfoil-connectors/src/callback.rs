//! Providers call us. What they say is a hint to read a payment again, never the proof of
//! anything; even so it counts only when it is theirs.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// A call as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// Header names in lower case, and their texts.
    pub headers: &'a [(String, String)],
    /// Exact body.
    pub body: &'a [u8],
}

impl<'a> Callback<'a> {
    /// The text of a header that came exactly once; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        only_header(self.headers, name)
    }
}

/// The text of a header that came exactly once; names in lower case.
#[must_use]
pub fn only_header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(key, _)| key == name);
    let first = found.next().map(|(_, text)| text.as_str());
    first.filter(|_| found.next().is_none())
}

/// Compares a secret with what a caller gave; takes the same time whatever differs, the length
/// included.
#[must_use]
pub fn is_same_secret(secret: &str, given: &str) -> bool {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(secret).as_slice().ct_eq(digest(given).as_slice()).into()
}

/// Which payment a provider says something has happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The same for each repetition of one event: where the provider gives it no id, the digest
    /// of what was said.
    pub event_id: String,
    /// The payment's reference at the provider.
    pub provider_ref: String,
    /// The provider's word for what happened, for people.
    pub word: String,
}

/// Why a callback does not count. Who calls is told none of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CallbackRefused {
    /// This provider has no callbacks of this kind.
    #[error("this provider sends no callbacks that could be checked")]
    NotOffered,
    /// The proof has not the shape of one.
    #[error("the proof of the sender is missing or has another shape")]
    ProofUnreadable,
    /// Somebody else's body, or another secret.
    #[error("the proof of the sender does not belong to this body")]
    ProofDiffers,
    /// The body cannot be read.
    #[error("the body cannot be read")]
    BodyUnreadable,
    /// It names no payment.
    #[error("it names no payment")]
    NamesNoPayment,
    /// The account holds no secret to check it with.
    #[error("the account holds no secret to check callbacks with")]
    SecretMissing,
}
