//! The till's own key: signs heads of the trail and what the till prints.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};

use crate::bytes32;
use crate::error::VaultError;
use crate::name::SecretName;
use crate::vault::Vault;

/// The field under which a till's signing key is kept.
const FIELD: &str = "signing";

/// The till's Ed25519 key (RFC 8032), kept in its vault and nowhere else. Wiped when dropped.
#[derive(Clone)]
pub struct TillKey(SigningKey);

impl TillKey {
    /// The till's key; `None` when the vault can be read and holds none.
    ///
    /// # Errors
    /// The vault cannot be read, or what it holds under that name is no key.
    pub fn read(vault: &Vault, till: &str) -> Result<Option<Self>, VaultError> {
        let seed = bytes32::read(vault, &name(till)?)?;
        Ok(seed.map(|seed| Self(SigningKey::from_bytes(&seed))))
    }

    /// The till's key, made of 32 random bytes where there is none. Of two programs that make one
    /// at the same moment the later one wins: the caller lets only one in.
    ///
    /// # Errors
    /// As for [`TillKey::read`], or the vault cannot be written.
    pub fn read_or_make(vault: &Vault, till: &str, random: [u8; 32]) -> Result<Self, VaultError> {
        if let Some(key) = Self::read(vault, till)? {
            return Ok(key);
        }
        let key = Self(SigningKey::from_bytes(&random));
        bytes32::keep(vault, &name(till)?, key.0.as_bytes())?;
        Ok(key)
    }

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

impl fmt::Debug for TillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TillKey({})", hex::encode(self.public_key()))
    }
}

fn name(till: &str) -> Result<SecretName, VaultError> {
    bytes32::name(till, FIELD)
}
