use serde::Serialize;
use ts_rs::TS;

use super::{MoneyView, UnreadableView};

/// What a reconciliation of one account came to. The lists hold what a person has to look at;
/// what was resolved before and is still so is only counted.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Reconciliation")]
pub struct ReconcileView {
    /// Name of the account.
    pub account: String,
    /// RFC 3339, UTC; null where all payments were compared.
    pub since: Option<String>,
    /// When it ended. RFC 3339, UTC.
    pub ended_at: String,
    /// Payments without any difference.
    pub matched: u32,
    /// Held here, not known to the provider.
    pub only_here: Vec<FindingView>,
    /// At the provider, not held here.
    pub only_there: Vec<FindingView>,
    /// Money that no change here explains.
    pub amount_differs: Vec<FindingView>,
    /// It stands elsewhere than it was last read.
    pub state_differs: Vec<FindingView>,
    /// Differences that a person resolved before and that are still the same.
    pub settled: u32,
    /// False where the provider cannot list its payments: then what is only there is not known.
    pub only_there_known: bool,
    /// False where it was ended before all payments were compared.
    pub complete: bool,
    /// Payments that could not be compared.
    pub unread: Vec<UnreadView>,
}

/// A payment that could not be compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Unread")]
pub struct UnreadView {
    /// The provider's reference; a place in its list where even that cannot be read.
    pub provider_ref: String,
    pub why: String,
}

/// One difference between this till's ledger and a provider, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Finding")]
pub struct FindingView {
    pub finding_id: String,
    /// `only_here`, `only_there`, `amount_differs` or `state_differs`.
    pub class: String,
    /// Name of the account.
    pub account: String,
    pub provider: String,
    /// Null for a payment that is only there.
    pub payment_id: Option<String>,
    pub provider_ref: String,
    /// What differs: `amount`, `refunded`, `captured`, `state` or `provider_status`.
    pub fields: Vec<String>,
    /// As this till believes: money as first seen, moved by its own changes. Null where it holds
    /// no such payment.
    pub here: Option<SideView>,
    /// As the provider says; null where it knows no such payment.
    pub there: Option<SideView>,
    /// RFC 3339, UTC.
    pub found_at: String,
    /// `open`, `resolved` or `gone`.
    pub state: String,
    /// When it was resolved or found gone. RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// Name of the person.
    pub resolved_by: Option<String>,
    pub remark: Option<String>,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Side")]
pub struct SideView {
    pub state: String,
    pub provider_status: String,
    pub amount: MoneyView,
    /// Null where it is not known.
    pub refunded: Option<MoneyView>,
    /// Null where it is not known.
    pub captured: Option<MoneyView>,
}

/// Findings, newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FindingList {
    pub findings: Vec<FindingView>,
    /// What could not be read; absent where there is no such row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<UnreadableView>>")]
    pub unreadable: Vec<UnreadableView>,
}

/// How far a reconciliation is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(rename = "ReconcileProgress")]
pub struct ReconcileProgressView {
    pub running: bool,
    /// Name of the account; null while none is running.
    pub account: Option<String>,
    /// `listing` or `comparing`; null while none is running.
    pub phase: Option<String>,
    /// Payments listed or compared by now.
    pub done: u32,
    /// Payments to compare; null while they are listed.
    pub total: Option<u32>,
    /// Whole seconds since it began.
    pub seconds: u32,
}
