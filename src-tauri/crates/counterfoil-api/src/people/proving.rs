//! Proving a person by PIN: in full with the keyring, in short without.
//!
//! Who is proved in full may do what their role may. Who is proved in short may ask; whoever is to
//! decide or to set up is told why not. Both count wrong tries alike.

use counterfoil_core::moment::Moment;
use counterfoil_store::table::audit_entry;
use counterfoil_store::table::staff::{self, PinMarks, StaffRow};
use counterfoil_vault::lockout::{Lockout, MayTry};
use counterfoil_vault::{Pepper, PersonKey, Pin, PinHash, SealedKey, ShortCheck};
use serde_json::json;

use super::is_somebody;
use super::pepper::{Ask, Kept, marks};
use crate::desk::Desk;
use crate::{Fault, FaultCode};

/// How far a PIN could be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinCheck {
    /// In full.
    Full,
    /// By the short check alone: the keyring cannot be asked.
    Closed,
    /// By the short check alone: the keyring can be read and does not have the till's pepper.
    Lost,
}

impl PinCheck {
    /// The word of the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Closed | Self::Lost => "short",
        }
    }

    /// Good enough for deciding and setting up.
    ///
    /// # Errors
    /// What is to be done about the keyring.
    pub fn must_be_full(self, why: Option<&str>) -> Result<(), Fault> {
        match self {
            Self::Full => Ok(()),
            Self::Closed => Err(keyring_closed(why)),
            Self::Lost => Err(pepper_lost()),
        }
    }
}

/// A person whose PIN was right, as far as it could be checked.
pub struct Proved {
    /// Who it is.
    pub person: StaffRow,
    /// How far the PIN could be checked.
    pub check: PinCheck,
    /// Their key, where it could be opened.
    pub key: Option<PersonKey>,
    /// What the keyring said, where it could not be asked.
    why: Option<String>,
}

impl Proved {
    /// The person and their key, for whoever signs what they decide.
    ///
    /// # Errors
    /// The keyring is away or has lost the till's pepper: nobody can be proved in full.
    pub fn full(self) -> Result<(StaffRow, PersonKey), Fault> {
        let why = self.why.as_deref();
        self.check.must_be_full(why)?;
        let key = self.key.ok_or_else(|| keyring_closed(why))?;
        Ok((self.person, key))
    }

    /// The person, for whoever decides and signs nothing.
    ///
    /// # Errors
    /// As for [`Proved::full`].
    pub fn whole(self) -> Result<StaffRow, Fault> {
        self.check.must_be_full(self.why.as_deref())?;
        Ok(self.person)
    }
}

/// A PIN that fits, and by what it was checked.
struct Fitting {
    check: PinCheck,
    pepper: Option<Pepper>,
    why: Option<String>,
}

impl Desk {
    /// Proves a person by PIN and opens their key. The try is counted before the PIN is checked,
    /// so that a program that is killed meanwhile, or two at once, win no free tries.
    pub(crate) fn check_pin(&self, id_or_name: &str, pin: &str) -> Result<Proved, Fault> {
        let (person, fitting) = self.counted(id_or_name, pin, Ask::Again)?;
        let key = match (&fitting.pepper, Pin::parse(pin)) {
            (Some(pepper), Ok(pin)) => Some(open(&person, &pin, pepper)?),
            (Some(_) | None, _) => None,
        };
        Ok(Proved { person, check: fitting.check, key, why: fitting.why })
    }

    /// As [`Desk::check_pin`], for whoever only signs in: opens no key.
    pub(super) fn check_pin_to_sign_in(
        &self,
        id_or_name: &str,
        pin: &str,
    ) -> Result<(StaffRow, PinCheck), Fault> {
        let (person, fitting) = self.counted(id_or_name, pin, Ask::NotYet)?;
        Ok((person, fitting.check))
    }

    /// For a store that is open for reading only: nothing can be counted there, and nothing but
    /// looking is to be won.
    pub(super) fn check_pin_by_reading(
        &self,
        id_or_name: &str,
        pin: &str,
    ) -> Result<(StaffRow, PinCheck), Fault> {
        let now = self.runtime.now();
        let person = self.read(|connection| staff::find(connection, id_or_name))?;
        let person = person.filter(may_sign_in).ok_or_else(wrong_pin_fault)?;
        if let MayTry::Locked { until_ms } = lockout_of(&person).may_try(now.as_millis()) {
            return Err(locked(Moment::from_millis(until_ms)));
        }
        let fitting = self.fits(&person.marks, pin, Ask::NotYet)?.ok_or_else(wrong_pin_fault)?;
        Ok((person, fitting.check))
    }

    /// One counted try.
    fn counted(&self, who: &str, pin: &str, ask: Ask) -> Result<(StaffRow, Fitting), Fault> {
        let now = self.runtime.now();
        let person = self.count_try(who.to_owned(), now)?;
        let Some(mut fitting) = self.fits(&person.marks, pin, ask)? else {
            return Err(self.wrong_pin(&person, now)?);
        };
        let staff_id = person.staff_id.clone();
        self.store().write(move |connection| staff::set_lockout(connection, &staff_id, 0, None))?;
        if person.marks.pepper_mark.is_some() {
            return Ok((person, fitting));
        }
        // Somebody of an older version, or of a time without a keyring.
        match self.pepper_or_new(ask)? {
            Kept::Open(pepper) => {
                let person = self.brought_up(person, pin, &pepper)?;
                fitting.pepper = Some(pepper);
                Ok((person, fitting))
            }
            Kept::Closed(why) => Ok((person, Fitting { why: Some(why), ..fitting })),
            Kept::Gone => Ok((person, Fitting { check: PinCheck::Lost, ..fitting })),
        }
    }

