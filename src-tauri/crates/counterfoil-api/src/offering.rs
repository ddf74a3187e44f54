//! What may be asked for on one payment, by provider, state and person, for whoever shows it.

use counterfoil_connectors::Subject;
use counterfoil_core::account::Account;
use counterfoil_core::approval::{Level, Rule};
use counterfoil_core::capability::{Offer, WhyNot};
use counterfoil_core::command::Kind;
use counterfoil_core::staff::Role;
use counterfoil_store::table::staff::StaffRow;

use crate::Fault;
use crate::view::{AllowedView, MoneyView};

/// What is the same for every row of one payment's table.
pub struct Offered<'a> {
    pub account: &'a Account,
    pub subject: &'a Subject<'a>,
    pub viewer: &'a StaffRow,
    /// Which kinds are not for this viewer to ask for alone.
    pub rules: &'a [(Kind, Level)],
    /// Why nothing may be asked for: a change of the payment cannot be read.
    pub unreadable: Option<&'a Fault>,
}

impl Offered<'_> {
    /// One row.
    pub fn view(&self, offer: &Offer) -> AllowedView {
        let (code, why) = self.why_not(offer);
        let connector = counterfoil_connectors::of(self.account.provider);
        let limits = connector.limits(self.account, self.subject, offer.kind);
        let fields = connector.fields(self.account, offer.kind).iter();
        let instead = match &offer.why_not {
            Some(WhyNot::UseInstead { kind }) => Some(kind.word().to_owned()),
            Some(_) | None => None,
        };
        AllowedView {
            kind: offer.kind.word().to_owned(),
            allowed: code.is_none(),
            code,
            why,
            instead,
            least: limits.least.map(MoneyView::from),
            most: limits.most.map(MoneyView::from),
            fields: fields.map(|field| field.word().to_owned()).collect(),
            needs_approval: self.level(offer.kind) == Level::Approval,
        }
    }

    fn level(&self, kind: Kind) -> Level {
        let found = self.rules.iter().find(|(of, _)| *of == kind);
        found.map_or(Level::Allowed, |(_, level)| *level)
    }

    fn why_not(&self, offer: &Offer) -> (Option<String>, Option<String>) {
        let no = |code: &str, words: String| (Some(code.to_owned()), Some(words));
        if let Some(fault) = self.unreadable {
            return no("unreadable", fault.message.clone());
        }
        match &offer.why_not {
            Some(why) => no(why.code(), why.words()),
            None if self.level(offer.kind) == Level::Denied => {
                let (role, kind) = (self.viewer.role, offer.kind);
                let rule = match role {
                    Role::Auditor => Rule::Role(role),
                    Role::Cashier | Role::Manager | Role::Owner => {
                        Rule::Kind(role, kind, Level::Denied)
                    }
                };
                no("not_permitted", rule.words())
            }
            None => (None, None),
        }
    }
}
