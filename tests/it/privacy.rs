//! Personal texts: kept beside what commits to them, erased for good, and no card number ever kept.

#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Desk, FaultCode, Seat};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use counterfoil_verify::Against;
use serde_json::{Value, json};

/// In every personal text of these tests and nowhere else.
const MARK: &str = "Quillon";

const DAY_MS: i64 = 86_400_000;

/// Files of the data folder that hold these bytes, in letters of either size.
fn holding(station: &Station, needle: &str) -> Vec<String> {
    let files = std::fs::read_dir(station.folder().join("till")).unwrap();
    let found = files.filter_map(|file| {
        let file = file.unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        let is = |part: &[u8]| part.eq_ignore_ascii_case(needle.as_bytes());
        bytes.windows(needle.len()).any(is).then(|| file.file_name().into_string().unwrap())
    });
    found.collect()
}

fn verified(station: &Station) -> Value {
    station.anyone("audit.verify", json!({}))
}

/// A paid payment of 300.00 whose texts at the provider name a customer, with a change of its
/// texts that was sent and a refund that a manager refused in words.
fn customer(station: &Station) -> (String, String) {
    let new = json!({"amount": "300.00", "status": "completed", "signed": true,
        "invoice_number": format!("INV-{MARK}"), "reference": format!("ref {MARK}")});
    let made = station.sandbox.create_payment(serde_json::from_value(new).unwrap()).unwrap();
    let track = json!({"account": "B", "provider_ref": made.token});
    let detail = station.does(CASHIER, "payment.track", track);
    let payment = detail["payment"]["payment_id"].as_str().unwrap().to_owned();
    let refund = json!({"kind": "refund", "payment": payment, "amount": "50.00",
        "reason": "other", "note": format!("{MARK} came to the desk")});
    let change = station.asks(CASHIER, refund);
    let staff_id = station.staff_id(MANAGER);
    let no = json!({"change_id": change, "staff_id": staff_id, "pin": PIN,
        "note": format!("{MARK} was here before")});
    station.does(CASHIER, "change.reject", no);
    (payment, change)
}

fn erase(station: &Station, payment: &str) -> Value {
    let ask =
        |confirm: &Value| json!({"payment": payment, "reason": "person_asked", "confirm": confirm});
    let shown = station.does(OWNER, "privacy.erase", ask(&Value::Null));
    assert_eq!(shown["erased"], false);
    station.does(OWNER, "privacy.erase", ask(&shown["confirm"]))
}

#[test]
fn a_customer_is_erased_in_two_steps_and_the_trail_verifies_before_and_after() {
    let mut station = Station::open();
    let (payment, change) = customer(&station);
    assert_eq!(station.change(&change)["note"], format!("{MARK} came to the desk"));
    assert_eq!(verified(&station)["ok"], true);
    assert!(!holding(&station, MARK).is_empty(), "the finder finds what is there");

    let ask = json!({"payment": payment, "reason": "person_asked", "confirm": null});
    let shown = station.does(OWNER, "privacy.erase", ask);
    assert_eq!((&shown["changes"], &shown["payment_texts"]), (&json!(1), &json!(2)), "{shown}");
    assert!(shown["texts"].as_u64().unwrap() >= 4, "{shown}");
    assert!(!holding(&station, MARK).is_empty(), "showing erases nothing");

    let erased = erase(&station, &payment);
    assert_eq!((&erased["erased"], &erased["settled"]), (&json!(true), &json!(true)), "{erased}");
    assert_eq!(erased["stays_in_older_events"], 0);
    assert_eq!(holding(&station, MARK), [""; 0]);
    assert_eq!(verified(&station)["ok"], true);
    station.restart();
    assert_eq!(holding(&station, MARK), [""; 0]);
    assert_eq!(verified(&station)["ok"], true);

    let shown = station.change(&change);
    assert_eq!((&shown["note"], &shown["state"]), (&json!("[erased]"), &json!("rejected")));
    assert_eq!(shown["refund"]["minor"], "5000", "money stays");
    let detail = station.does(CASHIER, "payment.show", json!({"payment": payment}));
    assert_eq!(detail["payment"]["invoice_number"], "[erased]");
    let found = station.does(CASHIER, "payment.list", json!({"query": MARK}));
    assert_eq!(found["payments"], json!([]));
}

