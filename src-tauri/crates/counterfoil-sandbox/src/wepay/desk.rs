//! What the control interface may do: make payments, let somebody else change them, end refunds,
//! put the clock forward, deliver a notification.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::{App, WepayAccess};
use super::answer;
use super::book::{Done, uuid};
use super::money;
use super::payment::{
    Payment, RefundStatus, WepayItem, WepayPaymentView, WepayRefundView, WepayStatus,
};
use super::serve::enter;
use crate::ledger::EffectKind;
use crate::world::{ControlError, World};

/// A payment to be put into the book as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewWepayPayment {
    /// Major units, at most two decimals.
    pub amount: String,
    /// Its state; pending when absent.
    pub status: Option<WepayStatus>,
    /// Captured by itself; a pending one waits for its capture when absent.
    pub auto_capture: bool,
    /// The card was present.
    pub card_present: bool,
    /// How many seconds ago it was made.
    pub age_s: i64,
    /// When it is to be captured, seconds since 1970.
    pub capture_at: Option<i64>,
    /// The supplier's reference.
    pub reference_id: Option<String>,
    /// Free data.
    pub custom_data: Option<Map<String, Value>>,
    /// USD or CAD; the application's when absent.
    pub currency: Option<String>,
    /// The application; the first one when absent.
    pub app_id: Option<String>,
    /// Who pays.
    pub customer: Option<String>,
    /// What is paid for.
    pub items: Vec<WepayItem>,
}

/// A change that somebody else makes at the provider.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WepayChange {
    /// The new amount, major units.
    pub amount: Option<String>,
    /// The new state.
    pub status: Option<WepayStatus>,
    /// The new reference.
    pub reference_id: Option<String>,
    /// The new free data.
    pub custom_data: Option<Map<String, Value>>,
    /// Another moment of capture, seconds since 1970.
    pub capture_at: Option<i64>,
    /// What went back so far, major units.
    pub refunded: Option<String>,
    /// What a dispute holds, major units.
    pub disputed: Option<String>,
}

/// How a pending refund ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundEnd {
    /// `completed` or `failed`.
    pub status: RefundStatus,
}

/// How far this provider's clock goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockAhead {
    /// Seconds, added to what was put forward before.
    pub forward_s: i64,
}

/// Address and credentials of an application.
pub(crate) fn access(world: &World, index: usize) -> Option<WepayAccess> {
    let App { id, token, currency, .. } = world.wepay.apps.get(index)?;
    let names = &world.wepay.switches.amounts;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let options = [
        pair("amounts.object", &names.object),
        pair("amounts.total", &names.total),
        pair("amounts.currency", &names.currency),
    ];
    Some(WepayAccess {
        base_url: world.wepay.base.clone(),
        app_id: (*id).to_owned(),
        app_token: (*token).to_owned(),
        currency: (*currency).to_owned(),
        options: options.into_iter().collect(),
    })
}

/// All payments, in the order they were made.
pub(crate) fn list(world: &mut World) -> Vec<WepayPaymentView> {
    pass_time(world);
    world.wepay.payments().iter().map(WepayPaymentView::of).collect()
}

/// One payment.
pub(crate) fn look(world: &mut World, id: &str) -> Result<WepayPaymentView, ControlError> {
    pass_time(world);
    let payment = world.wepay.payment(id).ok_or(ControlError::UnknownPayment)?;
    Ok(WepayPaymentView::of(payment))
}

/// All refunds.
pub(crate) fn refunds(world: &mut World) -> Vec<WepayRefundView> {
    pass_time(world);
    world.wepay.refunds().map(WepayRefundView::of).collect()
}

fn pass_time(world: &mut World) {
    let now_ms = world.wepay.now_ms();
    for done in world.wepay.tick(now_ms) {
        enter(world, &done, None);
    }
}

