//! A second opinion about JSON, written from RFC 8259 and sharing nothing with the reader that
//! the program uses. It keeps every value as its exact text.

/// The fields of an object in the order received.
pub type Fields<'a> = Vec<(String, &'a str)>;

/// Reads one whole JSON object; none for anything else.
#[must_use]
pub fn object(text: &str) -> Option<Fields<'_>> {
    let mut scan = Scan { text, at: 0 };
    let fields = scan.object()?;
    scan.blank();
    (scan.at == text.len()).then_some(fields)
}

/// As [`object`], from bytes that must be UTF-8.
#[must_use]
pub fn object_of_bytes(bytes: &[u8]) -> Option<Fields<'_>> {
    object(std::str::from_utf8(bytes).ok()?)
}

/// The value of the last field of this name.
#[must_use]
pub fn field<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a str> {
    fields.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| *raw)
}

/// What a JSON string says; none for anything else and for half a surrogate pair.
#[must_use]
pub fn said(raw: &str) -> Option<String> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            said.push(c);
            continue;
        }
        said.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => unit(&mut chars)?,
            plain => plain,
        });
    }
    Some(said)
}

/// What stands for a text in an answer: a string, or a number's own digits.
#[must_use]
pub fn text_or_number(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => said(raw),
        b'-' | b'0'..=b'9' => Some(raw.to_owned()),
        _ => None,
    }
}

/// How deep lists and objects are nested in a value that was read before; 0 for a plain one.
#[must_use]
pub fn depth(raw: &str) -> usize {
    let (mut now, mut most, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in raw.bytes() {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                now += 1;
                most = most.max(now);
            }
            (false, b'}' | b']') => now -= 1,
            (true | false, _) => {}
        }
    }
    most
}

fn unit(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let first = four(chars)?;
    if !(0xD800..0xE000).contains(&first) {
        return char::from_u32(first);
    }
    let joined = chars.next() == Some('\\') && chars.next() == Some('u');
    let second = four(chars).filter(|second| (0xDC00..0xE000).contains(second))?;
    let high = first.checked_sub(0xD800).filter(|high| joined && *high < 0x400)?;
    char::from_u32(0x10000 + high * 0x400 + (second - 0xDC00))
}

fn four(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |sum, _| Some(sum * 16 + chars.next()?.to_digit(16)?))
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.next() == Some(byte)).then(|| self.at += 1)
    }

    fn eat_while(&mut self, fits: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.next().is_some_and(&fits) {
            self.at += 1;
        }
        self.at - from
    }

    fn blank(&mut self) {
        self.eat_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn object(&mut self) -> Option<Fields<'a>> {
        let mut fields = Vec::new();
        self.blank();
        self.eat(b'{')?;
        self.blank();
        if self.eat(b'}').is_some() {
            return Some(fields);
        }
        loop {
            let key = self.key()?;
            self.blank();
            let from = self.at;
            self.value()?;
            fields.push((said(key)?, &self.text[from..self.at]));
            self.blank();
            if self.eat(b',').is_none() {
                self.eat(b'}')?;
                return Some(fields);
            }
        }
    }

    /// A key with its colon; the answer is the key with its quotes.
    fn key(&mut self) -> Option<&'a str> {
        self.blank();
        let from = self.at;
        self.string()?;
        let key = &self.text[from..self.at];
        self.blank();
        self.eat(b':')?;
        Some(key)
    }

    /// One value, however deep, without a call for each level.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            self.blank();
            if self.begin(&mut open)? {
                continue;
            }
            if self.end(&mut open)? {
                return Some(());
            }
        }
    }

    /// A plain or empty value, or the opening of one: then true, and a value follows.
    fn begin(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        let opening = self.next()?;
        match opening {
            b'{' | b'[' => {
                self.at += 1;
                self.blank();
                if self.eat(closing(opening)).is_some() {
                    return Some(false);
                }
                open.push(opening);
                if opening == b'{' {
                    self.key()?;
                }
                return Some(true);
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.digits()?,
            _ => self.literal()?,
        }
        Some(false)
    }

    /// What follows a value: true where nothing is open any more.
    fn end(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        while let Some(opening) = open.last().copied() {
            self.blank();
            if self.eat(b',').is_some() {
                if opening == b'{' {
                    self.key()?;
                }
                return Some(false);
            }
            self.eat(closing(opening))?;
            open.pop();
        }
        Some(true)
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            self.eat_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F));
            if self.eat(b'"').is_some() {
                return Some(());
            }
            self.eat(b'\\')?;
            let escape = self.next()?;
            self.at += 1;
            match escape {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    for _ in 0..4 {
                        self.next().filter(u8::is_ascii_hexdigit)?;
                        self.at += 1;
                    }
                }
                _ => return None,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let some = |count: usize| (count > 0).then_some(());
        self.eat(b'-');
        if self.eat(b'0').is_none() {
            some(self.eat_while(|byte| byte.is_ascii_digit()))?;
        }
        if self.eat(b'.').is_some() {
            some(self.eat_while(|byte| byte.is_ascii_digit()))?;
        }
        if self.eat(b'e').or_else(|| self.eat(b'E')).is_some() {
            let _sign = self.eat(b'+').or_else(|| self.eat(b'-'));
            some(self.eat_while(|byte| byte.is_ascii_digit()))?;
        }
        Some(())
    }

    fn literal(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(())
    }
}

fn closing(opening: u8) -> u8 {
    if opening == b'{' { b'}' } else { b']' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_objects_are_read_and_halves_are_not() {
        for good in ["{}", " { } ", "{\"a\":1}", r#"{"a":[{"b":[]},-1.5e+3,"\u00e9\\"],"c":null}"#]
        {
            assert!(object(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "[]",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":+1}",
            "{\"a\":[1,]}",
            "{\"a\":[}]}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":tru}",
            "{}{}",
            "{a:1}",
        ] {
            assert!(object(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn strings_say_what_their_escapes_mean() {
        let check = |raw: &str, expected: Option<&str>| {
            assert_eq!(said(raw).as_deref(), expected, "{raw}");
        };
        check(r#""a\n\u00e9\/""#, Some("a\né/"));
        check(r#""\ud83d\ude00""#, Some("😀"));
        check(r#""\ud83d""#, None);
        check(r#""\ude00\ud83d""#, None);
        check("12", None);
    }

    #[test]
    fn depth_counts_what_is_open_outside_of_strings() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth(r#"{"a":["]\"["]}"#), 2);
    }
}
