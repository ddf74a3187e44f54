//! What is stored of a PIN: an argon2id hash.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use thiserror::Error;

use crate::cost::PinCost;
use crate::pepper::Pepper;
use crate::pin::Pin;

/// Shortest salt and digest of a stored hash that is believed.
const FEWEST_BYTES: usize = 16;

/// Sixteen random bytes, fresh for every [`PinHash::hash`]; the runtime owns randomness.
pub type PinSalt = [u8; 16];

/// A PIN's hash in PHC form, `$argon2id$v=19$m=…`. Kept in the database, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash(PasswordHash);

impl PinHash {
    /// Hashes a PIN; takes about 25 ms of processor time.
    #[must_use]
    pub fn hash(pin: &Pin, salt: &PinSalt) -> Self {
        Self::hashed(&PinCost::TILL.hasher(None), pin, salt)
    }

    /// As [`PinHash::hash`], with the till's pepper mixed in: whoever steals the database alone
    /// cannot try PINs on it at all. Verified by [`PinHash::verify_with_pepper`] only.
    #[must_use]
    pub fn hash_with_pepper(pin: &Pin, salt: &PinSalt, pepper: &Pepper) -> Self {
        Self::hashed(&PinCost::TILL.hasher(Some(pepper)), pin, salt)
    }

    /// Whether this is the PIN; compared in constant time, in about 25 ms.
    #[must_use]
    pub fn verify(&self, pin: &Pin) -> bool {
        PinCost::TILL.hasher(None).verify_password(pin.bytes(), &self.0).is_ok()
    }

    /// As [`PinHash::verify`], for a hash made with this pepper.
    #[must_use]
    pub fn verify_with_pepper(&self, pin: &Pin, pepper: &Pepper) -> bool {
        PinCost::TILL.hasher(Some(pepper)).verify_password(pin.bytes(), &self.0).is_ok()
    }

    /// The text to store.
    #[must_use]
    pub fn to_phc(&self) -> String {
        self.0.to_string()
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// The text is no PHC string, not argon2id version 19, or has a salt, digest or cost outside
    /// what this program ever writes or accepts.
    pub fn parse(text: &str) -> Result<Self, PinHashRefused> {
        let hash = PasswordHash::new(text).map_err(|_| PinHashRefused::NotPhc)?;
        let version = hash.version.map(Version::try_from);
        let modern = matches!(version, Some(Ok(Version::V0x13)));
        if hash.algorithm.as_str() != Algorithm::Argon2id.as_str() || !modern {
            return Err(PinHashRefused::OtherAlgorithm);
        }
        let long = |length: Option<usize>| length.is_some_and(|length| length >= FEWEST_BYTES);
        let salt = hash.salt.as_ref().map(|salt| salt.len());
        let digest = hash.hash.as_ref().map(|digest| digest.as_bytes().len());
        if !long(salt) || !long(digest) {
            return Err(PinHashRefused::TooShort);
        }
        let cost = Params::try_from(&hash).map_err(|_| PinHashRefused::Cost)?;
        PinCost::accept(&cost).ok_or(PinHashRefused::Cost)?;
        Ok(Self(hash))
    }

    fn hashed(hasher: &Argon2<'_>, pin: &Pin, salt: &PinSalt) -> Self {
        let hash = hasher.hash_password_with_salt(pin.bytes(), salt);
        Self(hash.expect("salt, PIN and cost are within argon2's bounds"))
    }
}

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(set)")
    }
}

/// Why a stored text is no PIN hash. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinHashRefused {
    /// Not in PHC form.
    #[error("the stored PIN hash is not in PHC form")]
    NotPhc,
    /// Another algorithm than argon2id version 19.
    #[error("the stored PIN hash is not argon2id version 19")]
    OtherAlgorithm,
    /// No salt or digest, or one under 16 bytes.
    #[error("the stored PIN hash has a salt or digest under {FEWEST_BYTES} bytes")]
    TooShort,
    /// Not the text that this program writes.
    #[error("the stored check of a PIN is not one this program made")]
    NotOurs,
    /// The cost is no valid one or more than a till gives.
    #[error("the stored PIN hash asks for a cost this program does not spend")]
    Cost,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: PinSalt = *b"sixteen bytes ok";

    fn pin(text: &str) -> Pin {
        Pin::parse(text).expect("a good PIN")
    }

    #[test]
    fn only_the_right_pin_verifies() {
        let hash = PinHash::hash(&pin("482913"), &SALT);
        assert!(hash.verify(&pin("482913")));
        assert!(!hash.verify(&pin("482914")));
        assert!(!hash.verify(&pin("4829130")));
    }

    #[test]
    fn a_stored_hash_verifies_after_a_restart() {
        let text = PinHash::hash(&pin("482913"), &SALT).to_phc();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        assert!(PinHash::parse(&text).expect("our own text").verify(&pin("482913")));
        assert!(!text.contains("482913"));
    }

    #[test]
    fn the_same_pin_under_two_salts_gives_two_hashes() {
        let one = PinHash::hash(&pin("482913"), &SALT);
        let two = PinHash::hash(&pin("482913"), b"another 16 bytes");
        assert!(one != two);
    }

    #[test]
    fn a_pepper_is_needed_when_one_was_mixed_in() {
        let pepper = Pepper::from_random([1; 32]);
        let other = Pepper::from_random([2; 32]);
        let hash = PinHash::hash_with_pepper(&pin("482913"), &SALT, &pepper);
        assert!(hash.verify_with_pepper(&pin("482913"), &pepper));
        assert!(!hash.verify_with_pepper(&pin("482914"), &pepper));
        assert!(!hash.verify_with_pepper(&pin("482913"), &other));
        assert!(!hash.verify(&pin("482913")));
    }

    #[test]
    fn stored_texts_that_are_not_ours_are_refused() {
        let good = PinHash::hash(&pin("482913"), &SALT).to_phc();
        let check = |text: &str, expected: PinHashRefused| {
            assert_eq!(PinHash::parse(text).err(), Some(expected), "{text}");
        };
        check("", PinHashRefused::NotPhc);
        check("482913", PinHashRefused::NotPhc);
        check(&good.replace("argon2id", "argon2i"), PinHashRefused::OtherAlgorithm);
        check(&good.replace("v=19", "v=16"), PinHashRefused::OtherAlgorithm);
        check(&good.replace("v=19$", ""), PinHashRefused::OtherAlgorithm);
        check("$argon2id$v=19$m=19456,t=2,p=1", PinHashRefused::TooShort);
        check("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", PinHashRefused::TooShort);
        check(&good.replace("m=19456", "m=4194304"), PinHashRefused::Cost);
        check(&good.replace("t=2", "t=4000000"), PinHashRefused::Cost);
        check(&good.replace("p=1", "p=64"), PinHashRefused::Cost);
        check(&good.replace("m=19456", "m=1"), PinHashRefused::Cost);
    }

    #[test]
    fn debug_never_holds_the_hash() {
        assert_eq!(format!("{:?}", PinHash::hash(&pin("482913"), &SALT)), "PinHash(set)");
    }
}
