//! What a program that holds a [`Sandbox`] may do at this provider.

use super::account::MoyasarAccess;
use super::desk::{self, MoyasarChange, NewMoyasarPayment};
use super::payment::MoyasarView;
use super::switches::MoyasarSwitches;
use super::webhook::{self, MoyasarOrder, MoyasarReport};
use crate::sandbox::Sandbox;
use crate::world::ControlError;

impl Sandbox {
    /// How to reach Moyasar, as its first merchant.
    #[must_use]
    pub fn moyasar(&self) -> MoyasarAccess {
        self.moyasar_account(0)
    }

    /// The second merchant of Moyasar, which has other keys, another currency and none of the
    /// made-up payments.
    #[must_use]
    pub fn moyasar_other(&self) -> MoyasarAccess {
        self.moyasar_account(1)
    }

    fn moyasar_account(&self, place: usize) -> MoyasarAccess {
        self.shared
            .with(|world| desk::access(world, place))
            .expect("the list of merchants is written in this crate and has two")
    }

    /// All Moyasar payments as they stand now, the made-up ones first.
    #[must_use]
    pub fn moyasar_payments(&self) -> Vec<MoyasarView> {
        self.shared.with(|world| desk::list(world))
    }

    /// One Moyasar payment as it stands now.
    ///
    /// # Errors
    /// An unknown id.
    pub fn moyasar_payment(&self, id: &str) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::look(world, id))
    }

    /// Puts a Moyasar payment into the book.
    ///
    /// # Errors
    /// A bad amount or an unknown merchant.
    pub fn create_moyasar_payment(
        &self,
        new: NewMoyasarPayment,
    ) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::create(world, new))
    }

    /// The customer of an initiated Moyasar payment pays.
    ///
    /// # Errors
    /// An unknown id, or a payment that does not wait for its customer.
    pub fn pay_moyasar_payment(&self, id: &str) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::pay(world, id))
    }

    /// An initiated Moyasar payment fails.
    ///
    /// # Errors
    /// As [`Sandbox::pay_moyasar_payment`].
    pub fn fail_moyasar_payment(&self, id: &str) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::fail(world, id))
    }

    /// The merchant is paid for a Moyasar payment.
    ///
    /// # Errors
    /// An unknown id, or a payment of which nothing was taken.
    pub fn settle_moyasar_payment(&self, id: &str) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::settle(world, id))
    }

    /// The issuer lets the money of an authorised Moyasar payment go; its state does not say so.
    ///
    /// # Errors
    /// An unknown id, or a payment that is not authorised.
    pub fn let_moyasar_payment_go(&self, id: &str) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::let_go(world, id))
    }

    /// Somebody else changes the payment at Moyasar.
    ///
    /// # Errors
    /// An unknown id or a bad amount.
    pub fn change_at_moyasar(
        &self,
        id: &str,
        change: &MoyasarChange,
    ) -> Result<MoyasarView, ControlError> {
        self.shared.with(|world| desk::set(world, id, change))
    }

    /// The switches of Moyasar.
    #[must_use]
    pub fn moyasar_switches(&self) -> MoyasarSwitches {
        self.shared.with(|world| world.moyasar.switches.clone())
    }

    /// Turns switches of Moyasar.
    pub fn change_moyasar_switches(&self, change: impl FnOnce(&mut MoyasarSwitches)) {
        self.shared.with(|world| change(&mut world.moyasar.switches));
    }

    /// Sends a webhook of Moyasar until it is acknowledged, at most six times.
    ///
    /// # Errors
    /// An unknown id, or an address that is not loopback. A webhook nobody acknowledged is not an
    /// error but in the report.
    pub async fn send_moyasar_webhook(
        &self,
        order: &MoyasarOrder,
    ) -> Result<MoyasarReport, ControlError> {
        let letter = self.shared.with(|world| webhook::write(world, order))?;
        Ok(webhook::send(letter).await)
    }
}
