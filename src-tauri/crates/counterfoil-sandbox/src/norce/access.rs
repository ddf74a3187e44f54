//! The shops this stand-in knows: merchant, channel and token.

use serde::Serialize;

/// How to reach the stand-in as one shop. The token is made up and opens no real account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NorceAccess {
    /// Ends in `/checkout`; `/order/api/v1/…` and `/klarna-adapter/api/…` are appended to it.
    pub base_url: String,
    /// The static bearer token (A-NOR-04).
    pub token: String,
    /// ISO 4217 code of the made-up orders.
    pub currency: String,
    /// What an account is set up with besides.
    pub options: NorceOptions,
}

/// For whom an account speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NorceOptions {
    /// `x-merchant`.
    pub merchant: String,
    /// `x-channel`.
    pub channel: String,
}

/// One shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shop {
    pub merchant: &'static str,
    pub channel: &'static str,
    pub token: &'static str,
    pub currency: &'static str,
}

impl Shop {
    /// The first is the one handed out; the others exist so that an order of one shop can be asked
    /// for by another merchant or channel.
    pub(crate) fn all() -> Vec<Self> {
        let shop = |merchant, channel, token| Self { merchant, channel, token, currency: "SEK" };
        vec![
            shop("norce", "1", "train-3fQm7Wc9Lb4XzD0sRk2v"),
            shop("norce", "2", "train-3fQm7Wc9Lb4XzD0sRk2v"),
            shop("other", "1", "train-8gJf6Ks1MuE5wbYt3nP4"),
        ]
    }
}
