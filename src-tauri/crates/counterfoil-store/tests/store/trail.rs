use counterfoil_core::audit::{AuditFact, GENESIS};
use counterfoil_store::StoreError;
use counterfoil_store::table::{audit_entry, meta};

use crate::house::{House, adjust, applied, sent};

const FREE: &str = "DROP TRIGGER audit_entry_is_never_edited;
                    DROP TRIGGER audit_entry_is_never_removed;";

fn told() -> House {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p2"), &adjust("70.00"));
    house.append("c1", sent(applied()));
    house.append("c2", sent(applied()));
    house
}

fn broken_at(house: &House) -> Option<i64> {
    let error = house.store.read(audit_entry::verify).err()?;
    assert!(matches!(error, StoreError::Broken(_)), "{error}");
    if let StoreError::Broken(broken) = error { Some(broken.seq) } else { None }
}

#[test]
fn an_untouched_trail_verifies_and_its_head_is_its_newest_entry() {
    let house = House::new();
    let head = house.store.read(audit_entry::head).expect("it reads");
    assert_eq!(head, (0, GENESIS.to_owned()));
    let house = told();
    let verified = house.store.read(audit_entry::verify).expect("it verifies");
    assert_eq!(verified, house.store.read(audit_entry::head).expect("it reads"));
    assert_eq!(verified.0, 6);
    let house = house.reopened();
    assert_eq!(house.store.read(audit_entry::verify).expect("it verifies"), verified);
}

#[test]
fn a_tampered_trail_names_its_first_bad_entry() {
    let check = |sql: &'static str, expected: i64| {
        let house = told();
        house.tamper(FREE);
        house.tamper(sql);
        assert_eq!(broken_at(&house), Some(expected), "{sql}");
    };
    check("UPDATE audit_entry SET body = replace(body, '80', '81') WHERE seq = 1", 1);
    check("UPDATE audit_entry SET body = body || ' ' WHERE seq = 4", 4);
    check("UPDATE audit_entry SET hash = upper(hash) WHERE seq = 3", 3);
    check("UPDATE audit_entry SET body = '' WHERE seq = 6", 6);
    check("DELETE FROM audit_entry WHERE seq = 2", 2);
    check("UPDATE audit_entry SET seq = seq + 1 WHERE seq = 6", 6);
    check("INSERT INTO audit_entry VALUES (7, '{}', 'x')", 7);
    check("INSERT INTO audit_entry VALUES (0, '{}', 'x')", 1);
}

#[test]
fn entries_name_the_till_once_it_has_an_id() {
    let house = House::new();
    let append = || {
        house.store.write(|connection| {
            let fact = AuditFact {
                at: "2026-01-01T00:00:00Z".to_owned(),
                who: "alice".to_owned(),
                what: "setting.changed".to_owned(),
                about: "x".to_owned(),
                facts: serde_json::json!({"to": "1"}),
            };
            audit_entry::append(connection, &fact)
        })
    };
    let first = append().expect("it writes");
    assert!(first.body.contains(r#""till":"new""#), "{}", first.body);
    house.store.write(|c| meta::set(c, meta::TILL_ID, "T-7")).expect("it writes");
    let second = append().expect("it writes");
    assert!(second.body.contains(r#""till":"T-7""#), "{}", second.body);
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!(broken_at(&house), None);
}

#[test]
fn writers_at_once_make_one_chain() {
    let house = House::new();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let house = &house;
            scope.spawn(move || house.ask(&format!("c{number}"), Some("p1"), &adjust("80.00")));
        }
    });
    assert_eq!(broken_at(&house), None);
    assert_eq!(house.store.read(audit_entry::head).expect("it reads").0, 16);
}
