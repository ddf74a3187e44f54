//! A reading of a payment: which requests it takes, what they say, and Norce's words for where a
//! payment stands (sections 4, 6 and 10).

use std::collections::BTreeMap;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, WireAnswer, WireEnd};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};

use super::capability::management;
use super::decode::{Heard, hear};
use super::encode;
use super::setup::{Place, Role, role};
use super::wire::{Order, REMOVED, is_foreign, payment_state};
use crate::answer::without_cards;
use crate::json::{Object, Unreadable};
use crate::request::{EncodeError, Target, WireRequest};

/// The mark that holds the order's state word.
pub(crate) const ORDER_STATUS: &str = "order_status";
/// The mark that holds the order's `lastModified`, the only concurrency hint there is (section 5).
pub(crate) const LAST_MODIFIED: &str = "last_modified";
/// The mark that holds the payment's `adapterId`.
pub(crate) const ADAPTER_ID: &str = "adapter_id";
/// The mark that holds the payment's place among the order's payments.
pub(crate) const PLACE: &str = "place";
/// The mark that holds the payment's own reference, which is the payment service's.
pub(crate) const PSP_REFERENCE: &str = "psp_reference";
/// The mark that holds how many transactions there are, where they were read.
const TRANSACTIONS: &str = "transactions";

/// Our word for Norce's, without regard to case (section 4). `confirmed` says that the customer's
/// side is done and not that money is held or taken, so it claims the least. What is not known is
/// unclear: two published copies of the list lack words that a third has.
#[must_use]
pub fn state(word: &str) -> PaymentState {
    match word.to_ascii_lowercase().as_str() {
        "intent" => PaymentState::Open,
        "processing" | "pending" | "confirmed" => PaymentState::InProgress,
        "reserved" => PaymentState::Authorized,
        "captured" => PaymentState::Paid,
        "credited" | "refunded" => PaymentState::Refunded,
        "failed" | "declined" => PaymentState::Failed,
        "cancelled" | REMOVED => PaymentState::Cancelled,
        _ => PaymentState::Unclear,
    }
}

/// One request of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The order, which holds its payments.
    Order,
    /// Norce asks the payment service anew (section 6).
    Refresh(&'static str, &'static str),
    /// The payment's transactions.
    Transactions,
}

/// What the answers so far are, and what comes next.
struct Reading<'a> {
    order: Option<&'a WireEnd>,
    transactions: Option<&'a WireEnd>,
    next: Option<Step>,
}

/// Follows a reading. A payment that holds no money at a payment service takes one request. One
/// whose money may have been taken, returned or let go behind Norce's back takes four: the order,
/// a refresh, the order again, the transactions. Only such payments can be captured, refunded or
/// cancelled, so a doubt about one of these is always read with a refresh before it (section 10).
/// A refresh that fails proves nothing and spoils nothing: the reading goes on without it.
fn follow<'a>(account: &Account, place: &Place<'_>, ends: &'a [WireEnd]) -> Reading<'a> {
    let mut ends = ends.iter();
    let mut reading = Reading { order: ends.next(), transactions: None, next: None };
    let Some(first) = reading.order else {
        reading.next = Some(Step::Order);
        return reading;
    };
    let Some((service, refresh)) = managed(account, place, first) else {
        return reading;
    };
    let Some(refreshed) = ends.next() else {
        reading.next = Some(Step::Refresh(service, refresh));
        return reading;
    };
    if is_done(refreshed) {
        let Some(again) = ends.next() else {
            reading.next = Some(Step::Order);
            return reading;
        };
        reading.order = Some(again);
    }
    reading.transactions = ends.next();
    reading.next = reading.transactions.is_none().then_some(Step::Transactions);
    reading
}

/// The order management of a payment whose money is at a payment service.
fn managed(
    account: &Account,
    place: &Place<'_>,
    end: &WireEnd,
) -> Option<(&'static str, &'static str)> {
    let WireEnd::Answer(answer) = end else { return None };
    let Heard::Done(body) = hear(answer) else { return None };
    let order = Order::read(&body).filter(|_| role(account) == Role::OrderApi)?;
    let payment = order.payments().get(order.place_of(place.payment_id)?)?;
    let word = payment_state(payment)?;
    let adapter_id = payment.text("adapterId").ok()??;
    matches!(word.as_str(), "reserved" | "captured").then(|| management(&adapter_id))?
}

fn is_done(end: &WireEnd) -> bool {
    match end {
        WireEnd::Answer(answer) => matches!(hear(answer), Heard::Done(_)),
        WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => false,
    }
}

