//! The engine: what happens next to every open change, and why. Sans-IO: time and what the world
//! answered go in as [`Input`]; what the shell must do comes out as [`Output`].
//!
//! The shell's part of the bargain: it carries out each output once and feeds the answer back.
//! [`Output::Send`] only ever comes after the shell said that the attempt is stored.
//!
//! **Where to start:** [`Engine::handle`] and [`Engine::poll`] in `run.rs`; the judgements that
//! decide about money are the small pure functions of `judge.rs`.

mod judge;
mod run;
mod schedule;
#[cfg(test)]
mod tests;

pub use judge::{BeforeSending, DoubtVerdict, judge_before_sending, judge_doubt};
pub use run::Engine;
pub use schedule::Policy;

use crate::answer::{ReadEnd, SendEnd};
use crate::capability::RepeatSafety;
use crate::change::{Change, Event};
use crate::id::{AccountId, AttemptId, ChangeId};
use crate::moment::Moment;
use crate::payment::Base;

/// One change as the store has it, with what its connector says about repeating it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The change.
    pub change: Change,
    /// What may be done again after a lost answer, judged on the newest baseline.
    pub safety: RepeatSafety,
    /// How long the provider may take until an effect shows, milliseconds.
    pub settle_ms: i64,
}

/// What the world says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The store has this to deliver: the head of a payment's lane, or a change that waits for
    /// the customer.
    Offered(Box<Work>),
    /// What was to be stored is durable; the change as it is now.
    Stored(Box<Work>),
    /// Somebody else moved the change on (withdrew, resolved): forget it.
    Gone(ChangeId),
    /// A read ended. `refusal` says why the payment as read can no longer take the change.
    ReadDone {
        /// For which change.
        change_id: ChangeId,
        /// What it brought.
        end: ReadEnd,
        /// The connector's check on the fresh facts.
        refusal: Option<String>,
    },
    /// A send ended.
    SendDone {
        /// For which change.
        change_id: ChangeId,
        /// Which attempt.
        attempt_id: AttemptId,
        /// What it means.
        end: SendEnd,
        /// HTTP status, where there was one.
        http_status: Option<u16>,
    },
    /// The secrets of the account cannot be read now: nothing was sent.
    SecretsClosed {
        /// For which change.
        change_id: ChangeId,
        /// Why.
        why: String,
    },
    /// Staff work offline on purpose, or no longer.
    OnPurpose(bool),
    /// Try this one now instead of later.
    Nudge(ChangeId),
    /// The account is paused: nothing is sent for it.
    Paused(AccountId),
    /// The account is no longer paused: its credentials were replaced or tested.
    Unpaused(AccountId),
}

/// Why a payment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWhy {
    /// It waited: is the payment still what the person saw?
    BeforeSending,
    /// The answer was lost: is the effect there?
    Doubt,
    /// Has the customer acted?
    Customer,
    /// It was applied: take over the new facts.
    Confirm,
}

/// What the shell must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Read the payment and answer with [`Input::ReadDone`].
    Read {
        /// For which change.
        change_id: ChangeId,
        /// Why.
        why: ReadWhy,
    },
    /// Make the bytes, store [`Event::AttemptStarted`] with their digest and this baseline with
    /// full sync, and answer with [`Input::Stored`]. Nothing is sent yet.
    Prepare {
        /// For which change.
        change_id: ChangeId,
        /// The payment as just read; none for a start.
        baseline: Option<Base>,
    },
    /// The attempt is stored: send the bytes and answer with [`Input::SendDone`].
    Send {
        /// For which change.
        change_id: ChangeId,
        /// Which attempt.
        attempt_id: AttemptId,
    },
    /// Store this event with full sync and answer with [`Input::Stored`].
    Store {
        /// For which change.
        change_id: ChangeId,
        /// What happened.
        event: Event,
    },
    /// Note when it goes on and what went wrong last, for people to see. No answer.
    Plan {
        /// For which change.
        change_id: ChangeId,
        /// When; none where a person must act.
        next: Option<Moment>,
        /// What went wrong last.
        last_error: Option<String>,
    },
    /// The provider does not accept the credentials: pause the account. No answer.
    PauseAccount {
        /// Which.
        account_id: AccountId,
        /// The provider's words.
        why: String,
    },
    /// The engine has let go of it: offer the next of its lane. No answer.
    Released {
        /// Which.
        change_id: ChangeId,
    },
}

/// Why nothing happens to a change until some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitWhy {
    /// Its turn comes.
    Turn,
    /// The last try failed or the provider asked to wait.
    Retry,
    /// An effect may still show.
    Settle,
    /// The customer must act.
    Customer,
    /// A person must decide.
    Person,
}

/// Whether the engine has anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Something is under way or could start now.
    Busy,
    /// Nothing moves before this moment.
    Until(Moment),
    /// Nothing moves without a person, the customer or new work.
    Idle,
}
