//! Free text is screened before it is stored: no card numbers, no control characters.
//! Source: product M8; PCI practice of treating 13 to 19 digits with a valid check digit as a
//! card number.

use thiserror::Error;

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

/// True where 13 to 19 digits in a row (single spaces and dashes between them do not count)
/// carry a valid check digit.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    digit_runs(text)
        .iter()
        .any(|run| (13..=19usize).any(|length| run.windows(length).any(check_digit_fits)))
}

fn digit_runs(text: &str) -> Vec<Vec<u32>> {
    let mut runs = vec![Vec::new()];
    let mut gap = 0;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            if let Some(run) = runs.last_mut() {
                run.push(digit);
            }
            gap = 0;
        } else if matches!(c, ' ' | '-' | '.') && gap == 0 {
            gap = 1;
        } else {
            runs.push(Vec::new());
            gap = 0;
        }
    }
    runs
}

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
        ] {
            assert_eq!(screen(text), Err(TextRefused::CardNumber), "{text}");
        }
    }

    #[test]
    fn everyday_texts_pass() {
        for text in ["INV-10234", "Smith, brake pads", "+44 20 7946 0000", "2026-11-21 10:00"] {
            assert_eq!(screen(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn hidden_empty_and_endless_texts_are_refused() {
        assert_eq!(screen("a\nb"), Err(TextRefused::Control));
        assert_eq!(screen("a\u{202E}b"), Err(TextRefused::Control));
        assert_eq!(screen("a\u{200F}b"), Err(TextRefused::Control));
        assert_eq!(screen("  "), Err(TextRefused::Empty));
        assert_eq!(screen(&"x ".repeat(101)), Err(TextRefused::TooLong));
    }
}
