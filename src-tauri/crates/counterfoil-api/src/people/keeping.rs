//! Who is here, what they are called, what they are, and their PINs. Nothing of it rewrites what
//! came before: what was true of a person and when stands in the store and in the trail.

use counterfoil_core::audit::AuditFact;
use counterfoil_core::id::{StaffId, TillId};
use counterfoil_core::staff::Role;
use counterfoil_runtime::random_bytes;
use counterfoil_store::table::audit_entry;
use counterfoil_store::table::staff::{self, PinMarks, StaffRow};
use counterfoil_store::{Connection, StoreError};
use counterfoil_vault::{Pepper, Pin, VaultError};
use serde_json::json;

use super::is_somebody;
use super::pepper::{Ask, Kept, marks, marks_of};
use super::proving::{PinCheck, pepper_lost};
use crate::call::{GivePin, NewPin, NewStaff, Nothing, RenameStaff, StaffRef, StaffRole};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::text;
use crate::payments::keyring;
use crate::view::{StaffAdded, StaffView};
use crate::{Fault, FaultCode};

impl Desk {
    pub(crate) fn staff_add(&self, at: &Admitted<'_>, new: &NewStaff) -> Result<StaffAdded, Fault> {
        let owner = at.person()?;
        let role = role(&new.role)?;
        let pepper = self.pepper_to_give()?;
        let row = self.new_person(&new.name, role, &new.pin, pepper.as_ref())?;
        let staff_id = row.staff_id.clone();
        let facts = json!({ "name": row.name, "role": role.word() });
        let fact = self.fact(Some(&owner.staff_id), "staff.added", staff_id.as_str(), facts);
        let facts = self.with_key(fact, &staff_id, &row.marks, "new_person");
        let now = self.runtime.now();
        self.write_with_facts(facts, move |connection| staff::insert(connection, &row, now))?;
        Ok(StaffAdded { staff_id: staff_id.to_string() })
    }

    pub(crate) fn staff_rename(
        &self,
        at: &Admitted<'_>,
        ask: &RenameStaff,
    ) -> Result<StaffView, Fault> {
        let person = self.somebody_here(&ask.staff)?;
        text("name", Some(&ask.name))?;
        let facts = json!({ "old_name": person.name, "new_name": ask.name });
        let fact = self.about(at, &person, "staff.renamed", facts)?;
        let (id, name, now) = (person.staff_id.clone(), ask.name.clone(), self.runtime.now());
        self.write_with_trail(fact, move |connection| staff::rename(connection, &id, &name, now))?;
        self.staff_view_of(&person.staff_id)
    }

    pub(crate) fn staff_role(
        &self,
        at: &Admitted<'_>,
        ask: &StaffRole,
    ) -> Result<StaffView, Fault> {
        let person = self.somebody_here(&ask.staff)?;
        let role = role(&ask.role)?;
        if person.role == role {
            return self.staff_view_of(&person.staff_id);
        }
        let facts = json!({ "from": person.role.word(), "to": role.word() });
        let fact = self.about(at, &person, "staff.role_changed", facts)?;
        let now = self.runtime.now();
        self.unless_last_owner(&person, fact, move |connection, id| {
            staff::set_role(connection, id, role, now)
        })
    }

    pub(crate) fn staff_leave(
        &self,
        at: &Admitted<'_>,
        ask: &StaffRef,
    ) -> Result<StaffView, Fault> {
        let person = self.somebody_here(&ask.staff)?;
        let fact = self.about(at, &person, "staff.left", json!({ "name": person.name }))?;
        let now = self.runtime.now();
        self.unless_last_owner(&person, fact, move |connection, id| {
            staff::leave(connection, id, now)
        })
    }

    pub(crate) fn staff_return(
        &self,
        at: &Admitted<'_>,
        ask: &GivePin,
    ) -> Result<StaffView, Fault> {
        let person = self.somebody_who_left(&ask.staff)?;
        let pin = new_pin(&ask.pin)?;
        let marks = marks(&person.staff_id, &pin, self.pepper_to_give()?.as_ref());
        let facts = json!({ "name": person.name, "role": person.role.word() });
        let fact = self.about(at, &person, "staff.returned", facts)?;
        let facts = self.with_key(fact, &person.staff_id, &marks, "returned");
        let (id, now) = (person.staff_id.clone(), self.runtime.now());
        self.write_with_facts(facts, move |connection| {
            staff::come_back(connection, &id, &marks, now)
        })?;
        self.staff_view_of(&person.staff_id)
    }

    /// A forgotten PIN: an owner gives a new one, and a new key with it.
    pub(crate) fn staff_pin(&self, at: &Admitted<'_>, ask: &GivePin) -> Result<StaffView, Fault> {
        let person = self.somebody_here(&ask.staff)?;
        if person.staff_id == at.person()?.staff_id {
            let words = "whoever changes their own PIN gives the present one, too";
            return Err(Fault::new(FaultCode::NotPermitted, words));
        }
        let pin = new_pin(&ask.pin)?;
        let marks = marks(&person.staff_id, &pin, self.pepper_to_give()?.as_ref());
        let fact = self.about(at, &person, "staff.pin_given", json!({}))?;
        self.set_pin(&person.staff_id, marks, fact, "new_pin")?;
        self.staff_view_of(&person.staff_id)
    }

