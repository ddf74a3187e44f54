use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

use super::{ChangeView, MoneyView};

/// One payment as the desk shows it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Payment")]
pub struct PaymentView {
    pub payment_id: String,
    /// Name of the account the payment belongs to.
    pub account: String,
    /// `bumper`, `wepay`, `moyasar` or `norce`.
    pub provider: String,
    /// The provider's own reference (Bumper: token). Opaque and case-sensitive.
    pub provider_ref: String,
    pub invoice_number: Option<String>,
    pub reference: Option<String>,
    /// Customer's name where this till knows it; providers do not return it.
    pub customer: Option<String>,
    /// `open`, `in_progress`, `authorized`, `paid`, `refunded`, `failed`, `cancelled` or `unclear`.
    pub state: String,
    /// The provider's own word for the state, as received.
    pub provider_status: String,
    pub amount: MoneyView,
    /// What this desk knows to be returned or on its way back; null where nothing was.
    pub refunded: Option<MoneyView>,
    pub captured: Option<MoneyView>,
    /// When held money is to be taken, RFC 3339; null where the provider does not say.
    pub capture_at: Option<String>,
    /// When the payment was made, by the provider's clock, RFC 3339.
    pub made_at: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub minimum: Option<MoneyView>,
    pub maximum: Option<MoneyView>,
    /// When the provider was last read, RFC 3339 in UTC.
    pub fetched_at: String,
    /// What may be asked for now, by provider, payment state and person, and why not.
    pub allowed: Vec<AllowedView>,
    /// Number of changes of this payment that are not final.
    pub open_changes: u32,
    /// Lines as this till last knew them; Bumper does not return them.
    pub items: Vec<ItemView>,
}

/// Whether one kind of change may be asked for.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Allowed")]
pub struct AllowedView {
    /// `adjust`, `relabel`, `refund`, `cancel`, `capture` or `void`.
    pub kind: String,
    pub allowed: bool,
    /// A stable reason code when not allowed (the screen holds the words), else null.
    pub code: Option<String>,
    /// The same reason in plain English for the command line, else null.
    pub why: Option<String>,
    /// The kind of change that serves the same end, where this one never can; else null.
    pub instead: Option<String>,
    /// Least amount, where there is one.
    pub least: Option<MoneyView>,
    /// Largest amount, where there is one.
    pub most: Option<MoneyView>,
    /// What can be filled in: `total`, `amount`, `at`, `invoice`, `reference`, `description`,
    /// `metadata`, `items`, `reason`, `note`.
    pub fields: Vec<String>,
    /// True where the change would wait for a second person, or may by its amount.
    pub needs_approval: bool,
}

/// One line of goods, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Item")]
pub struct ItemView {
    pub item: String,
    pub quantity: String,
    /// Decimal text in the payment's currency.
    pub price: String,
}

/// A keyset page of payments, newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PaymentPage {
    pub payments: Vec<PaymentView>,
    /// Hand back as `after` to get the next page; null on the last one.
    pub next: Option<String>,
    /// What could not be read; absent where there is no such row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<super::UnreadableView>>")]
    pub unreadable: Vec<super::UnreadableView>,
    /// The change whose slip was scanned (`CF:` and its id); absent for any other search. A start
    /// that is not applied has no payment yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub scanned: Option<String>,
}

/// A payment and everything asked for on it, oldest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PaymentDetail {
    pub payment: PaymentView,
    pub changes: Vec<ChangeView>,
    /// Changes of it that could not be read; absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<super::UnreadableView>>")]
    pub unreadable: Vec<super::UnreadableView>,
}
