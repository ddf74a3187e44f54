//! May this be asked for? By the provider's rules on the newest facts, by the offline limits, and
//! for a replacement by whether the old one can still be replaced. A preview and an ask are judged
//! alike; an ask in the transaction that stores it.

use counterfoil_connectors::Warning;
use counterfoil_core::approval::Verdict;
use counterfoil_core::change::{Change, State};
use counterfoil_core::command::Kind;
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::Base;
use counterfoil_core::settings::{Setting, limit_in};
use counterfoil_core::staff::Permission;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{change, setting};
use counterfoil_store::{Connection, StoreError};

use crate::asking::refused;
use crate::input::Asked;
use crate::offline;
use crate::ruling::{self, Wish};
use crate::view::WarningView;
use crate::{Fault, FaultCode};

/// Who asks, and when.
pub struct Asker {
    pub person: StaffRow,
    pub now: Moment,
}

/// What to know before asking, and whether a second person must agree; or why it cannot be.
pub type Judged = Result<Judgement, Fault>;

/// What may be asked for, with what speaks against asking.
pub struct Judgement {
    pub warnings: Vec<WarningView>,
    pub verdict: Verdict,
}

/// Judges what somebody asks for on the newest facts of this till.
///
/// # Errors
/// The store cannot be read. A refusal is no error of the store.
pub fn judge(connection: &Connection, asker: &Asker, asked: &Asked) -> Result<Judged, StoreError> {
    let base = asked.payment.as_ref().map(|payment| Base::of(&payment.facts));
    let wish = Wish {
        by: &asker.person,
        command: &asked.command,
        base: base.as_ref(),
        payment_id: asked.payment.as_ref().map(|payment| &payment.payment_id),
        change_id: None,
        now: asker.now,
    };
    let verdict = ruling::verdict(connection, &wish)?;
    if let Some(fault) = ruling::denied(&wish, &verdict) {
        return Ok(Err(fault));
    }
    if let Some(replaced) = &asked.instead_of
        && let Err(fault) = may_replace(connection, asker, asked, replaced)?
    {
        return Ok(Err(fault));
    }
    let warnings = match by_provider(connection, asked, asker.now)? {
        Ok(warnings) => warnings,
        Err(fault) => return Ok(Err(fault)),
    };
    let near = match offline::judge(connection, asker, asked)? {
        Ok(near) => near,
        Err(fault) => return Ok(Err(fault)),
    };
    let warnings = warnings.iter().map(warning_view).chain(near).collect();
    Ok(Ok(Judgement { warnings, verdict }))
}

fn by_provider(
    connection: &Connection,
    asked: &Asked,
    now: Moment,
) -> Result<Result<Vec<Warning>, Fault>, StoreError> {
    let Asked { account, command, payment, instead_of } = asked;
    let connector = counterfoil_connectors::of(account.provider);
    let checked = match payment {
        None => connector.check(account, command, None),
        Some(payment) => {
            // As if what is to be replaced were not there.
            let sums = crate::payments::sums_of(connection, payment, instead_of.as_ref())?;
            let subject = crate::payments::subject(payment, &sums, now);
            connector.check(account, command, Some(&subject))
        }
    };
    Ok(checked.map_err(|why| refused(command.kind(), &why)))
}

/// Only an adjustment of the same payment of which nothing was ever sent, and only by who may
/// take it back.
fn may_replace(
    connection: &Connection,
    asker: &Asker,
    asked: &Asked,
    replaced: &ChangeId,
) -> Result<Result<(), Fault>, StoreError> {
    let old = match change::get(connection, replaced) {
        Ok(old) => old,
        Err(StoreError::Missing(what)) => {
            let words = format!("there is no such {what} to replace. Nothing was stored.");
            return Ok(Err(Fault::new(FaultCode::NotFound, words)));
        }
        Err(error) => return Err(error),
    };
    Ok(can_be_replaced(asker, asked, &old))
}

fn can_be_replaced(asker: &Asker, asked: &Asked, old: &Change) -> Result<(), Fault> {
    let on = asked.payment.as_ref().map(|payment| &payment.payment_id);
    if old.payment_id.as_ref() != on || old.command.kind() != Kind::Adjust {
        let words = "only an adjustment of the same payment can be replaced. Nothing was stored.";
        return Err(Fault::new(FaultCode::BadInput, words).with("field", "instead_of"));
    }
    let own = old.requested_by == asker.person.staff_id;
    if !own && !asker.person.role.may(Permission::Decide) {
        let words = "only who asked for it, or a manager, may replace it. Nothing was stored.";
        return Err(Fault::new(FaultCode::NotPermitted, words));
    }
    if matches!(old.state, State::Sending | State::InDoubt | State::NeedsCustomer) {
        return Err(sent_already(old));
    }
    if !matches!(old.state, State::AwaitingApproval | State::Queued) {
        let words =
            format!("it is {} and cannot be replaced. Nothing was stored.", old.state.word());
        return Err(Fault::new(FaultCode::WrongState, words).with("state", old.state.word()));
    }
    if old.attempts.is_empty() { Ok(()) } else { Err(sent_already(old)) }
}

fn sent_already(old: &Change) -> Fault {
    let words = "the change to be replaced was sent already, or is being sent: nothing was \
                 stored. Look at how it ends, then ask again.";
    Fault::new(FaultCode::TooLate, words).with("state", old.state.word())
}

/// A limit of the settings in this currency.
///
/// # Errors
/// The settings cannot be read.
pub fn money_limit(
    connection: &Connection,
    key: Setting,
    currency: Currency,
) -> Result<Money, StoreError> {
    let text = setting::get(connection, key)?;
    limit_in(currency, &text).map_err(|error| StoreError::Damaged {
        table: "setting",
        what: format!("{}: {error}", key.key()),
    })
}

fn warning_view(warning: &Warning) -> WarningView {
    WarningView { code: warning.code().to_owned(), words: warning.words() }
}
