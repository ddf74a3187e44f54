//! Free text is screened before it is stored: no card numbers, no control characters.
//! Source: product M8; PCI practice of treating 13 to 19 digits with a valid check digit as a
//! card number.

use thiserror::Error;

use crate::privacy::is_erased;

/// Longest free text kept, in characters.
pub const MAX_TEXT_CHARS: usize = 200;

/// Why a text is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextRefused {
    /// It holds what looks like a card number.
    #[error("the text looks like it holds a card number; leave card numbers out")]
    CardNumber,
    /// Longer than [`MAX_TEXT_CHARS`].
    #[error("the text is longer than 200 characters")]
    TooLong,
    /// Line breaks, bells, direction overrides.
    #[error("the text holds control characters")]
    Control,
    /// Nothing but space.
    #[error("the text is empty")]
    Empty,
    /// What stands where a text was erased.
    #[error("this text stands for erased ones; write another")]
    Reserved,
}

/// Checks one free text; the text itself is never changed.
///
/// # Errors
/// Says which rule it breaks.
pub fn screen(text: &str) -> Result<(), TextRefused> {
    if text.trim().is_empty() {
        return Err(TextRefused::Empty);
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(TextRefused::TooLong);
    }
    if text.chars().any(is_hidden) {
        return Err(TextRefused::Control);
    }
    if is_erased(text) {
        return Err(TextRefused::Reserved);
    }
    if holds_card_number(text) {
        return Err(TextRefused::CardNumber);
    }
    Ok(())
}

/// Control characters and the marks that reverse how text is shown.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    let turns_text = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}');
    c.is_control() || turns_text || matches!(c, '\u{2066}'..='\u{2069}')
}

/// True where 13 to 19 digits in a row carry a valid check digit. Digits of every script count,
/// one space, dash, dot, stroke or underscore between two of them does not, nor does what has no
/// width. Where up to [`WIDE_GAP`] of those stand between, what begins and is as long as a card of
/// the large schemes is one.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let narrow = digit_runs(text, 1);
    let any_length =
        |run: &Vec<u32>| (13..=19usize).any(|length| run.windows(length).any(check_digit_fits));
    let scheme = |run: &Vec<u32>| [15, 16].iter().any(|length| run.windows(*length).any(is_card));
    narrow.iter().any(any_length) || digit_runs(text, WIDE_GAP).iter().any(scheme)
}

/// True where texts that are digits only make a card number of the large schemes when they are
/// read one after another, as when somebody spreads it over several fields.
#[must_use]
pub fn spread_card_number<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let pieces: Vec<Vec<u32>> = texts.into_iter().filter_map(only_digits).collect();
    (0..pieces.len()).any(|first| {
        let mut digits = Vec::new();
        pieces.iter().skip(first).any(|piece| {
            digits.extend_from_slice(piece);
            is_card(&digits)
        })
    })
}

/// The text with every digit masked where it holds a card number: which of them belong to it, to
/// its expiry or to its security code is not worth a mistake.
#[must_use]
pub fn masked(text: &str) -> String {
    if !holds_card_number(text) {
        return text.to_owned();
    }
    text.chars().map(|c| if digit_of(c).is_some() { '•' } else { c }).collect()
}

/// Most signs between two digits of one card number.
const WIDE_GAP: usize = 3;

fn only_digits(text: &str) -> Option<Vec<u32>> {
    let plain = text.chars().all(|c| digit_of(c).is_some() || is_gap(c) || has_no_width(c));
    let digits: Vec<u32> = text.chars().filter_map(digit_of).collect();
    (plain && !digits.is_empty()).then_some(digits)
}

/// 16 digits of Visa or Mastercard, 15 of American Express, with their check digit.
fn is_card(digits: &[u32]) -> bool {
    let begins = |many: usize| digits.iter().take(many).fold(0, |sum, digit| sum * 10 + digit);
    let scheme = match digits.len() {
        15 => matches!(begins(2), 34 | 37),
        16 => begins(1) == 4 || matches!(begins(2), 51..=55) || matches!(begins(4), 2221..=2720),
        _ => false,
    };
    scheme && check_digit_fits(digits)
}

