use counterfoil_core::answer::SendEnd;
use counterfoil_core::audit::sha256_hex;
use counterfoil_core::change::{Change, Event, Illegal, State};
use counterfoil_core::command::Command;
use counterfoil_core::engine::{Plan, WaitWhy};
use counterfoil_core::moment::Moment;
use counterfoil_store::StoreError;
use counterfoil_store::life;
use counterfoil_store::table::{audit_entry, change, outbox};

use crate::house::{
    House, adjust, applied, asked, at, attempt_ended, attempt_started, change_id, gbp, payment_id,
    sent, staff_id,
};

const LINK: &str = "https://pay.example/sign/secret-part";

fn needs_customer() -> SendEnd {
    SendEnd::NeedsCustomer { redirect_url: LINK.to_owned() }
}

fn start() -> Command {
    Command::Start {
        total: gbp("20.00"),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    }
}

#[test]
fn a_request_writes_the_change_its_event_its_outbox_row_and_its_trail_entry_together() {
    let house = House::new();
    assert_eq!(house.counts(), [0, 0, 0, 0]);
    let asked = house.ask("c1", Some("p1"), &adjust("80.00"));
    assert_eq!(house.counts(), [1, 1, 1, 1]);
    assert_eq!(house.change("c1"), asked);
    house.append("c1", [attempt_started("A1")]);
    assert_eq!(house.counts(), [1, 2, 1, 2]);
    house.append("c1", [attempt_ended("A1", applied())]);
    assert_eq!(house.counts(), [1, 3, 0, 3], "a final change has left the outbox");
}

#[test]
fn an_event_that_does_not_fit_stores_nothing_at_all() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    let before = (house.counts(), house.change("c1"));
    let own = Event::Approved { by: staff_id("alice"), operation: "x".to_owned(), seal: None };
    for event in [own, attempt_ended("A1", applied())] {
        let refused = house.try_append("c1", event);
        assert!(matches!(refused, Err(StoreError::Illegal(Illegal::FromState { .. }))));
        assert_eq!((house.counts(), house.change("c1")), before);
    }
    let mut no_request = asked("c2", Some("p1"), &adjust("1.00"), false);
    no_request.event = attempt_started("A1");
    let refused = house.try_ask(no_request);
    assert!(matches!(refused, Err(StoreError::Illegal(Illegal::Beginning))));
    assert_eq!(house.counts(), before.0);
}

#[test]
fn a_change_that_cannot_be_linked_stores_nothing_at_all() {
    let house = House::new();
    assert!(house.try_ask(asked("c1", Some("nowhere"), &adjust("80.00"), false)).is_err());
    assert_eq!(house.counts(), [0, 0, 0, 0]);
    house.ask("c1", Some("p1"), &adjust("80.00"));
    assert!(house.try_ask(asked("c1", Some("p1"), &adjust("80.00"), false)).is_err(), "twice");
    assert_eq!(house.counts(), [1, 1, 1, 1]);
    let missing = house.try_append("c9", attempt_started("A1"));
    assert!(matches!(missing, Err(StoreError::Missing("change"))));
}

#[test]
fn two_who_decide_at_once_are_told_apart_by_the_store() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    let mut wins = 0;
    std::thread::scope(|scope| {
        let tries = [attempt_started("A1"), Event::Withdrawn { by: staff_id("alice") }];
        let tries = tries.map(|event| scope.spawn(|| house.try_append("c1", event).is_ok()));
        let won = tries.map(|tried| tried.join().expect("no panic"));
        wins = won.into_iter().filter(|won| *won).count();
    });
    assert_eq!(wins, 1);
    assert_eq!(house.change("c1").events, 2);
}

#[test]
fn events_are_never_edited_or_removed() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    for sql in [
        "UPDATE change_event SET at = 0",
        "DELETE FROM change_event",
        "UPDATE audit_entry SET body = ''",
        "DELETE FROM audit_entry",
        "INSERT OR REPLACE INTO audit_entry (seq, body, hash) VALUES (1, '', '')",
        "INSERT OR REPLACE INTO change_event SELECT change_id, place, 0, body FROM change_event",
    ] {
        assert!(house.run(sql).is_err(), "{sql}");
    }
    assert_eq!(house.counts(), [1, 1, 1, 1]);
    assert_eq!(house.number("SELECT at FROM change_event"), 3);
}

#[test]
fn an_own_applied_change_moves_the_base_of_those_behind_it_in_the_same_commit() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p1"), &adjust("70.00"));
    let mut waits = asked("c3", Some("p1"), &adjust("60.00"), true);
    waits.at = at(4);
    let operation = house.try_ask(waits).expect("it fits").operation();
    house.ask("c4", Some("p2"), &adjust("50.00"));
    let moved = house.append("c1", sent(applied()));
    assert_eq!(moved, [change_id("c2"), change_id("c3")]);
    let amount = |change: &Change| change.base.as_ref().map(|base| base.amount);
    let seen = |change: &Change| change.decided_on.as_ref().map(|base| base.amount);
    for id in ["c2", "c3"] {
        let change = house.change(id);
        assert_eq!((amount(&change), change.events), (Some(gbp("80.00")), 2), "{id}");
        assert_eq!(seen(&change), Some(gbp("100.00")), "{id}");
    }
    assert_eq!(house.change("c4").events, 1, "another payment is another lane");
    house.append("c3", [Event::Approved { by: staff_id("bob"), operation, seal: None }]);
    let trail = house.number("SELECT count(*) FROM audit_entry WHERE body LIKE '%base_moved%'");
    assert_eq!(trail, 2);
}

