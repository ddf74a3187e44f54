//! Norce Checkout (`norce.md`): the Order service, and an adapter's order management behind which
//! a payment service stands.

use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentState;

use super::{Answer, Asked, Desk, fields, major, minor, text};
use crate::provider::{NOTE, Payment, What};
use crate::wire::Pay;

/// What every order is worth: no payment covers more.
const ORDER_MINOR: i64 = 30_000;

/// Multiples of this are what a hook does not let through.
const HOOK_REFUSES: i64 = 6_500;

/// A no in the Order service's words (section 8).
pub fn no(status: u16, code: &str) -> Answer {
    Answer::of(status, format!("{{\"code\":\"{code}\",\"message\":\"no\"}}"))
}

/// Sections 2, 5 and 6.
pub fn answer(desk: &mut Desk<'_>, asked: &Asked<'_>) -> Answer {
    let known = asked.header("Authorization") == Some("Bearer paper-bearer")
        && asked.header("x-merchant").is_some()
        && asked.header("x-channel").is_some();
    if !known {
        return no(401, "unauthorized");
    }
    let parts = asked.parts();
    let (order, rest) = match parts.as_slice() {
        ["order", "api", "v1", "checkout", "orders", order, rest @ ..] => (order, rest),
        ["klarna-adapter", "api", "order", "v1", "orders", order, rest @ ..] => (order, rest),
        _ => return no(404, "not-found"),
    };
    let pay = order.strip_prefix('o').map(|name| format!("p{name}"));
    let place = pay.as_ref().and_then(|name| desk.place(name));
    let (Some(pay), Some(place)) = (pay, place) else { return no(404, "order-not-found") };
    let of_payment = |name: &str| name == pay;
    match (asked.method, rest) {
        ("GET", []) => Answer::of(200, order_object(desk, place)),
        ("PATCH", ["attributes"]) => attributes(desk, place, &asked.request.body),
        ("PUT", ["reference"]) => reference(desk, place, &asked.request.body),
        ("PUT", ["payments", name]) if of_payment(name) => put(desk, place, &asked.request.body),
        ("GET", ["payments", name, "transactions"]) if of_payment(name) => {
            Answer::of(200, transactions(desk, place))
        }
        ("POST", ["payments", name, act]) if of_payment(name) => manage(desk, place, act),
        _ => no(404, "payment-not-found"),
    }
}

/// `PUT …/reference`: a bare JSON text, answered with nothing.
fn reference(desk: &mut Desk<'_>, place: usize, body: &[u8]) -> Answer {
    let Ok(label) = serde_json::from_slice::<String>(body) else { return no(400, "order-error") };
    let Some(payment) = desk.payments.get_mut(place) else { return no(404, "order-not-found") };
    let changes = payment.invoice != label;
    payment.invoice.clone_from(&label);
    desk.note(place, What::Label(label, None), changes);
    Answer::of(200, "")
}

/// `PATCH …/attributes`: merged or replaced is not documented (A-NOR-09).
fn attributes(desk: &mut Desk<'_>, place: usize, body: &[u8]) -> Answer {
    let (sent, other_way) = (fields(body), desk.paper.other_way);
    let Some(note) = text(&sent, NOTE) else { return no(400, "order-error") };
    let Some(payment) = desk.payments.get_mut(place) else { return no(404, "order-not-found") };
    let changes = payment.takes_custom(sent, other_way);
    desk.note(place, What::Label(note, None), changes);
    Answer::of(200, "")
}

/// `PUT …/payments/{pid}` takes the whole payment. A hook may refuse it.
fn put(desk: &mut Desk<'_>, place: usize, body: &[u8]) -> Answer {
    let fields = fields(body);
    let whole = ["id", "adapterId", "state"].iter().all(|field| fields.contains_key(*field));
    let total = fields.get("amount").and_then(|text| minor(text)).filter(|_| whole);
    let Some(payment) = desk.payments.get_mut(place) else { return no(404, "payment-not-found") };
    let open = matches!(payment.state, PaymentState::Open | PaymentState::Authorized);
    let hook_takes = |total: &i64| *total <= ORDER_MINOR && total % HOOK_REFUSES != 0;
    let Some(total) = total.filter(|total| open && hook_takes(total)) else {
        return no(400, "payment-error");
    };
    let changes = payment.amount != total;
    payment.amount = total;
    desk.note(place, What::Total(total), changes);
    Answer::of(200, payment_object(desk, place))
}

