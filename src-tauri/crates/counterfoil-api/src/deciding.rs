//! Who may move a change on, and how: approve, reject, withdraw, retry.

use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;
use counterfoil_core::staff::Permission;
use counterfoil_store::table::audit_entry::RETRIED;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{change, outbox};
use counterfoil_store::{StoreError, life};
use serde_json::json;

use crate::call::{ChangeRef, Decide};
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
        let (change_id, now) = (change.change_id.clone(), self.runtime.now());
        self.write_with_trail(fact, move |connection| {
            outbox::bring_forward(connection, &change_id, now)
        })?;
        self.runtime.hand_in(Input::Nudge(change.account_id.clone()));
        self.change_view(&change, &person)
    }

    pub(crate) fn load(&self, id: &str) -> Result<Change, Fault> {
        let id = change_id(id)?;
        self.read(|connection| change::get(connection, &id))
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
        self.moved(&appended.change, viewer)
    }

    /// The engine of this process lets go of it and takes it up again as it is now.
    pub(crate) fn moved(&self, change: &Change, viewer: &StaffRow) -> Result<ChangeView, Fault> {
        self.runtime.hand_in(Input::Gone(change.change_id.clone()));
        self.announce(change);
        self.change_view(change, viewer)
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
}

pub fn same_person() -> Fault {
    let words = "two different people are needed: who asked for it cannot also agree to it";
    Fault::new(FaultCode::SamePerson, words)
}

fn too_late(change: &Change) -> Fault {
    let words = "bytes of it may have left: it cannot be taken back";
    Fault::new(FaultCode::TooLate, words).with("state", change.state.word())
}

pub fn wrong_state(change: &Change, why: &str) -> Fault {
    let words = format!("this cannot be done while the change is {}: {why}", change.state.word());
    Fault::new(FaultCode::WrongState, words).with("state", change.state.word())
}

pub fn not_moved(error: StoreError) -> Fault {
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
