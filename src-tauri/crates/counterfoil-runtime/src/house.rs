//! For tests: a till with a file for its keyring, beside its folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use counterfoil_core::id::TillId;
use counterfoil_core::moment::Moment;
use counterfoil_store::table::meta;
use counterfoil_store::{DATABASE_FILE, Store};
use counterfoil_vault::{Secret, Vault, VaultSettings};
use tempfile::TempDir;

use crate::clock::Clock;
use crate::runtime::Runtime;

pub fn till() -> TillId {
    TillId::parse("T-1").expect("it is an id")
}

pub struct House {
    pub dir: TempDir,
    pub carrier: tokio::runtime::Runtime,
}

impl House {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir, carrier: tokio::runtime::Runtime::new().expect("threads") }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn open_with(&self, name: &str, passphrase: &str) -> Runtime {
        let store = Store::open(&self.at(name), Moment::from_millis(1)).expect("it opens");
        let settings = VaultSettings::File {
            path: self.at("vault"),
            passphrase: Secret::from_text(passphrase.to_owned()),
        };
        let vault = Vault::from_settings(settings);
        let handle = self.carrier.handle().clone();
        Runtime::new(store, vault, Clock::default(), handle).expect("it runs")
    }

    /// Waits until the last thread has closed the store: an end that is clean leaves no log. A
    /// file put there earlier would be written over by it.
    pub fn rests(&self, name: &str) {
        let log = self.at(name).join("counterfoil.db-wal");
        for _ in 0..1_000 {
            if !log.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the store of {name} is not closed");
    }

    pub fn open(&self, name: &str) -> Runtime {
        self.open_with(name, "only for tests")
    }

    /// A folder whose till is bound at its set-up, as `Desk::set_up` does it.
    pub fn set_up(&self, name: &str) -> Runtime {
        let runtime = self.open(name);
        let seal = runtime.bind_new_till(&till()).expect("it is there").expect("the file works");
        let write = runtime.store().write(move |connection| {
            meta::set(connection, meta::TILL_ID, till().as_str())?;
            meta::set(connection, meta::TILL_SEAL, &seal)
        });
        write.expect("it writes");
        runtime
    }

    /// A copy of a folder's store beside it, as it lies on the disk.
    pub fn copy(&self, from: &str, to: &str) {
        std::fs::create_dir_all(self.at(to)).expect("it is made");
        self.copy_into(&self.at(from), &self.at(to));
    }

    pub fn copy_into(&self, from: &Path, to: &Path) {
        for name in [DATABASE_FILE, "counterfoil.db-wal"] {
            if from.join(name).exists() {
                std::fs::copy(from.join(name), to.join(name)).expect("it is copied");
            }
        }
    }
}
