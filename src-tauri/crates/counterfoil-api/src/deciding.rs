//! Who may move a change on, and how: approve, reject, withdraw, retry, the doubt desk and the
//! conflict desk.

use counterfoil_core::audit::{canonical, sha256_hex};
use counterfoil_core::change::{Change, Event, Finding, Recorded, State};
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;
use counterfoil_core::payment::Base;
use counterfoil_core::staff::Permission;
use counterfoil_store::table::audit_entry::RETRIED;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{change, payment};
use counterfoil_store::{StoreError, life};
use serde_json::json;

use crate::call::{ChangeRef, Decide, Resolve};
use crate::desk::Desk;
use crate::input::{change_id, text};
use crate::seat::Seat;
use crate::view::ChangeView;
use crate::{Fault, FaultCode};

impl Desk {
    /// A second person, named first and proved by PIN, agrees to exactly this operation. The
    /// session at the seat does not change.
    pub(crate) fn change_approve(&self, seat: &Seat, ask: &Decide) -> Result<ChangeView, Fault> {
        let viewer = self.signed_in(seat)?;
        let change = self.load(&ask.change_id)?;
        let approver = self.second_person(&change, &ask.staff_id, &ask.pin)?;
        let operation = change.operation();
        let event = Event::Approved { by: approver.staff_id, operation };
        self.move_on(&change.change_id, event, &viewer)
    }

    pub(crate) fn change_reject(&self, seat: &Seat, ask: &Decide) -> Result<ChangeView, Fault> {
        let viewer = self.signed_in(seat)?;
        let change = self.load(&ask.change_id)?;
        let decider = self.decider(&ask.staff_id, &ask.pin)?;
        let note = text("note", ask.note.as_deref())?;
        let event = Event::Rejected { by: decider.staff_id, note };
        self.move_on(&change.change_id, event, &viewer)
    }

    pub(crate) fn change_withdraw(
        &self,
        seat: &Seat,
        ask: &ChangeRef,
    ) -> Result<ChangeView, Fault> {
        let person = self.allow(seat, Permission::Ask)?;
        let change = self.load(&ask.change_id)?;
        if change.requested_by != person.staff_id && !person.role.may(Permission::Decide) {
            let words = "only who asked for it, or a manager, may take it back";
            return Err(Fault::new(FaultCode::NotPermitted, words));
        }
        if !change.state.is_final() && !change.state.is_unsent() {
            return Err(too_late(&change));
        }
        self.move_on(&change.change_id, Event::Withdrawn { by: person.staff_id.clone() }, &person)
    }

    /// Now instead of later. Changes nothing about the change itself; its entry in the trail is
    /// how a drainer in another process hears of it.
    pub(crate) fn change_retry(&self, seat: &Seat, ask: &ChangeRef) -> Result<ChangeView, Fault> {
        let person = self.allow(seat, Permission::Ask)?;
        let change = self.load(&ask.change_id)?;
        if change.state.is_final() || change.state == State::AwaitingApproval {
            return Err(wrong_state(&change, "nothing of it is to be sent"));
        }
        let about = change.change_id.as_str();
        let fact = self.fact(Some(&person.staff_id), RETRIED, about, json!({}));
        self.write_with_trail(fact, |_| Ok(()))?;
        self.runtime.hand_in(Input::Nudge(change.change_id.clone()));
        self.change_view(&change, &person)
    }

    /// The doubt desk: two different people say what they found out. Recorded with a digest of
    /// the evidence they saw.
    pub(crate) fn change_resolve(&self, seat: &Seat, ask: &Resolve) -> Result<ChangeView, Fault> {
        let one = self.allow(seat, Permission::Decide)?;
        let change = self.load(&ask.change_id)?;
        if change.state != State::InDoubt {
            return Err(wrong_state(&change, "it is not in doubt"));
        }
        let reason = text("reason", Some(&ask.reason))?.unwrap_or_default();
        let finding = finding(&ask.outcome)?;
        let other = self.check_pin(&ask.staff_id, &ask.pin)?;
        if other.staff_id == one.staff_id {
            return Err(same_person());
        }
        self.must_ask(&other)?;
        let event = Event::Resolved {
            by: one.staff_id.clone(),
            with: other.staff_id,
            finding,
            reason,
            evidence: self.evidence(&change)?,
        };
        self.move_on(&change.change_id, event, &one)
    }

    /// The conflict desk: the change as it was asked for, on the payment as it is now.
    pub(crate) fn change_rebase(&self, seat: &Seat, ask: &ChangeRef) -> Result<ChangeView, Fault> {
        let person = self.allow(seat, Permission::Decide)?;
        let change = self.load(&ask.change_id)?;
        if change.state != State::Conflict {
            return Err(wrong_state(&change, "it is not in conflict"));
        }
        let on = change.payment_id.as_ref().ok_or_else(|| wrong_state(&change, "no payment"))?;
        let on = self.read(|connection| payment::get(connection, on))?;
        self.still_possible(&change, &on)?;
        let base = Base::of(&on.facts);
        // Judged by the role of who asked: a rule that needed a second person needs one again.
        let asked_by = self.person(change.requested_by.as_str())?;
        let needs_approval = self.needs_approval(&asked_by, &change.command, Some(&base))?;
        let event = Event::Rebased { by: person.staff_id.clone(), base, needs_approval };
        self.move_on(&change.change_id, event, &person)
    }

