use counterfoil_sandbox::EffectKind;
use serde_json::{Value, json};

use crate::till::{Till, payment, text};
use counterfoil_sandbox::PaymentStatus;

#[test]
fn a_change_waits_on_the_till_until_sync_and_is_then_applied_exactly_once() {
    let till = Till::ready();
    let (id, token) = till.open_payment();
    let before = till.sandbox.received_requests().len();
    let asked = till.cashier(&format!("change adjust --payment {id} --total 350.00")).exits(0);
    assert_eq!(asked["state"], "queued");
    assert_eq!(asked["kind"], "adjust");
    assert_eq!(asked["payment_id"], id);
    assert_eq!(asked["requested_by"], "Casey");
    assert_eq!(asked["total"], json!({ "minor": "35000", "currency": "GBP", "text": "350.00" }));
    assert_eq!(asked["base"]["amount"]["text"], "300.00");
    assert_eq!(asked["attempts"], json!([]));
    for null in ["refund", "reason", "redirect_url", "provider_now", "next_attempt_at"] {
        assert_eq!(asked.get(null), Some(&Value::Null), "{null}");
    }
    assert_eq!(till.sandbox.received_requests().len(), before, "asking never sends");

    let report = till.sync(0);
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 1], "{report}");
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
    assert_eq!(till.sandbox.bumper_payment(&token).expect("it is there").amount, "350.00");

    let change = till.cashier(&format!("change show {}", text(&asked["change_id"]))).exits(0);
    assert_eq!(change["state"], "applied");
    let attempt = &change["attempts"][0];
    assert_eq!((&attempt["outcome"], &attempt["http_status"]), (&"applied".into(), &200.into()));
    let effect = till.sandbox.ledger().into_iter().find(|effect| effect.kind == "update");
    let digest = effect.and_then(|effect| effect.request_digest);
    assert_eq!(Some(text(&attempt["digest"])), digest, "the bytes that arrived");
    assert!(attempt["key"].is_null() && attempt["ended_at"].is_string());

    assert_eq!(counts(&till.sync(0)), [0; 7], "a second run has nothing to do");
    let payment = till.cashier(&format!("payment show B/{token}")).exits(0);
    assert_eq!(
        (text(&payment["payment_id"]), text(&payment["amount"]["minor"])),
        (id, "35000".into())
    );
}

fn counts(report: &Value) -> [u64; 7] {
    assert!(report["elapsed_ms"].is_u64(), "{report}");
    ["applied", "declined", "in_doubt", "needs_customer", "conflict", "queued", "attempts"]
        .map(|name| report[name].as_u64().unwrap_or_else(|| panic!("{name} in {report}")))
}

#[test]
fn a_payment_has_the_fields_of_the_contract() {
    let till = Till::ready().with_auditor();
    let (id, token) = till.paid_payment();
    let payment = till.auditor(&format!("payment show {id}")).exits(0);
    let money = json!({ "minor": "30000", "currency": "GBP", "text": "300.00" });
    for (name, expected) in [
        ("payment_id", id.as_str().into()),
        ("account", "B".into()),
        ("provider", "bumper".into()),
        ("provider_ref", token.as_str().into()),
        ("invoice_number", Value::Null),
        ("reference", Value::Null),
        ("state", "paid".into()),
        ("provider_status", "completed".into()),
        ("amount", money),
        ("refunded", Value::Null),
        ("captured", Value::Null),
    ] {
        assert_eq!(payment.get(name), Some(&expected), "{name}");
    }
    assert!(payment["minimum"]["text"].is_string() && payment["maximum"]["text"].is_string());
    assert!(text(&payment["fetched_at"]).ends_with('Z'));
    let offers = payment["allowed"].as_array().expect("a list");
    let refund = offers.iter().find(|offer| offer["kind"] == "refund").expect("refund is told");
    assert_eq!(refund["allowed"], false, "an auditor asks for nothing");
    assert!(refund["why"].is_string());
}

