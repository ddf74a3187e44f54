//! The reference model: what must be true of every till, told from durable events, from what
//! leaves the till and from the providers' ledgers. It shares the words of the events with the
//! engine and none of its rules: states, lanes, approvals and repeat-safety are written again here.
//!
//! **Where to start:** [`Book::durable`] (the life of a change), then `effects.rs` (money), then
//! `pace.rs` (how often, and when not at all).

mod agreed;
mod effects;
mod life;
mod pace;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_core::change::State;
use counterfoil_core::command::{Command, Kind as Wanted};
use counterfoil_core::id::{AttemptId, ChangeId, StaffId};
use counterfoil_core::payment::{Base, PaymentState};

pub use agreed::Given;
pub use pace::Pace;

use crate::orders::Order;
use crate::provider::{Effect, Kind, NOTE};
use crate::rows::Rows;
use crate::wire::Pay;

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule, in a few words that stay the same.
    pub rule: &'static str,
    /// What happened.
    pub what: String,
}

/// Where a change stands, by this model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Waits for a second person.
    Asked,
    /// May be sent.
    Ready,
    /// Bytes may be on their way.
    Out,
    /// Nobody knows.
    Doubt,
    /// The customer has a link.
    Link,
    /// A person must look.
    Clash,
    /// Done.
    Done,
    /// The provider said no.
    No,
    /// Ended by people or time, with nothing done.
    Gone,
}

/// How one sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TryEnd {
    /// Not yet.
    Open,
    /// Surely without effect.
    Nothing,
    /// Nobody knows.
    Unknown,
    /// The customer was given a link.
    Link,
    /// With a clear answer.
    Clear,
}

/// One sending.
#[derive(Debug)]
pub(crate) struct Try {
    id: AttemptId,
    key: Option<String>,
    digest: String,
    at: i64,
    left: u32,
    /// Only a person could tell whether it was obeyed, on the payment as it was then.
    person_only: bool,
    end: TryEnd,
    ledger_at: usize,
    /// The payment as read right before.
    baseline: Option<Seen>,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) kind: Wanted,
    pub(crate) minor: i64,
    pub(crate) label: String,
}

impl Want {
    pub(crate) fn of(command: &Command) -> Self {
        let money = match command {
            Command::Capture { amount, .. } => *amount,
            Command::Start { .. }
            | Command::Adjust { .. }
            | Command::Relabel { .. }
            | Command::Refund { .. }
            | Command::Cancel { .. }
            | Command::Void => command.total().or(command.refund()),
        };
        let label = match command {
            Command::Relabel { invoice, reference, description, metadata } => {
                let texts = invoice.as_ref().or(reference.as_ref()).or(description.as_ref());
                texts.or(metadata.get(NOTE))
            }
            Command::Start { .. }
            | Command::Adjust { .. }
            | Command::Refund { .. }
            | Command::Cancel { .. }
            | Command::Capture { .. }
            | Command::Void => None,
        };
        let label = label.cloned().unwrap_or_default();
        Self { kind: command.kind(), minor: money.map_or(0, |money| money.minor()), label }
    }

    /// True where doing it twice is doing it twice.
    pub(crate) fn adds(&self) -> bool {
        match self.kind {
            Wanted::Start | Wanted::Refund | Wanted::Capture | Wanted::Void => true,
            Wanted::Adjust | Wanted::Relabel | Wanted::Cancel => false,
        }
    }
}

/// A payment as somebody saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    amount: i64,
    state: PaymentState,
    /// The one text that is changed: providers differ in which it is.
    label: Option<String>,
    note: Option<String>,
    refunded: Option<i64>,
    captured: Option<i64>,
}

impl Seen {
    pub(crate) fn of(base: &Base) -> Self {
        Self {
            amount: base.amount.minor(),
            state: base.state,
            label: base
                .invoice_number
                .as_ref()
                .or(base.reference.as_ref())
                .or(base.details.description.as_ref())
                .cloned(),
            note: base.details.metadata.get(NOTE).cloned(),
            refunded: base.refunded.map(|money| money.minor()),
            captured: base.details.captured.map(|money| money.minor()),
        }
    }
}

/// A change, by this model.
#[derive(Debug)]
pub(crate) struct Entry {
    till: usize,
    id: ChangeId,
    turn: u32,
    account: usize,
    pay: Option<Pay>,
    want: Want,
    by: StaffId,
    needs: bool,
    /// What a second person gave, as far as this model knows it; none where nobody did.
    given: Option<Given>,
    told: bool,
    stand: Stand,
    /// Since when it may be sent, true milliseconds.
    ready_at: i64,
    seen: Option<Seen>,
    decided: Option<Seen>,
    tries: Vec<Try>,
    /// How many tries were made before the newest base.
    tries_before: usize,
    /// A sending went out of which nobody knows whether it was obeyed.
    unsettled: bool,
    /// A person said that nothing happened, after the newest try.
    cleared: bool,
    /// A person said that it happened.
    vouched: bool,
    effects: u32,
    signed: bool,
    /// The provider obeyed, whether or not that changed anything.
    obeyed: bool,
    /// Done by a reading that showed somebody else's equal act.
    alike: bool,
    /// The connector's word on the newest reading: it cannot take it.
    refusal: bool,
}