    /// Somebody changes their own PIN and keeps their key.
    pub(crate) fn session_pin(&self, at: &Admitted<'_>, ask: &NewPin) -> Result<Nothing, Fault> {
        let pin = new_pin(&ask.new_pin)?;
        let proved = self.check_pin(at.person()?.staff_id.as_str(), &ask.pin)?;
        let (check, key) = (proved.check, proved.key.clone());
        let person = proved.whole()?;
        let pepper = self.pepper_to_give()?;
        let marks = match (&pepper, &key) {
            (Some(pepper), Some(key)) => marks_of(&person.staff_id, &pin, pepper, key),
            (Some(_) | None, _) => marks(&person.staff_id, &pin, pepper.as_ref()),
        };
        let facts = json!({ "pin_check": check.word() });
        let fact = self.about(at, &person, "session.pin_changed", facts)?;
        let kept = key.is_some_and(|key| Some(hex::encode(key.public_key())) == marks.public_key);
        if kept {
            let id = person.staff_id;
            self.write_with_trail(fact, move |connection| staff::set_pin(connection, &id, &marks))?;
        } else {
            self.set_pin(&person.staff_id, marks, fact, "new_pin")?;
        }
        Ok(Nothing {})
    }

    /// The keyring has lost the till's pepper for good: an owner, of whom no more than the short
    /// check can be had, makes a new one with their own new PIN. Everybody else needs a new PIN
    /// from them. It stands loudly in the trail.
    pub(crate) fn till_new_pepper(
        &self,
        at: &Admitted<'_>,
        ask: &NewPin,
    ) -> Result<Nothing, Fault> {
        let pin = new_pin(&ask.new_pin)?;
        let owner = self.check_pin(at.person()?.staff_id.as_str(), &ask.pin)?;
        if owner.check != PinCheck::Lost {
            let words = "the keyring has not lost the till's pepper: nothing was changed";
            return Err(Fault::new(FaultCode::NotAllowed, words));
        }
        let id = owner.person.staff_id;
        let pepper = self.kept_anew()?;
        let made = marks(&id, &pin, Some(&pepper));
        let facts = json!({ "pin_check": "short", "pepper": pepper.mark() });
        let fact = self.fact(Some(&id), "pepper.made_anew", "till", facts);
        self.set_pin(&id, made, fact, "new_pepper")?;
        self.remember(&Kept::Open(pepper));
        at.seat.sit_down(id, PinCheck::Full, self.runtime.counter());
        Ok(Nothing {})
    }

    /// A new pepper in the keyring, or one that lies there and that nobody's PIN was made with
    /// yet: the last try may have ended in the middle.
    fn kept_anew(&self) -> Result<Pepper, Fault> {
        let (vault, till) = (self.runtime.vault().clone(), self.till()?);
        let made = self.store().write(move |connection| {
            let in_use = |pepper: &Pepper, row: &StaffRow| {
                row.marks.pepper_mark.as_deref() == Some(&pepper.mark())
            };
            let people = staff::all(connection)?;
            let made = || -> Result<Option<Pepper>, VaultError> {
                let pepper = Pepper::read_or_make(&vault, &till, random_bytes())?;
                Ok(Some(pepper).filter(|pepper| !people.iter().any(|row| in_use(pepper, row))))
            };
            Ok(made())
        })?;
        let words = "another owner has made a new pepper by now: ask them for a new PIN";
        made.map_err(|error| keyring(error.to_string()))?
            .ok_or_else(|| Fault::new(FaultCode::PepperLost, words))
    }

    fn set_pin(
        &self,
        staff_id: &StaffId,
        marks: PinMarks,
        fact: AuditFact,
        because: &str,
    ) -> Result<(), Fault> {
        let facts = self.with_key(fact, staff_id, &marks, because);
        let id = staff_id.clone();
        self.write_with_facts(facts, move |connection| staff::set_pin(connection, &id, &marks))
    }

    /// The fact, and that of the key that was made with it.
    pub(crate) fn with_key(
        &self,
        fact: AuditFact,
        of: &StaffId,
        marks: &PinMarks,
        because: &str,
    ) -> Vec<AuditFact> {
        let key = marks.public_key.is_some().then(|| {
            let who = fact.who.clone();
            AuditFact { who, ..self.key_made(of, marks, because) }
        });
        [fact].into_iter().chain(key).collect()
    }

