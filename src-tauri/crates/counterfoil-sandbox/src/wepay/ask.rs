//! What a body asks for. Nothing is ignored silently: a member nobody has documented, or one of
//! another type, is refused.

use serde_json::{Map, Value};

use super::problem::Problem;
use super::switches::AmountNames;

/// Longest id or reference, in characters.
const MAX_ID_CHARS: usize = 255;

/// Longest reason of a refund, in characters.
const MAX_REASON_CHARS: usize = 65_535;

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub total: i64,
    pub currency: String,
    pub fee: Option<i64>,
}

/// An update. The outer option is absence, the inner one null.
#[derive(Debug, Default)]
pub(crate) struct UpdateAsk {
    pub amounts: Option<Amounts>,
    pub capture_at: Option<Option<i64>>,
    pub custom_data: Option<Option<Map<String, Value>>>,
    pub rbits: Option<Vec<Value>>,
    pub reference_id: Option<Option<String>>,
}

impl UpdateAsk {
    /// True where money or its moment would change.
    pub(crate) fn concerns_money(&self) -> bool {
        self.amounts.is_some() || self.capture_at.is_some()
    }
}

/// A refund.
#[derive(Debug)]
pub(crate) struct RefundAsk {
    pub payment_id: String,
    pub reason: String,
    pub amounts: Option<Amounts>,
    pub custom_data: Value,
    pub reference_id: Option<String>,
    pub order_id: Option<String>,
}

type Body = Map<String, Value>;

/// The members of a body; an empty one counts as none.
pub(crate) fn members(bytes: &[u8]) -> Result<Body, Problem> {
    if bytes.is_empty() {
        return Ok(Body::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Problem::body("", "The body must be a JSON object.")),
        Err(_) => Err(Problem::body("", "The body is not valid JSON.")),
    }
}

/// Update page.
pub(crate) fn update(body: &Body, names: &AmountNames) -> Result<UpdateAsk, Problem> {
    only(body, &[&names.object, "capture_at", "custom_data", "rbits", "reference_id"])?;
    Ok(UpdateAsk {
        amounts: payment_amounts(body, names)?,
        capture_at: nullable(body, "capture_at", whole)?,
        custom_data: nullable(body, "custom_data", object)?,
        rbits: nullable(body, "rbits", rbits)?.flatten(),
        reference_id: nullable(body, "reference_id", reference)?,
    })
}

/// Capture page.
pub(crate) fn capture(body: &Body, names: &AmountNames) -> Result<UpdateAsk, Problem> {
    only(body, &[&names.object, "custom_data"])?;
    Ok(UpdateAsk {
        amounts: payment_amounts(body, names)?,
        custom_data: nullable(body, "custom_data", object)?,
        ..UpdateAsk::default()
    })
}

/// Cancel page: the reason is required.
pub(crate) fn cancel(body: &Body) -> Result<(String, Option<Vec<Value>>), Problem> {
    only(body, &["cancel_reason", "rbits"])?;
    let reason = needed(body, "cancel_reason", MAX_REASON_CHARS)?;
    Ok((reason, nullable(body, "rbits", rbits)?.flatten()))
}

/// Refund page. `is_unreferenced_refund` is a closed beta and refused like any unknown member.
pub(crate) fn refund(body: &Body) -> Result<RefundAsk, Problem> {
    let known = [
        "payment_id",
        "refund_reason",
        "amounts",
        "custom_data",
        "rbits",
        "reference_id",
        "order_id",
    ];
    only(body, &known)?;
    let names = AmountNames { fee: "fee_refund_amount".to_owned(), ..AmountNames::default() };
    nullable(body, "rbits", rbits)?;
    let custom_data = nullable(body, "custom_data", object)?.flatten();
    Ok(RefundAsk {
        payment_id: needed(body, "payment_id", MAX_ID_CHARS)?,
        reason: needed(body, "refund_reason", MAX_REASON_CHARS)?,
        amounts: payment_amounts(body, &names)?,
        custom_data: custom_data.map_or(Value::Null, Value::Object),
        reference_id: nullable(body, "reference_id", reference)?.flatten(),
        order_id: nullable(body, "order_id", reference)?.flatten(),
    })
}

fn only(body: &Body, known: &[&str]) -> Result<(), Problem> {
    match body.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Problem::body(key, format!("{key} is not a parameter of this call."))),
        None => Ok(()),
    }
}

fn nullable<T>(
    body: &Body,
    key: &str,
    read: fn(&str, &Value) -> Result<T, Problem>,
) -> Result<Option<Option<T>>, Problem> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(value) => read(key, value).map(|read| Some(Some(read))),
    }
}

fn payment_amounts(body: &Body, names: &AmountNames) -> Result<Option<Amounts>, Problem> {
    let inside = match body.get(&names.object) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(inside)) => inside,
        Some(_) => return Err(Problem::body(&names.object, "It must be an object.")),
    };
    only(inside, &[&names.total, &names.currency, &names.fee])?;
    let need = |name: &str| {
        inside.get(name).ok_or_else(|| Problem::body(name, format!("{name} is required.")))
    };
    let total = whole(&names.total, need(&names.total)?)?;
    if total <= 0 {
        return Err(Problem::body(&names.total, "It must be more than nothing."));
    }
    let currency = need(&names.currency)?.as_str().unwrap_or_default().to_owned();
    let fee = inside.get(&names.fee).map(|fee| whole(&names.fee, fee)).transpose()?;
    Ok(Some(Amounts { total, currency, fee }))
}

fn whole(key: &str, value: &Value) -> Result<i64, Problem> {
    value.as_i64().ok_or_else(|| Problem::body(key, format!("{key} must be an integer.")))
}

fn object(key: &str, value: &Value) -> Result<Body, Problem> {
    let members = value.as_object().cloned();
    members.ok_or_else(|| Problem::body(key, format!("{key} must be an object.")))
}

fn reference(key: &str, value: &Value) -> Result<String, Problem> {
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() || text.chars().count() > MAX_ID_CHARS {
        return Err(Problem::body(key, format!("{key} must be a text of 1 to 255 characters.")));
    }
    Ok(text.to_owned())
}

fn needed(body: &Body, key: &str, most: usize) -> Result<String, Problem> {
    let text = body.get(key).and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() || text.chars().count() > most {
        return Err(Problem::body(key, format!("{key} is required: a text of 1 to {most}.")));
    }
    Ok(text.to_owned())
}

/// An rbit has its moment, its type, its source, and what is said under the name of its type.
fn rbits(key: &str, value: &Value) -> Result<Vec<Value>, Problem> {
    let list = value.as_array().ok_or_else(|| Problem::body(key, "rbits must be a list."))?;
    for rbit in list {
        let text = |name: &str| rbit.get(name).and_then(Value::as_str);
        let said = text("type").and_then(|kind| rbit.get(kind)).is_some_and(Value::is_object);
        let moment = rbit.get("receive_time").is_some_and(Value::is_i64);
        if !said || !moment || text("source").is_none() {
            let message = "An rbit has receive_time, type, source and an object named by its type.";
            return Err(Problem::body(key, message));
        }
    }
    Ok(list.clone())
}
