//! Bumper calls us (section 9). A callback is a hint to read the payment again, never the
//! proof of anything; even so it counts only when its signature is right.

use counterfoil_core::payment::PaymentState;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::SECRET;
use super::ordered::{Node, Style};
use super::sign::mac;
use super::status::state;
use crate::callback::{Callback, Hint};
use crate::request::Target;

/// Where the signature stands (section 9), in lower case.
const HEADER: &str = "x-signature";

/// How nested values took part in the signature; undocumented, so tried in this order (A-BUM-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NestedMode {
    /// Not at all; also where nothing is nested.
    Excluded,
    /// As Python prints them: `{'key1': 'value1'}`.
    PythonRepr,
    /// As JSON with a space after commas and colons.
    JsonSpaced,
    /// As JSON without spaces.
    JsonCompact,
}

impl NestedMode {
    /// Every mode in the order it is tried.
    pub const ALL: [Self; 4] =
        [Self::Excluded, Self::PythonRepr, Self::JsonSpaced, Self::JsonCompact];

    /// Ways of writing a nested value in this mode; none leaves it out.
    fn styles(self) -> Vec<Option<Style>> {
        match self {
            Self::Excluded => vec![None],
            Self::PythonRepr => vec![Some(Style::PYTHON)],
            Self::JsonSpaced => vec![Some(Style::SPACED)],
            Self::JsonCompact => Style::COMPACT.map(Some).to_vec(),
        }
    }
}

/// What happened, in Bumper's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The customer has applied.
    Applied,
    /// The customer has signed.
    Signed,
    /// The payment was changed.
    Updated,
    /// The payment was cancelled.
    Cancelled,
    /// The dealer was paid.
    Settled,
    /// A word that is not known here.
    Other(String),
}

impl EventKind {
    fn word(&self) -> &str {
        match self {
            Self::Applied => "APPLIED",
            Self::Signed => "SIGNED",
            Self::Updated => "UPDATED",
            Self::Cancelled => "CANCELLED",
            Self::Settled => "SETTLED",
            Self::Other(word) => word,
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "APPLIED" => Self::Applied,
            "SIGNED" => Self::Signed,
            "UPDATED" => Self::Updated,
            "CANCELLED" => Self::Cancelled,
            "SETTLED" => Self::Settled,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// A callback's content. Only what is needed to find and read the payment again is kept; what is
/// missing or of another kind is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackEvent {
    /// The same for each repetition of one event.
    pub event_id: Option<String>,
    /// What happened.
    pub kind: Option<EventKind>,
    /// Our provider reference (`payment_token`).
    pub provider_ref: Option<String>,
    /// The supplier's own reference (`payment_reference`).
    pub reference: Option<String>,
    /// Our word for `payment_status`.
    pub state: Option<PaymentState>,
    /// `payment_status` as received.
    pub provider_status: Option<String>,
    /// `payment_type` as received.
    pub payment_type: Option<String>,
    /// `amount` as received, major units; the body names no currency.
    pub amount: Option<String>,
    /// `event_timestamp` as received; it names no zone.
    pub timestamp: Option<String>,
}

/// A callback whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCallback {
    /// The content.
    pub event: CallbackEvent,
    /// How the signature had been made.
    pub mode_matched: NestedMode,
}

/// Why a callback does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CallbackRefused {
    /// `X-Signature` is not 64 lower-case hex digits.
    #[error("the signature header is not 64 lower-case hex digits")]
    SignatureUnreadable,
    /// The body is no JSON object.
    #[error("the body is no JSON object")]
    BodyUnreadable,
    /// Somebody else's body, or another secret.
    #[error("the signature does not belong to this body")]
    SignatureDiffers,
}

