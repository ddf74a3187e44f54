//! What really happened at the stand-in: effects in order, and every request that arrived.
//!
//! The two lists are kept apart on purpose. An effect is written when the stand-in's own book
//! changes, whatever was answered afterwards; so a doubled effect shows even when both answers were
//! lost.

use std::collections::VecDeque;
use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Requests kept for tests. Older ones are forgotten, so that a sandbox left running for days in
/// training mode does not grow.
const REQUESTS_KEPT: usize = 20_000;

/// What kind of effect took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A payment was created by a start command.
    Start,
    /// Amount or invoice number were set, or a link for the customer was made.
    Update,
    /// The payment was cancelled.
    Cancel,
    /// Money went back to the customer.
    Refund,
    /// Held money was taken.
    Capture,
    /// Held money was let go.
    Void,
    /// The customer paid, or agreed to a higher amount.
    CustomerSigned,
    /// Somebody changed the payment at the provider, through the control interface.
    Control,
}

impl EffectKind {
    /// The name used in JSON, for example `customer_signed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::CustomerSigned => "customer_signed",
            Self::Control => "control",
        }
    }
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for EffectKind {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// One thing that took effect at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Place in the ledger, from 1, without gaps.
    pub seq: u64,
    /// Which provider, for example `bumper`.
    pub provider: &'static str,
    /// What took effect.
    pub kind: EffectKind,
    /// The provider's handle of the payment.
    pub token: String,
    /// Major units with two decimals: the new total of a start, update or signature, the part
    /// returned by a refund; for a cancel what went back to the customer, if anything did.
    pub amount: Option<String>,
    /// The invoice number that was set by this effect, if one was.
    pub invoice_number: Option<String>,
    /// True for an update that only made a link: the amount is the one the customer is asked to
    /// agree to, the payment still stands at the old one.
    pub awaits_customer: bool,
    /// Lower-case hex SHA-256 of the exact body bytes received; absent for the customer's page and
    /// for control acts.
    pub request_digest: Option<String>,
}

/// An effect before it has its place in the ledger.
#[derive(Debug, Clone)]
pub(crate) struct NewEffect {
    pub provider: &'static str,
    pub kind: EffectKind,
    pub token: String,
    pub amount: Option<String>,
    pub invoice_number: Option<String>,
    pub awaits_customer: bool,
    pub request_digest: Option<String>,
}

/// One request as it arrived, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedRequest {
    /// Place in the order of arrival, from 1.
    pub seq: u64,
    /// Milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// HTTP method.
    pub method: String,
    /// Path without the query (a query carries a signature that is good for a cancel).
    pub path: String,
    /// Lower-case hex SHA-256 of the exact body bytes.
    pub body_sha256: String,
    /// Length of the body in bytes.
    pub body_bytes: usize,
    /// Whether the signature was right; absent where none could be checked.
    pub signature_valid: Option<bool>,
    /// The account named by the request, if any.
    pub api_key: Option<String>,
    /// The payment named by the request, if any.
    pub token: Option<String>,
    /// The fault that was put on the answer, if any.
    pub fault: Option<String>,
    /// The idempotency key it carried, where the provider knows such a thing.
    pub idempotency_key: Option<String>,
}

/// The ordered list of effects. Never shortened: it is what tests count.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    effects: Vec<Effect>,
}

impl Ledger {
    pub(crate) fn enter(&mut self, new: NewEffect) {
        let seq = u64::try_from(self.effects.len()).unwrap_or(u64::MAX).saturating_add(1);
        self.effects.push(Effect {
            seq,
            provider: new.provider,
            kind: new.kind,
            token: new.token,
            amount: new.amount,
            invoice_number: new.invoice_number,
            awaits_customer: new.awaits_customer,
            request_digest: new.request_digest,
        });
    }

    pub(crate) fn effects(&self) -> &[Effect] {
        &self.effects
    }
}

/// The bounded list of received requests.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    seen: u64,
    kept: VecDeque<ReceivedRequest>,
}

impl Arrivals {
    /// Numbers and keeps a request.
    pub(crate) fn enter(&mut self, mut request: ReceivedRequest) {
        self.seen += 1;
        request.seq = self.seen;
        if self.kept.len() == REQUESTS_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(request);
    }

    pub(crate) fn list(&self) -> Vec<ReceivedRequest> {
        self.kept.iter().cloned().collect()
    }
}

/// Lower-case hex SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_requests_is_bounded_and_keeps_counting() {
        let mut arrivals = Arrivals::default();
        let request = ReceivedRequest {
            seq: 0,
            at_ms: 0,
            method: "GET".into(),
            path: "/".into(),
            body_sha256: sha256_hex(b""),
            body_bytes: 0,
            signature_valid: None,
            api_key: None,
            token: None,
            fault: None,
            idempotency_key: None,
        };
        for _ in 0..REQUESTS_KEPT + 3 {
            arrivals.enter(request.clone());
        }
        let list = arrivals.list();
        assert_eq!(list.len(), REQUESTS_KEPT);
        assert_eq!(list.first().map(|r| r.seq), Some(4));
    }
}
