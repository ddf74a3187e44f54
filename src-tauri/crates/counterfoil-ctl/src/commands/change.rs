use counterfoil_api::call::{Ask, Call, ChangeQuery, ChangeRef, Decide, Nothing, Resolve, Settle};
use counterfoil_api::{Fault, FaultCode};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::{self, Change, Finding, Wish, by_key};
use crate::desks;
use crate::exit::Exit;
use crate::plain::{self, rows};
use crate::session::Door;
use crate::typed;

/// The state that makes a command end with "waits for a person".
const AWAITING_APPROVAL: &str = "awaiting_approval";

pub fn carry_out(door: &Door<'_>, change: &Change) -> Result<Answer, Fault> {
    match change {
        Change::Ask(wish) => {
            let (asked, preview) = asked(wish);
            ask(door, asked, preview)
        }
        Change::Approve { change } => decide(door, change, None, Call::ChangeApprove),
        Change::Reject { change, note } => {
            decide(door, change, note.as_deref(), Call::ChangeReject)
        }
        Change::Withdraw { change } => move_on(door, change, Call::ChangeWithdraw),
        Change::Retry { change } => move_on(door, change, Call::ChangeRetry),
        Change::Resolve { change, outcome, reason, second, evidence } => {
            let finding = Found { outcome: *outcome, reason, evidence: evidence.as_deref() };
            resolve(door, change, &finding, second.as_deref())
        }
        Change::Rebase(settle) => settle_conflict(door, settle, Call::ChangeRebase),
        Change::Drop(settle) => settle_conflict(door, settle, Call::ChangeDrop),
        Change::Doubts => {
            let found = door.sign_in()?.call(Call::DoubtListed(Nothing {}))?;
            let plain = desks::doubts(rows(&found["doubts"]));
            Ok(Answer::done(found, plain))
        }
        Change::Conflicts => {
            let found = door.sign_in()?.call(Call::ConflictListed(Nothing {}))?;
            let plain = desks::conflicts(rows(&found["conflicts"]));
            Ok(Answer::done(found, plain))
        }
        Change::Show { change } => show(door, change),
        Change::List { state, payment } => list(door, state.clone(), payment.clone()),
    }
}

/// Asks for a change, or shows what would be sent.
pub fn ask(door: &Door<'_>, ask: Ask, preview: bool) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    if preview {
        let shown = session.call(Call::ChangePreview(ask))?;
        return Ok(preview_answer(shown));
    }
    Ok(stored(session.call(Call::ChangeAsk(ask))?))
}

/// What is asked for, and whether it is only to be shown.
fn asked(wish: &Wish) -> (Ask, bool) {
    match wish {
        Wish::Adjust { on, total, invoice, items, instead_of } => {
            let asked = Ask::Adjust {
                payment: on.payment.clone(),
                total: total.clone(),
                invoice: invoice.clone(),
                items: items.clone(),
                instead_of: instead_of.clone(),
            };
            (asked, on.preview)
        }
        Wish::Relabel { on, invoice, reference, description, metadata } => {
            let asked = Ask::Relabel {
                payment: on.payment.clone(),
                invoice: invoice.clone(),
                reference: reference.clone(),
                description: description.clone(),
                metadata: by_key(metadata),
            };
            (asked, on.preview)
        }
        Wish::Refund { on, amount, reason, note } => {
            let (amount, reason, note) = (amount.clone(), reason.clone(), note.clone());
            (Ask::Refund { payment: on.payment.clone(), amount, reason, note }, on.preview)
        }
        Wish::Cancel { on, reason } => {
            (Ask::Cancel { payment: on.payment.clone(), reason: reason.clone() }, on.preview)
        }
        Wish::Capture { on, amount, at } => {
            let (amount, at) = (amount.clone(), at.clone());
            (Ask::Capture { payment: on.payment.clone(), amount, at }, on.preview)
        }
        Wish::Void { on } => (Ask::Void { payment: on.payment.clone() }, on.preview),
    }
}

