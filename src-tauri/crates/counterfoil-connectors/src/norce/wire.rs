//! Orders and payments as they travel (section 4). What is read is kept as its exact text, so
//! that an order can be sent back with one field changed and nothing lost. Amounts are JSON numbers
//! in major units; they are read and written as decimal text and never become floats.

use counterfoil_core::money::{Currency, Money};

use super::setup::DECIMALS;
use crate::json::{Object, Unreadable};

/// The state of what is soft-deleted: to be filtered everywhere (section 4).
pub const REMOVED: &str = "removed";

/// An order as received.
#[derive(Debug, Clone)]
pub struct Order {
    object: Object,
    payments: Vec<Object>,
}

impl Order {
    /// Reads an order; none for anything else. Without the list of payments it has none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Object::read(bytes).and_then(Self::of)
    }

    /// Takes an object for an order; none where its payments are no list of objects.
    #[must_use]
    pub fn of(object: Object) -> Option<Self> {
        let none_given = !object.has("payments") || object.is_null("payments");
        let payments = if none_given { Vec::new() } else { object.objects("payments")? };
        Some(Self { object, payments })
    }

    /// A text of the order itself.
    ///
    /// # Errors
    /// [`Unreadable`] for what is no text.
    pub fn text(&self, field: &'static str) -> Result<Option<String>, Unreadable> {
        self.object.text(field)
    }

    /// Its payments, removed ones included, in the order's own order.
    #[must_use]
    pub fn payments(&self) -> &[Object] {
        &self.payments
    }

    /// Where a payment stands among them. None where it is not there, or there twice: the
    /// place decides what a patch means, so it must be certain.
    #[must_use]
    pub fn place_of(&self, payment_id: &str) -> Option<usize> {
        let is_it =
            |payment: &Object| payment.text("id").ok().flatten().as_deref() == Some(payment_id);
        let mut found = self.payments.iter().enumerate().filter(|(_, payment)| is_it(payment));
        let (place, _) = found.next()?;
        found.next().is_none().then_some(place)
    }

    /// The order's state word, in lower case (section 4: parsed without regard to case).
    #[must_use]
    pub fn status(&self) -> Option<String> {
        let state = self.object.object("state")?;
        state.text("currentStatus").ok().flatten().map(|word| word.to_ascii_lowercase())
    }

    /// The total including value added tax; none where the order says none.
    ///
    /// # Errors
    /// [`Unreadable`] for what is no amount of this currency.
    pub fn total(&self, currency: Currency) -> Result<Option<Money>, Unreadable> {
        match self.object.object("total") {
            Some(total) => total.money("includingVat", currency),
            None => Ok(None),
        }
    }

    /// What is stored with the order under names of the shop's own.
    #[must_use]
    pub fn attributes(&self) -> Object {
        self.object.object("attributes").unwrap_or_default()
    }

    /// The whole order as JSON with another amount for one payment, everything else as received.
    #[must_use]
    pub fn with_amount(&self, place: usize, amount: &str) -> String {
        let amended = |(at, payment): (usize, &Object)| {
            if at == place { with_field(payment, "amount", amount) } else { written(payment) }
        };
        let payments: Vec<String> = self.payments.iter().enumerate().map(amended).collect();
        with_field(&self.object, "payments", &format!("[{}]", payments.join(",")))
    }
}

/// A payment's state word, in lower case.
#[must_use]
pub fn payment_state(payment: &Object) -> Option<String> {
    payment.text("state").ok().flatten().map(|word| word.to_ascii_lowercase())
}

/// True for what counts: everything that is not removed.
#[must_use]
pub fn is_live(payment: &Object) -> bool {
    payment_state(payment).as_deref() != Some(REMOVED)
}

/// True where a currency is named and is another one. The page's pattern allows both cases.
#[must_use]
pub fn is_foreign(named: Option<&str>, currency: Currency) -> bool {
    named.is_some_and(|code| !code.eq_ignore_ascii_case(currency.code()))
}

/// Money as a JSON number: major units, no more decimals than it needs, as the page's own samples
/// (`20`, `12.5`). None beyond two decimals (A-NOR-12).
#[must_use]
pub fn amount_text(money: Money) -> Option<String> {
    if money.currency().decimals() != DECIMALS {
        return None;
    }
    let text = money.to_decimal_text();
    let short = text.trim_end_matches('0').trim_end_matches('.');
    Some(short.to_owned())
}

/// An object as JSON, its values to the letter.
#[must_use]
pub fn written(object: &Object) -> String {
    joined(object.iter())
}

/// The same with one value replaced or added.
#[must_use]
pub fn with_field(object: &Object, field: &str, raw: &str) -> String {
    let others = object.iter().filter(|(key, _)| *key != field);
    joined(others.chain([(field, raw)]))
}

/// Keys and exact JSON values as one object.
pub(crate) fn joined<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs.map(|(key, raw)| format!("{}:{raw}", quoted(key))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// A text as JSON.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always serialises")
}
