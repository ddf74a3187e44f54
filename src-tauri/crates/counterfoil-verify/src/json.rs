//! A reader of canonical JSON and of nothing else: what could be written in another way, or twice,
//! or too deep, is refused where it stands. The form is in `docs/audit-format.md`, "Canonical
//! JSON".

/// Most objects and lists within each other. Entries of Counterfoil nest less than ten deep.
const DEEPEST: usize = 64;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number within 64 bits, signed; there are no others.
    Integer(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Members in the order of their keys' bytes.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A member of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A text that is a member of an object.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// A whole number that is a member of an object.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Self::Integer(number) => Some(*number),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// True for an object with exactly these keys, given in the order of their bytes.
    #[must_use]
    pub fn has_exactly(&self, keys: &[&str]) -> bool {
        let Self::Object(members) = self else { return false };
        members.iter().map(|(key, _)| key.as_str()).eq(keys.iter().copied())
    }

    /// Writes it in the one form in which it is read.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (key, value)) in members.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// Where and why a text is not canonical JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical {
    /// Bytes before it.
    pub at: usize,
    /// In words.
    pub why: &'static str,
}

/// Reads a whole text.
///
/// # Errors
/// The first place at which it is not canonical JSON.
pub fn read(text: &str) -> Result<Json, NotCanonical> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    if reader.at < text.len() {
        return reader.no("something follows the value");
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn no<T>(&self, why: &'static str) -> Result<T, NotCanonical> {
        Err(NotCanonical { at: self.at, why })
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8, why: &'static str) -> Result<(), NotCanonical> {
        if self.next() != Some(byte) {
            return self.no(why);
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, NotCanonical> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.no("this is no JSON value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Json, NotCanonical> {
        match self.next() {
            Some(b'{' | b'[') if depth == DEEPEST => self.no("it is nested too deep"),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b' ' | b'\t' | b'\n' | b'\r') => self.no("there is white space between values"),
            Some(_) => self.no("this is no JSON value"),
            None => self.no("the text ends too early"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, NotCanonical> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            let start = self.at;
            if self.next() != Some(b'"') {
                return self.no("a key was expected");
            }
            let key = self.string()?;
            if let Some((before, _)) = members.last()
                && before.as_bytes() >= key.as_bytes()
            {
                let twice = *before == key;
                let why = if twice { "a key stands twice" } else { "keys are out of order" };
                return Err(NotCanonical { at: start, why });
            }
            self.take(b':', "a colon was expected")?;
            let value = self.value(depth + 1)?;
            members.push((key, value));
            if self.next() == Some(b'}') {
                self.at += 1;
                return Ok(Json::Object(members));
            }
            self.take(b',', "a comma or the object's end was expected")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, NotCanonical> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.next() == Some(b']') {
                self.at += 1;
                return Ok(Json::List(items));
            }
            self.take(b',', "a comma or the list's end was expected")?;
        }
    }

    fn number(&mut self) -> Result<Json, NotCanonical> {
        let start = self.at;
        self.at += usize::from(self.next() == Some(b'-'));
        while self.next().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if matches!(self.next(), Some(b'.' | b'e' | b'E')) {
            return self.no("a number is not whole");
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let Ok(number) = text.parse::<i64>() else {
            return Err(NotCanonical { at: start, why: "a number does not fit 64 bits" });
        };
        if number.to_string() != text {
            return Err(NotCanonical { at: start, why: "a number has another shortest form" });
        }
        Ok(Json::Integer(number))
    }

    fn string(&mut self) -> Result<String, NotCanonical> {
        self.at += 1;
        let mut read = String::new();
        loop {
            let start = self.at;
            let plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
            let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
            self.at += bytes.iter().take_while(|byte| plain(byte)).count();
            read.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.next() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(read);
                }
                Some(b'\\') => read.push(self.escape()?),
                Some(_) => return self.no("a control character stands in a text"),
                None => return self.no("a text has no end"),
            }
        }
    }

    /// The shortest escapes only; `\u00xx` in lower case, for what has no shorter one.
    fn escape(&mut self) -> Result<char, NotCanonical> {
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let (letter, long) = match rest {
            [b'"', ..] => ('"', 2),
            [b'\\', ..] => ('\\', 2),
            [b'b', ..] => ('\u{8}', 2),
            [b'f', ..] => ('\u{c}', 2),
            [b'n', ..] => ('\n', 2),
            [b'r', ..] => ('\r', 2),
            [b't', ..] => ('\t', 2),
            [b'u', b'0', b'0', high @ (b'0' | b'1'), low, ..] => match control(*high, *low) {
                Some(letter) => (letter, 6),
                None => return self.no("an escape is not the shortest"),
            },
            _ => return self.no("an escape is not the shortest"),
        };
        self.at += long;
        Ok(letter)
    }
}

fn control(high: u8, low: u8) -> Option<char> {
    let low = match low {
        b'0'..=b'9' => low - b'0',
        b'a'..=b'f' => low - b'a' + 10,
        _ => return None,
    };
    let letter = char::from((high - b'0') * 16 + low);
    // These have a shorter escape.
    (!matches!(letter, '\u{8}' | '\u{c}' | '\n' | '\r' | '\t')).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_texts_are_read_and_written_back_to_the_byte() {
        for text in [
            "null",
            "true",
            "[]",
            "{}",
            "[1,-1,0,9223372036854775807,-9223372036854775808]",
            r#"{"a":{"b":[1,"x",null,false]},"b":"ü€😀"}"#,
            r#"{"":"","\n":"\u0000\u001f\b\f\t\r\"\\/"}"#,
            "{\"\u{7f}\":\"\u{2028}\u{fffd}\",\"ä\":1,\"😀\":2}",
        ] {
            let value = read(text).unwrap_or_else(|no| panic!("{text}: {no:?}"));
            let mut out = String::new();
            value.write(&mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn what_is_not_canonical_is_refused_where_it_stands() {
        let check = |text: &str, at: usize, words: &str| {
            let no = read(text).expect_err(text);
            assert_eq!((no.at, no.why), (at, words), "{text}");
        };
        check("", 0, "the text ends too early");
        check(" 1", 0, "there is white space between values");
        check("1 ", 1, "something follows the value");
        check(r#"{"a": 1}"#, 5, "there is white space between values");
        check(r#"{"a":1,"a":2}"#, 7, "a key stands twice");
        check(r#"{"b":1,"a":2}"#, 7, "keys are out of order");
        check(r#"{"a":1,}"#, 7, "a key was expected");
        check("[1,]", 3, "this is no JSON value");
        check("{1:2}", 1, "a key was expected");
        check("1.0", 1, "a number is not whole");
        check("1e3", 1, "a number is not whole");
        check("01", 0, "a number has another shortest form");
        check("-0", 0, "a number has another shortest form");
        check("-", 0, "a number does not fit 64 bits");
        check("9223372036854775808", 0, "a number does not fit 64 bits");
        check("\"\\u0041\"", 1, "an escape is not the shortest");
        check("\"\\u000a\"", 1, "an escape is not the shortest");
        check("\"\\u001F\"", 1, "an escape is not the shortest");
        check("\"\\/\"", 1, "an escape is not the shortest");
        check("\"\\ud800\"", 1, "an escape is not the shortest");
        check("\"a", 2, "a text has no end");
        check("\"\n\"", 1, "a control character stands in a text");
        check("\"\0\"", 1, "a control character stands in a text");
        check("nul", 0, "this is no JSON value");
        check("NaN", 0, "this is no JSON value");
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(DEEPEST)).is_ok());
        assert_eq!(read(&nested(DEEPEST + 1)).expect_err("deep").why, "it is nested too deep");
        let why = read(&"[".repeat(1_000_000)).expect_err("very deep").why;
        assert_eq!(why, "it is nested too deep");
    }
}
