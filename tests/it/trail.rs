//! The trail of a whole day: whatever is done to it afterwards is found, and the first bad entry
//! is named (targets R11). Three verifiers look: the store's own, `counterfoil-verify` over an
//! export, and one in Python that was written from `docs/audit-format.md` alone.

#![expect(clippy::print_stdout, reason = "the figures of the proof")]
#![expect(
    clippy::panic,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

mod in_store;

use std::path::{Path, PathBuf};
use std::process::Command;

use counterfoil_api::Seat;
use counterfoil_core::audit::{AuditEntry, AuditFact, ExportHeader, Exporter, SignedHead};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use counterfoil_verify::{Against, Check, Failed, Found, Verdict};
use serde_json::{Value, json};
use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/audit-format.md");

/// A day of some sixty entries with heads in between: changes, a second person, a setting, a wrong
/// PIN.
fn day() -> Station {
    let station = Station::open();
    let (one, _) = station.payment("300.00", false);
    let (two, _) = station.payment("80.00", true);
    let (three, _) = station.payment("20.00", true);
    station.asks(CASHIER, Station::adjust(&one, "250.00"));
    station.asks(CASHIER, Station::relabel(&two, "Zoë \"Z\" €😀 \\ /"));
    station.sync();
    let refund = station.asks(CASHIER, Station::refund(&two, "30.00"));
    station.approves(&refund);
    station.sync();
    station.does(OWNER, "settings.set", json!({"key": "approval.refund_over", "value": "5.00"}));
    let given_up = station.asks(CASHIER, Station::refund(&three, "4.00"));
    station.does(CASHIER, "change.withdraw", json!({"change_id": given_up}));
    let seat = Seat::new();
    station.desk().sign_in(&seat, MANAGER, "150263").expect_err("that is not the PIN");
    station.asks(CASHIER, Station::start_payment("12.00"));
    station.sync();
    station
}

fn export(station: &Station, name: &str) -> PathBuf {
    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).expect("the owner signs in");
    let out = station.folder().join(name);
    station.desk().audit_export(&seat, &out).expect("it is exported");
    out
}

/// An export in lines, each with its line feed, and how far a check is before each of them.
struct Sheet {
    lines: Vec<Vec<u8>>,
    before: Vec<Check>,
    /// Hash of the newest entry.
    head: String,
    entries: i64,
}

impl Sheet {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("it reads");
        let lines: Vec<Vec<u8>> =
            bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let mut check = Check::new(&Against::default());
        let mut before = Vec::new();
        for line in &lines {
            before.push(check.clone());
            check.take(line.strip_suffix(b"\n").expect("it ends")).expect("it is whole");
        }
        before.push(check.clone());
        let Verdict { head, entries, .. } = check.finish().expect("it is whole");
        Self { lines, before, head, entries }
    }

    /// What a check says of a file that is as this one up to a line, and from there on so.
    fn then(&self, line: usize, rest: &[u8]) -> Result<Verdict, Found> {
        let mut rest = rest;
        self.before[line].clone().read_on(&mut rest).map_err(|failed| match failed {
            Failed::Found(found) => found,
            Failed::Unreadable(error) => panic!("{error}"),
        })
    }

    fn rest(&self, line: usize) -> Vec<u8> {
        self.lines[line.min(self.lines.len())..].concat()
    }

    /// The entry of each line; none for the first line, heads and the end.
    fn entry(&self, line: usize) -> Option<i64> {
        let told: Value = serde_json::from_slice(self.lines.get(line)?).expect("JSON");
        told["seq"].as_i64()
    }

    /// How many entries stand before a line.
    fn entries_before(&self, line: usize) -> i64 {
        let before = (0..line).filter(|line| self.entry(*line).is_some()).count();
        i64::try_from(before).expect("a small number")
    }

    fn file(&self, line: usize, rest: &[u8]) -> Vec<u8> {
        [self.lines[..line].concat().as_slice(), rest].concat()
    }
}

