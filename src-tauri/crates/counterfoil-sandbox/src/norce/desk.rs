//! What the control interface may do to orders: the shop's own system, the customer and the
//! payment services.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::adapter::{self, flavour, new_payment};
use super::book::new_id;
use super::number;
use super::order::{members, payment, payment_mut, price, put, sum_up, text};
use super::seed::put_states;
use super::serve::record;
use super::service::{effect, new_order};
use crate::ledger::EffectKind;
use crate::world::{ControlError, World};

/// An order to be put into the book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewNorceOrder {
    /// Its total including value added tax, major units.
    pub total: String,
    /// The shop's reference.
    pub reference: Option<String>,
    /// Its state; `checkout` when absent.
    pub status: Option<String>,
    /// Attributes: texts of the shop's own.
    pub attributes: Option<Value>,
    /// The merchant's second channel instead of its first.
    pub second_channel: bool,
    /// Its payments, in this order.
    pub payments: Vec<NewNorcePayment>,
}

/// A payment of a new order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewNorcePayment {
    /// Its adapter service; `klarna-adapter` when absent.
    pub service: Option<String>,
    /// Its adapter's id where the service has several, or another one.
    pub adapter_id: Option<String>,
    /// Major units; what is left to cover when absent.
    pub amount: Option<String>,
    /// Most it may cover, major units.
    pub upper_limit: Option<String>,
    /// Its state; `intent` when absent.
    pub state: Option<String>,
    /// Its own reference, such as another provider's name of it.
    pub reference: Option<String>,
}

/// A change that somebody else makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NorceChange {
    /// The order's new total, major units; no hook is asked.
    pub total: Option<String>,
    /// The order's new reference.
    pub reference: Option<String>,
    /// The order's new state.
    pub status: Option<String>,
    /// The payment that the rest is about.
    pub payment_id: Option<String>,
    /// Its new amount, major units.
    pub amount: Option<String>,
    /// Its new state.
    pub state: Option<String>,
}

/// All orders, in the order they were made.
pub(crate) fn list(world: &World) -> Vec<Value> {
    world.norce.orders().cloned().collect()
}

/// One order with the transactions of its payments.
pub(crate) fn look(world: &World, order_id: &str) -> Result<Value, ControlError> {
    let entry = world.norce.entry(order_id).ok_or(ControlError::UnknownPayment)?;
    Ok(json!({"order": entry.order, "transactions": entry.transactions}))
}

/// Puts an order into the book; the answer is the order.
pub(crate) fn create(world: &mut World, new: &NewNorceOrder) -> Result<Value, ControlError> {
    let total = number::parse(&new.total).ok_or(ControlError::BadAmount)?;
    let place = usize::from(new.second_channel);
    let shop = world.norce.shops.get(place).copied().ok_or(ControlError::UnknownAccount)?;
    let order_id = new_id("o_", &mut world.chance);
    let given = json!({
        "reference": new.reference.clone().unwrap_or_default(),
        "cart": {"reference": "b1", "items": [], "total": price(total)},
        "attributes": new.attributes.clone().unwrap_or_else(|| json!({})),
    });
    let mut order = new_order(&mut world.norce, shop, &order_id, given);
    let mut states = Vec::new();
    for payment in &new.payments {
        let payment_id = new_id("p_", &mut world.chance);
        order = with_new(world, &order, payment, &payment_id)?;
        states.push((payment_id, payment.state.clone().unwrap_or_else(|| "intent".to_owned())));
    }
    world.norce.add(order.clone());
    let status = new.status.clone().unwrap_or_else(|| "checkout".to_owned());
    for (payment_id, state) in &states {
        put_states(&mut world.norce, (&order_id, payment_id), (state, &status));
    }
    record(world, Some(effect(EffectKind::Control, &order, "")), None);
    world
        .norce
        .entry(&order_id)
        .map(|entry| entry.order.clone())
        .ok_or(ControlError::UnknownPayment)
}

fn with_new(
    world: &World,
    order: &Value,
    new: &NewNorcePayment,
    payment_id: &str,
) -> Result<Value, ControlError> {
    let service = new.service.as_deref().unwrap_or("klarna-adapter");
    let service = flavour(service).ok_or(ControlError::UnknownAccount)?;
    let mut order = new_payment(&world.norce, order, service, payment_id);
    let amount = |text: &Option<String>| match text {
        Some(text) => number::parse(text).map(Some).ok_or(ControlError::BadAmount),
        None => Ok(None),
    };
    let (amount, upper) = (amount(&new.amount)?, amount(&new.upper_limit)?);
    if let Some(payment) = payment_mut(&mut order, payment_id) {
        for (name, value) in [("amount", amount), ("upperLimitAmount", upper)] {
            if let Some(value) = value {
                put(payment, name, number::write(value));
            }
        }
        for (name, text) in [("reference", &new.reference), ("adapterId", &new.adapter_id)] {
            if let Some(text) = text {
                put(payment, name, text.clone().into());
            }
        }
    }
    Ok(order)
}

/// Somebody else changes the order.
pub(crate) fn set(
    world: &mut World,
    order_id: &str,
    change: &NorceChange,
) -> Result<Value, ControlError> {
    let entry = world.norce.entry(order_id).ok_or(ControlError::UnknownPayment)?;
    let order = changed(&entry.order, change)?;
    world.norce.store(order_id, order.clone());
    let payment_id = change.payment_id.as_deref().unwrap_or_default();
    adapter::offer_actions(&mut world.norce, order_id, payment_id);
    record(world, Some(effect(EffectKind::Control, &order, payment_id)), None);
    look(world, order_id)
}

/// The order as the change would have it.
pub(crate) fn changed(order: &Value, change: &NorceChange) -> Result<Value, ControlError> {
    let mut order = order.clone();
    if let Some(total) = &change.total {
        let total = number::parse(total).ok_or(ControlError::BadAmount)?;
        with_total(&mut order, total);
    }
    if let Some(reference) = &change.reference {
        put(&mut order, "reference", reference.clone().into());
    }
    if let (Some(status), Some(state)) = (&change.status, order.get_mut("state")) {
        put(state, "currentStatus", status.clone().into());
    }
    let Some(payment_id) = &change.payment_id else { return Ok(order) };
    let known = payment_mut(&mut order, payment_id).ok_or(ControlError::UnknownPayment)?;
    if let Some(amount) = &change.amount {
        let amount = number::parse(amount).ok_or(ControlError::BadAmount)?;
        put(known, "amount", number::write(amount));
    }
    if let Some(state) = &change.state {
        put(known, "state", state.clone().into());
    }
    Ok(order)
}

/// Another total of the cart; the lines stay as they are.
fn with_total(order: &mut Value, total: Decimal) {
    let mut cart = Value::Object(order.get("cart").map(members).unwrap_or_default());
    put(&mut cart, "total", price(total));
    put(order, "cart", cart);
    sum_up(order);
}

/// The id of an order's payment that is live, where it has one alone.
pub(crate) fn only_payment(order: &Value) -> Option<String> {
    let live: Vec<&Value> =
        super::order::payments(order).iter().filter(|p| super::order::is_live(p)).collect();
    match live.as_slice() {
        [one] => payment(order, text(one, "id")).map(|payment| text(payment, "id").to_owned()),
        _ => None,
    }
}
