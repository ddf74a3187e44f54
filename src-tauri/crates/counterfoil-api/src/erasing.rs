//! Erasing personal texts: of a payment, of the name of somebody who has left, and of what was kept
//! long enough. Two steps: the first shows what would go and hands out a word that stands for
//! exactly that; the second takes the word and erases.
//!
//! For the owner only. The trail keeps who did it, when, why (a code, so that no text about a
//! person comes in with it) and how much; it verifies before and after.

use counterfoil_core::audit::{AuditFact, canonical, sha256_hex};
use counterfoil_core::id::{PaymentId, StaffId};
use counterfoil_core::settings::{Setting, whole};
use counterfoil_runtime::{Notice, note_unsettled};
use counterfoil_store::erasing::{self, Extent, NameExtent, Open};
use counterfoil_store::table::{audit_entry, setting, staff};
use counterfoil_store::{Connection, StoreError};
use serde_json::{Value, json};

use crate::call::{ErasePayment, ErasePerson, Nothing};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::view::{ErasureView, NameErasureView, SweepView};
use crate::{Fault, FaultCode};

/// Why something is erased.
const REASONS: [&str; 4] = ["person_asked", "not_needed", "kept_by_mistake", "law"];

/// Letters of a confirming word.
const CONFIRM_LETTERS: usize = 12;

impl Desk {
    /// Shows what an erasure of a payment would take away, or does it.
    pub(crate) fn privacy_erase(
        &self,
        at: &Admitted<'_>,
        ask: &ErasePayment,
    ) -> Result<ErasureView, Fault> {
        let by = at.person()?.staff_id.clone();
        let reason = reason(&ask.reason)?;
        let payment_id = self.find_payment(&ask.payment)?.payment_id;
        let (open, extent) = self
            .read(|c| Ok((erasing::open_on(c, &payment_id)?, erasing::extent(c, &payment_id)?)))?;
        if !open.is_none() {
            return Err(still_open(open));
        }
        let Some(confirm) = &ask.confirm else {
            let word = confirming(payment_id.as_str(), reason, &json!(extent));
            return Ok(self.erasure(&payment_id, reason, extent, Some(word)));
        };
        let (id, confirm) = (payment_id.clone(), confirm.clone());
        let fact = self.fact(Some(&by), "privacy.erased", id.as_str(), Value::Null);
        let now = self.runtime.now();
        let erased = self.store().write(move |c| {
            let extent = erasing::extent(c, &id)?;
            if confirm != confirming(id.as_str(), reason, &json!(extent)) {
                return Ok(None);
            }
            let extent = erasing::erase_payment(c, &id, now)?;
            noted(c, fact, reason, json!(extent))?;
            Ok(Some(extent))
        });
        let erased = erased.map_err(|error| taken(error, &payment_id, self))?;
        let extent = erased.ok_or_else(not_confirmed)?;
        self.runtime.notify(Notice::Payment(payment_id.clone()));
        Ok(self.erasure(&payment_id, reason, extent, None))
    }

    /// Shows what an erasure of the name of somebody who has left would take away, or does it.
    pub(crate) fn privacy_erase_person(
        &self,
        at: &Admitted<'_>,
        ask: &ErasePerson,
    ) -> Result<NameErasureView, Fault> {
        let by = at.person()?.staff_id.clone();
        let reason = reason(&ask.reason)?;
        let staff_id = self.one_person(&ask.staff)?;
        let extent =
            self.store().read(|c| erasing::name_extent(c, &staff_id)).map_err(still_here)?;
        let Some(confirm) = &ask.confirm else {
            let word = confirming(staff_id.as_str(), reason, &json!(extent));
            return Ok(self.name_erasure(&staff_id, reason, extent, Some(word)));
        };
        let (id, confirm) = (staff_id.clone(), confirm.clone());
        let fact = self.fact(Some(&by), "privacy.name_erased", id.as_str(), Value::Null);
        let erased = self.store().write(move |c| {
            let extent = erasing::name_extent(c, &id)?;
            if confirm != confirming(id.as_str(), reason, &json!(extent)) {
                return Ok(None);
            }
            let extent = erasing::erase_name(c, &id)?;
            noted(c, fact, reason, json!(extent))?;
            Ok(Some(extent))
        });
        let extent = erased.map_err(still_here)?.ok_or_else(not_confirmed)?;
        self.runtime.notify(Notice::Everything);
        Ok(self.name_erasure(&staff_id, reason, extent, None))
    }

    /// Erases what was kept for longer than the setting says, now.
    pub(crate) fn privacy_sweep(
        &self,
        _at: &Admitted<'_>,
        _ask: &Nothing,
    ) -> Result<SweepView, Fault> {
        let kept = self.read(|c| setting::get(c, Setting::PrivacyKeepDays))?;
        let swept = self.runtime.sweep()?.unwrap_or_default();
        Ok(SweepView {
            keep_days: whole(&kept).and_then(|days| u32::try_from(days).ok()),
            payments: swept.payments,
            changes: swept.changes,
            texts: swept.texts,
            settled: swept.settled,
        })
    }

