//! Sending: once by hand (`sync`), or all the time while a window is open.

use std::time::{Duration, Instant};

use counterfoil_core::change::State;
use counterfoil_runtime::{DrainEnd, DrainReport, NotNow, Runtime, Until};
use counterfoil_store::table::{change, outbox};
use serde::Serialize;
use tokio::sync::watch;

use crate::call::Entry;
use crate::desk::Desk;
use crate::listen::keep_listening;
use crate::seat::Seat;
use crate::{Fault, FaultCode};

/// How long to wait before trying again for the right to send, or after the store failed.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// How long at most, where each try asks the keyring.
const TRY_AGAIN_AT_MOST: Duration = Duration::from_secs(30);

/// What a run did: counts of the changes it touched by the state they are in now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Taken by the provider.
    pub applied: u32,
    /// Refused by the provider.
    pub declined: u32,
    /// Sent, outcome not known.
    pub in_doubt: u32,
    /// Waiting for the customer.
    pub needs_customer: u32,
    /// Waiting for a person to settle a difference.
    pub conflict: u32,
    /// Still waiting to be sent, touched or not.
    pub queued: u32,
    /// Attempts started in this run.
    pub attempts: u32,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Accounts paused because their credentials were refused.
    pub paused_accounts: Vec<String>,
    /// Still waiting for a second person, touched or not.
    pub awaiting_approval: u32,
    /// Why changes still wait to be sent, each reason once.
    pub waiting_because: Vec<String>,
}

/// A drainer in the background. Dropping it asks it to finish.
pub struct Draining {
    stop: watch::Sender<bool>,
    ended: Option<tokio::task::JoinHandle<()>>,
}

impl Draining {
    /// Finishes what is under way and ends. Blocks.
    pub fn finish(mut self, handle: &tokio::runtime::Handle) {
        self.ask_to_stop();
        if let Some(ended) = self.ended.take() {
            // A panic there was reported where it happened; there is nothing left to finish.
            let _ = handle.block_on(ended);
        }
    }

    fn ask_to_stop(&self) {
        let _ = self.stop.send(true);
    }
}

impl Drop for Draining {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}

impl Desk {
    /// Drains until nothing can move without a person, or without time passing beyond
    /// `deadline`.
    ///
    /// # Errors
    /// Not allowed, another process holds the right to send, or the store fails.
    pub fn sync_until_idle(&self, seat: &Seat, deadline: Duration) -> Result<SyncReport, Fault> {
        let (_stop, stopped) = watch::channel(false);
        self.sync_until_idle_or_stopped(seat, deadline, stopped)
    }