/// Checks `X-Signature` over the body under the account's secret (A-BUM-07: the same secret as for
/// requests) and reads the event. Comparisons take the same time whatever differs.
///
/// # Errors
/// [`CallbackRefused`]; nothing of the body is to be used then.
pub fn verify(
    secret: &str,
    signature_header: &str,
    body: &[u8],
) -> Result<VerifiedCallback, CallbackRefused> {
    let given = read_signature(signature_header)?;
    let fields = Node::read_object(body).ok_or(CallbackRefused::BodyUnreadable)?;
    let mode_matched = NestedMode::ALL
        .into_iter()
        .find(|mode| matches(secret, &given, &fields, *mode))
        .ok_or(CallbackRefused::SignatureDiffers)?;
    Ok(VerifiedCallback { event: read_event(&fields), mode_matched })
}

/// See [`crate::Connector::callback`]. A body without an event id is known by its digest.
///
/// # Errors
/// [`crate::CallbackRefused`].
pub fn hint(target: &Target<'_>, heard: &Callback<'_>) -> Result<Hint, crate::CallbackRefused> {
    let secret = target.secret(SECRET).map_err(|_| crate::CallbackRefused::SecretMissing)?;
    let header = heard.header(HEADER).ok_or(crate::CallbackRefused::ProofUnreadable)?;
    let event = verify(secret, header, heard.body).map_err(crate::CallbackRefused::from)?.event;
    let provider_ref = event.provider_ref.ok_or(crate::CallbackRefused::NamesNoPayment)?;
    let digest = || hex::encode(Sha256::digest(heard.body));
    let word = event.kind.map(|kind| kind.word().to_owned()).unwrap_or_default();
    Ok(Hint { event_id: event.event_id.unwrap_or_else(digest), provider_ref, word })
}

impl From<CallbackRefused> for crate::CallbackRefused {
    fn from(why: CallbackRefused) -> Self {
        match why {
            CallbackRefused::SignatureUnreadable => Self::ProofUnreadable,
            CallbackRefused::BodyUnreadable => Self::BodyUnreadable,
            CallbackRefused::SignatureDiffers => Self::ProofDiffers,
        }
    }
}

fn read_signature(header: &str) -> Result<[u8; 32], CallbackRefused> {
    let mut bytes = [0; 32];
    let lower = !header.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(header, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        Ok(()) | Err(_) => Err(CallbackRefused::SignatureUnreadable),
    }
}

fn matches(secret: &str, given: &[u8; 32], fields: &[(String, Node)], mode: NestedMode) -> bool {
    let fits = |style: Option<Style>| {
        let expected = mac(secret, &signing_string(fields, style));
        bool::from(expected.ct_eq(given))
    };
    mode.styles().into_iter().any(fits)
}

/// "All parameters in the event body": the exclusion list of requests is not named here.
fn signing_string(fields: &[(String, Node)], nested: Option<Style>) -> String {
    let mut pairs: Vec<(String, String)> = fields
        .iter()
        .filter_map(|(key, node)| Some((key.to_ascii_uppercase(), signed_text(node, nested)?)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{key}={value}&")).collect()
}

fn signed_text(node: &Node, nested: Option<Style>) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.clone()),
        Node::List(_) | Node::Object(_) => nested.map(|style| node.written(style)),
        // Outside of a nested value Bumper writes as Python does: True, False, None.
        Node::Null | Node::Flag(_) | Node::Number(_) => Some(node.written(Style::PYTHON)),
    }
}

fn read_event(fields: &[(String, Node)]) -> CallbackEvent {
    let text = |name: &str| {
        let (_, node) = fields.iter().rev().find(|(key, _)| key == name)?;
        match node {
            Node::Text(text) | Node::Number(text) => Some(text.clone()).filter(|t| !t.is_empty()),
            Node::Null | Node::Flag(_) | Node::List(_) | Node::Object(_) => None,
        }
    };
    let provider_status = text("payment_status");
    CallbackEvent {
        event_id: text("event_id"),
        kind: text("event_value").map(|word| EventKind::read(&word)),
        provider_ref: text("payment_token"),
        reference: text("payment_reference"),
        state: provider_status.as_deref().map(state),
        provider_status,
        payment_type: text("payment_type"),
        amount: text("amount"),
        timestamp: text("event_timestamp"),
    }
}
