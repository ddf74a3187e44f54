//! People: signing in and out, the lists of people. How a PIN is checked is in `proving.rs`, what
//! it is checked with in `pepper.rs`, who comes and goes in `keeping.rs`.

mod keeping;
mod pepper;
mod proving;

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::{ORDERS, Permission, Role};
use counterfoil_store::table::staff::{self, StaffRow};
use serde_json::json;

use crate::call::{Nothing, StaffQuery};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::seat::Seat;
use crate::view::{PersonView, SignInTile, StaffView};
use crate::{Fault, FaultCode};

pub use pepper::PepperMemory;
pub use proving::{PinCheck, Proved};

impl Desk {
    /// Signs somebody in at a seat, by id or exact name. Where somebody else sits, the one takes
    /// the place of the other in one step; what waits stays as it is.
    ///
    /// # Errors
    /// Wrong PIN or unknown person (one fault for both), or locked.
    pub fn sign_in(&self, seat: &Seat, id_or_name: &str, pin: &str) -> Result<(), Fault> {
        if self.store().read_only_because().is_some() {
            let (person, check) = self.check_pin_by_reading(id_or_name, pin)?;
            seat.sit_down(person.staff_id, check, self.runtime.counter());
            return Ok(());
        }
        let (person, check) = self.check_pin_to_sign_in(id_or_name, pin)?;
        let before = self.signed_in(seat).ok().filter(|row| row.staff_id != person.staff_id);
        let mut facts = json!({ "pin_check": check.word() });
        if let Some(before) = &before {
            facts["from"] = before.staff_id.as_str().into();
        }
        let what = if before.is_some() { "session.switched" } else { "session.signed_in" };
        let fact = self.fact(Some(&person.staff_id), what, "seat", facts);
        self.write_with_trail(fact, |_| Ok(()))?;
        seat.sit_down(person.staff_id, check, self.runtime.counter());
        Ok(())
    }

    /// Nobody sits there any more; noted where somebody did and where it can be.
    pub(crate) fn sign_out(&self, seat: &Seat) -> Result<(), Fault> {
        let person = self.signed_in(seat).ok();
        seat.stand_up();
        let Some(person) = person.filter(|_| self.rescue().is_none()) else { return Ok(()) };
        let fact = self.fact(Some(&person.staff_id), "session.signed_out", "seat", json!({}));
        self.write_with_trail(fact, |_| Ok(()))
    }

    /// The person with what they may do; deciding and setting up only for whom the PIN was checked
    /// in full.
    pub(crate) fn person_view(row: &StaffRow, check: PinCheck) -> PersonView {
        let full = |permission: &Permission| check == PinCheck::Full || !needs_full(*permission);
        let may = Permission::ALL.into_iter().filter(|permission| row.role.may(*permission));
        PersonView {
            staff_id: row.staff_id.to_string(),
            name: row.name.clone(),
            role: row.role.word().to_owned(),
            may: may.filter(full).map(|permission| permission.word().to_owned()).collect(),
            pin_check: check.word().to_owned(),
        }
    }

    pub(crate) fn session_people(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<Vec<SignInTile>, Fault> {
        let now = self.runtime.now();
        let rows = self.read(staff::all)?;
        let tile = |row: StaffRow| SignInTile {
            locked_until: locked_until(&row, now),
            staff_id: row.staff_id.to_string(),
            name: row.name,
            role: row.role.word().to_owned(),
        };
        let here = rows.into_iter().filter(|row| is_somebody(row) && row.is_here());
        Ok(here.map(tile).collect())
    }

    pub(crate) fn staff_list(
        &self,
        at: &Admitted<'_>,
        ask: &StaffQuery,
    ) -> Result<Vec<StaffView>, Fault> {
        let now = self.runtime.now();
        let reviews = at.person()?.role != Role::Cashier;
        let all = ask.all.unwrap_or(false) && reviews;
        let rows = self.read(staff::all)?;
        let listed = rows.into_iter().filter(|row| is_somebody(row) && (all || row.is_here()));
        let views = listed.map(|row| view(row, now));
        Ok(views.map(|view| if reviews { view } else { for_a_colleague(view) }).collect())
    }

    fn staff_view_of(&self, staff_id: &StaffId) -> Result<StaffView, Fault> {
        let row = self.read(|connection| staff::find(connection, staff_id.as_str()))?;
        let row = row.ok_or_else(|| Fault::new(FaultCode::NotFound, "there is no such person"))?;
        Ok(view(row, self.runtime.now()))
    }
}

/// True for what only somebody may do whose PIN was checked in full.
pub fn needs_full(permission: Permission) -> bool {
    match permission {
        Permission::Decide | Permission::SetUp | Permission::RefundAlone => true,
        Permission::Read | Permission::Ask => false,
    }
}

/// Who somebody is, and no more: wrong PINs and keys of others are no cashier's matter.
fn for_a_colleague(view: StaffView) -> StaffView {
    StaffView { locked_until: None, left_at: None, public_key: None, ..view }
}

fn view(row: StaffRow, now: Moment) -> StaffView {
    StaffView {
        locked_until: locked_until(&row, now),
        left_at: row.left_at.map(Moment::to_rfc3339),
        staff_id: row.staff_id.to_string(),
        name: row.name,
        role: row.role.word().to_owned(),
        public_key: row.marks.public_key,
    }
}

/// False for the row under which orders ask for changes: nobody signs in or decides as it.
fn is_somebody(row: &StaffRow) -> bool {
    row.staff_id.as_str() != ORDERS
}

fn locked_until(row: &StaffRow, now: Moment) -> Option<String> {
    row.locked_until.filter(|until| *until > now).map(Moment::to_rfc3339)
}