/// Here the person of `--as` is who decides: they sign in and prove themselves as the approver.
fn decide(
    door: &Door<'_>,
    change: &str,
    note: Option<&str>,
    call: fn(Decide) -> Call,
) -> Result<Answer, Fault> {
    let session = door.open()?;
    let words = "say who decides: --as NAME, with the PIN in COUNTERFOIL_PIN";
    let who = door.acting().ok_or_else(|| Fault::new(FaultCode::SignInNeeded, words))?;
    let pin = typed::pin(door.global)?;
    session.desk.sign_in(&session.seat, who, &pin)?;
    let decided = session.call(call(Decide {
        change_id: change.to_owned(),
        staff_id: who.to_owned(),
        pin,
        note: note.map(str::to_owned),
    }))?;
    Ok(stored(decided))
}

fn move_on(door: &Door<'_>, change: &str, call: fn(ChangeRef) -> Call) -> Result<Answer, Fault> {
    let moved = door.sign_in()?.call(call(ChangeRef { change_id: change.to_owned() }))?;
    Ok(stored(moved))
}

/// Without a digest the evidence is taken as it is stored at this moment.
fn settle_conflict(
    door: &Door<'_>,
    settle: &arguments::Settle,
    call: fn(Settle) -> Call,
) -> Result<Answer, Fault> {
    let (change_id, evidence) = (settle.change.clone(), settle.evidence.clone());
    Ok(stored(door.sign_in()?.call(call(Settle { change_id, evidence }))?))
}

/// What two people found out, and what they saw.
struct Found<'a> {
    outcome: Finding,
    reason: &'a str,
    evidence: Option<&'a str>,
}

fn resolve(
    door: &Door<'_>,
    change: &str,
    found: &Found<'_>,
    second: Option<&str>,
) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let words = "two different people are needed: name the second one with --with NAME, with \
                 their PIN in COUNTERFOIL_SECOND_PIN. Nothing was changed.";
    let second = second.ok_or_else(|| Fault::new(FaultCode::SamePerson, words))?;
    let resolved = session.call(Call::ChangeResolve(Resolve {
        change_id: change.to_owned(),
        outcome: found.outcome.word().to_owned(),
        reason: found.reason.to_owned(),
        staff_id: second.to_owned(),
        pin: typed::second_pin()?,
        evidence: found.evidence.map(str::to_owned),
    }))?;
    Ok(stored(resolved))
}

fn show(door: &Door<'_>, change: &str) -> Result<Answer, Fault> {
    let asked = ChangeRef { change_id: change.to_owned() };
    let found = door.sign_in_to_read()?.call(Call::ChangeShow(asked))?;
    let plain = plain::change(&found);
    Ok(Answer::done(found, plain))
}

fn list(door: &Door<'_>, state: Option<String>, payment: Option<String>) -> Result<Answer, Fault> {
    let listed = Call::ChangeListed(ChangeQuery { state, payment });
    let found = door.sign_in_to_read()?.call(listed)?;
    let mut plain = plain::changes(rows(&found["changes"]));
    plain.push_str(&plain::unreadable(&found));
    Ok(Answer::done(found, plain))
}

/// A change as it stands after a command.
fn stored(change: Value) -> Answer {
    let waits = change["state"] == AWAITING_APPROVAL;
    let plain = plain::change(&change);
    let exit = if waits { Exit::WaitsForPerson } else { Exit::Done };
    Answer { json: change, plain, exit }
}

/// Headers come as a list, since HTTP allows repeats; scripts get them by name.
fn preview_answer(mut shown: Value) -> Answer {
    let plain = plain::preview(&shown);
    let listed = shown["preview"]["headers"].take();
    let by_name: serde_json::Map<String, Value> = rows(&listed)
        .iter()
        .map(|header| (plain::word(&header["name"]), header["value"].clone()))
        .collect();
    shown["preview"]["headers"] = by_name.into();
    Answer::done(shown, plain)
}
