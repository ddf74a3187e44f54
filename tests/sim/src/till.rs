//! A till: the engine, its disk, the rows folded from it, its clocks, and what its people know.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_core::clock::{Mark, Readings};
use counterfoil_core::engine::{Engine, Policy, Work};
use counterfoil_core::id::{AccountId, AttemptId, ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentFacts;

use crate::approvals::People;
use crate::connector;
use crate::disk::Disk;
use crate::provider::Kind;
use crate::real::{Sent, Setup};
use crate::rows::Rows;

/// What every till of a schedule goes by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How the engine paces itself.
    pub policy: Policy,
    /// How long a provider may take to show an effect, milliseconds.
    pub settle_ms: i64,
    /// How long an answer may take, milliseconds.
    pub timeout_ms: i64,
    /// Least time between two requests to an account, milliseconds.
    pub spacing_ms: Vec<i64>,
    /// How long each provider recognises a key, milliseconds.
    pub retention_ms: Vec<i64>,
    /// What each provider is like.
    pub kinds: Vec<Kind>,
    /// How a till is set up for each that is real.
    pub setups: Vec<Option<Setup>>,
}

impl Rules {
    /// How a till is set up for an account with a real provider.
    pub fn setup(&self, account: usize) -> Option<&Setup> {
        self.setups.get(account)?.as_ref()
    }
}

/// The bytes of an attempt that is to be sent.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The body.
    pub body: String,
    /// The key.
    pub key: Option<String>,
    /// What a real connector made.
    pub real: Option<Box<Sent>>,
}

/// A till.
pub struct Till {
    /// Its place.
    pub place: usize,
    /// Starts of its program so far: what belongs to an earlier one is not heard.
    pub epoch: u32,
    /// False between a crash and the next start.
    pub up: bool,
    /// Nothing happens on it before this moment, true milliseconds.
    pub asleep_until: i64,
    /// The engine.
    pub engine: Engine,
    /// The disk.
    pub disk: Disk,
    /// What the disk says, folded.
    pub rows: Rows,
    /// The payments as last read.
    pub facts: BTreeMap<PaymentId, PaymentFacts>,
    /// Its people, their keys and whether they are here.
    pub people: People,
    /// Bytes made and not yet sent.
    pub prepared: BTreeMap<AttemptId, Prepared>,
    /// The keyring cannot be read.
    pub keyring_closed: bool,
    /// True while a sync is planned.
    pub sync_planned: bool,
    /// The newest planned wake-up: earlier ones are void.
    pub wake: u64,
    wall_ahead: i64,
    boot: Arc<str>,
    boots: u32,
    boot_at: i64,
    mark: Mark,
    changes: u32,
    attempts: u32,
}

impl Till {
    /// A till that was just set up.
    pub fn new(place: usize, policy: Policy, now: i64) -> Self {
        let boot: Arc<str> = Arc::from("boot-0");
        let wall = Moment::from_millis(now);
        let readings = Readings { wall, boot_ms: 0, awake_ms: 0, boot: boot.clone() };
        let (mark, _) = Mark::open(None, None, &readings);
        Self {
            place,
            epoch: 0,
            up: true,
            asleep_until: 0,
            engine: Engine::new(policy),
            disk: Disk::default(),
            rows: Rows::default(),
            facts: BTreeMap::new(),
            people: People::of(place),
            prepared: BTreeMap::new(),
            keyring_closed: false,
            sync_planned: false,
            wake: 0,
            wall_ahead: 0,
            boot,
            boots: 0,
            boot_at: now,
            mark,
            changes: 0,
            attempts: 0,
        }
    }

    fn readings(&self, now: i64) -> Readings {
        let boot_ms = now - self.boot_at;
        let wall = Moment::from_millis(now + self.wall_ahead);
        Readings { wall, boot_ms, awake_ms: boot_ms, boot: self.boot.clone() }
    }

    /// The time as the clock guard has it: what every rule on this till goes by.
    pub fn clock(&self, now: i64) -> Moment {
        self.mark.trusted(&self.readings(now))
    }

    /// From a moment of this till to true milliseconds.
    pub fn true_time(&self, at: Moment, now: i64) -> i64 {
        now.saturating_add(at.as_millis().saturating_sub(self.clock(now).as_millis()))
    }

    /// Somebody sets the wall clock.
    pub fn set_wall(&mut self, ahead: i64) {
        self.wall_ahead = ahead;
    }

    /// The program ends. What is not durable is lost.
    pub fn crash(&mut self) {
        self.up = false;
        self.epoch += 1;
        self.sync_planned = false;
        self.disk.crash();
        self.prepared.clear();
    }

    /// The program starts on what is durable; after a power cut the machine started too.
    pub fn start(&mut self, policy: Policy, new_boot: bool, now: i64) {
        self.rows = self.disk.fold();
        self.engine = Engine::new(policy);
        self.up = true;
        if new_boot {
            self.boots += 1;
            self.boot = Arc::from(format!("boot-{}", self.boots));
            self.boot_at = now;
        }
        let newest = self.rows.rows.values().map(|row| row.change.changed_at).max();
        let (mark, _) = Mark::open(Some(self.mark.clone()), newest, &self.readings(now));
        self.mark = mark;
    }

    /// A new change's id.
    pub fn next_change(&mut self) -> ChangeId {
        self.changes += 1;
        ChangeId::parse(&format!("c{}-{:02}", self.place, self.changes)).expect("plain text")
    }

    /// A new attempt's id.
    pub fn next_attempt(&mut self) -> AttemptId {
        self.attempts += 1;
        AttemptId::parse(&format!("a{}-{:02}", self.place, self.attempts)).expect("plain text")
    }

    /// A change as the engine takes it.
    pub fn work(&self, id: &ChangeId, rules: &Rules) -> Option<Work> {
        let row = self.rows.rows.get(id)?;
        let change = row.change.clone();
        let account = account_place(&change.account_id);
        let kind = rules.kinds.get(account).copied()?;
        let newest = change.attempts.last().and_then(|attempt| attempt.baseline.as_ref());
        let baseline = newest.or(change.base.as_ref());
        let safety = match rules.setup(account) {
            Some(setup) => setup.safety(&change.command, baseline),
            None => connector::safety(kind, &change.command, baseline),
        };
        let keyed = kind == Kind::Keyed || kind.real().is_some();
        let retention = rules.retention_ms.get(account).copied().filter(|_| keyed).unwrap_or(0);
        Some(Work {
            safety,
            settle_ms: rules.settle_ms,
            key_retention_ms: retention,
            counted_from: self.mark.counted_from(),
            condition_ends: change.only_if.as_ref().map(|_| {
                let since = change.requested_at.max(self.mark.counted_from());
                since.plus_millis(rules.settle_ms)
            }),
            approval: self.standing(&change, rules),
            spacing_ms: rules.spacing_ms.get(account).copied().unwrap_or(0),
            tries: row.out.as_ref().map_or(0, |out| out.plan.tries),
            change,
        })
    }
}

/// The id of an account.
pub fn account_id(place: usize) -> AccountId {
    AccountId::parse(&format!("acc{place}")).expect("plain text")
}

/// The place of an account.
pub fn account_place(id: &AccountId) -> usize {
    id.as_str().trim_start_matches("acc").parse().unwrap_or(0)
}
