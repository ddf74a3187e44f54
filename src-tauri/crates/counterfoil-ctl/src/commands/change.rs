use counterfoil_api::call::{Ask, Call, ChangeQuery, ChangeRef, Decide, Resolve};
use counterfoil_api::{Fault, FaultCode};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::{Change, Finding, Wish, by_key};
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
        Change::Resolve { change, outcome, reason, second } => {
            resolve(door, change, *outcome, reason, second.as_deref())
        }
        Change::Rebase { change } => move_on(door, change, Call::ChangeRebase),
        Change::Drop { change } => move_on(door, change, Call::ChangeDrop),
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
        Wish::Adjust { on, total, invoice, items } => {
            let (total, invoice, items) = (total.clone(), invoice.clone(), items.clone());
            (Ask::Adjust { payment: on.payment.clone(), total, invoice, items }, on.preview)
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

fn resolve(
    door: &Door<'_>,
    change: &str,
    outcome: Finding,
    reason: &str,
    second: Option<&str>,
) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let words = "two different people are needed: name the second one with --with NAME, with \
                 their PIN in COUNTERFOIL_SECOND_PIN. Nothing was changed.";
    let second = second.ok_or_else(|| Fault::new(FaultCode::SamePerson, words))?;
    let resolved = session.call(Call::ChangeResolve(Resolve {
        change_id: change.to_owned(),
        outcome: outcome.word().to_owned(),
        reason: reason.to_owned(),
        staff_id: second.to_owned(),
        pin: typed::second_pin()?,
    }))?;
    Ok(stored(resolved))
}

fn show(door: &Door<'_>, change: &str) -> Result<Answer, Fault> {
    let asked = ChangeRef { change_id: change.to_owned() };
    let found = door.sign_in()?.call(Call::ChangeShow(asked))?;
    let plain = plain::change(&found);
    Ok(Answer::done(found, plain))
}

fn list(door: &Door<'_>, state: Option<String>, payment: Option<String>) -> Result<Answer, Fault> {
    let found = door.sign_in()?.call(Call::ChangeListed(ChangeQuery { state, payment }))?;
    let plain = plain::changes(rows(&found["changes"]));
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
