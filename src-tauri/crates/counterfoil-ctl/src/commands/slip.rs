use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use counterfoil_api::call::{Call, ChangeRef, Nothing, PrintSlip};
use counterfoil_api::{Fault, FaultCode, paper_page};

use crate::answer::Answer;
use crate::arguments::Slip;
use crate::plain::{Table, rows, word};
use crate::session::{Door, Session};

pub fn carry_out(door: &Door<'_>, slip: &Slip) -> Result<Answer, Fault> {
    match slip {
        Slip::Show { change, html } => show(door, change, html.as_deref()),
        Slip::Print { change } => {
            let ask = PrintSlip { change_id: change.clone(), way: "printer".to_owned() };
            printed(&door.sign_in()?, Call::SlipPrint(ask))
        }
        Slip::List => list(door),
    }
}

fn show(door: &Door<'_>, change: &str, html: Option<&Path>) -> Result<Answer, Fault> {
    let ask = ChangeRef { change_id: change.to_owned() };
    let mut slip = door.sign_in_to_read()?.call(Call::SlipShow(ask))?;
    if let Some(file) = html {
        let (title, element) = (word(&slip["paper"]["title"]), word(&slip["paper"]["html_80mm"]));
        write_new(file, &paper_page(&title, &element))?;
    }
    let plain = word(&slip["paper"]["plain"]);
    slip["paper"] = serde_json::json!({ "title": slip["paper"]["title"], "plain": plain });
    Ok(Answer::done(slip, plain.trim_end()))
}

/// A paper that went to the printer.
pub fn printed(session: &Session, call: Call) -> Result<Answer, Fault> {
    let mut print = session.call(call)?;
    if let Some(fields) = print.as_object_mut() {
        fields.remove("paper");
    }
    let copy = print["copy"].as_i64().unwrap_or(1);
    let copies = if copy > 1 { format!(", copy {copy}") } else { String::new() };
    let plain = format!("Print {}{copies}: the printer has taken it.", print["number"]);
    Ok(Answer::done(print, plain))
}

fn list(door: &Door<'_>) -> Result<Answer, Fault> {
    let list = door.sign_in_to_read()?.call(Call::PrintListed(Nothing {}))?;
    let mut table = Table::new(&["NO.", "WHAT", "OF", "COPY", "WAY", "BY", "AT", "OUTCOME"]);
    for print in rows(&list["prints"]) {
        table.row([
            print["number"].to_string(),
            word(&print["what"]),
            word(&print["about"]),
            print["copy"].to_string(),
            word(&print["way"]),
            word(&print["by"]),
            word(&print["at"]),
            word(&print["outcome"]),
        ]);
    }
    let plain = table.to_string();
    Ok(Answer::done(list, plain))
}

/// Never over a file that is there.
pub fn write_new(file: &Path, text: &str) -> Result<(), Fault> {
    let mut new = OpenOptions::new();
    let written = new.write(true).create_new(true).open(file);
    written.and_then(|mut out| out.write_all(text.as_bytes())).map_err(|error| {
        let words = format!("{} cannot be written: {error}.", file.display());
        Fault::new(FaultCode::Store, words).with("path", file.display())
    })
}
