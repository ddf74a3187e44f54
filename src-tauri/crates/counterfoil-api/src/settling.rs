//! The doubt desk and the conflict desk: what they show, and what people decide there. A decision
//! is judged and recorded in one transaction, with the digest of the evidence it rests on.

use counterfoil_core::approval::{Level, Verdict};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::{Change, Event, Finding, State};
use counterfoil_core::command::Kind;
use counterfoil_core::engine::settles_at;
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Base;
use counterfoil_core::staff::Permission;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, audit_entry, change, payment, staff};
use counterfoil_store::{Connection, StoreError, life};
use serde_json::json;

use crate::call::{Nothing, Resolve, Settle};
use crate::deciding::{not_moved, same_person};
use crate::desk::Desk;
use crate::dispatch::{Admitted, wrong_state};
use crate::evidence::{base_view, baseline, fields, now_at_provider, still_as_shown};
use crate::input::text;
use crate::ruling::{self, Wish};
use crate::view::{
    ChangeView, ConflictList, ConflictView, DecisionView, DoubtList, DoubtView, SayingView,
};
use crate::{Fault, FaultCode};

/// Most doubts or conflicts in one list: more than people can settle in a day.
const MOST_SHOWN: u32 = 500;

/// What a judged decision comes to: the event to record, or why not.
type Decided = Result<Result<Event, Fault>, StoreError>;

impl Desk {
    /// Two different people say what they found out about a doubt.
    pub(crate) fn change_resolve(
        &self,
        at: &Admitted<'_>,
        ask: &Resolve,
    ) -> Result<ChangeView, Fault> {
        let one = at.person()?;
        let reason = text("reason", Some(&ask.reason))?.unwrap_or_default();
        let finding = finding(&ask.outcome)?;
        let other = self.check_pin(&ask.staff_id, &ask.pin)?.whole()?;
        if other.staff_id == one.staff_id {
            return Err(same_person());
        }
        must_ask(&other)?;
        let (by, with, shown) = (one.staff_id.clone(), other.staff_id, ask.evidence.clone());
        self.settle(at, move |connection, change| {
            let evidence = match still_as_shown(connection, change, shown.as_deref())? {
                Ok(evidence) => evidence,
                Err(fault) => return Ok(Err(fault)),
            };
            Ok(Ok(Event::Resolved { by, with, finding, reason, evidence }))
        })
    }

    /// The change as it was asked for, on the payment as it is now.
    pub(crate) fn change_rebase(
        &self,
        at: &Admitted<'_>,
        ask: &Settle,
    ) -> Result<ChangeView, Fault> {
        let (by, shown) = (at.person()?.staff_id.clone(), ask.evidence.clone());
        let now = self.runtime.now();
        self.settle(at, move |connection, change| {
            rebased(connection, change, by, shown.as_deref(), now)
        })
    }

    /// The change is given up.
    pub(crate) fn change_drop(&self, at: &Admitted<'_>, ask: &Settle) -> Result<ChangeView, Fault> {
        let (by, shown) = (at.person()?.staff_id.clone(), ask.evidence.clone());
        let change = at.change()?;
        let fact = self.fact(Some(&by), "conflict.dropped", change.change_id.as_str(), json!({}));
        self.settle(at, move |connection, change| {
            let evidence = match still_as_shown(connection, change, shown.as_deref())? {
                Ok(evidence) => evidence,
                Err(fault) => return Ok(Err(fault)),
            };
            // The event of a withdrawal knows no evidence: the trail keeps it beside it.
            let mut fact = fact;
            fact.facts = json!({ "evidence": evidence });
            audit_entry::append(connection, &fact)?;
            Ok(Ok(Event::Withdrawn { by }))
        })
    }

    /// Judged and recorded where nobody can come between: the change must fit the call still.
    fn settle(
        &self,
        at: &Admitted<'_>,
        judge: impl FnOnce(&Connection, &Change) -> Decided + Send + 'static,
    ) -> Result<ChangeView, Fault> {
        let (now, admitted) = (self.runtime.now(), at.change()?);
        let (id, expected) = (admitted.change_id.clone(), admitted.state);
        let settled = self.store().write(move |connection| {
            let change = change::get(connection, &id)?;
            if change.state != expected {
                return Ok(Err(wrong_state(&change, "it has moved on meanwhile")));
            }
            match judge(connection, &change)? {
                Ok(event) => life::append(connection, &id, now, event, None).map(Ok),
                Err(fault) => Ok(Err(fault)),
            }
        });
        self.moved(&settled.map_err(not_moved)??.change, at.person()?)
    }

