use serde::{Deserialize, Serialize};

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a second person.
    AwaitingApproval,
    /// A second person said no.
    Rejected,
    /// Durable here, waiting to be sent.
    Queued,
    /// Bytes may be on their way.
    Sending,
    /// The provider has provably taken it.
    Applied,
    /// The provider said no.
    Declined,
    /// Accepted; the customer must act.
    NeedsCustomer,
    /// Sent, outcome not known.
    InDoubt,
    /// The payment is not what the requester saw; nothing is sent.
    Conflict,
    /// Too late.
    Expired,
    /// Taken back before a byte left.
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::AwaitingApproval,
        Self::Rejected,
        Self::Queued,
        Self::Sending,
        Self::Applied,
        Self::Declined,
        Self::NeedsCustomer,
        Self::InDoubt,
        Self::Conflict,
        Self::Expired,
        Self::Withdrawn,
    ];

    /// The word of the command line and the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting_approval",
            Self::Rejected => "rejected",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Applied => "applied",
            Self::Declined => "declined",
            Self::NeedsCustomer => "needs_customer",
            Self::InDoubt => "in_doubt",
            Self::Conflict => "conflict",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// True where nothing more happens.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Rejected | Self::Applied | Self::Declined | Self::Expired | Self::Withdrawn => {
                true
            }
            Self::AwaitingApproval
            | Self::Queued
            | Self::Sending
            | Self::NeedsCustomer
            | Self::InDoubt
            | Self::Conflict => false,
        }
    }

    /// True where later changes of the same payment wait behind it: one change in flight per
    /// payment, first in first out. A change that waits for a second person or for the customer
    /// is not in flight.
    #[must_use]
    pub fn holds_lane(self) -> bool {
        match self {
            Self::Queued | Self::Sending | Self::InDoubt | Self::Conflict => true,
            Self::AwaitingApproval
            | Self::NeedsCustomer
            | Self::Rejected
            | Self::Applied
            | Self::Declined
            | Self::Expired
            | Self::Withdrawn => false,
        }
    }

    /// True where no byte of it is on its way or has had an effect: it may be taken back.
    #[must_use]
    pub fn is_unsent(self) -> bool {
        match self {
            Self::AwaitingApproval | Self::Queued | Self::Conflict => true,
            Self::Sending
            | Self::NeedsCustomer
            | Self::InDoubt
            | Self::Rejected
            | Self::Applied
            | Self::Declined
            | Self::Expired
            | Self::Withdrawn => false,
        }
    }
}
