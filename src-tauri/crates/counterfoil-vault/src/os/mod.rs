//! The operating system's keyring, with a bounded wait around every call.
//!
//! Each call runs on a thread of its own: a stuck bus or an unlock window nobody answers can then
//! hold up that thread and never the caller, and a library that dislikes async threads never sees
//! one. While such a thread is still held up, further calls are answered at once with
//! [`VaultError::NoAnswer`], so that threads and unlock windows do not pile up.

mod cause;
mod platform;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error as StoreError};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::name::SecretName;
use crate::secret::Secret;
use crate::vault::Place;

/// The service under which all our secrets stand in the keyring's own window.
const SERVICE: &str = "counterfoil";

type Store = Arc<CredentialStore>;

/// The operating system's keyring.
pub(crate) struct OsKeyring {
    wait: Duration,
    /// The connection, kept from call to call; `None` before the first and after a failure.
    connection: Arc<Mutex<Option<Store>>>,
    /// Calls that outlived their wait and may still be running.
    late: Mutex<Vec<JoinHandle<()>>>,
}

impl OsKeyring {
    pub(crate) fn new(wait: Duration) -> Self {
        Self { wait, connection: Arc::default(), late: Mutex::default() }
    }

    fn call<T: Send + 'static>(
        &self,
        name: &SecretName,
        act: impl Fn(&Entry) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let name = name.clone();
        let connection = Arc::clone(&self.connection);
        self.bounded(move || on_connection(&connection, &name, act))
    }

    /// Runs the call on its own thread and waits for it no longer than the settings say.
    fn bounded<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.refuse_while_late()?;
        let (reply, answer) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("keyring".to_owned())
            // Nobody listens any more when the caller has given up: that is what it asked for.
            .spawn(move || drop(reply.send(call())))
            .map_err(|cause| VaultError::broken(cause.to_string()))?;
        match answer.recv_timeout(self.wait) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                held(&self.late).push(thread);
                *held(&self.connection) = None;
                Err(self.no_answer())
            }
            Err(RecvTimeoutError::Disconnected) => {
                *held(&self.connection) = None;
                Err(VaultError::broken("the keyring library ended without an answer"))
            }
        }
    }

    fn refuse_while_late(&self) -> Result<(), VaultError> {
        let mut late = held(&self.late);
        late.retain(|thread| !thread.is_finished());
        if late.is_empty() { Ok(()) } else { Err(self.no_answer()) }
    }

    fn no_answer(&self) -> VaultError {
        VaultError::NoAnswer { waited_ms: self.wait.as_millis() }
    }
}

impl Place for OsKeyring {
    fn set(&self, name: &SecretName, secret: &Secret) -> Result<(), VaultError> {
        let secret = secret.clone();
        self.call(name, move |entry| entry.set_secret(secret.expose().as_bytes()))
    }

    fn get(&self, name: &SecretName) -> Result<Option<Secret>, VaultError> {
        let bytes = self.call(name, |entry| match entry.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(StoreError::NoEntry) => Ok(None),
            Err(other) => Err(other),
        })?;
        let Some(mut bytes) = bytes else {
            return Ok(None);
        };
        let secret = Secret::from_bytes(std::mem::take(&mut *bytes));
        secret.map(Some).ok_or_else(|| VaultError::broken("the kept secret is not UTF-8 text"))
    }

    fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
        self.call(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(StoreError::NoEntry) => Ok(()),
            Err(other) => Err(other),
        })
    }
}

/// Runs `act` on the kept connection; when that has gone stale (the keyring was restarted), once
/// more on a new one. All three acts may be repeated: setting and removing are absolute.
fn on_connection<T>(
    connection: &Mutex<Option<Store>>,
    name: &SecretName,
    act: impl Fn(&Entry) -> Result<T, StoreError>,
) -> Result<T, VaultError> {
    let run = |store: &Store| act(&store.build(SERVICE, name.as_str(), None)?);
    let kept = held(connection).clone();
    if let Some(store) = kept {
        match run(&store) {
            Err(StoreError::PlatformFailure(_)) => *held(connection) = None,
            other => return other.map_err(cause::of),
        }
    }
    let store = platform::connect().map_err(cause::of_connecting)?;
    let answer = run(&store).map_err(cause::of);
    if answer.is_ok() {
        *held(connection) = Some(store);
    }
    answer
}

/// A poisoned lock here guards only a connection or a list of threads, both whole at any moment.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn a_stuck_keyring_is_given_up_and_not_asked_again_until_it_moves() {
        let keyring = OsKeyring::new(SHORT);
        let (release, stuck) = mpsc::channel::<()>();
        let answer = keyring.bounded(move || {
            stuck.recv().expect("the test releases it");
            Ok(())
        });
        assert!(matches!(answer, Err(VaultError::NoAnswer { waited_ms: 50 })));
        let next = keyring.bounded(|| -> Result<(), _> { panic!("asked while stuck") });
        assert!(matches!(next, Err(VaultError::NoAnswer { .. })));

        release.send(()).expect("the thread still waits");
        while keyring.bounded(|| Ok(())).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_panic_below_is_an_answer_and_not_a_panic_here() {
        let keyring = OsKeyring::new(Duration::from_secs(5));
        let answer = keyring.bounded(|| -> Result<(), _> { panic!("below") });
        assert!(matches!(answer, Err(VaultError::Broken { .. })));
    }
}
