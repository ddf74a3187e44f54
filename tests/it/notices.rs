//! Notices (M12): what needs a person is said once, to whom it is for, and clears itself.

#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use counterfoil_api::view::DeskEvent;
use counterfoil_api::{Desk, Desktop, FaultCode, Seat};
use counterfoil_core::notice::{Kind, TITLE, desktop_words};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Person, Station};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// What would have been shown on the desktop.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Desktop for Recorded {
    fn show(&self, title: &str, words: &str) {
        assert_eq!(title, TITLE);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(words.to_owned());
    }
}

impl Recorded {
    fn shown(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the desktop shows now, with nobody at the seat.
fn tell(desk: &Desk) -> Vec<String> {
    let desktop = Recorded::default();
    desk.tell_desktop(&Seat::new(), &desktop).expect("the store works");
    desktop.shown()
}

fn list(station: &Station, who: Person) -> Value {
    station.does(who, "notice.list", json!({}))
}

/// The names of what stands for this person.
fn standing(station: &Station, who: Person) -> Vec<String> {
    let list = list(station, who);
    let notices = list["notices"].as_array().expect("a list");
    notices.iter().map(|notice| notice["notice_id"].as_str().unwrap().to_owned()).collect()
}

fn rotate(station: &Station, secret: &str) {
    let bumper = station.sandbox.bumper();
    let secrets = json!({"api_key": bumper.api_key, "secret": secret});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": secrets}));
}

#[test]
fn an_approval_is_said_once_to_those_who_may_decide_and_clears_itself() {
    let mut station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let name = format!("approval:{change}");
    assert_eq!(standing(&station, MANAGER), std::slice::from_ref(&name));
    assert_eq!(standing(&station, CASHIER), [""; 0]);
    let shown = list(&station, MANAGER);
    let notice = &shown["notices"][0];
    assert_eq!((&shown["standing"], &shown["unseen"]), (&json!(1), &json!(1)));
    assert_eq!(notice["change"]["change_id"], change.as_str());
    assert_eq!(notice["change"]["requested_by"], CASHIER);
    assert_eq!((&notice["account"], &notice["for_permission"]), (&json!("B"), &json!("decide")));
    assert_eq!(notice["words"], "Waits for a second person: refund asked for by Casey.");

    assert_eq!(tell(station.desk()), ["A change waits for approval"]);
    station.restart();
    assert_eq!(tell(station.desk()), [""; 0], "told once, also over a restart");
    assert_eq!(standing(&station, MANAGER), std::slice::from_ref(&name));

    station.does(MANAGER, "notice.seen", json!({"notices": [name]}));
    assert_eq!(list(&station, MANAGER)["unseen"], 0);
    assert_eq!(list(&station, OWNER)["unseen"], 1, "each sees for themselves");
    station.approves(&change);
    assert_eq!(standing(&station, MANAGER), [""; 0]);
    let cleared = station.does(MANAGER, "notice.list", json!({"state": "cleared"}));
    assert_eq!(cleared["notices"][0]["notice_id"], name.as_str());
    assert!(cleared["notices"][0]["cleared_at"].is_string());
}

#[test]
fn a_refusal_is_for_who_asked_until_it_is_seen() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    let reject = json!({"change_id": change, "staff_id": station.staff_id(MANAGER), "pin": PIN,
                        "note": "no"});
    station.does(CASHIER, "change.reject", reject);
    let name = format!("rejected:{change}");
    assert_eq!(
        (standing(&station, CASHIER), standing(&station, MANAGER)),
        (vec![name.clone()], vec![])
    );
    assert_eq!(tell(station.desk()), ["A change was refused approval"]);
    station.does(MANAGER, "notice.seen", json!({"notices": [name]}));
    assert_eq!(
        standing(&station, CASHIER),
        std::slice::from_ref(&name),
        "it is not the manager's to clear"
    );
    station.does(CASHIER, "notice.seen", json!({"notices": [name]}));
    assert_eq!(standing(&station, CASHIER), [""; 0]);
}

#[test]
fn a_decline_a_conflict_and_a_pause_are_said_and_end_with_their_reason() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let elsewhere = serde_json::from_value(json!({"amount": "310.00"})).expect("a change");
    station.sandbox.change_at_provider(&token, &elsewhere).expect("it is there");
    station.sync();
    assert_eq!(standing(&station, CASHIER), [format!("conflict:{change}")]);
    station.does(MANAGER, "change.drop", json!({"change_id": change}));
    assert_eq!(standing(&station, CASHIER), [""; 0]);

