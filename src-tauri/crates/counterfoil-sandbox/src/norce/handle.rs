//! What a program that holds a [`Sandbox`] may do at this provider.

use serde_json::Value;

use super::access::{NorceAccess, NorceOptions};
use super::desk::{self, NewNorceOrder, NorceChange};
use super::drive::{self, HookDrive, HookReport};
use super::seed::{SeededNorcePayment, seeded};
use super::switches::NorceSwitches;
use crate::sandbox::Sandbox;
use crate::world::{ControlError, World};

impl Sandbox {
    /// How to reach Norce, as its first shop.
    #[must_use]
    pub fn norce(&self) -> NorceAccess {
        self.norce_shop(0)
    }

    /// The second channel of Norce's first merchant, which has the same token and none of its
    /// orders.
    #[must_use]
    pub fn norce_second_channel(&self) -> NorceAccess {
        self.norce_shop(1)
    }

    /// Another merchant of Norce with another token.
    #[must_use]
    pub fn norce_other(&self) -> NorceAccess {
        self.norce_shop(2)
    }

    fn norce_shop(&self, place: usize) -> NorceAccess {
        self.shared
            .with(|world| access(world, place))
            .expect("the list of shops is written in this crate and has three")
    }

    /// The made-up payments of Norce as they stand now, one for each order.
    #[must_use]
    pub fn norce_payments(&self) -> Vec<SeededNorcePayment> {
        self.shared.with(|world| seeded(&world.norce))
    }

    /// One Norce order with the transactions of its payments, as it stands now.
    ///
    /// # Errors
    /// An unknown id.
    pub fn norce_order(&self, order_id: &str) -> Result<Value, ControlError> {
        self.shared.with(|world| desk::look(world, order_id))
    }

    /// Puts a Norce order into the book; the answer is the order.
    ///
    /// # Errors
    /// A bad amount or an unknown adapter.
    pub fn create_norce_order(&self, new: &NewNorceOrder) -> Result<Value, ControlError> {
        self.shared.with(|world| desk::create(world, new))
    }

    /// Somebody else changes a Norce order.
    ///
    /// # Errors
    /// An unknown id or a bad amount.
    pub fn change_at_norce(
        &self,
        order_id: &str,
        change: &NorceChange,
    ) -> Result<Value, ControlError> {
        self.shared.with(|world| desk::set(world, order_id, change))
    }

    /// Proposes a change of an order to an adapter of somebody else's, on loopback, and takes it
    /// over or not.
    ///
    /// # Errors
    /// An unknown order or payment, a bad amount, or an address that is not loopback. An adapter
    /// that refuses or is silent is no error but in the report.
    pub async fn drive_norce_hook(&self, wish: HookDrive) -> Result<HookReport, ControlError> {
        drive::drive(&self.shared, wish).await
    }

    /// The switches of Norce.
    #[must_use]
    pub fn norce_switches(&self) -> NorceSwitches {
        self.shared.with(|world| world.norce.switches.clone())
    }

    /// Turns switches of Norce.
    pub fn change_norce_switches(&self, change: impl FnOnce(&mut NorceSwitches)) {
        self.shared.with(|world| change(&mut world.norce.switches));
    }
}

fn access(world: &World, place: usize) -> Option<NorceAccess> {
    let shop = world.norce.shops.get(place)?;
    Some(NorceAccess {
        base_url: world.norce.base.clone(),
        token: shop.token.to_owned(),
        currency: shop.currency.to_owned(),
        options: NorceOptions {
            merchant: shop.merchant.to_owned(),
            channel: shop.channel.to_owned(),
        },
    })
}
