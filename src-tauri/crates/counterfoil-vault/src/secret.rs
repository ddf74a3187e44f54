//! A secret in memory: wiped when dropped, never printed.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// Keeps a fingerprint from being the plain SHA-256 that a list of known secrets could be
/// searched for.
const FINGERPRINT_DOMAIN: &[u8] = b"counterfoil secret fingerprint v1\0";

/// Bytes of the digest that are shown: enough to tell two secrets apart by eye, far too few to
/// confirm a guess.
const FINGERPRINT_BYTES: usize = 4;

/// A provider key, a token or a passphrase, exactly as it was given.
///
/// Never trimmed and never normalised: Bumper's published secret begins with a literal double
/// quote (`providers/bumper.md`, signing). `Debug` says only that it is set, how long it is and
/// its fingerprint.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over as it is; its memory is wiped when the secret is dropped.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes bytes over as UTF-8 text; what is not UTF-8 is wiped and `None` is the answer.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        match String::from_utf8(bytes) {
            Ok(text) => Some(Self::from_text(text)),
            Err(refused) => {
                refused.into_bytes().zeroize();
                None
            }
        }
    }

    /// The secret itself. Every call of this is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Length in bytes of UTF-8, for "set, 24 bytes" on a screen.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// Eight hex digits by which two people can compare what they typed without saying it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new()
            .chain_update(FINGERPRINT_DOMAIN)
            .chain_update(self.0.as_bytes())
            .finalize();
        hex::encode(digest.get(..FINGERPRINT_BYTES).expect("SHA-256 gives 32 bytes"))
    }

    /// What may be shown of it: `set, 24 bytes, fingerprint 1a2b3c4d`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("set, {} bytes, fingerprint {}", self.len_bytes(), self.fingerprint())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from_text(text.to_owned())
    }

    #[test]
    fn a_secret_keeps_every_byte_it_was_given() {
        for text in [
            "\"9f*u/[`tt*.*k725X;u&Zkz",
            " leading and trailing ",
            "line\nbreak\r\n",
            "n\u{303} is not \u{f1}",
            "",
            "\0",
        ] {
            assert_eq!(secret(text).expose(), text);
            assert_eq!(secret(text).len_bytes(), text.len());
        }
    }

    #[test]
    fn what_may_be_shown_is_length_and_fingerprint() {
        let shown = secret("\"9f*u/[`tt*.*k725X;u&Zkz").describe();
        assert_eq!(shown, "set, 24 bytes, fingerprint b34ced85");
    }

    #[test]
    fn debug_never_holds_the_secret() {
        let text = "canary-8f2e";
        assert!(!format!("{:?} {0:#?}", secret(text)).contains(text));
    }

    #[test]
    fn fingerprints_differ_by_one_quote() {
        assert_ne!(secret("\"abc").fingerprint(), secret("abc").fingerprint());
        assert_eq!(secret("abc").fingerprint(), secret("abc").fingerprint());
    }

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        assert!(Secret::from_bytes(vec![0xff, 0xfe]).is_none());
        let kept = Secret::from_bytes("é".as_bytes().to_vec()).expect("this is UTF-8");
        assert_eq!(kept.expose(), "é");
    }
}
