//! The answers, member by member as the provider's pages print them, and the faults that sit
//! inside an answer.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::book::{Book, Done};
use super::money;
use super::payment::Payment;
use super::switches::{BumperSwitches, RefundAnswer};
use crate::faults::{Command, FaultKind, FaultRule};

/// `success`, an empty message, `data` if given, and `additional_data` only if start was given any.
fn success(data: Option<Value>, payment: &Payment) -> Value {
    let mut body = json!({"success": true, "message": ""});
    if let Some(data) = data {
        put(&mut body, "data", data);
    }
    echo(&mut body, payment);
    body
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}

fn echo(object: &mut Value, payment: &Payment) {
    if let Some(additional) = &payment.additional_data {
        put(object, "additional_data", Value::Object(additional.clone()));
    }
}

/// A refusal: a boolean and a text.
pub(crate) fn refusal(message: &str) -> Value {
    json!({"success": false, "message": message})
}

/// The answer to a command that changed, or left, this payment.
pub(crate) fn done(book: &Book, command: Command, done: &Done) -> Value {
    let Some(payment) = book.payment(&done.token) else {
        return refusal("Internal error.");
    };
    match command {
        Command::Start => start(book, payment),
        Command::Update => {
            let mut data = json!({"token": payment.token});
            if let Some(link) = &done.link {
                put(&mut data, "redirect_url", sign_url(book, link).into());
            }
            success(Some(data), payment)
        }
        Command::Cancel => {
            success(Some(json!({"token": payment.token, "status": "cancelled"})), payment)
        }
        Command::Refund => refund(payment, book.switches.editions.refund_answer),
        Command::Status
        | Command::Products
        | Command::Capture
        | Command::Void
        | Command::Relabel
        | Command::List
        | Command::Refresh
        | Command::Hook => success(None, payment),
    }
}

/// Address of the customer's page of a link.
pub(crate) fn sign_url(book: &Book, link: &str) -> String {
    format!("{}/sign/{link}", book.base)
}

fn start(book: &Book, payment: &Payment) -> Value {
    let mut data = json!({"token": payment.token});
    if book.switches.editions.start_redirect_url {
        put(&mut data, "redirect_url", format!("{}/pay/{}", book.base, payment.token).into());
    }
    let mut body = success(Some(data), payment);
    put(&mut body, "message", "Payment created successfully".into());
    body
}

fn refund(payment: &Payment, shape: RefundAnswer) -> Value {
    let data = json!({"token": payment.token});
    match shape {
        RefundAnswer::Older => success(None, payment),
        RefundAnswer::Newer => {
            let mut data = data;
            echo(&mut data, payment);
            json!({"success": true, "message": "", "data": data})
        }
        RefundAnswer::DataAndTop => success(Some(data), payment),
        RefundAnswer::Bare => json!({"success": true, "message": ""}),
    }
}

/// Status page. Nothing here tells of refunds.
pub(crate) fn status(switches: &BumperSwitches, account: &Account, payment: &Payment) -> Value {
    let print = if switches.editions.plain_amounts { money::plain } else { money::two_decimals };
    let data = json!({
        "token": payment.token,
        "status": payment.status.as_str(),
        "customer_reference": payment.order_reference.clone().unwrap_or_default(),
        "amount": print(payment.amount),
        "min_amount_allowed": print(account.min),
        "max_amount_allowed": print(account.max),
        "invoicenumber": payment.invoice_number.clone().unwrap_or_default(),
        "initial_payment_type": payment.payment_type,
        "payment_type": payment.payment_type,
    });
    success(Some(data), payment)
}

/// Products page: JSON numbers, and no `message`.
pub(crate) fn products(account: &Account) -> Value {
    let number = |amount: rust_decimal::Decimal| -> Value {
        serde_json::from_str(&format!("{amount:.1}")).unwrap_or(Value::Null)
    };
    let product = |name: &str, instalments: u32, deposit: bool| {
        json!({
            "product_name": name,
            "instalments": instalments,
            "maximum_loan_amount": number(account.max),
            "minimum_loan_amount": number(account.min),
            "deposit_required": deposit,
            "deposit_amount": if deposit { 0.25 } else { 0.0 },
        })
    };
    let products = [product("PayLater 3", 3, false), product("PayLater 4", 4, true)];
    json!({"success": true, "data": {"products": products}})
}

/// Puts the faults that sit inside an answer into it.
pub(crate) fn distort(body: &mut Value, rule: &FaultRule) {
    match rule.fault {
        FaultKind::UnknownStatusValue => {
            let value = rule.value.clone().unwrap_or_else(|| "awaiting_review".to_owned());
            if let Some(status) = body.pointer_mut("/data/status") {
                *status = value.into();
            }
        }
        FaultKind::ExtraKeys => {
            put(body, "api_version", "2.9".into());
            put(body, "links", json!({"self": null, "rel": ["a", 1, true]}));
            if let Some(data) = body.get_mut("data") {
                put(data, "risk_score", json!(12.5));
            }
        }
        FaultKind::WrongEcho => wrong_echo(body, rule.value.as_deref()),
        FaultKind::SuccessMissing => {
            body.as_object_mut().and_then(|members| members.remove("success"));
        }
        FaultKind::SuccessAsText => {
            let text = body.get("success").unwrap_or(&Value::Null).to_string();
            put(body, "success", text.into());
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
        | FaultKind::MissingComma => {}
    }
}

/// `value` picks what is wrong: `amount`, or the token by default.
fn wrong_echo(body: &mut Value, value: Option<&str>) {
    let (key, wrong) = match value {
        Some("amount") => ("amount", "77.77"),
        Some(_) | None => ("token", "00000000000000000000000000000bad"),
    };
    if !body.get("data").is_some_and(Value::is_object) {
        put(body, "data", Value::Object(Map::new()));
    }
    if let Some(data) = body.get_mut("data") {
        put(data, key, wrong.into());
    }
}

/// Leaves the link out of an answer.
pub(crate) fn without_link(body: &mut Value) {
    if let Some(Value::Object(data)) = body.get_mut("data") {
        data.remove("redirect_url");
    }
}
