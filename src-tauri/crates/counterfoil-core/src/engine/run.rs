mod contact;
mod elsewhere;
mod turns;

use std::collections::{BTreeMap, VecDeque};

use super::gate::{Contact, Gate};
use super::judge::{
    BeforeSending, DoubtVerdict, judge_before_sending, judge_customer, judge_doubt, reads_first,
};
use super::schedule::{LONGEST_ASKED_MS, Policy};
use super::{Input, Output, Plan, ReadWhy, WaitWhy, Work};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Event, State};
use crate::id::{AccountId, AttemptId, ChangeId};
use crate::moment::Moment;
use crate::payment::Base;
use crate::reconcile::still_as_seen;

/// What an item is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// It could go on; others may be before it, or its account's gate is shut.
    Ready,
    /// It reads at its account's next turn.
    WantsRead(ReadWhy),
    /// A reading tells of no later moment than that at which it was asked for.
    Reading {
        why: ReadWhy,
        since: Moment,
    },
    Preparing,
    /// It is sent at its account's next turn: the attempt is stored.
    WantsSend(AttemptId),
    Sending,
    Storing,
    /// Its plan is being stored.
    Parking,
}

#[derive(Debug)]
struct Item {
    work: Work,
    phase: Phase,
    /// Failures or fruitless looks in a row.
    tries: u32,
    /// In what order it came, for fairness.
    came: u64,
    /// The wait that follows what is being stored.
    then: Option<Plan>,
}

/// The engine. Holds only what the store offered; truth stays in the store.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    items: BTreeMap<ChangeId, Item>,
    gates: BTreeMap<AccountId, Gate>,
    outputs: VecDeque<Output>,
    on_purpose: bool,
    /// The newest moment handed in: time does not go back in here.
    newest: Moment,
    came: u64,
}

