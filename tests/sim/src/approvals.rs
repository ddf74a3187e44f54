//! Signed approvals: people with keys, who come and go, and somebody who tampers with what they
//! gave. What is signed and whether it holds is the core's; here are only the people.

use std::collections::BTreeMap;

use counterfoil_core::account::Provider as Name;
use counterfoil_core::approval::{Known, Place, Seal, Standing, Terms, statement, texts_digest};
use counterfoil_core::audit::sha256_hex;
use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::id::{StaffId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use ed25519_dalek::{Signer, SigningKey};

use crate::book::Given;
use crate::disk::Tx;
use crate::staff::{Act, MANAGER, person};
use crate::till::{Rules, Till, account_place};
use crate::world::{Happening, World};

/// Those who may agree.
pub const APPROVERS: [&str; 2] = [MANAGER, "carol"];

/// How long most approvals hold, milliseconds: longer than any schedule, whatever its clocks do.
const LONG_MS: i64 = 100 * 86_400_000;

#[derive(Debug, Clone, Copy)]
struct Person {
    key: u32,
    here: bool,
    decides: bool,
}

/// The people of a till, as its store has them: durable.
#[derive(Debug)]
pub struct People {
    till: usize,
    moved: BTreeMap<String, Person>,
    nonces: u32,
}

impl People {
    /// Everybody of a till, here and with their first key.
    pub fn of(till: usize) -> Self {
        Self { till, moved: BTreeMap::new(), nonces: 0 }
    }

    fn get(&self, name: &str) -> Person {
        let decides = APPROVERS.contains(&name);
        self.moved.get(name).copied().unwrap_or(Person { key: 0, here: true, decides })
    }

    fn change(&mut self, name: &str, change: impl Fn(&mut Person)) {
        let mut person = self.get(name);
        change(&mut person);
        self.moved.insert(name.to_owned(), person);
    }

    fn signing_key(&self, name: &str) -> SigningKey {
        key_made_of(&format!("{} {name} {}", self.till, self.get(name).key))
    }

    fn known(&self, who: &StaffId) -> Known {
        let person = self.get(who.as_str());
        let role = if person.decides { Role::Manager } else { Role::Cashier };
        let public_key = Some(public_key(&self.signing_key(who.as_str())));
        Known { public_key, role, here: person.here }
    }
}

fn key_made_of(words: &str) -> SigningKey {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(words.bytes()) {
        *place = byte;
    }
    SigningKey::from_bytes(&seed)
}

fn public_key(key: &SigningKey) -> String {
    hex::encode(key.verifying_key().as_bytes())
}

impl Till {
    fn place_of(&self, change: &Change, rules: &Rules) -> Place {
        let account = account_place(&change.account_id);
        let kind = rules.kinds.get(account).and_then(|kind| kind.real());
        Place {
            till_id: TillId::parse(&format!("t{}", self.place)).expect("plain text"),
            provider: kind.unwrap_or(Name::Bumper),
            provider_ref: change.payment_id.as_ref().map(ToString::to_string),
        }
    }

    /// How the approval of a change stands.
    pub fn standing(&self, change: &Change, rules: &Rules) -> Standing {
        if !change.needs_second {
            return Standing::NotNeeded;
        }
        let known = change.approved_by.last().map(|by| self.people.known(by));
        Standing::judge(change, &self.place_of(change, rules), known.as_ref())
    }

    /// An attempt is stored only while its approval holds, as the runtime has it: what is queued
    /// waits for a second person anew, anything else is left as it is (none).
    pub fn while_approved(&self, tx: &Tx, rules: &Rules, at: Moment) -> Option<Tx> {
        let Tx::Append(id, event, judged_on) = tx else { return Some(tx.clone()) };
        let Event::AttemptStarted { .. } = **event else { return Some(tx.clone()) };
        let change = &self.rows.rows.get(id)?.change;
        let Some(why) = self.standing(change, rules).void_at(at) else { return Some(tx.clone()) };
        let voided = Box::new(Event::ApprovalVoided { why });
        (change.state == State::Queued).then(|| Tx::Append(id.clone(), voided, *judged_on))
    }

    fn seal(&mut self, change: &Change, by: &str, until: Moment, rules: &Rules) -> Seal {
        self.people.nonces += 1;
        let nonce = format!("{}-{}", self.place, self.people.nonces);
        let salt = format!("salt {nonce}");
        let place = self.place_of(change, rules);
        let texts = texts_digest(&change.what(), &salt);
        let terms = Terms { approver: person(by), nonce: nonce.clone(), expires_at: until };
        let text = statement(&change.what(), &place, &texts, &terms);
        let key = self.people.signing_key(by);
        Seal {
            till_id: place.till_id,
            provider: place.provider,
            provider_ref: place.provider_ref,
            texts,
            salt,
            nonce,
            expires_at: until,
            public_key: public_key(&key),
            signature: hex::encode(key.sign(text.as_bytes()).to_bytes()),
        }
    }
}

fn event_of(change: &Change, by: &str, seal: Seal) -> (String, Event) {
    let by = person(by);
    let operation = sha256_hex(change.statement(&seal, &by).as_bytes());
    (operation.clone(), Event::Approved { by, operation, seal: Some(Box::new(seal)) })
}

impl World {
    fn shows(&mut self, till: usize, change: &Change, digest: &str) {
        let base = change.decided_on.as_ref();
        self.book.shown(till, &change.change_id, digest, &change.command, base);
    }

    /// Somebody agrees, or (`own`) tries to agree to what they asked for themselves.
    pub fn approves(&mut self, till: usize, own: bool) {
        let Some(change) = self.one_of(till, &[State::AwaitingApproval]) else { return };
        let other = if change.requested_by.as_str() == MANAGER { "carol" } else { MANAGER };
        let own = own.then(|| change.requested_by.to_string());
        let by = own.as_deref().unwrap_or(other);
        let seldom = self.people_dice.chance(200) && !self.calm;
        let holds_ms = if seldom { self.people_dice.between(300, 15_000) } else { LONG_MS };
        let Some(event) = self.yes(till, &change, by, holds_ms) else { return };
        self.profile.given.push((till, change.change_id.clone(), event.clone()));
        self.says(till, &change.change_id, event);
        self.falls_soon(till, by);
    }

    /// Now and then something happens to what was given before it is sent.
    fn falls_soon(&mut self, till: usize, by: &str) {
        let Some(who) = APPROVERS.into_iter().find(|who| *who == by) else { return };
        if self.calm || self.profile.steady.is_some() {
            return;
        }
        let (act, back) = match self.people_dice.below(12) {
            0 | 1 => (Act::Tamper, None),
            2 => (Act::Here(who, false), Some(Act::Here(who, true))),
            3 => (Act::Decides(who, false), Some(Act::Decides(who, true))),
            4 => (Act::NewKey(who), None),
            _ => return,
        };
        let at = self.now + self.people_dice.between(5, 1_500);
        self.plan(at, Happening::Staff { till, act });
        if let Some(act) = back {
            let at = at + self.people_dice.between(500, 20_000);
            self.plan(at, Happening::Staff { till, act });
        }
    }

    /// The yes of somebody; none where the desk would not take it from them.
    fn yes(&mut self, till: usize, change: &Change, by: &str, holds_ms: i64) -> Option<Event> {
        let (now, rules) = (self.now, self.rules.clone());
        let place = self.tills.get_mut(till)?;
        let until = place.clock(now).plus_millis(holds_ms);
        let somebody = place.people.get(by);
        let may = somebody.here && (somebody.decides || change.requested_by.as_str() == by);
        if !may {
            return None;
        }
        let seal = place.seal(change, by, until, &rules);
        let given = Given { by: person(by), key: somebody.key, until, true_to_it: true };
        self.book.gave(till, &change.change_id, &seal.nonce, given);
        let (digest, event) = event_of(change, by, seal);
        self.shows(till, change, &digest);
        Some(event)
    }

    /// With what was given earlier: for this change on an older base, or for another change.
    pub fn approves_stale(&mut self, till: usize) {
        let Some(change) = self.one_of(till, &[State::AwaitingApproval]) else { return };
        let given = &self.profile.given;
        let own = given.iter().find(|(of, id, _)| *of == till && *id == change.change_id);
        let any = own.or_else(|| given.first()).map(|(_, _, event)| event.clone());
        let Some(event) = any else {
            // Given and never handed in: good for later.
            let by = if change.requested_by.as_str() == "carol" { MANAGER } else { "carol" };
            if let Some(event) = self.yes(till, &change, by, LONG_MS) {
                self.profile.given.push((till, change.change_id, event));
            }
            return;
        };
        self.says(till, &change.change_id, event);
    }

    /// As before approvals were signed.
    pub fn approves_unsigned(&mut self, till: usize) {
        let Some(change) = self.one_of(till, &[State::AwaitingApproval]) else { return };
        let other = if change.requested_by.as_str() == MANAGER { "carol" } else { MANAGER };
        let operation = change.operation();
        self.shows(till, &change, &operation);
        let event = Event::Approved { by: person(other), operation, seal: None };
        self.says(till, &change.change_id, event);
    }

    /// An approver leaves, or is back.
    pub fn is_here(&mut self, till: usize, who: &str, here: bool) {
        self.note(format_args!("t{till} people: {who} is here {here}"));
        if let Some(place) = self.tills.get_mut(till) {
            place.people.change(who, |person| person.here = here);
            self.book.is_here(till, who, here);
        }
    }

    /// An approver loses their role, or has it again.
    pub fn is_decider(&mut self, till: usize, who: &str, decides: bool) {
        self.note(format_args!("t{till} people: {who} decides {decides}"));
        if let Some(place) = self.tills.get_mut(till) {
            place.people.change(who, |person| person.decides = decides);
            self.book.decides(till, who, decides);
        }
    }

    /// An approver has another PIN, and so another key.
    pub fn has_new_key(&mut self, till: usize, who: &str) {
        self.note(format_args!("t{till} people: {who} has a new key"));
        if let Some(place) = self.tills.get_mut(till) {
            place.people.change(who, |person| person.key += 1);
            self.book.has_new_key(till, who);
        }
    }

    /// Nobody is away any more.
    pub fn everybody_is_here(&mut self, till: usize) {
        for who in APPROVERS {
            self.is_here(till, who, true);
            self.is_decider(till, who, true);
        }
    }

    /// Somebody writes into the store itself, while nothing else does.
    pub fn tampers(&mut self, till: usize) {
        let Some(change) = self.one_of(till, &[State::Queued, State::InDoubt]) else { return };
        let (Some(by), Some(seal)) = (change.approved_by.last(), change.seal.clone()) else {
            return;
        };
        let how = self.people_dice.below(4);
        let seal = tampered(how, &change, by, seal);
        let (_, event) = event_of(&change, by.as_str(), seal);
        let id = change.change_id.clone();
        let Some(place) = self.tills.get_mut(till) else { return };
        if place.disk.rewrite_approval(&id, &event) {
            place.rows = place.disk.fold();
            self.note(format_args!("t{till} somebody tampers with {id}, way {how}"));
            self.book.tampered(till, &id);
        }
    }
}

/// A seal that somebody made better than it was given.
fn tampered(how: u64, change: &Change, by: &StaffId, seal: Seal) -> Seal {
    let later = Seal { expires_at: seal.expires_at.plus_millis(LONG_MS), ..seal.clone() };
    match how {
        0 => later,
        1 => Seal { nonce: "another".to_owned(), ..seal },
        2 => {
            let rest = seal.signature.get(2..).unwrap_or_default();
            let first = if seal.signature.starts_with("00") { "01" } else { "00" };
            Seal { signature: format!("{first}{rest}"), ..seal }
        }
        // Signed anew, with a key that nobody here has.
        _ => {
            let key = key_made_of("mallory");
            let text = change.statement(&later, by);
            let signature = hex::encode(key.sign(text.as_bytes()).to_bytes());
            Seal { public_key: public_key(&key), signature, ..later }
        }
    }
}
