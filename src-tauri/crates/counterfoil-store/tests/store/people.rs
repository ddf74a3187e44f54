//! People who come, go, are renamed and change their role: what they did keeps their name.

use counterfoil_core::staff::Role;
use counterfoil_store::table::staff::{self, PinMarks, StaffRow};
use counterfoil_store::table::staff_past::{self, What};
use counterfoil_store::{Connection, StoreError};

use crate::house::{House, at, person, staff_id};

fn write<T: Send + 'static>(
    house: &House,
    job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> T {
    house.store.write(job).expect("it is stored")
}

fn name_at(house: &House, who: &str, millis: i64) -> Option<String> {
    let read = house.store.read(|c| staff_past::name_at(c, &staff_id(who), at(millis)));
    read.expect("it reads")
}

fn row(house: &House, who: &str) -> StaffRow {
    let found = house.store.read(|c| staff::find(c, who)).expect("it reads");
    found.expect("somebody")
}

/// Alice of moment 1 becomes Alicia at 10, a manager at 20, leaves at 30 and is back at 40.
fn lived() -> House {
    let house = House::new();
    let alice = || staff_id("alice");
    write(&house, move |c| staff::rename(c, &alice(), "Alicia", at(10)));
    write(&house, move |c| staff::set_role(c, &alice(), Role::Manager, at(20)));
    write(&house, move |c| staff::leave(c, &alice(), at(30)));
    write(&house, move |c| staff::come_back(c, &alice(), &PinMarks::default(), at(40)));
    house
}

