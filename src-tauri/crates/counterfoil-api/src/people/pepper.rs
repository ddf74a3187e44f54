//! The till's pepper, as far as its keyring gives it, and what is made of a PIN with it.

use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_core::id::{StaffId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_runtime::random_bytes;
use counterfoil_store::table::staff::PinMarks;
use counterfoil_store::table::{meta, staff};
use counterfoil_vault::{
    Backend, KeyRandom, Pepper, PersonKey, Pin, PinHash, SealedKey, ShortCheck, Vault, VaultError,
};

use crate::desk::Desk;
use crate::{Fault, FaultCode};

/// How long a keyring that gave no answer is left alone when somebody signs in, in milliseconds:
/// each call may wait twenty seconds, and a cashier would at every sign-in.
const LEFT_ALONE_MS: i64 = 60_000;

/// What this program remembers of the till's pepper.
#[derive(Clone, Default)]
pub struct PepperMemory {
    inner: Arc<Mutex<Remembered>>,
}

#[derive(Default)]
struct Remembered {
    pepper: Option<Pepper>,
    /// Since when the keyring gives no answer, by `Runtime::counter`, and what it said.
    silent: Option<(Moment, String)>,
}

/// What the keyring says of the pepper.
pub enum Kept {
    /// It is here.
    Open(Pepper),
    /// The keyring cannot be asked, for this reason.
    Closed(String),
    /// The keyring can be read and does not have it.
    Gone,
}

/// Whether a keyring that gave no answer a moment ago is asked again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Yes: somebody is to decide.
    Again,
    /// Not yet: somebody only signs in.
    NotYet,
}

impl Desk {
    /// The pepper with this mark.
    pub(super) fn pepper(&self, mark: &str, ask: Ask) -> Result<Kept, Fault> {
        if let Some(kept) = self.remembered(mark, ask) {
            return Ok(kept);
        }
        let vault = self.runtime.vault();
        let kept = match read(vault, &self.till()?) {
            Ok(Some(pepper)) if pepper.mark() == mark => Kept::Open(pepper),
            Ok(_) => Kept::Gone,
            Err(error) => return Ok(self.closed(&error)),
        };
        self.remember(&kept);
        Ok(kept)
    }

    /// The till's pepper as the keyring has it now, made where nobody's PIN is checked with one
    /// yet. What is remembered may be of before: another program may have made a new one.
    pub(super) fn pepper_or_new(&self, ask: Ask) -> Result<Kept, Fault> {
        if let Some(why) = self.silent(ask) {
            return Ok(Kept::Closed(why));
        }
        let (vault, till) = (self.runtime.vault().clone(), self.till()?);
        match Pepper::read(&vault, &till) {
            Ok(Some(pepper)) => {
                let kept = Kept::Open(pepper);
                self.remember(&kept);
                return Ok(kept);
            }
            Ok(None) => {}
            Err(error) => return Ok(self.closed(&error)),
        }
        if self.read(staff::any_peppered)? {
            return Ok(Kept::Gone);
        }
        // Inside the one write that any program of this till has at a time: no two are made.
        let made = self.store().write(move |connection| {
            if staff::any_peppered(connection)? {
                return Ok(Pepper::read(&vault, &till));
            }
            Ok(Pepper::read_or_make(&vault, &till, random_bytes()).map(Some))
        })?;
        let kept = match made {
            Ok(Some(pepper)) => Kept::Open(pepper),
            Ok(None) => Kept::Gone,
            Err(error) => return Ok(self.closed(&error)),
        };
        self.remember(&kept);
        Ok(kept)
    }

    /// The pepper of a till that is being set up; none where the keyring is away, and then PINs are
    /// checked without until it is there.
    pub(crate) fn pepper_of_new_till(&self, till: &TillId) -> Option<Pepper> {
        // Nobody else knows this till yet.
        let made = Pepper::read_or_make(self.runtime.vault(), till.as_str(), random_bytes());
        match made {
            Ok(pepper) => Some(pepper),
            Err(error) => {
                tracing::warn!(%error, "the till has no pepper yet: the keyring is away");
                None
            }
        }
    }

    pub(super) fn remember(&self, kept: &Kept) {
        let mut remembered = self.pepper_memory();
        match kept {
            Kept::Open(pepper) => {
                *remembered = Remembered { pepper: Some(pepper.clone()), silent: None };
            }
            Kept::Gone => remembered.silent = None,
            Kept::Closed(_) => {}
        }
    }

    /// The id of this till.
    pub(super) fn till(&self) -> Result<String, Fault> {
        let till = self.read(meta::till_id)?;
        let words = "this till is not set up yet";
        Ok(till.ok_or_else(|| Fault::new(FaultCode::FirstRun, words))?.to_string())
    }

    fn closed(&self, error: &VaultError) -> Kept {
        let why = error.to_string();
        let silent = matches!(error, VaultError::NoAnswer { .. });
        let since = silent.then(|| (self.runtime.counter(), why.clone()));
        self.pepper_memory().silent = since;
        Kept::Closed(why)
    }

    fn remembered(&self, mark: &str, ask: Ask) -> Option<Kept> {
        // Another program may have made a new one since.
        let pepper = self.pepper_memory().pepper.clone().filter(|pepper| pepper.mark() == mark);
        pepper.map(Kept::Open).or_else(|| self.silent(ask).map(Kept::Closed))
    }

    fn silent(&self, ask: Ask) -> Option<String> {
        let remembered = self.pepper_memory();
        let (since, why) = remembered.silent.as_ref().filter(|_| ask == Ask::NotYet)?;
        let waited = self.runtime.counter().millis_since(*since);
        (0..LEFT_ALONE_MS).contains(&waited).then(|| why.clone())
    }

    fn pepper_memory(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.pepper_memory.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the vault holds. A keyring that has nothing is asked whether it works at all: one that was
/// never set up also answers that it has nothing.
fn read(vault: &Vault, till: &str) -> Result<Option<Pepper>, VaultError> {
    let pepper = Pepper::read(vault, till)?;
    if pepper.is_none() && vault.backend() == Backend::OsKeyring {
        vault.probe()?;
    }
    Ok(pepper)
}

/// Everything that is kept of a new PIN: with a pepper a new key, too; without one (a till whose
/// keyring has never been there) the hash alone, until the person's next PIN finds it there.
pub fn marks(owner: &StaffId, pin: &Pin, pepper: Option<&Pepper>) -> PinMarks {
    let Some(pepper) = pepper else {
        let pin_hash = PinHash::hash(pin, &random_bytes()).to_phc();
        return PinMarks { pin_hash, ..PinMarks::default() };
    };
    let random = KeyRandom { salt: random_bytes(), seed: random_bytes().into() };
    sealed(pin, pepper, &SealedKey::make(owner.as_str(), pin, pepper, &random))
}

/// As [`marks`], keeping the key that the person has.
pub fn marks_of(owner: &StaffId, pin: &Pin, pepper: &Pepper, key: &PersonKey) -> PinMarks {
    let key = SealedKey::reseal(owner.as_str(), pin, pepper, random_bytes(), key);
    sealed(pin, pepper, &key)
}

fn sealed(pin: &Pin, pepper: &Pepper, key: &SealedKey) -> PinMarks {
    PinMarks {
        pin_hash: PinHash::hash_with_pepper(pin, &random_bytes(), pepper).to_phc(),
        pepper_mark: Some(pepper.mark()),
        short_check: Some(ShortCheck::make(pin, &random_bytes()).to_text()),
        public_key: Some(hex::encode(key.public_key())),
        sealed_key: Some(key.to_text()),
    }
}
