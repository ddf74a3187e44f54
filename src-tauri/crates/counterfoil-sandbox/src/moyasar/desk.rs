//! What the control interface may do to payments: the customer's, the issuer's and the provider's
//! own side of the story.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::account::MoyasarAccess;
use super::book::Done;
use super::create::{approved, blank, uuid};
use super::payment::{MoyasarStatus, MoyasarView, Payment, minor};
use super::serve::enter;
use crate::clock::unix_millis;
use crate::ledger::EffectKind;
use crate::world::{ControlError, World};

/// A payment to be put into the book as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewMoyasarPayment {
    /// Major units, at most the decimals of the currency.
    pub amount: String,
    /// Its state; initiated when absent.
    pub status: Option<MoyasarStatus>,
    /// What was captured, major units; when absent, all where the state says captured.
    pub captured: Option<String>,
    /// What went back, major units; when absent, all where the state says refunded.
    pub refunded: Option<String>,
    /// ISO 4217 code; the merchant's when absent.
    pub currency: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The metadata.
    pub metadata: Map<String, Value>,
    /// The id of an invoice.
    pub invoice_id: Option<String>,
    /// Taken only on demand: the customer's payment is an authorisation.
    pub manual: bool,
    /// How long ago it was made, milliseconds.
    pub age_ms: u64,
    /// Who pays.
    pub customer: Option<String>,
    /// The merchant's place: 0 for the first.
    pub account: usize,
}

/// A change that somebody else makes at the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoyasarChange {
    /// The new state.
    pub status: Option<MoyasarStatus>,
    /// What has gone back in all, major units.
    pub refunded: Option<String>,
    /// What was captured, major units.
    pub captured: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new metadata, all of it.
    pub metadata: Option<Map<String, Value>>,
}

/// All payments, in the order they were made.
pub(crate) fn list(world: &World) -> Vec<MoyasarView> {
    world.moyasar.payments().iter().map(MoyasarView::of).collect()
}

/// One payment.
pub(crate) fn look(world: &World, id: &str) -> Result<MoyasarView, ControlError> {
    let payment = world.moyasar.payment(id).ok_or(ControlError::UnknownPayment)?;
    Ok(MoyasarView::of(payment))
}

/// Puts a payment into the book.
pub(crate) fn create(
    world: &mut World,
    new: NewMoyasarPayment,
) -> Result<MoyasarView, ControlError> {
    let account = world.moyasar.accounts.get(new.account).ok_or(ControlError::UnknownAccount)?;
    let currency = new.currency.unwrap_or_else(|| account.currency.to_owned());
    let units = |text: &str| minor(text, &currency).ok_or(ControlError::BadAmount);
    let amount = units(&new.amount)?;
    let status = new.status.unwrap_or(MoyasarStatus::Initiated);
    let sum = |text: &Option<String>, default: bool| match text {
        Some(text) => units(text),
        None => Ok(if default { amount } else { 0 }),
    };
    let captured = sum(&new.captured, status == MoyasarStatus::Captured)?;
    let refunded = sum(&new.refunded, status == MoyasarStatus::Refunded)?;
    let now = unix_millis();
    let made = now.saturating_sub(new.age_ms);
    let name = new.customer.clone().unwrap_or_else(|| "A. Customer".to_owned());
    let id = uuid(&mut world.chance);
    let payment = Payment {
        status,
        captured,
        refunded,
        refunded_at: (refunded > 0).then_some(now),
        captured_at: (captured > 0).then_some(now),
        voided_at: (status == MoyasarStatus::Voided).then_some(now),
        description: new.description,
        metadata: new.metadata,
        invoice_id: new.invoice_id,
        card: approved("mada", name, "1010".to_owned(), &mut world.chance),
        manual: new.manual,
        customer: new.customer,
        ..blank(id.clone(), new.account, amount, currency, made)
    };
    world.moyasar.add(payment);
    record(world, EffectKind::Control, &id);
    look(world, &id)
}

