use std::path::Path;

use counterfoil_api::Fault;
use counterfoil_api::call::{Call, Nothing};
use counterfoil_api::view::TrailHead;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Audit;
use crate::plain::word;
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, audit: &Audit) -> Result<Answer, Fault> {
    match audit {
        Audit::Verify => verify(door),
        Audit::Export { out } => export(door, out),
        Audit::Head => head(door),
    }
}

/// Anyone may check: needs no person.
fn verify(door: &Door<'_>) -> Result<Answer, Fault> {
    let verdict = door.open_to_read()?.call(Call::AuditVerify(Nothing {}))?;
    let (entries, head) = (&verdict["entries"], word(&verdict["head"]));
    let plain = format!("The trail is whole: {entries} entries, head {head}");
    Ok(Answer::done(verdict, plain))
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