/// The longest a change of a steady account may wait while others are in trouble, milliseconds:
/// a few changes of its own account before it, each well below two seconds.
const LONGEST_DELAY_MS: i64 = 12_000;

/// Till and change.
pub(crate) type Key = (usize, ChangeId);

/// The reference model.
pub struct Book {
    kinds: Vec<Kind>,
    retention: Vec<i64>,
    entries: BTreeMap<Key, Entry>,
    by_attempt: BTreeMap<AttemptId, Key>,
    shown: BTreeMap<(Key, String), (Want, Option<Seen>)>,
    durable_told: BTreeSet<Key>,
    agreed: agreed::Agreed,
    ledger: Vec<Effect>,
    turns: u32,
    /// Doubts that no reading can tell apart from somebody else's equal act.
    pub indistinguishable: u32,
    /// The orders that changes wait for, as they really are.
    pub orders: BTreeMap<Key, Order>,
    /// How often each till asks.
    pub pace: Pace,
    /// An account whose line is good and whose till is left alone.
    pub steady: Option<usize>,
    /// What was broken, oldest first.
    pub violations: Vec<Violation>,
}

impl Book {
    /// An empty book about these accounts.
    pub fn new(kinds: Vec<Kind>, retention: Vec<i64>, tills: usize) -> Self {
        let pace = Pace::new(tills, kinds.len());
        Self {
            kinds,
            retention,
            entries: BTreeMap::new(),
            by_attempt: BTreeMap::new(),
            shown: BTreeMap::new(),
            durable_told: BTreeSet::new(),
            agreed: agreed::Agreed::default(),
            ledger: Vec::new(),
            turns: 0,
            indistinguishable: 0,
            orders: BTreeMap::new(),
            pace,
            steady: None,
            violations: Vec::new(),
        }
    }

    pub(crate) fn broken(&mut self, rule: &'static str, what: String) {
        self.violations.push(Violation { rule, what });
    }

    /// A person was told that this change is kept.
    pub fn told(&mut self, till: usize, id: &ChangeId) {
        let key = (till, id.clone());
        match self.entries.get_mut(&key) {
            Some(entry) => entry.told = true,
            None => self.broken("kept before it is said so", format!("till {till} {id}")),
        }
        self.durable_told.insert(key);
    }

    /// An approver was shown this operation.
    pub fn shown(
        &mut self,
        till: usize,
        id: &ChangeId,
        digest: &str,
        command: &Command,
        base: Option<&Base>,
    ) {
        let shown = (Want::of(command), base.map(Seen::of));
        self.shown.insert(((till, id.clone()), digest.to_owned()), shown);
    }

    /// The connector's word on a reading for this change.
    pub fn refusal(&mut self, till: usize, id: &ChangeId, refusal: bool) {
        if let Some(entry) = self.entries.get_mut(&(till, id.clone())) {
            entry.refusal = refusal;
        }
    }

    /// Compares the rows of a till with this model; after a restart nothing may be missing.
    pub fn compare(&mut self, till: usize, rows: &Rows, after_restart: bool) {
        let mut found = Vec::new();
        for ((of, id), entry) in &self.entries {
            if *of != till {
                continue;
            }
            match rows.rows.get(id) {
                None => found.push(("never lost", format!("till {till} {id} is gone"))),
                Some(row) if stand(row.change.state) != entry.stand => {
                    let state = row.change.state.word();
                    let own = entry.stand;
                    found.push(("one fold", format!("till {till} {id}: {state}, not {own:?}")));
                }
                Some(_) => {}
            }
        }
        if after_restart {
            let lost = self
                .durable_told
                .iter()
                .filter(|(of, id)| *of == till && !rows.rows.contains_key(id));
            found.extend(lost.map(|(_, id)| ("never lost", format!("till {till} {id}"))));
        }
        for (rule, what) in found {
            self.broken(rule, what);
        }
    }

    /// What goes on at other accounts delays no change of a steady one.
    pub fn delays(&mut self, now: i64) {
        let late = self.entries.iter().find(|(_, entry)| {
            let steady = self.steady == Some(entry.account);
            steady && entry.stand == Stand::Ready && now - entry.ready_at > LONGEST_DELAY_MS
        });
        if let Some((key, entry)) = late {
            let what = format!("{key:?} waits for {} ms", now - entry.ready_at);
            self.broken("a stuck account delays no other", what);
        }
    }

    /// How often a change had an effect, by the tags of its sendings.
    pub fn effects_of(&self, till: usize, id: &ChangeId) -> u32 {
        self.entries.get(&(till, id.clone())).map_or(0, |entry| entry.effects)
    }
}

/// The state of the fold in the words of this model.
fn stand(state: State) -> Stand {
    match state {
        State::AwaitingApproval => Stand::Asked,
        State::Queued => Stand::Ready,
        State::Sending => Stand::Out,
        State::InDoubt => Stand::Doubt,
        State::NeedsCustomer => Stand::Link,
        State::Conflict => Stand::Clash,
        State::Applied => Stand::Done,
        State::Declined => Stand::No,
        State::Rejected | State::Expired | State::Withdrawn => Stand::Gone,
    }
}
