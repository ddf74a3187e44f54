//! R5: a disk that is full or fails at every k-th call of a scripted morning.
//! `COUNTERFOIL_EVERY_CALL` takes them all; a plain run takes a slice.

use std::sync::OnceLock;

use counterfoil_disk::{Call, Harm, Image, Left};
use counterfoil_store::{Store, StoreError};

use crate::day::{Step, day};
use crate::ledger::{Ledger, count_events};
use crate::till::{Till, report};

/// A furnished till whose log is copied into the database in the middle of the morning.
fn morning() -> &'static Image {
    static IMAGE: OnceLock<Image> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let till = Till::new(3);
        till.fill_log(800);
        till.disk.image().at_rest()
    })
}

/// How one disk fails, and how many of the errors told may be in doubt.
#[derive(Debug, Clone, Copy)]
struct Case {
    harm: Harm,
    call: Call,
    first: u64,
    times: u64,
}

/// What came of one morning.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    struck: u64,
    errors: u64,
    in_doubt: u64,
}

#[test]
fn a_disk_that_fails_at_any_call_makes_no_false_acknowledgement_and_the_store_recovers() {
    let every = std::env::var_os("COUNTERFOIL_EVERY_CALL").is_some();
    for (harm, call, one_in) in [
        (Harm::Full, Call::Write, 311),
        (Harm::Error, Call::Write, 257),
        (Harm::Error, Call::Sync, 9),
        (Harm::Error, Call::Read, 67),
        (Harm::Error, Call::Lock, 89),
        (Harm::Error, Call::Open, 1),
        (Harm::Error, Call::Map, 1),
        (Harm::Error, Call::Truncate, 1),
        (Harm::Error, Call::Delete, 1),
    ] {
        let mut sum = Told::default();
        let mut runs = 0;
        for first in (0..).step_by(if every { 1 } else { one_in }) {
            // Once, and for as long as it takes to open the database anew and fail again there.
            let times: &[u64] = if every { &[1, 3, 40] } else { &[1, 40] };
            let spoil = |times: &u64| spoil(Case { harm, call, first, times: *times });
            let told: Vec<_> = times.iter().map(spoil).collect();
            if told.iter().all(|told| told.struck == 0) {
                break;
            }
            for told in told {
                runs += 1;
                sum.struck += told.struck;
                sum.errors += told.errors;
                sum.in_doubt += told.in_doubt;
            }
        }
        report(&format!("{harm:?} at {call:?}: {runs} mornings, {sum:?}"));
    }
}

/// A morning on a disk that fails as said. Every step is tried until it is stored.
fn spoil(case: Case) -> Told {
    let mut till = Till::on(morning(), case.first);
    let ledger = Ledger::default();
    let mut told = Told::default();
    till.disk.arm(case.harm, &[case.call], case.first, case.times);
    for step in day(1) {
        let before = told.errors;
        // What was not known once is not known by a later refusal either.
        let mut in_doubt = false;
        while let Err(error) = ledger.take(till.store(), &step) {
            told.errors += 1;
            let not_known = Store::may_have_stored(&error);
            told.in_doubt += u64::from(not_known);
            in_doubt |= not_known;
            check_told(&till, &ledger, (&step, &error, in_doubt), case);
            assert!(
                told.errors - before <= case.times + 1,
                "{case:?}: it does not recover: {error:?}"
            );
        }
        // Opens a reader the first time; that it may fail is no matter here.
        let _ = till.store().read(count_events);
    }
    told.struck = till.disk.struck().1;
    till.restart(Left::Synced);
    check_store(&till, &ledger, case);
    assert_eq!(events(&till), ledger.events(), "{case:?}");
    told
}

/// After an error the machine may end at once: nothing of what was refused is there then.
fn check_told(
    till: &Till,
    ledger: &Ledger,
    (step, error, in_doubt): (&Step, &StoreError, bool),
    case: Case,
) {
    let refused = matches!(error, StoreError::Illegal(_) | StoreError::Missing(_));
    assert!(!refused, "{case:?}: {step:?} was stored after all: {error:?}");
    let image = till.disk.image();
    for left in [Left::Everything, Left::Synced] {
        let mut after = Till::switched_off(&image, case.first);
        after.restart(left);
        check_store(&after, ledger, case);
        if !in_doubt {
            assert_eq!(events(&after), ledger.events(), "{case:?}, {left:?}: {step:?}: {error:?}");
        }
    }
}

fn check_store(till: &Till, ledger: &Ledger, case: Case) {
    assert_eq!(ledger.lost(till.store()), [], "{case:?}");
    ledger.check_whole(till.store());
}

fn events(till: &Till) -> i64 {
    till.store().read(count_events).expect("it reads")
}

#[test]
fn a_disk_that_fails_while_the_store_is_opened_spoils_nothing() {
    let image = {
        let till = Till::new(3);
        till.fill_log(20);
        till.disk.image().at_rest()
    };
    for call in Call::ALL {
        for first in 0.. {
            let mut till = Till::switched_off(&image, first);
            till.disk.arm(Harm::Error, &[call], first, 1);
            let opened = till.try_open();
            if till.disk.struck().1 == 0 {
                break;
            }
            till.disk.disarm();
            till.close();
            till.restart(Left::Synced);
            let kept = till.store().read(|c| counterfoil_store::table::meta::get(c, "filling"));
            assert!(kept.is_ok_and(|kept| kept.is_some()), "{call:?} {first}: {opened:?}");
        }
    }
}

#[test]
fn while_the_disk_fails_nothing_is_acknowledged_and_afterwards_the_store_goes_on() {
    for (harm, call) in
        [(Harm::Full, Call::Write), (Harm::Error, Call::Write), (Harm::Error, Call::Sync)]
    {
        let till = Till::new(5);
        let ledger = Ledger::default();
        let mut steps = day(1).into_iter();
        let mut take = || ledger.take(till.store(), &steps.next().expect("a day is long"));
        take().expect("the disk works");
        till.disk.arm(harm, &[call], 0, u64::MAX);
        let first = take().expect_err("it cannot be stored");
        assert!(Store::may_have_stored(&first), "{harm:?} {call:?}: {first:?}");
        for _ in 0..3 {
            let error = take().expect_err("it cannot be stored");
            assert!(!Store::may_have_stored(&error), "nothing was tried: {error:?}");
        }
        let seen = till.store().read(count_events).expect("it can still be read");
        assert_eq!(seen, 1, "{harm:?} {call:?}");
        till.disk.disarm();
        take().expect("the disk works again");
        assert_eq!(ledger.acked(), 2);
    }
}
