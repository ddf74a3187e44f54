//! People: signing in, PINs with their lock-out, the staff list.

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::{ORDERS, Permission, Role};
use counterfoil_runtime::random_bytes;
use counterfoil_store::table::audit_entry;
use counterfoil_store::table::staff::{self, StaffRow};
use counterfoil_vault::lockout::{Lockout, MayTry};
use counterfoil_vault::{Pin, PinHash};
use serde_json::json;

use crate::call::NewStaff;
use crate::desk::Desk;
use crate::input::text;
use crate::seat::Seat;
use crate::view::{PersonView, SignInTile, StaffAdded, StaffView};
use crate::{Fault, FaultCode};

impl Desk {
    /// Signs somebody in at a seat, by id or exact name.
    ///
    /// # Errors
    /// Wrong PIN or unknown person (one fault for both), or locked.
    pub fn sign_in(&self, seat: &Seat, id_or_name: &str, pin: &str) -> Result<(), Fault> {
        if self.store().read_only_because().is_some() {
            let person = self.check_pin_by_reading(id_or_name, pin)?;
            seat.sit_down(person.staff_id, self.runtime.counter());
            return Ok(());
        }
        let person = self.check_pin(id_or_name, pin)?;
        let fact = self.fact(Some(&person.staff_id), "session.signed_in", "seat", json!({}));
        self.write_with_trail(fact, |_| Ok(()))?;
        seat.sit_down(person.staff_id, self.runtime.counter());
        Ok(())
    }

    /// Proves a person by PIN. The try is counted before the PIN is checked, so that a program
    /// that is killed meanwhile, or two at once, win no free tries.
    pub(crate) fn check_pin(&self, id_or_name: &str, pin: &str) -> Result<StaffRow, Fault> {
        let now = self.runtime.now();
        let person = self.count_try(id_or_name.to_owned(), now)?;
        let stored = PinHash::parse(&person.pin_hash)
            .map_err(|error| Fault::new(FaultCode::Store, error.to_string()))?;
        // A text that cannot be a PIN was a try all the same.
        let right = Pin::parse(pin).is_ok_and(|pin| stored.verify(&pin));
        if !right {
            return Err(self.wrong_pin(&person, now)?);
        }
        let staff_id = person.staff_id.clone();
        self.store().write(move |connection| staff::set_lockout(connection, &staff_id, 0, None))?;
        Ok(person)
    }

    /// For a store that is open for reading only: nothing can be counted there, and nothing but
    /// looking is to be won.
    fn check_pin_by_reading(&self, id_or_name: &str, pin: &str) -> Result<StaffRow, Fault> {
        let now = self.runtime.now();
        let person = self.read(|connection| staff::find(connection, id_or_name))?;
        let person = person.filter(is_somebody).ok_or_else(wrong_pin_fault)?;
        if let MayTry::Locked { until_ms } = lockout_of(&person).may_try(now.as_millis()) {
            return Err(locked(Moment::from_millis(until_ms)));
        }
        let stored = PinHash::parse(&person.pin_hash)
            .map_err(|error| Fault::new(FaultCode::Store, error.to_string()))?;
        let right = Pin::parse(pin).is_ok_and(|pin| stored.verify(&pin));
        if right { Ok(person) } else { Err(wrong_pin_fault()) }
    }

    fn count_try(&self, id_or_name: String, now: Moment) -> Result<StaffRow, Fault> {
        let counted = self.store().write(move |connection| {
            let person = staff::find(connection, &id_or_name)?.filter(is_somebody);
            let Some(person) = person else { return Ok(None) };
            let lockout = lockout_of(&person);
            if let MayTry::Locked { until_ms } = lockout.may_try(now.as_millis()) {
                return Ok(Some(Err(Moment::from_millis(until_ms))));
            }
            let after = lockout.after_wrong(now.as_millis());
            let until = after.locked_until_ms.map(Moment::from_millis);
            staff::set_lockout(connection, &person.staff_id, after.wrong_tries, until)?;
            Ok(Some(Ok(person)))
        })?;
        match counted {
            Some(Ok(person)) => Ok(person),
            Some(Err(until)) => Err(locked(until)),
            None => Err(wrong_pin_fault()),
        }
    }

