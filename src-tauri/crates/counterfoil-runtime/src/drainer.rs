//! The loop that carries the engine: offers it work, carries out what it wants, feeds back what
//! the world answered. One at a time on a till, by the drain lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;
use std::time::Duration;

use counterfoil_core::change::State;
use counterfoil_core::engine::{Engine, Input, Output, ReadWhy, Rest};
use counterfoil_core::id::{AccountId, AttemptId, ChangeId};
use counterfoil_core::moment::Moment;
use counterfoil_store::table::{account, change, outbox};
use counterfoil_store::{DrainLock, StoreError};
use tokio::sync::{mpsc, watch};

use crate::condition;
use crate::errand::{self, Prepared};
use crate::fence::NotNow;
use crate::head::Tending;
use crate::looking::{self, Coming};
use crate::polling::Polling;
use crate::runtime::{Notice, OpenBreaker, Runtime, Told};

/// More are looked up when fewer than these wait in the engine for their turn: more than can be
/// in flight at once.
const FEW_READY: usize = 32;

/// How often the store is looked at for what other processes wrote (targets S14: at most one
/// wake-up a second).
const LOOK_EVERY: Duration = Duration::from_millis(1_000);

/// How long to drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until nothing can move without a person, or without time passing beyond this moment.
    Idle {
        /// The moment.
        deadline: Moment,
    },
    /// Until told to stop.
    Stopped,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrainReport {
    /// State of every change it touched, as it is now.
    pub touched: Vec<State>,
    /// Attempts started.
    pub attempts: u32,
    /// Accounts that are paused because their credentials were refused.
    pub paused: Vec<String>,
}

/// How a run ended.
#[derive(Debug)]
pub enum DrainEnd {
    /// As asked.
    Done(DrainReport),
    /// Another process holds the right to send.
    HeldElsewhere,
    /// Nothing may or can be sent from this folder now.
    NotNow(NotNow),
}

enum Heard {
    Answer(Box<Result<(Input, Option<Prepared>), StoreError>>),
    Told(Option<Told>),
    Time,
    Stop,
}

struct Drainer {
    runtime: Runtime,
    engine: Engine,
    prepared: HashMap<AttemptId, Prepared>,
    answers: mpsc::UnboundedSender<Result<(Input, Option<Prepared>), StoreError>>,
    touched: Touched,
    attempts: u32,
    revision: i64,
    accounts: Vec<AccountId>,
    coming: Coming,
    /// True when the engine may have room for more.
    hungry: bool,
    /// The longest pause a plan can hold: one further off was made on another clock.
    longest_ms: i64,
    /// Reads payments again while it goes on; a run by hand ends instead.
    polling: Option<Polling>,
    heads: Tending,
}

/// The changes a run touched, in the state they were seen in last. What is final is only counted.
#[derive(Default)]
struct Touched {
    open: BTreeMap<ChangeId, State>,
    ended: Vec<State>,
}

impl Touched {
    fn see(&mut self, change_id: &ChangeId, state: State) {
        if state.is_final() {
            self.open.remove(change_id);
            self.ended.push(state);
        } else {
            self.open.insert(change_id.clone(), state);
        }
    }
}

impl Runtime {
    /// Drains the queue. `stop` ends it once what is under way has ended.
    ///
    /// # Errors
    /// The store fails: nothing is sent any more, and what was being sent is in doubt when the
    /// next run starts.
    pub async fn drain(
        &self,
        until: Until,
        stop: watch::Receiver<bool>,
    ) -> Result<DrainEnd, StoreError> {
        let Some(lock) = self.blocking(|runtime| runtime.store().take_drain_lock()).await? else {
            self.set_line(|line| line.held_elsewhere = true);
            return Ok(DrainEnd::HeldElsewhere);
        };
        let pass = match self.pass_the_fence().await? {
            Ok(pass) => pass,
            Err(not_now) => return Ok(DrainEnd::NotNow(not_now)),
        };
        self.set_line(|line| {
            line.held_elsewhere = false;
            line.draining = true;
        });
        let outcome = self.drain_with(lock, until, stop).await;
        pass.close(self).await;
        self.blocking(|runtime| {
            runtime.keep_head_or_log();
            Ok(())
        })
        .await?;
        *self.inner.drainer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.set_line(|line| line.draining = false);
        outcome.map(DrainEnd::Done)
    }