/// See [`crate::Connector::encode_read`].
///
/// # Errors
/// [`EncodeError`].
pub fn encode_read(
    target: &Target<'_>,
    provider_ref: &str,
    so_far: &[WireEnd],
) -> Result<Option<WireRequest>, EncodeError> {
    let place = Place::read(provider_ref)?;
    let request = match follow(target.account, &place, so_far).next {
        None => return Ok(None),
        Some(Step::Order) => encode::get(target, &place.order_path(), &[])?,
        Some(Step::Refresh(service, act)) => {
            encode::post_nothing(target, &place.management_path(service, act))?
        }
        Some(Step::Transactions) => {
            encode::get(target, &format!("{}/transactions", place.payment_path()), &[])?
        }
    };
    Ok(Some(request))
}

/// See [`crate::Connector::decode_read`].
#[must_use]
pub fn decode_read(account: &Account, provider_ref: &str, ends: &[WireEnd], at: Moment) -> ReadEnd {
    let unclear = |why: &str| ReadEnd::Unclear { why: why.to_owned(), retry_after_ms: None };
    let Ok(place) = Place::read(provider_ref) else {
        return unclear("a payment of Norce is named ORDER_ID/PAYMENT_ID");
    };
    let reading = follow(account, &place, ends);
    let Some(order) = reading.order else {
        return unclear("nothing was read");
    };
    let body = match heard(order) {
        Ok(body) => body,
        Err(end) => return end,
    };
    let transactions = match reading.transactions.map(read_transactions).transpose() {
        Ok(transactions) => transactions.flatten(),
        Err(end) => return end,
    };
    let Some(order) = Order::read(&body) else {
        return unclear("the answer is no order");
    };
    let Some(at_place) = order.place_of(place.payment_id) else {
        let message = format!("the order has no payment {}", place.payment_id);
        return ReadEnd::NoSuchPayment { message };
    };
    if order.text("id").ok().flatten().as_deref() != Some(place.order_id) {
        return unclear("the answer is about another order");
    }
    facts(account, &order, at_place, transactions.as_deref(), at)
        .map_or_else(|why| unclear(&why), |facts| ReadEnd::Facts(Box::new(facts)))
}

/// The body of a reading that was answered.
fn heard(end: &WireEnd) -> Result<Vec<u8>, ReadEnd> {
    let answer = match end {
        WireEnd::NeverLeft { why } => return Err(ReadEnd::Unreachable { why: why.clone() }),
        WireEnd::Lost { why } => {
            return Err(ReadEnd::Unclear { why: why.clone(), retry_after_ms: None });
        }
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Done(body) => Ok(body),
        Heard::Credentials { message } => Err(ReadEnd::CredentialsRefused { message }),
        Heard::No { status: 404, message } => Err(ReadEnd::NoSuchPayment { message }),
        Heard::No { message: why, .. }
        | Heard::NotNow { message: why }
        | Heard::Nothing { why } => Err(unclear_after(why, answer)),
    }
}

fn unclear_after(why: String, answer: &WireAnswer) -> ReadEnd {
    ReadEnd::Unclear { why, retry_after_ms: answer.retry_after_ms }
}

/// The transactions; none where Norce says in so many words that it has none to show.
fn read_transactions(end: &WireEnd) -> Result<Option<Vec<Object>>, ReadEnd> {
    if let WireEnd::Answer(answer) = end
        && matches!(hear(answer), Heard::No { status: 403 | 404, .. })
    {
        return Ok(None);
    }
    let body = heard(end)?;
    let why = "the list of transactions cannot be read".to_owned();
    let read = Object::read_list(&body).map(Some);
    read.ok_or(ReadEnd::Unclear { why, retry_after_ms: None })
}

/// The facts of one payment of an order. Without transactions the state alone says what was
/// taken and returned: order management is for the whole amount only (section 6).
///
/// # Errors
/// What cannot be read.
pub(crate) fn facts(
    account: &Account,
    order: &Order,
    place: usize,
    transactions: Option<&[Object]>,
    at: Moment,
) -> Result<PaymentFacts, String> {
    let payment = order.payments().get(place).ok_or("the order has no such payment")?;
    let name = name_of(order, payment)?;
    let text = |field| payment.text(field).map_err(unreadable);
    let word = text("state")?.ok_or("the payment has no state")?;
    let amount = amount(account, order, payment)?;
    let removed = order.status().as_deref() == Some(REMOVED);
    let state = if removed { PaymentState::Cancelled } else { state(&word) };
    let money = Movements::of(&word, amount, transactions);
    Ok(without_cards(PaymentFacts {
        provider_ref: name,
        state,
        provider_status: word,
        amount,
        invoice_number: None,
        reference: order.text("reference").map_err(unreadable)?,
        minimum: None,
        maximum: maximum(account, order, payment)?,
        payment_type: text("name")?.or(text("adapterId")?),
        refunded: Some(money.refunded),
        details: Details {
            captured: money.captured,
            capture_at: None,
            made_at: order.text("created").ok().flatten().and_then(|t| Moment::from_rfc3339(&t)),
            description: None,
            metadata: metadata(order),
            marks: marks(order, place, payment, transactions),
        },
        read_at: at,
    }))
}

