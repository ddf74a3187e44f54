use counterfoil_api::call::{
    Call, GivePin, NewPin, NewStaff, RenameStaff, StaffQuery, StaffRef, StaffRole,
};
use counterfoil_api::{Fault, FaultCode};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Pin, Staff};
use crate::plain::{Table, rows, word};
use crate::session::Door;
use crate::typed;

pub fn carry_out(door: &Door<'_>, staff: &Staff) -> Result<Answer, Fault> {
    match staff {
        Staff::Add { name, role } => add(door, name, role),
        Staff::Rename { who, name } => {
            let (staff, name) = (who.clone(), name.clone());
            changed(door, Call::StaffRename(RenameStaff { staff, name }))
        }
        Staff::Role { who, role } => {
            let (staff, role) = (who.clone(), role.clone());
            changed(door, Call::StaffGivenRole(StaffRole { staff, role }))
        }
        Staff::Leave { who } => changed(door, Call::StaffLeave(StaffRef { staff: who.clone() })),
        Staff::Return { who } => {
            let given = GivePin { staff: who.clone(), pin: typed::new_pin()? };
            changed(door, Call::StaffReturn(given))
        }
        Staff::Pin(Pin { who: Some(who), .. }) => {
            let given = GivePin { staff: who.clone(), pin: typed::new_pin()? };
            changed(door, Call::StaffPin(given))
        }
        Staff::Pin(Pin { who: None, new_pepper: false }) => own_pin(door, Call::SessionPin),
        Staff::Pin(Pin { who: None, new_pepper: true }) => own_pin(door, Call::TillNewPepper),
        Staff::List { all } => list(door, *all),
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

fn changed(door: &Door<'_>, call: Call) -> Result<Answer, Fault> {
    let person = door.sign_in()?.call(call)?;
    let (name, role) = (word(&person["name"]), word(&person["role"]));
    let plain = match person["left_at"].as_str() {
        None => format!("{name} is a {role} here: {}", word(&person["staff_id"])),
        Some(at) => format!("{name} has left ({at}); what they did stays theirs."),
    };
    Ok(Answer::done(person, plain))
}

/// The present PIN is given once more with the new one: an open session alone changes none.
fn own_pin(door: &Door<'_>, call: fn(NewPin) -> Call) -> Result<Answer, Fault> {
    let session = door.open()?;
    let words = "say whose PIN it is: --as NAME, with the present one in COUNTERFOIL_PIN";
    let who = door.acting().ok_or_else(|| Fault::new(FaultCode::SignInNeeded, words))?;
    let pin = typed::pin(door.global)?;
    let new_pin = typed::new_pin()?;
    session.desk.sign_in(&session.seat, who, &pin)?;
    session.call(call(NewPin { pin, new_pin }))?;
    Ok(Answer::done(json!({ "ok": true }), "The new PIN holds from now on."))
}

fn list(door: &Door<'_>, all: bool) -> Result<Answer, Fault> {
    let people = door.sign_in()?.call(Call::StaffList(StaffQuery { all: Some(all) }))?;
    let mut table = Table::new(&["ID", "NAME", "ROLE", "LOCKED UNTIL", "LEFT"]);
    for person in rows(&people) {
        let cell = |key: &str| word(person.get(key).unwrap_or(&Value::Null));
        table.row([
            cell("staff_id"),
            cell("name"),
            cell("role"),
            cell("locked_until"),
            cell("left_at"),
        ]);
    }
    Ok(Answer::done(json!({ "staff": people }), table.to_string()))
}