    async fn drain_with(
        &self,
        lock: DrainLock,
        until: Until,
        stop: watch::Receiver<bool>,
    ) -> Result<DrainReport, StoreError> {
        let (told, hears_told) = mpsc::unbounded_channel();
        let (answers, hears_answers) = mpsc::unbounded_channel();
        *self.inner.drainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        let policy = self.blocking(looking::policy).await?;
        let longest = move |runtime: &Self| looking::longest_ms(runtime, &policy);
        let longest_ms = self.blocking(longest).await?;
        if let Until::Idle { .. } = until {
            let now = self.now();
            let all = move |runtime: &Self| {
                runtime.store().write(move |connection| outbox::bring_all_forward(connection, now))
            };
            self.blocking(all).await?;
        }
        let mut drainer = Drainer {
            runtime: self.clone(),
            engine: Engine::new(policy),
            prepared: HashMap::new(),
            answers,
            touched: Touched::default(),
            attempts: 0,
            revision: 0,
            accounts: Vec::new(),
            coming: Coming::default(),
            hungry: false,
            longest_ms,
            polling: (until == Until::Stopped).then(Polling::new),
            heads: Tending::default(),
        };
        drainer.run(until, stop, hears_told, hears_answers).await?;
        let report = drainer.report().await?;
        drop(lock);
        Ok(report)
    }
}

impl Drainer {
    async fn run(
        &mut self,
        until: Until,
        mut stop: watch::Receiver<bool>,
        mut told: mpsc::UnboundedReceiver<Told>,
        mut answers: mpsc::UnboundedReceiver<Result<(Input, Option<Prepared>), StoreError>>,
    ) -> Result<(), StoreError> {
        self.look(until).await?;
        let mut stopping = false;
        loop {
            if stopping {
                self.carry_started().await?;
            } else {
                self.carry_while_fed().await?;
            }
            if self.may_end(until, stopping) {
                return Ok(());
            }
            if let Some(polling) = self.polling.as_mut().filter(|_| !stopping) {
                polling.tick(&self.runtime).await;
            }
            let heard = tokio::select! {
                biased;
                Some(answer) = answers.recv() => Heard::Answer(Box::new(answer)),
                told = told.recv() => Heard::Told(told),
                () = asked_to_stop(&mut stop), if !stopping => Heard::Stop,
                () = tokio::time::sleep(self.pause()) => Heard::Time,
            };
            match heard {
                Heard::Answer(answer) => self.hear_answer((*answer)?),
                Heard::Told(Some(Told::Input(input))) => {
                    self.engine.handle(input, self.runtime.now());
                    self.look(until).await?;
                }
                Heard::Told(Some(Told::Look) | None) => self.look(until).await?,
                Heard::Time => {
                    self.look_if_changed(until).await?;
                    self.heads.look(&self.runtime, self.revision);
                }
                Heard::Stop => stopping = true,
            }
        }
    }

    fn may_end(&self, until: Until, stopping: bool) -> bool {
        if stopping {
            return self.engine.is_at_rest();
        }
        let Until::Idle { deadline } = until else { return false };
        let now = self.runtime.now();
        let held = match self.engine.rest(now) {
            Rest::Busy => return false,
            Rest::Until(next) => Some(next),
            Rest::Idle => None,
        };
        let next = held.into_iter().chain(self.coming.moves).min();
        next.is_none_or(|next| next > deadline)
    }

    /// Until the next moment at which something goes on, at most until the next look at the store.
    fn pause(&self) -> Duration {
        let now = self.runtime.now();
        let engine = self.engine.next_deadline().map(|(at, _)| at);
        let next = engine.into_iter().chain(self.coming.due).min();
        let millis = next.and_then(|at| u64::try_from(at.millis_since(now)).ok());
        millis.map_or(LOOK_EVERY, |millis| Duration::from_millis(millis).min(LOOK_EVERY))
    }

    fn hear_answer(&mut self, (input, prepared): (Input, Option<Prepared>)) {
        if let Some(prepared) = prepared {
            self.attempts = self.attempts.saturating_add(1);
            self.prepared.insert(prepared.attempt_id.clone(), prepared);
        }
        if let Input::Stored(work) = &input {
            self.touched.see(&work.change.change_id, work.change.state);
        }
        self.engine.handle(input, self.runtime.now());
    }

