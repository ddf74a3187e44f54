//! Norce: an order that can still be edited, order management at its payment services, and the
//! role that calls an adapter.

use counterfoil_sandbox::{EffectKind, NorceChange};
use serde_json::json;

use crate::makings::{self, NORCE_ADAPTER, NORCE_SHOP};
use crate::till::text;
use crate::walk::{Preview, Walk, money};

#[test]
fn a_journey_through_norce() {
    let walk = Walk::begin("norce", NORCE_SHOP);
    an_order_in_checkout(&walk);
    a_held_payment_is_cancelled(&walk);
    a_held_payment_is_captured_and_refunded(&walk);
    a_payment_service_without_order_management(&walk);
    walk.refused("payment start --account A --amount 1.00 --currency SEK", "not_offered");
    walk.ends();
}

fn an_order_in_checkout(walk: &Walk) {
    let there = makings::norce(&walk.till, "intent", "checkout");
    let id = walk.track("A", &there);
    let state = Some("state");
    let open = [
        ("adjust", None),
        ("relabel", None),
        ("refund", state),
        ("cancel", state),
        ("capture", state),
        ("void", Some("use_instead")),
    ];
    walk.offers(&id, &open);
    let adjust = format!("change adjust --payment {id} --total");
    let effect = walk.applies(&format!("{adjust} 250.00"), Preview::ShowsWhatChanges);
    let expected = (EffectKind::Update, Some("250.00"), there.as_str());
    assert_eq!((effect.kind, effect.amount.as_deref(), effect.token.as_str()), expected);
    walk.refused(&format!("{adjust} 300.01"), "above_maximum");
    walk.refused(&format!("{adjust} 240.00 --invoice I"), "text_not_offered");

    let relabel = format!("change relabel --payment {id}");
    walk.applies(&format!("{relabel} --reference SO-2"), Preview::IsSent);
    walk.applies(&format!("{relabel} --metadata desk=3"), Preview::ShowsWhatChanges);
    walk.applies(&format!("{relabel} --metadata desk="), Preview::ShowsWhatChanges);
    walk.applies(&format!("{relabel} --metadata clerk=Casey"), Preview::ShowsWhatChanges);
    walk.refused(&format!("{relabel} --reference SO-3 --metadata k=v"), "text_not_carried");
    walk.refused(&format!("{relabel} --invoice I"), "text_not_offered");
    walk.refused(&format!("{relabel} --description D"), "text_not_offered");
    walk.refused(&format!("{relabel} --reference SO-2"), "nothing_changes");
    let now = [
        ("/amount", money("250.00", "SEK")),
        ("/reference", json!("SO-2")),
        ("/metadata", json!({ "store": "Front", "clerk": "Casey" })),
    ];
    walk.reads(&id, &now);
    let (order, _) = there.split_once('/').expect("two parts");
    let stands = walk.till.sandbox.norce_order(order).expect("it is there");
    assert_eq!(stands["order"]["reference"], "SO-2");
    assert_eq!(stands["order"]["attributes"], json!({ "store": "Front", "clerk": "Casey" }));
}

fn a_held_payment_is_cancelled(walk: &Walk) {
    let id = walk.track("A", &makings::norce(&walk.till, "reserved", "accepted"));
    let void = walk.refused(&format!("change void --payment {id}"), "use_instead");
    assert_eq!(void["detail"]["instead"], "cancel");
    let effect = walk.applies(&format!("change cancel --payment {id}"), Preview::IsSent);
    assert_eq!(effect.kind, EffectKind::Cancel);
    walk.reads(&id, &[("/state", json!("cancelled"))]);
}

fn a_held_payment_is_captured_and_refunded(walk: &Walk) {
    let id = walk.track("A", &makings::norce(&walk.till, "reserved", "accepted"));
    let capture = format!("change capture --payment {id}");
    walk.refused(&format!("{capture} --amount 100.00"), "part_not_offered");
    let later = makings::days_ahead(2);
    walk.refused(&format!("{capture} --at {later}"), "text_not_offered");
    let effect = walk.applies(&capture, Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Capture, Some("300.00")));
    walk.reads(&id, &[("/captured", money("300.00", "SEK")), ("/state", json!("paid"))]);
    let refund = format!("change refund --payment {id} --reason goods_returned");
    walk.refused(&format!("{refund} --amount 50.00"), "part_not_offered");
    let effect = walk.applies(&refund, Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Refund, Some("300.00")));
    walk.reads(&id, &[("/refunded", money("300.00", "SEK")), ("/state", json!("refunded"))]);
}

fn a_payment_service_without_order_management(walk: &Walk) {
    let there = makings::norce_through(&walk.till, "adyen-adapter", ("reserved", "accepted"));
    let id = walk.track("A", &there);
    walk.refused(&format!("change capture --payment {id}"), "not_offered");
    walk.refused(&format!("change cancel --payment {id}"), "not_offered");
    walk.refused(&format!("change refund --payment {id} --reason duplicate"), "not_offered");
}

#[test]
fn an_adapter_that_agrees_is_believed_once_the_order_shows_it() {
    let walk = Walk::begin("norce", NORCE_ADAPTER);
    let there = makings::norce_behind_its_order(&walk.till);
    let id = walk.track("A", &there);
    let no = Some("not_offered");
    let kinds = ["relabel", "refund", "cancel", "capture", "void"].map(|kind| (kind, no));
    walk.offers(&id, &[&[("adjust", None)][..], &kinds].concat());
    walk.refused(&format!("change relabel --payment {id} --reference R"), "not_offered");

    let ask = format!("change adjust --payment {id} --total 250.00");
    let change = text(&walk.till.cashier(&ask).exits(0)["change_id"]);
    let report = walk.till.cashier("sync --until-idle --deadline 1s").exits(5);
    assert_eq!((&report["in_doubt"], &report["attempts"]), (&1.into(), &1.into()), "{report}");
    let (order, payment) = there.split_once('/').expect("two parts");
    let shows = NorceChange {
        payment_id: Some(payment.to_owned()),
        amount: Some("250.00".to_owned()),
        ..NorceChange::default()
    };
    walk.till.sandbox.change_at_norce(order, &shows).expect("it is changed");
    assert_eq!(walk.sync(0)["applied"], 1);
    assert_eq!(walk.till.state(&change), "applied");
    let called = walk.till.sandbox.received_requests();
    let called = called.iter().filter(|request| request.path.ends_with("/update-payment"));
    assert_eq!(called.count(), 1);
    walk.reads(&id, &[("/amount", money("250.00", "SEK"))]);
    assert_eq!(walk.till.nobody("audit verify").exits(0)["ok"], true);
}
