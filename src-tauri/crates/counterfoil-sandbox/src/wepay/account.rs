//! The applications this stand-in knows.

use std::collections::BTreeMap;

use serde::Serialize;

/// How to reach the stand-in as one application. The values are made up and open no real account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WepayAccess {
    /// Address that paths such as `/payments` are appended to; without a slash at the end.
    pub base_url: String,
    /// Header `App-Id`.
    pub app_id: String,
    /// Header `App-Token`.
    pub app_token: String,
    /// ISO 4217 code of the made-up payments.
    pub currency: String,
    /// What the pages leave open and this stand-in goes by: the names of the amounts.
    pub options: BTreeMap<String, String>,
}

/// One application.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub id: &'static str,
    pub token: &'static str,
    /// The account that owns its payments.
    pub owner: &'static str,
    pub currency: &'static str,
}

impl App {
    /// The first is the one handed out; the second exists so that a payment of one application can
    /// be tried by another.
    pub(crate) fn all() -> Vec<Self> {
        vec![
            Self {
                id: "740261",
                token: "stage_TRAINdGhYx7Qm2vWc9Lb4XzD0s",
                owner: "8f1c2f0e-5a3b-4c1d-9e21-7b6a5d4c3b2a",
                currency: "USD",
            },
            Self {
                id: "740262",
                token: "stage_TRAINbYt3nP8gJf6Ks1MuE5w",
                owner: "1b2c3d4e-6f70-4a81-92b3-c4d5e6f70819",
                currency: "CAD",
            },
        ]
    }
}