    /// Carries out all that can be, and offers what the store has for the room that makes.
    async fn carry_while_fed(&mut self) -> Result<(), StoreError> {
        loop {
            self.offer_if_hungry().await?;
            while let Some(output) = self.engine.poll(self.runtime.now()) {
                self.carry(output).await?;
            }
            if !self.hungry {
                return Ok(());
            }
        }
    }

    /// While stopping: what was begun goes on, nothing new begins.
    async fn carry_started(&mut self) -> Result<(), StoreError> {
        while let Some(output) = self.engine.poll_started(self.runtime.now()) {
            self.carry(output).await?;
        }
        Ok(())
    }

    async fn carry(&mut self, output: Output) -> Result<(), StoreError> {
        match output {
            Output::Read { change_id, why: ReadWhy::Condition } => {
                self.spawn(change_id, |runtime, id| async move {
                    condition::read(&runtime, id).await.map(|input| (input, None))
                });
            }
            Output::Read { change_id, .. } => self.spawn(change_id, |runtime, id| async move {
                errand::read_for(&runtime, id).await.map(|input| (input, None))
            }),
            Output::Prepare { change_id, judged_on, baseline } => {
                self.spawn(change_id, move |runtime, id| async move {
                    errand::prepare(&runtime, id, judged_on, baseline).await
                });
            }
            Output::Send { change_id, attempt_id } => self.send(change_id, &attempt_id),
            Output::Store { change_id, judged_on, event } => {
                self.spawn(change_id, move |runtime, id| async move {
                    let stored = errand::store(&runtime, id, judged_on, event).await;
                    stored.map(|input| (input, None))
                });
            }
            Output::Wait { change_id, plan } => self.spawn(change_id, |runtime, id| async move {
                errand::park(&runtime, id, plan).await.map(|input| (input, None))
            }),
            Output::Breaker { account_id, open_until, why, outage } => {
                self.note_breaker(account_id, open_until, why, outage).await?;
            }
            Output::PauseAccount { account_id, why } => {
                errand::pause(&self.runtime, account_id, why).await?;
            }
            Output::Released { .. } => self.hungry = true,
        }
        Ok(())
    }

    fn send(&mut self, change_id: ChangeId, attempt_id: &AttemptId) {
        // Without its bytes an attempt cannot be sent; it stays open and is in doubt at the next
        // start, which is the careful reading of a stored attempt.
        let Some(prepared) = self.prepared.remove(attempt_id) else { return };
        self.spawn(change_id, |runtime, id| async move {
            errand::send(&runtime, id, prepared).await.map(|input| (input, None))
        });
    }

    /// Sends somebody on an errand. What cannot be read back from the store stops that change and
    /// no other.
    fn spawn<F, Fut>(&self, change_id: ChangeId, errand: F)
    where
        F: FnOnce(Runtime, ChangeId) -> Fut,
        Fut: Future<Output = Result<(Input, Option<Prepared>), StoreError>> + Send + 'static,
    {
        let answers = self.answers.clone();
        let runtime = self.runtime.clone();
        let errand = errand(runtime.clone(), change_id.clone());
        tokio::spawn(async move {
            let answer = match errand.await {
                Err(error) if error.is_damage() => {
                    let left = errand::leave_alone(&runtime, change_id.clone(), error).await;
                    left.map(|()| (Input::Gone(change_id), None))
                }
                answer => answer,
            };
            // A drainer that has ended no longer listens; the store holds what counts.
            let _ = answers.send(answer);
        });
    }

    /// Shows whether an account is asked at all, and keeps since when its provider is out of
    /// reach: what may be queued offline is counted from then.
    async fn note_breaker(
        &self,
        account_id: AccountId,
        open_until: Option<Moment>,
        why: Option<String>,
        outage: bool,
    ) -> Result<(), StoreError> {
        let breaker = open_until.map(|until| OpenBreaker { until, why });
        self.runtime.set_line(|line| match breaker {
            Some(breaker) => {
                line.breakers.insert(account_id.clone(), breaker);
            }
            None => {
                line.breakers.remove(&account_id);
            }
        });
        let since = outage.then(|| self.runtime.now());
        let write = self.runtime.blocking(move |runtime| {
            runtime
                .store()
                .write(move |connection| account::set_unreachable(connection, &account_id, since))
        });
        write.await
    }

