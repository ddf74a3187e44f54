//! Hooks: who is asked about a proposed order, in which order, and what becomes of the answers
//! (pages Hooks and Order callbacks).

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use super::access::Shop;
use super::adapter::{Flavour, flavour, update_payment};
use super::order::text;
use super::outside::{self, Heard};
use super::patch;
use crate::faults::{Command, Drawn, FaultKind};
use crate::world::{Shared, World};

/// Whom a hook asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// An adapter of this stand-in.
    Adapter(Flavour, String),
    /// Somebody else on loopback.
    Address(String),
}

/// Why a proposed order is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// A hook answered with something else than success.
    Refused(String),
    /// A hook did not answer in time.
    TimedOut,
}

impl Rejected {
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Refused(why) => why.clone(),
            Self::TimedOut => "A hook did not answer in time.".to_owned(),
        }
    }
}

/// The hooks that a change concerns, in the order they are asked: those with a target, those with
/// a scope alone, adapters' own. Hooks of `except` (x-adapterid) are left out.
pub(crate) fn concerned(base: &str, before: &Value, after: &Value, except: &str) -> Vec<Asked> {
    let hooks = after.get("hooks").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found: Vec<(u8, Asked)> = hooks
        .iter()
        .filter(|hook| except.is_empty() || text(hook, "adapterId") != except)
        .filter(|hook| before.pointer(scope(hook)) != after.pointer(scope(hook)))
        .map(|hook| {
            let has_target = !text(hook, "target").is_empty();
            let is_adapter = !text(hook, "adapterId").is_empty();
            let turn = if has_target { 0 } else { u8::from(is_adapter) + 1 };
            (turn, asked(base, text(after, "id"), text(hook, "invoke")))
        })
        .collect();
    found.sort_by_key(|(turn, _)| *turn);
    found.into_iter().map(|(_, asked)| asked).collect()
}

/// `scope` in v1, `subscribeTo` in v0.
fn scope(hook: &Value) -> &str {
    let scope = text(hook, "scope");
    let scope = if scope.is_empty() { text(hook, "subscribeTo") } else { scope };
    if scope == "/" { "" } else { scope }
}

/// Fills in the template and sees whether the address is this stand-in's own.
fn asked(base: &str, order_id: &str, invoke: &str) -> Asked {
    let url = invoke.replace("{order.id}", order_id).replace("{order_id}", order_id);
    let own = || {
        let rest = url.strip_prefix(base)?.strip_prefix('/')?;
        let (service, rest) = rest.split_once('/')?;
        let (_, rest) = rest.split_once("/payments/")?;
        Some(Asked::Adapter(flavour(service)?, rest.strip_suffix("/update-payment")?.to_owned()))
    };
    own().unwrap_or(Asked::Address(url))
}

/// Asks them one after the other; each sees the order as those before it left it.
pub(crate) async fn run(
    shared: &Shared,
    shop: Shop,
    hooks: Vec<Asked>,
    mut proposed: Value,
) -> Result<Value, Rejected> {
    for hook in hooks {
        let drawn = shared.with(|world| world.faults.draw(Command::Hook, &mut world.chance));
        let limit = shared.with(|world| world.norce.switches.deadline.hook_ms);
        wait(&drawn, limit).await?;
        let (status, body) = match hook {
            Asked::Adapter(flavour, payment_id) => {
                shared.with(|world| inside(world, flavour, shop, &payment_id, &proposed))
            }
            Asked::Address(url) => {
                let order = proposed.to_string();
                let caller = outside::Caller {
                    token: shop.token.to_owned(),
                    merchant: shop.merchant.to_owned(),
                    channel: shop.channel.to_owned(),
                };
                match outside::post(&url, &caller, order, Duration::from_millis(limit)).await {
                    Heard::Answer(status, body) => (status, body),
                    Heard::TimedOut => return Err(Rejected::TimedOut),
                    Heard::Nobody => {
                        return Err(Rejected::Refused("A hook cannot be reached.".to_owned()));
                    }
                }
            }
        };
        proposed = taken(&proposed, status, &body).map_err(Rejected::Refused)?;
    }
    Ok(proposed)
}

/// A fault on a hook: it is slow, or it fails.
async fn wait(drawn: &Drawn, limit: u64) -> Result<(), Rejected> {
    let hangs = drawn.rule.as_ref().is_some_and(|rule| rule.fault == FaultKind::Hang);
    if hangs || drawn.delay_ms > limit {
        tokio::time::sleep(Duration::from_millis(limit)).await;
        return Err(Rejected::TimedOut);
    }
    tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    match &drawn.rule {
        Some(rule) => Err(Rejected::Refused(format!("A hook failed: {}.", rule.fault.as_str()))),
        None => Ok(()),
    }
}

fn inside(
    world: &World,
    flavour: Flavour,
    shop: Shop,
    payment_id: &str,
    proposed: &Value,
) -> (u16, Vec<u8>) {
    let ids = (text(proposed, "id"), payment_id);
    let said = update_payment(&world.norce, flavour, shop, ids, Some(proposed));
    let body = said.body.map(|body| body.to_string()).unwrap_or_default();
    (said.status.as_u16(), body.into_bytes())
}

/// What a hook's answer makes of the proposed order: nothing where it is empty, its patch where
/// it has one, a no where it is anything else than success.
pub(crate) fn taken(proposed: &Value, status: u16, body: &[u8]) -> Result<Value, String> {
    let success = StatusCode::from_u16(status).is_ok_and(|status| status.is_success());
    if !success {
        return Err(format!("A hook answered {status}."));
    }
    if body.is_empty() {
        return Ok(proposed.clone());
    }
    let operations: Value =
        serde_json::from_slice(body).map_err(|_| "A hook's answer is no JSON.".to_owned())?;
    patch::apply(proposed, &operations).map_err(|why| format!("A hook's patch: {why}."))
}
