//! WePay Clear (`wepay.md`).

use std::collections::BTreeMap;

use counterfoil_core::payment::PaymentState;

use super::{Answer, Asked, Desk, Kept, Slow, Stands, fields, inside, text, whole};
use crate::provider::{Effect, NOTE, What};
use crate::wire::Pay;

/// A no in WePay's envelope (section 4).
pub fn no(status: u16, code: &str, reason: &str) -> Answer {
    let detail = format!(
        "{{\"message\":\"no\",\"reason_code\":\"{reason}\",\"target\":[],\
         \"target_type\":\"HTTP_REQUEST_BODY\"}}"
    );
    let body =
        format!("{{\"error_code\":\"{code}\",\"error_message\":\"no\",\"details\":[{detail}]}}");
    Answer::of(status, body)
}

/// What a request brought into being or changed.
#[derive(Clone, Copy)]
enum Made {
    Payment(usize),
    Refund(usize),
}

/// Why not: the reason code.
type No = &'static str;

/// Sections 1, 2 and 6.
pub fn answer(desk: &mut Desk<'_>, asked: &Asked<'_>) -> Answer {
    let known = asked.header("App-Id") == Some("paper-app")
        && asked.header("App-Token") == Some("paper-token");
    if !known || asked.header("Api-Version").is_none() {
        return no(403, "NOT_AUTHORIZED", "UNKNOWN_APP");
    }
    if asked.method == "GET" {
        return read(desk, asked);
    }
    let key = asked.header("Unique-Key");
    let body = String::from_utf8_lossy(&asked.request.body);
    let request = format!("{} {body}", asked.path);
    let kept = key.and_then(|key| desk.paper.keys.get(key));
    if let Some(kept) = kept.filter(|kept| desk.at - kept.at <= desk.retention_ms) {
        // A-WEP-03: the same key with another body is not documented; here it is refused.
        return match (kept.request == request, kept.refund) {
            (false, _) => no(400, "INVALID_PARAMS", "UNIQUE_KEY_USED"),
            (true, Some(refund)) => written(desk, Ok(Made::Refund(refund))),
            (true, None) => kept.answer.clone(),
        };
    }
    let made = obey(desk, asked);
    let answer = written(desk, made);
    if let (Ok(made), Some(key)) = (made, key) {
        let refund = match made {
            Made::Refund(place) => Some(place),
            Made::Payment(_) => None,
        };
        let kept = Kept { request, at: desk.at, refund, answer: answer.clone() };
        desk.paper.keys.insert(key.to_owned(), kept);
    }
    answer
}

fn read(desk: &Desk<'_>, asked: &Asked<'_>) -> Answer {
    let made = match asked.parts().as_slice() {
        ["payments", name] => desk.place(name).map(Made::Payment),
        ["refunds", name] => {
            let place = name.strip_prefix("re-").and_then(|place| place.parse().ok());
            place.filter(|place| *place < desk.paper.slow.len()).map(Made::Refund)
        }
        _ => None,
    };
    match made {
        Some(made) => written(desk, Ok(made)),
        None => no(404, "INVALID_PARAMS", "NOT_FOUND"),
    }
}

fn obey(desk: &mut Desk<'_>, asked: &Asked<'_>) -> Result<Made, No> {
    let body = fields(&asked.request.body);
    let parts = asked.parts();
    let total = whole(&inside(&body, "amounts"), "total_amount");
    let reference = text(&body, "reference_id");
    if let ["refunds"] = parts.as_slice() {
        // Required here, optional elsewhere (section 1).
        asked.header("Unique-Key").ok_or("UNIQUE_KEY_MISSING")?;
        text(&body, "refund_reason").ok_or("REASON_MISSING")?;
        let place = text(&body, "payment_id").and_then(|name| desk.place(&name));
        return refund(desk, place.ok_or("NOT_FOUND")?, total, reference.unwrap_or_default());
    }
    let place = parts.get(1).and_then(|name| desk.place(name)).ok_or("NOT_FOUND")?;
    may_change(desk, place, total)?;
    match parts.get(2).copied() {
        None => update(desk, place, total, reference, inside(&body, "custom_data"))?,
        Some("cancel") => {
            text(&body, "cancel_reason").ok_or("REASON_MISSING")?;
            desk.payments.get_mut(place).ok_or("NOT_FOUND")?.state = PaymentState::Cancelled;
            desk.note(place, What::Cancel, true);
        }
        Some("capture") => capture(desk, place, total)?,
        Some(_) => return Err("NOT_UNDERSTOOD"),
    }
    Ok(Made::Payment(place))
}

