//! The open part of the file: what is needed to derive the keys and to tell a wrong passphrase
//! from a damaged file. All of it is authenticated with the sealed part.
//!
//! ```text
//! 0   8  "CFVAULT" and a zero byte
//! 8   1  format, 1
//! 9   4  argon2id memory in KiB, big-endian      13  4  passes      17  4  lanes
//! 21 16  salt
//! 37 16  key check: equal when the passphrase is right
//! 53 24  nonce
//! 77  8  first bytes of the SHA-256 of bytes 0..77: unequal when the header is damaged
//! 85  …  sealed entries, XChaCha20-Poly1305 with bytes 0..85 as associated data
//! ```

use sha2::{Digest, Sha256};

use super::seal::Keys;
use crate::error::VaultError;

pub(super) const SALT_BYTES: usize = 16;
pub(super) const CHECK_BYTES: usize = 16;
pub(super) const NONCE_BYTES: usize = 24;

const MAGIC: [u8; 8] = *b"CFVAULT\0";
const FORMAT: u8 = 1;
const DIGEST_BYTES: usize = 8;

/// What argon2id is asked to spend on one derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KdfCost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl KdfCost {
    /// RFC 9106's second recommendation (64 MiB, 3 passes) on one lane: about 0.2 s on a till,
    /// once for each start of the program.
    pub(super) const NEW: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// The most a file may ask for: a damaged or planted one must not take the till's memory.
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 16, lanes: 4 };

    fn is_sane(self) -> bool {
        (1..=Self::MOST.passes).contains(&self.passes)
            && (1..=Self::MOST.lanes).contains(&self.lanes)
            && (8 * self.lanes..=Self::MOST.memory_kib).contains(&self.memory_kib)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cost: KdfCost,
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) check: [u8; CHECK_BYTES],
    pub(super) nonce: [u8; NONCE_BYTES],
}

impl Header {
    pub(super) fn new(keys: &Keys, nonce: [u8; NONCE_BYTES]) -> Self {
        Self { cost: keys.cost, salt: keys.salt, check: keys.check, nonce }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        bytes.push(FORMAT);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.salt);
        bytes.extend(self.check);
        bytes.extend(self.nonce);
        let digest = short_digest(&bytes);
        bytes.extend(digest);
        bytes
    }

    /// Splits a file into its header and its sealed part.
    pub(super) fn read(file: &[u8]) -> Result<(Self, &[u8]), VaultError> {
        let mut rest = file;
        if take::<8>(&mut rest)? != MAGIC {
            return Err(VaultError::FileDamaged { what: "it is no Counterfoil vault" });
        }
        let [format] = take(&mut rest)?;
        if format > FORMAT {
            return Err(VaultError::FileTooNew { found: format });
        }
        let cost = KdfCost {
            memory_kib: u32::from_be_bytes(take(&mut rest)?),
            passes: u32::from_be_bytes(take(&mut rest)?),
            lanes: u32::from_be_bytes(take(&mut rest)?),
        };
        let header =
            Self { cost, salt: take(&mut rest)?, check: take(&mut rest)?, nonce: take(&mut rest)? };
        let (covered, _) = file.split_at(file.len() - rest.len());
        let whole = take(&mut rest)? == short_digest(covered);
        if format != FORMAT || !whole || !cost.is_sane() {
            return Err(VaultError::FileDamaged { what: "its header was changed" });
        }
        Ok((header, rest))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], VaultError> {
    let cut = VaultError::FileDamaged { what: "it is cut off in its header" };
    let Some((taken, left)) = rest.split_first_chunk() else {
        return Err(cut);
    };
    *rest = left;
    Ok(*taken)
}

fn short_digest(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let digest = Sha256::digest(bytes);
    *digest.first_chunk().expect("SHA-256 gives 32 bytes")
}
