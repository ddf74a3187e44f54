use std::sync::Arc;

use counterfoil_core::audit::AuditFact;
use counterfoil_core::clock::{Mark, Readings};
use counterfoil_core::moment::Moment;
use counterfoil_core::staff::Role;
use counterfoil_store::StoreError;
use counterfoil_store::table::{audit_entry, clock, meta, staff};

use crate::house::{House, at, person};

fn fact(moment: Moment) -> AuditFact {
    AuditFact {
        at: moment.to_rfc3339(),
        who: "till".to_owned(),
        what: "test".to_owned(),
        about: "clock".to_owned(),
        facts: serde_json::json!({}),
    }
}

#[test]
fn an_entry_that_is_written_later_is_never_said_to_be_earlier() {
    let house = House::new();
    assert_eq!(house.store.read(clock::newest_moment).expect("it reads"), None);
    for (asked_at, stands_at) in [(5_000, 5_000), (4_999, 5_000), (-9, 5_000), (5_001, 5_001)] {
        let append = move |connection: &_| audit_entry::append(connection, &fact(at(asked_at)));
        house.store.write(append).expect("it is written");
        let newest = house.store.read(clock::newest_moment).expect("it reads");
        assert_eq!(newest, Some(at(stands_at)), "{asked_at}");
    }
    house.store.read(audit_entry::verify).expect("it verifies");
}

#[test]
fn a_newest_entry_that_cannot_be_read_stops_no_other() {
    for body in ["", "{}", "[7]", r#"{"at":7}"#, r#"{"at":"yesterday"}"#] {
        let house = House::new();
        house
            .store
            .write(move |connection| {
                let sql = "INSERT INTO audit_entry (seq, body, hash) VALUES (1, ?1, 'x')";
                connection.execute(sql, [body])?;
                Ok(())
            })
            .expect("it is written");
        let append = |connection: &_| audit_entry::append(connection, &fact(at(7)));
        house.store.write(append).expect("the trail goes on");
        assert_eq!(house.store.read(clock::newest_moment).expect("it reads"), Some(at(7)));
    }
}

#[test]
fn a_mark_is_read_back_and_a_strange_one_counts_as_none() {
    let house = House::new();
    let now = Readings { wall: at(9), boot_ms: 4, awake_ms: 4, boot: Arc::from("first") };
    assert_eq!(house.store.read(clock::mark).expect("it reads"), None);
    let (mark, _) = Mark::open(None, None, &now);
    let stored = mark.clone();
    house.store.write(move |connection| clock::put_mark(connection, &stored)).expect("it writes");
    assert_eq!(house.store.read(clock::mark).expect("it reads"), Some(mark));
    let strange = |connection: &_| meta::set(connection, "clock_mark", r#"{"boot":7}"#);
    house.store.write(strange).expect("it writes");
    assert_eq!(house.store.read(clock::mark).expect("it reads"), None);
}

#[test]
fn locks_move_with_the_time_and_those_that_ran_out_stay() {
    let house = House::new();
    let until = |name: &'static str| {
        let row = house.store.read(|connection| staff::find(connection, name));
        row.expect("it reads").expect("the person is there").locked_until
    };
    let write = |job: fn(&counterfoil_store::Connection) -> Result<(), StoreError>| {
        house.store.write(job).expect("it writes");
    };
    write(|connection| {
        for (name, until) in [("Locked", Some(500)), ("Over", Some(100)), ("Free", None)] {
            let row = person(name, Role::Cashier);
            staff::insert(connection, &row, at(0))?;
            staff::set_lockout(connection, &row.staff_id, 6, until.map(at))?;
        }
        Ok(())
    });
    write(|connection| staff::move_locks(connection, at(100), at(1_100)));
    assert_eq!((until("Locked"), until("Over")), (Some(at(1_500)), Some(at(100))));
    assert_eq!(until("Free"), None);
    write(|connection| staff::move_locks(connection, at(1_100), at(600)));
    assert_eq!(until("Locked"), Some(at(1_500)), "time never goes back");
}
