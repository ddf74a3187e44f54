//! Minor units and the text the ledger prints.

/// `1234` minor units as `12.34`: both currencies of this provider have two decimals.
pub(crate) fn two_decimals(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

/// `12.34`, `12.3` or `12` as minor units; none for anything else, and for nothing or less.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let minor: i64 = format!("{whole}{part:0<2}").parse().ok()?;
    (minor > 0).then_some(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_and_their_text_are_one() {
        for (minor, text) in [(1, "0.01"), (100, "1.00"), (12_345, "123.45")] {
            assert_eq!(two_decimals(minor), text);
            assert_eq!(parse(text), Some(minor));
        }
        assert_eq!(parse("12.3"), Some(1_230));
        for bad in ["", ".", "0", "0.00", "-1", "1.234", "1,0", "1e3", "99999999999999999999"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
