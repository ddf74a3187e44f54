//! A person's signing key, and how it rests between two PINs.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use ed25519_dalek::{Signer, SigningKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cost::PinCost;
use crate::pepper::Pepper;
use crate::pin::Pin;
use crate::pin_hash::PinSalt;

/// The first part of the stored text: what it is, and its form.
const FORM: &str = "cf-key-1";

/// Key and nonce of ChaCha20-Poly1305, both derived from the PIN: the salt is fresh for every
/// sealing, so neither is ever used twice.
const DERIVED_BYTES: usize = 32 + 12;

/// A seed of 32 bytes and the tag of 16.
const SEALED_BYTES: usize = 32 + 16;

/// A person's Ed25519 key (RFC 8032), opened by their PIN for one act. Wiped when dropped.
#[derive(Clone)]
pub struct PersonKey(SigningKey);

impl PersonKey {
    /// By which others check what it signs: 32 bytes, not secret.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The 64 bytes of the signature of exactly these bytes; always the same for the same ones.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonKey({})", hex::encode(self.public_key()))
    }
}

/// A person's key at rest: ChaCha20-Poly1305 under what argon2id makes of PIN, salt and pepper.
/// Kept in the database; without the PIN **and** the pepper of the vault it is noise.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    cost: PinCost,
    salt: PinSalt,
    public_key: [u8; 32],
    sealed: [u8; SEALED_BYTES],
}

/// What a new key is made of; the caller owns randomness.
pub struct KeyRandom {
    /// Sixteen random bytes, fresh for every sealing.
    pub salt: PinSalt,
    /// Thirty-two random bytes: the key itself. Wiped when dropped.
    pub seed: Zeroizing<[u8; 32]>,
}

/// Why a sealed key does not open. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRefused {
    /// The stored text is not what [`SealedKey::to_text`] writes.
    #[error("the stored key of this person is not one this program made")]
    NotOurs,
    /// It asks for a cost that a till does not spend.
    #[error("the stored key of this person asks for a cost this program does not spend")]
    Cost,
    /// Another PIN, another pepper or another person than it was sealed for, or changed since.
    #[error("the key of this person does not open with this PIN and the till's keyring")]
    Shut,
}

impl SealedKey {
    /// Makes a key for the person `owner` (their id) and seals it; takes about 25 ms.
    #[must_use]
    pub fn make(owner: &str, pin: &Pin, pepper: &Pepper, random: &KeyRandom) -> Self {
        Self::make_at(PinCost::TILL, owner, pin, pepper, random)
    }

