//! Looking into an order: its payments, what one of them is to cover, its moments.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::number;
use crate::clock::{civil, unix_millis};

/// The text of a member; empty where it is not there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A state word without regard to case.
pub(crate) fn state(payment: &Value) -> String {
    text(payment, "state").to_ascii_lowercase()
}

/// The state word of an order.
pub(crate) fn status(order: &Value) -> String {
    let word = order.pointer("/state/currentStatus").and_then(Value::as_str);
    word.unwrap_or_default().to_ascii_lowercase()
}

/// All payments, removed ones included.
pub(crate) fn payments(order: &Value) -> &[Value] {
    order.get("payments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Where a payment stands among them.
pub(crate) fn place(order: &Value, payment_id: &str) -> Option<usize> {
    payments(order).iter().position(|payment| text(payment, "id") == payment_id)
}

/// One payment.
pub(crate) fn payment<'a>(order: &'a Value, payment_id: &str) -> Option<&'a Value> {
    payments(order).get(place(order, payment_id)?)
}

/// One payment, to be changed.
pub(crate) fn payment_mut<'a>(order: &'a mut Value, payment_id: &str) -> Option<&'a mut Value> {
    let place = place(order, payment_id)?;
    order.get_mut("payments")?.get_mut(place)
}

/// Soft-deleted payments are filtered everywhere.
pub(crate) fn is_live(payment: &Value) -> bool {
    state(payment) != "removed"
}

/// An amount at a pointer.
pub(crate) fn amount(value: &Value, pointer: &str) -> Option<Decimal> {
    value.pointer(pointer).and_then(number::read)
}

/// What a payment is to cover: the total including value added tax less the other live payments.
pub(crate) fn to_cover(order: &Value, payment_id: &str) -> Option<Decimal> {
    let mut left = amount(order, "/total/includingVat")?;
    for other in payments(order).iter().filter(|other| is_live(other)) {
        if text(other, "id") != payment_id {
            left -= amount(other, "/amount")?;
        }
    }
    Some(left)
}

/// A price with 25 % value added tax in it, the excluding part cut to two decimals.
pub(crate) fn price(including: Decimal) -> Value {
    let excluding = (including / Decimal::new(125, 2)).round_dp(2);
    json!({"includingVat": number::write(including), "excludingVat": number::write(excluding)})
}

/// The order's total is its cart's and its shippings'.
pub(crate) fn sum_up(order: &mut Value) {
    let of = |value: &Value| amount(value, "/total/includingVat").unwrap_or_default();
    let cart = order.get("cart").map(of).unwrap_or_default();
    let shippings = order.get("shippings").and_then(Value::as_array);
    let shipping: Decimal = shippings.into_iter().flatten().map(of).sum();
    put(order, "total", price(cart + shipping));
}

/// Sets a member of an object; anything else is left alone.
pub(crate) fn put(value: &mut Value, name: &str, new: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), new);
    }
}

/// The members of an object, or none.
pub(crate) fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// RFC 3339 with seven decimals, as the platform prints them; `tick` makes two moments of one
/// millisecond differ.
pub(crate) fn moment(tick: u64) -> String {
    let millis = unix_millis();
    let day = civil(millis / 1_000).replace(' ', "T");
    format!("{day}.{:03}{:04}Z", millis % 1_000, tick % 10_000)
}
