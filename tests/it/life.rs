//! What becomes of a change: every documented outcome of every command.

use counterfoil_testkit::{CASHIER, MANAGER, Station};
use serde_json::json;

#[test]
fn a_lower_total_on_an_unpaid_payment_is_queued_then_applied_once() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    assert_eq!(station.state(&change), "queued");
    assert_eq!(station.effects("update", &token), 0, "asking sends nothing");

    let report = station.sync();
    assert_eq!((report.applied, report.attempts), (1, 1));
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("update", &token), 1);
    let shown = station.does(CASHIER, "payment.show", json!({"payment": payment}));
    assert_eq!(shown["payment"]["amount"]["text"], "250.00", "the new facts were read");
}

#[test]
fn totals_go_up_and_down_and_invoices_change_as_the_provider_allows() {
    let check = |paid: bool, total: &str, expected: &str| {
        let station = Station::open();
        let (payment, token) = station.payment("300.00", paid);
        let change = station.asks(CASHIER, Station::adjust(&payment, total));
        station.sync();
        assert_eq!(station.state(&change), expected, "paid: {paid}, total: {total}");
        assert_eq!(station.effects("update", &token), 1, "paid: {paid}, total: {total}");
    };
    check(false, "350.00", "applied");
    check(false, "250.00", "applied");
    check(true, "250.00", "applied");
    check(true, "350.00", "needs_customer");
}

#[test]
fn an_invoice_number_changes_without_moving_the_amount() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::relabel(&payment, "INV-2"));
    station.sync();
    assert_eq!(station.state(&change), "applied");
    let there = station.sandbox.bumper_payment(&token).unwrap();
    assert_eq!(there.invoice_number.as_deref(), Some("INV-2"));
    assert_eq!(there.amount, "300.00");
}

#[test]
fn a_signed_increase_is_not_applied_before_the_customer_signs() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    let report = station.sync();
    assert_eq!((report.applied, report.needs_customer), (0, 1));
    let link = station.change(&change)["redirect_url"].as_str().unwrap().to_owned();
    let qr = station.does(CASHIER, "change.qr", json!({"change_id": change}));
    assert_eq!(qr["text"], link.as_str(), "the QR code carries the exact link");
    let shown = station.does(CASHIER, "payment.show", json!({"payment": payment}));
    assert_eq!(shown["payment"]["amount"]["text"], "300.00", "the old amount stands");

    station.sandbox.complete_redirect(&token).unwrap();
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert!(station.change(&change)["redirect_url"].is_null(), "the link is no longer open");
}

#[test]
fn a_newer_adjustment_takes_the_place_of_one_that_waits_for_the_customer() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let older = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    station.sync();
    let newer = station.asks(CASHIER, Station::adjust(&payment, "280.00"));
    station.sync();
    assert_eq!(station.state(&newer), "applied");
    assert_eq!(station.state(&older), "expired");
}

#[test]
fn an_unpaid_request_is_cancelled_and_a_paid_one_is_refused_when_asked() {
    let station = Station::open();
    let (unpaid, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::cancel(&unpaid));
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("cancel", &token), 1);

    let (paid, token) = station.payment("300.00", true);
    let fault = station.tries(CASHIER, "change.ask", Station::cancel(&paid)).unwrap_err();
    assert_eq!(fault.detail["why"], "state");
    assert_eq!(station.effects("cancel", &token), 0);
}

#[test]
fn a_started_payment_exists_once_it_is_applied_and_can_be_changed_then() {
    let station = Station::open();
    let change = station.asks(CASHIER, Station::start_payment("120.00"));
    assert!(station.change(&change)["payment_id"].is_null());
    station.sync();
    let view = station.change(&change);
    assert_eq!(view["state"], "applied");
    let payment = view["payment_id"].as_str().expect("the payment is known").to_owned();
    let adjusted = station.asks(CASHIER, Station::adjust(&payment, "130.00"));
    station.sync();
    assert_eq!(station.state(&adjusted), "applied");
}

#[test]
fn both_shapes_of_a_refunds_answer_are_understood() {
    use counterfoil_sandbox::switches::RefundAnswer;
    for shape in
        [RefundAnswer::Older, RefundAnswer::Newer, RefundAnswer::DataAndTop, RefundAnswer::Bare]
    {
        let station = Station::open();
        station.sandbox.change_switches(|switches| switches.editions.refund_answer = shape);
        let (payment, token) = station.payment("300.00", true);
        let change = station.asks(MANAGER, Station::refund(&payment, "50.00"));
        station.sync();
        assert_eq!(station.state(&change), "applied", "{shape:?}");
        assert_eq!(station.effects("refund", &token), 1, "{shape:?}");
    }
}

