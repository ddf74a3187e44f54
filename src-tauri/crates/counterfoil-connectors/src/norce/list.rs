//! Pages of orders, each live payment of which is a payment here (section 5).

use counterfoil_core::account::Account;
use counterfoil_core::answer::WireEnd;
use counterfoil_core::moment::Moment;

use super::decode::{Heard, hear};
use super::encode;
use super::setup::ORDERS;
use super::status::{facts, name_of};
use super::wire::{Order, REMOVED, is_live};
use crate::answer::tidy;
use crate::json::Object;
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};

/// Orders of one page: how many may be asked for is not documented, this many is modest.
const PAGE: &str = "50";

/// How the id of a payment begins in every sample (section 3).
const PAYMENT_ID: &str = "p_";

/// See [`crate::Connector::encode_list`]. Oldest first, so that new orders shift no page. What was
/// changed since some moment cannot be asked for. A reference that looks like the id of a payment
/// is asked for as one.
///
/// # Errors
/// [`EncodeError`]; a cursor that is not ours.
pub fn encode_list(target: &Target<'_>, query: &ListQuery<'_>) -> Result<WireRequest, EncodeError> {
    let cursor = query.cursor.unwrap_or("0");
    if cursor.parse::<u32>().is_err() {
        return Err(EncodeError::Look("the cursor is not one of Norce's pages".to_owned()));
    }
    let made_since = query.made_since.map(Moment::to_rfc3339);
    let field = |text: &str| {
        if text.starts_with(PAYMENT_ID) { "payment_id" } else { "reference" }
    };
    let mut pairs = vec![("limit", PAGE), ("offset", cursor)];
    pairs.extend([("order_by", "created"), ("order_by_direction", "asc")]);
    pairs.extend(made_since.as_deref().map(|text| ("date_from", text)));
    pairs.extend(query.reference.map(|text| (field(text), text)));
    encode::get(target, ORDERS, &pairs)
}

/// See [`crate::Connector::decode_list`].
#[must_use]
pub fn decode_list(account: &Account, end: &WireEnd, at: Moment) -> ListEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return ListEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return ListEnd::Unclear { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Done(body) => {
            page(account, &body, at).unwrap_or_else(|why| ListEnd::Unclear { why: why.to_owned() })
        }
        Heard::Credentials { message } => ListEnd::CredentialsRefused { message },
        Heard::No { message: why, .. }
        | Heard::NotNow { message: why }
        | Heard::Nothing { why } => ListEnd::Unclear { why },
    }
}

/// A page that does not say where it ends is none: a list that seems complete and is not would
/// make payments look as if they were only here.
fn page(account: &Account, body: &[u8], at: Moment) -> Result<ListEnd, &'static str> {
    let answer = Object::read(body).ok_or("the answer is no page of orders")?;
    let orders = answer.objects("data").ok_or("the answer holds no list of orders")?;
    let pagination = answer.object("pagination").ok_or("the page does not say which it is")?;
    let whole = |field| pagination.whole(field).ok().flatten().filter(|number| *number >= 0);
    let offset = whole("offset").ok_or("the page does not say where it begins")?;
    let total = whole("totalSize").ok_or("the page does not say how many orders there are")?;
    let here = i64::try_from(orders.len()).map_err(|_| "the page is too long")?;
    let reached = offset.checked_add(here).ok_or("the page's place is too large")?;
    let (mut payments, mut unreadable) = (Vec::new(), Vec::new());
    for order in orders {
        for read in of_order(account, order, at) {
            match read {
                Ok(facts) => payments.push(facts),
                Err(what) => unreadable.push(tidy(&what)),
            }
        }
    }
    let next = (here > 0 && reached < total).then(|| reached.to_string());
    Ok(ListEnd::Page { payments, unreadable, next })
}

type Read = Result<counterfoil_core::payment::PaymentFacts, String>;

/// The live payments of one order; a removed order has none.
fn of_order(account: &Account, order: Object, at: Moment) -> Vec<Read> {
    let named = order.text("id").ok().flatten().unwrap_or_else(|| "an order".to_owned());
    let Some(order) = Order::of(order) else {
        return vec![Err(format!("{named}: its payments cannot be read"))];
    };
    if order.status().as_deref() == Some(REMOVED) {
        return Vec::new();
    }
    let live = order.payments().iter().enumerate().filter(|(_, payment)| is_live(payment));
    let read = |(place, payment): (usize, &Object)| {
        let name = name_of(&order, payment).unwrap_or_else(|_| format!("{named}, payment {place}"));
        facts(account, &order, place, None, at).map_err(|why| format!("{name}: {why}"))
    };
    live.map(read).collect()
}
