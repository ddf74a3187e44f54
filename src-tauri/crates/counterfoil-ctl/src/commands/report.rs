use std::path::{Path, PathBuf};

use counterfoil_api::Fault;
use counterfoil_api::call::{Call, DayQuery, DutyQuery, Nothing, PrintReport, ReportRef};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::Report;
use crate::commands::slip::{printed, write_new};
use crate::plain::word;
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, report: &Report) -> Result<Answer, Fault> {
    match report {
        Report::Day { date, csv } => {
            let ask = DayQuery { date: date.clone() };
            read(door, Call::ReportDay(ask), &[("csv", csv)])
        }
        Report::X(table) => read(door, Call::ReportX(Nothing {}), &[("csv", &table.csv)]),
        Report::Z(table) => closed(door, table.csv.as_deref()),
        Report::Show { number, table } => {
            read(door, Call::ReportShow(ReportRef { number: *number }), &[("csv", &table.csv)])
        }
        Report::Duty { from, to, csv, pairs_csv } => {
            let ask = DutyQuery { from: from.clone(), to: to.clone() };
            read(door, Call::ReportDuty(ask), &[("csv", csv), ("pairs_csv", pairs_csv)])
        }
        Report::Handover => read(door, Call::ReportHandover(Nothing {}), &[]),
        Report::Print { what, number, date } => {
            let ask = PrintReport {
                what: what.clone(),
                number: *number,
                date: date.clone(),
                way: "printer".to_owned(),
            };
            printed(&door.sign_in()?, Call::ReportPrint(ask))
        }
    }
}

type Files<'a> = &'a [(&'static str, &'a Option<PathBuf>)];

fn read(door: &Door<'_>, call: Call, files: Files<'_>) -> Result<Answer, Fault> {
    let report = door.sign_in_to_read()?.call(call)?;
    for (key, file) in files {
        if let Some(file) = file {
            write_new(file, &word(&report[*key]))?;
        }
    }
    Ok(answer(report))
}

/// The period is closed before the file is written: that the file cannot be is said, and the Z
/// report shown all the same.
fn closed(door: &Door<'_>, csv: Option<&Path>) -> Result<Answer, Fault> {
    let report = door.sign_in()?.call(Call::ReportZ(Nothing {}))?;
    let written = csv.map_or(Ok(()), |file| write_new(file, &word(&report["csv"])));
    written.map_err(|mut fault| {
        let number = &report["number"];
        fault.message = format!(
            "{} The Z report {number} is closed all the same: `report show {number} --csv FILE` \
             writes its table.",
            fault.message
        );
        fault.with("number", number)
    })?;
    Ok(answer(report))
}

/// For scripts without the forms for paper, which are long; for people the paper.
fn answer(mut report: Value) -> Answer {
    let plain = word(&report["paper"]["plain"]);
    if let Some(fields) = report.as_object_mut() {
        for long in ["paper", "csv", "pairs_csv"] {
            fields.remove(long);
        }
    }
    Answer::done(report, plain.trim_end())
}