#[test]
fn an_erased_payment_is_read_and_refunded_as_ever_without_bringing_its_texts_back() {
    let station = Station::open();
    let (payment, _) = customer(&station);
    erase(&station, &payment);
    station.does(CASHIER, "payment.refresh", json!({"payment": payment}));
    let change = station.asks(MANAGER, Station::refund(&payment, "20.00"));
    let report = station.sync();
    assert_eq!(station.state(&change), "applied", "{report:?}");
    assert_eq!(holding(&station, MARK), [""; 0]);
    assert_eq!(verified(&station)["ok"], true);
}

#[test]
fn a_signed_approval_of_erased_texts_still_verifies_here_and_in_an_export() {
    let mut station = Station::open();
    let (payment, _) = customer(&station);
    let refund = json!({"kind": "refund", "payment": payment, "amount": "50.00",
        "reason": "other", "note": format!("{MARK} asked twice")});
    let change = station.asks(CASHIER, refund);
    station.approves(&change);
    station.sync();
    assert_eq!(station.state(&change), "applied");
    erase(&station, &payment);
    station.restart();
    let shown = station.change(&change);
    assert_eq!((&shown["note"], &shown["state"]), (&json!("[erased]"), &json!("applied")));
    assert_eq!(verified(&station)["ok"], true);

    let seat = Seat::new();
    station.desk().sign_in(&seat, OWNER, PIN).unwrap();
    let out = station.folder().join("trail.jsonl");
    station.desk().audit_export(&seat, &out).unwrap();
    let file = std::fs::read(&out).unwrap();
    let whole = counterfoil_verify::verify(&mut file.as_slice(), &Against::default()).unwrap();
    assert_eq!(whole.approvals, 1);
    assert_eq!(holding(&station, MARK), [""; 0]);
}

#[test]
fn only_an_owner_erases_only_what_was_shown_and_only_where_nothing_is_open() {
    let station = Station::open();
    let (payment, _) = customer(&station);
    let ask = |confirm: Value| json!({"payment": payment, "reason": "law", "confirm": confirm});
    for who in [CASHIER, MANAGER] {
        let fault = station.tries(who, "privacy.erase", ask(Value::Null)).unwrap_err();
        assert_eq!(fault.code, FaultCode::NotPermitted);
    }
    let shown = station.does(OWNER, "privacy.erase", ask(Value::Null));
    for wrong in [json!(""), json!("000000000000")] {
        let fault = station.tries(OWNER, "privacy.erase", ask(wrong)).unwrap_err();
        assert_eq!(fault.code, FaultCode::EvidenceChanged);
    }
    let change = station.asks(CASHIER, Station::refund(&payment, "20.00"));
    let fault = station.tries(OWNER, "privacy.erase", ask(shown["confirm"].clone())).unwrap_err();
    assert_eq!((fault.code, fault.detail["changes"].as_str()), (FaultCode::NotAllowed, "1"));
    station.does(CASHIER, "change.withdraw", json!({"change_id": change}));
    let fault = station.tries(OWNER, "privacy.erase", ask(shown["confirm"].clone())).unwrap_err();
    assert_eq!(fault.code, FaultCode::EvidenceChanged, "more would go by now");
    let other = json!({"payment": payment, "reason": "because", "confirm": null});
    let fault = station.tries(OWNER, "privacy.erase", other).unwrap_err();
    assert_eq!(fault.code, FaultCode::BadInput);
    assert!(!holding(&station, MARK).is_empty());
}

