//! Money: what the providers' ledgers say against what the tills believe.

use counterfoil_core::account::Provider as Name;
use counterfoil_core::command::Kind as Wanted;
use counterfoil_core::id::AttemptId;

use super::{Book, Entry, Key, Stand, Try, TryEnd, Want};
use crate::provider::{Effect, What};

impl Book {
    /// Bytes of an attempt leave the till.
    pub fn left(&mut self, till: usize, attempt: &AttemptId) {
        let key = self.by_attempt.get(attempt).cloned();
        let entry = key.and_then(|key| self.entries.get_mut(&key));
        let Some(entry) = entry.filter(|entry| entry.till == till) else {
            return self.broken("stored before it is sent", format!("till {till} {attempt}"));
        };
        let stand = entry.stand;
        let id = entry.id.clone();
        let sent = entry.tries.iter_mut().find(|sent| sent.id == *attempt);
        let left = sent.map_or(0, |sent| {
            sent.left += 1;
            sent.left
        });
        if left != 1 {
            self.broken("an attempt is sent once", format!("till {till} {id} {attempt}"));
        }
        if stand != Stand::Out {
            self.broken("stored before it is sent", format!("till {till} {id} is {stand:?}"));
        }
    }

    /// A new line of a ledger.
    pub fn effect(&mut self, effect: &Effect) {
        self.ledger.push(effect.clone());
        let Some(tag) = &effect.tag else { return };
        let Some(key) = self.by_attempt.get(tag).cloned() else {
            return self.broken("every effect has its change", format!("{effect:?}"));
        };
        let all_of_it = self.is_all_of_it(&key, effect);
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.obeyed = true;
        entry.effects += u32::from(effect.changes);
        entry.signed |= effect.by_customer;
        let mut found = Vec::new();
        if !entry.want.is(&effect.what) && !all_of_it {
            found.push(("what is done is what was asked", format!("{key:?} {effect:?}")));
        }
        let stand = entry.stand;
        let sets = matches!(entry.want.kind, Wanted::Adjust | Wanted::Relabel | Wanted::Cancel);
        // What was taken for done on somebody else's equal act may still be on its way.
        let again = sets || entry.alike;
        let may = match stand {
            Stand::Out | Stand::Doubt => true,
            Stand::Link => effect.by_customer,
            Stand::Done => again,
            Stand::Asked | Stand::Ready | Stand::Clash | Stand::No | Stand::Gone => false,
        };
        if !may && effect.changes {
            found.push(("no effect behind the till's back", format!("{key:?} {stand:?}")));
        }
        self.at_most_once(&key, &mut found);
        if effect.changes {
            self.no_old_over_new(&key, &mut found);
        }
        for (rule, what) in found {
            self.broken(rule, what);
        }
    }

    /// Where a provider is asked for all there is without a sum, it takes or returns what another
    /// hand has just made of it: no reading right before can shut that out.
    fn is_all_of_it(&self, key: &Key, effect: &Effect) -> bool {
        let Some(entry) = self.entries.get(key) else { return false };
        let Some(sent) = entry.tries.last() else { return false };
        let kind = self.kinds.get(entry.account).and_then(|kind| kind.real());
        let without_a_sum = matches!(kind, Some(Name::Wepay | Name::Norce));
        let same = match effect.what {
            What::Capture(_) => entry.want.kind == Wanted::Capture,
            What::Refund(_) => entry.want.kind == Wanted::Refund,
            What::Total(_) | What::Label(..) | What::Cancel | What::Void | What::Start(_) => false,
        };
        let asked_for_all =
            sent.baseline.as_ref().is_some_and(|base| base.amount == entry.want.minor);
        let moved = self.ledger.iter().any(|other| {
            let sets = matches!(other.what, What::Total(_) | What::Capture(_));
            other.pay == effect.pay && sets && sent.at - other.at < 60_000
        });
        without_a_sum && same && asked_for_all && moved
    }

