//! What the control interface may do to payments: the customer's, the PayPad's and the provider's
//! own side of the story.

use std::time::Instant;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::sign_url;
use super::book::Done;
use super::money;
use super::payment::{Payment, PaymentStatus, PaymentView, SeededItem};
use super::seed::SeededPayment;
use super::serve::enter;
use crate::ledger::EffectKind;
use crate::world::{ControlError, World};

/// A payment to be put into the book as it is, without a start command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewPayment {
    /// Major units, at most two decimals; not held against the thresholds.
    pub amount: String,
    /// Its state; pending when absent.
    pub status: Option<PaymentStatus>,
    /// Whether the customer has paid; when absent, a completed payment has been.
    pub signed: Option<bool>,
    /// Whether the dealer has been paid.
    pub settled: bool,
    /// The invoice number.
    pub invoice_number: Option<String>,
    /// The reference a start would have given.
    pub reference: Option<String>,
    /// Who pays.
    pub customer: Option<String>,
    /// What is paid for.
    pub items: Vec<SeededItem>,
    /// `paynow` when absent.
    pub payment_type: Option<String>,
    /// What a start would have given to be echoed.
    pub additional_data: Option<Map<String, Value>>,
    /// The dealership; the first one when absent.
    pub api_key: Option<String>,
}

/// A change that somebody else makes at the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderChange {
    /// The new total, major units; not held against the thresholds.
    pub amount: Option<String>,
    /// The new invoice number.
    pub invoice_number: Option<String>,
    /// The new state.
    pub status: Option<PaymentStatus>,
}

/// All payments, in the order they were made.
pub(crate) fn list(world: &World) -> Vec<PaymentView> {
    world.bumper.payments().iter().map(|payment| view(world, payment)).collect()
}

/// One payment.
pub(crate) fn look(world: &World, token: &str) -> Result<PaymentView, ControlError> {
    let payment = world.bumper.payment(token).ok_or(ControlError::UnknownPayment)?;
    Ok(view(world, payment))
}

fn view(world: &World, payment: &Payment) -> PaymentView {
    let book = &world.bumper;
    let link = book.open_link(&payment.token, Instant::now());
    PaymentView::of(payment, link.map(|name| sign_url(book, name)))
}

/// Puts a payment into the book.
pub(crate) fn create(world: &mut World, new: NewPayment) -> Result<PaymentView, ControlError> {
    let amount = money::parse(&new.amount).ok_or(ControlError::BadAmount)?;
    let first = world.bumper.accounts.first().map(|account| account.api_key.to_owned());
    let api_key = new.api_key.or(first).unwrap_or_default();
    let account = world.bumper.account(&api_key).ok_or(ControlError::UnknownAccount)?;
    let currency = account.currency.to_owned();
    let status = new.status.unwrap_or(PaymentStatus::Pending);
    let signed = new.signed.unwrap_or(status == PaymentStatus::Completed);
    let token = world.chance.hex32();
    let payment = Payment {
        token: token.clone(),
        api_key,
        status,
        signed,
        settled: new.settled,
        amount,
        paid: if signed { amount } else { Decimal::ZERO },
        refunded: Decimal::ZERO,
        refund_digests: Vec::new(),
        invoice_number: new.invoice_number,
        order_reference: new.reference,
        user_email: None,
        currency,
        items: new.items,
        additional_data: new.additional_data,
        payment_type: new.payment_type.unwrap_or_else(|| "paynow".to_owned()),
        number: world.bumper.next_number(),
        customer: new.customer,
    };
    world.made_up.push(SeededPayment::of(&payment));
    world.bumper.add(payment);
    record(world, EffectKind::Control, &token);
    look(world, &token)
}

/// The customer pays on the PayPad.
pub(crate) fn sign(world: &mut World, token: &str) -> Result<PaymentView, ControlError> {
    change(world, token, EffectKind::CustomerSigned, |payment| {
        only(payment.status.is_open(), payment)?;
        payment.sign();
        Ok(())
    })
}

/// The dealer is paid.
pub(crate) fn settle(world: &mut World, token: &str) -> Result<PaymentView, ControlError> {
    change(world, token, EffectKind::Control, |payment| {
        only(payment.signed && !payment.status.is_dead(), payment)?;
        payment.settled = true;
        Ok(())
    })
}

/// The payment fails.
pub(crate) fn fail(world: &mut World, token: &str) -> Result<PaymentView, ControlError> {
    change(world, token, EffectKind::Control, |payment| {
        only(payment.status.is_open(), payment)?;
        payment.status = PaymentStatus::Failed;
        Ok(())
    })
}

/// Somebody else changes the payment at the provider.
pub(crate) fn set(
    world: &mut World,
    token: &str,
    wanted: &ProviderChange,
) -> Result<PaymentView, ControlError> {
    let amount = match &wanted.amount {
        Some(text) => Some(money::parse(text).ok_or(ControlError::BadAmount)?),
        None => None,
    };
    change(world, token, EffectKind::Control, |payment| {
        if let Some(amount) = amount {
            payment.amount = amount;
            if payment.signed {
                payment.paid = payment.paid.max(amount);
            }
        }
        if let Some(invoice_number) = &wanted.invoice_number {
            payment.invoice_number = Some(invoice_number.clone());
        }
        match wanted.status {
            Some(PaymentStatus::Completed) if !payment.signed => payment.sign(),
            Some(status) => payment.status = status,
            None => {}
        }
        Ok(())
    })
}

/// The customer agrees to the higher amount of the newest open link.
pub(crate) fn complete_redirect(
    world: &mut World,
    token: &str,
) -> Result<PaymentView, ControlError> {
    look(world, token)?;
    let now = Instant::now();
    let name = world.bumper.open_link(token, now).ok_or(ControlError::NoOpenLink)?.to_owned();
    let done = world.bumper.complete_link(&name, now).ok_or(ControlError::NoOpenLink)?;
    enter(world, &done, None);
    look(world, token)
}

fn only(possible: bool, payment: &Payment) -> Result<(), ControlError> {
    if possible { Ok(()) } else { Err(ControlError::NotPossible(payment.status.as_str())) }
}

fn change(
    world: &mut World,
    token: &str,
    kind: EffectKind,
    act: impl FnOnce(&mut Payment) -> Result<(), ControlError>,
) -> Result<PaymentView, ControlError> {
    let payment = world.bumper.payment_mut(token).ok_or(ControlError::UnknownPayment)?;
    act(payment)?;
    record(world, kind, token);
    look(world, token)
}

fn record(world: &mut World, kind: EffectKind, token: &str) {
    let Some(payment) = world.bumper.payment(token) else {
        return;
    };
    let done = Done {
        kind: Some(kind),
        token: token.to_owned(),
        amount: Some(payment.amount),
        invoice_number: payment.invoice_number.clone(),
        link: None,
    };
    enter(world, &done, None);
}

/// The address and keys of the first dealership.
pub(crate) fn access(world: &World, index: usize) -> Option<super::account::BumperAccess> {
    let account = world.bumper.accounts.get(index)?;
    Some(super::account::BumperAccess {
        base_url: world.bumper.base.clone(),
        api_key: account.api_key.to_owned(),
        secret: account.secret.to_owned(),
        currency: account.currency.to_owned(),
    })
}