    /// As [`Desk::sync_until_idle`], but begins nothing new once `stopped` turns true: what is
    /// under way is finished, what waits stays queued.
    ///
    /// # Errors
    /// As there.
    pub fn sync_until_idle_or_stopped(
        &self,
        seat: &Seat,
        deadline: Duration,
        stopped: watch::Receiver<bool>,
    ) -> Result<SyncReport, Fault> {
        self.admit_entry(seat, Entry::SyncUntilIdle)?;
        let began = Instant::now();
        let millis = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX);
        let until = Until::Idle { deadline: self.runtime.now().plus_millis(millis) };
        let ended = self.runtime.handle().block_on(self.runtime.drain(until, stopped))?;
        let (report, waiting) = match ended {
            DrainEnd::Done(report) => (report, None),
            DrainEnd::HeldElsewhere => return Err(held_elsewhere()),
            // A keyring that is closed is no refusal: what waits is kept, and it is said why.
            DrainEnd::NotNow(NotNow::KeyringClosed { why }) => (DrainReport::default(), Some(why)),
            DrainEnd::NotNow(not_now) => return Err(of_not_now(not_now)),
        };
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut report = self.sync_report(&report, elapsed)?;
        report.waiting_because.extend(waiting.filter(|_| report.queued > 0));
        Ok(report)
    }

    /// Keeps draining in the background. While another process holds the right to send, it
    /// waits for its turn.
    ///
    /// # Errors
    /// Nobody at this seat may send, or nothing may be sent from this folder.
    pub fn sync_watch(&self, seat: &Seat) -> Result<Draining, Fault> {
        self.admit_entry(seat, Entry::SyncWatch)?;
        match self.runtime.look_at_the_fence()? {
            Err(NotNow::AnotherTill(why)) => Err(of_not_now(NotNow::AnotherTill(why))),
            Ok(()) | Err(NotNow::KeyringClosed { .. } | NotNow::NotSetUp) => {
                Ok(self.drain_in_background())
            }
        }
    }

    /// Drains as long as the window is open: what staff asked for goes out whoever sits there. It
    /// listens for callbacks too, where and while the settings say so.
    #[must_use]
    pub fn drain_while_open(&self) -> Draining {
        let (stop, stopped) = watch::channel(false);
        if self.rescue().is_some() {
            return Draining { stop, ended: None };
        }
        let runtime = self.runtime.clone();
        let listening = keep_listening(self.clone(), stopped.clone());
        let ended = self.runtime.handle().spawn(async move {
            tokio::join!(keep_going(runtime, stopped), listening);
        });
        Draining { stop, ended: Some(ended) }
    }

    fn drain_in_background(&self) -> Draining {
        let (stop, stopped) = watch::channel(false);
        if self.rescue().is_some() {
            return Draining { stop, ended: None };
        }
        let runtime = self.runtime.clone();
        let ended = self.runtime.handle().spawn(keep_going(runtime, stopped));
        Draining { stop, ended: Some(ended) }
    }

    fn sync_report(&self, report: &DrainReport, elapsed_ms: u64) -> Result<SyncReport, Fault> {
        let count = |wanted: State| {
            let many = report.touched.iter().filter(|state| **state == wanted).count();
            u32::try_from(many).unwrap_or(u32::MAX)
        };
        let open = self.read(change::open_by_state)?;
        let waiting = |wanted: State| {
            let of_it = open.iter().filter(|(state, ..)| *state == wanted);
            of_it.map(|(_, many, _)| many).sum()
        };
        Ok(SyncReport {
            applied: count(State::Applied),
            declined: count(State::Declined),
            in_doubt: count(State::InDoubt),
            needs_customer: count(State::NeedsCustomer),
            conflict: count(State::Conflict),
            queued: waiting(State::Queued),
            awaiting_approval: waiting(State::AwaitingApproval),
            waiting_because: self.read(outbox::reasons)?,
            attempts: report.attempts,
            elapsed_ms,
            paused_accounts: report.paused.clone(),
        })
    }
}

fn held_elsewhere() -> Fault {
    let words = "another process on this till holds the right to send: close the other window or \
                 command, or let it send";
    Fault::new(FaultCode::HeldElsewhere, words)
}

/// Says what shows that nothing may be sent from this folder.
fn of_not_now(not_now: NotNow) -> Fault {
    match not_now {
        NotNow::AnotherTill(why) => {
            let mut fault = Fault::new(FaultCode::HeldElsewhere, why.words());
            fault.retry = false;
            fault.with("why", why.word())
        }
        NotNow::KeyringClosed { why } => Fault::new(FaultCode::Keyring, why),
        NotNow::NotSetUp => Fault::new(FaultCode::FirstRun, "set up the store first"),
    }
}

/// Sends, keeps notices true meanwhile, and erases what was kept long enough.
async fn keep_going(runtime: Runtime, stopped: watch::Receiver<bool>) {
    let noticing = runtime.clone();
    let sweeping = runtime.clone();
    tokio::join!(
        keep_draining(runtime, stopped.clone()),
        noticing.keep_notices(stopped.clone()),
        sweeping.keep_swept(stopped),
    );
}

async fn keep_draining(runtime: Runtime, mut stopped: watch::Receiver<bool>) {
    let mut pause = TRY_AGAIN;
    while !*stopped.borrow() {
        match runtime.drain(Until::Stopped, stopped.clone()).await {
            Ok(DrainEnd::Done(_)) => return,
            Ok(DrainEnd::HeldElsewhere | DrainEnd::NotNow(NotNow::NotSetUp)) => pause = TRY_AGAIN,
            Ok(DrainEnd::NotNow(NotNow::AnotherTill(_) | NotNow::KeyringClosed { .. })) => {
                pause = pause.saturating_mul(2).min(TRY_AGAIN_AT_MOST);
            }
            Err(error) => {
                tracing::error!(%error, "sending stopped because the store failed");
                pause = TRY_AGAIN;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}
