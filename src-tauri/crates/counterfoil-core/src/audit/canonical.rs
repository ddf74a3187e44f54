//! The canonical form of an entry: made sayable before it is written, checked in one pass without
//! building anything.

use std::borrow::Cow;

use serde_json::Value;

use super::Why;

/// Deepest nesting below `facts`. What is deeper is told as text.
const DEEPEST: usize = 48;

/// Turns what canonical JSON of the trail cannot say into text.
pub fn make_sayable(value: &mut Value) {
    sayable(value, 0);
}

fn sayable(value: &mut Value, depth: usize) {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            *value = Value::String(number.to_string());
        }
        Value::Array(_) | Value::Object(_) if depth >= DEEPEST => {
            *value = Value::String(value.to_string());
        }
        Value::Array(items) => items.iter_mut().for_each(|item| sayable(item, depth + 1)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| sayable(member, depth + 1));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Checks that a text is entry `seq` of format 1 in the canonical form; answers its `what`, as
/// written.
///
/// # Errors
/// [`Why::NotCanonical`] or [`Why::Form`].
pub fn check_entry(text: &str, seq: i64) -> Result<&str, Why> {
    let mut at = Pass { bytes: text.as_bytes(), at: 0 };
    at.text_of(b"{\"about\":")?;
    at.text_of(b",\"at\":")?;
    at.literal(b",\"facts\":")?;
    at.value(0)?;
    let mut digits = [0; 32];
    at.literal(b",\"format\":1,\"seq\":")?;
    at.literal(decimal(seq, &mut digits))?;
    at.text_of(b",\"till\":")?;
    let what = at.text_of(b",\"what\":")?;
    at.text_of(b",\"who\":")?;
    at.literal(b"}")?;
    let what = str::from_utf8(what).map_err(|_| Why::NotCanonical)?;
    if at.at == text.len() { Ok(what) } else { Err(Why::NotCanonical) }
}

/// The digits of a number that is not negative.
fn decimal(number: i64, digits: &mut [u8; 32]) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).expect("one digit");
        rest /= 10;
        if rest == 0 {
            return &digits[start..];
        }
    }
}

/// One pass over a text.
struct Pass<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pass<'a> {
    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn literal(&mut self, expected: &[u8]) -> Result<(), Why> {
        if self.bytes[self.at..].starts_with(expected) {
            self.at += expected.len();
            return Ok(());
        }
        Err(Why::Form)
    }

    fn text_of(&mut self, key: &[u8]) -> Result<&'a [u8], Why> {
        self.literal(key)?;
        self.text()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.next() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn value(&mut self, depth: usize) -> Result<(), Why> {
        match self.next() {
            Some(b'"') => self.text().map(|_| ()),
            Some(b'{' | b'[') if depth > DEEPEST => Err(Why::NotCanonical),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(_) | None => Err(Why::NotCanonical),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Why> {
        self.literal(word).map_err(|_| Why::NotCanonical)
    }

    fn object(&mut self, depth: usize) -> Result<(), Why> {
        self.at += 1;
        if self.take(b'}') {
            return Ok(());
        }
        let mut before: Option<&[u8]> = None;
        loop {
            if self.next() != Some(b'"') {
                return Err(Why::NotCanonical);
            }
            let key = self.text()?;
            if before.is_some_and(|before| !in_order(before, key)) || !self.take(b':') {
                return Err(Why::NotCanonical);
            }
            before = Some(key);
            self.value(depth + 1)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Why::NotCanonical);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), Why> {
        self.at += 1;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(Why::NotCanonical);
            }
        }
    }

    fn number(&mut self) -> Result<(), Why> {
        let start = self.at;
        self.take(b'-');
        let first = self.at;
        while self.next().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = &self.bytes[first..self.at];
        let padded = digits.first() == Some(&b'0') && (digits.len() > 1 || first > start);
        let text = str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let whole = !matches!(self.next(), Some(b'.' | b'e' | b'E'));
        if whole && !padded && text.parse::<i64>().is_ok() {
            return Ok(());
        }
        Err(Why::NotCanonical)
    }

    /// A text in quotes: what stands between them, as written.
    fn text(&mut self) -> Result<&'a [u8], Why> {
        if !self.take(b'"') {
            return Err(Why::NotCanonical);
        }
        let start = self.at;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(plain) = first_special(rest) else { return Err(Why::NotCanonical) };
            self.at += plain;
            match rest[plain] {
                b'"' => {
                    let text = &self.bytes[start..self.at];
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => self.escape()?,
                _ => return Err(Why::NotCanonical),
            }
        }
    }

    /// The shortest escapes; `\u00xx` in lower case for what has no shorter one.
    fn escape(&mut self) -> Result<(), Why> {
        let long = match &self.bytes[self.at + 1..] {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
            _ => return Err(Why::NotCanonical),
        };
        self.at += long;
        Ok(())
    }
}

/// Where the first quote, backslash or control character stands. Most of a trail is plain text, so
/// eight bytes are looked at together.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=31);
    let (words, rest) = bytes.as_chunks::<8>();
    let word = words.iter().position(|word| holds_special(u64::from_le_bytes(*word)));
    let (before, part) = match word {
        Some(word) => (word * 8, words[word].as_slice()),
        None => (words.len() * 8, rest),
    };
    part.iter().position(special).map(|place| before + place)
}

/// True where one of eight bytes is below a blank, a quote or a backslash: a byte minus one that
/// borrows, in all eight at once.
fn holds_special(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGHS;
    let quote = word ^ u64::from_le_bytes([b'"'; 8]);
    let backslash = word ^ u64::from_le_bytes([b'\\'; 8]);
    (below(word, 0x20) | below(quote, 1) | below(backslash, 1)) != 0
}

/// True where the second key stands behind the first by the bytes of what they say.
fn in_order(one: &[u8], other: &[u8]) -> bool {
    said_by(one) < said_by(other)
}

/// What a key says: its escapes resolved.
fn said_by(key: &[u8]) -> Cow<'_, [u8]> {
    if !key.contains(&b'\\') {
        return Cow::Borrowed(key);
    }
    let quoted = [b"\"", key, b"\""].concat();
    let said = serde_json::from_slice::<String>(&quoted);
    said.map_or(Cow::Borrowed(key), |said| Cow::Owned(said.into_bytes()))
}