    fn at_most_once(&self, key: &Key, found: &mut Vec<(&'static str, String)>) {
        let Some(entry) = self.entries.get(key) else { return };
        let keyed = self.is_keyed(entry) && entry.want.kind == Wanted::Adjust;
        if (entry.want.adds() || keyed) && entry.effects > 1 {
            let tries = entry.tries.len();
            found.push(("never twice", format!("{key:?} {:?} in {tries} tries", entry.want)));
        }
    }

    /// An older value never lands on a newer one of the same till.
    fn no_old_over_new(&self, key: &Key, found: &mut Vec<(&'static str, String)>) {
        let Some(entry) = self.entries.get(key) else { return };
        // What was taken for done on somebody else's equal act may still be on its way.
        if entry.want.adds() || entry.want.kind == Wanted::Cancel || entry.alike {
            return;
        }
        let newer = self.entries.values().find(|other| {
            other.till == entry.till
                && other.pay == entry.pay
                && other.want.kind == entry.want.kind
                && other.stand == Stand::Done
                && other.turn > entry.turn
                && other.effects > 0
        });
        if let Some(newer) = newer {
            found.push(("no old value over a newer one", format!("{key:?} over {}", newer.id)));
        }
    }

    /// A change that did not happen has no effect.
    pub(super) fn nothing_done(&mut self, key: &Key, stand: Stand) {
        let Some(entry) = self.entries.get(key) else { return };
        let nothing = match stand {
            Stand::Asked | Stand::Ready | Stand::Clash | Stand::No => true,
            // A link that a newer one replaced may have been signed in the last moment.
            Stand::Gone => !entry.signed,
            Stand::Out | Stand::Doubt | Stand::Link | Stand::Done => false,
        };
        let alike = entry.asks_for_what_was_there() || self.somebody_put_it_back(entry);
        if nothing && entry.effects > 0 && alike {
            self.indistinguishable += 1;
            if let Some(entry) = self.entries.get_mut(key) {
                entry.effects = 0;
            }
            return;
        }
        if nothing && entry.effects > 0 {
            let what = format!("{key:?} became {stand:?} with {} effects", entry.effects);
            self.broken("not done means not done", what);
        }
    }

    /// A change that is done has its effect, or a person said so.
    pub(super) fn done_is_done(&mut self, key: &Key) {
        let Some(entry) = self.entries.get(key) else { return };
        if entry.obeyed || entry.vouched {
            return;
        }
        if self.somebody_did_the_same(entry) {
            self.indistinguishable += 1;
            if let Some(entry) = self.entries.get_mut(key) {
                entry.alike = true;
            }
        } else {
            self.broken("done means done", format!("{key:?} {:?}", entry.want));
        }
    }

    /// The same act by another hand since the newest sending: no reading can tell the two apart.
    fn somebody_did_the_same(&self, entry: &Entry) -> bool {
        let open = |sent: &&Try| sent.end != TryEnd::Clear;
        let Some(sent) = entry.tries.iter().rev().take_while(open).last() else { return false };
        let on_it = self.ledger.iter().filter(|effect| Some(effect.pay) == entry.pay);
        if entry.want.kind == Wanted::Refund {
            let mut sum = 0;
            let sums = on_it.filter_map(|effect| match effect.what {
                What::Refund(minor) => {
                    sum += minor;
                    Some(sum)
                }
                What::Total(_)
                | What::Label(..)
                | What::Cancel
                | What::Capture(_)
                | What::Void
                | What::Start(_) => None,
            });
            let proof = sent.baseline.as_ref().and_then(|base| base.refunded);
            let proof = proof.map(|before| before + entry.want.minor);
            return sums.map(Some).any(|sum| sum == proof);
        }
        // The baseline was read a little before the sending was stored.
        let since = self
            .ledger
            .iter()
            .enumerate()
            .filter(|(place, effect)| *place >= sent.ledger_at || sent.at - effect.at < 60_000);
        let since = since.filter(|(_, effect)| Some(effect.pay) == entry.pay);
        since.into_iter().any(|(_, effect)| entry.want.shows_in(&effect.what))
    }

    /// Another hand set the same value anew after this change did: a reading that shows what was
    /// there before proves the wrong thing, and nothing else can be read.
    fn somebody_put_it_back(&self, entry: &Entry) -> bool {
        let own = |effect: &Effect| {
            let of = effect.tag.as_ref().and_then(|tag| self.by_attempt.get(tag));
            of.is_some_and(|(till, id)| *till == entry.till && *id == entry.id)
        };
        let Some(done_at) = self.ledger.iter().rposition(own) else { return false };
        let later = self.ledger.get(done_at + 1..).unwrap_or_default();
        let ours = later.iter().filter(|effect| Some(effect.pay) == entry.pay);
        ours.into_iter().any(|effect| entry.want.is_overlaid_by(&effect.what))
    }

    /// At the very end: every effect has its change or its outsider, every change its end.
    pub fn balance(&mut self) {
        let mut found = Vec::new();
        for (key, entry) in &self.entries {
            let happened = entry.stand == Stand::Done;
            if entry.want.adds() && happened && entry.effects > 1 {
                found.push(("never twice", format!("{key:?} in the end")));
            }
            if !happened && entry.effects > 0 && !matches!(entry.stand, Stand::Doubt | Stand::Link)
            {
                let signed_late = entry.stand == Stand::Gone && entry.signed;
                if !signed_late {
                    found.push(("every effect has its change", format!("{key:?} in the end")));
                }
            }
        }
        for (rule, what) in found {
            self.broken(rule, what);
        }
    }
}

impl Entry {
    /// What was sent is what was read right before: obeyed or not, it looks the same.
    fn asks_for_what_was_there(&self) -> bool {
        let there = self.tries.last().and_then(|sent| sent.baseline.as_ref());
        there.is_some_and(|there| match self.want.kind {
            Wanted::Adjust => there.amount == self.want.minor,
            Wanted::Relabel => {
                let label = Some(&self.want.label);
                there.label.as_ref() == label || there.note.as_ref() == label
            }
            Wanted::Start | Wanted::Refund | Wanted::Cancel | Wanted::Capture | Wanted::Void => {
                false
            }
        })
    }
}

impl Want {
    /// True where this act leaves what is wanted, whoever did it.
    fn shows_in(&self, what: &What) -> bool {
        let carried = matches!(what, What::Label(_, Some(minor)) if *minor == self.minor);
        self.is(what) || (self.kind == Wanted::Adjust && carried)
    }

    /// True where this act sets the same field.
    fn is_overlaid_by(&self, what: &What) -> bool {
        match what {
            What::Total(_) => self.kind == Wanted::Adjust,
            What::Label(_, carried) => {
                self.kind == Wanted::Relabel || (self.kind == Wanted::Adjust && carried.is_some())
            }
            What::Refund(_) | What::Cancel | What::Capture(_) | What::Void | What::Start(_) => {
                false
            }
        }
    }

    fn is(&self, what: &What) -> bool {
        match what {
            What::Total(minor) => self.kind == Wanted::Adjust && self.minor == *minor,
            What::Label(label, _) => self.kind == Wanted::Relabel && self.label == *label,
            What::Refund(minor) => self.kind == Wanted::Refund && self.minor == *minor,
            What::Cancel => self.kind == Wanted::Cancel,
            What::Void => self.kind == Wanted::Void,
            // 0 asks for all there is.
            What::Capture(minor) => {
                self.kind == Wanted::Capture && (self.minor == *minor || self.minor == 0)
            }
            What::Start(minor) => self.kind == Wanted::Start && self.minor == *minor,
        }
    }
}
