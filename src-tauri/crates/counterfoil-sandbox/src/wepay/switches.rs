//! Everything the provider's pages leave open, as switches named after the assumption they belong
//! to. The defaults are what a careful reader would expect; tests turn them to prove that a client
//! stands all of them.

use serde::{Deserialize, Serialize};

/// All switches. In JSON each group is spelt like its assumption; members left out keep their
/// value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WepaySwitches {
    /// What a refund does after it was accepted; the states are documented, their pace is not.
    pub refunds: RefundLife,
    /// Names of the amounts of a payment.
    #[serde(rename = "A-WEP-01")]
    pub amounts: AmountNames,
    /// Life of a key.
    #[serde(rename = "A-WEP-02")]
    pub key_life: KeyLife,
    /// The same key with another body.
    #[serde(rename = "A-WEP-03")]
    pub other_body: OtherBody,
    /// Setting `custom_data`.
    #[serde(rename = "A-WEP-04")]
    pub custom_data: CustomData,
    /// States that allow an update.
    #[serde(rename = "A-WEP-05")]
    pub updates: Updates,
    /// Throttling.
    #[serde(rename = "A-WEP-06")]
    pub throttle: Throttle,
    /// HTTP statuses of refusals.
    #[serde(rename = "A-WEP-07")]
    pub statuses: Statuses,
    /// Currencies beside those that are named.
    #[serde(rename = "A-WEP-10")]
    pub currencies: Currencies,
    /// What a key remembers of a refusal.
    #[serde(rename = "A-WEP-11")]
    pub refusals: Refusals,
    /// How a payment looks between its capture and its completion.
    #[serde(rename = "A-WEP-14")]
    pub after_capture: AfterCapture,
}

/// What becomes of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundLife {
    /// Milliseconds until a pending refund is completed; 0: it is so at once; absent: only the
    /// control interface ends it.
    pub completes_after_ms: Option<i64>,
    /// Every refund is answered with 200 and `failed`, `failure_reason: unknown`.
    pub fails: bool,
    /// A pending refund counts in `amount_refunded` already.
    pub pending_counts: bool,
}

impl Default for RefundLife {
    fn default() -> Self {
        Self { completes_after_ms: Some(500), fails: false, pending_counts: true }
    }
}

/// A-WEP-01: the one table of names. Nothing of it is documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AmountNames {
    /// The object.
    pub object: String,
    /// The total inside it.
    pub total: String,
    /// The currency inside it.
    pub currency: String,
    /// The fee inside it, which may be left out.
    pub fee: String,
}

impl Default for AmountNames {
    fn default() -> Self {
        Self {
            object: "amounts".to_owned(),
            total: "total_amount".to_owned(),
            currency: "currency".to_owned(),
            fee: "fee_amount".to_owned(),
        }
    }
}

/// A-WEP-02.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyLife {
    /// How long a key is remembered, milliseconds.
    pub kept_ms: i64,
    /// How long a key is in use at most while its request is worked on, milliseconds (documented).
    pub in_use_ms: i64,
}

impl Default for KeyLife {
    fn default() -> Self {
        Self { kept_ms: 24 * 60 * 60 * 1_000, in_use_ms: 30_000 }
    }
}

/// A-WEP-03.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherBody {
    /// 400 INVALID_PARAMS.
    #[default]
    Refuse,
    /// The resource of the first request is fetched.
    Replay,
    /// Carried out as if the key were new.
    Execute,
}

/// A-WEP-04.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomData {
    /// The given members are merged into what is there; otherwise they take its place.
    pub merges: bool,
    /// A member that is null goes away; otherwise it stands there as null.
    pub null_removes: bool,
    /// `custom_data: null` clears it; otherwise it is left alone.
    pub null_clears: bool,
}

impl Default for CustomData {
    fn default() -> Self {
        Self { merges: false, null_removes: false, null_clears: true }
    }
}

/// A-WEP-05.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Updates {
    /// An update that moves no money is taken in every state.
    pub texts_always: bool,
}

/// A-WEP-06.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// HTTP status; 400, 403 and 429 are the candidates.
    pub status: u16,
    /// Seconds of `Retry-After`; left out when absent.
    pub retry_after: Option<u64>,
    /// Requests in ten seconds per application and endpoint (documented); unlimited when absent.
    pub per_ten_seconds: Option<usize>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { status: 429, retry_after: None, per_ten_seconds: Some(30) }
    }
}

/// A-WEP-07.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Statuses {
    /// Of an id that is not known.
    pub unknown_id: u16,
    /// Of RESOURCE_CONFLICT.
    pub conflict: u16,
}

impl Default for Statuses {
    fn default() -> Self {
        Self { unknown_id: 404, conflict: 409 }
    }
}

/// A-WEP-10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Currencies {
    /// What a payment made by the control interface may be in.
    pub taken: Vec<String>,
}

impl Default for Currencies {
    fn default() -> Self {
        Self { taken: vec!["USD".to_owned(), "CAD".to_owned()] }
    }
}

/// A-WEP-11.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusals {
    /// A refusal is remembered under its key and given again; otherwise it is judged anew.
    pub remembered: bool,
}

/// A-WEP-14.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AfterCapture {
    /// Milliseconds for which a captured payment is still pending, with the moment of its capture
    /// in `capture_at`; 0: it is completed at once.
    pub pending_ms: i64,
}
