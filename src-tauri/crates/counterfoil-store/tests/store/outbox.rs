use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Event, State};
use counterfoil_core::engine::{Plan, WaitWhy};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Base;
use counterfoil_store::table::outbox;

use crate::house::{
    House, account_id, adjust, applied, asked, attempt_started, change_id, gbp, paid, sent,
    staff_id,
};

/// The longest pause a plan may hold.
const LONGEST_MS: i64 = 3_600_000;

/// What is due at a moment, in order.
fn due_at(house: &House, now: Moment, limit: u32) -> Vec<String> {
    let found = house.store.read(|c| outbox::due(c, &account_id("acc"), now, LONGEST_MS, limit));
    found.expect("it reads").iter().map(ToString::to_string).collect()
}

/// What can be worked on sooner or later.
fn runnable(house: &House) -> String {
    let mut ids = due_at(house, Moment::from_millis(i64::MAX), 100);
    ids.sort();
    ids.join(" ")
}

fn plan(house: &House, id: &str, until: Option<i64>, why: WaitWhy) {
    let plan = Plan { until: until.map(Moment::from_millis), why, tries: 1, error: None };
    let id = change_id(id);
    house.store.write(move |c| outbox::set_plan(c, &id, &plan)).expect("it writes");
}

/// A till where `c1` and `c2` wait for one payment and `d1` for another.
fn two_lanes() -> House {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p1"), &adjust("70.00"));
    house.ask("d1", Some("p2"), &adjust("60.00"));
    house
}

fn unknown() -> SendEnd {
    SendEnd::Unknown { why: "lost".to_owned() }
}

fn needs_customer() -> SendEnd {
    SendEnd::NeedsCustomer { redirect_url: "https://pay.example/1".to_owned() }
}

fn conflict() -> Event {
    Event::ConflictFound { now: base("90.00"), why: "changed".to_owned() }
}

fn base(amount: &str) -> Base {
    Base::of(&paid("p1", amount).facts)
}

#[test]
fn only_the_head_of_a_lane_can_be_worked_on_and_lanes_do_not_wait_for_each_other() {
    let check = |events: Vec<Event>, expected: &str| {
        let house = two_lanes();
        house.append("c1", events.clone());
        assert_eq!(runnable(&house), expected, "{events:?}");
    };
    check(vec![], "c1 d1");
    check(vec![attempt_started("A1")], "c1 d1");
    check(sent(unknown()).into(), "c1 d1");
    check(sent(SendEnd::NeverLeft { why: "x".to_owned() }).into(), "c1 d1");
    check(vec![conflict()], "d1");
    check(sent(needs_customer()).into(), "c1 c2 d1");
    check(sent(applied()).into(), "c2 d1");
    check(sent(SendEnd::Refused { message: "x".to_owned() }).into(), "c2 d1");
    check(vec![Event::Withdrawn { by: staff_id("alice") }], "c2 d1");
    check(vec![Event::Expired { why: "x".to_owned() }], "c2 d1");
}

#[test]
fn a_change_that_waits_for_a_second_person_holds_nobody_up_and_takes_its_turn_when_agreed_to() {
    let house = House::new();
    let waits = house.try_ask(asked("c1", Some("p1"), &adjust("80.00"), true)).expect("it fits");
    assert_eq!(waits.state, State::AwaitingApproval);
    house.ask("c2", Some("p1"), &adjust("70.00"));
    assert_eq!(runnable(&house), "c2");
    house.append(
        "c1",
        [Event::Approved { by: staff_id("bob"), operation: waits.operation(), seal: None }],
    );
    assert_eq!(runnable(&house), "c2", "one of a payment at a time");
    house.append("c2", sent(applied()));
    assert_eq!(runnable(&house), "c1");
}

#[test]
fn an_agreed_change_does_not_overtake_one_that_is_being_sent() {
    let house = House::new();
    let waits = house.try_ask(asked("c1", Some("p1"), &adjust("80.00"), true)).expect("it fits");
    house.ask("c2", Some("p1"), &adjust("70.00"));
    house.append("c2", [attempt_started("A1")]);
    house.append(
        "c1",
        [Event::Approved { by: staff_id("bob"), operation: waits.operation(), seal: None }],
    );
    assert_eq!(runnable(&house), "c2");
}

