//! A person's PIN as typed.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// Fewest digits (`cli.md`): with six wrong tries each half hour, guessing one in a million takes
/// years.
const FEWEST: usize = 6;

/// Most digits (`cli.md`): more is not typed at a till.
const MOST: usize = 12;

/// A PIN of 6 to 12 digits that is neither a run nor one repeated digit. Wiped when dropped.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Parses what was typed, exactly: blanks, line ends and digits of other scripts are refused.
    ///
    /// # Errors
    /// See [`PinRefused`]. The same rule holds when a PIN is chosen and when it is tried; a try
    /// that cannot be anyone's PIN costs nothing to refuse but still counts as a wrong one.
    pub fn parse(text: &str) -> Result<Self, PinRefused> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PinRefused::NotDigits);
        }
        if !(FEWEST..=MOST).contains(&text.len()) {
            return Err(PinRefused::Length);
        }
        let steps = |wanted: i16| {
            let digits = text.as_bytes();
            digits.iter().zip(&digits[1..]).all(|(a, b)| i16::from(*b) - i16::from(*a) == wanted)
        };
        if steps(0) {
            return Err(PinRefused::OneDigit);
        }
        if steps(1) || steps(-1) {
            return Err(PinRefused::Run);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(set)")
    }
}

/// Why a text is no PIN. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinRefused {
    /// Something else than the digits 0 to 9.
    #[error("a PIN has digits only, without blanks")]
    NotDigits,
    /// Fewer than 6 or more than 12 digits.
    #[error("a PIN has {FEWEST} to {MOST} digits")]
    Length,
    /// All digits are the same.
    #[error("a PIN may not be one digit repeated, such as 111111")]
    OneDigit,
    /// Each digit is one more, or one less, than the digit before.
    #[error("a PIN may not be a run up or down, such as 123456 or 987654")]
    Run,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pins_are_six_to_twelve_digits_that_are_no_pattern() {
        let check = |text: &str, expected: Option<PinRefused>| {
            assert_eq!(Pin::parse(text).err(), expected, "{text:?}");
        };
        check("482913", None);
        check("000001", None);
        check("123457", None);
        check("121212", None);
        check("112233", None);
        check("890123", None);
        check("482913570246", None);
        check("", Some(PinRefused::Length));
        check("48291", Some(PinRefused::Length));
        check("4829135702468", Some(PinRefused::Length));
        check("123456", Some(PinRefused::Run));
        check("0123456789", Some(PinRefused::Run));
        check("987654", Some(PinRefused::Run));
        check("9876543210", Some(PinRefused::Run));
        check("000000", Some(PinRefused::OneDigit));
        check("999999999999", Some(PinRefused::OneDigit));
        check("48291x", Some(PinRefused::NotDigits));
        check(" 482913", Some(PinRefused::NotDigits));
        check("482913\n", Some(PinRefused::NotDigits));
        check("-482913", Some(PinRefused::NotDigits));
        check("٤٨٢٩١٣", Some(PinRefused::NotDigits));
        check("４８２９１３", Some(PinRefused::NotDigits));
    }

    #[test]
    fn debug_never_holds_the_pin() {
        let pin = Pin::parse("482913").expect("a good PIN");
        assert_eq!(format!("{pin:?}"), "Pin(set)");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic(text in ".{0,20}") {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert!(digits || Pin::parse(&text).is_err());
        }

        #[test]
        fn what_is_taken_is_kept_as_typed(text in "[0-9]{6,12}") {
            if let Ok(pin) = Pin::parse(&text) {
                prop_assert_eq!(pin.bytes(), text.as_bytes());
            }
        }
    }
}
