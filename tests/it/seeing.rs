//! Each role gets what its task needs and no more: the keys of answers, compared.

use std::collections::BTreeSet;

use counterfoil_api::Seat;
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::{Value, json};

const AUDITOR: &str = "Audrey";

fn station() -> Station {
    let station = Station::open();
    let auditor = json!({"name": AUDITOR, "role": "auditor", "pin": PIN});
    station.does(OWNER, "staff.add", auditor);
    station
}

/// Where something stands in an answer; places in lists count as one.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| keys(value, &format!("{path}.{key}"), found));
        }
        Value::Array(all) => all.iter().for_each(|one| keys(one, &format!("{path}[]"), found)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.insert(path.to_owned());
        }
    }
}

fn seen(answer: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(answer, "", &mut found);
    found
}

fn settings(station: &Station, who: &'static str) -> BTreeSet<String> {
    let all = station.does(who, "settings.list", json!({}));
    let all = all.as_array().expect("a list").iter();
    all.map(|one| one["key"].as_str().expect("a key").to_owned()).collect()
}

#[test]
fn a_cashier_is_shown_the_settings_that_bind_cashiers_and_the_others_all() {
    let station = station();
    let all = settings(&station, OWNER);
    assert_eq!(settings(&station, MANAGER), all);
    assert_eq!(settings(&station, AUDITOR), all);
    let mine = settings(&station, CASHIER);
    assert!(mine.is_subset(&all) && mine.contains("approval.refund_over"), "{mine:?}");
    let parts = ["approval", "permission", "offline", "reasons", "till", "lock"];
    for key in &mine {
        let part = key.split('.').next().expect("a part");
        assert!(parts.contains(&part) && !key.contains("manager"), "{key}");
    }
    for hidden in ["retry.base_ms", "listen.addr", "permission.manager.refund"] {
        assert!(all.contains(hidden) && !mine.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_cashier_sees_who_colleagues_are_and_not_their_wrong_pins_or_keys() {
    let station = station();
    for _ in 0..6 {
        assert!(station.desk().sign_in(&Seat::new(), MANAGER, "999999").is_err());
    }
    let list = |who| seen(&station.does(who, "staff.list", json!({"all": true})));
    let all: BTreeSet<String> = ["locked_until", "name", "public_key", "role", "staff_id"]
        .map(|key| format!("[].{key}"))
        .into();
    assert_eq!(list(OWNER), all);
    assert_eq!(list(AUDITOR), all);
    let few: BTreeSet<String> = ["name", "role", "staff_id"].map(|key| format!("[].{key}")).into();
    assert_eq!(list(CASHIER), few);
}

#[test]
fn a_screen_that_is_locked_shows_neither_money_nor_accounts() {
    let station = station();
    let (payment, _) = station.payment("300.00", false);
    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
    station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let signed_in = seen(&station.does(CASHIER, "desk.show", json!({})));
    let locked = station.anyone("desk.show", json!({}));
    let hidden: Vec<String> = signed_in.difference(&seen(&locked)).cloned().collect();
    assert!(hidden.iter().all(|key| key.starts_with(".offline") || key.starts_with(".person")));
    assert!(hidden.iter().any(|key| key.ends_with("left_sum[].minor")), "{hidden:?}");
    assert_eq!(locked["counts"]["unsent"], 1, "how many wait is no secret");
    assert_eq!((&locked["offline"], &locked["line"]["breakers"]), (&Value::Null, &json!([])));
    assert_eq!(locked["line"]["mode"], "on_purpose");
}

#[test]
fn nobody_is_answered_more_than_a_role_above_them() {
    let station = station();
    let (payment, _) = station.payment("300.00", true);
    station.asks(CASHIER, Station::refund(&payment, "5.00"));
    for call in ["desk.show", "payment.list", "change.list", "staff.list", "account.list"] {
        let of = |who| seen(&station.does(who, call, json!({})));
        let (cashier, manager, owner) = (of(CASHIER), of(MANAGER), of(OWNER));
        assert!(cashier.is_subset(&manager), "{call} {:?}", cashier.difference(&manager));
        assert!(manager.is_subset(&owner), "{call} {:?}", manager.difference(&owner));
        // What is offered to an auditor comes with the word that it is not theirs.
        let auditor = of(AUDITOR);
        let more: Vec<_> = auditor.difference(&owner).collect();
        assert!(more.iter().all(|key| key.contains(".allowed[].")), "{call} {more:?}");
    }
}
