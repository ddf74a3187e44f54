//! `counterfoil-verify FILE`: checks an exported trail alone.
//!
//! **What is absent:** everything but arguments and words; the checking is the library beside.
//!
//! **Where to start:** `main`, then `lib.rs`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use counterfoil_verify::{Against, Failed, Found, LEAST_DIGITS, Verdict, verify};
use sha2::{Digest, Sha256};

/// How much of the file is read at once.
const READ_AT_ONCE: usize = 1 << 18;

const USAGE: &str = "\
usage: counterfoil-verify FILE [--head HEX] [--key HEX] [--json]

Checks a trail that `counterfoilctl audit export` wrote.
  --head HEX  a hash from a slip or report (16 to 64 digits): the trail must hold it
  --key HEX   the till's public key (64 digits): something must be signed by it
  --json      answer with one JSON value
exit: 0 it is whole; 3 it is not, with the first bad entry; 2 usage, or the file cannot be read
";

struct Arguments {
    file: PathBuf,
    against: Against,
    json: bool,
}

enum Wish {
    Check(Arguments),
    /// What is only said, and means no check.
    Say(String),
}

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Wish::Check(arguments)) => check(&arguments),
        Ok(Wish::Say(words)) => say(&words, 0),
        Err(words) => {
            let _ = write!(io::stderr(), "{words}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut given: impl Iterator<Item = OsString>) -> Result<Wish, String> {
    let (mut file, mut against, mut json) = (None, Against::default(), false);
    while let Some(word) = given.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Wish::Say(USAGE.to_owned())),
            Some("--version" | "-V") => {
                let version = concat!("counterfoil-verify ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Wish::Say(version.to_owned()));
            }
            Some("--json") => json = true,
            Some("--head") => against.head = Some(digits(given.next(), LEAST_DIGITS, "--head")?),
            Some("--key") => against.key = Some(digits(given.next(), 64, "--key")?),
            Some(option) if option.starts_with("--") => {
                return Err(format!("there is no option {option}"));
            }
            Some(_) | None if file.is_none() => file = Some(PathBuf::from(word)),
            Some(_) | None => return Err("name one file".to_owned()),
        }
    }
    let file = file.ok_or("name the file to check")?;
    Ok(Wish::Check(Arguments { file, against, json }))
}

fn digits(word: Option<OsString>, least: usize, option: &str) -> Result<String, String> {
    let text = word.and_then(|word| word.into_string().ok()).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    let fits = (least..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some(text).ok_or_else(|| format!("{option} needs {least} to 64 hex digits"))
}

fn check(arguments: &Arguments) -> ExitCode {
    let outcome = File::open(&arguments.file).map_err(Failed::Unreadable).and_then(|file| {
        verify(&mut BufReader::with_capacity(READ_AT_ONCE, file), &arguments.against)
    });
    match (outcome, arguments.json) {
        (Ok(verdict), true) => say(&in_json(&verdict), 0),
        (Ok(verdict), false) => say(&in_words(&verdict), 0),
        (Err(Failed::Found(found)), true) => say(&found_in_json(&found), 3),
        (Err(Failed::Found(found)), false) => say(&found_in_words(&found), 3),
        (Err(Failed::Unreadable(error)), _) => {
            let file = arguments.file.display();
            let _ = writeln!(io::stderr(), "{file} cannot be read: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whoever closed the other end of stdout wanted no words; the exit code stands.
fn say(words: &str, code: u8) -> ExitCode {
    let _ = io::stdout().write_all(words.as_bytes());
    ExitCode::from(code)
}

fn in_words(verdict: &Verdict) -> String {
    let Verdict { entries, head, till, approvals, .. } = verdict;
    let mut words = format!("whole: {entries} entries of till {till}\nhead {head}\n");
    match (verdict.signed_to, &verdict.key) {
        (Some(entry), Some(key)) => words.push_str(&format!(
            "signed by the till up to entry {entry}, {} heads, key {} (fingerprint {})\n",
            verdict.heads,
            key,
            fingerprint(key)
        )),
        _ => words.push_str("nothing in it is signed by the till\n"),
    }
    words.push_str(if verdict.end_signed {
        "the file is signed as a whole\n"
    } else {
        "the file as a whole is not signed\n"
    });
    words.push_str(&format!("{approvals} signed approvals fit what they agree to\n"));
    if let Some(entry) = verdict.head_at {
        words.push_str(&format!("the hash that was asked about is that of entry {entry}\n"));
    }
    words
}

/// Twenty letters of the SHA-256 of the key's digits, five bits each in Crockford's base 32, in
/// groups of four: as the till shows fingerprints, to be compared by eye.
fn fingerprint(key: &str) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(key);
    let bits: Vec<u8> =
        digest.iter().flat_map(|byte| (0..8).rev().map(move |place| (byte >> place) & 1)).collect();
    let value = |five: &[u8]| five.iter().fold(0_u8, |sum, bit| sum * 2 + bit);
    let letter = |five: &[u8]| char::from(LETTERS[usize::from(value(five))]);
    let letters: Vec<char> = bits.chunks_exact(5).take(20).map(letter).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

fn in_json(verdict: &Verdict) -> String {
    let number = |number: Option<i64>| number.map_or("null".to_owned(), |n| n.to_string());
    let key = verdict.key.as_ref().map_or("null".to_owned(), |key| format!("\"{key}\""));
    format!(
        "{{\"ok\":true,\"entries\":{},\"head\":\"{}\",\"signed_to\":{},\"heads\":{},\"key\":{key},\
         \"end_signed\":{},\"approvals\":{},\"head_at\":{}}}\n",
        verdict.entries,
        verdict.head,
        number(verdict.signed_to),
        verdict.heads,
        verdict.end_signed,
        verdict.approvals,
        number(verdict.head_at)
    )
}

fn found_in_words(found: &Found) -> String {
    let Found { line, entry, why } = found;
    match entry {
        Some(entry) => format!("broken: the first bad entry is {entry} (line {line}): {why}\n"),
        None => format!("broken: line {line}: {why}\n"),
    }
}

fn found_in_json(found: &Found) -> String {
    let entry = found.entry.map_or("null".to_owned(), |entry| entry.to_string());
    // The words are ours and a number's, and hold nothing that JSON escapes.
    let why = found.why.replace(['"', '\\'], "'");
    format!(
        "{{\"error\":{{\"code\":\"audit_broken\",\"message\":\"{why}\",\
         \"detail\":{{\"entry\":{entry},\"line\":{}}}}}}}\n",
        found.line
    )
}
