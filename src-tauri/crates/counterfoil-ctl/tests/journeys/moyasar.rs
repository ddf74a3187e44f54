//! Moyasar: texts, a capture of a part, a void, refunds; an amount is never changed.

use counterfoil_sandbox::{EffectKind, MoyasarStatus};
use serde_json::json;

use crate::makings;
use crate::walk::{Preview, Walk, money};

#[test]
fn a_journey_through_moyasar() {
    let walk = Walk::begin("moyasar", "");
    texts_of_a_held_payment(&walk);
    captures(&walk);
    a_void(&walk);
    refunds(&walk);
    walk.refused("payment start --account A --amount 1.00 --currency SAR", "not_offered");
    walk.ends();
}

fn texts_of_a_held_payment(walk: &Walk) {
    let there = makings::moyasar(&walk.till, MoyasarStatus::Authorized);
    let id = walk.track("A", &there);
    let instead = Some("use_instead");
    let held = [
        ("adjust", instead),
        ("relabel", None),
        ("refund", Some("state")),
        ("cancel", instead),
        ("capture", None),
        ("void", None),
    ];
    walk.offers(&id, &held);
    let relabel = format!("change relabel --payment {id}");
    walk.applies(&format!("{relabel} --description 'Order 2, two lamps'"), Preview::IsSent);
    walk.applies(
        &format!("{relabel} --metadata order=2 --metadata branch=Jeddah"),
        Preview::IsSent,
    );
    // An empty value takes a key away.
    walk.applies(&format!("{relabel} --description D --metadata branch="), Preview::IsSent);
    let texts = [("/description", json!("D")), ("/metadata", json!({ "order": "2" }))];
    walk.reads(&id, &texts);
    let stands = walk.till.sandbox.moyasar_payment(&there).expect("it is there");
    assert_eq!(stands.description.as_deref(), Some("D"));
    assert_eq!(
        (stands.metadata.get("order"), stands.metadata.get("branch")),
        (Some(&json!("2")), None)
    );

    walk.refused(&format!("{relabel} --invoice I"), "text_not_offered");
    walk.refused(&format!("{relabel} --reference R"), "text_not_offered");
    walk.refused(&format!("{relabel} --description D"), "nothing_changes");
    let adjust = format!("change adjust --payment {id} --total");
    let less = walk.refused(&format!("{adjust} 250.00"), "use_instead");
    assert_eq!(less["detail"]["instead"], "capture");
    walk.refused(&format!("{adjust} 350.00"), "not_offered");
    let cancel = walk.refused(&format!("change cancel --payment {id}"), "use_instead");
    assert_eq!(cancel["detail"]["instead"], "void");
    let refund = format!("change refund --payment {id} --reason duplicate --amount 1.00");
    walk.refused(&refund, "state");
}

fn captures(walk: &Walk) {
    let part = walk.track("A", &makings::moyasar(&walk.till, MoyasarStatus::Authorized));
    let capture = format!("change capture --payment {part}");
    let later = makings::days_ahead(2);
    walk.refused(&format!("{capture} --at {later}"), "not_offered");
    walk.refused(&format!("{capture} --amount 300.01"), "above_maximum");
    let effect = walk.applies(&format!("{capture} --amount 120.00"), Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Capture, Some("120.00")));
    walk.reads(&part, &[("/captured", money("120.00", "SAR")), ("/state", json!("paid"))]);
    walk.refused(&capture, "state");
    let refund = format!("change refund --payment {part} --reason price_correction --amount");
    walk.refused(&format!("{refund} 120.01"), "over_refundable");

    let whole = walk.track("A", &makings::moyasar(&walk.till, MoyasarStatus::Authorized));
    let effect = walk.applies(&format!("change capture --payment {whole}"), Preview::IsSent);
    assert_eq!(effect.amount.as_deref(), Some("300.00"));
    walk.reads(&whole, &[("/captured", money("300.00", "SAR"))]);
}

fn a_void(walk: &Walk) {
    let there = makings::moyasar(&walk.till, MoyasarStatus::Authorized);
    let id = walk.track("A", &there);
    let effect = walk.applies(&format!("change void --payment {id}"), Preview::IsSent);
    assert_eq!((effect.kind, effect.token), (EffectKind::Void, there));
    walk.reads(&id, &[("/state", json!("cancelled"))]);
}

fn refunds(walk: &Walk) {
    let whole = walk.track("A", &makings::moyasar(&walk.till, MoyasarStatus::Paid));
    let instead = Some("use_instead");
    let no = Some("not_offered");
    let capture = ("capture", Some("state"));
    let void = ("void", instead);
    let paid = [("adjust", instead), ("relabel", None), ("refund", None), ("cancel", no)];
    walk.offers(&whole, &[&paid[..], &[capture, void]].concat());
    let refund = format!("change refund --payment {whole} --reason goods_returned");
    let effect = walk.applies(&refund, Preview::IsSent);
    assert_eq!((effect.kind, effect.amount.as_deref()), (EffectKind::Refund, Some("300.00")));
    walk.reads(&whole, &[("/refunded", money("300.00", "SAR")), ("/state", json!("refunded"))]);

    let there = makings::moyasar(&walk.till, MoyasarStatus::Paid);
    let part = walk.track("A", &there);
    let refund = format!("change refund --payment {part} --reason goods_returned --amount");
    walk.applies(&format!("{refund} 50.00"), Preview::IsSent);
    walk.reads(&part, &[("/refunded", money("50.00", "SAR"))]);
    assert_eq!(walk.till.sandbox.moyasar_payment(&there).expect("it is there").refunded, "50.00");
    // A-MOY-05: it is called refunded now, and a second refund is not known to be taken.
    walk.refused(&format!("{refund} 50.00"), "state");
}
