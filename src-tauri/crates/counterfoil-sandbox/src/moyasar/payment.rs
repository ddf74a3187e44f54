//! One payment as the stand-in keeps it, and what the control interface shows of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::civil;

/// The eight states of the Update Payment page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoyasarStatus {
    /// The customer has to act.
    Initiated,
    /// Paid at once.
    Paid,
    /// Held, not taken.
    Authorized,
    /// It came to nothing.
    Failed,
    /// Money went back.
    Refunded,
    /// Taken after it was held.
    Captured,
    /// Let go.
    Voided,
    /// A card was looked at.
    Verified,
}

impl MoyasarStatus {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Initiated,
        Self::Paid,
        Self::Authorized,
        Self::Failed,
        Self::Refunded,
        Self::Captured,
        Self::Voided,
        Self::Verified,
    ];

    /// The provider's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Paid => "paid",
            Self::Authorized => "authorized",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Verified => "verified",
        }
    }
}

/// One payment in the stand-in's book. Amounts are minor units.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub id: String,
    /// Place of its merchant in the list of merchants.
    pub account: usize,
    pub status: MoyasarStatus,
    pub amount: i64,
    pub currency: String,
    pub refunded: i64,
    pub captured: i64,
    pub created_at: u64,
    pub updated_at: u64,
    pub refunded_at: Option<u64>,
    pub captured_at: Option<u64>,
    pub voided_at: Option<u64>,
    pub description: Option<String>,
    /// Values as they were given: texts, and numbers where somebody sent some.
    pub metadata: Map<String, Value>,
    pub invoice_id: Option<String>,
    pub callback_url: Option<String>,
    pub card: Card,
    /// Taken only on demand (`manual`).
    pub manual: bool,
    /// The issuer has let the money go; the state never tells.
    pub dead: bool,
    pub settled: bool,
    /// Made up; the provider does not say it.
    pub customer: Option<String>,
}

/// What was paid with.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub company: &'static str,
    pub name: String,
    pub last_digits: String,
    pub receipt_no: String,
    pub message: &'static str,
    pub response_code: Option<&'static str>,
}

impl Payment {
    /// What could still go back: of what was paid at once, or of what was captured.
    pub(crate) fn returnable(&self) -> i64 {
        match self.status {
            MoyasarStatus::Paid => self.amount - self.refunded,
            MoyasarStatus::Captured => self.captured - self.refunded,
            MoyasarStatus::Initiated
            | MoyasarStatus::Authorized
            | MoyasarStatus::Failed
            | MoyasarStatus::Refunded
            | MoyasarStatus::Voided
            | MoyasarStatus::Verified => 0,
        }
    }
}

/// How many decimals the major unit has in the provider's own table, as far as it is used here.
pub(crate) fn decimals(currency: &str) -> usize {
    match currency {
        "BHD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "JPY" | "KRW" | "VND" => 0,
        _ => 2,
    }
}

/// Minor units as major units with all decimals.
pub(crate) fn major(minor: i64, currency: &str) -> String {
    let places = decimals(currency);
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if minor < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Major units as minor units; none for anything but a positive decimal of the currency.
pub(crate) fn minor(text: &str, currency: &str) -> Option<i64> {
    let places = decimals(currency);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > places || !digits(whole) || !digits(part) {
        return None;
    }
    let minor: i64 = format!("{whole}{part:0<places$}").parse().ok()?;
    (minor > 0).then_some(minor)
}

/// ISO 8601 in UTC with milliseconds.
pub(crate) fn iso(unix_millis: u64) -> String {
    let civil = civil(unix_millis / 1000).replace(' ', "T");
    format!("{civil}.{:03}Z", unix_millis % 1000)
}

/// A payment as the control interface shows it: also what the provider hides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoyasarView {
    /// The provider's id.
    pub id: String,
    /// Its state.
    pub status: MoyasarStatus,
    /// Major units with the decimals of the currency; likewise the next two.
    pub amount: String,
    /// What was captured; nothing where it was paid at once.
    pub captured: String,
    /// What went back.
    pub refunded: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The description.
    pub description: Option<String>,
    /// The metadata.
    pub metadata: Map<String, Value>,
    /// The merchant has been paid.
    pub settled: bool,
    /// The issuer has let the money go.
    pub dead: bool,
    /// Made-up customer.
    pub customer: Option<String>,
}

impl MoyasarView {
    pub(crate) fn of(payment: &Payment) -> Self {
        let text = |minor| major(minor, &payment.currency);
        Self {
            id: payment.id.clone(),
            status: payment.status,
            amount: text(payment.amount),
            captured: text(payment.captured),
            refunded: text(payment.refunded),
            currency: payment.currency.clone(),
            description: payment.description.clone(),
            metadata: payment.metadata.clone(),
            settled: payment.settled,
            dead: payment.dead,
            customer: payment.customer.clone(),
        }
    }
}

#[cfg(test)]
mod units {
    use super::*;

    #[test]
    fn minor_units_follow_the_currency() {
        for (text, currency, units) in
            [("1.00", "SAR", 100), ("1.000", "KWD", 1000), ("0.05", "SAR", 5), ("500", "JPY", 500)]
        {
            assert_eq!(minor(text, currency), Some(units), "{text} {currency}");
            assert_eq!(major(units, currency), text, "{currency}");
        }
        assert_eq!((minor("7", "SAR"), minor("7.5", "KWD")), (Some(700), Some(7500)));
        for bad in ["", ".", "0", "0.00", "-1", "1.234", "1,0", "1e3", "99999999999999999999"] {
            assert_eq!(minor(bad, "SAR"), None, "{bad}");
        }
        assert_eq!(minor("1.0", "JPY"), None);
    }

    #[test]
    fn moments_have_milliseconds_and_a_z() {
        assert_eq!(iso(1_772_357_400_250), "2026-03-01T09:30:00.250Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
    }
}