    pub(crate) fn change_drop(&self, seat: &Seat, ask: &ChangeRef) -> Result<ChangeView, Fault> {
        let person = self.allow(seat, Permission::Decide)?;
        let change = self.load(&ask.change_id)?;
        if change.state != State::Conflict {
            return Err(wrong_state(&change, "it is not in conflict"));
        }
        self.move_on(&change.change_id, Event::Withdrawn { by: person.staff_id.clone() }, &person)
    }

    pub(crate) fn load(&self, id: &str) -> Result<Change, Fault> {
        let id = change_id(id)?;
        self.read(|connection| change::get(connection, &id))
    }

    /// The whole log of a change.
    pub(crate) fn log(&self, id: &ChangeId) -> Result<Vec<Recorded>, Fault> {
        self.read(|connection| change::log(connection, id))
    }

    pub(crate) fn person(&self, id_or_name: &str) -> Result<StaffRow, Fault> {
        use counterfoil_store::table::staff;
        let found = self.read(|connection| staff::find(connection, id_or_name))?;
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, "there is no such person"))
    }

    fn move_on(&self, id: &ChangeId, event: Event, viewer: &StaffRow) -> Result<ChangeView, Fault> {
        let at = self.runtime.now();
        let id = id.clone();
        let appended = self
            .store()
            .write(move |connection| life::append(connection, &id, at, event, None))
            .map_err(not_moved)?;
        // The engine of this process lets go of it and takes it up again as it is now.
        self.runtime.hand_in(Input::Gone(appended.change.change_id.clone()));
        self.announce(&appended.change);
        self.change_view(&appended.change, viewer)
    }

    fn second_person(&self, change: &Change, who: &str, pin: &str) -> Result<StaffRow, Fault> {
        let approver = self.decider(who, pin)?;
        if approver.staff_id == change.requested_by {
            return Err(same_person());
        }
        Ok(approver)
    }

    fn decider(&self, who: &str, pin: &str) -> Result<StaffRow, Fault> {
        let decider = self.check_pin(who, pin)?;
        if decider.role.may(Permission::Decide) {
            return Ok(decider);
        }
        let words = format!("a {} may not approve or reject", decider.role.word());
        Err(Fault::new(FaultCode::NotPermitted, words).with("role", decider.role.word()))
    }

    fn must_ask(&self, person: &StaffRow) -> Result<(), Fault> {
        if person.role.may(Permission::Ask) {
            return Ok(());
        }
        let words = format!("a {} may not decide about a doubt", person.role.word());
        Err(Fault::new(FaultCode::NotPermitted, words))
    }

    fn still_possible(
        &self,
        change: &Change,
        on: &counterfoil_core::payment::Payment,
    ) -> Result<(), Fault> {
        use counterfoil_store::table::account;
        let account = self.read(|connection| account::get(connection, &on.account_id))?;
        let sums = self.lane_sums(on, Some(&change.change_id))?;
        let subject = crate::payments::subject(on, &sums);
        counterfoil_connectors::check(&account, &change.command, Some(&subject))
            .map(|_| ())
            .map_err(|why| crate::asking::refused(change.command.kind(), &why))
    }

    /// Digest of everything the two people could see: the whole log.
    fn evidence(&self, change: &Change) -> Result<String, Fault> {
        let log = self.log(&change.change_id)?;
        Ok(sha256_hex(canonical(&json!(log)).as_bytes()))
    }
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

fn same_person() -> Fault {
    let words = "two different people are needed: who asked for it cannot also agree to it";
    Fault::new(FaultCode::SamePerson, words)
}

fn too_late(change: &Change) -> Fault {
    let words = "bytes of it may have left: it cannot be taken back";
    Fault::new(FaultCode::TooLate, words).with("state", change.state.word())
}

fn wrong_state(change: &Change, why: &str) -> Fault {
    let words = format!("this cannot be done while the change is {}: {why}", change.state.word());
    Fault::new(FaultCode::WrongState, words).with("state", change.state.word())
}

fn not_moved(error: StoreError) -> Fault {
    use counterfoil_core::change::Illegal;
    match &error {
        StoreError::Illegal(Illegal::SamePerson) => same_person(),
        StoreError::Illegal(Illegal::FromState { state, .. }) => {
            let words = format!("the change is {} by now: {error}", state.word());
            Fault::new(FaultCode::WrongState, words).with("state", state.word())
        }
        _ => error.into(),
    }
}
