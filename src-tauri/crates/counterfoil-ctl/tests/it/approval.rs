//! Approvals between two tills through the program, each with a data folder of its own.

use serde_json::{Value, json};

use crate::till::{Till, text};

/// The owner there hands out the manager's key, the owner here brings it in.
fn introduce(here: &Till, there: &Till) -> Value {
    let card = there.owner("approval key export Mia").exits(0);
    let (key, fingerprint) = (text(&card["key"]), text(&card["fingerprint"]));
    here.owner(&format!("approval key import --key {key} --fingerprint {fingerprint}")).exits(0)
}

/// Two tills; Mia is a manager of the second alone.
fn two() -> (Till, Till) {
    let (here, there) = (Till::ready(), Till::with_people());
    let mia = "staff add --name Mia --role manager";
    there.owner(mia).env("COUNTERFOIL_NEW_PIN", "604217").exits(0);
    (here, there)
}

#[test]
fn a_manager_at_another_till_agrees_and_the_refund_is_sent_once() {
    let (here, there) = two();
    let kept = introduce(&here, &there);
    assert_eq!((&kept["name"], &kept["role"]), (&json!("Mia"), &json!("manager")));
    let (payment, _) = here.paid_payment();
    let ask = format!("change refund --payment {payment} --amount 50.00 --reason goods_returned");
    let change = text(&here.cashier(&ask).exits(6)["change_id"]);

    let shown = here.cashier(&format!("approval challenge {change}")).exits(0);
    let challenge = text(&shown["challenge"]);
    let asked = there.manager(&format!("approval read --challenge {challenge}")).exits(0);
    assert_eq!(asked["code"], shown["code"]);
    assert_eq!(asked["money"]["text"], "50.00");
    let answer = format!("approval answer --challenge {challenge}");
    assert_eq!(text(&there.cashier(&answer).exits(3)["error"]["code"]), "not_permitted");
    let mia = there.nobody(&answer).argument("--as").argument("Mia");
    let answer = text(&mia.env("COUNTERFOIL_PIN", "604217").exits(0)["answer"]);

    let accept = format!("approval accept --answer {answer}");
    let moved = here.cashier(&accept).exits(0);
    assert_eq!(moved["state"], "queued");
    assert_eq!(moved["approved_by"], json!(["Mia (Front)"]));
    let again = here.cashier(&accept).exits(3);
    assert_eq!(again["error"]["code"], "approval_refused");
    assert_eq!(again["error"]["detail"]["why"], "used");
    here.sync(0);
    assert_eq!(here.state(&change), "applied");
    assert_eq!(here.effects(counterfoil_sandbox::EffectKind::Refund), ["50.00"]);
}

#[test]
fn a_key_that_was_taken_out_is_not_heard_and_a_text_that_is_none_is_told() {
    let (here, there) = two();
    introduce(&here, &there);
    assert_eq!(here.owner("approval key remove Mia").exits(0)["name"], "Mia");
    let keys = here.owner("approval key list").exits(0);
    assert!(keys["keys"][0]["removed_at"].is_string(), "{keys}");
    for (line, exit) in [
        ("approval accept --answer CA1.e30", 2),
        ("approval challenge nothing", 8),
        ("approval key import --key CK1.e30", 3),
    ] {
        here.cashier(line).exits(exit);
    }
    here.owner("approval key import --key CK1.e30").exits(2);
    there.manager("approval read --challenge CF1.e30").exits(2);
}
