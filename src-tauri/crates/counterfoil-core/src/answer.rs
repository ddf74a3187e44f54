//! How a sending can end and what a reading can bring. Three ends of a send are three types of
//! their own: *never left*, *refused*, *unknown* (architecture, "The life of a change").

use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::payment::PaymentFacts;

/// What the wire brought back, before a connector has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireEnd {
    /// No byte of the request can have reached the provider.
    NeverLeft {
        /// Why, safe to show.
        why: String,
    },
    /// The first byte may have left and no whole answer came back.
    Lost {
        /// Why, safe to show.
        why: String,
    },
    /// A whole answer within the limits of size and time.
    Answer(WireAnswer),
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireAnswer {
    /// HTTP status.
    pub status: u16,
    /// Body bytes.
    pub body: Vec<u8>,
    /// `Retry-After`, in milliseconds, where the provider sent one.
    pub retry_after_ms: Option<i64>,
    /// The provider's own name for this exchange (`X-Correlation-Id`), for its support.
    pub correlation_id: Option<String>,
}

/// What the provider's answer to a send means. Made by a connector, stored in the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum SendEnd {
    /// The provider states the effect, and everything it echoed fits what was asked.
    Applied {
        /// The reference of a payment that was started.
        provider_ref: Option<String>,
        /// Where the customer may continue (a start may bring one), not needed for the effect.
        link: Option<String>,
    },
    /// Accepted; the effect waits for the customer at this address.
    NeedsCustomer {
        /// Exact address as received.
        redirect_url: String,
    },
    /// Accepted, and the effect is an object of its own that is not final yet: it is read under
    /// this reference until it is.
    Accepted {
        /// The provider's reference of the effect, such as a refund's id.
        effect_ref: String,
    },
    /// A definite no: never sent again unchanged.
    Refused {
        /// The provider's words, masked and cut.
        message: String,
    },
    /// A definite no for now: nothing happened, later may do.
    RefusedForNow {
        /// The provider's words, masked and cut.
        message: String,
        /// How long the provider asks to wait, milliseconds.
        retry_after_ms: Option<i64>,
    },
    /// The provider does not accept the credentials: nothing happened, the account pauses.
    CredentialsRefused {
        /// The provider's words, masked and cut.
        message: String,
    },
    /// No byte left.
    NeverLeft {
        /// Why.
        why: String,
    },
    /// Nobody here can tell.
    Unknown {
        /// What was seen.
        why: String,
    },
}

impl SendEnd {
    /// The word used in the attempts of the command line.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::NeedsCustomer { .. } => "needs_customer",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::RefusedForNow { .. } => "refused_for_now",
            Self::CredentialsRefused { .. } => "credentials_refused",
            Self::NeverLeft { .. } => "never_left",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What a reading of a payment brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadEnd {
    /// The facts.
    Facts(Box<PaymentFacts>),
    /// The provider says it has no such payment.
    NoSuchPayment {
        /// The provider's words.
        message: String,
    },
    /// The provider does not accept the credentials.
    CredentialsRefused {
        /// The provider's words.
        message: String,
    },
    /// The provider could not be reached.
    Unreachable {
        /// Why.
        why: String,
    },
    /// An answer that says nothing: a gateway page, an empty body, half a document.
    Unclear {
        /// What was seen.
        why: String,
        /// How long the provider asks to wait, milliseconds.
        retry_after_ms: Option<i64>,
    },
}

/// Where an accepted effect stands (see [`SendEnd::Accepted`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectState {
    /// It has happened.
    Applied,
    /// It came to nothing.
    Failed {
        /// The provider's words, masked and cut.
        message: String,
    },
    /// The provider is still at it.
    Pending,
}

/// What is stored about the bytes of one sending, before the first one leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRecord {
    /// HTTP method.
    pub method: String,
    /// Path without query or secrets.
    pub path: String,
    /// Hex SHA-256 of the exact body bytes.
    pub digest: String,
    /// Idempotency key, where the provider knows such a thing.
    pub key: Option<String>,
    /// The exact body of a keyed sending, which is sent again byte for byte. Holds no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When it was made.
    pub at: Moment,
}
