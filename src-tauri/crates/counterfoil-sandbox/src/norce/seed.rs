//! Made-up orders of a shop that sells for the home, each with one payment.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::PROVIDER;
use super::access::Shop;
use super::adapter::{self, flavour, transaction};
use super::book::{Act, Book, new_id};
use super::number;
use super::order::{is_live, members, payment_mut, payments, price, put, text};
use super::service::new_order;
use crate::chance::Chance;

/// Keeps the orders apart from the other draws of the same seed.
const SALT: u64 = 0x006e_6f72_6365_2121;

const FIRST_NAMES: [&str; 16] = [
    "Astrid", "Björn", "Elsa", "Nils", "Saga", "Omar", "Linnéa", "Gustav", "Maja", "Emil", "Leila",
    "Oskar", "Freja", "Axel", "Ingrid", "Hugo",
];
const LAST_NAMES: [&str; 16] = [
    "Lindqvist",
    "Åkesson",
    "Bergström",
    "Nyberg",
    "Hassan",
    "Sjögren",
    "Ek",
    "Wallin",
    "Öberg",
    "Håkansson",
    "Lund",
    "Dahl",
    "Norén",
    "Sandberg",
    "Falk",
    "Holm",
];
/// What is sold, with the price of one in öre, value added tax included.
const GOODS: [(&str, i64); 14] = [
    ("Floor lamp, oak", 149_900),
    ("Armchair, grey wool", 479_500),
    ("Dining table 180 cm", 899_000),
    ("Chair, set of two", 219_000),
    ("Rug 200 × 300 cm", 329_900),
    ("Desk with drawers", 259_500),
    ("Bookcase, white", 119_950),
    ("Linen curtains, pair", 89_900),
    ("Duvet, winter", 79_950),
    ("Cast-iron pot 5 l", 129_900),
    ("Knife block", 99_900),
    ("Home delivery and assembly", 69_500),
    ("Mirror, round", 84_900),
    ("Bed frame 160 cm", 649_900),
];

/// A made-up order's payment, with what a till would know of it from the shop's own books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeededNorcePayment {
    /// `norce`.
    pub provider: &'static str,
    /// `ORDER_ID/PAYMENT_ID`.
    pub provider_ref: String,
    /// The order's reference.
    pub reference: String,
    /// Who pays.
    pub customer: String,
    /// Name, quantity and price of one (major units, two decimals) of each line.
    pub items: Vec<(String, String, String)>,
    /// Major units, two decimals, as at start.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The payment's state at start, in the provider's word.
    pub state: String,
}

/// Adds `count` orders to the first shop.
pub(crate) fn fill(book: &mut Book, seed: u64, count: usize) {
    let mut chance = Chance::new(seed ^ SALT);
    let Some(shop) = book.shops.first().copied() else { return };
    for index in 0..count {
        made_up(book, shop, &mut chance, index);
    }
}

/// The payments of the orders made so far, one for each order.
pub(crate) fn seeded(book: &Book) -> Vec<SeededNorcePayment> {
    book.orders().filter_map(of).collect()
}

fn of(order: &Value) -> Option<SeededNorcePayment> {
    let payment = payments(order).iter().find(|payment| is_live(payment))?;
    let amount = payment.get("amount").and_then(number::read)?;
    let name = |part: &str| {
        let text = order.pointer(&format!("/customer/billing/{part}"));
        text.and_then(Value::as_str).unwrap_or_default()
    };
    let lines = order.pointer("/cart/items").and_then(Value::as_array);
    let line = |item: &Value| {
        let price = item.pointer("/price/includingVat").and_then(number::read).unwrap_or_default();
        let quantity = item.get("quantity").map(Value::to_string).unwrap_or_default();
        (text(item, "name").to_owned(), quantity, number::two_decimals(price))
    };
    Some(SeededNorcePayment {
        provider: PROVIDER,
        provider_ref: format!("{}/{}", text(order, "id"), text(payment, "id")),
        reference: text(order, "reference").to_owned(),
        customer: format!("{} {}", name("givenName"), name("familyName")),
        items: lines.into_iter().flatten().map(line).collect(),
        amount: number::two_decimals(amount),
        currency: text(order, "currency").to_owned(),
        state: text(payment, "state").to_owned(),
    })
}

