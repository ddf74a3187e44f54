//! Reconciliation: this till's ledger against a provider, what was found, and the remark with
//! which a person resolves it. What differs is `counterfoil_core::ledger`'s to say; how the
//! provider is read is in `reconciling/walk.rs`.

mod keep;
mod walk;

use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_core::account::Account;
use counterfoil_core::id::FindingId;
use counterfoil_core::ledger::{Class, Side};
use counterfoil_core::moment::Moment;
use counterfoil_store::table::finding::{self, Filter, Finding, Standing};
use counterfoil_store::table::{account, audit_entry, staff};
use serde_json::json;
use tokio::sync::watch;

use crate::call::{FindingQuery, Nothing, Reconcile, ResolveFinding};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::text;
use crate::view::{
    FindingList, FindingView, ReconcileProgressView, ReconcileView, SideView, UnreadView,
    UnreadableView,
};
use crate::{Fault, FaultCode};

use self::keep::Kept;
use self::walk::{Walk, Walked};

/// Most findings in one list: more than people can look at in a day.
const MOST_SHOWN: u32 = 1_000;

/// The reconciliation that is going on, if any: one at a time on a desk, since they share the
/// provider's rate.
#[derive(Clone, Default)]
pub(crate) struct Going(Arc<Mutex<Option<Run>>>);

struct Run {
    account: String,
    began_at: Moment,
    done: u32,
    total: Option<u32>,
    stop: watch::Sender<bool>,
}

impl Going {
    fn with<T>(&self, look: impl FnOnce(&mut Option<Run>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, done: u32, total: Option<u32>) {
        self.with(|run| {
            if let Some(run) = run {
                (run.done, run.total) = (done, total);
            }
        });
    }
}

/// Ends the note that one is going on, however it ends.
struct Place<'a>(&'a Going);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.with(Option::take);
    }
}

impl Desk {
    /// Compares an account's payments with the provider's, and keeps what differs.
    pub(crate) fn reconcile_run(
        &self,
        at: &Admitted<'_>,
        ask: &Reconcile,
    ) -> Result<ReconcileView, Fault> {
        let person = at.person()?;
        let account = self.find_account(&ask.account)?;
        let since = ask.since.as_deref().map(date).transpose()?;
        let (place, stop) = self.take_place(&account)?;
        let walk = Walk::new(self, &account, since, stop);
        let (walked, broke_off) = walk.all();
        drop(place);
        let kept = keep::keep(self, &account, &person.staff_id, since, &walked)?;
        if let Some(fault) = broke_off {
            return Err(fault);
        }
        self.reconcile_view(&account, since, walked, kept)
    }

    fn take_place(&self, account: &Account) -> Result<(Place<'_>, watch::Receiver<bool>), Fault> {
        let (stop, stopped) = watch::channel(false);
        let run = Run {
            account: account.name.clone(),
            began_at: self.runtime.now(),
            done: 0,
            total: None,
            stop,
        };
        let taken = self.reconciling.with(|going| match going {
            Some(other) => Err(other.account.clone()),
            None => {
                *going = Some(run);
                Ok(())
            }
        });
        taken.map(|()| (Place(&self.reconciling), stopped)).map_err(|other| {
            let words = format!("a reconciliation of {other} is going on: wait for it or end it");
            Fault::new(FaultCode::WrongState, words).with("account", other)
        })
    }

    /// How far the reconciliation of this desk is.
    #[must_use]
    pub fn reconcile_going(&self) -> ReconcileProgressView {
        let now = self.runtime.now();
        self.reconciling.with(|run| match run {
            None => ReconcileProgressView::default(),
            Some(run) => ReconcileProgressView {
                running: true,
                account: Some(run.account.clone()),
                phase: Some(if run.total.is_some() { "comparing" } else { "listing" }.to_owned()),
                done: run.done,
                total: run.total,
                seconds: u32::try_from(now.millis_since(run.began_at) / 1_000).unwrap_or(0),
            },
        })
    }

    /// Ends the reconciliation of this desk, if there is one: what was compared by then is kept.
    pub fn end_reconciling(&self) {
        self.reconciling.with(|run| {
            if let Some(run) = run {
                // One that has just ended no longer listens.
                let _ = run.stop.send(true);
            }
        });
    }

