//! Keeping what a reconciliation found: a difference is one finding however often it is found, and
//! one that is not found any more is gone by itself. All of a run in one transaction with its
//! trail.

use counterfoil_core::account::Account;
use counterfoil_core::audit::AuditFact;
use counterfoil_core::id::{AccountId, FindingId, StaffId};
use counterfoil_core::ledger::{Class, Difference};
use counterfoil_core::moment::Moment;
use counterfoil_runtime::random_bytes;
use counterfoil_store::table::finding::{self, Filter, Finding, Standing};
use counterfoil_store::table::{audit_entry, payment};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;

use super::walk::Walked;
use crate::Fault;
use crate::desk::Desk;

/// What is kept of a run.
pub struct Kept {
    /// When.
    pub at: Moment,
    /// What a person has to look at, in the order found.
    pub open: Vec<Finding>,
    /// Differences that a person resolved before.
    pub settled: u32,
}

/// What a run goes by while it is kept.
struct Keeping<'a> {
    connection: &'a Connection,
    account_id: AccountId,
    at: Moment,
}

/// Keeps what was found, with the trail.
///
/// # Errors
/// The store cannot be written: nothing is kept then.
pub fn keep(
    desk: &Desk,
    account: &Account,
    by: &StaffId,
    since: Option<Moment>,
    walked: &Walked,
) -> Result<Kept, Fault> {
    let at = desk.runtime.now();
    let account_id = account.account_id.clone();
    let mut fact = desk.fact(Some(by), "reconcile.run", account_id.as_str(), json!({}));
    let found = Found::of(walked);
    let counts = json!({
        "since": since.map(Moment::to_rfc3339),
        "matched": walked.matched,
        "differences": walked.differences.len(),
        "unread": walked.unread.len(),
        "complete": walked.complete,
        "only_there_known": walked.only_there_known,
    });
    Ok(desk.store().write(move |connection| {
        fact.facts = counts;
        audit_entry::append(connection, &fact)?;
        Keeping { connection, account_id, at }.all(found)
    })?)
}

/// A copy of what is needed of a walk, to be handed to the thread that writes.
struct Found {
    differences: Vec<Difference>,
    compared: std::collections::BTreeSet<String>,
    listed: Option<std::collections::BTreeSet<String>>,
}

impl Found {
    fn of(walked: &Walked) -> Self {
        Self {
            differences: walked.differences.clone(),
            compared: walked.compared.clone(),
            listed: walked.listed.clone().filter(|_| walked.complete),
        }
    }

    fn holds(&self, of: &Finding) -> bool {
        self.differences.iter().any(|found| is_same(found, of))
    }
}

fn is_same(found: &Difference, of: &Finding) -> bool {
    found.class == of.class && found.provider_ref == of.provider_ref && found.mark == of.mark
}

impl Keeping<'_> {
    fn all(&self, found: Found) -> Result<Kept, StoreError> {
        self.end_what_is_gone(&found)?;
        let mut kept = Kept { at: self.at, open: Vec::new(), settled: 0 };
        for difference in found.differences {
            let earlier =
                finding::of_ref(self.connection, &self.account_id, &difference.provider_ref)?;
            let known = earlier
                .into_iter()
                .rev()
                .find(|of| is_same(&difference, of) && of.standing != Standing::Gone);
            match known {
                Some(known) if known.standing == Standing::Resolved => kept.settled += 1,
                Some(known) => kept.open.push(known),
                None => kept.open.push(self.open(difference)?),
            }
        }
        Ok(kept)
    }

    fn open(&self, found: Difference) -> Result<Finding, StoreError> {
        let finding = Finding {
            finding_id: FindingId::mint(self.at, random_bytes()),
            account_id: self.account_id.clone(),
            class: found.class,
            payment_id: found.payment_id,
            provider_ref: found.provider_ref,
            mark: found.mark,
            fields: found.fields.into_iter().map(str::to_owned).collect(),
            here: found.here,
            there: found.there,
            found_at: self.at,
            standing: Standing::Open,
            ended_at: None,
            resolved_by: None,
            remark: None,
        };
        finding::insert(self.connection, &finding)?;
        self.tell("finding.found", &finding)?;
        Ok(finding)
    }

    fn end_what_is_gone(&self, found: &Found) -> Result<(), StoreError> {
        let filter = Filter {
            account_id: Some(self.account_id.clone()),
            standing: Some(Standing::Open),
            limit: u32::MAX,
        };
        for open in finding::list(self.connection, &filter)?.rows {
            if !found.holds(&open) && self.is_gone(found, &open)? {
                finding::end(self.connection, &open.finding_id, self.at, None)?;
                self.tell("finding.gone", &open)?;
            }
        }
        Ok(())
    }

    /// Only what was looked at can be gone.
    fn is_gone(&self, found: &Found, of: &Finding) -> Result<bool, StoreError> {
        match of.class {
            Class::OnlyHere | Class::AmountDiffers | Class::StateDiffers => {
                Ok(found.compared.contains(&of.provider_ref))
            }
            Class::OnlyThere => {
                let held = payment::by_ref(self.connection, &self.account_id, &of.provider_ref)?;
                let listed = found.listed.as_ref();
                Ok(held.is_some() || listed.is_some_and(|all| !all.contains(&of.provider_ref)))
            }
        }
    }

    fn tell(&self, what: &str, of: &Finding) -> Result<(), StoreError> {
        let fact = AuditFact {
            at: self.at.to_rfc3339(),
            who: "till".to_owned(),
            what: what.to_owned(),
            about: of.finding_id.to_string(),
            facts: json!({
                "account": of.account_id,
                "class": of.class.word(),
                "provider_ref": of.provider_ref,
                "fields": of.fields,
                "mark": of.mark,
                "here": of.here,
                "there": of.there,
            }),
        };
        audit_entry::append(self.connection, &fact).map(|_| ())
    }
}
