//! List Payments page: filters, and 40 to a page, newest first.

use serde_json::{Map, Value, json};

use super::answer;
use super::book::Book;
use super::payment::{Payment, iso};
use super::problem::Problem;
use super::read::pairs;

/// Payments on a page; `per` and `per_page` are not documented and have no effect.
pub(crate) const PER_PAGE: usize = 40;

/// What a list is filtered by. Bounds are ISO 8601 with milliseconds and inclusive.
#[derive(Debug, Default)]
struct Filter {
    page: usize,
    id: Option<String>,
    status: Option<String>,
    created: (Option<String>, Option<String>),
    updated: (Option<String>, Option<String>),
    last_digits: Option<String>,
    receipt_no: Option<String>,
    metadata: Vec<(String, String)>,
}

/// One page of the merchant's payments.
pub(crate) fn page(book: &Book, account: usize, query: &str) -> Result<Value, Problem> {
    let filter = read(query)?;
    let mut found: Vec<&Payment> = book
        .payments()
        .iter()
        .filter(|payment| payment.account == account && filter.takes(payment))
        .collect();
    found.reverse();
    found.sort_by_key(|payment| std::cmp::Reverse(payment.created_at));
    let pages = found.len().div_ceil(PER_PAGE).max(1);
    let skipped = (filter.page - 1).saturating_mul(PER_PAGE);
    let shown = found.iter().skip(skipped).take(PER_PAGE);
    let without = book.switches.editions.lists_without_captured;
    let payments: Vec<Value> = shown.map(|payment| entry(payment, without)).collect();
    let next = (filter.page < pages).then(|| filter.page + 1);
    let before = (filter.page > 1).then(|| filter.page - 1);
    Ok(json!({
        "payments": payments,
        "meta": {
            "current_page": filter.page, "next_page": next, "prev_page": before,
            "total_pages": pages, "total_count": found.len(),
        },
    }))
}

fn entry(payment: &Payment, without_captured: bool) -> Value {
    let mut entry = answer::payment(payment);
    if without_captured {
        entry.as_object_mut().and_then(|members| members.remove("captured"));
    }
    entry
}

fn read(query: &str) -> Result<Filter, Problem> {
    let pairs = pairs(query).ok_or_else(|| Problem::bad("The query cannot be read."))?;
    let mut filter = Filter { page: 1, ..Filter::default() };
    for (name, text) in pairs {
        match name.as_str() {
            "page" => filter.page = page_number(&text)?,
            "id" => filter.id = Some(text),
            "status" => filter.status = Some(text),
            "created[gt]" => filter.created.0 = Some(bound("created", &text)?),
            "created[lt]" => filter.created.1 = Some(bound("created", &text)?),
            "updated[gt]" => filter.updated.0 = Some(bound("updated", &text)?),
            "updated[lt]" => filter.updated.1 = Some(bound("updated", &text)?),
            "card_last_digits" => filter.last_digits = Some(digits(&name, text, 4)?),
            "receipt_no" => filter.receipt_no = Some(digits(&name, text, 12)?),
            _ => filter.metadata.extend(metadata_key(&name).map(|key| (key, text))),
        }
    }
    Ok(filter)
}

fn metadata_key(name: &str) -> Option<String> {
    Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned())
}

fn page_number(text: &str) -> Result<usize, Problem> {
    let number = text.parse().ok().filter(|number| (1..1_000_000).contains(number));
    number.ok_or_else(|| Problem::field("page", "must be a number from 1"))
}

fn digits(field: &str, text: String, count: usize) -> Result<String, Problem> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text) } else { Err(Problem::field(field, "has another shape")) }
}

/// A moment in UTC in the shape of our own, so that texts compare like moments. A date alone is
/// its first moment.
fn bound(field: &str, text: &str) -> Result<String, Problem> {
    let bad = || Problem::field(field, "must be an ISO 8601 time in UTC");
    let plain = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = plain.split_once('T').unwrap_or((plain, "00:00:00"));
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let fraction = part.bytes().all(|byte| byte.is_ascii_digit());
    if !shaped(date, "0000-00-00") || !shaped(time, "00:00:00") || !fraction {
        return Err(bad());
    }
    let millis: String = part.chars().chain("000".chars()).take(3).collect();
    Ok(format!("{date}T{time}.{millis}Z"))
}

impl Filter {
    fn takes(&self, payment: &Payment) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        is(&self.id, &payment.id)
            && is(&self.status, payment.status.as_str())
            && is(&self.last_digits, &payment.card.last_digits)
            && is(&self.receipt_no, &payment.card.receipt_no)
            && within(&self.created, payment.created_at)
            && within(&self.updated, payment.updated_at)
            && self.metadata.iter().all(|(key, text)| holds(&payment.metadata, key, text))
    }
}

fn within(bounds: &(Option<String>, Option<String>), moment: u64) -> bool {
    let moment = iso(moment);
    bounds.0.as_ref().is_none_or(|least| moment >= *least)
        && bounds.1.as_ref().is_none_or(|most| moment <= *most)
}

fn holds(metadata: &Map<String, Value>, key: &str, text: &str) -> bool {
    match metadata.get(key) {
        Some(Value::String(value)) => value == text,
        Some(Value::Number(number)) => number.to_string().as_str() == text,
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => false,
    }
}
