//! What an exit code means. Scripts rely on these numbers.

use counterfoil_api::{Fault, FaultCode};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done,
    /// The command or a text in it cannot be read, amounts included.
    Usage,
    /// Refused by a rule: permission, PIN, approval, capability, limit, screening, broken trail.
    Refused,
    /// The provider declined.
    Declined,
    /// Sent, outcome not known.
    InDoubt,
    /// Waits for a person: approval, conflict, customer, refused credentials.
    WaitsForPerson,
    /// The store or the keyring cannot be used.
    Unusable,
    /// Not found.
    NotFound,
    /// Another process or till holds the right to send.
    HeldElsewhere,
    /// The provider cannot be reached, or answers in a way that says nothing.
    Unreachable,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Declined => 4,
            Self::InDoubt => 5,
            Self::WaitsForPerson => 6,
            Self::Unusable => 7,
            Self::NotFound => 8,
            Self::HeldElsewhere => 9,
            Self::Unreachable => 10,
        }
    }

    /// The exit of a command that ended in a fault.
    pub fn of(fault: &Fault) -> Self {
        // A new PIN that breaks the rule for PINs was read well: it is refused, not unreadable.
        let pin = fault.detail.get("field").is_some_and(|field| field == "pin");
        if pin && fault.code == FaultCode::BadInput {
            return Self::Refused;
        }
        of_code(fault.code)
    }
}

fn of_code(code: FaultCode) -> Exit {
    match code {
        FaultCode::BadInput | FaultCode::BadAmount => Exit::Usage,
        FaultCode::SignInNeeded
        | FaultCode::WrongPin
        | FaultCode::Locked
        | FaultCode::NotPermitted
        | FaultCode::SamePerson
        | FaultCode::ApprovalRefused
        | FaultCode::NotAllowed
        | FaultCode::OutOfRange
        | FaultCode::OverRefundable
        | FaultCode::TooLate
        | FaultCode::WrongState
        | FaultCode::EvidenceChanged
        | FaultCode::CardNumber
        | FaultCode::OfflineLimit
        | FaultCode::LastOwner
        | FaultCode::AuditBroken
        | FaultCode::Exists => Exit::Refused,
        FaultCode::Declined => Exit::Declined,
        FaultCode::CredentialsRefused => Exit::WaitsForPerson,
        FaultCode::Store
        | FaultCode::StoreNewer
        | FaultCode::Keyring
        | FaultCode::Printer
        | FaultCode::KeyringClosed
        | FaultCode::PepperLost
        | FaultCode::FirstRun => Exit::Unusable,
        FaultCode::NotFound => Exit::NotFound,
        FaultCode::HeldElsewhere => Exit::HeldElsewhere,
        // A read that was answered with something unreadable moved nothing and says nothing.
        FaultCode::Unreachable | FaultCode::UnclearAnswer => Exit::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_fault_has_the_exit_code_of_the_contract() {
        let check = |code: FaultCode, expected: u8| {
            assert_eq!(Exit::of(&Fault::new(code, "")).code(), expected, "{code:?}");
        };
        check(FaultCode::BadAmount, 2);
        check(FaultCode::WrongPin, 3);
        check(FaultCode::AuditBroken, 3);
        check(FaultCode::Declined, 4);
        check(FaultCode::CredentialsRefused, 6);
        check(FaultCode::Keyring, 7);
        check(FaultCode::Printer, 7);
        check(FaultCode::KeyringClosed, 7);
        check(FaultCode::PepperLost, 7);
        check(FaultCode::LastOwner, 3);
        check(FaultCode::FirstRun, 7);
        check(FaultCode::NotFound, 8);
        check(FaultCode::HeldElsewhere, 9);
        check(FaultCode::UnclearAnswer, 10);
    }

    #[test]
    fn a_pin_that_breaks_the_rule_is_refused_and_other_bad_texts_are_unreadable() {
        let fault = |field: &str| Fault::new(FaultCode::BadInput, "").with("field", field);
        assert_eq!(Exit::of(&fault("pin")), Exit::Refused);
        assert_eq!(Exit::of(&fault("name")), Exit::Usage);
    }
}
