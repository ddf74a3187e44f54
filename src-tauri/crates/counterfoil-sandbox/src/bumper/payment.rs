//! One payment as the stand-in keeps it, and what the control interface shows of it.

use std::time::Instant;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::money;

/// The states of the provider's status page. There is no state for signed, settled or refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Waiting for the customer.
    Pending,
    /// The customer has begun.
    InProgress,
    /// Paid.
    Completed,
    /// The payment or the application failed.
    Failed,
    /// Ended before payment, or with the money returned.
    Cancelled,
    /// Failed for an unknown reason.
    Error,
}

impl PaymentStatus {
    /// The provider's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "inprogress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }

    /// Whether the customer may still pay.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }

    /// Whether nothing more can come of it.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Error)
    }
}

/// One line of what is paid for, all three as text like on the provider's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededItem {
    /// What.
    pub item: String,
    /// How many.
    pub quantity: String,
    /// Price of one, major units.
    pub price: String,
}

/// One payment in the stand-in's book.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub token: String,
    pub api_key: String,
    pub status: PaymentStatus,
    /// The customer has paid or been accepted; kept apart from the state.
    pub signed: bool,
    /// The dealer has been paid.
    pub settled: bool,
    pub amount: Decimal,
    pub paid: Decimal,
    pub refunded: Decimal,
    /// Digests of refund bodies that took effect (A-BUM-04).
    pub refund_digests: Vec<String>,
    pub invoice_number: Option<String>,
    pub order_reference: Option<String>,
    pub user_email: Option<String>,
    pub currency: String,
    pub items: Vec<SeededItem>,
    pub additional_data: Option<Map<String, Value>>,
    pub payment_type: String,
    /// Printed in webhooks as `PL-` and six digits.
    pub number: u32,
    /// Made up; the provider never says it.
    pub customer: Option<String>,
}

impl Payment {
    /// The customer pays what is asked.
    pub(crate) fn sign(&mut self) {
        self.status = PaymentStatus::Completed;
        self.signed = true;
        self.paid = self.amount;
    }

    /// What could still be returned.
    pub(crate) fn returnable(&self) -> Decimal {
        (self.paid - self.refunded).max(Decimal::ZERO)
    }
}

/// A link the customer must open to agree to a higher amount.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub token: String,
    pub amount: Decimal,
    pub made: Instant,
    pub state: LinkState,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkState {
    Open,
    Done,
    /// A newer update took its place.
    Superseded,
    Expired,
}

/// A payment as the control interface shows it: everything, including what the provider hides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// The provider's handle.
    pub token: String,
    /// The dealership it belongs to.
    pub api_key: String,
    /// Its state.
    pub status: PaymentStatus,
    /// The customer has paid.
    pub signed: bool,
    /// The dealer has been paid.
    pub settled: bool,
    /// Major units, two decimals; likewise the next two.
    pub amount: String,
    /// What the customer has paid.
    pub paid: String,
    /// What went back through refunds; status never tells.
    pub refunded: String,
    /// The invoice number, if set.
    pub invoice_number: Option<String>,
    /// The reference given at start.
    pub order_reference: Option<String>,
    /// The e-mail address given at start.
    pub user_email: Option<String>,
    /// What is paid for.
    pub items: Vec<SeededItem>,
    /// Made-up customer.
    pub customer: Option<String>,
    /// The open link of a signed increase, if there is one.
    pub redirect_url: Option<String>,
}

impl PaymentView {
    pub(crate) fn of(payment: &Payment, redirect_url: Option<String>) -> Self {
        Self {
            token: payment.token.clone(),
            api_key: payment.api_key.clone(),
            status: payment.status,
            signed: payment.signed,
            settled: payment.settled,
            amount: money::two_decimals(payment.amount),
            paid: money::two_decimals(payment.paid),
            refunded: money::two_decimals(payment.refunded),
            invoice_number: payment.invoice_number.clone(),
            order_reference: payment.order_reference.clone(),
            user_email: payment.user_email.clone(),
            items: payment.items.clone(),
            customer: payment.customer.clone(),
            redirect_url,
        }
    }
}
