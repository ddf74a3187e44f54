use counterfoil_api::Fault;
use counterfoil_api::call::{Call, NewStaff, Nothing};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Staff;
use crate::plain::{Table, rows, word};
use crate::session::Door;
use crate::typed;

pub fn carry_out(door: &Door<'_>, staff: &Staff) -> Result<Answer, Fault> {
    match staff {
        Staff::Add { name, role } => add(door, name, role),
        Staff::List => list(door),
    }
}

fn add(door: &Door<'_>, name: &str, role: &str) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let added = session.call(Call::StaffAdd(NewStaff {
        name: name.to_owned(),
        role: role.to_owned(),
        pin: typed::new_pin()?,
    }))?;
    let plain = format!("{name} is now a {role} here: {}", word(&added["staff_id"]));
    Ok(Answer::done(added, plain))
}

fn list(door: &Door<'_>) -> Result<Answer, Fault> {
    let people = door.sign_in()?.call(Call::StaffList(Nothing {}))?;
    let mut table = Table::new(&["ID", "NAME", "ROLE", "LOCKED UNTIL"]);
    for person in rows(&people) {
        table.row([
            word(&person["staff_id"]),
            word(&person["name"]),
            word(&person["role"]),
            word(&person["locked_until"]),
        ]);
    }
    Ok(Answer::done(json!({ "staff": people }), table.to_string()))
}
