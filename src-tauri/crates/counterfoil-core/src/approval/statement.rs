//! What exactly a second person agrees to, and the text they sign.
//!
//! The signed text is described byte for byte in `docs/approvals.md`.

use serde_json::{Value, json};

use crate::account::Provider;
use crate::audit::{canonical, sha256_hex};
use crate::change::Condition;
use crate::command::Command;
use crate::id::{AccountId, ChangeId, PaymentId, StaffId, TillId};
use crate::moment::Moment;
use crate::payment::Base;

/// The form of the signed text.
pub const STATEMENT_FORM: &str = "counterfoil-approval-1";

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
    /// What must show elsewhere before it is sent.
    pub only_if: Option<&'a Condition>,
    /// The payment as the requester saw it.
    pub base: Option<&'a Base>,
    /// Who asked.
    pub requested_by: &'a StaffId,
}

/// Where the operation takes place: what a change itself does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The till that asks.
    pub till_id: TillId,
    /// The provider of the account.
    pub provider: Provider,
    /// The provider's own name for the payment; none for a start.
    pub provider_ref: Option<String>,
}

/// Who agrees, and on what terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The second person.
    pub approver: StaffId,
    /// Random and never used before, so that an approval counts once.
    pub nonce: String,
    /// From this moment on the approval no longer holds.
    pub expires_at: Moment,
}

/// Hex SHA-256 over the canonical form of the operation: any edit gives another digest, so an
/// approval dies with it.
#[must_use]
pub fn operation_digest(operation: &Operation<'_>) -> String {
    let mut whole = json!({
        "change": operation.change_id,
        "account": operation.account_id,
        "payment": operation.payment_id,
        "command": operation.command,
        "base": operation.base,
        "requested_by": operation.requested_by,
    });
    // Only where there is one: what was agreed to before there were conditions stays the same.
    if let Some(condition) = operation.only_if {
        whole["only_if"] = json!(condition);
    }
    sha256_hex(canonical(&whole).as_bytes())
}

/// Hex SHA-256 over the salt, a line feed, and the canonical form of all that is asked for, with
/// every text in it. Whoever has the salt and the texts can open it; without the salt it tells
/// nothing, so the texts can be erased and the statement still stands.
#[must_use]
pub fn texts_digest(operation: &Operation<'_>, salt: &str) -> String {
    let whole = json!({
        "command": operation.command,
        "base": operation.base,
        "condition": operation.only_if,
    });
    sha256_hex(format!("{salt}\n{}", canonical(&whole)).as_bytes())
}

/// The text that a second person signs: canonical JSON without a word of free text in it. `texts`
/// is the digest of [`texts_digest`].
#[must_use]
pub fn statement(operation: &Operation<'_>, place: &Place, texts: &str, terms: &Terms) -> String {
    let command = operation.command;
    canonical(&json!({
        "form": STATEMENT_FORM,
        "till": place.till_id,
        "change": operation.change_id,
        "account": operation.account_id,
        "provider": place.provider.word(),
        "provider_ref": place.provider_ref,
        "payment": operation.payment_id,
        "kind": command.kind().word(),
        "money": money(command),
        "reason": command.reason().map(crate::command::ReasonCode::as_str),
        "texts": texts,
        "base": operation.base.map(base),
        "condition": operation.only_if.map(|condition| json!({
            "account": condition.account_id,
            "amount": condition.amount,
        })),
        "requested_by": operation.requested_by,
        "approver": terms.approver,
        "nonce": terms.nonce,
        "expires_at": terms.expires_at.to_rfc3339(),
    }))
}

/// What the operation moves or sets, in minor units; null where it names no sum.
fn money(command: &Command) -> Value {
    let captured = match command {
        Command::Capture { amount, .. } => *amount,
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Void => None,
    };
    json!(command.total().or(command.refund()).or(captured))
}

/// The payment as the requester saw it, without its texts.
fn base(base: &Base) -> Value {
    json!({
        "amount": base.amount,
        "state": base.state.word(),
        "refunded": base.refunded,
        "captured": base.details.captured,
        "read_at": base.read_at.to_rfc3339(),
    })
}

#[cfg(test)]
mod tests {
    use crate::sample::{queued, refund};

    #[test]
    fn the_same_operation_has_the_same_digest_and_it_is_hex_of_32_bytes() {
        let one = queued("c1", &refund("5.00")).operation();
        assert_eq!(one, queued("c1", &refund("5.00")).operation());
        assert_eq!(one.len(), 64);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
