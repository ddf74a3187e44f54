//! The rules of dual control that are set for a role of its own.

use super::{NEVER, Shape};
use crate::command::Kind;
use crate::staff::Role;

/// A role that an owner may bind. Owners are not bound, and auditors may not ask at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Cashiers.
    Cashier,
    /// Managers.
    Manager,
}

/// A rule that binds managers, beside the one of the same name for cashiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ManagerRule {
    /// Refunds above this.
    RefundOver,
    /// Adjustments by more than this.
    AdjustOver,
    /// Cancelling.
    Cancel,
    /// Payments older than this.
    SaleOlderThanDays,
    /// Refunds above this in a day.
    DailyRefundsOver,
}

impl Bound {
    /// As what somebody in this role is bound; none where it is not by rules.
    #[must_use]
    pub fn of(role: Role) -> Option<Self> {
        match role {
            Role::Cashier => Some(Self::Cashier),
            Role::Manager => Some(Self::Manager),
            Role::Owner | Role::Auditor => None,
        }
    }

    pub(super) fn key(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Cashier, Kind::Start) => "permission.cashier.start",
            (Self::Cashier, Kind::Adjust) => "permission.cashier.adjust",
            (Self::Cashier, Kind::Relabel) => "permission.cashier.relabel",
            (Self::Cashier, Kind::Refund) => "permission.cashier.refund",
            (Self::Cashier, Kind::Cancel) => "permission.cashier.cancel",
            (Self::Cashier, Kind::Capture) => "permission.cashier.capture",
            (Self::Cashier, Kind::Void) => "permission.cashier.void",
            (Self::Manager, Kind::Start) => "permission.manager.start",
            (Self::Manager, Kind::Adjust) => "permission.manager.adjust",
            (Self::Manager, Kind::Relabel) => "permission.manager.relabel",
            (Self::Manager, Kind::Refund) => "permission.manager.refund",
            (Self::Manager, Kind::Cancel) => "permission.manager.cancel",
            (Self::Manager, Kind::Capture) => "permission.manager.capture",
            (Self::Manager, Kind::Void) => "permission.manager.void",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Cashier => {
                "whether a cashier may ask for this kind of change (allowed, approval: a manager \
                 must agree, or denied)"
            }
            Self::Manager => {
                "whether a manager may ask for this kind of change (allowed, approval: another \
                 manager or an owner must agree, or denied)"
            }
        }
    }
}

impl ManagerRule {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::RefundOver => "approval.refund_over.manager",
            Self::AdjustOver => "approval.adjust_over.manager",
            Self::Cancel => "approval.cancel.manager",
            Self::SaleOlderThanDays => "approval.sale_older_than_days.manager",
            Self::DailyRefundsOver => "approval.daily_refunds_over.manager",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::RefundOver => {
                "a manager's refund above this needs a second person (decimal text, or never)"
            }
            Self::AdjustOver => {
                "a manager's adjustment by more than this needs a second person (decimal text, or \
                 never)"
            }
            Self::Cancel => "a manager's cancelling needs a second person (true or false)",
            Self::SaleOlderThanDays => {
                "what a manager asks for on a payment older than this needs a second person (days, \
                 or never)"
            }
            Self::DailyRefundsOver => {
                "a manager's refund needs a second person once it brings what they asked to return \
                 in a day above this (decimal text, for each currency, or never)"
            }
        }
    }

    pub(super) fn default_value(self) -> &'static str {
        match self {
            Self::Cancel => "false",
            Self::RefundOver
            | Self::AdjustOver
            | Self::SaleOlderThanDays
            | Self::DailyRefundsOver => NEVER,
        }
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Cancel => Shape::Switch,
            Self::SaleOlderThanDays => Shape::DaysOrNever,
            Self::RefundOver | Self::AdjustOver | Self::DailyRefundsOver => Shape::MoneyOrNever,
        }
    }
}