#[test]
fn a_settled_conflict_lets_its_lane_go_on_in_order() {
    let house = two_lanes();
    house.append("c1", [conflict()]);
    assert_eq!(runnable(&house), "d1");
    let rebased = Event::Rebased {
        by: staff_id("alice"),
        base: base("90.00"),
        needs_approval: false,
        evidence: None,
    };
    house.append("c1", [rebased]);
    assert_eq!(runnable(&house), "c1 d1");
    house.append("c1", [conflict(), Event::Withdrawn { by: staff_id("alice") }]);
    assert_eq!(runnable(&house), "c2 d1");
}

#[test]
fn starts_are_lanes_of_their_own() {
    let house = House::new();
    for id in ["s1", "s2"] {
        let start = counterfoil_core::command::Command::Start {
            total: gbp("1.00"),
            invoice: None,
            reference: None,
            email: None,
            items: Vec::new(),
        };
        house.ask(id, None, &start);
    }
    assert_eq!(runnable(&house), "s1 s2");
    house.append("s1", sent(unknown()));
    assert_eq!(runnable(&house), "s1 s2");
}

#[test]
fn what_is_due_comes_oldest_first_up_to_the_limit_and_survives_reopening() {
    let house = two_lanes().reopened();
    plan(&house, "c1", Some(900), WaitWhy::Retry);
    plan(&house, "d1", Some(800), WaitWhy::Retry);
    let check = |now: i64, limit: u32, expected: &[&str]| {
        assert_eq!(due_at(&house, Moment::from_millis(now), limit), expected, "{now}");
    };
    check(799, 100, &[]);
    check(800, 100, &["d1"]);
    check(900, 100, &["d1", "c1"]);
    check(900, 1, &["d1"]);
    assert_eq!(house.store.read(outbox::depth).expect("it reads"), 3);
}

#[test]
fn a_plan_from_before_the_clock_was_set_back_is_due() {
    let house = two_lanes();
    plan(&house, "c1", Some(86_400_000), WaitWhy::Retry);
    plan(&house, "d1", Some(LONGEST_MS), WaitWhy::Retry);
    assert_eq!(due_at(&house, Moment::from_millis(0), 100), ["c1"]);
}

#[test]
fn what_waits_for_a_person_alone_is_never_due_and_what_waits_for_one_and_a_look_moves_nothing() {
    let house = two_lanes();
    plan(&house, "c1", None, WaitWhy::Person);
    plan(&house, "d1", Some(700), WaitWhy::Person);
    assert_eq!(runnable(&house), "d1");
    let now = Moment::from_millis(600);
    let due = house.store.read(|c| outbox::next_due(c, &account_id("acc"), now)).expect("it reads");
    let moves =
        house.store.read(|c| outbox::next_move(c, &account_id("acc"), now)).expect("it reads");
    assert_eq!((due, moves), (Some(Moment::from_millis(700)), None));
    plan(&house, "d1", Some(700), WaitWhy::Settle);
    let moves =
        house.store.read(|c| outbox::next_move(c, &account_id("acc"), now)).expect("it reads");
    assert_eq!(moves, Some(Moment::from_millis(700)));
}

#[test]
fn a_person_brings_one_change_forward_or_all_that_are_runnable() {
    let house = two_lanes();
    let now = Moment::from_millis(100);
    plan(&house, "c1", Some(900), WaitWhy::Retry);
    plan(&house, "d1", None, WaitWhy::Person);
    for (id, expected) in [("d1", vec![]), ("c1", vec!["c1"])] {
        let id = change_id(id);
        house.store.write(move |c| outbox::bring_forward(c, &id, now)).expect("it writes");
        assert_eq!(due_at(&house, now, 100), expected, "a decision is not a matter of time");
    }
    plan(&house, "c1", Some(900), WaitWhy::Settle);
    house.store.write(move |c| outbox::bring_all_forward(c, now)).expect("it writes");
    assert_eq!(due_at(&house, now, 100), ["c1", "d1"], "but not what stands behind them");
}

#[test]
fn tries_are_counted_on_over_tries_that_came_to_nothing_and_forgotten_with_another_state() {
    let house = two_lanes();
    let tries = || {
        let plan = house.store.read(|c| outbox::plan(c, &change_id("c1"))).expect("it reads");
        plan.map(|plan| plan.tries)
    };
    plan(&house, "c1", Some(900), WaitWhy::Retry);
    house.append("c1", sent(SendEnd::NeverLeft { why: "x".to_owned() }));
    assert_eq!(tries(), Some(1));
    house.append("c1", [attempt_started("A2")]);
    house.append("c1", [crate::house::attempt_ended("A2", unknown())]);
    assert_eq!(tries(), Some(0));
}
