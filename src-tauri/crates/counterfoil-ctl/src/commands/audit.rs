use std::path::Path;

use counterfoil_api::Fault;
use counterfoil_api::view::{TrailHead, TrailVerdict};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Audit;
use crate::output;
use crate::session::Door;

/// A trail longer than this takes a while: its check says how far it is.
const LONG: i64 = 100_000;

pub fn carry_out(door: &Door<'_>, audit: &Audit) -> Result<Answer, Fault> {
    match audit {
        Audit::Verify { head } => verify(door, head.as_deref()),
        Audit::Export { out } => export(door, out),
        Audit::Head => head(door),
    }
}

/// Anyone may check: needs no person.
fn verify(door: &Door<'_>, head: Option<&str>) -> Result<Answer, Fault> {
    let tell = |entries: i64| {
        if entries % LONG == 0 {
            output::progress(&format!("{entries} entries checked"));
        }
    };
    let verdict = door.open_to_read()?.desk.audit_verify(head, tell)?;
    let plain = in_words(&verdict);
    Ok(Answer::done(json!(verdict), plain))
}

fn in_words(verdict: &TrailVerdict) -> String {
    let mut words =
        format!("The trail is whole: {} entries, head {}", verdict.entries, verdict.head);
    match verdict.signed_to {
        Some(entry) => words.push_str(&format!(
            "\nSigned by the till up to entry {entry} ({} heads)",
            verdict.heads
        )),
        None => words.push_str("\nNothing in it is signed by the till"),
    }
    match &verdict.not_anchored_because {
        None => words.push_str("\nCompared with the newest head that the keyring remembers"),
        Some(why) => words.push_str(&format!(
            "\nNot compared with the keyring, so a cut tail would not show: {why}"
        )),
    }
    if let Some(entry) = verdict.head_at {
        words.push_str(&format!("\nThe hash that was asked about is that of entry {entry}"));
    }
    words
}

fn export(door: &Door<'_>, out: &Path) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let head = session.desk.audit_export(&session.seat, out)?;
    let plain = format!("{} entries written to {}", head.entries, out.display());
    Ok(Answer::done(in_json(&head), plain))
}

fn head(door: &Door<'_>) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let head = session.desk.audit_head(&session.seat)?;
    let plain = format!("{} entries, head {}", head.entries, head.head);
    Ok(Answer::done(in_json(&head), plain))
}

fn in_json(head: &TrailHead) -> serde_json::Value {
    json!({ "ok": true, "entries": head.entries, "head": head.head })
}
