//! The one place where a call is admitted or refused: who makes it, whether the store takes it,
//! and whether it fits the change it is about, all by its row in the table.

use counterfoil_core::change::Change;
use counterfoil_core::staff::Role;
use counterfoil_store::table::staff::StaffRow;
use serde::Serialize;
use serde_json::Value;

use crate::call::{Call, CallRow, Effect, Entry, Fits, Who};
use crate::desk::Desk;
use crate::people::PinCheck;
use crate::seat::Seat;
use crate::{Fault, FaultCode};

/// A call that was admitted, and what its row asked about.
pub(crate) struct Admitted<'a> {
    /// Where it was made.
    pub seat: &'a Seat,
    person: Option<StaffRow>,
    change: Option<Change>,
}

impl Admitted<'_> {
    /// Who makes it.
    ///
    /// # Errors
    /// Its row lets anyone make it, so that nobody was looked for.
    pub fn person(&self) -> Result<&StaffRow, Fault> {
        self.person.as_ref().ok_or_else(nobody)
    }

    /// Who asks, in the role whose rules bind them: a short check of a PIN lets one wrong guess in
    /// a thousand pass, so nobody is more than a cashier by it.
    ///
    /// # Errors
    /// As for [`Admitted::person`].
    pub fn asker(&self) -> Result<StaffRow, Fault> {
        let person = self.person()?.clone();
        match self.seat.check() {
            PinCheck::Full => Ok(person),
            PinCheck::Closed | PinCheck::Lost => Ok(StaffRow { role: Role::Cashier, ..person }),
        }
    }

    /// The change it is about, as it was when it was admitted.
    ///
    /// # Errors
    /// Its row is about no change.
    pub fn change(&self) -> Result<&Change, Fault> {
        let words = "this call is about no change";
        self.change.as_ref().ok_or_else(|| Fault::new(FaultCode::NotFound, words))
    }
}

impl Desk {
    /// Answers one call of the screen. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// The fault, safe to show.
    pub fn call(&self, seat: &Seat, call: Call) -> Result<Value, Fault> {
        // Another program on this till may have put the time right.
        self.runtime.refresh_clock();
        let at = self.admit(seat, call.row(), call.change_id())?;
        self.carry_out(&at, &call)
    }

    /// Reads a call as a screen sends it and answers it.
    ///
    /// # Errors
    /// The fault, safe to show; [`FaultCode::BadInput`] when it is no call of the table.
    pub fn call_json(&self, seat: &Seat, call: Value) -> Result<Value, Fault> {
        let call: Call = serde_json::from_value(call).map_err(|error| {
            Fault::new(FaultCode::BadInput, format!("this is no call of the table: {error}"))
        })?;
        self.call(seat, call)
    }

    /// May whoever sits here do what no call does.
    pub(crate) fn admit_entry<'a>(
        &self,
        seat: &'a Seat,
        entry: Entry,
    ) -> Result<Admitted<'a>, Fault> {
        self.admit(seat, entry.row(), None)
    }

    /// Whether whoever sits here would be let do what this row says, about this change. Does
    /// nothing else.
    ///
    /// # Errors
    /// The fault with which it would be refused.
    pub fn would_admit(
        &self,
        seat: &Seat,
        row: &CallRow,
        change_id: Option<&str>,
    ) -> Result<(), Fault> {
        self.admit(seat, row, change_id).map(|_| ())
    }

    /// First who, then whether the store takes it, then whether it fits the change.
    fn admit<'a>(
        &self,
        seat: &'a Seat,
        row: &CallRow,
        change_id: Option<&str>,
    ) -> Result<Admitted<'a>, Fault> {
        let person = match row.who {
            Who::Anyone => None,
            Who::FirstRun if self.is_set_up()? => return Err(set_up_already()),
            Who::FirstRun => None,
            Who::May(_) | Who::Roles(_) => Some(self.signed_in(seat)?),
        };
        if let Some(person) = person.as_ref().filter(|person| !row.who.admits(Some(person.role))) {
            return Err(not_permitted(row.who, person));
        }
        if person.is_some() && row.who.needs_full_check() {
            seat.check().must_be_full(None)?;
        }
        if let (Effect::Writes, Some(fault)) = (row.effect, self.rescue()) {
            return Err(fault);
        }
        let change = match (row.fits, change_id) {
            (Some(fits), Some(id)) => Some(self.fitting(&fits, id, person.as_ref())?),
            (Some(_) | None, None) | (None, Some(_)) => None,
        };
        Ok(Admitted { seat, person, change })
    }

    fn fitting(&self, fits: &Fits, id: &str, person: Option<&StaffRow>) -> Result<Change, Fault> {
        let change = self.load(id)?;
        let is = |person: &StaffRow| person.staff_id == change.requested_by;
        let own = person.is_some_and(is);
        let may = |permission| person.is_some_and(|person| person.role.may(permission));
        if fits.others.is_some_and(|permission| !own && !may(permission)) {
            let words = "only who asked for it, or a manager, may do this";
            return Err(Fault::new(FaultCode::NotPermitted, words));
        }
        if fits.states.contains(&change.state) { Ok(change) } else { Err(misfit(fits, &change)) }
    }
}

fn misfit(fits: &Fits, change: &Change) -> Fault {
    if fits.too_late.contains(&change.state) {
        return too_late(change);
    }
    let fitting: Vec<_> = fits.states.iter().map(|state| state.word()).collect();
    wrong_state(change, &format!("it is for a change that is {}", fitting.join(" or ")))
}

fn too_late(change: &Change) -> Fault {
    let words = "bytes of it may have left: it cannot be taken back";
    Fault::new(FaultCode::TooLate, words).with("state", change.state.word())
}

pub fn wrong_state(change: &Change, why: &str) -> Fault {
    let words = format!("this cannot be done while the change is {}: {why}", change.state.word());
    Fault::new(FaultCode::WrongState, words).with("state", change.state.word())
}

fn not_permitted(who: Who, person: &StaffRow) -> Fault {
    let role = person.role.word();
    let may: Vec<_> = who.roles().into_iter().map(|role| role.word()).collect();
    let words = format!("a {role} may not do this; these may: {}", may.join(", "));
    let fault = Fault::new(FaultCode::NotPermitted, words).with("role", role);
    match who {
        Who::May(permission) => fault.with("permission", permission.word()),
        Who::Anyone | Who::FirstRun | Who::Roles(_) => fault,
    }
}

/// The first run was before.
pub fn set_up_already() -> Fault {
    Fault::new(FaultCode::Exists, "this data folder holds a store already; nothing was changed")
}

/// Nobody is signed in.
pub fn nobody() -> Fault {
    let words = "sign in first: name a person with their PIN (--as NAME and COUNTERFOIL_PIN on \
                 the command line)";
    Fault::new(FaultCode::SignInNeeded, words)
}

/// The answer of a handler as JSON.
pub fn json<T: Serialize>(outcome: Result<T, Fault>) -> Result<Value, Fault> {
    serde_json::to_value(outcome?)
        .map_err(|error| Fault::new(FaultCode::Store, format!("the answer has no JSON: {error}")))
}