/// Only what waits for its capture (A-WEP-05); without the card present an amount only goes down
/// (section 2.1).
fn may_change(desk: &Desk<'_>, place: usize, total: Option<i64>) -> Result<(), No> {
    let payment = desk.payments.get(place).ok_or("NOT_FOUND")?;
    if payment.state != PaymentState::Authorized || taking(desk, place).is_some() {
        return Err("PAYMENT_STATE");
    }
    let too_high = total.is_some_and(|total| total > payment.amount && !desk.paper.other_way);
    if too_high { Err("AMOUNT_TOO_HIGH") } else { Ok(()) }
}

/// 2.1. Custom data may come along with an amount; merged or replaced is not documented (A-WEP-04).
fn update(
    desk: &mut Desk<'_>,
    place: usize,
    total: Option<i64>,
    reference: Option<String>,
    custom: BTreeMap<String, String>,
) -> Result<(), No> {
    let (replaces, note) = (desk.paper.other_way, text(&custom, NOTE));
    let payment = desk.payments.get_mut(place).ok_or("NOT_FOUND")?;
    let other_note = !custom.is_empty() && payment.takes_custom(custom, replaces);
    let (what, changes) = match (total, reference, note) {
        (Some(total), None, _) => {
            let changes = payment.amount != total;
            payment.amount = total;
            (What::Total(total), changes)
        }
        (None, Some(label), None) => {
            let changes = payment.invoice != label;
            payment.invoice.clone_from(&label);
            (What::Label(label, None), changes)
        }
        (None, None, Some(note)) => (What::Label(note, None), other_note),
        (_, _, _) => return Err("NOT_UNDERSTOOD"),
    };
    desk.note(place, what, changes);
    Ok(())
}

/// 2.3. With a sum the amount is another from now on, whatever becomes of the capture.
fn capture(desk: &mut Desk<'_>, place: usize, total: Option<i64>) -> Result<(), No> {
    let amount = desk.payments.get(place).ok_or("NOT_FOUND")?.amount;
    let minor = total.unwrap_or(amount);
    if minor != amount {
        let pay = Pay { account: desk.account, place };
        let (what, at) = (What::Total(minor), desk.at);
        let by_itself = Effect { pay, what, tag: None, changes: true, by_customer: false, at };
        desk.ledger.push(by_itself);
    }
    begin(desk, place, What::Capture(minor), String::new());
    Ok(())
}

/// What is accepted and ends by itself.
fn begin(desk: &mut Desk<'_>, place: usize, what: What, reference: String) -> usize {
    let pay = Pay { account: desk.account, place };
    let (tag, stands) = (desk.tag.clone(), Stands::Pending);
    desk.paper.slow.push(Slow { pay, what, tag, reference, stands, planned: false });
    desk.paper.slow.len() - 1
}

