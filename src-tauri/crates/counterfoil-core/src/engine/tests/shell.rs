use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::answer::{EffectState, ReadEnd, SendEnd, SendRecord};
use crate::approval::Standing;
use crate::capability::RepeatSafety;
use crate::change::{Change, ConditionSeen, Event, Recorded, State};
use crate::command::Command;
use crate::engine::{Engine, Input, Output, Plan, Policy, ReadWhy, Rest, Schedule, WaitWhy, Work};
use crate::id::{AccountId, ChangeId};
use crate::moment::Moment;
use crate::payment::{Base, PaymentFacts};
use crate::sample::{account_id, applied, at, attempt_id, base, change_id, queued, record};

/// How long the made-up provider may take until an effect shows.
pub const SETTLE_MS: i64 = 10_000;

/// How long the made-up provider recognises a key.
pub const KEY_RETENTION_MS: i64 = 100_000;

/// A policy without chance, so that pauses are told to the millisecond.
fn policy() -> Policy {
    let plain = |base_ms, max_ms| Schedule { base_ms, max_ms, jitter_percent: 0 };
    Policy {
        concurrency: 4,
        per_account: 4,
        retry: plain(1_000, 8_000),
        doubt: plain(5_000, 300_000),
        customer: plain(5_000, 60_000),
        seed: 1,
    }
}

/// One change in the shell's store, and its payment at the made-up provider.
struct Row {
    change: Change,
    safety: RepeatSafety,
    /// What a read brings when nothing else was told.
    payment: Base,
    reads: VecDeque<ReadEnd>,
    sends: VecDeque<SendEnd>,
    refusal: Option<String>,
    keyring_closed: bool,
    not_writable: bool,
    /// What readings of a condition bring, in order; then it holds.
    conditions: VecDeque<ConditionSeen>,
    /// What readings of an accepted effect bring, in order; then it has happened.
    effects: VecDeque<EffectState>,
    approval: Standing,
    /// When it is due, and what it waits for.
    plan: Plan,
}

/// Carries out what the engine says in memory: every step is told in one line, and time moves
/// by hand.
pub struct Shell {
    pub engine: Engine,
    pub now: Moment,
    rows: BTreeMap<ChangeId, Row>,
    told: Vec<String>,
    /// True: a send is carried out but its answer waits for [`Shell::answer`].
    pub hold_sends: bool,
    /// From when on time can be told.
    pub counted_from: Moment,
    /// From when on a condition that does not hold counts as gone.
    pub condition_ends: Moment,
    /// Least time between two requests to account `acc`, milliseconds.
    pub spacing_ms: i64,
    /// The status of the answers to sends that are answered at once; none: they are lost.
    pub http_status: Option<u16>,
    /// True: a read is under way until [`Shell::answer_read`].
    pub hold_reads: bool,
    attempts: u32,
    /// Accounts whose provider was told to be at fault, in order.
    pub outages: Vec<AccountId>,
    /// Pauses of accounts, in order.
    pub paused: Vec<AccountId>,
    /// Whether accounts are asked at all, as told last.
    pub open_until: BTreeMap<AccountId, Option<Moment>>,
    /// Plans are stored: their release is nothing to tell.
    parked: BTreeSet<ChangeId>,
}

impl Shell {
    pub fn new() -> Self {
        Self::with_per_account(4)
    }

    /// No more than this many changes in flight to one account.
    pub fn with_per_account(per_account: usize) -> Self {
        Self {
            engine: Engine::new(Policy { per_account, ..policy() }),
            now: at(1_000_000),
            rows: BTreeMap::new(),
            told: Vec::new(),
            hold_sends: false,
            http_status: None,
            hold_reads: false,
            counted_from: at(0),
            condition_ends: at(1_030_000),
            spacing_ms: 0,
            attempts: 0,
            outages: Vec::new(),
            paused: Vec::new(),
            open_until: BTreeMap::new(),
            parked: BTreeSet::new(),
        }
    }

    /// Puts a change into the store without offering it.
    pub fn keep(&mut self, change: Change, safety: RepeatSafety) {
        let row = Row {
            safety,
            payment: change.base.clone().unwrap_or_else(|| base("100.00")),
            reads: VecDeque::new(),
            sends: VecDeque::new(),
            refusal: None,
            keyring_closed: false,
            not_writable: false,
            conditions: VecDeque::new(),
            effects: VecDeque::new(),
            approval: Standing::NotNeeded,
            plan: Plan { until: Some(self.now), why: WaitWhy::Turn, tries: 0, error: None },
            change,
        };
        self.rows.insert(row.change.change_id.clone(), row);
    }

