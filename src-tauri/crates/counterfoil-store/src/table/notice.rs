//! Notices: what needs a person. Rows in, rows out; the rules are in `counterfoil-core`,
//! `notice.rs`, and what is to be looked at is noted by triggers (migration 10).
//!
//! Every statement here costs by what it changes or answers, never by how many payments or changes
//! there are.

mod facts;
mod reading;
mod sql;
mod telling;

pub use self::facts::{
    ChangeBrief, FOLDER_OLDER_SINCE, KEYRING_CLOSED_SINCE, TRAIL_BROKEN_SINCE, account_facts,
    change_brief, change_facts, is_noted, note_fact, till_facts,
};
pub use self::reading::{cleared, count, see, standing};
pub use self::sql::ALL as STATEMENTS;
pub use self::telling::{Telling, anything_to_tell, tell};

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{
    Arising, CLEARED_KEPT_MS, Kept, Kind, NoticeId, REFUSAL_STANDS_MS, Step,
};
use counterfoil_core::staff::{Permission, Role};
use rusqlite::{Connection, Row, params};

use super::{collect, column, meta, moment, optional_moment, parsed};
use crate::StoreError;

const TABLE: &str = "notice";

/// How often notices changed: how another process hears of it.
const TURNS: &str = "notice_turns";

/// Most rows that one pass ends or forgets by their age: bounds what a commit costs.
const MOST_AT_ONCE: u32 = 200;

/// What a look or a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A change.
    Change,
    /// An account.
    Account,
    /// The till.
    Till,
    /// Its data folder.
    Folder,
}

impl What {
    const ALL: [Self; 4] = [Self::Change, Self::Account, Self::Till, Self::Folder];

    /// The word of the store and of scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Account => "account",
            Self::Till => "till",
            Self::Folder => "folder",
        }
    }

    fn from_word(word: &str) -> Result<Self, &'static str> {
        Self::ALL.into_iter().find(|what| what.word() == word).ok_or("no such thing")
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// What.
    pub what: What,
    /// Its id.
    pub about: String,
    /// The moment of the newest cause, where the cause knows it.
    pub since: Option<Moment>,
    /// True where the reason was gone since the last look, if only for a moment.
    pub interrupted: bool,
}

/// A notice as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its name.
    pub id: NoticeId,
    /// What it is about.
    pub what: What,
    /// From when on it stands: when its reason came about, or its deadline was over.
    pub raised_at: Moment,
    /// When its reason was gone.
    pub cleared_at: Option<Moment>,
    /// The permission of those it is for.
    pub permission: Option<Permission>,
    /// The person it is also for.
    pub person: Option<StaffId>,
    /// When whoever asks has seen it.
    pub seen_at: Option<Moment>,
}

/// Who looks at notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub staff_id: StaffId,
    /// As what.
    pub role: Role,
}

impl Viewer {
    fn permissions(&self) -> impl Iterator<Item = Permission> {
        let role = self.role;
        Permission::ALL.into_iter().filter(move |permission| role.may(*permission))
    }

    /// The words of what they may, as JSON.
    fn may(&self) -> String {
        let words = self.permissions().map(|permission| format!("\"{}\"", permission.word()));
        let words: Vec<_> = words.collect();
        format!("[{}]", words.join(","))
    }
}

/// True where something is to be looked at or a deadline is over.
///
/// # Errors
/// The database cannot be read.
pub fn is_due(connection: &Connection, now: Moment) -> Result<bool, StoreError> {
    let any: bool = connection.prepare_cached(sql::ANY_LOOK)?.query_row([], |row| row.get(0))?;
    Ok(any || next_due(connection)?.is_some_and(|due| due <= now))
}

/// When the next deadline is over.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(connection: &Connection) -> Result<Option<Moment>, StoreError> {
    let due: Option<i64> =
        connection.prepare_cached(sql::NEXT_DUE)?.query_row([], |row| row.get(0))?;
    Ok(due.map(Moment::from_millis))
}

/// Takes what is to be looked at, at most so many: they are as good as looked at once this
/// transaction is stored. A row that cannot be read is dropped.
///
/// # Errors
/// The database cannot be written.
pub fn take_looks(
    connection: &Connection,
    now: Moment,
    limit: u32,
) -> Result<Vec<Look>, StoreError> {
    let mut statement = connection.prepare_cached(sql::LOOKS)?;
    let keys = collect(statement.query([limit])?, |row| {
        let look = read_look(row);
        Ok((column::<String>(TABLE, row, 0)?, column::<String>(TABLE, row, 1)?, look))
    })?;
    let mut looks = Vec::new();
    for (what, about, look) in keys {
        connection.prepare_cached(sql::LOOKED)?.execute([what, about])?;
        looks.extend(look.ok());
    }
    let left = limit.saturating_sub(u32::try_from(looks.len()).unwrap_or(limit));
    let mut statement = connection.prepare_cached(sql::DUE)?;
    let due = collect(statement.query(params![now.as_millis(), left])?, |row| {
        let what = parsed(TABLE, row, "what", What::from_word)?;
        Ok(Look { what, about: column(TABLE, row, "about")?, since: None, interrupted: false })
    })?;
    let is_new = |look: &Look| !looks.iter().any(|other| other.about == look.about);
    let due: Vec<Look> = due.into_iter().filter(is_new).collect();
    looks.extend(due);
    Ok(looks)
}

