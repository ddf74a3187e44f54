//! The order service as an adapter of somebody else's meets it: a change of an order is proposed to
//! an external address, synchronously, and what it answers is applied or the change rejected (page
//! Handle update payment). This is how a program that is itself an adapter is tried.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Shop;
use super::desk::{NorceChange, changed, only_payment};
use super::hooks::taken;
use super::order::{put, text};
use super::outside::{self, Heard};
use super::serve::record;
use super::service::effect;
use crate::bumper::webhook::loopback;
use crate::ledger::EffectKind;
use crate::world::{ControlError, Shared};

/// A change, and whom to ask about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HookDrive {
    /// `http://` with a loopback address and a port, to which the callback's path is appended; an
    /// address that ends in `/update-payment` is called as it is.
    pub url: String,
    /// The order.
    pub order_id: String,
    /// The payment; the order's only live one when absent.
    pub payment_id: Option<String>,
    /// What is proposed.
    pub change: NorceChange,
    /// Another bearer token than the shop's, merchant or channel: for callers that are not proved.
    pub token: Option<String>,
    /// Another `x-merchant`.
    pub merchant: Option<String>,
    /// Another `x-channel`.
    pub channel: Option<String>,
    /// Milliseconds the adapter may take; that of A-NOR-03 when absent.
    pub limit_ms: Option<u64>,
    /// The time constraint: without a successful answer the change is taken all the same.
    pub completes_without_answer: bool,
    /// A hook that is asked after the adapter rejects the change.
    pub later_hook_rejects: bool,
    /// The list of payments is turned round between the question and the patch.
    pub reorders: bool,
    /// How often the same proposal is sent; once when absent. The last answer counts.
    pub times: Option<u8>,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HookReport {
    /// Status of each answer; absent where none came in time.
    pub statuses: Vec<Option<u16>>,
    /// The last answer, as JSON where it is JSON.
    pub answer: Value,
    /// Milliseconds the last answer took.
    pub took_ms: u64,
    /// Whether the order took the change.
    pub stored: bool,
    /// Why not.
    pub why: Option<String>,
    /// The order as it stands now.
    pub order: Value,
}

/// Proposes, asks, and takes the change over or not.
pub(crate) async fn drive(shared: &Shared, wish: HookDrive) -> Result<HookReport, ControlError> {
    let (proposed, shop, payment_id, limit) = shared.with(|world| {
        let entry = world.norce.entry(&wish.order_id).ok_or(ControlError::UnknownPayment)?;
        let proposed = changed(&entry.order, &wish.change)?;
        let payment_id = wish.payment_id.clone().or_else(|| only_payment(&entry.order));
        let payment_id = payment_id.ok_or(ControlError::UnknownPayment)?;
        let of = |shop: &&Shop| {
            shop.merchant == text(&entry.order, "merchant")
                && shop.channel == text(&entry.order, "channel")
        };
        let shop = world.norce.shops.iter().find(of).copied();
        let limit = wish.limit_ms.unwrap_or(world.norce.switches.deadline.hook_ms);
        Ok((proposed, shop.ok_or(ControlError::UnknownAccount)?, payment_id, limit))
    })?;
    let url = address(&wish, &payment_id);
    loopback(&url).ok_or(ControlError::BadUrl)?;
    let mut report = ask(&wish, &url, shop, &proposed, Duration::from_millis(limit)).await;
    let decided = decide(&wish, &report, proposed);
    shared.with(|world| {
        match decided {
            Ok(order) => {
                world.norce.store(&wish.order_id, order.clone());
                let what = effect(EffectKind::Control, &order, &payment_id);
                record(world, Some(what), None);
                report.report.stored = true;
            }
            Err(why) => report.report.why = Some(why),
        }
        let entry = world.norce.entry(&wish.order_id);
        report.report.order = entry.map(|entry| entry.order.clone()).unwrap_or_default();
    });
    Ok(report.report)
}

fn address(wish: &HookDrive, payment_id: &str) -> String {
    if wish.url.ends_with("/update-payment") {
        return wish.url.clone();
    }
    format!(
        "{}/api/checkout/v1/callback/orders/{}/payments/{payment_id}/update-payment",
        wish.url.trim_end_matches('/'),
        wish.order_id
    )
}

/// The answers, with the last body as it came.
struct Answers {
    report: HookReport,
    body: Vec<u8>,
}

async fn ask(
    wish: &HookDrive,
    url: &str,
    shop: Shop,
    proposed: &Value,
    limit: Duration,
) -> Answers {
    let caller = outside::Caller {
        token: wish.token.clone().unwrap_or_else(|| shop.token.to_owned()),
        merchant: wish.merchant.clone().unwrap_or_else(|| shop.merchant.to_owned()),
        channel: wish.channel.clone().unwrap_or_else(|| shop.channel.to_owned()),
    };
    let mut statuses = Vec::new();
    let (mut body, mut took_ms) = (Vec::new(), 0);
    for _ in 0..wish.times.unwrap_or(1).max(1) {
        let began = tokio::time::Instant::now();
        let heard = outside::post(url, &caller, proposed.to_string(), limit).await;
        took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        statuses.push(match heard {
            Heard::Answer(status, answer) => {
                body = answer;
                Some(status)
            }
            Heard::TimedOut | Heard::Nobody => None,
        });
    }
    let answer = serde_json::from_slice(&body).unwrap_or_default();
    let order = Value::Null;
    let report = HookReport { statuses, answer, took_ms, stored: false, why: None, order };
    Answers { report, body }
}

/// The order as it is taken over, or why it is not.
fn decide(wish: &HookDrive, answers: &Answers, proposed: Value) -> Result<Value, String> {
    let status = answers.report.statuses.last().copied().flatten();
    let answered = status.and_then(|status| StatusCode::from_u16(status).ok());
    let order = match answered {
        Some(status) if status.is_success() => {
            let order = if wish.reorders { turned_round(&proposed) } else { proposed };
            taken(&order, status.as_u16(), &answers.body)?
        }
        Some(_) | None if wish.completes_without_answer => proposed,
        Some(status) => return Err(format!("The adapter answered {}.", status.as_u16())),
        None => return Err("The adapter did not answer in time.".to_owned()),
    };
    if wish.later_hook_rejects {
        return Err("A later hook rejected the change.".to_owned());
    }
    Ok(order)
}

fn turned_round(order: &Value) -> Value {
    let mut order = order.clone();
    let mut payments = super::order::payments(&order).to_vec();
    payments.reverse();
    put(&mut order, "payments", Value::Array(payments));
    order
}