#[test]
fn the_name_of_somebody_who_left_is_erased_and_what_they_did_stays_theirs() {
    let station = Station::open();
    let name = format!("{MARK} Smith");
    let new = json!({"name": name, "role": "cashier", "pin": PIN});
    let staff = station.does(OWNER, "staff.add", new)["staff_id"].clone();
    let (payment, _) = station.payment("300.00", false);
    let seat = Seat::new();
    station.desk().sign_in(&seat, &name, PIN).unwrap();
    let call = json!({"call": "change.ask", "args": Station::adjust(&payment, "250.00")});
    let change = station.desk().call_json(&seat, call).unwrap();
    let change = change["change_id"].as_str().unwrap().to_owned();
    assert_eq!(station.change(&change)["requested_by"], name);
    let ask =
        |confirm: Value| json!({"staff": staff, "reason": "person_asked", "confirm": confirm});
    let fault = station.tries(OWNER, "privacy.erase_person", ask(Value::Null)).unwrap_err();
    assert_eq!(fault.code, FaultCode::NotAllowed, "they are here");

    station.does(OWNER, "staff.leave", json!({"staff": staff}));
    let shown = station.does(OWNER, "privacy.erase_person", ask(Value::Null));
    assert!(shown["trail"].as_u64().unwrap() >= 1, "{shown}");
    let erased = station.does(OWNER, "privacy.erase_person", ask(shown["confirm"].clone()));
    let stand_in = erased["stand_in"].as_str().unwrap();
    assert!(stand_in.starts_with("former staff "), "{erased}");
    assert_eq!(station.change(&change)["requested_by"], stand_in);
    assert_eq!(holding(&station, MARK), [""; 0]);
    assert_eq!(verified(&station)["ok"], true);
}

fn call(desk: &Desk, who: &str, call: &str, args: &Value) -> Value {
    let seat = Seat::new();
    desk.sign_in(&seat, who, PIN).unwrap();
    desk.call_json(&seat, json!({"call": call, "args": args})).unwrap()
}

#[test]
fn what_was_at_rest_long_enough_is_erased_by_the_till_itself() {
    let mut station = Station::open();
    let (old, change) = customer(&station);
    let (open, _) = station.payment("100.00", false);
    let sweep = |desk: &Desk| call(desk, OWNER, "privacy.sweep", &json!({}));
    let swept = sweep(station.desk());
    assert_eq!((&swept["keep_days"], &swept["payments"]), (&Value::Null, &json!(0)));
    let set = json!({"key": "privacy.keep_days", "value": "30"});
    station.does(OWNER, "settings.set", set);
    assert_eq!(sweep(station.desk())["payments"], 0, "nothing is 30 days old");

    let read = station.does(CASHIER, "payment.show", json!({"payment": old}));
    let read_at = read["payment"]["fetched_at"].as_str().unwrap();
    let read_at = counterfoil_core::clock::rfc3339(read_at).unwrap().as_millis();
    station.stop();
    let time = Arc::new(AtomicI64::new(read_at + 30 * DAY_MS - 60_000));
    let desk = station.desk_in_time(&time);
    assert_eq!(sweep(&desk)["payments"], 0, "a minute is left");
    time.fetch_add(DAY_MS, Ordering::SeqCst);
    let swept = sweep(&desk);
    assert_eq!((&swept["payments"], &swept["settled"]), (&json!(1), &json!(true)), "{swept}");
    assert_eq!(sweep(&desk)["payments"], 0, "once");
    assert_eq!(holding(&station, MARK), [""; 0]);
    let shown = call(&desk, MANAGER, "change.show", &json!({"change_id": change}));
    assert_eq!(shown["note"], "[erased]");
    let left = call(&desk, CASHIER, "payment.show", &json!({"payment": open}));
    assert_eq!(left["payment"]["invoice_number"], "INV-1", "the customer has still to pay it");
    assert_eq!(call(&desk, OWNER, "audit.verify", &json!({}))["ok"], true);
}