fn digit_runs(text: &str, most_between: usize) -> Vec<Vec<u32>> {
    let mut runs = vec![Vec::new()];
    let mut gap = 0;
    for c in text.chars() {
        if let Some(digit) = digit_of(c) {
            if let Some(run) = runs.last_mut() {
                run.push(digit);
            }
            gap = 0;
        } else if is_gap(c) && gap < most_between {
            gap += 1;
        } else if !has_no_width(c) {
            runs.push(Vec::new());
            gap = 0;
        }
    }
    runs
}

fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '_' | '/' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || matches!(c, '\u{2022}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{FF0E}' | '\u{3002}')
}

fn has_no_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// The value of a digit of any script, also raised, lowered and circled ones.
fn digit_of(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let place = DIGIT_ZEROS.partition_point(|zero| *zero <= c);
    let zero = place.checked_sub(1).and_then(|place| DIGIT_ZEROS.get(place));
    let decimal = zero.map(|zero| u32::from(c) - u32::from(*zero)).filter(|value| *value < 10);
    decimal.or_else(|| other_digit(c))
}

fn other_digit(c: char) -> Option<u32> {
    let from = |first: char, value: u32| Some(u32::from(c) - u32::from(first) + value);
    match c {
        '\u{B9}' => Some(1),
        '\u{B2}' => Some(2),
        '\u{B3}' => Some(3),
        '\u{2070}' | '\u{24EA}' => Some(0),
        '\u{2074}'..='\u{2079}' => from('\u{2074}', 4),
        '\u{2080}'..='\u{2089}' => from('\u{2080}', 0),
        '\u{2460}'..='\u{2468}' => from('\u{2460}', 1),
        '\u{2776}'..='\u{277E}' => from('\u{2776}', 1),
        _ => None,
    }
}

/// The zero of every script that has decimal digits, in order (Unicode 15, category Nd).
const DIGIT_ZEROS: [char; 66] = [
    '\u{30}',
    '\u{660}',
    '\u{6F0}',
    '\u{7C0}',
    '\u{966}',
    '\u{9E6}',
    '\u{A66}',
    '\u{AE6}',
    '\u{B66}',
    '\u{BE6}',
    '\u{C66}',
    '\u{CE6}',
    '\u{D66}',
    '\u{DE6}',
    '\u{E50}',
    '\u{ED0}',
    '\u{F20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17E0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19D0}',
    '\u{1A80}',
    '\u{1A90}',
    '\u{1B50}',
    '\u{1BB0}',
    '\u{1C40}',
    '\u{1C50}',
    '\u{A620}',
    '\u{A8D0}',
    '\u{A900}',
    '\u{A9D0}',
    '\u{A9F0}',
    '\u{AA50}',
    '\u{ABF0}',
    '\u{FF10}',
    '\u{104A0}',
    '\u{10D30}',
    '\u{11066}',
    '\u{110F0}',
    '\u{11136}',
    '\u{111D0}',
    '\u{112F0}',
    '\u{11450}',
    '\u{114D0}',
    '\u{11650}',
    '\u{116C0}',
    '\u{11730}',
    '\u{118E0}',
    '\u{11950}',
    '\u{11C50}',
    '\u{11D50}',
    '\u{11DA0}',
    '\u{16A60}',
    '\u{16AC0}',
    '\u{16B50}',
    '\u{1D7CE}',
    '\u{1D7D8}',
    '\u{1D7E2}',
    '\u{1D7EC}',
    '\u{1D7F6}',
    '\u{1E140}',
    '\u{1E2F0}',
    '\u{1E950}',
    '\u{1FBF0}',
];

