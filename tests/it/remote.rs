//! Approvals between two tills (M4): a challenge, an answer bound to it, and nothing else.

#![expect(
    clippy::panic,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterfoil_api::{Fault, FaultCode};
use counterfoil_core::approval::{Answer, Challenge};
use counterfoil_core::id::StaffId;
use counterfoil_runtime::Clock;
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::{Value, json};

use crate::approvals::entries;

const MINUTE_MS: i64 = 60_000;
/// Some day in 2027.
const MORNING: i64 = 1_800_000_000_000;

/// The till at the counter, offline, and the manager's, which know each other's keys.
struct Two {
    here: Station,
    there: Station,
    millis: Arc<AtomicI64>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl Two {
    fn strangers() -> Self {
        let millis = Arc::new(AtomicI64::new(MORNING));
        let open = || Station::open_by(Clock::InHand(Arc::clone(&millis)));
        let two = Self { here: open(), there: open(), millis };
        // Another manager there, so that nobody has a namesake here.
        for (name, role) in [("Mia", "manager"), ("Max", "cashier")] {
            two.there.does(OWNER, "staff.add", json!({"name": name, "role": role, "pin": PIN}));
        }
        two
    }

    fn open() -> Self {
        let two = Self::strangers();
        two.knows("Mia", json!({}));
        two
    }

    /// An owner there hands out a key, an owner here brings it in.
    fn knows(&self, who: &'static str, more: Value) -> Value {
        let card = self.there.does(OWNER, "approval.key_export", json!({"staff": who}));
        let mut args = json!({"key": card["key"], "fingerprint": card["fingerprint"]});
        for (key, value) in more.as_object().expect("arguments") {
            args[key] = value.clone();
        }
        let kept = self.here.does(OWNER, "approval.key_import", args);
        assert_eq!(kept["fingerprint"], card["fingerprint"], "both show the same");
        kept
    }

    /// A refund that Casey asks for here, and its payment's token.
    fn asked(&self) -> (String, String) {
        let (payment, token) = self.here.payment("300.00", true);
        (self.here.asks(CASHIER, Station::refund(&payment, "50.00")), token)
    }

    fn challenge(&self, change: &str) -> Value {
        self.here.does(CASHIER, "approval.challenge", json!({"change_id": change}))
    }

    fn answers(&self, challenge: &Value, who: &'static str) -> Result<String, Fault> {
        let args = json!({"challenge": challenge["challenge"], "staff_id": who, "pin": PIN});
        Ok(text(&self.there.tries("Max", "approval.answer", args)?["answer"]))
    }

    fn accepts(&self, answer: &str) -> Result<Value, Fault> {
        self.here.tries(CASHIER, "approval.accept", json!({"answer": answer}))
    }

    /// The answer is not taken, and the trail says why.
    fn refuses(&self, answer: &str, why: &str) {
        let before = entries(&self.here, "approval.refused").len();
        let fault = self.accepts(answer).expect_err(why);
        let code =
            if why == "same_person" { FaultCode::SamePerson } else { FaultCode::ApprovalRefused };
        assert_eq!((fault.code, fault.money), (code, counterfoil_api::MoneyMoved::No), "{why}");
        let noted = entries(&self.here, "approval.refused");
        assert_eq!(noted.len(), before + 1, "{why}");
        assert_eq!(noted[before]["facts"]["why"], why);
    }

    fn later(&self, minutes: i64) {
        self.millis.store(MORNING + minutes * MINUTE_MS, Ordering::SeqCst);
    }
}

#[test]
fn an_offline_till_asks_a_manager_at_another_one_and_the_refund_is_sent_once() {
    let two = Two::open();
    two.here.does(CASHIER, "line.set", json!({"on_purpose": true}));
    let (payment, token) = two.here.payment("300.00", true);
    let change = two.here.asks(CASHIER, Station::refund(&payment, "50.00"));
    let challenge = two.challenge(&change);
    assert!(text(&challenge["challenge"]).starts_with("CF1."));
    assert_eq!(text(&challenge["code"]).len(), 8);
    let rows = challenge["qr"]["rows"].as_array().expect("it fits a QR code").len();
    assert!(rows > 20, "{rows}");

    let read = json!({"challenge": challenge["challenge"]});
    let asked = two.there.does("Mia", "approval.read", read);
    assert_eq!(asked["code"], challenge["code"], "two people compare it");
    assert_eq!((&asked["kind"], &asked["money"]["text"]), (&json!("refund"), &json!("50.00")));
    assert_eq!((&asked["requested_by"], &asked["till"]), (&json!(CASHIER), &json!("Till 1")));
    let words = asked["words"][0].as_str().unwrap();
    assert!(words.contains("return GBP 50.00") && words.contains(&token), "{words}");

    let answer = two.answers(&challenge, "Mia").expect("she agrees");
    assert!(answer.starts_with("CA1."));
    let moved = two.accepts(&answer).expect("it is taken");
    assert_eq!(
        (&moved["state"], &moved["approved_by"]),
        (&json!("queued"), &json!(["Mia (Till 1)"]))
    );
    two.here.does(CASHIER, "line.set", json!({"on_purpose": false}));
    two.here.sync();
    assert_eq!(two.here.state(&change), "applied");
    assert_eq!(two.here.effects("refund", &token), 1);
    let statement = |station: &Station, what: &str| {
        entries(station, what).remove(0)["facts"]["statement"].clone()
    };
    let (given, taken) =
        (statement(&two.there, "approval.answered"), statement(&two.here, "change.approved"));
    assert_eq!(given, taken, "both trails tell of the same");
}

#[test]
fn an_answer_counts_once_in_time_and_for_the_newest_challenge() {
    let two = Two::open();
    let (change, _) = two.asked();
    let first = two.challenge(&change);
    let old = two.answers(&first, "Mia").expect("she agrees");
    let second = two.challenge(&change);
    two.refuses(&old, "unknown_challenge");
    let answer = two.answers(&second, "Mia").expect("she agrees");
    two.accepts(&answer).expect("it is taken");
    two.refuses(&answer, "used");

    let (change, _) = two.asked();
    let challenge = two.challenge(&change);
    let answer = two.answers(&challenge, "Mia").expect("she agrees");
    two.later(15);
    two.refuses(&answer, "late");
    let fault = two.answers(&challenge, "Mia").expect_err("it is too late there as well");
    assert_eq!(fault.code, FaultCode::ApprovalRefused);
    assert_eq!(two.here.state(&change), "awaiting_approval");
}

#[test]
fn an_answer_to_one_operation_is_none_to_another() {
    let two = Two::open();
    let (one, _) = two.asked();
    let (other, token) = two.asked();
    let one = Answer::parse(&two.answers(&two.challenge(&one), "Mia").unwrap()).unwrap();
    let open = Challenge::parse(&text(&two.challenge(&other)["challenge"])).unwrap();
    // Signed for the one, presented for the other.
    let swapped = Answer { nonce: open.nonce.clone(), ..one };
    two.refuses(&swapped.to_text(), "forged");

    // The manager was shown less than the till wants sent.
    let refund = Station::refund("unused", "5.00");
    let smaller = serde_json::from_value(json!({"kind": "refund", "reason": refund["reason"],
        "note": null, "amount": {"minor": 500, "currency": "GBP"}}));
    let lesser = Challenge { command: smaller.expect("a refund"), ..open };
    let shown = json!({"challenge": lesser.to_text()});
    let answer = two.answers(&shown, "Mia").expect("she agrees to five pounds");
    two.refuses(&answer, "forged");
    two.here.sync();
    assert_eq!(two.here.effects("refund", &token), 0);
}

#[test]
fn any_flipped_byte_of_an_answer_is_refused() {
    let two = Two::open();
    let (change, _) = two.asked();
    let answer = Answer::parse(&two.answers(&two.challenge(&change), "Mia").unwrap()).unwrap();
    let other = |hex: &str| {
        let first = if hex.starts_with('0') { '1' } else { '0' };
        format!("{first}{}", &hex[1..])
    };
    let edits = [
        Answer { signature: other(&answer.signature), ..answer.clone() },
        Answer { public_key: other(&answer.public_key), ..answer.clone() },
        Answer { nonce: other(&answer.nonce), ..answer.clone() },
        Answer { approver: StaffId::parse("somebody").unwrap(), ..answer.clone() },
    ];
    for edit in edits {
        let fault = two.accepts(&edit.to_text()).expect_err("it was edited");
        assert_eq!(fault.code, FaultCode::ApprovalRefused, "{edit:?}");
    }
    let cut = &answer.to_text()[..40];
    assert_eq!(two.accepts(cut).expect_err("half a text").code, FaultCode::BadInput);
    assert_eq!(two.here.state(&change), "awaiting_approval");
    two.accepts(&answer.to_text()).expect("the right one is still taken");
}

#[test]
fn only_people_whose_key_was_brought_in_and_counts_are_heard() {
    let two = Two::strangers();
    let (change, _) = two.asked();
    let challenge = two.challenge(&change);
    let answer = two.answers(&challenge, "Mia").expect("she agrees");
    two.refuses(&answer, "unknown");
    two.knows("Mia", json!({}));
    two.here.does(OWNER, "approval.key_remove", json!({"staff": "Mia"}));
    two.refuses(&answer, "left");
    // Another PIN is another key: the one that is known here is not hers any more.
    two.knows("Mia", json!({"role": "manager"}));
    two.there.does(OWNER, "staff.pin", json!({"staff": "Mia", "pin": "604217"}));
    let args = json!({"challenge": challenge["challenge"], "staff_id": "Mia", "pin": "604217"});
    let fresh = two.there.does("Max", "approval.answer", args);
    two.refuses(&text(&fresh["answer"]), "other_key");
    two.accepts(&answer).expect("what she signed with the known key counts");
}

#[test]
fn a_key_that_is_taken_out_voids_what_it_signed_and_was_not_sent() {
    let two = Two::open();
    let (change, token) = two.asked();
    let answer = two.answers(&two.challenge(&change), "Mia").expect("she agrees");
    two.accepts(&answer).expect("it is taken");
    two.here.does(OWNER, "approval.key_remove", json!({"staff": "Mia"}));
    two.here.sync();
    assert_eq!(two.here.state(&change), "awaiting_approval");
    assert_eq!(two.here.effects("refund", &token), 0);
}

#[test]
fn nobody_agrees_at_another_till_to_what_they_asked_for() {
    let two = Two::open();
    two.knows(MANAGER, json!({}));
    two.here.does(OWNER, "settings.set", json!({"key": "approval.cancel", "value": "true"}));
    two.here.does(OWNER, "staff.role", json!({"staff": MANAGER, "role": "cashier"}));
    let (payment, _) = two.here.payment("300.00", true);
    let change = two.here.asks(MANAGER, Station::refund(&payment, "50.00"));
    let challenge = two.challenge(&change);
    let fault = two.answers(&challenge, MANAGER).expect_err("the same name at both tills");
    assert_eq!(fault.code, FaultCode::SamePerson);
    let noted = entries(&two.there, "approval.refused");
    assert_eq!(noted[0]["facts"]["why"], "same_person");
    assert_eq!(noted[0]["about"], change.as_str());
}

#[test]
fn a_cashier_there_cannot_agree_and_the_till_that_asks_does_not_answer_itself() {
    let two = Two::open();
    let (change, _) = two.asked();
    let challenge = two.challenge(&change);
    assert_eq!(
        two.answers(&challenge, "Max").expect_err("a cashier").code,
        FaultCode::NotPermitted
    );
    let args = json!({"challenge": challenge["challenge"], "staff_id": OWNER, "pin": PIN});
    let fault = two.here.tries(CASHIER, "approval.answer", args).expect_err("its own challenge");
    assert_eq!(fault.code, FaultCode::NotAllowed);
    for other in ["", "CF1.", "CF1.e30", "CA1.e30"] {
        let args = json!({"challenge": other});
        let fault = two.there.tries("Mia", "approval.read", args).expect_err("no challenge");
        assert_eq!(fault.code, FaultCode::BadInput, "{other}");
    }
}

#[test]
fn keys_come_in_by_an_owner_with_the_fingerprint_that_was_told() {
    let two = Two::strangers();
    let card = two.there.does(OWNER, "approval.key_export", json!({"staff": "Mia"}));
    let key = || json!({"key": card["key"]});
    let with = |field: &str, value: &str| {
        let mut args = key();
        args[field] = json!(value);
        args
    };
    for who in [CASHIER, MANAGER] {
        let fault = two.here.tries(who, "approval.key_import", key()).expect_err(who);
        assert_eq!(fault.code, FaultCode::NotPermitted);
    }
    let refused =
        |args: Value| two.here.tries(OWNER, "approval.key_import", args).expect_err("refused").code;
    let other = "0000-0000-0000-0000-0000";
    assert_eq!(refused(with("fingerprint", other)), FaultCode::ApprovalRefused);
    assert_eq!(refused(with("role", "owner")), FaultCode::BadInput, "more than she is there");
    assert_eq!(refused(with("role", "cashier")), FaultCode::BadInput);
    let fault = two.there.tries(OWNER, "approval.key_import", key()).expect_err("her own till");
    assert_eq!(fault.code, FaultCode::NotAllowed);
    let fault = two.there.tries(OWNER, "approval.key_export", json!({"staff": "Max"}));
    assert_eq!(fault.expect_err("a cashier agrees to nothing").code, FaultCode::NotAllowed);
    two.here.does(OWNER, "approval.key_import", key());
    let keys = two.here.does(MANAGER, "approval.keys", json!({}));
    assert_eq!((&keys[0]["name"], &keys[0]["role"]), (&json!("Mia"), &json!("manager")));
}