#[test]
fn a_window_erases_once_a_day_without_being_asked() {
    let mut station = Station::open();
    customer(&station);
    let set = json!({"key": "privacy.keep_days", "value": "1"});
    station.does(OWNER, "settings.set", set);
    station.stop();
    let far = i64::try_from(std::time::Duration::from_secs(86_400 * 365 * 60).as_millis()).unwrap();
    let time = Arc::new(AtomicI64::new(far));
    let desk = station.desk_in_time(&time);
    let draining = desk.drain_while_open();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !holding(&station, MARK).is_empty() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    draining.finish(station.carrier());
    assert_eq!(holding(&station, MARK), [""; 0]);
}

/// A card number as people write it; the digits are looked for in the files in every one of these.
const CARDS: [&str; 5] = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "４１１１ １１１１ １１１１ １１１１",
];

/// One example of every call that takes a text which may be kept.
fn examples(payment: &str, change: &str, staff: &str) -> Vec<(&'static str, &'static str, Value)> {
    let line = json!([{"item": "Tyre", "quantity": "1", "price": "10.00"}]);
    let decide = json!({"change_id": change, "staff_id": staff, "pin": PIN, "note": "no"});
    vec![
        (
            CASHIER,
            "change.ask",
            json!({"kind": "start", "account": "B", "amount": "10.00",
            "currency": "GBP", "invoice": "INV", "reference": "R", "email": "a@example.com",
            "items": line}),
        ),
        (
            CASHIER,
            "change.ask",
            json!({"kind": "adjust", "payment": payment, "total": "10.00",
            "invoice": "INV", "items": line, "instead_of": change}),
        ),
        (
            CASHIER,
            "change.ask",
            json!({"kind": "relabel", "payment": payment, "invoice": "INV",
            "reference": "R", "description": "D", "metadata": {"key": "value"}}),
        ),
        (
            CASHIER,
            "change.ask",
            json!({"kind": "refund", "payment": payment, "amount": "10.00",
            "reason": "other", "note": "N"}),
        ),
        (CASHIER, "change.ask", json!({"kind": "cancel", "payment": payment, "reason": "other"})),
        (
            CASHIER,
            "change.ask",
            json!({"kind": "capture", "payment": payment, "amount": "10.00",
            "at": "2026-11-21T10:00:00Z"}),
        ),
        (CASHIER, "change.ask", json!({"kind": "void", "payment": payment})),
        (
            CASHIER,
            "change.preview",
            json!({"kind": "refund", "payment": payment,
            "amount": "10.00", "reason": "other", "note": "N"}),
        ),
        (CASHIER, "change.reject", decide.clone()),
        (CASHIER, "change.approve", decide),
        (
            MANAGER,
            "change.resolve",
            json!({"change_id": change, "outcome": "wait",
            "reason": "R", "staff_id": staff, "pin": PIN, "evidence": "E"}),
        ),
        (MANAGER, "change.rebase", json!({"change_id": change, "evidence": "E"})),
        (CASHIER, "payment.track", json!({"account": "B", "provider_ref": "ref"})),
        (CASHIER, "payment.list", json!({"query": "Q", "state": "paid", "after": "1"})),
        (MANAGER, "reconcile.run", json!({"account": "B", "since": "2026-11-21"})),
        (MANAGER, "reconcile.resolve", json!({"finding_id": "f", "remark": "R"})),
        (OWNER, "staff.add", json!({"name": "Eve", "role": "cashier", "pin": PIN})),
        (OWNER, "staff.rename", json!({"staff": CASHIER, "name": "Cas"})),
        (
            OWNER,
            "account.add",
            json!({"name": "N", "provider": "bumper",
            "base_url": "http://127.0.0.1:1", "currency": "GBP", "options": {"preferred": "x"},
            "secrets": {"api_key": "k", "secret": "s"}}),
        ),
        (OWNER, "privacy.erase", json!({"payment": payment, "reason": "law", "confirm": "x"})),
        (OWNER, "privacy.erase_person", json!({"staff": staff, "reason": "law", "confirm": "x"})),
    ]
}

