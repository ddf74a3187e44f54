use counterfoil_core::answer::{ReadEnd, SendEnd};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::Event;
use counterfoil_core::engine::{Engine, Input, Output, Policy, Schedule};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};

use crate::amount::currency;
use crate::asked;
use crate::feed::Feed;
use crate::queue::{ACCOUNTS, Queue};

/// Most steps of one input.
const STEPS: usize = 96;
/// Most outputs between two inputs: each change has few steps before it must be told something.
const MOST_OUTPUTS: usize = 64;

/// The engine with any inputs in any order: answers late, twice, of an older attempt or never;
/// people acting behind its back; clocks put back and forward; the program ending at any point.
/// Nothing is sent whose attempt is not stored, nothing is sent twice, no more is under way than
/// the policy says, nothing is sent again after a lost answer without a proof, a key or a person,
/// and what it wants stored on the newest state fits that state.
pub fn engine(data: &[u8]) {
    let mut feed = Feed::new(data);
    let retry = Schedule { base_ms: 1_000, max_ms: 8_000, jitter_percent: 10 };
    let (most, each) = (1 + feed.below(4), 1 + feed.below(3));
    let policy = Policy::new(most, each, retry, 1);
    let mut run = Run {
        engine: Engine::new(policy),
        policy,
        queue: Queue::read(&mut feed),
        open: Vec::new(),
        honest: true,
        now: 1_000_000,
    };
    for _ in 0..STEPS {
        if feed.is_empty() {
            break;
        }
        run.step(&mut feed);
    }
}

struct Run {
    engine: Engine,
    policy: Policy,
    queue: Queue,
    /// What was asked of the shell and not answered yet.
    open: Vec<Output>,
    /// False once something was called stored that nobody had asked to store: then what the engine
    /// wants stored may be refused. What is sent is held to the same promises.
    honest: bool,
    now: i64,
}

impl Run {
    fn step(&mut self, feed: &mut Feed<'_>) {
        match feed.below(16) {
            0 | 1 => self.offer(feed),
            2 => self.now = self.now.saturating_add(i64::from(feed.short())),
            3 => self.now = feed.bound(),
            4 => self.person(feed),
            5 => self.stray(feed),
            6 => self.restart(),
            _ => self.answer(feed),
        }
        self.poll(feed.flag());
        self.look();
    }

    fn hear(&mut self, input: Input) {
        self.engine.handle(input, Moment::from_millis(self.now));
    }

    fn offer(&mut self, feed: &mut Feed<'_>) {
        let at = feed.below(self.queue.rows.len());
        let row = &self.queue.rows[at];
        if !row.change.state.is_final() {
            let work = row.work(u32::from(feed.byte()));
            self.hear(Input::Offered(Box::new(work)));
        }
    }

    /// The program ends and starts again: what was asked of it is forgotten, the store is not.
    fn restart(&mut self) {
        self.engine = Engine::new(self.policy);
        self.open.clear();
        self.honest = true;
    }

    fn poll(&mut self, begins: bool) {
        for outputs in 0.. {
            assert!(outputs < MOST_OUTPUTS, "it never comes to rest");
            let now = Moment::from_millis(self.now);
            let next = if begins { self.engine.poll(now) } else { self.engine.poll_started(now) };
            let Some(output) = next else { return };
            self.check(&output);
            self.open.push(output);
        }
    }

