//! The doubt desk (M11) and the conflict desk (M10): what they show, and that a decision rests on
//! exactly what was shown.

use counterfoil_api::{Fault, FaultCode, Seat};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::{Value, json};

/// A refund whose answer was lost.
fn doubtful_refund(station: &Station) -> (String, String) {
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).once());
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    (change, token)
}

/// An adjustment to 250.00 that met 310.00 at the provider.
fn conflict(station: &Station) -> (String, String, String) {
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    elsewhere(station, &token, json!({"amount": "310.00"}));
    station.sync();
    assert_eq!(station.state(&change), "conflict");
    (change, payment, token)
}

fn elsewhere(station: &Station, token: &str, change: Value) {
    let change = serde_json::from_value(change).expect("a change");
    station.sandbox.change_at_provider(token, &change).expect("it is there");
}

fn resolve(
    station: &Station,
    change: &str,
    outcome: &str,
    evidence: Option<&str>,
) -> Result<Value, Fault> {
    station.tries(
        MANAGER,
        "change.resolve",
        json!({"change_id": change, "outcome": outcome, "reason": "seen in the portal",
               "staff_id": station.staff_id(CASHIER), "pin": PIN, "evidence": evidence}),
    )
}

fn evidence(station: &Station, change: &str) -> String {
    station.change(change)["evidence"].as_str().expect("there is evidence").to_owned()
}

/// The whole trail as text.
fn trail(station: &Station) -> String {
    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).expect("the owner signs in");
    let out = station.folder().join("trail.jsonl");
    station.desk().audit_export(&seat, &out).expect("it is written");
    std::fs::read_to_string(out).expect("it is text")
}

#[test]
fn a_doubt_is_shown_with_all_that_is_known_and_what_each_decision_does() {
    let station = Station::open();
    let (change, _) = doubtful_refund(&station);
    let listed = station.does(CASHIER, "doubt.list", json!({}));
    let [doubt] = listed["doubts"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    let attempt = &doubt["change"]["attempts"][0];
    assert_eq!(doubt["change"]["change_id"], change.as_str());
    assert_eq!((&attempt["method"], &attempt["outcome"]), (&json!("POST"), &json!("unknown")));
    assert!(attempt["path"].as_str().unwrap().starts_with("/v2/refund"), "{attempt}");
    assert_eq!(attempt["digest"].as_str().unwrap().len(), 64);
    assert!(attempt["answer"].is_string() && attempt["started_at"].is_string(), "{attempt}");
    assert_eq!(doubt["baseline"]["amount"]["text"], "300.00");
    assert_eq!(doubt["settles_at"], Value::Null, "no reading ever shows a refund here");
    assert_eq!(doubt["asks_person"]["code"], "nothing_to_read");
    assert_eq!(doubt["tell_customer"]["code"], "refund_checking");
    let decisions: Vec<_> = doubt["decisions"].as_array().unwrap().iter().collect();
    let does: Vec<_> = decisions.iter().map(|one| [&one["outcome"], &one["becomes"]]).collect();
    assert_eq!(
        json!(does),
        json!([["happened", "applied"], ["not-happened", "queued"], ["wait", "in_doubt"]])
    );
    assert_eq!(doubt["change"]["evidence"], evidence(&station, &change).as_str());
}

#[test]
fn a_decision_about_a_doubt_rests_on_the_evidence_that_was_shown_and_records_it() {
    let station = Station::open();
    let (change, _) = doubtful_refund(&station);
    let shown = evidence(&station, &change);
    let other = "0".repeat(64);
    let fault = resolve(&station, &change, "happened", Some(&other)).unwrap_err();
    assert_eq!(fault.code, FaultCode::EvidenceChanged);
    assert_eq!(fault.detail["evidence"], shown);
    assert_eq!(station.state(&change), "in_doubt", "nothing was decided");

    // Two people who only wait change nothing of what is known.
    assert_eq!(resolve(&station, &change, "wait", Some(&shown)).unwrap()["state"], "in_doubt");
    assert_eq!(evidence(&station, &change), shown);
    assert_eq!(resolve(&station, &change, "happened", Some(&shown)).unwrap()["state"], "applied");
    assert_eq!(station.change(&change)["evidence"], Value::Null, "nothing is left to decide");
    assert_eq!(trail(&station).matches(&shown).count(), 2);
}

#[test]
fn a_second_lost_answer_is_other_evidence() {
    let station = Station::open();
    let (change, token) = doubtful_refund(&station);
    let first = evidence(&station, &change);
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).once());
    resolve(&station, &change, "not-happened", Some(&first)).unwrap();
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    let fault = resolve(&station, &change, "not-happened", Some(&first)).unwrap_err();
    assert_eq!(fault.code, FaultCode::EvidenceChanged);
    station.sync();
    assert_eq!(station.effects("refund", &token), 2, "as two people let it be sent again");
}

