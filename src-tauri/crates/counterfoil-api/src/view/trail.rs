use serde::Serialize;
use ts_rs::TS;

/// The head of the trail.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TrailHead {
    pub entries: u32,
    /// Hex hash of the newest entry.
    pub head: String,
}

/// The outcome of checking the whole trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TrailVerdict {
    pub ok: bool,
    pub entries: u32,
    /// Hex hash of the newest entry.
    pub head: String,
    /// True where it was compared with the newest head that the keyring remembers: only then would
    /// a cut tail or an older copy have shown.
    pub anchored: bool,
    /// Why it was not compared, in plain English.
    pub not_anchored_because: Option<String>,
    /// How many heads the till signed.
    pub heads: u32,
    /// The newest entry under a signature of the till.
    pub signed_to: Option<u32>,
    /// The till's public key, 64 hex digits.
    pub key: Option<String>,
    /// The entry whose hash was asked about.
    pub head_at: Option<u32>,
}
