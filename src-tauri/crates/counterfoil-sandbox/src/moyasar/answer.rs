//! The answers, member by member as the provider's pages print them, and the faults that sit
//! inside an answer.

use serde_json::{Map, Value, json};

use super::payment::{Payment, iso, major};
use crate::faults::{FaultKind, FaultRule};

/// The payment object of the Update Payment page.
pub(crate) fn payment(payment: &Payment) -> Value {
    let at = |moment: Option<u64>| moment.map(iso);
    let fee = payment.amount / 40;
    json!({
        "id": payment.id,
        "status": payment.status.as_str(),
        "amount": payment.amount,
        "fee": fee,
        "currency": payment.currency,
        "refunded": payment.refunded,
        "refunded_at": at(payment.refunded_at),
        "captured": payment.captured,
        "captured_at": at(payment.captured_at),
        "voided_at": at(payment.voided_at),
        "description": payment.description,
        "amount_format": format(payment.amount, &payment.currency),
        "fee_format": format(fee, &payment.currency),
        "refunded_format": format(payment.refunded, &payment.currency),
        "captured_format": format(payment.captured, &payment.currency),
        "invoice_id": payment.invoice_id,
        "ip": null,
        "callback_url": payment.callback_url,
        "created_at": iso(payment.created_at),
        "updated_at": iso(payment.updated_at),
        "metadata": metadata(&payment.metadata),
        "source": {
            "type": "creditcard",
            "company": payment.card.company,
            "name": payment.card.name,
            "number": format!("XXXX-XXXX-XXXX-{}", payment.card.last_digits),
            "gateway_id": format!("moyasar_cc_{}", payment.id.get(..8).unwrap_or_default()),
            "token": null,
            "message": payment.card.message,
            "transaction_url": null,
            "reference_number": payment.card.receipt_no,
            "authorization_code": "123456",
            "response_code": payment.card.response_code,
            "issuer_name": "Training bank",
            "issuer_country": "SA",
            "issuer_card_type": "debit",
            "issuer_card_category": "STANDARD",
        },
    })
}

fn metadata(entries: &Map<String, Value>) -> Value {
    if entries.is_empty() { Value::Null } else { Value::Object(entries.clone()) }
}

/// For people only, and as inconsistent as on the pages: whole amounts lose their decimals.
fn format(minor: i64, currency: &str) -> String {
    let text = major(minor, currency);
    let whole = text.split_once('.').filter(|(_, part)| part.bytes().all(|digit| digit == b'0'));
    format!("{} {currency}", whole.map_or(text.as_str(), |(whole, _)| whole))
}

/// Puts the faults that sit inside an answer into it. What says how things stand is the `status`
/// here: `success_missing` leaves it out and `success_as_text` makes texts of the numbers.
pub(crate) fn distort(body: &mut Value, rule: &FaultRule) {
    match rule.fault {
        FaultKind::UnknownStatusValue => {
            let value = rule.value.clone().unwrap_or_else(|| "awaiting_review".to_owned());
            each_payment(body, |payment| put_if_there(payment, "status", value.clone().into()));
        }
        FaultKind::ExtraKeys => {
            each_payment(body, |payment| {
                payment.insert("risk".to_owned(), json!({"score": 12.5, "rules": ["a", null]}));
            });
        }
        FaultKind::WrongEcho => each_payment(body, |payment| wrong_echo(payment, rule)),
        FaultKind::SuccessMissing => {
            each_payment(body, |payment| {
                payment.remove("status");
            });
        }
        FaultKind::SuccessAsText => each_payment(body, numbers_as_text),
        FaultKind::DropBeforeApply
        | FaultKind::ApplyThenDrop
        | FaultKind::Hang
        | FaultKind::DelayMs
        | FaultKind::Html502
        | FaultKind::Error500AfterApply
        | FaultKind::Empty200
        | FaultKind::TruncatedJson
        | FaultKind::CutAnswer
        | FaultKind::HugeBody
        | FaultKind::RedirectUrlMissing
        | FaultKind::Redirect302
        | FaultKind::Http429
        | FaultKind::NotJson200
        | FaultKind::MissingComma
        | FaultKind::ResourceConflict => {}
    }
}

/// The payments of an answer: one, or those of a list.
fn each_payment(body: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = body else { return };
    match members.get_mut("payments") {
        Some(Value::Array(list)) => {
            list.iter_mut().filter_map(Value::as_object_mut).for_each(change);
        }
        Some(_) | None => change(members),
    }
}

fn put_if_there(payment: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some(member) = payment.get_mut(key) {
        *member = value;
    }
}

/// `value` picks what is wrong: `amount`, `currency`, or the id by default.
fn wrong_echo(payment: &mut Map<String, Value>, rule: &FaultRule) {
    let (key, wrong) = match rule.value.as_deref() {
        Some("amount") => ("amount", json!(7777)),
        Some("currency") => ("currency", json!("XXX")),
        Some(_) | None => ("id", json!("00000000-0000-4000-8000-000000000bad")),
    };
    put_if_there(payment, key, wrong);
}

fn numbers_as_text(payment: &mut Map<String, Value>) {
    for key in ["amount", "refunded", "captured"] {
        if let Some(member) = payment.get_mut(key) {
            *member = Value::String(member.to_string());
        }
    }
}
