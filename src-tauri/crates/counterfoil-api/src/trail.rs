//! The trail: verify, head, export. Verifying needs no person: anyone may check.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use counterfoil_core::audit::{ExportHeader, Exporter};
use counterfoil_store::table::{audit_entry, meta, signed_head};
use counterfoil_store::trail::{self, Against, Checked, Line};
use serde_json::json;

use crate::call::{Entry, Nothing};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::seat::Seat;
use crate::view::{TrailHead, TrailVerdict};
use crate::{Fault, FaultCode};

/// Fewest digits of a hash that count as one: fewer could be met by trying.
const LEAST_DIGITS: usize = 16;

/// Digits of a hash that stand on a slip.
const SHORT_DIGITS: usize = 16;

/// The head as it stands on a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperHead {
    /// The newest entry.
    pub seq: i64,
    /// Its hash, 64 hex digits.
    pub hash: String,
}

impl PaperHead {
    /// The digits for a slip: enough for `audit verify --head` and `counterfoil-verify --head`.
    #[must_use]
    pub fn short(&self) -> &str {
        self.hash.get(..SHORT_DIGITS).unwrap_or(&self.hash)
    }
}

impl Desk {
    /// Checks the whole trail: chain, form, heads, and against the newest head that the keyring
    /// remembers, where it can be asked. `head` is a hash from a paper, or its first sixteen
    /// digits or more, that must be in it. `tell` hears now and then how many entries were
    /// checked.
    ///
    /// # Errors
    /// [`FaultCode::AuditBroken`] with `detail.entry`, the first bad entry, and `detail.why`;
    /// [`FaultCode::BadInput`] for a `head` that is none.
    pub fn audit_verify(
        &self,
        head: Option<&str>,
        tell: impl FnMut(i64),
    ) -> Result<TrailVerdict, Fault> {
        let hash = head.map(digits).transpose()?;
        let (anchor, not_anchored_because) = match self.runtime.remembered_head() {
            Ok(Some(anchor)) => (Some(anchor), None),
            Ok(None) => (None, Some("the keyring remembers no head yet".to_owned())),
            Err(why) => (None, Some(why)),
        };
        let against = Against { anchor, hash };
        let outcome = self.read(|connection| {
            let checked = trail::check(connection, &against, tell)?;
            Ok((checked, meta::get(connection, signed_head::TILL_PUBLIC_KEY)?))
        });
        // A hash from a paper may be mistyped: that says nothing about the trail.
        if against.hash.is_none() {
            self.alarm(&outcome, against.anchor.is_some());
        }
        let (checked, key) = outcome?;
        let Checked { entries, head, heads, signed_to, hash_at } = checked;
        Ok(TrailVerdict {
            ok: true,
            entries: count(entries),
            head,
            anchored: against.anchor.is_some(),
            not_anchored_because,
            heads: u32::try_from(heads).unwrap_or(u32::MAX),
            signed_to: signed_to.map(count),
            key,
            head_at: hash_at.map(count),
        })
    }

    /// People are told of a trail that is not what was signed, and that it is well again only once
    /// it was compared with what the keyring remembers.
    fn alarm<T>(&self, outcome: &Result<T, Fault>, anchored: bool) {
        let broken = match outcome {
            Ok(_) if anchored => false,
            Err(fault) if fault.code == FaultCode::AuditBroken => true,
            Ok(_) | Err(_) => return,
        };
        if self.store().read_only_because().is_some() {
            return;
        }
        if let Err(error) = self.runtime.note_trail(broken) {
            tracing::warn!(%error, "what is known of the trail could not be noted");
        }
    }