    fn make_at(cost: PinCost, owner: &str, pin: &Pin, pepper: &Pepper, random: &KeyRandom) -> Self {
        let public_key = SigningKey::from_bytes(&random.seed).verifying_key().to_bytes();
        let mut key = Self { cost, salt: random.salt, public_key, sealed: [0; SEALED_BYTES] };
        let (cipher, nonce) = key.cipher(pin, pepper);
        let aad = key.open_part(owner);
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: &*random.seed, aad: aad.as_bytes() })
            .expect("32 bytes are within the cipher's bounds");
        key.sealed.copy_from_slice(&sealed);
        key
    }

    /// Seals the same key once more, under another PIN or another pepper; takes about 25 ms. The
    /// salt is 16 fresh random bytes.
    #[must_use]
    pub fn reseal(owner: &str, pin: &Pin, pepper: &Pepper, salt: PinSalt, key: &PersonKey) -> Self {
        let seed = Zeroizing::new(key.0.to_bytes());
        Self::make(owner, pin, pepper, &KeyRandom { salt, seed })
    }

    /// Opens it with the PIN of the person it was made for; takes about 25 ms.
    ///
    /// # Errors
    /// [`KeyRefused::Shut`], which does not say what does not fit.
    pub fn open(&self, owner: &str, pin: &Pin, pepper: &Pepper) -> Result<PersonKey, KeyRefused> {
        let (cipher, nonce) = self.cipher(pin, pepper);
        let aad = self.open_part(owner);
        let payload = Payload { msg: &self.sealed, aad: aad.as_bytes() };
        let plain = cipher.decrypt(&nonce.into(), payload).map_err(|_| KeyRefused::Shut)?;
        let plain = Zeroizing::new(plain);
        let seed: &[u8; 32] = plain.as_slice().try_into().map_err(|_| KeyRefused::Shut)?;
        let key = PersonKey(SigningKey::from_bytes(seed));
        if key.public_key() == self.public_key { Ok(key) } else { Err(KeyRefused::Shut) }
    }

    /// By which others check what the key signs: 32 bytes, not secret.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.public_key
    }

    /// The text to store: `cf-key-1$COST$SALT$PUBLIC_KEY$SEALED`, the last three in hex.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (cost, salt) = (self.cost.to_text(), hex::encode(self.salt));
        let (public_key, sealed) = (hex::encode(self.public_key), hex::encode(self.sealed));
        format!("{FORM}${cost}${salt}${public_key}${sealed}")
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// It is not exactly what [`SealedKey::to_text`] writes, or asks for too much.
    pub fn parse(text: &str) -> Result<Self, KeyRefused> {
        let mut parts = text.split('$');
        let mut next = || parts.next().ok_or(KeyRefused::NotOurs);
        let (form, cost) = (next()?, next()?);
        if form != FORM {
            return Err(KeyRefused::NotOurs);
        }
        let cost = PinCost::parse(cost).ok_or(KeyRefused::Cost)?;
        let mut read = Self { cost, salt: [0; 16], public_key: [0; 32], sealed: [0; SEALED_BYTES] };
        let not_ours = |_| KeyRefused::NotOurs;
        hex::decode_to_slice(next()?, &mut read.salt).map_err(not_ours)?;
        hex::decode_to_slice(next()?, &mut read.public_key).map_err(not_ours)?;
        hex::decode_to_slice(next()?, &mut read.sealed).map_err(not_ours)?;
        // One text for one key: no capital letter, nothing behind it.
        if read.to_text() == text { Ok(read) } else { Err(KeyRefused::NotOurs) }
    }

    /// What is not sealed is authenticated: form, cost, salt, public key and whose key it is.
    fn open_part(&self, owner: &str) -> String {
        let (salt, public_key) = (hex::encode(self.salt), hex::encode(self.public_key));
        format!("{FORM}${}${salt}${public_key}${owner}", self.cost.to_text())
    }

    fn cipher(&self, pin: &Pin, pepper: &Pepper) -> (ChaCha20Poly1305, [u8; 12]) {
        let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
        self.cost.derive(pin, &self.salt, Some(pepper), &mut *derived);
        let (key, nonce) = derived.split_first_chunk::<32>().expect("44 bytes");
        let nonce = *nonce.first_chunk().expect("12 bytes are left");
        (ChaCha20Poly1305::new(key.into()), nonce)
    }
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey({})", hex::encode(self.public_key))
    }
}

