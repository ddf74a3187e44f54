//! The rows of a till as its store folds them: changes, lanes, what is due. The same rules as the
//! store's outbox; the events are taken by the real fold.

use std::collections::BTreeMap;

use counterfoil_core::change::{Change, Illegal, Recorded, State};
use counterfoil_core::engine::{Plan, WaitWhy};
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::lane::follow_ups;
use counterfoil_core::moment::Moment;

/// What a commit writes.
#[derive(Debug, Clone)]
pub enum Write {
    /// A change begins.
    Begin(ChangeId, Recorded),
    /// A change takes an event; a start that was applied brings its payment.
    Take(ChangeId, Recorded, Option<PaymentId>),
    /// A plan is noted.
    Plan(ChangeId, Plan),
    /// A person wants it now.
    Forward(ChangeId, Moment),
    /// An account is paused, or no longer.
    Paused(usize, bool),
    /// Staff work offline on purpose, or no longer.
    OnPurpose(bool),
}

/// The outbox row of an open change.
#[derive(Debug, Clone)]
pub struct Out {
    /// The state it was written with.
    pub state: State,
    /// The turn in its lane.
    pub place: u32,
    /// True for the head of a lane and what waits for the customer.
    pub runnable: bool,
    /// When it goes on.
    pub plan: Plan,
}

/// A change and its outbox row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The change.
    pub change: Change,
    /// None for a final one.
    pub out: Option<Out>,
}

/// All rows.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// By id.
    pub rows: BTreeMap<ChangeId, Row>,
    /// Accounts that are paused.
    pub paused: BTreeMap<usize, bool>,
    /// Working offline on purpose.
    pub on_purpose: bool,
    next_place: u32,
}

impl Rows {
    /// What an event on a change writes, its follow-ups included. Changes nothing.
    ///
    /// # Errors
    /// The event does not fit: somebody else was quicker.
    pub fn appended(
        &self,
        id: &ChangeId,
        recorded: Recorded,
        started: Option<PaymentId>,
    ) -> Result<Vec<Write>, Illegal> {
        let Some(row) = self.rows.get(id) else { return Err(Illegal::Beginning) };
        let at = recorded.at;
        let mut moved = row.change.clone();
        moved.take(&recorded)?;
        if started.is_some() {
            moved.payment_id.clone_from(&started);
        }
        let mut writes = vec![Write::Take(id.clone(), recorded, started)];
        if moved.payment_id.is_none() {
            return Ok(writes);
        }
        let others: Vec<Change> = self
            .rows
            .values()
            .filter(|row| row.change.payment_id == moved.payment_id)
            .map(|row| row.change.clone())
            .collect();
        for (other_id, event) in follow_ups(&moved, &others) {
            let recorded = Recorded { at, event };
            let other = others.iter().find(|other| other.change_id == other_id);
            other.cloned().ok_or(Illegal::Beginning)?.take(&recorded)?;
            writes.push(Write::Take(other_id, recorded, None));
        }
        Ok(writes)
    }

    /// Carries out a write that was found to fit.
    pub fn apply(&mut self, write: &Write) {
        match write {
            Write::Begin(id, recorded) => {
                if let Ok(change) = Change::begin(id, recorded) {
                    self.rows.insert(id.clone(), Row { change, out: None });
                    self.follow(id, recorded.at);
                }
            }
            Write::Take(id, recorded, started) => {
                let Some(row) = self.rows.get_mut(id) else { return };
                row.change.take(recorded).expect("it was tried before it was written");
                if started.is_some() {
                    row.change.payment_id.clone_from(started);
                }
                self.follow(id, recorded.at);
            }
            Write::Plan(id, plan) => {
                if let Some(out) = self.rows.get_mut(id).and_then(|row| row.out.as_mut()) {
                    out.plan = plan.clone();
                }
            }
            Write::Forward(id, now) => {
                let out = self.rows.get_mut(id).and_then(|row| row.out.as_mut());
                if let Some(out) = out.filter(|out| out.plan.until.is_some()) {
                    out.plan.until = Some(*now);
                }
            }
            Write::Paused(account, paused) => {
                self.paused.insert(*account, *paused);
            }
            Write::OnPurpose(on_purpose) => self.on_purpose = *on_purpose,
        }
    }

