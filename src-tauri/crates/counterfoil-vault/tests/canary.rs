//! Planted secrets: nothing public, however it is printed, says what it was told to keep.

use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use counterfoil_vault::lockout::Lockout;
use counterfoil_vault::{
    Backend, KeyRandom, Pepper, Pin, PinHash, SealedKey, Secret, SecretName, SettingsRefused,
    ShortCheck, TillKey, Vault, VaultError, VaultSettings,
};

const SECRET: &str = "\"canary-secret-5c1e";
const PASSPHRASE: &str = "canary-passphrase-90ab";
const PIN: &str = "770415926";
const SEED: [u8; 32] = *b"canary-seed-of-a-key-32-bytes-ok";

fn settings(path: &Path) -> VaultSettings {
    let kind = format!("file:{}", path.display());
    VaultSettings::from_env(|name| match name {
        "COUNTERFOIL_VAULT" => Some(kind.clone()),
        "COUNTERFOIL_VAULT_PASSPHRASE" => Some(PASSPHRASE.to_owned()),
        _ => None,
    })
    .expect("both are set")
}

fn check(words: &str) {
    for canary in [SECRET, "canary", PASSPHRASE, PIN] {
        assert!(!words.contains(canary), "{canary} in {words}");
    }
    for bytes in [SECRET.as_bytes(), &SEED] {
        let numbers = format!("{bytes:?}");
        assert!(!words.contains(numbers.trim_matches(['[', ']'])), "as numbers in {words}");
        assert!(!words.contains(&hex::encode(bytes)), "as hex in {words}");
    }
}

fn check_printed(printed: &dyn Debug) {
    check(&format!("{printed:?}"));
    check(&format!("{printed:#?}"));
}

/// Lets the answer end in a panic, as a caller's `expect` would, and reads the panic's words.
fn check_panic<T: Debug, E: Debug>(answer: Result<T, E>) {
    let thrown = match answer {
        Ok(_) => catch_unwind(AssertUnwindSafe(|| drop(answer.expect_err("thrown")))),
        Err(_) => catch_unwind(AssertUnwindSafe(|| drop(answer.expect("thrown")))),
    };
    let thrown = thrown.expect_err("one of the two always throws");
    check(thrown.downcast_ref::<String>().expect("a formatted panic"));
}

#[test]
fn no_public_type_prints_what_it_keeps() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(&folder.path().join("vault"));
    let secret = Secret::from_text(SECRET.to_owned());
    let pin = Pin::parse(PIN).expect("a good PIN");
    let hash = PinHash::hash(&pin, b"sixteen bytes ok");
    let name = SecretName::new("till", "account", "secret").expect("plain parts");
    let vault = Vault::from_settings(settings.clone());
    let random = || KeyRandom { salt: *b"sixteen bytes ok", seed: SEED.into() };
    let pepper = Pepper::from_random(SEED);
    let sealed = SealedKey::make("staff-1", &pin, &pepper, &random());
    let key = sealed.open("staff-1", &pin, &pepper).expect("all three are right");
    let till_key = TillKey::read_or_make(&vault, "till-1", SEED).expect("it is kept");
    let short = ShortCheck::make(&pin, b"sixteen bytes ok");
    check(&sealed.to_text());
    check(&short.to_text());
    check(&pepper.mark());
    let all: [&dyn Debug; 16] = [
        &random(),
        &pepper,
        &sealed,
        &key,
        &till_key,
        &short,
        &settings,
        &secret,
        &pin,
        &hash,
        &name,
        &vault,
        &vault.backend(),
        &Lockout::default(),
        &Pin::parse("77041592x").err(),
        &PinHash::parse(PIN).err(),
    ];
    all.into_iter().for_each(check_printed);
    assert_eq!(vault.backend(), Backend::File);
    check(&secret.describe());
    check(&hash.to_phc());
}

#[test]
fn no_answer_of_a_vault_prints_what_it_keeps() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault");
    let vault = Vault::from_settings(settings(&path));
    let name = SecretName::new("till", "account", "secret").expect("plain parts");
    let secret = Secret::from_text(SECRET.to_owned());
    vault.probe().expect("a new file works");
    vault.set(&name, &secret).expect("kept");
    check_panic(vault.get(&name));

    let other = VaultSettings::File {
        path: path.clone(),
        passphrase: Secret::from_text(format!("{PASSPHRASE}x")),
    };
    let error = Vault::from_settings(other).set(&name, &secret).expect_err("wrong passphrase");
    assert!(matches!(error, VaultError::PassphraseWrong));
    check(&error.to_string());
    check_panic::<(), _>(Err(error));

    let mut bytes = fs::read(&path).expect("the file is there");
    check(&String::from_utf8_lossy(&bytes));
    *bytes.last_mut().expect("a full file") ^= 1;
    fs::write(&path, &bytes).expect("our own file");
    let error = vault.get(&name).expect_err("damaged");
    assert!(matches!(error, VaultError::FileDamaged { .. }));
    check(&error.to_string());
    check_panic::<(), _>(Err(error));
}

#[test]
fn a_passphrase_in_the_wrong_variable_is_not_repeated() {
    let refused = VaultSettings::from_env(|_| Some(PASSPHRASE.to_owned()));
    let refused = refused.expect_err("no file: in front");
    assert_eq!(refused, SettingsRefused::UnknownKind);
    check(&refused.to_string());
    check_printed(&refused);
}

#[test]
fn a_vault_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Vault>();
}
