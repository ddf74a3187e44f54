//! Exact money: a whole number of minor units with its currency. No floats anywhere, no
//! rounding: what cannot be told exactly is refused.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest amount accepted, in minor units. Far above any sale, far below the edge of the
/// integer, so that sums over a million payments cannot overflow.
pub const MAX_MINOR: i64 = 1_000_000_000_000;

/// An ISO 4217 currency with a known number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an ISO 4217 code, upper case.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for anything else, and for codes without minor units.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.chars().take(8).collect());
        let currency = iso_currency::Currency::from_code(code).ok_or_else(unknown)?;
        currency.exponent().ok_or_else(unknown)?;
        Ok(Self(currency))
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the major unit has: 0 (JPY), 2 (GBP), 3 (KWD).
    #[must_use]
    pub fn decimals(self) -> usize {
        self.0.exponent().map_or(0, usize::from)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// Money: minor units of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Money as it stands in an event, before it is checked: a damaged row must not become an amount.
#[derive(Deserialize)]
struct Stored {
    minor: i64,
    currency: Currency,
}

impl TryFrom<Stored> for Money {
    type Error = MoneyError;

    fn try_from(stored: Stored) -> Result<Self, MoneyError> {
        Self::from_minor(stored.minor, stored.currency)
    }
}

impl Money {
    /// Money from minor units.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond ±[`MAX_MINOR`].
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor.unsigned_abs() > MAX_MINOR.unsigned_abs() {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing, in this currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads decimal text as staff or a script write it: digits, at most one dot, at most the
    /// currency's decimals. Signs, separators, exponents and other digits are refused.
    ///
    /// # Errors
    /// Says what is wrong with the text; nothing is rounded or guessed.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = split_decimal(text)?;
        if fraction.len() > currency.decimals() {
            return Err(MoneyError::TooManyDecimals { allowed: currency.decimals() });
        }
        Self::assemble(whole, fraction, currency)
    }

    /// Reads decimal text as a provider writes it: like [`Money::parse`], but zeros beyond the
    /// currency's decimals are accepted (`"500.00"` JPY), because they change nothing.
    ///
    /// # Errors
    /// As [`Money::parse`].
    pub fn parse_from_provider(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = split_decimal(text)?;
        let kept = fraction.len().min(currency.decimals());
        let (kept, extra) = fraction.split_at(kept);
        if extra.bytes().any(|digit| digit != b'0') {
            return Err(MoneyError::TooManyDecimals { allowed: currency.decimals() });
        }
        Self::assemble(whole, kept, currency)
    }

    fn assemble(whole: &str, fraction: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = format!("{whole}{fraction:0<width$}", width = currency.decimals());
        let minor = i64::from_str(&digits).map_err(|_| MoneyError::TooLarge)?;
        Self::from_minor(minor, currency)
    }

    /// Minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Decimal text in major units with exactly the currency's decimals: `350.00`, `500`.
    #[must_use]
    pub fn to_decimal_text(self) -> String {
        let decimals = self.currency.decimals();
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// Different currencies, or too large.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Self::from_minor(minor, self.currency)
    }

    /// The difference; may be negative.
    ///
    /// # Errors
    /// Different currencies, or too large.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::TooLarge)?;
        Self::from_minor(minor, self.currency)
    }

    /// This many times.
    ///
    /// # Errors
    /// Too large.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::TooLarge)?;
        Self::from_minor(minor, self.currency)
    }

    /// Which is more.
    ///
    /// # Errors
    /// Different currencies cannot be compared.
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// True above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.minor > 0
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrenciesDiffer { one: self.currency, other: other.currency })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.to_decimal_text())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text or a sum is not money.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not an ISO 4217 code with minor units.
    #[error("{0:?} is not a currency code such as GBP")]
    UnknownCurrency(String),
    /// Empty, or characters other than digits and one dot.
    #[error("write the amount with digits and at most one dot, such as 350.00")]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("this currency has {allowed} decimals; nothing is rounded")]
    TooManyDecimals {
        /// The currency's decimals.
        allowed: usize,
    },
    /// Beyond [`MAX_MINOR`].
    #[error("the amount is too large")]
    TooLarge,
    /// Two currencies in one sum.
    #[error("{one} and {other} cannot be added or compared")]
    CurrenciesDiffer {
        /// The one.
        one: Currency,
        /// The other.
        other: Currency,
    },
}

