//! The store as the engine's body sees it: a few changes, what was stored of them, what was sent.

use std::collections::BTreeSet;

use counterfoil_core::approval::{Standing, Void};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::{Change, Event, Finding, Recorded, State};
use counterfoil_core::engine::{Input, Work};
use counterfoil_core::id::{AttemptId, ChangeId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Base;
use serde_json::{Value, json};

use crate::engine::may_say;
use crate::feed::Feed;

/// The accounts that changes belong to.
pub const ACCOUNTS: [&str; 2] = ["acc", "other"];

/// How long the made-up provider recognises a key, milliseconds.
const RETENTION_MS: i64 = 50_000;

/// One change of the queue.
pub struct Row {
    /// As it is stored.
    pub change: Change,
    /// What may be done again.
    pub safety: RepeatSafety,
    spacing_ms: i64,
    /// A proof or two people said since the last attempt that it had no effect.
    cleared: bool,
    /// The attempt under way may be sent: the one before had no effect, or its key tells.
    may_be_sent: bool,
}

impl Row {
    /// Takes an event and notes what it says about sending again.
    fn take(&mut self, recorded: &Recorded) -> bool {
        let last = self.change.attempts.last().and_then(|attempt| attempt.end.as_ref());
        let lost = last.is_some_and(|end| end.word() == "unknown");
        if self.change.take(recorded).is_err() {
            return false;
        }
        if let Event::AttemptStarted { .. } = &recorded.event {
            let keyed = self.safety == RepeatSafety::WithKey;
            self.may_be_sent = !lost || keyed || self.cleared;
            self.cleared = false;
        }
        if let Event::Resolved { finding, .. } = &recorded.event {
            self.cleared |= *finding == Finding::NotHappened;
        }
        self.cleared |= recorded.event.word() == "proved_not_applied";
        true
    }

    /// How its approval stands: told apart by what else is drawn, so that kept inputs stay what
    /// they are.
    fn standing(&self) -> Standing {
        match (self.change.needs_second, self.spacing_ms) {
            (false, _) => Standing::NotNeeded,
            (true, 1_000) => Standing::Void(Void::Left),
            (true, 0) => Standing::Holds { until: Moment::from_millis(1_050_000) },
            (true, _) => Standing::Holds { until: Moment::from_millis(i64::MAX) },
        }
    }

    /// As the shell offers it.
    pub fn work(&self, tries: u32) -> Work {
        Work {
            change: self.change.clone(),
            safety: self.safety,
            settle_ms: 10_000,
            key_retention_ms: RETENTION_MS,
            condition_ends: None,
            approval: self.standing(),
            counted_from: Moment::default(),
            spacing_ms: self.spacing_ms,
            tries,
        }
    }
}

/// All changes, and the attempts that were ever sent.
pub struct Queue {
    /// In the order they were asked for.
    pub rows: Vec<Row>,
    sent: BTreeSet<AttemptId>,
    attempts: u32,
}

impl Queue {
    /// Four changes of any kind.
    pub fn read(feed: &mut Feed<'_>) -> Self {
        let rows = (0..4).map(|number| row(number, feed)).collect();
        Self { rows, sent: BTreeSet::new(), attempts: 0 }
    }

    /// The row of a change the engine was given.
    pub fn row(&self, id: &ChangeId) -> &Row {
        self.rows.iter().find(|row| row.change.change_id == *id).expect("the engine invents none")
    }

    fn row_mut(&mut self, id: &ChangeId) -> &mut Row {
        let mut rows = self.rows.iter_mut();
        rows.find(|row| row.change.change_id == *id).expect("the engine invents none")
    }

    /// Something is about to be sent: the promises about money.
    pub fn sent(&mut self, id: &ChangeId, attempt_id: &AttemptId) {
        let row = self.row(id);
        let change = &row.change;
        let open = change.open_attempt().map(|attempt| &attempt.attempt_id);
        assert_eq!(open, Some(attempt_id), "sent without a stored attempt");
        assert!(row.may_be_sent, "sent again after a lost answer: {change:?}");
        assert!(self.sent.insert(attempt_id.clone()), "sent twice");
    }

    /// What the engine wants stored is not for a person or a missing proof to say.
    pub fn may_store(&self, id: &ChangeId, event: &Event) {
        let word = event.word();
        assert!(may_say(self.row(id).safety, event), "{word} is not the engine's to say");
    }

    /// What the engine wants stored fits the state it was judged on.
    pub fn fits(&self, id: &ChangeId, event: &Event, judged_on: u32) {
        let change = &self.row(id).change;
        if change.events == judged_on {
            let recorded = Recorded { at: Moment::from_millis(1), event: event.clone() };
            let taken = change.clone().take(&recorded);
            assert_eq!(taken, Ok(()), "{} in {:?}", event.word(), change.state);
        }
    }

    /// An attempt begins on a fresh reading where there is anything to read.
    pub fn reads_first(&self, id: &ChangeId, baseline: Option<&Base>) {
        let starts = self.row(id).change.payment_id.is_none();
        assert_eq!(baseline.is_none(), starts, "another baseline");
    }

    /// Only what waits to be sent begins, or a doubt that its key answers, and only on an approval
    /// that holds.
    pub fn may_begin(&self, id: &ChangeId, judged_on: u32, now: i64) {
        let row = self.row(id);
        let void = row.standing().void_at(Moment::from_millis(now));
        assert_eq!(void, None, "it begins although its approval is void");
        if row.change.events == judged_on {
            let keyed = row.safety == RepeatSafety::WithKey;
            let state = row.change.state;
            assert!(state == State::Queued || state == State::InDoubt && keyed, "{state:?}");
        }
    }

    /// Stores the start of an attempt and answers as the shell does.
    pub fn start_attempt(
        &mut self,
        id: &ChangeId,
        baseline: Option<Base>,
        judged_on: u32,
        now: i64,
    ) -> Input {
        self.attempts += 1;
        let keyed = self.row(id).safety == RepeatSafety::WithKey;
        let started = event(json!({
            "event": "attempt_started", "attempt_id": format!("A{}", self.attempts),
            "record": {
                "method": "POST", "path": "/v2/x/", "digest": "d",
                "key": keyed.then(|| format!("key-{id}")), "body": keyed.then_some("{}"), "at": now,
            },
            "baseline": baseline,
        }));
        self.store(id, started, judged_on, now)
    }

    /// Stores an event and answers as the shell does: where somebody else was quicker, the change
    /// is gone for the engine.
    pub fn store(&mut self, id: &ChangeId, event: Event, judged_on: u32, now: i64) -> Input {
        let row = self.row_mut(id);
        let recorded = Recorded { at: Moment::from_millis(now), event };
        if row.change.events != judged_on || !row.take(&recorded) {
            return Input::Gone(id.clone());
        }
        Input::Stored(Box::new(row.work(0)))
    }

    /// A person acts on a change; none where that was not possible.
    pub fn act(&mut self, feed: &mut Feed<'_>, now: i64) -> Option<ChangeId> {
        let at = feed.below(self.rows.len());
        let row = &mut self.rows[at];
        let now_base = json!(row.change.base);
        let action = match feed.below(5) {
            0 => json!({ "event": "withdrawn", "by": "alice" }),
            1 => json!({ "event": "approved", "by": "bob", "operation": row.change.operation() }),
            2 => json!({
                "event": "resolved", "by": "bob", "with": "carol",
                "finding": feed.pick(&["happened", "not_happened", "wait"]),
                "reason": "seen", "evidence": "e",
            }),
            3 if row.change.base.is_some() => json!({
                "event": "rebased", "by": "alice", "base": now_base, "needs_approval": false,
            }),
            _ => json!({ "event": "expired", "why": "late" }),
        };
        let recorded = Recorded { at: Moment::from_millis(now), event: event(action) };
        row.take(&recorded).then(|| row.change.change_id.clone())
    }
}

fn row(number: usize, feed: &mut Feed<'_>) -> Row {
    let safety = feed.pick(&[
        RepeatSafety::Absolute,
        RepeatSafety::WithKey,
        RepeatSafety::ReadBack,
        RepeatSafety::ReadBackThenHuman,
        RepeatSafety::HumanOnly,
    ]);
    let payment = if feed.below(4) == 0 { None } else { Some("p1") };
    let first = event(json!({
        "event": "requested", "account_id": feed.pick(&ACCOUNTS), "payment_id": payment,
        "command": command(payment.is_none(), feed), "base": payment.map(|_| base()),
        "by": "alice", "needs_approval": feed.below(8) == 0,
    }));
    let id = ChangeId::parse(&format!("c{number}")).expect("plain letters");
    let first = Recorded { at: Moment::from_millis(0), event: first };
    let change = Change::begin(&id, &first).expect("it is a request");
    Row {
        change,
        safety,
        spacing_ms: feed.pick(&[0, 0, 1_000, i64::MAX]),
        cleared: false,
        may_be_sent: true,
    }
}

fn command(starts: bool, feed: &mut Feed<'_>) -> Value {
    let total = json!({ "minor": feed.pick(&[10_000, 25_000]), "currency": "GBP" });
    if starts {
        return json!({
            "kind": "start", "total": total, "invoice": null, "reference": null, "email": null,
            "items": [],
        });
    }
    match feed.below(3) {
        0 => json!({ "kind": "adjust", "total": total, "invoice": null, "items": [] }),
        1 => json!({ "kind": "refund", "amount": total, "reason": "duplicate", "note": null }),
        _ => json!({ "kind": "cancel", "reason": null }),
    }
}

fn base() -> Value {
    json!({
        "amount": { "minor": 25_000, "currency": "GBP" }, "state": "open",
        "provider_status": "pending", "invoice_number": null, "reference": null,
        "refunded": null, "read_at": 1,
    })
}

fn event(value: Value) -> Event {
    serde_json::from_value(value).expect("an event as it is stored")
}
