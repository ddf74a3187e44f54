//! Bumper: an unpaid payment, a paid one, one that the customer has to agree to, and a start.

use counterfoil_sandbox::{EffectKind, PaymentStatus};
use serde_json::json;

use crate::makings;
use crate::till::text;
use crate::walk::{Preview, Walk, money};

#[test]
fn a_journey_through_bumper() {
    let walk = Walk::begin("bumper", "");
    an_unpaid_payment(&walk);
    a_paid_payment(&walk);
    the_customer_agrees(&walk);
    a_start(&walk);
    walk.ends();
}

fn an_unpaid_payment(walk: &Walk) {
    let token = makings::bumper(&walk.till, PaymentStatus::Pending);
    let id = walk.track("A", &token);
    let no = Some("not_offered");
    let refund = ("refund", Some("state"));
    let always_no = [("capture", no), ("void", no)];
    let open = [("adjust", None), ("relabel", None), refund, ("cancel", None)];
    walk.offers(&id, &[&open[..], &always_no].concat());

    let effect =
        walk.applies(&format!("change adjust --payment {id} --total 250.00"), Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Update, Some("250.00")));
    let relabel = format!("change relabel --payment {id}");
    walk.applies(&format!("{relabel} --invoice INV-2"), Preview::IsSent);
    walk.reads(&id, &[("/amount", money("250.00", "GBP")), ("/invoice_number", json!("INV-2"))]);

    walk.refused(&format!("{relabel} --reference R"), "text_not_offered");
    walk.refused(&format!("{relabel} --description D"), "text_not_offered");
    walk.refused(&format!("{relabel} --metadata k=v"), "text_not_offered");
    walk.refused(&format!("{relabel} --invoice INV-2"), "nothing_changes");
    let adjust = format!("change adjust --payment {id} --total");
    walk.refused(&format!("{adjust} 250.00"), "nothing_changes");
    walk.refused(&format!("change capture --payment {id}"), "not_offered");
    walk.refused(&format!("change void --payment {id}"), "not_offered");
    let refund = format!("change refund --payment {id} --reason duplicate --amount 1.00");
    walk.refused(&refund, "state");

    walk.applies(&format!("change cancel --payment {id} --reason duplicate"), Preview::IsSent);
    walk.reads(&id, &[("/state", json!("cancelled"))]);
    assert_eq!(
        walk.till.sandbox.bumper_payment(&token).expect("it is there").status,
        PaymentStatus::Cancelled
    );
    walk.refused(&format!("change cancel --payment {id}"), "state");
}

fn a_paid_payment(walk: &Walk) {
    let id = walk.track("A", &makings::bumper(&walk.till, PaymentStatus::Completed));
    walk.refused(&format!("change cancel --payment {id}"), "state");
    let refund = format!("change refund --payment {id} --reason goods_returned");
    let effect = walk.applies(&format!("{refund} --amount 50.00"), Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Refund, Some("50.00")));
    walk.refused(&format!("{refund} --amount 250.01"), "over_refundable");
    let effect = walk.applies(&refund, Preview::IsSent);
    assert_eq!(effect.amount.as_deref(), Some("250.00"), "all that is left");
    walk.reads(&id, &[("/refunded", money("300.00", "GBP"))]);
    walk.refused(&format!("{refund} --amount 0.01"), "over_refundable");
}

fn the_customer_agrees(walk: &Walk) {
    let token = makings::bumper(&walk.till, PaymentStatus::Completed);
    let id = walk.track("A", &token);
    let before = walk.effects().len();
    let ask = format!("change adjust --payment {id} --total 350.00");
    let change = text(&walk.till.cashier(&ask).exits(0)["change_id"]);
    assert_eq!(walk.sync(6)["needs_customer"], 1);
    walk.reads(&id, &[("/amount", money("300.00", "GBP"))]);
    walk.till.sandbox.complete_redirect(&token).expect("the link is open");
    assert_eq!(walk.sync(0)["applied"], 1);
    let effect = walk.settled(&change, before, None);
    assert!(effect.awaits_customer, "{effect:?}");
    walk.reads(&id, &[("/amount", money("350.00", "GBP"))]);
}

fn a_start(walk: &Walk) {
    let ask = "payment start --account A --amount 120.00 --currency GBP --invoice INV-9";
    let effect = walk.applies(ask, Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Start, Some("120.00")));
    let listed = walk.till.cashier("payment list --query INV-9").exits(0);
    assert_eq!(listed["payments"][0]["provider_ref"], effect.token.as_str());
}
