//! The encrypted file: the stated fallback for machines without a keyring.
//!
//! One file holds all secrets under one passphrase. Reading needs no lock, because the file is
//! only ever replaced whole; writing holds a lock from reading to replacing, so that two programs
//! do not undo each other's work.

mod disk;
mod entries;
mod header;
mod seal;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::error::VaultError;
use crate::name::SecretName;
use crate::secret::Secret;
use crate::vault::Place;

use disk::Disk;
use entries::Entries;
use header::{Header, KdfCost, SALT_BYTES};
use seal::Keys;

/// The encrypted file and what opens it.
pub(crate) struct FileVault {
    disk: Disk,
    passphrase: Secret,
    /// The last derived keys: deriving them is slow on purpose, and salt and cost rarely change.
    derived: Mutex<Option<Keys>>,
}

impl FileVault {
    pub(crate) fn new(path: PathBuf, passphrase: Secret) -> Self {
        // A relative path means the folder of now, also if the program changes folders later.
        let path = std::path::absolute(&path).unwrap_or(path);
        Self { disk: Disk::new(path), passphrase, derived: Mutex::default() }
    }

    /// The file's keys and content, `None` when there is no file yet.
    fn open(&self) -> Result<Option<(Keys, Entries)>, VaultError> {
        let Some(bytes) = self.disk.read()? else {
            return Ok(None);
        };
        let (header, sealed) = Header::read(&bytes)?;
        let keys = self.keys(header.salt, header.cost)?;
        if !keys.opens(&header) {
            return Err(VaultError::PassphraseWrong);
        }
        let plain = keys.unseal(&header, sealed)?;
        Ok(Some((keys, Entries::decode(&plain)?)))
    }

    fn replace(&self, keys: &Keys, entries: &Entries) -> Result<(), VaultError> {
        // A fresh nonce for every writing: 24 random bytes never meet twice.
        let header = Header::new(keys, random()?);
        let mut bytes = header.bytes();
        bytes.extend(keys.seal(&header, &entries.encode())?);
        self.disk.replace(&bytes)
    }

    fn keys(&self, salt: [u8; SALT_BYTES], cost: KdfCost) -> Result<Keys, VaultError> {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = derived.as_ref().filter(|keys| keys.salt == salt && keys.cost == cost) {
            return Ok(keys.clone());
        }
        let keys = Keys::derive(&self.passphrase, salt, cost)?;
        *derived = Some(keys.clone());
        Ok(keys)
    }
}

impl Place for FileVault {
    fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
        Ok(self.open()?.and_then(|(_, entries)| entries.get(name).cloned()))
    }

    fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError> {
        self.disk.make_folder()?;
        let _lock = self.disk.lock()?;
        let (keys, mut entries) = match self.open()? {
            Some(opened) => opened,
            None => (self.keys(random()?, KdfCost::NEW)?, Entries::default()),
        };
        entries.set(name, secret.clone());
        self.replace(&keys, &entries)
    }

    fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
        // Nothing is made on disk only to remove something from it.
        if self.open()?.is_none() {
            return Ok(());
        }
        let _lock = self.disk.lock()?;
        let Some((keys, mut entries)) = self.open()? else {
            return Ok(());
        };
        if entries.remove(name) { self.replace(&keys, &entries) } else { Ok(()) }
    }
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| VaultError::broken(cause.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
