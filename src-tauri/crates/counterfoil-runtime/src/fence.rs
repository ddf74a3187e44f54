//! Who may send: the one till whose folder this is, and no copy of it.
//!
//! The keyring holds a key of the till, where its folder lies, and how often the right to send was
//! taken up (the epoch); the database holds the key's seal and the same count. A copy elsewhere
//! lies in another place; an older copy put back in the right place has a lower count; on another
//! computer, or for another person, there is no key. None of them sends.
//!
//! The count goes up in the database first, durably, then in the keyring: whatever ends in
//! between, the database is ahead and never behind, unless it is older than the last sending. It
//! goes up when sending begins, when it ends, and in between as long as something happens. A
//! database that is ahead by more than one has a keyring that forgot (a power cut, a keyring put
//! back from a backup): that is noted and no reason to stop.
//!
//! **What cannot be seen from here:** a folder and its keyring put back together, as with an image
//! of the whole disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::id::TillId;
use counterfoil_store::table::{audit_entry, meta};
use counterfoil_store::{StoreError, Whereabouts};
use counterfoil_vault::{Backend, Secret, SecretName, Vault, VaultError};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::clock::random_bytes;
use crate::runtime::Runtime;

/// The owner and the field of the entry in the keyring; no account has this id.
const OWNER: &str = "till";
const FIELD: &str = "key";

/// The first word of the entry: its form.
const FORM: &str = "1";
/// Stands for what is not known in the entry.
const NOTHING: &str = "-";

/// How often the count goes up while sending lasts and something happens: a copy made meanwhile
/// is found out after this time even if the till is switched off without warning.
const RAISE_EVERY: Duration = Duration::from_secs(60);

/// Why sending did not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotNow {
    /// The right to send belongs to another till: this is a copy, or the key is not here.
    AnotherTill(FenceWhy),
    /// The keyring cannot be asked, for this reason. What is asked for is kept meanwhile.
    KeyringClosed {
        /// What is wrong and what to do.
        why: String,
    },
    /// The store has no till yet.
    NotSetUp,
}

/// What shows that this folder may not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceWhy {
    /// The keyring holds no key for this till.
    NoKey,
    /// The keyring holds another key.
    OtherKey,
    /// Folder and keyring come from another computer.
    OtherMachine,
    /// The folder lies elsewhere, and it is not the same file moved.
    Copied,
    /// The right to send was taken up more often than this database knows.
    Older,
}

impl FenceWhy {
    /// One word, for the trail and for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::OtherKey => "other_key",
            Self::OtherMachine => "other_machine",
            Self::Copied => "copied",
            Self::Older => "older",
        }
    }

    /// What happened, whether money moved, what to do.
    #[must_use]
    pub fn words(self) -> String {
        let (what, todo) = match self {
            Self::NoKey => (
                "the keyring of this person on this computer holds no key of this till: its data \
                 folder comes from another computer or person, or the key was removed",
                "Work on the till's own computer as its own person, or put its keyring (or the \
                 file of COUNTERFOIL_VAULT) back",
            ),
            Self::OtherKey => (
                "the keyring holds another key for this till than its data folder was made with",
                "Put back the keyring (or the file of COUNTERFOIL_VAULT) that belongs to this \
                 folder",
            ),
            Self::OtherMachine => (
                "this data folder and its keyring were copied from another computer",
                "Work on the till's own computer",
            ),
            Self::Copied => (
                "this data folder is a copy: the right to send belongs to the folder it was copied \
                 from",
                "Work on the till's own folder and keep this copy for reading",
            ),
            Self::Older => (
                "this data folder is older than the last sending of this till: it was put back \
                 from a copy, and what it shows as waiting may have been sent since",
                "Put the till's newest folder back; if it is lost, look at the provider what \
                 became of each change that waits here",
            ),
        };
        format!(
            "{what}. Nothing is sent from here, no money moved, what waits stays queued. {todo}."
        )
    }
}

/// The right to send, taken up. Ends with [`Pass::close`].
#[derive(Debug)]
pub struct Pass {
    keeper: JoinHandle<()>,
}

