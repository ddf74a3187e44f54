//! The merchants this stand-in knows, each with three keys. The key alone decides what a request
//! may do: there is no host of its own for tests.

use serde::Serialize;

/// How to reach the stand-in as one merchant. The values are made up and open no real account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoyasarAccess {
    /// Address that paths such as `/payments` are appended to; without a slash at the end.
    pub base_url: String,
    /// May do everything.
    pub secret_key: String,
    /// What webhooks of this merchant carry as `secret_token`.
    pub webhook_secret: String,
    /// ISO 4217 code of the made-up payments.
    pub currency: String,
    /// May only create payments.
    #[serde(skip)]
    pub publishable_key: String,
    /// A live key of a merchant that is not activated for live.
    #[serde(skip)]
    pub live_key: String,
}

/// One merchant.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub secret_key: &'static str,
    pub publishable_key: &'static str,
    pub live_key: &'static str,
    pub webhook_secret: &'static str,
    pub currency: &'static str,
}

/// What the key of a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    Everything,
    CreateOnly,
    NotLive,
}

impl Account {
    /// The first is the one handed out; the second exists so that a payment of one merchant can be
    /// tried by another, and has a currency with three decimals.
    pub(crate) fn all() -> Vec<Self> {
        vec![
            Self {
                secret_key: "sk_test_TRAINhRk7mQ2vWc9Lb4XzD0s",
                publishable_key: "pk_test_TRAINhRk7mQ2vWc9Lb4XzD0s",
                live_key: "sk_live_TRAINhRk7mQ2vWc9Lb4XzD0s",
                webhook_secret: "hook TRAIN 7k!m",
                currency: "SAR",
            },
            Self {
                secret_key: "sk_test_TRAINbYt3nP8gJf6Ks1MuE5w",
                publishable_key: "pk_test_TRAINbYt3nP8gJf6Ks1MuE5w",
                live_key: "sk_live_TRAINbYt3nP8gJf6Ks1MuE5w",
                webhook_secret: "hook TRAIN 4p?s",
                currency: "KWD",
            },
        ]
    }

    /// What this key of the merchant may do; none for a key that is not the merchant's.
    pub(crate) fn power_of(&self, key: &str) -> Option<Power> {
        match key {
            _ if key == self.secret_key => Some(Power::Everything),
            _ if key == self.publishable_key => Some(Power::CreateOnly),
            _ if key == self.live_key => Some(Power::NotLive),
            _ => None,
        }
    }
}
