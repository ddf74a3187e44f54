//! What is done to the store itself, by somebody who has the folder.

#![expect(clippy::print_stdout, reason = "the figures of the proof")]
#![expect(
    clippy::panic,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use counterfoil_api::FaultCode;
use counterfoil_core::audit::{AuditEntry, BrokenAt, SignedHead, Verifier, Why};
use counterfoil_store::StoreError;
use counterfoil_store::trail::{self, Against, Line};
use counterfoil_testkit::{CASHIER, OWNER, Station};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{PAGE, day, export};

/// The database of a station that was switched off, with nothing that keeps it from being edited.
fn opened(station: &Station) -> Connection {
    let connection = Connection::open(station.folder().join("till/counterfoil.db"));
    let connection = connection.expect("it opens");
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'
               AND tbl_name IN ('audit_entry', 'signed_head')";
    let triggers: Vec<String> = {
        let mut statement = connection.prepare(sql).expect("it reads");
        let names = statement.query_map([], |row| row.get(0)).expect("it reads");
        names.collect::<Result<_, _>>().expect("names")
    };
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).expect("it is dropped");
    }
    connection
}

fn judged(connection: &Connection, against: &Against) -> Result<(), BrokenAt> {
    trail::check(connection, against, |_| ()).map(drop).map_err(|error| match error {
        StoreError::Broken(broken) => broken,
        error => panic!("{error}"),
    })
}

fn entries_and_heads(connection: &Connection) -> (Vec<AuditEntry>, Vec<SignedHead>) {
    let (mut entries, mut heads) = (Vec::new(), Vec::new());
    let read = trail::for_each_line(connection, |line| {
        match line {
            Line::Entry(entry) => entries.push(entry.clone()),
            Line::Head(head) => heads.push(head.clone()),
        }
        Ok(())
    });
    read.expect("it reads");
    (entries, heads)
}

#[test]
fn every_earlier_state_of_the_store_is_found_by_the_head_in_the_keyring() {
    let station = day();
    station.desk().keep_head().expect("it is kept");
    let connection = opened(&station);
    let (entries, heads) = entries_and_heads(&connection);
    let anchor = heads.last().cloned();
    let against = Against { anchor, hash: None };
    assert_eq!(judged(&connection, &against), Ok(()), "the untouched one must not be found");
    let all = i64::try_from(entries.len()).expect("a small number");
    for newest in (0..all).rev() {
        for table in ["audit_entry", "signed_head"] {
            let sql = format!("DELETE FROM {table} WHERE seq > ?1");
            connection.execute(&sql, [newest]).expect("it is cut");
        }
        let found = BrokenAt { seq: newest + 1, why: Why::CutOff };
        assert_eq!(judged(&connection, &against), Err(found), "up to entry {newest}");
        let alone = judged(&connection, &Against::default());
        assert_eq!(alone, Ok(()), "without the keyring it cannot show");
    }
    println!("{all} earlier states, all found");
}

#[test]
fn every_entry_changed_removed_swapped_or_put_in_is_found_in_the_store() {
    let station = day();
    station.desk().keep_head().expect("it is kept");
    let connection = opened(&station);
    let (entries, heads) = entries_and_heads(&connection);
    let against = Against { anchor: heads.last().cloned(), hash: None };
    let mut tried = 0;
    let mut check = |sql: &str, values: &[&dyn rusqlite::ToSql], named: i64| {
        connection.execute_batch("SAVEPOINT before").expect("it holds");
        let changed = connection.execute(sql, values).expect("it is edited");
        assert!(changed > 0, "{sql}");
        let found = judged(&connection, &against).expect_err(sql);
        assert_eq!(found.seq, named, "{sql}: {found}");
        connection.execute_batch("ROLLBACK TO before").expect("it goes back");
        tried += 1;
    };
    for entry in &entries {
        let seq = entry.seq;
        let body = [flipped(&entry.body, seq), flipped(&entry.hash, seq)];
        check("UPDATE audit_entry SET body = ?1 WHERE seq = ?2", &[&body[0], &seq], seq);
        check("UPDATE audit_entry SET hash = ?1 WHERE seq = ?2", &[&body[1], &seq], seq);
        check("UPDATE audit_entry SET body = CAST(x'80' AS TEXT) WHERE seq = ?1", &[&seq], seq);
        if entries.last().is_some_and(|last| seq < last.seq) {
            check("DELETE FROM audit_entry WHERE seq = ?1", &[&seq], seq);
            let swap = "UPDATE audit_entry SET (body, hash) =
                (SELECT body, hash FROM audit_entry other
                 WHERE other.seq = 2 * ?1 + 1 - audit_entry.seq)
                WHERE seq IN (?1, ?1 + 1)";
            check(swap, &[&seq], seq);
        }
    }
    for head in &heads {
        let (seq, other) = (head.head.seq, "00".repeat(64));
        check("UPDATE signed_head SET signature = ?1 WHERE seq = ?2", &[&other, &seq], seq);
        check("UPDATE signed_head SET public_key = ?1 WHERE seq = ?2", &[&&other[..64], &seq], seq);
        check("UPDATE signed_head SET head = replace(head, 'a', 'b') WHERE seq = ?1", &[&seq], seq);
    }
    println!("{tried} edits of the store, all found");
}

/// With one bit flipped, another one for each entry, so that it stays a text.
fn flipped(text: &str, seq: i64) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let places: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place].is_ascii()).collect();
    let place = places[usize::try_from(seq * 37).expect("it is positive") % places.len()];
    bytes[place] ^= 1;
    String::from_utf8(bytes).expect("an ASCII letter stays one")
}

