//! The life of a change, event by event, as it becomes durable.

use counterfoil_core::account::Provider as Name;
use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Event, Finding, Recorded};
use counterfoil_core::command::Kind as Wanted;
use counterfoil_core::id::ChangeId;
use counterfoil_core::payment::{Base, PaymentState};

use super::{Book, Entry, Key, Seen, Stand, Try, TryEnd, Want};
use crate::plan::KEY_MARGIN_MS;
use crate::provider::{Kind, NOTE_MARK};
use crate::rows::Write;
use crate::staff::{MANAGER, REFUND_LIMIT};
use crate::wire::Pay;

/// How a change may be repeated, by this model's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Sets,
    Keyed,
    Readable,
    PersonOnly,
}

impl Book {
    /// Takes in a write that became durable.
    pub fn durable(&mut self, till: usize, write: &Write, now: i64) {
        if self.steady.is_some() {
            self.delays(now);
        }
        match write {
            Write::Begin(id, recorded) => self.begin(till, id, &recorded.event, now),
            Write::Take(id, recorded, started) => {
                self.take((till, id.clone()), recorded, now);
                let pay = started.as_ref().and_then(|id| Pay::parse(id.as_str()));
                let entry = self.entries.get_mut(&(till, id.clone()));
                if let (Some(entry), Some(pay)) = (entry, pay) {
                    entry.pay = Some(pay);
                }
            }
            Write::Plan(..) | Write::Forward(..) | Write::Paused(..) | Write::OnPurpose(_) => {}
        }
    }

    fn begin(&mut self, till: usize, id: &ChangeId, event: &Event, now: i64) {
        let Event::Requested { account_id, payment_id, command, base, by, needs_approval, .. } =
            event
        else {
            return self.broken("a change begins with its request", format!("till {till} {id}"));
        };
        let want = Want::of(command);
        let alone = by.as_str() == MANAGER;
        if want.kind == Wanted::Refund && want.minor > REFUND_LIMIT && !alone && !needs_approval {
            self.broken("two people where it counts", format!("till {till} {id} by {by}"));
        }
        self.turns += 1;
        let seen = base.as_ref().map(Seen::of);
        let entry = Entry {
            till,
            id: id.clone(),
            turn: self.turns,
            account: account_id.as_str().trim_start_matches("acc").parse().unwrap_or(0),
            pay: payment_id.as_ref().and_then(|id| Pay::parse(id.as_str())),
            want,
            by: by.clone(),
            needs: *needs_approval,
            given: None,
            told: false,
            stand: if *needs_approval { Stand::Asked } else { Stand::Ready },
            ready_at: now,
            decided: seen.clone(),
            seen,
            tries: Vec::new(),
            tries_before: 0,
            unsettled: false,
            cleared: false,
            vouched: false,
            effects: 0,
            signed: false,
            obeyed: false,
            alike: false,
            refusal: false,
        };
        self.entries.insert((till, id.clone()), entry);
    }