    fn check(&mut self, output: &Output) {
        match output {
            Output::Send { change_id, attempt_id } => {
                self.queue.sent(change_id, attempt_id);
                let sends = self.sends(None) + 1;
                assert!(sends <= self.policy.concurrency, "{sends} are sent at once");
                let account = &self.queue.row(change_id).change.account_id;
                let sends = self.sends(Some(account)) + 1;
                assert!(sends <= self.policy.per_account, "{sends} are sent to one account");
            }
            Output::Store { change_id, event, judged_on } => {
                self.queue.may_store(change_id, event);
                if self.honest {
                    self.queue.fits(change_id, event, *judged_on);
                }
            }
            Output::Prepare { change_id, baseline, judged_on } => {
                self.queue.reads_first(change_id, baseline.as_ref());
                if self.honest {
                    self.queue.may_begin(change_id, *judged_on, self.now);
                }
            }
            Output::Wait { plan, .. } => assert!(!plan.why.word().is_empty()),
            Output::Read { .. }
            | Output::Breaker { .. }
            | Output::PauseAccount { .. }
            | Output::Released { .. } => {}
        }
    }

    /// Sendings that were not answered.
    fn sends(&self, account: Option<&AccountId>) -> usize {
        let counts = |output: &&Output| match output {
            Output::Send { change_id, .. } => account
                .is_none_or(|account| self.queue.row(change_id).change.account_id == *account),
            Output::Read { .. }
            | Output::Prepare { .. }
            | Output::Store { .. }
            | Output::Wait { .. }
            | Output::Breaker { .. }
            | Output::PauseAccount { .. }
            | Output::Released { .. } => false,
        };
        self.open.iter().filter(counts).count()
    }

    /// Answers one of the open outputs, not always the oldest; now and then it stays open, as an
    /// answer that comes twice.
    fn answer(&mut self, feed: &mut Feed<'_>) {
        if self.open.is_empty() {
            return;
        }
        let output = self.open.remove(feed.below(self.open.len().min(8)));
        match output {
            Output::Read { change_id, .. } => {
                let input = match feed.below(8) {
                    0 => Input::SecretsClosed { change_id, why: "closed".to_owned() },
                    _ => {
                        let refusal = feed.maybe(|_| "refused".to_owned()).filter(|_| feed.flag());
                        let end = self.read_end(feed);
                        Input::ReadDone { change_id, end, refusal }
                    }
                };
                self.hear(input);
            }
            Output::Prepare { change_id, baseline, judged_on } => {
                if feed.below(8) == 0 {
                    return self.hear(Input::SecretsClosed { change_id, why: "closed".to_owned() });
                }
                let input = self.queue.start_attempt(&change_id, baseline, judged_on, self.now);
                self.hear(input);
            }
            Output::Store { change_id, event, judged_on } => {
                let input = self.queue.store(&change_id, event, judged_on, self.now);
                self.hear(input);
            }
            Output::Send { change_id, attempt_id } => {
                let end = send_end(feed);
                self.hear(Input::SendDone {
                    change_id,
                    attempt_id,
                    end,
                    http_status: Some(200),
                    correlation_id: None,
                });
            }
            Output::Wait { change_id, .. } => self.hear(Input::Parked(change_id)),
            Output::PauseAccount { account_id, .. } => self.hear(Input::Unpaused(account_id)),
            Output::Breaker { account_id, .. } => self.hear(Input::Nudge(account_id)),
            Output::Released { .. } => {}
        }
    }

    /// Somebody moves a change on behind the engine's back, and it may be told so.
    fn person(&mut self, feed: &mut Feed<'_>) {
        let moved = self.queue.act(feed, self.now);
        match feed.below(6) {
            0 => {
                if let Some(id) = moved {
                    self.hear(Input::Gone(id));
                }
            }
            1 => self.hear(Input::OnPurpose(feed.flag())),
            2 | 3 => {
                let account = feed.pick(&ACCOUNTS);
                let account = AccountId::parse(account).expect("plain letters");
                let input = match feed.below(3) {
                    0 => Input::Nudge(account),
                    1 => Input::Paused(account),
                    _ => Input::Unpaused(account),
                };
                self.hear(input);
            }
            _ => {}
        }
    }

