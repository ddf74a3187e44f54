//! Command × role × state × store: who may do what, tested whole through a real desk.
//!
//! `matrix.txt` is the table as people have read and agreed to it; what is not in it is denied.
//! After a change of the table of calls the whole outcome lies in the file that the failing test
//! names: look at what differs before it takes the place of `matrix.txt`.

mod house;
mod table;

use std::collections::BTreeSet;
use std::path::Path;

use counterfoil_api::call::{Call, CallRow, Effect, Entry, Who};
use counterfoil_core::staff::Role;

use crate::house::House;

const AGREED: &str = include_str!("../matrix.txt");

/// What an auditor may do although it stores something, each with the reason.
const AUDITORS_OWN: [&str; 1] = [
    // Their own PIN.
    "session.pin",
];

fn rows() -> Vec<&'static CallRow> {
    Call::ROWS.iter().chain(Entry::ALL.iter().map(|entry| entry.row())).collect()
}

#[test]
fn every_call_by_everyone_in_every_state_ends_as_the_agreed_table_says() {
    let house = House::build();
    let found = table::render(&house, &rows());
    let agreed = AGREED.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    let differs: Vec<&str> = found.lines().filter(|line| !agreed.contains(line)).collect();
    let missing: Vec<&&str> =
        agreed.iter().filter(|line| !found.lines().any(|found| found == **line)).collect();
    if found.lines().collect::<Vec<_>>() != agreed {
        let whole = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix.txt");
        std::fs::write(&whole, &found).expect("the outcome is written");
        let (found, gone) = (differs.join("\n"), format!("{missing:#?}"));
        panic!("the whole outcome is in {whole:?}\nfound:\n{found}\nno longer found:\n{gone}");
    }
}

#[test]
fn an_auditor_writes_nothing_and_nobody_writes_without_signing_in_but_the_first_owner() {
    for row in rows().into_iter().filter(|row| row.effect == Effect::Writes) {
        if row.who == Who::FirstRun {
            assert_eq!(row.name, "desk.set_up");
            continue;
        }
        let own = AUDITORS_OWN.contains(&row.name);
        assert_eq!(row.who.admits(Some(Role::Auditor)), own, "{}", row.name);
        assert!(!row.who.admits(None), "{}", row.name);
    }
}

#[test]
fn what_a_cashier_may_do_a_manager_may_and_what_a_manager_may_an_owner_may() {
    for row in rows() {
        for (less, more) in [(Role::Cashier, Role::Manager), (Role::Manager, Role::Owner)] {
            let (less, more) = (row.who.admits(Some(less)), row.who.admits(Some(more)));
            assert!(!less || more, "{}", row.name);
        }
    }
}

#[test]
fn no_name_stands_in_the_table_twice() {
    let names: BTreeSet<&str> = rows().iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows().len());
    let calls: Vec<&str> = Call::ROWS.iter().map(|row| row.name).collect();
    assert_eq!(calls, Call::NAMES);
}
