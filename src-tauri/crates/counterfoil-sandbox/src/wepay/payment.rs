//! Payments and refunds as the stand-in keeps them, and what the control interface shows of them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::money::two_decimals;

/// The four states of a payment. `canceled` has one l.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WepayStatus {
    /// Authorised or being processed; not in the balance.
    Pending,
    /// In the balance.
    Completed,
    /// Ended before it was captured.
    Canceled,
    /// It came to nothing.
    Failed,
}

impl WepayStatus {
    /// The provider's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
        }
    }
}

/// The three states of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Accepted.
    Pending,
    /// The money went back.
    Completed,
    /// It came to nothing.
    Failed,
}

impl RefundStatus {
    /// The provider's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// One line of what is paid for; the provider knows it only where an rbit told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WepayItem {
    /// What.
    pub item: String,
    /// How many.
    pub quantity: u32,
    /// Price of one, major units.
    pub price: String,
}

/// One payment in the stand-in's book. Amounts are minor units, moments seconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub id: String,
    /// Place in the order of creation, from 1.
    pub number: u64,
    pub app_id: String,
    pub owner: String,
    pub create_time: i64,
    pub status: WepayStatus,
    pub amount: i64,
    /// What the card network authorised; a capture is measured against it.
    pub authorised: i64,
    pub refunded: i64,
    pub disputed: i64,
    pub currency: String,
    pub auto_capture: bool,
    pub capture_at: Option<i64>,
    /// When a captured payment is completed, milliseconds (A-WEP-14).
    pub completes_at_ms: Option<i64>,
    pub card_present: bool,
    pub custom_data: Option<Map<String, Value>>,
    pub reference_id: Option<String>,
    /// Code and detail code.
    pub failure: Option<(&'static str, &'static str)>,
    pub authorization_code: Option<String>,
    pub method_id: String,
    pub rbits: Vec<Value>,
    pub cancel_reason: Option<String>,
    pub customer: Option<String>,
    pub items: Vec<WepayItem>,
}

impl Payment {
    /// True while an authorised amount waits for its capture.
    pub(crate) fn waits(&self) -> bool {
        self.status == WepayStatus::Pending && !self.auto_capture && self.completes_at_ms.is_none()
    }

    /// What could still go back.
    pub(crate) fn returnable(&self) -> i64 {
        (self.amount - self.refunded - self.disputed).max(0)
    }
}

/// One refund.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub id: String,
    pub payment_id: String,
    pub app_id: String,
    pub owner: String,
    pub create_time: i64,
    pub status: RefundStatus,
    pub amount: i64,
    pub fee_refund_amount: i64,
    pub currency: String,
    pub reason: String,
    pub failure: Option<&'static str>,
    pub custom_data: Value,
    pub reference_id: Option<String>,
    pub order_id: Option<String>,
    /// When a pending one is completed, milliseconds.
    pub completes_at_ms: Option<i64>,
    /// Whether it counts in the payment's `amount_refunded` now.
    pub counted: bool,
}

/// Something the provider tells of, newest last.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub number: u64,
    pub id: String,
    pub app_id: String,
    pub event_time: i64,
    pub topic: &'static str,
    /// The whole resource as it was then.
    pub payload: Value,
}

/// A payment as the control interface shows it: everything, including what the provider hides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WepayPaymentView {
    /// The provider's id.
    pub id: String,
    /// The application it belongs to.
    pub app_id: String,
    /// Its state.
    pub status: WepayStatus,
    /// Major units, two decimals; likewise the next three.
    pub amount: String,
    /// What was authorised.
    pub authorised: String,
    /// What went back.
    pub refunded: String,
    /// What a dispute holds.
    pub disputed: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Captured by itself.
    pub auto_capture: bool,
    /// When it is to be captured, seconds since 1970.
    pub capture_at: Option<i64>,
    /// When it was made, seconds since 1970.
    pub create_time: i64,
    /// The card was present.
    pub card_present: bool,
    /// The supplier's reference.
    pub reference_id: Option<String>,
    /// Free data.
    pub custom_data: Option<Map<String, Value>>,
    /// What was told about risk.
    pub rbits: Vec<Value>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Made-up customer.
    pub customer: Option<String>,
    /// What is paid for.
    pub items: Vec<WepayItem>,
}

impl WepayPaymentView {
    pub(crate) fn of(payment: &Payment) -> Self {
        Self {
            id: payment.id.clone(),
            app_id: payment.app_id.clone(),
            status: payment.status,
            amount: two_decimals(payment.amount),
            authorised: two_decimals(payment.authorised),
            refunded: two_decimals(payment.refunded),
            disputed: two_decimals(payment.disputed),
            currency: payment.currency.clone(),
            auto_capture: payment.auto_capture,
            capture_at: payment.capture_at,
            create_time: payment.create_time,
            card_present: payment.card_present,
            reference_id: payment.reference_id.clone(),
            custom_data: payment.custom_data.clone(),
            rbits: payment.rbits.clone(),
            cancel_reason: payment.cancel_reason.clone(),
            customer: payment.customer.clone(),
            items: payment.items.clone(),
        }
    }
}

/// A refund as the control interface shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WepayRefundView {
    /// The provider's id.
    pub id: String,
    /// The payment it is of.
    pub payment_id: String,
    /// Its state.
    pub status: RefundStatus,
    /// Major units, two decimals.
    pub amount: String,
    /// Why the money goes back.
    pub reason: String,
    /// The client's reference.
    pub reference_id: Option<String>,
}

impl WepayRefundView {
    pub(crate) fn of(refund: &Refund) -> Self {
        Self {
            id: refund.id.clone(),
            payment_id: refund.payment_id.clone(),
            status: refund.status,
            amount: two_decimals(refund.amount),
            reason: refund.reason.clone(),
            reference_id: refund.reference_id.clone(),
        }
    }
}
