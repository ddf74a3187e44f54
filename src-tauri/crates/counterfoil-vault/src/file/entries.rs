//! The sealed part once it is open: names and secrets.
//!
//! Each entry is a name and a secret, each with its length before it (4 bytes, big-endian), sorted
//! by name.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::name::SecretName;
use crate::secret::Secret;

const NOT_ENTRIES: VaultError = VaultError::FileDamaged { what: "its content is no list" };

#[derive(Default)]
pub(super) struct Entries(BTreeMap<String, Secret>);

impl Entries {
    pub(super) fn get(&self, name: &SecretName) -> Option<&Secret> {
        self.0.get(name.as_str())
    }

    pub(super) fn set(&mut self, name: &SecretName, secret: Secret) {
        self.0.insert(name.as_str().to_owned(), secret);
    }

    /// Whether there was one.
    pub(super) fn remove(&mut self, name: &SecretName) -> bool {
        self.0.remove(name.as_str()).is_some()
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let texts = || self.0.iter().flat_map(|(name, secret)| [name.as_str(), secret.expose()]);
        let total = texts().map(|text| text.len() + size_of::<u32>()).sum();
        // Room for all at once: growing would leave copies of secrets behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(total));
        for text in texts() {
            let length = u32::try_from(text.len()).expect("the file's cap is far below 4 GiB");
            bytes.extend(length.to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    pub(super) fn decode(mut plain: &[u8]) -> Result<Self, VaultError> {
        let mut entries = BTreeMap::new();
        while !plain.is_empty() {
            let name = text(&mut plain)?;
            let secret = text(&mut plain)?;
            entries.insert(name.to_owned(), Secret::from_text(secret.to_owned()));
        }
        Ok(Self(entries))
    }
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, VaultError> {
    let (length, after) = rest.split_first_chunk().ok_or(NOT_ENTRIES)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| NOT_ENTRIES)?;
    let (text, after) = after.split_at_checked(length).ok_or(NOT_ENTRIES)?;
    *rest = after;
    std::str::from_utf8(text).map_err(|_| NOT_ENTRIES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_exactly(
            pairs in prop::collection::btree_map("[a-z]{1,9}", ".{0,40}", 0..8),
        ) {
            let mut entries = Entries::default();
            for (field, text) in &pairs {
                let name = SecretName::new("t", "o", field).expect("plain parts");
                entries.set(&name, Secret::from_text(text.clone()));
            }
            let read = Entries::decode(&entries.encode()).expect("our own bytes");
            prop_assert_eq!(read.0.len(), pairs.len());
            for (field, text) in &pairs {
                let name = SecretName::new("t", "o", field).expect("plain parts");
                prop_assert_eq!(read.get(&name).map(Secret::expose), Some(text.as_str()));
            }
        }

        #[test]
        fn bytes_of_any_kind_are_decoded_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            drop(Entries::decode(&bytes));
        }
    }
}
