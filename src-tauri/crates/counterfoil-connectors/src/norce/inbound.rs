//! The other side of section 3: Norce's order service calls, and this program is the adapter that
//! answers `update-payment`. Pure functions for a listener that somebody else runs.
//!
//! The order in a call is only *proposed*: another hook may still reject it, so nothing here is a
//! reason to move money. The way of a call: [`check`], [`read_order`], then one of [`unchanged`],
//! [`replace`] and [`problem`]; a [`Refusal`] and an [`Unfit`] say their own answer.

use std::cmp::Ordering;

use counterfoil_core::money::{Currency, Money};
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::TOKEN;
use super::setup::{CHANNEL, MERCHANT};
use super::wire::{Order, amount_text, is_foreign, is_live};
use crate::callback::{is_same_secret, only_header};
use crate::json::{Object, Unreadable};
use crate::request::Target;

/// How the path begins, and how it ends (section 3).
const BEFORE_ORDER: &str = "/api/checkout/v1/callback/orders/";
const BETWEEN: &str = "/payments/";
const AFTER_PAYMENT: &str = "/update-payment";

/// Longest id that is taken from a path, in bytes; those of the samples have 28.
const MAX_ID_BYTES: usize = 200;

/// What a proven caller asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The order, as the path names it.
    pub order_id: String,
    /// The payment, as the path names it.
    pub payment_id: String,
}

/// Why a call is not answered. Whoever is not proved is told nothing about orders: 404 for every
/// path that is none, 401 for every path that is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not the path or the method of this callback.
    #[error("there is nothing here")]
    NotHere,
    /// The bearer token is missing or another one.
    #[error("the caller is not proved")]
    NotProved,
    /// The caller is proved and speaks for another merchant or channel: its orders are not
    /// visible here (section 14, point 1).
    #[error("the order is not known here")]
    OtherShop,
    /// The account holds no token, merchant or channel to check with.
    #[error("the account is not set up")]
    NotSetUp,
}

impl Refusal {
    /// The answer.
    #[must_use]
    pub fn answer(self) -> Reply {
        match self {
            Self::NotHere | Self::OtherShop => problem(404, "Not Found", "Not found."),
            Self::NotProved | Self::NotSetUp => {
                problem(401, "Unauthorized", "A valid bearer token is needed.")
            }
        }
    }
}

/// Proves a call. `headers` are lower-case names with their texts; of a header that comes twice
/// none counts. `path` is as it came, without a query. Takes as long for a wrong token as for the
/// right one.
///
/// # Errors
/// [`Refusal`]; say [`Refusal::answer`] and no more.
pub fn check(
    target: &Target<'_>,
    headers: &[(String, String)],
    method: &str,
    path: &str,
) -> Result<Asked, Refusal> {
    let asked = asked(path).filter(|_| method == "POST").ok_or(Refusal::NotHere)?;
    let token = target.secrets.get(TOKEN).filter(|token| !token.is_empty());
    let token = token.ok_or(Refusal::NotSetUp)?;
    let given = only_header(headers, "authorization").and_then(bearer).unwrap_or_default();
    if !is_same_secret(token, given) {
        return Err(Refusal::NotProved);
    }
    for (name, option) in [("x-merchant", MERCHANT), ("x-channel", CHANNEL)] {
        let ours = target.account.options.get(option).filter(|text| !text.is_empty());
        let ours = ours.ok_or(Refusal::NotSetUp)?;
        if only_header(headers, name) != Some(ours.as_str()) {
            return Err(Refusal::OtherShop);
        }
    }
    Ok(asked)
}

/// The token of `Bearer <token>`; the scheme is no word of theirs, so its case does not count.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn asked(path: &str) -> Option<Asked> {
    let rest = path.strip_prefix(BEFORE_ORDER)?.strip_suffix(AFTER_PAYMENT)?;
    let (order_id, payment_id) = rest.split_once(BETWEEN)?;
    Some(Asked { order_id: decoded(order_id)?, payment_id: decoded(payment_id)? })
}

