//! A second person's yes: signed with the key that only their PIN opens, checked before it is
//! stored, and what is refused is noted, since a report on the separation of duties reads it.

use counterfoil_core::approval::{Challenge, Place, Seal, Standing, Void, texts_digest};
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::change::{Change, Event, Illegal, Recorded};
use counterfoil_core::command::Kind;
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::{Setting, whole};
use counterfoil_core::staff::Permission;
use counterfoil_runtime::{known, place_of, random_bytes};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, audit_entry, setting};
use counterfoil_store::{Connection, StoreError};
use counterfoil_vault::PersonKey;
use serde_json::json;

use crate::deciding::same_person;
use crate::desk::Desk;
use crate::ruling::is_denied;
use crate::{Fault, FaultCode};

/// The entry of the trail about a yes that was not taken.
pub const REFUSED: &str = "approval.refused";

/// Bytes of a nonce and of a salt.
const RANDOM_BYTES: usize = 16;

/// A random text, never made before.
pub fn fresh() -> String {
    hex::encode(random_bytes::<RANDOM_BYTES>())
}

/// The terms of a yes before anybody has signed it.
pub struct Unsigned {
    place: Place,
    salt: String,
    nonce: String,
    expires_at: Moment,
}

impl Unsigned {
    /// On terms that were set when it was asked for.
    pub fn with(place: Place, salt: &str, nonce: &str, expires_at: Moment) -> Self {
        Self { place, salt: salt.to_owned(), nonce: nonce.to_owned(), expires_at }
    }

    /// The seal for a change as it is, with a signature that may be any.
    pub fn seal(self, change: &Change, public_key: &str, signature: &str) -> Seal {
        Seal {
            till_id: self.place.till_id,
            provider: self.place.provider,
            provider_ref: self.place.provider_ref,
            texts: texts_digest(&change.what(), &self.salt),
            salt: self.salt,
            nonce: self.nonce,
            expires_at: self.expires_at,
            public_key: public_key.to_owned(),
            signature: signature.to_owned(),
        }
    }
}

/// The event of a yes with this seal.
pub fn approved(change: &Change, by: &StaffId, seal: Seal) -> Event {
    let operation = sha256_hex(change.statement(&seal, by).as_bytes());
    Event::Approved { by: by.clone(), operation, seal: Some(Box::new(seal)) }
}

/// Whether a yes to a change holds on what the store says now, as it will be judged once more right
/// before bytes leave.
///
/// # Errors
/// The store cannot be read, or the event does not fit the change.
pub fn judged(
    connection: &Connection,
    change: &Change,
    by: &StaffId,
    event: &Event,
    now: Moment,
) -> Result<Option<Void>, StoreError> {
    let mut after = change.clone();
    match after.take(&Recorded { at: now, event: event.clone() }) {
        Ok(()) => {}
        Err(Illegal::SamePerson) => return Ok(Some(Void::SamePerson)),
        Err(Illegal::OtherOperation | Illegal::Replayed) => return Ok(Some(Void::Edited)),
        Err(illegal) => return Err(StoreError::Illegal(illegal)),
    }
    let account = account::get(connection, &change.account_id)?;
    let place = place_of(connection, &account, change)?;
    let known = known(connection, by)?;
    Ok(Standing::judge(&after, &place, known.as_ref()).void_at(now))
}

/// Until when a yes that is given now holds.
///
/// # Errors
/// The settings cannot be read.
pub fn holds_until(connection: &Connection, now: Moment) -> Result<Moment, StoreError> {
    let hours = number(connection, Setting::ApprovalValidHours)?;
    Ok(now.plus_millis(hours.saturating_mul(3_600_000)))
}

/// A whole number setting.
///
/// # Errors
/// The settings cannot be read.
pub fn number(connection: &Connection, key: Setting) -> Result<i64, StoreError> {
    let text = setting::get(connection, key)?;
    whole(&text).ok_or(StoreError::Damaged { table: "setting", what: key.key().to_owned() })
}