    /// Puts a queued change of account `acc` into the store and offers it.
    pub fn queue(&mut self, id: &str, command: &Command, safety: RepeatSafety) {
        self.queue_at(id, "acc", command, safety);
    }

    pub fn queue_at(&mut self, id: &str, account: &str, command: &Command, safety: RepeatSafety) {
        let mut change = queued(id, command);
        change.account_id = account_id(account);
        self.keep(change, safety);
        self.offer(id);
    }

    /// As [`Shell::queue`], of a payment as it stands.
    pub fn queue_on(&mut self, id: &str, seen: Base, command: &Command, safety: RepeatSafety) {
        let mut change = queued(id, command);
        change.base = Some(seen);
        self.keep(change, safety);
        self.offer(id);
    }

    pub fn offer(&mut self, id: &str) {
        self.row(id).plan.until = Some(self.now);
        self.offer_row(&change_id(id));
    }

    fn offer_row(&mut self, id: &ChangeId) {
        let work = self.work(id);
        self.hear(Input::Offered(Box::new(work)));
    }

    /// Offers all that is due, the longest due first; answers whether there was any.
    fn offer_due(&mut self) -> bool {
        let due = self.rows.iter().filter(|(id, row)| {
            let waits = matches!(row.change.state, State::Conflict | State::AwaitingApproval);
            let open = !row.change.state.is_final() && !waits;
            open && !self.engine.holds(id) && row.plan.until.is_some_and(|at| at <= self.now)
        });
        let mut due: Vec<_> = due.map(|(id, row)| (row.plan.until, id.clone())).collect();
        due.sort();
        due.iter().for_each(|(_, id)| self.offer_row(id));
        !due.is_empty()
    }

    /// A person wants it tried now.
    pub fn nudge(&mut self, id: &str) {
        let now = self.now;
        if let Some(row) = self.rows.get_mut(&change_id(id)) {
            row.plan.until = row.plan.until.map(|_| now);
            let account = row.change.account_id.clone();
            self.hear(Input::Nudge(account));
        }
    }

    /// The next moment at which something happens by itself, and what for.
    pub fn next_deadline(&self) -> Option<(Moment, WaitWhy)> {
        let open = self.rows.iter().filter(|(id, row)| {
            !row.change.state.is_final() && !self.engine.holds(id) && !self.is_paused(row)
        });
        let rows = open.filter_map(|(_, row)| Some((row.plan.until?, row.plan.why)));
        rows.chain(self.engine.next_deadline()).min()
    }

    /// Whether anything can happen now, later or only with a person.
    pub fn rest(&self) -> Rest {
        let engine = self.engine.rest(self.now);
        let moves = |why: WaitWhy| !matches!(why, WaitWhy::Customer | WaitWhy::Person);
        let rows = self.rows.iter().filter(|(id, row)| {
            let open = !row.change.state.is_final() && !self.engine.holds(id);
            open && moves(row.plan.why) && !self.is_paused(row)
        });
        let next = rows.filter_map(|(_, row)| row.plan.until).min();
        match (engine, next) {
            (Rest::Busy, _) => Rest::Busy,
            (Rest::Until(one), Some(other)) => Rest::Until(one.min(other)),
            (Rest::Idle, Some(at)) => Rest::Until(at),
            (engine, None) => engine,
        }
    }

    fn is_paused(&self, row: &Row) -> bool {
        self.engine.is_paused(&row.change.account_id)
    }

    pub fn hear(&mut self, input: Input) {
        self.engine.handle(input, self.now);
    }

    fn row(&mut self, id: &str) -> &mut Row {
        self.rows.get_mut(&change_id(id)).expect("the test queued it")
    }

    /// The next answers to sends, in order; without one the provider takes it.
    pub fn script_sends(&mut self, id: &str, ends: impl IntoIterator<Item = SendEnd>) {
        self.row(id).sends.extend(ends);
    }

    /// The next answers to reads, in order; without one the payment as it is.
    pub fn script_reads(&mut self, id: &str, ends: impl IntoIterator<Item = ReadEnd>) {
        self.row(id).reads.extend(ends);
    }

    /// The payment as it stands at the provider from now on.
    pub fn set_payment(&mut self, id: &str, payment: Base) {
        self.row(id).payment = payment;
    }

    /// What the connector says about the fresh facts from now on.
    pub fn refuse(&mut self, id: &str, why: &str) {
        self.row(id).refusal = Some(why.to_owned());
    }

    /// How its approval stands from the next offer on.
    pub fn approval(&mut self, id: &str, standing: Standing) {
        self.row(id).approval = standing;
    }

    pub fn close_keyring(&mut self, id: &str, closed: bool) {
        self.row(id).keyring_closed = closed;
    }

