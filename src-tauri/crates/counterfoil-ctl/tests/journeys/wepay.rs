//! WePay: amounts only by confirmed names, captures now and later, a cancellation with its reason,
//! and refunds that take their time. Every change carries its key.

use counterfoil_sandbox::{EffectKind, WepayStatus};
use serde_json::json;

use crate::makings::{self, WEPAY_NAMES};
use crate::till::text;
use crate::walk::{Preview, Walk, money};

#[test]
fn a_journey_through_wepay() {
    let walk = Walk::begin("wepay", "");
    without_confirmed_names(&walk);
    a_capture_at_a_moment(&walk);
    a_cancellation(&walk);
    refunds(&walk);
    walk.refused("payment start --account A --amount 1.00 --currency USD", "not_offered");
    every_change_carried_its_key(&walk);
    walk.ends();
}

#[test]
fn amounts_of_wepay_change_once_their_names_are_confirmed() {
    let walk = Walk::begin("wepay", WEPAY_NAMES);
    amounts_and_texts(&walk);
    a_capture_of_a_part(&walk);
    every_change_carried_its_key(&walk);
    walk.ends();
}

#[test]
fn amounts_of_wepay_rise_with_the_card_present_and_only_below_120_percent() {
    let walk = Walk::begin("wepay", &format!("{WEPAY_NAMES} --set card_present=true"));
    let id = walk.track("A", &makings::wepay_at_terminal(&walk.till));
    let adjust = format!("change adjust --payment {id} --total");
    walk.applies(&format!("{adjust} 330.00"), Preview::ShowsWhatChanges);
    // Not of what it has been raised to, but of what was authorised.
    walk.refused(&format!("{adjust} 360.00"), "above_maximum");
    let effect = walk.applies(&format!("{adjust} 359.99"), Preview::ShowsWhatChanges);
    assert_eq!(effect.amount.as_deref(), Some("359.99"));
    let capture = walk.applies(&format!("change capture --payment {id}"), Preview::IsSent);
    assert_eq!(capture.amount.as_deref(), Some("359.99"), "the card network agrees");
    walk.ends();
}

fn without_confirmed_names(walk: &Walk) {
    let id = walk.track("A", &makings::wepay(&walk.till, WepayStatus::Pending));
    let held = [
        ("adjust", Some("unconfirmed")),
        ("relabel", None),
        ("refund", Some("state")),
        ("cancel", None),
        ("capture", None),
        ("void", Some("use_instead")),
    ];
    walk.offers(&id, &held);
    walk.refused(&format!("change adjust --payment {id} --total 250.00"), "unconfirmed");
    walk.refused(&format!("change capture --payment {id} --amount 250.00"), "unconfirmed");
    let capture = walk.applies(&format!("change capture --payment {id}"), Preview::IsSent);
    assert_eq!((capture.kind, capture.amount.as_deref()), (EffectKind::Capture, Some("300.00")));
    walk.reads(&id, &[("/state", json!("paid"))]);
}

fn amounts_and_texts(walk: &Walk) {
    let there = makings::wepay(&walk.till, WepayStatus::Pending);
    let id = walk.track("A", &there);
    let adjust = format!("change adjust --payment {id} --total");
    let effect = walk.applies(&format!("{adjust} 250.00"), Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Update, Some("250.00")));
    walk.refused(&format!("{adjust} 250.01"), "above_maximum");
    walk.refused(&format!("{adjust} 240.00 --invoice I"), "text_not_offered");
    let relabel = format!("change relabel --payment {id}");
    walk.applies(&format!("{relabel} --reference WEB-2"), Preview::IsSent);
    walk.applies(&format!("{relabel} --metadata a=1 --metadata b=2"), Preview::ShowsWhatChanges);
    walk.applies(&format!("{relabel} --metadata a="), Preview::ShowsWhatChanges);
    walk.refused(&format!("{relabel} --invoice I"), "text_not_offered");
    walk.refused(&format!("{relabel} --description D"), "text_not_offered");
    walk.refused(&format!("{relabel} --reference WEB-2"), "nothing_changes");
    let now = [
        ("/amount", money("250.00", "USD")),
        ("/reference", json!("WEB-2")),
        ("/metadata", json!({ "b": "2" })),
    ];
    walk.reads(&id, &now);
    let stands = walk.till.sandbox.wepay_payment(&there).expect("it is there");
    assert_eq!((stands.amount, stands.reference_id), ("250.00".into(), Some("WEB-2".into())));
}

