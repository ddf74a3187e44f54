//! What stands for a person, and what they have seen.

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::NoticeId;
use counterfoil_core::staff::Permission;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{collect, column, moment, optional_moment, parsed};
use super::{NoticeRow, TABLE, Viewer, What, kind, sql};
use crate::StoreError;

/// What stands for this person, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn standing(
    connection: &Connection,
    viewer: &Viewer,
    limit: u32,
) -> Result<Vec<NoticeRow>, StoreError> {
    let who = viewer.staff_id.as_str();
    let mut all = Vec::new();
    for permission in viewer.permissions() {
        let mut statement = connection.prepare_cached(sql::LIST_MAY)?;
        all.extend(collect(statement.query(params![who, permission.word(), limit])?, read)?);
    }
    let mut statement = connection.prepare_cached(sql::LIST_PERSON)?;
    all.extend(collect(statement.query(params![who, limit])?, read)?);
    all.sort_by(|a, b| b.raised_at.cmp(&a.raised_at).then_with(|| b.id.cmp(&a.id)));
    all.dedup_by(|a, b| a.id == b.id);
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// What stood for this person and was cleared, newest first, among the newest `limit` of all.
///
/// # Errors
/// The database cannot be read.
pub fn cleared(
    connection: &Connection,
    viewer: &Viewer,
    limit: u32,
) -> Result<Vec<NoticeRow>, StoreError> {
    let mut statement = connection.prepare_cached(sql::CLEARED)?;
    collect(statement.query(params![viewer.staff_id.as_str(), viewer.may(), limit])?, read)
}

fn read(row: &Row<'_>) -> Result<NoticeRow, StoreError> {
    let permission: Option<String> = column(TABLE, row, "permission")?;
    let person: Option<String> = column(TABLE, row, "person")?;
    Ok(NoticeRow {
        id: NoticeId { kind: kind(row)?, about: column(TABLE, row, "about")? },
        what: parsed(TABLE, row, "what", What::from_word)?,
        raised_at: moment(row, "stands_at")?,
        cleared_at: optional_moment(row, "cleared_at")?,
        permission: permission.and_then(|word| {
            Permission::ALL.into_iter().find(|permission| permission.word() == word)
        }),
        person: person.and_then(|text| StaffId::parse(&text).ok()),
        seen_at: optional_moment(row, "seen_at")?,
    })
}

/// How many stand for this person and how many of those they have not seen, both counted among the
/// newest `most` for each permission.
///
/// # Errors
/// The database cannot be read.
pub fn count(
    connection: &Connection,
    viewer: &Viewer,
    most: u32,
) -> Result<(u32, u32), StoreError> {
    let who = viewer.staff_id.as_str();
    let (mut all, mut seen) = (0_u32, 0_u32);
    let mut add = |sql: &str, may: &str| {
        let mut statement = connection.prepare_cached(sql)?;
        let row = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?));
        let (many, of_them) = statement.query_row(params![who, may, most], row)?;
        (all, seen) = (all.saturating_add(many), seen.saturating_add(of_them));
        Ok::<_, StoreError>(())
    };
    for permission in viewer.permissions() {
        add(sql::COUNT_MAY, permission.word())?;
    }
    add(sql::COUNT_PERSON, &viewer.may())?;
    Ok((all, all.saturating_sub(seen)))
}

/// Notes that a person has seen a notice that stands: they need not be told of it any more. A
/// refusal is cleared by that. False where nothing of this name stands for them.
///
/// # Errors
/// The database cannot be written.
pub fn see(
    connection: &Connection,
    id: &NoticeId,
    viewer: &Viewer,
    now: Moment,
) -> Result<bool, StoreError> {
    let key = (id.about.as_str(), id.kind.word());
    let mut statement = connection.prepare_cached(sql::FIND)?;
    let found = statement.query_row(key, |row| Ok((read(row), but_not(row)))).optional()?;
    let Some((row, but_not)) = found else { return Ok(false) };
    let row = row?;
    let named = row.person.as_ref() == Some(&viewer.staff_id);
    let permitted = row.permission.is_some_and(|permission| viewer.role.may(permission));
    if !(named || permitted) || but_not?.as_deref() == Some(viewer.staff_id.as_str()) {
        return Ok(false);
    }
    let values = params![key.0, key.1, viewer.staff_id.as_str(), now.as_millis()];
    connection.prepare_cached(sql::SEE)?.execute(values)?;
    let values = params![key.0, key.1, now.as_millis()];
    connection.prepare_cached(sql::SEEN_IS_TOLD)?.execute(values)?;
    if id.kind.ends_when_seen() {
        connection.prepare_cached(sql::CLEAR)?.execute(values)?;
    }
    Ok(true)
}

fn but_not(row: &Row<'_>) -> Result<Option<String>, StoreError> {
    column(TABLE, row, "but_not")
}
