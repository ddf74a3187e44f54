//! What the desktop is told: each arising once, by one process of the till.

use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{Kind, TELL_EVERY_MS};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Viewer, sql};
use crate::StoreError;

/// What the desktop is to be told now, and when there is more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telling {
    /// Kinds with how many notices of each: this process shows them, and no other does.
    pub now: Vec<(Kind, u32)>,
    /// When more may be told that waits already.
    pub again_at: Option<Moment>,
}

/// True where [`tell`] has something to hand out.
///
/// # Errors
/// The database cannot be read.
pub fn anything_to_tell(
    connection: &Connection,
    viewer: Option<&Viewer>,
    now: Moment,
) -> Result<Telling, StoreError> {
    let mut telling = Telling::default();
    for kind in Kind::ALL {
        if !untold(connection, kind, viewer)? {
            continue;
        }
        match told_lately(connection, kind, now)? {
            Some(again_at) => {
                telling.again_at = telling.again_at.into_iter().chain([again_at]).min();
            }
            None => telling.now.push((kind, 0)),
        }
    }
    Ok(telling)
}

/// Hands out what the desktop is to be told, to whoever asks first and once: all that stands and
/// was not told, for this person or for everybody, at most one bundle of a kind in a minute.
///
/// # Errors
/// The database cannot be written.
pub fn tell(
    connection: &Connection,
    viewer: Option<&Viewer>,
    now: Moment,
) -> Result<Telling, StoreError> {
    // Anew in this transaction: another process may have been quicker.
    let mut telling = anything_to_tell(connection, viewer, now)?;
    for (kind, many) in &mut telling.now {
        let who = viewer.map(|viewer| viewer.staff_id.as_str());
        let may = viewer.map(Viewer::may);
        let values = params![who, may, kind.word(), now.as_millis()];
        let told = connection.prepare_cached(sql::TELL)?.execute(values)?;
        *many = u32::try_from(told).unwrap_or(u32::MAX);
        connection
            .prepare_cached(sql::NOTE_TOLD)?
            .execute(params![kind.word(), now.as_millis()])?;
    }
    Ok(telling)
}

fn untold(
    connection: &Connection,
    kind: Kind,
    viewer: Option<&Viewer>,
) -> Result<bool, StoreError> {
    let Some(viewer) = viewer else {
        let mut statement = connection.prepare_cached(sql::UNTOLD)?;
        return Ok(statement.query_row([kind.word()], |row| row.get(0))?);
    };
    let who = viewer.staff_id.as_str();
    let values = params![kind.word(), viewer.may(), who];
    let mut statement = connection.prepare_cached(sql::UNTOLD_MAY)?;
    if statement.query_row(values, |row| row.get(0))? {
        return Ok(true);
    }
    let mut statement = connection.prepare_cached(sql::UNTOLD_PERSON)?;
    Ok(statement.query_row(params![kind.word(), who], |row| row.get(0))?)
}

/// When a kind may be told again, where it was told less than a minute ago. A clock that was set
/// back keeps nobody waiting.
fn told_lately(
    connection: &Connection,
    kind: Kind,
    now: Moment,
) -> Result<Option<Moment>, StoreError> {
    let mut statement = connection.prepare_cached(sql::LAST_TOLD)?;
    let last: Option<i64> = statement.query_row([kind.word()], |row| row.get(0)).optional()?;
    let again = last.map(Moment::from_millis).filter(|last| *last <= now);
    Ok(again.map(|last| last.plus_millis(TELL_EVERY_MS)).filter(|again| *again > now))
}
