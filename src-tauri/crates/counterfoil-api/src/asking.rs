//! How a change comes into being: checked, then stored with its trail entry, then answered.
//! Nothing is sent here.

use counterfoil_connectors::Warning;
use counterfoil_core::approval::{Rules, needs_second_person};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::change::{Change, Event};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::id::ChangeId;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::Base;
use counterfoil_core::settings::Setting;
use counterfoil_core::staff::Permission;
use counterfoil_runtime::Notice;
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::setting;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::{Connection, StoreError};

use crate::call::Ask;
use crate::desk::Desk;
use crate::input::Asked;
use crate::seat::Seat;
use crate::view::ChangeView;
use crate::{Fault, FaultCode};

impl Desk {
    pub(crate) fn change_ask(&self, seat: &Seat, ask: &Ask) -> Result<ChangeView, Fault> {
        let person = self.allow(seat, Permission::Ask)?;
        let asked = self.asked(ask)?;
        let change = self.store_request(&person, asked)?;
        self.announce(&change);
        self.change_view(&change, &person)
    }

    /// The provider's rules, on the newest facts this till has.
    pub(crate) fn check_possible(&self, asked: &Asked) -> Result<Vec<Warning>, Fault> {
        let judged = self.read(|connection| judge(connection, asked))?;
        judged.map_err(|why| refused(asked.command.kind(), &why))
    }

    fn store_request(&self, person: &StaffRow, asked: Asked) -> Result<Change, Fault> {
        let kind = asked.command.kind();
        let base = asked.payment.as_ref().map(|payment| Base::of(&payment.facts));
        let needs_approval = self.needs_approval(person, &asked.command, base.as_ref())?;
        let (now, random) = self.runtime.id_parts();
        let by = person.staff_id.clone();
        let stored = self.store().write(move |connection| {
            // Two refunds asked for at once, in whatever windows and commands, must not both pass
            // the cap: judged and stored where nobody can come between.
            if let Err(why) = judge(connection, &asked)? {
                return Ok(Err(why));
            }
            let new = NewChange {
                change_id: ChangeId::mint(now, random),
                at: now,
                event: Event::Requested {
                    account_id: asked.account.account_id,
                    payment_id: asked.payment.map(|payment| payment.payment_id),
                    command: asked.command,
                    base,
                    by,
                    needs_approval,
                },
            };
            life::request(connection, &new).map(Ok)
        })?;
        stored.map_err(|why| refused(kind, &why))
    }

    pub(crate) fn needs_approval(
        &self,
        person: &StaffRow,
        command: &Command,
        base: Option<&Base>,
    ) -> Result<bool, Fault> {
        let money = command.currency().or(base.map(|base| base.amount.currency()));
        // A change without money or payment to compare with has no limit to pass.
        let Some(currency) = money else { return Ok(false) };
        let rules = self.rules(currency)?;
        Ok(needs_second_person(&rules, person.role, command, base))
    }

    fn rules(&self, currency: Currency) -> Result<Rules, Fault> {
        let value = |key| self.read(|connection| setting::get(connection, key));
        let adjust_over = value(Setting::ApprovalAdjustOver)?;
        Ok(Rules {
            refund_over: limit(&value(Setting::ApprovalRefundOver)?, currency)?,
            adjust_over: match adjust_over.as_str() {
                "never" => None,
                text => Some(limit(text, currency)?),
            },
            cancel: value(Setting::ApprovalCancel)? == "true",
        })
    }

    /// Tells the screen and the drainer.
    pub(crate) fn announce(&self, change: &Change) {
        self.runtime.notify(Notice::Change(change.change_id.clone()));
        self.runtime.notify(Notice::Line);
        self.runtime.look();
    }
}

/// What the provider's rules say: what to know, or why it cannot be.
type Judged = Result<Vec<Warning>, WhyNot>;

fn judge(connection: &Connection, asked: &Asked) -> Result<Judged, StoreError> {
    let Asked { account, command, payment } = asked;
    let checked = match payment {
        None => counterfoil_connectors::check(account, command, None),
        Some(payment) => {
            let sums = crate::payments::sums_of(connection, payment, None)?;
            let subject = crate::payments::subject(payment, &sums);
            counterfoil_connectors::check(account, command, Some(&subject))
        }
    };
    Ok(checked)
}

/// A limit is written once for all currencies: decimals a currency does not have are cut, which
/// makes the limit lower and so more careful.
fn limit(text: &str, currency: Currency) -> Result<Money, Fault> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let kept: String = fraction.chars().take(currency.decimals()).collect();
    let text = if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") };
    Money::parse(&text, currency)
        .map_err(|error| Fault::new(FaultCode::Store, format!("a limit in the settings: {error}")))
}

/// A refusal in the words of the provider's rules.
pub fn refused(kind: Kind, why: &WhyNot) -> Fault {
    let code = match why {
        WhyNot::BelowMinimum { .. } | WhyNot::AboveMaximum { .. } => FaultCode::OutOfRange,
        WhyNot::OverRefundable { .. } => FaultCode::OverRefundable,
        WhyNot::NotOffered
        | WhyNot::State
        | WhyNot::StateUnclear
        | WhyNot::TextNotOffered { .. }
        | WhyNot::TextNotCarried { .. }
        | WhyNot::Currency
        | WhyNot::NothingChanges
        | WhyNot::DecreaseAndRefund
        | WhyNot::NotPositive
        | WhyNot::ItemsDiffer { .. }
        | WhyNot::Missing { .. } => FaultCode::NotAllowed,
    };
    let words = format!("{} is refused: {}. Nothing was stored.", kind.word(), why.words());
    let fault = Fault::new(code, words).with("kind", kind.word()).with("why", why.code());
    match why {
        WhyNot::BelowMinimum { minimum } => fault.with("minimum", minimum.to_decimal_text()),
        WhyNot::AboveMaximum { maximum } => fault.with("maximum", maximum.to_decimal_text()),
        WhyNot::OverRefundable { refundable } => {
            fault.with("refundable", refundable.to_decimal_text())
        }
        WhyNot::ItemsDiffer { sum } => fault.with("sum", sum.to_decimal_text()),
        WhyNot::TextNotOffered { field }
        | WhyNot::TextNotCarried { field, .. }
        | WhyNot::Missing { field } => fault.with("field", field),
        WhyNot::NotOffered
        | WhyNot::State
        | WhyNot::StateUnclear
        | WhyNot::Currency
        | WhyNot::NothingChanges
        | WhyNot::DecreaseAndRefund
        | WhyNot::NotPositive => fault,
    }
}
