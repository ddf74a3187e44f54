//! What the drainer looks up in the store: what staff and other processes changed, what is due,
//! when something is due next.

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::approval::{Known, Place, Standing};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::Change;
use counterfoil_core::engine::{Policy, Schedule, Work};
use counterfoil_core::id::{AccountId, ChangeId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::Setting;
use counterfoil_store::table::{
    account, audit_entry, change, foreign_key, meta, outbox, payment, proposal, staff,
};
use counterfoil_store::{Connection, StoreError};

use crate::clock::random_bytes;
use crate::errand;
use crate::pace::spacing_ms;
use crate::runtime::Runtime;

/// Changes of one account looked up at a time: bounds memory however long the queue is.
const MOST_OFFERED: u32 = 64;

/// By how many hundredths chance may cut a pause short.
const JITTER_PERCENT: i64 = 20;

/// When the store has something due next.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coming {
    /// Anything at all.
    pub due: Option<Moment>,
    /// What can go on without a person or the customer.
    pub moves: Option<Moment>,
}

pub fn policy(runtime: &Runtime) -> Result<Policy, StoreError> {
    runtime.store().read(|connection| {
        let number = |setting| errand::number(connection, setting);
        let many = |setting| Ok::<_, StoreError>(usize::try_from(number(setting)?).unwrap_or(1));
        let retry = Schedule {
            base_ms: number(Setting::RetryBaseMs)?,
            max_ms: number(Setting::RetryMaxMs)?,
            jitter_percent: JITTER_PERCENT,
        };
        let concurrency = many(Setting::DrainConcurrency)?;
        let per_account = many(Setting::DrainPerAccount)?;
        Ok(Policy::new(concurrency, per_account, retry, u64::from_be_bytes(random_bytes())))
    })
}

/// The longest pause a plan can hold, whatever provider it is about.
pub fn longest_ms(runtime: &Runtime, policy: &Policy) -> Result<i64, StoreError> {
    runtime.store().read(|connection| {
        let mut longest = policy.longest_ms(0);
        for provider in Provider::ALL {
            let settle_ms = errand::number(connection, Setting::DoubtSettle(provider))?;
            longest = longest.max(policy.longest_ms(settle_ms));
        }
        Ok(longest)
    })
}

/// What may be done again after a lost answer, on the newest reading before a sending.
#[must_use]
pub fn safety(account: &Account, change: &Change) -> RepeatSafety {
    let newest = change.attempts.last().and_then(|attempt| attempt.baseline.as_ref());
    let baseline = newest.or(change.base.as_ref());
    counterfoil_connectors::of(account.provider).repeat_safety(account, &change.command, baseline)
}

/// A change as the engine takes it, or why its row cannot be read.
pub type Looked = (ChangeId, Result<Work, StoreError>);

/// Changes as the engine takes them, as far as they can be read.
pub fn works(runtime: &Runtime, change_ids: Vec<ChangeId>) -> Result<Vec<Looked>, StoreError> {
    let mut works = Vec::new();
    for change_id in change_ids {
        let looked = match runtime.work(&change_id) {
            Err(error) if !error.is_damage() => return Err(error),
            looked => looked,
        };
        works.push((change_id, looked));
    }
    Ok(works)
}

impl Runtime {
    /// A change as the engine takes it. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// The store cannot be read, or there is no such change.
    pub fn work(&self, change_id: &ChangeId) -> Result<Work, StoreError> {
        let counted_from = self.time_counted_from();
        self.store().read(|connection| {
            let change = change::get(connection, change_id)?;
            let account = account::get(connection, &change.account_id)?;
            let number = |setting| errand::number(connection, setting);
            let connector = counterfoil_connectors::of(account.provider);
            let tries = outbox::plan(connection, change_id)?.map_or(0, |plan| plan.tries);
            Ok(Work {
                safety: safety(&account, &change),
                settle_ms: number(Setting::DoubtSettle(account.provider))?,
                key_retention_ms: connector.key_retention_ms(),
                counted_from,
                approval: standing(connection, &account, &change)?,
                condition_ends: condition_ends(connection, &change, counted_from)?,
                spacing_ms: spacing_ms(&account, number(Setting::Rate(account.provider))?),
                tries,
                change,
            })
        })
    }
}

