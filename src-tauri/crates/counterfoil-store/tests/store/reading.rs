//! Which payments are read again by themselves, and what the ledger begins with.

use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::Event;
use counterfoil_core::payment::{Payment, PaymentState};
use counterfoil_store::table::{ledger, payment, reading};

use crate::house::{House, account_id, adjust, asked, at, gbp, paid, payment_id, sent, staff_id};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

impl House {
    fn read_at(&self, millis: i64, edit: impl FnOnce(&mut Payment)) {
        let mut payment = paid("p1", "100.00");
        payment.facts.read_at = at(millis);
        edit(&mut payment);
        self.store.write(move |c| payment::put(c, &payment)).expect("it fits");
    }

    fn due(&self, now: i64) -> Vec<String> {
        let id = account_id("acc");
        let found = self.store.read(|c| reading::due(c, &id, at(now), at(now), 10));
        let found = found.expect("it reads").rows.into_iter();
        found.map(|open| open.payment.payment_id.to_string()).collect()
    }

    fn on_desks(&self) -> Vec<(String, i64)> {
        let id = account_id("acc");
        let found = self.store.read(|c| reading::on_desks(c, &id)).expect("it reads").rows;
        let one = |open: reading::Open| {
            (open.payment.payment_id.to_string(), open.changed_at.as_millis())
        };
        found.into_iter().map(one).collect()
    }
}

#[test]
fn a_payment_is_due_sooner_after_it_changed_and_never_once_it_is_final() {
    let house = House::new();
    house.tamper("DELETE FROM payment WHERE payment_id <> 'p1'");
    house.read_at(0, |_| {});
    assert_eq!(house.due(30_000 - 1), [""; 0]);
    assert_eq!(house.due(30_000), ["p1"]);
    // Quiet for an hour: every 15 minutes.
    house.read_at(HOUR, |_| {});
    assert_eq!(house.due(HOUR + 15 * MINUTE - 1), [""; 0]);
    assert_eq!(house.due(HOUR + 15 * MINUTE), ["p1"]);
    // Something happened: quick again.
    house.read_at(2 * HOUR, |p| p.facts.state = PaymentState::InProgress);
    assert_eq!(house.due(2 * HOUR + 30_000), ["p1"]);
    house.read_at(3 * HOUR, |p| p.facts.state = PaymentState::Paid);
    assert_eq!(house.due(i64::MAX), [""; 0]);
}

#[test]
fn a_payment_that_cannot_be_read_is_put_off() {
    let house = House::new();
    house.tamper("DELETE FROM payment WHERE payment_id <> 'p1'");
    house.read_at(0, |_| {});
    house.store.write(|c| reading::put_off(c, &payment_id("p1"), at(HOUR))).expect("it fits");
    assert_eq!(house.due(HOUR - 1), [""; 0]);
    assert_eq!(house.due(HOUR), ["p1"]);
}

#[test]
fn what_the_engine_reads_by_itself_is_left_to_it() {
    let house = House::with_c1();
    house.tamper("DELETE FROM payment WHERE payment_id NOT IN (SELECT payment_id FROM change)");
    house.read_at(0, |_| {});
    assert_eq!(house.due(HOUR), [""; 0], "c1 is at its turn");
    let link = "https://pay.example/1".to_owned();
    house.append("c1", sent(SendEnd::NeedsCustomer { redirect_url: link }));
    assert_eq!(house.due(HOUR), [""; 0], "the engine looks whether the customer has acted");
    house.append("c1", [Event::Expired { why: "too late".to_owned() }]);
    assert_eq!(house.due(HOUR), ["p1"]);
}

#[test]
fn a_change_that_waits_for_a_person_has_its_payment_read_again() {
    let house = House::new();
    assert_eq!(house.on_desks(), []);
    let waiting = asked("c1", Some("p1"), &adjust("80.00"), true);
    let asked_at = waiting.at.as_millis();
    house.try_ask(waiting).expect("it fits");
    assert_eq!(house.on_desks(), [("p1".to_owned(), asked_at)]);
    let by = staff_id("bob");
    house.append("c1", [Event::Rejected { by, note: None }]);
    assert_eq!(house.on_desks(), []);
}

#[test]
fn the_ledger_begins_with_what_was_seen_first_whatever_is_read_later() {
    let house = House::new();
    house.tamper("DELETE FROM payment WHERE payment_id = 'p1'");
    house.read_at(5, |p| p.facts.refunded = Some(gbp("1.00")));
    house.read_at(9, |p| {
        p.facts.amount = gbp("70.00");
        p.facts.refunded = Some(gbp("7.00"));
        p.facts.state = PaymentState::Paid;
        p.facts.details.captured = Some(gbp("70.00"));
    });
    let held = house.store.read(|c| ledger::held(c, &payment_id("p1"))).expect("it reads");
    assert_eq!((held.first.at, held.first.amount), (at(5), gbp("100.00")));
    assert_eq!((held.first.refunded, held.first.captured), (Some(gbp("1.00")), None));
    assert_eq!(
        (held.first.state, held.payment.facts.state),
        (PaymentState::Open, PaymentState::Paid)
    );
    let names = house.store.read(|c| ledger::names(c, &account_id("acc"), 0, 100));
    let name = names.expect("it reads").rows.into_iter().find(|n| n.payment_id == payment_id("p1"));
    assert_eq!(name.map(|name| name.made_at), Some(at(5)));
}

#[test]
fn what_is_due_is_found_by_an_index() {
    let house = House::new();
    let plan = |sql: &str| {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        house.store.read(|c| {
            let mut statement = c.prepare(&sql)?;
            let rows = statement.query_map([], |row| row.get::<_, String>("detail"))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
        })
    };
    let due = "SELECT p.* FROM payment p WHERE account_id = 'a' AND poll_at <= 9 AND read_at <= 9
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = p.payment_id
                               AND o.runnable = 1 AND o.due_at IS NOT NULL)
               ORDER BY poll_at LIMIT 2";
    let due = plan(due).expect("it plans");
    assert!(due.contains("payment_to_poll") && due.contains("outbox_runnable_in_lane"), "{due}");
    assert!(!due.contains("SCAN") && !due.contains("TEMP B-TREE"), "{due}");
}