/// What one run remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// One raise at a time: the two writes belong together.
    raised: Mutex<Raised>,
    /// The refusal that stands in the trail already.
    noted: Mutex<Option<FenceWhy>>,
}

/// The newest entry of the trail when the count went up last.
#[derive(Debug, Default)]
struct Raised {
    revision: i64,
}

/// What the keyring holds of a till.
#[derive(Debug, Clone)]
struct Kept {
    key: Secret,
    epoch: u64,
    place: Whereabouts,
}

/// What the database holds of a till.
struct Known {
    till: TillId,
    seal: Option<String>,
    epoch: u64,
}

/// What follows from the two.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Neither knows the other yet.
    Bind,
    /// Binding was cut off after the keyring had the key.
    BindOn,
    /// This till; the folder was moved; the keyring forgot some counts.
    Pass {
        moved: bool,
        forgot: bool,
    },
    Refuse(FenceWhy),
}

impl Runtime {
    /// Takes up the right to send; call it when the drain lock is held, before anything else.
    ///
    /// # Errors
    /// The store fails. That this folder may not send now is the inner error.
    pub(crate) async fn pass_the_fence(&self) -> Result<Result<Pass, NotNow>, StoreError> {
        let passed = self.blocking(pass).await?;
        self.set_line(|line| {
            line.another_till = matches!(passed, Err(NotNow::AnotherTill(_)));
            match &passed {
                Ok(()) => line.keyring_closed = false,
                Err(NotNow::AnotherTill(why)) => line.detail = Some(why.words()),
                Err(NotNow::KeyringClosed { why }) => {
                    line.keyring_closed = true;
                    line.detail = Some(why.clone());
                }
                Err(NotNow::NotSetUp) => {}
            }
        });
        self.note_fence(&passed).await;
        Ok(passed.map(|()| Pass { keeper: self.handle().spawn(keep_raising(self.clone())) }))
    }

    /// Whether this folder could send, without taking up the right. Blocks.
    ///
    /// # Errors
    /// The store cannot be read. That it could not send is the inner error.
    pub fn look_at_the_fence(&self) -> Result<Result<(), NotNow>, StoreError> {
        let (known, kept) = match both(self)? {
            Ok(both) => both,
            Err(not_now) => return Ok(Err(not_now)),
        };
        let here = Whereabouts::of(self.store().dir())?;
        Ok(match judge(&known, &here, kept.as_ref()) {
            Verdict::Bind | Verdict::BindOn | Verdict::Pass { .. } => Ok(()),
            Verdict::Refuse(why) => Err(NotNow::AnotherTill(why)),
        })
    }

    /// Gives a new till its key, and answers the seal for its database; none where the keyring
    /// cannot be used, and then the till is bound when it sends for the first time. Blocks.
    ///
    /// # Errors
    /// The data folder cannot be looked at.
    pub fn bind_new_till(&self, till: &TillId) -> Result<Option<String>, StoreError> {
        let here = Whereabouts::of(self.store().dir())?;
        match new_key(self.vault(), till, here) {
            Ok(kept) => Ok(Some(seal(till, &kept.key))),
            Err(error) => {
                tracing::warn!(%error, "the till has no key yet");
                Ok(None)
            }
        }
    }
}

