//! The engine: what happens next to every open change, and why. Sans-IO: time and what the world
//! answered go in as [`Input`]; what the shell must do comes out as [`Output`].
//!
//! The shell's part of the bargain: it offers what is due, carries out each output once and feeds
//! the answer back. [`Output::Send`] only ever comes after the shell said that the attempt is
//! stored. What must wait is handed back with its [`Plan`]: the engine holds only what can go on
//! now or is under way, so its memory does not grow with the queue.
//!
//! **Where to start:** [`Engine::handle`] and [`Engine::poll`] in `run.rs`; the judgements that
//! decide about money are the small pure functions of `judge.rs`; whether an account may be asked
//! at all is in `gate.rs`; pauses are data in `schedule.rs`.

mod gate;
mod judge;
mod run;
mod schedule;
#[cfg(test)]
mod tests;

pub use judge::{BeforeSending, DoubtVerdict, judge_before_sending, judge_doubt, settles_at};
pub use run::Engine;
pub use schedule::{LONGEST_ASKED_MS, Policy, Schedule};

use crate::answer::{EffectState, ReadEnd, SendEnd};
use crate::approval::Standing;
use crate::capability::RepeatSafety;
use crate::change::{Change, ConditionSeen, Event};
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
    /// How long an idempotency key is trusted, milliseconds: at least a minute less than the
    /// provider keeps it, since a repetition takes its time to leave. 0 where the provider knows
    /// no keys, and where this till cannot say how old the key is.
    pub key_retention_ms: i64,
    /// From when on this till can tell how long ago something was: what was before the machine was
    /// started, or before its time was put right, may have been just now or long ago.
    pub counted_from: Moment,
    /// From when on a condition ([`Change::only_if`]) that does not hold counts as gone; none where
    /// it waits however long that takes.
    pub condition_ends: Option<Moment>,
    /// How the approval of a second person stands, where one is needed.
    pub approval: Standing,
    /// Least time between two requests to the account, milliseconds; 0: no limit.
    pub spacing_ms: i64,
    /// Tries in a row that came to nothing, from the last [`Plan`].
    pub tries: u32,
}

/// What a change waits for, kept by the shell beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When it is due again; none where only a person can move it.
    pub until: Option<Moment>,
    /// What it waits for.
    pub why: WaitWhy,
    /// Tries in a row that came to nothing.
    pub tries: u32,
    /// What went wrong last, for a person; none where nothing did.
    pub error: Option<String>,
}

/// What the world says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The store has this to deliver and it is due: the head of a payment's lane, or a change that
    /// waits for the customer.
    Offered(Box<Work>),
    /// The plan of a change is stored: the engine lets go of it.
    Parked(ChangeId),
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
    /// What the change waits for elsewhere was read.
    ConditionRead {
        /// For which change.
        change_id: ChangeId,
        /// What was seen.
        seen: ConditionSeen,
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
        /// The provider's own name for the exchange, where it gave one.
        correlation_id: Option<String>,
    },
    /// The secrets of the account cannot be read now: nothing was sent.
    SecretsClosed {
        /// For which change.
        change_id: ChangeId,
        /// Why.
        why: String,
    },
    /// What the provider had accepted ([`Change::accepted_ref`]) was read.
    EffectSeen {
        /// For which change.
        change_id: ChangeId,
        /// Where it stands.
        state: EffectState,
    },
    /// The connector cannot write this request: nothing was sent. That is a matter of this change
    /// alone; the account is not at fault.
    NotWritable {
        /// For which change.
        change_id: ChangeId,
        /// Why.
        why: String,
    },
    /// Staff work offline on purpose, or no longer.
    OnPurpose(bool),
    /// A person wants the account tried now, whatever kept it from being asked.
    Nudge(AccountId),
    /// The account is paused: nothing is sent for it.
    Paused(AccountId),
    /// The account is no longer paused: its credentials were replaced or tested.
    Unpaused(AccountId),
}

/// Why a payment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWhy {
    /// It is to be sent only if something shows elsewhere: does it?
    Condition,
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
    /// Read the payment and answer with [`Input::ReadDone`]; for a doubt about what the provider
    /// has accepted, read that and answer with [`Input::EffectSeen`], or with
    /// [`Input::ReadDone`] where it cannot be read; for a condition, read that where it says, and
    /// answer with [`Input::ConditionRead`].
    Read {
        /// For which change.
        change_id: ChangeId,
        /// Why.
        why: ReadWhy,
    },
    /// Make the bytes, store [`Event::AttemptStarted`] with their digest and this baseline with
    /// full sync, and answer with [`Input::Stored`]. Nothing is sent yet. A keyed change
    /// ([`Change::keyed`]) keeps its first key and bytes. Where its approval has become void since
    /// ([`Work::approval`], looked up once more in the same commit), no attempt is stored: a queued
    /// one takes [`Event::ApprovalVoided`] instead, for any other the answer is [`Input::Gone`].
    Prepare {
        /// For which change.
        change_id: ChangeId,
        /// How many events of it this was judged on: when it has more, store nothing and answer
        /// with [`Input::Gone`].
        judged_on: u32,
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
        /// As for [`Output::Prepare`].
        judged_on: u32,
        /// What happened.
        event: Event,
    },
    /// It must wait: store the plan and answer with [`Input::Parked`].
    Wait {
        /// For which change.
        change_id: ChangeId,
        /// Until when and why.
        plan: Plan,
    },
    /// Whether the account's provider is asked at all has changed, for people to see. No answer.
    Breaker {
        /// Which account.
        account_id: AccountId,
        /// Not asked before this moment; none: it answers.
        open_until: Option<Moment>,
        /// What went wrong; none: it answers.
        why: Option<String>,
        /// True where the provider or the way to it is at fault; false where it answers, asked to
        /// wait, or this till could not ask.
        outage: bool,
    },
    /// The provider does not accept the credentials: pause the account. No answer.
    PauseAccount {
        /// Which.
        account_id: AccountId,
        /// The provider's words.
        why: String,
    },
    /// The engine has let go of it: offer what is due now. No answer.
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

impl WaitWhy {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Turn, Self::Retry, Self::Settle, Self::Customer, Self::Person];

    /// Its word, as stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Retry => "retry",
            Self::Settle => "settle",
            Self::Customer => "customer",
            Self::Person => "person",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
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
