//! Erasing personal texts for good: one transaction each. What is erased is for
//! [`counterfoil_core::privacy`] to say; the events, the trail and every hash stay as they are.

use std::collections::BTreeSet;

use counterfoil_core::id::{ChangeId, PaymentId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::privacy::ERASED;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::table::{challenge, change, collect, column, payment, personal, staff, staff_past};

/// States in which nothing is expected to happen to a payment by itself.
const AT_REST: &str = "('paid', 'refunded', 'failed', 'cancelled')";

/// What an erasure takes away, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Changes of the payment.
    pub changes: u32,
    /// Texts of those changes and of the trail.
    pub texts: u32,
    /// Texts of the payment itself: customer, invoice number, reference, description, metadata
    /// and each of its lines.
    pub payment_texts: u32,
    /// What reconciliations found about it.
    pub findings: u32,
    /// What its provider told about it.
    pub callbacks: u32,
    /// What an order service proposed for it.
    pub proposals: u32,
    /// Events that an earlier version stored with texts in the open. They stay: what is
    /// append-only is never rewritten.
    pub stays_in_older_events: u32,
}

/// What keeps a payment from being erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Changes that are not final.
    pub changes: u32,
    /// Findings that nobody has looked at.
    pub findings: u32,
}

impl Open {
    /// True where nothing is.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.changes == 0 && self.findings == 0
    }
}

/// Something that was kept long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// A payment with all that is about it.
    Payment(PaymentId),
    /// A change that never got a payment, or one of a payment that was erased before it.
    Change(ChangeId),
}

/// What is open on a payment.
///
/// # Errors
/// The database cannot be read.
pub fn open_on(connection: &Connection, payment_id: &PaymentId) -> Result<Open, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM outbox o JOIN change c USING (change_id)
                       WHERE c.payment_id = ?1 OR o.lane = ?1) AS changes,
                      (SELECT count(*) FROM finding WHERE payment_id = ?1 AND state = 'open')
                      AS findings";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok(Open { changes: row.get(0)?, findings: row.get(1)? });
    Ok(statement.query_row([payment_id.as_str()], read)?)
}

/// What an erasure of this payment would take away.
///
/// # Errors
/// [`StoreError::Missing`] when there is none; the database cannot be read.
pub fn extent(connection: &Connection, payment_id: &PaymentId) -> Result<Extent, StoreError> {
    let held = payment::get(connection, payment_id)?;
    let reference = params![held.account_id.as_str(), held.facts.provider_ref];
    let mut extent = Extent {
        payment_texts: texts_of(&held),
        findings: number(
            connection,
            "SELECT count(*) FROM finding
             WHERE (account_id = ?1 AND provider_ref = ?2) OR payment_id = ?3",
            params![held.account_id.as_str(), held.facts.provider_ref, payment_id.as_str()],
        )?,
        callbacks: number(
            connection,
            "SELECT count(*) FROM callback WHERE account_id = ?1 AND provider_ref = ?2",
            reference,
        )?,
        proposals: number(
            connection,
            "SELECT count(*) FROM proposal JOIN change USING (change_id)
             WHERE change.payment_id = ?1",
            params![payment_id.as_str()],
        )?,
        ..Extent::default()
    };
    for change_id in changes_of(connection, payment_id)? {
        extent.changes += 1;
        extent.stays_in_older_events += personal::count_open(connection, &change_id)?;
    }
    for about in all_about(connection, payment_id, &held)? {
        extent.texts += personal::count(connection, &about)?;
    }
    Ok(extent)
}

