//! A second opinion about amounts, by comparing digits.

use counterfoil_core::money::{Currency, Money};

/// Currencies with two, none and three decimals, by a list of our own.
pub const CURRENCIES: [(&str, usize); 4] = [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)];

/// A currency of the list.
#[must_use]
pub fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("the list names currencies")
}

/// The decimals of a currency of the list.
#[must_use]
pub fn decimals(currency: Currency) -> usize {
    let row = CURRENCIES.iter().find(|(code, _)| *code == currency.code());
    row.map(|(_, decimals)| *decimals).expect("bodies use the currencies of the list only")
}

/// True where a text is digits, with digits behind at most one dot, and exactly this much money.
#[must_use]
pub fn is_exactly(text: &str, money: Money) -> bool {
    let Some((whole, fraction)) = parts(text) else { return false };
    let places = decimals(money.currency());
    let digits = format!("{:0>width$}", money.minor(), width = places + 1);
    let (owed_whole, owed_fraction) = digits.split_at(digits.len() - places);
    whole.trim_start_matches('0') == owed_whole.trim_start_matches('0')
        && fraction.trim_end_matches('0') == owed_fraction.trim_end_matches('0')
}

/// Digits before and behind the dot of a plain decimal number.
#[must_use]
pub fn parts(text: &str) -> Option<(&str, &str)> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => (digits(whole) && digits(fraction)).then_some((whole, fraction)),
        None => digits(text).then_some((text, "")),
    }
}