    /// An input that nobody asked for: the end of an attempt of any number, a reading, a plan.
    fn stray(&mut self, feed: &mut Feed<'_>) {
        let row = &self.queue.rows[feed.below(self.queue.rows.len())];
        let change_id = row.change.change_id.clone();
        let input = match feed.below(5) {
            0 => {
                let attempts = &row.change.attempts;
                let Some(old) = attempts.iter().rev().nth(1) else { return };
                let attempt_id = old.attempt_id.clone();
                Input::SendDone {
                    change_id,
                    attempt_id,
                    end: send_end(feed),
                    http_status: None,
                    correlation_id: None,
                }
            }
            1 => {
                let end = self.read_end(feed);
                let reads = |output: &Output| is_read_of(output, &change_id);
                // A reading that is under way ends once.
                self.open.retain(|output| !reads(output));
                Input::ReadDone { change_id, end, refusal: None }
            }
            2 => Input::Parked(change_id),
            3 => Input::SecretsClosed { change_id, why: "closed".to_owned() },
            _ => {
                self.honest = false;
                Input::Stored(Box::new(row.work(0)))
            }
        };
        self.hear(input);
    }

    fn read_end(&self, feed: &mut Feed<'_>) -> ReadEnd {
        let why = || "seen".to_owned();
        match feed.below(10) {
            0 => ReadEnd::NoSuchPayment { message: why() },
            1 => ReadEnd::CredentialsRefused { message: why() },
            2 => ReadEnd::Unreachable { why: why() },
            3 => ReadEnd::Unclear { why: why(), retry_after_ms: feed.maybe(Feed::bound) },
            _ => ReadEnd::Facts(Box::new(facts(feed))),
        }
    }

    /// Everything that can be asked without moving anything.
    fn look(&self) {
        let now = Moment::from_millis(self.now);
        let _rest = (self.engine.rest(now), self.engine.next_deadline(), self.engine.waiting());
        for account in ACCOUNTS {
            let account = AccountId::parse(account).expect("plain letters");
            let _held = (self.engine.is_paused(&account), self.engine.ready(&account));
        }
        if self.sends(None) > 0 {
            assert!(!self.engine.is_at_rest(), "at rest while something is sent");
        }
    }
}

fn facts(feed: &mut Feed<'_>) -> PaymentFacts {
    PaymentFacts {
        provider_ref: "tok-1".to_owned(),
        state: feed.pick(&[PaymentState::Open, PaymentState::Open, PaymentState::Cancelled]),
        provider_status: "pending".to_owned(),
        amount: asked::owed(currency("GBP"), feed),
        invoice_number: None,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: None,
        details: Details::default(),
        read_at: Moment::from_millis(1),
    }
}

fn is_read_of(output: &Output, wanted: &counterfoil_core::id::ChangeId) -> bool {
    matches!(output, Output::Read { change_id, .. } if change_id == wanted)
}

fn send_end(feed: &mut Feed<'_>) -> SendEnd {
    let why = || "seen".to_owned();
    match feed.below(8) {
        0 => SendEnd::Applied { provider_ref: None, link: None },
        1 => SendEnd::NeedsCustomer { redirect_url: "https://x.example/".to_owned() },
        2 => SendEnd::Refused { message: why() },
        3 => SendEnd::RefusedForNow { message: why(), retry_after_ms: feed.maybe(Feed::bound) },
        4 => SendEnd::CredentialsRefused { message: why() },
        5 => SendEnd::NeverLeft { why: why() },
        _ => SendEnd::Unknown { why: why() },
    }
}

/// What only a person or a proof may say, and never the engine for this kind of repeat-safety.
pub(crate) fn may_say(safety: RepeatSafety, event: &Event) -> bool {
    match event.word() {
        "proved_applied" => safety != RepeatSafety::HumanOnly,
        "proved_not_applied" => {
            !matches!(safety, RepeatSafety::HumanOnly | RepeatSafety::ReadBackThenHuman)
        }
        "approved" | "rejected" | "withdrawn" | "resolved" | "rebased" | "requested" => false,
        _ => true,
    }
}
