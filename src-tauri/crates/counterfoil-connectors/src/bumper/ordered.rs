//! JSON with its keys in the order received and its numbers as the exact text: what a callback's
//! signature may have been made from (section 9, A-BUM-07).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting read. The pages show one level; each level costs a little stack.
const MAX_DEPTH: u8 = 16;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    Flag(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// How nested values are written into the text that is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    comma: &'static str,
    colon: &'static str,
    words: [&'static str; 3],
    quoting: Quoting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Python,
    Json,
    JsonAscii,
}

const JSON_WORDS: [&str; 3] = ["null", "false", "true"];

impl Style {
    /// Python's `repr`.
    pub(crate) const PYTHON: Self = Self {
        comma: ", ",
        colon: ": ",
        words: ["None", "False", "True"],
        quoting: Quoting::Python,
    };

    /// Python's `json.dumps` as it is.
    pub(crate) const SPACED: Self =
        Self { comma: ", ", colon: ": ", words: JSON_WORDS, quoting: Quoting::JsonAscii };

    /// JSON without any space, other letters than ASCII as they are or escaped.
    pub(crate) const COMPACT: [Self; 2] = [
        Self { comma: ",", colon: ":", words: JSON_WORDS, quoting: Quoting::Json },
        Self { comma: ",", colon: ":", words: JSON_WORDS, quoting: Quoting::JsonAscii },
    ];
}

impl Node {
    /// Reads the top level of a JSON object; none for anything else.
    pub(crate) fn read_object(body: &[u8]) -> Option<Vec<(String, Self)>> {
        let Pairs(pairs) = serde_json::from_slice(body).ok()?;
        read_pairs(pairs, MAX_DEPTH)
    }

    fn read(raw: &str, depth: u8) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        match raw.bytes().next()? {
            b'n' => Some(Self::Null),
            b't' => Some(Self::Flag(true)),
            b'f' => Some(Self::Flag(false)),
            b'"' => serde_json::from_str(raw).ok().map(Self::Text),
            b'[' => {
                let parts: Vec<Box<RawValue>> = serde_json::from_str(raw).ok()?;
                let parts: Option<Vec<Self>> =
                    parts.iter().map(|part| Self::read(part.get(), depth)).collect();
                parts.map(Self::List)
            }
            b'{' => {
                let Pairs(pairs) = serde_json::from_str(raw).ok()?;
                read_pairs(pairs, depth).map(Self::Object)
            }
            _ => Some(Self::Number(raw.to_owned())),
        }
    }

    /// The value as text in this style.
    pub(crate) fn written(&self, style: Style) -> String {
        let [null, no, yes] = style.words;
        match self {
            Self::Null => null.to_owned(),
            Self::Flag(false) => no.to_owned(),
            Self::Flag(true) => yes.to_owned(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => quoted(text, style.quoting),
            Self::List(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.written(style)).collect();
                format!("[{}]", parts.join(style.comma))
            }
            Self::Object(pairs) => {
                let pair = |(key, value): &(String, Self)| {
                    let key = quoted(key, style.quoting);
                    format!("{key}{}{}", style.colon, value.written(style))
                };
                let pairs: Vec<String> = pairs.iter().map(pair).collect();
                format!("{{{}}}", pairs.join(style.comma))
            }
        }
    }
}

fn read_pairs(pairs: Vec<(String, Box<RawValue>)>, depth: u8) -> Option<Vec<(String, Node)>> {
    pairs.into_iter().map(|(key, raw)| Some((key, Node::read(raw.get(), depth)?))).collect()
}

fn quoted(text: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Python => python_quoted(text),
        Quoting::Json => json_quoted(text),
        Quoting::JsonAscii => json_quoted(text).chars().map(ascii_escaped).collect(),
    }
}

fn json_quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text always serialises")
}

/// `\uXXXX`, in pairs beyond the basic plane, as `json.dumps` writes it.
fn ascii_escaped(c: char) -> String {
    if c.is_ascii() {
        return c.to_string();
    }
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Python takes single quotes unless the text holds some and no double ones.
fn python_quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            c if c == quote => written.extend(['\\', c]),
            c if c.is_control() => written.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written.push(quote);
    written
}

/// Keys and raw values in the order received.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