    fn wrong_pin(&self, person: &StaffRow, now: Moment) -> Result<Fault, Fault> {
        let fact = self.fact(None, "pin.refused", person.staff_id.as_str(), json!({}));
        let id = person.staff_id.clone();
        let after = self.store().write(move |connection| {
            audit_entry::append(connection, &fact)?;
            staff::find(connection, id.as_str())
        })?;
        let until = after.and_then(|row| row.locked_until).filter(|until| *until > now);
        Ok(until.map_or_else(wrong_pin_fault, locked))
    }

    pub(crate) fn person_view(row: &StaffRow) -> PersonView {
        let may = Permission::ALL.into_iter().filter(|permission| row.role.may(*permission));
        PersonView {
            staff_id: row.staff_id.to_string(),
            name: row.name.clone(),
            role: row.role.word().to_owned(),
            may: may.map(|permission| permission.word().to_owned()).collect(),
        }
    }

    pub(crate) fn session_people(&self) -> Result<Vec<SignInTile>, Fault> {
        let now = self.runtime.now();
        let rows = self.read(staff::all)?;
        let tile = |row: StaffRow| SignInTile {
            locked_until: locked_until(&row, now),
            staff_id: row.staff_id.to_string(),
            name: row.name,
            role: row.role.word().to_owned(),
        };
        Ok(rows.into_iter().filter(is_somebody).map(tile).collect())
    }

    pub(crate) fn staff_list(&self, seat: &Seat) -> Result<Vec<StaffView>, Fault> {
        self.allow(seat, Permission::Read)?;
        let now = self.runtime.now();
        let rows = self.read(staff::all)?;
        let view = |row: StaffRow| StaffView {
            locked_until: locked_until(&row, now),
            staff_id: row.staff_id.to_string(),
            name: row.name,
            role: row.role.word().to_owned(),
        };
        Ok(rows.into_iter().filter(is_somebody).map(view).collect())
    }

    pub(crate) fn staff_add(&self, seat: &Seat, new: &NewStaff) -> Result<StaffAdded, Fault> {
        let owner = self.allow(seat, Permission::SetUp)?;
        let role = Role::from_word(&new.role).ok_or_else(|| {
            Fault::new(FaultCode::BadInput, "a role is cashier, manager, owner or auditor")
        })?;
        let row = self.new_person(&new.name, role, &new.pin)?;
        let staff_id = row.staff_id.clone();
        let facts = json!({ "name": row.name, "role": role.word() });
        let fact = self.fact(Some(&owner.staff_id), "staff.added", staff_id.as_str(), facts);
        let now = self.runtime.now();
        self.write_with_trail(fact, move |connection| staff::insert(connection, &row, now))?;
        Ok(StaffAdded { staff_id: staff_id.to_string() })
    }

    /// A row for a new person, with a checked name and a hashed PIN.
    pub(crate) fn new_person(&self, name: &str, role: Role, pin: &str) -> Result<StaffRow, Fault> {
        text("name", Some(name))?;
        let pin = Pin::parse(pin).map_err(|error| {
            Fault::new(FaultCode::BadInput, error.to_string()).with("field", "pin")
        })?;
        let (now, random) = self.runtime.id_parts();
        Ok(StaffRow {
            staff_id: StaffId::mint(now, random),
            name: name.to_owned(),
            role,
            pin_hash: PinHash::hash(&pin, &random_bytes()).to_phc(),
            wrong_tries: 0,
            locked_until: None,
        })
    }
}

/// False for the row under which orders ask for changes: nobody signs in or decides as it.
fn is_somebody(row: &StaffRow) -> bool {
    row.staff_id.as_str() != ORDERS
}

fn lockout_of(row: &StaffRow) -> Lockout {
    Lockout {
        wrong_tries: row.wrong_tries,
        locked_until_ms: row.locked_until.map(Moment::as_millis),
    }
}

fn locked_until(row: &StaffRow, now: Moment) -> Option<String> {
    row.locked_until.filter(|until| *until > now).map(Moment::to_rfc3339)
}

/// One fault for a wrong PIN and an unknown name: guessing names tells nothing.
fn wrong_pin_fault() -> Fault {
    Fault::new(FaultCode::WrongPin, "the name and PIN do not fit; six wrong tries lock the PIN")
}

fn locked(until: Moment) -> Fault {
    let words = format!("too many wrong PINs: this person is locked until {until}");
    Fault::new(FaultCode::Locked, words).with("until", until.to_rfc3339())
}