/// Every place of a JSON value that holds a text, keys of free maps included, with that text
/// replaced.
fn planted(args: &Value, card: &str) -> Vec<(String, Value)> {
    fn walk(whole: &Value, at: &str, here: &Value, card: &str, all: &mut Vec<(String, Value)>) {
        match here {
            Value::Object(fields) => {
                for (key, value) in fields {
                    walk(whole, &format!("{at}/{key}"), value, card, all);
                    if matches!(at, "/metadata" | "/options") {
                        let mut edited = whole.clone();
                        let map = edited.pointer_mut(at).unwrap().as_object_mut().unwrap();
                        map.insert(card.to_owned(), json!("value"));
                        all.push((format!("{at}, as a key"), edited));
                    }
                }
            }
            Value::Array(values) => {
                for (place, value) in values.iter().enumerate() {
                    walk(whole, &format!("{at}/{place}"), value, card, all);
                }
            }
            // PINs and secrets are never kept as they are.
            Value::String(_) if at == "/pin" || at.starts_with("/secrets") => {}
            Value::String(_) => {
                let mut edited = whole.clone();
                *edited.pointer_mut(at).unwrap() = json!(card);
                all.push((at.to_owned(), edited));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = Vec::new();
    walk(args, "", args, card, &mut all);
    all
}

#[test]
fn a_card_number_in_any_text_of_any_call_is_refused_and_kept_nowhere() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "20.00"));
    let staff = station.staff_id(MANAGER);
    let reads = ["payment.list"];
    let sit = |who: &str| {
        let seat = Seat::new();
        station.desk().sign_in(&seat, who, PIN).unwrap();
        seat
    };
    let seats: Vec<_> = [CASHIER, MANAGER, OWNER].map(|who| (who, sit(who))).into();
    let tries = |who: &str, call: &str, args: Value| {
        let (_, seat) = seats.iter().find(|(name, _)| *name == who).unwrap();
        station.desk().call_json(seat, json!({"call": call, "args": args}))
    };
    let mut tried = 0;
    for card in CARDS {
        for (who, call, args) in examples(&payment, &change, &staff) {
            for (place, edited) in planted(&args, card) {
                tried += 1;
                let outcome = tries(who, call, edited);
                let refused = outcome.is_err() || reads.contains(&call);
                assert!(refused, "{call} {place} {card}: {outcome:?}");
            }
        }
    }
    let settings = station.does(OWNER, "settings.list", json!({}));
    for setting in settings.as_array().unwrap() {
        for card in CARDS {
            let set = json!({"key": setting["key"], "value": card});
            let outcome = tries(OWNER, "settings.set", set);
            assert!(outcome.is_err(), "{}: {outcome:?}", setting["key"]);
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
    for card in CARDS {
        assert_eq!(holding(&station, card), [""; 0], "{card}");
    }
    let requests = station.sandbox.received_requests();
    let sent = serde_json::to_string(&requests).unwrap();
    assert!(!sent.contains("4111111111111111"), "no card number left the till");
    assert_eq!(station.state(&change), "awaiting_approval", "nothing was decided by it");
}

#[test]
fn a_card_number_spread_over_entries_or_lines_is_refused() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let relabel = |metadata: Value| {
        json!({"kind": "relabel", "payment": payment, "invoice": null, "reference": null,
            "description": null, "metadata": metadata})
    };
    let line = |item: &str| json!({"item": item, "quantity": "1", "price": "5.00"});
    for ask in [
        relabel(json!({"a": "41111111", "b": "11111111"})),
        relabel(json!({"a": "4111", "b": "1111", "c": "1111", "d": "1111"})),
        relabel(json!({"4111 1111": "1111 1111"})),
        json!({"kind": "adjust", "payment": payment, "total": "10.00", "invoice": null,
            "items": [line("4111 1111"), line("1111 1111")]}),
    ] {
        let outcome = station.tries(CASHIER, "change.ask", ask.clone());
        assert_eq!(outcome.map_err(|fault| fault.code), Err(FaultCode::CardNumber), "{ask}");
    }
}
