//! Whose turn it is: how many are under way, what may begin, which request leaves next.

use std::collections::BTreeMap;

use super::{Engine, Item, Phase};
use crate::engine::{Output, ReadWhy, Rest, WaitWhy};
use crate::id::{AccountId, ChangeId};
use crate::moment::Moment;

impl Engine {
    /// True while nothing is under way.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.outputs.is_empty() && self.in_flight(None) == 0
    }

    /// Whether what the engine holds can go on now, later or only with a person. What it handed
    /// back to wait is not counted: the shell knows when that is due.
    #[must_use]
    pub fn rest(&self, now: Moment) -> Rest {
        if !self.outputs.is_empty() || self.in_flight(None) > 0 || self.next_ready(now).is_some() {
            return Rest::Busy;
        }
        self.next_deadline().map_or(Rest::Idle, |(at, _)| Rest::Until(at))
    }

    /// The next moment at which [`Engine::poll`] may have something without being told anything,
    /// with its reason.
    #[must_use]
    pub fn next_deadline(&self) -> Option<(Moment, WaitWhy)> {
        let turns = self.items.values().filter(|item| wants_turn(&item.phase));
        let turns = turns.filter_map(|item| self.gates.get(&item.work.change.account_id));
        let turns = turns.map(|gate| (gate.next_turn(), WaitWhy::Turn));
        let room = !self.on_purpose && self.in_flight(None) < self.policy.concurrency;
        let ready = self.items.values().filter(|item| room && item.phase == Phase::Ready);
        let begins = ready.filter_map(|item| self.begins_at(&item.work.change.account_id));
        turns.chain(begins.map(|at| (at, WaitWhy::Retry))).min()
    }

    /// What waits for its turn to read begins only when it may again.
    pub(super) fn stand_down(&mut self) {
        for item in self.items.values_mut() {
            let gate = self.gates.get(&item.work.change.account_id);
            let stopped = self.on_purpose || gate.is_some_and(|gate| gate.paused);
            let begins = matches!(item.phase, Phase::WantsRead(why) if why != ReadWhy::Confirm);
            if stopped && begins {
                item.phase = Phase::Ready;
            }
        }
    }

    /// Lets one request leave whose account has its turn: a stored attempt before a read. False
    /// where none may.
    pub(super) fn take_turn(&mut self, now: Moment) -> bool {
        let wanting = self.items.iter().filter(|(_, item)| wants_turn(&item.phase));
        let may = wanting.filter(|(_, item)| {
            let gate = self.gates.get(&item.work.change.account_id);
            gate.is_none_or(|gate| gate.next_turn() <= now)
        });
        let rank = |item: &Item| (matches!(item.phase, Phase::WantsRead(_)), item.came);
        let Some((change_id, _)) = may.min_by_key(|(_, item)| rank(item)) else { return false };
        let change_id = change_id.clone();
        let Some(item) = self.items.get_mut(&change_id) else { return false };
        let gate = self.gates.entry(item.work.change.account_id.clone()).or_default();
        gate.take_turn(now, item.work.spacing_ms);
        match std::mem::replace(&mut item.phase, Phase::Sending) {
            Phase::WantsSend(attempt_id) => {
                self.outputs.push_back(Output::Send { change_id, attempt_id });
            }
            Phase::WantsRead(why) => {
                item.phase = Phase::Reading { why, since: now };
                self.outputs.push_back(Output::Read { change_id, why });
            }
            other @ (Phase::Ready
            | Phase::Reading { .. }
            | Phase::Preparing
            | Phase::Sending
            | Phase::Storing
            | Phase::Parking) => item.phase = other,
        }
        true
    }

    /// The ready item whose turn it is: of the account with the least under way the one that came
    /// first, so that a busy account keeps no other waiting.
    pub(super) fn next_ready(&self, now: Moment) -> Option<ChangeId> {
        if self.on_purpose || self.in_flight(None) >= self.policy.concurrency {
            return None;
        }
        let admitted = self.gates.keys().filter_map(|account_id| {
            let admits = self.begins_at(account_id).is_some_and(|at| at <= now);
            admits.then(|| (account_id, self.in_flight(Some(account_id))))
        });
        let admitted: BTreeMap<&AccountId, usize> = admitted.collect();
        let ready = self.items.iter().filter(|(_, item)| item.phase == Phase::Ready);
        let ranked = ready.filter_map(|(change_id, item)| {
            let under_way = admitted.get(&item.work.change.account_id)?;
            Some((*under_way, item.came, change_id))
        });
        ranked.min().map(|(_, _, change_id)| change_id.clone())
    }

    /// When another change of an account may begin, as far as can be foreseen.
    fn begins_at(&self, account_id: &AccountId) -> Option<Moment> {
        let in_flight = self.in_flight(Some(account_id));
        let room = in_flight < self.policy.per_account;
        let gate = self.gates.get(account_id).filter(|_| room)?;
        gate.begins_at(in_flight)
    }

    /// Changes under way, over the till or to one account.
    fn in_flight(&self, account_id: Option<&AccountId>) -> usize {
        let under_way = |item: &&Item| item.phase != Phase::Ready;
        let under_way = self.items.values().filter(under_way);
        let ours = |item: &&Item| account_id.is_none_or(|id| item.work.change.account_id == *id);
        under_way.filter(ours).count()
    }
}

fn wants_turn(phase: &Phase) -> bool {
    match phase {
        Phase::WantsRead(_) | Phase::WantsSend(_) => true,
        Phase::Ready
        | Phase::Reading { .. }
        | Phase::Preparing
        | Phase::Sending
        | Phase::Storing
        | Phase::Parking => false,
    }
}
