//! Keeps heads of the trail: signed by the till's own key, stored beside the trail, and the newest
//! one in the keyring, where whoever can write the data folder does not reach it.
//!
//! A head is made when there is something new: when sending has come to rest, at a sign-out, before
//! an export or a report, and now and then while a window is open. Where the keyring is away
//! nothing fails: the next head covers what came meanwhile, since every entry holds the hash of the
//! one before.
//!
//! The head in the keyring is never replaced by one of a trail that does not hold it: after an
//! older copy was put back it goes on telling.

use std::sync::{Mutex, PoisonError};

use counterfoil_core::audit::{AuditFact, Head, KEY_MADE, SignedHead};
use counterfoil_core::id::TillId;
use counterfoil_core::moment::Moment;
use counterfoil_store::table::{audit_entry, meta, signed_head};
use counterfoil_store::{Connection, StoreError};
use counterfoil_vault::{Secret, SecretName, TillKey, Vault, VaultError};
use serde_json::json;

use crate::clock::random_bytes;
use crate::fence::NotNow;
use crate::runtime::Runtime;

/// The owner and the field under which the keyring remembers the newest head; no account has this
/// id.
const OWNER: &str = "till";
const FIELD: &str = "head";

/// A window that is busy without a pause makes a head after so many entries.
const MANY: i64 = 100;

/// Least time between two heads of a window with little to do, milliseconds.
const NOT_OFTENER_MS: i64 = 5_000;

/// What became of a wish for a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadKept {
    /// The newest entry has a head, and the keyring remembers it.
    Kept {
        /// The entry.
        seq: i64,
    },
    /// Not now, for this reason. The next one covers what came meanwhile.
    NotNow {
        /// What stands in the way.
        why: String,
    },
}

/// What one run remembers, so that it need not ask the keyring when nothing is new.
#[derive(Debug, Default)]
pub struct Memory {
    /// The entry up to which the keyring remembers the trail. Locked while a head is made: one at
    /// a time.
    remembered: Mutex<i64>,
}

/// When a window makes heads.
#[derive(Debug, Default)]
pub(crate) struct Tending {
    seen: i64,
    asked: i64,
    at: Option<Moment>,
}

impl Tending {
    /// A look at a trail that is so long by now: asks for a head where it is time.
    pub(crate) fn look(&mut self, runtime: &Runtime, entries: i64) {
        let now = runtime.now();
        let rests = entries == self.seen;
        self.seen = entries;
        let waited = self.at.is_none_or(|at| now.millis_since(at) >= NOT_OFTENER_MS);
        let new = entries.saturating_sub(self.asked);
        if new >= MANY || (new > 0 && rests && waited) {
            (self.asked, self.at) = (entries, Some(now));
            runtime.keep_head_soon();
        }
    }
}

/// Where the trail stands.
struct Standing {
    till: Option<TillId>,
    newest: (i64, String),
    signed_to: i64,
    public_key: Option<String>,
}

impl Runtime {
    /// Makes a head of the newest entry, unless there is one. Blocks.
    ///
    /// # Errors
    /// The store fails. That the keyring cannot be used is no error.
    pub fn keep_head(&self) -> Result<HeadKept, StoreError> {
        if let Some(why) = self.store().read_only_because() {
            return Ok(HeadKept::NotNow { why: why.to_string() });
        }
        let mut remembered =
            self.inner.head.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = self.store().read(standing)?;
        let Standing { till: Some(till), newest: (seq, _), signed_to, .. } = &standing else {
            return Ok(HeadKept::NotNow { why: "the store is not set up yet".to_owned() });
        };
        if signed_to == seq && *remembered == *seq {
            return Ok(HeadKept::Kept { seq: *seq });
        }
        let till = till.clone();
        match make(self, &till, standing)? {
            Ok(seq) => {
                *remembered = seq;
                Ok(HeadKept::Kept { seq })
            }
            Err(why) => {
                tracing::warn!(why, "no head of the trail was made");
                Ok(HeadKept::NotNow { why })
            }
        }
    }

    /// Makes a head in the background, unless the newest entry has one.
    pub fn keep_head_soon(&self) {
        let runtime = self.clone();
        // Nobody waits for it: what stands in its way is logged, and the next one covers it.
        drop(self.handle().spawn_blocking(move || runtime.keep_head_or_log()));
    }

    /// As [`Runtime::keep_head`], where nothing depends on it.
    pub(crate) fn keep_head_or_log(&self) {
        if let Err(error) = self.keep_head() {
            tracing::warn!(%error, "no head of the trail was made");
        }
    }

    /// The newest head that the keyring remembers. Blocks.
    ///
    /// # Errors
    /// Why the keyring cannot tell, in words.
    pub fn remembered_head(&self) -> Result<Option<SignedHead>, String> {
        let till = self.store().read(meta::till_id).map_err(|error| error.to_string())?;
        let till = till.ok_or("the store is not set up yet")?;
        remembered(self.vault(), &till)
    }

    /// The key of a new till, for the first entry of its trail; none where the keyring cannot be
    /// used: it is made up for later. Blocks.
    #[must_use]
    pub fn new_till_key(&self, till: &TillId) -> Option<String> {
        let made = TillKey::read_or_make(self.vault(), till.as_str(), random_bytes());
        made.map(|key| hex(&key.public_key()))
            .inspect_err(|error| tracing::warn!(%error, "the till has no signing key yet"))
            .ok()
    }

    /// The till's signature over these bytes, as 128 hex digits, by the key the trail tells of;
    /// none where the keyring cannot be used. Blocks.
    #[must_use]
    pub fn sign_as_till(&self, message: &[u8]) -> Option<String> {
        let standing = self.store().read(standing).ok()?;
        let key = TillKey::read(self.vault(), standing.till?.as_str()).ok()??;
        let known = standing.public_key.is_some_and(|known| known == hex(&key.public_key()));
        known.then(|| hex(&key.sign(message)))
    }
}