impl Pass {
    /// Gives the right back: the count goes up once more where something happened, so that a copy
    /// made meanwhile is older.
    pub(crate) async fn close(self, runtime: &Runtime) {
        self.keeper.abort();
        raise_if_anything_happened(runtime).await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep_raising(runtime: Runtime) {
    loop {
        tokio::time::sleep(RAISE_EVERY).await;
        raise_if_anything_happened(&runtime).await;
    }
}

async fn raise_if_anything_happened(runtime: &Runtime) {
    let raised = runtime.blocking(|runtime| {
        let before = last_raised(runtime).revision;
        if runtime.store().revision()? == before {
            return Ok(());
        }
        match both(runtime)? {
            Ok((known, Some(kept))) => {
                let here = Whereabouts::of(runtime.store().dir())?;
                raise(runtime, &known.till, &kept, here, Vec::new()).map(drop)
            }
            Ok((_, None)) | Err(_) => Ok(()),
        }
    });
    // The count goes up again when sending begins; nothing depends on this one.
    if let Err(error) = raised.await {
        tracing::warn!(%error, "the right to send could not be renewed");
    }
}

fn pass(runtime: &Runtime) -> Result<Result<(), NotNow>, StoreError> {
    let (known, kept) = match both(runtime)? {
        Ok(both) => both,
        Err(not_now) => return Ok(Err(not_now)),
    };
    let here = Whereabouts::of(runtime.store().dir())?;
    let mut facts = Vec::new();
    let kept = match (judge(&known, &here, kept.as_ref()), kept) {
        (Verdict::Refuse(why), _) => {
            note_refusal(runtime, &known.till, why)?;
            return Ok(Err(NotNow::AnotherTill(why)));
        }
        (Verdict::Pass { moved, forgot }, Some(kept)) => {
            facts.extend(moved.then_some("till.moved"));
            facts.extend(forgot.then_some("till.keyring_behind"));
            kept
        }
        (Verdict::BindOn, Some(kept)) => bound(runtime, &known.till, kept)?,
        (Verdict::Bind | Verdict::BindOn | Verdict::Pass { .. }, _) => {
            match new_key(runtime.vault(), &known.till, here.clone()) {
                Ok(kept) => bound(runtime, &known.till, kept)?,
                Err(error) => return Ok(Err(closed(&error))),
            }
        }
    };
    raise(runtime, &known.till, &kept, here, facts)
}

fn judge(known: &Known, here: &Whereabouts, kept: Option<&Kept>) -> Verdict {
    let Some(kept) = kept else {
        let sealed = known.seal.is_some();
        return if sealed { Verdict::Refuse(FenceWhy::NoKey) } else { Verdict::Bind };
    };
    let sealed_otherwise =
        known.seal.as_ref().is_some_and(|known_seal| *known_seal != seal(&known.till, &kept.key));
    if sealed_otherwise {
        return Verdict::Refuse(FenceWhy::OtherKey);
    }
    if !here.same_machine(&kept.place) {
        return Verdict::Refuse(FenceWhy::OtherMachine);
    }
    let moved = here.path != kept.place.path;
    if moved && !here.same_file(&kept.place) {
        return Verdict::Refuse(FenceWhy::Copied);
    }
    if known.epoch < kept.epoch {
        return Verdict::Refuse(FenceWhy::Older);
    }
    if known.seal.is_none() {
        return Verdict::BindOn;
    }
    Verdict::Pass { moved, forgot: known.epoch > kept.epoch.saturating_add(1) }
}

/// What keyring and database hold. The keyring is read first: the database goes up before it, so
/// that one that goes up meanwhile does not seem to be behind.
fn both(runtime: &Runtime) -> Result<Result<(Known, Option<Kept>), NotNow>, StoreError> {
    let Some(till) = runtime.store().read(meta::till_id)? else {
        return Ok(Err(NotNow::NotSetUp));
    };
    let kept = match kept(runtime.vault(), &till) {
        Ok(kept) => kept,
        Err(not_now) => return Ok(Err(not_now)),
    };
    let known = runtime.store().read(|connection| {
        let seal = meta::get(connection, meta::TILL_SEAL)?;
        Ok(Known { till, seal, epoch: meta::epoch(connection)? })
    });
    Ok(Ok((known?, kept)))
}

/// What the keyring holds; a keyring that has nothing is asked whether it works at all.
fn kept(vault: &Vault, till: &TillId) -> Result<Option<Kept>, NotNow> {
    let entry = vault.get(&name(till)).map_err(|error| closed(&error))?;
    let Some(entry) = entry else {
        // A login keyring that was never set up also answers that it has nothing.
        return match vault.backend() {
            Backend::OsKeyring => vault.probe().map(|()| None).map_err(|error| closed(&error)),
            Backend::File => Ok(None),
        };
    };
    // What cannot be read is no key of this till.
    Kept::read(&entry).map(Some).ok_or(NotNow::AnotherTill(FenceWhy::OtherKey))
}

fn new_key(vault: &Vault, till: &TillId, place: Whereabouts) -> Result<Kept, VaultError> {
    let key = Secret::from_text(sha256_hex(&random_bytes::<32>()));
    let kept = Kept { key, epoch: 0, place };
    vault.set(&name(till), &kept.written())?;
    Ok(kept)
}

/// Seals the database with a key that the keyring has.
fn bound(runtime: &Runtime, till: &TillId, kept: Kept) -> Result<Kept, StoreError> {
    let seal = seal(till, &kept.key);
    let fact = fact(runtime, till, "till.bound", json!({ "seal": seal }));
    runtime.store().write(move |connection| {
        meta::set(connection, meta::TILL_SEAL, &seal)?;
        audit_entry::append(connection, &fact).map(|_| ())
    })?;
    Ok(kept)
}

/// Counts up: the database first, then the keyring.
fn raise(
    runtime: &Runtime,
    till: &TillId,
    kept: &Kept,
    here: Whereabouts,
    facts: Vec<&'static str>,
) -> Result<Result<(), NotNow>, StoreError> {
    let mut raised = last_raised(runtime);
    let facts: Vec<_> =
        facts.into_iter().map(|what| fact(runtime, till, what, json!({}))).collect();
    let (epoch, revision) = runtime.store().write(move |connection| {
        let epoch = meta::epoch(connection)?.saturating_add(1);
        meta::set(connection, meta::TILL_EPOCH, &epoch.to_string())?;
        for fact in &facts {
            audit_entry::append(connection, fact)?;
        }
        Ok((epoch, audit_entry::head(connection)?.0))
    })?;
    raised.revision = revision;
    let kept = Kept { epoch, place: here, key: kept.key.clone() };
    let set = runtime.vault().set(&name(till), &kept.written());
    Ok(set.map_err(|error| closed(&error)))
}

fn last_raised(runtime: &Runtime) -> std::sync::MutexGuard<'_, Raised> {
    runtime.inner.fence.raised.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Once a run, however often it is tried.
fn note_refusal(runtime: &Runtime, till: &TillId, why: FenceWhy) -> Result<(), StoreError> {
    let mut noted = runtime.inner.fence.noted.lock().unwrap_or_else(PoisonError::into_inner);
    if *noted == Some(why) {
        return Ok(());
    }
    let fact = fact(runtime, till, "till.refused_to_send", json!({ "why": why.word() }));
    runtime.store().write(move |connection| audit_entry::append(connection, &fact).map(|_| ()))?;
    *noted = Some(why);
    Ok(())
}

fn fact(runtime: &Runtime, till: &TillId, what: &str, facts: serde_json::Value) -> AuditFact {
    AuditFact {
        at: runtime.now().to_rfc3339(),
        who: "till".to_owned(),
        what: what.to_owned(),
        about: till.to_string(),
        facts,
    }
}

fn closed(error: &VaultError) -> NotNow {
    NotNow::KeyringClosed { why: error.to_string() }
}

fn name(till: &TillId) -> SecretName {
    SecretName::new(till.as_str(), OWNER, FIELD).expect("ids are made of what names are made of")
}

/// Tells a key without telling it.
fn seal(till: &TillId, key: &Secret) -> String {
    sha256_hex(format!("counterfoil till {till} {}", key.expose()).as_bytes())
}

impl Kept {
    fn written(&self) -> Secret {
        let Whereabouts { node, path, machine } = &self.place;
        let or_nothing = |text: &Option<String>| text.clone().unwrap_or(NOTHING.to_owned());
        Secret::from_text(format!(
            "{FORM} {} {} {path} {} {}",
            self.key.expose(),
            self.epoch,
            or_nothing(node),
            or_nothing(machine)
        ))
    }

    fn read(entry: &Secret) -> Option<Self> {
        let words: Vec<&str> = entry.expose().split(' ').collect();
        let [FORM, key, epoch, path, node, machine] = words[..] else { return None };
        let known = |text: &str| (text != NOTHING).then(|| text.to_owned());
        Some(Self {
            key: Secret::from_text(key.to_owned()),
            epoch: epoch.parse().ok()?,
            place: Whereabouts {
                node: known(node),
                path: path.to_owned(),
                machine: known(machine),
            },
        })
    }
}

#[cfg(test)]
mod tests;
