//! Keeps notices true: looks at what the store's triggers noted and at deadlines that are over, and
//! takes the steps that `counterfoil_core::notice` answers.
//!
//! Nothing is searched for: a look costs by what changed, however many payments there are and
//! however long the queue is. Any process may do it, at any time and twice: the facts decide. While
//! a till is open for sending one task does ([`Runtime::keep_notices`]); whoever lists notices does
//! before.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use counterfoil_core::change::State;
use counterfoil_core::id::{AccountId, ChangeId};
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{
    ChangeFacts, Wanted, of_account, of_change, of_folder, of_till, turn,
};
use counterfoil_store::table::change;
use counterfoil_store::table::notice::{self, FOLDER_OLDER_SINCE, Look, What};
use counterfoil_store::{Connection, StoreError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::fence::{FenceWhy, NotNow};
use crate::runtime::{Notice, Runtime};

/// Looks in one commit: bounds how long others wait for the writer.
const LOOKS_AT_ONCE: u32 = 200;

/// How often it is seen whether another process of this till turned notices (targets S14: at most
/// one wake-up a second; the machine's sleep is noticed by it too).
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What is done together comes together: one look for it, not one each.
const GATHER: Duration = Duration::from_millis(100);

/// What this process told the store of itself, so that it is told once.
#[derive(Debug, Default)]
pub struct Memory {
    keyring_closed: Mutex<Option<bool>>,
}

impl Runtime {
    /// Makes what is kept about notices true at this moment. Answers whether what stands has
    /// changed. Blocks; a store that is open for reading only keeps what it has.
    ///
    /// # Errors
    /// The store fails.
    pub fn look_at_notices(&self) -> Result<bool, StoreError> {
        if self.store().read_only_because().is_some() {
            return Ok(false);
        }
        let now = self.now();
        let mut changed = false;
        while self.store().read(|connection| notice::is_due(connection, now))? {
            let looked = self.store().write(move |connection| look(connection, now))?;
            changed |= looked.changed;
            // What cannot be moved on must not hold anybody here.
            if looked.many == 0 {
                break;
            }
        }
        if changed {
            self.notify(Notice::Notices);
        }
        Ok(changed)
    }

    /// Keeps notices true until told to stop: after what happens in this process, when a deadline
    /// is over, and where another process of this till did something.
    pub async fn keep_notices(&self, mut stopped: watch::Receiver<bool>) {
        let mut heard = self.listen();
        let mut known = None;
        while !*stopped.borrow() {
            let next = self.blocking(|runtime| runtime.turn_notices()).await;
            let (next, turns) = next.unwrap_or_else(|error| {
                tracing::error!(%error, "notices cannot be looked at");
                (None, known.unwrap_or(0))
            });
            if known.is_some_and(|known| known != turns) {
                self.notify(Notice::Notices);
            }
            known = Some(turns);
            let gather = tokio::select! {
                () = tokio::time::sleep(self.until(next)) => false,
                () = something_happened(&mut heard) => true,
                () = told_to_stop(&mut stopped) => false,
            };
            if gather {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// The next deadline, and how often notices changed on this till.
    fn turn_notices(&self) -> Result<(Option<Moment>, i64), StoreError> {
        self.look_at_notices()?;
        let now = self.now();
        let (old, due, turns) = self.store().read(|connection| {
            Ok((
                notice::is_anything_old(connection, now)?,
                notice::next_due(connection)?,
                notice::turns(connection)?,
            ))
        })?;
        if old && self.store().read_only_because().is_none() {
            self.store().write(move |connection| forget(connection, now))?;
        }
        Ok((due, turns))
    }

    fn until(&self, next: Option<Moment>) -> Duration {
        let now = self.now();
        // One that is over and cannot be looked at must not keep this awake.
        let next = next.filter(|at| *at > now);
        let millis = next.and_then(|at| u64::try_from(at.millis_since(now)).ok());
        millis.map_or(LOOK_EVERY, |millis| Duration::from_millis(millis).min(LOOK_EVERY))
    }

    /// Notes that the trail is known not to be what was signed, or that it is. Blocks.
    ///
    /// # Errors
    /// The store fails.
    pub fn note_trail(&self, broken: bool) -> Result<(), StoreError> {
        self.note_fact(notice::TRAIL_BROKEN_SINCE, broken)
    }

    /// Notes what the fence said: a folder older than its keyring was rolled back, and a keyring
    /// that cannot be asked is closed.
    pub(crate) async fn note_fence(&self, passed: &Result<(), NotNow>) {
        let (older, closed) = match passed {
            Ok(()) => (Some(false), Some(false)),
            Err(NotNow::AnotherTill(why)) => (Some(*why == FenceWhy::Older), None),
            Err(NotNow::KeyringClosed { .. }) => (None, Some(true)),
            Err(NotNow::NotSetUp) => (None, None),
        };
        if let Some(older) = older {
            self.note_soon(FOLDER_OLDER_SINCE, older).await;
        }
        if let Some(closed) = closed {
            // Another process may have noted otherwise since this one looked.
            *self.keyring_noted() = None;
            self.note_keyring(closed).await;
        }
    }

    /// Notes whether secrets could be read. Where they could not, the till's own key tells a closed
    /// keyring from an account that has none.
    pub(crate) async fn note_secrets(&self, unread: bool) {
        let closed = unread && {
            let looked = self.blocking(Self::look_at_the_fence).await;
            matches!(looked, Ok(Err(NotNow::KeyringClosed { .. })))
        };
        self.note_keyring(closed).await;
    }

    /// Notes whether the keyring can be read, where that is news to this process.
    async fn note_keyring(&self, closed: bool) {
        let known = self.keyring_noted().replace(closed);
        if known != Some(closed) {
            self.note_soon(notice::KEYRING_CLOSED_SINCE, closed).await;
        }
    }

    fn keyring_noted(&self) -> MutexGuard<'_, Option<bool>> {
        self.inner.noticed.keyring_closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note_soon(&self, key: &'static str, holds: bool) {
        let noted = self.blocking(move |runtime| runtime.note_fact(key, holds)).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a notice cannot be noted");
        }
    }

    fn note_fact(&self, key: &'static str, holds: bool) -> Result<(), StoreError> {
        if self.store().read_only_because().is_some() {
            return Ok(());
        }
        let since = holds.then(|| self.now());
        // Nothing is written where it is no news.
        let kept = self.store().read(|connection| notice::is_noted(connection, key))?;
        if kept == holds {
            return Ok(());
        }
        self.store().write(move |connection| notice::note_fact(connection, key, since))?;
        self.notify(Notice::Line);
        Ok(())
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone: as good as told.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Waits until this process did something that a notice may hang on.
async fn something_happened(heard: &mut broadcast::Receiver<Notice>) {
    loop {
        match heard.recv().await {
            // Payments alone raise nothing, and notices are what this is about.
            Ok(Notice::Payment(_) | Notice::Notices) => {}
            Ok(Notice::Change(_) | Notice::Line | Notice::Everything)
            | Err(RecvError::Lagged(_)) => {
                return;
            }
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// What one look did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// How much was looked at.
    pub many: usize,
    /// True where what stands has changed.
    pub changed: bool,
}

/// Looks at what is noted and due, in one transaction.
///
/// # Errors
/// The database cannot be written.
pub fn look(connection: &Connection, now: Moment) -> Result<Looked, StoreError> {
    let looks = notice::take_looks(connection, now, LOOKS_AT_ONCE)?;
    let mut changed = false;
    for look in &looks {
        changed |= look_at(connection, look, now)?;
    }
    if changed {
        notice::note_turned(connection)?;
    }
    Ok(Looked { many: looks.len(), changed })
}

fn forget(connection: &Connection, now: Moment) -> Result<(), StoreError> {
    if notice::forget_old(connection, now)? {
        // Heard at the next turn, like what another process did.
        notice::note_turned(connection)?;
    }
    Ok(())
}

fn look_at(connection: &Connection, look: &Look, now: Moment) -> Result<bool, StoreError> {
    let kept = notice::open_about(connection, &look.about)?;
    // What cannot be read is named where it is listed; nobody is called for it.
    let wanted = match wanted(connection, look, now) {
        Err(error) if error.is_damage() => Vec::new(),
        wanted => wanted?,
    };
    let mut changed = false;
    for step in turn(&kept, &wanted, look.interrupted, now) {
        changed |= notice::take_step(connection, look, &step, now)?;
    }
    Ok(changed)
}

fn wanted(connection: &Connection, look: &Look, now: Moment) -> Result<Vec<Wanted>, StoreError> {
    match look.what {
        What::Change => of_one_change(connection, look, now),
        What::Account => {
            let Ok(account_id) = AccountId::parse(&look.about) else { return Ok(Vec::new()) };
            let facts = notice::account_facts(connection, &account_id)?;
            Ok(facts.map_or_else(Vec::new, |facts| of_account(&facts, now)))
        }
        What::Till => Ok(of_till(&notice::till_facts(connection, now)?, now)),
        What::Folder => Ok(of_folder(&notice::till_facts(connection, now)?)),
    }
}

fn of_one_change(
    connection: &Connection,
    look: &Look,
    now: Moment,
) -> Result<Vec<Wanted>, StoreError> {
    let Ok(change_id) = ChangeId::parse(&look.about) else { return Ok(Vec::new()) };
    let Some((state, requested_by)) = notice::change_facts(connection, &change_id)? else {
        return Ok(Vec::new());
    };
    // The events are read only when the hour of a doubt is over.
    let is_over = state == State::InDoubt && look.since.is_none();
    let accepted = is_over && is_accepted(connection, &change_id)?;
    let facts = ChangeFacts { state, requested_by, since: look.since, accepted };
    Ok(of_change(&facts, now).into_iter().collect())
}

/// A doubt whose events cannot be read is a person's matter all the same.
fn is_accepted(connection: &Connection, change_id: &ChangeId) -> Result<bool, StoreError> {
    match change::get(connection, change_id) {
        Ok(change) => Ok(change.accepted_ref().is_some()),
        Err(error) if error.is_damage() => Ok(false),
        Err(error) => Err(error),
    }
}