    fn write_with_facts(
        &self,
        facts: Vec<AuditFact>,
        job: impl FnOnce(&Connection) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Fault> {
        Ok(self.store().write(move |connection| {
            job(connection)?;
            facts.iter().try_for_each(|fact| audit_entry::append(connection, fact).map(|_| ()))
        })?)
    }

    /// Runs a write that may take away the last owner, unless it does.
    fn unless_last_owner(
        &self,
        person: &StaffRow,
        fact: AuditFact,
        job: impl FnOnce(&Connection, &StaffId) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<StaffView, Fault> {
        let id = person.staff_id.clone();
        let done = self.store().write(move |connection| {
            let before = staff::owners_here(connection)?;
            job(connection, &id)?;
            if before > 0 && staff::owners_here(connection)? == 0 {
                // Told by an error, so that nothing of it is stored.
                return Err(StoreError::Missing(LAST_OWNER));
            }
            audit_entry::append(connection, &fact).map(|_| ())
        });
        match done {
            Ok(()) => self.staff_view_of(&person.staff_id),
            Err(StoreError::Missing(LAST_OWNER)) => Err(last_owner()),
            Err(error) => Err(error.into()),
        }
    }

    /// A row for a new person, with a checked name and PIN.
    pub(crate) fn new_person(
        &self,
        name: &str,
        role: Role,
        pin: &str,
        pepper: Option<&Pepper>,
    ) -> Result<StaffRow, Fault> {
        text("name", Some(name))?;
        let pin = new_pin(pin)?;
        let (now, random) = self.runtime.id_parts();
        let staff_id = StaffId::mint(now, random);
        let marks = marks(&staff_id, &pin, pepper);
        Ok(StaffRow { marks, ..StaffRow::new(staff_id, name, role, "") })
    }

    /// The owner of a till that is being set up.
    pub(crate) fn first_owner(
        &self,
        name: &str,
        pin: &str,
        till: &TillId,
    ) -> Result<StaffRow, Fault> {
        // Refused before anything is kept for this till.
        text("name", Some(name))?;
        new_pin(pin)?;
        let pepper = self.pepper_of_new_till(till);
        self.new_person(name, Role::Owner, pin, pepper.as_ref())
    }

    /// What new PINs are made with; none where the keyring cannot be asked and the owner was
    /// proved in full all the same: nobody's PIN is made with one.
    fn pepper_to_give(&self) -> Result<Option<Pepper>, Fault> {
        match self.pepper_or_new(Ask::Again)? {
            Kept::Open(pepper) => Ok(Some(pepper)),
            Kept::Closed(why) if self.read(staff::any_peppered)? => {
                PinCheck::Closed.must_be_full(Some(&why)).map(|()| None)
            }
            Kept::Closed(_) => Ok(None),
            Kept::Gone => Err(pepper_lost()),
        }
    }

    /// A person got a key: whoever checks what they signed finds its open half in the trail.
    pub(super) fn key_made(&self, of: &StaffId, marks: &PinMarks, because: &str) -> AuditFact {
        let facts = json!({ "public_key": marks.public_key, "because": because });
        self.fact(Some(of), "staff.key_made", of.as_str(), facts)
    }

    fn about(
        &self,
        at: &Admitted<'_>,
        person: &StaffRow,
        what: &str,
        facts: serde_json::Value,
    ) -> Result<AuditFact, Fault> {
        Ok(self.fact(Some(&at.person()?.staff_id), what, person.staff_id.as_str(), facts))
    }

    fn somebody_here(&self, id_or_name: &str) -> Result<StaffRow, Fault> {
        let row = self.read(|connection| staff::find(connection, id_or_name))?;
        row.filter(|row| is_somebody(row) && row.is_here()).ok_or_else(no_such_person)
    }

    fn somebody_who_left(&self, id_or_name: &str) -> Result<StaffRow, Fault> {
        let by_id = self.read(|connection| staff::find(connection, id_or_name))?;
        if let Some(row) = by_id.filter(|row| row.staff_id.as_str() == id_or_name) {
            return if row.is_here() { Err(is_here()) } else { Ok(row) };
        }
        let mut left = self.read(|connection| staff::left_as(connection, id_or_name))?;
        match (left.pop(), left.is_empty()) {
            (Some(row), true) => Ok(row),
            (Some(_), false) => {
                let words = "several people of this name have left: name one by id (staff list \
                             with all)";
                Err(Fault::new(FaultCode::BadInput, words).with("field", "staff"))
            }
            (None, _) => Err(no_such_person()),
        }
    }
}

/// What the store says inside a write that would leave nobody to set up the till.
const LAST_OWNER: &str = "other owner";

fn last_owner() -> Fault {
    let words = "this is the last owner here: nobody could set up the till any more. Make somebody \
                 else an owner first.";
    Fault::new(FaultCode::LastOwner, words)
}

fn role(word: &str) -> Result<Role, Fault> {
    let words = "a role is cashier, manager, owner or auditor";
    Role::from_word(word).ok_or_else(|| Fault::new(FaultCode::BadInput, words))
}

fn new_pin(pin: &str) -> Result<Pin, Fault> {
    Pin::parse(pin)
        .map_err(|error| Fault::new(FaultCode::BadInput, error.to_string()).with("field", "pin"))
}

fn no_such_person() -> Fault {
    Fault::new(FaultCode::NotFound, "there is no such person")
}

fn is_here() -> Fault {
    Fault::new(FaultCode::Exists, "this person has not left")
}
