//! The provider's side of things: all orders of all shops and what their payments went through.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::Shop;
use super::order;
use super::switches::NorceSwitches;
use crate::chance::Chance;

/// Letters and digits of ids; 26 of them follow the prefix.
const ID_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const ID_LENGTH: usize = 26;

/// An order with what is not part of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The order as it is answered.
    pub order: Value,
    /// By payment, oldest first.
    pub transactions: BTreeMap<String, Vec<Value>>,
    /// By payment: what the payment service did and Norce does not show yet (A-NOR-08).
    pub behind: BTreeMap<String, Act>,
}

/// Something that happened at a payment service.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// The payment's new state.
    pub state: String,
    /// The transaction that tells of it.
    pub transaction: Value,
}

/// All orders.
#[derive(Debug)]
pub(crate) struct Book {
    /// Address of the checkout, without a slash at the end.
    pub base: String,
    pub shops: Vec<Shop>,
    pub switches: NorceSwitches,
    entries: BTreeMap<String, Entry>,
    /// In the order they were made.
    listed: Vec<String>,
    ticks: u64,
}

impl Book {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            shops: Shop::all(),
            switches: NorceSwitches::default(),
            entries: BTreeMap::new(),
            listed: Vec::new(),
            ticks: 0,
        }
    }

    /// A moment later than every one before it.
    pub(crate) fn moment(&mut self) -> String {
        self.ticks += 1;
        order::moment(self.ticks)
    }

    pub(crate) fn entry(&self, order_id: &str) -> Option<&Entry> {
        self.entries.get(order_id)
    }

    pub(crate) fn entry_mut(&mut self, order_id: &str) -> Option<&mut Entry> {
        self.entries.get_mut(order_id)
    }

    /// Orders in the order they were made.
    pub(crate) fn orders(&self) -> impl Iterator<Item = &Value> {
        self.listed.iter().filter_map(|id| self.entries.get(id)).map(|entry| &entry.order)
    }

    /// An order of this shop that exists (an order is invisible to every other shop).
    pub(crate) fn owned(&self, shop: Shop, order_id: &str) -> Option<&Entry> {
        self.entries.get(order_id).filter(|entry| {
            order::text(&entry.order, "merchant") == shop.merchant
                && order::text(&entry.order, "channel") == shop.channel
        })
    }

    /// Keeps a new order.
    pub(crate) fn add(&mut self, order: Value) {
        let id = order::text(&order, "id").to_owned();
        let (transactions, behind) = (BTreeMap::new(), BTreeMap::new());
        self.entries.insert(id.clone(), Entry { order, transactions, behind });
        self.listed.push(id);
    }

    /// Takes over what an order has become. `lastModified` moves, and a new state is logged.
    pub(crate) fn store(&mut self, order_id: &str, mut order: Value) {
        let now = self.moment();
        let Some(entry) = self.entries.get_mut(order_id) else { return };
        let (before, after) = (order::status(&entry.order), order::status(&order));
        if before != after {
            let transition = json!({"status": after, "timeStamp": now});
            let log = order.pointer_mut("/state/transitions").and_then(Value::as_array_mut);
            if let Some(log) = log {
                log.push(transition);
            }
        }
        order::put(&mut order, "lastModified", now.into());
        entry.order = order;
    }

    /// Lets a payment go through something, at once or behind Norce's back (A-NOR-08).
    pub(crate) fn happen(&mut self, order_id: &str, payment_id: &str, act: Act) {
        if self.switches.management.shows_after_refresh {
            if let Some(entry) = self.entries.get_mut(order_id) {
                entry.behind.insert(payment_id.to_owned(), act);
            }
        } else {
            self.show(order_id, payment_id, act);
        }
    }

    /// Shows in the order what happened.
    pub(crate) fn show(&mut self, order_id: &str, payment_id: &str, act: Act) {
        let Some(entry) = self.entries.get_mut(order_id) else { return };
        entry.transactions.entry(payment_id.to_owned()).or_default().push(act.transaction);
        let mut order = entry.order.clone();
        if let Some(payment) = order::payment_mut(&mut order, payment_id) {
            order::put(payment, "state", act.state.into());
        }
        self.store(order_id, order);
    }
}

/// A new id, such as `o_` and 26 letters and digits.
pub(crate) fn new_id(prefix: &str, chance: &mut Chance) -> String {
    let letters = (0..ID_LENGTH).map(|_| char::from(*chance.pick(ID_LETTERS)));
    prefix.chars().chain(letters).collect()
}
