//! Clocks that are set, jump and sleep (targets R6): no early unlock, no lost order, no storm.
//! The machine's clocks are in hand; the stand-in's `Date` is the real time.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use counterfoil_api::{Clock, Desk, FaultCode, Seat};
use counterfoil_core::clock::rfc3339;
use counterfoil_core::moment::Moment;
use counterfoil_runtime::MachineInHand;
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, OWNER, PIN, Station};
use serde_json::{Value, json};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Something that happens to the clocks.
type Step<'a> = Box<dyn Fn() + 'a>;

/// A machine in hand, in a world that goes on by itself.
struct Machine {
    hand: Arc<MachineInHand>,
    began: Instant,
    caught_up_ms: Cell<i64>,
}

impl Machine {
    /// Lets the machine's clocks go as far as the world went: a provider's `Date` is of the world.
    fn catches_up(&self) {
        let went_ms = i64::try_from(self.began.elapsed().as_millis()).expect("a short while");
        self.hand.pass(went_ms - self.caught_up_ms.replace(went_ms));
    }
}

impl Deref for Machine {
    type Target = MachineInHand;

    fn deref(&self) -> &MachineInHand {
        &self.hand
    }
}

/// A till on a machine whose wall clock is this far from the real time.
fn till(wall_off_ms: i64) -> (Machine, Station) {
    let (began, wall) = (Instant::now(), Clock::Machine.now());
    let hand = MachineInHand::started("first", wall.plus_millis(wall_off_ms));
    let station = Station::open_by(Clock::MachineInHand(Arc::clone(&hand)));
    (Machine { hand, began, caught_up_ms: Cell::new(0) }, station)
}

fn lock_the_cashier(station: &Station) {
    for _ in 0..6 {
        assert!(station.desk().sign_in(&Seat::new(), CASHIER, "999999").is_err());
    }
    assert!(is_locked(station.desk()));
}

fn is_locked(desk: &Desk) -> bool {
    match desk.sign_in(&Seat::new(), CASHIER, PIN) {
        Ok(()) => false,
        Err(fault) => {
            assert_eq!(fault.code, FaultCode::Locked);
            true
        }
    }
}

/// Every entry of the trail: when, what, facts.
fn trail(station: &Station) -> Vec<(Moment, String, Value)> {
    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).expect("the owner signs in");
    let out = station.folder().join("trail.jsonl");
    station.desk().audit_export(&seat, &out).expect("it is written");
    let lines = std::fs::read_to_string(&out).expect("it is read");
    std::fs::remove_file(out).expect("it goes");
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
    // Between the entries stand the first line, heads and the end.
    let entry = |line: &str| {
        let body = json(json(line)["body"].as_str()?);
        let at = body["at"].as_str().and_then(rfc3339).expect("a moment");
        let what = body["what"].as_str().expect("a word").to_owned();
        Some((at, what, body["facts"].clone()))
    };
    lines.lines().filter_map(entry).collect()
}

/// What the trail says about the clock, in order.
fn about_the_clock(station: &Station) -> Vec<(String, Value)> {
    let entries = trail(station).into_iter().map(|(_, what, facts)| (what, facts));
    entries.filter(|(what, _)| what.starts_with("clock.")).collect()
}

fn in_order(station: &Station) {
    let moments: Vec<_> = trail(station).into_iter().map(|(at, ..)| at).collect();
    assert!(moments.is_sorted(), "{moments:?}");
    assert!(station.desk().audit_verify(None, |_| ()).is_ok_and(|verdict| verdict.ok));
}

/// The warning on screen, read as a screen does.
fn warning(station: &Station) -> Value {
    station.anyone("desk.show", json!({}))["clock"].clone()
}

/// Until the till has told what it found out, which it does beside everything else.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "not within twenty seconds: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

#[test]
fn a_locked_pin_stays_locked_when_the_clock_is_set_forward_also_for_another_program() {
    let (machine, mut station) = till(0);
    lock_the_cashier(&station);
    machine.move_wall(31 * MINUTE);
    assert!(is_locked(station.desk()), "in the same program");
    assert!(is_locked(&station.another_desk()), "in another program");
    station.restart();
    assert!(is_locked(station.desk()), "after the program was started again");
    machine.move_wall(365 * DAY);
    machine.pass(29 * MINUTE);
    assert!(is_locked(station.desk()));
    machine.pass(MINUTE);
    assert!(!is_locked(station.desk()), "half an hour went by");
}

#[test]
fn a_lock_lasts_its_half_hour_however_far_the_clock_is_set_back() {
    let (machine, mut station) = till(0);
    lock_the_cashier(&station);
    machine.move_wall(-DAY);
    machine.pass(29 * MINUTE);
    assert!(is_locked(station.desk()));
    machine.pass(MINUTE);
    station.restart();
    assert!(!is_locked(station.desk()), "and no longer");
}