/// Keeps the till's public key where it is looked up, with the entry that tells of it.
///
/// # Errors
/// The database cannot be written.
pub fn tell_of_key(
    connection: &Connection,
    till: &TillId,
    public_key: &str,
    at: Moment,
) -> Result<(), StoreError> {
    let fact = AuditFact {
        at: at.to_rfc3339(),
        who: "till".to_owned(),
        what: KEY_MADE.to_owned(),
        about: till.to_string(),
        facts: json!({ "public_key": public_key }),
    };
    meta::set(connection, signed_head::TILL_PUBLIC_KEY, public_key)?;
    audit_entry::append(connection, &fact).map(|_| ())
}

fn standing(connection: &Connection) -> Result<Standing, StoreError> {
    Ok(Standing {
        till: meta::till_id(connection)?,
        newest: audit_entry::head(connection)?,
        signed_to: signed_head::newest_seq(connection)?,
        public_key: meta::get(connection, signed_head::TILL_PUBLIC_KEY)?,
    })
}

/// Makes and keeps the head; the inner error says why not now.
fn make(
    runtime: &Runtime,
    till: &TillId,
    before: Standing,
) -> Result<Result<i64, String>, StoreError> {
    // A copy of the folder has the same till and the same keyring, and must not speak for it.
    if let Err(not_now) = runtime.look_at_the_fence()? {
        return Ok(Err(in_words(&not_now)));
    }
    let key = match the_key(runtime, till, &before)? {
        Ok(key) => key,
        Err(why) => return Ok(Err(why)),
    };
    let anchor = match remembered(runtime.vault(), till) {
        Ok(anchor) => anchor.map(|signed| signed.head),
        Err(why) => return Ok(Err(why)),
    };
    // Telling of the key may have made an entry.
    let Standing { newest: (seq, hash), .. } = runtime.store().read(standing)?;
    if let Some(anchor) = &anchor {
        let of = anchor.seq;
        let here = runtime.store().read(|connection| audit_entry::hash_at(connection, of))?;
        if here.as_ref() != Some(&anchor.hash) {
            let why = format!("the keyring remembers another trail, up to entry {of}");
            return Ok(Err(why));
        }
    }
    let head = Head { till: till.to_string(), seq, hash, at: runtime.now().to_rfc3339() };
    let signature = hex(&key.sign(head.statement().as_bytes()));
    let signed = SignedHead { head, public_key: hex(&key.public_key()), signature };
    let kept = signed.clone();
    // First here, then in the keyring: it never remembers what was never stored.
    runtime.store().write(move |connection| signed_head::insert(connection, &kept))?;
    if anchor.is_none_or(|anchor| anchor.seq < seq) {
        let line = Secret::from_text(signed.to_line());
        if let Err(error) = runtime.vault().set(&name(till), &line) {
            return Ok(Err(error.to_string()));
        }
    }
    Ok(Ok(seq))
}

fn in_words(not_now: &NotNow) -> String {
    match not_now {
        NotNow::AnotherTill(why) => {
            format!("this folder may not speak for the till: {}", why.word())
        }
        NotNow::KeyringClosed { why } => why.clone(),
        NotNow::NotSetUp => "the store is not set up yet".to_owned(),
    }
}

/// The till's key: the one the trail tells of, or where it tells of none yet, a new one.
fn the_key(
    runtime: &Runtime,
    till: &TillId,
    before: &Standing,
) -> Result<Result<TillKey, String>, StoreError> {
    if before.public_key.is_none()
        && let Err(error) = tell_of_new_key(runtime, till)?
    {
        return Ok(Err(error.to_string()));
    }
    let known =
        runtime.store().read(|connection| meta::get(connection, signed_head::TILL_PUBLIC_KEY))?;
    Ok(match TillKey::read(runtime.vault(), till.as_str()) {
        Ok(Some(key)) if known == Some(hex(&key.public_key())) => Ok(key),
        Ok(Some(_)) => Err("the keyring holds another key than the trail tells of".to_owned()),
        Ok(None) => Err("the keyring holds no signing key of this till".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// Within the commit, so that of two programs one makes it.
fn tell_of_new_key(runtime: &Runtime, till: &TillId) -> Result<Result<(), VaultError>, StoreError> {
    let (vault, till, at) = (runtime.vault().clone(), till.clone(), runtime.now());
    let random = random_bytes();
    runtime.store().write(move |connection| {
        if meta::get(connection, signed_head::TILL_PUBLIC_KEY)?.is_some() {
            return Ok(Ok(()));
        }
        let key = match TillKey::read_or_make(&vault, till.as_str(), random) {
            Ok(key) => key,
            Err(error) => return Ok(Err(error)),
        };
        tell_of_key(connection, &till, &hex(&key.public_key()), at).map(Ok)
    })
}

fn remembered(vault: &Vault, till: &TillId) -> Result<Option<SignedHead>, String> {
    let entry = vault.get(&name(till)).map_err(|error| error.to_string())?;
    let Some(entry) = entry else { return Ok(None) };
    let signed = SignedHead::parse(entry.expose()).filter(SignedHead::is_signed);
    let signed = signed.filter(|signed| signed.head.till == till.as_str());
    signed.map(Some).ok_or_else(|| "what the keyring remembers of the trail is no head".to_owned())
}

fn name(till: &TillId) -> SecretName {
    SecretName::new(till.as_str(), OWNER, FIELD).expect("ids are made of what names are made of")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
