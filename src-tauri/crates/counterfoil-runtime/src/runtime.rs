use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_core::engine::Input;
use counterfoil_core::id::{AccountId, ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_store::{Store, StoreError};
use counterfoil_vault::Vault;
use tokio::sync::{broadcast, mpsc};

use crate::answered;
use crate::clock::{Clock, random_bytes};
use crate::clock_guard::ClockGuard;
use crate::fence;
use crate::head;
use crate::noticing;
use crate::pace::Pace;
use crate::wire::Wire;

/// Notices kept for a slow listener; one that falls behind is told to read everything.
const NOTICES_KEPT: usize = 256;

/// What changed, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A change has a new event or plan.
    Change(ChangeId),
    /// A payment's facts were stored.
    Payment(PaymentId),
    /// The line or the counts.
    Line,
    /// Notices came or went, as far as this till knows.
    Notices,
    /// Another process wrote to the store.
    Everything,
}

/// What is known about the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineFacts {
    /// True while this process drains.
    pub draining: bool,
    /// True while another process holds the right to send.
    pub held_elsewhere: bool,
    /// True where the right to send belongs to another till: this folder is a copy.
    pub another_till: bool,
    /// True after a try that could not reach a provider.
    pub down: bool,
    /// True while secrets cannot be read.
    pub keyring_closed: bool,
    /// What went wrong last.
    pub detail: Option<String>,
    /// When a provider answered last.
    pub last_contact: Option<Moment>,
    /// Accounts that are not asked for a while.
    pub breakers: BTreeMap<AccountId, OpenBreaker>,
}

/// Why and until when an account is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBreaker {
    /// Not before this moment; then one change tries it.
    pub until: Moment,
    /// What went wrong last.
    pub why: Option<String>,
}

/// The running part of a till: what the API stands on. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub vault: Vault,
    pub clock: Clock,
    /// None where a hand holds the time.
    pub clock_guard: Option<ClockGuard>,
    pub wire: Wire,
    pub pace: Pace,
    pub fence: fence::Memory,
    pub noticed: noticing::Memory,
    pub head: head::Memory,
    pub answered: answered::Memory,
    pub notices: broadcast::Sender<Notice>,
    pub line: Mutex<LineFacts>,
    /// To the drainer of this process, while there is one.
    pub drainer: Mutex<Option<mpsc::UnboundedSender<Told>>>,
    pub handle: tokio::runtime::Handle,
}

/// What the API tells the drainer.
#[derive(Debug)]
pub enum Told {
    /// Look for new work.
    Look,
    /// Hand this to the engine, then look.
    Input(Input),
}

impl Runtime {
    /// A runtime on an open store. `handle` carries the network.
    ///
    /// # Errors
    /// The HTTP client cannot be made (no TLS roots).
    pub fn new(
        store: Store,
        vault: Vault,
        clock: Clock,
        handle: tokio::runtime::Handle,
    ) -> Result<Self, String> {
        let wire = Wire::new(clock.clone()).map_err(|error| error.to_string())?;
        let (notices, _) = broadcast::channel(NOTICES_KEPT);
        let clock_guard = ClockGuard::open(&store, &clock);
        let inner = Inner {
            store,
            vault,
            clock_guard,
            clock,
            wire,
            pace: Pace::default(),
            fence: fence::Memory::default(),
            noticed: noticing::Memory::default(),
            head: head::Memory::default(),
            answered: answered::Memory::default(),
            notices,
            line: Mutex::default(),
            drainer: Mutex::default(),
            handle,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The vault.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Now, by the clock guard: setting the wall clock moves it nowhere.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.guarded_now()
    }

    /// The moment and random bytes an id is made of.
    #[must_use]
    pub fn id_parts(&self) -> (Moment, [u8; 10]) {
        (self.now(), random_bytes())
    }

    /// Where asynchronous work runs.
    #[must_use]
    pub fn handle(&self) -> &tokio::runtime::Handle {
        &self.inner.handle
    }

    /// Listens to what changes.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Notice> {
        self.inner.notices.subscribe()
    }

    /// What is known about the line.
    #[must_use]
    pub fn line(&self) -> LineFacts {
        self.inner.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells everybody that something changed. Nobody listening is fine.
    pub fn notify(&self, notice: Notice) {
        if notice == Notice::Everything {
            // Another program may have put the time right.
            self.refresh_clock_soon();
        }
        let _ = self.inner.notices.send(notice);
    }

    /// Tells the drainer of this process, if there is one, to look for new work.
    pub fn look(&self) {
        self.tell(Told::Look);
    }

    /// Hands something to the engine of this process, if there is one.
    pub fn hand_in(&self, input: Input) {
        self.tell(Told::Input(input));
    }

    fn tell(&self, told: Told) {
        let drainer = self.inner.drainer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(drainer) = drainer.as_ref() {
            // A drainer that has just ended finds the work in the store when it starts again.
            let _ = drainer.send(told);
        }
    }

    pub(crate) fn set_line(&self, change: impl FnOnce(&mut LineFacts)) {
        let changed = {
            let mut line = self.inner.line.lock().unwrap_or_else(PoisonError::into_inner);
            let before = line.clone();
            change(&mut line);
            *line != before
        };
        if changed {
            self.notify(Notice::Line);
        }
    }

    /// Runs blocking work (database, keyring) away from the async threads.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    {
        let runtime = self.clone();
        let done = self.inner.handle.spawn_blocking(move || work(&runtime)).await;
        done.unwrap_or(Err(StoreError::Closed))
    }
}
