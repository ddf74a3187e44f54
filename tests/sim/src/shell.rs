//! The shell of a till: it offers what is due, carries out what the engine wants and feeds the
//! answers back, as the runtime's drainer does, with a crash at every commit.

use counterfoil_core::answer::{ReadEnd, SendRecord};
use counterfoil_core::change::Event;
use counterfoil_core::command::Command;
use counterfoil_core::engine::{Input, Output, ReadWhy};
use counterfoil_core::id::ChangeId;
use counterfoil_core::lane::sums;
use counterfoil_core::payment::{Base, PaymentFacts};

use crate::connector::{self, cents};
use crate::disk::{After, Commit, Tx};
use crate::till::{Prepared, account_id, account_place};
use crate::trace::fnv;
use crate::wire::{Ask, Pay};
use crate::world::{Happening, World};

/// Changes of one account offered at a time.
const WINDOW: usize = 6;

impl World {
    /// The engine of a till hears something.
    pub fn hears(&mut self, till: usize, input: Input) {
        if self.mischief(self.profile.crash_at_answer) && is_answer(&input) {
            self.note(format_args!("t{till} before it heard the answer:"));
            return self.crash(till);
        }
        self.tell(till, input);
        self.pump(till);
    }

    fn tell(&mut self, till: usize, input: Input) {
        self.trace_input(till, &input);
        match &input {
            Input::OnPurpose(on_purpose) => {
                if let Some(place) = self.book.pace.on_purpose.get_mut(till) {
                    *place = *on_purpose;
                }
            }
            Input::Paused(id) => self.book.pace.pause(till, account_place(id), true),
            Input::Unpaused(id) => self.book.pace.pause(till, account_place(id), false),
            Input::Offered(_)
            | Input::Parked(_)
            | Input::Stored(_)
            | Input::Gone(_)
            | Input::ReadDone { .. }
            | Input::SendDone { .. }
            | Input::ConditionRead { .. }
            | Input::EffectSeen { .. }
            | Input::SecretsClosed { .. }
            | Input::NotWritable { .. }
            | Input::Nudge(_) => {}
        }
        let now = self.now;
        if let Some(till) = self.tills.get_mut(till) {
            let clock = till.clock(now);
            till.engine.handle(input, clock);
        }
    }

    fn trace_input(&mut self, till: usize, input: &Input) {
        match input {
            Input::Offered(work) | Input::Stored(work) => {
                let (id, state) = (&work.change.change_id, work.change.state.word());
                let offered = matches!(input, Input::Offered(_));
                self.note(format_args!("t{till} in {id} {state} offered {offered}"));
            }
            Input::SendDone { change_id, attempt_id, end, .. } => {
                let word = end.word();
                self.note(format_args!("t{till} in {change_id} {attempt_id} ended {word}"));
            }
            Input::ConditionRead { change_id, seen } => {
                self.note(format_args!("t{till} in {change_id} order {seen:?}"));
            }
            Input::EffectSeen { change_id, state } => {
                self.note(format_args!("t{till} in {change_id} effect {state:?}"));
            }
            Input::ReadDone { change_id, end, refusal } => {
                let word = read_word(end);
                let no = refusal.is_some();
                self.note(format_args!("t{till} in {change_id} read {word} refusal {no}"));
            }
            Input::Parked(id)
            | Input::Gone(id)
            | Input::SecretsClosed { change_id: id, .. }
            | Input::NotWritable { change_id: id, .. } => {
                let parked = matches!(input, Input::Parked(_));
                self.note(format_args!("t{till} in {id} parked {parked}"));
            }
            Input::OnPurpose(_) | Input::Nudge(_) | Input::Paused(_) | Input::Unpaused(_) => {
                self.note(format_args!("t{till} in {input:?}"));
            }
        }
    }

