//! The whole trail: its check, and its entries with their heads in one order. Entry by entry, so
//! that a trail of any length needs little memory.

use std::sync::mpsc::{SyncSender, sync_channel};

use counterfoil_core::audit::{AuditEntry, BrokenAt, KEY_MADE, SignedHead, Verifier, Why};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::Value;

use crate::StoreError;
use crate::table::audit_entry;
use crate::table::signed_head::InOrder;

/// After how many entries whoever waits is told how far it is.
const TELL_EVERY: i64 = 10_000;

/// Heads that wait for their signature to be checked.
const HEADS_WAITING: usize = 64;

/// What the trail is held against, beside itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Against {
    /// The newest head that the keyring remembers.
    pub anchor: Option<SignedHead>,
    /// A hash from a paper, or its first digits, in lower case.
    pub hash: Option<String>,
}

/// What a whole trail shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many entries.
    pub entries: i64,
    /// Hash of the newest.
    pub head: String,
    /// How many heads.
    pub heads: u64,
    /// The newest entry under a signature of the till.
    pub signed_to: Option<i64>,
    /// The entry with the hash that was asked about.
    pub hash_at: Option<i64>,
}

/// Checks chain, form, heads and what the trail is held against. `tell` hears how many entries
/// were checked, now and then.
///
/// # Errors
/// [`StoreError::Broken`] with the first bad entry, or the database cannot be read.
pub fn check(
    connection: &Connection,
    against: &Against,
    mut tell: impl FnMut(i64),
) -> Result<Checked, StoreError> {
    std::thread::scope(|scope| {
        // A signature takes as long as a hundred entries: they are checked beside.
        let (heads, hears) = sync_channel::<SignedHead>(HEADS_WAITING);
        let signatures = scope.spawn(move || {
            hears.into_iter().find(|head| !head.is_signed()).map(|head| head.head.seq)
        });
        let checked = walk(connection, Check::new(against, heads), &mut tell);
        let forged = signatures.join().map_err(|_| StoreError::Closed)?;
        match (checked, forged) {
            // What is broken behind a forged head counts less.
            (Ok(_), Some(seq)) => Err(signature(seq)),
            (Err(StoreError::Broken(broken)), Some(seq)) if seq <= broken.seq => {
                Err(signature(seq))
            }
            (checked, _) => checked,
        }
    })
}

fn signature(seq: i64) -> StoreError {
    StoreError::Broken(BrokenAt { seq, why: Why::Signature })
}

/// All but the signatures, which go beside.
fn walk(
    connection: &Connection,
    mut check: Check<'_>,
    tell: &mut impl FnMut(i64),
) -> Result<Checked, StoreError> {
    let mut statement = connection.prepare_cached(InOrder::SQL)?;
    let mut heads = InOrder::new(statement.query([])?)?;
    let mut entries = connection.prepare_cached(audit_entry::IN_ORDER)?;
    let mut rows = entries.query([])?;
    while let Some(row) = rows.next()? {
        let seq = check.entry(row).map_err(StoreError::Broken)?;
        while let Some(head) = heads.take_up_to(seq)? {
            check.head(seq, head).map_err(StoreError::Broken)?;
        }
        if seq % TELL_EVERY == 0 {
            tell(seq);
        }
    }
    check.end(heads.next_seq().is_some()).map_err(StoreError::Broken)
}

struct Check<'a> {
    against: &'a Against,
    verifier: Verifier,
    keys: Vec<String>,
    signatures: SyncSender<SignedHead>,
    heads: u64,
    signed_to: Option<i64>,
    hash_at: Option<i64>,
}

impl<'a> Check<'a> {
    fn new(against: &'a Against, signatures: SyncSender<SignedHead>) -> Self {
        Self {
            against,
            signatures,
            verifier: Verifier::default(),
            keys: Vec::new(),
            heads: 0,
            signed_to: None,
            hash_at: None,
        }
    }

    fn entry(&mut self, row: &Row<'_>) -> Result<i64, BrokenAt> {
        let expected = self.verifier.head().0 + 1;
        let broken = |why| BrokenAt { seq: expected, why };
        let place = row.get(0).map_err(|_| broken(Why::Missing))?;
        let body = text(row, 1).ok_or(broken(Why::NotCanonical))?;
        let hash = text(row, 2).ok_or(broken(Why::Hash))?;
        let what = self.verifier.take_parts(place, body, hash)?;
        if what == KEY_MADE {
            self.keys.extend(key_made(body));
        }
        if self.against.hash.as_ref().is_some_and(|wanted| hash.starts_with(wanted.as_str())) {
            self.hash_at = Some(place);
        }
        let anchor = self.against.anchor.as_ref().map(|anchor| &anchor.head);
        if anchor.is_some_and(|anchor| anchor.seq == place && anchor.hash != hash) {
            return Err(broken(Why::RolledBack));
        }
        Ok(place)
    }

    fn head(&mut self, seq: i64, head: Option<SignedHead>) -> Result<(), BrokenAt> {
        let broken = |why| Err(BrokenAt { seq, why });
        let Some(signed) = head else { return broken(Why::Signature) };
        if signed.head.seq != seq || signed.head.hash != self.verifier.head().1 {
            return broken(Why::Rewritten);
        }
        if !self.keys.contains(&signed.public_key) {
            return broken(Why::Signature);
        }
        self.heads += 1;
        self.signed_to = Some(seq);
        // Nobody hears any more once a forged one was found: that one is named.
        self.signatures.send(signed).or_else(|_| broken(Why::Signature))
    }

    fn end(self, heads_left: bool) -> Result<Checked, BrokenAt> {
        let (entries, head) = self.verifier.head();
        let broken = |why| Err(BrokenAt { seq: entries + 1, why });
        let anchor = self.against.anchor.as_ref();
        if heads_left || anchor.is_some_and(|anchor| anchor.head.seq > entries) {
            return broken(Why::CutOff);
        }
        if self.against.hash.is_some() && self.hash_at.is_none() {
            return broken(Why::NoSuchHead);
        }
        Ok(Checked {
            entries,
            head: head.to_owned(),
            heads: self.heads,
            signed_to: self.signed_to,
            hash_at: self.hash_at,
        })
    }
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a str> {
    match row.get_ref(column).ok()? {
        ValueRef::Text(bytes) => str::from_utf8(bytes).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

fn key_made(body: &str) -> Option<String> {
    let told: Value = serde_json::from_str(body).ok()?;
    told["facts"]["public_key"].as_str().map(str::to_owned)
}

/// One line of the trail.
#[derive(Debug)]
pub enum Line<'a> {
    /// An entry.
    Entry(&'a AuditEntry),
    /// A head, right behind its entry.
    Head(&'a SignedHead),
}

/// Hands out every entry in order, each with its heads behind it. A head that cannot be read, or
/// that is of no entry, is left out: a check of the trail finds it.
///
/// # Errors
/// The database cannot be read, or `take` says no.
pub fn for_each_line(
    connection: &Connection,
    mut take: impl FnMut(Line<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(InOrder::SQL)?;
    let mut heads = InOrder::new(statement.query([])?)?;
    audit_entry::for_each(connection, |entry| {
        take(Line::Entry(entry))?;
        while let Some(head) = heads.take_up_to(entry.seq)? {
            if let Some(head) = head.filter(|head| head.head.seq == entry.seq) {
                take(Line::Head(&head))?;
            }
        }
        Ok(())
    })
}