    async fn look_if_changed(&mut self, until: Until) -> Result<(), StoreError> {
        let revision = self.runtime.blocking(|runtime| runtime.store().revision()).await?;
        if revision != self.revision {
            self.runtime.notify(Notice::Everything);
            return self.look(until).await;
        }
        Ok(())
    }

    /// Takes over what staff, other processes or the store's settings changed.
    async fn look(&mut self, until: Until) -> Result<(), StoreError> {
        let now = self.runtime.now();
        let known = self.revision;
        let seen = self.runtime.blocking(move |runtime| looking::see(runtime, known)).await?;
        self.revision = seen.revision;
        self.engine.handle(Input::OnPurpose(seen.on_purpose), now);
        self.accounts = seen.accounts.iter().map(|(account_id, _)| account_id.clone()).collect();
        for (account_id, paused) in seen.accounts {
            // A person who starts a run by hand wants it tried again, whatever it was paused for.
            let input = match (paused, until) {
                (true, Until::Stopped) => Input::Paused(account_id),
                (true, Until::Idle { .. }) => continue,
                (false, _) => Input::Unpaused(account_id),
            };
            self.engine.handle(input, now);
        }
        self.forget_moved().await?;
        for account_id in seen.retried {
            self.engine.handle(Input::Nudge(account_id), now);
        }
        self.offer().await
    }

    /// Lets go of waiting changes that somebody else moved on; they are offered anew.
    async fn forget_moved(&mut self) -> Result<(), StoreError> {
        let waiting = self.engine.waiting();
        let moved = self.runtime.blocking(move |runtime| {
            runtime.store().read(|connection| {
                let mut moved = Vec::new();
                for (change_id, events) in waiting {
                    if change::count_events(connection, &change_id)? != events {
                        moved.push(change_id);
                    }
                }
                Ok(moved)
            })
        });
        let now = self.runtime.now();
        for change_id in moved.await? {
            self.engine.handle(Input::Gone(change_id), now);
        }
        Ok(())
    }

    /// Looks up more when something was let go of or has become due.
    async fn offer_if_hungry(&mut self) -> Result<(), StoreError> {
        let due = self.coming.due.is_some_and(|due| due <= self.runtime.now());
        if due || self.hungry { self.offer().await } else { Ok(()) }
    }

    /// Offers what is due, of each account on its own: a long queue of one hides no other.
    async fn offer(&mut self) -> Result<(), StoreError> {
        self.hungry = false;
        let now = self.runtime.now();
        let few = |account_id: &&AccountId| self.engine.ready(account_id) < FEW_READY;
        let hungry: Vec<AccountId> = self.accounts.iter().filter(few).cloned().collect();
        let going: Vec<AccountId> = self
            .accounts
            .iter()
            .filter(|account_id| !self.engine.is_paused(account_id))
            .cloned()
            .collect();
        let longest_ms = self.longest_ms;
        let looked = self.runtime.blocking(move |runtime| {
            Ok((
                looking::due(runtime, &hungry, now, longest_ms)?,
                looking::coming(runtime, &going, now)?,
            ))
        });
        let (due, coming) = looked.await?;
        self.coming = coming;
        let new: Vec<ChangeId> = due.into_iter().filter(|id| !self.engine.holds(id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let works = self.runtime.blocking(move |runtime| looking::works(runtime, new));
        for (change_id, looked) in works.await? {
            match looked {
                Ok(work) => {
                    self.touched.see(&change_id, work.change.state);
                    self.engine.handle(Input::Offered(Box::new(work)), now);
                }
                Err(damage) => errand::leave_alone(&self.runtime, change_id, damage).await?,
            }
        }
        Ok(())
    }

    async fn report(&self) -> Result<DrainReport, StoreError> {
        let open: Vec<ChangeId> = self.touched.open.keys().cloned().collect();
        let ended = self.touched.ended.clone();
        let attempts = self.attempts;
        let read = self.runtime.blocking(move |runtime| {
            runtime.store().read(|connection| {
                let mut touched = ended;
                for change_id in &open {
                    touched.extend(change::state(connection, change_id)?);
                }
                let accounts = account::all(connection)?;
                let paused = accounts.into_iter().filter(|account| account.paused.is_some());
                let paused = paused.map(|account| account.name).collect();
                Ok(DrainReport { touched, attempts, paused })
            })
        });
        read.await
    }
}

async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone cannot ask any more: wait for ever, the run has its own end.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
