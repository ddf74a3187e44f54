//! R3 on this level: an end at every write and every sync of a scripted day, as a kill and as a
//! power cut. `COUNTERFOIL_EVERY_CALL` takes them all; a plain run takes a slice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use counterfoil_disk::{Call, Disk, Image, Left};

use crate::day::day;
use crate::ledger::Ledger;
use crate::till::{Till, report};

/// One in so many calls in a plain run. No divisor of the writes of a page, so that heads and
/// pages both have their turn.
const ONE_IN: u64 = 61;

/// Looks at every call: what does the next start find, after a kill and after a power cut here?
struct Ends {
    points: Arc<AtomicU64>,
    bad: Arc<AtomicU64>,
}

impl Ends {
    fn watch(disk: &Disk, one_in: u64, check: impl Fn(&mut Till) + Send + 'static) -> Self {
        let ends = Self { points: Arc::default(), bad: Arc::default() };
        let (points, bad) = (Arc::clone(&ends.points), Arc::clone(&ends.bad));
        disk.watch(one_in, move |call, image| {
            let point = points.fetch_add(1, Ordering::Relaxed);
            // A panic must not pass through SQLite.
            let checked = catch_unwind(AssertUnwindSafe(|| start_from(&image, point, &check)));
            if checked.is_err() {
                bad.fetch_add(1, Ordering::Relaxed);
                assert!(Call::CHANGING.contains(&call));
            }
        });
        ends
    }

    fn finish(self, disk: &Disk, what: &str, at_least: u64) {
        disk.watch_no_more();
        let points = self.points.load(Ordering::Relaxed);
        assert_eq!(self.bad.load(Ordering::Relaxed), 0, "of {points} points");
        assert!(points >= at_least, "{points} points only");
        report(&format!("{what}: {points} points, each as a kill and as a power cut"));
    }
}

fn start_from(image: &Image, seed: u64, check: &impl Fn(&mut Till)) {
    for left in [Left::Everything, Left::Synced] {
        let mut till = Till::switched_off(image, seed);
        till.restart(left);
        check(&mut till);
    }
}

fn one_in() -> u64 {
    if std::env::var_os("COUNTERFOIL_EVERY_CALL").is_some() { 1 } else { ONE_IN }
}

#[test]
fn an_end_at_any_write_or_sync_of_a_day_loses_nothing_and_leaves_nothing_half_there() {
    let till = Till::new(7);
    // So that the log is copied into the database in the middle of the day.
    till.fill_log(500);
    let ledger = Arc::new(Ledger::default());
    let seen = Arc::clone(&ledger);
    let ends = Ends::watch(&till.disk, one_in(), move |after| {
        assert_eq!(seen.lost(after.store()), []);
        seen.check_whole(after.store());
    });
    for step in day(3) {
        ledger.take(till.store(), &step).expect("the day goes through");
    }
    ends.finish(&till.disk, "a day", 2000 / one_in());
    assert_eq!(ledger.acked(), day(3).len());
}

#[test]
fn an_end_at_any_write_or_sync_of_the_very_first_start_does_not_keep_the_next_one_from_working() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nothing = Disk::mount(folder.path(), 0).expect("a disk").image();
    let mut till = Till::switched_off(&nothing, 7);
    let ends = Ends::watch(&till.disk, 1, |after| {
        after.furnish();
        let ledger = Ledger::default();
        for step in day(1).into_iter().take(12) {
            ledger.take(after.store(), &step).expect("it works");
        }
        ledger.check_whole(after.store());
    });
    till.try_open().expect("it opens");
    ends.finish(&till.disk, "a first start", 50);
}
