//! The health of a till, for whoever is asked to help. Needs no person and shows no customer.

use counterfoil_core::change::State;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use counterfoil_runtime::NotNow;
use counterfoil_store::table::{account, change, meta, outbox, payment, staff};
use serde::Serialize;

use crate::call::Entry;
use crate::clock::ClockHealth;
use crate::desk::Desk;
use crate::listen::CallbackHealth;
use crate::offline;
use crate::seat::Seat;
use crate::view::{OfflineView, UnreadableView};
use crate::{Fault, FaultCode};

/// Most open changes that are looked at one by one.
const MOST_OPEN: u32 = 1_000;

/// What `doctor` says.
#[derive(Debug, Clone, Serialize)]
pub struct DoctorReport {
    /// Program version.
    pub version: String,
    /// Schema version of the database.
    pub schema: i32,
    /// SQLite's version.
    pub sqlite: String,
    /// `wal`, read back.
    pub journal_mode: String,
    /// 2 is FULL, read back.
    pub synchronous: i64,
    /// `ok`, or what SQLite's check found.
    pub store_check: String,
    /// True after first run.
    pub set_up: bool,
    /// `os_keyring` or `file`.
    pub keyring_backend: String,
    /// `ok`, or what is wrong and what to do.
    pub keyring_check: String,
    /// Changes that are not final.
    pub queue_depth: u32,
    /// Age in seconds of the oldest of them; null when there is none.
    pub oldest_age_seconds: Option<i64>,
    /// Payments known.
    pub payments: u32,
    /// True while another process drains this store.
    pub drained_elsewhere: bool,
    /// `ok`, or why nothing may be sent from this folder and what to do.
    pub right_to_send: String,
    /// Why the store is open for reading only; null where it is open in full.
    pub read_only: Option<String>,
    /// Rows that cannot be read, of people, accounts and open changes.
    pub unreadable: Vec<UnreadableView>,
    /// What a cashier may still ask for while the till is offline; null while it is not.
    pub offline: Option<OfflineView>,
    /// The till's own time and the clocks around it.
    pub clock: ClockHealth,
    /// Where callbacks of providers are heard, and what was.
    pub callbacks: CallbackHealth,
    /// Per account.
    pub accounts: Vec<AccountHealth>,
}

/// What `doctor` says about one account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountHealth {
    /// Its name.
    pub name: String,
    /// Its provider.
    pub provider: String,
    /// When a payment of it was last read. RFC 3339, UTC.
    pub last_contact: Option<String>,
    /// Why it is paused.
    pub paused: Option<String>,
}

impl Desk {
    /// Looks at everything a till needs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn doctor(&self) -> Result<DoctorReport, Fault> {
        self.admit_entry(&Seat::new(), Entry::Doctor)?;
        let facts = self.store().facts()?;
        let now = self.runtime.now();
        let mut unreadable = self.unreadable_rows()?;
        let mut open = Vec::new();
        note(&mut unreadable, &mut open, self.read(change::open_by_state))?;
        let (mut queue_depth, mut payments, mut accounts) = (0, 0, Vec::new());
        note(&mut unreadable, &mut queue_depth, self.read(outbox::depth))?;
        note(&mut unreadable, &mut payments, self.read(payment::count))?;
        note(&mut unreadable, &mut accounts, self.account_health())?;
        let oldest = open.iter().filter_map(|(_, _, oldest)| *oldest).min();
        let vault = self.runtime.vault();
        let keyring = vault.probe();
        Ok(DoctorReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: facts.schema,
            sqlite: facts.sqlite,
            journal_mode: facts.journal_mode,
            synchronous: facts.synchronous,
            store_check: facts.check,
            set_up: self.read(meta::till_id)?.is_some(),
            keyring_backend: vault.backend().to_string(),
            keyring_check: keyring.map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
            queue_depth,
            oldest_age_seconds: oldest.map(|oldest| now.millis_since(oldest) / 1_000),
            payments,
            drained_elsewhere: self.store().is_drained()?,
            right_to_send: self.right_to_send()?,
            read_only: self.rescue().map(|fault| fault.message),
            offline: self.read(|connection| offline::view(connection, Role::Cashier, now))?,
            clock: self.clock_health(),
            callbacks: self.callback_health()?,
            accounts,
            unreadable,
        })
    }

    fn right_to_send(&self) -> Result<String, Fault> {
        if let Some(fault) = self.rescue() {
            return Ok(fault.message);
        }
        Ok(match self.runtime.look_at_the_fence()? {
            Ok(()) => "ok".to_owned(),
            Err(NotNow::AnotherTill(why)) => why.words(),
            Err(NotNow::KeyringClosed { why }) => why,
            Err(NotNow::NotSetUp) => "the store is not set up yet".to_owned(),
        })
    }

    /// Whoever may act and whatever is under way; the rest is met where it is listed.
    fn unreadable_rows(&self) -> Result<Vec<UnreadableView>, Fault> {
        let states = State::ALL.into_iter().filter(|state| !state.is_final()).collect();
        let open = change::Filter { states, limit: MOST_OPEN, payment_id: None };
        let looks = [
            self.read(|connection| Ok(staff::readable(connection)?.unreadable)),
            self.read(|connection| Ok(account::readable(connection)?.unreadable)),
            self.read(|connection| Ok(change::list(connection, &open)?.unreadable)),
        ];
        let mut all = Vec::new();
        for look in looks {
            let mut found = Vec::new();
            note(&mut all, &mut found, look)?;
            all.extend(found.iter().map(UnreadableView::from));
        }
        Ok(all)
    }

    fn account_health(&self) -> Result<Vec<AccountHealth>, Fault> {
        self.read(|connection| {
            let mut all = Vec::new();
            for account in account::all(connection)? {
                let last = payment::last_read(connection, &account.account_id)?;
                all.push(AccountHealth {
                    name: account.name,
                    provider: account.provider.word().to_owned(),
                    last_contact: last.map(Moment::to_rfc3339),
                    paused: account.paused,
                });
            }
            Ok(all)
        })
    }
}

/// Takes what could be read; what could not is named, so that the rest is still told.
fn note<T>(
    unreadable: &mut Vec<UnreadableView>,
    into: &mut T,
    read: Result<T, Fault>,
) -> Result<(), Fault> {
    match read {
        Ok(value) => *into = value,
        Err(fault) if fault.code == FaultCode::Store => {
            unreadable.push(UnreadableView::of_any(fault));
        }
        Err(fault) => return Err(fault),
    }
    Ok(())
}
