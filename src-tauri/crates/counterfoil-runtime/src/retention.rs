//! Erases by itself what was kept long enough, and clears the last traces of what was erased.
//!
//! An erasure is one transaction. What it leaves in the search index and in the write-ahead log is
//! cleared right after it; a mark in the store says so until that is done, so that a program that
//! ends in between does it at its next start.

use std::time::Duration;

use counterfoil_core::audit::AuditFact;
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::{NEVER, Setting, whole};
use counterfoil_store::erasing::{self, Due, Extent};
use counterfoil_store::table::{audit_entry, meta, payment, setting};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;
use tokio::sync::watch;

use crate::runtime::{Notice, Runtime};

/// How many things are erased in one transaction: others wait for the writer meanwhile.
const BATCH: u32 = 50;

/// How many batches one sweep makes at most; the rest has its turn the next day.
const MOST_BATCHES: u32 = 200;

/// How often a window looks whether a day has passed.
const LOOK_EVERY: Duration = Duration::from_secs(300);

const DAY_MS: i64 = 86_400_000;

/// What a sweep took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Payments.
    pub payments: u32,
    /// Changes that have no payment, or whose payment was erased before.
    pub changes: u32,
    /// Texts of those and of the trail.
    pub texts: u32,
    /// True where nothing of them is left in the files of the data folder; false while somebody
    /// still reads an older view, then it is tried again.
    pub settled: bool,
}

impl Runtime {
    /// Erases what has been at rest for longer than the setting says. `None` where nothing is ever
    /// to be erased. Blocks.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn sweep(&self) -> Result<Option<Swept>, StoreError> {
        let now = self.now();
        let kept = self.store().read(|c| setting::get(c, Setting::PrivacyKeepDays))?;
        let Some(days) = whole(&kept).filter(|_| kept != NEVER) else { return Ok(None) };
        let before = now.plus_millis(days.saturating_mul(DAY_MS).saturating_neg());
        let mut swept = Swept::default();
        for _ in 0..MOST_BATCHES {
            let due = self.store().read(|c| erasing::due(c, before, BATCH))?;
            if due.is_empty() {
                break;
            }
            let batch = self.store().write(move |c| erase_batch(c, &due, days, now))?;
            // What keeps everything from being erased is seen again tomorrow.
            if batch.payments + batch.changes == 0 {
                break;
            }
            swept.payments += batch.payments;
            swept.changes += batch.changes;
            swept.texts = swept.texts.saturating_add(batch.texts);
        }
        self.store().write(move |c| meta::set(c, meta::SWEPT_AT, &now.as_millis().to_string()))?;
        swept.settled = self.settle_erasures()?;
        if swept.payments + swept.changes > 0 {
            self.notify(Notice::Everything);
        }
        Ok(Some(swept))
    }

    /// Clears the last traces of what was erased, where there are any. False while somebody still
    /// reads an older view: it is tried again. Blocks.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn settle_erasures(&self) -> Result<bool, StoreError> {
        if self.store().read(|c| meta::get(c, meta::ERASURE_UNSETTLED))?.is_none() {
            return Ok(true);
        }
        self.store().write(payment::settle_words)?;
        if !self.store().empty_log()? {
            return Ok(false);
        }
        self.store().write(|c| meta::remove(c, meta::ERASURE_UNSETTLED))?;
        Ok(true)
    }

    /// Sweeps once a day until `stopped`.
    pub async fn keep_swept(self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            if let Err(error) = self.blocking(Self::sweep_if_due).await {
                tracing::warn!(%error, "what was kept long enough could not be erased");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    fn sweep_if_due(&self) -> Result<(), StoreError> {
        self.settle_erasures()?;
        let last = self.store().read(|c| meta::get(c, meta::SWEPT_AT))?;
        let last = last.as_deref().and_then(whole).map(Moment::from_millis);
        if last.is_none_or(|last| last.plus_millis(DAY_MS) <= self.now()) {
            self.sweep()?;
        }
        Ok(())
    }
}

/// Notes that traces of an erasure are to be cleared, in the transaction that erases.
///
/// # Errors
/// The store cannot be written.
pub fn note_unsettled(connection: &Connection) -> Result<(), StoreError> {
    meta::set(connection, meta::ERASURE_UNSETTLED, "true")
}

/// One batch with its entry of the trail: which payments and changes, and no word of theirs.
fn erase_batch(
    connection: &Connection,
    due: &[Due],
    days: i64,
    now: Moment,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    let (mut payments, mut changes) = (Vec::new(), Vec::new());
    for one in due {
        let Some(extent) = erase_one(connection, one, now)? else { continue };
        swept.texts += extent.texts + extent.payment_texts;
        match one {
            Due::Payment(id) => payments.push(id.to_string()),
            Due::Change(id) => changes.push(id.to_string()),
        }
    }
    swept.payments = u32::try_from(payments.len()).unwrap_or(u32::MAX);
    swept.changes = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    if swept.payments + swept.changes == 0 {
        return Ok(swept);
    }
    note_unsettled(connection)?;
    let fact = AuditFact {
        at: now.to_rfc3339(),
        who: "till".to_owned(),
        what: "privacy.swept".to_owned(),
        about: "till".to_owned(),
        facts: json!({
            "reason": "kept_long_enough", "keep_days": days, "texts": swept.texts,
            "payments": payments, "changes": changes,
        }),
    };
    audit_entry::append(connection, &fact)?;
    Ok(swept)
}

/// Nothing where something was opened on it meanwhile, and where a row of it cannot be read: that
/// one keeps no other from being erased.
fn erase_one(
    connection: &Connection,
    due: &Due,
    now: Moment,
) -> Result<Option<Extent>, StoreError> {
    let erased = match due {
        Due::Payment(id) => erasing::erase_payment(connection, id, now),
        Due::Change(id) => erasing::erase_change(connection, id),
    };
    match erased {
        Ok(extent) => Ok(Some(extent)),
        Err(StoreError::Taken(_)) => Ok(None),
        Err(error) if error.is_damage() => {
            tracing::warn!(%error, "something kept long enough cannot be read, and stays");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