fn made_up(book: &mut Book, shop: Shop, chance: &mut Chance, index: usize) {
    let order_id = new_id("o_", chance);
    let (first, last) = (*chance.pick(&FIRST_NAMES), *chance.pick(&LAST_NAMES));
    let items = goods(chance);
    let sum: Decimal =
        items.iter().filter_map(|item| super::order::amount(item, "/total/includingVat")).sum();
    let given = json!({
        "reference": format!("SO-{}", 70_001 + index),
        "cart": {"reference": format!("B-{}", 4_001 + index), "items": items, "total": price(sum)},
        "customer": {"type": "person", "billing": {
            "type": "person", "givenName": first, "familyName": last, "country": "SE",
            "city": "Göteborg", "postalCode": "41101", "streetAddress": "Exempelgatan 1",
        }},
        "attributes": {"store": "Göteborg"},
    });
    let mut order = new_order(book, shop, &order_id, given);
    let services = ["klarna-adapter", "klarna-adapter", "qliro-adapter", "walley-adapter"];
    let rarer = ["adyen-adapter", "nonpsp-adapter"];
    let service = if chance.happens(150) { *chance.pick(&rarer) } else { *chance.pick(&services) };
    let Some(flavour) = flavour(service) else { return };
    let payment_id = new_id("p_", chance);
    order = adapter::new_payment(book, &order, flavour, &payment_id);
    // Some have had a payment before that was taken away: it stays in the list.
    if chance.happens(250) {
        order = removed_before(&order, &new_id("p_", chance));
    }
    if let Some(payment) = payment_mut(&mut order, &payment_id) {
        put(payment, "reference", format!("{:016x}", chance.bits()).into());
    }
    book.add(order);
    let words: (&str, &str) = match chance.below(100) {
        0..40 => ("intent", "checkout"),
        40..60 => ("reserved", "accepted"),
        60..85 => ("captured", "completed"),
        85..90 => ("processing", "processing"),
        90..94 => ("cancelled", "declined"),
        94..97 => ("failed", "checkout"),
        _ => ("refunded", "completed"),
    };
    put_states(book, (&order_id, &payment_id), words);
}

/// Puts a payment and its order into a state, with the transactions that lead there.
pub(crate) fn put_states(
    book: &mut Book,
    (order_id, payment_id): (&str, &str),
    (state, status): (&str, &str),
) {
    let covered = book.entry(order_id).and_then(|entry| {
        let payment = super::order::payment(&entry.order, payment_id)?;
        payment.get("amount").and_then(number::read)
    });
    let covered = covered.unwrap_or_default();
    let events: &[&str] = match state {
        "reserved" => &["confirm"],
        "captured" => &["confirm", "capture"],
        "refunded" | "credited" => &["confirm", "capture", "refund"],
        "cancelled" => &["confirm", "cancel"],
        _ => &[],
    };
    for event in events {
        let left = if matches!(*event, "refund" | "cancel") { Decimal::ZERO } else { covered };
        let created = book.moment();
        let act = Act { state: state.to_owned(), transaction: transaction(event, left, &created) };
        book.show(order_id, payment_id, act);
    }
    let Some(mut order) = book.entry(order_id).map(|entry| entry.order.clone()) else { return };
    if let Some(payment) = payment_mut(&mut order, payment_id) {
        put(payment, "state", state.into());
    }
    if let Some(known) = order.get_mut("state") {
        put(known, "currentStatus", status.into());
    }
    book.store(order_id, order);
    adapter::offer_actions(book, order_id, payment_id);
}

fn removed_before(order: &Value, payment_id: &str) -> Value {
    let mut order = order.clone();
    let Some(first) = payments(&order).first().cloned() else { return order };
    let mut earlier = Value::Object(members(&first));
    put(&mut earlier, "id", payment_id.into());
    put(&mut earlier, "state", "removed".into());
    if let Some(list) = order.get_mut("payments").and_then(Value::as_array_mut) {
        list.insert(0, earlier);
    }
    order
}

fn goods(chance: &mut Chance) -> Vec<Value> {
    let mut offers = GOODS;
    chance.shuffle(&mut offers);
    let lines = 1 + chance.below(3);
    let line = |(name, ore): &(&str, i64)| {
        let (quantity, one) = (1, Decimal::new(*ore, 2));
        json!({
            "id": format!("ci_{name}"),
            "reference": name,
            "name": name,
            "sku": name,
            "quantity": quantity,
            "unit": "pcs",
            "price": price(one),
            "originalTotal": price(one),
            "total": price(one),
            "vatRate": 0.25,
            "productType": "physical",
        })
    };
    offers.iter().take(lines).map(line).collect()
}
