//! The transactions of a change's life: the event, the row, the outbox and the trail together.

use counterfoil_core::answer::SendEnd;
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::change::{Change, Event, Recorded};
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::lane::follow_ups;
use counterfoil_core::moment::Moment;
use counterfoil_core::privacy::strip_readings;
use rusqlite::Connection;
use serde_json::Value;

use crate::StoreError;
use crate::table::{audit_entry, change, outbox, payment};

/// A change that was just asked for.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// Its id.
    pub change_id: ChangeId,
    /// When.
    pub at: Moment,
    /// Must be [`Event::Requested`].
    pub event: Event,
}

/// What an appended event led to.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The change as it is now.
    pub change: Change,
    /// Other changes of the payment that moved with it.
    pub moved: Vec<ChangeId>,
}

/// Stores a new change.
///
/// # Errors
/// [`StoreError::Illegal`] when the event is not a request.
pub fn request(connection: &Connection, new: &NewChange) -> Result<Change, StoreError> {
    let recorded = Recorded { at: new.at, event: new.event.clone() };
    let begun = Change::begin(&new.change_id, &recorded).map_err(StoreError::Illegal)?;
    let recorded = without_erased(connection, begun.payment_id.as_ref(), recorded)?;
    let begun = Change::begin(&new.change_id, &recorded).map_err(StoreError::Illegal)?;
    change::insert(connection, &begun)?;
    let stored = change::append_event(connection, &new.change_id, 1, &recorded)?;
    outbox::follow(connection, &begun, new.at)?;
    audit_entry::append(connection, &audit_fact(&begun, &recorded, stored))?;
    Ok(begun)
}

/// Appends one event to a change, with what it means for the others of its payment.
/// `payment_id` is given where a start was applied and its payment is now known.
///
/// # Errors
/// [`StoreError::Illegal`] when the event does not fit the change as stored: somebody else was
/// quicker. Nothing is stored then.
pub fn append(
    connection: &Connection,
    change_id: &ChangeId,
    at: Moment,
    event: Event,
    payment_id: Option<&PaymentId>,
) -> Result<Appended, StoreError> {
    let mut moved = change::get(connection, change_id)?;
    take(connection, &mut moved, Recorded { at, event })?;
    if let Some(payment_id) = payment_id {
        moved.payment_id = Some(payment_id.clone());
        change::refresh(connection, &moved)?;
    }
    let mut others_moved = Vec::new();
    if let Some(payment_id) = moved.payment_id.clone() {
        let others = change::of_payment(connection, &payment_id)?;
        for (other_id, event) in follow_ups(&moved, &others) {
            let mut other = change::get(connection, &other_id)?;
            take(connection, &mut other, Recorded { at, event })?;
            others_moved.push(other_id);
        }
    }
    Ok(Appended { change: moved, moved: others_moved })
}

fn take(connection: &Connection, moved: &mut Change, recorded: Recorded) -> Result<(), StoreError> {
    let recorded = without_erased(connection, moved.payment_id.as_ref(), recorded)?;
    moved.take(&recorded).map_err(StoreError::Illegal)?;
    let stored = change::append_event(connection, &moved.change_id, moved.events, &recorded)?;
    change::refresh(connection, moved)?;
    outbox::follow(connection, moved, recorded.at)?;
    audit_entry::append(connection, &audit_fact(moved, &recorded, stored))?;
    Ok(())
}

/// What is read of a payment that was erased is kept without its texts.
fn without_erased(
    connection: &Connection,
    payment_id: Option<&PaymentId>,
    recorded: Recorded,
) -> Result<Recorded, StoreError> {
    let erased = payment_id.map(|id| payment::is_erased(connection, id)).transpose()?;
    if erased != Some(true) {
        return Ok(recorded);
    }
    let damaged = |error| StoreError::damaged("change_event", error);
    let mut event = serde_json::to_value(&recorded.event).map_err(damaged)?;
    strip_readings(&mut event);
    Ok(Recorded { event: serde_json::from_value(event).map_err(damaged)?, ..recorded })
}

/// The trail tells the whole event as it was stored; a customer's link only by its digest, since
/// whoever holds it can act for the customer.
fn audit_fact(change: &Change, recorded: &Recorded, stored: Value) -> AuditFact {
    let mut facts = stored;
    if let Event::AttemptEnded { end, .. } = &recorded.event {
        match end {
            SendEnd::NeedsCustomer { redirect_url } => {
                facts["end"]["redirect_url"] = sha256_hex(redirect_url.as_bytes()).into();
            }
            SendEnd::Applied { link: Some(link), .. } => {
                facts["end"]["link"] = sha256_hex(link.as_bytes()).into();
            }
            SendEnd::Applied { link: None, .. }
            | SendEnd::Accepted { .. }
            | SendEnd::Refused { .. }
            | SendEnd::RefusedForNow { .. }
            | SendEnd::CredentialsRefused { .. }
            | SendEnd::NeverLeft { .. }
            | SendEnd::Unknown { .. } => {}
        }
    }
    if let Event::Approved { by, seal: Some(seal), .. } = &recorded.event {
        // What was signed, to the byte: whoever has the trail can check the signature.
        facts["statement"] = change.statement(seal, by).into();
    }
    facts["state"] = change.state.word().into();
    AuditFact {
        at: recorded.at.to_rfc3339(),
        who: recorded.event.by().map_or_else(|| "till".to_owned(), ToString::to_string),
        what: format!("change.{}", recorded.event.word()),
        about: change.change_id.to_string(),
        facts,
    }
}
