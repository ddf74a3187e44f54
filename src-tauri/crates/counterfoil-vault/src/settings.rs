//! Which vault is meant: the operating system's keyring, or the encrypted file.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::secret::Secret;

/// How long a keyring may take for one call. A quick keyring answers in milliseconds; this leaves
/// a person at the till the time to type a password into its unlock window, and ends well before
/// someone thinks that the program hangs.
pub(crate) const KEYRING_WAIT: Duration = Duration::from_secs(20);

const KIND: &str = "COUNTERFOIL_VAULT";
const PASSPHRASE: &str = "COUNTERFOIL_VAULT_PASSPHRASE";

/// Where secrets are kept (`cli.md`, "Keyring").
#[derive(Clone, Debug)]
pub enum VaultSettings {
    /// The operating system's keyring.
    OsKeyring {
        /// How long one call may take before it is given up.
        wait: Duration,
    },
    /// The encrypted file, the stated fallback for machines without a keyring.
    File {
        /// The file; it and its folder are made when the first secret is kept.
        path: PathBuf,
        /// What its key is derived from.
        passphrase: Secret,
    },
}

impl VaultSettings {
    /// The operating system's keyring with the usual wait of 20 seconds.
    #[must_use]
    pub fn os_keyring() -> Self {
        Self::OsKeyring { wait: KEYRING_WAIT }
    }

    /// Reads `COUNTERFOIL_VAULT` and `COUNTERFOIL_VAULT_PASSPHRASE` through `get`
    /// (`|name| std::env::var(name).ok()` in a program).
    ///
    /// Unset means the operating system's keyring. Values are taken as they are, blanks included.
    ///
    /// # Errors
    /// Any other value than `file:PATH`, or `file:PATH` without a passphrase: there is never a
    /// second choice that nobody asked for.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsRefused> {
        let Some(kind) = get(KIND) else {
            return Ok(Self::os_keyring());
        };
        let path = kind.strip_prefix("file:").ok_or(SettingsRefused::UnknownKind)?;
        if path.is_empty() {
            return Err(SettingsRefused::NoPath);
        }
        let passphrase = get(PASSPHRASE).filter(|text| !text.is_empty());
        let passphrase = passphrase.ok_or(SettingsRefused::NoPassphrase)?;
        Ok(Self::File { path: PathBuf::from(path), passphrase: Secret::from_text(passphrase) })
    }
}

/// Why the settings of the vault were refused. The values are not repeated: a passphrase may have
/// been put into the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SettingsRefused {
    /// `COUNTERFOIL_VAULT` is set to something else than `file:PATH`.
    #[error(
        "COUNTERFOIL_VAULT is set but does not begin with \"file:\". Remove it to use the \
         computer's keyring, or set it to file:PATH for the encrypted file. Nothing was read or \
         written, and no money moved."
    )]
    UnknownKind,
    /// `COUNTERFOIL_VAULT` names no path after `file:`.
    #[error(
        "COUNTERFOIL_VAULT says \"file:\" without a path. Set it to file:PATH, for example \
         file:/var/lib/counterfoil/vault. Nothing was read or written, and no money moved."
    )]
    NoPath,
    /// The encrypted file is chosen but there is no passphrase, or an empty one.
    #[error(
        "COUNTERFOIL_VAULT chooses the encrypted file, but COUNTERFOIL_VAULT_PASSPHRASE is not \
         set or empty. Set it, or remove COUNTERFOIL_VAULT to use the computer's keyring. Nothing \
         was read or written, and no money moved."
    )]
    NoPassphrase,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(
        kind: Option<&str>,
        passphrase: Option<&str>,
    ) -> Result<VaultSettings, SettingsRefused> {
        VaultSettings::from_env(|name| match name {
            KIND => kind.map(str::to_owned),
            PASSPHRASE => passphrase.map(str::to_owned),
            other => panic!("asked for {other}"),
        })
    }

    #[test]
    fn without_a_setting_it_is_the_keyring_of_the_computer() {
        for passphrase in [None, Some("left over")] {
            let settings = from(None, passphrase).expect("nothing is set");
            assert!(matches!(settings, VaultSettings::OsKeyring { wait: KEYRING_WAIT }));
        }
    }

    #[test]
    fn a_file_is_taken_with_its_passphrase_as_typed() {
        let settings = from(Some("file:/a b/vault"), Some(" \"x ")).expect("both are set");
        let VaultSettings::File { path, passphrase } = settings else {
            panic!("a file was asked for");
        };
        assert_eq!(path, PathBuf::from("/a b/vault"));
        assert_eq!(passphrase.expose(), " \"x ");
    }

    #[test]
    fn nothing_is_ever_downgraded_silently() {
        let refused = |kind, passphrase| from(Some(kind), passphrase).err();
        let pass = Some("correct horse");
        assert_eq!(refused("", pass), Some(SettingsRefused::UnknownKind));
        assert_eq!(refused("keyring", pass), Some(SettingsRefused::UnknownKind));
        assert_eq!(refused("FILE:/x", pass), Some(SettingsRefused::UnknownKind));
        assert_eq!(refused(" file:/x", pass), Some(SettingsRefused::UnknownKind));
        assert_eq!(refused("/x", pass), Some(SettingsRefused::UnknownKind));
        assert_eq!(refused("file:", pass), Some(SettingsRefused::NoPath));
        assert_eq!(refused("file:/x", None), Some(SettingsRefused::NoPassphrase));
        assert_eq!(refused("file:/x", Some("")), Some(SettingsRefused::NoPassphrase));
    }

    #[test]
    fn every_refusal_says_what_to_do_and_that_no_money_moved() {
        let all =
            [SettingsRefused::UnknownKind, SettingsRefused::NoPath, SettingsRefused::NoPassphrase];
        for refused in all {
            let text = refused.to_string();
            assert!(text.contains("no money moved") && text.contains("COUNTERFOIL_VAULT"));
        }
    }

    #[test]
    fn debug_never_holds_the_passphrase() {
        let settings = from(Some("file:/x"), Some("canary-41d0")).expect("both are set");
        assert!(!format!("{settings:?}").contains("canary"));
    }
}
