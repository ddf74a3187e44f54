//! Comparing what the till believes with what the provider says.

use crate::command::Command;
use crate::payment::{Base, PaymentState};

/// True when the payment is still what the person saw. Wording of a known state does not count
/// (`complete` and `completed` are one state); wording of an unknown one does.
#[must_use]
pub fn still_as_seen(seen: &Base, now: &Base) -> bool {
    let wording_counts = seen.state == PaymentState::Unclear || now.state == PaymentState::Unclear;
    seen.amount == now.amount
        && seen.state == now.state
        && seen.invoice_number == now.invoice_number
        && seen.reference == now.reference
        && seen.refunded == now.refunded
        && (!wording_counts || seen.provider_status == now.provider_status)
}

/// What the base of a waiting change becomes when this till's own `command` has been applied in
/// front of it: no conflict, the till did it itself.
#[must_use]
pub fn base_after(base: &Base, command: &Command) -> Base {
    let mut after = base.clone();
    match command {
        Command::Adjust { total, invoice, .. } => {
            after.amount = *total;
            keep_or_set(&mut after.invoice_number, invoice.as_ref());
        }
        Command::Relabel { invoice, reference, .. } => {
            keep_or_set(&mut after.invoice_number, invoice.as_ref());
            keep_or_set(&mut after.reference, reference.as_ref());
        }
        Command::Cancel { .. } => after.state = PaymentState::Cancelled,
        Command::Start { .. }
        | Command::Refund { .. }
        | Command::Capture { .. }
        | Command::Void => {}
    }
    after
}

fn keep_or_set(field: &mut Option<String>, new: Option<&String>) {
    if let Some(new) = new {
        *field = Some(new.clone());
    }
}

/// True when the payment is what `command` asked for: the effect can be seen.
/// A refund cannot be seen this way, and a start has nothing to look at.
#[must_use]
pub fn shows_effect(command: &Command, now: &Base) -> bool {
    let invoice_fits =
        |invoice: &Option<String>| invoice.is_none() || *invoice == now.invoice_number;
    match command {
        Command::Adjust { total, invoice, .. } => *total == now.amount && invoice_fits(invoice),
        Command::Relabel { invoice, reference, .. } => {
            invoice_fits(invoice) && (reference.is_none() || *reference == now.reference)
        }
        Command::Cancel { .. } => now.state == PaymentState::Cancelled,
        Command::Start { .. }
        | Command::Refund { .. }
        | Command::Capture { .. }
        | Command::Void => false,
    }
}
