//! A till's disk: a log of commits of which only a prefix is durable. What is asked to be stored
//! waits for the next sync, many at once; a crash may come before the write, between the write and
//! the sync, and after the sync before anybody heard of it.

use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Event, Recorded};
use counterfoil_core::engine::Plan;
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::moment::Moment;

use crate::rows::{Rows, Write};

/// What is to be stored in one piece.
#[derive(Debug, Clone)]
pub enum Tx {
    /// A new change.
    Request(ChangeId, Box<Event>),
    /// An event of a change; where it was judged on so many events, only while it has no more.
    Append(ChangeId, Box<Event>, Option<u32>),
    /// A later adjustment takes the place of an unsent one.
    Replace(ChangeId, Box<Event>, ChangeId, Box<Event>),
    /// What it waits for.
    Plan(ChangeId, Plan),
    /// A person wants it now.
    Forward(ChangeId),
    /// An account is paused, or no longer.
    Paused(usize, bool),
    /// Offline on purpose, or no longer.
    OnPurpose(bool),
}

/// Who waits for it.
#[derive(Debug, Clone)]
pub enum After {
    /// The engine: the change as it is now, or that somebody else was quicker.
    Engine(ChangeId),
    /// The engine: the plan is stored.
    Parked(ChangeId),
    /// A person who is told that it is kept.
    Person(ChangeId),
    /// Nobody.
    Nobody,
}

/// One thing to be stored and who waits for it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// What.
    pub tx: Tx,
    /// Who.
    pub after: After,
}

/// One commit in the log.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it writes.
    pub writes: Vec<Write>,
}

/// The disk of a till.
#[derive(Debug, Default)]
pub struct Disk {
    log: Vec<Record>,
    durable: usize,
    /// What waits for the next sync.
    pub pending: Vec<Commit>,
    /// True while nothing can be written.
    pub full: bool,
}

impl Disk {
    /// Writes what `tx` means into the log, not yet durable, and into the rows.
    /// False where somebody else was quicker: nothing is written.
    pub fn write(&mut self, rows: &mut Rows, tx: &Tx, at: Moment) -> bool {
        let Some(writes) = meant(rows, tx, at) else { return false };
        for write in &writes {
            rows.apply(write);
        }
        self.log.push(Record { writes });
        true
    }

    /// Makes `count` more commits of the tail durable and gives them back.
    pub fn sync(&mut self, count: usize) -> &[Record] {
        let before = self.durable;
        self.durable = self.log.len().min(before + count);
        self.log.get(before..self.durable).unwrap_or_default()
    }

    /// How many commits are written and not durable.
    pub fn tail(&self) -> usize {
        self.log.len() - self.durable
    }

    /// The power is gone: what is not durable is lost, a torn commit is found by its checksum and
    /// counts as lost.
    pub fn crash(&mut self) {
        self.log.truncate(self.durable);
        self.pending.clear();
    }

    /// Somebody writes another approval in the place of the newest one of a change. False while
    /// anything else is being stored.
    pub fn rewrite_approval(&mut self, id: &ChangeId, approval: &Event) -> bool {
        if !self.pending.is_empty() || self.tail() > 0 {
            return false;
        }
        let writes = self.log.iter_mut().rev().flat_map(|record| record.writes.iter_mut().rev());
        for write in writes {
            match write {
                Write::Take(of, recorded, _)
                    if of == id && matches!(recorded.event, Event::Approved { .. }) =>
                {
                    recorded.event = approval.clone();
                    return true;
                }
                Write::Take(..)
                | Write::Begin(..)
                | Write::Plan(..)
                | Write::Forward(..)
                | Write::Paused(..)
                | Write::OnPurpose(_) => {}
            }
        }
        false
    }

    /// The rows of what is durable.
    pub fn fold(&self) -> Rows {
        let mut rows = Rows::default();
        let durable = self.log.get(..self.durable).unwrap_or_default();
        for write in durable.iter().flat_map(|record| &record.writes) {
            rows.apply(write);
        }
        rows
    }
}

fn meant(rows: &Rows, tx: &Tx, at: Moment) -> Option<Vec<Write>> {
    let recorded = |event: &Event| Recorded { at, event: event.clone() };
    Some(match tx {
        Tx::Request(id, event) => vec![Write::Begin(id.clone(), recorded(event))],
        Tx::Append(id, event, judged_on) => {
            let events = rows.rows.get(id).map(|row| row.change.events);
            if judged_on.is_some() && *judged_on != events {
                return None;
            }
            let started = started_payment(event);
            rows.appended(id, recorded(event), started).ok()?
        }
        Tx::Replace(old, superseded, new, request) => {
            let mut writes = rows.appended(old, recorded(superseded), None).ok()?;
            writes.push(Write::Begin(new.clone(), recorded(request)));
            writes
        }
        Tx::Plan(id, plan) => vec![Write::Plan(id.clone(), plan.clone())],
        Tx::Forward(id) => vec![Write::Forward(id.clone(), at)],
        Tx::Paused(account, paused) => vec![Write::Paused(*account, *paused)],
        Tx::OnPurpose(on_purpose) => vec![Write::OnPurpose(*on_purpose)],
    })
}

/// The payment that an applied start brings into being.
fn started_payment(event: &Event) -> Option<PaymentId> {
    let Event::AttemptEnded { end, .. } = event else { return None };
    let SendEnd::Applied { provider_ref: Some(reference), .. } = end else { return None };
    PaymentId::parse(reference).ok()
}
