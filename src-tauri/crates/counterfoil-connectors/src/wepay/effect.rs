//! What was accepted and is not final yet, read by itself: a refund under its own id (section
//! 2.6), a capture under the payment's (section 3, A-WEP-14).

use counterfoil_core::answer::{EffectState, ReadEnd, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentState;

use super::encode::encode_read;
use super::status::{self, read_object, reason_words};
use super::wire::{get, path};
use crate::json::Object;
use crate::request::{EncodeError, Target, WireRequest};

/// Tells the reference of a capture from the id of a refund, which has no slash.
const OF_PAYMENT: &str = "payments/";

/// The reference of what becomes of a capture.
pub(crate) fn of_payment(provider_ref: &str) -> String {
    format!("{OF_PAYMENT}{provider_ref}")
}

/// See [`crate::Connector::encode_effect`].
///
/// # Errors
/// [`EncodeError`].
pub fn encode_effect(target: &Target<'_>, effect_ref: &str) -> Result<WireRequest, EncodeError> {
    match effect_ref.strip_prefix(OF_PAYMENT) {
        Some(provider_ref) => encode_read(target, provider_ref),
        None => get(target, &path("/refunds/", effect_ref, "")?, ""),
    }
}

/// See [`crate::Connector::decode_effect`].
///
/// # Errors
/// What the reading was where it says nothing about the effect. An effect that WePay does not find
/// is no payment that has vanished: it is unclear.
pub fn decode_effect(effect_ref: &str, end: &WireEnd) -> Result<EffectState, ReadEnd> {
    let object = match read_object(end) {
        Ok(object) => object,
        Err(ReadEnd::NoSuchPayment { message }) => return Err(unclear(message)),
        Err(end) => return Err(end),
    };
    let state = match effect_ref.strip_prefix(OF_PAYMENT) {
        Some(provider_ref) => capture(provider_ref, &object),
        None => refund(effect_ref, &object),
    };
    state.map_err(unclear)
}

fn refund(id: &str, object: &Object) -> Result<EffectState, String> {
    let text = |field| object.text(field).ok().flatten();
    if text("id").as_deref() != Some(id) {
        return Err("the answer is about another refund".to_owned());
    }
    match text("status").as_deref() {
        Some("completed") => Ok(EffectState::Applied),
        Some("failed") => Ok(EffectState::Failed { message: failed("refund", object) }),
        Some("pending") => Ok(EffectState::Pending),
        Some(_) | None => Err("the refund's state is not known here".to_owned()),
    }
}

fn capture(provider_ref: &str, object: &Object) -> Result<EffectState, String> {
    let now = status::facts(object, Moment::from_millis(0))?;
    if now.provider_ref != provider_ref {
        return Err("the answer is about another payment".to_owned());
    }
    match now.state {
        PaymentState::Paid => Ok(EffectState::Applied),
        PaymentState::Failed | PaymentState::Cancelled => {
            Ok(EffectState::Failed { message: failed("capture", object) })
        }
        PaymentState::Authorized | PaymentState::InProgress => Ok(EffectState::Pending),
        PaymentState::Open | PaymentState::Refunded | PaymentState::Unclear => {
            Err("the payment's state is not known here".to_owned())
        }
    }
}

fn failed(what: &str, object: &Object) -> String {
    match reason_words(object) {
        Some(why) => format!("the {what} came to nothing: {why}"),
        None => format!("the {what} came to nothing; WePay gave no reason"),
    }
}

fn unclear(why: String) -> ReadEnd {
    ReadEnd::Unclear { why, retry_after_ms: None }
}
