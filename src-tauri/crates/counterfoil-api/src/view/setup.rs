use serde::Serialize;
use ts_rs::TS;

/// One account at a provider. Secrets never cross: only whether they are set.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Account")]
pub struct AccountView {
    pub account_id: String,
    pub name: String,
    pub provider: String,
    pub base_url: String,
    pub currency: String,
    /// Provider-specific settings as text.
    pub options: std::collections::BTreeMap<String, String>,
    /// Why nothing is sent for this account now (refused credentials); null when it sends.
    pub paused: Option<String>,
}

/// A provider, for the form of a new account.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Provider")]
pub struct ProviderView {
    /// `bumper`, `wepay`, `moyasar` or `norce`.
    pub provider: String,
    /// The name people know.
    pub name: String,
    /// Secrets an account needs.
    pub secrets: Vec<String>,
    /// Secrets an account may have.
    pub further_secrets: Vec<String>,
    /// Settings an account takes.
    pub options: Vec<String>,
    /// Where its API is; empty where each customer has another address.
    pub addresses: Vec<AddressView>,
    /// Currency codes an account can be in; empty for any.
    pub currencies: Vec<String>,
    /// True where payments can be started from here.
    pub starts: bool,
}

/// Where an API is.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Address")]
pub struct AddressView {
    /// `live` or `test`.
    pub label: String,
    /// The base URL.
    pub url: String,
}

/// The answer to adding an account.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AccountAdded {
    pub account_id: String,
    /// Length and fingerprint of every secret as stored: never trimmed, never shown.
    pub secrets: std::collections::BTreeMap<String, String>,
}

/// The answer to testing an account.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AccountTest {
    pub ok: bool,
}

/// One person of the staff list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Staff")]
pub struct StaffView {
    pub staff_id: String,
    pub name: String,
    pub role: String,
    /// RFC 3339, UTC, while locked; else null.
    pub locked_until: Option<String>,
    /// RFC 3339, UTC, where they have left; null while they are here.
    pub left_at: Option<String>,
    /// The open half of their key in hex; null until their PIN met the keyring.
    pub public_key: Option<String>,
}

/// The answer to adding a person.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StaffAdded {
    pub staff_id: String,
}

/// One setting with its value now.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Setting")]
pub struct SettingView {
    pub key: String,
    pub value: String,
    pub default: String,
    /// What it means and its unit.
    pub about: String,
}

/// The answer to a first-run set-up.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Stored {
    pub till_id: String,
    pub owner_id: String,
}
