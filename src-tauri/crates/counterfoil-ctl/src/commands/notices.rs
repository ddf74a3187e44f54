use counterfoil_api::Fault;
use counterfoil_api::call::{Call, NoticeQuery, NoticesSeen};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::{Notices, Seen};
use crate::plain::{Table, rows, word};
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, notices: &Notices) -> Result<Answer, Fault> {
    match &notices.desk {
        Some(Seen::Seen { notices }) => seen(door, notices),
        None => list(door, notices),
    }
}

fn list(door: &Door<'_>, notices: &Notices) -> Result<Answer, Fault> {
    let session = door.sign_in_to_read()?;
    let state = notices.cleared.then(|| "cleared".to_owned());
    let list = session.call(Call::NoticeListed(NoticeQuery { state, limit: notices.limit }))?;
    let plain = in_words(&list);
    Ok(Answer::done(list, plain))
}

fn seen(door: &Door<'_>, notices: &[String]) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let seen = session.call(Call::NoticeSeen(NoticesSeen { notices: notices.to_vec() }))?;
    Ok(Answer::done(seen, "Noted as seen.".to_owned()))
}

fn in_words(list: &Value) -> String {
    let mut table = Table::new(&["NOTICE", "SINCE", "SEEN", "WHAT"]);
    for notice in rows(&list["notices"]) {
        let seen = if notice["seen_at"].is_null() { "no" } else { "yes" };
        table.row([
            word(&notice["notice_id"]),
            word(&notice["raised_at"]),
            seen.to_owned(),
            word(&notice["words"]),
        ]);
    }
    let more = if list["more"] == true { " or more" } else { "" };
    format!("{table}\n{}{more} stand, {} not seen", list["standing"], list["unseen"])
}
