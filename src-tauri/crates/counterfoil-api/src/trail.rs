//! The trail: verify, head, export. Verifying needs no person: anyone may check.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use counterfoil_core::staff::{Permission, Role};
use counterfoil_store::table::audit_entry;

use crate::desk::Desk;
use crate::seat::Seat;
use crate::view::{TrailHead, TrailVerdict};
use crate::{Fault, FaultCode};

impl Desk {
    /// Checks the whole trail.
    ///
    /// # Errors
    /// [`FaultCode::AuditBroken`] with `detail.entry`, the first bad entry.
    pub fn audit_verify(&self) -> Result<TrailVerdict, Fault> {
        let (entries, head) = self.read(audit_entry::verify)?;
        Ok(TrailVerdict { ok: true, entries: count(entries), head })
    }

    /// The newest entry's hash.
    ///
    /// # Errors
    /// Nobody is signed in, or the store cannot be read.
    pub fn audit_head(&self, seat: &Seat) -> Result<TrailHead, Fault> {
        self.allow(seat, Permission::Read)?;
        let (entries, head) = self.read(audit_entry::head)?;
        Ok(TrailHead { entries: count(entries), head })
    }

    /// Writes the trail to a new file, one entry a line as JSON: `{"seq","body","hash"}`. For the
    /// owner or an auditor.
    ///
    /// # Errors
    /// Not allowed, the file exists, or the disk says no.
    pub fn audit_export(&self, seat: &Seat, out: &Path) -> Result<TrailHead, Fault> {
        let person = self.signed_in(seat)?;
        if person.role != Role::Auditor {
            self.allow(seat, Permission::SetUp)?;
        }
        let disk = |error: std::io::Error| {
            let words = format!("{} cannot be written: {error}", out.display());
            Fault::new(FaultCode::Store, words)
        };
        let file = OpenOptions::new().write(true).create_new(true).open(out).map_err(disk)?;
        let mut file = BufWriter::new(file);
        let mut written = Ok(());
        self.read(|connection| {
            audit_entry::for_each(connection, |entry| {
                let line = serde_json::json!({
                    "seq": entry.seq, "body": entry.body, "hash": entry.hash,
                });
                if written.is_ok() {
                    written = writeln!(file, "{line}");
                }
                Ok(())
            })
        })?;
        written.and_then(|()| file.flush()).map_err(disk)?;
        self.audit_head(seat)
    }
}

fn count(entries: i64) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX)
}