/// Something that was done to a file: from which line on, what stands there then, and the entry
/// that is to be named, where it is one.
struct Tampered {
    what: String,
    line: usize,
    rest: Vec<u8>,
    named: Option<i64>,
}

/// All that can be done to whole lines.
fn with_lines(sheet: &Sheet) -> Vec<Tampered> {
    let mut all = Vec::new();
    let last = sheet.lines.len() - 1;
    for line in 0..=last {
        let next = sheet.entries_before(line) + 1;
        let entry = sheet.entry(line);
        // Without a head the rest still fits, until the end counts.
        let is_head = line > 0 && line < last && entry.is_none();
        let named = if line == 0 || is_head { None } else { Some(next) };
        let rest = sheet.rest(line + 1);
        all.push(Tampered { what: format!("line {line} removed"), line, rest, named });
        let rest = [sheet.lines[line].clone(), sheet.rest(line)].concat();
        let named = match (line, entry) {
            (_, Some(entry)) => Some(entry + 1),
            (0, None) => Some(1),
            (_, None) => Some(if is_head { next - 1 } else { next }),
        };
        all.push(Tampered { what: format!("line {line} twice"), line, rest, named });
        if line < last {
            let swapped = [sheet.lines[line + 1].as_slice(), &sheet.lines[line]].concat();
            let rest = [swapped, sheet.rest(line + 2)].concat();
            let below = sheet.entry(line + 1);
            let named = match (entry, below) {
                _ if line == 0 => None,
                // A head before its entry.
                (Some(entry), None) if line + 1 < last => Some(entry),
                // The end too early, or an entry before the head that is behind it.
                (None, Some(below)) => Some(below),
                (Some(entry), Some(_)) => Some(entry),
                (_, None) => None,
            };
            all.push(Tampered { what: format!("line {line} swapped"), line, rest, named });
        }
        let rest = [forged(sheet, line), sheet.rest(line)].concat();
        let named = match line {
            // Behind the last entry it is the end that counts other lines.
            _ if line == 0 || line == last => None,
            // Between an entry and its head it is the one put in that is bad.
            _ if is_head => Some(next),
            _ => Some(next + 1),
        };
        all.push(Tampered { what: format!("entry put in at line {line}"), line, rest, named });
    }
    all
}

/// An entry that fits what stands before a line, as somebody makes it who knows the rules.
fn forged(sheet: &Sheet, line: usize) -> Vec<u8> {
    let before = (0..line).rev().find_map(|line| {
        let told: Value = serde_json::from_slice(&sheet.lines[line]).expect("JSON");
        told["seq"].as_i64().zip(told["hash"].as_str().map(str::to_owned))
    });
    let before = before.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let fact = AuditFact {
        at: "2026-11-21T12:00:00Z".to_owned(),
        who: "till".to_owned(),
        what: "setting.changed".to_owned(),
        about: "x".to_owned(),
        facts: json!({}),
    };
    let AuditEntry { seq, body, hash } = AuditEntry::after(before, "new", &fact);
    format!("{}\n", json!({"seq": seq, "body": body, "hash": hash})).into_bytes()
}

