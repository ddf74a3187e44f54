use std::fs;
use std::thread;

use tempfile::TempDir;

use super::*;

const CANARY: &str = "\"canary-7d1f é ";

fn temp() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn secret(text: &str) -> Secret {
    Secret::from_text(text.to_owned())
}

fn name(field: &str) -> SecretName {
    SecretName::new("till", "account", field).expect("plain parts")
}

fn vault(folder: &TempDir, passphrase: &str) -> FileVault {
    FileVault::new(folder.path().join("vault"), secret(passphrase))
}

fn kept(vault: &FileVault, field: &str) -> Option<String> {
    let secret = vault.get(&name(field)).expect("the vault opens");
    secret.map(|secret| secret.expose().to_owned())
}

#[test]
fn a_secret_comes_back_exactly_also_in_another_program() {
    let folder = temp();
    let first = vault(&folder, "correct horse");
    assert_eq!(kept(&first, "a"), None);
    for text in [CANARY, "", "line\r\n\0end", "n\u{303}"] {
        first.set(&name("a"), &secret(text)).expect("kept");
        assert_eq!(kept(&vault(&folder, "correct horse"), "a").as_deref(), Some(text));
    }
}

#[test]
fn secrets_are_replaced_and_removed_one_by_one() {
    let folder = temp();
    let vault = vault(&folder, "p");
    vault.remove(&name("a")).expect("nothing to remove, nothing made");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder is there").count(), 0);
    vault.set(&name("a"), &secret("one")).expect("kept");
    vault.set(&name("b"), &secret("two")).expect("kept");
    vault.set(&name("a"), &secret("three")).expect("kept");
    vault.remove(&name("b")).expect("removed");
    vault.remove(&name("b")).expect("removing twice is no error");
    assert_eq!(kept(&vault, "a").as_deref(), Some("three"));
    assert_eq!(kept(&vault, "b"), None);
}

#[test]
fn a_wrong_passphrase_says_so_and_changes_nothing() {
    let folder = temp();
    vault(&folder, "correct horse").set(&name("a"), &secret(CANARY)).expect("kept");
    for passphrase in ["correct horse ", "Correct horse", "\"correct horse"] {
        let wrong = vault(&folder, passphrase);
        let set = wrong.set(&name("a"), &secret("other"));
        assert!(matches!(set, Err(VaultError::PassphraseWrong)), "{passphrase}");
        assert!(matches!(wrong.get(&name("a")), Err(VaultError::PassphraseWrong)));
        assert!(matches!(wrong.remove(&name("a")), Err(VaultError::PassphraseWrong)));
    }
    assert_eq!(kept(&vault(&folder, "correct horse"), "a").as_deref(), Some(CANARY));
}

#[test]
fn every_changed_byte_and_every_cut_is_found() {
    let folder = temp();
    let vault = vault(&folder, "p");
    vault.set(&name("a"), &secret(CANARY)).expect("kept");
    let whole = fs::read(folder.path().join("vault")).expect("the file is there");
    let found = |bytes: &[u8]| {
        fs::write(folder.path().join("vault"), bytes).expect("written");
        match vault.get(&name("a")) {
            Err(VaultError::FileDamaged { .. } | VaultError::FileTooNew { .. }) => true,
            Err(other) => panic!("{other}"),
            Ok(_) => false,
        }
    };
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        assert!(found(&bytes), "byte {place} was changed");
        assert!(found(&whole[..place]), "cut to {place} bytes");
    }
    assert!(found(&[whole.as_slice(), b"x"].concat()), "a byte was added");
    assert!(!found(&whole), "the file as written opens");
}

#[test]
fn a_sealed_part_does_not_open_under_another_files_header() {
    let (one, two) = (temp(), temp());
    vault(&one, "p").set(&name("a"), &secret("one")).expect("kept");
    let donor = vault(&two, "p");
    donor.set(&name("a"), &secret("two")).expect("kept");
    let path = two.path().join("vault");
    let head = fs::read(one.path().join("vault")).expect("read")[..85].to_vec();
    let body = fs::read(&path).expect("read")[85..].to_vec();
    fs::write(&path, [head, body].concat()).expect("written");
    assert!(matches!(donor.get(&name("a")), Err(VaultError::FileDamaged { .. })));
}

#[test]
fn a_newer_format_is_named_and_a_foreign_file_refused() {
    let folder = temp();
    let vault = vault(&folder, "p");
    let answer = |bytes: &[u8]| {
        fs::write(folder.path().join("vault"), bytes).expect("written");
        only_ours(&folder.path().join("vault"));
        vault.get(&name("a")).expect_err("this is no vault")
    };
    assert!(matches!(answer(b"CFVAULT\0\x02rest"), VaultError::FileTooNew { found: 2 }));
    assert!(matches!(answer(b"CFVAULT\0\x00rest"), VaultError::FileDamaged { .. }));
    assert!(matches!(answer(b""), VaultError::FileDamaged { .. }));
    assert!(matches!(answer(b"<html>not found</html>"), VaultError::FileDamaged { .. }));
    assert!(matches!(answer(&vec![0; 2 << 20]), VaultError::FileDamaged { .. }));
}

#[test]
fn a_planted_header_cannot_ask_for_all_memory() {
    let cost = KdfCost { memory_kib: u32::MAX, passes: u32::MAX, lanes: 1 };
    let header = Header { cost, salt: [0; 16], check: [0; 16], nonce: [0; 24] };
    assert!(matches!(Header::read(&header.bytes()), Err(VaultError::FileDamaged { .. })));
    let header = Header { cost: KdfCost::NEW, ..header };
    assert_eq!(Header::read(&header.bytes()).expect("sane").0, header);
}

