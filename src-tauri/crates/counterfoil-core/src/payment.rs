//! A payment: one customer obligation at a provider, and what is known of it.

use std::collections::BTreeMap;

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
    /// The money is held for us and not taken yet.
    Authorized,
    /// The customer has paid or accepted the plan.
    Paid,
    /// The provider calls it refunded; how much went back is said by the sum alone.
    Refunded,
    /// It failed at the provider.
    Failed,
    /// Ended before it was paid.
    Cancelled,
    /// The provider used a word that is not known here.
    Unclear,
}

impl PaymentState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::InProgress,
        Self::Authorized,
        Self::Paid,
        Self::Refunded,
        Self::Failed,
        Self::Cancelled,
        Self::Unclear,
    ];

    /// The stored and shown word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Authorized => "authorized",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
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
    /// What only some providers say.
    #[serde(default, skip_serializing_if = "Details::are_none")]
    pub details: Details,
    /// When this was read.
    pub read_at: Moment,
}

/// What only some providers say of a payment; empty where one says none of it. Stored as JSON:
/// add fields, never rename.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Money taken so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<Money>,
    /// When held money is to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture_at: Option<Moment>,
    /// When the payment was made, by the provider's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Moment>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The metadata; values that are no text are left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Further facts that only the rules of this provider's connector read, by names of its own.
    /// They may differ between two readings of an unchanged payment.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, String>,
}

impl Details {
    /// True where nothing is said.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
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
    /// What only some providers say.
    #[serde(default, skip_serializing_if = "Details::are_none")]
    pub details: Details,
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
            details: facts.details.clone(),
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