    let (other, _) = station.payment("300.00", false);
    let too_much = station.asks(CASHIER, Station::adjust(&other, "3000.01"));
    station.sync();
    let name = format!("declined:{too_much}");
    assert_eq!(
        (standing(&station, CASHIER), standing(&station, OWNER)),
        (vec![name.clone()], vec![name.clone()])
    );
    station.does(OWNER, "notice.seen", json!({"notices": [name]}));
    assert_eq!(standing(&station, CASHIER), [""; 0]);

    station.asks(CASHIER, Station::relabel(&payment, "INV-2"));
    rotate(&station, "not the secret");
    station.sync();
    let paused = standing(&station, MANAGER);
    assert!(paused.len() == 1 && paused[0].starts_with("account_paused:"), "{paused:?}");
    assert_eq!(list(&station, MANAGER)["notices"][0]["account"], "B");
    assert_eq!(tell(station.desk()), ["An account is paused: look at its credentials"]);
    station.sync();
    assert_eq!(tell(station.desk()), [""; 0], "refused once more is the same pause");
    rotate(&station, &station.sandbox.bumper().secret);
    assert_eq!(standing(&station, MANAGER), [""; 0]);
    station.sync();
}

#[test]
fn a_closed_keyring_is_said_while_something_waits_and_until_it_is_open() {
    let mut station = Station::open();
    let vault = station.folder().join("vault");
    let mode = |mode| fs::set_permissions(&vault, fs::Permissions::from_mode(mode)).unwrap();
    let (payment, _) = station.payment("300.00", false);
    let first = station.asks(CASHIER, Station::relabel(&payment, "INV-2"));
    mode(0o644);
    station.restart();
    station.sync();
    assert_eq!(standing(&station, CASHIER), ["keyring_closed:till"]);
    assert_eq!(tell(station.desk()), ["Nothing is sent: the keyring is closed"]);
    station.does(CASHIER, "change.withdraw", json!({"change_id": first}));
    assert_eq!(standing(&station, CASHIER), [""; 0], "nothing waits");
    station.asks(CASHIER, Station::relabel(&payment, "INV-3"));
    assert_eq!(standing(&station, CASHIER), ["keyring_closed:till"]);
    mode(0o600);
    station.sync();
    assert_eq!(standing(&station, CASHIER), [""; 0]);
}

#[test]
fn a_doubt_and_an_outage_are_said_when_their_time_is_over() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).once());
    station.sync();
    assert_eq!(station.state(&change), "in_doubt");
    assert_eq!(standing(&station, MANAGER), [""; 0]);

    let began = station.change(&change)["attempts"][0]["ended_at"].as_str().unwrap().to_owned();
    let began = counterfoil_core::moment::Moment::from_rfc3339(&began).unwrap().as_millis();
    let millis = Arc::new(AtomicI64::new(began + HOUR_MS - 1));
    let later = station.desk_in_time(&millis);
    let names = || {
        let seat = Seat::new();
        later.sign_in(&seat, MANAGER, PIN).expect("the manager signs in");
        let call = json!({"call": "notice.list", "args": {}});
        let list = later.call_json(&seat, call).expect("it lists");
        let notices = list["notices"].as_array().expect("a list").clone();
        notices.iter().map(|notice| notice["notice_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(), Vec::<Value>::new());
    millis.fetch_add(1, Ordering::SeqCst);
    assert_eq!(names(), [json!(format!("doubt:{change}"))]);
    assert_eq!(tell(&later), ["A change has been in doubt for over an hour"]);
    let resolve = json!({"change_id": change, "outcome": "happened", "reason": "seen there",
                         "staff_id": station.staff_id(CASHIER), "pin": PIN});
    station.does(MANAGER, "change.resolve", resolve);
    assert_eq!(names(), Vec::<Value>::new(), "whoever removed the reason");

    station.does(CASHIER, "line.set", json!({"on_purpose": true}));
    assert_eq!(names(), Vec::<Value>::new());
    millis.fetch_add(58 * HOUR_MS, Ordering::SeqCst);
    assert_eq!(names(), [json!("age_near:till")]);
    millis.fetch_add(72 * HOUR_MS, Ordering::SeqCst);
    assert_eq!(names(), [json!("age_passed:till")]);
    station.does(CASHIER, "line.set", json!({"on_purpose": false}));
    assert_eq!(names(), Vec::<Value>::new());
}

#[test]
fn of_all_processes_one_shows_a_notice_and_many_at_once_are_one_bundle() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    for _ in 0..5 {
        station.asks(CASHIER, Station::refund(&payment, "5.00"));
    }
    let desktop = Recorded::default();
    let desks: Vec<Desk> = (0..4).map(|_| station.another_desk()).collect();
    std::thread::scope(|scope| {
        for desk in &desks {
            for _ in 0..2 {
                let desktop = desktop.clone();
                scope.spawn(move || desk.tell_desktop(&Seat::new(), &desktop).expect("it works"));
            }
        }
    });
    assert_eq!(desktop.shown(), ["5 changes wait for approval"]);
    station.asks(CASHIER, Station::refund(&payment, "5.00"));
    let again = station.desk().tell_desktop(&Seat::new(), &desktop).expect("it works");
    assert!(again.is_some_and(|again| again <= Duration::from_secs(60)), "{again:?}");
    assert_eq!(desktop.shown().len(), 1, "at most one of a kind in a minute");
}

#[test]
fn who_sits_at_the_window_is_told_only_what_is_for_them() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    station.asks(CASHIER, Station::refund(&payment, "5.00"));
    let desktop = Recorded::default();
    for (who, many) in [(CASHIER, 0), (MANAGER, 1), (OWNER, 1)] {
        let seat = Seat::new();
        station.desk().sign_in(&seat, who, PIN).expect("they sign in");
        station.desk().tell_desktop(&seat, &desktop).expect("it works");
        assert_eq!(desktop.shown().len(), many, "{who}");
    }
}

