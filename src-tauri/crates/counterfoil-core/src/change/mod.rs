//! The life of a change: an append-only list of events, and the state as a fold over it.
//!
//! ```text
//! AwaitingApproval → Queued | Rejected | Withdrawn | Expired
//! Queued → Sending | Withdrawn | Expired | Conflict | AwaitingApproval (its approval is void)
//! Sending → Applied | Declined | NeedsCustomer | InDoubt | Queued (nothing left, or a no for now)
//! NeedsCustomer → Applied | Expired
//! InDoubt → Applied | Declined (what was accepted came to nothing) | Queued (proved not applied)
//!         | Sending (the same key and bytes once more)
//! Conflict → Queued | AwaitingApproval (on a new base) | Withdrawn
//! ```
//! An event that does not fit the state is a typed error, never a panic: see [`Illegal`].

mod event;
mod form;
mod state;
#[cfg(test)]
mod tests;

pub use event::{Condition, ConditionSeen, Event, Finding};
pub use state::State;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::answer::{SendEnd, SendRecord};
use crate::approval::{Operation, Seal, operation_digest, statement};
use crate::audit::sha256_hex;
use crate::command::Command;
use crate::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId};
use crate::moment::Moment;
use crate::payment::Base;
use crate::reconcile::base_after;
/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it was stored.
    pub at: Moment,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

/// One sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub attempt_id: AttemptId,
    /// When it was stored, before the first byte.
    pub started_at: Moment,
    /// When its end was stored.
    pub ended_at: Option<Moment>,
    /// The bytes, by digest.
    pub record: SendRecord,
    /// The payment as read right before.
    pub baseline: Option<Base>,
    /// How it ended.
    pub end: Option<SendEnd>,
    /// HTTP status.
    pub http_status: Option<u16>,
    /// The provider's own name for the exchange.
    pub correlation_id: Option<String>,
}

/// A read of a doubt that proved nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When it was stored.
    pub at: Moment,
    /// The payment as read.
    pub now: Base,
    /// Why it proves nothing.
    pub why: String,
}

/// A change: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub change_id: ChangeId,
    /// The account.
    pub account_id: AccountId,
    /// The payment; none for a start until it is applied.
    pub payment_id: Option<PaymentId>,
    /// What is asked for.
    pub command: Command,
    /// What must show elsewhere before it is sent.
    pub only_if: Option<Condition>,
    /// What approvals name: the payment as seen at the decision, not moved by own changes.
    pub decided_on: Option<Base>,
    /// The payment as expected before sending: the decision base moved by own applied changes.
    pub base: Option<Base>,
    /// Where it stands.
    pub state: State,
    /// Who asked.
    pub requested_by: StaffId,
    /// When.
    pub requested_at: Moment,
    /// When the newest event was stored.
    pub changed_at: Moment,
    /// True where a second person must agree to it on its present base.
    pub needs_second: bool,
    /// Who agreed.
    pub approved_by: Vec<StaffId>,
    /// What the newest of them gave; none where none did, or it was before approvals were signed.
    pub seal: Option<Seal>,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// Readings that proved nothing, oldest first.
    pub readings: Vec<Reading>,
    /// Where the customer must act; kept after the customer has acted.
    pub redirect_url: Option<String>,
    /// The payment as last read for a conflict or a doubt.
    pub provider_now: Option<Base>,
    /// The later adjustment that took its place before anything was sent.
    pub superseded_by: Option<ChangeId>,
    /// Why the till took it back by itself, where it did.
    pub lapsed: Option<String>,
    /// Why it stands where it stands, where somebody or the provider said so.
    pub why: Option<String>,
    /// How many events are folded in.
    pub events: u32,
    /// How many attempts were made on an earlier base: their key and bytes bind no more.
    attempts_before_base: usize,
    /// True while nobody knows what became of an attempt: a repetition that had no effect of its
    /// own says nothing about it.
    unsettled: bool,
    /// The nonces of all approvals so far: each counts once.
    nonces: Vec<String>,
}

/// An event that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Illegal {
    /// Not possible from this state.
    #[error("{event} is not possible while {}", state.word())]
    FromState {
        /// The event.
        event: &'static str,
        /// The state.
        state: State,
    },
    /// The first event is not the request, or a later one is.
    #[error("a change begins with its request and has only one")]
    Beginning,
    /// No such attempt is under way.
    #[error("this attempt is not under way")]
    OtherAttempt,
    /// An attempt under an idempotency key with another key or other bytes than the first one.
    #[error("a keyed change is sent again only with the same key and the same bytes")]
    OtherBytes,
    /// The approval names another operation.
    #[error("the approval names another operation")]
    OtherOperation,
    /// The approval was given before, and counts once.
    #[error("this approval was given before; each counts once")]
    Replayed,
    /// Requester and approver are one person, or the two deciders are.
    #[error("two different people are needed")]
    SamePerson,
}

