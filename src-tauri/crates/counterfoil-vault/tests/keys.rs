//! The till's own secrets in a real vault: its pepper and its signing key.

use std::path::Path;

use counterfoil_vault::{
    KeyRandom, Pepper, Pin, SealedKey, Secret, SecretName, ShortCheck, TillKey, Vault, VaultError,
    VaultSettings,
};

fn vault(path: &Path, passphrase: &str) -> Vault {
    Vault::from_settings(VaultSettings::File {
        path: path.to_owned(),
        passphrase: Secret::from_text(passphrase.to_owned()),
    })
}

#[test]
fn a_pepper_is_made_once_and_is_each_tills_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault");
    let here = vault(&path, "p");
    assert!(Pepper::read(&here, "till-1").expect("it reads").is_none());
    let made = Pepper::read_or_make(&here, "till-1", [1; 32]).expect("it is kept");
    let again = Pepper::read_or_make(&vault(&path, "p"), "till-1", [2; 32]).expect("it reads");
    assert_eq!(made.mark(), again.mark(), "the second one is not needed");
    let other = Pepper::read_or_make(&here, "till-2", [3; 32]).expect("it is kept");
    assert_ne!(made.mark(), other.mark());
    Pepper::from_random([4; 32]).keep(&here, "till-1").expect("it is kept");
    let kept = Pepper::read(&here, "till-1").expect("it reads").expect("it is there");
    assert_eq!(kept.mark(), Pepper::from_random([4; 32]).mark());
}

#[test]
fn a_till_key_is_made_once_and_signs_the_same_after_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault");
    assert!(TillKey::read(&vault(&path, "p"), "till-1").expect("it reads").is_none());
    let key = TillKey::read_or_make(&vault(&path, "p"), "till-1", [1; 32]).expect("it is kept");
    let again = TillKey::read_or_make(&vault(&path, "p"), "till-1", [2; 32]).expect("it reads");
    assert_eq!(key.public_key(), again.public_key());
    assert_eq!(key.sign(b"head"), again.sign(b"head"));
    assert_eq!(format!("{key:?}"), format!("TillKey({})", hex::encode(key.public_key())));
}

#[test]
fn a_vault_that_cannot_be_read_is_never_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault");
    let pepper = Pepper::read_or_make(&vault(&path, "p"), "till-1", [1; 32]).expect("kept");
    let closed = vault(&path, "q");
    assert!(matches!(
        Pepper::read_or_make(&closed, "till-1", [2; 32]),
        Err(VaultError::PassphraseWrong)
    ));
    assert!(matches!(TillKey::read(&closed, "till-1"), Err(VaultError::PassphraseWrong)));
    let kept = Pepper::read(&vault(&path, "p"), "till-1").expect("it reads").expect("there");
    assert_eq!(kept.mark(), pepper.mark());
}

#[test]
fn what_is_no_pepper_is_not_taken_for_one_and_not_written_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let here = vault(&folder.path().join("vault"), "p");
    let name = SecretName::new("till-1", "till", "pepper").expect("plain parts");
    for odd in ["", "canary-zz", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
        here.set(&name, &Secret::from_text(odd.to_owned())).expect("kept");
        let refused = Pepper::read_or_make(&here, "till-1", [1; 32]).expect_err("no pepper");
        assert!(!refused.to_string().contains("canary"), "{refused}");
        let kept = here.get(&name).expect("it reads").expect("it is there");
        assert_eq!(kept.expose(), odd);
    }
}

#[test]
fn two_people_with_the_same_pin_have_nothing_in_common() {
    let pin = Pin::parse("482913").expect("a good PIN");
    let pepper = Pepper::from_random([1; 32]);
    let key = |who: &str, byte: u8| {
        let random = KeyRandom { salt: [byte; 16], seed: [byte; 32].into() };
        SealedKey::make(who, &pin, &pepper, &random)
    };
    let (one, two) = (key("staff-1", 1), key("staff-2", 2));
    assert_ne!(one.public_key(), two.public_key());
    assert!(one.open("staff-2", &pin, &pepper).is_err(), "not as the other one");
    let short = |byte: u8| ShortCheck::make(&pin, &[byte; 16]).to_text();
    assert_ne!(short(1), short(2));
}