fn read_look(row: &Row<'_>) -> Result<Look, StoreError> {
    Ok(Look {
        what: parsed(TABLE, row, "what", What::from_word)?,
        about: column(TABLE, row, "about")?,
        since: optional_moment(row, "since")?,
        interrupted: column(TABLE, row, "interrupted")?,
    })
}

/// What is planned and what stands about something.
///
/// # Errors
/// The database cannot be read.
pub fn open_about(connection: &Connection, about: &str) -> Result<Vec<Kept>, StoreError> {
    let mut statement = connection.prepare_cached(sql::OPEN_ABOUT)?;
    collect(statement.query([about])?, |row| {
        let phase: String = column(TABLE, row, "phase")?;
        Ok(Kept {
            kind: kind(row)?,
            since: moment(row, "since")?,
            stands_at: moment(row, "stands_at")?,
            stands: phase == "standing",
        })
    })
}

fn kind(row: &Row<'_>) -> Result<Kind, StoreError> {
    parsed(TABLE, row, "kind", |word| Kind::from_word(word).ok_or("no such kind"))
}

/// Carries out one step. Answers whether what stands has changed.
///
/// # Errors
/// The database cannot be written.
pub fn take_step(
    connection: &Connection,
    look: &Look,
    step: &Step,
    now: Moment,
) -> Result<bool, StoreError> {
    match step {
        Step::Plan(arising) => {
            let stood = clear(connection, look, arising.kind, now)?;
            put(connection, look, arising, "planned")?;
            Ok(stood)
        }
        Step::Raise(arising) => put(connection, look, arising, "standing").map(|()| true),
        Step::Clear(kind) => clear(connection, look, *kind, now),
        Step::Drop(kind) => {
            connection.prepare_cached(sql::DROP)?.execute(params![look.about, kind.word()])?;
            Ok(false)
        }
    }
}

fn clear(
    connection: &Connection,
    look: &Look,
    kind: Kind,
    now: Moment,
) -> Result<bool, StoreError> {
    let values = params![look.about, kind.word(), now.as_millis()];
    Ok(connection.prepare_cached(sql::CLEAR)?.execute(values)? > 0)
}

fn put(
    connection: &Connection,
    look: &Look,
    arising: &Arising,
    phase: &str,
) -> Result<(), StoreError> {
    connection.prepare_cached(sql::UNSEE)?.execute(params![look.about, arising.kind.word()])?;
    connection.prepare_cached(sql::PUT)?.execute(params![
        arising.kind.word(),
        look.what.word(),
        look.about,
        arising.since.as_millis(),
        phase,
        arising.stands_at.as_millis(),
        arising.whom.permission.map(Permission::word),
        arising.whom.person.as_ref().map(StaffId::as_str),
        arising.whom.but_not.as_ref().map(StaffId::as_str),
    ])?;
    Ok(())
}

/// Notes that notices changed, for other processes.
///
/// # Errors
/// The database cannot be written.
pub fn note_turned(connection: &Connection) -> Result<(), StoreError> {
    connection.prepare_cached(sql::TURNED)?.execute([])?;
    Ok(())
}

/// A number that changes whenever what stands has changed, by any process.
///
/// # Errors
/// The database cannot be read.
pub fn turns(connection: &Connection) -> Result<i64, StoreError> {
    Ok(meta::get(connection, TURNS)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// True where [`forget_old`] has something to do.
///
/// # Errors
/// The database cannot be read.
pub fn is_anything_old(connection: &Connection, now: Moment) -> Result<bool, StoreError> {
    let values = [refused_before(now), cleared_before(now)];
    Ok(connection.prepare_cached(sql::ANY_OLD)?.query_row(values, |row| row.get(0))?)
}

/// Ends refusals that nobody took note of for long, and forgets what was cleared long ago.
/// Answers whether what stands has changed.
///
/// # Errors
/// The database cannot be written.
pub fn forget_old(connection: &Connection, now: Moment) -> Result<bool, StoreError> {
    let values = params![now.as_millis(), refused_before(now), MOST_AT_ONCE];
    let ended = connection.prepare_cached(sql::END_REFUSALS)?.execute(values)?;
    let values = params![cleared_before(now), MOST_AT_ONCE];
    connection.prepare_cached(sql::FORGET)?.execute(values)?;
    Ok(ended > 0)
}

fn refused_before(now: Moment) -> i64 {
    now.plus_millis(-REFUSAL_STANDS_MS).as_millis()
}

fn cleared_before(now: Moment) -> i64 {
    now.plus_millis(-CLEARED_KEPT_MS).as_millis()
}
