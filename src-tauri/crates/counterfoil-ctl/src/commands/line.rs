use counterfoil_api::Fault;
use counterfoil_api::call::{Call, Nothing, SetLine};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::Line;
use crate::plain::{amount, rows, word};
use crate::session::Door;

/// Takes the till offline on purpose, brings it back, or says how it stands.
pub fn carry_out(door: &Door<'_>, line: Line) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let call = match line {
        Line::Offline => Call::LineSet(SetLine { on_purpose: true }),
        Line::Online => Call::LineSet(SetLine { on_purpose: false }),
        Line::Show => Call::DeskShow(Nothing {}),
    };
    let desk = session.call(call)?;
    let plain = in_words(&desk);
    Ok(Answer::done(json!({ "line": desk["line"], "offline": desk["offline"] }), plain))
}

fn in_words(desk: &Value) -> String {
    let offline = &desk["offline"];
    if offline.is_null() {
        return "The till is online: nothing limits what may be queued.".to_owned();
    }
    let why = if offline["on_purpose"] == true { "on purpose" } else { "no provider answers" };
    let sums: Vec<_> = rows(&offline["left_sum"]).iter().map(amount).collect();
    format!(
        "Offline since {} ({why}). Until {} this person may still ask for {} changes{}{}.",
        word(&offline["since"]),
        word(&offline["until"]),
        offline["left_count"],
        if sums.is_empty() { "" } else { " that move " },
        sums.join(" and "),
    )
}
