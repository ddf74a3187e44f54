//! S1: durable enqueue. The real path (change, event, audit entry and outbox row in one commit,
//! through the thread that writes) against one raw commit of two rows.

use super::{Bench, Counted, NOWHERE, Name, ONE, counted_figure, kib_per, per};
use crate::counted::between_marks;
use crate::floor::TwoTables;
use crate::report::{Figure, Row, Target};
use crate::till::Till;
use crate::timing::{interleave, one_by_one, ratio};

/// The planted defect: a second commit for each change.
fn ask(bench: &Bench, till: &Till) {
    till.ask();
    if bench.planted(Name::S1) {
        till.commit_once_more();
    }
}

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let extent = bench.sizes.commits;
    let folder = bench.folder("s1");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    till.settle_log(bench.sizes.settling);
    let mut floor = TwoTables::open(&folder);
    (0..bench.sizes.settling).for_each(|_| floor.commit());
    let mut row = Row::new("S1");
    row.notes.extend([till.settings(), floor.settings()]);
    let timed = interleave(
        extent,
        &mut [
            Box::new(|operations| one_by_one(operations, || ask(bench, &till))),
            Box::new(|operations| one_by_one(operations, || floor.commit())),
        ],
    );
    let [ours, raw] = timed.as_slice() else { return row };
    let against = "raw two-table commit";
    let median =
        Figure::ratio("durable enqueue", ours.median(), (against, raw.median()), ours.against(raw));
    let slow = ratio(ours.p99(), raw.p99());
    let p99 = Figure::ratio("its p99", ours.p99(), ("its p99", raw.p99()), slow);
    row.figures.push(median.asked(Target::AtMost(1.30)));
    row.figures.push(p99.asked(Target::AtMost(1.5)));
    drop(till);
    counts(bench, &mut row);
    super::clear(&folder);
    row
}

fn counts(bench: &Bench, row: &mut Row) {
    let operations = bench.sizes.counted;
    let counts = bench.count(Counted::Asks, operations);
    let syncs = |all| {
        move |counts: &crate::counted::Counts| {
            per(if all { counts.syncs } else { counts.log_syncs }, operations)
        }
    };
    let all = counted_figure("syncs for each change", &counts, "", syncs(true));
    let log = counted_figure("of these on the log", &counts, "", syncs(false));
    let bytes = counted_figure("written for each change", &counts, "KiB", |counts| {
        kib_per(counts.bytes, operations)
    });
    row.figures.extend([all.asked(ONE), log, bytes.asked(Target::AtMost(16.0))]);
}

/// The same in the process that is counted.
pub fn count_here(bench: &Bench, operations: u32) {
    let folder = bench.folder("counted");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    till.settle_log(bench.sizes.settling);
    between_marks(&folder, || (0..operations).for_each(|_| ask(bench, &till)));
}
