use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use counterfoil_vault::{Secret, SecretName, Vault, VaultSettings};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::feed::Feed;

const PASSPHRASE: &str = "correct horse";
/// Costs of a derivation: two cheap ones, and what no file may ask for.
const COSTS: [[u32; 3]; 8] = [
    [8, 1, 1],
    [32, 2, 4],
    [7, 1, 1],
    [8, 0, 1],
    [8, 1, 0],
    [8, 17, 1],
    [40, 1, 5],
    [u32::MAX, u32::MAX, u32::MAX],
];

/// The encrypted file with any content. It opens exactly where a second reader of the file's
/// format opens it, with the same entries; writing one entry keeps all others; a file that does
/// not open is not written to.
pub fn vault(data: &[u8]) {
    let mut feed = Feed::new(data);
    let how = feed.byte();
    let bytes = match how % 4 {
        0 => feed.rest().to_vec(),
        1 => forged(&mut feed),
        _ => sealed(&mut feed),
    };
    let here = Here::new();
    here.write(&bytes);
    let expected = open(&bytes);
    here.judge(&bytes, expected.as_ref());
    if how >= 192 {
        here.add(&bytes, expected);
    }
}

type Entries = BTreeMap<String, String>;

/// A vault of its own for each input: the folder goes with it.
struct Here {
    folder: TempDir,
    vault: Vault,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("vault");
        let passphrase = Secret::from_text(PASSPHRASE.to_owned());
        let vault = Vault::from_settings(VaultSettings::File { path, passphrase });
        Self { folder, vault }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("vault")
    }

    fn write(&self, bytes: &[u8]) {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        drop(options.open(self.path()).expect("the folder is ours"));
        fs::write(self.path(), bytes).expect("the folder is ours");
    }

    fn judge(&self, bytes: &[u8], expected: Option<&Entries>) {
        let asked = name("t/o/a");
        let got = self.vault.get(&asked);
        let Some(expected) = expected else {
            assert!(got.is_err(), "a damaged file of {} bytes opened", bytes.len());
            return;
        };
        got.expect("a second reader opens this file");
        let valid = expected.iter().filter_map(|(key, text)| Some((parsed(key)?, text)));
        for (name, text) in valid {
            let kept = self.vault.get(&name).expect("it opened before");
            assert_eq!(kept.as_ref().map(Secret::expose), Some(text.as_str()), "{name}");
        }
    }

    fn add(&self, bytes: &[u8], expected: Option<Entries>) {
        let added = self.vault.set(&name("t/o/added"), &Secret::from_text("\"new ".to_owned()));
        let after = fs::read(self.path()).expect("the file is there");
        let Some(mut expected) = expected else {
            assert!(added.is_err() && after == bytes, "a damaged file was written to");
            return;
        };
        added.expect("a file that opens takes one more");
        expected.insert("t/o/added".to_owned(), "\"new ".to_owned());
        assert_eq!(open(&after), Some(expected));
    }
}

fn name(text: &str) -> SecretName {
    parsed(text).expect("three plain parts")
}

fn parsed(text: &str) -> Option<SecretName> {
    let mut parts = text.split('/');
    let name = SecretName::new(parts.next()?, parts.next()?, parts.next()?).ok()?;
    parts.next().is_none().then_some(name)
}

/// A file sealed with our passphrase at a cheap cost, whose content is the rest of the input,
/// damaged at one byte where the input says so.
fn sealed(feed: &mut Feed<'_>) -> Vec<u8> {
    let cost = COSTS[feed.below(2)];
    let damage = feed.maybe(Feed::short);
    let cut = feed.maybe(Feed::short);
    let salt = [7; 16];
    let keys = keys(cost, &salt);
    let header = header(cost, &salt, &keys.check, &[9; 24]);
    let plain = feed.clone().rest();
    let payload = Payload { msg: plain, aad: &header };
    let sealed = keys.cipher.encrypt(&[9; 24].into(), payload).expect("a short text is sealed");
    let mut bytes = [header, sealed].concat();
    if let Some(place) = damage {
        let place = usize::from(place) % bytes.len();
        bytes[place] ^= 0x10;
    }
    if let Some(length) = cut {
        bytes.truncate(usize::from(length));
    }
    bytes
}

/// A header of any values with the right digest: it opens nothing, and a cost beyond reason is
/// refused before it is spent.
fn forged(feed: &mut Feed<'_>) -> Vec<u8> {
    let cost = feed.pick(&COSTS);
    let salt = std::array::from_fn(|_| feed.byte());
    let check: [u8; 16] = std::array::from_fn(|_| feed.byte());
    let header = header(cost, &salt, &check, &[9; 24]);
    [&header, feed.clone().rest()].concat()
}

/// The entries of a file, by the format as it is described at the head of the vault's `header.rs`.
fn open(bytes: &[u8]) -> Option<Entries> {
    let (header, sealed) = bytes.split_at_checked(85)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let cost = [number(9)?, number(13)?, number(17)?];
    let salt: &[u8; 16] = header.get(21..37)?.try_into().ok()?;
    let nonce: &[u8; 24] = header.get(53..77)?.try_into().ok()?;
    let whole =
        header.starts_with(b"CFVAULT\0\x01") && header[77..] == Sha256::digest(&header[..77])[..8];
    if !whole || !COSTS[..2].contains(&cost) {
        return None;
    }
    let keys = keys(cost, salt);
    if header[37..53] != keys.check {
        return None;
    }
    let plain = keys.cipher.decrypt(&(*nonce).into(), Payload { msg: sealed, aad: header }).ok()?;
    entries(&plain)
}

fn entries(mut plain: &[u8]) -> Option<Entries> {
    let mut entries = Entries::new();
    while !plain.is_empty() {
        let (key, rest) = text(plain)?;
        let (secret, rest) = text(rest)?;
        entries.insert(key, secret);
        plain = rest;
    }
    Some(entries)
}

/// A text with its length in front, and what follows it.
fn text(plain: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = plain.split_at_checked(4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let (text, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

struct Keys {
    check: [u8; 16],
    cipher: XChaCha20Poly1305,
}

fn keys([memory, passes, lanes]: [u32; 3], salt: &[u8]) -> Keys {
    let params = Params::new(memory, passes, lanes, None).expect("a cheap cost is a cost");
    let mut master = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), salt, &mut master)
        .expect("a cheap derivation");
    let part = |domain: &[u8]| -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&master).expect("keys of any length");
        mac.update(domain);
        mac.finalize().into_bytes().into()
    };
    let check = part(b"counterfoil vault check v1");
    Keys {
        check: std::array::from_fn(|at| check[at]),
        cipher: XChaCha20Poly1305::new(&part(b"counterfoil vault seal v1").into()),
    }
}

fn header(cost: [u32; 3], salt: &[u8; 16], check: &[u8; 16], nonce: &[u8; 24]) -> Vec<u8> {
    let cost: Vec<u8> = cost.iter().flat_map(|number| number.to_be_bytes()).collect();
    let covered = [b"CFVAULT\0\x01".as_slice(), &cost, salt, check, nonce].concat();
    let digest = Sha256::digest(&covered);
    [covered.as_slice(), &digest[..8]].concat()
}