impl Change {
    /// Folds a whole log.
    ///
    /// # Errors
    /// [`Illegal`] at the first event that does not fit.
    pub fn fold(change_id: &ChangeId, log: &[Recorded]) -> Result<Self, Illegal> {
        let (first, rest) = log.split_first().ok_or(Illegal::Beginning)?;
        let mut change = Self::begin(change_id, first)?;
        for recorded in rest {
            change.take(recorded)?;
        }
        Ok(change)
    }

    /// A change from its request.
    ///
    /// # Errors
    /// [`Illegal::Beginning`] for any other event.
    pub fn begin(change_id: &ChangeId, first: &Recorded) -> Result<Self, Illegal> {
        use Event::Requested;
        let Requested { account_id, payment_id, command, base, by, needs_approval, only_if } =
            &first.event
        else {
            return Err(Illegal::Beginning);
        };
        Ok(Self {
            change_id: change_id.clone(),
            account_id: account_id.clone(),
            payment_id: payment_id.clone(),
            command: command.clone(),
            only_if: only_if.as_deref().cloned(),
            decided_on: base.clone(),
            base: base.clone(),
            state: after_decision(*needs_approval),
            requested_by: by.clone(),
            requested_at: first.at,
            changed_at: first.at,
            needs_second: *needs_approval,
            approved_by: Vec::new(),
            seal: None,
            attempts: Vec::new(),
            redirect_url: None,
            provider_now: None,
            why: None,
            events: 1,
            readings: Vec::new(),
            superseded_by: None,
            lapsed: None,
            attempts_before_base: 0,
            unsettled: false,
            nonces: Vec::new(),
        })
    }

    /// Takes one more event. On an error nothing has changed.
    ///
    /// # Errors
    /// [`Illegal`] when the event does not fit.
    pub fn take(&mut self, recorded: &Recorded) -> Result<(), Illegal> {
        let state = self.next_state(&recorded.event)?;
        self.note(&recorded.event, recorded.at);
        self.state = state;
        // A doubt ends only by an answer, a proof or a decision.
        self.unsettled = match state {
            State::InDoubt => true,
            State::Sending => self.unsettled,
            State::AwaitingApproval
            | State::Rejected
            | State::Queued
            | State::Applied
            | State::Declined
            | State::NeedsCustomer
            | State::Conflict
            | State::Expired
            | State::Withdrawn => false,
        };
        self.changed_at = recorded.at;
        self.events = self.events.saturating_add(1);
        Ok(())
    }

