//! From a method and a path to what is asked for: the order service in both versions, and the
//! adapter services.

use axum::http::{Method, StatusCode};

use super::adapter::{Flavour, flavour};
use crate::faults::Command;

/// What is asked for; texts are ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    List,
    Create,
    /// About one order.
    Order(String, Act),
    /// About one payment of an order.
    Payment(String, String, PaymentAct),
    /// An adapter's callback.
    Callback(Flavour, String, String),
    /// Capture, refund, cancel, refresh.
    Manage(Flavour, String, String, String),
    /// Create, look at, remap, remove or complete a payment; the payment is empty when created.
    Live(Flavour, String, String, &'static str),
}

/// What is asked of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    Get,
    Delete,
    Reference,
    Attributes,
    /// A part that is replaced whole: cart, `customer/billing`, `customer/shipping`.
    Part(&'static str),
    State,
    Validate,
    Payments,
    AddPayment,
    /// Appends to a list of the order.
    Append(&'static str),
    /// Takes one from a list of the order.
    Drop(&'static str, String),
}

/// What is asked of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PaymentAct {
    Get,
    Put,
    Transactions,
    AddTransaction,
    AddActions,
    Execute(String),
}

/// Reads the path below `/norce`.
pub(crate) fn route(method: &Method, path: &str) -> Result<Asked, StatusCode> {
    let missing = StatusCode::NOT_FOUND;
    let rest = path.strip_prefix("/checkout/").ok_or(missing)?;
    let parts: Vec<String> = rest.split('/').map(decoded).collect::<Option<_>>().ok_or(missing)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["order", "api", "v0" | "v1", "checkout", "orders", rest @ ..] => {
            of_order_service(method, rest)
        }
        [service, "api", rest @ ..] => of_adapter(method, flavour(service).ok_or(missing)?, rest),
        _ => Err(missing),
    }
}

fn of_order_service(method: &Method, parts: &[&str]) -> Result<Asked, StatusCode> {
    let verb = method.as_str();
    let order = |id: &str, act| Ok(Asked::Order(id.to_owned(), act));
    match (verb, parts) {
        ("GET", []) => Ok(Asked::List),
        ("POST", []) => Ok(Asked::Create),
        ("GET", [id]) => order(id, Act::Get),
        ("DELETE", [id]) => order(id, Act::Delete),
        ("PUT", [id, "reference"]) => order(id, Act::Reference),
        ("PATCH", [id, "attributes"]) => order(id, Act::Attributes),
        ("PUT", [id, "cart"]) => order(id, Act::Part("cart")),
        ("PUT", [id, "customer", "billing"]) => order(id, Act::Part("billing")),
        ("PUT", [id, "customer", "shipping"]) => order(id, Act::Part("shipping")),
        ("PUT", [id, "state"]) => order(id, Act::State),
        ("POST", [id, "validate"]) => order(id, Act::Validate),
        ("GET", [id, "payments"]) => order(id, Act::Payments),
        ("POST", [id, "payments"]) => order(id, Act::AddPayment),
        ("POST", [id, list]) => order(id, Act::Append(named(list)?)),
        ("DELETE", [id, list, one]) => order(id, Act::Drop(named(list)?, (*one).to_owned())),
        (_, [id, "payments", payment, rest @ ..]) => {
            let act = of_payment(verb, rest)?;
            Ok(Asked::Payment((*id).to_owned(), (*payment).to_owned(), act))
        }
        (_, [] | [_] | [_, "reference" | "attributes" | "cart" | "state" | "validate"]) => {
            Err(StatusCode::METHOD_NOT_ALLOWED)
        }
        _ => Err(StatusCode::NOT_FOUND),
    }
}

fn named(list: &str) -> Result<&'static str, StatusCode> {
    let lists = ["hooks", "notifications", "validations", "consents", "shippings"];
    lists.into_iter().find(|known| *known == list).ok_or(StatusCode::NOT_FOUND)
}

fn of_payment(verb: &str, parts: &[&str]) -> Result<PaymentAct, StatusCode> {
    match (verb, parts) {
        ("GET", []) => Ok(PaymentAct::Get),
        ("PUT", []) => Ok(PaymentAct::Put),
        ("GET", ["transactions"]) => Ok(PaymentAct::Transactions),
        ("POST", ["transactions"]) => Ok(PaymentAct::AddTransaction),
        ("POST", ["actions"]) => Ok(PaymentAct::AddActions),
        ("POST", ["actions", action, "execute"]) => Ok(PaymentAct::Execute((*action).to_owned())),
        (_, []) => Err(StatusCode::METHOD_NOT_ALLOWED),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

fn of_adapter(method: &Method, flavour: Flavour, parts: &[&str]) -> Result<Asked, StatusCode> {
    let own = |text: &str| text.to_owned();
    let live = |id: &str, payment: &str, act| Ok(Asked::Live(flavour, own(id), own(payment), act));
    match (method.as_str(), parts) {
        (
            "POST",
            ["checkout", "v1", "callback", "orders", id, "payments", payment, "update-payment"],
        ) => Ok(Asked::Callback(flavour, own(id), own(payment))),
        ("POST", ["order", "v1", "orders", id, "payments", payment, act]) => {
            Ok(Asked::Manage(flavour, own(id), own(payment), own(act)))
        }
        ("POST", ["checkout", "v1", "orders", id, "payments"]) => live(id, "", "create"),
        ("GET", ["checkout", "v1", "orders", id, "payments", payment]) => live(id, payment, "get"),
        ("PUT", ["checkout", "v1", "orders", id, "payments", payment]) => {
            live(id, payment, "remap")
        }
        ("POST", ["checkout", "v1", "orders", id, "payments", payment, "remove"]) => {
            live(id, payment, "remove")
        }
        ("POST", ["checkout", "v1", "orders", id, "payments", payment, "complete"])
            if flavour.service == "nonpsp-adapter" =>
        {
            live(id, payment, "complete")
        }
        _ => Err(StatusCode::NOT_FOUND),
    }
}

/// The command by which faults name it.
pub(crate) fn command(asked: &Asked) -> Command {
    match asked {
        Asked::List => Command::List,
        Asked::Create => Command::Start,
        Asked::Order(_, Act::Get | Act::Payments)
        | Asked::Payment(_, _, PaymentAct::Get | PaymentAct::Transactions)
        | Asked::Live(_, _, _, "get") => Command::Status,
        Asked::Order(_, _) => Command::Relabel,
        Asked::Payment(_, _, _) | Asked::Live(_, _, _, _) => Command::Update,
        Asked::Callback(_, _, _) => Command::Hook,
        Asked::Manage(_, _, _, act) => match act.as_str() {
            "capture" => Command::Capture,
            "refund" => Command::Refund,
            "cancel" => Command::Cancel,
            _ => Command::Refresh,
        },
    }
}

/// One part of a path, percent-decoded.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
