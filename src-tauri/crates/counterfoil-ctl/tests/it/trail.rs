use rusqlite::Connection;
use serde_json::Value;

use crate::till::{Till, text};

#[test]
fn the_trail_verifies_until_somebody_edits_it_and_then_names_the_first_bad_entry() {
    let till = Till::ready().with_auditor();
    let whole = till.nobody("audit verify").exits(0);
    assert_eq!(whole["ok"], true);
    assert!(whole["entries"].as_u64().is_some_and(|entries| entries > 5));
    let head = till.auditor("audit head").exits(0);
    assert!(head["entries"].as_u64() > whole["entries"].as_u64(), "signing in is in the trail");
    assert_eq!(text(&head["head"]).len(), 64);

    edit(&till, "UPDATE audit_entry SET body = replace(body, 'Morgan', 'Mallory') WHERE seq = 3");
    let broken = till.nobody("audit verify").refuses(3, "audit_broken");
    assert_eq!(broken["detail"]["entry"], 3);
    let (out, error) = till.nobody("audit verify").plain(3);
    assert!(out.is_empty() && error.contains('3'), "{error}");
}

#[test]
fn an_entry_that_was_taken_out_or_forged_is_found() {
    for (edited, first_bad) in [
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("UPDATE audit_entry SET hash = 'aa' || substr(hash, 3) WHERE seq = 4", 4),
    ] {
        let till = Till::ready();
        edit(&till, edited);
        let broken = till.nobody("audit verify").refuses(3, "audit_broken");
        let entry = broken["detail"]["entry"].as_i64().expect("a number");
        assert!((first_bad..=first_bad + 1).contains(&entry), "{edited}: {broken}");
    }
}

/// Edits the trail as somebody would who has the file and knows SQL.
fn edit(till: &Till, sql: &str) {
    let connection = Connection::open(till.data_dir().join("counterfoil.db")).expect("the store");
    connection
        .execute_batch(
            "DROP TRIGGER audit_entry_is_never_edited; DROP TRIGGER audit_entry_is_never_removed;",
        )
        .expect("whoever has the file can do this");
    let changed = connection.execute(sql, []).expect("an edit");
    assert_eq!(changed, 1, "{sql}");
}

#[test]
fn an_export_holds_every_entry_and_never_overwrites_a_file() {
    let till = Till::ready().with_auditor();
    let (payment, _) = till.open_payment();
    till.adjust(&payment, "350.00");
    till.sync(0);
    let out = till.beside("trail.jsonl");
    let line = format!("audit export --out {}", out.display());
    let export = || till.auditor(&line);
    let exported = export().exits(0);
    let written = std::fs::read_to_string(&out).expect("it was written");
    let lines: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(exported["entries"], lines.len());
    assert_eq!(lines.last().map(|line| &line["hash"]), Some(&exported["head"]));
    for word in ["change.requested", "change.attempt_started", "change.attempt_ended"] {
        assert!(written.contains(word), "{word}");
    }
    let (exit, _) = export().outcome();
    assert_ne!(exit, 0, "an export is never overwritten");
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), written);
}

#[test]
fn the_doctor_tells_what_support_needs_without_a_person() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    till.adjust(&payment, "350.00");
    let health = till.nobody("doctor").exits(0);
    for (name, expected) in [
        ("version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("journal_mode", "wal".into()),
        ("synchronous", 2.into()),
        ("store_check", "ok".into()),
        ("set_up", true.into()),
        ("keyring_backend", "file".into()),
        ("keyring_check", "ok".into()),
        ("queue_depth", 1.into()),
        ("payments", 1.into()),
        ("drained_elsewhere", false.into()),
    ] {
        assert_eq!(health.get(name), Some(&expected), "{name}");
    }
    assert!(health["oldest_age_seconds"].is_u64());
    assert!(health["accounts"][0]["last_contact"].is_string());
    let closed = till.nobody("doctor").env("COUNTERFOIL_VAULT_PASSPHRASE", "other").exits(0);
    assert_ne!(closed["keyring_check"], "ok");
}
