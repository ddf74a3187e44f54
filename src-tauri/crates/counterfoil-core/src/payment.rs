//! A payment: one customer obligation at a provider, and what is known of it.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, PaymentId};
use crate::moment::Moment;
use crate::money::Money;

/// Where a payment stands, in our words. Each connector maps its provider's words; a word that
/// is not known is [`PaymentState::Unclear`], never a success and never a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Asked for, the customer has not paid.
    Open,
    /// The customer has begun.
    InProgress,
    /// The customer has paid or accepted the plan.
    Paid,
    /// It failed at the provider.
    Failed,
    /// Ended before it was paid.
    Cancelled,
    /// The provider used a word that is not known here.
    Unclear,
}

impl PaymentState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::InProgress, Self::Paid, Self::Failed, Self::Cancelled, Self::Unclear];

    /// The stored and shown word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unclear => "unclear",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What a provider said about a payment, in one reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFacts {
    /// The provider's own reference; opaque and case-sensitive.
    pub provider_ref: String,
    /// Our word for the state.
    pub state: PaymentState,
    /// The provider's word, as received.
    pub provider_status: String,
    /// What the customer owes or paid.
    pub amount: Money,
    /// The invoice number.
    pub invoice_number: Option<String>,
    /// The supplier's own reference.
    pub reference: Option<String>,
    /// Least total the provider allows.
    pub minimum: Option<Money>,
    /// Largest total the provider allows.
    pub maximum: Option<Money>,
    /// How it was paid, in the provider's word (Bumper: `payment_type`).
    pub payment_type: Option<String>,
    /// Money returned so far, where the provider says so (Bumper never does).
    pub refunded: Option<Money>,
    /// When this was read.
    pub read_at: Moment,
}

/// The part of the facts that a decision rests on.
/// See [`crate::reconcile::still_as_seen`] for when two of them are the same payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// What the customer owes or paid.
    pub amount: Money,
    /// Our word for the state.
    pub state: PaymentState,
    /// The provider's word.
    pub provider_status: String,
    /// The invoice number.
    pub invoice_number: Option<String>,
    /// The supplier's own reference.
    pub reference: Option<String>,
    /// Money returned so far, where the provider says so.
    pub refunded: Option<Money>,
    /// When the provider was read.
    pub read_at: Moment,
}

impl Base {
    /// The base of a reading.
    #[must_use]
    pub fn of(facts: &PaymentFacts) -> Self {
        Self {
            amount: facts.amount,
            state: facts.state,
            provider_status: facts.provider_status.clone(),
            invoice_number: facts.invoice_number.clone(),
            reference: facts.reference.clone(),
            refunded: facts.refunded,
            read_at: facts.read_at,
        }
    }
}

/// A line of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub item: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub price: Money,
}

/// A payment as this till keeps it: the newest facts and what only the till knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Our id.
    pub payment_id: PaymentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The newest reading.
    pub facts: PaymentFacts,
    /// The customer's name where the till knows it.
    pub customer: Option<String>,
    /// Lines as the till last sent or was told.
    pub items: Vec<Item>,
}
