//! One errand: is what a change waits for there? The order that proposed it is read again.

use counterfoil_core::account::Account;
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::change::{Condition, ConditionSeen};
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;
use counterfoil_store::StoreError;
use counterfoil_store::table::{account, change};

use crate::errand;
use crate::hints;
use crate::runtime::Runtime;

/// Reads what must show before a change is sent ([`counterfoil_core::change::Change::only_if`]).
pub async fn read(runtime: &Runtime, change_id: ChangeId) -> Result<Input, StoreError> {
    let id = change_id.clone();
    let found = runtime.blocking(move |runtime| {
        runtime.store().read(|connection| {
            let Some(condition) = change::get(connection, &id)?.only_if else { return Ok(None) };
            let account = account::find(connection, condition.account_id.as_str())?;
            Ok(Some((condition, account)))
        })
    });
    let seen = match found.await? {
        None => ConditionSeen::Holds,
        Some((_, None)) => {
            ConditionSeen::Gone { why: "the account of the order was removed".to_owned() }
        }
        Some((condition, Some(account))) => look(runtime, &condition, &account).await?,
    };
    Ok(Input::ConditionRead { change_id, seen })
}

async fn look(
    runtime: &Runtime,
    condition: &Condition,
    account: &Account,
) -> Result<ConditionSeen, StoreError> {
    if let Some(why) = &account.paused {
        let why = format!("the account {} of the order is paused: {why}", account.name);
        return Ok(ConditionSeen::Unread { why });
    }
    let end = match runtime.read_payment(account, &condition.provider_ref).await {
        Ok(end) => end,
        Err(why) => return Ok(ConditionSeen::Unread { why }),
    };
    let seen = condition.seen_in(&end);
    match end {
        ReadEnd::Facts(facts) => hints::keep_facts(runtime, account, *facts).await?,
        ReadEnd::CredentialsRefused { message } => {
            errand::pause(runtime, account.account_id.clone(), message).await?;
        }
        ReadEnd::NoSuchPayment { .. } | ReadEnd::Unreachable { .. } | ReadEnd::Unclear { .. } => {}
    }
    Ok(seen)
}
