//! Ids: opaque text, one type each so that they cannot be mixed up. Made from a moment and
//! random bytes that are handed in (UUID version 7, so newer ids sort after older ones).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::moment::Moment;

/// Longest id accepted, in bytes.
const MAX_ID_BYTES: usize = 64;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an id is 1 to 64 letters, digits, dashes or underscores")]
pub struct BadId;

fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.len() <= MAX_ID_BYTES && text.bytes().all(plain)
}

fn mint(moment: Moment, random: [u8; 10]) -> String {
    let millis = u64::try_from(moment.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

fn minted_at(text: &str) -> Option<Moment> {
    let id = uuid::Uuid::try_parse(text).ok().filter(|id| id.get_version_num() == 7)?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let seconds = i64::try_from(seconds).ok()?;
    Some(Moment::from_millis(
        seconds.checked_mul(1_000)?.checked_add(i64::from(nanos) / 1_000_000)?,
    ))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id.
            ///
            /// # Errors
            /// [`BadId`] when the text cannot be one.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if is_id(text) { Ok(Self(text.to_owned())) } else { Err(BadId) }
            }

            /// A new id, unique by its random part.
            #[must_use]
            pub fn mint(moment: Moment, random: [u8; 10]) -> Self {
                Self(mint(moment, random))
            }

            /// The moment it was made at, for an id that says it: all that were made here do.
            #[must_use]
            pub fn minted_at(&self) -> Option<Moment> {
                minted_at(&self.0)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// One payment as this till knows it.
    PaymentId;
    /// One change.
    ChangeId;
    /// One sending of a change.
    AttemptId;
    /// One account at a provider.
    AccountId;
    /// One person.
    StaffId;
    /// One till.
    TillId;
    /// One finding of a reconciliation.
    FindingId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_short_text() {
        for good in ["a", "0190c3a5-7e1f-7000-8000-000000000001", "X_9"] {
            assert!(ChangeId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "é", "a/b", &"x".repeat(65)] {
            assert_eq!(ChangeId::parse(bad), Err(BadId), "{bad}");
        }
    }

    #[test]
    fn an_id_made_here_knows_when_and_another_does_not() {
        for millis in [0, 1_000, 1_795_000_000_123] {
            let id = PaymentId::mint(Moment::from_millis(millis), [7; 10]);
            assert_eq!(id.minted_at(), Some(Moment::from_millis(millis)), "{id}");
        }
        for other in ["p1", "till-orders", "67e55044-10b1-426f-9247-bb680e5fe0c8"] {
            assert_eq!(PaymentId::parse(other).unwrap().minted_at(), None, "{other}");
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = ChangeId::mint(Moment::from_millis(1_000), [255; 10]);
        let late = ChangeId::mint(Moment::from_millis(1_001), [0; 10]);
        assert!(early < late);
    }
}
