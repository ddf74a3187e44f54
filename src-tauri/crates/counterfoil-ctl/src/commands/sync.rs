use std::time::Duration;

use counterfoil_api::{Fault, FaultCode, SyncReport};
use serde_json::json;
use tokio::sync::watch;

use crate::answer::Answer;
use crate::arguments::Sync;
use crate::exit::Exit;
use crate::output;
use crate::session::Door;
use crate::signals::asked_to_end;

pub fn carry_out(door: &Door<'_>, sync: &Sync) -> Result<Answer, Fault> {
    if sync.watch { keep_sending(door) } else { until_idle(door, sync.deadline) }
}

fn until_idle(door: &Door<'_>, deadline: Duration) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let (stop, stopped) = watch::channel(false);
    door.handle.spawn(async move {
        asked_to_end().await;
        output::progress("Finishing what is being sent; what waits stays queued.");
        // Where the run has ended meanwhile, nobody needs to be told.
        let _ = stop.send(true);
    });
    let report = session.desk.sync_until_idle_or_stopped(&session.seat, deadline, stopped)?;
    let json = serde_json::to_value(&report)
        .map_err(|error| Fault::new(FaultCode::Store, format!("no JSON: {error}")))?;
    Ok(Answer { json, plain: in_words(&report), exit: exit(&report) })
}

fn keep_sending(door: &Door<'_>) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let draining = session.desk.sync_watch(&session.seat)?;
    output::progress("Sending what is asked for; ctrl-c ends it.");
    door.handle.block_on(asked_to_end());
    output::progress("Finishing what is being sent; what waits stays queued.");
    draining.finish(door.handle);
    Ok(Answer::done(json!({ "ended": true }), "Ended."))
}

/// The most pressing of what the run left behind.
fn exit(report: &SyncReport) -> Exit {
    // An account that waits for new credentials matters where something waits for the account.
    let held_up = report.queued > 0 && !report.paused_accounts.is_empty();
    if report.needs_customer > 0 || report.conflict > 0 || held_up {
        Exit::WaitsForPerson
    } else if report.in_doubt > 0 {
        Exit::InDoubt
    } else if report.declined > 0 {
        Exit::Declined
    } else {
        Exit::Done
    }
}

fn in_words(report: &SyncReport) -> String {
    let counts = [
        (report.applied, "applied"),
        (report.declined, "declined by the provider"),
        (report.in_doubt, "in doubt: sent, outcome not known"),
        (report.needs_customer, "waiting for the customer"),
        (report.conflict, "in conflict: a manager decides"),
        (report.awaiting_approval, "waiting for a second person to approve"),
        (report.queued, "still waiting to be sent: kept on this till, no money moved"),
    ];
    let mut lines: Vec<_> = counts
        .into_iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, what)| format!("{many} {what}"))
        .collect();
    for why in &report.waiting_because {
        lines.push(format!("Waiting because: {why}"));
    }
    for account in &report.paused_accounts {
        lines.push(format!("Nothing is sent for {account}: its credentials were refused"));
    }
    if lines.is_empty() {
        lines.push("Nothing is waiting.".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_exits_with_the_most_pressing_of_what_it_left_behind() {
        let check = |change: fn(&mut SyncReport), expected: Exit| {
            let mut report = SyncReport::default();
            change(&mut report);
            assert_eq!(exit(&report), expected, "{report:?}");
        };
        check(|_| {}, Exit::Done);
        check(|r| (r.applied, r.queued) = (2, 1), Exit::Done);
        check(|r| (r.applied, r.declined) = (2, 1), Exit::Declined);
        check(|r| (r.in_doubt, r.declined) = (1, 1), Exit::InDoubt);
        check(|r| (r.in_doubt, r.conflict) = (1, 1), Exit::WaitsForPerson);
        check(|r| (r.needs_customer, r.declined) = (1, 1), Exit::WaitsForPerson);
        check(|r| r.paused_accounts.push("B".to_owned()), Exit::Done);
        let paused = |r: &mut SyncReport| {
            r.paused_accounts.push("B".to_owned());
            r.queued = 1;
        };
        check(paused, Exit::WaitsForPerson);
    }
}
