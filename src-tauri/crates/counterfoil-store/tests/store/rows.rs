use counterfoil_core::id::TillId;
use counterfoil_core::staff::Role;
use counterfoil_store::StoreError;
use counterfoil_store::table::{account, change, meta, outbox, payment, staff};

use crate::house::{
    House, account_id, adjust, applied, at, change_id, payment_id, person, sent, shop_account,
    staff_id,
};

#[test]
fn a_row_that_cannot_be_read_is_damage_and_no_panic() {
    const FREE: &str = "DROP TRIGGER change_event_is_never_edited;";
    let check = |sql: &'static str, read: fn(&House) -> Result<(), StoreError>| {
        let house = House::new();
        house.ask("c1", Some("p1"), &adjust("80.00"));
        read(&house).unwrap_or_else(|error| panic!("before {sql}: {error}"));
        house.tamper(FREE);
        house.tamper(sql);
        let damaged = read(&house);
        assert!(damaged.as_ref().is_err_and(StoreError::is_damage), "{sql}: {damaged:?}");
    };
    let get_change =
        |house: &House| house.store.read(|c| change::get(c, &change_id("c1")).map(|_| ()));
    let get_payment =
        |house: &House| house.store.read(|c| payment::get(c, &payment_id("p1")).map(|_| ()));
    let find_account =
        |house: &House| house.store.read(|c| account::get(c, &account_id("acc")).map(|_| ()));
    let find_staff = |house: &House| house.store.read(|c| staff::find(c, "bob").map(|_| ()));
    let heads = |house: &House| {
        let far = counterfoil_core::moment::Moment::from_millis(i64::MAX);
        house.store.read(|c| outbox::due(c, &account_id("acc"), far, 0, 10).map(|_| ()))
    };
    check("UPDATE change_event SET body = '{'", get_change);
    check("UPDATE change_event SET body = '{}'", get_change);
    check("UPDATE change_event SET body = '{\"event\":\"exploded\"}'", get_change);
    check(
        "UPDATE change_event SET body = '{\"event\":\"withdrawn\",\"by\":\"alice\"}'",
        get_change,
    );
    check("UPDATE change_event SET body = '{\"event\":\"withdrawn\",\"by\":\"\"}'", get_change);
    let unlocked = "DROP TRIGGER change_event_is_never_removed;";
    let cut = |house: &House, sql: &str| {
        house.append("c1", sent(applied()));
        house.tamper(&format!("{unlocked} {sql}"));
        assert!(get_change(house).is_err_and(|error| error.is_damage()), "{sql}");
    };
    cut(&House::with_c1(), "DELETE FROM change_event WHERE place = 2");
    cut(&House::with_c1(), "DELETE FROM change_event WHERE place = 3");
    check("UPDATE payment SET items = 'x' WHERE payment_id = 'p1'", get_payment);
    check("UPDATE payment SET state = 'gone' WHERE payment_id = 'p1'", get_payment);
    check("UPDATE payment SET currency = 'ZZZ' WHERE payment_id = 'p1'", get_payment);
    check("UPDATE payment SET amount = 9223372036854775807", get_payment);
    check("UPDATE account SET provider = 'nobody'", find_account);
    check("UPDATE account SET options = ''", find_account);
    check("UPDATE staff SET role = 'king' WHERE name = 'bob'", find_staff);
    check("UPDATE outbox SET change_id = 'not an id'", heads);
}

#[test]
fn people_are_found_by_name_or_id_and_a_name_is_given_once() {
    let house = House::new();
    let find = |text: &str| {
        let found = house.store.read(|c| staff::find(c, text)).expect("it reads");
        found.map(|row| row.staff_id.to_string())
    };
    assert_eq!(find("alice").as_deref(), Some("alice"));
    assert_eq!(find("Alice"), None);
    let twin = staff::StaffRow { staff_id: staff_id("other"), ..person("alice", Role::Owner) };
    let added = house.store.write(move |c| staff::insert(c, &twin, at(1)));
    assert!(matches!(added, Err(StoreError::Taken("person"))));
    let names = house.store.read(staff::all).expect("it reads");
    assert_eq!(names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["alice", "bob"]);
}

#[test]
fn wrong_tries_and_locks_are_kept_over_reopening() {
    let house = House::new();
    let lock = house.store.write(|c| staff::set_lockout(c, &staff_id("bob"), 5, Some(at(900))));
    lock.expect("it writes");
    let house = house.reopened();
    let bob = house.store.read(|c| staff::find(c, "bob")).expect("it reads").expect("he is there");
    assert_eq!((bob.wrong_tries, bob.locked_until, bob.role), (5, Some(at(900)), Role::Manager));
}

#[test]
fn an_account_is_kept_as_given_paused_and_removed_only_while_nothing_names_it() {
    let house = House::new();
    let get = |id: &str| house.store.read(|c| account::get(c, &account_id(id)));
    assert_eq!(get("acc").expect("it is there"), shop_account("acc"));
    let again = house.store.write(|c| account::insert(c, &shop_account("acc"), at(1)));
    assert!(matches!(again, Err(StoreError::Taken("account"))));
    let pause = |why: Option<&'static str>| {
        house.store.write(move |c| account::set_paused(c, &account_id("acc"), why))
    };
    pause(Some("who are you")).expect("it writes");
    assert_eq!(get("acc").expect("it is there").paused.as_deref(), Some("who are you"));
    pause(None).expect("it writes");
    assert_eq!(get("acc").expect("it is there").paused, None);
    let removed = house.store.write(|c| account::remove(c, &account_id("acc")));
    assert!(matches!(removed, Err(StoreError::Taken(_))));
    house.store.write(|c| account::insert(c, &shop_account("spare"), at(1))).expect("it fits");
    house.store.write(|c| account::remove(c, &account_id("spare"))).expect("nothing names it");
    assert!(matches!(get("spare"), Err(StoreError::Missing("account"))));
}

#[test]
fn the_till_knows_its_own_facts() {
    let house = House::new();
    assert_eq!(house.store.read(meta::till_id).expect("it reads"), None);
    house.store.write(|c| meta::set(c, meta::TILL_ID, "T-1")).expect("it writes");
    house.store.write(|c| meta::set(c, meta::TILL_ID, "T-2")).expect("it writes");
    let till = house.store.read(meta::till_id).expect("it reads");
    assert_eq!(till, Some(TillId::parse("T-2").expect("it is an id")));
    house.store.write(|c| meta::set(c, meta::TILL_ID, "T 3")).expect("it writes");
    assert!(matches!(house.store.read(meta::till_id), Err(StoreError::Damaged { .. })));
}
