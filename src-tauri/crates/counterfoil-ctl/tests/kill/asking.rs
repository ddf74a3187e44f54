//! Killed while it is asked for something: the change is there whole or not at all, and what was
//! acknowledged is there.

use serde_json::{Value, json};

use crate::day::{Day, Weather, fill_the_log, refund_line};
use crate::extent::{Extent, Tally};
use crate::killing::{Ended, killed_at, recorded};
use crate::people;
use crate::points::takes_over;
use crate::till::{Call, pin_of};
use crate::verdict::Finding;

/// Pages left in the log: what is asked for makes the database take the log over.
const PAGES_LEFT: u32 = 12;

/// All changes as they are shown, without what differs from run to run: the new id, and times.
fn shown(day: &Day) -> Vec<String> {
    let plain = |mut change: Value| {
        change["change_id"] = Value::Null;
        without_times(&mut change);
        change.to_string()
    };
    let mut all: Vec<_> = day.changes().into_iter().map(plain).collect();
    all.sort();
    all
}

fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("_at"));
            fields.values_mut().for_each(without_times);
        }
        Value::Array(items) => items.iter_mut().for_each(without_times),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Kills one command at every call; it must leave all changes as before it, or as after it.
fn every_point<'a>(day: &'a Day, name: &str, every_nth: usize, call: impl Fn(&'a Day) -> Call<'a>) {
    let before = shown(day);
    day.put_files_back();
    let (_, calls) = recorded(&call(day), &day.till.beside("log"));
    let after = shown(day);
    assert_ne!(before, after, "{name} does something");
    assert!(calls.iter().any(takes_over), "the log was not taken over by {name}");
    let points = Extent::asked_for().points(&calls, every_nth);
    let mut tally = Tally::of(name, &calls);
    for point in points {
        tally.run(&format!("{name}, {point:?}"), || {
            day.put_files_back();
            let ended = killed_at(&call(day), point);
            day.till.nobody("audit verify").exits(0);
            (ended.killed, wrong(&ended, &shown(day), &before, &after))
        });
    }
    day.put_files_back();
    tally.close();
}

fn wrong(ended: &Ended, now: &[String], before: &[String], after: &[String]) -> Vec<Finding> {
    let answer = ended.answer.as_ref();
    let acknowledged = answer.is_some_and(|answer| answer.get("error").is_none());
    if now == after || (now == before && !acknowledged) {
        return Vec::new();
    }
    let lost = format!("acknowledged {answer:?}, shown {now:#?}");
    vec![if now == before { Finding::Lost(lost) } else { Finding::Untrue(lost) }]
}

/// The change of this kind in this state.
fn change_in(day: &Day, kind: &str, state: &str) -> String {
    let fits = |change: &&Value| change["kind"] == kind && change["state"] == state;
    let changes = day.changes();
    let change = changes.iter().find(fits).expect("the day has one");
    change["change_id"].as_str().expect("a text").to_owned()
}

#[test]
fn what_is_asked_for_is_there_whole_or_not_at_all() {
    let mut day = Day::new(Weather::Clear, 1);
    fill_the_log(&day.till, PAGES_LEFT);
    day.keep_as_morning();
    let (day, quiet) = (&day, &day.quiet_payment());
    let refund = refund_line(quiet, "50.00");
    every_point(day, "refund by the manager", 24, |day| day.till.manager(&refund));
    every_point(day, "refund by the cashier", 48, |day| day.till.cashier(&refund));
    let adjust = format!("change adjust --payment {quiet} --total 350.00 --invoice INV-9");
    every_point(day, "adjust", 48, |day| day.till.cashier(&adjust));
    let start = "payment start --account B --amount 99.00 --currency GBP --item 'Tyre:1:99.00'";
    every_point(day, "start", 48, |day| day.till.cashier(start));
}

#[test]
fn what_is_decided_is_decided_or_not() {
    let mut day = Day::new(Weather::Foul, 1);
    people::sync(&day);
    fill_the_log(&day.till, PAGES_LEFT);
    day.keep_as_morning();
    let day = &day;
    let approve = format!("change approve {}", change_in(day, "refund", "awaiting_approval"));
    every_point(day, "approve", 32, |day| day.till.manager(&approve));
    let drop = format!("change drop {}", change_in(day, "adjust", "conflict"));
    every_point(day, "drop", 48, |day| day.till.manager(&drop));
    let doubt = change_in(day, "refund", "in_doubt");
    let resolve = format!("change resolve {doubt} --outcome happened --reason seen --with Morgan");
    every_point(day, "resolve", 32, |day| {
        day.till.owner(&resolve).env("COUNTERFOIL_SECOND_PIN", pin_of("Morgan"))
    });
}

#[test]
fn an_acknowledged_change_that_is_gone_is_found() {
    let before = vec!["one".to_owned()];
    let after = vec!["one".to_owned(), "two".to_owned()];
    let ended = |answer: Option<Value>| Ended { killed: true, answer };
    let acknowledged = ended(Some(json!({ "change_id": "two" })));
    let refused = ended(Some(json!({ "error": { "code": "wrong_state" } })));
    let check = |ended: &Ended, now: &[String]| wrong(ended, now, &before, &after).len();
    assert_eq!(check(&acknowledged, &before), 1);
    assert_eq!(check(&acknowledged, &after), 0);
    assert_eq!(check(&refused, &before), 0);
    assert_eq!((check(&ended(None), &before), check(&ended(None), &after)), (0, 0));
    assert_eq!(check(&ended(None), &["one".to_owned(), "half".to_owned()]), 1);
}