#[test]
fn a_rename_a_role_and_a_leaving_never_rewrite_what_came_before() {
    let house = lived();
    let past = house.store.read(|c| staff_past::of(c, &staff_id("alice"))).expect("it reads");
    let told: Vec<_> = past
        .iter()
        .map(|row| (row.at.as_millis(), row.name.as_deref(), row.role, row.what))
        .collect();
    let (cashier, manager) = (Role::Cashier, Role::Manager);
    let expected = [
        (1, Some("alice"), cashier, What::Added),
        (10, Some("Alicia"), cashier, What::Renamed),
        (20, Some("Alicia"), manager, What::RoleChanged),
        (30, Some("Alicia"), manager, What::Left),
        (40, Some("Alicia"), manager, What::Returned),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_name_of_a_moment_is_the_one_of_then() {
    let house = lived();
    for (millis, expected) in
        [(-5, "alice"), (1, "alice"), (9, "alice"), (10, "Alicia"), (35, "Alicia"), (99, "Alicia")]
    {
        assert_eq!(name_at(&house, "alice", millis).as_deref(), Some(expected), "{millis}");
    }
    assert_eq!(name_at(&house, "nobody", 5), None);
}

#[test]
fn of_two_names_of_one_moment_the_later_one_counts() {
    let house = House::new();
    for name in ["Ann", "Anna"] {
        write(&house, move |c| staff::rename(c, &staff_id("alice"), name, at(10)));
    }
    assert_eq!(name_at(&house, "alice", 10).as_deref(), Some("Anna"));
}

#[test]
fn a_name_is_given_once_among_those_who_are_here() {
    let house = House::new();
    let taken = |job: fn(&Connection) -> Result<(), StoreError>| {
        assert!(matches!(house.store.write(job), Err(StoreError::Taken("person"))));
    };
    taken(|c| staff::rename(c, &staff_id("alice"), "bob", at(5)));
    write(&house, |c| staff::leave(c, &staff_id("bob"), at(6)));
    write(&house, |c| staff::rename(c, &staff_id("alice"), "bob", at(7)));
    taken(|c| staff::come_back(c, &staff_id("bob"), &PinMarks::default(), at(8)));
    let found = row(&house, "bob");
    assert_eq!(found.name, "bob");
    assert!(!found.is_here(), "an id comes before a name");
    let left = house.store.read(|c| staff::left_as(c, "bob")).expect("it reads");
    assert_eq!(left.len(), 1);
    assert!(left[0].left_at == Some(at(6)));
    // The table itself refuses it, too.
    let sql = "UPDATE staff SET left_at = NULL WHERE staff_id = 'bob'";
    let twice = house.store.write(move |c| Ok(c.execute_batch(sql)?));
    assert!(matches!(twice, Err(StoreError::Sqlite(_))));
}

#[test]
fn whoever_leaves_takes_pin_and_key_along_and_the_public_key_stays() {
    let house = House::new();
    let some = |text: &str| Some(text.to_owned());
    let marks = PinMarks {
        pin_hash: "h".to_owned(),
        pepper_mark: some("m"),
        short_check: some("s"),
        public_key: some("p"),
        sealed_key: some("k"),
    };
    let given = marks.clone();
    write(&house, move |c| staff::set_lockout(c, &staff_id("bob"), 6, Some(at(99))));
    write(&house, move |c| staff::set_pin(c, &staff_id("bob"), &given));
    let now = row(&house, "bob");
    assert!(now.marks == marks && now.wrong_tries == 0 && now.locked_until.is_none());
    assert!(house.store.read(staff::any_peppered).expect("it reads"));
    write(&house, |c| staff::leave(c, &staff_id("bob"), at(6)));
    let left = PinMarks { public_key: some("p"), ..PinMarks::default() };
    assert!(row(&house, "bob").marks == left);
    assert!(!house.store.read(staff::any_peppered).expect("it reads"));
}

#[test]
fn owners_are_counted_among_those_who_are_here() {
    let house = House::new();
    let owners = || house.store.read(staff::owners_here).expect("it reads");
    assert_eq!(owners(), 0);
    write(&house, |c| staff::insert(c, &person("olive", Role::Owner), at(2)));
    write(&house, |c| staff::insert(c, &person("otto", Role::Owner), at(2)));
    assert_eq!(owners(), 2);
    write(&house, |c| staff::leave(c, &staff_id("otto"), at(3)));
    assert_eq!(owners(), 1);
}

#[test]
fn nothing_of_the_past_is_edited_or_removed_but_the_names_of_those_who_left() {
    let house = lived();
    let refused = |sql: &'static str| {
        let error = house.store.write(move |c| Ok(c.execute_batch(sql)?));
        assert!(matches!(error, Err(StoreError::Sqlite(_))), "{sql}");
    };
    refused("DELETE FROM staff_past");
    refused("DELETE FROM staff WHERE staff_id = 'alice'");
    refused("UPDATE staff_past SET name = 'Eve' WHERE staff_id = 'alice'");
    refused("UPDATE staff_past SET name = NULL WHERE staff_id = 'alice'");
    refused("INSERT OR REPLACE INTO staff_past VALUES (1, 'alice', 1, 'Eve', 'owner', 'added')");
    write(&house, |c| staff::leave(c, &staff_id("alice"), at(50)));
    refused("UPDATE staff_past SET name = 'Eve' WHERE staff_id = 'alice'");
    for column in ["row_id = row_id + 100", "at = 0", "role = 'owner'", "what = 'left'"] {
        let sql = format!("UPDATE staff_past SET name = NULL, {column} WHERE at = 10");
        let error = house.store.write(move |c| Ok(c.execute_batch(&sql)?));
        assert!(error.is_err(), "{column}");
    }
    write(&house, |c| staff::erase_name(c, &staff_id("alice"), "former staff 1"));
    assert_eq!(name_at(&house, "alice", 1).as_deref(), Some("former staff 1"));
    assert_eq!(name_at(&house, "alice", 99).as_deref(), Some("former staff 1"));
    let here = house.store.write(|c| staff::erase_name(c, &staff_id("bob"), "former staff 2"));
    assert!(matches!(here, Err(StoreError::Missing("person"))), "bob is here");
}
