//! Personal texts beside the events and entries that only commit to them. Which texts those are
//! is for [`counterfoil_core::privacy`] to say.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use counterfoil_core::audit::AuditFact;
use counterfoil_core::id::ChangeId;
use counterfoil_core::privacy::{
    Personal, SALT_BYTES, conceal, may_hold_sealed, reveal, texts_of_event, texts_of_fact,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::{collect, column};
use crate::StoreError;

const TABLE: &str = "personal";

/// Where commitments stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In an event of the change.
    Event,
    /// In an entry of the trail.
    Trail,
}

impl Source {
    fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Trail => "trail",
        }
    }
}

/// Conceals an event that is to be stored at this place of its change. What it holds is kept in
/// the same transaction.
///
/// # Errors
/// The database cannot be written.
pub fn conceal_event(
    connection: &Connection,
    change_id: &ChangeId,
    place: u32,
    mut event: Value,
) -> Result<Value, StoreError> {
    let texts = texts_of_event(&mut event);
    let kept = with_salts(connection, texts)?;
    keep(connection, change_id.as_str(), Source::Event, i64::from(place), &kept)?;
    Ok(event)
}

/// Conceals a fact that becomes the entry `seq` of the trail.
///
/// # Errors
/// The database cannot be written.
pub fn conceal_fact<'a>(
    connection: &Connection,
    fact: Cow<'a, AuditFact>,
    seq: i64,
) -> Result<Cow<'a, AuditFact>, StoreError> {
    let mut facts = fact.facts.clone();
    let texts = texts_of_fact(&fact.what, &mut facts);
    if texts.is_empty() {
        return Ok(fact);
    }
    let kept = with_salts(connection, texts)?;
    keep(connection, &fact.about, Source::Trail, seq, &kept)?;
    Ok(Cow::Owned(AuditFact { facts, ..fact.into_owned() }))
}

/// The salts come from SQLite, which seeds itself from the operating system.
fn with_salts(
    connection: &Connection,
    texts: Vec<&mut Value>,
) -> Result<Vec<Personal>, StoreError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = i64::try_from(texts.len().saturating_mul(SALT_BYTES)).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached("SELECT randomblob(?1)")?;
    let salts: Vec<u8> = statement.query_row([bytes], |row| row.get(0))?;
    Ok(conceal(texts, &salts))
}

