use serde::{Deserialize, Serialize};

use crate::answer::{ReadEnd, SendEnd, SendRecord};
use crate::approval::{Seal, Void};
use crate::command::Command;
use crate::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId};
use crate::money::Money;
use crate::payment::{Base, PaymentFacts, PaymentState};

/// What two people found out about a change in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The provider has it.
    Happened,
    /// The provider does not have it: it may be sent again.
    NotHappened,
    /// Not known yet.
    Wait,
}

/// What must show elsewhere before a change is sent: the order it answers for carries the new
/// amount. A proposed order may still be rejected (norce.md section 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The account at which it is read.
    pub account_id: AccountId,
    /// The payment there that must carry the amount (Norce: `ORDER_ID/PAYMENT_ID`).
    pub provider_ref: String,
    /// The amount.
    pub amount: Money,
}

/// What a reading of a [`Condition`] brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionSeen {
    /// It holds.
    Holds,
    /// It does not, and still may.
    NotYet {
        /// What was seen.
        why: String,
    },
    /// It never will.
    Gone {
        /// What was seen.
        why: String,
    },
    /// It could not be read: that says nothing.
    Unread {
        /// Why.
        why: String,
    },
}

impl Condition {
    /// Judges a reading of the payment that must carry the amount.
    #[must_use]
    pub fn seen_in(&self, end: &ReadEnd) -> ConditionSeen {
        match end {
            ReadEnd::Facts(facts) => self.judge(facts),
            // Also the answer to credentials that are no longer accepted: time tells.
            ReadEnd::NoSuchPayment { message } => ConditionSeen::NotYet {
                why: format!("the order or its payment is not there: {message:?}"),
            },
            ReadEnd::CredentialsRefused { message: why }
            | ReadEnd::Unreachable { why }
            | ReadEnd::Unclear { why, .. } => {
                ConditionSeen::Unread { why: format!("the order could not be read: {why}") }
            }
        }
    }

    fn judge(&self, facts: &PaymentFacts) -> ConditionSeen {
        match facts.state {
            PaymentState::Cancelled | PaymentState::Failed => {
                let why = format!("the order's payment is {}", facts.state.word());
                ConditionSeen::Gone { why }
            }
            PaymentState::Unclear => {
                let why = format!("the order's payment is {:?}", facts.provider_status);
                ConditionSeen::NotYet { why }
            }
            PaymentState::Open
            | PaymentState::InProgress
            | PaymentState::Authorized
            | PaymentState::Paid
            | PaymentState::Refunded => {
                if facts.amount == self.amount {
                    return ConditionSeen::Holds;
                }
                let why = format!("the order carries {} and not {}", facts.amount, self.amount);
                ConditionSeen::NotYet { why }
            }
        }
    }
}

