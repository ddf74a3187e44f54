//! The order service: what each call reads or proposes (page Order). What is proposed is taken over
//! by `serve` once the hooks have had their say.

use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::access::Shop;
use super::adapter::{self, push};
use super::answer::Said;
use super::book::{Book, new_id};
use super::hooks;
use super::number;
use super::order::{
    self, amount, is_live, members, payment, payment_mut, payments, put, status, text,
};
use super::route::{Act, Asked, PaymentAct};
use super::switches::Merge;
use crate::ledger::EffectKind;
use crate::world::{Call, World};

/// Orders of one page where no limit is given, and the most there are.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// What took effect, for the ledger.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effect {
    pub kind: EffectKind,
    /// `ORDER_ID/PAYMENT_ID`, or the order alone.
    pub token: String,
    pub amount: Option<Decimal>,
    pub reference: Option<String>,
}

/// A change that hooks may still have a say in.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub order_id: String,
    /// The order as it was: somebody else's change in between is a conflict.
    pub before: Value,
    pub proposed: Value,
    pub hooks: Vec<hooks::Asked>,
    pub effect: Option<EffectKind>,
    /// The payment the effect is about; empty for the order itself.
    pub payment_id: String,
    pub then: Then,
}

/// How a taken proposal is answered.
#[derive(Debug, Clone)]
pub(crate) enum Then {
    /// With the payment as it is now.
    Payment,
    /// Like this.
    Said(Said),
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Step {
    /// Answered at once.
    Said(Said, Option<Effect>),
    /// The hooks are asked first.
    Propose(Box<Proposal>),
}

type Outcome = Result<Step, Said>;

fn said(said: Said) -> Outcome {
    Ok(Step::Said(said, None))
}

/// Judges a call of a proven shop.
pub(crate) fn step(world: &mut World, shop: Shop, asked: &Asked, call: &Call) -> Step {
    let outcome = match asked {
        Asked::List => said(list(&world.norce, shop, &call.query)),
        Asked::Create => create(world, shop, call),
        Asked::Order(id, act) => of_order(world, shop, id, act, call),
        Asked::Payment(id, payment_id, act) => of_payment(world, shop, (id, payment_id), act, call),
        Asked::Callback(flavour, id, payment_id) => {
            callback(world, shop, (*flavour, id, payment_id), call)
        }
        Asked::Manage(flavour, id, payment_id, act) => {
            let managed = adapter::manage(&mut world.norce, *flavour, shop, (id, payment_id), act);
            let effect = managed.effect.map(|(kind, amount)| Effect {
                kind,
                token: format!("{id}/{payment_id}"),
                amount: Some(amount),
                reference: None,
            });
            Ok(Step::Said(managed.said, effect))
        }
        Asked::Live(flavour, id, payment_id, act) => {
            live(world, shop, (*flavour, id, payment_id, act), call)
        }
    };
    outcome.unwrap_or_else(|no| Step::Said(no, None))
}

fn list(book: &Book, shop: Shop, query: &str) -> Said {
    let uri: Option<Uri> = format!("/?{query}").parse().ok();
    let pairs = uri.and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    let Some(Query(pairs)) = pairs else {
        return Said::bad("order-bad-request", "The query cannot be read.");
    };
    let one = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let number = |name: &str, usual: usize| one(name).map_or(Some(usual), |text| text.parse().ok());
    let (Some(limit), Some(offset)) = (number("limit", PAGE), number("offset", 0)) else {
        return Said::bad("order-bad-request", "limit and offset are numbers.");
    };
    let limit = limit.clamp(1, LARGEST_PAGE);
    let statuses: Vec<&String> =
        pairs.iter().filter(|(key, _)| key == "status").map(|(_, value)| value).collect();
    let mut found: Vec<&Value> = book
        .orders()
        .filter(|order| book.owned(shop, text(order, "id")).is_some())
        .filter(|order| one("reference").is_none_or(|it| text(order, "reference") == it))
        .filter(|order| {
            let cart = order.pointer("/cart/reference").and_then(Value::as_str);
            one("cart_reference").is_none_or(|it| cart == Some(it))
        })
        .filter(|order| one("payment_id").is_none_or(|it| payment(order, it).is_some()))
        .filter(|order| statuses.is_empty() || statuses.iter().any(|it| **it == status(order)))
        .filter(|order| one("date_from").is_none_or(|it| to_the_second(order) >= second(it)))
        .filter(|order| one("date_to").is_none_or(|it| to_the_second(order) <= second(it)))
        .collect();
    if one("order_by_direction").is_some_and(|it| it == "desc") {
        found.reverse();
    }
    let total = found.len();
    let data: Vec<&Value> = found.into_iter().skip(offset).take(limit).collect();
    let pagination =
        json!({"limit": limit, "offset": offset, "size": data.len(), "totalSize": total});
    Said::ok(json!({"data": data, "pagination": pagination}))
}

fn to_the_second(order: &Value) -> &str {
    second(text(order, "created"))
}

fn second(moment: &str) -> &str {
    moment.get(..19).unwrap_or(moment)
}

/// A new order of this shop, from what was given.
fn create(world: &mut World, shop: Shop, call: &Call) -> Outcome {
    let Some(given) = body(call).filter(Value::is_object) else {
        return Err(Said::bad("order-bad-request", "The body is no order."));
    };
    let id = new_id("o_", &mut world.chance);
    let order = new_order(&mut world.norce, shop, &id, given);
    world.norce.add(order);
    let answer = if world.norce.switches.editions.create_answers_text {
        json!(id)
    } else {
        json!({"id": id})
    };
    let effect = Effect { kind: EffectKind::Start, token: id, amount: None, reference: None };
    Ok(Step::Said(Said::status(StatusCode::CREATED, Some(answer)), Some(effect)))
}

/// An order with all its members.
pub(crate) fn new_order(book: &mut Book, shop: Shop, id: &str, given: Value) -> Value {
    let now = book.moment();
    let mut order = json!({
        "reference": "", "culture": "sv-SE", "currency": shop.currency, "country": "SE",
        "cart": {"reference": "", "items": []}, "customer": {"type": "person"}, "consents": [],
        "actions": [], "hooks": [], "notifications": [], "validations": [], "attributes": {},
    });
    for (name, value) in members(&given) {
        put(&mut order, &name, value);
    }
    for (name, value) in [
        ("id", json!(id)),
        ("merchant", json!(shop.merchant)),
        ("channel", json!(shop.channel)),
        ("created", json!(now)),
        ("lastModified", json!(now)),
        ("state", json!({"currentStatus": "checkout", "transitions": []})),
        ("payments", json!([])),
        ("shippings", json!([])),
    ] {
        put(&mut order, name, value);
    }
    order::sum_up(&mut order);
    order
}

fn of_order(world: &mut World, shop: Shop, id: &str, act: &Act, call: &Call) -> Outcome {
    let before = world.norce.owned(shop, id).ok_or_else(Said::no_order)?.order.clone();
    let mut after = before.clone();
    let mut then = Said::done();
    let mut effect = None;
    match act {
        Act::Get => return said(Said::ok(before)),
        Act::Payments => return said(Said::ok(json!(payments(&before)))),
        Act::Validate => return validate(world, &before),
        Act::Delete => {
            put_status(&mut after, "removed");
            then = Said::status(StatusCode::NO_CONTENT, None);
        }
        Act::Reference => {
            editable(world, &before)?;
            let text = body(call).and_then(|body| body.as_str().map(str::to_owned));
            let text = text.ok_or_else(|| Said::bad("order-bad-request", "Not a JSON string."))?;
            put(&mut after, "reference", text.into());
            effect = Some(EffectKind::Update);
        }
        Act::Attributes => {
            editable(world, &before)?;
            attributes(world, &mut after, call)?;
            effect = Some(EffectKind::Update);
        }
        Act::Part(part) => {
            editable(world, &before)?;
            replace_part(&mut after, part, call)?;
        }
        Act::State => {
            let editions = &world.norce.switches.editions;
            let word = body(call).map(|body| text(&body, "currentStatus").to_owned());
            put_status(&mut after, &word.unwrap_or_default());
            if editions.state_202 || editions.state_superseded {
                then = Said::status(StatusCode::ACCEPTED, None);
            }
            if editions.state_superseded {
                return said(then);
            }
        }
        Act::AddPayment => {
            let id = new_id("p_", &mut world.chance);
            let mut new = body(call).filter(Value::is_object).unwrap_or_else(|| json!({}));
            put(&mut new, "id", id.clone().into());
            put(&mut new, "orderId", text(&before, "id").into());
            push(&mut after, "payments", new);
            then = Said::status(StatusCode::CREATED, Some(json!({"id": id})));
        }
        Act::Append(list) => {
            let mut new = body(call).filter(Value::is_object).unwrap_or_else(|| json!({}));
            put(&mut new, "id", new_id("x_", &mut world.chance).into());
            then = Said::ok(new.clone());
            push(&mut after, list, new);
            order::sum_up(&mut after);
        }
        Act::Drop(list, one) => {
            if let Some(list) = after.get_mut(*list).and_then(Value::as_array_mut) {
                list.retain(|known| text(known, "id") != one);
            }
        }
    }
    Ok(propose(world, before, after, (effect, "", Then::Said(then)), call))
}

fn put_status(order: &mut Value, word: &str) {
    if let Some(state) = order.get_mut("state") {
        put(state, "currentStatus", word.to_ascii_lowercase().into());
    }
}

/// A-NOR-11.
fn editable(world: &World, order: &Value) -> Result<(), Said> {
    let status = status(order);
    if status == "removed" {
        return Err(Said::no_order());
    }
    if world.norce.switches.editable.checkout_only && status != "checkout" {
        let words = format!("The order is {status} and takes no changes.");
        return Err(Said::error(StatusCode::CONFLICT, "order-conflict", &words));
    }
    Ok(())
}

/// A-NOR-09.
fn attributes(world: &World, order: &mut Value, call: &Call) -> Result<(), Said> {
    let given = body(call).filter(Value::is_object);
    let given = given.ok_or_else(|| Said::bad("order-bad-request", "Not a JSON object."))?;
    let merge = world.norce.switches.attributes.merge;
    if merge == Merge::Replace {
        put(order, "attributes", given);
        return Ok(());
    }
    let mut kept = order.get("attributes").map(members).unwrap_or_default();
    for (name, value) in members(&given) {
        if merge == Merge::NullDeletes && value.is_null() {
            kept.remove(&name);
        } else {
            kept.insert(name, value);
        }
    }
    put(order, "attributes", Value::Object(kept));
    Ok(())
}

fn replace_part(order: &mut Value, part: &str, call: &Call) -> Result<(), Said> {
    let given = body(call).filter(Value::is_object);
    let given = given.ok_or_else(|| Said::bad("order-bad-request", "Not a JSON object."))?;
    if part == "cart" {
        put(order, "cart", given);
        order::sum_up(order);
    } else if let Some(customer) = order.get_mut("customer") {
        put(customer, part, given);
    }
    Ok(())
}

/// Asks the hooks of all live payments about the order as it is. Under a time constraint a
/// callback that does not answer in time is passed over.
fn validate(world: &mut World, order: &Value) -> Outcome {
    let drawn = world.faults.draw(crate::faults::Command::Hook, &mut world.chance);
    let late = drawn.delay_ms > world.norce.switches.deadline.hook_ms
        || drawn.rule.as_ref().is_some_and(|rule| rule.fault == crate::faults::FaultKind::Hang);
    let failed = drawn.rule.is_some() || world.norce.switches.refusals.hook_status.is_some();
    let editions = &world.norce.switches.editions;
    if !(failed || late) || (late && editions.time_constraint) {
        return said(Said::ok(json!([])));
    }
    let live = payments(order).iter().find(|payment| is_live(payment));
    let adapter_id = live.map(|payment| text(payment, "adapterId")).unwrap_or_default();
    let errors = json!([{"adapterId": adapter_id, "code": "order-validation"}]);
    let errors = if editions.errors_wrapped { json!({"errors": errors}) } else { errors };
    said(Said::status(StatusCode::BAD_REQUEST, Some(errors)))
}

fn of_payment(
    world: &mut World,
    shop: Shop,
    (id, payment_id): (&str, &str),
    act: &PaymentAct,
    call: &Call,
) -> Outcome {
    let entry = world.norce.owned(shop, id).ok_or_else(Said::no_order)?;
    let before = entry.order.clone();
    let known = payment(&before, payment_id).ok_or_else(Said::no_payment)?;
    match act {
        PaymentAct::Get => said(Said::ok(known.clone())),
        PaymentAct::Transactions => {
            let log = entry.transactions.get(payment_id).cloned().unwrap_or_default();
            said(Said::ok(Value::Array(log)))
        }
        PaymentAct::Put => {
            editable(world, &before)?;
            let after = with_payment(&before, payment_id, body(call))?;
            let then = (Some(EffectKind::Update), payment_id, Then::Payment);
            Ok(propose(world, before, after, then, call))
        }
        PaymentAct::AddTransaction => {
            let new = body(call).unwrap_or_default();
            let entry = world.norce.entry_mut(id).ok_or_else(Said::no_order)?;
            entry.transactions.entry(payment_id.to_owned()).or_default().push(new.clone());
            said(Said::ok(new))
        }
        PaymentAct::AddActions => {
            let mut after = before.clone();
            if let (Some(payment), Some(actions)) =
                (payment_mut(&mut after, payment_id), body(call).filter(Value::is_array))
            {
                put(payment, "actions", actions);
            }
            Ok(propose(world, before, after, (None, "", Then::Said(Said::done())), call))
        }
        PaymentAct::Execute(action) => execute(world, shop, (id, payment_id, action), known),
    }
}

/// PUT payment: the whole object. What is read-only stays; what is left out is gone (A-NOR-06).
fn with_payment(order: &Value, payment_id: &str, given: Option<Value>) -> Result<Value, Said> {
    let bad = |words: &str| Said::bad("payment-error", words);
    let mut given = given.filter(Value::is_object).ok_or_else(|| bad("The body is no payment."))?;
    let known = payment(order, payment_id).filter(|payment| is_live(payment));
    let known = known.ok_or_else(Said::no_payment)?;
    let amount_now = given.get("amount").and_then(number::read);
    let amount_now = amount_now.filter(|amount| !amount.is_sign_negative());
    let amount_now = amount_now.ok_or_else(|| bad("amount is a number, zero or more."))?;
    let limits = [amount(order, "/total/includingVat"), amount(&given, "/upperLimitAmount")];
    if limits.into_iter().flatten().any(|limit| amount_now > limit) {
        return Err(bad("amount is more than the order or the payment takes."));
    }
    let currency = text(&given, "currency");
    if !currency.is_empty() && !currency.eq_ignore_ascii_case(text(order, "currency")) {
        return Err(bad("currency differs from the order's."));
    }
    for name in ["id", "orderId", "merchant", "channel"] {
        if let Some(value) = known.get(name) {
            put(&mut given, name, value.clone());
        }
    }
    let mut after = order.clone();
    let slot = payment_mut(&mut after, payment_id).ok_or_else(Said::no_payment)?;
    *slot = given;
    Ok(after)
}

/// Executing an action calls its url; those of this stand-in's own adapters are called at once.
fn execute(
    world: &mut World,
    shop: Shop,
    (id, payment_id, action): (&str, &str, &str),
    payment: &Value,
) -> Outcome {
    let actions = payment.get("actions").and_then(Value::as_array);
    let found = actions.into_iter().flatten().find(|known| text(known, "id") == action);
    let act = found.map(|action| text(action, "type").to_owned());
    let flavour = adapter::flavour_of(text(payment, "adapterId"));
    let (Some(act), Some(flavour)) = (act, flavour) else {
        return Err(Said::bad("payment-error", "There is no such action."));
    };
    let managed = adapter::manage(&mut world.norce, flavour, shop, (id, payment_id), &act);
    let effect = managed.effect.map(|(kind, amount)| Effect {
        kind,
        token: format!("{id}/{payment_id}"),
        amount: Some(amount),
        reference: None,
    });
    if managed.said.status == StatusCode::OK {
        return Ok(Step::Said(Said::done(), effect));
    }
    Err(managed.said)
}

/// A direct call of an adapter's callback: the adapter answers, and the order stays as it is
/// unless A-NOR-02 says otherwise.
fn callback(
    world: &mut World,
    shop: Shop,
    (flavour, id, payment_id): (adapter::Flavour, &str, &str),
    call: &Call,
) -> Outcome {
    if world.norce.switches.direct_call.forbidden {
        return Err(Said::unauthorized());
    }
    let proposed = body(call);
    let ids = (id, payment_id);
    let answer = adapter::update_payment(&world.norce, flavour, shop, ids, proposed.as_ref());
    let stored = world.norce.switches.direct_call.stores && answer.status.is_success();
    let patch = answer.body.clone().unwrap_or_else(|| json!([]));
    let before = world.norce.owned(shop, id).map(|entry| entry.order.clone());
    match (stored, before) {
        (true, Some(before)) => {
            let after = super::patch::apply(&before, &patch)
                .map_err(|why| Said::bad("order-validation", &why))?;
            world.norce.store(id, after.clone());
            let effect = effect(EffectKind::Update, &after, payment_id);
            Ok(Step::Said(answer, Some(effect)))
        }
        (_, _) => said(answer),
    }
}

fn live(
    world: &mut World,
    shop: Shop,
    (flavour, id, payment_id, act): (adapter::Flavour, &str, &str, &'static str),
    call: &Call,
) -> Outcome {
    let before = world.norce.owned(shop, id).ok_or_else(Said::no_order)?.order.clone();
    if act == "get" {
        let known = payment(&before, payment_id).filter(|payment| is_live(payment));
        let known = known.ok_or_else(Said::no_payment)?;
        let answer = json!({"paymentId": payment_id, "status": order::state(known)});
        return said(Said::ok(answer));
    }
    let ids = (payment_id, act);
    let (after, answer) = adapter::live(&world.norce, flavour, &before, ids, &mut world.chance)?;
    // What an adapter does itself does not come back to it as a hook.
    let own = flavour.adapter_ids.first().copied().unwrap_or_default();
    let mut step = propose(world, before, after, (None, payment_id, Then::Said(answer)), call);
    if let Step::Propose(proposal) = &mut step {
        let (before, after) = (&proposal.before, &proposal.proposed);
        proposal.hooks = hooks::concerned(&world.norce.base, before, after, own);
    }
    Ok(step)
}

fn propose(
    world: &World,
    before: Value,
    proposed: Value,
    (effect, payment_id, then): (Option<EffectKind>, &str, Then),
    call: &Call,
) -> Step {
    let except = call.headers.get("x-adapterid").and_then(|value| value.to_str().ok());
    let hooks = hooks::concerned(&world.norce.base, &before, &proposed, except.unwrap_or_default());
    Step::Propose(Box::new(Proposal {
        order_id: text(&before, "id").to_owned(),
        before,
        proposed,
        hooks,
        effect,
        payment_id: payment_id.to_owned(),
        then,
    }))
}

/// What a change of an order or a payment is in the ledger.
pub(crate) fn effect(kind: EffectKind, order: &Value, payment_id: &str) -> Effect {
    let id = text(order, "id");
    let known = payment(order, payment_id);
    let token = if known.is_some() { format!("{id}/{payment_id}") } else { id.to_owned() };
    let reference = text(order, "reference");
    Effect {
        kind,
        token,
        amount: known.and_then(|payment| payment.get("amount")).and_then(number::read),
        reference: (!reference.is_empty()).then(|| reference.to_owned()),
    }
}

fn body(call: &Call) -> Option<Value> {
    serde_json::from_slice(&call.body).ok()
}
