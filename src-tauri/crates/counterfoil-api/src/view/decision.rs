use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{BaseView, ChangeView};

/// Something to say: a screen has its own words for the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Saying")]
pub struct SayingView {
    /// A stable code.
    pub code: String,
    /// Plain English for the command line.
    pub words: String,
}

/// One decision that can be taken, and what it will do.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Decision")]
pub struct DecisionView {
    /// `happened`, `not-happened`, `wait`, `rebase` or `drop`.
    pub outcome: String,
    /// The state of the change afterwards.
    pub becomes: String,
    /// What happens then.
    pub effect: SayingView,
    /// Why it cannot be taken now; null where it can.
    pub refused: Option<SayingView>,
}

/// Every doubt, oldest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DoubtList {
    pub doubts: Vec<DoubtView>,
}

/// One doubt with all that is known. `change.attempts`, `change.readings` and `baseline` are the
/// evidence, `change.evidence` is its digest.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Doubt")]
pub struct DoubtView {
    pub change: ChangeView,
    /// The payment as read right before the last attempt; null for a start.
    pub baseline: Option<BaseView>,
    /// From when on a reading that shows no effect can prove that there was none. RFC 3339, UTC;
    /// null where no reading ever proves that.
    pub settles_at: Option<String>,
    /// When the payment is looked at next. RFC 3339, UTC; null where it is not looked at again.
    pub next_look_at: Option<String>,
    /// Why a person is asked; null while the till may still clear it by itself.
    pub asks_person: Option<SayingView>,
    /// What to tell the customer.
    pub tell_customer: SayingView,
    /// What each decision will do.
    pub decisions: Vec<DecisionView>,
}

/// Every conflict, oldest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ConflictList {
    pub conflicts: Vec<ConflictView>,
}

/// One conflict in three views: seen, mine, now. `change.evidence` is the digest over `fields` and
/// `why`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Conflict")]
pub struct ConflictView {
    pub change: ChangeView,
    /// What stopped it, for the command line.
    pub why: Option<String>,
    pub fields: Vec<FieldView>,
    /// When the provider was read for the last view. RFC 3339, UTC.
    pub read_at: Option<String>,
    /// What each decision will do.
    pub decisions: Vec<DecisionView>,
}

/// One field of the payment in three views.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Field")]
pub struct FieldView {
    /// `amount`, `state`, `provider_status`, `invoice_number`, `reference` or `refunded`.
    pub field: String,
    /// The currency where the field is money, whose texts are decimal then; else null.
    pub currency: Option<String>,
    /// As the requester saw it, moved by this till's own applied changes.
    pub seen: Option<String>,
    /// As it would be if the change were applied to that.
    pub mine: Option<String>,
    /// As the provider has it now.
    pub now: Option<String>,
    /// True where what the provider has is not what the requester saw.
    pub differs: bool,
}
