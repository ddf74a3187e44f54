//! Which rows of the table of calls each command goes through, so that the table says all that may
//! be done from here. A command without a line fails.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;
use counterfoil_api::call::{Call, CallRow, Entry};

use crate::arguments::Arguments;

/// `session.sign_in` goes before each of them where `--as` is needed.
const ROWS: &[(&str, &[&str])] = &[
    ("init", &["desk.set_up"]),
    ("staff add", &["staff.add"]),
    ("staff rename", &["staff.rename"]),
    ("staff role", &["staff.role"]),
    ("staff leave", &["staff.leave"]),
    ("staff return", &["staff.return"]),
    ("staff pin", &["staff.pin", "session.pin", "till.new_pepper"]),
    ("staff list", &["staff.list"]),
    ("account add", &["account.add"]),
    ("account list", &["account.list"]),
    ("account test", &["account.test"]),
    ("account rotate", &["account.rotate"]),
    ("account remove", &["account.remove"]),
    ("settings get", &["settings.list"]),
    ("settings set", &["settings.set"]),
    ("payment start", &["change.ask", "change.preview"]),
    ("payment track", &["payment.track"]),
    ("payment show", &["payment.show"]),
    ("payment refresh", &["payment.refresh"]),
    ("payment list", &["payment.list"]),
    ("change adjust", &["change.ask", "change.preview"]),
    ("change relabel", &["change.ask", "change.preview"]),
    ("change refund", &["change.ask", "change.preview"]),
    ("change cancel", &["change.ask", "change.preview"]),
    ("change capture", &["change.ask", "change.preview"]),
    ("change void", &["change.ask", "change.preview"]),
    ("change approve", &["change.approve"]),
    ("change reject", &["change.reject"]),
    ("change withdraw", &["change.withdraw"]),
    ("change retry", &["change.retry"]),
    ("change resolve", &["change.resolve"]),
    ("change rebase", &["change.rebase"]),
    ("change drop", &["change.drop"]),
    ("change doubts", &["doubt.list"]),
    ("change conflicts", &["conflict.list"]),
    ("change show", &["change.show"]),
    ("change list", &["change.list"]),
    ("approval challenge", &["approval.challenge"]),
    ("approval read", &["approval.read"]),
    ("approval answer", &["approval.answer"]),
    ("approval accept", &["approval.accept"]),
    ("approval key export", &["approval.key_export"]),
    ("approval key import", &["approval.key_import"]),
    ("approval key list", &["approval.keys"]),
    ("approval key remove", &["approval.key_remove"]),
    ("sync", &["sync.until_idle", "sync.watch"]),
    ("listen", &["listen"]),
    ("reconcile", &["reconcile.run", "reconcile.progress", "reconcile.stop"]),
    ("reconcile list", &["reconcile.list"]),
    ("reconcile resolve", &["reconcile.resolve"]),
    ("notices", &["notice.list"]),
    ("notices seen", &["notice.seen"]),
    ("report day", &["report.day"]),
    ("report x", &["report.x"]),
    ("report z", &["report.z"]),
    ("report show", &["report.show"]),
    ("report duty", &["report.duty"]),
    ("report handover", &["report.handover"]),
    ("report print", &["report.print"]),
    ("slip show", &["slip.show"]),
    ("slip print", &["slip.print"]),
    ("slip list", &["print.list"]),
    ("line offline", &["line.set"]),
    ("line online", &["line.set"]),
    ("line show", &["desk.show"]),
    ("audit verify", &["audit.verify"]),
    ("audit export", &["audit.export"]),
    ("audit head", &["audit.head"]),
    ("privacy erase", &["privacy.erase"]),
    ("privacy erase-name", &["privacy.erase_person"]),
    ("privacy sweep", &["privacy.sweep"]),
    ("doctor", &["doctor"]),
];

/// What only a window does: it shows who may sign in and locks, it shows the customer's link as a
/// code to scan, it has a form for a new account, it tells the desktop.
const WINDOW_ONLY: [&str; 6] = [
    "session.people",
    "session.sign_out",
    "session.touch",
    "change.qr",
    "provider.list",
    "notice.tell",
];

fn rows() -> impl Iterator<Item = &'static CallRow> {
    Call::ROWS.iter().chain(Entry::ALL.iter().map(|entry| entry.row()))
}

fn walk(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let mut below = command.get_subcommands().filter(|one| one.get_name() != "help").peekable();
    if !path.is_empty() && (below.peek().is_none() || !command.is_subcommand_required_set()) {
        found.insert(path.to_owned());
    }
    for one in below {
        walk(one, format!("{path} {}", one.get_name()).trim_start(), found);
    }
}

#[test]
fn every_command_goes_through_rows_of_the_table_of_calls() {
    let mut commands = BTreeSet::new();
    walk(&Arguments::command(), "", &mut commands);
    let mapped: BTreeMap<&str, &[&str]> = ROWS.iter().copied().collect();
    let listed: BTreeSet<String> = mapped.keys().map(|path| (*path).to_owned()).collect();
    assert_eq!(commands, listed);
    assert_eq!(mapped.len(), ROWS.len(), "a command stands here twice");
}

#[test]
fn every_row_is_reached_by_a_command_or_by_the_window_alone() {
    let known: BTreeSet<&str> = rows().map(|row| row.name).collect();
    let mut reached: BTreeSet<&str> = ROWS.iter().flat_map(|(_, rows)| *rows).copied().collect();
    reached.insert("session.sign_in");
    let window: BTreeSet<&str> = WINDOW_ONLY.into_iter().collect();
    assert!(reached.is_disjoint(&window));
    assert_eq!(reached.union(&window).copied().collect::<BTreeSet<_>>(), known);
}
