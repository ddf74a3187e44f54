//! Lists: filters, pages of ten to fifty, and an opaque cursor in both directions.

use axum::extract::Query;
use axum::http::Uri;

use super::payment::Payment;
use super::problem::{At, Problem};

/// Entries of a page where none is asked for.
const DEFAULT_SIZE: usize = 10;
/// Most entries of a page.
const MAX_SIZE: usize = 50;

/// Documented filters of the list of payments.
const FILTERS: [&str; 10] = [
    "create_time_start",
    "create_time_end",
    "minimum_amount",
    "maximum_amount",
    "owner_id",
    "payment_method_type",
    "payment_method_id",
    "status",
    "reference_id",
    "expand",
];

/// From where a page goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The newest.
    Start,
    /// Older than this number.
    Older(u64),
    /// Newer than this number.
    Newer(u64),
}

/// A query after reading.
#[derive(Debug)]
pub(crate) struct Asked {
    pub size: usize,
    pub from: Place,
    /// What must be given again on the other pages.
    filters: Vec<(String, String)>,
}

impl Asked {
    /// Reads a query. `filters` are the documented ones beside `page` and `page_size`.
    pub(crate) fn read(query: &str, payments: bool) -> Result<Self, Problem> {
        let bad = |name: &str| Problem::invalid(At::Query, name, "PARAM_INVALID", "Bad query.");
        let uri: Uri = format!("/?{query}").parse().map_err(|_| bad(""))?;
        let Query(pairs) =
            Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| bad(""))?;
        let mut asked = Self { size: DEFAULT_SIZE, from: Place::Start, filters: Vec::new() };
        for (name, value) in pairs {
            match name.as_str() {
                "page" => asked.from = cursor(&value).ok_or_else(|| bad("page"))?,
                "page_size" => {
                    let size = value.parse().ok().filter(|size| (1..=MAX_SIZE).contains(size));
                    asked.size = size.ok_or_else(|| bad("page_size"))?;
                }
                known if payments && FILTERS.contains(&known) => {
                    asked.filters.push((name, value));
                }
                _ => return Err(bad(&name)),
            }
        }
        asked.check()?;
        Ok(asked)
    }

    fn check(&self) -> Result<(), Problem> {
        let numbers = ["create_time_start", "create_time_end", "minimum_amount", "maximum_amount"];
        for (name, value) in &self.filters {
            let number = value.parse::<i64>().is_ok_and(|number| number >= 0);
            let states = ["pending", "completed", "canceled", "failed"];
            let fits = match name.as_str() {
                "status" => states.contains(&value.as_str()),
                "expand" => value == "payment_method",
                name if numbers.contains(&name) => number,
                _ => !value.is_empty(),
            };
            if !fits {
                return Err(Problem::invalid(At::Query, name, "PARAM_INVALID", "Bad value."));
            }
        }
        Ok(())
    }

    /// Whether a payment passes the filters.
    pub(crate) fn wants(&self, payment: &Payment) -> bool {
        self.filters.iter().all(|(name, value)| {
            let number = || value.parse::<i64>().unwrap_or(0);
            match name.as_str() {
                "create_time_start" => payment.create_time >= number(),
                "create_time_end" => payment.create_time <= number(),
                "minimum_amount" => payment.amount >= number(),
                "maximum_amount" => payment.amount <= number(),
                "owner_id" => payment.owner == *value,
                "payment_method_type" => value == "credit_card",
                "payment_method_id" => payment.method_id == *value,
                "status" => payment.status.as_str() == value,
                "reference_id" => payment.reference_id.as_ref() == Some(value),
                _ => true,
            }
        })
    }

    /// The path of a page beside this one.
    pub(crate) fn path(&self, list: &str, from: Place) -> String {
        let mut path = format!("{list}?page={}&page_size={}", written(from), self.size);
        for (name, value) in &self.filters {
            path.push_str(&format!("&{name}={}", encoded(value)));
        }
        path
    }
}

/// Entries of one page, newest first, and whether there are newer and older ones beside it.
/// `numbers` are all that pass, oldest first.
pub(crate) fn page(asked: &Asked, numbers: &[u64]) -> (Vec<u64>, bool, bool) {
    let newest_first = || numbers.iter().rev().copied();
    let taken: Vec<u64> = match asked.from {
        Place::Start => newest_first().take(asked.size).collect(),
        Place::Older(than) => newest_first().filter(|n| *n < than).take(asked.size).collect(),
        Place::Newer(than) => {
            let mut near: Vec<u64> =
                numbers.iter().copied().filter(|n| *n > than).take(asked.size).collect();
            near.reverse();
            near
        }
    };
    let newer = taken.first().is_some_and(|first| numbers.iter().any(|n| n > first));
    let older = taken.last().is_some_and(|last| numbers.iter().any(|n| n < last));
    (taken, newer, older)
}

/// In the shape of a page's id; what it means is nobody's business.
fn written(from: Place) -> String {
    let (side, number) = match from {
        Place::Start => (0, 0),
        Place::Older(number) => (1, number),
        Place::Newer(number) => (2, number),
    };
    format!("9a7e{side:04x}-0000-4000-8000-{:012x}", number ^ 0x5eed_0000_0000)
}

fn cursor(text: &str) -> Option<Place> {
    let side = text.strip_prefix("9a7e")?.get(..4)?;
    let number = u64::from_str_radix(text.get(24..36)?, 16).ok()? ^ 0x5eed_0000_0000;
    match (side, text.len()) {
        ("0001", 36) => Some(Place::Older(number)),
        ("0002", 36) => Some(Place::Newer(number)),
        (_, _) => None,
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one =
        |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
