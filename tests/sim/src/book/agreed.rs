//! Two people where it counts: what a second person really gave, and whether it stood when bytes
//! left. Told by the people's own acts, never by a signature.

use std::collections::BTreeMap;

use counterfoil_core::approval::Seal;
use counterfoil_core::id::{ChangeId, StaffId};
use counterfoil_core::moment::Moment;

use super::{Book, Key};

/// What somebody gave with their yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Who.
    pub by: StaffId,
    /// Their how-manieth key they gave it with.
    pub key: u32,
    /// Until when, by the till's own time.
    pub until: Moment,
    /// False for what nobody gave like this.
    pub true_to_it: bool,
}

/// Somebody as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    key: u32,
    here: bool,
    decides: bool,
    /// True once anything of it has changed: what was judged a moment ago may be otherwise now.
    moved: bool,
}

const AT_FIRST: Standing = Standing { key: 0, here: true, decides: true, moved: false };

/// What the model knows of people.
#[derive(Debug, Default)]
pub struct Agreed {
    given: BTreeMap<(Key, String), Given>,
    people: BTreeMap<(usize, String), Standing>,
}

impl Agreed {
    fn of(&self, till: usize, who: &StaffId) -> Standing {
        let key = (till, who.as_str().to_owned());
        self.people.get(&key).copied().unwrap_or(AT_FIRST)
    }

    fn change(&mut self, till: usize, who: &str, change: impl Fn(&mut Standing)) {
        let place = self.people.entry((till, who.to_owned())).or_insert(AT_FIRST);
        change(place);
        place.moved = true;
    }
}

impl Book {
    /// Somebody gave their yes to a change, under this nonce.
    pub fn gave(&mut self, till: usize, id: &ChangeId, nonce: &str, given: Given) {
        self.agreed.given.insert(((till, id.clone()), nonce.to_owned()), given);
    }

    /// Somebody has left, or is back.
    pub fn is_here(&mut self, till: usize, who: &str, here: bool) {
        self.agreed.change(till, who, |standing| standing.here = here);
    }

    /// Somebody may decide, or no longer.
    pub fn decides(&mut self, till: usize, who: &str, decides: bool) {
        self.agreed.change(till, who, |standing| standing.decides = decides);
    }

    /// Somebody has another key.
    pub fn has_new_key(&mut self, till: usize, who: &str) {
        self.agreed.change(till, who, |standing| standing.key += 1);
    }

    /// Somebody changed in the store what was given for this change.
    pub fn tampered(&mut self, till: usize, id: &ChangeId) {
        let entry = self.entries.get_mut(&(till, id.clone()));
        if let Some(given) = entry.and_then(|entry| entry.given.as_mut()) {
            given.true_to_it = false;
        }
    }

    pub(super) fn approve(
        &mut self,
        key: &Key,
        by: &StaffId,
        operation: &str,
        seal: Option<&Seal>,
    ) {
        let Some(entry) = self.entries.get(key) else { return };
        let now = (entry.want.clone(), entry.decided.clone());
        if entry.by == *by {
            self.broken("two different people", format!("{key:?} approved by {by}"));
        }
        if self.shown.get(&(key.clone(), operation.to_owned())) != Some(&now) {
            self.broken("an approval names the operation", format!("{key:?} by {by}"));
        }
        let nobodys =
            Given { by: by.clone(), key: 0, until: Moment::from_millis(0), true_to_it: false };
        let nonce = seal.map(|seal| seal.nonce.clone());
        let given = nonce.and_then(|nonce| self.agreed.given.get(&(key.clone(), nonce)).cloned());
        if let Some(entry) = self.entries.get_mut(key) {
            entry.given = Some(given.unwrap_or(nobodys));
        }
    }

    /// Why what was given does not stand at this moment of its till.
    fn falls(&self, key: &Key, at: Moment) -> Option<String> {
        let Some(given) = self.entries.get(key).and_then(|entry| entry.given.as_ref()) else {
            return Some("nobody agreed to it".to_owned());
        };
        let standing = self.agreed.of(key.0, &given.by);
        let stands = given.true_to_it
            && at < given.until
            && standing.here
            && standing.decides
            && standing.key == given.key;
        (!stands).then(|| format!("at {at}: {given:?}, {standing:?}"))
    }

    /// A sending is stored: where two people are needed, what the second gave must stand.
    pub(super) fn sent_on(&mut self, key: &Key, at: Moment) {
        if !self.entries.get(key).is_some_and(|entry| entry.needs) {
            return;
        }
        if let Some(why) = self.falls(key, at) {
            self.broken("sent only on an approval that stands", format!("{key:?} {why}"));
        }
    }

    /// Somebody must agree anew: only where what was given does not stand. Whoever came back a
    /// moment ago may have been away when it was judged.
    pub(super) fn voided(&mut self, key: &Key, at: Moment) {
        let falls = self.falls(key, at).is_some();
        let Some(entry) = self.entries.get_mut(key) else { return };
        let (needs, given) = (entry.needs, entry.given.take());
        let moved = given.is_some_and(|given| self.agreed.of(key.0, &given.by).moved);
        if !needs || !(falls || moved) {
            self.broken("nobody is asked twice without need", format!("{key:?}"));
        }
    }
}
