use counterfoil_api::view::ClockCode;
use counterfoil_api::{CallbackHealth, ClockHealth, DoctorReport, Fault, FaultCode};

use crate::answer::Answer;
use crate::exit::Exit;
use crate::output;
use crate::plain::Table;
use crate::session::Door;

/// Looks at everything a till needs. Needs no person and exits 0 whatever it shows, unless the
/// store could not be opened in full: then it tells what can still be read, and fails.
pub fn look(door: &Door<'_>) -> Result<Answer, Fault> {
    let session = door.open_to_read()?;
    let report = session.desk.doctor()?;
    let no_json = |error| Fault::new(FaultCode::Store, format!("no JSON: {error}"));
    let mut json = serde_json::to_value(&report).map_err(no_json)?;
    let plain = in_words(&report);
    match session.desk.rescue() {
        None => Ok(Answer::done(json, plain)),
        Some(fault) => {
            json["error"] = output::error_json(&fault)["error"].take();
            Ok(Answer { json, plain, exit: Exit::of(&fault) })
        }
    }
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
        format!("Sending   {}", report.right_to_send),
    ];
    for bad in &report.unreadable {
        lines.push(format!("Unreadable  {} {}: {}", bad.table, bad.row, bad.what));
    }
    lines.extend(clock_in_words(&report.clock));
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
    lines.push(callbacks_in_words(&report.callbacks));
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

fn callbacks_in_words(callbacks: &CallbackHealth) -> String {
    let heard = match &callbacks.listening_at {
        Some(address) => format!("heard at {address}"),
        None => "not heard".to_owned(),
    };
    let newest = callbacks.newest_at.as_ref().map(|at| format!(", the newest at {at}"));
    format!(
        "Callbacks {heard}; {} kept, {} to be read{}",
        callbacks.kept,
        callbacks.untaken,
        newest.unwrap_or_default()
    )
}

/// A line while the clocks disagree; they are not spoken of while they agree.
fn clock_in_words(clock: &ClockHealth) -> Option<String> {
    let warning = clock.warning?;
    let seconds = warning.by_ms / 1_000;
    let words = match warning.code {
        ClockCode::SetBack => format!("this computer's clock is {seconds} s behind"),
        ClockCode::SetForward => format!("this computer's clock is {seconds} s ahead"),
        ClockCode::ProviderDiffers => format!("a provider's clock differs by {seconds} s"),
        ClockCode::Ahead => format!("the till's time runs {seconds} s ahead"),
    };
    Some(format!("Clock     {words}; the till goes by {}", clock.trusted))
}