    fn take(&mut self, key: Key, recorded: &Recorded, now: i64) {
        let event = &recorded.event;
        let Some(entry) = self.entries.get(&key) else {
            return self.broken("a change begins with its request", format!("{key:?}"));
        };
        let before = entry.stand;
        let word = event.word();
        let Some(after) = next(before, event, entry.keyed(), entry.unsettled) else {
            return self.broken("only legal steps", format!("{key:?} {word} while {before:?}"));
        };
        let person_only = self.class(entry) == Class::PersonOnly;
        if let Event::Approved { by, operation, seal } = event {
            self.approve(&key, by, operation, seal.as_deref());
        }
        if let Event::ApprovalVoided { .. } = event {
            self.voided(&key, recorded.at);
        }
        if let Event::AttemptStarted { .. } = event {
            self.sent_on(&key, recorded.at);
        }
        if let Event::AttemptStarted { attempt_id, record, baseline } = event {
            let sending = Try {
                id: attempt_id.clone(),
                key: record.key.clone(),
                digest: record.digest.clone(),
                at: now,
                left: 0,
                person_only,
                end: TryEnd::Open,
                ledger_at: self.ledger.len(),
                baseline: baseline.as_ref().map(Seen::of),
            };
            self.starts(&key, sending, baseline.as_ref(), now);
        }
        if let Event::Lapsed { why } = event {
            self.lapses(&key, why);
        }
        if let Event::ConflictFound { now: seen, .. } = event {
            self.clashes(&key, &Seen::of(seen));
        }
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.note(event);
            if entry.stand != after {
                entry.ready_at = now;
            }
            entry.stand = after;
        }
        if before == Stand::Asked && after == Stand::Ready {
            self.turns += 1;
            let turn = self.turns;
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.turn = turn;
            }
        }
        self.settled(&key, after);
    }

    /// The till takes back by itself only what an order proposed that did not come to that, or what
    /// the payment carries already.
    fn lapses(&mut self, key: &Key, why: &str) {
        let order = self.orders.get(key).copied();
        let needless = why.contains("already");
        let carried = order.is_some_and(|order| order.carries(order.read_at));
        if order.is_none() || (carried && !needless) {
            self.broken("an order that carries it is obeyed", format!("{key:?}: {why}"));
        }
    }

    fn clashes(&mut self, key: &Key, now: &Seen) {
        let Some(entry) = self.entries.get(key) else { return };
        let known = now.state != PaymentState::Unclear;
        if entry.seen.as_ref() == Some(now) && known && !entry.refusal {
            let what = format!("{key:?}: it is what was seen, moved by own changes: {now:?}");
            self.broken("no needless conflict", what);
        }
    }

    fn starts(&mut self, key: &Key, sending: Try, baseline: Option<&Base>, now: i64) {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        let Some(entry) = self.entries.get(key) else { return };
        let order = self.orders.get(key);
        if entry.stand == Stand::Ready && order.is_some_and(|order| !order.carries(now)) {
            found.push(("sent only once its order carries it", format!("{key:?}")));
        }
        found.extend(self.lane_kept(entry).map(|what| ("one in flight, first in first out", what)));
        let expected = entry.seen.as_ref();
        if entry.stand == Stand::Ready && expected != baseline.map(Seen::of).as_ref() {
            let what = format!("{key:?}: {baseline:?} and not {expected:?}");
            found.push(("sent only on what was seen", what));
        }
        found.extend(self.repeat_allowed(entry, &sending, now));
        self.by_attempt.insert(sending.id.clone(), key.clone());
        if let Some(entry) = self.entries.get_mut(key) {
            entry.tries.push(sending);
            entry.cleared = false;
        }
        for (rule, what) in found {
            self.broken(rule, what);
        }
    }

    fn lane_kept(&self, entry: &Entry) -> Option<String> {
        let pay = entry.pay?;
        let others = self.entries.values().filter(|other| {
            other.till == entry.till && other.pay == Some(pay) && other.id != entry.id
        });
        for other in others {
            let in_flight = matches!(other.stand, Stand::Out | Stand::Doubt);
            let holds = in_flight || matches!(other.stand, Stand::Ready | Stand::Clash);
            if in_flight || (holds && other.turn < entry.turn) {
                return Some(format!("{} passes {} ({:?})", entry.id, other.id, other.stand));
            }
        }
        None
    }

    /// May this be sent again?
    fn repeat_allowed(
        &self,
        entry: &Entry,
        sending: &Try,
        now: i64,
    ) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let ours = entry.tries.get(entry.tries_before..).unwrap_or_default();
        let first_keyed = ours.iter().find(|sent| sent.key.is_some());
        if let Some(first) = first_keyed {
            if first.key != sending.key || first.digest != sending.digest {
                found.push(("same key and same bytes", format!("{} {}", entry.id, sending.id)));
            }
            let told = self.retention.get(entry.account).copied().unwrap_or(0);
            let late = now - first.at > told + KEY_MARGIN_MS;
            if entry.stand == Stand::Doubt && late {
                found.push(("no key past its retention", format!("{} {}", entry.id, sending.id)));
            }
        }
        let other_bytes = |sent: &&Try| sent.key == sending.key && sent.digest != sending.digest;
        if sending.key.is_some() && entry.tries.iter().any(|sent| other_bytes(&sent)) {
            found.push(("a key never with other bytes", format!("{} {}", entry.id, sending.id)));
        }
        let unknown = |sent: &Try| sent.person_only && sent.end == TryEnd::Unknown;
        if !entry.cleared && entry.tries.last().is_some_and(unknown) {
            found.push(("a person decides first", format!("{} {}", entry.id, sending.id)));
        }
        found
    }

    fn class(&self, entry: &Entry) -> Class {
        let kind = self.kinds.get(entry.account).copied().unwrap_or(Kind::Plain);
        match (entry.want.kind, kind) {
            (_, Kind::Real(name)) => entry.class_at(name),
            (Wanted::Refund | Wanted::Adjust, Kind::Keyed) => Class::Keyed,
            (Wanted::Refund, Kind::Readable) | (Wanted::Cancel, _) => Class::Readable,
            (Wanted::Refund, Kind::Plain | Kind::Careful) => Class::PersonOnly,
            (Wanted::Start | Wanted::Capture | Wanted::Void, _) => Class::PersonOnly,
            (Wanted::Adjust, Kind::Plain) if entry.raises_a_paid_one() => Class::PersonOnly,
            (Wanted::Adjust | Wanted::Relabel, _) => Class::Sets,
        }
    }

    /// True where the provider knows this change again by its key.
    pub(super) fn is_keyed(&self, entry: &Entry) -> bool {
        self.class(entry) == Class::Keyed
    }

    /// A change that is done moves what this till expects behind it.
    fn settled(&mut self, key: &Key, after: Stand) {
        if after != Stand::Done {
            return self.nothing_done(key, after);
        }
        self.done_is_done(key);
        let Some(entry) = self.entries.get(key) else { return };
        let (till, pay, want) = (entry.till, entry.pay, entry.want.clone());
        if pay.is_none() {
            return;
        }
        for other in self.entries.values_mut() {
            let waits = matches!(other.stand, Stand::Asked | Stand::Ready);
            let behind = other.till == till && other.pay == pay && waits && other.id != key.1;
            if let Some(seen) = other.seen.as_mut().filter(|_| behind) {
                seen.moved_by(&want);
            }
        }
    }
}

