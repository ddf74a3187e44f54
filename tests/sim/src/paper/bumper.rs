//! Bumper PayInStore (`bumper.md`).

use std::collections::BTreeMap;

use counterfoil_core::payment::PaymentState;

use super::{Answer, Asked, BASE_URL, Desk, SECRETS, fields, major, minor, text};
use crate::provider::{Payment, What};
use crate::wire::Pay;

/// A no in Bumper's envelope (section 1); every other answer is a 200.
pub fn no(status: u16, why: &str) -> Answer {
    Answer::of(status, format!("{{\"success\":false,\"message\":\"{why}\"}}"))
}

fn yes(data: &str) -> Answer {
    Answer::of(200, format!("{{\"success\":true,\"message\":\"\",\"data\":{data}}}"))
}

fn given(asked: &Asked<'_>) -> BTreeMap<String, String> {
    if asked.method == "GET" {
        let pairs = asked.query.split('&').filter_map(|pair| pair.split_once('='));
        return pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    }
    let body = fields(&asked.request.body);
    body.keys().filter_map(|key| Some((key.clone(), text(&body, key)?))).collect()
}

/// Sections 2 and 3. The signature is looked at, not recomputed.
pub fn answer(desk: &mut Desk<'_>, asked: &Asked<'_>) -> Answer {
    let given = given(asked);
    let get = |key: &str| given.get(key).map(String::as_str);
    let key = SECRETS.iter().find(|(name, _)| *name == "api_key").map(|(_, key)| *key);
    if get("api_key") != key || get("signature").is_none_or(|signature| signature.len() != 64) {
        return no(200, "API key or signature provided is Invalid.");
    }
    let amount = get("amount").and_then(minor);
    if (asked.method, asked.path) == ("POST", "/v2/apply/") {
        return start(desk, amount);
    }
    let Some(place) = get("token").and_then(|token| desk.place(token)) else {
        return no(200, "Token or preapproval token provided is Invalid.");
    };
    match (asked.method, asked.path, amount) {
        ("GET", "/v2/status/", _) => status(desk, place),
        ("POST", "/v2/update/", Some(total)) => update(desk, place, total, get("invoice_number")),
        ("POST", "/v2/refund/", Some(back)) => refund(desk, place, back),
        ("POST", "/v2/cancellation/", _) => cancel(desk, place),
        _ => no(200, "not understood"),
    }
}

/// 2.5.
fn start(desk: &mut Desk<'_>, amount: Option<i64>) -> Answer {
    let Some(amount) = amount else { return no(200, "amount is missing") };
    let place = desk.payments.len();
    desk.payments.push(Payment::new(PaymentState::Open, amount, format!("N{place}")));
    desk.note(place, What::Start(amount), true);
    let pay = Pay { account: desk.account, place };
    yes(&format!("{{\"token\":\"{pay}\",\"redirect_url\":\"{BASE_URL}/{pay}\"}}"))
}

/// 2.2.
fn status(desk: &Desk<'_>, place: usize) -> Answer {
    let Some(payment) = desk.payments.get(place) else { return no(200, "no such token") };
    let pay = Pay { account: desk.account, place };
    let word = match payment.state {
        PaymentState::Open => "pending",
        PaymentState::InProgress => "inprogress",
        PaymentState::Paid => "completed",
        PaymentState::Cancelled => "cancelled",
        PaymentState::Authorized
        | PaymentState::Refunded
        | PaymentState::Failed
        | PaymentState::Unclear => "failed",
    };
    let (amount, invoice) = (major(payment.amount), &payment.invoice);
    yes(&format!(
        "{{\"token\":\"{pay}\",\"status\":\"{word}\",\"customer_reference\":\"\",\
         \"amount\":\"{amount}\",\"min_amount_allowed\":\"1\",\"max_amount_allowed\":\"9000\",\
         \"invoicenumber\":\"{invoice}\",\"payment_type\":\"paynow\"}}"
    ))
}

/// 2.1: a total, not a difference; a raise of a signed one waits for the customer.
fn update(desk: &mut Desk<'_>, place: usize, total: i64, invoice: Option<&str>) -> Answer {
    let pay = Pay { account: desk.account, place };
    let tag = desk.tag.clone();
    let Some(payment) = desk.payments.get_mut(place) else { return no(200, "no such token") };
    if payment.is_over() {
        return no(200, "this payment has ended");
    }
    payment.offer = None;
    if payment.state == PaymentState::Paid && total > payment.amount {
        payment.offer = tag.map(|tag| (total, tag));
        payment.offer_label = invoice.map(str::to_owned);
        return yes(&format!("{{\"token\":\"{pay}\",\"redirect_url\":\"{BASE_URL}/{pay}\"}}"));
    }
    let mut changes = payment.amount != total;
    payment.amount = total;
    let what = match invoice {
        Some(invoice) => {
            changes |= payment.invoice != invoice;
            invoice.clone_into(&mut payment.invoice);
            What::Label(invoice.to_owned(), Some(total))
        }
        None => What::Total(total),
    };
    desk.note(place, what, changes);
    yes(&format!("{{\"token\":\"{pay}\"}}"))
}

/// 2.4: both shapes of the answer are documented.
fn refund(desk: &mut Desk<'_>, place: usize, back: i64) -> Answer {
    let pay = Pay { account: desk.account, place };
    let older = desk.now_and_then(2);
    let Some(payment) = desk.payments.get_mut(place) else { return no(200, "no such token") };
    if payment.state != PaymentState::Paid || payment.refunded + back > payment.amount {
        return no(200, "this cannot be refunded");
    }
    payment.refunded += back;
    desk.note(place, What::Refund(back), true);
    if older {
        return Answer::of(200, "{\"success\":true,\"message\":\"\",\"additional_data\":{}}");
    }
    yes(&format!("{{\"token\":\"{pay}\",\"additional_data\":{{}}}}"))
}

/// 2.3; what a paid one does is not documented (A-BUM-02): here it is refused.
fn cancel(desk: &mut Desk<'_>, place: usize) -> Answer {
    let pay = Pay { account: desk.account, place };
    let Some(payment) = desk.payments.get_mut(place) else { return no(200, "no such token") };
    if payment.is_over() || payment.state == PaymentState::Paid {
        return no(200, "this cannot be cancelled");
    }
    payment.state = PaymentState::Cancelled;
    payment.offer = None;
    desk.note(place, What::Cancel, true);
    yes(&format!("{{\"token\":\"{pay}\",\"status\":\"cancelled\"}}"))
}
