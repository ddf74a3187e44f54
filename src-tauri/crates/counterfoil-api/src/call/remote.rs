//! What calls about approvals between two tills take.

use serde::Deserialize;
use ts_rs::TS;

/// A challenge as text.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ChallengeText {
    /// The whole text, beginning with `CF1.`
    pub challenge: String,
}

/// A named person of this till agrees to what another till asks.
#[derive(Clone, Deserialize, TS)]
pub struct AnswerChallenge {
    /// The whole text, beginning with `CF1.`
    pub challenge: String,
    /// The approver, named first.
    pub staff_id: String,
    pub pin: String,
}

/// The answer that another till gave.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AcceptAnswer {
    /// The whole text, beginning with `CA1.`
    pub answer: String,
}

/// The key of somebody at another till.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ImportKey {
    /// The whole text, beginning with `CK1.`
    pub key: String,
    /// What they count as here: `manager` or `owner`, never more than at their own till. Null: what
    /// they are there.
    #[serde(default)]
    #[ts(optional)]
    pub role: Option<String>,
    /// The fingerprint that the other till shows: refused where the key has another. Null: people
    /// compare it themselves.
    #[serde(default)]
    #[ts(optional)]
    pub fingerprint: Option<String>,
}