impl Seen {
    fn moved_by(&mut self, want: &Want) {
        match want.kind {
            Wanted::Adjust => self.amount = want.minor,
            Wanted::Relabel if want.label.starts_with(NOTE_MARK) => {
                self.note = Some(want.label.clone());
            }
            Wanted::Relabel => self.label = Some(want.label.clone()),
            Wanted::Cancel => self.state = PaymentState::Cancelled,
            Wanted::Refund => self.refunded = self.refunded.map(|before| before + want.minor),
            Wanted::Void => self.state = PaymentState::Cancelled,
            Wanted::Capture => {
                self.state = PaymentState::Paid;
                self.captured = Some(if want.minor == 0 { self.amount } else { want.minor });
            }
            Wanted::Start => {}
        }
    }
}

impl Entry {
    fn keyed(&self) -> bool {
        let ours = self.tries.get(self.tries_before..).unwrap_or_default();
        ours.iter().any(|sent| sent.key.is_some())
    }

    /// The table of the providers' pages ("Repeat safety per command"), with Norce's order
    /// management left to a person as its section 10 says where a reading shows nothing.
    fn class_at(&self, name: Name) -> Class {
        match (name, self.want.kind) {
            (Name::Bumper, Wanted::Adjust) if self.raises_a_paid_one() => Class::PersonOnly,
            (Name::Bumper | Name::Norce, Wanted::Adjust)
            | (Name::Bumper | Name::Moyasar | Name::Norce, Wanted::Relabel) => Class::Sets,
            (Name::Wepay, Wanted::Adjust | Wanted::Relabel | Wanted::Refund) => Class::Keyed,
            (Name::Wepay | Name::Moyasar, Wanted::Capture)
            | (Name::Bumper | Name::Wepay, Wanted::Cancel)
            | (Name::Moyasar, Wanted::Void) => Class::Readable,
            (Name::Moyasar, Wanted::Refund) if self.returns_all() => Class::Readable,
            (_, _) => Class::PersonOnly,
        }
    }