#[test]
fn a_new_start_of_the_machine_with_the_clock_set_back_unlocks_nobody() {
    let (machine, mut station) = till(0);
    lock_the_cashier(&station);
    machine.pass(10 * MINUTE);
    machine.start_again("second", machine.readings().wall.plus_millis(-DAY));
    station.restart();
    assert!(is_locked(station.desk()));
    machine.pass(30 * MINUTE);
    assert!(!is_locked(station.desk()));
}

#[test]
fn the_idle_lock_counts_a_sleep_and_no_setting_of_the_clock() {
    let (machine, station) = till(0);
    let list = || json!({"call": "payment.list", "args": {}});
    let happens: [(Step<'_>, bool); 5] = [
        (Box::new(|| machine.move_wall(DAY)), true),
        (Box::new(|| machine.move_wall(-3 * DAY)), true),
        (Box::new(|| machine.sleep(9 * MINUTE)), true),
        (Box::new(|| machine.sleep(11 * MINUTE)), false),
        (Box::new(|| machine.pass(11 * MINUTE)), false),
    ];
    for (moves, signed_in) in happens {
        let seat = Seat::new();
        station.desk().sign_in(&seat, CASHIER, PIN).unwrap();
        moves();
        assert_eq!(station.desk().call_json(&seat, list()).is_ok(), signed_in);
    }
    let seat = Seat::new();
    station.desk().sign_in(&seat, CASHIER, PIN).unwrap();
    machine.pass(11 * MINUTE);
    machine.move_wall(-11 * MINUTE);
    let fault = station.desk().call_json(&seat, list()).unwrap_err();
    assert_eq!(fault.code, FaultCode::SignInNeeded, "setting it back keeps nobody signed in");
}

#[test]
fn through_all_jumps_the_trail_keeps_its_order_and_tells_each_jump_once() {
    let (machine, mut station) = till(0);
    let (payment, _) = station.payment("300.00", false);
    let act = |station: &Station, invoice: &str| {
        machine.catches_up();
        let change = station.asks(CASHIER, Station::relabel(&payment, invoice));
        station.sync();
        assert_eq!(station.state(&change), "applied");
        machine.pass(SECOND);
    };
    act(&station, "A");
    machine.move_wall(-DAY);
    act(&station, "B");
    machine.catches_up();
    let _other = station.another_desk();
    assert_eq!(warning(&station), json!({"code": "set_back", "by_ms": DAY}));
    machine.move_wall(3 * DAY);
    act(&station, "C");
    station.restart();
    act(&station, "D");
    assert_eq!(warning(&station), json!({"code": "set_forward", "by_ms": 2 * DAY}));
    machine.sleep(8 * HOUR);
    act(&station, "E");
    machine.move_wall(-2 * DAY);
    act(&station, "F");
    assert_eq!(warning(&station)["code"], "provider_differs", "it slept, the provider did not");
    machine.start_again("second", machine.readings().wall.plus_millis(-HOUR));
    station.restart();
    act(&station, "G");
    in_order(&station);
    let jump = |by_ms: i64, direction: &str| {
        ("clock.changed".to_owned(), json!({"by_ms": by_ms, "direction": direction}))
    };
    let told = about_the_clock(&station);
    assert_eq!(told[..3], [jump(DAY, "back"), jump(3 * DAY, "forward"), jump(2 * DAY, "back")]);
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[3].1["direction"], "back", "the new start, an hour back: {told:?}");
}

#[test]
fn what_is_queued_goes_out_whatever_day_the_clock_shows() {
    for jump in [-DAY, DAY, -365 * DAY] {
        let (machine, mut station) = till(0);
        let (payment, token) = station.payment("300.00", false);
        let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
        station.sandbox.set_fault(FaultRule::on(Command::Status, FaultKind::Html502).once());
        machine.move_wall(jump);
        let draining = station.desk().drain_while_open();
        eventually("it was tried", || !station.change(&change)["last_error"].is_null());
        machine.pass(2 * SECOND);
        eventually("it is sent", || station.state(&change) == "applied");
        draining.finish(station.carrier());
        // Also after the machine was started with that clock.
        let change = station.asks(CASHIER, Station::adjust(&payment, "200.00"));
        machine.start_again("second", machine.readings().wall);
        station.restart();
        station.sync();
        assert_eq!(station.state(&change), "applied", "{jump}");
        assert_eq!(station.effects("update", &token), 2);
        in_order(&station);
    }
}

