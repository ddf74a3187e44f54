//! The answers, member by member as the provider's pages print them, and the faults that sit
//! inside an answer.

use serde_json::{Value, json};

use super::payment::{Notice, Payment, Refund, WepayStatus};
use crate::faults::{FaultKind, FaultRule};

/// The version that answers name.
const API_VERSION: &str = "3.2";

/// The payment object.
pub(crate) fn payment(payment: &Payment) -> Value {
    let link = |resource: &str, id: &str| {
        json!({
            "id": id, "resource": resource, "path": format!("/{resource}/{id}"),
        })
    };
    let pending = payment.status == WepayStatus::Pending;
    let processing = json!([{
        "reason_code": "PROCESSING",
        "reason_message": "Payment is being processed.",
        "details": [],
    }]);
    json!({
        "id": payment.id,
        "resource": "payments",
        "path": format!("/payments/{}", payment.id),
        "owner": link("accounts", &payment.owner),
        "create_time": payment.create_time,
        "status": payment.status.as_str(),
        "amount": payment.amount,
        "amount_refunded": payment.refunded,
        "amount_disputed": payment.disputed,
        "currency": payment.currency,
        "payment_method": link("payment_methods", &payment.method_id),
        "reference_id": payment.reference_id,
        "capture_at": payment.capture_at,
        "authorization_code": payment.authorization_code,
        "api_version": API_VERSION,
        "auto_capture": payment.auto_capture,
        "custom_data": payment.custom_data,
        "failure_reason": payment.failure.map(|(code, detail)| json!({
            "reason_code": code,
            "reason_message": "The payment failed.",
            "details": [{"detail_code": detail, "detail_message": "See the code."}],
        })),
        "fee_amount": 0,
        "fee_amount_refundable": 0,
        "initiated_by": "customer",
        "order": null,
        "pending_reasons": if pending { processing } else { Value::Null },
        "txnr_app_fee": null,
        "txnr_merchant": null,
    })
}

/// The refund object.
pub(crate) fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id,
        "resource": "refunds",
        "path": format!("/refunds/{}", refund.id),
        "create_time": refund.create_time,
        "owner": {
            "id": refund.owner,
            "resource": "accounts",
            "path": format!("/accounts/{}", refund.owner),
        },
        "status": refund.status.as_str(),
        "amounts": {
            "total_amount": refund.amount,
            "currency": refund.currency,
            "fee_refund_amount": refund.fee_refund_amount,
        },
        "payment": {
            "id": refund.payment_id,
            "resource": "payments",
            "path": format!("/payments/{}", refund.payment_id),
        },
        "order": refund.order_id,
        "refund_reason": refund.reason,
        "pending_reasons": null,
        "failure_reason": refund.failure,
        "txnr_merchant": null,
        "txnr_app_fee": null,
        "custom_data": refund.custom_data,
        "reference_id": refund.reference_id,
        "api_version": API_VERSION,
    })
}

/// A notification with its whole resource.
pub(crate) fn notice(notice: &Notice) -> Value {
    json!({
        "id": notice.id,
        "resource": "notifications",
        "path": format!("/notifications/{}", notice.id),
        "event_time": notice.event_time,
        "owner": {"id": notice.app_id, "resource": "applications", "path": null},
        "topic": notice.topic,
        "payload": notice.payload,
        "api_version": API_VERSION,
    })
}

/// A page of a list.
pub(crate) fn page(results: Vec<Value>, previous: Option<String>, next: Option<String>) -> Value {
    json!({
        "previous": previous,
        "next": next,
        "results": results,
        "api_version": API_VERSION,
    })
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}

/// Puts the faults that sit inside an answer into it.
pub(crate) fn distort(body: &mut Value, rule: &FaultRule) {
    match rule.fault {
        FaultKind::UnknownStatusValue => {
            let word = rule.value.clone().unwrap_or_else(|| "cancelled".to_owned());
            if body.get("status").is_some() {
                put(body, "status", word.into());
            }
        }
        FaultKind::ExtraKeys => {
            put(body, "risk_score", json!(12.5));
            put(body, "links", json!({"self": null, "rel": ["a", 1, true]}));
        }
        FaultKind::WrongEcho => wrong_echo(body, rule.value.as_deref()),
        FaultKind::SuccessMissing | FaultKind::SuccessAsText => {
            if let Some(members) = body.as_object_mut() {
                members.remove("status");
            }
        }
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
        | FaultKind::ResourceConflict
        | FaultKind::MissingComma => {}
    }
}

/// `value` picks what is wrong: `amount`, or the id by default.
fn wrong_echo(body: &mut Value, value: Option<&str>) {
    match (value, body.get_mut("amounts")) {
        (Some("amount"), Some(amounts)) => put(amounts, "total_amount", json!(7_777)),
        (Some("amount"), None) => put(body, "amount", json!(7_777)),
        (_, Some(_)) => {
            put(body, "payment", json!({"id": "00000000-0000-0000-0000-00000000ba0d"}));
        }
        (_, None) => put(body, "id", "00000000-0000-0000-0000-00000000ba0d".into()),
    }
}
