//! The one door to the place where secrets are kept.

use std::fmt;
use std::sync::Arc;

use crate::error::VaultError;
use crate::file::FileVault;
use crate::name::SecretName;
use crate::os::OsKeyring;
use crate::secret::Secret;
use crate::settings::VaultSettings;

/// The till part of the names that [`Vault::probe`] writes; no till has this id.
const PROBE_TILL: &str = "probe";

/// A probe's secret begins with what is most often lost on the way: a quote, a blank, a letter
/// outside ASCII.
const PROBE_TEXT: &str = "\" é ";

/// Which kind of place holds the secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The operating system's keyring.
    OsKeyring,
    /// The encrypted file of `COUNTERFOIL_VAULT=file:PATH`.
    File,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OsKeyring => "os_keyring",
            Self::File => "file",
        })
    }
}

/// Keeps, reads and removes secrets. Cheap to clone; clones share one connection.
///
/// Every call waits for the operating system (at most the time of the settings) or derives a key
/// (about 0.2 s, once): async callers use a blocking thread.
#[derive(Clone)]
pub struct Vault {
    backend: Backend,
    place: Arc<dyn Place>,
}

/// What every kind of place does; the promises are those of [`Vault`]'s methods of the same name.
pub(crate) trait Place: Send + Sync {
    fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError>;
    fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError>;
    fn remove(&self, name: &SecretName) -> Result<(), VaultError>;
}

impl Vault {
    /// The vault that the settings name. Touches neither keyring nor file yet: [`Vault::probe`]
    /// tells whether it works.
    #[must_use]
    pub fn from_settings(settings: VaultSettings) -> Self {
        match settings {
            VaultSettings::OsKeyring { wait } => {
                Self { backend: Backend::OsKeyring, place: Arc::new(OsKeyring::new(wait)) }
            }
            VaultSettings::File { path, passphrase } => {
                Self { backend: Backend::File, place: Arc::new(FileVault::new(path, passphrase)) }
            }
        }
    }

    /// Which kind of place this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Keeps the secret under the name, in place of what was there.
    ///
    /// # Errors
    /// After [`VaultError::NoAnswer`] it is not known whether the secret is kept: set it again.
    /// After any other error what was there before is still there.
    pub fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError> {
        self.place.set(name, secret)
    }

    /// The secret kept under the name, `None` when there is none.
    ///
    /// A Linux keyring that was never set up also answers `None`; [`Vault::probe`] tells the two
    /// apart.
    ///
    /// # Errors
    /// Whatever keeps the place from being read; never `None` in its stead.
    pub fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
        self.place.get(name)
    }

    /// Removes the secret. Removing what is not there is no error.
    ///
    /// # Errors
    /// As for [`Vault::set`].
    pub fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
        self.place.remove(name)
    }

    /// Proves the place by writing, reading and removing a secret of its own.
    ///
    /// # Errors
    /// The first thing that does not work, or [`VaultError::Broken`] when the place answers but
    /// does not give back what it was given.
    pub fn probe(&self) -> Result<(), VaultError> {
        let mark = random_mark()?;
        let name = SecretName::new(PROBE_TILL, &mark, "secret").expect("plain hex parts");
        let secret = Secret::from_text(format!("{PROBE_TEXT}{mark}"));
        self.set(&name, &secret)?;
        let read = self.get(&name);
        // Removed before the reading is judged, so that a bad place is not filled with probes.
        self.remove(&name)?;
        match read? {
            Some(kept) if kept.expose() == secret.expose() => {}
            Some(_) => {
                return Err(VaultError::broken("it gives back another secret than it got"));
            }
            None => return Err(VaultError::broken("it forgets a secret it has taken")),
        }
        match self.get(&name)? {
            None => Ok(()),
            Some(_) => Err(VaultError::broken("it keeps a secret it was told to remove")),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.backend)
    }
}

/// Keeps two probes at the same time from meeting each other.
fn random_mark() -> Result<String, VaultError> {
    let mut mark = [0; 8];
    getrandom::fill(&mut mark).map_err(|cause| VaultError::broken(cause.to_string()))?;
    Ok(hex::encode(mark))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    /// How a place fails that answers every call.
    #[derive(Clone, Copy)]
    enum Flaw {
        None,
        Trims,
        Forgets,
        KeepsRemoved,
        FailsToRead,
    }

    struct Flawed {
        flaw: Flaw,
        kept: Mutex<BTreeMap<String, String>>,
    }

    impl Place for Flawed {
        fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError> {
            let text = match self.flaw {
                Flaw::Trims => secret.expose().trim_start_matches('"'),
                Flaw::Forgets => return Ok(()),
                Flaw::None | Flaw::KeepsRemoved | Flaw::FailsToRead => secret.expose(),
            };
            let mut kept = self.kept.lock().expect("no test panics inside");
            kept.insert(name.to_string(), text.to_owned());
            Ok(())
        }

        fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
            if matches!(self.flaw, Flaw::FailsToRead) {
                return Err(VaultError::Locked);
            }
            let kept = self.kept.lock().expect("no test panics inside");
            Ok(kept.get(name.as_str()).cloned().map(Secret::from_text))
        }

        fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
            if !matches!(self.flaw, Flaw::KeepsRemoved) {
                self.kept.lock().expect("no test panics inside").remove(name.as_str());
            }
            Ok(())
        }
    }

    #[test]
    fn a_probe_finds_a_place_that_only_seems_to_work() {
        let check = |flaw, expected: &str| {
            let place = Arc::new(Flawed { flaw, kept: Mutex::default() });
            let vault = Vault { backend: Backend::File, place: Arc::<Flawed>::clone(&place) };
            let words = vault.probe().err().map(|error| error.to_string()).unwrap_or_default();
            assert!(words.contains(expected), "{words}");
            assert_eq!(words.is_empty(), expected.is_empty(), "{words}");
            place.kept.lock().expect("no test panics inside").len()
        };
        assert_eq!(check(Flaw::None, ""), 0, "a probe leaves nothing behind");
        assert_eq!(check(Flaw::Trims, "another secret than it got"), 0);
        assert_eq!(check(Flaw::Forgets, "forgets a secret"), 0);
        assert_eq!(check(Flaw::KeepsRemoved, "told to remove"), 1);
        assert_eq!(check(Flaw::FailsToRead, "locked"), 0);
    }
}
