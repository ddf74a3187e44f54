//! A command becomes a request (sections 2, 3, 5 and 6). Norce knows no idempotency keys and no
//! ETags: what is built from the present order is built from a reading right before, which must
//! still be the payment that was judged.

use counterfoil_core::answer::WireEnd;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;
use counterfoil_core::reconcile::merge;
use std::collections::BTreeMap;

use super::TOKEN;
use super::capability::management;
use super::decode::{Heard, hear};
use super::setup::{ADAPTER, CHANNEL, MERCHANT, ORDERS, Place, Role, option, role};
use super::shown;
use super::status::{ADAPTER_ID, LAST_MODIFIED, PLACE, state};
use super::wire::{Order, amount_text, is_foreign, joined, quoted, with_field};
use crate::connector::Ask;
use crate::json::Object;
use crate::request::{EncodeError, MASK, Method, Shown, Target, WireRequest, percent_encoded};

/// See [`crate::Connector::encode_look`]: the order, where what is sent is made from it. A new
/// reference is made from nothing, and order management sends no body.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_look(target: &Target<'_>, ask: &Ask<'_>) -> Result<Option<WireRequest>, EncodeError> {
    let needed = match ask.command {
        Command::Adjust { .. } => true,
        Command::Relabel { metadata, .. } => !metadata.is_empty(),
        Command::Start { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => false,
    };
    if !needed {
        return Ok(None);
    }
    get(target, &place(ask)?.order_path(), &[]).map(Some)
}

/// See [`crate::Connector::encode`]. In a preview, which has no look, only the fields that change
/// are in the body.
///
/// # Errors
/// [`EncodeError`]; [`EncodeError::Look`] where the order is not what was judged.
pub fn encode(target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
    let place = place(ask)?;
    match (role(target.account), ask.command) {
        (Role::OrderApi, Command::Adjust { total, .. }) => adjust(target, ask, &place, *total),
        (Role::AdapterCallback, Command::Adjust { total, .. }) => {
            callback(target, ask, &place, *total)
        }
        (Role::OrderApi, Command::Relabel { reference: Some(reference), .. }) => {
            let path = format!("{}/reference", place.order_path());
            send(target, Method::Put, &path, quoted(reference))
        }
        (Role::OrderApi, Command::Relabel { metadata, .. }) => {
            attributes(target, ask, &place, metadata)
        }
        (Role::OrderApi, Command::Refund { amount, .. }) => manage(target, ask, "refund", *amount),
        (Role::OrderApi, Command::Cancel { .. }) => {
            manage(target, ask, "cancel", base(ask)?.amount)
        }
        (Role::OrderApi, Command::Capture { amount, at: None }) => {
            manage(target, ask, "capture", amount.unwrap_or(base(ask)?.amount))
        }
        (_, Command::Start { .. } | Command::Capture { .. } | Command::Void)
        | (
            Role::AdapterCallback,
            Command::Relabel { .. } | Command::Refund { .. } | Command::Cancel { .. },
        ) => Err(WhyNot::NotOffered.into()),
    }
}

/// `PUT …/payments/{pid}` takes the whole payment (A-NOR-06): the one just read, with the new
/// amount.
fn adjust(
    target: &Target<'_>,
    ask: &Ask<'_>,
    place: &Place<'_>,
    total: Money,
) -> Result<WireRequest, EncodeError> {
    let amount = amount(total)?;
    let body = match ask.look {
        None => format!("{{\"amount\":{amount}}}"),
        Some(end) => {
            let (order, at) = looked_at(target, base(ask)?, place, end)?;
            let payment = order.payments().get(at).ok_or(EncodeError::BaselineMissing)?;
            with_field(payment, "amount", &amount)
        }
    };
    send(target, Method::Put, &place.payment_path(), body)
}

