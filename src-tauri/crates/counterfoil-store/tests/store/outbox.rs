use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Event, State};
use counterfoil_core::payment::Base;
use counterfoil_store::table::outbox;

use crate::house::{House, adjust, applied, asked, attempt_started, gbp, paid, sent, staff_id};

fn runnable(house: &House) -> String {
    let found = house.store.read(|connection| outbox::runnable(connection, 100));
    let ids: Vec<_> = found.expect("it reads").iter().map(ToString::to_string).collect();
    ids.join(" ")
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
fn a_change_that_waits_for_a_second_person_holds_nobody_up_and_keeps_its_place() {
    let house = House::new();
    let waits = house.try_ask(asked("c1", Some("p1"), &adjust("80.00"), true)).expect("it fits");
    assert_eq!(waits.state, State::AwaitingApproval);
    house.ask("c2", Some("p1"), &adjust("70.00"));
    assert_eq!(runnable(&house), "c2");
    house.append("c1", [Event::Approved { by: staff_id("bob"), operation: waits.operation() }]);
    assert_eq!(runnable(&house), "c1");
}

#[test]
fn a_settled_conflict_lets_its_lane_go_on_in_order() {
    let house = two_lanes();
    house.append("c1", [conflict()]);
    assert_eq!(runnable(&house), "d1");
    let rebased =
        Event::Rebased { by: staff_id("alice"), base: base("90.00"), needs_approval: false };
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
fn what_can_be_worked_on_comes_oldest_first_up_to_the_limit_and_survives_reopening() {
    let house = two_lanes().reopened();
    let first = house.store.read(|connection| outbox::runnable(connection, 1)).expect("it reads");
    assert_eq!(first.len(), 1);
    assert_eq!(runnable(&house), "c1 d1");
    assert_eq!(house.store.read(outbox::depth).expect("it reads"), 3);
}
