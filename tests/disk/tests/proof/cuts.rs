//! R4: power cuts at random points while several people work. `COUNTERFOIL_POWER_CUTS` says how
//! many; see the README.

use counterfoil_core::change::State;
use counterfoil_disk::{Call, Dice, Disk, Harm, Left};
use counterfoil_store::{Store, StoreError};

use crate::day::{Step, What, change_id};
use crate::ledger::Ledger;
use crate::till::{PAYMENTS, Till, report};
use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Change, Finding};

/// People at work at once.
const PEOPLE: u64 = 4;
/// How many cuts in a plain test run.
const SLICE: usize = 120;

fn cuts_wanted() -> usize {
    let wanted = std::env::var("COUNTERFOIL_POWER_CUTS").ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(SLICE)
}

/// How a disk is made worse, and the store's settings, for one run of many cuts.
struct Manner {
    disk: fn(&Disk),
    store: fn(&Store),
    /// Also cut at the k-th sync; with `NORMAL` they are rare.
    at_syncs: bool,
    /// Cuts that one database lives through before the next one begins.
    lives: usize,
}

const AS_SHIPPED: Manner = Manner { disk: |_| {}, store: |_| {}, at_syncs: true, lives: 10 };

/// What many cuts led to.
#[derive(Debug, Default)]
struct Sum {
    cuts: usize,
    acked: usize,
    lost: usize,
}

#[test]
fn nothing_acknowledged_is_lost_in_a_power_cut_while_several_people_work() {
    let sum = many_cuts(cuts_wanted(), &AS_SHIPPED);
    assert_eq!(sum.lost, 0, "{sum:?}");
    assert!(sum.acked > sum.cuts * 5, "hardly anything was at stake: {sum:?}");
    figures("synchronous=FULL", &sum);
}

#[test]
fn nothing_acknowledged_is_lost_on_a_disk_that_spoils_what_it_was_writing() {
    // One cut each: a log that was found after a cut goes on in the middle of a sector, and SQLite
    // guards what lies before it there only with powersafe overwrite, which systems have.
    let spoils = Manner { disk: Disk::without_powersafe_overwrite, lives: 1, ..AS_SHIPPED };
    let sum = many_cuts(cuts_wanted() / 4, &spoils);
    assert_eq!(sum.lost, 0, "{sum:?}");
    figures("synchronous=FULL, no powersafe overwrite", &sum);
}

#[test]
fn the_same_with_synchronous_normal_loses_what_was_acknowledged() {
    let normal = Manner { store: loosen, at_syncs: false, ..AS_SHIPPED };
    let sum = many_cuts(cuts_wanted() / 4, &normal);
    assert!(sum.lost > 0, "the disk forgets nothing: {sum:?}");
    figures("synchronous=NORMAL", &sum);
}

/// Sets `synchronous` on the very connection that writes. It cannot be changed in a transaction,
/// so the job steps out of the one it was given and leaves another in its place.
fn loosen(store: &Store) {
    let sql = "COMMIT; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; SAVEPOINT job;";
    store.write(move |connection| Ok(connection.execute_batch(sql)?)).expect("it is set");
    assert_eq!(store.facts().expect("it reads").synchronous, 1, "NORMAL");
}

fn figures(what: &str, sum: &Sum) {
    report(&format!("{what}: {} cuts, {} acknowledged, {} lost", sum.cuts, sum.acked, sum.lost));
}

fn many_cuts(many: usize, manner: &Manner) -> Sum {
    let mut sum = Sum::default();
    for seed in (0..).take(many.div_ceil(manner.lives)) {
        let mut till = Till::new(seed);
        (manner.disk)(&till.disk);
        till.restart(Left::Everything);
        let ledger = Ledger::default();
        let mut dice = Dice::new(seed);
        for life in 0..manner.lives.min(many - sum.cuts) {
            (manner.store)(till.store());
            let before = ledger.acked();
            arm(&till, &mut dice, manner.at_syncs);
            one_life(&till, &ledger, &mut dice, life);
            sum.acked += ledger.acked() - before;
            till.close();
            till.disk.start(Left::Synced);
            open_with_cuts_in_between(&mut till, &mut dice);
            sum.cuts += 1;
            let lost = ledger.lost(till.store());
            if !lost.is_empty() {
                sum.lost += lost.len();
                ledger.forget();
            }
            ledger.check_whole(till.store());
        }
    }
    sum
}

