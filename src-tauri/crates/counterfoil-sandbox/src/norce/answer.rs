//! How the provider words its answers, and how a fault distorts them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::number;
use super::order::put;
use crate::faults::{FaultKind, FaultRule};

/// An answer before it is written: a status, and JSON where there is a body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub status: StatusCode,
    pub body: Option<Value>,
}

impl Said {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    /// 200 without a body: most writes.
    pub(crate) fn done() -> Self {
        Self { status: StatusCode::OK, body: None }
    }

    pub(crate) fn status(status: StatusCode, body: Option<Value>) -> Self {
        Self { status, body }
    }

    /// `{code, message}`.
    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self { status, body: Some(json!({"code": code, "message": message})) }
    }

    /// Problem details, as the Adyen adapter prints them.
    pub(crate) fn problem(status: StatusCode, detail: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            status,
            body: Some(json!({
                "type": "about:blank",
                "title": title,
                "status": status.as_u16(),
                "detail": detail,
                "instance": "",
            })),
        }
    }

    pub(crate) fn no_order() -> Self {
        Self::error(StatusCode::NOT_FOUND, "order-not-found", "Cart with the given id not found.")
    }

    pub(crate) fn no_payment() -> Self {
        Self::error(StatusCode::NOT_FOUND, "payment-not-found", "Payment not found.")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::error(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized.")
    }

    pub(crate) fn bad(code: &str, message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, code, message)
    }
}

/// Faults inside an answer.
pub(crate) fn distort(body: &mut Value, rule: &FaultRule) {
    match rule.fault {
        FaultKind::UnknownStatusValue => {
            let word = rule.value.clone().unwrap_or_else(|| "somethingNew".to_owned());
            in_payments(body, &|payment| put(payment, "state", word.clone().into()));
        }
        FaultKind::ExtraKeys => {
            put(body, "undocumented", json!({"of": ["any", 1, null]}));
            in_payments(body, &|payment| put(payment, "undocumented", json!([{}])));
        }
        FaultKind::WrongEcho => {
            let named = rule.value.as_deref().unwrap_or("amount");
            in_payments(body, &|payment| wrong(payment, named));
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
        | FaultKind::ResourceConflict
        | FaultKind::Redirect302
        | FaultKind::Http429
        | FaultKind::NotJson200
        | FaultKind::SuccessMissing
        | FaultKind::SuccessAsText
        | FaultKind::MissingComma => {}
    }
}

fn wrong(payment: &mut Value, named: &str) {
    if named == "amount" {
        let amount = payment.get("amount").and_then(number::read).unwrap_or_default();
        put(payment, "amount", number::write(amount + rust_decimal::Decimal::ONE));
    } else {
        put(payment, named, "p_anotherPaymentAAAAAAAAAAAAA".into());
    }
}

/// The answer itself where it is a payment, or the payments of an order or of a page.
fn in_payments(body: &mut Value, act: &dyn Fn(&mut Value)) {
    if let Some(orders) = body.get_mut("data").and_then(Value::as_array_mut) {
        orders.iter_mut().for_each(|order| in_payments(order, act));
    } else if let Some(list) = body.get_mut("payments").and_then(Value::as_array_mut) {
        list.iter_mut().for_each(act);
    } else if body.get("amount").is_some() {
        act(body);
    }
}

/// States with a capital, as the examples print them.
pub(crate) fn with_capitals(body: &mut Value) {
    in_payments(body, &|payment| {
        let word = super::order::state(payment);
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let word: String = first.into_iter().chain(letters).collect();
        put(payment, "state", word.into());
    });
}
