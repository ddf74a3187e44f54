//! People on the command line: renamed, given another role, leaving, coming back, their PINs; and
//! all of it with the keyring away.

use std::fs;

use serde_json::{Value, json};

use crate::till::{Till, text};

fn row(till: &Till, name: &str) -> Value {
    let people = till.owner("staff list --all").exits(0);
    let people = people["staff"].as_array().expect("a list");
    people.iter().find(|person| person["name"] == name).expect("the person is listed").clone()
}

fn listed(till: &Till, line: &str) -> Vec<String> {
    let people = till.owner(line).exits(0);
    let people = people["staff"].as_array().expect("a list");
    people.iter().map(|person| text(&person["name"])).collect()
}

#[test]
fn a_person_is_renamed_given_another_role_leaves_and_comes_back() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "250.00");
    let casey = text(&row(&till, "Casey")["staff_id"]);

    let renamed = till.owner("staff rename Casey --name 'Cassandra Quill'").exits(0);
    assert_eq!(
        (&renamed["staff_id"], &renamed["name"]),
        (&json!(casey), &json!("Cassandra Quill"))
    );
    till.owner("staff rename Morgan --name 'Cassandra Quill'").refuses(3, "exists");
    let role = till.owner("staff role 'Cassandra Quill' --role manager").exits(0);
    assert_eq!(role["role"], "manager");
    let left = till.owner(&format!("staff leave {casey}")).exits(0);
    assert!(left["left_at"].is_string());
    assert_eq!(listed(&till, "staff list"), ["Morgan", "Olive"]);
    assert_eq!(listed(&till, "staff list --all"), ["Cassandra Quill", "Morgan", "Olive"]);
    let gone = till.nobody("payment list").argument("--as").argument(&casey);
    gone.env("COUNTERFOIL_PIN", "150263").refuses(3, "wrong_pin");

    let shown = till.manager(&format!("change show {change}")).exits(0);
    assert_eq!(shown["state"], "queued", "{shown}");
    let back = till.owner("staff return 'Cassandra Quill'").env("COUNTERFOIL_NEW_PIN", "904172");
    assert!(back.exits(0)["left_at"].is_null());
    let list = till.nobody("payment list").argument("--as").argument(&casey);
    list.env("COUNTERFOIL_PIN", "904172").exits(0);
    assert_eq!(till.nobody("audit verify").exits(0)["ok"], true);
}

#[test]
fn the_last_owner_stays_and_only_owners_keep_the_list() {
    let till = Till::with_people();
    till.owner("staff leave Olive").refuses(3, "last_owner");
    till.owner("staff role Olive --role auditor").refuses(3, "last_owner");
    for line in [
        "staff rename Casey --name X",
        "staff role Casey --role owner",
        "staff leave Casey",
        "staff return Casey",
        "staff pin Casey",
    ] {
        let call = till.manager(line).env("COUNTERFOIL_NEW_PIN", "904172");
        call.refuses(3, "not_permitted");
    }
    till.owner("staff leave Nobody").refuses(8, "not_found");
    till.owner("staff role Casey --role boss").refuses(2, "bad_input");
    till.owner("staff return Casey").env("COUNTERFOIL_NEW_PIN", "904172").refuses(8, "not_found");
}

#[test]
fn a_forgotten_pin_is_given_by_an_owner_and_ones_own_is_changed_with_the_present_one() {
    let till = Till::with_people();
    let key = |name: &str| row(&till, name)["public_key"].clone();
    let before = key("Casey");
    assert!(before.is_string());
    till.owner("staff pin Casey").refuses(2, "bad_input");
    till.owner("staff pin Casey").env("COUNTERFOIL_NEW_PIN", "111111").refuses(3, "bad_input");
    till.owner("staff pin Casey").env("COUNTERFOIL_NEW_PIN", "904172").exits(0);
    till.cashier("payment list").refuses(3, "wrong_pin");
    let given = key("Casey");
    assert_ne!(given, before, "a new PIN makes a new key");

    let own = || till.nobody("staff pin --as Casey").env("COUNTERFOIL_NEW_PIN", "150263");
    own().env("COUNTERFOIL_PIN", "482915").refuses(3, "wrong_pin");
    let done = own().argument("--pin-stdin").stdin("904172\n").exits(0);
    assert_eq!(done, json!({ "ok": true }));
    till.cashier("payment list").exits(0);
    assert_eq!(key("Casey"), given, "one's own new PIN keeps the key");
    till.owner("staff pin Olive").env("COUNTERFOIL_NEW_PIN", "904172").refuses(3, "not_permitted");
}