#[test]
fn no_jump_and_no_sleep_makes_a_storm_of_tries() {
    const WAITING: usize = 5;
    let (machine, station) = till(0);
    for key in ["retry.base_ms", "retry.max_ms"] {
        station.does(OWNER, "settings.set", json!({"key": key, "value": "60000"}));
    }
    for _ in 0..WAITING {
        let (payment, _) = station.payment("300.00", false);
        station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    }
    station.sandbox.set_fault(FaultRule::on(Command::Status, FaultKind::Html502));
    let draining = station.desk().drain_while_open();
    // The drainer looks once a second: two looks see what there is to see.
    let settles = || std::thread::sleep(Duration::from_millis(2_500));
    let requests = || station.sandbox.received_requests().len();
    settles();
    let mut before = requests();
    let happens: [(&str, Step<'_>); 3] = [
        ("a day forward", Box::new(|| machine.move_wall(DAY))),
        ("two days back", Box::new(|| machine.move_wall(-2 * DAY))),
        ("part of the pause", Box::new(|| machine.pass(30 * SECOND))),
    ];
    for (what, step) in happens {
        step();
        settles();
        assert_eq!(requests(), before, "{what}: nobody was due");
    }
    machine.sleep(8 * HOUR);
    settles();
    let tries = requests() - before;
    assert!((1..=WAITING).contains(&tries), "{tries} tries after a sleep");
    before = requests();
    settles();
    assert_eq!(requests(), before, "each waits for its own next pause");
    draining.finish(station.carrier());
}

#[test]
fn a_provider_and_the_clock_together_put_the_time_right_and_no_lock_ends_by_it() {
    let (machine, station) = till(-DAY);
    let (payment, _) = station.payment("300.00", false);
    eventually("the provider's date is seen", || !warning(&station).is_null());
    let differs = warning(&station);
    assert_eq!(differs["code"], "provider_differs");
    assert!((differs["by_ms"].as_i64().unwrap() - DAY).abs() < MINUTE, "{differs}");
    lock_the_cashier(&station);

    let other = station.another_desk();
    let owner = Seat::new();
    station.desk().sign_in(&owner, OWNER, PIN).unwrap();
    machine.move_wall(DAY);
    assert!(is_locked(station.desk()), "the clock alone moves nothing");
    machine.catches_up();
    station.does(OWNER, "payment.refresh", json!({"payment": payment}));
    eventually("the time is put right", || warning(&station).is_null());
    assert!(is_locked(station.desk()), "time that was put right is no time that went by");
    let list = json!({"call": "payment.list", "args": {}});
    assert!(station.desk().call_json(&owner, list).is_ok(), "and signs nobody out");
    let shown = other.call_json(&Seat::new(), json!({"call": "desk.show", "args": {}})).unwrap();
    assert!(shown["clock"].is_null(), "another program goes by it too");
    machine.pass(30 * MINUTE);
    assert!(!is_locked(&other));

    in_order(&station);
    let told = about_the_clock(&station);
    let words: Vec<_> = told.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(words, ["clock.changed", "clock.corrected"], "{told:?}");
    let by_ms = told[1].1["by_ms"].as_i64().unwrap();
    assert_eq!(by_ms, DAY);
}

#[test]
fn a_till_whose_time_runs_ahead_says_so_and_goes_on() {
    let (machine, mut station) = till(DAY);
    let (payment, _) = station.payment("300.00", false);
    eventually("the provider's date is seen", || !warning(&station).is_null());
    assert_eq!(warning(&station)["code"], "provider_differs");
    machine.move_wall(-DAY);
    machine.catches_up();
    station.does(OWNER, "payment.refresh", json!({"payment": payment}));
    eventually("it is told", || warning(&station)["code"] == "ahead");
    let by_ms = warning(&station)["by_ms"].as_i64().unwrap();
    assert!((by_ms - DAY).abs() < MINUTE, "{by_ms}");

    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.restart();
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(warning(&station)["code"], "ahead", "the next program knows it too");
    in_order(&station);
    let told = about_the_clock(&station);
    let ahead = told.iter().filter(|(what, _)| what == "clock.ahead").count();
    assert_eq!(ahead, 1, "{told:?}");

    let health = serde_json::to_value(station.desk().doctor().unwrap()).unwrap();
    let clock = &health["clock"];
    assert_eq!(clock["warning"]["code"], "ahead");
    assert_eq!(clock["differs_ms"], -DAY);
    assert!(clock["provider_differs_ms"].as_i64().unwrap() < -DAY + MINUTE);
    assert!(rfc3339(clock["trusted"].as_str().unwrap()) > rfc3339(clock["wall"].as_str().unwrap()));
}

#[test]
fn clocks_that_agree_are_not_spoken_of() {
    let (machine, station) = till(0);
    let (payment, _) = station.payment("300.00", false);
    machine.catches_up();
    station.does(OWNER, "payment.refresh", json!({"payment": payment}));
    assert!(warning(&station).is_null());
    assert_eq!(about_the_clock(&station), []);
    let health = serde_json::to_value(station.desk().doctor().unwrap()).unwrap();
    let clock = &health["clock"];
    assert_eq!((&clock["differs_ms"], &clock["warning"]), (&json!(0), &Value::Null));
    assert!(clock["provider_differs_ms"].is_null());
}