/// Erases the personal texts of a payment and of all that is about it. Answers what went; the
/// caller writes the entry of the trail in the same transaction, and calls
/// [`payment::settle_words`] once it has erased all it wants to.
///
/// # Errors
/// [`StoreError::Taken`] while something is open on it; [`StoreError::Missing`] when there is
/// none; the database cannot be written.
pub fn erase_payment(
    connection: &Connection,
    payment_id: &PaymentId,
    at: Moment,
) -> Result<Extent, StoreError> {
    if !open_on(connection, payment_id)?.is_none() {
        return Err(StoreError::Taken("payment"));
    }
    let extent = extent(connection, payment_id)?;
    let held = payment::get(connection, payment_id)?;
    for about in all_about(connection, payment_id, &held)? {
        personal::forget(connection, &about)?;
    }
    for change_id in changes_of(connection, payment_id)? {
        challenge::forget(connection, &change_id)?;
    }
    let (account, reference) = (held.account_id.as_str(), &held.facts.provider_ref);
    connection
        .prepare_cached(
            "UPDATE finding SET remark = ?4 WHERE remark IS NOT NULL
         AND ((account_id = ?2 AND provider_ref = ?3) OR payment_id = ?1)",
        )?
        .execute(params![payment_id.as_str(), account, reference, ERASED])?;
    connection
        .prepare_cached("DELETE FROM callback WHERE account_id = ?1 AND provider_ref = ?2")?
        .execute(params![account, reference])?;
    connection
        .prepare_cached(
            "DELETE FROM proposal WHERE change_id IN
         (SELECT change_id FROM change WHERE payment_id = ?1)",
        )?
        .execute([payment_id.as_str()])?;
    payment::erase(connection, payment_id, at)?;
    Ok(extent)
}

/// Erases the personal texts of one final change.
///
/// # Errors
/// [`StoreError::Taken`] while it is open; the database cannot be written.
pub fn erase_change(connection: &Connection, change_id: &ChangeId) -> Result<Extent, StoreError> {
    let state = change::state(connection, change_id)?.ok_or(StoreError::Missing("change"))?;
    if !state.is_final() {
        return Err(StoreError::Taken("change"));
    }
    challenge::forget(connection, change_id)?;
    let stays_in_older_events = personal::count_open(connection, change_id)?;
    let texts = personal::forget(connection, change_id.as_str())?;
    Ok(Extent { changes: 1, texts, stays_in_older_events, ..Extent::default() })
}

/// What has been at rest since before this moment and still holds personal texts, at most this
/// many: payments whose own state is final and on which nothing is open, then changes without one.
///
/// # Errors
/// The database cannot be read.
pub fn due(connection: &Connection, before: Moment, most: u32) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT payment_id FROM payment p
         WHERE erased_at IS NULL AND state IN {AT_REST} AND read_at < ?1 AND changed_at < ?1
         AND NOT EXISTS (SELECT 1 FROM change c WHERE c.payment_id = p.payment_id
                         AND (c.changed_at >= ?1 OR c.change_id IN
                              (SELECT o.change_id FROM outbox o)))
         AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.account_id = p.account_id
                         AND f.provider_ref = p.provider_ref AND f.state = 'open')
         ORDER BY row_id LIMIT ?2"
    );
    let ids = |sql: &str, most: u32| -> Result<Vec<String>, StoreError> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query(params![before.as_millis(), most])?;
        collect(rows, |row| column("payment", row, 0))
    };
    let damaged = |error| StoreError::damaged("payment", error);
    let mut due = Vec::new();
    for id in ids(&sql, most)? {
        due.push(Due::Payment(PaymentId::parse(&id).map_err(damaged)?));
    }
    let left = most.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
    let sql = "SELECT c.change_id FROM change c LEFT JOIN payment p USING (payment_id)
               WHERE c.changed_at < ?1 AND (c.payment_id IS NULL OR p.erased_at IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.change_id = c.change_id)
               AND EXISTS (SELECT 1 FROM personal t WHERE t.about = c.change_id)
               ORDER BY c.row_id LIMIT ?2";
    for id in ids(sql, left)? {
        due.push(Due::Change(ChangeId::parse(&id).map_err(damaged)?));
    }
    Ok(due)
}

/// What an erasure of a person's name takes away, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameExtent {
    /// What is read in the place of the name afterwards.
    pub stand_in: String,
    /// Entries of the person's past that hold a name.
    pub past: u32,
    /// Places of the trail that commit to one of the names.
    pub trail: u32,
    /// Names that somebody else has or had as well: those stay in the trail.
    pub shared: u32,
}