#[test]
fn with_the_keyring_away_asking_works_and_whoever_decides_is_told_why_not() {
    let till = Till::ready();
    let (payment, _) = till.paid_payment();
    let away = ("COUNTERFOIL_VAULT_PASSPHRASE", "not this one");
    let refund = format!("change refund --payment {payment} --amount 5.00 --reason duplicate");
    let asked = till.cashier(&refund).env(away.0, away.1).exits(6);
    let change = text(&asked["change_id"]);
    assert_eq!(asked["state"], "awaiting_approval");

    let approve = format!("change approve {change}");
    let error = till.manager(&approve).env(away.0, away.1).refuses(7, "keyring_closed");
    assert!(text(&error["message"]).contains("COUNTERFOIL_VAULT_PASSPHRASE"), "{error}");
    for line in [
        format!("change reject {change} --note no"),
        "change rebase x".to_owned(),
        "change drop x".to_owned(),
        "reconcile --account B".to_owned(),
    ] {
        till.manager(&line).env(away.0, away.1).refuses(7, "keyring_closed");
    }
    for line in ["settings set approval.cancel true", "staff leave Casey"] {
        till.owner(line).env(away.0, away.1).refuses(7, "keyring_closed");
    }
    till.cashier("change list").env(away.0, away.1).exits(0);
    till.manager(&approve).exits(0);
}

#[test]
fn a_till_without_any_keyring_is_set_up_and_has_its_people() {
    let till = Till::empty();
    // As on a machine without a session bus: nothing chosen, nothing there.
    let run = |line: &str, pins: &[(&str, &str)]| {
        let mut command = till.nobody(line).command();
        command.env_remove("COUNTERFOIL_VAULT").env_remove("COUNTERFOIL_VAULT_PASSPHRASE");
        command.envs(pins.iter().copied()).arg("--json");
        let output = command.output().expect("the program runs");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
        (output.status.code(), answer)
    };
    let pin = ("COUNTERFOIL_PIN", "482915");
    let (exit, answer) = run("init --store Shop --till One --owner Olive", &[pin]);
    assert_eq!(exit, Some(0), "{answer}");
    let add = "staff add --name Casey --role cashier --as Olive";
    let (exit, answer) = run(add, &[pin, ("COUNTERFOIL_NEW_PIN", "150263")]);
    assert_eq!(exit, Some(0), "{answer}");
    let (exit, people) = run("staff list --as Casey", &[("COUNTERFOIL_PIN", "150263")]);
    assert_eq!((exit, people["staff"].as_array().map(Vec::len)), (Some(0), Some(2)), "{people}");
    let (exit, _) = run("settings set approval.cancel true --as Olive", &[pin]);
    assert_eq!(exit, Some(0));
    let (exit, _) = run("settings get --as Olive", &[("COUNTERFOIL_PIN", "482916")]);
    assert_eq!(exit, Some(3), "a wrong PIN is one without a keyring, too");

    // Now with a keyring: the same people, and a key each from their next PIN on.
    assert!(row(&till, "Olive")["public_key"].is_string());
    assert!(row(&till, "Casey")["public_key"].is_null());
    till.cashier("payment list").exits(0);
    assert!(row(&till, "Casey")["public_key"].is_string());
}

#[test]
fn a_lost_pepper_is_made_anew_by_an_owner_who_then_gives_new_pins() {
    let till = Till::ready();
    let (payment, _) = till.paid_payment();
    fs::remove_file(till.beside("vault")).expect("the keyring's file");
    let refund = format!("change refund --payment {payment} --amount 5.00 --reason duplicate");
    let change = text(&till.cashier(&refund).exits(6)["change_id"]);
    let approve = format!("change approve {change}");
    let error = till.manager(&approve).refuses(7, "pepper_lost");
    assert!(text(&error["message"]).contains("staff pin --new-pepper"), "{error}");
    let renew = || till.owner("staff pin --new-pepper").env("COUNTERFOIL_NEW_PIN", "482915");
    till.owner("staff pin --new-pepper Morgan").refuses(2, "bad_input");
    let manager = till.manager("staff pin --new-pepper").env("COUNTERFOIL_NEW_PIN", "904172");
    manager.refuses(3, "not_permitted");
    renew().exits(0);
    renew().refuses(3, "not_allowed");
    till.manager(&approve).refuses(7, "pepper_lost");
    till.owner("staff pin Morgan").env("COUNTERFOIL_NEW_PIN", "730481").exits(0);
    till.manager(&approve).exits(0);
    assert_eq!(till.nobody("audit verify").exits(0)["ok"], true);
}
