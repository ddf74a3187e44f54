use counterfoil_core::money::Money;
use serde::Serialize;
use ts_rs::TS;

/// Money as it crosses the door: the minor units as text, because JavaScript numbers are floats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Money")]
pub struct MoneyView {
    /// Minor units (pence, fils), decimal text with an optional leading minus.
    pub minor: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Decimal text in major units, dot, exactly the currency's decimals.
    pub text: String,
}

impl From<&Money> for MoneyView {
    fn from(money: &Money) -> Self {
        Self {
            minor: money.minor().to_string(),
            currency: money.currency().code().to_owned(),
            text: money.to_decimal_text(),
        }
    }
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self::from(&money)
    }
}