    /// By id, by the exact name of somebody here, or by one that only one person left with.
    fn one_person(&self, id_or_name: &str) -> Result<StaffId, Fault> {
        let found = self.read(|c| {
            let here = staff::find(c, id_or_name)?;
            Ok((here, staff::left_as(c, id_or_name)?))
        })?;
        match found {
            (Some(row), _) => Ok(row.staff_id),
            (None, left) if left.len() > 1 => {
                let words = "several people left with this name: say which by id";
                Err(Fault::new(FaultCode::BadInput, words))
            }
            (None, left) => left.into_iter().next().map(|row| row.staff_id).ok_or_else(nobody),
        }
    }

    fn erasure(
        &self,
        payment_id: &PaymentId,
        reason: &str,
        extent: Extent,
        confirm: Option<String>,
    ) -> ErasureView {
        ErasureView {
            payment_id: payment_id.to_string(),
            erased: confirm.is_none(),
            reason: reason.to_owned(),
            changes: extent.changes,
            texts: extent.texts,
            payment_texts: extent.payment_texts,
            findings: extent.findings,
            callbacks: extent.callbacks,
            proposals: extent.proposals,
            stays_in_older_events: extent.stays_in_older_events,
            older_copies: self.older_copies(),
            settled: confirm.is_none() && self.settled(),
            confirm,
        }
    }

    fn name_erasure(
        &self,
        staff_id: &StaffId,
        reason: &str,
        extent: NameExtent,
        confirm: Option<String>,
    ) -> NameErasureView {
        NameErasureView {
            staff_id: staff_id.to_string(),
            erased: confirm.is_none(),
            reason: reason.to_owned(),
            stand_in: extent.stand_in,
            past: extent.past,
            trail: extent.trail,
            shared: extent.shared,
            older_copies: self.older_copies(),
            settled: confirm.is_none() && self.settled(),
            confirm,
        }
    }

    /// It is erased whatever becomes of this: what could not be cleared now is cleared later.
    fn settled(&self) -> bool {
        self.runtime.settle_erasures().unwrap_or_else(|error| {
            tracing::warn!(%error, "the last traces of an erasure are cleared later");
            false
        })
    }

    /// Copies that the till itself made beside its database, before a new version changed it.
    fn older_copies(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.store().dir()).into_iter().flatten();
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let mut copies: Vec<String> =
            names.filter(|name| name.starts_with("before-schema-")).collect();
        copies.sort();
        copies
    }
}

fn reason(text: &str) -> Result<&'static str, Fault> {
    REASONS.into_iter().find(|reason| *reason == text).ok_or_else(|| {
        let words = format!("a reason to erase is one of: {}", REASONS.join(", "));
        Fault::new(FaultCode::BadInput, words).with("field", "reason")
    })
}

/// Another word for anything else that would go, so that only what was shown is erased.
fn confirming(about: &str, reason: &str, extent: &Value) -> String {
    let shown = canonical(&json!({"about": about, "reason": reason, "extent": extent}));
    sha256_hex(shown.as_bytes()).chars().take(CONFIRM_LETTERS).collect()
}

fn noted(
    connection: &Connection,
    fact: AuditFact,
    reason: &str,
    extent: Value,
) -> Result<(), StoreError> {
    note_unsettled(connection)?;
    let facts = json!({"reason": reason, "erased": extent});
    let fact = AuditFact { facts, ..fact };
    audit_entry::append(connection, &fact).map(|_| ())
}

fn not_confirmed() -> Fault {
    let words = "this is not the word for what would be erased now: look at it again, then confirm \
                 with the word shown there";
    Fault::new(FaultCode::EvidenceChanged, words)
}

fn still_open(open: Open) -> Fault {
    let words = format!(
        "something is open on this payment ({} changes, {} findings): finish that first",
        open.changes, open.findings
    );
    Fault::new(FaultCode::NotAllowed, words)
        .with("changes", open.changes)
        .with("findings", open.findings)
}

fn taken(error: StoreError, payment_id: &PaymentId, desk: &Desk) -> Fault {
    if !matches!(error, StoreError::Taken(_)) {
        return error.into();
    }
    match desk.read(|c| erasing::open_on(c, payment_id)) {
        Ok(open) => still_open(open),
        Err(fault) => fault,
    }
}

fn still_here(error: StoreError) -> Fault {
    match error {
        StoreError::Taken(_) => {
            let words = "this person is here: only the name of somebody who has left is erased";
            Fault::new(FaultCode::NotAllowed, words)
        }
        StoreError::Missing(_) => nobody(),
        other => other.into(),
    }
}

fn nobody() -> Fault {
    Fault::new(FaultCode::NotFound, "there is no such person")
}