/// What an erasure of the name of somebody who has left would take away.
///
/// # Errors
/// [`StoreError::Missing`] for nobody, [`StoreError::Taken`] while they are here.
pub fn name_extent(connection: &Connection, staff_id: &StaffId) -> Result<NameExtent, StoreError> {
    let held = staff::find(connection, staff_id.as_str())?.ok_or(StoreError::Missing("person"))?;
    if held.is_here() {
        return Err(StoreError::Taken("person"));
    }
    let past = names_of(connection, staff_id)?;
    let all: BTreeSet<String> = past.iter().cloned().chain([held.name]).collect();
    let own = own_names(connection, staff_id, &all)?;
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    Ok(NameExtent {
        stand_in: stand_in(connection, staff_id)?,
        past: count(past.len()),
        trail: personal::forget_names(connection, &own, true)?,
        shared: count(all.len() - own.len()),
    })
}

/// Erases the name of somebody who has left. What they did stays theirs, by their id.
///
/// # Errors
/// As [`name_extent`].
pub fn erase_name(connection: &Connection, staff_id: &StaffId) -> Result<NameExtent, StoreError> {
    let extent = name_extent(connection, staff_id)?;
    let held = staff::find(connection, staff_id.as_str())?.ok_or(StoreError::Missing("person"))?;
    let past = names_of(connection, staff_id)?;
    let all: BTreeSet<String> = past.into_iter().chain([held.name]).collect();
    let own = own_names(connection, staff_id, &all)?;
    personal::forget_names(connection, &own, false)?;
    staff::erase_name(connection, staff_id, &extent.stand_in)?;
    Ok(extent)
}

fn names_of(connection: &Connection, staff_id: &StaffId) -> Result<Vec<String>, StoreError> {
    let past = staff_past::of(connection, staff_id)?;
    Ok(past.into_iter().filter_map(|row| row.name).collect())
}

/// Those of the names that nobody else has or had.
fn own_names(
    connection: &Connection,
    staff_id: &StaffId,
    names: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM staff WHERE name = ?2 AND staff_id <> ?1)
               OR EXISTS (SELECT 1 FROM staff_past WHERE name = ?2 AND staff_id <> ?1)";
    let mut statement = connection.prepare_cached(sql)?;
    let mut own = BTreeSet::new();
    for name in names {
        let shared: bool =
            statement.query_row(params![staff_id.as_str(), name], |row| row.get(0))?;
        if !shared {
            own.insert(name.clone());
        }
    }
    Ok(own)
}

/// The same for the same person: their place among all who ever came.
fn stand_in(connection: &Connection, staff_id: &StaffId) -> Result<String, StoreError> {
    let sql = "SELECT count(*) FROM staff s JOIN staff me ON me.staff_id = ?1
               WHERE (s.added_at, s.staff_id) <= (me.added_at, me.staff_id)";
    let place = number(connection, sql, params![staff_id.as_str()])?;
    Ok(format!("former staff {place}"))
}

fn number(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<u32, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn changes_of(
    connection: &Connection,
    payment_id: &PaymentId,
) -> Result<Vec<ChangeId>, StoreError> {
    let sql = "SELECT change_id FROM change WHERE payment_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query([payment_id.as_str()])?, |row| {
        let id: String = column("change", row, 0)?;
        ChangeId::parse(&id).map_err(|error| StoreError::damaged("change", error))
    })
}

/// Everything that texts are kept about and that leads to this payment.
fn all_about(
    connection: &Connection,
    payment_id: &PaymentId,
    held: &counterfoil_core::payment::Payment,
) -> Result<Vec<String>, StoreError> {
    let mut all = vec![payment_id.to_string()];
    let changes = changes_of(connection, payment_id)?;
    all.extend(changes.iter().map(ToString::to_string));
    let sql = "SELECT finding_id FROM finding
               WHERE (account_id = ?1 AND provider_ref = ?2) OR payment_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let key = params![held.account_id.as_str(), held.facts.provider_ref, payment_id.as_str()];
    all.extend(collect(statement.query(key)?, |row| column::<String>("finding", row, 0))?);
    Ok(all)
}

fn texts_of(held: &counterfoil_core::payment::Payment) -> u32 {
    let facts = &held.facts;
    let one = |text: &Option<String>| usize::from(text.as_deref().is_some_and(|t| t != ERASED));
    let single = [&held.customer, &facts.invoice_number, &facts.reference]
        .into_iter()
        .chain([&facts.details.description])
        .map(one)
        .sum::<usize>();
    let kept = |key: &&String| *key != ERASED;
    let metadata = facts.details.metadata.keys().filter(kept).count();
    u32::try_from(single + metadata + held.items.len()).unwrap_or(u32::MAX)
}
