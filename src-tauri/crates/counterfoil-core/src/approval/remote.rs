//! Texts that people carry between two tills: a challenge one way, the answer back, and beforehand
//! the card of a person's public key. Each is `PREFIX.` and base64url (without padding) of
//! canonical JSON, so that it fits a QR code and a message.
//!
//! A text is read only in exactly the form in which it is written: two texts with one meaning would
//! have two codes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::seal::{Seal, is_public_key};
use super::statement::{Operation, Place, Terms, statement, texts_digest};
use crate::account::Provider;
use crate::audit::canonical;
use crate::change::Condition;
use crate::command::Command;
use crate::id::{AccountId, ChangeId, PaymentId, StaffId, TillId};
use crate::moment::Moment;
use crate::payment::Base;
use crate::staff::Role;

/// Longest text that is looked at, bytes.
const MOST_BYTES: usize = 32 * 1024;

/// Letters and digits that people do not mix up (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is no {0}: copy the whole text, it begins with {1}")]
pub struct BadText(&'static str, &'static str);

/// A form of text: what people call it, and how it begins.
struct Form(&'static str, &'static str);

const CHALLENGE: Form = Form("challenge", "CF1.");
const ANSWER: Form = Form("answer", "CA1.");
const KEY_CARD: Form = Form("key", "CK1.");

impl Form {
    fn write(&self, what: &impl Serialize) -> String {
        let whole = serde_json::to_value(what).unwrap_or_default();
        format!("{}{}", self.1, URL_SAFE_NO_PAD.encode(canonical(&whole)))
    }

    fn read<T: Serialize + DeserializeOwned>(&self, text: &str) -> Result<T, BadText> {
        let bad = BadText(self.0, self.1);
        let text = text.trim();
        let coded = text.strip_prefix(self.1).filter(|_| text.len() <= MOST_BYTES).ok_or(bad)?;
        let bytes = URL_SAFE_NO_PAD.decode(coded).map_err(|_| bad)?;
        let read: T = serde_json::from_slice(&bytes).map_err(|_| bad)?;
        if self.write(&read) == text { Ok(read) } else { Err(bad) }
    }
}

/// What an offline till asks of somebody at another one. It holds the operation itself and not
/// words about it: the other till says in its own words what it would sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The till that asks.
    pub till_id: TillId,
    /// Its name, for people.
    pub till: String,
    /// The name of who asked, for people.
    pub requester: String,
    /// The name of the account, for people.
    pub account: String,
    /// The provider of the account.
    pub provider: Provider,
    /// The provider's own name for the payment; none for a start.
    pub provider_ref: Option<String>,
    /// The change.
    pub change_id: ChangeId,
    /// The account it goes to.
    pub account_id: AccountId,
    /// The payment; none for a start.
    pub payment_id: Option<PaymentId>,
    /// What is asked for.
    pub command: Command,
    /// What must show elsewhere before it is sent.
    pub only_if: Option<Condition>,
    /// The payment as the requester saw it.
    pub base: Option<Base>,
    /// Who asked.
    pub requested_by: StaffId,
    /// Under which the texts are digested.
    pub salt: String,
    /// Never used before.
    pub nonce: String,
    /// From this moment on an approval that answers it no longer holds.
    pub approval_expires_at: Moment,
    /// From this moment on an answer is no longer taken.
    pub expires_at: Moment,
}

impl Challenge {
    /// The text that the other till is given.
    #[must_use]
    pub fn to_text(&self) -> String {
        CHALLENGE.write(self)
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// [`BadText`] for anything that was not written by [`Challenge::to_text`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        CHALLENGE.read(text)
    }

    /// The operation that is asked about.
    #[must_use]
    pub fn operation(&self) -> Operation<'_> {
        Operation {
            change_id: &self.change_id,
            account_id: &self.account_id,
            payment_id: self.payment_id.as_ref(),
            command: &self.command,
            only_if: self.only_if.as_ref(),
            base: self.base.as_ref(),
            requested_by: &self.requested_by,
        }
    }

    /// The statement that this person signs with their yes.
    #[must_use]
    pub fn statement(&self, approver: &StaffId) -> String {
        let terms = Terms {
            approver: approver.clone(),
            nonce: self.nonce.clone(),
            expires_at: self.approval_expires_at,
        };
        let operation = self.operation();
        let texts = texts_digest(&operation, &self.salt);
        statement(&operation, &self.place(), &texts, &terms)
    }

    /// The seal that an answer makes of it.
    #[must_use]
    pub fn seal(&self, answer: &Answer) -> Seal {
        Seal {
            till_id: self.till_id.clone(),
            provider: self.provider,
            provider_ref: self.provider_ref.clone(),
            texts: texts_digest(&self.operation(), &self.salt),
            salt: self.salt.clone(),
            nonce: self.nonce.clone(),
            expires_at: self.approval_expires_at,
            public_key: answer.public_key.clone(),
            signature: answer.signature.clone(),
        }
    }

    fn place(&self) -> Place {
        Place {
            till_id: self.till_id.clone(),
            provider: self.provider,
            provider_ref: self.provider_ref.clone(),
        }
    }
}

/// A yes to a challenge, given at another till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The nonce of the challenge.
    pub nonce: String,
    /// Who agrees.
    pub approver: StaffId,
    /// Their Ed25519 key, hex.
    pub public_key: String,
    /// Over the statement, hex.
    pub signature: String,
}

impl Answer {
    /// The text that the asking till is given.
    #[must_use]
    pub fn to_text(&self) -> String {
        ANSWER.write(self)
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// [`BadText`] for anything that was not written by [`Answer::to_text`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        ANSWER.read(text)
    }
}

/// The public key of a person, as an owner carries it to another till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCard {
    /// The till it comes from.
    pub till_id: TillId,
    /// Its name, for people.
    pub till: String,
    /// The person there.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// What they are there.
    pub role: Role,
    /// Their Ed25519 key, hex.
    pub public_key: String,
}

impl KeyCard {
    /// The text that the other till is given.
    #[must_use]
    pub fn to_text(&self) -> String {
        KEY_CARD.write(self)
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// [`BadText`] for anything that was not written by [`KeyCard::to_text`], or whose key is none.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let card: Self = KEY_CARD.read(text)?;
        let sound = is_public_key(&card.public_key);
        if sound { Ok(card) } else { Err(BadText(KEY_CARD.0, KEY_CARD.1)) }
    }
}

/// Eight letters of a text's digest, for two people to compare on the telephone.
#[must_use]
pub fn short_code(text: &str) -> String {
    letters(text.trim(), 8)
}

/// Twenty letters of a public key's digest, in groups of four, for two people to compare.
#[must_use]
pub fn fingerprint(public_key: &str) -> String {
    let all = letters(public_key, 20).into_bytes();
    let groups: Vec<_> = all.chunks(4).map(String::from_utf8_lossy).collect();
    groups.join("-")
}

/// The first so many letters, five bits each, of the SHA-256 of a text. At most 51.
fn letters(text: &str, many: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let bits: Vec<u8> =
        digest.iter().flat_map(|byte| (0..8).rev().map(move |place| (byte >> place) & 1)).collect();
    let value = |five: &[u8]| five.iter().fold(0_u8, |sum, bit| sum * 2 + bit);
    bits.chunks_exact(5)
        .take(many)
        .filter_map(|five| LETTERS.get(usize::from(value(five))).copied().map(char::from))
        .collect()
}