/// The callback takes the whole order as it would be (section 3): the one just read, with the new
/// amount in this payment.
fn callback(
    target: &Target<'_>,
    ask: &Ask<'_>,
    place: &Place<'_>,
    total: Money,
) -> Result<WireRequest, EncodeError> {
    let amount = amount(total)?;
    let path = place.callback_path(option(target.account, ADAPTER)?);
    let body = match ask.look {
        None => {
            let id = quoted(place.payment_id);
            format!("{{\"payments\":[{{\"id\":{id},\"amount\":{amount}}}]}}")
        }
        Some(end) => {
            let (order, at) = looked_at(target, base(ask)?, place, end)?;
            order.with_amount(at, &amount)
        }
    };
    send(target, Method::Post, &path, body)
}

/// `PATCH …/attributes` (A-NOR-09: how deep it merges and whether null takes a key away is not
/// documented). All attributes just read go out with the new texts among them, and null for those
/// that are to go: whatever Norce does with it, the result reads the same.
fn attributes(
    target: &Target<'_>,
    ask: &Ask<'_>,
    place: &Place<'_>,
    set: &BTreeMap<String, String>,
) -> Result<WireRequest, EncodeError> {
    let kept = match ask.look {
        None => Object::default(),
        Some(end) => looked_at(target, base(ask)?, place, end)?.0.attributes(),
    };
    let mut written: BTreeMap<String, String> =
        kept.iter().map(|(key, raw)| (key.to_owned(), raw.to_owned())).collect();
    for (key, text) in set {
        let raw = if text.is_empty() { "null".to_owned() } else { quoted(text) };
        written.insert(key.clone(), raw);
    }
    let body = joined(written.iter().map(|(key, raw)| (key.as_str(), raw.as_str())));
    send(target, Method::Patch, &format!("{}/attributes", place.order_path()), body)
}

/// Order management takes no body: it is for the whole amount or not at all (section 6).
fn manage(
    target: &Target<'_>,
    ask: &Ask<'_>,
    act: &str,
    amount: Money,
) -> Result<WireRequest, EncodeError> {
    let base = base(ask)?;
    if amount != base.amount {
        return Err(WhyNot::PartNotOffered.into());
    }
    let adapter_id = base.details.marks.get(ADAPTER_ID).map(String::as_str).unwrap_or_default();
    let (service, _) = management(adapter_id).ok_or(WhyNot::NotOffered)?;
    post_nothing(target, &place(ask)?.management_path(service, act))
}

/// The order of a look, and where the payment stands in it. There is no ETag: it must be what the
/// reading before showed, down to `lastModified` where Norce gives it (section 5, the lost-update
/// window).
fn looked_at(
    target: &Target<'_>,
    base: &Base,
    place: &Place<'_>,
    end: &WireEnd,
) -> Result<(Order, usize), EncodeError> {
    let look = |why: &str| EncodeError::Look(why.to_owned());
    let answer = match end {
        WireEnd::NeverLeft { why } | WireEnd::Lost { why } => return Err(look(why)),
        WireEnd::Answer(answer) => answer,
    };
    let body = match hear(answer) {
        Heard::Done(body) => body,
        Heard::Credentials { message: why }
        | Heard::No { message: why, .. }
        | Heard::NotNow { message: why }
        | Heard::Nothing { why } => return Err(look(&why)),
    };
    let order = Order::read(&body).ok_or_else(|| look("the order cannot be read"))?;
    let at = order.place_of(place.payment_id).ok_or_else(|| look("the payment is gone"))?;
    match what_moved(target, base, place, &order, at) {
        None => Ok((order, at)),
        Some(what) => Err(EncodeError::Look(format!("{what} since the payment was judged"))),
    }
}

