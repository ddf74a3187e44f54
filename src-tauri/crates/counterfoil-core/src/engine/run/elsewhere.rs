//! What is read elsewhere than in the payment: an effect with a life of its own, and what must show
//! before a change is sent.

use super::{Engine, Item, Phase};
use crate::answer::EffectState;
use crate::change::{ConditionSeen, Event};
use crate::engine::gate::Contact;
use crate::engine::{Plan, ReadWhy, WaitWhy};
use crate::id::ChangeId;
use crate::moment::Moment;

impl Engine {
    pub(super) fn effect_seen(&mut self, id: &ChangeId, state: EffectState, now: Moment) {
        let reads = |item: &Item| matches!(item.phase, Phase::Reading { why: ReadWhy::Doubt, .. });
        if !self.items.get(id).is_some_and(reads) {
            return;
        }
        self.note(id, Contact::Answered, None, now);
        match state {
            EffectState::Applied => self.store(id, Event::Concluded { failed: None }),
            EffectState::Failed { message } => {
                self.store(id, Event::Concluded { failed: Some(message) });
            }
            EffectState::Pending => self.look_later(id, now),
        }
    }

    /// The provider is still at what it accepted: nobody is asked, it is looked at again.
    fn look_later(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let until = Some(self.policy.next(&self.policy.doubt, change_id, now, item.tries));
        item.tries = item.tries.saturating_add(1);
        let (tries, error) = (item.tries, item.work.change.why.clone());
        self.wait(change_id, Plan { until, why: WaitWhy::Settle, tries, error });
    }

    /// Only what was seen to hold is sent; a proposal that came to nothing is taken back.
    pub(super) fn condition_read(
        &mut self,
        change_id: &ChangeId,
        seen: ConditionSeen,
        now: Moment,
    ) {
        let Some(item) = self.items.get(change_id) else { return };
        let Phase::Reading { why: ReadWhy::Condition, since } = item.phase else { return };
        // A reading tells of no later moment than that at which it was asked for.
        let over = item.work.condition_ends.is_some_and(|ends| since >= ends);
        match seen {
            ConditionSeen::Holds if !self.may_begin(change_id) => self.ready_again(change_id),
            ConditionSeen::Holds => self.wants_read(change_id, ReadWhy::BeforeSending),
            ConditionSeen::Gone { why } => self.store(change_id, Event::Lapsed { why }),
            ConditionSeen::NotYet { why } if over => self.store(change_id, Event::Lapsed { why }),
            ConditionSeen::NotYet { why } => self.condition_later(change_id, why, now),
            ConditionSeen::Unread { why } => self.retry(change_id, &why, None, now),
        }
    }

    /// It may still come to hold: it is looked at again, at the latest when it counts as gone.
    fn condition_later(&mut self, change_id: &ChangeId, why: String, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let next = self.policy.next(&self.policy.retry, change_id, now, item.tries);
        let until = item.work.condition_ends.map_or(next, |ends| next.min(ends));
        item.tries = item.tries.saturating_add(1);
        let (until, tries, error) = (Some(until), item.tries, Some(why));
        self.wait(change_id, Plan { until, why: WaitWhy::Settle, tries, error });
    }
}
