//! What a row of the table says beside names: who may make the call, about which changes, and
//! whether it writes.

use counterfoil_core::change::State;
use counterfoil_core::staff::{Permission, Role};

use crate::people::needs_full;

/// Who may make a call. Whoever is not named may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone, also where nobody is signed in.
    Anyone,
    /// Anyone, as long as the store is not set up.
    FirstRun,
    /// A signed-in person whose role has this permission.
    May(Permission),
    /// A signed-in person in one of these roles, where no permission draws the line.
    Roles(&'static [Role]),
}

impl Who {
    /// True where somebody in this role may; none: nobody is signed in.
    #[must_use]
    pub fn admits(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Self::Anyone | Self::FirstRun, _) => true,
            (Self::May(_) | Self::Roles(_), None) => false,
            (Self::May(permission), Some(role)) => role.may(permission),
            (Self::Roles(roles), Some(role)) => roles.contains(&role),
        }
    }

    /// True where the PIN must have been checked in full, with the keyring open.
    #[must_use]
    pub fn needs_full_check(self) -> bool {
        match self {
            Self::May(permission) => needs_full(permission),
            Self::Anyone | Self::FirstRun | Self::Roles(_) => false,
        }
    }

    /// Everybody who may, in the order of the roles.
    #[must_use]
    pub fn roles(self) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| self.admits(Some(*role))).collect()
    }
}

/// The changes that a call about one change fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fits {
    /// The states in which it may be made; in every other it is refused as of the wrong state.
    pub states: &'static [State],
    /// Of the others, those in which bytes may have left: refused as too late.
    pub too_late: &'static [State],
    /// What it takes for a change that somebody else asked for; none: anybody's alike.
    pub others: Option<Permission>,
}

/// What a call does to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It is noted in the trail where it can be; a store that is open for reading only answers it
    /// all the same.
    Notes,
    /// It stores something: a store that is open for reading only refuses it.
    Writes,
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct CallRow {
    /// The name.
    pub name: &'static str,
    /// Who may make it.
    pub who: Who,
    /// Which changes it fits; none where it is about no change.
    pub fits: Option<Fits>,
    /// Whether it writes.
    pub effect: Effect,
}

/// A change in whatever state.
pub const ANY: Fits = Fits { states: &State::ALL, too_late: &[], others: None };

/// A change that waits for a second person.
pub const AWAITING: Fits = Fits { states: &[State::AwaitingApproval], too_late: &[], others: None };

/// A change of which no byte has left, one's own.
pub const UNSENT: Fits = Fits {
    states: &[State::AwaitingApproval, State::Queued, State::Conflict],
    too_late: &[State::Sending, State::NeedsCustomer, State::InDoubt],
    others: Some(Permission::Decide),
};

/// A change that the till still has to do with.
pub const UNDER_WAY: Fits = Fits {
    states: &[State::Queued, State::Sending, State::NeedsCustomer, State::InDoubt, State::Conflict],
    too_late: &[],
    others: None,
};

/// A doubt.
pub const DOUBTED: Fits = Fits { states: &[State::InDoubt], too_late: &[], others: None };

/// A conflict.
pub const CONTESTED: Fits = Fits { states: &[State::Conflict], too_late: &[], others: None };

/// A change that waits for the customer.
pub const WITH_CUSTOMER: Fits =
    Fits { states: &[State::NeedsCustomer], too_late: &[], others: None };
