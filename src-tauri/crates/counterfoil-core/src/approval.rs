//! Dual control: when a second person is needed, and what exactly they agree to.

use serde_json::json;

use crate::audit::{canonical, sha256_hex};
use crate::change::Condition;
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
    /// What must show elsewhere before it is sent.
    pub only_if: Option<&'a Condition>,
    /// The payment as the requester saw it.
    pub base: Option<&'a Base>,
    /// Who asked.
    pub requested_by: &'a StaffId,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{adjust, base, cancel, gbp, queued, refund, relabel, start, yen};

    fn rules(refund_over: &str, adjust_over: Option<&str>, cancel: bool) -> Rules {
        Rules { refund_over: gbp(refund_over), adjust_over: adjust_over.map(gbp), cancel }
    }

    #[test]
    fn a_cashier_needs_a_second_person_where_the_rules_say_so() {
        let check = |rules: Rules, command: &Command, expected: bool| {
            let needed = needs_second_person(&rules, Role::Cashier, command, Some(&base("100.00")));
            assert_eq!(needed, expected, "{rules:?} {command:?}");
        };
        let shops_own = || rules("0.00", None, false);
        check(shops_own(), &refund("0.01"), true);
        check(shops_own(), &adjust("1.00"), false);
        check(shops_own(), &adjust("900.00"), false);
        check(shops_own(), &cancel(), false);
        check(shops_own(), &start("900.00"), false);
        check(shops_own(), &relabel("INV-2"), false);
        check(shops_own(), &Command::Void, false);
        check(rules("50.00", None, false), &refund("50.00"), false);
        check(rules("50.00", None, false), &refund("50.01"), true);
        check(rules("0.00", Some("20.00"), false), &adjust("80.00"), false);
        check(rules("0.00", Some("20.00"), false), &adjust("120.00"), false);
        check(rules("0.00", Some("20.00"), false), &adjust("79.99"), true);
        check(rules("0.00", Some("20.00"), false), &adjust("120.01"), true);
        check(rules("0.00", None, true), &cancel(), true);
        check(rules("0.00", None, true), &Command::Void, true);
        check(rules("0.00", Some("0.00"), true), &start("1.00"), false);
        check(rules("0.00", Some("0.00"), true), &relabel("INV-2"), false);
    }

    #[test]
    fn each_role_but_those_that_refund_alone_is_bound_by_the_rules() {
        let strict = rules("0.00", Some("0.00"), true);
        for role in Role::ALL {
            let alone = matches!(role, Role::Manager | Role::Owner);
            for command in [refund("5.00"), adjust("5.00"), cancel()] {
                let needed = needs_second_person(&strict, role, &command, Some(&base("100.00")));
                assert_eq!(needed, !alone, "{role:?} {command:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_compared_needs_a_second_person() {
        let limits = rules("50.00", Some("50.00"), false);
        let ask = |command: &Command, base: Option<&Base>| {
            needs_second_person(&limits, Role::Cashier, command, base)
        };
        let reason = crate::sample::reason("duplicate");
        assert!(ask(&Command::Refund { amount: yen("1"), reason, note: None }, None));
        assert!(ask(&adjust("1.00"), None), "no base to tell the difference from");
        let foreign = Base { amount: yen("1"), ..base("100.00") };
        assert!(ask(&adjust("1.00"), Some(&foreign)), "a base in another currency");
        let total = yen("1");
        let foreign = Command::Adjust { total, invoice: None, items: Vec::new() };
        assert!(ask(&foreign, Some(&base("100.00"))), "a total in another currency");
    }

    #[test]
    fn the_same_operation_has_the_same_digest_and_it_is_hex_of_32_bytes() {
        let one = queued("c1", &refund("5.00")).operation();
        assert_eq!(one, queued("c1", &refund("5.00")).operation());
        assert_eq!(one.len(), 64);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
