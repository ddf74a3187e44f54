//! S6: claim, with 1,000,000 changes queued and with 1,000: the store's own question for what is
//! due next, as the drainer asks it.

use counterfoil_core::change::{Change, Recorded};
use counterfoil_core::id::PaymentId;
use counterfoil_store::table::{change, outbox};
use counterfoil_store::{Connection, StoreError};

use super::{Bench, NOWHERE, Name};
use crate::report::{Figure, Row, Target};
use crate::till::Till;
use crate::timing::{interleave, together};

/// Changes in the short queue.
const SHORT: usize = 1_000;

/// Changes that wait for the same payment.
const IN_A_LANE: usize = 4;

/// Changes written in one commit while seeding.
const AT_ONCE: usize = 10_000;

/// Rows asked for at a time: one, and as many as a busy drainer takes.
const LIMITS: [u32; 2] = [1, 64];

/// A till with so many changes queued, four to a payment, written by the store's own functions;
/// without their events and trail, which a claim does not read.
fn queue(bench: &Bench, name: &str, length: usize) -> Till {
    let till = Till::open(&bench.folder(name), NOWHERE, length.div_ceil(IN_A_LANE));
    let lanes: Vec<PaymentId> = till.payments().to_vec();
    for lanes in lanes.chunks(AT_ONCE / IN_A_LANE) {
        let asks = lanes.iter().flat_map(|lane| std::iter::repeat_n(lane, IN_A_LANE));
        let new: Vec<_> = asks.map(|lane| till.adjustment(lane, "80.00")).collect();
        let write = move |connection: &Connection| -> Result<(), StoreError> {
            for new in new {
                let recorded = Recorded { at: new.at, event: new.event };
                let begun =
                    Change::begin(&new.change_id, &recorded).map_err(StoreError::Illegal)?;
                change::insert(connection, &begun)?;
                outbox::follow(connection, &begun, new.at)?;
            }
            Ok(())
        };
        till.store.write(write).expect("the store takes rows");
    }
    if bench.planted(Name::S6) {
        let drop = |connection: &Connection| Ok(connection.execute_batch(DEFECT)?);
        till.store.write(drop).expect("the index is there");
    }
    till
}

/// The planted defect: without the index, what is due is looked for in the whole queue.
const DEFECT: &str = "DROP INDEX outbox_due";

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let short = queue(bench, "s6-short", SHORT);
    let long = queue(bench, "s6-long", bench.sizes.long_queue);
    let mut row = Row::new("S6");
    for limit in LIMITS {
        let claim = |till: &Till, operations: u32| {
            together(operations, || {
                (0..operations).for_each(|_| {
                    let expected = usize::try_from(limit).expect("it is small");
                    assert_eq!(till.claim(limit).len(), expected, "the queue is long enough");
                });
            })
        };
        let timed = interleave(
            bench.sizes.short,
            &mut [
                Box::new(|operations| claim(&long, operations)),
                Box::new(|operations| claim(&short, operations)),
            ],
        );
        let [of_long, of_short] = timed.as_slice() else { return row };
        let what = format!("claim of {limit} with {} queued", bench.sizes.long_queue);
        let against = ("with 1000 queued", of_short.median());
        let score = of_long.against(of_short);
        let figure = Figure::ratio(&what, of_long.median(), against, score);
        row.figures.push(figure.asked(Target::AtMost(1.2)));
    }
    drop((short, long));
    super::clear(&bench.folder("s6-short"));
    super::clear(&bench.folder("s6-long"));
    row
}