    /// Takes over what people and the store changed, as the drainer's look does.
    pub fn look(&mut self, till: usize) {
        let Some(place) = self.tills.get(till).filter(|till| till.up) else { return };
        let on_purpose = place.rows.on_purpose;
        let paused: Vec<bool> = (0..self.providers.len())
            .map(|account| place.rows.paused.get(&account).copied().unwrap_or(false))
            .collect();
        let moved: Vec<ChangeId> = place
            .engine
            .waiting()
            .into_iter()
            .filter(|(id, events)| {
                place.rows.rows.get(id).is_none_or(|row| row.change.events != *events)
            })
            .map(|(id, _)| id)
            .collect();
        self.tell(till, Input::OnPurpose(on_purpose));
        for (account, paused) in paused.into_iter().enumerate() {
            let id = account_id(account);
            self.tell(till, if paused { Input::Paused(id) } else { Input::Unpaused(id) });
        }
        for id in moved {
            self.tell(till, Input::Gone(id));
        }
    }

    /// Offers what is due, carries out all the engine wants, and plans the next look.
    pub fn pump(&mut self, till: usize) {
        let Some(epoch) = self.tills.get(till).filter(|till| till.up).map(|till| till.epoch) else {
            return;
        };
        self.offer(till);
        while self.is_on(till, epoch) {
            let now = self.now;
            let Some(place) = self.tills.get_mut(till) else { return };
            let clock = place.clock(now);
            let Some(output) = place.engine.poll(clock) else { break };
            self.carry(till, output);
        }
        if self.is_on(till, epoch) {
            self.plan_wake(till, epoch);
        }
    }

    fn plan_wake(&mut self, till: usize, epoch: u32) {
        let now = self.now;
        let Some(place) = self.tills.get_mut(till) else { return };
        let clock = place.clock(now);
        let engine = place.engine.next_deadline().map(|(at, _)| at);
        let due = place.rows.next_due(clock);
        let Some(next) = engine.into_iter().chain(due).min() else { return };
        place.wake += 1;
        let wake = place.wake;
        let at = place.true_time(next, now).max(now + 1);
        self.plan(at, Happening::Wake { till, epoch, wake });
    }

    fn offer(&mut self, till: usize) {
        let longest = self.rules.policy.longest_ms(self.rules.settle_ms);
        for account in 0..self.providers.len() {
            let id = account_id(account);
            let Some(place) = self.tills.get(till) else { return };
            let room = WINDOW.saturating_sub(place.engine.ready(&id));
            let due = place.rows.due(id.as_str(), place.clock(self.now), longest, WINDOW);
            let fresh = due.iter().filter(|id| !place.engine.holds(id)).take(room);
            let works: Vec<_> = fresh.filter_map(|id| place.work(id, &self.rules)).collect();
            for work in works {
                self.tell(till, Input::Offered(Box::new(work)));
            }
        }
    }

    fn carry(&mut self, till: usize, output: Output) {
        match output {
            Output::Read { change_id, why } => self.reads(till, change_id, why),
            Output::Prepare { change_id, baseline, judged_on } => {
                self.prepares(till, change_id, baseline, judged_on);
            }
            Output::Send { change_id, attempt_id } => {
                self.note(format_args!("t{till} out {change_id} send {attempt_id}"));
                self.takes_turn(till, &change_id);
                let place = self.tills.get_mut(till);
                let prepared = place.and_then(|place| place.prepared.remove(&attempt_id));
                if let Some(prepared) = prepared {
                    self.sends(till, change_id, attempt_id, prepared);
                }
            }
            Output::Store { change_id, event, judged_on } => {
                let word = event.word();
                self.note(format_args!("t{till} out {change_id} store {word}"));
                let after = After::Engine(change_id.clone());
                self.commit(till, Tx::Append(change_id, Box::new(event), Some(judged_on)), after);
            }
            Output::Wait { change_id, plan } => {
                let (until, why) = (plan.until, plan.why);
                self.note(format_args!("t{till} out {change_id} wait {until:?} {why:?}"));
                let after = After::Parked(change_id.clone());
                self.commit(till, Tx::Plan(change_id, plan), after);
            }
            Output::Breaker { account_id, open_until, .. } => {
                self.note(format_args!("t{till} out {account_id} breaker {open_until:?}"));
            }
            Output::PauseAccount { account_id, .. } => {
                self.note(format_args!("t{till} out {account_id} paused"));
                let account = account_place(&account_id);
                self.book.pace.pause(till, account, true);
                self.commit_now(till, Tx::Paused(account, true));
            }
            Output::Released { change_id } => {
                self.note(format_args!("t{till} out {change_id} released"));
                self.offer(till);
            }
        }
    }