#[test]
fn an_open_till_says_when_notices_change() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let draining = station.desk().drain_while_open();
    let (heard, hears) = mpsc::channel();
    station.desk().listen(move |event| {
        let _ = heard.send(event);
    });
    let waits = || {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if hears.recv_timeout(Duration::from_millis(100)) == Ok(DeskEvent::Notices) {
                return true;
            }
        }
        false
    };
    let change = station.asks(CASHIER, Station::refund(&payment, "50.00"));
    assert!(waits(), "it arises");
    station.approves(&change);
    assert!(waits(), "it clears itself");
    assert_eq!(standing(&station, MANAGER), [""; 0]);
    draining.finish(station.carrier());
}

#[test]
fn whatever_stands_in_a_payment_nothing_of_it_shows_on_the_desktop() {
    let station = Station::open();
    let hostile =
        ["INV 1234.56 GBP", "<b>Jane Roe</b>", "£99", "4111 1111 1111 1111x", "\u{202e}50"];
    let mut changes = Vec::new();
    for (place, text) in hostile.iter().enumerate() {
        let new = json!({"amount": "300.00", "status": "completed", "signed": true,
                         "invoice_number": text});
        let new = serde_json::from_value(new).expect("a payment");
        let token = station.sandbox.create_payment(new).expect("it is made").token;
        let track = json!({"account": "B", "provider_ref": token});
        let detail = station.does(CASHIER, "payment.track", track);
        let payment = detail["payment"]["payment_id"].as_str().unwrap().to_owned();
        let mut ask = Station::refund(&payment, &format!("{}7.31", place + 1));
        ask["note"] = json!("for Jane Roe");
        changes.push(station.asks(CASHIER, ask));
    }
    let mut shown = tell(station.desk());
    for change in &changes {
        let reject = json!({"change_id": change, "staff_id": station.staff_id(MANAGER),
                            "pin": PIN, "note": "Jane Roe 17.31"});
        station.does(CASHIER, "change.reject", reject);
    }
    shown.extend(tell(station.desk()));
    let possible = |words: &String| {
        Kind::ALL.into_iter().any(|kind| (1..9).any(|many| desktop_words(kind, many) == *words))
    };
    assert_eq!(shown, ["5 changes wait for approval", "5 changes were refused approval"]);
    assert!(shown.iter().all(possible), "{shown:?}");
    let listed = list(&station, CASHIER);
    for notice in listed["notices"].as_array().expect("a list") {
        let words = notice["desktop_words"].as_str().unwrap();
        assert!(!words.contains(|c: char| c.is_ascii_digit()), "{words}");
        assert!(!notice["words"].as_str().unwrap().contains("7.31"), "{notice}");
    }
}

#[test]
fn calls_about_notices_refuse_what_is_none() {
    let station = Station::open();
    let refused = |call: &str, args: Value| station.tries(CASHIER, call, args).unwrap_err().code;
    for bad in ["", "approval", "other:x", "approval:a b"] {
        assert_eq!(refused("notice.seen", json!({"notices": [bad]})), FaultCode::BadInput);
    }
    assert_eq!(refused("notice.list", json!({"state": "all"})), FaultCode::BadInput);
    for limit in [0, 201] {
        assert_eq!(refused("notice.list", json!({"limit": limit})), FaultCode::BadInput);
    }
    let many: Vec<_> = (0..201).map(|place| format!("doubt:c{place}")).collect();
    assert_eq!(refused("notice.seen", json!({"notices": many})), FaultCode::BadInput);
    // What cleared itself while somebody looked is no error.
    station.does(CASHIER, "notice.seen", json!({"notices": ["doubt:gone"]}));
}
