//! Killed while it closes the period: the Z report is there whole, with its number and its entry in
//! the trail, or the period goes on; numbers have no gap, and every change is counted once.

use serde_json::Value;

use crate::day::{Day, Weather};
use crate::extent::{Extent, Tally};
use crate::killing::{Ended, killed_at, recorded};
use crate::verdict::Finding;

const CLOSE: &str = "report z";

fn number(report: &Value, field: &str) -> u64 {
    report[field].as_u64().unwrap_or_else(|| panic!("{field} of {report}"))
}

fn open(report: &Value) -> u64 {
    u64::try_from(report["open"].as_array().expect("a list").len()).expect("it is short")
}

/// What is wrong after a kill, seen by closing once more.
fn wrong(day: &Day, ended: &Ended, all: u64) -> Vec<Finding> {
    let acknowledged = ended.answer.as_ref().is_some_and(|answer| answer.get("error").is_none());
    let (exit, _) = day.till.manager("report show 1").outcome();
    let next = day.till.manager(CLOSE).exits(0);
    let first = if exit == 0 { day.till.manager("report show 1").exits(0) } else { next.clone() };
    let mut found = Vec::new();
    if exit != 0 && acknowledged {
        found.push(Finding::Lost(format!("acknowledged {ended:?} and exit {exit}")));
    }
    let expected = if exit == 0 { (2, open(&first)) } else { (1, all) };
    let said = (number(&next, "number"), number(&next, "changes"));
    if said != expected || number(&first, "changes") != all || !matches!(exit, 0 | 8) {
        found.push(Finding::Untrue(format!("{said:?} instead of {expected:?}: {first}")));
    }
    found
}

#[test]
fn a_period_is_closed_whole_with_its_number_or_goes_on() {
    let day = Day::new(Weather::Clear, 1);
    let all = u64::try_from(day.changes().len()).expect("it is a short day");
    day.put_files_back();
    let (ended, calls) = recorded(&day.till.manager(CLOSE), &day.till.beside("log"));
    assert_eq!(ended.answer.as_ref().map(|report| number(report, "changes")), Some(all));
    let mut tally = Tally::of("closing", &calls);
    for point in Extent::asked_for().points(&calls, 24) {
        tally.run(&format!("closing, {point:?}"), || {
            day.put_files_back();
            let ended = killed_at(&day.till.manager(CLOSE), point);
            day.till.nobody("audit verify").exits(0);
            (ended.killed, wrong(&day, &ended, all))
        });
    }
    day.put_files_back();
    tally.close();
}
