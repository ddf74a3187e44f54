//! Dual control: when a second person is needed, and what exactly they agree to.

use serde_json::json;

use crate::audit::{canonical, sha256_hex};
use crate::command::Command;
use crate::id::{AccountId, ChangeId, PaymentId, StaffId};
use crate::money::Money;
use crate::payment::Base;
use crate::staff::{Permission, Role};

/// The store's rules, in the currency of the change at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Refunds above this need a second person.
    pub refund_over: Money,
    /// Adjustments whose difference is above this need a second person; none: never.
    pub adjust_over: Option<Money>,
    /// Cancelling needs a second person.
    pub cancel: bool,
}

/// True where somebody of this role may not do it alone.
#[must_use]
pub fn needs_second_person(
    rules: &Rules,
    role: Role,
    command: &Command,
    base: Option<&Base>,
) -> bool {
    if role.may(Permission::RefundAlone) {
        return false;
    }
    match command {
        Command::Refund { amount, .. } => exceeds(*amount, rules.refund_over),
        Command::Adjust { total, .. } => rules.adjust_over.is_some_and(|limit| {
            let difference = base.and_then(|base| difference(*total, base.amount));
            difference.is_none_or(|difference| exceeds(difference, limit))
        }),
        Command::Cancel { .. } | Command::Void => rules.cancel,
        Command::Start { .. } | Command::Relabel { .. } | Command::Capture { .. } => false,
    }
}

/// True above the limit, and where the two cannot be compared: the careful answer.
fn exceeds(amount: Money, limit: Money) -> bool {
    amount.compare(limit).is_ok_and(|order| order.is_gt()) || amount.currency() != limit.currency()
}

/// How far apart; none where the two cannot be compared.
fn difference(one: Money, other: Money) -> Option<Money> {
    let difference = one.minus(other).ok()?;
    if difference.minor() < 0 { other.minus(one).ok() } else { Some(difference) }
}

/// The exact operation an approval names.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The change.
    pub change_id: &'a ChangeId,
    /// The account it goes to.
    pub account_id: &'a AccountId,
    /// The payment; none for a start.
    pub payment_id: Option<&'a PaymentId>,
    /// What is asked for.
    pub command: &'a Command,
    /// The payment as the requester saw it.
    pub base: Option<&'a Base>,
    /// Who asked.
    pub requested_by: &'a StaffId,
}

/// Hex SHA-256 over the canonical form of the operation: any edit gives another digest, so an
/// approval dies with it.
#[must_use]
pub fn operation_digest(operation: &Operation<'_>) -> String {
    let text = canonical(&json!({
        "change": operation.change_id,
        "account": operation.account_id,
        "payment": operation.payment_id,
        "command": operation.command,
        "base": operation.base,
        "requested_by": operation.requested_by,
    }));
    sha256_hex(text.as_bytes())
}
