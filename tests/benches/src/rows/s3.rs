//! S3: group commit. 64 callers at once against one caller of the same store.

use std::sync::{Mutex, PoisonError};

use super::{Bench, Counted, NOWHERE, Name, counted_figure, per};
use crate::counted::between_marks;
use crate::crew::with_crew;
use crate::report::{Figure, Row, Target};
use crate::till::Till;
use crate::timing::{interleave, one_by_one, together};

/// Callers at once.
const CALLERS: u32 = 64;

/// The planted defect: the callers come one after another.
struct Callers<'a> {
    till: &'a Till,
    one_after_another: Option<Mutex<()>>,
}

impl Callers<'_> {
    fn ask(&self) {
        let queue = self.one_after_another.as_ref();
        let _turn = queue.map(|queue| queue.lock().unwrap_or_else(PoisonError::into_inner));
        self.till.ask();
    }
}

fn callers<'a>(bench: &Bench, till: &'a Till) -> Callers<'a> {
    Callers { till, one_after_another: bench.planted(Name::S3).then(Mutex::default) }
}

fn hands() -> usize {
    usize::try_from(CALLERS).expect("64 fits")
}

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let folder = bench.folder("s3");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    till.settle_log(bench.sizes.settling);
    let each = bench.sizes.asks_each;
    let callers = callers(bench, &till);
    let timed = with_crew(
        hands(),
        || callers.ask(),
        |crew| {
            interleave(
                bench.sizes.commits,
                &mut [
                    Box::new(|operations| one_by_one(operations, || drop(till.ask()))),
                    Box::new(|_| together(CALLERS * each, || crew.work(each))),
                ],
            )
        },
    );
    let mut row = Row::new("S3");
    let [single, crowd] = timed.as_slice() else { return row };
    let faster = Figure::ratio(
        "64 callers at once, for each change",
        crowd.median(),
        ("one caller", single.median()),
        single.against(crowd),
    );
    row.figures.push(faster.asked(Target::AtLeast(15.0)));
    row.notes.push("the ratio is how many times faster than one caller".to_owned());
    let operations = bench.sizes.counted.max(CALLERS);
    let counts = bench.count(Counted::CrowdAsks, operations);
    let syncs = counted_figure("syncs for each change", &counts, "", |counts| {
        per(counts.syncs, operations / CALLERS * CALLERS)
    });
    row.figures.push(syncs.asked(Target::AtMost(0.05)));
    super::clear(&folder);
    row
}

/// The same in the process that is counted.
pub fn count_here(bench: &Bench, operations: u32) {
    let folder = bench.folder("counted");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    till.settle_log(bench.sizes.settling);
    let callers = callers(bench, &till);
    with_crew(
        hands(),
        || callers.ask(),
        |crew| {
            between_marks(&folder, || crew.work(operations / CALLERS));
        },
    );
}