/// 2.5: completed, at least 100, no more than is left.
fn refund(
    desk: &mut Desk<'_>,
    place: usize,
    part: Option<i64>,
    reference: String,
) -> Result<Made, No> {
    let on_its_way: i64 = pending(desk, place)
        .filter_map(|slow| match slow.what {
            What::Refund(minor) => Some(minor),
            What::Total(_)
            | What::Label(..)
            | What::Cancel
            | What::Capture(_)
            | What::Void
            | What::Start(_) => None,
        })
        .sum();
    let at_once = desk.now_and_then(3);
    let payment = desk.payments.get_mut(place).ok_or("NOT_FOUND")?;
    let back = part.unwrap_or(payment.amount);
    let left = payment.amount - payment.refunded - on_its_way;
    if payment.state != PaymentState::Paid || back < 100 || back > left {
        return Err("NOT_REFUNDABLE");
    }
    let made = begin(desk, place, What::Refund(back), reference);
    if at_once {
        if let Some(slow) = desk.paper.slow.get_mut(made) {
            slow.stands = Stands::Completed;
        }
        if let Some(payment) = desk.payments.get_mut(place) {
            payment.refunded += back;
        }
        desk.note(place, What::Refund(back), true);
    }
    Ok(Made::Refund(made))
}

fn pending<'a>(desk: &'a Desk<'_>, place: usize) -> impl Iterator<Item = &'a Slow> {
    let here = move |slow: &&Slow| slow.stands == Stands::Pending && slow.pay.place == place;
    desk.paper.slow.iter().filter(here)
}

/// The amount a capture is taking.
fn taking(desk: &Desk<'_>, place: usize) -> Option<i64> {
    pending(desk, place).find_map(|slow| match slow.what {
        What::Capture(minor) => Some(minor),
        What::Total(_)
        | What::Label(..)
        | What::Cancel
        | What::Refund(_)
        | What::Void
        | What::Start(_) => None,
    })
}

fn written(desk: &Desk<'_>, made: Result<Made, No>) -> Answer {
    match made {
        Ok(Made::Payment(place)) => Answer::of(200, payment(desk, place)),
        Ok(Made::Refund(place)) => Answer::of(200, refund_object(desk, place)),
        Err(reason) => no(400, "INVALID_PARAMS", reason),
    }
}

/// 2.7. A captured one that is not completed yet has a moment of capture that has come (A-WEP-14).
fn payment(desk: &Desk<'_>, place: usize) -> String {
    let Some(payment) = desk.payments.get(place) else { return String::new() };
    let pay = Pay { account: desk.account, place };
    let word = match payment.state {
        PaymentState::Paid => "completed",
        PaymentState::Cancelled => "canceled",
        PaymentState::Failed => "failed",
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Refunded
        | PaymentState::Unclear => "pending",
    };
    let taking = taking(desk, place);
    let (capture_at, amount) = match taking {
        Some(minor) => (crate::plan::BEGINNING.div_euclid(1_000).to_string(), minor),
        None => ("null".to_owned(), payment.amount),
    };
    format!(
        "{{\"id\":\"{pay}\",\"resource\":\"payments\",\"path\":\"/payments/{pay}\",\"owner\":null,\
         \"create_time\":{},\"status\":\"{word}\",\"amount\":{amount},\"amount_refunded\":{},\
         \"amount_disputed\":0,\"currency\":\"USD\",\"reference_id\":\"{}\",\"auto_capture\":false,\
         \"capture_at\":{capture_at},\"custom_data\":{},\"authorization_code\":null}}",
        crate::plan::BEGINNING.div_euclid(1_000) - 60,
        payment.refunded,
        payment.invoice,
        payment.custom_as_json(),
    )
}

/// 2.6.
fn refund_object(desk: &Desk<'_>, place: usize) -> String {
    let Some(slow) = desk.paper.slow.get(place) else { return String::new() };
    let What::Refund(minor) = slow.what else { return String::new() };
    let (word, why) = match slow.stands {
        Stands::Pending => ("pending", "null"),
        Stands::Completed => ("completed", "null"),
        Stands::Failed => ("failed", "\"unknown\""),
    };
    let (pay, reference) = (slow.pay, &slow.reference);
    format!(
        "{{\"id\":\"re-{place}\",\"resource\":\"refunds\",\"status\":\"{word}\",\
         \"failure_reason\":{why},\"amounts\":{{\"total_amount\":{minor},\"currency\":\"USD\"}},\
         \"payment\":{{\"id\":\"{pay}\",\"resource\":\"payments\"}},\
         \"reference_id\":\"{reference}\"}}"
    )
}