    /// A request takes its account's turn.
    fn takes_turn(&mut self, till: usize, id: &ChangeId) {
        let Some(place) = self.tills.get(till) else { return };
        let Some(row) = place.rows.rows.get(id) else { return };
        let account = account_place(&row.change.account_id);
        let spacing = self.rules.spacing_ms.get(account).copied().unwrap_or(0);
        let times = (self.now, place.clock(self.now).as_millis());
        if let Some(what) = self.book.pace.request(till, account, id, times, spacing) {
            self.book.broken("no storm, no haste", what);
        }
    }

    fn reads(&mut self, till: usize, id: ChangeId, why: ReadWhy) {
        self.note(format_args!("t{till} out {id} read {why:?}"));
        self.takes_turn(till, &id);
        let Some(place) = self.tills.get(till) else { return };
        let Some(row) = place.rows.rows.get(&id) else { return };
        let account = account_place(&row.change.account_id);
        let confirms = why == ReadWhy::Confirm;
        if !confirms && self.book.pace.is_closed(till, account) {
            let what = format!("till {till} {id} reads account {account}");
            self.book.broken("nothing begins while it must not", what);
        }
        let keyring_closed = place.keyring_closed;
        if why == ReadWhy::Condition {
            return self.reads_order(till, id, keyring_closed);
        }
        if keyring_closed {
            return self.keyring_says_no(till, id);
        }
        if self.rules.setup(account).is_some() {
            return self.real_reads(till, &id, account);
        }
        self.asks(till, id, account);
    }

    fn keyring_says_no(&mut self, till: usize, id: ChangeId) {
        let why = "the keyring is closed".to_owned();
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let input = Box::new(Input::SecretsClosed { change_id: id, why });
        self.soon(0, 20, Happening::Heard { till, epoch, input });
    }

    fn prepares(&mut self, till: usize, id: ChangeId, baseline: Option<Base>, judged_on: u32) {
        self.note(format_args!("t{till} out {id} prepare"));
        let now = self.now;
        let Some(place) = self.tills.get_mut(till) else { return };
        let Some(row) = place.rows.rows.get(&id) else { return };
        let account = account_place(&row.change.account_id);
        let closed = self.book.pace.is_closed(till, account);
        if place.keyring_closed {
            return self.keyring_says_no(till, id);
        }
        let Some(kind) = self.rules.kinds.get(account).copied() else { return };
        let change = row.change.clone();
        if kind.real().is_some() {
            if closed {
                let what = format!("till {till} {id} prepares for account {account}");
                self.book.broken("nothing begins while it must not", what);
            }
            return self.real_prepares(till, &change, baseline, judged_on);
        }
        let attempt_id = place.next_attempt();
        let pay = change.payment_id.as_ref().and_then(|id| Pay::parse(id.as_str()));
        let carries = kind == crate::provider::Kind::Plain;
        let Some(ask) = Ask::of(&change.command, pay, baseline.as_ref(), carries) else { return };
        let fresh = Prepared {
            body: ask.write(),
            key: connector::is_keyed(kind, &change.command).then(|| format!("key-{attempt_id}")),
            real: None,
        };
        let earlier = change.keyed().and_then(|first| {
            let (body, key) = (first.record.body.clone()?, first.record.key.clone());
            Some(Prepared { body, key, real: None })
        });
        let prepared = earlier.unwrap_or(fresh);
        let record = SendRecord {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            digest: format!("{:016x}", fnv(&prepared.body)),
            key: prepared.key.clone(),
            body: prepared.key.is_some().then(|| prepared.body.clone()),
            at: place.clock(now),
        };
        place.prepared.insert(attempt_id.clone(), prepared);
        let event = Event::AttemptStarted { attempt_id, record, baseline };
        if closed {
            let what = format!("till {till} {id} prepares for account {account}");
            self.book.broken("nothing begins while it must not", what);
        }
        self.commit(
            till,
            Tx::Append(id.clone(), Box::new(event), Some(judged_on)),
            After::Engine(id),
        );
    }

