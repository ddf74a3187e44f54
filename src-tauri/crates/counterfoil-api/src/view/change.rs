use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

use super::{ItemView, MoneyView, SayingView};

/// One change as the queue, the payment and the command line show it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Change")]
pub struct ChangeView {
    pub change_id: String,
    /// Null until a start is applied.
    pub payment_id: Option<String>,
    /// Name of the account.
    pub account: String,
    pub provider: String,
    /// `start`, `adjust`, `relabel`, `refund`, `cancel`, `capture` or `void`.
    pub kind: String,
    /// `awaiting_approval rejected queued sending applied declined needs_customer in_doubt
    /// conflict expired withdrawn`.
    pub state: String,
    /// Name of the requester.
    pub requested_by: String,
    /// Names of the approvers.
    pub approved_by: Vec<String>,
    /// The rules that asked for a second person when it was asked for.
    pub approval_because: Vec<SayingView>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// When the newest event was stored. RFC 3339, UTC.
    pub changed_at: String,
    /// The new total of a start or an adjustment.
    pub total: Option<MoneyView>,
    /// What a refund returns.
    pub refund: Option<MoneyView>,
    /// What a capture takes; null where it takes all.
    pub capture: Option<MoneyView>,
    /// When a capture is to take it, RFC 3339; null for now.
    pub capture_at: Option<String>,
    /// The description a relabelling sets.
    pub description: Option<String>,
    /// The metadata a relabelling sets; an empty text takes a key away.
    pub metadata: BTreeMap<String, String>,
    /// Reason code.
    pub reason: Option<String>,
    pub note: Option<String>,
    pub invoice_number: Option<String>,
    pub reference: Option<String>,
    pub items: Vec<ItemView>,
    /// The provider's address where the customer must sign; null unless one is open.
    pub redirect_url: Option<String>,
    /// Oldest first.
    pub attempts: Vec<AttemptView>,
    /// Readings after a lost answer that proved nothing, oldest first. A reading is kept where it
    /// says something else than the one before.
    pub readings: Vec<ReadingView>,
    /// Digest of the evidence that a decision about it rests on; null unless it is in doubt or in
    /// conflict.
    pub evidence: Option<String>,
    /// The later adjustment that took its place.
    pub superseded_by: Option<String>,
    /// The payment as the requester saw it. Null for a start.
    pub base: Option<BaseView>,
    /// The payment as the provider has it now, where that matters (a conflict, a doubt).
    pub provider_now: Option<BaseView>,
    /// RFC 3339, UTC; null where no attempt is planned.
    pub next_attempt_at: Option<String>,
    /// What the last read or attempt said, for a person; null where nothing went wrong.
    pub last_error: Option<String>,
    /// One or two plain sentences: where it stands, whether money moved, what to do.
    pub explanation: String,
    /// True where the person signed in may withdraw it now.
    pub may_withdraw: bool,
    /// True where the person signed in may not decide it because they asked for it or may not
    /// approve; another person can still be named.
    pub needs_other_person: bool,
}

/// One sending of a change.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Attempt")]
pub struct AttemptView {
    pub attempt_id: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    /// `applied`, `needs_customer`, `accepted`, `refused`, `refused_for_now`, `never_left`,
    /// `unknown` or null while under way.
    pub outcome: Option<String>,
    pub http_status: Option<u16>,
    /// The provider's own name for the exchange, for its support; null where it gave none.
    pub correlation_id: Option<String>,
    /// What the provider answered or why nothing is known, masked; null where it is plain.
    pub answer: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path without query or secrets.
    pub path: String,
    /// Hex SHA-256 of the exact body bytes.
    pub digest: String,
    /// Idempotency key, where the provider has such a thing.
    pub key: Option<String>,
}

/// One reading of the payment that proved nothing.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Reading")]
pub struct ReadingView {
    /// RFC 3339, UTC.
    pub at: String,
    /// Why it proves nothing, for the command line.
    pub why: String,
    pub now: BaseView,
    /// Names of the fields that differ from the reading right before the last attempt.
    pub differs: Vec<String>,
}

/// The facts of a payment a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Base")]
pub struct BaseView {
    pub amount: MoneyView,
    pub state: String,
    pub provider_status: String,
    pub invoice_number: Option<String>,
    pub reference: Option<String>,
    pub refunded: Option<MoneyView>,
    pub captured: Option<MoneyView>,
    /// When held money is to be taken, RFC 3339.
    pub capture_at: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub fetched_at: String,
}

/// All changes asked for, newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChangeList {
    pub changes: Vec<ChangeView>,
    /// What could not be read; absent where there is no such row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<super::UnreadableView>>")]
    pub unreadable: Vec<super::UnreadableView>,
}

/// What exactly would be sent. Nothing was queued and nobody was called.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Preview")]
pub struct PreviewView {
    pub method: String,
    /// Redacted where it carries secrets.
    pub url: String,
    pub headers: Vec<HeaderView>,
    /// The body with secrets masked.
    pub body: String,
    /// Hex SHA-256 of the exact (unmasked) body bytes.
    pub digest: String,
    /// The effect in words.
    pub effect: String,
}

/// One header line, secrets masked.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Header")]
pub struct HeaderView {
    pub name: String,
    pub value: String,
}

/// The answer to a preview.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PreviewAnswer {
    pub preview: PreviewView,
    pub allowed: bool,
    /// True where a second person must approve before it is sent.
    pub needs_approval: bool,
    /// The rules that ask for a second person; empty where none does.
    pub approval_because: Vec<SayingView>,
    /// What staff are to know before they ask; it stops nothing.
    pub warnings: Vec<WarningView>,
}

/// Something to know before asking.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Warning")]
pub struct WarningView {
    /// A stable code: the screen holds the words.
    pub code: String,
    /// Plain English for the command line.
    pub words: String,
}

/// A QR code as rows of modules, so that a screen draws it without markup from outside.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Qr")]
pub struct QrView {
    /// The exact text the code carries.
    pub text: String,
    /// One string of `0` and `1` a row, square, quiet zone not included.
    pub rows: Vec<String>,
}
