use serde::Serialize;
use ts_rs::TS;

use super::{BaseView, ItemView, MoneyView, QrView};

/// What a till asks of somebody at another one.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "ApprovalChallenge")]
pub struct ChallengeView {
    pub change_id: String,
    /// For the other till, whole; it begins with `CF1.`
    pub challenge: String,
    /// Null where the text is too long for one.
    pub qr: Option<QrView>,
    /// Eight letters that both tills show: two people compare them.
    pub code: String,
    /// RFC 3339, UTC. From then on no answer is taken.
    pub expires_at: String,
}

/// A challenge of another till, in this till's own words.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "ApprovalAsked")]
pub struct AskedView {
    /// Eight letters that both tills show: two people compare them.
    pub code: String,
    /// Name of the till that asks.
    pub till: String,
    pub till_id: String,
    /// Name of who asked there.
    pub requested_by: String,
    pub account: String,
    pub provider: String,
    /// The provider's own reference of the payment; null for a start.
    pub provider_ref: Option<String>,
    pub change_id: String,
    /// `start`, `adjust`, `relabel`, `refund`, `cancel`, `capture` or `void`.
    pub kind: String,
    /// What it moves or sets; null where it names no sum.
    pub money: Option<MoneyView>,
    /// Reason code.
    pub reason: Option<String>,
    pub note: Option<String>,
    pub invoice_number: Option<String>,
    pub reference: Option<String>,
    pub items: Vec<ItemView>,
    /// The payment as the requester saw it. Null for a start.
    pub base: Option<BaseView>,
    /// All of it in plain sentences.
    pub words: Vec<String>,
    /// RFC 3339, UTC. From then on no answer is taken.
    pub expires_at: String,
    /// RFC 3339, UTC. From then on the approval no longer holds.
    pub approval_expires_at: String,
}

/// A yes to a challenge of another till.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "ApprovalAnswer")]
pub struct AnswerView {
    /// For the till that asked, whole; it begins with `CA1.`
    pub answer: String,
    /// Null where the text is too long for one.
    pub qr: Option<QrView>,
    /// The code of the challenge it answers.
    pub code: String,
    /// Name of who agreed.
    pub approver: String,
    /// What was agreed to.
    pub asked: AskedView,
}

/// The key of a person of this till, for another one.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "KeyCard")]
pub struct KeyCardView {
    /// For the other till, whole; it begins with `CK1.`
    pub key: String,
    pub qr: Option<QrView>,
    pub staff_id: String,
    pub name: String,
    pub role: String,
    /// Twenty letters that both tills show: two people compare them.
    pub fingerprint: String,
}

/// A person of another till whose answers count here.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "ForeignKey")]
pub struct ForeignKeyView {
    pub staff_id: String,
    pub name: String,
    /// What they count as here.
    pub role: String,
    /// Name of their own till.
    pub till: String,
    /// Twenty letters that both tills show: two people compare them.
    pub fingerprint: String,
    /// RFC 3339, UTC.
    pub added_at: String,
    /// RFC 3339, UTC; null while their answers count.
    pub removed_at: Option<String>,
}
