//! Text from outside, made fit for paper: it can be read, and it steers nothing.
//!
//! What steers a printer or a terminal (control characters), what reverses the direction of the
//! text beside it and what is there without being seen become U+FFFD, so that one sees that
//! something was there. Breaks become spaces.

/// Stands for a character that is not put on paper.
const REPLACED: char = char::REPLACEMENT_CHARACTER;

/// One line of text that steers nothing.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(shown).collect()
}

fn shown(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        _ if c.is_control() || steers(c) => REPLACED,
        _ => c,
    }
}

/// Marks of direction, characters without width that join nothing, and tags. Joiners (U+200C,
/// U+200D) stay: Persian and Indic names are written with them.
fn steers(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// Harmless text that keeps its direction to itself: an Arabic name moves no amount beside it.
#[must_use]
pub fn isolated(text: &str) -> String {
    let text = harmless(text);
    if text.chars().any(is_right_to_left) { format!("\u{2068}{text}\u{2069}") } else { text }
}

/// Letters of the scripts that are written from right to left (Unicode's blocks of them).
fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}'
    )
}

/// Text between HTML's marks and inside its attributes.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_steers_is_replaced_and_names_of_all_scripts_stay() {
        let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected, "{text:?}");
        check("a\u{1b}@\u{0}b", "a\u{fffd}@\u{fffd}b");
        check("a\nb\r\nc\td", "a b  c d");
        check("1\u{202e}00.05\u{202c}", "1\u{fffd}00.05\u{fffd}");
        check("\u{9b}2J\u{7f}", "\u{fffd}2J\u{fffd}");
        for name in
            ["Zoë Ämter", "محمد", "می\u{200c}خواهم", "Ольга", "山田太郎", "O'Brien", "👩\u{200d}🔧"]
        {
            check(name, name);
        }
    }

    #[test]
    fn only_text_from_right_to_left_is_set_apart() {
        assert_eq!(isolated("Zoë"), "Zoë");
        assert_eq!(isolated("محمد"), "\u{2068}محمد\u{2069}");
        assert_eq!(isolated("דנה 5"), "\u{2068}דנה 5\u{2069}");
    }

    proptest! {
        #[test]
        fn no_text_leaves_a_control_character_or_an_open_mark(text in ".*") {
            let safe = escaped(&text);
            prop_assert!(!safe.chars().any(|c| c.is_control() || steers(c)));
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
        }
    }
}
