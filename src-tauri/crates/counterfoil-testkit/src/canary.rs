//! Finds planted texts however somebody may have written them: as they are, in base64, in hex,
//! percent-encoded, as JSON, in UTF-16.

use std::path::{Path, PathBuf};

/// Looks for what was planted.
#[derive(Default)]
pub struct Finder {
    needles: Vec<Needle>,
}

struct Needle {
    /// What was planted and how it is written.
    name: String,
    /// Each byte as one character.
    text: String,
}

/// How a secret may be written.
type Form = (&'static str, fn(&[u8]) -> Vec<Vec<u8>>);

const FORMS: [Form; 6] = [
    ("as it is", |secret| vec![secret.to_vec()]),
    ("hex", |secret| vec![hex(secret, false), hex(secret, true)]),
    ("base64", base64),
    ("percent-encoded", |secret| {
        let all = |upper| percent(secret, upper, |_| false);
        let some = |upper| percent(secret, upper, |byte| byte.is_ascii_alphanumeric());
        let usual =
            |upper| percent(secret, upper, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        vec![all(true), all(false), some(true), some(false), usual(true), usual(false)]
    }),
    ("as JSON", |secret| {
        let text = String::from_utf8_lossy(secret);
        let once = inside(&text);
        let twice = inside(&once);
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        vec![once.into_bytes(), twice.into_bytes(), units.into_bytes()]
    }),
    ("UTF-16", |secret| {
        let text = String::from_utf8_lossy(secret);
        let units: Vec<u16> = text.encode_utf16().collect();
        let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        vec![little, big]
    }),
];

impl Finder {
    /// Looks for this as well, in every form.
    pub fn plant(&mut self, name: &str, secret: &[u8]) {
        for (form, write) in FORMS {
            for bytes in write(secret) {
                let text = latin(&bytes);
                // A plain word is the same in several forms.
                if !self.needles.iter().any(|needle| needle.text == text) {
                    self.needles.push(Needle { name: format!("{name}, {form}"), text });
                }
            }
        }
    }

    /// What is found in these bytes.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Vec<String> {
        let text = latin(bytes);
        let found = self.needles.iter().filter(|needle| text.contains(&needle.text));
        let mut names: Vec<String> = found.map(|needle| needle.name.clone()).collect();
        names.dedup();
        names
    }

    /// What is found in the files below a folder, and how many files were searched.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn find_below(&self, folder: &Path) -> (Vec<String>, usize) {
        let files = files_below(folder);
        let mut found = Vec::new();
        for file in &files {
            let bytes = std::fs::read(file).expect("a file of the test");
            let names = self.find(&bytes);
            found.extend(names.into_iter().map(|name| format!("{}: {name}", file.display())));
        }
        (found, files.len())
    }
}

/// Every file below a folder.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// Bytes as text of the same length, so that any byte can be looked for.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    let digits = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
    bytes.iter().map(digits).collect::<String>().into_bytes()
}

fn percent(bytes: &[u8], upper: bool, plain: impl Fn(u8) -> bool) -> Vec<u8> {
    let write = |byte: &u8| match (plain(*byte), upper) {
        (true, _) => char::from(*byte).to_string(),
        (false, true) => format!("%{byte:02X}"),
        (false, false) => format!("%{byte:02x}"),
    };
    bytes.iter().map(write).collect::<String>().into_bytes()
}

fn inside(text: &str) -> String {
    serde_json::to_string(text).map(|json| json[1..json.len() - 1].to_owned()).unwrap_or_default()
}

/// At each of the three places where a text can begin within a longer one, both alphabets; only the
/// letters that no neighbour has a say in.
fn base64(secret: &[u8]) -> Vec<Vec<u8>> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut all = Vec::new();
    for before in 0..3usize {
        let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
        let bit = |place: usize| {
            let byte = bytes.get(place / 8).copied().unwrap_or(0);
            usize::from(byte >> (7 - place % 8) & 1)
        };
        let letters = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        let value = |letter: usize| (0..6).fold(0, |sum, at| sum * 2 + bit(letter * 6 + at));
        let plain: Vec<u8> = letters.map(|letter| LETTERS[value(letter)]).collect();
        let url = plain.iter().map(|letter| match letter {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        });
        all.push(url.collect());
        all.push(plain);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand, so that the finder is not proved by itself.
    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        let mut finder = Finder::default();
        finder.plant("the secret", b"\"9f*u/[`k725X;u&Z");
        let check = |haystack: &[u8], form: &str| {
            let found = finder.find(haystack);
            assert!(found.contains(&format!("the secret, {form}")), "{form}: {found:?}");
        };
        check(b"log: \"9f*u/[`k725X;u&Z end", "as it is");
        check(b"x2239662a752f5b606b373235583b75265ax", "hex");
        check(b"X2239662A752F5B606B373235583B75265AX", "hex");
        check(b"=IjlmKnUvW2BrNzI1WDt1Jlo=", "base64");
        check(b"YSI5Zip1L1tgazcyNVg7dSZaYg", "base64");
        check(b"YWEiOWYqdS9bYGs3MjVYO3UmWmI", "base64");
        check(b"q=%229f%2Au%2F%5B%60k725X%3Bu%26Z&r", "percent-encoded");
        check(b"q=%229f%2au%2f%5b%60k725X%3bu%26Z&r", "percent-encoded");
        check(br#"{"secret":"\"9f*u/[`k725X;u&Z"}"#, "as JSON");
        check(br#"{"inner":"{\"secret\":\"\\\"9f*u/[`k725X;u&Z\"}"}"#, "as JSON");
        let little = b"\"\x009\x00f\x00*\x00u\x00/\x00[\x00`\
            \x00k\x007\x002\x005\x00X\x00;\x00u\x00&\x00Z\x00";
        check(little, "UTF-16");
        let big = b"\x00\"\x009\x00f\x00*\x00u\x00/\x00[\x00`\
            \x00k\x007\x002\x005\x00X\x00;\x00u\x00&\x00Z";
        check(big, "UTF-16");
        assert_eq!(finder.find(b"9f*u/[`k725X;u&Y and nothing else"), [""; 0]);
    }
}