#[test]
fn the_second_of_two_queued_refunds_above_the_cap_is_refused_offline() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    station.asks(MANAGER, Station::refund(&payment, "200.00"));
    let fault =
        station.tries(MANAGER, "change.ask", Station::refund(&payment, "150.00")).unwrap_err();
    assert_eq!(fault.detail["refundable"], "100.00");
    station.asks(MANAGER, Station::refund(&payment, "100.00"));
}

#[test]
fn a_lower_total_and_a_refund_never_stand_together() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    station.asks(MANAGER, Station::refund(&payment, "50.00"));
    let fault =
        station.tries(MANAGER, "change.ask", Station::adjust(&payment, "250.00")).unwrap_err();
    assert_eq!(fault.detail["why"], "decrease_and_refund");
}

#[test]
fn totals_outside_the_providers_limits_are_refused_when_asked_for() {
    let station = Station::open();
    let made = station.sandbox.create_payment(
        serde_json::from_value(json!({"amount": "300.00", "payment_type": "paylater"})).unwrap(),
    );
    let token = made.unwrap().token;
    let track = json!({"account": "B", "provider_ref": token});
    let detail = station.does(CASHIER, "payment.track", track);
    let payment = detail["payment"]["payment_id"].as_str().unwrap().to_owned();
    for total in ["59.99", "3000.01"] {
        let fault =
            station.tries(CASHIER, "change.ask", Station::adjust(&payment, total)).unwrap_err();
        assert_eq!(format!("{:?}", fault.code), "OutOfRange", "{total}");
    }
    for total in ["60.00", "3000.00"] {
        let change = station.asks(CASHIER, Station::adjust(&payment, total));
        station.sync();
        assert_eq!(station.state(&change), "applied", "{total}");
    }
}

#[test]
fn of_a_hundred_changes_the_refused_one_blocks_only_itself() {
    let station = Station::open();
    let payments: Vec<_> = (0..100).map(|_| station.payment("300.00", false)).collect();
    // Number three asks for more than the provider takes; for a payment paid now that is known
    // to the provider alone.
    let doomed = payments[2].1.clone();
    let total = |token: &str| if token == doomed { "3000.01" } else { "250.00" };
    let changes: Vec<_> = payments
        .iter()
        .map(|(payment, token)| station.asks(CASHIER, Station::adjust(payment, total(token))))
        .collect();
    let report = station.sync();
    assert_eq!((report.applied, report.declined), (99, 1));
    assert_eq!(station.state(&changes[2]), "declined");
    for (_, token) in payments.iter().filter(|(_, token)| *token != doomed) {
        assert_eq!(station.effects("update", token), 1);
    }
}

#[test]
fn changes_of_one_payment_go_out_in_order_and_own_changes_are_no_conflict() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let changes: Vec<_> = ["290.00", "280.00", "270.00"]
        .iter()
        .map(|total| station.asks(CASHIER, Station::adjust(&payment, total)))
        .collect();
    assert_eq!(station.sync().applied, 3);
    for change in &changes {
        assert_eq!(station.state(change), "applied");
    }
    let ledger = station.sandbox.ledger();
    let amounts: Vec<_> = ledger
        .iter()
        .filter(|effect| effect.kind == "update" && effect.token == token)
        .filter_map(|effect| effect.amount.clone())
        .collect();
    assert_eq!(amounts, ["290.00", "280.00", "270.00"]);
}

#[test]
fn what_the_preview_shows_is_what_is_sent() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let ask = Station::refund(&payment, "50.00");
    let preview = station.does(CASHIER, "change.preview", ask.clone());
    let shown = preview.to_string();
    let bumper = station.sandbox.bumper();
    assert!(!shown.contains(&bumper.api_key) && !shown.contains(&bumper.secret), "{shown}");

    station.asks(MANAGER, ask);
    station.sync();
    let ledger = station.sandbox.ledger();
    let refund = ledger.iter().find(|effect| effect.kind == "refund" && effect.token == token);
    let digest = refund.and_then(|effect| effect.request_digest.clone());
    assert_eq!(preview["preview"]["digest"].as_str(), digest.as_deref());
}

#[test]
fn a_total_beyond_the_limits_of_a_payment_paid_now_is_warned_about_and_not_blocked() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let preview = station.does(CASHIER, "change.preview", Station::adjust(&payment, "59.99"));
    assert_eq!(preview["warnings"][0]["code"], "below_minimum");
    station.asks(CASHIER, Station::adjust(&payment, "59.99"));
}
