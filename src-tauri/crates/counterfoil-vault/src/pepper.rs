//! The till's pepper: what a stolen database lacks.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::bytes32;
use crate::error::VaultError;
use crate::name::SecretName;
use crate::vault::Vault;

/// The field under which a till's pepper is kept.
const FIELD: &str = "pepper";

/// Keeps a mark from being the plain SHA-256 of a pepper.
const MARK_DOMAIN: &[u8] = b"counterfoil pepper mark v1\0";

/// Bytes of the digest that make the mark: enough to tell peppers apart for ever. A pepper has 256
/// random bits, so nothing of it is won from its mark.
const MARK_BYTES: usize = 16;

/// Thirty-two random bytes of one till, kept in its vault and nowhere else, mixed into everything
/// that is derived from a PIN. Whoever steals the database alone cannot try PINs on what was made
/// with it. Wiped when dropped.
#[derive(Clone)]
pub struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// A new one of 32 random bytes; the caller owns randomness. [`Pepper::keep`] keeps it.
    #[must_use]
    pub fn from_random(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// The till's pepper; `None` when the vault can be read and holds none.
    ///
    /// # Errors
    /// The vault cannot be read, or what it holds under that name is no pepper.
    pub fn read(vault: &Vault, till: &str) -> Result<Option<Self>, VaultError> {
        Ok(bytes32::read(vault, &name(till)?)?.map(Self))
    }

    /// Keeps it for the till, in place of the one before, and proves by reading it back that the
    /// vault has it.
    ///
    /// # Errors
    /// The vault cannot be written, or gives back something else.
    pub fn keep(&self, vault: &Vault, till: &str) -> Result<(), VaultError> {
        bytes32::keep(vault, &name(till)?, &self.0)
    }

    /// The till's pepper, made of `random` where there is none. Of two programs that make one at
    /// the same moment the later one wins: the caller lets only one in.
    ///
    /// # Errors
    /// As for [`Pepper::read`] and [`Pepper::keep`].
    pub fn read_or_make(vault: &Vault, till: &str, random: [u8; 32]) -> Result<Self, VaultError> {
        if let Some(pepper) = Self::read(vault, till)? {
            return Ok(pepper);
        }
        let pepper = Self::from_random(random);
        pepper.keep(vault, till)?;
        Ok(pepper)
    }

    /// Which pepper this is, as 32 hex digits that may stand in the database: what was made with
    /// it can be told from what was made with another.
    #[must_use]
    pub fn mark(&self) -> String {
        let digest = Sha256::new().chain_update(MARK_DOMAIN).chain_update(*self.0).finalize();
        hex::encode(digest.get(..MARK_BYTES).expect("SHA-256 gives 32 bytes"))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(set)")
    }
}

fn name(till: &str) -> Result<SecretName, VaultError> {
    bytes32::name(till, FIELD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_peppers_apart_and_gives_none_away() {
        let one = Pepper::from_random([7; 32]);
        assert_eq!(one.mark(), Pepper::from_random([7; 32]).mark());
        assert_ne!(one.mark(), Pepper::from_random([8; 32]).mark());
        assert_eq!(one.mark().len(), 32);
        assert!(!one.mark().contains(&hex::encode([7; 4])));
        assert_eq!(format!("{one:?}"), "Pepper(set)");
    }
}