#[test]
fn the_file_never_holds_a_secret_a_name_or_the_passphrase() {
    let folder = temp();
    let vault = vault(&folder, "canary-passphrase");
    vault.set(&name("api_key"), &secret(CANARY)).expect("kept");
    vault.set(&name("secret"), &secret(CANARY)).expect("kept");
    for entry in fs::read_dir(folder.path()).expect("the folder is there") {
        let bytes = fs::read(entry.expect("listed").path()).expect("read");
        for text in [CANARY, "canary", "api_key", "account"] {
            let found = bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!found, "{text} is in a file");
        }
    }
}

#[test]
fn the_same_content_is_never_sealed_twice_alike() {
    let folder = temp();
    let vault = vault(&folder, "p");
    let mut seen = Vec::new();
    for _ in 0..3 {
        vault.set(&name("a"), &secret(CANARY)).expect("kept");
        let bytes = fs::read(folder.path().join("vault")).expect("read");
        assert!(!seen.contains(&bytes));
        seen.push(bytes);
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let folder = temp();
    thread::scope(|scope| {
        for writer in 0..4 {
            let folder = &folder;
            scope.spawn(move || {
                // One vault each, as in separate programs: no shared memory, only the lock.
                let own = vault(folder, "p");
                for round in 0..5 {
                    let field = format!("w{writer}-{round}");
                    own.set(&name(&field), &secret(&field)).expect("kept");
                }
            });
        }
    });
    let after = vault(&folder, "p");
    for writer in 0..4 {
        for round in 0..5 {
            let field = format!("w{writer}-{round}");
            assert_eq!(kept(&after, &field), Some(field.clone()));
        }
    }
}

#[test]
fn a_writing_that_was_killed_half_way_leaves_the_old_file_and_no_obstacle() {
    let folder = temp();
    let vault = vault(&folder, "p");
    vault.set(&name("a"), &secret("old")).expect("kept");
    fs::write(folder.path().join("vault.new"), b"half").expect("written");
    assert_eq!(kept(&vault, "a").as_deref(), Some("old"));
    vault.set(&name("a"), &secret("new")).expect("kept");
    assert_eq!(kept(&vault, "a").as_deref(), Some("new"));
    assert!(!folder.path().join("vault.new").exists());
}

#[test]
fn too_many_secrets_are_refused_and_the_old_ones_stay() {
    let folder = temp();
    let vault = vault(&folder, "p");
    vault.set(&name("a"), &secret("small")).expect("kept");
    let answer = vault.set(&name("b"), &secret(&"x".repeat(2 << 20)));
    assert!(answer.is_err());
    assert_eq!(kept(&vault, "a").as_deref(), Some("small"));
    assert_eq!(kept(&vault, "b"), None);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = temp();
    fs::write(folder.path().join("file"), b"").expect("written");
    let vault = FileVault::new(folder.path().join("file/vault"), secret("p"));
    let error = vault.set(&name("a"), &secret(CANARY)).expect_err("no folder can be there");
    assert!(matches!(error, VaultError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("make its folder"), "{error}");
}

#[test]
fn another_program_that_never_lets_go_is_an_error_and_no_hang() {
    let folder = temp();
    let mut vault = vault(&folder, "p");
    vault.disk.lock_wait = std::time::Duration::from_millis(100);
    vault.set(&name("a"), &secret("old")).expect("kept");
    let held = vault.disk.lock().expect("free");
    let answer = vault.set(&name("a"), &secret("new"));
    assert!(matches!(answer, Err(VaultError::FileBusy)), "{answer:?}");
    assert_eq!(kept(&vault, "a").as_deref(), Some("old"), "reading needs no lock");
    drop(held);
    vault.set(&name("a"), &secret("new")).expect("kept");
}

#[cfg(unix)]
fn only_ours(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our own file");
}

#[cfg(not(unix))]
fn only_ours(_: &std::path::Path) {}

#[cfg(unix)]
mod access {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
    }

    #[test]
    fn file_and_new_folders_are_for_this_person_alone() {
        let folder = temp();
        let path = folder.path().join("a/b/vault");
        FileVault::new(path.clone(), secret("p")).set(&name("a"), &secret("x")).expect("kept");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("a/b/vault.lock")), 0o600);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
    }

    #[test]
    fn a_file_that_others_may_use_is_refused_and_named() {
        let folder = temp();
        let vault = vault(&folder, "p");
        let path = folder.path().join("vault");
        vault.set(&name("a"), &secret("x")).expect("kept");
        for exposed in [0o640, 0o604, 0o620, 0o602, 0o660, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).expect("our own file");
            let read = vault.get(&name("a"));
            assert!(matches!(read, Err(VaultError::FileExposed { mode, .. }) if mode == exposed));
            let set = vault.set(&name("a"), &secret("y"));
            assert!(matches!(set, Err(VaultError::FileExposed { .. })));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("our own file");
        assert_eq!(kept(&vault, "a").as_deref(), Some("x"));
    }

    #[test]
    fn a_link_laid_where_the_new_file_goes_is_not_followed() {
        let folder = temp();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"precious").expect("written");
        symlink(&victim, folder.path().join("vault.new")).expect("linked");
        vault(&folder, "p").set(&name("a"), &secret("x")).expect("kept");
        assert_eq!(fs::read(&victim).expect("read"), b"precious");
    }

    #[test]
    fn a_folder_in_place_of_the_file_is_an_error_and_no_panic() {
        let folder = temp();
        fs::create_dir(folder.path().join("vault")).expect("made");
        let answer = vault(&folder, "p").get(&name("a"));
        assert!(matches!(answer, Err(VaultError::FileDamaged { .. })));
    }
}
