//! The dealerships this stand-in knows: key, secret and thresholds.

use rust_decimal::Decimal;
use serde::Serialize;

/// How to reach the stand-in as one dealership. The values are made up and open no real account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BumperAccess {
    /// Address that paths such as `/v2/apply/` are appended to; without a slash at the end.
    pub base_url: String,
    /// Names the dealership in every request.
    pub api_key: String,
    /// Signs every request. Begins with a double quote, like the provider's published sample.
    pub secret: String,
    /// ISO 4217 code; the provider's answers carry none.
    pub currency: String,
}

/// One dealership.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub api_key: &'static str,
    pub secret: &'static str,
    pub currency: &'static str,
    pub min: Decimal,
    pub max: Decimal,
}

impl Account {
    /// The first is the one handed out; the second exists so that a token of one dealership can be
    /// tried with the key of another.
    pub(crate) fn all() -> Vec<Self> {
        let (min, max) = (Decimal::new(6_000, 2), Decimal::new(300_000, 2));
        let account = |api_key, secret| Self { api_key, secret, currency: "GBP", min, max };
        vec![
            account("TRAINhRk7mQ2vWc9Lb4XzD0s", r#""7k!m/[`qq*.*h318Z;d&Wnv"#),
            account("TRAINbYt3nP8gJf6Ks1MuE5w", r#""4p?s/[`rr*.*c902B;k&Lyt"#),
        ]
    }
}