/// Chooses when the power goes: often soon, sometimes only after the log was copied.
fn arm(till: &Till, dice: &mut Dice, at_syncs: bool) {
    let (calls, most): (&[Call], _) = if at_syncs && dice.once_in(3) {
        (&[Call::Sync], [4, 20, 60])
    } else {
        (&Call::CHANGING, [40, 400, 2500])
    };
    let most = most[dice.below(3)];
    till.disk.arm(Harm::Ends, calls, dice.roll() % most, 1);
}

/// Works until the power goes.
fn one_life(till: &Till, ledger: &Ledger, dice: &mut Dice, life: usize) {
    std::thread::scope(|scope| {
        for person in 0..PEOPLE {
            let own = Dice::new(dice.roll());
            let name = format!("l{life}-w{person}");
            scope.spawn(move || work(till, ledger, own, &name));
        }
    });
    assert!(!till.disk.is_alive());
}

fn work(till: &Till, ledger: &Ledger, mut dice: Dice, name: &str) {
    let mut open: Vec<Change> = Vec::new();
    for number in 0.. {
        let step = if open.is_empty() || dice.once_in(3) {
            let change_id = change_id(&format!("{name}-{number}"));
            Step { change_id, what: What::Asked(dice.below(PAYMENTS), dice.once_in(4)) }
        } else {
            let change = open.swap_remove(dice.below(open.len()));
            Step { what: next(&change, &mut dice), change_id: change.change_id }
        };
        match ledger.take(till.store(), &step) {
            Ok(change) if !change.state.is_final() => open.push(change),
            // Done, or somebody else was quicker.
            Ok(_) | Err(StoreError::Illegal(_)) => {}
            Err(error) => {
                assert!(!till.disk.is_alive(), "{error:?}");
                return;
            }
        }
    }
}

/// A step that fits the change, as it stood when last seen.
fn next(change: &Change, dice: &mut Dice) -> What {
    match change.state {
        State::AwaitingApproval => {
            if dice.once_in(4) {
                What::Rejected
            } else {
                What::Approved
            }
        }
        State::Queued if dice.once_in(6) => What::Conflict,
        State::Queued => What::Started,
        State::Sending => match dice.below(4) {
            0 => What::Ended(SendEnd::Unknown { why: "lost".to_owned() }),
            1 => What::Ended(SendEnd::NeverLeft { why: "no line".to_owned() }),
            2 => What::Interrupted,
            _ => What::Ended(SendEnd::Applied { provider_ref: None, link: None }),
        },
        State::InDoubt if dice.once_in(2) => What::Resolved(Finding::NotHappened),
        State::InDoubt => What::ProvedApplied,
        State::Conflict => What::Rebased,
        State::NeedsCustomer => What::CustomerActed,
        State::Applied | State::Declined | State::Rejected | State::Expired | State::Withdrawn => {
            What::Withdrawn
        }
    }
}

/// The power may go again while the store is being opened.
fn open_with_cuts_in_between(till: &mut Till, dice: &mut Dice) {
    if dice.once_in(4) {
        till.disk.arm(Harm::Ends, &Call::CHANGING, dice.roll() % 8, 1);
    }
    while till.try_open().is_err() {
        assert!(!till.disk.is_alive(), "it opens while the power is there");
        till.disk.start(Left::Synced);
    }
    till.disk.disarm();
    if !till.disk.is_alive() {
        till.close();
        till.disk.start(Left::Synced);
        till.try_open().expect("it opens");
    }
}
