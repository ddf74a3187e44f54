//! Payments at their payment services: the callback an order service makes, order management, and
//! the life of a payment (pages Handle update payment and Payment adapters).

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::access::Shop;
use super::answer::Said;
use super::book::{Act, Book, new_id};
use super::number;
use super::order::{
    amount, is_live, payment, payment_mut, payments, place, put, state, text, to_cover,
};
use super::switches::Patches;
use crate::chance::Chance;
use crate::ledger::EffectKind;

/// How an adapter service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flavour {
    /// Its name in paths.
    pub service: &'static str,
    /// The ids its payments carry.
    pub adapter_ids: &'static [&'static str],
    /// Whether it answers `update-payment`.
    pub updates: bool,
    /// Whether it has a 400 for what does not fit; 404 otherwise.
    pub has_400: bool,
    /// Whether its refusals are problem details.
    pub problems: bool,
    /// Whether it captures, refunds and cancels.
    pub manages: bool,
    /// The words by which it is asked to look at its payment service again.
    pub refreshes: &'static [&'static str],
}

const FLAVOURS: [Flavour; 6] = [
    Flavour {
        service: "klarna-adapter",
        adapter_ids: &["klarna_checkout_adapter", "klarna_payments_adapter"],
        updates: true,
        has_400: true,
        problems: false,
        manages: true,
        refreshes: &["refresh-kco", "refresh-kp"],
    },
    Flavour {
        service: "adyen-adapter",
        adapter_ids: &["adyen_dropin_adapter"],
        updates: true,
        has_400: true,
        problems: true,
        manages: false,
        refreshes: &[],
    },
    Flavour {
        service: "qliro-adapter",
        adapter_ids: &["qliro_checkout_adapter"],
        updates: true,
        has_400: false,
        problems: false,
        manages: true,
        refreshes: &["refresh"],
    },
    Flavour {
        service: "walley-adapter",
        adapter_ids: &["walley_checkout_adapter"],
        updates: false,
        has_400: true,
        problems: false,
        manages: true,
        refreshes: &["refresh"],
    },
    Flavour {
        service: "nonpsp-adapter",
        adapter_ids: &["nonpsp_adapter"],
        updates: true,
        has_400: false,
        problems: false,
        manages: false,
        refreshes: &[],
    },
    Flavour {
        service: "awardit-adapter",
        adapter_ids: &["awardit_adapter"],
        updates: true,
        has_400: true,
        problems: false,
        manages: false,
        refreshes: &[],
    },
];

/// The adapter service of this name.
pub(crate) fn flavour(service: &str) -> Option<Flavour> {
    FLAVOURS.into_iter().find(|flavour| flavour.service == service)
}

/// The adapter service whose payments carry this id.
pub(crate) fn flavour_of(adapter_id: &str) -> Option<Flavour> {
    FLAVOURS.into_iter().find(|flavour| flavour.adapter_ids.contains(&adapter_id))
}

fn refused(flavour: Flavour, status: StatusCode, code: &str, words: &str) -> Said {
    if flavour.problems { Said::problem(status, words) } else { Said::error(status, code, words) }
}

/// Answers `update-payment` for a proposed order: what the payment is to cover.
pub(crate) fn update_payment(
    book: &Book,
    flavour: Flavour,
    shop: Shop,
    (order_id, payment_id): (&str, &str),
    proposed: Option<&Value>,
) -> Said {
    let unknown = || refused(flavour, StatusCode::NOT_FOUND, "payment-not-found", "Not Found");
    let unfit = |words: &str| {
        let status = if flavour.has_400 { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND };
        refused(flavour, status, "order-bad-request", words)
    };
    if !flavour.updates {
        return unknown();
    }
    let forced = book.switches.refusals.hook_status.map(StatusCode::from_u16);
    if let Some(Ok(status)) = forced {
        return Said::status(status, None);
    }
    let Some(known) = book.owned(shop, order_id) else { return unknown() };
    if !payment(&known.order, payment_id).is_some_and(is_live) {
        return unknown();
    }
    let Some(proposed) = proposed.filter(|order| order.is_object()) else {
        return unfit("The body is no order.");
    };
    let Some(at) = place(proposed, payment_id) else { return unknown() };
    for name in ["merchant", "currency"] {
        if text(proposed, name) != text(&known.order, name) {
            return unfit(&format!("{name} differs."));
        }
    }
    match to_cover(proposed, payment_id) {
        Some(amount) if !amount.is_sign_negative() => {
            patch(&book.switches.patches, proposed, at, amount)
        }
        Some(_) | None => unfit("The amount to cover cannot be told."),
    }
}