fn check_digit_fits(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4111111111111111",
            "card 4111 1111 1111 1111 thanks",
            "4111-1111-1111-1111",
            "5555444433331111",
            "x4970107111111119y",
            "4111.1111.1111.1111",
            "4111/1111_1111-1111",
            "4111 - 1111 - 1111 - 1111",
            "4111  1111  1111  1111",
            "4111\u{A0}1111\u{2009}1111\u{3000}1111",
            "4111\u{2013}1111\u{2212}1111\u{2011}1111",
            "4\u{200B}1\u{200B}1\u{2060}1 1111 11\u{AD}11 1111",
            "４１１１１１１１１１１１１１１１",
            "٤١١١ ١١١١ ١١١١ ١١١١",
            "۴۱۱۱۱۱۱۱۱۱۱۱۱۱۱۱",
            "४१११-११११-११११-११११",
            "④①①①①①①①①①①①①①①①",
            "⁴¹¹¹ ¹¹¹¹ ¹¹¹¹ ¹¹¹¹",
            "\u{1D7D2}\u{1D7CF}11 1111 1111 1111",
            "378282246310005",
            "6759649826438453",
        ] {
            assert_eq!(screen(text), Err(TextRefused::CardNumber), "{text}");
        }
    }

    #[test]
    fn everyday_texts_pass() {
        for text in [
            "INV-10234",
            "Smith, brake pads",
            "+44 20 7946 0000",
            "2026-11-21 10:00",
            "2026-11-21 - 2026-11-22",
            "0000000000000000",
            "order 4111 1111, customer 1111 1111",
            "٠١٢٣٤",
        ] {
            assert_eq!(screen(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_card_number_spread_over_several_texts_is_found() {
        let check = |texts: &[&str], expected: bool| {
            assert_eq!(spread_card_number(texts.iter().copied()), expected, "{texts:?}");
        };
        check(&["4111", "1111", "1111", "1111"], true);
        check(&["a", "41111111", "b", "11111111", "c"], true);
        check(&["9", "4111 1111", "1111-1111"], true);
        check(&["378282246", "310005"], true);
        check(&["٤١١١١١١١", "11111111"], true);
        check(&["4111", "1111", "1111", "1112"], false);
        check(&["INV-4111", "111111111111"], false);
        check(&["20261121", "20261122"], false);
        check(&[], false);
    }

    #[test]
    fn every_script_has_its_ten_digits() {
        for zero in DIGIT_ZEROS {
            let values: Vec<_> = (u32::from(zero)..).take(10).filter_map(char::from_u32).collect();
            for (value, digit) in (0..10).zip(values) {
                assert_eq!(digit_of(digit), Some(value), "{digit}");
                assert!(digit.is_numeric(), "{digit}");
            }
        }
        assert!(DIGIT_ZEROS.is_sorted());
        assert_eq!(digit_of('x').or(digit_of('½')).or(digit_of('Ⅷ')), None);
    }

    #[test]
    fn no_digit_of_a_text_that_holds_a_card_number_is_kept() {
        let check = |text: &str, expected: &str| assert_eq!(masked(text), expected);
        check("4111 1111 1111 1111 12/29 123", "•••• •••• •••• •••• ••/•• •••");
        check("٤١١١١١١١١١١١١١١١", "••••••••••••••••");
        check("INV-10234", "INV-10234");
    }

    #[test]
    fn hidden_empty_and_endless_texts_are_refused() {
        assert_eq!(screen("a\nb"), Err(TextRefused::Control));
        assert_eq!(screen("a\u{202E}b"), Err(TextRefused::Control));
        assert_eq!(screen("a\u{200F}b"), Err(TextRefused::Control));
        assert_eq!(screen("  "), Err(TextRefused::Empty));
        assert_eq!(screen("[erased]"), Err(TextRefused::Reserved));
        assert_eq!(screen(&"x ".repeat(101)), Err(TextRefused::TooLong));
    }
}