/// The name of a payment as this till knows it.
pub(crate) fn name_of(order: &Order, payment: &Object) -> Result<String, String> {
    let order_id = order.text("id").map_err(unreadable)?.ok_or("the order has no id")?;
    let payment_id = payment.text("id").map_err(unreadable)?.ok_or("the payment has no id")?;
    let name = format!("{order_id}/{payment_id}");
    Place::read(&name).map_err(|error| error.to_string())?;
    Ok(name)
}

fn amount(account: &Account, order: &Order, payment: &Object) -> Result<Money, String> {
    let named = match payment.text("currency").map_err(unreadable)? {
        Some(named) => Some(named),
        None => order.text("currency").map_err(unreadable)?,
    };
    if is_foreign(named.as_deref(), account.currency) {
        let named = named.unwrap_or_default();
        return Err(format!("the payment is in {named} and the account in {}", account.currency));
    }
    let amount = payment.money("amount", account.currency).map_err(unreadable)?;
    amount.ok_or_else(|| "the payment has no amount".to_owned())
}

/// The order's total and what a voucher holds, whichever is less (section 11).
fn maximum(account: &Account, order: &Order, payment: &Object) -> Result<Option<Money>, String> {
    let total = order.total(account.currency).map_err(unreadable)?;
    let upper = payment.money("upperLimitAmount", account.currency).map_err(unreadable)?;
    Ok([total, upper].into_iter().flatten().min_by_key(|limit| limit.minor()))
}

/// The order's attributes that are texts: they are what a relabelling sets (section 5).
fn metadata(order: &Order) -> BTreeMap<String, String> {
    let attributes = order.attributes();
    let texts =
        attributes.iter().filter(|(_, raw)| raw.starts_with('"')).filter_map(|(key, raw)| {
            let text: String = serde_json::from_str(raw).ok()?;
            (!text.is_empty()).then(|| (key.to_owned(), text))
        });
    texts.collect()
}

fn marks(
    order: &Order,
    place: usize,
    payment: &Object,
    transactions: Option<&[Object]>,
) -> BTreeMap<String, String> {
    let found = [
        (ORDER_STATUS, order.status()),
        (LAST_MODIFIED, order.text("lastModified").ok().flatten()),
        (ADAPTER_ID, payment.text("adapterId").ok().flatten()),
        (PLACE, Some(place.to_string())),
        (PSP_REFERENCE, payment.text("reference").ok().flatten()),
        (TRANSACTIONS, transactions.map(|list| list.len().to_string())),
    ];
    let given = found.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    given.collect()
}

/// What was taken and what went back.
struct Movements {
    captured: Option<Money>,
    refunded: Money,
}

impl Movements {
    /// The state says it, or a transaction that succeeded (section 10: `event=refund`,
    /// `isSuccess=true`). A transaction's amount is the one after it (section 4): only one that
    /// leaves a part says that not all went back.
    fn of(word: &str, amount: Money, transactions: Option<&[Object]>) -> Self {
        let transactions = transactions.unwrap_or_default();
        let word = word.to_ascii_lowercase();
        let returned = newest(transactions, "refund");
        let taken = newest(transactions, "capture").is_some() || returned.is_some();
        let is_taken = matches!(word.as_str(), "captured" | "credited" | "refunded");
        let refunded = match (word.as_str(), returned) {
            ("refunded", _) => amount,
            (_, Some(refund)) => less_what_is_left(amount, refund),
            ("credited", None) => amount,
            (_, None) => Money::zero(amount.currency()),
        };
        Self { captured: (is_taken || taken).then_some(amount), refunded }
    }
}

/// The newest transaction of this event that succeeded.
fn newest<'a>(transactions: &'a [Object], event: &str) -> Option<&'a Object> {
    let is_it = |transaction: &&Object| {
        let word = transaction.text("event").ok().flatten();
        word.is_some_and(|word| word.eq_ignore_ascii_case(event))
            && transaction.flag("isSuccess") == Some(true)
    };
    transactions.iter().rev().find(is_it)
}

fn less_what_is_left(amount: Money, refund: &Object) -> Money {
    let left = refund.money("amount", amount.currency()).ok().flatten();
    let part = left.filter(|left| left.is_positive()).and_then(|left| amount.minus(left).ok());
    part.filter(|part| part.is_positive()).unwrap_or(amount)
}

fn unreadable(what: Unreadable) -> String {
    format!("the answer's {} cannot be read", what.field)
}
