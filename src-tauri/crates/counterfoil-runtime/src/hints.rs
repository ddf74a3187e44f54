//! A provider says that something has happened to a payment: it is kept once, and the payment is
//! read again. What was said is never taken over.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use counterfoil_connectors::Hint;
use counterfoil_core::account::Account;
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::change::{Change, State};
use counterfoil_core::id::{AccountId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Payment, PaymentFacts};
use counterfoil_store::table::callback::{self, CallbackRow, Hinted};
use counterfoil_store::table::{account, audit_entry, change, meta, outbox, payment};
use counterfoil_store::{Connection, StoreError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::runtime::{Notice, Runtime};

/// Payments read again in one go; the others have their turn after these.
const MOST_AT_ONCE: u32 = 64;

/// Pause after a go in which a payment could not be read; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Longest pause: a provider that is away is not asked more often for a hint.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long an event is remembered after its payment was read, milliseconds: 30 days. Providers
/// repeat a callback for hours (moyasar.md section 8); one that is repeated later still makes the
/// payment be read once more, and nothing else.
const REMEMBERED_MS: i64 = 30 * 86_400_000;

/// Longest names kept as they are, bytes: longer ones are no names of a provider's.
const MAX_NAME_BYTES: usize = 200;
/// Longest word kept, characters.
const MAX_WORD_CHARS: usize = 64;

/// Keeps a verified hint, once. Durable when it answers; true where it was new. Blocks.
pub fn keep(
    runtime: &Runtime,
    account: &Account,
    hint: Hint,
    body: &[u8],
) -> Result<bool, StoreError> {
    let now = runtime.now();
    let row = CallbackRow {
        account_id: account.account_id.clone(),
        event_id: short(hint.event_id),
        provider_ref: hint.provider_ref,
        word: word(&hint.word),
        digest: sha256_hex(body),
        received_at: now,
    };
    runtime.store().write(move |connection| keep_row(connection, &row))
}

/// What this till does not hold is not read: another till may.
fn keep_row(connection: &Connection, row: &CallbackRow) -> Result<bool, StoreError> {
    let known = row.provider_ref.len() <= MAX_NAME_BYTES
        && payment::by_ref(connection, &row.account_id, &row.provider_ref)?.is_some();
    if known { callback::keep(connection, row) } else { keep_unknown(connection, row) }
}

/// An event about a payment of another till: noted, so that it is known when it is repeated.
fn keep_unknown(connection: &Connection, row: &CallbackRow) -> Result<bool, StoreError> {
    let row = CallbackRow { provider_ref: short(row.provider_ref.clone()), ..row.clone() };
    if callback::keep(connection, &row)? {
        let hinted =
            Hinted { account_id: row.account_id, provider_ref: row.provider_ref, newest: i64::MAX };
        callback::take(connection, &hinted, row.received_at)?;
    }
    Ok(false)
}

fn short(name: String) -> String {
    let plain = name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
    if plain { name } else { sha256_hex(name.as_bytes()) }
}

fn word(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(MAX_WORD_CHARS).collect()
}

/// Reads payments that were heard of until it is told to stop, and first those that were heard of
/// before this began.
pub async fn take_all(runtime: Runtime, heard: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let left = match one_go(&runtime).await {
            Ok(left) => left,
            Err(error) => {
                tracing::error!(%error, "payments that were heard of cannot be read again");
                true
            }
        };
        if !left {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = heard.notified() => {}
            () = tokio::time::sleep(pause), if left => {
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Reads each payment that was heard of, accounts beside each other. True where some are left.
async fn one_go(runtime: &Runtime) -> Result<bool, StoreError> {
    let due = runtime.blocking(|runtime| {
        runtime.store().read(|connection| {
            let on_purpose = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?;
            let hinted = callback::untaken(connection, MOST_AT_ONCE)?;
            Ok((on_purpose.as_deref() == Some("true"), hinted))
        })
    });
    let (on_purpose, hinted) = due.await?;
    if on_purpose || hinted.is_empty() {
        return Ok(!hinted.is_empty());
    }
    let full = hinted.len() == usize::try_from(MOST_AT_ONCE).unwrap_or(usize::MAX);
    let mut accounts: BTreeMap<AccountId, Vec<Hinted>> = BTreeMap::new();
    for one in hinted {
        accounts.entry(one.account_id.clone()).or_default().push(one);
    }
    let mut going = JoinSet::new();
    for (account_id, hinted) in accounts {
        going.spawn(read_again(runtime.clone(), account_id, hinted));
    }
    let mut left = full;
    while let Some(ended) = going.join_next().await {
        // A task that broke off leaves its hints where they are.
        left |= ended.unwrap_or(Ok(true))?;
    }
    Ok(left)
}

/// Reads payments of one account; true where it had to leave some.
async fn read_again(
    runtime: Runtime,
    account_id: AccountId,
    hinted: Vec<Hinted>,
) -> Result<bool, StoreError> {
    let of = move |runtime: &Runtime| {
        runtime.store().read(|connection| account::get(connection, &account_id))
    };
    let account = runtime.blocking(of).await?;
    if account.paused.is_some() {
        return Ok(true);
    }
    for one in hinted {
        match runtime.read_payment(&account, &one.provider_ref).await {
            Ok(ReadEnd::Facts(facts)) => taken(&runtime, one, *facts).await?,
            // A payment that was read before does not vanish: the credentials or the line are at
            // fault, for all of them.
            Ok(
                ReadEnd::NoSuchPayment { .. }
                | ReadEnd::CredentialsRefused { .. }
                | ReadEnd::Unreachable { .. }
                | ReadEnd::Unclear { .. },
            )
            | Err(_) => return Ok(true),
        }
    }
    Ok(false)
}

/// Stores the facts and that the hints are taken, and has what waits on the payment looked at now.
pub async fn taken(
    runtime: &Runtime,
    hinted: Hinted,
    facts: PaymentFacts,
) -> Result<(), StoreError> {
    let now = runtime.now();
    let write = move |connection: &Connection| {
        let account_id = hinted.account_id.clone();
        callback::take(connection, &hinted, now)?;
        callback::forget(connection, now.plus_millis(-REMEMBERED_MS))?;
        let Some(payment_id) = put_newer(connection, &account_id, facts)? else {
            return Ok(None);
        };
        let waiting = bring_forward(connection, &payment_id, now)?;
        if !waiting.is_empty() {
            audit_entry::append(connection, &heard_of(&payment_id, &waiting, now))?;
        }
        Ok(Some((payment_id, waiting)))
    };
    let stored = runtime.blocking(move |runtime| runtime.store().write(write)).await?;
    let Some((payment_id, waiting)) = stored else { return Ok(()) };
    runtime.notify(Notice::Payment(payment_id));
    if !waiting.is_empty() {
        runtime.look();
    }
    Ok(())
}

/// A look may bring on what waits for the customer, and what is in doubt. What that look may do is
/// for the engine to say.
fn bring_forward(
    connection: &Connection,
    payment_id: &PaymentId,
    now: Moment,
) -> Result<Vec<String>, StoreError> {
    let waits = |change: &Change| matches!(change.state, State::NeedsCustomer | State::InDoubt);
    let all = match change::of_payment(connection, payment_id) {
        // A change that cannot be read waits for a person anyway.
        Err(error) if error.is_damage() => return Ok(Vec::new()),
        all => all?,
    };
    let waiting: Vec<Change> = all.into_iter().filter(waits).collect();
    for change in &waiting {
        outbox::bring_forward(connection, &change.change_id, now)?;
    }
    Ok(waiting.into_iter().map(|change| change.change_id.to_string()).collect())
}

/// The trail tells it: that is how a drainer in another program hears of it.
fn heard_of(payment_id: &PaymentId, waiting: &[String], now: Moment) -> AuditFact {
    AuditFact {
        at: now.to_rfc3339(),
        who: "till".to_owned(),
        what: "payment.heard_of".to_owned(),
        about: payment_id.to_string(),
        facts: serde_json::json!({ "changes": waiting }),
    }
}

/// Stores a reading of a payment that this till holds; of any other it stores nothing.
pub async fn keep_facts(
    runtime: &Runtime,
    account: &Account,
    facts: PaymentFacts,
) -> Result<(), StoreError> {
    let account_id = account.account_id.clone();
    let kept = runtime.blocking(move |runtime| {
        runtime.store().write(move |connection| put_newer(connection, &account_id, facts))
    });
    if let Some(payment_id) = kept.await? {
        runtime.notify(Notice::Payment(payment_id));
    }
    Ok(())
}

/// A reading that is older than what is known is left out: others read at the same time.
fn put_newer(
    connection: &Connection,
    account_id: &AccountId,
    facts: PaymentFacts,
) -> Result<Option<PaymentId>, StoreError> {
    let Some(known) = payment::by_ref(connection, account_id, &facts.provider_ref)? else {
        return Ok(None);
    };
    if facts.read_at >= known.facts.read_at {
        payment::put(connection, &Payment { facts, ..known.clone() })?;
    }
    Ok(Some(known.payment_id))
}