impl fmt::Debug for KeyRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRandom(set)")
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, VerifyingKey};

    use super::*;

    const WHO: &str = "staff-1";

    fn pin(text: &str) -> Pin {
        Pin::parse(text).expect("a good PIN")
    }

    fn pepper(byte: u8) -> Pepper {
        Pepper::from_random([byte; 32])
    }

    fn random(seed: u8) -> KeyRandom {
        KeyRandom { salt: *b"sixteen bytes ok", seed: Zeroizing::new([seed; 32]) }
    }

    fn cheap() -> SealedKey {
        SealedKey::make_at(PinCost::LEAST, WHO, &pin("482913"), &pepper(1), &random(9))
    }

    #[test]
    fn only_the_right_person_pin_and_pepper_open_a_key() {
        let sealed = cheap();
        let key = sealed.open(WHO, &pin("482913"), &pepper(1)).expect("all three are right");
        assert_eq!(key.public_key(), sealed.public_key());
        let shut = Some(KeyRefused::Shut);
        assert_eq!(sealed.open(WHO, &pin("482914"), &pepper(1)).err(), shut);
        assert_eq!(sealed.open(WHO, &pin("4829130"), &pepper(1)).err(), shut);
        assert_eq!(sealed.open(WHO, &pin("482913"), &pepper(2)).err(), shut);
        assert_eq!(sealed.open("staff-2", &pin("482913"), &pepper(1)).err(), shut);
    }

    #[test]
    fn an_opened_key_signs_so_that_the_public_key_proves_it() {
        let sealed = SealedKey::make(WHO, &pin("482913"), &pepper(1), &random(9));
        let text = sealed.to_text();
        assert!(text.starts_with("cf-key-1$m=19456,t=2,p=1$"), "{text}");
        let read = SealedKey::parse(&text).expect("our own text");
        let key = read.open(WHO, &pin("482913"), &pepper(1)).expect("it opens after a restart");
        let public = VerifyingKey::from_bytes(&sealed.public_key()).expect("a point");
        let signature = Signature::from_bytes(&key.sign(b"statement"));
        assert!(public.verify_strict(b"statement", &signature).is_ok());
        assert!(public.verify_strict(b"Statement", &signature).is_err());
    }

    #[test]
    fn a_key_sealed_once_more_is_the_same_key_under_another_pin() {
        let key = cheap().open(WHO, &pin("482913"), &pepper(1)).expect("it opens");
        let (other, salt) = (pin("730481"), *b"another 16 bytes");
        let again = SealedKey::reseal(WHO, &other, &pepper(2), salt, &key);
        assert_eq!(again.public_key(), cheap().public_key());
        assert_eq!(again.open(WHO, &pin("482913"), &pepper(2)).err(), Some(KeyRefused::Shut));
        let opened = again.open(WHO, &other, &pepper(2)).expect("it opens");
        assert_eq!(opened.sign(b"m"), key.sign(b"m"));
    }

    #[test]
    fn the_seed_stands_nowhere_in_the_stored_text() {
        let text = cheap().to_text();
        assert!(!text.contains(&hex::encode([9; 4])) && !text.contains("482913"), "{text}");
    }

    /// Every bit of every byte, also those that make another digit, sign or letter of it.
    #[test]
    fn any_flipped_bit_of_a_sealed_key_is_refused() {
        let text = cheap().to_text();
        let (mut flips, mut unreadable) = (0, 0);
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                flips += 1;
                let Ok(flipped) = String::from_utf8(bytes) else {
                    unreadable += 1;
                    continue;
                };
                let opened = SealedKey::parse(&flipped)
                    .and_then(|key| key.open(WHO, &pin("482913"), &pepper(1)));
                assert!(opened.is_err(), "{flipped}");
            }
        }
        assert!(flips > 1_500 && unreadable < flips / 2, "{unreadable} of {flips}");
    }

    #[test]
    fn stored_texts_that_ask_for_too_much_are_refused_before_anything_is_spent() {
        let good = cheap().to_text();
        for (from, to) in [("m=8", "m=262145"), ("t=1", "t=17"), ("p=1", "p=5")] {
            assert_eq!(SealedKey::parse(&good.replace(from, to)), Err(KeyRefused::Cost), "{to}");
        }
        for bad in
            ["", "cf-key-1", &format!("{good}$"), &good.to_uppercase(), &good[..good.len() - 2]]
        {
            assert!(SealedKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_the_public_key_and_nothing_else() {
        let sealed = cheap();
        let key = sealed.open(WHO, &pin("482913"), &pepper(1)).expect("it opens");
        let public = hex::encode(key.public_key());
        assert_eq!(format!("{key:?}"), format!("PersonKey({public})"));
        assert_eq!(format!("{sealed:?}"), format!("SealedKey({public})"));
        assert_eq!(format!("{:?}", random(9)), "KeyRandom(set)");
    }
}