    /// What the next readings of its condition bring, in order.
    pub fn script_conditions(&mut self, id: &str, seen: impl IntoIterator<Item = ConditionSeen>) {
        self.row(id).conditions.extend(seen);
    }

    pub fn script_effects(&mut self, id: &str, states: impl IntoIterator<Item = EffectState>) {
        self.row(id).effects.extend(states);
    }

    /// The connector cannot write the request of this change.
    pub fn not_writable(&mut self, id: &str) {
        self.row(id).not_writable = true;
    }

    pub fn state(&self, id: &str) -> State {
        self.change(id).state
    }

    pub fn change(&self, id: &str) -> &Change {
        &self.rows.get(&change_id(id)).expect("the test queued it").change
    }

    pub fn work(&self, id: &ChangeId) -> Work {
        let row = self.rows.get(id).expect("the engine names only what it was offered");
        let paced = row.change.account_id.as_str() == "acc";
        Work {
            change: row.change.clone(),
            safety: row.safety,
            settle_ms: SETTLE_MS,
            key_retention_ms: KEY_RETENTION_MS,
            counted_from: self.counted_from,
            condition_ends: row.change.only_if.as_ref().map(|_| self.condition_ends),
            approval: row.approval,
            spacing_ms: if paced { self.spacing_ms } else { 0 },
            tries: row.plan.tries,
        }
    }

    /// Carries out all that can be done now; answers what was done.
    pub fn run(&mut self) -> Vec<String> {
        loop {
            while let Some(output) = self.engine.poll(self.now) {
                self.carry(output);
            }
            if !self.offer_due() {
                break;
            }
        }
        std::mem::take(&mut self.told)
    }

