use std::collections::{BTreeMap, VecDeque};

use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Change, Event, Recorded, State};
use crate::command::Command;
use crate::engine::{Engine, Input, Output, Policy, ReadWhy, Work};
use crate::id::{AccountId, ChangeId};
use crate::moment::Moment;
use crate::payment::{Base, PaymentFacts};
use crate::sample::{account_id, applied, at, attempt_id, base, change_id, queued, record};

/// How long the made-up provider may take until an effect shows.
pub const SETTLE_MS: i64 = 10_000;

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
    attempts: u32,
    /// Pauses of accounts, in order.
    pub paused: Vec<AccountId>,
}

impl Shell {
    pub fn new() -> Self {
        let policy = Policy { concurrency: 4, retry_base_ms: 1_000, retry_max_ms: 8_000 };
        Self {
            engine: Engine::new(policy),
            now: at(1_000_000),
            rows: BTreeMap::new(),
            told: Vec::new(),
            hold_sends: false,
            attempts: 0,
            paused: Vec::new(),
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

    pub fn offer(&mut self, id: &str) {
        let work = self.work(&change_id(id));
        self.hear(Input::Offered(Box::new(work)));
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

    pub fn close_keyring(&mut self, id: &str, closed: bool) {
        self.row(id).keyring_closed = closed;
    }

    pub fn state(&self, id: &str) -> State {
        self.change(id).state
    }

    pub fn change(&self, id: &str) -> &Change {
        &self.rows.get(&change_id(id)).expect("the test queued it").change
    }

    fn work(&self, id: &ChangeId) -> Work {
        let row = self.rows.get(id).expect("the engine names only what it was offered");
        Work { change: row.change.clone(), safety: row.safety, settle_ms: SETTLE_MS }
    }

    /// Carries out all that can be done now; answers what was done.
    pub fn run(&mut self) -> Vec<String> {
        while let Some(output) = self.engine.poll(self.now) {
            self.carry(output);
        }
        std::mem::take(&mut self.told)
    }

    /// Runs now and at every deadline up to and including this many milliseconds later.
    pub fn run_for(&mut self, millis: i64) -> Vec<String> {
        let end = self.now.plus_millis(millis);
        let mut told = self.run();
        while let Some((next, _)) = self.engine.next_deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(next);
            told.extend(self.run());
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
        self.hear(Input::SendDone { change_id, attempt_id, end, http_status: Some(200) });
        self.run()
    }

    /// Somebody else stores an event.
    pub fn store(&mut self, id: &ChangeId, event: Event) {
        let recorded = Recorded { at: self.now, event };
        let row = self.rows.get_mut(id).expect("the engine names only what it was offered");
        row.change.take(&recorded).expect("the engine stores only what fits");
    }

    fn tell(&mut self, line: String) {
        self.told.push(line);
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Read { change_id, why } => self.read(change_id, why),
            Output::Prepare { change_id, baseline } => self.prepare(change_id, baseline),
            Output::Send { change_id, attempt_id } => {
                self.tell(format!("send {change_id}"));
                // Rule 1, held at every send of every test.
                let stored = self.work(&change_id).change;
                let open = stored.open_attempt().map(|open| &open.attempt_id);
                assert_eq!(open, Some(&attempt_id), "sent before it was stored");
                if !self.hold_sends {
                    let row = self.rows.get_mut(&change_id).expect("it is stored");
                    let end = row.sends.pop_front().unwrap_or_else(applied);
                    let http_status = None;
                    self.hear(Input::SendDone { change_id, attempt_id, end, http_status });
                }
            }
            Output::Store { change_id, event } => {
                self.tell(format!("store {change_id} {}", stored_word(&event)));
                self.store(&change_id, event);
                self.stored(&change_id);
            }
            Output::Plan { change_id, next, .. } => {
                let next = next.map_or("a person".to_owned(), |next| {
                    format!("+{}", next.as_millis() - self.now.as_millis())
                });
                self.tell(format!("plan {change_id} {next}"));
            }
            Output::PauseAccount { account_id, .. } => {
                self.tell(format!("pause {account_id}"));
                self.paused.push(account_id);
            }
            Output::Released { change_id } => self.tell(format!("release {change_id}")),
        }
    }

    fn stored(&mut self, change_id: &ChangeId) {
        let work = self.work(change_id);
        self.hear(Input::Stored(Box::new(work)));
    }

    fn read(&mut self, change_id: ChangeId, why: ReadWhy) {
        self.tell(format!("read {change_id} {why:?}"));
        let read_at = self.now;
        let row = self.rows.get_mut(&change_id).expect("it is stored");
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
        self.attempts += 1;
        let attempt_id = attempt_id(&format!("A{}", self.attempts));
        let record = record();
        self.store(&change_id, Event::AttemptStarted { attempt_id, record, baseline });
        self.stored(&change_id);
    }
}

fn stored_word(event: &Event) -> &'static str {
    match event {
        Event::AttemptEnded { end, .. } => end.word(),
        Event::Requested { .. }
        | Event::Approved { .. }
        | Event::Rejected { .. }
        | Event::Withdrawn { .. }
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
        read_at,
    }
}

/// How often a line of this kind was told, such as `send c1`.
pub fn count(told: &[String], line: &str) -> usize {
    told.iter().filter(|told| told.starts_with(line)).count()
}