/// The answer: the path's form is inferred (A-NOR-01).
fn patch(switches: &Patches, proposed: &Value, at: usize, amount_to_cover: Decimal) -> Said {
    let is_right = amount(proposed, &format!("/payments/{at}/amount")) == Some(amount_to_cover);
    if switches.sample {
        return Said::ok(json!([{}]));
    }
    if is_right && switches.unchanged_is_204 {
        return Said::status(StatusCode::NO_CONTENT, None);
    }
    if is_right && switches.unchanged_is_empty {
        return Said::ok(json!([]));
    }
    let at = if switches.wrong_place { at.saturating_sub(1) } else { at };
    let value = number::write(amount_to_cover);
    Said::ok(json!([{"op": "replace", "path": format!("/payments/{at}/amount"), "value": value}]))
}

/// What order management did.
pub(crate) struct Managed {
    pub said: Said,
    pub effect: Option<(EffectKind, Decimal)>,
}

/// Capture, refund, cancel and refresh: no body, the whole amount, guarded by the state.
pub(crate) fn manage(
    book: &mut Book,
    flavour: Flavour,
    shop: Shop,
    (order_id, payment_id): (&str, &str),
    act: &str,
) -> Managed {
    let only = |said| Managed { said, effect: None };
    let not_found = || only(Said::error(StatusCode::NOT_FOUND, "order-not-found", "Not Found"));
    let is_refresh = flavour.refreshes.contains(&act);
    if !flavour.manages || !(is_refresh || matches!(act, "capture" | "refund" | "cancel")) {
        return not_found();
    }
    let Some(entry) = book.owned(shop, order_id) else { return not_found() };
    let Some(payment) = payment(&entry.order, payment_id).filter(|payment| is_live(payment)) else {
        return only(Said::no_payment());
    };
    if !flavour.adapter_ids.contains(&text(payment, "adapterId")) {
        return only(Said::no_payment());
    }
    let covered = payment.get("amount").and_then(number::read).unwrap_or_default();
    let behind = entry.behind.get(payment_id).map(|act| act.state.clone());
    let stands = behind.unwrap_or_else(|| state(payment));
    if is_refresh {
        refresh(book, order_id, payment_id);
        return only(Said::done());
    }
    let says_credited = book.switches.management.says_credited;
    let (kind, becomes, left) = match (act, stands.as_str()) {
        ("capture", "reserved") => (EffectKind::Capture, "captured", covered),
        ("refund", "captured") if says_credited => (EffectKind::Refund, "credited", Decimal::ZERO),
        ("refund", "captured") => (EffectKind::Refund, "refunded", Decimal::ZERO),
        ("cancel", "reserved") => (EffectKind::Cancel, "cancelled", Decimal::ZERO),
        _ => {
            let status = StatusCode::from_u16(book.switches.management.http_status);
            let words = format!("A payment that is {stands} takes no {act}.");
            let status = status.unwrap_or(StatusCode::BAD_REQUEST);
            return only(Said::error(status, "klarna-bad-request", &words));
        }
    };
    let transaction = transaction(act, left, &book.moment());
    let happened = Act { state: becomes.to_owned(), transaction };
    book.happen(order_id, payment_id, happened);
    offer_actions(book, order_id, payment_id);
    let body =
        json!({"paymentId": payment_id, "status": becomes.to_uppercase(), "htmlSnippet": ""});
    Managed { said: Said::ok(body), effect: Some((kind, covered)) }
}

/// `amount` is the one after the transaction.
pub(crate) fn transaction(event: &str, left: Decimal, created: &str) -> Value {
    json!({
        "event": event,
        "pspEvent": event,
        "amount": number::write(left),
        "isSuccess": true,
        "pspStatus": "OK",
        "requestJson": "{}",
        "responseJson": "{}",
        "created": created,
    })
}

/// Shows what happened at the payment service, and offers what may be done now.
fn refresh(book: &mut Book, order_id: &str, payment_id: &str) {
    let behind = book.entry_mut(order_id).and_then(|entry| entry.behind.remove(payment_id));
    if let Some(act) = behind {
        book.show(order_id, payment_id, act);
    }
    offer_actions(book, order_id, payment_id);
}