/// An id out of a path: one part, percent-decoded once.
fn decoded(part: &str) -> Option<String> {
    if part.is_empty() || part.len() > MAX_ID_BYTES || part.contains('/') {
        return None;
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, left) = match (first, tail) {
            (b'%', [high, low, left @ ..]) => {
                (u8::from_str_radix(std::str::from_utf8(&[*high, *low]).ok()?, 16).ok()?, left)
            }
            (b'%', _) => return None,
            (byte, left) => (byte, left),
        };
        bytes.push(byte);
        rest = left;
    }
    let text = String::from_utf8(bytes).ok()?;
    let plain =
        text.chars().all(|c| !c.is_control() && c != '/') && text.bytes().any(|b| b != b'.');
    plain.then_some(text)
}

/// The order of a call, as far as it says what the payment is to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedOrder {
    /// The order.
    pub order_id: String,
    /// The payment.
    pub payment_id: String,
    /// The payment's place among the order's payments: what a patch must name. Resolved by id,
    /// because the order of payments is nobody's promise (section 3).
    pub place: usize,
    /// The payment's amount in the proposed order.
    pub amount: Money,
    /// What it is to cover: the order's total including value added tax less the other payments
    /// that are not removed (section 14, point 4). Never less than zero, and never more than the
    /// payment's `upperLimitAmount`, where it has one.
    pub to_cover: Money,
    /// The order's currency, which is the account's.
    pub currency: Currency,
    /// The payment's own reference: where a payment of another provider is linked, its name.
    pub payment_reference: Option<String>,
    /// The shop's reference of the order.
    pub order_reference: Option<String>,
    /// `lastModified` as it came. Not part of `digest`: what was rejected may be proposed again.
    pub last_modified: Option<String>,
    /// Hex SHA-256 of what is proposed: order, payment, what it is to cover, both references. The
    /// same proposal has the same digest however its JSON is written.
    pub digest: String,
}

impl ProposedOrder {
    /// True where the payment covers already what it is to cover.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.amount.compare(self.to_cover) == Ok(Ordering::Equal)
    }
}

/// Why a proposed order cannot be answered with a patch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfit {
    /// The body is no order.
    #[error("the body is no order")]
    NoOrder,
    /// The body and the path name different orders.
    #[error("the body and the path name different orders")]
    OtherOrder,
    /// The order has no such payment, or has removed it.
    #[error("the order has no such payment")]
    NoSuchPayment,
    /// The order is another merchant's or another channel's.
    #[error("the order belongs to another merchant or channel")]
    OtherShop,
    /// The order or the payment is in another currency.
    #[error("the order is in another currency")]
    Currency,
    /// A field is missing or is not what it should be.
    #[error("{0} is missing or cannot be read")]
    Field(&'static str),
    /// The other payments cover more than the order's total.
    #[error("the other payments cover more than the order's total")]
    OverCovered,
    /// More than the payment may cover.
    #[error("the payment may cover at most {0}")]
    AboveLimit(Money),
}

impl Unfit {
    /// The answer.
    #[must_use]
    pub fn answer(&self) -> Reply {
        match self {
            Self::NoSuchPayment => problem(404, "Not Found", "Not found."),
            Self::NoOrder
            | Self::OtherOrder
            | Self::OtherShop
            | Self::Currency
            | Self::Field(_)
            | Self::OverCovered
            | Self::AboveLimit(_) => problem(400, "Bad Request", &self.to_string()),
        }
    }
}

/// Reads the order of a call that was proved. Amounts are read as decimal text (section 9).
///
/// # Errors
/// [`Unfit`].
pub fn read_order(target: &Target<'_>, asked: &Asked, body: &[u8]) -> Result<ProposedOrder, Unfit> {
    let order = Order::read(body).ok_or(Unfit::NoOrder)?;
    let text = |field| order.text(field).map_err(unfit);
    if text("id")?.is_some_and(|id| id != asked.order_id) {
        return Err(Unfit::OtherOrder);
    }
    for field in [MERCHANT, CHANNEL] {
        let ours = target.account.options.get(field);
        if text(field)?.is_some_and(|theirs| Some(&theirs) != ours) {
            return Err(Unfit::OtherShop);
        }
    }
    let currency = target.account.currency;
    let named = text("currency")?.ok_or(Unfit::Field("currency"))?;
    if is_foreign(Some(&named), currency) || amount_text(Money::zero(currency)).is_none() {
        return Err(Unfit::Currency);
    }
    let place = order.place_of(&asked.payment_id).ok_or(Unfit::NoSuchPayment)?;
    let payment = order.payments().get(place).filter(|payment| is_live(payment));
    let payment = payment.ok_or(Unfit::NoSuchPayment)?;
    let to_cover = to_cover(&order, place, currency)?;
    within_limit(payment, to_cover)?;
    let mut proposed = ProposedOrder {
        order_id: asked.order_id.clone(),
        payment_id: asked.payment_id.clone(),
        place,
        amount: amount_of(payment, currency)?,
        to_cover,
        currency,
        payment_reference: payment.text("reference").map_err(unfit)?,
        order_reference: text("reference")?,
        last_modified: text("lastModified")?,
        digest: String::new(),
    };
    proposed.digest = digest(&proposed);
    Ok(proposed)
}