    /// Whether the PIN is this person's, checked as far as it can be. A text that cannot be a PIN
    /// is a wrong one.
    fn fits(&self, marks: &PinMarks, pin: &str, ask: Ask) -> Result<Option<Fitting>, Fault> {
        let Ok(pin) = Pin::parse(pin) else { return Ok(None) };
        let whole = PinHash::parse(&marks.pin_hash).map_err(unreadable)?;
        let Some(mark) = &marks.pepper_mark else {
            let fitting = Fitting { check: PinCheck::Full, pepper: None, why: None };
            return Ok(whole.verify(&pin).then_some(fitting));
        };
        let (check, why) = match self.pepper(mark, ask)? {
            Kept::Open(pepper) => {
                let right = whole.verify_with_pepper(&pin, &pepper);
                let pepper = Some(pepper);
                return Ok(right.then_some(Fitting { check: PinCheck::Full, pepper, why: None }));
            }
            Kept::Closed(why) => (PinCheck::Closed, Some(why)),
            Kept::Gone => (PinCheck::Lost, None),
        };
        let short = marks.short_check.as_deref().unwrap_or_default();
        let short = ShortCheck::parse(short).map_err(unreadable)?;
        Ok(short.passes(&pin).then_some(Fitting { check, pepper: None, why }))
    }

    /// Gives a person whose PIN was just proved without a pepper everything that a new one has.
    fn brought_up(&self, person: StaffRow, pin: &str, pepper: &Pepper) -> Result<StaffRow, Fault> {
        let Ok(pin) = Pin::parse(pin) else { return Err(wrong_pin_fault()) };
        let made = marks(&person.staff_id, &pin, Some(pepper));
        let fact = self.key_made(&person.staff_id, &made, "first_key");
        let (before, now) = (person.marks.pin_hash.clone(), made.clone());
        let id = person.staff_id.clone();
        let brought = self.store().write(move |connection| {
            let row = staff::find(connection, id.as_str())?;
            // Somebody else was quicker, or gave another PIN meanwhile.
            if row.is_none_or(|row| row.marks.pin_hash != before) {
                return Ok(false);
            }
            staff::set_pin(connection, &id, &now)?;
            audit_entry::append(connection, &fact)?;
            Ok(true)
        })?;
        if brought {
            return Ok(StaffRow { marks: made, ..person });
        }
        let row = self.read(|connection| staff::find(connection, person.staff_id.as_str()))?;
        row.filter(may_sign_in).ok_or_else(wrong_pin_fault)
    }

    fn count_try(&self, id_or_name: String, now: Moment) -> Result<StaffRow, Fault> {
        let counted = self.store().write(move |connection| {
            let person = staff::find(connection, &id_or_name)?.filter(may_sign_in);
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
}

fn open(person: &StaffRow, pin: &Pin, pepper: &Pepper) -> Result<PersonKey, Fault> {
    let sealed = person.marks.sealed_key.as_deref().unwrap_or_default();
    let opened = SealedKey::parse(sealed)
        .and_then(|sealed| sealed.open(person.staff_id.as_str(), pin, pepper));
    opened.map_err(|refused| {
        let words = format!(
            "{refused}, though the PIN is right: it was changed outside of this program. Nothing \
             was stored and no money moved. An owner gives this person a new PIN."
        );
        Fault::new(FaultCode::Store, words).with("staff_id", &person.staff_id)
    })
}

fn unreadable(error: impl ToString) -> Fault {
    Fault::new(FaultCode::Store, error.to_string())
}

fn may_sign_in(row: &StaffRow) -> bool {
    is_somebody(row) && row.is_here()
}

fn lockout_of(row: &StaffRow) -> Lockout {
    Lockout {
        wrong_tries: row.wrong_tries,
        locked_until_ms: row.locked_until.map(Moment::as_millis),
    }
}

/// One fault for a wrong PIN and an unknown name: guessing names tells nothing.
fn wrong_pin_fault() -> Fault {
    Fault::new(FaultCode::WrongPin, "the name and PIN do not fit; six wrong tries lock the PIN")
}

fn locked(until: Moment) -> Fault {
    let words = format!("too many wrong PINs: this person is locked until {until}");
    Fault::new(FaultCode::Locked, words).with("until", until.to_rfc3339())
}

/// Without the keyring a PIN is checked in short: good for asking, not for deciding.
fn keyring_closed(why: Option<&str>) -> Fault {
    let why = why.unwrap_or("it could not be asked when this person signed in");
    let words = format!(
        "the keyring is away, so that this PIN cannot be checked in full and nothing can be \
         signed: {why} Asking goes on meanwhile; deciding and setting up wait until the keyring \
         opens: then give the PIN once more. Nothing was stored and no money moved."
    );
    Fault::new(FaultCode::KeyringClosed, words)
}

/// The keyring works and has forgotten what PINs are checked with.
pub fn pepper_lost() -> Fault {
    let words = "the keyring can be read, but it does not hold what the PINs of this till were \
                 made with (its pepper): it was removed, or this is another keyring. Asking goes \
                 on; nobody can decide or set up. Put the till's own keyring (or the file of \
                 COUNTERFOIL_VAULT) back. If it is lost for good, an owner makes a new pepper with \
                 `counterfoilctl staff pin --new-pepper` and then gives everybody a new PIN. \
                 Nothing was stored and no money moved.";
    Fault::new(FaultCode::PepperLost, words)
}