/// The actions of a payment by its state. They are no change of the order.
pub(crate) fn offer_actions(book: &mut Book, order_id: &str, payment_id: &str) {
    let base = book.base.clone();
    let Some(entry) = book.entry_mut(order_id) else { return };
    let Some(payment) = payment_mut(&mut entry.order, payment_id) else { return };
    let adapter_id = text(payment, "adapterId").to_owned();
    let service = flavour_of(&adapter_id).filter(|flavour| flavour.manages);
    let acts: &[&str] = match (service, state(payment).as_str()) {
        (Some(_), "reserved") => &["capture", "cancel"],
        (Some(_), "captured") => &["refund"],
        (Some(_) | None, _) => &[],
    };
    let path = format!("/api/order/v1/orders/{order_id}");
    let action = |act: &&str| {
        let service = service.map(|flavour| flavour.service).unwrap_or_default();
        json!({
            "id": format!("a_{act}"),
            "adapterId": adapter_id,
            "type": act,
            "url": format!("{base}/{service}{path}/payments/{payment_id}/{act}"),
        })
    };
    let offered = acts.iter().map(action).collect();
    put(payment, "actions", Value::Array(offered));
}

/// A new payment of an adapter, with its hook.
pub(crate) fn new_payment(book: &Book, order: &Value, flavour: Flavour, payment_id: &str) -> Value {
    let order_id = text(order, "id");
    let adapter_id = flavour.adapter_ids.first().copied().unwrap_or_default();
    let scope = if book.switches.patches.scope_payments { "/payments" } else { "/total" };
    let invoke = format!(
        "{}/{}/api/checkout/v1/callback/orders/{{order.id}}/payments/{payment_id}/update-payment",
        book.base, flavour.service
    );
    let mut order = order.clone();
    let payment = json!({
        "id": payment_id,
        "orderId": order_id,
        "adapterId": adapter_id,
        "name": flavour.service.trim_end_matches("-adapter"),
        "currency": text(&order, "currency"),
        "type": "default",
        "amount": 0,
        "state": "intent",
        "reference": "",
        "attributes": {},
        "actions": [],
    });
    push(&mut order, "payments", payment);
    let covered = to_cover(&order, payment_id).unwrap_or_default().max(Decimal::ZERO);
    if let Some(payment) = payment_mut(&mut order, payment_id) {
        put(payment, "amount", number::write(covered));
    }
    if flavour.updates {
        let hook = json!({
            "id": format!("h_{payment_id}"),
            "adapterId": adapter_id,
            "description": "Update payment",
            "scope": scope,
            "target": "/payments",
            "invoke": invoke,
            "version": "v1",
        });
        push(&mut order, "hooks", hook);
    }
    order
}

/// Appends to a list of the order, which begins where there is none.
pub(crate) fn push(order: &mut Value, list: &str, new: Value) {
    if order.get(list).and_then(Value::as_array).is_none() {
        put(order, list, json!([]));
    }
    if let Some(list) = order.get_mut(list).and_then(Value::as_array_mut) {
        list.push(new);
    }
}

/// What an act of a payment's life makes of the order, and its answer.
pub(crate) fn live(
    book: &Book,
    flavour: Flavour,
    order: &Value,
    (payment_id, act): (&str, &str),
    chance: &mut Chance,
) -> Result<(Value, Said), Said> {
    if act == "create" {
        let ours = |p: &Value| is_live(p) && flavour.adapter_ids.contains(&text(p, "adapterId"));
        if payments(order).iter().any(ours) {
            let words = "The order has a payment of this adapter.";
            return Err(Said::error(StatusCode::CONFLICT, "payment-conflict", words));
        }
        let payment_id = new_id("p_", chance);
        let said = json!({"paymentId": payment_id, "id": payment_id, "htmlSnippet": ""});
        return Ok((new_payment(book, order, flavour, &payment_id), Said::ok(said)));
    }
    let mut order = order.clone();
    let covered = to_cover(&order, payment_id);
    let hook = format!("h_{payment_id}");
    let Some(payment) = payment_mut(&mut order, payment_id).filter(|payment| is_live(payment))
    else {
        return Err(Said::no_payment());
    };
    match act {
        "remove" => put(payment, "state", "removed".into()),
        "complete" => put(payment, "state", "confirmed".into()),
        "remap" => put(payment, "amount", number::write(covered.unwrap_or_default())),
        _ => return Err(Said::no_payment()),
    }
    if act == "remove"
        && let Some(hooks) = order.get_mut("hooks").and_then(Value::as_array_mut)
    {
        hooks.retain(|known| text(known, "id") != hook);
    }
    let said = json!({"paymentId": payment_id, "status": act, "htmlSnippet": ""});
    Ok((order, Said::ok(said)))
}
