use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_core::audit::AuditFact;
use counterfoil_core::id::StaffId;
use counterfoil_runtime::{Clock, Notice, Runtime};
use counterfoil_store::table::{audit_entry, meta};
use counterfoil_store::{Connection, Store, StoreError};
use counterfoil_vault::{Vault, VaultSettings};
use serde_json::Value;

use crate::people::PepperMemory;
use crate::reconciling::Going;
use crate::view::{DeskEvent, PinHint};
use crate::{Fault, FaultCode};

/// How a desk is opened.
pub struct DeskOptions {
    /// The till's data folder.
    pub data_dir: PathBuf,
    /// Where secrets are kept.
    pub vault: VaultSettings,
    /// Where the time comes from.
    pub clock: Clock,
    /// What carries the network.
    pub handle: tokio::runtime::Handle,
}

/// One till's desk: the store, the vault and the runtime behind every call. Cheap to clone.
/// Calls block; never make them on an async thread.
#[derive(Clone)]
pub struct Desk {
    pub(crate) runtime: Runtime,
    pub(crate) pins: Arc<Mutex<Vec<PinHint>>>,
    pub(crate) pepper_memory: PepperMemory,
    pub(crate) reconciling: Going,
}

impl Desk {
    /// Opens the desk of a data folder, making an empty store where there is none. A store that
    /// cannot be opened in full is opened for reading where that is possible: [`Desk::rescue`].
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(options: DeskOptions) -> Result<Self, Fault> {
        let now = options.clock.now();
        let dir = &options.data_dir;
        let store = Store::open(dir, now).or_else(|why| Store::open_read_only(dir, why))?;
        let vault = Vault::from_settings(options.vault);
        let runtime = Runtime::new(store, vault, options.clock, options.handle)
            .map_err(|why| Fault::new(FaultCode::Store, format!("HTTPS cannot be used: {why}")))?;
        Ok(Self {
            runtime,
            pins: Arc::default(),
            pepper_memory: PepperMemory::default(),
            reconciling: Going::default(),
        })
    }

    /// Why this desk is for reading only; `None` where it is open in full. Nothing can be stored
    /// and nothing is sent then.
    #[must_use]
    pub fn rescue(&self) -> Option<Fault> {
        self.store().read_only_because().map(Fault::from)
    }

    /// True where a data folder holds a store already.
    #[must_use]
    pub fn exists(data_dir: &Path) -> bool {
        Store::exists(data_dir)
    }

    /// Calls `hear` with every event until the desk is gone.
    pub fn listen(&self, mut hear: impl FnMut(DeskEvent) + Send + 'static) {
        let mut notices = self.runtime.listen();
        self.runtime.handle().spawn(async move {
            use tokio::sync::broadcast::error::RecvError;
            loop {
                match notices.recv().await {
                    Ok(notice) => hear(event(notice)),
                    Err(RecvError::Lagged(_)) => hear(DeskEvent::Everything),
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    pub(crate) fn store(&self) -> &Store {
        self.runtime.store()
    }

    /// One read of the store.
    pub(crate) fn read<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, Fault> {
        Ok(self.store().read(job)?)
    }

    /// One write with its trail entry, in one transaction.
    pub(crate) fn write_with_trail<T, F>(&self, fact: AuditFact, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Ok(self.store().write(move |connection| {
            let outcome = job(connection)?;
            audit_entry::append(connection, &fact)?;
            Ok(outcome)
        })?)
    }

    /// A fact for the trail, at this moment.
    pub(crate) fn fact(
        &self,
        who: Option<&StaffId>,
        what: &str,
        about: &str,
        facts: Value,
    ) -> AuditFact {
        AuditFact {
            at: self.runtime.now().to_rfc3339(),
            who: who.map_or_else(|| "till".to_owned(), ToString::to_string),
            what: what.to_owned(),
            about: about.to_owned(),
            facts,
        }
    }

    pub(crate) fn is_set_up(&self) -> Result<bool, Fault> {
        Ok(self.read(meta::till_id)?.is_some())
    }

    pub(crate) fn training_pins(&self) -> Vec<PinHint> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn event(notice: Notice) -> DeskEvent {
    match notice {
        Notice::Change(id) => DeskEvent::Change { change_id: id.to_string() },
        Notice::Payment(id) => DeskEvent::Payment { payment_id: id.to_string() },
        Notice::Line => DeskEvent::Desk,
        Notice::Notices => DeskEvent::Notices,
        Notice::Everything => DeskEvent::Everything,
    }
}