#[test]
fn payments_are_listed_newest_first_page_by_page() {
    let till = Till::ready();
    let ids: Vec<String> = (0..3).map(|_| till.open_payment().0).collect();
    let first = till.cashier("payment list --limit 2").exits(0);
    assert_eq!(ids_of(&first), [ids[2].clone(), ids[1].clone()]);
    let next = text(&first["next"]);
    let second = till.cashier(&format!("payment list --limit 2 --after {next}")).exits(0);
    assert_eq!(ids_of(&second), [ids[0].clone()]);
    assert!(second["next"].is_null());
    assert_eq!(ids_of(&till.cashier("payment list --state paid").exits(0)), [""; 0]);
    till.cashier("payment list --state nonsense").refuses(2, "bad_input");
    till.cashier("payment list --after nonsense").refuses(2, "bad_input");
    till.cashier("payment list --limit -1").refuses(2, "bad_input");
}

#[test]
fn payments_are_found_by_the_words_on_them() {
    let till = Till::ready();
    let with_invoice = |invoice: &str| {
        till.tracked(counterfoil_sandbox::NewPayment {
            invoice_number: Some(invoice.to_owned()),
            ..payment(PaymentStatus::Pending)
        })
    };
    let (first, _) = with_invoice("INV-2041");
    let (second, _) = with_invoice("INV-3052");
    for (query, expected) in [
        ("INV-2041", vec![first.clone()]),
        ("3052", vec![second.clone()]),
        ("inv", vec![second.clone(), first.clone()]),
        ("INV-9", vec![]),
        ("\"*()^- OR NEAR", vec![]),
    ] {
        let list = till.cashier("payment list").argument(format!("--query={query}")).exits(0);
        assert_eq!(ids_of(&list), expected, "{query}");
    }
}

#[test]
fn amounts_are_read_in_the_currency_they_are_asked_in() {
    let till = Till::ready();
    let url = till.sandbox.bumper().base_url;
    let add = "account add --provider bumper --currency JPY --name J --base-url";
    till.owner(&format!("{add} {url}")).stdin(&till.secrets()).exits(0);
    let start = |amount: &str, currency: &str| {
        let ask = "payment start --account J --preview";
        till.cashier(&format!("{ask} --amount {amount} --currency {currency}"))
    };
    assert_eq!(start("500", "JPY").exits(0)["allowed"], true);
    start("500.5", "JPY").refuses(2, "bad_amount");
    start("500.00", "JPY").refuses(2, "bad_amount");
    start("1.2345", "KWD").refuses(2, "bad_amount");
    start("1.234", "KWD").refuses(3, "not_allowed");
}

fn ids_of(page: &Value) -> Vec<String> {
    let payments = page["payments"].as_array().expect("a list");
    payments.iter().map(|payment| text(&payment["payment_id"])).collect()
}

#[test]
fn a_start_becomes_a_payment_once_it_is_applied() {
    let till = Till::ready();
    let ask = "payment start --account B --amount 300.00 --currency GBP --invoice INV-1 \
               --reference R-1 --email a@example.org --item 'Tyre 12:5 front:2:150.00'";
    let asked = till.cashier(ask).exits(0);
    assert_eq!((&asked["kind"], &asked["payment_id"]), (&"start".into(), &Value::Null));
    assert_eq!(asked["items"][0]["item"], "Tyre 12:5 front");
    assert_eq!(till.received("/bumper"), 0);
    till.sync(0);
    let change = till.cashier(&format!("change show {}", text(&asked["change_id"]))).exits(0);
    let payment = till.cashier(&format!("payment show {}", text(&change["payment_id"]))).exits(0);
    assert_eq!(payment["amount"]["text"], "300.00");
    assert_eq!(payment["invoice_number"], "INV-1");
    assert_eq!(till.effects(EffectKind::Start), ["300.00"]);
}

