//! Amounts as the provider writes them: decimal text in major units. Parsed by hand, because the
//! decimal library takes signs and exponents that a payment provider has no use for.

use rust_decimal::Decimal;

/// Digits before the point: more than any payment has, few enough never to overflow.
const MOST_WHOLE_DIGITS: usize = 12;

/// A positive amount with at most two decimals; nothing for any other text.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let shaped = digits(whole) && digits(fraction);
    if !shaped || whole.len() > MOST_WHOLE_DIGITS || fraction.len() > 2 {
        return None;
    }
    let amount: Decimal = text.parse().ok()?;
    (amount > Decimal::ZERO).then_some(amount)
}

/// Whether the text has exactly two decimals.
pub(crate) fn has_two_decimals(text: &str) -> bool {
    text.split_once('.').is_some_and(|(_, fraction)| fraction.len() == 2)
}

/// Two decimals, always.
pub(crate) fn two_decimals(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// Without decimals when there are no pence: `2500`, but `2500.50`.
pub(crate) fn plain(amount: Decimal) -> String {
    if amount.is_integer() { amount.normalize().to_string() } else { two_decimals(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_positive_plain_decimals_are_amounts() {
        for good in ["1", "0.01", "300.00", "300.5", "60", "007.10", "999999999999.99"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "0",
            "0.00",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.234",
            "1e3",
            "1,00",
            " 1",
            "1 ",
            "£1",
            "NaN",
            "1.2.3",
            "1234567890123",
            "١٢",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_printed_in_both_documented_ways() {
        let amount = |text| parse(text).expect("an amount");
        assert_eq!(two_decimals(amount("2500")), "2500.00");
        assert_eq!(two_decimals(amount("2500.5")), "2500.50");
        assert_eq!(plain(amount("2500.00")), "2500");
        assert_eq!(plain(amount("2500.50")), "2500.50");
    }
}