/// Puts a payment into the book.
pub(crate) fn create(
    world: &mut World,
    new: NewWepayPayment,
) -> Result<WepayPaymentView, ControlError> {
    let amount = money::parse(&new.amount).ok_or(ControlError::BadAmount)?;
    let book = &world.wepay;
    let wanted = |app: &&App| new.app_id.as_deref().is_none_or(|id| id == app.id);
    let app = book.apps.iter().find(wanted).ok_or(ControlError::UnknownAccount)?.clone();
    let currency = new.currency.unwrap_or_else(|| app.currency.to_owned());
    if !book.switches.currencies.taken.contains(&currency) {
        return Err(ControlError::BadAmount);
    }
    let now = book.now_ms().div_euclid(1_000);
    let id = uuid(&mut world.chance);
    let status = new.status.unwrap_or(WepayStatus::Pending);
    world.wepay.add(Payment {
        id: id.clone(),
        number: 0, // numbered on entry
        app_id: app.id.to_owned(),
        owner: app.owner.to_owned(),
        create_time: now.saturating_sub(new.age_s).max(0),
        status,
        amount,
        authorised: amount,
        refunded: 0,
        disputed: 0,
        currency,
        auto_capture: new.auto_capture,
        capture_at: new.capture_at,
        completes_at_ms: None,
        card_present: new.card_present,
        custom_data: new.custom_data,
        reference_id: new.reference_id,
        failure: None,
        authorization_code: Some("0224241".to_owned()),
        method_id: uuid(&mut world.chance),
        rbits: Vec::new(),
        cancel_reason: None,
        customer: new.customer,
        items: new.items,
    });
    world.wepay.tell(&id, "payments.created", now);
    enter(world, &Done { kind: EffectKind::Control, id: id.clone(), amount: Some(amount) }, None);
    look(world, &id)
}

/// Somebody else changes the payment at the provider.
pub(crate) fn set(
    world: &mut World,
    id: &str,
    wanted: &WepayChange,
) -> Result<WepayPaymentView, ControlError> {
    let read = |text: &Option<String>| match text {
        Some(text) => money::parse(text).map(Some).ok_or(ControlError::BadAmount),
        None => Ok(None),
    };
    let (amount, refunded) = (read(&wanted.amount)?, read(&wanted.refunded)?);
    let disputed = read(&wanted.disputed)?;
    let payment = world.wepay.payment_mut(id).ok_or(ControlError::UnknownPayment)?;
    payment.amount = amount.unwrap_or(payment.amount);
    payment.refunded = refunded.unwrap_or(payment.refunded);
    payment.disputed = disputed.unwrap_or(payment.disputed);
    payment.status = wanted.status.unwrap_or(payment.status);
    payment.capture_at = wanted.capture_at.or(payment.capture_at);
    if let Some(reference) = &wanted.reference_id {
        payment.reference_id = Some(reference.clone());
    }
    if let Some(data) = &wanted.custom_data {
        payment.custom_data = Some(data.clone());
    }
    let done = Done { kind: EffectKind::Control, id: id.to_owned(), amount: Some(payment.amount) };
    let topic = match payment.status {
        WepayStatus::Pending => "payments.in_review",
        WepayStatus::Completed => "payments.completed",
        WepayStatus::Canceled => "payments.canceled",
        WepayStatus::Failed => "payments.failed",
    };
    let now = world.wepay.now_ms().div_euclid(1_000);
    world.wepay.tell(id, topic, now);
    enter(world, &done, None);
    look(world, id)
}

/// A pending refund ends.
pub(crate) fn end_refund(
    world: &mut World,
    id: &str,
    end: RefundEnd,
) -> Result<Vec<WepayRefundView>, ControlError> {
    pass_time(world);
    let refund = world.wepay.refunds().find(|refund| refund.id == id);
    let refund = refund.ok_or(ControlError::UnknownPayment)?;
    if refund.status != RefundStatus::Pending {
        return Err(ControlError::NotPossible(refund.status.as_str()));
    }
    let now = world.wepay.now_ms().div_euclid(1_000);
    world.wepay.end_refund(id, end.status, now);
    Ok(refunds(world))
}

/// The clock goes forward, for what lives hours and days.
pub(crate) fn put_forward(world: &mut World, ahead: ClockAhead) -> ClockAhead {
    let millis = ahead.forward_s.max(0).saturating_mul(1_000);
    world.wepay.skew_ms = world.wepay.skew_ms.saturating_add(millis);
    pass_time(world);
    ClockAhead { forward_s: world.wepay.skew_ms.div_euclid(1_000) }
}

/// The newest notification as it would be posted to a callback address: unsigned (A-WEP-09).
pub(crate) fn newest_notice(world: &World) -> Option<Value> {
    world.wepay.notices().last().map(answer::notice)
}