    /// All that was taken goes back at once.
    fn returns_all(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| {
            let taken = seen.captured.unwrap_or(seen.amount);
            seen.refunded == Some(0) && self.want.minor == taken
        })
    }

    fn raises_a_paid_one(&self) -> bool {
        self.seen
            .as_ref()
            .is_none_or(|seen| seen.state == PaymentState::Paid && self.want.minor > seen.amount)
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Rebased { base, needs_approval, .. } => self.rebase(base, *needs_approval),
            Event::AttemptEnded { end, .. } => self.end_try(match end {
                SendEnd::Applied { .. } => TryEnd::Clear,
                SendEnd::NeedsCustomer { .. } => TryEnd::Link,
                SendEnd::Refused { .. }
                | SendEnd::RefusedForNow { .. }
                | SendEnd::CredentialsRefused { .. }
                | SendEnd::NeverLeft { .. } => TryEnd::Nothing,
                SendEnd::Accepted { .. } | SendEnd::Unknown { .. } => TryEnd::Unknown,
            }),
            Event::Interrupted { .. } => self.end_try(TryEnd::Unknown),
            Event::ProvedNotApplied { .. } => self.unsettled = false,
            Event::Resolved { finding: Finding::Happened, .. } => self.vouched = true,
            Event::Resolved { finding: Finding::NotHappened, .. } => {
                self.cleared = true;
                self.unsettled = false;
            }
            Event::Resolved { finding: Finding::Wait, .. }
            | Event::Concluded { .. }
            | Event::Requested { .. }
            | Event::Approved { .. }
            | Event::ApprovalVoided { .. }
            | Event::Rejected { .. }
            | Event::Withdrawn { .. }
            | Event::Lapsed { .. }
            | Event::Superseded { .. }
            | Event::BaseMoved { .. }
            | Event::AttemptStarted { .. }
            | Event::ProvedApplied { .. }
            | Event::ReadBack { .. }
            | Event::ConflictFound { .. }
            | Event::CustomerActed { .. }
            | Event::Expired { .. } => {}
        }
    }

    fn rebase(&mut self, base: &Base, needs_approval: bool) {
        self.seen = Some(Seen::of(base));
        self.decided.clone_from(&self.seen);
        self.needs = needs_approval;
        self.given = None;
        self.tries_before = self.tries.len();
    }

    fn end_try(&mut self, end: TryEnd) {
        self.unsettled |= end == TryEnd::Unknown;
        if let Some(sent) = self.tries.last_mut() {
            sent.end = end;
        }
    }
}

/// Every legal step; none for the others.
fn next(from: Stand, event: &Event, keyed: bool, unsettled: bool) -> Option<Stand> {
    use Stand::{Asked, Clash, Done, Doubt, Gone, Link, No, Out, Ready};
    let again = |needs: bool| if needs { Asked } else { Ready };
    Some(match (from, event) {
        (Asked, Event::Approved { .. }) => Ready,
        (Ready, Event::ApprovalVoided { .. }) => Asked,
        (Asked, Event::Rejected { .. }) => Gone,
        (Asked | Ready | Clash, Event::Withdrawn { .. }) => Gone,
        (Ready, Event::Lapsed { .. }) => Gone,
        (Asked | Ready, Event::Superseded { .. }) => Gone,
        (Asked | Ready, Event::BaseMoved { .. }) => from,
        (Ready, Event::AttemptStarted { .. }) => Out,
        (Doubt, Event::AttemptStarted { .. }) if keyed => Out,
        (Out, Event::AttemptEnded { end, .. }) => match end {
            SendEnd::Applied { .. } => Done,
            SendEnd::NeedsCustomer { .. } => Link,
            SendEnd::Refused { .. } => No,
            SendEnd::RefusedForNow { .. }
            | SendEnd::CredentialsRefused { .. }
            | SendEnd::NeverLeft { .. } => {
                // What the repetition did not do the first sending may have done.
                if unsettled { Doubt } else { Ready }
            }
            SendEnd::Accepted { .. } | SendEnd::Unknown { .. } => Doubt,
        },
        (Out, Event::Interrupted { .. }) => Doubt,
        (Doubt, Event::ProvedApplied { .. } | Event::Concluded { failed: None }) => Done,
        (Doubt, Event::Concluded { failed: Some(_) }) => No,
        (Doubt, Event::ProvedNotApplied { .. }) => Ready,
        (Doubt, Event::ReadBack { .. }) => Doubt,
        (Doubt, Event::Resolved { by, with, finding, .. }) if by != with => match finding {
            Finding::Happened => Done,
            Finding::NotHappened => Ready,
            Finding::Wait => Doubt,
        },
        (Ready, Event::ConflictFound { .. }) => Clash,
        (Clash, Event::Rebased { needs_approval, .. }) => again(*needs_approval),
        (Link, Event::CustomerActed { .. }) => Done,
        (Asked | Ready | Link, Event::Expired { .. }) => Gone,
        (_, _) => return None,
    })
}