    /// The attempt under way.
    #[must_use]
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.ended_at.is_none())
    }

    /// The first sending of this operation under an idempotency key. Every later one carries the
    /// same key and the same bytes, until a person puts the change on a new base.
    #[must_use]
    pub fn keyed(&self) -> Option<&Attempt> {
        let ours = self.attempts.iter().skip(self.attempts_before_base);
        ours.into_iter().find(|attempt| attempt.record.key.is_some())
    }

    /// Under which reference the provider is still at it, where it has accepted the newest attempt
    /// and not ended it yet.
    #[must_use]
    pub fn accepted_ref(&self) -> Option<&str> {
        if self.state != State::InDoubt {
            return None;
        }
        match self.attempts.last()?.end.as_ref()? {
            SendEnd::Accepted { effect_ref } => Some(effect_ref),
            SendEnd::Applied { .. }
            | SendEnd::NeedsCustomer { .. }
            | SendEnd::Refused { .. }
            | SendEnd::RefusedForNow { .. }
            | SendEnd::CredentialsRefused { .. }
            | SendEnd::NeverLeft { .. }
            | SendEnd::Unknown { .. } => None,
        }
    }

    /// The idempotency key of every sending on the present base: the change's id, the same from the
    /// moment of decision on. What a person put on a new base after it had been sent is another
    /// request, and so goes out under another key (A-WEP-03).
    #[must_use]
    pub fn key(&self) -> String {
        match self.attempts_before_base {
            0 => self.change_id.to_string(),
            many => format!("{}.{many}", self.change_id),
        }
    }

    /// What an approval of this change is about.
    #[must_use]
    pub fn what(&self) -> Operation<'_> {
        Operation {
            change_id: &self.change_id,
            account_id: &self.account_id,
            payment_id: self.payment_id.as_ref(),
            command: &self.command,
            only_if: self.only_if.as_ref(),
            base: self.decided_on.as_ref(),
            requested_by: &self.requested_by,
        }
    }

    /// The digest of what is asked for, with every text in it.
    #[must_use]
    pub fn operation(&self) -> String {
        operation_digest(&self.what())
    }

    /// The text that this person signed with this seal, were it given for the change as it is.
    /// Its texts stand in it as the digest that the seal carries.
    #[must_use]
    pub fn statement(&self, seal: &Seal, approver: &StaffId) -> String {
        statement(&self.what(), &seal.place(), &seal.texts, &seal.terms(approver))
    }

    /// The one exhaustive table of transitions.
    fn next_state(&self, event: &Event) -> Result<State, Illegal> {
        use State::{
            Applied, AwaitingApproval, Conflict, Declined, Expired, InDoubt, NeedsCustomer, Queued,
            Rejected, Sending, Withdrawn,
        };
        let from = |states: &[State], to: State| {
            let fits = states.contains(&self.state);
            fits.then_some(to).ok_or(Illegal::FromState { event: event.word(), state: self.state })
        };
        match event {
            Event::Requested { .. } => Err(Illegal::Beginning),
            Event::Approved { by, operation, seal } => {
                let to = from(&[AwaitingApproval], Queued)?;
                self.check_approval(by, operation, seal.as_deref())?;
                Ok(to)
            }
            Event::ApprovalVoided { .. } => {
                let states: &[State] = if self.needs_second { &[Queued] } else { &[] };
                from(states, AwaitingApproval)
            }
            Event::Rejected { .. } => from(&[AwaitingApproval], Rejected),
            Event::Withdrawn { .. } => from(&[AwaitingApproval, Queued, Conflict], Withdrawn),
            Event::Lapsed { .. } => from(&[Queued], Withdrawn),
            Event::Superseded { .. } => from(&[AwaitingApproval, Queued], Withdrawn),
            Event::BaseMoved { .. } => from(&[AwaitingApproval, Queued], self.state),
            Event::AttemptStarted { record, .. } => {
                // Out of a doubt only as a repetition that the provider recognises by its key.
                let repeats = self.keyed().is_some();
                let to = from(if repeats { &[Queued, InDoubt] } else { &[Queued] }, Sending)?;
                self.check_same_bytes(record)?;
                Ok(to)
            }
            Event::AttemptEnded { attempt_id, end, .. } => {
                let to = from(&[Sending], self.after_attempt(end))?;
                self.check_open(attempt_id)?;
                Ok(to)
            }
            Event::Interrupted { attempt_id } => {
                let to = from(&[Sending], InDoubt)?;
                self.check_open(attempt_id)?;
                Ok(to)
            }
            Event::ProvedApplied { .. } => from(&[InDoubt], Applied),
            Event::ProvedNotApplied { .. } => from(&[InDoubt], Queued),
            Event::Concluded { failed } => {
                // Only what was accepted under a reference of its own ends like this.
                let states: &[State] = if self.accepted_ref().is_some() { &[InDoubt] } else { &[] };
                from(states, if failed.is_some() { Declined } else { Applied })
            }
            Event::ReadBack { .. } => from(&[InDoubt], InDoubt),
            Event::ConflictFound { .. } => from(&[Queued], Conflict),
            Event::Rebased { needs_approval, .. } => {
                from(&[Conflict], after_decision(*needs_approval))
            }
            Event::CustomerActed { .. } => from(&[NeedsCustomer], Applied),
            Event::Expired { .. } => from(&[AwaitingApproval, Queued, NeedsCustomer], Expired),
            Event::Resolved { by, with, finding, .. } => {
                let to = from(&[InDoubt], after_finding(*finding))?;
                if by == with { Err(Illegal::SamePerson) } else { Ok(to) }
            }
        }
    }

    /// A signed approval names the digest of its statement, an older one that of the operation.
    /// The signature itself is checked when it is given and before it is sent.
    fn check_approval(
        &self,
        by: &StaffId,
        operation: &str,
        seal: Option<&Seal>,
    ) -> Result<(), Illegal> {
        if *by == self.requested_by {
            return Err(Illegal::SamePerson);
        }
        if seal.is_some_and(|seal| self.nonces.contains(&seal.nonce)) {
            return Err(Illegal::Replayed);
        }
        let named = match seal {
            Some(seal) => sha256_hex(self.statement(seal, by).as_bytes()),
            None => self.operation(),
        };
        if operation == named { Ok(()) } else { Err(Illegal::OtherOperation) }
    }

    fn check_open(&self, attempt_id: &AttemptId) -> Result<(), Illegal> {
        let open = self.open_attempt().is_some_and(|attempt| attempt.attempt_id == *attempt_id);
        if open { Ok(()) } else { Err(Illegal::OtherAttempt) }
    }

    fn after_attempt(&self, end: &SendEnd) -> State {
        match end {
            SendEnd::Applied { .. } => State::Applied,
            SendEnd::NeedsCustomer { .. } => State::NeedsCustomer,
            SendEnd::Refused { .. } => State::Declined,
            SendEnd::RefusedForNow { .. }
            | SendEnd::CredentialsRefused { .. }
            | SendEnd::NeverLeft { .. } => {
                if self.unsettled {
                    State::InDoubt
                } else {
                    State::Queued
                }
            }
            SendEnd::Accepted { .. } | SendEnd::Unknown { .. } => State::InDoubt,
        }
    }

    fn check_same_bytes(&self, record: &SendRecord) -> Result<(), Illegal> {
        let same = self.keyed().is_none_or(|first| {
            first.record.key == record.key && first.record.digest == record.digest
        });
        if same { Ok(()) } else { Err(Illegal::OtherBytes) }
    }

    /// Notes what the event brought. The state is set by [`Change::take`].
    fn note(&mut self, event: &Event, at: Moment) {
        match event {
            Event::Approved { by, seal, .. } => {
                self.approved_by.push(by.clone());
                self.nonces.extend(seal.iter().map(|seal| seal.nonce.clone()));
                self.seal = seal.as_deref().cloned();
                self.why = None;
            }
            Event::ApprovalVoided { why } => {
                self.approved_by.clear();
                self.seal = None;
                self.why = Some(why.to_string());
            }
            Event::Rejected { note, .. } => self.why.clone_from(note),
            Event::Expired { why } => self.why = Some(why.clone()),
            Event::Lapsed { why } => {
                self.why = Some(why.clone());
                self.lapsed = Some(why.clone());
            }
            Event::BaseMoved { applied, .. } => {
                self.base = self.base.as_ref().map(|base| base_after(base, applied));
            }
            Event::AttemptStarted { attempt_id, record, baseline } => {
                self.attempts.push(Attempt {
                    attempt_id: attempt_id.clone(),
                    started_at: at,
                    ended_at: None,
                    record: record.clone(),
                    baseline: baseline.clone(),
                    end: None,
                    http_status: None,
                    correlation_id: None,
                });
            }
            Event::AttemptEnded { end, http_status, correlation_id, .. } => {
                self.end_attempt(end, *http_status, at);
                if let Some(attempt) = self.attempts.last_mut() {
                    attempt.correlation_id.clone_from(correlation_id);
                }
            }
            Event::Interrupted { .. } => {
                let why = "the program ended while it was being sent".to_owned();
                self.end_attempt(&SendEnd::Unknown { why }, None, at);
            }
            Event::Concluded { failed } => {
                if let Some(message) = failed {
                    self.why = Some(message.clone());
                }
            }
            Event::ProvedApplied { now }
            | Event::ProvedNotApplied { now }
            | Event::CustomerActed { now } => self.provider_now = Some(now.clone()),
            Event::ReadBack { now, why } => {
                self.provider_now = Some(now.clone());
                self.readings.push(Reading { at, now: now.clone(), why: why.clone() });
            }
            Event::Superseded { with, .. } => {
                self.why = Some("a later adjustment took its place".to_owned());
                self.superseded_by = Some(with.clone());
            }
            Event::ConflictFound { now, why } => {
                self.provider_now = Some(now.clone());
                self.why = Some(why.clone());
            }
            Event::Rebased { base, needs_approval, .. } => self.rebase(base, *needs_approval),
            Event::Resolved { reason, .. } => self.why = Some(reason.clone()),
            Event::Requested { .. } | Event::Withdrawn { .. } => {}
        }
    }

    fn rebase(&mut self, base: &Base, needs_approval: bool) {
        self.needs_second = needs_approval;
        self.seal = None;
        self.decided_on = Some(base.clone());
        self.base = Some(base.clone());
        self.approved_by.clear();
        self.provider_now = None;
        self.why = None;
        self.attempts_before_base = self.attempts.len();
    }

    fn end_attempt(&mut self, end: &SendEnd, http_status: Option<u16>, at: Moment) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.ended_at = Some(at);
            attempt.end = Some(end.clone());
            attempt.http_status = http_status;
        }
        match end {
            SendEnd::Applied { .. } => self.why = None,
            SendEnd::Accepted { .. } => {
                self.why = Some("the provider has accepted it and is not done yet".to_owned());
            }
            SendEnd::NeedsCustomer { redirect_url } => {
                self.redirect_url = Some(redirect_url.clone());
            }
            SendEnd::Refused { message }
            | SendEnd::RefusedForNow { message, .. }
            | SendEnd::CredentialsRefused { message } => self.why = Some(message.clone()),
            SendEnd::NeverLeft { why } | SendEnd::Unknown { why } => self.why = Some(why.clone()),
        }
    }
}

fn after_decision(needs_approval: bool) -> State {
    if needs_approval { State::AwaitingApproval } else { State::Queued }
}

fn after_finding(finding: Finding) -> State {
    match finding {
        Finding::Happened => State::Applied,
        Finding::NotHappened => State::Queued,
        Finding::Wait => State::InDoubt,
    }
}