/// What is not as it was when the change was judged.
fn what_moved(
    target: &Target<'_>,
    base: &Base,
    place: &Place<'_>,
    order: &Order,
    at: usize,
) -> Option<&'static str> {
    let payment = order.payments().get(at)?;
    let text = |field| payment.text(field).ok().flatten();
    let mark = |name: &str| base.details.marks.get(name).cloned();
    let currency = target.account.currency;
    let named = text("currency");
    let moved = [
        (
            order.text("id").ok().flatten().as_deref() != Some(place.order_id),
            "the order is another",
        ),
        (mark(LAST_MODIFIED) != order.text("lastModified").ok().flatten(), "the order was changed"),
        (mark(PLACE).is_some_and(|was| was != at.to_string()), "the order's payments moved"),
        (is_foreign(named.as_deref(), currency), "the payment's currency became another"),
        (
            payment.money("amount", currency).ok().flatten() != Some(base.amount),
            "the payment's amount became another",
        ),
        (
            text("state").is_none_or(|word| state(&word) != base.state),
            "the payment's state became another",
        ),
    ];
    moved.into_iter().find_map(|(is_so, what)| is_so.then_some(what))
}

/// What the metadata will be; the same rule by which a reading is judged.
pub(crate) fn merged(
    kept: &BTreeMap<String, String>,
    set: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut all = kept.clone();
    merge(&mut all, set);
    all
}

/// Money as a JSON number, or why it has none.
pub(crate) fn amount(money: Money) -> Result<String, WhyNot> {
    let why = "Norce's amounts are only known for currencies with two decimals";
    amount_text(money).ok_or(WhyNot::TextNotCarried { field: "amount", why })
}

/// See [`crate::Connector::encode_probe`]: one order, whichever it is.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    get(target, ORDERS, &[("limit", "1"), ("offset", "0")])
}

/// See [`crate::Connector::encode_effect`]: the order, in which the amount may appear that an
/// adapter has agreed to.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_effect(target: &Target<'_>, effect_ref: &str) -> Result<WireRequest, EncodeError> {
    let unknown = || EncodeError::Look("this is no agreed amount of Norce".to_owned());
    let (name, _) = effect_ref.rsplit_once('=').ok_or_else(unknown)?;
    get(target, &Place::read(name)?.order_path(), &[])
}

fn place<'a>(ask: &Ask<'a>) -> Result<Place<'a>, EncodeError> {
    Place::read(ask.provider_ref.ok_or(EncodeError::ReferenceMissing)?)
}

fn base<'a>(ask: &Ask<'a>) -> Result<&'a Base, EncodeError> {
    ask.baseline.ok_or(EncodeError::BaselineMissing)
}

/// A reading.
pub(crate) fn get(
    target: &Target<'_>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<WireRequest, EncodeError> {
    let pair = |(name, text): &(&str, &str)| format!("{name}={}", percent_encoded(text));
    let pairs: Vec<String> = query.iter().map(pair).collect();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    make(target, Method::Get, (path, &query), String::new())
}

/// A call without a body.
pub(crate) fn post_nothing(target: &Target<'_>, path: &str) -> Result<WireRequest, EncodeError> {
    make(target, Method::Post, (path, ""), String::new())
}

fn send(
    target: &Target<'_>,
    method: Method,
    path: &str,
    body: String,
) -> Result<WireRequest, EncodeError> {
    make(target, method, (path, ""), body)
}

fn make(
    target: &Target<'_>,
    method: Method,
    (path, query): (&str, &str),
    body: String,
) -> Result<WireRequest, EncodeError> {
    let url = format!("{}{path}{query}", target.account.base_url);
    let token = target.secret(TOKEN)?;
    let merchant = option(target.account, MERCHANT)?.to_owned();
    let channel = option(target.account, CHANNEL)?.to_owned();
    let mut headers = vec![
        ("Authorization", format!("Bearer {token}")),
        ("x-merchant", merchant),
        ("x-channel", channel),
        ("Accept", "application/json".to_owned()),
    ];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    let shown = |(name, text): &(&str, String)| {
        let hidden = *name == "Authorization";
        let text = if hidden { format!("Bearer {MASK}") } else { text.clone() };
        ((*name).to_owned(), text)
    };
    Ok(WireRequest {
        method,
        shown: Shown {
            url: url.clone(),
            path: path.to_owned(),
            headers: headers.iter().map(shown).collect(),
            body: shown::body(&body),
        },
        url,
        headers,
        body: body.into_bytes(),
        key: None,
    })
}
