//! The scripted day: thirty changes through every state, ten of them at a time.

use counterfoil_core::answer::{SendEnd, SendRecord};
use counterfoil_core::change::{Change, Event, Finding};
use counterfoil_core::command::Command;
use counterfoil_core::id::{AttemptId, ChangeId};
use counterfoil_store::life::NewChange;

use crate::till::{account_id, at, gbp, payment_id, seen, staff_id};

/// What happens to a change.
#[derive(Debug, Clone)]
pub enum What {
    /// Asked for on the payment of this number; true where a second person must agree.
    Asked(usize, bool),
    Approved,
    Rejected,
    Withdrawn,
    Started,
    Ended(SendEnd),
    Interrupted,
    ProvedApplied,
    ProvedNotApplied,
    Conflict,
    Rebased,
    CustomerActed,
    Expired,
    Resolved(Finding),
}

#[derive(Debug, Clone)]
pub struct Step {
    pub change_id: ChangeId,
    pub what: What,
}

pub fn change_id(text: &str) -> ChangeId {
    ChangeId::parse(text).expect("it is an id")
}

/// The steps of a day of this many rounds; each round is ten changes side by side.
pub fn day(rounds: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for round in 0..rounds {
        let lives: Vec<_> = (0..10).map(life).collect();
        let longest = lives.iter().map(Vec::len).max().unwrap_or(0);
        for turn in 0..longest {
            for (kind, life) in lives.iter().enumerate() {
                let change_id = change_id(&format!("r{round}-k{kind}"));
                steps.extend(life.get(turn).cloned().map(|what| Step { change_id, what }));
            }
        }
    }
    steps
}

fn life(kind: usize) -> Vec<What> {
    let applied = || What::Ended(SendEnd::Applied { provider_ref: None, link: None });
    let unknown = || What::Ended(SendEnd::Unknown { why: "lost".to_owned() });
    let refused = || What::Ended(SendEnd::Refused { message: "no".to_owned() });
    let needs_customer =
        || What::Ended(SendEnd::NeedsCustomer { redirect_url: "https://pay.example/1".to_owned() });
    let never_left = || What::Ended(SendEnd::NeverLeft { why: "no line".to_owned() });
    let asked = |approval| What::Asked(kind, approval);
    use What::{
        Approved, Conflict, CustomerActed, Expired, Interrupted, ProvedApplied, ProvedNotApplied,
        Rebased, Rejected, Resolved, Started, Withdrawn,
    };
    match kind {
        0 => vec![asked(false), Started, applied()],
        // Waits for the second person while the one in front of it is applied: its base moves.
        1 => vec![What::Asked(0, true), Approved, Started, applied()],
        2 => vec![asked(true), Rejected],
        3 => vec![asked(false), Withdrawn],
        4 => vec![asked(false), Started, refused()],
        5 => vec![asked(false), Started, never_left(), Started, applied()],
        6 => vec![asked(false), Started, unknown(), ProvedApplied],
        7 => vec![asked(false), Started, needs_customer(), CustomerActed],
        8 => vec![
            asked(false),
            Started,
            Interrupted,
            Resolved(Finding::NotHappened),
            Started,
            unknown(),
            ProvedNotApplied,
            Started,
            applied(),
        ],
        _ => vec![asked(false), Conflict, Rebased, Expired],
    }
}

pub fn asked(change_id: &ChangeId, payment: usize, approval: bool) -> NewChange {
    let event = Event::Requested {
        account_id: account_id(),
        payment_id: Some(payment_id(payment)),
        command: Command::Adjust { total: gbp("80.00"), invoice: None, items: Vec::new() },
        base: Some(seen("100.00")),
        by: staff_id("alice"),
        needs_approval: approval,
        only_if: None,
    };
    NewChange { change_id: change_id.clone(), at: at(3), event }
}

/// The event, as it fits the change as it stands.
pub fn event(what: &What, change: &Change) -> Event {
    let (alice, bob) = (staff_id("alice"), staff_id("bob"));
    match what {
        What::Asked(payment, approval) => asked(&change.change_id, *payment, *approval).event,
        What::Approved => Event::Approved { by: bob, operation: change.operation(), seal: None },
        What::Rejected => Event::Rejected { by: bob, note: Some("no".to_owned()) },
        What::Withdrawn => Event::Withdrawn { by: alice },
        What::Started => {
            let record = SendRecord {
                method: "POST".to_owned(),
                path: "/v2/x/".to_owned(),
                digest: "d".repeat(64),
                key: None,
                body: None,
                at: at(5),
            };
            let attempt_id = attempt(change.attempts.len() + 1);
            Event::AttemptStarted { attempt_id, record, baseline: Some(seen("100.00")) }
        }
        What::Ended(end) => Event::AttemptEnded {
            attempt_id: attempt(change.attempts.len()),
            end: end.clone(),
            http_status: Some(200),
            correlation_id: None,
        },
        What::Interrupted => Event::Interrupted { attempt_id: attempt(change.attempts.len()) },
        What::ProvedApplied => Event::ProvedApplied { now: seen("80.00") },
        What::ProvedNotApplied => Event::ProvedNotApplied { now: seen("100.00") },
        What::Conflict => Event::ConflictFound { now: seen("90.00"), why: "changed".to_owned() },
        What::Rebased => {
            Event::Rebased { by: alice, base: seen("90.00"), needs_approval: false, evidence: None }
        }
        What::CustomerActed => Event::CustomerActed { now: seen("80.00") },
        What::Expired => Event::Expired { why: "too old".to_owned() },
        What::Resolved(finding) => Event::Resolved {
            by: alice,
            with: bob,
            finding: *finding,
            reason: "seen in the portal".to_owned(),
            evidence: "e".repeat(64),
        },
    }
}

fn attempt(number: usize) -> AttemptId {
    AttemptId::parse(&format!("A{number}")).expect("it is an id")
}