/// Order management: no body, the whole amount. The order may show it only after a refresh.
fn manage(desk: &mut Desk<'_>, place: usize, act: &str) -> Answer {
    let lags = desk.now_and_then(2);
    let Some(payment) = desk.payments.get_mut(place) else { return no(404, "payment-not-found") };
    let before = state_word(payment);
    let amount = payment.amount;
    let what = match (act, payment.state) {
        ("refresh-kco", _) => {
            payment.shown = None;
            return Answer::of(200, "{}");
        }
        ("capture", PaymentState::Authorized) => {
            payment.state = PaymentState::Paid;
            What::Capture(amount)
        }
        ("refund", PaymentState::Paid) if payment.refunded == 0 => {
            payment.refunded = amount;
            What::Refund(amount)
        }
        ("cancel", PaymentState::Authorized) => {
            payment.state = PaymentState::Cancelled;
            What::Cancel
        }
        _ => return no(400, "klarna-bad-request"),
    };
    payment.shown = lags.then_some(before);
    desk.note(place, what, true);
    let pay = Pay { account: desk.account, place };
    Answer::of(200, format!("{{\"paymentId\":\"{pay}\",\"status\":\"done\"}}"))
}

fn state_word(payment: &Payment) -> &'static str {
    if let Some(shown) = payment.shown {
        return shown;
    }
    match payment.state {
        PaymentState::Paid if payment.refunded > 0 => "refunded",
        PaymentState::Paid => "captured",
        PaymentState::Authorized => "reserved",
        PaymentState::Open => "Intent",
        PaymentState::Cancelled => "cancelled",
        PaymentState::InProgress
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Unclear => "failed",
    }
}

fn payment_object(desk: &Desk<'_>, place: usize) -> String {
    let Some(payment) = desk.payments.get(place) else { return String::new() };
    let pay = Pay { account: desk.account, place };
    let (amount, state) = (major(payment.amount), state_word(payment));
    format!(
        "{{\"id\":\"{pay}\",\"adapterId\":\"klarna_checkout_adapter\",\"name\":\"Klarna\",\
         \"currency\":\"USD\",\"type\":\"default\",\"amount\":{amount},\"state\":\"{state}\",\
         \"reference\":\"psp-{pay}\",\"attributes\":{{}}}}"
    )
}

/// Section 4. There is no ETag: `lastModified` is all that tells of a change.
fn order_object(desk: &Desk<'_>, place: usize) -> String {
    let Some(payment) = desk.payments.get(place) else { return String::new() };
    let (id, label) = (format!("o{}-{place}", desk.account), &payment.invoice);
    let touched = Moment::from_millis(payment.touched_at).to_rfc3339();
    let (total, object) = (major(ORDER_MINOR), payment_object(desk, place));
    format!(
        "{{\"id\":\"{id}\",\"merchant\":\"m\",\"channel\":\"1\",\"reference\":\"{label}\",\
         \"created\":\"2026-03-01T08:00:00Z\",\"lastModified\":\"{touched}\",\
         \"state\":{{\"currentStatus\":\"checkout\",\"transitions\":[]}},\"currency\":\"USD\",\
         \"total\":{{\"includingVat\":{total},\"excludingVat\":{total}}},\"payments\":[{object}],\
         \"attributes\":{}}}",
        payment.custom_as_json(),
    )
}

/// A transaction's amount is the one after it.
fn transactions(desk: &Desk<'_>, place: usize) -> String {
    let Some(payment) = desk.payments.get(place) else { return "[]".to_owned() };
    let of = |event: &str, minor: i64| {
        let amount = major(minor);
        format!("{{\"event\":\"{event}\",\"amount\":{amount},\"isSuccess\":true}}")
    };
    let mut all = Vec::new();
    let word = state_word(payment);
    if matches!(word, "captured" | "refunded") {
        all.push(of("capture", payment.amount));
    }
    if word == "refunded" {
        all.push(of("refund", 0));
    }
    format!("[{}]", all.join(","))
}