    pub(crate) fn trail_verified(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<TrailVerdict, Fault> {
        self.audit_verify(None, |_| ())
    }

    /// The newest entry's hash.
    ///
    /// # Errors
    /// Nobody is signed in, or the store cannot be read.
    pub fn audit_head(&self, seat: &Seat) -> Result<TrailHead, Fault> {
        self.admit_entry(seat, Entry::AuditHead)?;
        let PaperHead { seq, hash } = self.head_for_paper()?;
        Ok(TrailHead { entries: count(seq), head: hash })
    }

    /// The head for a slip or report: of the newest entry.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn head_for_paper(&self) -> Result<PaperHead, Fault> {
        let (seq, hash) = self.read(audit_entry::head)?;
        Ok(PaperHead { seq, hash })
    }

    /// Has the till sign the newest entry, unless it has; that the keyring is away is no fault.
    /// Blocks.
    ///
    /// # Errors
    /// The store fails.
    pub fn keep_head(&self) -> Result<(), Fault> {
        Ok(self.runtime.keep_head().map(|_| ())?)
    }

    /// Writes the trail with its heads to a new file (`docs/audit-format.md`), for the owner or an
    /// auditor. That it was exported is its newest entry.
    ///
    /// # Errors
    /// Not allowed, the file exists, or the disk says no.
    pub fn audit_export(&self, seat: &Seat, out: &Path) -> Result<TrailHead, Fault> {
        let at = self.admit_entry(seat, Entry::AuditExport)?;
        let by = at.person()?.staff_id.clone();
        let disk = |error: io::Error| {
            let words = format!("{} cannot be written: {error}", out.display());
            Fault::new(FaultCode::Store, words)
        };
        let file = OpenOptions::new().write(true).create_new(true).open(out).map_err(disk)?;
        if self.rescue().is_none() {
            let behind = self.head_for_paper()?.seq;
            let fact = self.fact(Some(&by), "trail.exported", "trail", json!({"behind": behind}));
            self.write_with_trail(fact, |_| Ok(()))?;
            self.keep_head()?;
        }
        let exported = self.write_trail(by.as_str(), file);
        if exported.is_err() {
            // Half a file is no export. Where it cannot be removed, its end is missing.
            let _ = std::fs::remove_file(out);
        }
        exported?.map_err(disk)
    }

    /// The inner error is the disk's.
    fn write_trail(&self, by: &str, file: File) -> Result<io::Result<TrailHead>, Fault> {
        let schema = self.store().facts()?.schema;
        let exported_at = self.runtime.now().to_rfc3339();
        let mut file = BufWriter::new(file);
        let written = self.read(|connection| {
            let till = meta::get(connection, meta::TILL_ID)?.unwrap_or_default();
            let public_key = meta::get(connection, signed_head::TILL_PUBLIC_KEY)?;
            let by = by.to_owned();
            let header = ExportHeader { till, schema, public_key, exported_at, by };
            let (mut exporter, first) = Exporter::begin(&header);
            let mut written = file.write_all(first.as_bytes());
            trail::for_each_line(connection, |line| {
                let line = match line {
                    Line::Entry(entry) => exporter.entry(entry),
                    Line::Head(head) => exporter.head(head),
                };
                if written.is_ok() {
                    written = file.write_all(line.as_bytes());
                }
                Ok(())
            })?;
            Ok(written.map(|()| exporter))
        })?;
        let exporter = match written {
            Ok(exporter) => exporter,
            Err(error) => return Ok(Err(error)),
        };
        let (entries, head) = exporter.written();
        let told = TrailHead { entries: count(entries), head: head.to_owned() };
        let signature = self.runtime.sign_as_till(exporter.statement().as_bytes());
        let end = exporter.end(signature.as_deref());
        let ended = file.write_all(end.as_bytes()).and_then(|()| file.flush());
        Ok(ended.and_then(|()| file.get_ref().sync_all()).map(|()| told))
    }
}

/// A hash from a paper, or its first digits.
fn digits(text: &str) -> Result<String, Fault> {
    let text = text.trim().to_ascii_lowercase();
    let fits = (LEAST_DIGITS..=64).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    let words = format!("a head has {LEAST_DIGITS} to 64 hex digits, as on a slip or report");
    Err(Fault::new(FaultCode::BadInput, words).with("field", "head"))
}

fn count(entries: i64) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX)
}