fn a_capture_of_a_part(walk: &Walk) {
    let part = walk.track("A", &makings::wepay(&walk.till, WepayStatus::Pending));
    let capture = format!("change capture --payment {part}");
    walk.refused(&format!("{capture} --amount 300.01"), "above_maximum");
    let effect = walk.applies(&format!("{capture} --amount 200.00"), Preview::IsSent);
    assert_eq!(effect.amount.as_deref(), Some("200.00"));
    walk.reads(&part, &[("/amount", money("200.00", "USD")), ("/state", json!("paid"))]);
}

fn a_capture_at_a_moment(walk: &Walk) {
    let there = makings::wepay(&walk.till, WepayStatus::Pending);
    let later = walk.track("A", &there);
    let capture = format!("change capture --payment {later} --at");
    walk.refused(&format!("{capture} {}", makings::days_ahead(8)), "too_late");
    let at = makings::days_ahead(2);
    walk.applies(&format!("{capture} {at}"), Preview::IsSent);
    walk.reads(&later, &[("/state", json!("authorized"))]);
    assert!(walk.show(&later)["capture_at"].is_string());
    assert!(walk.till.sandbox.wepay_payment(&there).expect("it is there").capture_at.is_some());
}

fn a_cancellation(walk: &Walk) {
    let there = makings::wepay(&walk.till, WepayStatus::Pending);
    let id = walk.track("A", &there);
    walk.refused(&format!("change cancel --payment {id}"), "missing");
    let void = walk.refused(&format!("change void --payment {id}"), "use_instead");
    assert_eq!(void["detail"]["instead"], "cancel");
    let cancel = format!("change cancel --payment {id} --reason customer_request");
    assert_eq!(walk.applies(&cancel, Preview::IsSent).kind, EffectKind::Cancel);
    walk.reads(&id, &[("/state", json!("cancelled"))]);
    let stands = walk.till.sandbox.wepay_payment(&there).expect("it is there");
    assert_eq!(stands.status, WepayStatus::Canceled);
    assert!(stands.cancel_reason.is_some_and(|reason| !reason.is_empty()));
}

fn refunds(walk: &Walk) {
    let id = walk.track("A", &makings::wepay(&walk.till, WepayStatus::Completed));
    let refund = format!("change refund --payment {id} --reason goods_returned");
    walk.refused(&format!("{refund} --amount 0.99"), "below_minimum");
    let effect = walk.applies(&format!("{refund} --amount 50.00"), Preview::NamesNoChange);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Refund, Some("50.00")));
    walk.refused(&format!("{refund} --amount 250.01"), "over_refundable");
    let effect = walk.applies(&refund, Preview::NamesNoChange);
    assert_eq!(effect.amount.as_deref(), Some("250.00"), "all that is left");
    walk.reads(&id, &[("/refunded", money("300.00", "USD"))]);
    let ended: Vec<&str> =
        walk.till.sandbox.wepay_refunds().iter().map(|refund| refund.status.as_str()).collect();
    assert_eq!(ended, ["completed"; 2], "an answer that says pending is no end");
    let whole = walk.track("A", &makings::wepay(&walk.till, WepayStatus::Completed));
    let refund = format!("change refund --payment {whole} --reason duplicate");
    assert_eq!(walk.applies(&refund, Preview::NamesNoChange).amount.as_deref(), Some("300.00"));
}

fn every_change_carried_its_key(walk: &Walk) {
    let received = walk.till.sandbox.received_requests();
    let sent: Vec<_> = received.iter().filter(|request| request.method == "POST").collect();
    assert_eq!(sent.len(), walk.effects().len());
    let mut keys = Vec::new();
    for request in sent {
        let key = request.idempotency_key.clone().unwrap_or_else(|| panic!("no key: {request:?}"));
        assert!(!keys.contains(&key), "{key} was used twice");
        keys.push(key);
    }
    let changes = walk.till.cashier("change list").exits(0);
    let changes = changes["changes"].as_array().expect("a list").iter();
    let mut kept: Vec<String> = changes.map(|change| text(&change["attempts"][0]["key"])).collect();
    kept.reverse();
    assert_eq!(kept, keys, "the key of each attempt is the one that arrived");
}
