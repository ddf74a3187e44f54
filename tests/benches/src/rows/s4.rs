//! S4: the life of a change, from the wish to its outcome, without the provider: it is asked
//! for, an attempt starts, the attempt ends. Each is a promise that must hold by itself (staff
//! were told it is kept; no byte may leave before its attempt is stored; the next change of the
//! payment may not go before the outcome is stored), so a life needs three commits and three
//! syncs. The floor is two raw syncs.

use std::sync::{Mutex, PoisonError};

use super::{Bench, Counted, NOWHERE, Name, counted_figure, per};
use crate::counted::between_marks;
use crate::crew::with_crew;
use crate::floor::RawSync;
use crate::report::{Figure, Row, Target};
use crate::till::Till;
use crate::timing::{interleave, one_by_one, together};

/// Lives at once.
pub const IN_FLIGHT: u32 = 8;

/// The planted defect: every step is followed by a commit of its own, and lives at once wait for
/// one another.
struct Lives<'a> {
    till: &'a Till,
    one_after_another: Option<Mutex<()>>,
}

impl Lives<'_> {
    fn live(&self) {
        let Some(queue) = &self.one_after_another else { return self.till.live() };
        let _turn = queue.lock().unwrap_or_else(PoisonError::into_inner);
        self.till.live();
        (0..COMMITS).for_each(|_| self.till.commit_once_more());
    }
}

fn lives<'a>(bench: &Bench, till: &'a Till) -> Lives<'a> {
    Lives { till, one_after_another: bench.planted(Name::S4).then(Mutex::default) }
}

fn hands(in_flight: u32) -> usize {
    usize::try_from(in_flight).expect("a handful fits")
}

/// Commits of a life: asked for, attempt started, attempt ended.
const COMMITS: u32 = 3;

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let folder = bench.folder("s4");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    (0..bench.sizes.settling / COMMITS).for_each(|_| till.live());
    let mut raw = RawSync::open(&folder);
    let lives = lives(bench, &till);
    let each = bench.sizes.asks_each;
    let timed = with_crew(
        hands(IN_FLIGHT),
        || lives.live(),
        |crew| {
            interleave(
                bench.sizes.commits,
                &mut [
                    Box::new(|operations| one_by_one(operations, || lives.live())),
                    Box::new(|_| together(IN_FLIGHT * each, || crew.work(each))),
                    Box::new(|operations| {
                        one_by_one(operations, || (0..2).for_each(|_| raw.sync()))
                    }),
                ],
            )
        },
    );
    let mut row = Row::new("S4");
    let [one, eight, floor] = timed.as_slice() else { return row };
    let against = ("two raw fdatasyncs", floor.median());
    let life = Figure::ratio("life of a change", one.median(), against, one.against(floor));
    let at_once = Figure::ratio("each of 8 at once", eight.median(), against, eight.against(floor));
    row.figures.push(life.asked(Target::AtMost(2.1)));
    row.figures.push(at_once.asked(Target::AtMost(0.6)));
    counts(bench, &mut row);
    super::clear(&folder);
    row
}

fn counts(bench: &Bench, row: &mut Row) {
    let operations = (bench.sizes.counted / 2).max(IN_FLIGHT) / IN_FLIGHT * IN_FLIGHT;
    let one = bench.count(Counted::Lives, operations);
    let eight = bench.count(Counted::LivesInFlight, operations);
    let syncs = |counts: &crate::counted::Counts| per(counts.syncs, operations);
    row.figures.push(counted_figure("syncs for each life", &one, "", syncs));
    row.figures.push(counted_figure("syncs for each of 8 at once", &eight, "", syncs));
    row.notes.push("a life is three commits: asked, attempt started, attempt ended".to_owned());
}

/// The same in the process that is counted.
pub fn count_here(bench: &Bench, operations: u32, in_flight: u32) {
    let folder = bench.folder("counted");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    (0..bench.sizes.settling / COMMITS).for_each(|_| till.live());
    let lives = lives(bench, &till);
    with_crew(
        hands(in_flight),
        || lives.live(),
        |crew| {
            between_marks(&folder, || crew.work(operations / in_flight));
        },
    );
}