    /// Runs now and at every deadline up to and including this many milliseconds later.
    pub fn run_for(&mut self, millis: i64) -> Vec<String> {
        let end = self.now.plus_millis(millis);
        let mut told = self.run();
        while let Some((next, _)) = self.next_deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(next);
            let new = self.run();
            if new.is_empty() && self.next_deadline().is_some_and(|(at, _)| at <= self.now) {
                break;
            }
            told.extend(new);
        }
        self.now = end;
        told
    }

    /// The held answer of the attempt under way arrives.
    pub fn answer(&mut self, id: &str) -> Vec<String> {
        let open = self.change(id).open_attempt().expect("it was sent");
        let attempt_id = open.attempt_id.clone();
        let end = self.row(id).sends.pop_front().unwrap_or_else(applied);
        let change_id = change_id(id);
        self.hear(Input::SendDone {
            change_id,
            attempt_id,
            end,
            http_status: Some(200),
            correlation_id: None,
        });
        self.run()
    }

    /// Somebody else stores an event.
    pub fn store(&mut self, id: &ChangeId, event: Event) {
        let recorded = Recorded { at: self.now, event };
        let row = self.rows.get_mut(id).expect("the engine names only what it was offered");
        row.change.take(&recorded).expect("the engine stores only what fits");
        row.plan.until = Some(self.now);
    }

    fn tell(&mut self, line: String) {
        self.told.push(line);
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Read { change_id, why } => self.read(change_id, why),
            Output::Prepare { change_id, judged_on, baseline } => {
                self.judged_on_the_newest(&change_id, judged_on);
                self.prepare(change_id, baseline);
            }
            Output::Send { change_id, attempt_id } => {
                self.tell(format!("send {change_id}"));
                // Rule 1, held at every send of every test.
                let stored = self.work(&change_id).change;
                let open = stored.open_attempt().map(|open| &open.attempt_id);
                assert_eq!(open, Some(&attempt_id), "sent before it was stored");
                if !self.hold_sends {
                    let row = self.rows.get_mut(&change_id).expect("it is stored");
                    let end = row.sends.pop_front().unwrap_or_else(applied);
                    let http_status = self.http_status;
                    self.hear(Input::SendDone {
                        change_id,
                        attempt_id,
                        end,
                        http_status,
                        correlation_id: None,
                    });
                }
            }
            Output::Store { change_id, judged_on, event } => {
                self.judged_on_the_newest(&change_id, judged_on);
                self.tell(format!("store {change_id} {}", stored_word(&event)));
                self.store(&change_id, event);
                self.stored(&change_id);
            }
            Output::Wait { change_id, plan } => self.park(change_id, plan),
            Output::Breaker { account_id, open_until, outage, .. } => {
                if outage {
                    self.outages.push(account_id.clone());
                }
                self.open_until.insert(account_id, open_until);
            }
            Output::PauseAccount { account_id, .. } => {
                self.tell(format!("pause {account_id}"));
                self.paused.push(account_id);
            }
            Output::Released { change_id } if self.parked.remove(&change_id) => {}
            Output::Released { change_id } => self.tell(format!("release {change_id}")),
        }
    }

    fn judged_on_the_newest(&self, id: &ChangeId, judged_on: u32) {
        let row = self.rows.get(id).expect("the engine names only what it was offered");
        assert_eq!(row.change.events, judged_on, "nobody else moves it in these tests");
    }

    fn park(&mut self, change_id: ChangeId, plan: Plan) {
        let until = plan.until.map_or("a person".to_owned(), |until| {
            format!("+{}", until.as_millis() - self.now.as_millis())
        });
        self.tell(format!("plan {change_id} {until}"));
        self.rows.get_mut(&change_id).expect("it is stored").plan = plan;
        self.parked.insert(change_id.clone());
        self.hear(Input::Parked(change_id));
    }

    fn stored(&mut self, change_id: &ChangeId) {
        let work = self.work(change_id);
        self.hear(Input::Stored(Box::new(work)));
    }

    fn read(&mut self, change_id: ChangeId, why: ReadWhy) {
        self.tell(format!("read {change_id} {why:?}"));
        if why == ReadWhy::Condition {
            if self.hold_reads {
                return;
            }
            let row = self.rows.get_mut(&change_id).expect("it is stored");
            let seen = row.conditions.pop_front().unwrap_or(ConditionSeen::Holds);
            return self.hear(Input::ConditionRead { change_id, seen });
        }
        if !self.hold_reads {
            self.read_ends(change_id);
        }
    }

    /// The held answer to the read under way arrives.
    pub fn answer_read(&mut self, id: &str) -> Vec<String> {
        self.read_ends(change_id(id));
        self.run()
    }

    fn read_ends(&mut self, change_id: ChangeId) {
        let read_at = self.now;
        let row = self.rows.get_mut(&change_id).expect("it is stored");
        if row.change.accepted_ref().is_some() {
            let state = row.effects.pop_front().unwrap_or(EffectState::Applied);
            return self.hear(Input::EffectSeen { change_id, state });
        }
        let facts = || ReadEnd::Facts(Box::new(facts(&row.payment, read_at)));
        let end = row.reads.pop_front().unwrap_or_else(facts);
        let refusal = row.refusal.clone();
        self.hear(Input::ReadDone { change_id, end, refusal });
    }

    fn prepare(&mut self, change_id: ChangeId, baseline: Option<Base>) {
        self.tell(format!("prepare {change_id}"));
        let row = self.rows.get(&change_id).expect("it is stored");
        if row.keyring_closed {
            let why = "the keyring is closed".to_owned();
            return self.hear(Input::SecretsClosed { change_id, why });
        }
        if row.not_writable {
            let why = "the text is too long".to_owned();
            return self.hear(Input::NotWritable { change_id, why });
        }
        self.attempts += 1;
        let attempt_id = attempt_id(&format!("A{}", self.attempts));
        // A keyed change keeps its first key and bytes.
        let first = row.change.keyed().map(|first| first.record.clone());
        let key = (row.safety == RepeatSafety::WithKey).then(|| change_id.to_string());
        let record = first.unwrap_or_else(|| SendRecord { key, ..record() });
        self.store(&change_id, Event::AttemptStarted { attempt_id, record, baseline });
        self.stored(&change_id);
    }
}

fn stored_word(event: &Event) -> &'static str {
    match event {
        Event::AttemptEnded { end, .. } => end.word(),
        Event::Requested { .. }
        | Event::Approved { .. }
        | Event::ApprovalVoided { .. }
        | Event::Rejected { .. }
        | Event::Withdrawn { .. }
        | Event::Lapsed { .. }
        | Event::Superseded { .. }
        | Event::Concluded { .. }
        | Event::ReadBack { .. }
        | Event::BaseMoved { .. }
        | Event::AttemptStarted { .. }
        | Event::Interrupted { .. }
        | Event::ProvedApplied { .. }
        | Event::ProvedNotApplied { .. }
        | Event::ConflictFound { .. }
        | Event::Rebased { .. }
        | Event::CustomerActed { .. }
        | Event::Expired { .. }
        | Event::Resolved { .. } => event.word(),
    }
}

fn facts(payment: &Base, read_at: Moment) -> PaymentFacts {
    PaymentFacts {
        provider_ref: "tok".to_owned(),
        state: payment.state,
        provider_status: payment.provider_status.clone(),
        amount: payment.amount,
        invoice_number: payment.invoice_number.clone(),
        reference: payment.reference.clone(),
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: payment.refunded,
        details: payment.details.clone(),
        read_at,
    }
}

/// How often a line of this kind was told, such as `send c1`.
pub fn count(told: &[String], line: &str) -> usize {
    told.iter().filter(|told| told.starts_with(line)).count()
}
