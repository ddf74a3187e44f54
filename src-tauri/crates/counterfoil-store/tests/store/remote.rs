//! Challenges count once, and keys of people of other tills keep who they belong to.

use counterfoil_core::id::TillId;
use counterfoil_core::staff::Role;
use counterfoil_store::table::challenge::{self, ChallengeRow};
use counterfoil_store::table::foreign_key::{self, ForeignKey};
use counterfoil_store::{Connection, StoreError};

use crate::house::{House, at, change_id, staff_id};

fn write<T: Send + 'static>(
    house: &House,
    job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> T {
    house.store.write(job).expect("it is stored")
}

fn shows(house: &House, nonce: &str, made_at: i64) {
    let row = ChallengeRow {
        nonce: nonce.to_owned(),
        change_id: change_id("c1"),
        salt: "salt".to_owned(),
        made_at: at(made_at),
        expires_at: at(made_at + 10),
        approval_expires_at: at(made_at + 100),
        used_at: None,
    };
    write(house, move |c| challenge::put(c, &row));
}

fn of(house: &House, nonce: &str) -> Option<ChallengeRow> {
    house.store.read(|c| challenge::get(c, nonce)).expect("it reads")
}

#[test]
fn a_challenge_is_answered_once_and_a_newer_one_takes_its_place() {
    let house = House::with_c1();
    shows(&house, "n1", 0);
    shows(&house, "n2", 1);
    assert!(of(&house, "n1").is_none(), "a newer one was shown");
    assert!(write(&house, |c| challenge::take(c, "n2", at(5))));
    assert!(!write(&house, |c| challenge::take(c, "n2", at(6))));
    let used = of(&house, "n2").expect("it is kept");
    assert_eq!((used.used_at, used.salt.as_str()), (Some(at(5)), ""));
    assert!(!write(&house, |c| challenge::take(c, "never shown", at(6))));
    shows(&house, "n3", 20);
    assert!(of(&house, "n2").is_some(), "what was answered is not forgotten");
    write(&house, |c| challenge::forget(c, &change_id("c1")));
    assert_eq!(of(&house, "n3").map(|row| row.salt), Some(String::new()));
}

#[test]
fn a_key_that_is_taken_out_keeps_its_name_and_may_come_in_anew() {
    let house = House::new();
    let key = |public: &str| ForeignKey {
        staff_id: staff_id("mia"),
        till_id: TillId::parse("other").expect("an id"),
        till_name: "Back".to_owned(),
        name: "Mia".to_owned(),
        role: Role::Manager,
        public_key: public.to_owned(),
        added_at: at(1),
        removed_at: None,
    };
    let found = || house.store.read(|c| foreign_key::find(c, "mia")).expect("it reads");
    let first = key("aa");
    write(&house, move |c| foreign_key::put(c, &first));
    assert_eq!(found(), Some(key("aa")));
    assert!(write(&house, |c| foreign_key::remove(c, &staff_id("mia"), at(9))));
    assert!(!write(&house, |c| foreign_key::remove(c, &staff_id("mia"), at(10))));
    assert_eq!(found(), Some(ForeignKey { removed_at: Some(at(9)), ..key("aa") }));
    let next = key("bb");
    write(&house, move |c| foreign_key::put(c, &next));
    assert_eq!(found(), Some(key("bb")));
    let all = house.store.read(foreign_key::all).expect("it reads");
    assert_eq!(all, [key("bb")]);
}