fn to_cover(order: &Order, place: usize, currency: Currency) -> Result<Money, Unfit> {
    let mut left = order.total(currency).map_err(unfit)?.ok_or(Unfit::Field("total"))?;
    for (at, payment) in order.payments().iter().enumerate() {
        if at != place && is_live(payment) {
            let other = amount_of(payment, currency)?;
            left = left.minus(other).map_err(|_| Unfit::OverCovered)?;
        }
    }
    if left.minor() < 0 { Err(Unfit::OverCovered) } else { Ok(left) }
}

fn amount_of(payment: &Object, currency: Currency) -> Result<Money, Unfit> {
    let named = payment.text("currency").map_err(unfit)?;
    if is_foreign(named.as_deref(), currency) {
        return Err(Unfit::Currency);
    }
    payment.money("amount", currency).map_err(unfit)?.ok_or(Unfit::Field("amount"))
}

fn within_limit(payment: &Object, to_cover: Money) -> Result<(), Unfit> {
    let limit = payment.money("upperLimitAmount", to_cover.currency()).map_err(unfit)?;
    match limit {
        Some(limit) if to_cover.compare(limit) == Ok(Ordering::Greater) => {
            Err(Unfit::AboveLimit(limit))
        }
        Some(_) | None => Ok(()),
    }
}

fn unfit(what: Unreadable) -> Unfit {
    Unfit::Field(what.field)
}

/// Each part with its length before it, so that no two proposals write the same bytes.
fn digest(proposed: &ProposedOrder) -> String {
    let none = String::new();
    let parts = [
        &proposed.order_id,
        &proposed.payment_id,
        &proposed.to_cover.to_string(),
        proposed.payment_reference.as_ref().unwrap_or(&none),
        proposed.order_reference.as_ref().unwrap_or(&none),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(format!("{}:{part};", part.len()));
    }
    hex::encode(hash.finalize())
}

/// An answer as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Exact body.
    pub body: Vec<u8>,
}

/// No change to the proposed order: `[]` (section 3).
#[must_use]
pub fn unchanged() -> Reply {
    Reply { status: 200, content_type: JSON, body: b"[]".to_vec() }
}

/// The payment at this place of the proposed order is to cover `amount`: one `replace` of
/// `/payments/<place>/amount` with a JSON number in major units (sections 3 and 9, A-NOR-01).
/// None where the currency has not two decimals (A-NOR-12); [`read_order`] lets none such through.
#[must_use]
pub fn replace(place: usize, amount: Money) -> Option<Reply> {
    let value = amount_text(amount)?;
    let body =
        format!("[{{\"op\":\"replace\",\"path\":\"/payments/{place}/amount\",\"value\":{value}}}]");
    Some(Reply { status: 200, content_type: JSON, body: body.into_bytes() })
}

const JSON: &str = "application/json";

/// Problem details (section 3: 400 and 404). `detail` goes out as it is: it must hold nothing
/// that the caller does not know.
#[must_use]
pub fn problem(status: u16, title: &str, detail: &str) -> Reply {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: &'static str,
        title: &'a str,
        status: u16,
        detail: &'a str,
    }
    let problem = Problem { r#type: "about:blank", title, status, detail };
    let body = serde_json::to_vec(&problem).expect("texts and a number always serialise");
    Reply { status, content_type: "application/problem+json", body }
}
