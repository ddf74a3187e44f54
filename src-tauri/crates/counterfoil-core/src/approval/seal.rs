//! A signed approval, and whether it still holds. Only checks signatures: whoever signs has the
//! person's key, which only their PIN opens.

use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::statement::{Place, Terms, texts_digest};
use crate::account::Provider;
use crate::change::Change;
use crate::id::{StaffId, TillId};
use crate::moment::Moment;
use crate::staff::{Permission, Role};

/// What a second person gave with their yes. Stored as JSON with the event: add fields, never
/// rename. All digests, keys and signatures are lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The till that asked.
    pub till_id: TillId,
    /// The provider of the account.
    pub provider: Provider,
    /// The provider's own name for the payment; none for a start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_ref: Option<String>,
    /// Digest of all texts under the salt ([`texts_digest`]).
    pub texts: String,
    /// The salt. It is erased together with the texts.
    pub salt: String,
    /// Never used before.
    pub nonce: String,
    /// From this moment on it no longer holds.
    pub expires_at: Moment,
    /// The approver's Ed25519 key, 32 bytes.
    pub public_key: String,
    /// Over the statement, 64 bytes.
    pub signature: String,
}

impl Seal {
    /// Where it was given for.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            till_id: self.till_id.clone(),
            provider: self.provider,
            provider_ref: self.provider_ref.clone(),
        }
    }

    /// On which terms this person gave it.
    #[must_use]
    pub fn terms(&self, approver: &StaffId) -> Terms {
        Terms { approver: approver.clone(), nonce: self.nonce.clone(), expires_at: self.expires_at }
    }
}

/// True where the signature is that of this key over this text. Keys and signatures are hex in
/// lower case; anything else is no signature, and neither is a weak key.
#[must_use]
pub fn is_signed(text: &str, public_key: &str, signature: &str) -> bool {
    let Some(key) = bytes::<32>(public_key) else { return false };
    let Some(signature) = bytes::<64>(signature) else { return false };
    let Ok(key) = VerifyingKey::from_bytes(&key) else { return false };
    key.verify_strict(text.as_bytes(), &Signature::from_bytes(&signature)).is_ok()
}

/// The bytes of a hex text in the one form that is accepted.
fn bytes<const MANY: usize>(text: &str) -> Option<[u8; MANY]> {
    let bytes = hex::decode(text).ok().filter(|bytes| hex::encode(bytes) == text)?;
    bytes.try_into().ok()
}

/// True where this text is a key that can be checked against.
#[must_use]
pub fn is_public_key(text: &str) -> bool {
    let key = bytes::<32>(text).and_then(|key| VerifyingKey::from_bytes(&key).ok());
    key.is_some_and(|key| !key.is_weak())
}

/// The approver as this till knows them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Their key; none where they have none (yet).
    pub public_key: Option<String>,
    /// What they are.
    pub role: Role,
    /// False for somebody who has left.
    pub here: bool,
}

/// Why an approval does not hold. The words are stored and shown to screens: add, never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Void {
    /// Nobody has agreed.
    Missing,
    /// It was given before approvals were signed.
    Unsigned,
    /// It names another operation, till or payment than this one.
    Edited,
    /// Its signature is not that of its key.
    Forged,
    /// The one who agreed is the one who asked.
    SamePerson,
    /// Nobody knows who agreed.
    Unknown,
    /// The approver's key is another by now.
    OtherKey,
    /// The approver has left.
    Left,
    /// The approver may no longer decide.
    Role,
    /// It is too old.
    Expired,
}

impl Void {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Missing,
        Self::Unsigned,
        Self::Edited,
        Self::Forged,
        Self::SamePerson,
        Self::Unknown,
        Self::OtherKey,
        Self::Left,
        Self::Role,
        Self::Expired,
    ];

    /// Its word, as stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unsigned => "unsigned",
            Self::Edited => "edited",
            Self::Forged => "forged",
            Self::SamePerson => "same_person",
            Self::Unknown => "unknown",
            Self::OtherKey => "other_key",
            Self::Left => "left",
            Self::Role => "role",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Void {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no second person has agreed to it",
            Self::Unsigned => "the approval was given before approvals were signed",
            Self::Edited => "the approval names another operation than this one",
            Self::Forged => "the approval's signature does not fit",
            Self::SamePerson => "the one who agreed is the one who asked",
            Self::Unknown => "the one who agreed is not known at this till",
            Self::OtherKey => "the one who agreed has another key by now",
            Self::Left => "the one who agreed has left",
            Self::Role => "the one who agreed may no longer decide",
            Self::Expired => "the approval is too old",
        })
    }
}

/// How the approval of a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It needs no second person.
    NotNeeded,
    /// It may be sent until then.
    Holds {
        /// From this moment on it is too old.
        until: Moment,
    },
    /// It may not be sent.
    Void(Void),
}

impl Standing {
    /// Judges the newest approval of a change on what is known now: where it goes (`place`), and
    /// the approver. Age is judged apart, at the moment it counts: [`Standing::void_at`].
    #[must_use]
    pub fn judge(change: &Change, place: &Place, approver: Option<&Known>) -> Self {
        if !change.needs_second {
            return Self::NotNeeded;
        }
        match sealed(change).and_then(|(by, seal)| check(change, place, (by, seal), approver)) {
            Ok(until) => Self::Holds { until },
            Err(why) => Self::Void(why),
        }
    }

    /// Why it may not be sent at this moment; none where it may.
    #[must_use]
    pub fn void_at(self, now: Moment) -> Option<Void> {
        match self {
            Self::NotNeeded => None,
            Self::Holds { until } => (now >= until).then_some(Void::Expired),
            Self::Void(why) => Some(why),
        }
    }
}

fn sealed(change: &Change) -> Result<(&StaffId, &Seal), Void> {
    let by = change.approved_by.last().ok_or(Void::Missing)?;
    Ok((by, change.seal.as_ref().ok_or(Void::Unsigned)?))
}

fn check(
    change: &Change,
    place: &Place,
    (by, seal): (&StaffId, &Seal),
    approver: Option<&Known>,
) -> Result<Moment, Void> {
    if *by == change.requested_by {
        return Err(Void::SamePerson);
    }
    let same_texts = texts_digest(&change.what(), &seal.salt) == seal.texts;
    if seal.place() != *place || !same_texts {
        return Err(Void::Edited);
    }
    if !is_signed(&change.statement(seal, by), &seal.public_key, &seal.signature) {
        return Err(Void::Forged);
    }
    let approver = approver.ok_or(Void::Unknown)?;
    if !approver.here {
        return Err(Void::Left);
    }
    if !approver.role.may(Permission::Decide) {
        return Err(Void::Role);
    }
    if approver.public_key.as_deref() != Some(seal.public_key.as_str()) {
        return Err(Void::OtherKey);
    }
    Ok(seal.expires_at)
}
