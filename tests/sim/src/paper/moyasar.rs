//! Moyasar (`moyasar.md`).

use std::collections::BTreeMap;

use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentState;

use super::{Answer, Asked, Desk, fields, inside, text, whole};
use crate::provider::{NOTE, Payment, What};
use crate::wire::Pay;

/// Basic authentication of `sk_paper` with an empty password.
const AUTHORIZATION: &str = "Basic c2tfcGFwZXI6";

/// A no in Moyasar's envelope (section 4).
pub fn no(status: u16, kind: &str) -> Answer {
    let body = format!("{{\"type\":\"{kind}\",\"message\":\"no\",\"errors\":null}}");
    Answer::of(status, body)
}

/// Section 2.
pub fn answer(desk: &mut Desk<'_>, asked: &Asked<'_>) -> Answer {
    if asked.header("Authorization") != Some(AUTHORIZATION) {
        return no(401, "authentication_error");
    }
    let parts = asked.parts();
    let Some(place) = parts.get(1).and_then(|name| desk.place(name)) else {
        return no(404, "invalid_request_error");
    };
    let body = fields(&asked.request.body);
    let amount = whole(&body, "amount");
    // A change may be answered without a body (A-MOY-01); a refund always shows the payment.
    let quiet = desk.now_and_then(4);
    let done = match (asked.method, parts.get(2).copied()) {
        ("GET", None) => return Answer::of(200, object(desk, place)),
        ("PUT", None) => update(desk, place, &body),
        ("POST", Some("refund")) => refund(desk, place, amount),
        ("POST", Some("capture")) => capture(desk, place, amount),
        ("POST", Some("void")) => void(desk, place),
        _ => None,
    };
    match done {
        None => no(400, "invalid_request_error"),
        Some(()) if quiet && parts.get(2) != Some(&"refund") => Answer::of(200, ""),
        Some(()) => Answer::of(200, object(desk, place)),
    }
}

/// 2.1: texts alone.
fn update(desk: &mut Desk<'_>, place: usize, body: &BTreeMap<String, String>) -> Option<()> {
    let other_way = desk.paper.other_way;
    let payment = desk.payments.get_mut(place)?;
    let metadata = inside(body, "metadata");
    if let Some(note) = text(&metadata, NOTE) {
        // A-MOY-02: merged or replaced is not documented.
        let changes = payment.takes_custom(metadata, other_way);
        desk.note(place, What::Label(note, None), changes);
        return Some(());
    }
    let description = text(body, "description")?;
    let changes = payment.invoice != description;
    payment.invoice.clone_from(&description);
    desk.note(place, What::Label(description, None), changes);
    Some(())
}

/// 2.3: from `paid` or `captured` alone, no more than was taken.
fn refund(desk: &mut Desk<'_>, place: usize, amount: Option<i64>) -> Option<()> {
    let other_way = desk.paper.other_way;
    let payment = desk.payments.get_mut(place)?;
    let left = payment.captured.unwrap_or(payment.amount) - payment.refunded;
    let back = amount.unwrap_or(left);
    let refundable = matches!(word(payment, other_way), "paid" | "captured");
    if !refundable || back <= 0 || back > left {
        return None;
    }
    payment.refunded += back;
    desk.note(place, What::Refund(back), true);
    Some(())
}

/// 2.3: the rest of the authorisation is released.
fn capture(desk: &mut Desk<'_>, place: usize, amount: Option<i64>) -> Option<()> {
    let payment = desk.payments.get_mut(place)?;
    let taken = amount.unwrap_or(payment.amount);
    if payment.state != PaymentState::Authorized || taken <= 0 || taken > payment.amount {
        return None;
    }
    payment.state = PaymentState::Paid;
    payment.captured = Some(taken);
    desk.note(place, What::Capture(taken), true);
    Some(())
}

fn void(desk: &mut Desk<'_>, place: usize) -> Option<()> {
    let payment = desk.payments.get_mut(place)?;
    if payment.state != PaymentState::Authorized {
        return None;
    }
    payment.state = PaymentState::Cancelled;
    desk.note(place, What::Void, true);
    Some(())
}

/// Whether a part that went back already makes it `refunded` is not documented (A-MOY-05): one
/// account has it this way, another that way.
fn word(payment: &Payment, other_way: bool) -> &'static str {
    let taken = payment.captured.unwrap_or(payment.amount);
    match payment.state {
        PaymentState::Paid if payment.refunded >= taken => "refunded",
        PaymentState::Paid if payment.refunded > 0 && other_way => "refunded",
        PaymentState::Paid if payment.captured.is_some() => "captured",
        PaymentState::Paid => "paid",
        PaymentState::Authorized => "authorized",
        PaymentState::Cancelled => "voided",
        PaymentState::Open | PaymentState::InProgress => "initiated",
        PaymentState::Refunded | PaymentState::Failed | PaymentState::Unclear => "failed",
    }
}

/// 2.4: `captured` is 0 where it was paid at once.
fn object(desk: &Desk<'_>, place: usize) -> String {
    let Some(payment) = desk.payments.get(place) else { return String::new() };
    let pay = Pay { account: desk.account, place };
    let made = Moment::from_millis(crate::plan::BEGINNING).to_rfc3339();
    let touched = Moment::from_millis(payment.touched_at).to_rfc3339();
    format!(
        "{{\"id\":\"{pay}\",\"status\":\"{}\",\"amount\":{},\"fee\":0,\"currency\":\"USD\",\
         \"refunded\":{},\"captured\":{},\"refunded_at\":null,\"created_at\":\"{made}\",\
         \"updated_at\":\"{touched}\",\"description\":\"{}\",\"invoice_id\":null,\
         \"metadata\":{},\"source\":{{\"type\":\"creditcard\",\"company\":\"mada\"}}}}",
        word(payment, desk.paper.other_way),
        payment.amount,
        payment.refunded,
        payment.captured.unwrap_or(0),
        payment.invoice,
        payment.custom_as_json(),
    )
}
