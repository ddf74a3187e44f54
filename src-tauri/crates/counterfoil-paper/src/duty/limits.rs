use std::collections::BTreeMap;

use counterfoil_core::money::{Currency, Money};
use counterfoil_core::settings::limit_in;
use serde_json::Value;

use super::Entry;

/// Roles and rules as the entries so far have made them.
#[derive(Debug, Default)]
pub struct Limits {
    roles: BTreeMap<String, String>,
    settings: BTreeMap<String, String>,
}

/// What a store begins with, as `counterfoil-core`'s settings have it.
const REFUNDS: &str = "0.00";

impl Limits {
    /// Takes over what an entry says of roles and settings.
    pub fn take(&mut self, entry: &Entry<'_>) {
        let text = |name: &str| entry.facts.get(name).and_then(Value::as_str);
        match entry.what {
            "store.set_up" => {
                self.roles.insert(entry.who.to_owned(), "owner".to_owned());
            }
            "setting.changed" => {
                if let Some(to) = text("to") {
                    self.settings.insert(entry.about.to_owned(), to.to_owned());
                }
            }
            what if what.starts_with("staff.") => {
                if let Some(role) = text("role").or_else(|| text("to")) {
                    self.roles.insert(entry.about.to_owned(), role.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Above what a change of this kind needs a second person, for somebody; none: never, or
    /// always, which leaves nothing to stay under.
    pub fn for_kind(&self, person: &str, kind: &str, currency: Currency) -> Option<Money> {
        let (key, default) = match kind {
            "refund" => ("approval.refund_over", REFUNDS),
            "adjust" => ("approval.adjust_over", "never"),
            _ => return None,
        };
        self.limit(person, key, default, currency)
    }

    /// What somebody may return in a day without a second person.
    pub fn for_day(&self, person: &str, currency: Currency) -> Option<Money> {
        self.limit(person, "approval.daily_refunds_over", "never", currency)
    }

    /// Whoever is not known is bound as a cashier is; an owner is not bound.
    fn limit(&self, person: &str, key: &str, default: &str, of: Currency) -> Option<Money> {
        let value = match self.roles.get(person).map(String::as_str) {
            Some("owner") => return None,
            Some("manager") => {
                let own = self.settings.get(&format!("{key}.manager"))?;
                if own == "same" { self.settings.get(key).map_or(default, |v| v) } else { own }
            }
            Some(_) | None => self.settings.get(key).map_or(default, |value| value),
        };
        limit_in(of, value).ok().filter(|limit| limit.is_positive())
    }
}
