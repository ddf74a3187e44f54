//! Who may send: the till's own folder, moved or not, and no copy of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use counterfoil_sandbox::EffectKind;

use crate::till::{Call, Till};

/// A till with one change that waits to be sent.
fn waiting() -> (Till, String) {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "350.00");
    (till, change)
}

impl Till {
    /// As an administrator copies a folder.
    fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let to = self.beside(name);
        let copied = Command::new("cp").arg("-a").arg(from).arg(&to).status();
        assert!(copied.expect("cp is there").success());
        to
    }

    fn sync_in(&self, folder: &Path) -> Call<'_> {
        let sync = self.cashier("sync --until-idle --deadline 2s");
        sync.env("COUNTERFOIL_DATA_DIR", folder)
    }

    /// Nothing is sent from this folder, and it is said why.
    fn refuses_to_send_from(&self, folder: &Path, why: &str) {
        let error = self.sync_in(folder).refuses(9, "held_elsewhere");
        assert_eq!(error["detail"]["why"], why, "{error}");
        let words = error["message"].as_str().expect("words");
        assert!(words.contains("no money moved") && words.contains("stays queued"), "{words}");
        assert_eq!((error["retry"].as_bool(), error["money"].as_str()), (Some(false), Some("no")));
        let watch = self.cashier("sync --watch").env("COUNTERFOIL_DATA_DIR", folder);
        assert_eq!(watch.refuses(9, "held_elsewhere")["detail"]["why"], why);
        let doctor = self.nobody("doctor").env("COUNTERFOIL_DATA_DIR", folder).exits(0);
        assert_eq!(doctor["right_to_send"], words);
    }
}

#[test]
fn a_copied_folder_sends_nothing_while_its_original_goes_on() {
    let (till, change) = waiting();
    let copy = till.copy(&till.data_dir(), "copy");
    till.refuses_to_send_from(&copy, "copied");
    assert_eq!(till.received("/bumper/v2/update"), 0);
    let shown = till.cashier(&format!("change show {change}")).env("COUNTERFOIL_DATA_DIR", &copy);
    assert_eq!(shown.exits(0)["state"], "queued");
    till.nobody("audit verify").env("COUNTERFOIL_DATA_DIR", &copy).exits(0);

    assert_eq!(till.sync(0)["applied"], 1);
    assert_eq!(till.nobody("doctor").exits(0)["right_to_send"], "ok");
    till.refuses_to_send_from(&copy, "copied");
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[test]
fn a_copied_folder_with_its_copied_vault_sends_nothing_either() {
    let (till, _) = waiting();
    let copy = till.copy(&till.data_dir(), "copy");
    let vault = format!("file:{}", till.copy(&till.beside("vault"), "copied-vault").display());
    let error = till.sync_in(&copy).env("COUNTERFOIL_VAULT", &vault).refuses(9, "held_elsewhere");
    assert_eq!(error["detail"]["why"], "copied");
    assert_eq!(till.received("/bumper/v2/update"), 0);
}

#[test]
fn an_older_copy_in_the_right_place_sends_nothing_a_second_time() {
    let (till, _) = waiting();
    let copy = till.copy(&till.data_dir(), "copy");
    assert_eq!(till.sync(0)["applied"], 1);
    std::fs::rename(till.data_dir(), till.beside("newest")).expect("it moves");
    till.copy(&copy, "data");
    till.refuses_to_send_from(&till.data_dir(), "older");
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);

    std::fs::remove_dir_all(till.data_dir()).expect("it goes");
    std::fs::rename(till.beside("newest"), till.data_dir()).expect("it moves back");
    till.sync(0);
}

#[test]
fn a_copy_of_bytes_over_the_same_file_is_older_too() {
    let (till, _) = waiting();
    let database = till.data_dir().join("counterfoil.db");
    let before = std::fs::read(&database).expect("it reads");
    assert_eq!(till.sync(0)["applied"], 1);
    // In place, so that device and number of the file stay.
    std::fs::write(&database, before).expect("it is written");
    till.refuses_to_send_from(&till.data_dir(), "older");
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[cfg(unix)]
#[test]
fn a_moved_folder_sends_and_what_is_put_where_it_lay_does_not() {
    let (till, _) = waiting();
    let copy = till.copy(&till.data_dir(), "copy");
    let moved = till.beside("moved");
    std::fs::rename(till.data_dir(), &moved).expect("it moves");
    assert_eq!(till.sync_in(&moved).exits(0)["applied"], 1);
    std::fs::rename(copy, till.data_dir()).expect("it moves");
    till.refuses_to_send_from(&till.data_dir(), "copied");
    assert_eq!(till.sync_in(&moved).exits(0)["attempts"], 0);
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[test]
fn without_its_key_a_till_sends_nothing_until_the_key_is_back() {
    let (till, change) = waiting();
    let (vault, aside) = (till.beside("vault"), till.beside("aside"));
    std::fs::rename(&vault, &aside).expect("it moves");
    till.refuses_to_send_from(&till.data_dir(), "no_key");
    assert_eq!(till.state(&change), "queued");
    let _ = std::fs::remove_file(&vault);
    std::fs::rename(aside, vault).expect("it moves back");
    assert_eq!(till.sync(0)["applied"], 1);
}

#[test]
fn a_closed_keyring_is_no_refusal_and_what_waits_says_why() {
    let (till, change) = waiting();
    let closed = till.sync_in(&till.data_dir()).env("COUNTERFOIL_VAULT_PASSPHRASE", "not this one");
    let report = closed.exits(0);
    assert_eq!((&report["queued"], &report["attempts"]), (&1.into(), &0.into()));
    let because = report["waiting_because"].to_string();
    assert!(because.contains("PASSPHRASE"), "{because}");
    assert_eq!(till.state(&change), "queued");
    assert_eq!(till.sync(0)["applied"], 1);
}

/// Another person of this computer, where the tests run as one who may become another.
#[cfg(unix)]
#[test]
fn another_person_of_the_computer_gets_a_clear_no() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let (till, _) = waiting();
    let ours = std::fs::metadata(till.data_dir()).expect("it is there").uid();
    let program = Path::new(env!("CARGO_BIN_EXE_counterfoilctl"));
    let place = std::env::temp_dir().join(format!("counterfoilctl-{}", std::process::id()));
    // By another program: a test beside this one that starts a process just then would hand it our
    // open copy, and what is open for writing cannot be started.
    let copied = Command::new("cp").arg(program).arg(&place).status().expect("cp starts");
    assert!(copied.success(), "it is copied");
    let open_up = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    open_up(&place, 0o755);
    let folder = till.data_dir();
    open_up(folder.parent().expect("it lies in one"), 0o755);
    let run = |line: &str| {
        let call = till.cashier(line);
        let mut command = Command::new(&place);
        command.env_clear().envs(call.environment()).args(line.split(' '));
        command.args(["--as", "Casey", "--json"]);
        if ours == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{said}");
        (output.status.code(), said)
    };
    if ours == 0 {
        let (exit, said) = run("sync --until-idle");
        assert_eq!(exit, Some(7), "{said}");
        assert!(said.contains("another person") && said.contains("no money moved"), "{said}");
        let (exit, said) = run("doctor");
        assert_eq!(exit, Some(7), "{said}");
    }
    std::fs::remove_file(&place).expect("it is there");
    assert_eq!(till.sync(0)["applied"], 1);
}
