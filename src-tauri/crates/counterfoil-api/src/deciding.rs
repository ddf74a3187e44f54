//! Who may move a change on, and how: approve, reject, withdraw, retry.

use counterfoil_core::change::{Change, Event};
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
use crate::dispatch::Admitted;
use crate::input::{change_id, text};
use crate::people::Proved;
use crate::view::ChangeView;
use crate::{Fault, FaultCode};

impl Desk {
    /// A second person, named first and proved by PIN, agrees to exactly this operation. The
    /// session at the seat does not change.
    pub(crate) fn change_approve(
        &self,
        at: &Admitted<'_>,
        ask: &Decide,
    ) -> Result<ChangeView, Fault> {
        let change = at.change()?;
        text("note", ask.note.as_deref())?;
        let (approver, key) = self.second_person(change, &ask.staff_id, &ask.pin)?;
        let event = self.sign(change, (&approver, &key))?;
        self.move_on(&change.change_id, event, at.person()?)
    }

    pub(crate) fn change_reject(
        &self,
        at: &Admitted<'_>,
        ask: &Decide,
    ) -> Result<ChangeView, Fault> {
        let decider = self.decider(&ask.staff_id, &ask.pin)?.whole()?;
        let note = text("note", ask.note.as_deref())?;
        let event = Event::Rejected { by: decider.staff_id, note };
        self.move_on(&at.change()?.change_id, event, at.person()?)
    }

    pub(crate) fn change_withdraw(
        &self,
        at: &Admitted<'_>,
        _: &ChangeRef,
    ) -> Result<ChangeView, Fault> {
        let (person, change) = (at.person()?, at.change()?);
        self.move_on(&change.change_id, Event::Withdrawn { by: person.staff_id.clone() }, person)
    }

    /// Now instead of later. Changes nothing about the change itself; its entry in the trail is
    /// how a drainer in another process hears of it.
    pub(crate) fn change_retry(
        &self,
        at: &Admitted<'_>,
        _: &ChangeRef,
    ) -> Result<ChangeView, Fault> {
        let (person, change) = (at.person()?, at.change()?);
        let about = change.change_id.as_str();
        let fact = self.fact(Some(&person.staff_id), RETRIED, about, json!({}));
        let (change_id, now) = (change.change_id.clone(), self.runtime.now());
        self.write_with_trail(fact, move |connection| {
            outbox::bring_forward(connection, &change_id, now)
        })?;
        self.runtime.hand_in(Input::Nudge(change.account_id.clone()));
        self.change_view(change, person)
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

    fn decider(&self, who: &str, pin: &str) -> Result<Proved, Fault> {
        let decider = self.check_pin(who, pin)?;
        let role = decider.person.role;
        if role.may(Permission::Decide) {
            return Ok(decider);
        }
        let words = format!("a {} may not approve or reject", role.word());
        Err(Fault::new(FaultCode::NotPermitted, words).with("role", role.word()))
    }
}

pub fn same_person() -> Fault {
    let words = "two different people are needed: who asked for it cannot also agree to it";
    Fault::new(FaultCode::SamePerson, words)
}

pub fn not_moved(error: StoreError) -> Fault {
    use counterfoil_core::change::Illegal;
    match &error {
        StoreError::Illegal(Illegal::SamePerson) => same_person(),
        StoreError::Illegal(Illegal::FromState { state, .. }) => {
            let words = format!("the change is {} by now: {error}", state.word());
            Fault::new(FaultCode::WrongState, words).with("state", state.word())
        }
        StoreError::Illegal(Illegal::OtherOperation | Illegal::Replayed) => {
            let words = "the change is another than when it was agreed to: look at it once more. \
                         Nothing was changed.";
            Fault::new(FaultCode::EvidenceChanged, words)
        }
        _ => error.into(),
    }
}