    fn follow(&mut self, id: &ChangeId, at: Moment) {
        self.next_place += 1;
        let place = self.next_place;
        let Some(row) = self.rows.get_mut(id) else { return };
        let state = row.change.state;
        if state.is_final() {
            row.out = None;
        } else {
            row.out = Some(followed(row.out.take(), state, place, at));
        }
        self.hand_on_the_turn(id, at);
    }

    fn hand_on_the_turn(&mut self, id: &ChangeId, at: Moment) {
        let Some(lane) = self.rows.get(id).map(|row| lane_of(&row.change).to_owned()) else {
            return;
        };
        let in_lane =
            |row: &&mut Row| row.change.state.holds_lane() && lane_of(&row.change) == lane;
        let lane = self.rows.values_mut().filter(in_lane);
        let head = lane.min_by_key(|row| row.out.as_ref().map_or(u32::MAX, |out| out.place));
        let Some(head) = head.filter(|row| row.change.state != State::Conflict) else { return };
        let Some(out) = head.out.as_mut().filter(|out| !out.runnable) else { return };
        out.runnable = true;
        out.plan.until = Some(at);
    }

    /// What of an account is due, the longest due first.
    pub fn due(&self, account: &str, now: Moment, longest_ms: i64, limit: usize) -> Vec<ChangeId> {
        let mut due: Vec<(Moment, u32, &ChangeId)> = self
            .open(account)
            .filter(|(_, _, until)| *until <= now || *until > now.plus_millis(longest_ms))
            .map(|(id, place, until)| (until, place, id))
            .collect();
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, _, id)| id.clone()).collect()
    }

    /// When the next change that is not due yet is due.
    pub fn next_due(&self, now: Moment) -> Option<Moment> {
        let outs = self.rows.values().filter_map(|row| row.out.as_ref());
        let planned = outs.filter(|out| out.runnable).filter_map(|out| out.plan.until);
        planned.filter(|until| *until > now).min()
    }

    fn open<'a>(
        &'a self,
        account: &'a str,
    ) -> impl Iterator<Item = (&'a ChangeId, u32, Moment)> + 'a {
        self.rows.iter().filter_map(move |(id, row)| {
            let out = row.out.as_ref().filter(|out| out.runnable)?;
            (row.change.account_id.as_str() == account).then_some((id, out.place, out.plan.until?))
        })
    }
}

fn lane_of(change: &Change) -> &str {
    change.payment_id.as_ref().map_or(change.change_id.as_str(), PaymentId::as_str)
}

/// The row after its change took an event: a try that came to nothing is counted on, another
/// state begins anew; a change that was agreed to takes its turn now.
fn followed(before: Option<Out>, state: State, place: u32, at: Moment) -> Out {
    let fresh = Plan { until: Some(at), why: WaitWhy::Turn, tries: 0, error: None };
    let runnable = state == State::NeedsCustomer;
    let agreed = |out: &Out| out.state == State::AwaitingApproval && state == State::Queued;
    let Some(before) = before.filter(|out| !agreed(out)) else {
        return Out { state, place, runnable, plan: fresh };
    };
    let trying = |state: State| matches!(state, State::Queued | State::Sending);
    let moves = trying(state) || state == State::InDoubt;
    let tries = if trying(before.state) && trying(state) { before.plan.tries } else { 0 };
    Out {
        state,
        place: before.place,
        runnable: runnable || (moves && before.runnable),
        plan: Plan { tries, error: before.plan.error, ..fresh },
    }
}