#[test]
fn every_flipped_bit_of_an_entry_is_found_by_the_trails_own_verifier() {
    let station = day();
    let (entries, _) = station_lines(&station);
    let mut verifier = Verifier::default();
    let mut tried = 0;
    for entry in &entries {
        let mut check = |bad: Option<AuditEntry>| {
            // What is no text any more cannot stand in the table's column as one.
            let Some(bad) = bad else { return };
            let found = verifier.clone().take(&bad).expect_err("it was changed");
            assert_eq!(found.seq, entry.seq, "{bad:?}");
            tried += 1;
        };
        let with = |text: &str, place: usize, bit: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        };
        for bit in 0..8 {
            for place in 0..entry.body.len() {
                check(
                    with(&entry.body, place, bit).map(|body| AuditEntry { body, ..entry.clone() }),
                );
            }
            for place in 0..entry.hash.len() {
                check(
                    with(&entry.hash, place, bit).map(|hash| AuditEntry { hash, ..entry.clone() }),
                );
            }
        }
        for bit in 0..63 {
            check(Some(AuditEntry { seq: entry.seq ^ (1 << bit), ..entry.clone() }));
        }
        verifier.take(entry).expect("the untouched one must not be found");
    }
    println!("{tried} flipped bits of {} entries, all found", entries.len());
}

fn station_lines(station: &Station) -> (Vec<AuditEntry>, Vec<SignedHead>) {
    let path = station.folder().join("till/counterfoil.db");
    entries_and_heads(&Connection::open(path).expect("it opens"))
}

#[test]
fn an_older_copy_put_back_is_found_by_the_desk_and_stays_found() {
    let mut station = day();
    station.desk().keep_head().expect("it is kept");
    let verdict = station.desk().audit_verify(None, |_| ()).expect("it is whole");
    assert!(verdict.anchored && verdict.signed_to == Some(verdict.entries), "{verdict:?}");
    let older = station.folder().join("older.db");
    opened_for_backup(&station, &older);
    let (payment, _) = station.payment("33.00", false);
    station.asks(CASHIER, Station::adjust(&payment, "30.00"));
    station.sync();
    let newer = station.desk().audit_verify(None, |_| ()).expect("it is whole");
    assert!(newer.entries > verdict.entries);
    put_back(&mut station, &older);
    let fault = station.desk().audit_verify(None, |_| ()).expect_err("it was put back");
    assert_eq!(fault.code, FaultCode::AuditBroken);
    assert_eq!(fault.detail["entry"], (verdict.entries + 1).to_string());
    assert_eq!(fault.detail["why"], "cut_off");
    let told = station.does(OWNER, "notice.list", json!({})).to_string();
    assert!(told.contains("trail_alarm"), "people are told: {told}");
    let by_paper = station.desk().audit_verify(Some(&newer.head[..16]), |_| ());
    assert_eq!(by_paper.expect_err("it was put back").code, FaultCode::AuditBroken);
    station.desk().audit_verify(Some("12"), |_| ()).expect_err("that is no hash");
}

fn opened_for_backup(station: &Station, to: &Path) {
    let connection = Connection::open(station.folder().join("till/counterfoil.db"));
    let sql = format!("VACUUM INTO '{}'", to.display());
    connection.expect("it opens").execute_batch(&sql).expect("it is copied");
}

/// As somebody does it who has the folder while the till is off.
fn put_back(station: &mut Station, older: &Path) {
    station.stop();
    let log = station.folder().join("till/counterfoil.db-wal");
    let closed = (0..1_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        !log.exists()
    });
    assert!(closed, "the last one to close leaves no log");
    for name in ["counterfoil.db-wal", "counterfoil.db-shm"] {
        let _ = std::fs::remove_file(station.folder().join("till").join(name));
    }
    let place = station.folder().join("till/counterfoil.db");
    std::fs::copy(older, place).expect("it is put back");
    station.start();
}

#[test]
fn the_trail_of_a_day_tells_what_an_auditor_asks_for_and_the_page_knows_every_kind() {
    let station = day();
    export(&station, "trail.jsonl");
    let (entries, heads) = station_lines(&station);
    let mut kinds = BTreeSet::new();
    let mut answered = 0;
    for entry in &entries {
        let told: Value = serde_json::from_str(&entry.body).expect("JSON");
        let what = told["what"].as_str().expect("a kind").to_owned();
        assert!(PAGE.contains(&format!("`{what}`")), "the page does not name {what}");
        if what == "attempt.answered" {
            answered += 1;
            assert_eq!(told["facts"]["digest"].as_str().map(str::len), Some(64), "{told}");
        }
        if what == "setting.changed" {
            assert!(told["facts"]["from"].is_string() && told["facts"]["to"].is_string());
        }
        kinds.insert(what);
    }
    for kind in [
        "store.set_up",
        "till.key_made",
        "staff.added",
        "account.added",
        "setting.changed",
        "session.signed_in",
        "pin.refused",
        "payment.tracked",
        "change.requested",
        "change.approved",
        "change.withdrawn",
        "change.attempt_started",
        "attempt.answered",
        "change.attempt_ended",
        "trail.exported",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing: {kinds:?}");
    }
    assert!(answered >= 3 && heads.len() >= 3, "{answered} answers, {} heads", heads.len());
}