fn split_decimal(text: &str) -> Result<(&str, &str), MoneyError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(MoneyError::NotDecimal),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(MoneyError::NotDecimal);
    }
    Ok((whole, fraction))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn decimal_text_is_read_exactly_or_refused() {
        let check = |text: &str, code: &str, expected: Result<i64, MoneyError>| {
            let read = Money::parse(text, currency(code)).map(Money::minor);
            assert_eq!(read, expected, "{text:?} {code}");
        };
        check("350.00", "GBP", Ok(35_000));
        check("350", "GBP", Ok(35_000));
        check("350.5", "GBP", Ok(35_050));
        check("0.01", "GBP", Ok(1));
        check("500", "JPY", Ok(500));
        check("1.234", "KWD", Ok(1_234));
        check("1.2345", "KWD", Err(MoneyError::TooManyDecimals { allowed: 3 }));
        check("500.0", "JPY", Err(MoneyError::TooManyDecimals { allowed: 0 }));
        check("350.000", "GBP", Err(MoneyError::TooManyDecimals { allowed: 2 }));
        for bad in ["", ".", ".5", "5.", "1,234", "1e3", "+5", "-5", " 5", "5 ", "1.2.3", "٣", "£5"]
        {
            check(bad, "GBP", Err(MoneyError::NotDecimal));
        }
        check("99999999999999999999", "GBP", Err(MoneyError::TooLarge));
        check("10000000000.01", "GBP", Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_providers_extra_zeros_change_nothing_but_extra_digits_are_refused() {
        let read = |text: &str, code: &str| {
            Money::parse_from_provider(text, currency(code)).map(Money::minor)
        };
        assert_eq!(read("2500", "GBP"), read("2500.00", "GBP"));
        assert_eq!(read("60", "GBP"), read("60.0", "GBP"));
        assert_eq!(read("500.00", "JPY"), Ok(500));
        assert_eq!(read("1.005", "GBP"), Err(MoneyError::TooManyDecimals { allowed: 2 }));
    }

    #[test]
    fn currencies_without_minor_units_or_unknown_are_refused() {
        for code in ["XAU", "XXX", "gbp", "POUND", ""] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn currencies_never_mix() {
        let pounds = Money::parse("1.00", currency("GBP")).unwrap();
        let yen = Money::parse("1", currency("JPY")).unwrap();
        assert!(pounds.plus(yen).is_err());
        assert!(pounds.compare(yen).is_err());
    }

    #[test]
    fn stored_money_beyond_the_bounds_is_damage_and_no_amount() {
        let read = |minor: &str| {
            let text = format!("{{\"minor\":{minor},\"currency\":\"GBP\"}}");
            serde_json::from_str::<Money>(&text).ok().map(Money::minor)
        };
        assert_eq!(read("1000000000000"), Some(MAX_MINOR));
        for beyond in ["1000000000001", "-1000000000001", "9223372036854775807", "1.5", "\"1\""] {
            assert_eq!(read(beyond), None, "{beyond}");
        }
    }

    proptest! {
        #[test]
        fn text_and_minor_units_are_the_same_money(minor in 0..=MAX_MINOR, which in 0usize..3) {
            let currency = currency(["GBP", "JPY", "KWD"][which]);
            let money = Money::from_minor(minor, currency).unwrap();
            prop_assert_eq!(Money::parse(&money.to_decimal_text(), currency), Ok(money));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Money::parse(&text, currency("KWD"));
            let _ = Money::parse_from_provider(&text, currency("GBP"));
        }
    }
}
