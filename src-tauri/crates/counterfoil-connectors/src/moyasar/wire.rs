//! What stands on the wire: the currencies whose minor units are certain, the key as Basic
//! authentication, and the JSON that goes out. Wire names are spelt as Moyasar spells them, here
//! and in `status` only.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::money::{Currency, Money};
use serde::Serialize;

use crate::account::AccountRefused;

/// The currencies in which Moyasar and ISO 4217 agree on the minor unit beyond doubt (section 5).
/// Of others (CZK, PKR, IQD…) the vendor's table says something else: refused, never guessed.
pub const CURRENCIES: [&str; 9] = ["SAR", "AED", "KWD", "BHD", "OMR", "QAR", "USD", "EUR", "GBP"];

/// An account's currency is one of [`CURRENCIES`].
///
/// # Errors
/// [`AccountRefused::Currency`].
pub fn check_currency(currency: Currency) -> Result<(), AccountRefused> {
    let why = "use SAR, AED, KWD, BHD, OMR, QAR, USD, EUR or GBP; of others Moyasar's minor unit \
               is not certain";
    let known = CURRENCIES.contains(&currency.code());
    known.then_some(()).ok_or(AccountRefused::Currency { why })
}

/// The key as user name and an empty password: the colon stays (section 1).
#[must_use]
pub fn basic(secret_key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{secret_key}:")))
}

/// Body of a refund and of a capture of a part (section 2.3): a whole number of minor units.
#[derive(Debug, Clone, Serialize)]
pub struct AmountBody {
    amount: i64,
}

impl AmountBody {
    /// The amount in minor units.
    ///
    /// # Errors
    /// [`WhyNot::Currency`] where the minor unit is not certain, [`WhyNot::NotPositive`].
    pub fn of(money: Money) -> Result<Self, WhyNot> {
        check_currency(money.currency()).map_err(|_| WhyNot::Currency)?;
        if !money.is_positive() {
            return Err(WhyNot::NotPositive);
        }
        Ok(Self { amount: money.minor() })
    }
}

/// Body of a capture of everything: no amount (section 2.3).
#[derive(Debug, Clone, Serialize)]
pub struct WholeBody {}

/// Body of an update (section 2.1): these two fields and no other (A-MOY-12).
#[derive(Debug, Clone, Serialize)]
pub struct TextsBody<'a> {
    /// New description; none leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    /// All metadata as it is to be; none leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}