    pub(crate) fn reconcile_progress(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<ReconcileProgressView, Fault> {
        Ok(self.reconcile_going())
    }

    pub(crate) fn reconcile_stop(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<ReconcileProgressView, Fault> {
        self.end_reconciling();
        Ok(self.reconcile_going())
    }

    pub(crate) fn reconcile_list(
        &self,
        _: &Admitted<'_>,
        ask: &FindingQuery,
    ) -> Result<FindingList, Fault> {
        let account = ask.account.as_deref().map(|name| self.find_account(name)).transpose()?;
        let filter = Filter {
            account_id: account.map(|account| account.account_id),
            standing: standing(ask.state.as_deref())?,
            limit: MOST_SHOWN,
        };
        let found = self.read(|connection| finding::list(connection, &filter))?;
        let views: Result<_, Fault> = found.rows.iter().map(|one| self.finding_view(one)).collect();
        let unreadable = found.unreadable.iter().map(UnreadableView::from).collect();
        Ok(FindingList { findings: views?, unreadable })
    }

    /// A person has looked at a finding and says what it is about.
    pub(crate) fn reconcile_resolve(
        &self,
        at: &Admitted<'_>,
        ask: &ResolveFinding,
    ) -> Result<FindingView, Fault> {
        let person = at.person()?;
        let remark = text("remark", Some(&ask.remark))?.unwrap_or_default();
        let finding_id = FindingId::parse(&ask.finding_id).map_err(|_| no_such_finding())?;
        let (at, by) = (self.runtime.now(), person.staff_id.clone());
        let mut fact = self.fact(Some(&by), "finding.resolved", finding_id.as_str(), json!({}));
        let resolved = self.store().write(move |connection| {
            let found = finding::get(connection, &finding_id)?;
            if found.standing != Standing::Open {
                return Ok(Err(not_open(&found)));
            }
            finding::end(connection, &finding_id, at, Some((&by, &remark)))?;
            fact.facts = json!({
                "class": found.class.word(),
                "provider_ref": found.provider_ref,
                "mark": found.mark,
                "remark": remark,
            });
            audit_entry::append(connection, &fact)?;
            finding::get(connection, &finding_id).map(Ok)
        })??;
        self.finding_view(&resolved)
    }

    fn reconcile_view(
        &self,
        account: &Account,
        since: Option<Moment>,
        walked: Walked,
        kept: Kept,
    ) -> Result<ReconcileView, Fault> {
        let of = |class: Class| -> Result<Vec<FindingView>, Fault> {
            let open = kept.open.iter().filter(|finding| finding.class == class);
            open.map(|finding| self.finding_view(finding)).collect()
        };
        Ok(ReconcileView {
            account: account.name.clone(),
            since: since.map(Moment::to_rfc3339),
            ended_at: kept.at.to_rfc3339(),
            matched: walked.matched,
            only_here: of(Class::OnlyHere)?,
            only_there: of(Class::OnlyThere)?,
            amount_differs: of(Class::AmountDiffers)?,
            state_differs: of(Class::StateDiffers)?,
            settled: kept.settled,
            only_there_known: walked.only_there_known,
            complete: walked.complete,
            unread: walked
                .unread
                .into_iter()
                .map(|(provider_ref, why)| UnreadView { provider_ref, why })
                .collect(),
        })
    }

    fn finding_view(&self, of: &Finding) -> Result<FindingView, Fault> {
        let account = self.read(|connection| account::get(connection, &of.account_id))?;
        let resolved_by = match &of.resolved_by {
            Some(by) => {
                let person = self.read(|connection| staff::find(connection, by.as_str()))?;
                Some(person.map_or_else(|| by.to_string(), |person| person.name))
            }
            None => None,
        };
        Ok(FindingView {
            finding_id: of.finding_id.to_string(),
            class: of.class.word().to_owned(),
            account: account.name,
            provider: account.provider.word().to_owned(),
            payment_id: of.payment_id.as_ref().map(ToString::to_string),
            provider_ref: of.provider_ref.clone(),
            fields: of.fields.clone(),
            here: of.here.as_ref().map(side_view),
            there: of.there.as_ref().map(side_view),
            found_at: of.found_at.to_rfc3339(),
            state: of.standing.word().to_owned(),
            ended_at: of.ended_at.map(Moment::to_rfc3339),
            resolved_by,
            remark: of.remark.clone(),
        })
    }
}

fn side_view(side: &Side) -> SideView {
    SideView {
        state: side.state.word().to_owned(),
        provider_status: side.provider_status.clone(),
        amount: side.amount.into(),
        refunded: side.refunded.map(Into::into),
        captured: side.captured.map(Into::into),
    }
}

/// A day, which begins at midnight UTC, or an exact moment.
fn date(text: &str) -> Result<Moment, Fault> {
    let whole_day = Moment::from_rfc3339(&format!("{text}T00:00:00Z"));
    whole_day.or_else(|| Moment::from_rfc3339(text)).ok_or_else(|| {
        let words = "since is a day such as 2026-11-21 (UTC), or a moment as RFC 3339 writes it";
        Fault::new(FaultCode::BadInput, words).with("field", "since")
    })
}

fn standing(word: Option<&str>) -> Result<Option<Standing>, Fault> {
    match word {
        None => Ok(Some(Standing::Open)),
        Some("all") => Ok(None),
        Some(word) => Standing::from_word(word).map(Some).ok_or_else(|| {
            let known = Standing::ALL.map(Standing::word).join(", ");
            let words = format!("a finding is one of: {known}; or all of them: all");
            Fault::new(FaultCode::BadInput, words).with("field", "state")
        }),
    }
}

fn no_such_finding() -> Fault {
    Fault::new(FaultCode::NotFound, "there is no such finding")
}

fn not_open(of: &Finding) -> Fault {
    let word = of.standing.word();
    let words = format!("it is {word} already: nothing was stored");
    Fault::new(FaultCode::WrongState, words).with("state", word)
}
