//! S2: enqueue, claim and finish, beside other queues on SQLite: each as shipped and at full
//! sync, all in turn in the same run. Only ours writes an audit trail meanwhile.

use super::{Bench, NOWHERE, Name};
use crate::peer::{Manner, Peer, PeerCall};
use crate::report::{Figure, Row, Target};
use crate::till::Till;
use crate::timing::{Chunk, Side, Timed, interleave, one_by_one};

/// The peers that the target names.
const PEERS: [&str; 5] = ["effectum", "plainjob", "persist-queue", "litequeue", "huey"];

/// Commits of one operation: enqueue, claim, finish.
const COMMITS: u32 = 3;

/// The peer that ours is to be several times faster than.
const SLOW: &str = "effectum";

/// One queue from the wish to its end. The planted defect: a commit more after every step.
fn queue_once(bench: &Bench, till: &Till) {
    let commits = if bench.planted(Name::S2) { COMMITS } else { 0 };
    till.ask();
    for change_id in till.claim(1) {
        let attempt_id = till.start(&change_id);
        till.end(&change_id, attempt_id);
    }
    (0..commits).for_each(|_| till.commit_once_more());
}

struct Running {
    name: String,
    manner: Manner,
    peer: Peer,
}

/// Measures the row.
pub fn run(bench: &Bench) -> Row {
    let mut row = Row::new("S2");
    let folder = bench.folder("s2");
    let till = Till::open(&folder, NOWHERE, bench.sizes.payments);
    (0..bench.sizes.settling / COMMITS).for_each(|_| queue_once(bench, &till));
    row.notes.push(till.settings());
    let mut running = start_all(bench, &mut row);
    let mut sides: Vec<Side<'_>> =
        vec![Box::new(|operations| one_by_one(operations, || queue_once(bench, &till)))];
    sides.extend(running.iter_mut().map(side));
    let timed = interleave(bench.sizes.commits, &mut sides);
    drop(sides);
    if let Some((ours, peers)) = timed.split_first() {
        let peers: Vec<_> = running.iter().zip(peers).collect();
        compare(&mut row, ours, &peers);
    }
    drop(running);
    super::clear(&folder);
    row
}

fn side(running: &mut Running) -> Side<'_> {
    Box::new(|operations| {
        let took = running.peer.work(operations).expect("the peer works as it began");
        Chunk { mean: took / operations.max(1), each: Vec::new() }
    })
}

/// Starts every peer twice. One that cannot be started does not count, and says so.
fn start_all(bench: &Bench, row: &mut Row) -> Vec<Running> {
    let mut running = Vec::new();
    for name in PEERS {
        let Some(call) = bench.peers.iter().find(|call| call.name == name) else {
            row.figures.push(Figure::not_measured(name, "it is not installed here"));
            continue;
        };
        for manner in [Manner::AsShipped, Manner::FullSync] {
            match start(bench, call, manner) {
                Ok(started) => {
                    row.notes.push(facts(&started));
                    running.push(started);
                }
                Err(why) => row.figures.push(Figure::not_measured(name, &why)),
            }
        }
    }
    running
}

fn start(bench: &Bench, call: &PeerCall, manner: Manner) -> Result<Running, String> {
    let folder = bench.folder(&format!("s2/{}-{manner:?}", call.name));
    let mut peer = call.start(&folder, manner)?;
    peer.work(bench.sizes.settling / COMMITS)?;
    if manner == Manner::FullSync && !peer.facts.is_full_sync() {
        return Err(format!(
            "reads back synchronous {}: it does not count",
            peer.facts.synchronous
        ));
    }
    Ok(Running { name: call.name.clone(), manner, peer })
}

fn facts(running: &Running) -> String {
    let facts = &running.peer.facts;
    format!(
        "{}: version {}, SQLite {}, journal_mode {}, synchronous {}",
        in_words(running),
        facts.version,
        facts.sqlite,
        facts.journal_mode,
        facts.synchronous
    )
}

fn in_words(running: &Running) -> String {
    match running.manner {
        Manner::AsShipped => format!("{} as shipped", running.name),
        Manner::FullSync => format!("{} at full sync", running.name),
    }
}

fn compare(row: &mut Row, ours: &Timed, peers: &[(&Running, &Timed)]) {
    for (running, timed) in peers {
        let name = in_words(running);
        let against = (name.as_str(), timed.median());
        let what = "enqueue, claim and finish";
        row.figures.push(Figure::ratio(what, ours.median(), against, ours.against(timed)));
    }
    let full = || peers.iter().filter(|(running, _)| running.manner == Manner::FullSync);
    if let Some((running, fastest)) = full().min_by_key(|(_, timed)| timed.median()) {
        let against = format!("the fastest at full sync, {},", running.name);
        let against = (against.as_str(), fastest.median());
        let score = ours.against(fastest);
        let figure = Figure::ratio("with the trail", ours.median(), against, score);
        row.figures.push(figure.asked(Target::AtMost(1.2)));
    }
    if let Some((running, slow)) = full().find(|(running, _)| running.name == SLOW) {
        let name = in_words(running);
        let against = (name.as_str(), slow.median());
        let score = slow.against(ours);
        let figure = Figure::ratio("times faster", ours.median(), against, score);
        row.figures.push(figure.asked(Target::AtLeast(3.5)));
    }
}
