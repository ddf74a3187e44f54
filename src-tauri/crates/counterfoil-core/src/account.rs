//! An account at a provider: where to reach it and how it is set up. Secrets are not here; they
//! live in the vault under the account's id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::money::Currency;

/// A provider this house speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Bumper PayInStore.
    Bumper,
    /// WePay Clear.
    Wepay,
    /// Moyasar.
    Moyasar,
    /// Norce Checkout.
    Norce,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 4] = [Self::Bumper, Self::Wepay, Self::Moyasar, Self::Norce];

    /// The word used on the command line and in the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bumper => "bumper",
            Self::Wepay => "wepay",
            Self::Moyasar => "moyasar",
            Self::Norce => "norce",
        }
    }

    /// The name people know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bumper => "Bumper",
            Self::Wepay => "WePay",
            Self::Moyasar => "Moyasar",
            Self::Norce => "Norce Checkout",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.word() == word)
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Our id.
    pub account_id: AccountId,
    /// The name staff use.
    pub name: String,
    /// Whose API it is.
    pub provider: Provider,
    /// Ends before the first path part that the provider's page prints; no trailing slash.
    pub base_url: String,
    /// The currency of its payments where the provider does not say (Bumper never does).
    pub currency: Currency,
    /// Provider-specific settings.
    pub options: BTreeMap<String, String>,
    /// Why nothing is sent for it now, such as refused credentials.
    pub paused: Option<String>,
}
