//! People, their roles and what a role may do.

use serde::{Deserialize, Serialize};

/// What somebody is at this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finds payments and asks for changes.
    Cashier,
    /// Also decides what others ask for.
    Manager,
    /// Also sets up the till.
    Owner,
    /// Reads and verifies, changes nothing.
    Auditor,
}

/// One thing a person may or may not do. Not to be mixed up with a capability, which is what a
/// provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look at payments, changes and the trail.
    Read,
    /// Fetch payments and ask for changes, withdraw own ones, retry, send.
    Ask,
    /// Refund without a second person.
    RefundAlone,
    /// Approve, reject, resolve a doubt, settle a conflict.
    Decide,
    /// Accounts, staff, settings, export.
    SetUp,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Cashier, Self::Manager, Self::Owner, Self::Auditor];

    /// The word of the command line and the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Manager => "manager",
            Self::Owner => "owner",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The whole table of who may do what.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::Ask => matches!(self, Self::Cashier | Self::Manager | Self::Owner),
            Permission::RefundAlone | Permission::Decide => {
                matches!(self, Self::Manager | Self::Owner)
            }
            Permission::SetUp => matches!(self, Self::Owner),
        }
    }
}

/// The id of whoever asks for what a proposed order brings about (norce.md section 3). It is bound
/// by the rules for a cashier; nobody signs in as it, and nobody decides as it.
pub const ORDERS: &str = "till-orders";

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Ask, Self::RefundAlone, Self::Decide, Self::SetUp];

    /// The word a screen gets.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ask => "ask",
            Self::RefundAlone => "refund_alone",
            Self::Decide => "decide",
            Self::SetUp => "set_up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_exactly_what_the_table_says() {
        let check = |role: Role, expected: &[Permission]| {
            let may: Vec<_> = Permission::ALL.into_iter().filter(|p| role.may(*p)).collect();
            assert_eq!(may, expected, "{role:?}");
        };
        use Permission::{Ask, Decide, Read, RefundAlone, SetUp};
        check(Role::Auditor, &[Read]);
        check(Role::Cashier, &[Read, Ask]);
        check(Role::Manager, &[Read, Ask, RefundAlone, Decide]);
        check(Role::Owner, &[Read, Ask, RefundAlone, Decide, SetUp]);
    }
}