#[test]
fn every_flipped_bit_of_an_export_is_found_at_its_entry() {
    let station = day();
    let sheet = Sheet::read(&export(&station, "trail.jsonl"));
    let (mut flipped, mut missed) = (0_u32, Vec::new());
    for (line, bytes) in sheet.lines.iter().enumerate() {
        let (entry, next) = (sheet.entry(line), sheet.entries_before(line) + 1);
        for place in 0..bytes.len() {
            // Every bit of every entry; of the other lines, whose signatures take their time, one
            // bit of every byte.
            let bits = if entry.is_some() { 0..8 } else { place % 8..place % 8 + 1 };
            for bit in bits {
                let mut bad = bytes.clone();
                bad[place] ^= 1 << bit;
                flipped += 1;
                let found = sheet.then(line, &[bad, sheet.rest(line + 1)].concat());
                let named = found.as_ref().err().map(|found| found.entry);
                // A head is named by the entry before it, or as the line that should come.
                let fits = match (entry, named) {
                    (Some(entry), Some(named)) => named == Some(entry),
                    (None, Some(named)) => {
                        line == 0 || named.is_none_or(|named| named == next || named == next - 1)
                    }
                    (_, None) => false,
                };
                if !fits {
                    missed.push(format!("line {line} byte {place} bit {bit}: {found:?}"));
                }
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new(), "of {flipped}");
    assert!(sheet.entries >= 50 && flipped > 100_000, "{} entries, {flipped}", sheet.entries);
    println!("{flipped} flipped bits in {} entries, all found", sheet.entries);
}

#[test]
fn lines_removed_doubled_swapped_or_put_in_and_every_truncation_are_found_at_their_entry() {
    let station = day();
    let sheet = Sheet::read(&export(&station, "trail.jsonl"));
    let all = with_lines(&sheet);
    for Tampered { what, line, rest, named } in &all {
        let found = sheet.then(*line, rest).expect_err(what);
        assert_eq!(found.entry, *named, "{what}: {found:?}");
    }
    let mut cut = 0;
    for (line, bytes) in sheet.lines.iter().enumerate() {
        for length in 0..bytes.len() {
            let found = sheet.then(line, &bytes[..length]).expect_err("a tail is missing");
            let named = (line > 0).then(|| sheet.entries_before(line) + 1);
            assert_eq!(found.entry, named, "line {line} cut to {length}: {found:?}");
            cut += 1;
        }
    }
    assert!(sheet.then(0, &sheet.rest(0)).is_ok(), "the untouched one must not be found");
    println!("{} changes of lines and {cut} truncations, all found", all.len());
}

#[test]
fn a_tail_that_was_cut_off_with_a_new_end_is_found_by_a_hash_on_paper() {
    let station = day();
    let path = export(&station, "trail.jsonl");
    let sheet = Sheet::read(&path);
    let against = Against { head: Some(sheet.head[..16].to_owned()), key: None };
    let mut unseen = 0;
    for entries in 1..sheet.entries {
        let cut = cut_to(&sheet, entries);
        let alone = counterfoil_verify::verify(&mut cut.as_slice(), &Against::default());
        unseen += usize::from(alone.is_ok());
        match counterfoil_verify::verify(&mut cut.as_slice(), &against) {
            Err(Failed::Found(found)) if alone.is_ok() => {
                assert_eq!(found.entry, Some(entries + 1), "{found:?}");
            }
            Err(Failed::Found(_)) => {}
            other => panic!("{entries}: {other:?}"),
        }
    }
    let whole = std::fs::read(&path).expect("it reads");
    let verdict = counterfoil_verify::verify(&mut whole.as_slice(), &against).expect("it is whole");
    assert_eq!(verdict.head_at, Some(sheet.entries));
    assert!(unseen > 30, "without the hash a cut tail does not show: {unseen}");
    println!("{} cut tails, {unseen} of them seen by the hash alone", sheet.entries - 1);
}

/// The file as somebody writes it who cuts the trail and knows the rules, but not the till's key.
fn cut_to(sheet: &Sheet, entries: i64) -> Vec<u8> {
    let header: Value = serde_json::from_slice(&sheet.lines[0]).expect("JSON");
    let text = |key: &str| header[key].as_str().map(str::to_owned);
    let (mut exporter, first) = Exporter::begin(&ExportHeader {
        till: text("till").expect("it names the till"),
        schema: i32::try_from(header["schema"].as_i64().expect("a number")).expect("small"),
        public_key: text("public_key"),
        exported_at: text("exported_at").expect("it says when"),
        by: text("by").expect("it says who"),
    });
    let mut file = first;
    let mut reached = 0;
    for line in &sheet.lines[1..] {
        let told: Value = serde_json::from_slice(line).expect("JSON");
        if let Some(seq) = told["seq"].as_i64() {
            if seq > entries {
                break;
            }
            reached = seq;
            let text = |key: &str| told[key].as_str().expect("a text").to_owned();
            file += &exporter.entry(&AuditEntry { seq, body: text("body"), hash: text("hash") });
        } else if told.get("head").is_some() && reached <= entries {
            let line = str::from_utf8(line).expect("text").trim_end();
            file += &exporter.head(&SignedHead::parse(line).expect("a head"));
        }
    }
    (file + &exporter.end(None)).into_bytes()
}

#[test]
fn the_verifier_in_python_agrees_on_the_good_file_and_on_every_tampered_one() {
    let station = day();
    let sheet = Sheet::read(&export(&station, "trail.jsonl"));
    let folder = TempDir::new().expect("a folder");
    let mut list = String::new();
    let mut expected = vec![format!("0 {}", sheet.head), "3 -".to_owned()];
    let mut files = vec![sheet.rest(0), b"no trail\n".to_vec()];
    let mut add = |line: usize, rest: &[u8]| {
        let verdict = sheet.then(line, rest);
        expected.push(match verdict {
            Ok(verdict) => format!("0 {}", verdict.head),
            Err(Found { entry: Some(entry), .. }) => format!("3 {entry}"),
            Err(Found { entry: None, .. }) => "3 -".to_owned(),
        });
        files.push(sheet.file(line, rest));
    };
    for Tampered { line, rest, .. } in with_lines(&sheet) {
        add(line, &rest);
    }
    for (line, bytes) in sheet.lines.iter().enumerate() {
        // Places and bits that differ from line to line.
        for step in 1..4 {
            let place = (line * 131 + step * 97) % bytes.len();
            let mut bad = bytes.clone();
            bad[place] ^= 1 << ((line + step) % 8);
            add(line, &[bad, sheet.rest(line + 1)].concat());
            add(line, &bytes[..place]);
        }
    }
    for entries in [1, sheet.entries / 2, sheet.entries - 1] {
        add(0, &cut_to(&sheet, entries));
    }
    for (number, file) in files.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, file).expect("it is written");
        list += &format!("{}\n", path.display());
    }
    let paths = folder.path().join("list");
    std::fs::write(&paths, list).expect("it is written");
    let said = python(&["--many", &paths.to_string_lossy()]);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), expected.len());
    for (number, (said, expected)) in said.iter().zip(&expected).enumerate() {
        assert_eq!(said, expected, "file {number}");
    }
    println!("{} files, the same said of each", said.len());
}

