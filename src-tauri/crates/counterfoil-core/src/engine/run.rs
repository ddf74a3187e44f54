use std::collections::{BTreeMap, VecDeque};

use super::judge::{
    BeforeSending, DoubtVerdict, judge_before_sending, judge_customer, judge_doubt, reads_first,
};
use super::schedule::{Policy, customer_at, doubt_at};
use super::{Input, Output, ReadWhy, Rest, WaitWhy, Work};
use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Event, State};
use crate::id::{AccountId, AttemptId, ChangeId};
use crate::moment::Moment;
use crate::payment::Base;

/// What an item is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting { until: Moment, why: WaitWhy },
    Reading(ReadWhy),
    Preparing,
    Sending,
    Storing,
}

#[derive(Debug)]
struct Item {
    work: Work,
    phase: Phase,
    /// Failures or fruitless looks in a row.
    tries: u32,
}

/// An account that could not be reached or must not be used.
#[derive(Debug, Default)]
struct Gate {
    not_before: Moment,
    tries: u32,
    paused: bool,
}

/// The engine. Holds only what the store offered; truth stays in the store.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    items: BTreeMap<ChangeId, Item>,
    gates: BTreeMap<AccountId, Gate>,
    outputs: VecDeque<Output>,
    on_purpose: bool,
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
        }
    }

    /// Takes in what the world says.
    pub fn handle(&mut self, input: Input, now: Moment) {
        match input {
            Input::Offered(work) => self.offered(*work, now),
            Input::Stored(work) => self.stored(*work, now),
            Input::Gone(change_id) => self.gone(&change_id),
            Input::ReadDone { change_id, end, refusal } => {
                self.read_done(&change_id, end, refusal, now);
            }
            Input::SendDone { change_id, attempt_id, end, http_status } => {
                self.send_done(&change_id, attempt_id, end, http_status, now);
            }
            Input::SecretsClosed { change_id, why } => self.retry(&change_id, &why, None, now),
            Input::OnPurpose(on_purpose) => self.on_purpose = on_purpose,
            Input::Nudge(change_id) => self.nudge(&change_id, now),
            Input::Paused(account_id) => self.gates.entry(account_id).or_default().paused = true,
            Input::Unpaused(account_id) => {
                if let Some(gate) = self.gates.get_mut(&account_id) {
                    gate.paused = false;
                }
            }
        }
    }

    /// The next thing the shell must do, if any.
    pub fn poll(&mut self, now: Moment) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let change_id = self.next_ready(now)?;
        self.begin(&change_id);
        self.outputs.pop_front()
    }

    /// As [`Engine::poll`], but begins nothing new: for a shell that is about to stop.
    pub fn poll_started(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True while nothing is under way.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.outputs.is_empty() && self.in_flight() == 0
    }

    /// Whether anything can happen now, later or only with a person.
    #[must_use]
    pub fn rest(&self, now: Moment) -> Rest {
        if !self.outputs.is_empty() || self.in_flight() > 0 || self.next_ready(now).is_some() {
            return Rest::Busy;
        }
        if self.on_purpose {
            return Rest::Idle;
        }
        let next = self.items.values().filter_map(|item| self.moves_at(item)).min();
        next.map_or(Rest::Idle, Rest::Until)
    }

    /// The next moment at which [`Engine::poll`] may have something without being told anything,
    /// with its reason. None while as many changes are under way as may be: an answer comes first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<(Moment, WaitWhy)> {
        if self.on_purpose || self.in_flight() >= self.policy.concurrency {
            return None;
        }
        self.items.values().filter_map(|item| self.wakes_at(item)).min()
    }

    /// The changes held that wait, with how many events of each the engine has seen: somebody
    /// else may have moved them on.
    #[must_use]
    pub fn waiting(&self) -> Vec<(ChangeId, u32)> {
        let waits = |item: &Item| matches!(item.phase, Phase::Waiting { .. });
        let held = self.items.iter().filter(|(_, item)| waits(item));
        held.map(|(change_id, item)| (change_id.clone(), item.work.change.events)).collect()
    }

    fn offered(&mut self, work: Work, now: Moment) {
        let change_id = work.change.change_id.clone();
        if self.items.contains_key(&change_id) {
            return;
        }
        let phase = Phase::Waiting { until: now, why: WaitWhy::Turn };
        let state = work.change.state;
        let interrupted = work.change.open_attempt().map(|attempt| attempt.attempt_id.clone());
        self.items.insert(change_id.clone(), Item { work, phase, tries: 0 });
        // Rule 2: what was being sent when the program ended is in doubt, never queued.
        if let Some(attempt_id) = interrupted {
            self.store(&change_id, Event::Interrupted { attempt_id });
        } else if state == State::InDoubt {
            self.doubt_begins(&change_id, now);
        }
    }

    /// What is being sent is not let go of: its end must still be stored.
    fn gone(&mut self, change_id: &ChangeId) {
        if self.items.get(change_id).is_some_and(|item| item.phase != Phase::Sending) {
            self.items.remove(change_id);
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
            (State::Queued, State::Queued | State::Sending) | (State::Sending, State::Queued)
        );
        if !same_row {
            item.tries = 0;
        }
        match state {
            State::Sending => self.send(&change_id),
            State::Queued if before == State::Sending => self.requeue(&change_id, now),
            State::Queued => self.wait(&change_id, now, WaitWhy::Turn, None),
            State::InDoubt => self.doubt_begins(&change_id, now),
            State::NeedsCustomer => self.customer_begins(&change_id, now),
            State::Applied => self.confirm(&change_id),
            State::AwaitingApproval
            | State::Rejected
            | State::Declined
            | State::Conflict
            | State::Expired
            | State::Withdrawn => self.release(&change_id),
        }
    }

    /// Rule 1: only a stored attempt is sent, and once.
    fn send(&mut self, change_id: &ChangeId) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        if item.phase != Phase::Preparing {
            return;
        }
        let Some(attempt) = item.work.change.open_attempt() else { return };
        item.phase = Phase::Sending;
        let attempt_id = attempt.attempt_id.clone();
        self.outputs.push_back(Output::Send { change_id: change_id.clone(), attempt_id });
    }

    fn send_done(
        &mut self,
        change_id: &ChangeId,
        attempt_id: AttemptId,
        end: SendEnd,
        http_status: Option<u16>,
        now: Moment,
    ) {
        if self.items.get(change_id).is_some_and(|item| item.phase == Phase::Sending) {
            self.note_contact(change_id, &end, now);
            self.store(change_id, Event::AttemptEnded { attempt_id, end, http_status });
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
                | SendEnd::Refused { .. }
                | SendEnd::CredentialsRefused { .. }
                | SendEnd::NeverLeft { .. }
                | SendEnd::Unknown { .. },
            )
            | None => None,
        };
        self.retry(change_id, &why, asked, now);
    }

    fn doubt_begins(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get(change_id) else { return };
        let error = item.work.change.why.clone();
        if item.work.safety == RepeatSafety::HumanOnly {
            self.ask_person(change_id, error);
        } else {
            self.wait(change_id, now, WaitWhy::Settle, error);
        }
    }

    fn customer_begins(&mut self, change_id: &ChangeId, now: Moment) {
        let next = customer_at(now, 0);
        self.wait(change_id, next, WaitWhy::Customer, None);
    }

    fn confirm(&mut self, change_id: &ChangeId) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Reading(ReadWhy::Confirm);
        self.outputs
            .push_back(Output::Read { change_id: change_id.clone(), why: ReadWhy::Confirm });
    }

    fn read_done(&mut self, id: &ChangeId, end: ReadEnd, refusal: Option<String>, now: Moment) {
        let Some(item) = self.items.get(id) else { return };
        let Phase::Reading(why) = item.phase else { return };
        if why == ReadWhy::Confirm {
            // The outcome is stored already; a failed look changes nothing about it.
            self.release(id);
            return;
        }
        match end {
            ReadEnd::Facts(facts) => {
                self.open_gate(id);
                self.judge(id, why, Base::of(&facts), refusal, now);
            }
            // A payment that was read before does not vanish: the provider no longer knows us.
            ReadEnd::NoSuchPayment { message } | ReadEnd::CredentialsRefused { message } => {
                self.pause_account(id, &message, now);
            }
            ReadEnd::Unreachable { why } => {
                self.close_gate(id, now);
                self.retry(id, &why, None, now);
            }
            ReadEnd::Unclear { why, retry_after_ms } => self.retry(id, &why, retry_after_ms, now),
        }
    }

    fn judge(
        &mut self,
        change_id: &ChangeId,
        why: ReadWhy,
        base: Base,
        refusal: Option<String>,
        now: Moment,
    ) {
        match why {
            ReadWhy::BeforeSending => self.before_sending(change_id, base, refusal),
            ReadWhy::Doubt => self.doubt(change_id, &base, now),
            ReadWhy::Customer => self.customer(change_id, &base, now),
            ReadWhy::Confirm => self.release(change_id),
        }
    }

    fn before_sending(&mut self, change_id: &ChangeId, base: Base, refusal: Option<String>) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        match judge_before_sending(&item.work, base, refusal) {
            BeforeSending::Send { baseline } => {
                item.phase = Phase::Preparing;
                let baseline = Some(baseline);
                self.outputs.push_back(Output::Prepare { change_id: change_id.clone(), baseline });
            }
            BeforeSending::Conflict(event) => self.store(change_id, event),
        }
    }

    fn doubt(&mut self, change_id: &ChangeId, base: &Base, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        match judge_doubt(&item.work, base, now) {
            DoubtVerdict::Applied(event) | DoubtVerdict::NotApplied(event) => {
                self.store(change_id, event);
            }
            DoubtVerdict::TooEarly(until) => self.wait(change_id, until, WaitWhy::Settle, None),
            DoubtVerdict::Person(why) => {
                let next = doubt_at(now, item.tries);
                item.tries = item.tries.saturating_add(1);
                self.wait(change_id, next, WaitWhy::Person, Some(why.to_owned()));
            }
        }
    }

    fn customer(&mut self, change_id: &ChangeId, base: &Base, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        if let Some(event) = judge_customer(&item.work, base) {
            return self.store(change_id, event);
        }
        item.tries = item.tries.saturating_add(1);
        let next = customer_at(now, item.tries);
        self.wait(change_id, next, WaitWhy::Customer, None);
    }

    /// Starts what an item whose turn has come needs first.
    fn begin(&mut self, change_id: &ChangeId) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let change_id = change_id.clone();
        let read = match item.work.change.state {
            State::Queued if reads_first(&item.work.change.command) => ReadWhy::BeforeSending,
            State::Queued => {
                item.phase = Phase::Preparing;
                self.outputs.push_back(Output::Prepare { change_id, baseline: None });
                return;
            }
            State::InDoubt => ReadWhy::Doubt,
            State::NeedsCustomer => ReadWhy::Customer,
            State::AwaitingApproval
            | State::Rejected
            | State::Sending
            | State::Applied
            | State::Declined
            | State::Conflict
            | State::Expired
            | State::Withdrawn => {
                self.release(&change_id);
                return;
            }
        };
        item.phase = Phase::Reading(read);
        self.outputs.push_back(Output::Read { change_id, why: read });
    }

    fn next_ready(&self, now: Moment) -> Option<ChangeId> {
        if self.on_purpose || self.in_flight() >= self.policy.concurrency {
            return None;
        }
        let ready = self.items.iter().filter_map(|(change_id, item)| {
            let (at, _) = self.wakes_at(item)?;
            (at <= now).then_some((at, change_id))
        });
        ready.min().map(|(_, change_id)| change_id.clone())
    }

    /// When a waiting item goes on by itself, its account's gate included.
    fn wakes_at(&self, item: &Item) -> Option<(Moment, WaitWhy)> {
        let Phase::Waiting { until, why } = item.phase else { return None };
        if why == WaitWhy::Person && item.work.safety == RepeatSafety::HumanOnly {
            return None;
        }
        match self.gates.get(&item.work.change.account_id) {
            Some(gate) if gate.paused => None,
            Some(gate) => Some((until.max(gate.not_before), why)),
            None => Some((until, why)),
        }
    }

    /// As [`Engine::wakes_at`], but only where it can bring the queue on without anybody acting.
    fn moves_at(&self, item: &Item) -> Option<Moment> {
        let (at, why) = self.wakes_at(item)?;
        match why {
            WaitWhy::Turn | WaitWhy::Retry | WaitWhy::Settle => Some(at),
            WaitWhy::Customer | WaitWhy::Person => None,
        }
    }

    fn in_flight(&self) -> usize {
        let waiting = |item: &&Item| matches!(item.phase, Phase::Waiting { .. });
        self.items.len() - self.items.values().filter(waiting).count()
    }

    fn store(&mut self, change_id: &ChangeId, event: Event) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Storing;
        self.outputs.push_back(Output::Store { change_id: change_id.clone(), event });
    }

    fn wait(&mut self, change_id: &ChangeId, until: Moment, why: WaitWhy, error: Option<String>) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Waiting { until, why };
        let paused = self.gates.get(&item.work.change.account_id).is_some_and(|gate| gate.paused);
        if why != WaitWhy::Turn || error.is_some() {
            // Nothing moves on a paused account before a person has acted.
            self.plan(change_id, (!paused).then_some(until), error);
        }
    }

    fn ask_person(&mut self, change_id: &ChangeId, error: Option<String>) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        item.phase = Phase::Waiting { until: Moment::default(), why: WaitWhy::Person };
        self.plan(change_id, None, error);
    }

    fn retry(&mut self, change_id: &ChangeId, why: &str, asked_ms: Option<i64>, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let next = self.policy.retry_at(now, item.tries, asked_ms);
        item.tries = item.tries.saturating_add(1);
        self.wait(change_id, next, WaitWhy::Retry, Some(why.to_owned()));
    }

    fn nudge(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(item) = self.items.get_mut(change_id) else { return };
        let account_id = item.work.change.account_id.clone();
        if let Phase::Waiting { until, why } = &mut item.phase {
            *until = now;
            if *why == WaitWhy::Retry {
                *why = WaitWhy::Turn;
            }
        }
        if let Some(gate) = self.gates.get_mut(&account_id) {
            gate.not_before = now;
        }
    }

    fn release(&mut self, change_id: &ChangeId) {
        self.items.remove(change_id);
        self.outputs.push_back(Output::Released { change_id: change_id.clone() });
    }

    fn plan(&mut self, change_id: &ChangeId, next: Option<Moment>, last_error: Option<String>) {
        self.outputs.push_back(Output::Plan { change_id: change_id.clone(), next, last_error });
    }

    fn note_contact(&mut self, change_id: &ChangeId, end: &SendEnd, now: Moment) {
        match end {
            SendEnd::NeverLeft { .. } => self.close_gate(change_id, now),
            SendEnd::CredentialsRefused { message } => {
                let message = message.clone();
                self.pause_account(change_id, &message, now);
            }
            SendEnd::Applied { .. }
            | SendEnd::NeedsCustomer { .. }
            | SendEnd::Refused { .. }
            | SendEnd::RefusedForNow { .. } => self.open_gate(change_id),
            SendEnd::Unknown { .. } => {}
        }
    }

    fn account_of(&self, change_id: &ChangeId) -> Option<AccountId> {
        self.items.get(change_id).map(|item| item.work.change.account_id.clone())
    }

    /// The line works. Whether the account is paused is for a person to say.
    fn open_gate(&mut self, change_id: &ChangeId) {
        let Some(account_id) = self.account_of(change_id) else { return };
        if let Some(gate) = self.gates.get_mut(&account_id) {
            gate.not_before = Moment::default();
            gate.tries = 0;
        }
    }

    fn close_gate(&mut self, change_id: &ChangeId, now: Moment) {
        let Some(account_id) = self.account_of(change_id) else { return };
        let gate = self.gates.entry(account_id).or_default();
        // Several changes in flight fail together: that is one failure of the line.
        if gate.not_before <= now {
            gate.not_before = self.policy.retry_at(now, gate.tries, None);
            gate.tries = gate.tries.saturating_add(1);
        }
    }

    fn pause_account(&mut self, change_id: &ChangeId, why: &str, now: Moment) {
        let Some(account_id) = self.account_of(change_id) else { return };
        self.gates.entry(account_id.clone()).or_default().paused = true;
        self.outputs.push_back(Output::PauseAccount { account_id, why: why.to_owned() });
        self.wait(change_id, now, WaitWhy::Retry, Some(why.to_owned()));
    }
}
