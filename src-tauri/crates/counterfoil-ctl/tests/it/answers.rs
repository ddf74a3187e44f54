use counterfoil_sandbox::{EffectKind, FaultKind, FaultRule, LineState};
use serde_json::Value;

use crate::till::{On, Till};

/// Answers that say nothing, and whether an update under them takes effect.
const SPOILT: [FaultKind; 9] = [
    FaultKind::Html502,
    FaultKind::Empty200,
    FaultKind::NotJson200,
    FaultKind::TruncatedJson,
    FaultKind::CutAnswer,
    FaultKind::HugeBody,
    FaultKind::MissingComma,
    FaultKind::SuccessMissing,
    FaultKind::Redirect302,
];

#[test]
fn a_read_that_is_answered_with_nonsense_exits_10_and_works_once_the_nonsense_ends() {
    let till = Till::hasty();
    let (payment, token) = till.open_payment();
    for fault in SPOILT {
        till.sandbox.set_fault(FaultRule::on(On::Status, fault));
        let track = format!("payment track --account B --ref {token}");
        till.cashier(&track).refuses(10, "unclear_answer");
        till.cashier(&format!("payment refresh {payment}")).refuses(10, "unclear_answer");
        till.owner("account test B").refuses(10, "unclear_answer");
        till.sandbox.clear_faults();
        till.cashier(&track).exits(0);
    }
}

#[test]
fn an_update_that_is_answered_with_nonsense_is_settled_by_reading_and_applied_once() {
    for fault in SPOILT {
        let till = Till::hasty();
        let (payment, token) = till.open_payment();
        till.adjust(&payment, "350.00");
        till.sandbox.set_fault(FaultRule::on(On::Update, fault).once());
        assert_eq!(till.sync(0)["applied"], 1, "{fault:?}");
        assert_eq!(till.effects(EffectKind::Update), ["350.00"], "{fault:?}");
        assert_eq!(till.sandbox.bumper_payment(&token).expect("it is there").amount, "350.00");
    }
}

#[test]
fn while_every_answer_is_nonsense_nothing_is_lost_and_the_run_ends_by_its_deadline() {
    for fault in SPOILT {
        let till = Till::hasty();
        let (payment, _) = till.open_payment();
        let change = till.adjust(&payment, "350.00");
        till.sandbox.set_fault(FaultRule::everywhere(fault));
        let (exit, _) = till.cashier("sync --until-idle --deadline 200ms").outcome();
        assert!(matches!(exit, 0 | 5), "{fault:?}: {exit}");
        assert!(matches!(till.state(&change).as_str(), "queued" | "in_doubt"), "{fault:?}");
        till.sandbox.clear_faults();
        assert_eq!(till.sync(0)["applied"], 1, "{fault:?}");
        assert_eq!(till.effects(EffectKind::Update), ["350.00"], "{fault:?}");
    }
}

#[test]
fn a_line_that_is_down_keeps_changes_queued_until_it_is_back() {
    let till = Till::hasty();
    let (payment, token) = till.open_payment();
    let change = till.adjust(&payment, "350.00");
    till.sandbox.set_line(LineState::Refusing).expect("the line goes down");
    till.cashier(&format!("payment track --account B --ref {token}")).refuses(10, "unreachable");
    till.owner("account test B").refuses(10, "unreachable");
    let report = till.cashier("sync --until-idle --deadline 100ms").exits(0);
    assert_eq!((&report["queued"], &report["attempts"]), (&1.into(), &0.into()));
    let waiting = till.cashier(&format!("change show {change}")).exits(0);
    assert_eq!(waiting["state"], "queued");
    assert!(waiting["next_attempt_at"].is_string() && waiting["last_error"].is_string());
    till.sandbox.set_line(LineState::Up).expect("the line comes back");
    assert_eq!(till.sync(0)["applied"], 1);
}

#[test]
fn a_change_can_be_asked_for_while_the_line_is_down() {
    let till = Till::hasty();
    let (payment, _) = till.open_payment();
    till.sandbox.set_line(LineState::Refusing).expect("the line goes down");
    till.adjust(&payment, "350.00");
    till.cashier("payment list").exits(0);
    let list = till.cashier("change list --state queued").exits(0);
    assert_eq!(list["changes"].as_array().map(Vec::len), Some(1));
    till.sandbox.set_line(LineState::Up).expect("the line comes back");
    till.sync(0);
}

#[test]
fn an_answer_that_never_comes_ends_with_the_limit_of_one_answer() {
    let till = Till::hasty();
    till.owner("settings set http.timeout_ms 200").exits(0);
    let (payment, token) = till.open_payment();
    till.adjust(&payment, "350.00");
    till.sandbox.set_fault(FaultRule::on(On::Status, FaultKind::Hang).once());
    let (exit, error) = till.cashier(&format!("payment track --account B --ref {token}")).outcome();
    assert_eq!(exit, 10, "{error:?}");
    till.sandbox.set_fault(FaultRule::on(On::Update, FaultKind::Hang).once());
    assert_eq!(till.sync(0)["applied"], 1);
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[test]
fn a_hundred_changes_drain_and_the_one_that_is_refused_stops_none_of_the_others() {
    let till = Till::hasty();
    let payments: Vec<_> = (0..100).map(|_| till.open_payment()).collect();
    let changes: Vec<_> = payments.iter().map(|(id, _)| till.adjust(id, "350.00")).collect();
    till.sandbox.fail(&payments[40].1).expect("it is open");
    let report = till.cashier("sync --until-idle").exits(6);
    assert_eq!((&report["applied"], &report["conflict"]), (&99.into(), &1.into()), "{report}");
    assert_eq!(till.state(&changes[40]), "conflict");
    assert_eq!(till.effects(EffectKind::Update).len(), 99);
    assert_eq!(report["queued"], Value::from(0));
}
