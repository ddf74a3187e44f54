//! The name under which a secret is kept.

use std::fmt;

use thiserror::Error;

/// Longest part of a name in bytes: ids of ours have 36, and keyrings cap the whole name
/// (Windows at 512).
const LONGEST_PART: usize = 64;

/// The name of one secret: till, owner (an account's id) and field.
///
/// The till's id is part of it, so that two tills on one machine do not read or overwrite each
/// other's secrets. Not secret itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// Builds a name such as `TILL/ACCOUNT/api_key`.
    ///
    /// # Errors
    /// Each part has 1 to 64 characters of `A–Z a–z 0–9 . _ -`: what every keyring keeps as it
    /// is, and never the `/` between the parts.
    pub fn new(till: &str, owner: &str, field: &str) -> Result<Self, SecretNameRefused> {
        checked("till", till)?;
        checked("owner", owner)?;
        checked("field", field)?;
        Ok(Self(format!("{till}/{owner}/{field}")))
    }

    /// The whole name, the parts joined by `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a part of a secret's name was refused. `part` is `till`, `owner` or `field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SecretNameRefused {
    /// The part has no or more than 64 characters.
    #[error("the {part} of a secret's name must have 1 to {LONGEST_PART} characters")]
    Length {
        /// Which of the three parts.
        part: &'static str,
    },
    /// The part holds something else than letters, digits, `.`, `_` and `-`.
    #[error("the {part} of a secret's name may hold only A–Z, a–z, 0–9, '.', '_' and '-'")]
    Character {
        /// Which of the three parts.
        part: &'static str,
    },
}

fn checked(part: &'static str, text: &str) -> Result<(), SecretNameRefused> {
    if text.is_empty() || text.len() > LONGEST_PART {
        return Err(SecretNameRefused::Length { part });
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !text.bytes().all(plain) {
        return Err(SecretNameRefused::Character { part });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tills_never_share_a_name() {
        let one = SecretName::new("till-1", "acc", "api_key").expect("plain parts");
        let two = SecretName::new("till-2", "acc", "api_key").expect("plain parts");
        assert_eq!(one.as_str(), "till-1/acc/api_key");
        assert_ne!(one, two);
    }

    #[test]
    fn parts_that_could_run_into_each_other_are_refused() {
        let length = |part| Err(SecretNameRefused::Length { part });
        let character = |part| Err(SecretNameRefused::Character { part });
        let long = "x".repeat(65);
        let cases = [
            (("", "a", "f"), length("till")),
            (("t", "", "f"), length("owner")),
            (("t", "a", ""), length("field")),
            (("t", "a", long.as_str()), length("field")),
            (("t/a", "a", "f"), character("till")),
            (("t", "a b", "f"), character("owner")),
            (("t", "a", "clé"), character("field")),
            (("t", "a", "f\n"), character("field")),
        ];
        for ((till, owner, field), refused) in cases {
            assert_eq!(SecretName::new(till, owner, field), refused, "{till} {owner} {field}");
        }
    }
}
