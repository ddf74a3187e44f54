//! First run, settings, working offline on purpose.

use counterfoil_core::id::TillId;
use counterfoil_core::settings::{BadSetting, Setting};
use counterfoil_core::staff::Role;
use counterfoil_store::table::{audit_entry, meta, setting, staff};
use serde_json::json;

use crate::call::{Nothing, SetLine, SetSetting, SetUp};
use crate::desk::Desk;
use crate::dispatch::{Admitted, set_up_already};
use crate::input::{no_card_number, text};
use crate::view::{DeskView, SettingView, Stored};
use crate::{Fault, FaultCode};

impl Desk {
    /// First run: names the store and the till and makes its owner.
    ///
    /// # Errors
    /// The store is set up already, or a name or the PIN is refused.
    pub fn set_up(&self, ask: &SetUp) -> Result<Stored, Fault> {
        if self.is_set_up()? {
            return Err(set_up_already());
        }
        text("store", Some(&ask.store))?;
        text("till", Some(&ask.till))?;
        let (now, random) = self.runtime.id_parts();
        let till_id = TillId::mint(now, random);
        let owner = self.first_owner(&ask.owner, &ask.pin, &till_id)?;
        let stored = Stored { till_id: till_id.to_string(), owner_id: owner.staff_id.to_string() };
        // Where the keyring is closed, the till is bound when it sends for the first time.
        let seal = self.runtime.bind_new_till(&till_id)?;
        let till_key = self.runtime.new_till_key(&till_id);
        let facts = json!({
            "store": ask.store, "till": ask.till, "owner": owner.name, "seal": seal,
        });
        let fact = self.fact(Some(&owner.staff_id), "store.set_up", till_id.as_str(), facts);
        let facts = self.with_key(fact, &owner.staff_id, &owner.marks, "new_person");
        let (store, till) = (ask.store.clone(), ask.till.clone());
        self.store().write(move |connection| {
            // Checked again where nobody can come between.
            if meta::till_id(connection)?.is_some() {
                return Err(counterfoil_store::StoreError::Taken("store"));
            }
            meta::set(connection, meta::STORE_NAME, &store)?;
            meta::set(connection, meta::TILL_NAME, &till)?;
            meta::set(connection, meta::TILL_ID, till_id.as_str())?;
            if let Some(seal) = &seal {
                meta::set(connection, meta::TILL_SEAL, seal)?;
            }
            staff::insert(connection, &owner, now)?;
            for fact in &facts {
                audit_entry::append(connection, fact)?;
            }
            match &till_key {
                Some(key) => counterfoil_runtime::tell_of_key(connection, &till_id, key, now),
                None => Ok(()),
            }
        })?;
        Ok(stored)
    }

    pub(crate) fn desk_set_up(&self, _: &Admitted<'_>, ask: &SetUp) -> Result<Stored, Fault> {
        self.set_up(ask)
    }

    pub(crate) fn settings_list(
        &self,
        at: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<Vec<SettingView>, Fault> {
        let role = at.person()?.role;
        let shown = Setting::ALL.into_iter().filter(|setting| is_shown(setting.key(), role));
        shown.map(|setting| self.setting_view(setting)).collect()
    }

    pub(crate) fn settings_set(
        &self,
        at: &Admitted<'_>,
        ask: &SetSetting,
    ) -> Result<SettingView, Fault> {
        no_card_number("value", &ask.value)?;
        let owner = at.person()?;
        let key = Setting::parse(&ask.key).map_err(bad_setting)?;
        key.check(&ask.value).map_err(bad_setting)?;
        let before = self.read(|connection| setting::get(connection, key))?;
        let facts = json!({ "from": before, "to": ask.value });
        let fact = self.fact(Some(&owner.staff_id), "setting.changed", key.key(), facts);
        let value = ask.value.clone();
        self.write_with_trail(fact, move |connection| setting::set(connection, key, &value))?;
        self.setting_view(key)
    }

    pub(crate) fn line_set(&self, at: &Admitted<'_>, ask: &SetLine) -> Result<DeskView, Fault> {
        let person = at.person()?;
        let on_purpose = ask.on_purpose;
        let value = if on_purpose { "true" } else { "false" };
        let what = if on_purpose { "line.taken_offline" } else { "line.brought_online" };
        let fact = self.fact(Some(&person.staff_id), what, "till", json!({}));
        let now = self.runtime.now().as_millis().to_string();
        self.write_with_trail(fact, move |connection| {
            let before = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?;
            // Choosing it once more does not start the offline limits anew.
            if on_purpose && before.as_deref() != Some("true") {
                meta::set(connection, meta::OFFLINE_ON_PURPOSE_SINCE, &now)?;
            }
            meta::set(connection, meta::OFFLINE_ON_PURPOSE, value)
        })?;
        self.runtime.look();
        self.runtime.notify(counterfoil_runtime::Notice::Line);
        self.desk_view(at.seat)
    }

    fn setting_view(&self, key: Setting) -> Result<SettingView, Fault> {
        Ok(SettingView {
            key: key.key().to_owned(),
            value: self.read(|connection| setting::get(connection, key))?,
            default: key.default_value().to_owned(),
            about: key.about().to_owned(),
        })
    }
}

fn bad_setting(error: BadSetting) -> Fault {
    Fault::new(FaultCode::BadInput, error.to_string())
}

/// A cashier is shown what binds cashiers and what their forms offer; who decides, sets up or
/// checks is shown all.
fn is_shown(key: &str, role: Role) -> bool {
    const CASHIERS: [&str; 6] =
        ["approval.", "permission.cashier.", "offline.", "reasons.", "till.", "lock."];
    match role {
        Role::Cashier => {
            CASHIERS.iter().any(|part| key.starts_with(part)) && !key.ends_with(".manager")
        }
        Role::Manager | Role::Owner | Role::Auditor => true,
    }
}
