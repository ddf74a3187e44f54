//! Carries the clock guard: hands it the machine's readings and providers' dates, stores its mark,
//! and tells the trail what it found. The rules are in `counterfoil-core`, `clock.rs`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use counterfoil_core::audit::AuditFact;
use counterfoil_core::clock::{ClockWarning, DateSeen, Mark, Readings, Said};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_store::table::{audit_entry, clock as table, staff};
use counterfoil_store::{Connection, Store, StoreError};

use crate::clock::Clock;
use crate::runtime::{Notice, Runtime};

/// What trusted time is counted from in this program.
pub struct ClockGuard {
    mark: Mutex<Mark>,
}

/// The clocks as they stand, for whoever shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockFacts {
    /// The time the till goes by.
    pub trusted: Moment,
    /// What the wall clock reads.
    pub wall: Moment,
    /// By how many milliseconds the wall clock is ahead of the time the till goes by.
    pub differs_ms: i64,
    /// By how many milliseconds the provider that differs most is ahead; none while none differs.
    pub provider_differs_ms: Option<i64>,
    /// What a person should know.
    pub warning: Option<ClockWarning>,
}

impl ClockGuard {
    /// Goes on from the mark in the store, or makes one; none where a hand holds the truth. A
    /// store that cannot be written keeps nobody from reading it by the right time.
    pub fn open(store: &Store, clock: &Clock) -> Option<Self> {
        let now = clock.readings()?;
        let stored = store
            .read(|connection| Ok((table::mark(connection)?, table::newest_moment(connection)?)));
        let (stored, newest) = stored.unwrap_or_else(|error| {
            tracing::error!(%error, "the clock's mark cannot be read");
            (None, None)
        });
        let (mut mark, mut said) = Mark::open(stored, newest, &now);
        said.extend(mark.look(&now));
        if said.iter().any(|said| said.is_kept()) {
            match settle(store, clock.clone(), None) {
                Ok(Some((settled, _))) => mark = settled,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the clock's mark cannot be stored"),
            }
        }
        Some(Self { mark: Mutex::new(mark) })
    }

    fn lock(&self) -> MutexGuard<'_, Mark> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Judges anew on what is stored, so that of several programs one tells, and stores mark and trail
/// entries in one commit.
fn settle(
    store: &Store,
    clock: Clock,
    seen: Option<(AccountId, DateSeen)>,
) -> Result<Option<(Mark, Vec<Said>)>, StoreError> {
    if store.read_only_because().is_some() {
        return Ok(None);
    }
    store.write(move |connection| {
        let Some(now) = clock.readings() else { return Ok(None) };
        let newest = table::newest_moment(connection)?;
        let (mut mark, mut said) = Mark::open(table::mark(connection)?, newest, &now);
        said.extend(mark.look(&now));
        let before = mark.trusted(&now);
        if let Some((account_id, seen)) = seen {
            said.extend(mark.take_date(account_id.as_str(), &seen, &now));
        }
        // Time that was put right is no time that a lock has lasted.
        staff::move_locks(connection, before, mark.trusted(&now))?;
        if said.iter().any(|said| said.is_kept()) {
            table::put_mark(connection, &mark)?;
            tell_the_trail(connection, &said, mark.trusted(&now))?;
        }
        Ok(Some((mark, said)))
    })
}

fn tell_the_trail(connection: &Connection, said: &[Said], now: Moment) -> Result<(), StoreError> {
    for (what, facts) in said.iter().filter_map(|said| said.entry()) {
        let fact = AuditFact {
            at: now.to_rfc3339(),
            who: "till".to_owned(),
            what: what.to_owned(),
            about: "clock".to_owned(),
            facts,
        };
        audit_entry::append(connection, &fact)?;
    }
    Ok(())
}

impl Runtime {
    /// Now, by the clock guard: setting the wall clock moves it nowhere.
    pub(crate) fn guarded_now(&self) -> Moment {
        let Some((guard, now)) = self.guard() else { return self.inner.clock.now() };
        let (trusted, said) = {
            let mut mark = guard.lock();
            let said = mark.look(&now);
            (mark.trusted(&now), said)
        };
        if said.iter().any(|said| matches!(said, Said::Slept { .. })) {
            tracing::info!("the machine slept");
            self.look();
        }
        if said.iter().any(|said| said.is_kept()) {
            self.settle_soon(None);
        }
        trusted
    }