    pub(crate) fn doubt_list(&self, at: &Admitted<'_>, _: &Nothing) -> Result<DoubtList, Fault> {
        let viewer = at.person()?;
        let view = |change: &Change| self.doubt_view(change, viewer);
        Ok(DoubtList { doubts: self.standing(State::InDoubt, view)? })
    }

    pub(crate) fn conflict_list(
        &self,
        at: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<ConflictList, Fault> {
        let viewer = at.person()?;
        let view = |change: &Change| self.conflict_view(change, viewer);
        Ok(ConflictList { conflicts: self.standing(State::Conflict, view)? })
    }

    /// What stands in this state, oldest first.
    fn standing<V>(
        &self,
        state: State,
        view: impl Fn(&Change) -> Result<V, Fault>,
    ) -> Result<Vec<V>, Fault> {
        let filter = change::Filter { states: vec![state], payment_id: None, limit: MOST_SHOWN };
        let newest_first = self.read(|connection| change::list(connection, &filter))?;
        newest_first.rows.iter().rev().map(view).collect()
    }

    fn doubt_view(&self, of: &Change, viewer: &StaffRow) -> Result<DoubtView, Fault> {
        let account = self.read(|connection| account::get(connection, &of.account_id))?;
        let work = self.runtime.work(&of.change_id)?;
        let safety = work.safety;
        let view = self.change_view(of, viewer)?;
        Ok(DoubtView {
            baseline: baseline(of).map(base_view),
            settles_at: settles_at(&work).map(Moment::to_rfc3339),
            next_look_at: view.next_attempt_at.clone(),
            asks_person: asks_person(of, safety, &view),
            tell_customer: tell_customer(of.command.kind(), account.provider.name()),
            decisions: after_doubt(can_be_read(of, safety)),
            change: view,
        })
    }

    fn conflict_view(&self, of: &Change, viewer: &StaffRow) -> Result<ConflictView, Fault> {
        let read_at = self.runtime.now();
        let (now, possible) = self.read(|connection| {
            Ok((now_at_provider(connection, of)?, can_rebase(connection, of, read_at)?))
        })?;
        Ok(ConflictView {
            change: self.change_view(of, viewer)?,
            why: of.why.clone(),
            fields: fields(of, now.as_ref()),
            read_at: now.map(|now| now.read_at.to_rfc3339()),
            decisions: after_conflict(possible),
        })
    }
}

fn rebased(
    connection: &Connection,
    of: &Change,
    by: StaffId,
    shown: Option<&str>,
    now: Moment,
) -> Decided {
    let evidence = match still_as_shown(connection, of, shown)? {
        Ok(evidence) => evidence,
        Err(fault) => return Ok(Err(fault)),
    };
    let (base, verdict) = match can_rebase(connection, of, now)? {
        Ok(possible) => possible,
        Err(refusal) => return Ok(Err(refusal.fault)),
    };
    let needs_approval = verdict.level != Level::Allowed;
    ruling::keep(connection, &of.change_id, &verdict)?;
    let evidence = Some(evidence);
    Ok(Ok(Event::Rebased { by, base, needs_approval, evidence }))
}

/// Why a change cannot be put on the payment as it is now.
struct CannotRebase {
    saying: SayingView,
    fault: Fault,
}

/// The new base and how far its requester may go with it now, judged by their role as it is now;
/// or why the payment as it is cannot take the change.
fn can_rebase(
    connection: &Connection,
    of: &Change,
    now: Moment,
) -> Result<Result<(Base, Verdict), CannotRebase>, StoreError> {
    let payment_id = of.payment_id.as_ref().ok_or(StoreError::Missing("payment"))?;
    let on = payment::get(connection, payment_id)?;
    let account = account::get(connection, &on.account_id)?;
    let sums = crate::payments::sums_of(connection, &on, Some(&of.change_id))?;
    // Windows of time are judged by the reading: a fresh one follows before anything is sent.
    let subject = crate::payments::subject(&on, &sums, on.facts.read_at);
    let connector = counterfoil_connectors::of(account.provider);
    if let Err(why) = connector.check(&account, &of.command, Some(&subject)) {
        let fault = crate::asking::refused(of.command.kind(), &why);
        return Ok(Err(CannotRebase { saying: saying(why.code(), why.words()), fault }));
    }
    let base = Base::of(&on.facts);
    let asked_by = staff::find(connection, of.requested_by.as_str())?;
    let wish = Wish {
        by: &asked_by.ok_or(StoreError::Missing("person"))?,
        command: &of.command,
        base: Some(&base),
        payment_id: Some(payment_id),
        change_id: Some(&of.change_id),
        now,
    };
    let verdict = ruling::verdict(connection, &wish)?;
    if let Some(fault) = ruling::denied(&wish, &verdict) {
        let saying = saying("not_permitted", fault.message.clone());
        return Ok(Err(CannotRebase { saying, fault }));
    }
    Ok(Ok((base, verdict)))
}

fn must_ask(person: &StaffRow) -> Result<(), Fault> {
    if person.role.may(Permission::Ask) {
        return Ok(());
    }
    let words = format!("a {} may not be the second person", person.role.word());
    Err(Fault::new(FaultCode::NotPermitted, words).with("role", person.role.word()))
}

fn finding(word: &str) -> Result<Finding, Fault> {
    match word {
        "happened" => Ok(Finding::Happened),
        "not-happened" => Ok(Finding::NotHappened),
        "wait" => Ok(Finding::Wait),
        _ => {
            let words = "an outcome is happened, not-happened or wait";
            Err(Fault::new(FaultCode::BadInput, words))
        }
    }
}

/// True where reading the payment can still prove what became of it.
fn can_be_read(of: &Change, safety: RepeatSafety) -> bool {
    match safety {
        RepeatSafety::HumanOnly => false,
        RepeatSafety::Absolute
        | RepeatSafety::WithKey
        | RepeatSafety::ReadBack
        | RepeatSafety::ReadBackThenHuman => baseline(of).is_some(),
    }
}

fn asks_person(of: &Change, safety: RepeatSafety, view: &ChangeView) -> Option<SayingView> {
    let moved = view.readings.last().is_some_and(|reading| !reading.differs.is_empty());
    if !can_be_read(of, safety) {
        let words = "reading the payment cannot show what became of it: look in the provider's \
                     portal";
        return Some(saying("nothing_to_read", words));
    }
    if moved {
        let words = "the payment was changed by somebody else meanwhile, so a reading proves \
                     nothing";
        return Some(saying("changed_meanwhile", words));
    }
    let absence = "that no effect shows yet proves nothing with this provider";
    (safety == RepeatSafety::ReadBackThenHuman).then(|| saying("absence_proves_nothing", absence))
}

fn tell_customer(kind: Kind, provider: &str) -> SayingView {
    let (code, what) = match kind {
        Kind::Start => ("start_checking", "whether the payment request was made"),
        Kind::Refund => ("refund_checking", "whether the refund went through"),
        Kind::Adjust => ("amount_checking", "whether the new amount was taken"),
        Kind::Relabel | Kind::Cancel | Kind::Capture | Kind::Void => {
            ("checking", "whether the change was taken")
        }
    };
    let words = format!(
        "We are checking with {provider} {what}. It is not lost, and it will not be done twice; we \
         tell you as soon as we know."
    );
    saying(code, words)
}

fn after_doubt(can_be_read: bool) -> Vec<DecisionView> {
    let wait = if can_be_read {
        saying("read_on", "It stays in doubt; the payment is read again until it is clear.")
    } else {
        saying("waits_for_people", "It stays in doubt until two people have found out.")
    };
    let done = saying("counts_as_done", "It counts as done from then on. Nothing is sent.");
    let again = saying("sent_again", "It is queued and sent once more.");
    vec![
        decision("happened", State::Applied, done, None),
        decision("not-happened", State::Queued, again, None),
        decision("wait", State::InDoubt, wait, None),
    ]
}

fn after_conflict(possible: Result<(Base, Verdict), CannotRebase>) -> Vec<DecisionView> {
    let again = "It waits for a second person once more, then it is sent on the payment as it is \
                 now.";
    let (becomes, effect) = match &possible {
        Ok((_, verdict)) if verdict.level != Level::Allowed => {
            (State::AwaitingApproval, saying("approved_again", again))
        }
        Ok(_) | Err(_) => {
            (State::Queued, saying("on_new_base", "It is sent on the payment as it is now."))
        }
    };
    let refused = possible.err().map(|refusal| refusal.saying);
    let given_up = saying("given_up", "It is given up. Nothing was sent and nothing will be.");
    vec![
        decision("rebase", becomes, effect, refused),
        decision("drop", State::Withdrawn, given_up, None),
    ]
}

fn decision(
    outcome: &str,
    becomes: State,
    effect: SayingView,
    refused: Option<SayingView>,
) -> DecisionView {
    let becomes = becomes.word().to_owned();
    DecisionView { outcome: outcome.to_owned(), becomes, effect, refused }
}

fn saying(code: &str, words: impl Into<String>) -> SayingView {
    SayingView { code: code.to_owned(), words: words.into() }
}
