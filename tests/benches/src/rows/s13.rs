//! S13: signing a request, as the Bumper connector signs it, against raw HMAC-SHA256 over 512
//! bytes.

use std::hint::black_box;
use std::time::Duration;

use counterfoil_connectors::bumper::sign::{signature, signing_string};
use counterfoil_connectors::bumper::wire::Fields;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Bench, Name};
use crate::report::{Figure, Row, Target, in_words};
use crate::timing::{interleave, together};

/// The secret of the provider's own example, as long as real ones are.
const SECRET: &str = "\"0123456789abcdef0123456789abcdef0123456789abcdef";

/// Bytes that are signed.
const LENGTH: usize = 512;

/// Fields of an update whose signing text has exactly 512 bytes.
fn fields() -> Fields {
    let fields = |invoice: &str| {
        Fields::default()
            .text("amount", "80.00")
            .text("token", "0123456789abcdef0123456789abcdef")
            .text("invoice_number", invoice)
            .text("api_key", "never signed")
    };
    let rest = signing_string(fields("").iter()).len();
    fields(&"x".repeat(LENGTH - rest))
}

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let fields = fields();
    let text = signing_string(fields.iter());
    assert_eq!(text.len(), LENGTH, "both sides sign as much");
    // The planted defect: every request is signed a hundred times over.
    let times = if bench.planted(Name::S13) { 100 } else { 1 };
    let sign = || {
        (0..times).for_each(|_| {
            black_box(signature(black_box(SECRET), &signing_string(black_box(&fields).iter())));
        });
    };
    let raw = || {
        let mut mac = Hmac::<Sha256>::new_from_slice(black_box(SECRET).as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(black_box(&text).as_bytes());
        black_box(mac.finalize());
    };
    let timed = interleave(
        bench.sizes.short,
        &mut [
            Box::new(|operations| together(operations, || (0..operations).for_each(|_| sign()))),
            Box::new(|operations| together(operations, || (0..operations).for_each(|_| raw()))),
        ],
    );
    let mut row = Row::new("S13");
    let [ours, floor] = timed.as_slice() else { return row };
    let against = ("raw HMAC-SHA256 of 512 bytes", floor.median());
    let shown = Figure::ratio("signing a request", ours.median(), against, ours.against(floor));
    row.figures.push(Figure { target: Target::Shown, ..shown });
    let micros = ours.median().as_secs_f64() / Duration::from_micros(1).as_secs_f64();
    let beside = format!("raw {}", in_words(floor.median()));
    let absolute = Figure::count("the same, in time", micros, "µs", &beside);
    row.figures.push(absolute.asked(Target::AtMost(20.0)));
    row
}