/// One event. Stored as JSON: add variants and optional fields, never rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody asked for it. Always the first event, and only the first.
    Requested {
        /// The account it goes to.
        account_id: AccountId,
        /// The payment; none for a start.
        payment_id: Option<PaymentId>,
        /// What is asked for.
        command: Command,
        /// The payment as the requester saw it; none for a start.
        base: Option<Base>,
        /// Who asked.
        by: StaffId,
        /// True where a second person must agree first.
        needs_approval: bool,
        /// What must show elsewhere before it is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only_if: Option<Box<Condition>>,
    },
    /// A second person agreed to exactly this operation.
    Approved {
        /// Who.
        by: StaffId,
        /// Digest of the statement they signed; of the operation they saw, where they signed none.
        operation: String,
        /// Their signature and what it is about; none in stores of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<Box<Seal>>,
    },
    /// What a second person gave does not hold any more: somebody must agree anew.
    ApprovalVoided {
        /// Why; stored under a word of its own, since this is none in a person's words.
        #[serde(rename = "void")]
        why: Void,
    },
    /// A second person refused.
    Rejected {
        /// Who.
        by: StaffId,
        /// Why.
        note: Option<String>,
    },
    /// Taken back.
    Withdrawn {
        /// Who.
        by: StaffId,
    },
    /// The till takes it back by itself: what it was to be sent on did not come.
    Lapsed {
        /// What was seen.
        why: String,
    },
    /// A later adjustment of the same payment took its place before anything was sent.
    Superseded {
        /// Who.
        by: StaffId,
        /// The later one.
        with: ChangeId,
    },
    /// This till's own change in front of it was applied.
    BaseMoved {
        /// The change in front.
        because: ChangeId,
        /// What was applied.
        applied: Command,
    },
    /// Stored before the first byte leaves.
    AttemptStarted {
        /// The attempt.
        attempt_id: AttemptId,
        /// The bytes, by digest.
        record: SendRecord,
        /// The payment as read right before; none for a start.
        baseline: Option<Base>,
    },
    /// The answer, or that there is none.
    AttemptEnded {
        /// The attempt.
        attempt_id: AttemptId,
        /// What it means.
        end: SendEnd,
        /// HTTP status, where there was one.
        http_status: Option<u16>,
        /// The provider's own name for the exchange, where it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
    },
    /// The program ended while an attempt was under way.
    Interrupted {
        /// The attempt.
        attempt_id: AttemptId,
    },
    /// A read proves the effect.
    ProvedApplied {
        /// The payment as read.
        now: Base,
    },
    /// A read proves that there is no effect: it may be sent again.
    ProvedNotApplied {
        /// The payment as read.
        now: Base,
    },
    /// What the provider had accepted is final now.
    Concluded {
        /// The provider's words where it came to nothing; none: it has happened.
        failed: Option<String>,
    },
    /// A read that proves nothing yet, kept as evidence where it says something new.
    ReadBack {
        /// The payment as read.
        now: Base,
        /// Why it proves nothing.
        why: String,
    },
    /// The payment is not what the requester saw, or can no longer take the change.
    ConflictFound {
        /// The payment as read.
        now: Base,
        /// What differs, for a person.
        why: String,
    },
    /// A person wants it on the payment as it is now.
    Rebased {
        /// Who.
        by: StaffId,
        /// The new base.
        base: Base,
        /// True where a second person must agree again.
        needs_approval: bool,
        /// Digest of the evidence they saw.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// The customer has acted: the effect is there.
    CustomerActed {
        /// The payment as read.
        now: Base,
    },
    /// Too late, or overtaken.
    Expired {
        /// Why.
        why: String,
    },
    /// Two people decided about a doubt.
    Resolved {
        /// The one.
        by: StaffId,
        /// The other.
        with: StaffId,
        /// What they found.
        finding: Finding,
        /// Why they are sure.
        reason: String,
        /// Digest of the evidence they saw.
        evidence: String,
    },
}

impl Event {
    /// Its word, as in the trail.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Approved { .. } => "approved",
            Self::ApprovalVoided { .. } => "approval_voided",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Lapsed { .. } => "lapsed",
            Self::Superseded { .. } => "superseded",
            Self::BaseMoved { .. } => "base_moved",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::AttemptEnded { .. } => "attempt_ended",
            Self::Interrupted { .. } => "interrupted",
            Self::ProvedApplied { .. } => "proved_applied",
            Self::ProvedNotApplied { .. } => "proved_not_applied",
            Self::Concluded { .. } => "concluded",
            Self::ReadBack { .. } => "read_back",
            Self::ConflictFound { .. } => "conflict_found",
            Self::Rebased { .. } => "rebased",
            Self::CustomerActed { .. } => "customer_acted",
            Self::Expired { .. } => "expired",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// The person behind it; none for what the till does by itself.
    #[must_use]
    pub fn by(&self) -> Option<&StaffId> {
        match self {
            Self::Requested { by, .. }
            | Self::Approved { by, .. }
            | Self::Rejected { by, .. }
            | Self::Withdrawn { by }
            | Self::Superseded { by, .. }
            | Self::Rebased { by, .. }
            | Self::Resolved { by, .. } => Some(by),
            Self::ApprovalVoided { .. }
            | Self::Lapsed { .. }
            | Self::BaseMoved { .. }
            | Self::AttemptStarted { .. }
            | Self::AttemptEnded { .. }
            | Self::Interrupted { .. }
            | Self::ProvedApplied { .. }
            | Self::ProvedNotApplied { .. }
            | Self::Concluded { .. }
            | Self::ReadBack { .. }
            | Self::ConflictFound { .. }
            | Self::CustomerActed { .. }
            | Self::Expired { .. } => None,
        }
    }
}