/// How the approval of a change stands on what this till knows now.
///
/// # Errors
/// The store cannot be read.
pub fn standing(
    connection: &Connection,
    account: &Account,
    change: &Change,
) -> Result<Standing, StoreError> {
    if !change.needs_second {
        return Ok(Standing::NotNeeded);
    }
    let place = place_of(connection, account, change)?;
    let approver = change.approved_by.last();
    let known = approver.map(|by| known(connection, by)).transpose()?.flatten();
    Ok(Standing::judge(change, &place, known.as_ref()))
}

/// Where a change goes: this till, its provider, and the payment's name there.
///
/// # Errors
/// The store cannot be read, or was never set up.
pub fn place_of(
    connection: &Connection,
    account: &Account,
    change: &Change,
) -> Result<Place, StoreError> {
    let payment = change.payment_id.as_ref();
    let payment = payment.map(|id| payment::get(connection, id)).transpose()?;
    Ok(Place {
        till_id: meta::till_id(connection)?.ok_or(StoreError::Missing("till"))?,
        provider: account.provider,
        provider_ref: payment.map(|payment| payment.facts.provider_ref),
    })
}

/// Somebody as this till knows them now: its own staff, else a person of another till whose key an
/// owner brought in.
///
/// # Errors
/// The store cannot be read.
pub fn known(connection: &Connection, who: &StaffId) -> Result<Option<Known>, StoreError> {
    let own = staff::find(connection, who.as_str())?.filter(|row| row.staff_id == *who);
    if let Some(row) = own {
        let here = row.is_here();
        return Ok(Some(Known { public_key: row.marks.public_key, role: row.role, here }));
    }
    let other = foreign_key::find(connection, who.as_str())?;
    Ok(other.map(|key| Known {
        public_key: Some(key.public_key),
        role: key.role,
        here: key.removed_at.is_none(),
    }))
}

/// From when on an order that does not carry what it proposed never will: as long after it was
/// proposed last as its provider may take to show an effect. A time that cannot be told begins
/// anew.
fn condition_ends(
    connection: &Connection,
    change: &Change,
    counted_from: Moment,
) -> Result<Option<Moment>, StoreError> {
    let Some(condition) = &change.only_if else { return Ok(None) };
    let account = account::find(connection, condition.account_id.as_str())?;
    let provider = account.map_or(Provider::Norce, |account| account.provider);
    let settle_ms = errand::number(connection, Setting::DoubtSettle(provider))?;
    let proposed_at = proposal::proposed_at(connection, &change.change_id)?;
    let since = proposed_at.unwrap_or(change.requested_at).max(counted_from);
    Ok(Some(since.plus_millis(settle_ms)))
}

pub fn due(
    runtime: &Runtime,
    accounts: &[AccountId],
    now: Moment,
    longest_ms: i64,
) -> Result<Vec<ChangeId>, StoreError> {
    runtime.store().read(|connection| {
        let mut all = Vec::new();
        for account_id in accounts {
            all.extend(outbox::due(connection, account_id, now, longest_ms, MOST_OFFERED)?);
        }
        Ok(all)
    })
}

pub fn coming(runtime: &Runtime, going: &[AccountId], now: Moment) -> Result<Coming, StoreError> {
    runtime.store().read(|connection| {
        let mut coming = Coming::default();
        for account_id in going {
            let due = outbox::next_due(connection, account_id, now)?;
            let moves = outbox::next_move(connection, account_id, now)?;
            coming.due = coming.due.into_iter().chain(due).min();
            coming.moves = coming.moves.into_iter().chain(moves).min();
        }
        Ok(coming)
    })
}

pub struct Seen {
    pub revision: i64,
    pub on_purpose: bool,
    pub accounts: Vec<(AccountId, bool)>,
    /// Accounts of which somebody wants something tried now.
    pub retried: Vec<AccountId>,
}

/// `known` is the revision seen last; 0 at the first look, when nothing waits in the engine yet.
pub fn see(runtime: &Runtime, known: i64) -> Result<Seen, StoreError> {
    let revision = runtime.store().revision()?;
    runtime.store().read(|connection| {
        let on_purpose = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?;
        let accounts = account::all(connection)?;
        let retried = match known {
            0 => Vec::new(),
            _ => audit_entry::retried_after(connection, known)?,
        };
        let mut wanted = Vec::new();
        for change_id in &retried {
            wanted.extend(change::account_of(connection, change_id)?);
        }
        Ok(Seen {
            revision,
            retried: wanted,
            on_purpose: on_purpose.as_deref() == Some("true"),
            accounts: accounts
                .into_iter()
                .map(|account| (account.account_id, account.paused.is_some()))
                .collect(),
        })
    })
}