#[test]
fn a_higher_total_on_a_paid_payment_waits_for_the_customer_and_is_applied_when_they_sign() {
    let till = Till::ready();
    let (id, token) = till.paid_payment();
    let change = till.adjust(&id, "350.00");
    assert_eq!(till.sync(6)["needs_customer"], 1);
    let shown = till.cashier(&format!("change show {change}")).exits(0);
    assert_eq!(shown["state"], "needs_customer");
    assert!(text(&shown["redirect_url"]).starts_with("http"));
    till.sandbox.complete_redirect(&token).expect("the link is open");
    assert_eq!(till.sync(0)["applied"], 1);
    let shown = till.cashier(&format!("change show {change}")).exits(0);
    assert_eq!((&shown["state"], &shown["redirect_url"]), (&"applied".into(), &Value::Null));
    assert_eq!(till.sandbox.bumper_payment(&token).expect("it is there").amount, "350.00");
}

#[test]
fn what_the_provider_declines_is_final_and_exits_4() {
    let till = Till::ready();
    till.sandbox.change_switches(|switches| switches.after_settled.refuse_update = true);
    let (id, _) = till.tracked(counterfoil_sandbox::NewPayment {
        settled: true,
        ..payment(PaymentStatus::Completed)
    });
    let change = till.adjust(&id, "250.00");
    assert_eq!(till.sync(4)["declined"], 1);
    assert_eq!(till.state(&change), "declined");
    assert_eq!(till.sync(0)["attempts"], 0, "what is final is not touched again");
}

#[test]
fn cancel_and_relabel_reach_the_provider_too() {
    let till = Till::ready();
    let (id, token) = till.open_payment();
    till.cashier(&format!("change relabel --payment {id} --invoice INV-7")).exits(0);
    till.cashier(&format!("change cancel --payment {id} --reason duplicate")).exits(0);
    assert_eq!(till.sync(0)["applied"], 2);
    let payment = till.sandbox.bumper_payment(&token).expect("it is there");
    assert_eq!(payment.invoice_number.as_deref(), Some("INV-7"));
    assert_eq!(payment.status, PaymentStatus::Cancelled);
}

#[test]
fn a_preview_shows_the_bytes_and_stores_and_sends_nothing() {
    let till = Till::ready();
    let (id, token) = till.open_payment();
    let before = till.sandbox.received_requests().len();
    let ask = format!("change adjust --payment {id} --total 350.00");
    let shown = till.cashier(&format!("{ask} --preview")).exits(0);
    assert_eq!(shown["allowed"], true);
    let preview = &shown["preview"];
    assert_eq!(preview["method"], "POST");
    assert!(text(&preview["url"]).ends_with("/v2/update/"), "{preview}");
    assert!(preview["headers"].is_object());
    assert!(text(&preview["body"]).contains(&token) && text(&preview["effect"]).contains("350.00"));
    assert_eq!(till.cashier("change list").exits(0), json!({ "changes": [] }));
    assert_eq!(till.sandbox.received_requests().len(), before);

    let change = text(&till.cashier(&ask).exits(0)["change_id"]);
    till.sync(0);
    let sent = till.cashier(&format!("change show {change}")).exits(0);
    assert_eq!(sent["attempts"][0]["digest"], preview["digest"], "what was shown was sent");
}

#[test]
fn a_person_without_json_gets_plain_text_and_errors_on_stderr() {
    let till = Till::ready();
    let (id, _) = till.open_payment();
    let (shown, _) = till.cashier(&format!("payment show {id}")).plain(0);
    assert!(shown.contains("300.00 GBP") && !shown.contains('{'), "{shown}");
    let (shown, _) = till.cashier(&format!("change adjust --payment {id} --total 350.00")).plain(0);
    assert!(shown.contains("queued") && shown.contains("no money moved"), "{shown}");
    let (out, error) = till.cashier("payment show nothing").plain(8);
    assert!(out.is_empty() && error.contains("no such payment"), "{error}");
    let (shown, _) = till.cashier("sync --until-idle").plain(0);
    assert_eq!(shown, "1 applied\n");
}
