//! The desks of the command line: doubts and conflicts with their evidence, replacing a waiting
//! adjustment, and what may still be asked for offline.

use counterfoil_sandbox::{EffectKind, FaultKind, FaultRule, ProviderChange};
use serde_json::{Value, json};

use crate::till::{On, Till, pin_of, text};

#[test]
fn a_doubt_is_listed_with_its_evidence_and_settled_on_exactly_that() {
    let till = Till::hasty();
    let (id, _) = till.paid_payment();
    let change = till.refund(&id, "50.00");
    till.sandbox.set_fault(FaultRule::on(On::Refund, FaultKind::ApplyThenDrop).once());
    till.sync(5);
    let doubts = till.cashier("change doubts").exits(0);
    let doubt = &doubts["doubts"][0];
    assert_eq!(doubt["change"]["change_id"], change.as_str());
    assert_eq!(doubt["decisions"].as_array().map(Vec::len), Some(3));
    let evidence = text(&doubt["change"]["evidence"]);
    let shown = till.cashier(&format!("change show {change}")).exits(0);
    assert_eq!((&shown["evidence"], &shown["readings"]), (&json!(evidence), &json!([])));
    let (plain, _) = till.cashier("change doubts").plain(0);
    for word in ["POST", "happened", "not-happened", "wait", evidence.as_str()] {
        assert!(plain.contains(word), "{word} is missing: {plain}");
    }

    let resolve = |outcome: &str, digest: &str| {
        let settle = format!(
            "change resolve {change} --outcome {outcome} --reason seen --with Casey --evidence \
             {digest}"
        );
        till.manager(&settle).env("COUNTERFOIL_SECOND_PIN", pin_of("Casey"))
    };
    let error = resolve("happened", &"0".repeat(64)).refuses(3, "evidence_changed");
    assert_eq!(error["detail"]["evidence"], evidence.as_str());
    assert_eq!(resolve("happened", &evidence).exits(0)["state"], "applied");
    assert_eq!(till.cashier("change doubts").exits(0)["doubts"], json!([]));
}

#[test]
fn a_conflict_is_listed_in_three_views() {
    let till = Till::ready();
    let (id, token) = till.open_payment();
    let change = till.adjust(&id, "350.00");
    let theirs = ProviderChange { amount: Some("310.00".to_owned()), ..Default::default() };
    till.sandbox.change_at_provider(&token, &theirs).expect("it is there");
    till.sync(6);
    let conflicts = till.cashier("change conflicts").exits(0);
    let amount = &conflicts["conflicts"][0]["fields"][0];
    let views: Vec<_> = ["seen", "mine", "now"].iter().map(|view| text(&amount[*view])).collect();
    assert_eq!(views, ["300.00", "350.00", "310.00"]);
    assert_eq!(amount["differs"], true);
    let (plain, _) = till.cashier("change conflicts").plain(0);
    assert!(plain.contains("310.00") && plain.contains("rebase"), "{plain}");
    let stale = format!("change drop {change} --evidence {}", "0".repeat(64));
    till.manager(&stale).refuses(3, "evidence_changed");
    till.manager(&format!("change drop {change}")).exits(0);
}

#[test]
fn a_waiting_adjustment_is_replaced_where_a_person_says_so_and_only_then() {
    let till = Till::ready();
    let (id, _) = till.open_payment();
    let old = till.adjust(&id, "350.00");
    let replace = format!("change adjust --payment {id} --total 340.00 --instead-of");
    let preview = till.cashier(&format!("{replace} {old} --preview")).exits(0);
    assert_eq!(preview["allowed"], true);
    assert_eq!(till.state(&old), "queued", "a preview replaces nothing");
    let new = till.cashier(&format!("{replace} {old}")).exits(0);
    let shown = till.cashier(&format!("change show {old}")).exits(0);
    assert_eq!(
        (&shown["state"], &shown["superseded_by"]),
        (&json!("withdrawn"), &new["change_id"])
    );
    till.cashier(&format!("{replace} {old}")).refuses(3, "wrong_state");
    till.cashier(&format!("{replace} no-such-change")).refuses(8, "not_found");
    till.sync(0);
    assert_eq!(till.effects(EffectKind::Update), ["340.00"]);
}

#[test]
fn offline_the_limits_are_counted_down_refused_by_rule_and_shown_to_whoever_helps() {
    let till = Till::ready();
    let doctor = |till: &Till| till.nobody("doctor").exits(0)["offline"].clone();
    assert_eq!(doctor(&till), Value::Null);
    let (id, _) = till.paid_payment();
    till.owner("settings set offline.max_sum 60.00").exits(0);
    till.owner("settings set offline.max_count 2").exits(0);
    till.owner("settings set offline.max_count.manager 3").exits(0);
    let offline = till.cashier("line offline").exits(0);
    assert_eq!(offline["line"]["mode"], "on_purpose");
    assert_eq!(offline["offline"]["left_count"], 2);
    till.refund(&id, "50.00");
    let ask = format!("change refund --payment {id} --reason duplicate --amount");
    let error = till.cashier(&format!("{ask} 10.01")).refuses(3, "offline_limit");
    assert_eq!(
        error["detail"]
            .as_object()
            .map(|detail| { ["limit", "allowed", "used", "asked"].map(|key| detail[key].clone()) }),
        Some([json!("sum"), json!("60.00"), json!("50.00"), json!("10.01")])
    );
    assert_eq!(error["money"], "no");
    till.cashier(&format!("{ask} 10.00")).exits(6);
    let relabel = format!("change relabel --payment {id} --invoice INV-5");
    till.cashier(&relabel).refuses(3, "offline_limit");
    till.manager(&relabel).exits(0);
    let left = doctor(&till);
    assert_eq!((&left["left_count"], &left["left_sum"][0]["text"]), (&json!(0), &json!("0.00")));
    let (plain, _) = till.nobody("doctor").plain(0);
    assert!(plain.contains("Offline   since"), "{plain}");
    assert_eq!(till.cashier("line online").exits(0)["offline"], Value::Null);
}
