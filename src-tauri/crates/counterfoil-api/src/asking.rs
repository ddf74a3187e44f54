//! How a change comes into being: checked, then stored with its trail entry, then answered.
//! Nothing is sent here.

use counterfoil_core::approval::{Level, Verdict};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::change::{Change, Event};
use counterfoil_core::command::Kind;
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;
use counterfoil_core::payment::Base;
use counterfoil_runtime::Notice;
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::{Connection, StoreError};

use crate::call::Ask;
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::Asked;
use crate::judging::{self, Asker};
use crate::ruling;
use crate::view::ChangeView;
use crate::{Fault, FaultCode};

impl Desk {
    pub(crate) fn change_ask(&self, at: &Admitted<'_>, ask: &Ask) -> Result<ChangeView, Fault> {
        let person = at.person()?;
        let asked = self.asked(ask)?;
        let replaced = asked.instead_of.clone();
        let change = self.store_request(at.asker()?, asked)?;
        if let Some(replaced) = replaced {
            // The engine of this process lets go of what must not be sent any more.
            self.runtime.hand_in(Input::Gone(replaced.clone()));
            self.runtime.notify(Notice::Change(replaced));
        }
        self.announce(&change);
        self.change_view(&change, person)
    }

    fn store_request(&self, person: StaffRow, asked: Asked) -> Result<Change, Fault> {
        let (now, random) = self.runtime.id_parts();
        let change_id = ChangeId::mint(now, random);
        let asker = Asker { person, now };
        self.store().write(move |connection| {
            // Two refunds asked for at once, in whatever windows and commands, must not both pass
            // the cap: judged and stored where nobody can come between.
            match judging::judge(connection, &asker, &asked)? {
                Ok(judged) => store(connection, change_id, &asker, asked, &judged.verdict).map(Ok),
                Err(fault) => Ok(Err(fault)),
            }
        })?
    }

    /// Tells the screen and the drainer.
    pub(crate) fn announce(&self, change: &Change) {
        self.runtime.notify(Notice::Change(change.change_id.clone()));
        self.runtime.notify(Notice::Line);
        self.runtime.look();
    }
}

/// Stores the new change and, in the same transaction, what it means for the one it replaces.
fn store(
    connection: &Connection,
    change_id: ChangeId,
    asker: &Asker,
    asked: Asked,
    verdict: &Verdict,
) -> Result<Change, StoreError> {
    let base = asked.payment.as_ref().map(|payment| Base::of(&payment.facts));
    let by = asker.person.staff_id.clone();
    let needs_approval = verdict.level != Level::Allowed;
    let event = Event::Requested {
        account_id: asked.account.account_id,
        payment_id: asked.payment.map(|payment| payment.payment_id),
        command: asked.command,
        base,
        by: by.clone(),
        needs_approval,
        only_if: None,
    };
    let with = change_id.clone();
    let stored = life::request(connection, &NewChange { change_id, at: asker.now, event })?;
    if needs_approval {
        ruling::keep(connection, &stored.change_id, verdict)?;
    }
    if let Some(replaced) = &asked.instead_of {
        let event = Event::Superseded { by, with };
        life::append(connection, replaced, asker.now, event, None)?;
    }
    Ok(stored)
}

/// A refusal in the words of the provider's rules.
pub fn refused(kind: Kind, why: &WhyNot) -> Fault {
    let code = match why {
        WhyNot::BelowMinimum { .. } | WhyNot::AboveMaximum { .. } => FaultCode::OutOfRange,
        WhyNot::OverRefundable { .. } => FaultCode::OverRefundable,
        WhyNot::NotOffered
        | WhyNot::UseInstead { .. }
        | WhyNot::PartNotOffered
        | WhyNot::Unconfirmed { .. }
        | WhyNot::TooLate { .. }
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
        WhyNot::UseInstead { kind } => fault.with("instead", kind.word()),
        WhyNot::TooLate { window } => fault.with("window", window),
        WhyNot::Unconfirmed { settings } => fault.with("settings", settings),
        WhyNot::NotOffered
        | WhyNot::PartNotOffered
        | WhyNot::State
        | WhyNot::StateUnclear
        | WhyNot::Currency
        | WhyNot::NothingChanges
        | WhyNot::DecreaseAndRefund
        | WhyNot::NotPositive => fault,
    }
}
