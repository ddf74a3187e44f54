use std::time::Duration;

use counterfoil_api::call::{Call, FindingQuery, Reconcile as Run, ResolveFinding};
use counterfoil_api::{Desk, Fault};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::{Findings, Reconcile};
use crate::output;
use crate::plain::{Table, amount, rows, word};
use crate::session::Door;
use crate::signals::asked_to_end;

/// How often the person in front is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(5);

pub fn carry_out(door: &Door<'_>, reconcile: &Reconcile) -> Result<Answer, Fault> {
    match &reconcile.desk {
        Some(Findings::List { account, state }) => list(door, account.clone(), state.clone()),
        Some(Findings::Resolve { finding, remark }) => resolve(door, finding, remark),
        None => run(door, reconcile),
    }
}

fn run(door: &Door<'_>, reconcile: &Reconcile) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let desk = session.desk.clone();
    let telling = door.handle.spawn(async move {
        tokio::select! {
            () = tell(&desk) => {}
            () = asked_to_end() => {
                output::progress("Ending; what was compared by now is kept.");
                desk.end_reconciling();
            }
        }
    });
    // The table of arguments does not let it be missing.
    let account = reconcile.account.clone().unwrap_or_default();
    let since = reconcile.since.clone();
    let ran = session.call(Call::ReconcileRun(Run { account, since }));
    telling.abort();
    let run = ran?;
    let plain = in_words(&run);
    Ok(Answer::done(run, plain))
}

async fn tell(desk: &Desk) {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let going = desk.reconcile_going();
        match going.total {
            Some(total) => output::progress(&format!("{} of {total} compared", going.done)),
            None => output::progress(&format!("{} listed", going.done)),
        }
    }
}

fn list(door: &Door<'_>, account: Option<String>, state: Option<String>) -> Result<Answer, Fault> {
    let session = door.sign_in_to_read()?;
    let list = session.call(Call::ReconcileListed(FindingQuery { account, state }))?;
    let plain = table(rows(&list["findings"]));
    Ok(Answer::done(list, plain))
}

fn resolve(door: &Door<'_>, finding: &str, remark: &str) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let ask = ResolveFinding { finding_id: finding.to_owned(), remark: remark.to_owned() };
    let finding = session.call(Call::ReconcileResolve(ask))?;
    let plain =
        format!("Resolved by {}: {}", word(&finding["resolved_by"]), word(&finding["remark"]));
    Ok(Answer::done(finding, plain))
}

fn in_words(run: &Value) -> String {
    let mut lines = vec![format!("{} matched, {} settled before", run["matched"], run["settled"])];
    let classes = ["only_here", "only_there", "amount_differs", "state_differs"];
    let found: Vec<Value> = classes.iter().flat_map(|class| rows(&run[*class])).cloned().collect();
    if !found.is_empty() {
        lines.push(table(&found));
    }
    for unread in rows(&run["unread"]) {
        let (name, why) = (word(&unread["provider_ref"]), word(&unread["why"]));
        lines.push(format!("Not compared: {name}: {why}"));
    }
    if run["only_there_known"] == false {
        lines.push(
            "This provider lists no payments: what is only there cannot be found.".to_owned(),
        );
    }
    if run["complete"] == false {
        lines.push("It was ended before all payments were compared.".to_owned());
    }
    lines.join("\n")
}

fn table(findings: &[Value]) -> String {
    let mut table = Table::new(&["FINDING", "CLASS", "PAYMENT", "WHAT", "HERE", "THERE", "STATE"]);
    for finding in findings {
        let fields: Vec<String> = rows(&finding["fields"]).iter().map(word).collect();
        table.row([
            word(&finding["finding_id"]),
            word(&finding["class"]),
            word(&finding["provider_ref"]),
            fields.join(" "),
            side(&finding["here"], &fields),
            side(&finding["there"], &fields),
            word(&finding["state"]),
        ]);
    }
    table.to_string()
}

/// What differs on one side; where nothing is named, the total and the state.
fn side(side: &Value, fields: &[String]) -> String {
    let whole = ["amount".to_owned(), "state".to_owned()];
    let shown = if fields.is_empty() { &whole } else { fields };
    let one = |field: &String| match &side[field.as_str()] {
        Value::String(text) => text.clone(),
        money => amount(money),
    };
    if side.is_null() {
        "-".to_owned()
    } else {
        shown.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}