fn keep(
    connection: &Connection,
    about: &str,
    source: Source,
    place: i64,
    kept: &[Personal],
) -> Result<(), StoreError> {
    if kept.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO personal (about, source, place, texts) VALUES (?1, ?2, ?3, ?4)";
    let values = params![about, source.word(), place, written(kept)];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Each salt as hex with its text.
fn written(kept: &[Personal]) -> String {
    let pair = |one: &Personal| Value::from(vec![hex::encode(one.salt), one.text.clone()]);
    Value::from(kept.iter().map(pair).collect::<Vec<_>>()).to_string()
}

fn read(text: &str) -> Result<Vec<Personal>, StoreError> {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(text).map_err(|error| StoreError::damaged(TABLE, error))?;
    let personal = |(salt, text): (String, String)| {
        let mut bytes = [0; SALT_BYTES];
        let decoded = hex::decode_to_slice(salt, &mut bytes);
        decoded.map_err(|error| StoreError::damaged(TABLE, error))?;
        Ok(Personal { salt: bytes, text })
    };
    pairs.into_iter().map(personal).collect()
}

/// What is known of one thing: texts by commitment, and at which places of its events there are
/// any.
#[derive(Default)]
pub(super) struct Known {
    texts: BTreeMap<String, String>,
    places: BTreeSet<i64>,
}

impl Known {
    /// Fills a stored event in.
    ///
    /// # Errors
    /// A text is kept for this place and is not the one that was committed to, or one is missing
    /// that was never to be erased: `may_be_erased` is false for what is not final.
    pub fn fill_in(
        &self,
        event: &mut Value,
        place: i64,
        may_be_erased: impl FnOnce() -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        if reveal(event, &self.texts) == 0 {
            return Ok(());
        }
        if self.places.contains(&place) {
            return Err(StoreError::damaged(TABLE, "a text is not the one that was committed to"));
        }
        if may_be_erased()? {
            return Ok(());
        }
        Err(StoreError::damaged(TABLE, "a text of a change that is still open is missing"))
    }
}

/// The texts of the events of a change. Asks the database only where one of them commits to any.
pub(super) fn of_events(
    connection: &Connection,
    change_id: &ChangeId,
    bodies: &[String],
) -> Result<Known, StoreError> {
    if !bodies.iter().any(|body| may_hold_sealed(body)) {
        return Ok(Known::default());
    }
    let sql = "SELECT place, texts FROM personal WHERE about = ?1 AND source = 'event'";
    let mut statement = connection.prepare_cached(sql)?;
    let mut known = Known::default();
    let mut rows = statement.query([change_id.as_str()])?;
    while let Some(row) = rows.next()? {
        known.places.insert(column(TABLE, row, 0)?);
        let texts: String = column(TABLE, row, 1)?;
        known.texts.extend(by_commitment(read(&texts)?));
    }
    Ok(known)
}

fn by_commitment(kept: Vec<Personal>) -> impl Iterator<Item = (String, String)> {
    kept.into_iter().map(|one| (one.commitment(), one.text))
}

/// Fills the facts of a trail entry in, as far as the texts are still known.
///
/// # Errors
/// The database cannot be read.
pub fn fill_in_facts(
    connection: &Connection,
    about: &str,
    facts: &mut Value,
) -> Result<(), StoreError> {
    let sql = "SELECT texts FROM personal WHERE about = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = collect(statement.query([about])?, |row| column::<String>(TABLE, row, 0))?;
    let mut known = BTreeMap::new();
    for texts in rows {
        known.extend(by_commitment(read(&texts)?));
    }
    reveal(facts, &known);
    Ok(())
}

/// How many texts are kept about this.
///
/// # Errors
/// The database cannot be read.
pub fn count(connection: &Connection, about: &str) -> Result<u32, StoreError> {
    let sql = "SELECT coalesce(sum(json_array_length(texts)), 0) FROM personal WHERE about = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([about], |row| row.get(0))?)
}

/// Erases everything kept about this. Answers how many texts that were.
///
/// # Errors
/// The database cannot be written.
pub fn forget(connection: &Connection, about: &str) -> Result<u32, StoreError> {
    let many = count(connection, about)?;
    connection.prepare_cached("DELETE FROM personal WHERE about = ?1")?.execute([about])?;
    Ok(many)
}

/// Erases these names wherever the trail commits to them, and answers how often; counts only where
/// `only_count`. Other texts of the same entries stay.
///
/// # Errors
/// The database cannot be written, or a row of it cannot be read.
pub fn forget_names(
    connection: &Connection,
    names: &BTreeSet<String>,
    only_count: bool,
) -> Result<u32, StoreError> {
    let sql = "SELECT about, place, texts FROM personal WHERE source = 'trail'
               AND EXISTS (SELECT 1 FROM json_each(personal.texts) t
                           WHERE json_extract(t.value, '$[1]')
                           IN (SELECT value FROM json_each(?1)))";
    let listed = serde_json::json!(names).to_string();
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| {
        let (about, place): (String, i64) = (column(TABLE, row, 0)?, column(TABLE, row, 1)?);
        Ok((about, place, column::<String>(TABLE, row, 2)?))
    };
    let mut erased = 0;
    for (about, place, texts) in collect(statement.query([listed])?, row)? {
        let all = read(&texts)?;
        let before = all.len();
        let left: Vec<_> = all.into_iter().filter(|one| !names.contains(&one.text)).collect();
        erased += u32::try_from(before - left.len()).unwrap_or(u32::MAX);
        if !only_count {
            replace(connection, &about, place, &left)?;
        }
    }
    Ok(erased)
}

fn replace(
    connection: &Connection,
    about: &str,
    place: i64,
    left: &[Personal],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM personal WHERE about = ?1 AND source = 'trail' AND place = ?2";
    connection.prepare_cached(sql)?.execute(params![about, place])?;
    keep(connection, about, Source::Trail, place, left)
}

/// How many events of a change hold texts in the open: an older version stored them so, and what
/// is append-only is never rewritten.
///
/// # Errors
/// The database cannot be read.
pub fn count_open(connection: &Connection, change_id: &ChangeId) -> Result<u32, StoreError> {
    let sql = "SELECT body FROM change_event WHERE change_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let bodies =
        collect(statement.query([change_id.as_str()])?, |row| column::<String>(TABLE, row, 0))?;
    let holds_text = |body: &&String| {
        let event = serde_json::from_str::<Value>(body);
        event.is_ok_and(|mut event| !texts_of_event(&mut event).is_empty())
    };
    Ok(u32::try_from(bodies.iter().filter(holds_text).count()).unwrap_or(u32::MAX))
}

/// True where anything is kept about this.
///
/// # Errors
/// The database cannot be read.
pub fn is_any(connection: &Connection, about: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM personal WHERE about = ?1 LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row([about], |_| Ok(())).optional()?.is_some())
}
