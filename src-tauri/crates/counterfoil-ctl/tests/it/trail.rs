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

    let manager = "UPDATE audit_entry SET body = replace(body, 'manager', 'owner') WHERE seq = ";
    let (seq, body) = entry_with(&till, "manager");
    assert!(body.contains("staff.added"), "{body}");
    edit(&till, &format!("{manager}{seq}"));
    let broken = till.nobody("audit verify").refuses(3, "audit_broken");
    assert_eq!(
        (&broken["detail"]["entry"], &broken["detail"]["why"]),
        (&seq.into(), &"hash".into())
    );
    let (out, error) = till.nobody("audit verify").plain(3);
    assert!(out.is_empty() && error.contains(&format!("entry {seq}")), "{error}");
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

fn entry_with(till: &Till, word: &str) -> (i64, String) {
    let connection = Connection::open(till.data_dir().join("counterfoil.db")).expect("the store");
    let sql = "SELECT seq, body FROM audit_entry WHERE instr(body, ?1) ORDER BY seq LIMIT 1";
    connection.query_row(sql, [word], |row| Ok((row.get(0)?, row.get(1)?))).expect("an entry")
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
    let entries: Vec<&Value> = lines.iter().filter(|line| line["body"].is_string()).collect();
    assert_eq!(exported["entries"], entries.len());
    assert_eq!(entries.last().map(|line| &line["hash"]), Some(&exported["head"]));
    assert!(lines.iter().any(|line| line["head"].is_string()), "the till signed it");
    assert!(lines.last().is_some_and(|line| line["signature"].is_string()), "and its end");
    for word in ["change.requested", "change.attempt_started", "change.attempt_ended"] {
        assert!(written.contains(word), "{word}");
    }
    let (exit, _) = export().outcome();
    assert_ne!(exit, 0, "an export is never overwritten");
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), written);
}

#[test]
fn the_keyring_remembers_how_long_the_trail_was_and_a_slip_does_too() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    till.adjust(&payment, "350.00");
    till.sync(0);
    let whole = till.nobody("audit verify").exits(0);
    assert_eq!((&whole["anchored"], &whole["signed_to"]), (&true.into(), &whole["entries"]));
    let head = text(&whole["head"]);
    let line = format!("audit verify --head {}", &head[..16]);
    assert_eq!(till.nobody(&line).exits(0)["head_at"], whole["entries"]);
    till.nobody("audit verify --head 12ab").refuses(2, "bad_input");
    let other = format!("audit verify --head {}", "0".repeat(64));
    let missing = till.nobody(&other).refuses(3, "audit_broken");
    assert_eq!(missing["detail"]["why"], "no_such_head");
    let closed = till.nobody("audit verify").env("COUNTERFOIL_VAULT_PASSPHRASE", "other");
    let closed = closed.exits(0);
    assert_eq!(closed["anchored"], false);
    assert!(text(&closed["not_anchored_because"]).contains("PASSPHRASE"));

    let newest = whole["entries"].as_i64().expect("a number");
    cut_tail(&till, newest);
    let cut = till.nobody("audit verify").refuses(3, "audit_broken");
    assert_eq!(
        (&cut["detail"]["entry"], &cut["detail"]["why"]),
        (&newest.into(), &"cut_off".into())
    );
    let closed = till.nobody("audit verify").env("COUNTERFOIL_VAULT_PASSPHRASE", "other");
    assert_eq!(closed.exits(0)["anchored"], false, "without the keyring it cannot show");
}

/// Takes out the newest entry with its head.
fn cut_tail(till: &Till, newest: i64) {
    let connection = Connection::open(till.data_dir().join("counterfoil.db")).expect("the store");
    let sql = format!(
        "DROP TRIGGER audit_entry_is_never_removed; DROP TRIGGER signed_head_is_never_removed;
         DELETE FROM audit_entry WHERE seq = {newest};
         DELETE FROM signed_head WHERE seq = {newest};"
    );
    connection.execute_batch(&sql).expect("whoever has the file can do this");
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
