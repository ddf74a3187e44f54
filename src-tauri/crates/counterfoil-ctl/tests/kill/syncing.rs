//! `sync` killed: at every call of the day, at random moments, and again while it recovers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use counterfoil_sandbox::PaymentView;

use crate::day::{Day, Weather};
use crate::extent::{Chance, Extent, Tally};
use crate::killing::{killed_after, killed_at, recorded};
use crate::people::{settle, sync};
use crate::points::{Call, Deed, every, takes_over};
use crate::verdict::{Books, Finding, Stage, findings};

/// How a day without a kill goes: the calls it makes and what stands at the provider in the end.
struct Quiet {
    calls: Vec<Call>,
    took: Duration,
    standing: Vec<PaymentView>,
    /// How till and provider stood where people have settled everything well before.
    settled: BTreeSet<String>,
}

/// Lives the day once without killing anything.
fn quiet(day: &mut Day) -> Quiet {
    let line = Day::SYNC;
    let (_, calls) = recorded(&day.till.cashier(line), &day.till.beside("log"));
    let mut quiet =
        Quiet { calls, took: Duration::ZERO, standing: Vec::new(), settled: BTreeSet::new() };
    settle(day);
    quiet.standing = day.standing();
    assert_eq!(findings(&Books::of(day), Stage::Settled), []);
    day.begin();
    let began = Instant::now();
    sync(day);
    quiet.took = began.elapsed();
    quiet
}

impl Quiet {
    /// What follows a run that was killed: the trail is whole, another run comes to its end, and
    /// once people have settled what waits for them, the provider stands as if nothing had been
    /// killed. All that is wrong on the way.
    fn wrong_after_a_kill(&mut self, day: &Day) -> Vec<Finding> {
        day.till.nobody("audit verify").exits(0);
        sync(day);
        let books = Books::of(day);
        let mut found = findings(&books, Stage::Idle);
        // What people do from here is told by how things stand: once for each is enough.
        let stands = books.how_things_stand(day);
        if found.is_empty() && !self.settled.contains(&stands) {
            found = self.wrong_once_settled(day);
            if found.is_empty() {
                self.settled.insert(stands);
            }
        }
        found
    }

    fn wrong_once_settled(&self, day: &Day) -> Vec<Finding> {
        settle(day);
        let mut found = findings(&Books::of(day), Stage::Settled);
        let standing = day.standing();
        if standing != self.standing {
            let shown = format!("{standing:#?} instead of {:#?}", self.standing);
            found.push(Finding::Untrue(shown));
        }
        day.till.nobody("audit verify").exits(0);
        found
    }
}

fn every_point(weather: Weather, concurrency: u8, every_nth: usize) {
    let mut day = Day::new(weather, concurrency);
    let mut quiet = quiet(&mut day);
    assert_every_deed(&quiet.calls);
    let points = Extent::asked_for().points(&quiet.calls, every_nth);
    let name = format!("sync, {weather:?}, {concurrency} at once");
    let mut tally = Tally::of(&name, &quiet.calls);
    for point in points {
        tally.run(&format!("{point:?}"), || {
            day.begin();
            let ended = killed_at(&day.till.cashier(Day::SYNC), point);
            (ended.killed, quiet.wrong_after_a_kill(&day))
        });
    }
    tally.close();
}

/// A day that does not do all of it proves nothing about it.
fn assert_every_deed(calls: &[Call]) {
    for deed in Deed::ALL {
        assert!(calls.iter().any(|call| call.deed() == deed), "no call is a {deed:?}: {calls:?}");
    }
    assert!(calls.iter().any(takes_over), "the log was not taken over during the day");
}

#[test]
fn killed_at_every_call_of_a_clear_day_one_at_a_time() {
    every_point(Weather::Clear, 1, 32);
}

#[test]
fn killed_at_every_call_of_a_foul_day_one_at_a_time() {
    every_point(Weather::Foul, 1, 40);
}

#[test]
fn killed_at_every_call_of_a_foul_day_four_at_once() {
    every_point(Weather::Foul, 4, 64);
}

#[test]
fn killed_at_any_moment() {
    let mut day = Day::new(Weather::Foul, 4);
    let mut quiet = quiet(&mut day);
    let whole = u64::try_from(quiet.took.as_millis()).expect("a short run");
    let mut tally = Tally::of("sync, at any moment", &[]);
    for round in Extent::asked_for().rounds(6, 300) {
        let delay = Duration::from_millis(Chance::new(round).below(whole + whole / 4));
        tally.run(&format!("{delay:?}"), || {
            day.begin();
            let ended = killed_after(&day.till.cashier(Day::SYNC), delay);
            (ended.killed, quiet.wrong_after_a_kill(&day))
        });
    }
    tally.close();
}

#[test]
fn killed_again_and_again_while_it_recovers() {
    let mut day = Day::new(Weather::Foul, 4);
    let mut quiet = quiet(&mut day);
    let points = every(&quiet.calls);
    let many = u64::try_from(points.len()).expect("a short list");
    let mut tally = Tally::of("sync, killed five times in a row", &[]);
    for round in Extent::asked_for().rounds(3, 200) {
        let mut chance = Chance::new(round);
        let chosen: Vec<_> = (0..5)
            .map(|_| points[usize::try_from(chance.below(many)).expect("a short list")])
            .collect();
        tally.run(&format!("round {round}: {chosen:?}"), || {
            day.begin();
            let kills = chosen
                .iter()
                .filter(|point| killed_at(&day.till.cashier(Day::SYNC), **point).killed);
            (kills.count() > 0, quiet.wrong_after_a_kill(&day))
        });
    }
    tally.close();
}
