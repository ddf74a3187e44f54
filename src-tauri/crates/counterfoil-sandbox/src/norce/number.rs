//! Amounts: JSON numbers in major units, read and written as decimal text. No float is ever
//! calculated with.

use rust_decimal::Decimal;
use serde_json::Value;

/// The amount of a JSON number; none for anything else, and for numbers out of reach.
pub(crate) fn read(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// An amount as the JSON number the samples print: `20`, `12.5`.
pub(crate) fn write(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or_default()
}

/// An amount given as text by the control interface: at most two decimals, not below zero.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let amount: Decimal = text.parse().ok()?;
    (amount.scale() <= 2 && !amount.is_sign_negative()).then_some(amount)
}

/// Two decimals, for the ledger.
pub(crate) fn two_decimals(amount: Decimal) -> String {
    format!("{amount:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_out_as_the_samples_print_them_and_come_back_the_same() {
        for (text, written) in
            [("20.00", "20"), ("12.50", "12.5"), ("0.01", "0.01"), ("249.99", "249.99")]
        {
            let value = write(text.parse().expect("a decimal"));
            assert_eq!(value.to_string(), written);
            assert_eq!(read(&value), text.parse().ok());
        }
        assert_eq!(read(&Value::from("12.50")), None);
        assert_eq!(parse("1.234"), None);
        assert_eq!(parse("-1"), None);
    }
}