#[test]
fn the_worked_example_of_the_page_is_what_the_program_writes() {
    let worked = PAGE.split_once("## A worked example").expect("the page has one").1;
    let block = worked.split_once("```text\n").expect("it stands in a block").1;
    let example = block.split_once("```").expect("which ends").0;
    let mut written: Vec<AuditEntry> = Vec::new();
    for line in example.lines() {
        let told: Value = serde_json::from_str(line).expect("JSON");
        let Some(body) = told["body"].as_str() else { continue };
        let entry: Value = serde_json::from_str(body).expect("JSON");
        let text = |key: &str| entry[key].as_str().expect("a text").to_owned();
        let fact = AuditFact {
            at: text("at"),
            who: text("who"),
            what: text("what"),
            about: text("about"),
            facts: entry["facts"].clone(),
        };
        let before = written.last().map(|entry| (entry.seq, entry.hash.as_str()));
        let made = AuditEntry::after(before, &text("till"), &fact);
        assert_eq!((made.body.as_str(), Some(made.hash.as_str())), (body, told["hash"].as_str()));
        assert!(PAGE.matches(&made.hash).count() > 1 || made.seq == 3);
        written.push(made);
    }
    assert_eq!(written.len(), 3);
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("example");
    std::fs::write(&path, example).expect("it is written");
    assert_eq!(python(&[&path.to_string_lossy()]).trim(), format!("head {}", written[2].hash));
}

fn python(words: &[&str]) -> String {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/it/verifier.py");
    let mut command = Command::new("python3");
    let output = command.args(["-B", program]).args(words).output().expect("python3 is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