impl Desk {
    /// The event of a yes that this person gives here and now, proved by their PIN.
    pub(crate) fn sign(
        &self,
        change: &Change,
        (approver, key): (&StaffRow, &PersonKey),
    ) -> Result<Event, Fault> {
        let now = self.runtime.now();
        let (place, until) = self.read(|connection| {
            let account = account::get(connection, &change.account_id)?;
            Ok((place_of(connection, &account, change)?, holds_until(connection, now)?))
        })?;
        let public_key = hex::encode(key.public_key());
        let unsigned = Unsigned::with(place, &fresh(), &fresh(), until);
        let mut seal = unsigned.seal(change, &public_key, "");
        let statement = change.statement(&seal, &approver.staff_id);
        seal.signature = hex::encode(key.sign(statement.as_bytes()));
        let event = approved(change, &approver.staff_id, seal);
        let by = &approver.staff_id;
        match self.read(|connection| judged(connection, change, by, &event, now))? {
            None => Ok(event),
            Some(why) => Err(void(why)),
        }
    }

    /// A second person who may decide about this change, proved by their PIN. Whoever may not is
    /// noted in the trail.
    pub(crate) fn second_person(
        &self,
        change: &Change,
        who: &str,
        pin: &str,
    ) -> Result<(StaffRow, PersonKey), Fault> {
        self.decider_of(&About::own(change), who, pin)
    }

    /// As [`Desk::second_person`], for a change that may be another till's.
    pub(crate) fn decider_of(
        &self,
        about: &About<'_>,
        who: &str,
        pin: &str,
    ) -> Result<(StaffRow, PersonKey), Fault> {
        let proved = self.check_pin(who, pin)?;
        let person = &proved.person;
        let named = about.requester.is_some_and(|name| same_name(name, &person.name));
        let same = person.staff_id == *about.requested_by || named;
        let denied = self.read(|connection| is_denied(connection, person.role, about.kind))?;
        let may = person.role.may(Permission::Decide) && !denied;
        let (why, fault) = match (same, may) {
            (false, true) => return proved.full(),
            (true, true) => (Void::SamePerson, same_person()),
            (true, false) => (Void::SamePerson, may_not(person)),
            (false, false) => (Void::Role, may_not(person)),
        };
        let now = self.runtime.now();
        let fact = refusal(now, person.staff_id.as_str(), Some(about), why.word());
        self.store().write(move |connection| audit_entry::append(connection, &fact))?;
        Err(fault)
    }
}

/// What a yes is about, at whichever till.
pub struct About<'a> {
    /// The change.
    pub change: &'a str,
    /// Who asked.
    pub requested_by: &'a StaffId,
    /// Their name, where they are of another till: somebody with a place at both has two ids.
    pub requester: Option<&'a str>,
    /// What for.
    pub kind: Kind,
}

impl<'a> About<'a> {
    /// A change of this till.
    pub fn own(change: &'a Change) -> Self {
        Self {
            change: change.change_id.as_str(),
            requested_by: &change.requested_by,
            requester: None,
            kind: change.command.kind(),
        }
    }

    /// A change of the till that asks.
    pub fn of(challenge: &'a Challenge) -> Self {
        Self {
            change: challenge.change_id.as_str(),
            requested_by: &challenge.requested_by,
            requester: Some(&challenge.requester),
            kind: challenge.command.kind(),
        }
    }
}

/// The entry about a yes that was not taken: whose, about which change, whose change, and why.
/// About nothing known where the answer is to nothing that was asked.
pub fn refusal(at: Moment, who: &str, about: Option<&About<'_>>, why: &str) -> AuditFact {
    AuditFact {
        at: at.to_rfc3339(),
        who: who.to_owned(),
        what: REFUSED.to_owned(),
        about: about.map_or_else(|| "approval".to_owned(), |about| about.change.to_owned()),
        facts: json!({
            "approver": who,
            "requested_by": about.map(|about| about.requested_by),
            "kind": about.map(|about| about.kind.word()),
            "why": why,
        }),
    }
}

/// True where two names are those of one person, as far as names tell.
pub fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn may_not(person: &StaffRow) -> Fault {
    let role = person.role.word();
    let words = format!("a {role} may not approve this");
    Fault::new(FaultCode::NotPermitted, words).with("role", role)
}

/// A yes that does not hold.
pub fn void(why: Void) -> Fault {
    match why {
        Void::SamePerson => same_person(),
        Void::Missing
        | Void::Unsigned
        | Void::Edited
        | Void::Forged
        | Void::Unknown
        | Void::OtherKey
        | Void::Left
        | Void::Role
        | Void::Expired => {
            let words = format!("this approval is not taken: {why}. Nothing was changed.");
            Fault::new(FaultCode::ApprovalRefused, words).with("why", why.word())
        }
    }
}
