use counterfoil_sandbox::{EffectKind, ProviderChange};
use serde_json::json;

use crate::till::{Till, text};

fn refund_by_cashier(till: &Till, payment: &str) -> String {
    let ask = format!("change refund --payment {payment} --amount 50.00 --reason goods_returned");
    let asked = till.cashier(&ask).exits(6);
    assert_eq!(asked["state"], "awaiting_approval");
    assert_eq!(asked["refund"]["text"], "50.00");
    text(&asked["change_id"])
}

#[test]
fn a_cashiers_refund_needs_another_person_and_is_then_paid_back_once() {
    let till = Till::ready().with_auditor();
    let (id, token) = till.paid_payment();
    let change = refund_by_cashier(&till, &id);
    till.sync(0);
    assert_eq!(till.received("/bumper/v2/refund"), 0, "nothing leaves unapproved");

    till.cashier(&format!("change approve {change}")).exits(3);
    till.auditor(&format!("change approve {change}")).refuses(3, "not_permitted");
    assert_eq!(till.state(&change), "awaiting_approval");
    let approved = till.manager(&format!("change approve {change}")).exits(0);
    assert_eq!(approved["state"], "queued");
    assert_eq!(approved["approved_by"], json!(["Morgan"]));
    till.owner(&format!("change approve {change}")).refuses(3, "wrong_state");

    assert_eq!(till.sync(0)["applied"], 1);
    assert_eq!(till.effects(EffectKind::Refund), ["50.00"]);
    let left = till.cashier(&format!("payment refresh B/{token}")).exits(0);
    assert_eq!(left["refunded"]["text"], "50.00");
}

#[test]
fn a_refused_refund_is_never_sent() {
    let till = Till::ready();
    let (id, _) = till.paid_payment();
    let change = refund_by_cashier(&till, &id);
    let note = "--note 'the goods were used'";
    till.cashier(&format!("change reject {change} {note}")).refuses(3, "not_permitted");
    assert_eq!(
        till.manager(&format!("change reject {change} {note}")).exits(0)["state"],
        "rejected"
    );
    till.sync(0);
    assert_eq!(till.effects(EffectKind::Refund).len(), 0);
}

#[test]
fn a_change_can_be_taken_back_before_it_was_sent_and_not_after() {
    let till = Till::ready();
    let (id, _) = till.open_payment();
    let change = till.adjust(&id, "350.00");
    assert_eq!(till.cashier(&format!("change retry {change}")).exits(0)["state"], "queued");
    assert_eq!(till.cashier(&format!("change withdraw {change}")).exits(0)["state"], "withdrawn");
    let sent = till.adjust(&id, "360.00");
    till.sync(0);
    till.cashier(&format!("change withdraw {sent}")).refuses(3, "wrong_state");
    till.cashier(&format!("change retry {sent}")).refuses(3, "wrong_state");
    assert_eq!(till.effects(EffectKind::Update), ["360.00"]);
}

#[test]
fn a_payment_changed_by_somebody_else_stops_the_change_and_a_manager_settles_it() {
    let till = Till::ready();
    for (command, expected) in [("rebase", "queued"), ("drop", "withdrawn")] {
        let (id, token) = till.open_payment();
        let change = till.adjust(&id, "350.00");
        let theirs = ProviderChange { amount: Some("310.00".to_owned()), ..Default::default() };
        till.sandbox.change_at_provider(&token, &theirs).expect("it is there");
        assert_eq!(till.sync(6)["conflict"], 1);
        let shown = till.cashier(&format!("change show {change}")).exits(0);
        assert_eq!(shown["state"], "conflict");
        assert_eq!(shown["base"]["amount"]["text"], "300.00");
        assert_eq!(shown["provider_now"]["amount"]["text"], "310.00");
        till.cashier(&format!("change {command} {change}")).refuses(3, "not_permitted");
        let settled = till.manager(&format!("change {command} {change}")).exits(0);
        assert_eq!(settled["state"], expected);
        till.manager(&format!("change {command} {change}")).refuses(3, "wrong_state");
    }
    till.sync(0);
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[test]
fn a_limit_decides_which_refunds_need_another_person() {
    let till = Till::ready();
    till.owner("settings set approval.refund_over 25.00").exits(0);
    let (id, _) = till.paid_payment();
    let ask = |amount: &str| {
        let refund = format!("change refund --payment {id} --reason duplicate --amount {amount}");
        till.cashier(&refund)
    };
    assert_eq!(ask("25.00").exits(0)["state"], "queued");
    assert_eq!(ask("25.01").exits(6)["state"], "awaiting_approval");
}

#[test]
fn refunds_asked_for_at_the_same_moment_never_pass_the_cap_together() {
    let till = Till::ready();
    let (id, _) = till.paid_payment();
    let ask = format!("change refund --payment {id} --amount 300.00 --reason duplicate");
    let at_once: Vec<_> =
        (0..8).map(|_| till.manager(&ask).command().spawn().expect("it starts")).collect();
    let exits: Vec<_> = at_once
        .into_iter()
        .map(|child| child.wait_with_output().expect("it ends").status.code())
        .collect();
    let stored = exits.iter().filter(|exit| **exit == Some(0)).count();
    let refused = exits.iter().filter(|exit| **exit == Some(3)).count();
    assert_eq!((stored, refused), (1, 7), "{exits:?}");
    till.sync(0);
    assert_eq!(till.effects(EffectKind::Refund), ["300.00"]);
}
