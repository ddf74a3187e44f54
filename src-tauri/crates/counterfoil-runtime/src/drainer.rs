//! The loop that carries the engine: offers it work, carries out what it wants, feeds back what
//! the world answered. One at a time on a till, by the drain lock.

use std::collections::{BTreeSet, HashMap};
use std::sync::PoisonError;
use std::time::Duration;

use counterfoil_core::change::State;
use counterfoil_core::engine::{Engine, Input, Output, Policy, Rest};
use counterfoil_core::id::{AttemptId, ChangeId};
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::Setting;
use counterfoil_store::table::outbox::Plan;
use counterfoil_store::table::{account, audit_entry, change, meta, outbox};
use counterfoil_store::{DrainLock, StoreError};
use tokio::sync::{mpsc, watch};

use crate::errand::{self, Prepared};
use crate::runtime::{Notice, Runtime, Told};

/// Lane heads offered at a time: bounds memory however long the queue is.
const MOST_OFFERED: u32 = 512;

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
}

enum Heard {
    Answer(Result<(Input, Option<Prepared>), StoreError>),
    Told(Option<Told>),
    Time,
    Stop,
}

struct Drainer {
    runtime: Runtime,
    engine: Engine,
    prepared: HashMap<AttemptId, Prepared>,
    answers: mpsc::UnboundedSender<Result<(Input, Option<Prepared>), StoreError>>,
    touched: BTreeSet<ChangeId>,
    attempts: u32,
    revision: i64,
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
        self.set_line(|line| {
            line.held_elsewhere = false;
            line.draining = true;
        });
        let outcome = self.drain_with(lock, until, stop).await;
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
        let policy = self.blocking(policy).await?;
        let mut drainer = Drainer {
            runtime: self.clone(),
            engine: Engine::new(policy),
            prepared: HashMap::new(),
            answers,
            touched: BTreeSet::new(),
            attempts: 0,
            revision: 0,
        };
        drainer.run(until, stop, hears_told, hears_answers).await?;
        let report = drainer.report().await?;
        drop(lock);
        Ok(report)
    }
}

