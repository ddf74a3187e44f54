//! S5: drain. N changes through the real runtime (drainer, connector, HTTP, store) to a provider
//! that takes L for every answer, C in flight, against N·L/C. One change needs three exchanges: a
//! reading right before it is sent, the sending itself, and a reading of what came of it. So the
//! provider alone keeps a till for N·3·L/C; both are shown.

use std::time::Duration;

use counterfoil_core::settings::Setting;
use counterfoil_runtime::{Clock, DrainEnd, Runtime, Until, secret_name};
use counterfoil_store::life;
use counterfoil_store::table::{meta, outbox, setting};
use counterfoil_store::{Connection, StoreError};
use counterfoil_vault::{Secret, Vault, VaultSettings};
use tokio::sync::watch;

use super::{Bench, Counted, Name, counted_figure, per};
use crate::counted::between_marks;
use crate::provider::Provider;
use crate::report::{Figure, Row, Target};
use crate::till::{Till, now};
use crate::timing::{ratio, time};

/// One line of the row.
struct Case {
    latency_ms: u64,
    in_flight: u32,
    most: f64,
}

const CASES: [Case; 3] = [
    Case { latency_ms: 50, in_flight: 4, most: 1.05 },
    Case { latency_ms: 20, in_flight: 8, most: 1.10 },
    Case { latency_ms: 20, in_flight: 32, most: 1.15 },
];

/// Exchanges that one change needs.
const EXCHANGES: u32 = 3;

/// Changes of the same payment, one behind the other.
const IN_A_LANE: u32 = 4;

/// Longer than any of these drains takes.
const LIMIT_MS: i64 = 600_000;

/// A till with work, and what it takes to send it.
struct Scene {
    till: Till,
    provider: Provider,
    carrier: tokio::runtime::Runtime,
    runtime: Runtime,
}

/// Changes of a case, in whole lanes.
fn changes(case: &Case, per_place: u32) -> u32 {
    (case.in_flight * per_place).div_ceil(IN_A_LANE) * IN_A_LANE
}

fn set_up(bench: &Bench, name: &str, case: &Case, changes: u32) -> Scene {
    let folder = bench.folder(name);
    let provider = Provider::start(Duration::from_millis(case.latency_ms));
    let lanes = usize::try_from(changes / IN_A_LANE).expect("it is small");
    let till = Till::open(&folder, &provider.base_url, lanes);
    // The planted defect: half as many in flight as the denominator says.
    let in_flight = if bench.planted(Name::S5) { case.in_flight / 2 } else { case.in_flight };
    till.store.write(move |connection| settle(connection, in_flight)).expect("it is written");
    for turn in 0..IN_A_LANE {
        for payment_id in till.payments().to_vec() {
            let new = till.adjustment(&payment_id, &total(turn));
            let ask = move |connection: &Connection| life::request(connection, &new).map(|_| ());
            till.store.write(ask).expect("the change fits");
        }
    }
    let vault = vault(&folder.join("vault"), &till);
    let carrier = tokio::runtime::Runtime::new().expect("a runtime");
    let handle = carrier.handle().clone();
    let runtime = Runtime::new(till.store.clone(), vault, Clock::Machine, handle);
    Scene { till, provider, carrier, runtime: runtime.expect("the HTTP client can be made") }
}

/// The totals of a lane in their order.
fn total(turn: u32) -> String {
    format!("{}.00", 99 - turn)
}

fn settle(connection: &Connection, in_flight: u32) -> Result<(), StoreError> {
    for key in Setting::ALL.into_iter().filter(|key| key.key().starts_with("drain.")) {
        setting::set(connection, key, &in_flight.to_string())?;
    }
    setting::set(connection, Setting::Rate(counterfoil_core::account::Provider::Bumper), "1000")
}

fn vault(path: &std::path::Path, till: &Till) -> Vault {
    let passphrase = Secret::from_text("a passphrase for figures".to_owned());
    let vault = Vault::from_settings(VaultSettings::File { path: path.to_owned(), passphrase });
    let till_id = till.store.read(meta::till_id).expect("it can be read").expect("it is set");
    for field in ["api_key", "secret"] {
        let name = secret_name(&till_id, &till.account_id, field).expect("ids make a name");
        let secret = Secret::from_text(format!("made up {field}"));
        vault.set(&name, &secret).expect("the file takes a secret");
    }
    vault
}

impl Scene {
    /// Drains until nothing moves and holds what happened against what was asked.
    fn drain(&self, changes: u32) {
        let (_stop, stopped) = watch::channel(false);
        let until = Until::Idle { deadline: now().plus_millis(LIMIT_MS) };
        let ended = self.carrier.block_on(self.runtime.drain(until, stopped));
        assert!(matches!(ended, Ok(DrainEnd::Done(_))), "it drains: {ended:?}");
        let left = self.till.store.read(outbox::depth).expect("it can be read");
        assert_eq!(left, 0, "every change has its outcome");
        let seen = self.provider.seen();
        let expected: Vec<String> = (0..IN_A_LANE).map(total).collect();
        let in_order = seen.totals.values().all(|totals| *totals == expected);
        assert!(in_order, "each payment had its changes once and in order");
        let lanes = u32::try_from(seen.totals.len()).expect("it is small");
        assert_eq!(lanes * IN_A_LANE, changes, "no payment was left out");
    }
}

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let mut row = Row::new("S5");
    for case in &CASES {
        let changes = changes(case, bench.sizes.drained_per_place);
        let name = format!("s5-{}-{}", case.latency_ms, case.in_flight);
        let scene = set_up(bench, &name, case, changes);
        let took = time(|| scene.drain(changes));
        compare(&mut row, case, changes, took);
        let reads = f64::from(scene.provider.seen().reads);
        let what = format!("exchanges for each change, {} in flight", case.in_flight);
        let exchanges = Figure::count(&what, 1.0 + per(reads, changes), "", "at the provider");
        row.figures.push(exchanges.asked(Target::AtMost(f64::from(EXCHANGES))));
        drop(scene);
        super::clear(&bench.folder(&name));
    }
    row.notes.push(format!(
        "order per payment was held: {IN_A_LANE} changes of each payment arrived once, in order"
    ));
    let counted = changes(&CASES[1], 15);
    let counts = bench.count(Counted::Drain, counted);
    let syncs = counted_figure("syncs for each change, 8 in flight", &counts, "", |counts| {
        per(counts.syncs, counted)
    });
    row.figures.push(syncs);
    row
}

fn compare(row: &mut Row, case: &Case, changes: u32, took: Duration) {
    let Case { latency_ms, in_flight, most } = case;
    let once = Duration::from_millis(*latency_ms) * changes / *in_flight;
    let what = format!("drain of {changes}, {latency_ms} ms, {in_flight} in flight");
    for (times, name) in [(1, "N·L/C"), (EXCHANGES, "N·3·L/C")] {
        let floor = once * times;
        let figure = Figure::ratio(&what, took, (name, floor), ratio(took, floor));
        row.figures.push(figure.asked(Target::AtMost(*most)));
    }
}

/// The same in the process that is counted.
pub fn count_here(bench: &Bench, operations: u32) {
    let scene = set_up(bench, "counted", &CASES[1], operations);
    between_marks(&bench.folder("counted"), || scene.drain(operations));
}
