//! From passphrase to keys, and the sealing itself.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::header::{CHECK_BYTES, Header, KdfCost, SALT_BYTES};
use crate::error::VaultError;
use crate::secret::Secret;

/// Separates the sealing key from the value in the open header, which must not give it away.
const SEAL_DOMAIN: &[u8] = b"counterfoil vault seal v1";
const CHECK_DOMAIN: &[u8] = b"counterfoil vault check v1";

type Key = Zeroizing<[u8; 32]>;

/// What a passphrase comes to under one salt and cost. No `Debug`: it is the key.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) cost: KdfCost,
    pub(super) check: [u8; CHECK_BYTES],
    seal: Key,
}

impl Keys {
    pub(super) fn derive(
        passphrase: &Secret,
        salt: [u8; SALT_BYTES],
        cost: KdfCost,
    ) -> Result<Self, VaultError> {
        let failed = |cause: argon2::Error| VaultError::broken(cause.to_string());
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(failed)?;
        let mut master = Key::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *master)
            .map_err(failed)?;
        let check = *part(&master, CHECK_DOMAIN).first_chunk().expect("16 of 32 bytes");
        Ok(Self { salt, cost, check, seal: part(&master, SEAL_DOMAIN) })
    }

    /// Whether the passphrase is the one the file was made with. Both values may be known to
    /// whoever holds the file, so their comparison needs no constant time.
    pub(super) fn opens(&self, header: &Header) -> bool {
        self.check == header.check
    }

    pub(super) fn seal(&self, header: &Header, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let payload = Payload { msg: plain, aad: &header.bytes() };
        self.cipher()
            .encrypt(&header.nonce.into(), payload)
            .map_err(|_| VaultError::broken("the secrets could not be sealed"))
    }

    pub(super) fn unseal(
        &self,
        header: &Header,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let payload = Payload { msg: sealed, aad: &header.bytes() };
        self.cipher()
            .decrypt(&header.nonce.into(), payload)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::FileDamaged { what: "its sealed part was changed" })
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.seal).into())
    }
}

fn part(master: &Key, domain: &[u8]) -> Key {
    let mut mac = Hmac::<Sha256>::new_from_slice(&**master).expect("HMAC takes keys of any length");
    mac.update(domain);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least that argon2 takes: these tests are about sealing.
    const CHEAP: KdfCost = KdfCost { memory_kib: 8, passes: 1, lanes: 1 };

    fn keys(passphrase: &str) -> Keys {
        let passphrase = Secret::from_text(passphrase.to_owned());
        Keys::derive(&passphrase, [7; SALT_BYTES], CHEAP).expect("a valid cost")
    }

    #[test]
    fn the_header_is_sealed_with_the_content() {
        let keys = keys("p");
        let header = Header::new(&keys, [9; 24]);
        let sealed = keys.seal(&header, b"content").expect("sealed");
        assert_eq!(keys.unseal(&header, &sealed).expect("opens").as_slice(), b"content");
        let dearer = Header { cost: KdfCost { passes: 2, ..CHEAP }, ..header.clone() };
        let resalted = Header { salt: [8; SALT_BYTES], ..header.clone() };
        let rechecked = Header { check: [0; CHECK_BYTES], ..header };
        for changed in [dearer, resalted, rechecked] {
            assert!(keys.unseal(&changed, &sealed).is_err(), "{changed:?}");
        }
    }

    #[test]
    fn the_open_check_is_no_part_of_the_key() {
        let keys = keys("p");
        assert!(!keys.seal.windows(CHECK_BYTES).any(|part| part == keys.check));
    }

    #[test]
    fn one_letter_more_is_another_key() {
        assert!(!keys("p ").opens(&Header::new(&keys("p"), [9; 24])));
        assert!(keys("p").opens(&Header::new(&keys("p"), [9; 24])));
    }
}