    /// The machine's own counter, to measure how long something lasts within this program: a sleep
    /// counts, and neither setting the wall clock nor putting the till's time right does.
    #[must_use]
    pub fn counter(&self) -> Moment {
        self.inner.clock.boot_ms().map_or_else(|| self.inner.clock.now(), Moment::from_millis)
    }

    fn guard(&self) -> Option<(&ClockGuard, Readings)> {
        let guard = self.inner.clock_guard.as_ref()?;
        Some((guard, self.inner.clock.readings()?))
    }

    /// From when on this till can tell how long ago something was; the beginning of time where a
    /// hand holds the truth.
    #[must_use]
    pub fn time_counted_from(&self) -> Moment {
        let guard = self.inner.clock_guard.as_ref();
        guard.map_or(Moment::default(), |guard| guard.lock().counted_from())
    }

    /// The clocks as they stand.
    #[must_use]
    pub fn clock_facts(&self) -> ClockFacts {
        let Some((guard, now)) = self.guard() else {
            let trusted = self.inner.clock.now();
            let (differs_ms, provider_differs_ms, warning) = (0, None, None);
            return ClockFacts { trusted, wall: trusted, differs_ms, provider_differs_ms, warning };
        };
        let mark = guard.lock();
        ClockFacts {
            trusted: mark.trusted(&now),
            wall: now.wall,
            differs_ms: mark.wall_ahead_ms(&now),
            provider_differs_ms: mark.provider_ahead_ms(),
            warning: mark.warning(&now),
        }
    }

    /// Takes the `Date` that came with a provider's answer.
    pub fn note_date(&self, account_id: &AccountId, seen: Option<DateSeen>) {
        let (Some((guard, now)), Some(seen)) = (self.guard(), seen) else { return };
        // Tried on a copy: what this program goes by changes with what is stored, not before.
        let mut tried = guard.lock().clone();
        if tried.take_date(account_id.as_str(), &seen, &now).is_some() {
            self.settle_soon(Some((account_id.clone(), seen)));
        }
    }

    /// Takes over what other programs on this till found out about the clocks, and tells what this
    /// one sees. Blocks: never call it on an async thread.
    pub fn refresh_clock(&self) {
        let Some((guard, now)) = self.guard() else { return };
        let stored = match self.store().read(table::mark) {
            Ok(Some(stored)) if stored.is_of(&now) => stored,
            Ok(_) => return,
            Err(error) => return tracing::error!(%error, "the clock's mark cannot be read"),
        };
        let jumped = {
            let mut mark = guard.lock();
            mark.take_over(stored, &now);
            mark.clone().look(&now).into_iter().any(Said::is_kept)
        };
        if jumped {
            self.settle(None);
        }
    }

    /// As [`Runtime::refresh_clock`], away from the async threads.
    pub(crate) fn refresh_clock_soon(&self) {
        if self.inner.clock_guard.is_some() {
            let runtime = self.clone();
            self.inner.handle.spawn_blocking(move || runtime.refresh_clock());
        }
    }

    fn settle_soon(&self, seen: Option<(AccountId, DateSeen)>) {
        let runtime = self.clone();
        self.inner.handle.spawn_blocking(move || runtime.settle(seen));
    }

    fn settle(&self, seen: Option<(AccountId, DateSeen)>) {
        let Some(guard) = self.inner.clock_guard.as_ref() else { return };
        let (settled, said) = match settle(self.store(), self.inner.clock.clone(), seen) {
            Ok(Some(settled)) => settled,
            Ok(None) => return,
            Err(error) => return tracing::error!(%error, "the clock's mark cannot be stored"),
        };
        if let Some(now) = self.inner.clock.readings() {
            guard.lock().take_over(settled, &now);
        }
        if said.iter().any(|said| matches!(said, Said::Corrected { .. })) {
            self.look();
        }
        self.notify(Notice::Line);
    }
}
