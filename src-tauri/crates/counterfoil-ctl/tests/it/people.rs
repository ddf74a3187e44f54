use serde_json::json;

use crate::till::{PEOPLE, Till};

#[test]
fn six_wrong_pins_lock_a_person_out_and_the_right_one_no_longer_helps() {
    let till = Till::with_people();
    let try_with = |pin: &str| till.nobody("payment list --as Casey").env("COUNTERFOIL_PIN", pin);
    for _ in 0..5 {
        try_with("150264").refuses(3, "wrong_pin");
    }
    let error = try_with("not a pin").refuses(3, "locked");
    assert!(error["detail"]["until"].is_string());
    till.cashier("payment list").refuses(3, "locked");
    till.manager("payment list").exits(0);
    let people = till.manager("staff list").exits(0);
    let casey = people["staff"].as_array().expect("a list");
    let casey = casey.iter().find(|person| person["name"] == "Casey").expect("Casey is there");
    assert!(casey["locked_until"].is_string());
}

#[test]
fn an_unknown_name_is_told_apart_from_a_wrong_pin_by_nothing() {
    let till = Till::with_people();
    let unknown = till.nobody("payment list --as Nobody").env("COUNTERFOIL_PIN", "150264");
    let unknown = unknown.refuses(3, "wrong_pin");
    let wrong = till.nobody("payment list --as Casey").env("COUNTERFOIL_PIN", "150264");
    assert_eq!(unknown, wrong.refuses(3, "wrong_pin"));
}

#[test]
fn reading_needs_a_person_and_health_and_trail_do_not() {
    let till = Till::with_people();
    for line in [
        "payment list",
        "payment show x",
        "change list",
        "staff list",
        "settings get",
        "account list",
        "audit head",
        "sync --until-idle",
        "change approve 01a1fe5d-df27-7f3b-9579-b9d7718531ce",
    ] {
        till.nobody(line).refuses(3, "sign_in_needed");
        till.nobody(line).argument("--as").argument("Olive").refuses(3, "sign_in_needed");
    }
    for line in ["doctor", "audit verify", "--version", "--help", "change --help"] {
        till.nobody(line).exits(0);
    }
}

#[test]
fn each_role_may_do_exactly_what_the_contract_says() {
    let till = Till::ready().with_auditor();
    let (payment, _) = till.open_payment();
    let out = till.beside("trail.jsonl");
    let mut round = 0;
    // Refused means `not_permitted`; anything else proves that the person was let through.
    let mut check = |line: &str, expected: [bool; 4]| {
        round += 1;
        let line = line.replace("OUT", &format!("{}{round}", out.display()));
        let line = line.replace("PAYMENT", &payment);
        for ((name, role, _), allowed) in PEOPLE.iter().zip(expected) {
            let (exit, error) = till.person(name, &line).env("COUNTERFOIL_NEW_PIN", "59").outcome();
            let refused = error.as_deref() == Some("not_permitted");
            assert_eq!(!refused, allowed, "{role}: {line}: {exit} {error:?}");
        }
    };
    // Owner, manager, cashier, auditor.
    check("staff add --name Zoe --role cashier", [true, false, false, false]);
    check("settings set retry.base_ms 20", [true, false, false, false]);
    check("account remove nothing", [true, false, false, false]);
    check("account test nothing", [true, false, false, false]);
    check("audit export --out OUT", [true, false, false, true]);
    check("audit head", [true; 4]);
    check("change resolve x --outcome wait --reason r --with Zed", [true, true, true, true]);
    check("change rebase x", [true, true, false, false]);
    check("change drop x", [true, true, false, false]);
    check("payment refresh PAYMENT", [true, true, true, false]);
    check("payment track --account B --ref nothing", [true, true, true, false]);
    check("change adjust --payment PAYMENT --total 1.001", [true, true, true, false]);
    check("change withdraw x", [true, true, true, false]);
    check("change retry x", [true, true, true, false]);
    check("sync --until-idle", [true, true, true, false]);
    check("payment show PAYMENT", [true; 4]);
    check("change list", [true; 4]);
    check("settings get", [true; 4]);
}

#[test]
fn a_pin_that_is_easy_to_guess_is_refused_by_rule() {
    let till = Till::with_people();
    let add = "staff add --name Zoe --role cashier";
    for pin in ["123456", "654321", "111111", "12345", "1234567890123", "15026a", "", "١٥٠٢٦٣"]
    {
        let error = till.owner(add).env("COUNTERFOIL_NEW_PIN", pin).refuses(3, "bad_input");
        // The rule itself names 123456 and 111111.
        let example = ["123456", "111111", ""].contains(&pin);
        assert!(example || !error.to_string().contains(pin), "{pin} is repeated");
    }
    till.owner(add).refuses(2, "bad_input");
    till.owner(add).env("COUNTERFOIL_NEW_PIN", "150263").exits(0);
    till.owner(add).env("COUNTERFOIL_NEW_PIN", "150263").refuses(3, "exists");
    till.owner("staff add --name Yan --role boss").refuses(2, "bad_input");
}

#[test]
fn a_person_is_named_by_id_or_name_and_a_pin_may_come_on_stdin() {
    let till = Till::with_people().with_auditor();
    let people = till.owner("staff list").exits(0);
    let people = people["staff"].as_array().expect("a list");
    assert_eq!(people.len(), PEOPLE.len());
    let olive = people.iter().find(|person| person["name"] == "Olive").expect("Olive is there");
    let by_id =
        format!("--as {} --pin-stdin account list", olive["staff_id"].as_str().expect("an id"));
    for line_end in ["", "\n", "\r\n", "\nmore"] {
        let call = till.nobody(&by_id).stdin(&format!("482915{line_end}"));
        assert_eq!(call.exits(0), json!({ "accounts": [] }));
    }
    till.nobody(&by_id).stdin("482916\n").refuses(3, "wrong_pin");
    till.nobody(&by_id).stdin("").refuses(3, "wrong_pin");
    let url = till.sandbox.bumper().base_url;
    let add =
        format!("account add --name B --provider bumper --base-url {url} --as Olive --pin-stdin");
    till.nobody(&add).stdin(&format!("482915\n{}", till.secrets())).exits(0);
}