#[test]
fn a_reading_that_arrives_after_it_was_shown_stops_the_decision() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::DropBeforeApply).once());
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    let shown = evidence(&station, &change);
    elsewhere(&station, &token, json!({"amount": "290.00"}));
    station.does(CASHIER, "change.retry", json!({"change_id": change}));
    station.sync();
    let view = station.change(&change);
    let newest = view["readings"].as_array().unwrap().last().expect("a reading").clone();
    assert_eq!(newest["now"]["amount"]["text"], "290.00");
    assert_eq!(newest["differs"], json!(["amount"]));
    let fault = resolve(&station, &change, "not-happened", Some(&shown)).unwrap_err();
    assert_eq!(fault.code, FaultCode::EvidenceChanged);
    let doubt = station.does(CASHIER, "doubt.list", json!({}))["doubts"][0].clone();
    assert_eq!(doubt["asks_person"]["code"], "changed_meanwhile");
    let now = evidence(&station, &change);
    assert_eq!(resolve(&station, &change, "happened", Some(&now)).unwrap()["state"], "applied");
}

#[test]
fn a_conflict_is_shown_in_three_views_field_by_field() {
    let station = Station::open();
    let (change, ..) = conflict(&station);
    let listed = station.does(CASHIER, "conflict.list", json!({}));
    let [shown] = listed["conflicts"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!(shown["change"]["change_id"], change.as_str());
    let fields = shown["fields"].as_array().unwrap();
    let amount = fields.iter().find(|field| field["field"] == "amount").unwrap();
    assert_eq!(
        *amount,
        json!({"field": "amount", "currency": "GBP", "seen": "300.00", "mine": "250.00",
               "now": "310.00", "differs": true})
    );
    assert_eq!(fields.iter().filter(|field| field["differs"] == true).count(), 1);
    let decisions = &shown["decisions"];
    assert_eq!(
        (&decisions[0]["outcome"], &decisions[0]["becomes"]),
        (&json!("rebase"), &json!("queued"))
    );
    assert_eq!(decisions[0]["refused"], Value::Null);
    assert_eq!(decisions[1]["becomes"], "withdrawn");
}

#[test]
fn a_conflict_is_decided_only_on_the_payment_that_was_shown() {
    for call in ["change.rebase", "change.drop"] {
        let station = Station::open();
        let (change, payment, token) = conflict(&station);
        let shown = evidence(&station, &change);
        station.does(CASHIER, "payment.refresh", json!({"payment": payment}));
        assert_eq!(evidence(&station, &change), shown, "the same payment read again is no news");

        elsewhere(&station, &token, json!({"amount": "320.00"}));
        station.does(CASHIER, "payment.refresh", json!({"payment": payment}));
        let decide = |evidence: &str| {
            station.tries(MANAGER, call, json!({"change_id": change, "evidence": evidence}))
        };
        let fault = decide(&shown).unwrap_err();
        assert_eq!(fault.code, FaultCode::EvidenceChanged, "{call}");
        assert_eq!(station.state(&change), "conflict");
        let now = evidence(&station, &change);
        let decided = decide(&now).unwrap();
        assert_eq!(trail(&station).matches(&now).count(), 1, "{call}");
        if call == "change.rebase" {
            assert_eq!(decided["base"]["amount"]["text"], "320.00");
            station.sync();
            assert_eq!(station.effects("update", &token), 1);
        } else {
            assert_eq!(decided["state"], "withdrawn");
        }
    }
}

#[test]
fn a_rebase_that_the_payment_cannot_take_any_more_says_so_beforehand() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    elsewhere(&station, &token, json!({"status": "cancelled"}));
    station.sync();
    assert_eq!(station.state(&change), "conflict");
    let shown = station.does(CASHIER, "conflict.list", json!({}))["conflicts"][0].clone();
    assert_eq!(shown["decisions"][0]["refused"]["code"], "state");
    assert!(station.tries(MANAGER, "change.rebase", json!({"change_id": change})).is_err());
    station.does(MANAGER, "change.drop", json!({"change_id": change}));
    assert_eq!(station.state(&change), "withdrawn");
}

#[test]
fn whoever_may_read_sees_the_desks_and_only_managers_decide() {
    let station = Station::open();
    let (change, ..) = conflict(&station);
    station.does(OWNER, "staff.add", json!({"name": "Audrey", "role": "auditor", "pin": PIN}));
    for who in [CASHIER, MANAGER, "Audrey"] {
        station.does(who, "doubt.list", json!({}));
        let conflicts = station.does(who, "conflict.list", json!({}));
        assert_eq!(conflicts["conflicts"].as_array().unwrap().len(), 1, "{who}");
    }
    for call in ["change.rebase", "change.drop"] {
        for who in [CASHIER, "Audrey"] {
            let fault = station.tries(who, call, json!({"change_id": change})).unwrap_err();
            assert_eq!(fault.code, FaultCode::NotPermitted, "{who} {call}");
        }
    }
    let (doubt, _) = doubtful_refund(&station);
    let with_auditor = json!({"change_id": doubt, "outcome": "happened", "reason": "seen",
                              "staff_id": station.staff_id("Audrey"), "pin": PIN});
    let fault = station.tries(MANAGER, "change.resolve", with_auditor).unwrap_err();
    assert_eq!(fault.code, FaultCode::NotPermitted, "the second person is staff who may ask");
}