#[test]
fn a_newer_adjustment_ends_an_older_one_that_waits_for_the_customer() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("120.00"));
    house.append("c1", sent(needs_customer()));
    house.ask("c2", Some("p1"), &adjust("90.00"));
    assert_eq!(house.append("c2", sent(applied())), [change_id("c1")]);
    assert_eq!(house.change("c1").state, State::Expired);
    assert_eq!(house.number("SELECT count(*) FROM outbox"), 0);
}

#[test]
fn a_start_gets_its_payment_when_it_is_applied() {
    let house = House::new();
    house.ask("c1", None, &start());
    house.append("c1", [attempt_started("A1")]);
    let appended = house.store.write(|connection| {
        let event = attempt_ended("A1", applied());
        life::append(connection, &change_id("c1"), at(9), event, Some(&payment_id("p3")))
    });
    let appended = appended.expect("it fits");
    assert_eq!(appended.change.payment_id, Some(payment_id("p3")));
    assert_eq!(house.change("c1"), appended.change);
    let of = house.store.read(|c| change::of_payment(c, &payment_id("p3"))).expect("it reads");
    assert_eq!(of.len(), 1);
}

#[test]
fn the_customers_link_is_in_the_change_but_only_its_digest_is_in_the_trail() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("120.00"));
    house.append("c1", sent(needs_customer()));
    house.ask("c2", None, &start());
    let link = SendEnd::Applied { provider_ref: None, link: Some(LINK.to_owned()) };
    house.append("c2", sent(link));
    assert_eq!(house.change("c1").redirect_url.as_deref(), Some(LINK));
    let mut bodies = String::new();
    let read = house.store.read(|connection| {
        audit_entry::for_each(connection, |entry| {
            bodies.push_str(&entry.body);
            Ok(())
        })
    });
    read.expect("it reads");
    assert!(!bodies.contains("secret-part"));
    assert_eq!(bodies.matches(&sha256_hex(LINK.as_bytes())).count(), 2);
}

#[test]
fn the_rows_are_what_the_fold_of_the_events_says() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.append("c1", sent(SendEnd::Unknown { why: "lost".to_owned() }));
    let state = "SELECT count(*) FROM change JOIN outbox USING (change_id)
                 WHERE change.state = 'in_doubt' AND outbox.state = 'in_doubt'
                 AND changed_at = 10 AND requested_at = 3 AND kind = 'adjust'";
    assert_eq!(house.number(state), 1);
    let events = house.store.read(|c| change::count_events(c, &change_id("c1")));
    assert_eq!(events.expect("it reads"), 3);
    let log = house.store.read(|c| change::log(c, &change_id("c1"))).expect("it reads");
    assert_eq!(Change::fold(&change_id("c1"), &log), Ok(house.change("c1")));
}

#[test]
fn changes_are_listed_newest_first_by_state_and_payment() {
    let house = House::new();
    for (id, payment) in [("c1", "p1"), ("c2", "p2"), ("c3", "p1"), ("c4", "p3")] {
        house.ask(id, Some(payment), &adjust("80.00"));
    }
    house.append("c1", sent(applied()));
    let list = |states: &[State], payment: Option<&str>, limit: u32| {
        let payment_id = payment.map(payment_id);
        let filter = change::Filter { states: states.to_vec(), payment_id, limit };
        let found = house.store.read(|c| change::list(c, &filter)).expect("it reads");
        found.rows.iter().map(|change| change.change_id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list(&[], None, 100), "c4 c3 c2 c1");
    assert_eq!(list(&[], None, 2), "c4 c3");
    assert_eq!(list(&[State::Queued], None, 100), "c4 c3 c2");
    assert_eq!(list(&[State::Queued, State::Applied], Some("p1"), 100), "c3 c1");
    assert_eq!(list(&[State::InDoubt], None, 100), "");
    let open = house.store.read(change::open_by_state).expect("it reads");
    assert_eq!(open, [(State::Queued, 3, Some(at(3)))]);
}

#[test]
fn a_plan_is_kept_for_an_open_change_and_gone_with_it() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    let (until, error) = (Some(Moment::from_millis(77)), Some("no line".to_owned()));
    let plan = Plan { until, why: WaitWhy::Retry, tries: 3, error };
    let wanted = plan.clone();
    let set = house.store.write(move |c| outbox::set_plan(c, &change_id("c1"), &wanted));
    set.expect("it writes");
    let read = || house.store.read(|c| outbox::plan(c, &change_id("c1"))).expect("it reads");
    assert_eq!(read(), Some(plan));
    house.append("c1", sent(applied()));
    assert_eq!(read(), None);
}