    /// Something is to be stored: with the next sync.
    pub fn commit(&mut self, till: usize, tx: Tx, after: After) {
        let Some(place) = self.tills.get_mut(till) else { return };
        place.disk.pending.push(Commit { tx, after });
        let epoch = place.epoch;
        if !place.sync_planned {
            place.sync_planned = true;
            self.soon(0, 8, Happening::Sync { till, epoch });
        }
    }

    /// Something is stored before anything else happens.
    fn commit_now(&mut self, till: usize, tx: Tx) {
        let Some(place) = self.tills.get_mut(till) else { return };
        place.disk.pending.push(Commit { tx, after: After::Nobody });
        self.sync(till);
    }

    /// The disk makes durable what waits, or the power goes in the middle of it.
    pub fn sync(&mut self, till: usize) {
        let now = self.now;
        let Some(place) = self.tills.get_mut(till) else { return };
        place.sync_planned = false;
        let pending = std::mem::take(&mut place.disk.pending);
        if pending.is_empty() {
            return;
        }
        if place.disk.full {
            return self.disk_refuses(till, &pending);
        }
        if self.mischief(self.profile.crash_at_commit) {
            self.note(format_args!("t{till} before the write:"));
            return self.crash(till);
        }
        let rules = self.rules.clone();
        let Some(place) = self.tills.get_mut(till) else { return };
        let at = place.clock(now);
        let written: Vec<(Commit, bool)> = pending
            .into_iter()
            .map(|commit| {
                let tx = place.while_approved(&commit.tx, &rules, at);
                let fits = tx.is_some_and(|tx| place.disk.write(&mut place.rows, &tx, at));
                (commit, fits)
            })
            .collect();
        if self.mischief(self.profile.crash_at_commit) {
            return self.power_cut_before_sync(till);
        }
        self.make_durable(till, usize::MAX);
        if self.mischief(self.profile.crash_at_commit) {
            self.note(format_args!("t{till} after the sync:"));
            return self.crash(till);
        }
        for (commit, fits) in written {
            self.answer_commit(till, commit.after, fits);
        }
    }

    /// Some of the tail may have reached the disk by itself: kept; the rest is lost or torn.
    fn power_cut_before_sync(&mut self, till: usize) {
        let tail = self.tills.get(till).map_or(0, |till| till.disk.tail());
        let kept = self.dice.place(tail + 1);
        self.note(format_args!("t{till} after the write, {kept} of {tail} kept:"));
        self.make_durable(till, kept);
        self.crash(till);
    }

    fn make_durable(&mut self, till: usize, count: usize) {
        let Some(place) = self.tills.get_mut(till) else { return };
        let records = place.disk.sync(count.min(place.disk.tail())).to_vec();
        for record in &records {
            self.tell_durable(till, &record.writes);
        }
        let Some(place) = self.tills.get_mut(till) else { return };
        if place.disk.tail() == 0 {
            let rows = std::mem::take(&mut place.rows);
            self.book.compare(till, &rows, false);
            if let Some(place) = self.tills.get_mut(till) {
                place.rows = rows;
            }
        }
    }