/// The customer pays: held where it is to be taken on demand, else paid.
pub(crate) fn pay(world: &mut World, id: &str) -> Result<MoyasarView, ControlError> {
    change(world, id, EffectKind::CustomerSigned, |payment| {
        only(payment.status == MoyasarStatus::Initiated, payment)?;
        let (held, paid) = (MoyasarStatus::Authorized, MoyasarStatus::Paid);
        payment.status = if payment.manual { held } else { paid };
        Ok(())
    })
}

/// The customer's payment fails.
pub(crate) fn fail(world: &mut World, id: &str) -> Result<MoyasarView, ControlError> {
    change(world, id, EffectKind::Control, |payment| {
        only(payment.status == MoyasarStatus::Initiated, payment)?;
        payment.status = MoyasarStatus::Failed;
        Ok(())
    })
}

/// The merchant is paid: nothing can be voided any more.
pub(crate) fn settle(world: &mut World, id: &str) -> Result<MoyasarView, ControlError> {
    change(world, id, EffectKind::Control, |payment| {
        let taken = matches!(payment.status, MoyasarStatus::Paid | MoyasarStatus::Captured);
        only(taken, payment)?;
        payment.settled = true;
        Ok(())
    })
}

/// The issuer lets the money go; the state stays `authorized` and is never updated.
pub(crate) fn let_go(world: &mut World, id: &str) -> Result<MoyasarView, ControlError> {
    let payment = world.moyasar.payment_mut(id).ok_or(ControlError::UnknownPayment)?;
    only(payment.status == MoyasarStatus::Authorized, payment)?;
    payment.dead = true;
    look(world, id)
}

/// Somebody else changes the payment at the provider.
pub(crate) fn set(
    world: &mut World,
    id: &str,
    wanted: &MoyasarChange,
) -> Result<MoyasarView, ControlError> {
    let payment = world.moyasar.payment(id).ok_or(ControlError::UnknownPayment)?;
    let currency = payment.currency.clone();
    let units = |text: &Option<String>| {
        let text = text.as_ref();
        text.map(|text| minor(text, &currency).ok_or(ControlError::BadAmount)).transpose()
    };
    let (refunded, captured) = (units(&wanted.refunded)?, units(&wanted.captured)?);
    change(world, id, EffectKind::Control, |payment| {
        let now = unix_millis();
        if let Some(refunded) = refunded {
            (payment.refunded, payment.refunded_at) = (refunded, Some(now));
        }
        if let Some(captured) = captured {
            (payment.captured, payment.captured_at) = (captured, Some(now));
        }
        if let Some(description) = &wanted.description {
            payment.description = Some(description.clone());
        }
        if let Some(metadata) = &wanted.metadata {
            payment.metadata = metadata.clone();
        }
        payment.status = wanted.status.unwrap_or(payment.status);
        Ok(())
    })
}

fn only(possible: bool, payment: &Payment) -> Result<(), ControlError> {
    if possible { Ok(()) } else { Err(ControlError::NotPossible(payment.status.as_str())) }
}

fn change(
    world: &mut World,
    id: &str,
    kind: EffectKind,
    act: impl FnOnce(&mut Payment) -> Result<(), ControlError>,
) -> Result<MoyasarView, ControlError> {
    let payment = world.moyasar.payment_mut(id).ok_or(ControlError::UnknownPayment)?;
    act(payment)?;
    payment.updated_at = unix_millis();
    record(world, kind, id);
    look(world, id)
}

fn record(world: &mut World, kind: EffectKind, id: &str) {
    let amount = world.moyasar.payment(id).map(|payment| payment.amount);
    enter(world, &Done { id: id.to_owned(), kind, amount }, None);
}

/// The address and keys of a merchant.
pub(crate) fn access(world: &World, place: usize) -> Option<MoyasarAccess> {
    let account = world.moyasar.accounts.get(place)?;
    Some(MoyasarAccess {
        base_url: world.moyasar.base.clone(),
        secret_key: account.secret_key.to_owned(),
        webhook_secret: account.webhook_secret.to_owned(),
        currency: account.currency.to_owned(),
        publishable_key: account.publishable_key.to_owned(),
        live_key: account.live_key.to_owned(),
    })
}