impl Engine {
    /// An engine with nothing to do.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            items: BTreeMap::new(),
            gates: BTreeMap::new(),
            outputs: VecDeque::new(),
            on_purpose: false,
            newest: Moment::default(),
            came: 0,
        }
    }

    /// Takes in what the world says.
    pub fn handle(&mut self, input: Input, now: Moment) {
        let now = self.in_time(now);
        match input {
            Input::Offered(work) => self.offered(*work),
            Input::Parked(change_id) => self.parked(&change_id),
            Input::Stored(work) => self.stored(*work, now),
            Input::Gone(change_id) => self.gone(&change_id),
            Input::ReadDone { change_id, end, refusal } => {
                self.read_done(&change_id, end, refusal, now);
            }
            Input::SendDone { change_id, attempt_id, end, http_status, correlation_id } => {
                let ended = Event::AttemptEnded {
                    attempt_id: attempt_id.clone(),
                    end: end.clone(),
                    http_status,
                    correlation_id,
                };
                self.send_done(&change_id, &attempt_id, (&end, ended), now);
            }
            Input::ConditionRead { change_id, seen } => self.condition_read(&change_id, seen, now),
            Input::EffectSeen { change_id, state } => self.effect_seen(&change_id, state, now),
            Input::SecretsClosed { change_id, why } => {
                self.could_not_ask(&change_id, &why, Some(Contact::Hindered), now);
            }
            Input::NotWritable { change_id, why } => {
                self.could_not_ask(&change_id, &why, None, now);
            }
            Input::OnPurpose(on_purpose) => {
                self.on_purpose = on_purpose;
                self.stand_down();
            }
            Input::Nudge(account_id) => {
                if let Some(gate) = self.gates.get_mut(&account_id) {
                    gate.nudge(now);
                }
            }
            Input::Paused(account_id) => {
                self.gates.entry(account_id).or_default().paused = true;
                self.stand_down();
            }
            Input::Unpaused(account_id) => {
                if let Some(gate) = self.gates.get_mut(&account_id) {
                    gate.paused = false;
                }
            }
        }
    }

    /// The next thing the shell must do, if any.
    pub fn poll(&mut self, now: Moment) -> Option<Output> {
        let now = self.in_time(now);
        while self.outputs.is_empty() && !self.take_turn(now) {
            // What begins may have to wait for its account's turn: then others may begin.
            let Some(change_id) = self.next_ready(now) else { break };
            self.begin(&change_id, now);
        }
        self.outputs.pop_front()
    }

    /// As [`Engine::poll`], but begins nothing new: for a shell that is about to stop.
    pub fn poll_started(&mut self, now: Moment) -> Option<Output> {
        let now = self.in_time(now);
        if self.outputs.is_empty() {
            self.take_turn(now);
        }
        self.outputs.pop_front()
    }

    /// The changes held that wait for their turn, with how many events of each the engine has
    /// seen: somebody else may have moved them on.
    #[must_use]
    pub fn waiting(&self) -> Vec<(ChangeId, u32)> {
        let held = self.items.iter().filter(|(_, item)| item.phase == Phase::Ready);
        held.map(|(change_id, item)| (change_id.clone(), item.work.change.events)).collect()
    }

    /// True while the engine holds this change: offering it again does nothing.
    #[must_use]
    pub fn holds(&self, change_id: &ChangeId) -> bool {
        self.items.contains_key(change_id)
    }

    /// True while nothing is begun for this account before a person has acted.
    #[must_use]
    pub fn is_paused(&self, account_id: &AccountId) -> bool {
        self.gates.get(account_id).is_some_and(|gate| gate.paused)
    }

    /// How many changes of an account wait in here for their turn: a shell offers more when there
    /// are few.
    #[must_use]
    pub fn ready(&self, account_id: &AccountId) -> usize {
        let ready = |item: &&Item| item.phase == Phase::Ready;
        let ours = self.items.values().filter(ready);
        ours.filter(|item| item.work.change.account_id == *account_id).count()
    }

    fn in_time(&mut self, now: Moment) -> Moment {
        self.newest = self.newest.max(now);
        self.newest
    }

    fn offered(&mut self, work: Work) {
        let change_id = work.change.change_id.clone();
        if self.items.contains_key(&change_id) {
            return;
        }
        self.gates.entry(work.change.account_id.clone()).or_default();
        self.came = self.came.saturating_add(1);
        let state = work.change.state;
        let interrupted = work.change.open_attempt().map(|attempt| attempt.attempt_id.clone());
        let tries = work.tries;
        let item = Item { work, phase: Phase::Ready, tries, came: self.came, then: None };
        self.items.insert(change_id.clone(), item);
        // Rule 2: what was being sent when the program ended is in doubt, never queued.
        if let Some(attempt_id) = interrupted {
            self.store(&change_id, Event::Interrupted { attempt_id });
        } else if state == State::InDoubt {
            self.doubt_begins(&change_id);
        }
    }

    fn parked(&mut self, change_id: &ChangeId) {
        if self.items.get(change_id).is_some_and(|item| item.phase == Phase::Parking) {
            self.release(change_id);
        }
    }

    /// What is being sent is not let go of: its end must still be stored.
    fn gone(&mut self, change_id: &ChangeId) {
        if self.items.get(change_id).is_some_and(|item| item.phase != Phase::Sending) {
            self.release(change_id);
        }
    }

    fn stored(&mut self, work: Work, now: Moment) {
        let change_id = work.change.change_id.clone();
        let Some(item) = self.items.get_mut(&change_id) else { return };
        let before = item.work.change.state;
        let state = work.change.state;
        item.work = work;
        // A try that came to nothing goes from queued to sending and back: still the same row.
        let same_row = matches!(
            (before, state),
            (State::Queued, State::Queued | State::Sending)
                | (State::Sending, State::Queued)
                | (State::InDoubt, State::InDoubt)
        );
        if !same_row {
            item.tries = 0;
        }
        match state {
            State::Sending => self.attempt_stored(&change_id),
            State::Queued if before == State::Sending => self.requeue(&change_id, now),
            State::Queued if before == State::InDoubt => self.send_again_later(&change_id, now),
            State::Queued => self.ready_again(&change_id),
            State::InDoubt => self.doubt_begins(&change_id),
            State::NeedsCustomer => self.customer_later(&change_id, now),
            State::Applied => self.wants_read(&change_id, ReadWhy::Confirm),
            State::AwaitingApproval
            | State::Rejected
            | State::Declined
            | State::Conflict
            | State::Expired
            | State::Withdrawn => self.release(&change_id),
        }
    }

    /// Rule 1: only a stored attempt is sent, and once.
    fn attempt_stored(&mut self, change_id: &ChangeId) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        if item.phase != Phase::Preparing {
            return;
        }
        let Some(attempt) = item.work.change.open_attempt() else { return };
        item.phase = Phase::WantsSend(attempt.attempt_id.clone());
    }

    fn send_done(
        &mut self,
        change_id: &ChangeId,
        attempt_id: &AttemptId,
        (end, ended): (&SendEnd, Event),
        now: Moment,
    ) {
        let sending = |item: &Item| {
            let open = item.work.change.open_attempt();
            item.phase == Phase::Sending && open.is_some_and(|open| open.attempt_id == *attempt_id)
        };
        if self.items.get(change_id).is_some_and(sending) {
            self.note_end(change_id, end, now);
            self.store(change_id, ended);
        }
    }

    /// A try that had no effect: later again, as the end of the attempt says.
    fn requeue(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get(change_id) else { return };
        let why = item.work.change.why.clone().unwrap_or_default();
        let asked = match item.work.change.attempts.last().and_then(|a| a.end.as_ref()) {
            Some(SendEnd::RefusedForNow { retry_after_ms, .. }) => *retry_after_ms,
            Some(
                SendEnd::Applied { .. }
                | SendEnd::NeedsCustomer { .. }
                | SendEnd::Accepted { .. }
                | SendEnd::Refused { .. }
                | SendEnd::CredentialsRefused { .. }
                | SendEnd::NeverLeft { .. }
                | SendEnd::Unknown { .. },
            )
            | None => None,
        };
        self.retry(change_id, &why, asked, now);
    }

    /// A doubt was settled as "not applied". Each time it comes to that it waits longer.
    fn send_again_later(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let attempts = item.work.change.attempts.len().saturating_sub(1);
        item.tries = u32::try_from(attempts).unwrap_or(u32::MAX);
        self.retry(change_id, "its answer was lost; it was not applied", None, now);
    }

    fn ready_again(&mut self, change_id: &ChangeId) {
        if let Some(item) = self.items.get_mut(change_id) {
            item.phase = Phase::Ready;
        }
    }

    fn doubt_begins(&mut self, change_id: &ChangeId) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        if let Some(plan) = item.then.take() {
            return self.wait(change_id, plan);
        }
        let accepted = item.work.change.accepted_ref().is_some();
        if item.work.safety == RepeatSafety::HumanOnly && !accepted {
            let error = item.work.change.why.clone();
            return self
                .wait(change_id, Plan { until: None, why: WaitWhy::Person, tries: 0, error });
        }
        item.phase = Phase::Ready;
    }

    fn customer_later(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let until = Some(self.policy.next(&self.policy.customer, change_id, now, item.tries));
        item.tries = item.tries.saturating_add(1);
        let plan = Plan { until, why: WaitWhy::Customer, tries: item.tries, error: None };
        self.wait(change_id, plan);
    }

    fn wants_read(&mut self, change_id: &ChangeId, why: ReadWhy) {
        if let Some(item) = self.items.get_mut(change_id) {
            item.phase = Phase::WantsRead(why);
        }
    }

    fn read_done(&mut self, id: &ChangeId, end: ReadEnd, refusal: Option<String>, now: Moment) {
        let Some(item) = self.items.get(id) else { return };
        let Phase::Reading { why, since } = item.phase else { return };
        if why == ReadWhy::Condition {
            return;
        }
        if why == ReadWhy::Confirm {
            // The outcome is stored already; a failed look changes nothing about it.
            return self.release(id);
        }
        match end {
            ReadEnd::Facts(facts) => {
                self.note(id, Contact::Answered, None, now);
                self.judge(id, (why, since), Base::of(&facts), refusal, now);
            }
            // A payment that was read before does not vanish: the provider no longer knows us.
            ReadEnd::NoSuchPayment { message } | ReadEnd::CredentialsRefused { message } => {
                self.pause_account(id, &message);
                self.retry(id, &message, None, now);
            }
            ReadEnd::Unreachable { why } => {
                self.note(id, Contact::Unreachable, Some(&why), now);
                self.retry(id, &why, None, now);
            }
            ReadEnd::Unclear { why, retry_after_ms } => {
                let contact = retry_after_ms.map_or(Contact::Unclear, Contact::AskedToWait);
                self.note(id, contact, Some(&why), now);
                self.retry(id, &why, retry_after_ms, now);
            }
        }
    }

    fn judge(
        &mut self,
        change_id: &ChangeId,
        (why, since): (ReadWhy, Moment),
        base: Base,
        refusal: Option<String>,
        now: Moment,
    ) {
        match why {
            ReadWhy::BeforeSending => self.before_sending(change_id, base, refusal, now),
            ReadWhy::Doubt => self.doubt(change_id, base, since, now),
            ReadWhy::Customer => self.customer(change_id, &base, now),
            ReadWhy::Condition | ReadWhy::Confirm => self.release(change_id),
        }
    }

    fn before_sending(
        &mut self,
        change_id: &ChangeId,
        base: Base,
        refusal: Option<String>,
        now: Moment,
    ) {
        if !self.may_begin(change_id) {
            return self.ready_again(change_id);
        }
        let Some(item) = self.items.get(change_id) else { return };
        match judge_before_sending(&item.work, base, refusal) {
            BeforeSending::Send { baseline } => self.prepare(change_id, Some(baseline), now),
            BeforeSending::Conflict(event) | BeforeSending::Needless(event) => {
                self.store(change_id, event);
            }
        }
    }

    fn doubt(&mut self, change_id: &ChangeId, base: Base, read_at: Moment, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        match judge_doubt(&item.work, &base, read_at, now) {
            DoubtVerdict::Applied(event) | DoubtVerdict::NotApplied(event) => {
                self.store(change_id, event);
            }
            DoubtVerdict::Repeat { baseline } => self.repeat(change_id, baseline, now),
            DoubtVerdict::TooEarly(until) => {
                let error = item.work.change.why.clone();
                let (until, tries) = (Some(until), item.tries);
                self.wait(change_id, Plan { until, why: WaitWhy::Settle, tries, error });
            }
            DoubtVerdict::Person(why) => self.proves_nothing(change_id, base, why, now),
        }
    }

    /// The same key and bytes once more, each time after a longer pause.
    fn repeat(&mut self, change_id: &ChangeId, baseline: Base, now: Moment) {
        let Some(item) = self.items.get(change_id) else { return };
        let attempts = &item.work.change.attempts;
        let tries = u32::try_from(attempts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let ended = attempts.last().and_then(|last| last.ended_at).unwrap_or(now);
        let next = self.policy.next(&self.policy.retry, change_id, ended.min(now), tries);
        if !self.may_begin(change_id) {
            return self.ready_again(change_id);
        }
        if next <= now {
            return self.prepare(change_id, Some(baseline), now);
        }
        let error = item.work.change.why.clone();
        self.wait(change_id, Plan { until: Some(next), why: WaitWhy::Settle, tries, error });
    }

    /// A person is asked; looks go on, they may still prove it. What says something new is kept
    /// as evidence.
    fn proves_nothing(&mut self, change_id: &ChangeId, base: Base, why: &str, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let until = Some(self.policy.next(&self.policy.doubt, change_id, now, item.tries));
        item.tries = item.tries.saturating_add(1);
        let error = Some(why.to_owned());
        let plan = Plan { until, why: WaitWhy::Person, tries: item.tries, error };
        let same = |last: &Base| still_as_seen(last, &base);
        if item.work.change.readings.last().is_some_and(|last| same(&last.now) && last.why == why) {
            return self.wait(change_id, plan);
        }
        item.then = Some(plan);
        self.store(change_id, Event::ReadBack { now: base, why: why.to_owned() });
    }

    fn customer(&mut self, change_id: &ChangeId, base: &Base, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        match judge_customer(&item.work, base) {
            Some(event) => self.store(change_id, event),
            None => self.customer_later(change_id, now),
        }
    }

    /// Starts what an item whose turn has come needs first.
    fn begin(&mut self, change_id: &ChangeId, now: Moment) {
        if self.is_void(change_id, now) {
            return;
        }
        let Some(item) = self.items.get(change_id) else { return };
        match item.work.change.state {
            State::Queued if item.work.change.only_if.is_some() => {
                self.wants_read(change_id, ReadWhy::Condition);
            }
            State::Queued if reads_first(&item.work.change.command) => {
                self.wants_read(change_id, ReadWhy::BeforeSending);
            }
            State::Queued => self.prepare(change_id, None, now),
            State::InDoubt => self.wants_read(change_id, ReadWhy::Doubt),
            State::NeedsCustomer => self.wants_read(change_id, ReadWhy::Customer),
            State::AwaitingApproval
            | State::Rejected
            | State::Sending
            | State::Applied
            | State::Declined
            | State::Conflict
            | State::Expired
            | State::Withdrawn => self.release(change_id),
        }
    }

    /// False where a person has said meanwhile that nothing is to be sent.
    fn may_begin(&self, change_id: &ChangeId) -> bool {
        let item = self.items.get(change_id);
        !self.on_purpose && item.is_some_and(|item| !self.is_paused(&item.work.change.account_id))
    }

    /// True where it waits for a second person anew: what one gave does not hold any more.
    fn is_void(&mut self, change_id: &ChangeId, now: Moment) -> bool {
        let queued = |item: &&Item| item.work.change.state == State::Queued;
        let item = self.items.get(change_id).filter(queued);
        let Some(why) = item.and_then(|item| item.work.approval.void_at(now)) else { return false };
        self.store(change_id, Event::ApprovalVoided { why });
        true
    }

    fn prepare(&mut self, change_id: &ChangeId, baseline: Option<Base>, now: Moment) {
        if self.is_void(change_id, now) {
            return;
        }
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Preparing;
        let (change_id, judged_on) = (change_id.clone(), item.work.change.events);
        self.outputs.push_back(Output::Prepare { change_id, judged_on, baseline });
    }

    fn store(&mut self, change_id: &ChangeId, event: Event) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Storing;
        let (change_id, judged_on) = (change_id.clone(), item.work.change.events);
        self.outputs.push_back(Output::Store { change_id, judged_on, event });
    }

    fn wait(&mut self, change_id: &ChangeId, plan: Plan) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Parking;
        self.outputs.push_back(Output::Wait { change_id: change_id.clone(), plan });
    }

    fn retry(&mut self, change_id: &ChangeId, why: &str, asked_ms: Option<i64>, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let next = self.policy.next(&self.policy.retry, change_id, now, item.tries);
        let asked = now.plus_millis(asked_ms.unwrap_or(0).clamp(0, LONGEST_ASKED_MS));
        item.tries = item.tries.saturating_add(1);
        // A doubt and a customer are looked after by their own reasons; what failed is the look.
        let waits_for = match item.work.change.state {
            State::InDoubt => WaitWhy::Settle,
            State::NeedsCustomer => WaitWhy::Customer,
            State::AwaitingApproval
            | State::Rejected
            | State::Queued
            | State::Sending
            | State::Applied
            | State::Declined
            | State::Conflict
            | State::Expired
            | State::Withdrawn => WaitWhy::Retry,
        };
        let (until, error) = (Some(next.max(asked)), Some(why.to_owned()));
        let plan = Plan { until, why: waits_for, tries: item.tries, error };
        self.wait(change_id, plan);
    }

    fn release(&mut self, change_id: &ChangeId) {
        self.items.remove(change_id);
        self.outputs.push_back(Output::Released { change_id: change_id.clone() });
    }
}
