//! Keys of people of other tills: an owner here hands them out, an owner there brings them in, and
//! both see the same fingerprint.

use counterfoil_core::approval::{KeyCard, fingerprint};
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::{Permission, Role};
use counterfoil_store::table::foreign_key::{self, ForeignKey};
use counterfoil_store::table::{meta, staff};
use serde_json::json;

use super::{bad_text, qr};
use crate::call::{ImportKey, Nothing, StaffRef};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::text;
use crate::view::{ForeignKeyView, KeyCardView};
use crate::{Fault, FaultCode};

impl Desk {
    /// The public key of a person of this till, for another one.
    pub(crate) fn key_export(
        &self,
        at: &Admitted<'_>,
        ask: &StaffRef,
    ) -> Result<KeyCardView, Fault> {
        let person = self.person(&ask.staff)?;
        if !person.role.may(Permission::Decide) || !person.is_here() {
            let words = "only a manager or an owner who is here can agree for another till";
            return Err(Fault::new(FaultCode::NotAllowed, words));
        }
        let public_key = person.marks.public_key.clone().ok_or_else(|| {
            let words = "this person has no key yet: it is made when they next sign in with the \
                         keyring open";
            Fault::new(FaultCode::NotAllowed, words)
        })?;
        let (till_id, till) = self.read(|connection| {
            Ok((meta::till_id(connection)?, meta::get(connection, meta::TILL_NAME)?))
        })?;
        let till_id = till_id.ok_or_else(|| Fault::new(FaultCode::FirstRun, "set it up first"))?;
        let till = till.unwrap_or_default();
        let (staff_id, name, role) = (person.staff_id, person.name, person.role);
        let fingerprint = fingerprint(&public_key);
        let facts = json!({ "fingerprint": fingerprint });
        let who = Some(&at.person()?.staff_id);
        let fact = self.fact(who, "approval.key_exported", staff_id.as_str(), facts);
        self.write_with_trail(fact, |_| Ok(()))?;
        let (id, shown) = (staff_id.to_string(), name.clone());
        let key = KeyCard { till_id, till, staff_id, name, role, public_key }.to_text();
        let qr = qr(&key);
        let role = role.word().to_owned();
        Ok(KeyCardView { key, qr, staff_id: id, name: shown, role, fingerprint })
    }

    /// Brings in the key of a person of another till: their answers count here from now on.
    pub(crate) fn key_import(
        &self,
        at: &Admitted<'_>,
        ask: &ImportKey,
    ) -> Result<ForeignKeyView, Fault> {
        let card = KeyCard::parse(&ask.key).map_err(bad_text)?;
        let role = role_here(&card, ask.role.as_deref())?;
        if let Some(told) = ask.fingerprint.as_deref() {
            same_fingerprint(told, &card.public_key)?;
        }
        text("name", Some(&card.name))?;
        text("till", Some(&card.till))?;
        self.is_elsewhere(&card)?;
        let key = ForeignKey {
            staff_id: card.staff_id,
            till_id: card.till_id,
            till_name: card.till,
            name: card.name,
            role,
            public_key: card.public_key,
            added_at: self.runtime.now(),
            removed_at: None,
        };
        let facts = json!({
            "name": key.name,
            "role": role.word(),
            "till": key.till_id,
            "public_key": key.public_key,
            "fingerprint": fingerprint(&key.public_key),
        });
        let who = Some(&at.person()?.staff_id);
        let fact = self.fact(who, "approval.key_imported", key.staff_id.as_str(), facts);
        let shown = view(&key);
        self.write_with_trail(fact, move |connection| foreign_key::put(connection, &key))?;
        Ok(shown)
    }

    /// Takes a key out again: answers signed with it no longer count, and approvals that were not
    /// sent yet are void.
    pub(crate) fn key_remove(
        &self,
        at: &Admitted<'_>,
        ask: &StaffRef,
    ) -> Result<ForeignKeyView, Fault> {
        let keys = self.read(foreign_key::all)?;
        let counts = |key: &&ForeignKey| key.removed_at.is_none();
        let named = |key: &&ForeignKey| key.staff_id.as_str() == ask.staff || key.name == ask.staff;
        let mut found = keys.into_iter().filter(|key| counts(&key) && named(&key));
        let none = || Fault::new(FaultCode::NotFound, "no key of such a person counts here");
        let key = found.next().ok_or_else(none)?;
        if found.next().is_some() {
            let words = "several people of other tills have this name: give the id";
            return Err(Fault::new(FaultCode::BadInput, words));
        }
        let now = self.runtime.now();
        let facts = json!({ "fingerprint": fingerprint(&key.public_key) });
        let who = Some(&at.person()?.staff_id);
        let fact = self.fact(who, "approval.key_removed", key.staff_id.as_str(), facts);
        let id: StaffId = key.staff_id.clone();
        self.write_with_trail(fact, move |connection| foreign_key::remove(connection, &id, now))?;
        Ok(view(&ForeignKey { removed_at: Some(now), ..key }))
    }

    /// Everybody of other tills whose key was ever brought in.
    pub(crate) fn key_list(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<Vec<ForeignKeyView>, Fault> {
        Ok(self.read(foreign_key::all)?.iter().map(view).collect())
    }

    /// People of this till agree here, with their PIN.
    fn is_elsewhere(&self, card: &KeyCard) -> Result<(), Fault> {
        let (till, own) = self.read(|connection| {
            Ok((meta::till_id(connection)?, staff::find(connection, card.staff_id.as_str())?))
        })?;
        if till.as_ref() == Some(&card.till_id) || own.is_some() {
            let words = "this is the key of somebody of this till: they agree here, with their PIN";
            return Err(Fault::new(FaultCode::NotAllowed, words));
        }
        Ok(())
    }
}

/// What somebody counts as here: never more than at their own till.
fn role_here(card: &KeyCard, limit: Option<&str>) -> Result<Role, Fault> {
    let wanted = match limit {
        None => card.role,
        Some(word) => Role::from_word(word).ok_or_else(not_a_limit)?,
    };
    let more = wanted == Role::Owner && card.role != Role::Owner;
    let both = wanted.may(Permission::Decide) && card.role.may(Permission::Decide);
    if both && !more { Ok(wanted) } else { Err(not_a_limit()) }
}

fn not_a_limit() -> Fault {
    let words = "somebody of another till counts as a manager or an owner here, and never as more \
                 than at their own till";
    Fault::new(FaultCode::BadInput, words).with("field", "role")
}

/// What people read to each other may have other spaces and letters of either size.
fn same_fingerprint(told: &str, public_key: &str) -> Result<(), Fault> {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    let own = fingerprint(public_key);
    if letters(told) == letters(&own) {
        return Ok(());
    }
    let words = "this key has another fingerprint than the one that was told: it is not the key \
                 that the other till shows. Nothing was stored.";
    Err(Fault::new(FaultCode::ApprovalRefused, words).with("fingerprint", own))
}

fn view(key: &ForeignKey) -> ForeignKeyView {
    ForeignKeyView {
        staff_id: key.staff_id.to_string(),
        name: key.name.clone(),
        role: key.role.word().to_owned(),
        till: key.till_name.clone(),
        fingerprint: fingerprint(&key.public_key),
        added_at: key.added_at.to_rfc3339(),
        removed_at: key.removed_at.map(Moment::to_rfc3339),
    }
}
