use counterfoil_api::{DoctorReport, Fault, FaultCode};

use crate::answer::Answer;
use crate::plain::Table;
use crate::session::Door;

/// Looks at everything a till needs. Needs no person and exits 0 whatever it shows.
pub fn look(door: &Door<'_>) -> Result<Answer, Fault> {
    let report = door.open()?.desk.doctor()?;
    let json = serde_json::to_value(&report)
        .map_err(|error| Fault::new(FaultCode::Store, format!("no JSON: {error}")))?;
    Ok(Answer::done(json, in_words(&report)))
}

fn in_words(report: &DoctorReport) -> String {
    let oldest = match report.oldest_age_seconds {
        Some(seconds) => format!(", the oldest for {seconds} s"),
        None => String::new(),
    };
    let elsewhere = if report.drained_elsewhere { "another process" } else { "nobody now" };
    let mut lines = vec![
        format!("Counterfoil {} · SQLite {}", report.version, report.sqlite),
        format!(
            "Store     {} (schema {}, {}, synchronous {})",
            report.store_check, report.schema, report.journal_mode, report.synchronous
        ),
        format!("Keyring   {} ({})", report.keyring_check, report.keyring_backend),
        format!("Queue     {} open{oldest}; sent by {elsewhere}", report.queue_depth),
        format!("Payments  {}", report.payments),
    ];
    if let Some(offline) = &report.offline {
        let left = offline.left_sum.iter().map(|sum| format!(", {} {}", sum.text, sum.currency));
        lines.push(format!(
            "Offline   since {}; a cashier may still ask for {} changes{} until {}",
            offline.since,
            offline.left_count,
            left.collect::<String>(),
            offline.until
        ));
    }
    if !report.accounts.is_empty() {
        let mut table = Table::new(&["ACCOUNT", "PROVIDER", "LAST READ", "PAUSED BECAUSE"]);
        for account in &report.accounts {
            table.row([
                account.name.clone(),
                account.provider.clone(),
                account.last_contact.clone().unwrap_or_default(),
                account.paused.clone().unwrap_or_default(),
            ]);
        }
        lines.push(table.to_string());
    }
    lines.join("\n")
}