fn policy(runtime: &Runtime) -> Result<Policy, StoreError> {
    let number = |setting| errand::number(runtime.store(), setting);
    Ok(Policy {
        concurrency: usize::try_from(number(Setting::DrainConcurrency)?).unwrap_or(1),
        retry_base_ms: number(Setting::RetryBaseMs)?,
        retry_max_ms: number(Setting::RetryMaxMs)?,
    })
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
            if !stopping {
                self.carry_all().await?;
            } else {
                self.carry_started().await?;
            }
            if self.may_end(until, stopping) {
                return Ok(());
            }
            let heard = tokio::select! {
                biased;
                Some(answer) = answers.recv() => Heard::Answer(answer),
                told = told.recv() => Heard::Told(told),
                () = asked_to_stop(&mut stop), if !stopping => Heard::Stop,
                () = tokio::time::sleep(self.pause()) => Heard::Time,
            };
            match heard {
                Heard::Answer(answer) => self.hear_answer(answer?),
                Heard::Told(Some(Told::Input(input))) => {
                    self.engine.handle(input, self.runtime.now());
                    self.look(until).await?;
                }
                Heard::Told(Some(Told::Look) | None) => self.look(until).await?,
                Heard::Time => self.look_if_changed(until).await?,
                Heard::Stop => stopping = true,
            }
        }
    }

    fn may_end(&self, until: Until, stopping: bool) -> bool {
        let now = self.runtime.now();
        let rest = self.engine.rest(now);
        if stopping {
            return self.engine.is_at_rest();
        }
        match (until, rest) {
            (Until::Stopped, _) | (Until::Idle { .. }, Rest::Busy) => false,
            (Until::Idle { .. }, Rest::Idle) => true,
            (Until::Idle { deadline }, Rest::Until(next)) => next > deadline,
        }
    }

    /// Until the next deadline of the engine, at most until the next look at the store.
    fn pause(&self) -> Duration {
        let now = self.runtime.now();
        let next = self.engine.next_deadline().map(|(at, _)| at.millis_since(now));
        let millis = next.and_then(|millis| u64::try_from(millis).ok());
        millis.map_or(LOOK_EVERY, |millis| Duration::from_millis(millis).min(LOOK_EVERY))
    }

    fn hear_answer(&mut self, (input, prepared): (Input, Option<Prepared>)) {
        if let Some(prepared) = prepared {
            self.attempts = self.attempts.saturating_add(1);
            self.prepared.insert(prepared.attempt_id.clone(), prepared);
        }
        self.engine.handle(input, self.runtime.now());
    }

    async fn carry_all(&mut self) -> Result<(), StoreError> {
        while let Some(output) = self.engine.poll(self.runtime.now()) {
            self.carry(output).await?;
        }
        Ok(())
    }

    /// While stopping: what was begun goes on, nothing new begins.
    async fn carry_started(&mut self) -> Result<(), StoreError> {
        while let Some(output) = self.engine.poll_started() {
            self.carry(output).await?;
        }
        Ok(())
    }

    async fn carry(&mut self, output: Output) -> Result<(), StoreError> {
        match output {
            Output::Read { change_id, .. } => self.spawn(move |runtime| async move {
                errand::read_for(&runtime, change_id).await.map(|input| (input, None))
            }),
            Output::Prepare { change_id, baseline } => self.spawn(move |runtime| async move {
                errand::prepare(&runtime, change_id, baseline).await
            }),
            Output::Send { change_id, attempt_id } => self.send(change_id, &attempt_id),
            Output::Store { change_id, event } => self.spawn(move |runtime| async move {
                errand::store(&runtime, change_id, event).await.map(|input| (input, None))
            }),
            Output::Plan { change_id, next, last_error } => {
                self.note_plan(change_id, Plan { next_attempt_at: next, last_error }).await?;
            }
            Output::PauseAccount { account_id, why } => {
                errand::pause(&self.runtime, account_id, why).await?;
            }
            Output::Released { .. } => self.offer().await?,
        }
        Ok(())
    }

    fn send(&mut self, change_id: ChangeId, attempt_id: &AttemptId) {
        // Without its bytes an attempt cannot be sent; it stays open and is in doubt at the next
        // start, which is the careful reading of a stored attempt.
        let Some(prepared) = self.prepared.remove(attempt_id) else { return };
        self.spawn(move |runtime| async move {
            errand::send(&runtime, change_id, prepared).await.map(|input| (input, None))
        });
    }

    fn spawn<F, Fut>(&self, errand: F)
    where
        F: FnOnce(Runtime) -> Fut,
        Fut: Future<Output = Result<(Input, Option<Prepared>), StoreError>> + Send + 'static,
    {
        let answers = self.answers.clone();
        let errand = errand(self.runtime.clone());
        tokio::spawn(async move {
            // A drainer that has ended no longer listens; the store holds what counts.
            let _ = answers.send(errand.await);
        });
    }

    async fn note_plan(&self, change_id: ChangeId, plan: Plan) -> Result<(), StoreError> {
        let id = change_id.clone();
        let write = self.runtime.blocking(move |runtime| {
            runtime.store().write(move |connection| outbox::set_plan(connection, &id, &plan))
        });
        write.await?;
        self.runtime.notify(Notice::Change(change_id));
        Ok(())
    }

    async fn look_if_changed(&mut self, until: Until) -> Result<(), StoreError> {
        let revision = self.runtime.blocking(|runtime| runtime.store().revision()).await?;
        if revision == self.revision {
            return Ok(());
        }
        self.runtime.notify(Notice::Everything);
        self.look(until).await
    }

    /// Takes over what staff, other processes or the store's settings changed.
    async fn look(&mut self, until: Until) -> Result<(), StoreError> {
        let now = self.runtime.now();
        let known = self.revision;
        let seen = self.runtime.blocking(move |runtime| see(runtime, known)).await?;
        self.revision = seen.revision;
        self.engine.handle(Input::OnPurpose(seen.on_purpose), now);
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
        for change_id in seen.retried {
            self.engine.handle(Input::Nudge(change_id), now);
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

    async fn offer(&mut self) -> Result<(), StoreError> {
        let works = self.runtime.blocking(|runtime| {
            let heads =
                runtime.store().read(|connection| outbox::runnable(connection, MOST_OFFERED))?;
            heads.iter().map(|change_id| errand::work(runtime.store(), change_id)).collect()
        });
        let works: Vec<counterfoil_core::engine::Work> = works.await?;
        let now = self.runtime.now();
        for work in works {
            self.touched.insert(work.change.change_id.clone());
            self.engine.handle(Input::Offered(Box::new(work)), now);
        }
        Ok(())
    }

    async fn report(&self) -> Result<DrainReport, StoreError> {
        let touched = self.touched.clone();
        let attempts = self.attempts;
        let read = self.runtime.blocking(move |runtime| {
            runtime.store().read(|connection| {
                let state = |id: &ChangeId| change::get(connection, id).map(|change| change.state);
                let touched = touched.iter().map(state).collect::<Result<_, _>>()?;
                let accounts = account::all(connection)?;
                let paused = accounts.into_iter().filter(|account| account.paused.is_some());
                let paused = paused.map(|account| account.name).collect();
                Ok(DrainReport { touched, attempts, paused })
            })
        });
        read.await
    }
}

struct Seen {
    revision: i64,
    on_purpose: bool,
    accounts: Vec<(counterfoil_core::id::AccountId, bool)>,
    retried: Vec<ChangeId>,
}

/// `known` is the revision seen last; 0 at the first look, when nothing waits in the engine yet.
fn see(runtime: &Runtime, known: i64) -> Result<Seen, StoreError> {
    let revision = runtime.store().revision()?;
    runtime.store().read(|connection| {
        let on_purpose = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?;
        let accounts = account::all(connection)?;
        let retried = match known {
            0 => Vec::new(),
            _ => audit_entry::retried_after(connection, known)?,
        };
        Ok(Seen {
            revision,
            retried,
            on_purpose: on_purpose.as_deref() == Some("true"),
            accounts: accounts
                .into_iter()
                .map(|account| (account.account_id, account.paused.is_some()))
                .collect(),
        })
    })
}

async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone cannot ask any more: wait for ever, the run has its own end.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
