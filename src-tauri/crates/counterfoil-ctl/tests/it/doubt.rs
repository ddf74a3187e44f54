use counterfoil_sandbox::{EffectKind, FaultKind, FaultRule};

use crate::till::{On, Till};

/// A refund whose answer was lost.
fn doubtful_refund(till: &Till, fault: FaultKind) -> String {
    let (id, _) = till.paid_payment();
    let change = till.refund(&id, "50.00");
    till.sandbox.set_fault(FaultRule::on(On::Refund, fault).once());
    assert_eq!(till.sync(5)["in_doubt"], 1);
    assert_eq!(till.state(&change), "in_doubt");
    change
}

fn resolve(change: &str, outcome: &str) -> String {
    format!("change resolve {change} --outcome {outcome} --reason 'seen in the portal'")
}

#[test]
fn a_refund_whose_answer_was_lost_is_never_sent_again_by_itself() {
    let till = Till::hasty();
    let change = doubtful_refund(&till, FaultKind::ApplyThenDrop);
    assert_eq!(till.sync(5)["attempts"], 0);
    till.cashier(&format!("change retry {change}")).exits(0);
    assert_eq!(till.sync(5)["attempts"], 0);
    assert_eq!(till.received("/bumper/v2/refund"), 1);
    assert_eq!(till.effects(EffectKind::Refund), ["50.00"]);
    till.manager(&format!("change withdraw {change}")).refuses(3, "too_late");
}

#[test]
fn two_people_settle_a_doubt_and_one_alone_never_does() {
    let till = Till::hasty();
    let change = doubtful_refund(&till, FaultKind::ApplyThenDrop);
    let happened = resolve(&change, "happened");
    let pin = |name| crate::till::pin_of(name);
    till.manager(&happened).refuses(3, "same_person");
    let same = format!("{happened} --with Morgan");
    till.manager(&same).env("COUNTERFOIL_SECOND_PIN", pin("Morgan")).refuses(3, "same_person");
    let two = format!("{happened} --with Casey");
    till.manager(&two).refuses(3, "sign_in_needed");
    till.manager(&two).env("COUNTERFOIL_SECOND_PIN", "000111").refuses(3, "wrong_pin");
    let by_cashier = till.cashier(&format!("{happened} --with Morgan"));
    by_cashier.env("COUNTERFOIL_SECOND_PIN", pin("Morgan")).refuses(3, "not_permitted");
    assert_eq!(till.state(&change), "in_doubt");

    let wait = format!("{} --with Casey", resolve(&change, "wait"));
    let waits = till.manager(&wait).env("COUNTERFOIL_SECOND_PIN", pin("Casey")).exits(0);
    assert_eq!(waits["state"], "in_doubt");
    let settled = till.manager(&two).env("COUNTERFOIL_SECOND_PIN", pin("Casey")).exits(0);
    assert_eq!(settled["state"], "applied");
    assert_eq!(till.sync(0)["attempts"], 0);
    assert_eq!(till.effects(EffectKind::Refund), ["50.00"]);
}

#[test]
fn a_refund_that_two_people_found_not_to_have_happened_is_sent_again() {
    let till = Till::hasty();
    let change = doubtful_refund(&till, FaultKind::DropBeforeApply);
    let not = format!("{} --with Casey", resolve(&change, "not-happened"));
    let pin = crate::till::pin_of("Casey");
    let again = till.manager(&not).env("COUNTERFOIL_SECOND_PIN", pin).exits(0);
    assert_eq!(again["state"], "queued");
    assert_eq!(till.sync(0)["applied"], 1);
    assert_eq!(till.effects(EffectKind::Refund), ["50.00"]);
}

#[test]
fn a_lost_answer_to_an_update_or_cancel_is_settled_by_reading_the_payment() {
    for fault in [FaultKind::ApplyThenDrop, FaultKind::DropBeforeApply] {
        let till = Till::hasty();
        let (adjusted, _) = till.open_payment();
        let (cancelled, _) = till.open_payment();
        till.adjust(&adjusted, "350.00");
        till.cashier(&format!("change cancel --payment {cancelled}")).exits(0);
        till.sandbox.set_fault(FaultRule::on(On::Update, fault).once());
        till.sandbox.set_fault(FaultRule::on(On::Cancel, fault).once());
        assert_eq!(till.sync(0)["applied"], 2, "{fault:?}");
        assert_eq!(till.effects(EffectKind::Update), ["350.00"], "{fault:?}");
        assert_eq!(till.effects(EffectKind::Cancel).len(), 1, "{fault:?}");
    }
}

#[test]
fn a_lost_answer_to_a_start_waits_for_a_person() {
    let till = Till::hasty();
    till.cashier("payment start --account B --amount 300.00 --currency GBP").exits(0);
    till.sandbox.set_fault(FaultRule::on(On::Start, FaultKind::ApplyThenDrop).once());
    assert_eq!(till.sync(5)["in_doubt"], 1);
    assert_eq!(till.sync(5)["attempts"], 0);
    assert_eq!(till.effects(EffectKind::Start), ["300.00"]);
}
