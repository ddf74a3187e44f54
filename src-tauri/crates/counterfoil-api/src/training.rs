//! The training till: a store of its own with one person per role, an account at the stand-in of
//! every provider, and their made-up payments. Everything goes through the same calls as on a real
//! till.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use counterfoil_core::account::Provider;
use counterfoil_core::money::Currency;
use counterfoil_core::payment::Item;
use counterfoil_core::staff::Role;
use counterfoil_store::table::{meta, payment, staff};

use crate::call::{Call, NewAccount, NewStaff, SetUp};
use crate::desk::Desk;
use crate::seat::Seat;
use crate::view::PinHint;
use crate::{Fault, FaultCode};

/// The made-up people: one per role, PINs shown on the sign-in view.
const PEOPLE: [(&str, Role, &str); 4] = [
    ("Olive Owner", Role::Owner, "482915"),
    ("Casey Cashier", Role::Cashier, "150263"),
    ("Morgan Manager", Role::Manager, "730481"),
    ("Audrey Auditor", Role::Auditor, "904172"),
];

/// An account at a stand-in provider, as whoever started it describes it.
pub struct TrainingGround {
    /// Whose stand-in it is.
    pub provider: Provider,
    /// Base URL on loopback.
    pub base_url: String,
    /// The currency of its payments.
    pub currency: String,
    /// Settings of the account.
    pub options: BTreeMap<String, String>,
    /// Secrets by field name.
    pub secrets: BTreeMap<String, String>,
    /// Its made-up payments, newest first.
    pub payments: Vec<MadeUpPayment>,
}

/// One made-up payment.
pub struct MadeUpPayment {
    /// The stand-in's reference.
    pub provider_ref: String,
    /// The made-up customer.
    pub customer: String,
    /// Item, quantity, price as decimal text.
    pub items: Vec<(String, String, String)>,
}

impl Desk {
    /// Furnishes an empty store for training. Reads every made-up payment through the real
    /// connector.
    ///
    /// # Errors
    /// The store is not empty, the vault or the stand-in cannot be used.
    pub fn furnish_for_training(&self, grounds: Vec<TrainingGround>) -> Result<(), Fault> {
        let (owner, _, owner_pin) = PEOPLE[0];
        self.set_up(&SetUp {
            store: "Training garage".to_owned(),
            till: "Training till".to_owned(),
            owner: owner.to_owned(),
            pin: owner_pin.to_owned(),
        })?;
        self.store().write(|connection| meta::set(connection, meta::TRAINING, "true"))?;
        let seat = Seat::new();
        self.sign_in(&seat, owner, owner_pin)?;
        for (name, role, pin) in &PEOPLE[1..] {
            let (name, role, pin) = (*name, role.word(), *pin);
            let new =
                NewStaff { name: name.to_owned(), role: role.to_owned(), pin: pin.to_owned() };
            self.call(&seat, Call::StaffAdd(new))?;
        }
        for ground in &grounds {
            self.add_ground(&seat, ground)?;
        }
        self.take_over(grounds)?;
        self.show_pins()
    }

    fn add_ground(&self, seat: &Seat, ground: &TrainingGround) -> Result<(), Fault> {
        let account = NewAccount {
            name: account_name(ground.provider),
            provider: ground.provider.word().to_owned(),
            base_url: ground.base_url.clone(),
            currency: Some(ground.currency.clone()),
            options: ground.options.clone(),
            secrets: ground.secrets.clone(),
        };
        self.call(seat, Call::AccountAdd(account)).map(|_| ())
    }

    /// Oldest first, so that the newest stands on top of the list, and all providers mixed.
    fn take_over(&self, grounds: Vec<TrainingGround>) -> Result<(), Fault> {
        let owner = self.person(PEOPLE[0].0)?;
        for (provider, made_up) in mixed(grounds).into_iter().rev() {
            let account = self.find_account(&account_name(provider))?;
            let facts = self.read_at_provider(&account, &made_up.provider_ref)?;
            let customer = Some(made_up.customer);
            let id = self.keep_tracked(&account, facts, customer, &owner.staff_id)?;
            let items = items(&made_up.items, account.currency)?;
            self.store().write(move |connection| payment::set_items(connection, &id, &items))?;
        }
        Ok(())
    }

    fn show_pins(&self) -> Result<(), Fault> {
        let mut pins = Vec::new();
        for (name, role, pin) in PEOPLE {
            let row = self.read(|connection| staff::find(connection, name))?;
            let row = row.ok_or_else(|| Fault::new(FaultCode::NotFound, "a person is missing"))?;
            pins.push(PinHint {
                staff_id: row.staff_id.to_string(),
                name: name.to_owned(),
                role: role.word().to_owned(),
                pin: pin.to_owned(),
            });
        }
        *self.pins.lock().unwrap_or_else(PoisonError::into_inner) = pins;
        Ok(())
    }
}

fn account_name(provider: Provider) -> String {
    format!("Training {}", provider.name())
}

/// Few of one provider among many of another, each spread over the whole list.
fn mixed(grounds: Vec<TrainingGround>) -> Vec<(Provider, MadeUpPayment)> {
    let mut all = Vec::new();
    for TrainingGround { provider, payments, .. } in grounds {
        let many = payments.len();
        let place = |index: usize| index.saturating_mul(1_000_000).div_euclid(many);
        let placed = payments.into_iter().enumerate();
        all.extend(placed.map(|(index, made_up)| (place(index), provider, made_up)));
    }
    all.sort_by_key(|(place, ..)| *place);
    all.into_iter().map(|(_, provider, made_up)| (provider, made_up)).collect()
}

fn items(lines: &[(String, String, String)], currency: Currency) -> Result<Vec<Item>, Fault> {
    let lines: Vec<_> = lines
        .iter()
        .map(|(item, quantity, price)| crate::call::ItemText {
            item: item.clone(),
            quantity: quantity.clone(),
            price: price.clone(),
        })
        .collect();
    crate::input::items(&lines, currency)
}
