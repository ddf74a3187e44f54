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
pub struct Vault(Arc<Place>);

enum Place {
    OsKeyring(OsKeyring),
    File(FileVault),
}

impl Vault {
    /// The vault that the settings name. Touches neither keyring nor file yet: [`Vault::probe`]
    /// tells whether it works.
    #[must_use]
    pub fn from_settings(settings: VaultSettings) -> Self {
        Self(Arc::new(match settings {
            VaultSettings::OsKeyring { wait } => Place::OsKeyring(OsKeyring::new(wait)),
            VaultSettings::File { path, passphrase } => {
                Place::File(FileVault::new(path, passphrase))
            }
        }))
    }

    /// Which kind of place this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match *self.0 {
            Place::OsKeyring(_) => Backend::OsKeyring,
            Place::File(_) => Backend::File,
        }
    }

    /// Keeps the secret under the name, in place of what was there.
    ///
    /// # Errors
    /// After [`VaultError::NoAnswer`] it is not known whether the secret is kept: set it again.
    /// After any other error what was there before is still there.
    pub fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError> {
        match &*self.0 {
            Place::OsKeyring(keyring) => keyring.set(name, secret),
            Place::File(file) => file.set(name, secret),
        }
    }

    /// The secret kept under the name, `None` when there is none.
    ///
    /// A Linux keyring that was never set up also answers `None`; [`Vault::probe`] tells the two
    /// apart.
    ///
    /// # Errors
    /// Whatever keeps the place from being read; never `None` in its stead.
    pub fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
        match &*self.0 {
            Place::OsKeyring(keyring) => keyring.get(name),
            Place::File(file) => file.get(name),
        }
    }

    /// Removes the secret. Removing what is not there is no error.
    ///
    /// # Errors
    /// As for [`Vault::set`].
    pub fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
        match &*self.0 {
            Place::OsKeyring(keyring) => keyring.remove(name),
            Place::File(file) => file.remove(name),
        }
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
            Some(_) => return Err(VaultError::broken("it gives back another secret than it got")),
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
        write!(f, "Vault({})", self.backend())
    }
}

/// Keeps two probes at the same time from meeting each other.
fn random_mark() -> Result<String, VaultError> {
    let mut mark = [0; 8];
    getrandom::fill(&mut mark).map_err(|cause| VaultError::broken(cause.to_string()))?;
    Ok(hex::encode(mark))
}
