//! The list of operations by which an adapter answers a callback (section 3). Which paths real
//! adapters use is not documented (A-NOR-01): only operations on fields of the payment being
//! changed are understood, and anything else is left to a person.

use counterfoil_core::money::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Longest list that is read: no adapter has so much to say about one payment.
const MOST_OPERATIONS: usize = 100;

/// What an adapter would have of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patched {
    /// No change to the order as it was sent.
    Nothing,
    /// Its amount.
    Amount(Money),
    /// Other fields of the payment, not its amount.
    OtherFields,
    /// Something that is not understood: why.
    Unclear(String),
}

/// One operation; the model has no `from`, so nothing is moved or copied (section 3).
#[derive(Deserialize)]
struct Operation {
    op: Option<String>,
    path: Option<String>,
    value: Option<Box<RawValue>>,
}

/// Reads the operations as they concern the payment at `place` of the order that was sent.
#[must_use]
pub fn read(body: &[u8], place: usize, currency: Currency) -> Patched {
    let Ok(operations) = serde_json::from_slice::<Vec<Operation>>(body) else {
        return Patched::Unclear("the answer is no list of operations".to_owned());
    };
    if operations.len() > MOST_OPERATIONS {
        return Patched::Unclear("the answer has too many operations".to_owned());
    }
    let mut patched = Patched::Nothing;
    for operation in &operations {
        match (one(operation, place, currency), &patched) {
            (Ok(Some(amount)), _) => patched = Patched::Amount(amount),
            (Ok(None), Patched::Nothing) => patched = Patched::OtherFields,
            (Ok(None), _) => {}
            (Err(why), _) => return Patched::Unclear(why),
        }
    }
    patched
}

/// The amount that an operation sets, where it is about the amount.
fn one(operation: &Operation, place: usize, currency: Currency) -> Result<Option<Money>, String> {
    let op = operation.op.as_deref().ok_or("an operation does not say what it does")?;
    let path = operation.path.as_deref().ok_or("an operation does not say where")?;
    if !matches!(op, "add" | "replace" | "remove") {
        return Err("an operation is none that the page allows".to_owned());
    }
    let field = path.strip_prefix(&format!("/payments/{place}/")).filter(|rest| !rest.is_empty());
    let field = field.ok_or("an operation is about another part of the order")?;
    if field != "amount" {
        return Ok(None);
    }
    let unreadable = || "the adapter's amount cannot be read".to_owned();
    let raw = operation.value.as_deref().filter(|_| op != "remove").ok_or_else(unreadable)?;
    Money::parse_from_provider(raw.get(), currency).map(Some).map_err(|_| unreadable())
}
