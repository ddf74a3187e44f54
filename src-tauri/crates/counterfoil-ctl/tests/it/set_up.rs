use crate::till::Till;

#[test]
fn before_first_run_every_command_says_so_and_makes_nothing() {
    let till = Till::empty();
    for line in [
        "doctor",
        "audit verify",
        "audit head",
        "payment list",
        "change approve x",
        "sync --until-idle",
        "sync --watch",
        "settings set retry.base_ms 20",
        "account list",
        "staff list",
    ] {
        till.owner(line).refuses(7, "first_run");
    }
    assert!(!till.data_dir().exists(), "looking makes no folder");
}

#[test]
fn first_run_makes_the_store_once_and_for_its_owner_only() {
    let till = Till::empty();
    let init = "init --store Garage --till Front --owner Olive";
    till.nobody(init).refuses(3, "sign_in_needed");
    assert!(!till.data_dir().exists());
    till.nobody(init).env("COUNTERFOIL_PIN", "111111").exits(3);
    till.nobody("doctor").refuses(7, "first_run");
    let made = till.nobody(init).env("COUNTERFOIL_PIN", "482915").exits(0);
    assert!(made["till_id"].is_string() && made["owner_id"].is_string());
    till.nobody(init).env("COUNTERFOIL_PIN", "482915").refuses(3, "exists");
    let other = "init --store Other --till Back --owner Mallory";
    till.nobody(other).env("COUNTERFOIL_PIN", "730481").refuses(3, "exists");
    let people = till.owner("staff list").exits(0);
    assert_eq!(people["staff"].as_array().map(Vec::len), Some(1));
}

#[cfg(unix)]
#[test]
fn the_folder_and_its_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let till = Till::ready();
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&till.data_dir()), 0o700);
    assert_eq!(mode(&till.data_dir().join("counterfoil.db")), 0o600);
    assert_eq!(mode(&till.beside("vault")), 0o600);
}

#[test]
fn a_store_that_cannot_be_used_exits_7_and_is_left_alone() {
    let till = Till::empty();
    let database = till.data_dir().join("counterfoil.db");
    std::fs::create_dir_all(till.data_dir()).expect("a folder");
    let nonsense = b"this is no database, however long one looks at it";
    std::fs::write(&database, nonsense).expect("a file");
    for line in ["doctor", "audit verify", "payment list"] {
        till.owner(line).refuses(7, "store");
    }
    let init = "init --store Garage --till Front --owner Olive";
    till.nobody(init).env("COUNTERFOIL_PIN", "482915").refuses(7, "store");
    assert_eq!(std::fs::read(&database).expect("it is there"), nonsense);
}

#[test]
fn a_vault_is_never_replaced_by_another_one_silently() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let preview = format!("change adjust --payment {payment} --total 350.00 --preview");
    till.cashier(&preview).exits(0);
    till.cashier(&preview).env("COUNTERFOIL_VAULT_PASSPHRASE", "other").refuses(7, "keyring");
    till.cashier(&preview).env("COUNTERFOIL_VAULT_PASSPHRASE", "").refuses(7, "keyring");
    till.cashier(&preview).env("COUNTERFOIL_VAULT", "keyring").refuses(7, "keyring");
}

#[test]
fn while_the_vault_is_closed_changes_stay_queued_and_nothing_is_sent() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "350.00");
    let sync = till.cashier("sync --until-idle --deadline 100ms");
    let report = sync.env("COUNTERFOIL_VAULT_PASSPHRASE", "other").exits(0);
    assert_eq!((&report["queued"], &report["attempts"]), (&1.into(), &0.into()));
    assert_eq!(till.state(&change), "queued");
    assert_eq!(till.sync(0)["applied"], 1);
}

#[test]
fn settings_are_read_and_written_by_key() {
    let till = Till::with_people().with_auditor();
    till.owner("settings set approval.refund_over 25.00").exits(0);
    let setting = till.auditor("settings get approval.refund_over").exits(0);
    assert_eq!(
        (&setting["key"], &setting["value"]),
        (&"approval.refund_over".into(), &"25.00".into())
    );
    let all = till.cashier("settings get").exits(0);
    assert!(all["settings"].as_array().is_some_and(|all| all.contains(&setting)));
    till.owner("settings get approval.everything").refuses(2, "bad_input");
    till.owner("settings set approval.everything 1").refuses(2, "bad_input");
    for (key, value) in [
        ("approval.refund_over", "-1"),
        ("approval.refund_over", "25,00"),
        ("approval.cancel", "yes"),
        ("retry.base_ms", "0"),
        ("retry.base_ms", "1.5"),
        ("drain.concurrency", "''"),
    ] {
        till.owner(&format!("settings set {key} {value}")).refuses(2, "bad_input");
    }
}
