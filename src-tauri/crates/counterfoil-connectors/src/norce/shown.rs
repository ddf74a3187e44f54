//! A body as it may be shown: indented, without the customer's particulars and without tokens for
//! later purchases. Numbers stay the texts they are.

use super::wire::{joined, quoted};
use crate::json::Object;
use crate::request::MASK;

/// Parts of an order that are nobody's business where a request is shown.
const MASKED: [&str; 2] = ["customer", "recurring"];

/// Spaces of one step of indentation.
const STEP: usize = 2;

/// The body as it may be shown.
pub(crate) fn body(body: &str) -> String {
    match Object::read(body.as_bytes()) {
        Some(object) => indented(&masked(&object)),
        None => body.to_owned(),
    }
}

fn masked(object: &Object) -> String {
    let pairs: Vec<(&str, String)> = object
        .iter()
        .map(|(key, raw)| {
            if MASKED.contains(&key) {
                return (key, quoted(MASK));
            }
            let inner = (key == "payments").then(|| object.objects(key)).flatten();
            let list = inner.map(|list| list.iter().map(masked).collect::<Vec<_>>().join(","));
            (key, list.map_or_else(|| raw.to_owned(), |list| format!("[{list}]")))
        })
        .collect();
    joined(pairs.iter().map(|(key, raw)| (*key, raw.as_str())))
}

/// JSON with one member or entry to a line. The text must be whole JSON.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                while rest.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => {
                in_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * STEP));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_indented_masked_and_its_numbers_keep_their_texts() {
        let check = |json: &str, expected: &str| assert_eq!(body(json), expected);
        check(
            r#"{"a": 1.50, "b":[ ], "c":[1,{}], "d":"x\\\",{[:"}"#,
            "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": [\n    1,\n    {}\n  ],\n  \"d\": \
             \"x\\\\\\\",{[:\"\n}",
        );
        check(
            r#"{"customer":{"email":"e"},"payments":[{"recurring":{"token":"t"}}]}"#,
            "{\n  \"customer\": \"•••\",\n  \"payments\": [\n    {\n      \"recurring\": \
             \"•••\"\n    }\n  ]\n}",
        );
        check(r#""SO-9""#, r#""SO-9""#);
        check("", "");
    }
}