    /// Nothing is stored. People are not told that it is kept; the drainer stops and is started
    /// again later.
    fn disk_refuses(&mut self, till: usize, pending: &[Commit]) {
        let drains = pending.iter().any(|commit| match commit.after {
            After::Engine(_) | After::Parked(_) => true,
            After::Person(_) | After::Nobody => false,
        });
        self.note(format_args!("t{till} the disk refuses, drainer stops {drains}"));
        if drains {
            self.crash(till);
        }
    }

    fn answer_commit(&mut self, till: usize, after: After, fits: bool) {
        let Some(place) = self.tills.get(till) else { return };
        let epoch = place.epoch;
        match after {
            After::Engine(id) => {
                let work = place.work(&id, &self.rules).filter(|_| fits);
                let input = work.map_or(Input::Gone(id), |work| Input::Stored(Box::new(work)));
                self.soon(0, 4, Happening::Heard { till, epoch, input: Box::new(input) });
            }
            After::Parked(id) => {
                let input = Box::new(Input::Parked(id));
                self.soon(0, 4, Happening::Heard { till, epoch, input });
            }
            After::Person(id) => {
                if fits {
                    self.soon(0, 4, Happening::Kept { till, epoch, id });
                }
                self.looks_soon(till);
            }
            After::Nobody => {
                self.looks_soon(till);
            }
        }
    }

    /// The drainer takes over what was stored by others, and goes on.
    fn looks_soon(&mut self, till: usize) {
        self.look(till);
        let Some(place) = self.tills.get_mut(till) else { return };
        place.wake += 1;
        let (epoch, wake) = (place.epoch, place.wake);
        self.soon(0, 4, Happening::Wake { till, epoch, wake });
    }

    /// A reading has come: the facts are kept and the connector is asked what it thinks of them.
    pub fn read_heard(&mut self, till: usize, id: ChangeId, end: ReadEnd) {
        let mut refusal = None;
        if let ReadEnd::Facts(facts) = &end {
            refusal = self.takes_facts(till, &id, facts);
        }
        self.book.refusal(till, &id, refusal.is_some());
        self.hears(till, Input::ReadDone { change_id: id, end, refusal });
    }

    fn takes_facts(&mut self, till: usize, id: &ChangeId, facts: &PaymentFacts) -> Option<String> {
        let place = self.tills.get_mut(till)?;
        let change = place.rows.rows.get(id)?.change.clone();
        let payment_id = change.payment_id.clone()?;
        place.facts.insert(payment_id.clone(), facts.clone());
        let account = account_place(&change.account_id);
        let of_payment: Vec<_> = place
            .rows
            .rows
            .values()
            .filter(|row| row.change.payment_id.as_ref() == Some(&payment_id))
            .map(|row| row.change.clone())
            .collect();
        let was_paused = place.rows.paused.get(&account).copied().unwrap_or(false);
        let spent = sums(&of_payment, cents(0), Some(id)).ok()?;
        let refusal = self.refusal(account, &change.command, facts, spent.refunded.minor());
        if was_paused {
            self.commit_now(till, Tx::Paused(account, false));
        }
        refusal
    }
}

impl World {
    /// The connector's word on facts: why they cannot take the command.
    pub fn refusal(
        &self,
        account: usize,
        command: &Command,
        facts: &PaymentFacts,
        refunded_here: i64,
    ) -> Option<String> {
        match self.rules.setup(account) {
            Some(setup) => setup.refusal(command, facts, cents(refunded_here)),
            None => connector::check(command, facts, refunded_here),
        }
    }
}

fn is_answer(input: &Input) -> bool {
    matches!(input, Input::SendDone { .. } | Input::ReadDone { .. } | Input::ConditionRead { .. })
}

fn read_word(end: &ReadEnd) -> &'static str {
    match end {
        ReadEnd::Facts(_) => "facts",
        ReadEnd::NoSuchPayment { .. } => "no such payment",
        ReadEnd::CredentialsRefused { .. } => "credentials refused",
        ReadEnd::Unreachable { .. } => "unreachable",
        ReadEnd::Unclear { .. } => "unclear",
    }
}
