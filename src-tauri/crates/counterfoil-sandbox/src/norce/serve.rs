//! The way of one request: read, record, draw a fault, judge, ask the hooks, take over, word the
//! answer, deliver.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::PROVIDER;
use super::access::Shop;
use super::answer::{self, Said};
use super::hooks::{self, Rejected};
use super::number;
use super::order::{payment, text};
use super::route::{self, Asked};
use super::service::{self, Effect, Proposal, Step, Then};
use crate::deliver::{self, Answer};
use crate::faults::{Drawn, FaultRule};
use crate::ledger::NewEffect;
use crate::line::Connection;
use crate::world::{Call, Shared, World};

/// Answers everything below `/norce`.
pub(crate) async fn serve(shared: &Shared, connection: &Connection, call: Call) -> Response {
    let asked = match route::route(&call.method, &call.path) {
        Ok(asked) => asked,
        Err(status) => return missed(shared, &call, status),
    };
    let turn = shared.with(|world| begin(world, &asked, &call));
    let said = match turn.step {
        None => None,
        Some(Step::Said(said, effect)) => {
            shared.with(|world| enter(world, effect, &call));
            Some(said)
        }
        Some(Step::Propose(proposal)) => Some(decide(shared, turn.shop, *proposal, &call).await),
    };
    let rule = turn.drawn.rule.as_ref();
    let answer = said.map(|said| shared.with(|world| write(world, said, rule)));
    if turn.drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(turn.drawn.delay_ms)).await;
    }
    deliver::deliver(connection, rule, answer, None).await
}

/// 404 or 405 with a body; the request is still recorded.
fn missed(shared: &Shared, call: &Call, status: StatusCode) -> Response {
    shared.with(|world| world.arrivals.enter(call.received(PROVIDER)));
    let said = Said::error(status, "application-not-found", "There is nothing at this address.");
    let json = said.body.map(|body| body.to_string()).unwrap_or_default();
    deliver::reply(status, "application/json", json)
}

/// What the locked beginning of a request decided.
struct Turn {
    shop: Option<Shop>,
    drawn: Drawn,
    step: Option<Step>,
}

fn begin(world: &mut World, asked: &Asked, call: &Call) -> Turn {
    let shop = shop(world, &call.headers);
    let drawn = world.faults.draw(route::command(asked), &mut world.chance);
    let mut received = call.received(PROVIDER);
    received.signature_valid = Some(shop.is_ok());
    received.token = named(asked);
    received.fault = drawn.name();
    world.arrivals.enter(received);
    let applies = drawn.rule.as_ref().is_none_or(FaultRule::applies);
    let step = applies.then(|| match &shop {
        Ok(shop) => service::step(world, *shop, asked, call),
        Err(said) => Step::Said(said.clone(), None),
    });
    Turn { shop: shop.ok(), drawn, step }
}

fn named(asked: &Asked) -> Option<String> {
    match asked {
        Asked::List | Asked::Create => None,
        Asked::Order(order, _) => Some(order.clone()),
        Asked::Payment(order, payment, _)
        | Asked::Callback(_, order, payment)
        | Asked::Manage(_, order, payment, _)
        | Asked::Live(_, order, payment, _) => Some(format!("{order}/{payment}")),
    }
}

/// Bearer token, and merchant and channel that are not empty. A token speaks for all channels of
/// its merchant; a shop that is none of its own sees no orders.
fn shop(world: &World, headers: &HeaderMap) -> Result<Shop, Said> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let shops = &world.norce.shops;
    let token = token.filter(|token| shops.iter().any(|shop| shop.token == *token));
    let token = token.ok_or_else(Said::unauthorized)?;
    let needed = |name: &str| {
        let given = text(name).filter(|value| !value.is_empty());
        given.ok_or_else(|| Said::bad("order-bad-request", &format!("{name} is required.")))
    };
    let (merchant, channel) = (needed("x-merchant")?, needed("x-channel")?);
    let theirs =
        |shop: &&Shop| shop.token == token && shop.merchant == merchant && shop.channel == channel;
    shops.iter().find(theirs).copied().ok_or_else(Said::no_order)
}

/// Asks the hooks and takes the order over, or says why not.
async fn decide(shared: &Shared, shop: Option<Shop>, proposal: Proposal, call: &Call) -> Said {
    let Some(shop) = shop else { return Said::unauthorized() };
    let hooks = proposal.hooks.clone();
    let decided = hooks::run(shared, shop, hooks, proposal.proposed.clone()).await;
    shared.with(|world| match decided {
        Ok(order) => take(world, proposal, order, call),
        Err(rejected) => no(world, &rejected),
    })
}

fn no(world: &World, rejected: &Rejected) -> Said {
    let status = StatusCode::from_u16(world.norce.switches.refusals.http_status);
    let status = status.unwrap_or(StatusCode::BAD_REQUEST);
    Said::error(status, "order-validation", &rejected.words())
}

fn take(world: &mut World, proposal: Proposal, order: Value, call: &Call) -> Said {
    let now = world.norce.entry(&proposal.order_id).map(|entry| &entry.order);
    let modified = |order: &Value| text(order, "lastModified").to_owned();
    if now.map(modified) != Some(modified(&proposal.before)) {
        let words = "The order was changed meanwhile.";
        return Said::error(StatusCode::CONFLICT, "order-conflict", words);
    }
    world.norce.store(&proposal.order_id, order.clone());
    if let Some(kind) = proposal.effect {
        let effect = service::effect(kind, &order, &proposal.payment_id);
        enter(world, Some(effect), call);
    }
    match proposal.then {
        Then::Said(said) => said,
        Then::Payment => {
            payment(&order, &proposal.payment_id).cloned().map_or_else(Said::no_payment, Said::ok)
        }
    }
}

/// Writes what took effect into the ledger.
fn enter(world: &mut World, effect: Option<Effect>, call: &Call) {
    record(world, effect, Some(call.digest()));
}

/// As [`enter`], for what no request asked for.
pub(crate) fn record(world: &mut World, effect: Option<Effect>, request_digest: Option<String>) {
    let Some(effect) = effect else { return };
    world.ledger.enter(NewEffect {
        provider: PROVIDER,
        kind: effect.kind,
        token: effect.token,
        amount: effect.amount.map(number::two_decimals),
        invoice_number: effect.reference,
        awaits_customer: false,
        request_digest,
    });
}

fn write(world: &mut World, said: Said, rule: Option<&FaultRule>) -> Answer {
    let json = said.body.map(|mut body| {
        if world.norce.switches.editions.capital_states {
            answer::with_capitals(&mut body);
        }
        if let Some(rule) = rule {
            answer::distort(&mut body, rule);
        }
        deliver::render(&body, &mut world.chance)
    });
    Answer { status: said.status, json: json.unwrap_or_default() }
}
