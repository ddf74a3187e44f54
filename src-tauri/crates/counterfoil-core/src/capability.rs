//! What a provider can do with a payment in its state, as data: made by each connector, used
//! when a change is asked for and again before it is sent. Not to be mixed up with a permission.

use crate::command::Kind;
use crate::money::Money;

/// Why a kind of change is not possible. Stable codes: screens hold the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// The provider has no such function.
    NotOffered,
    /// The provider cannot do this, but another kind of change serves the same end.
    UseInstead {
        /// Which one.
        kind: Kind,
    },
    /// The provider does it only for the whole amount.
    PartNotOffered,
    /// The provider's names of what would be sent are not documented, and nobody has confirmed
    /// them for this account.
    Unconfirmed {
        /// Which settings of the account say them.
        settings: &'static str,
    },
    /// The time in which the provider does this is over.
    TooLate {
        /// How long it does it.
        window: &'static str,
    },
    /// The payment's state does not allow it.
    State,
    /// The provider's state word is not known here.
    StateUnclear,
    /// The provider cannot change this text.
    TextNotOffered {
        /// Which one.
        field: &'static str,
    },
    /// A text the provider's signature rule cannot carry.
    TextNotCarried {
        /// Which one.
        field: &'static str,
        /// What to do.
        why: &'static str,
    },
    /// The account uses another currency.
    Currency,
    /// Below the least total.
    BelowMinimum {
        /// The least total.
        minimum: Money,
    },
    /// Above the largest total.
    AboveMaximum {
        /// The largest total.
        maximum: Money,
    },
    /// The new total is what it is already, and nothing else changes.
    NothingChanges,
    /// More than can be returned.
    OverRefundable {
        /// What can be returned.
        refundable: Money,
    },
    /// A decrease and a refund for one correction might return the money twice.
    DecreaseAndRefund,
    /// Zero or less.
    NotPositive,
    /// The lines do not add up to the total.
    ItemsDiffer {
        /// What the lines add up to.
        sum: Money,
    },
    /// The provider requires it.
    Missing {
        /// Which one.
        field: &'static str,
    },
}

impl WhyNot {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "not_offered",
            Self::UseInstead { .. } => "use_instead",
            Self::PartNotOffered => "part_not_offered",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::TooLate { .. } => "too_late",
            Self::State => "state",
            Self::StateUnclear => "state_unclear",
            Self::TextNotOffered { .. } => "text_not_offered",
            Self::TextNotCarried { .. } => "text_not_carried",
            Self::Currency => "currency",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::AboveMaximum { .. } => "above_maximum",
            Self::NothingChanges => "nothing_changes",
            Self::OverRefundable { .. } => "over_refundable",
            Self::DecreaseAndRefund => "decrease_and_refund",
            Self::NotPositive => "not_positive",
            Self::ItemsDiffer { .. } => "items_differ",
            Self::Missing { .. } => "missing",
        }
    }

    /// Plain English for the command line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NotOffered => "the provider does not offer this".to_owned(),
            Self::UseInstead { kind } => {
                format!("the provider cannot do this; ask for a {} instead", kind.word())
            }
            Self::PartNotOffered => "the provider does this only for the whole amount".to_owned(),
            Self::Unconfirmed { settings } => format!(
                "what would be sent is not documented by the provider: an owner has to confirm \
                 it with them and set {settings} on the account"
            ),
            Self::TooLate { window } => format!("it is too late: {window}"),
            Self::State => "the payment's state does not allow this".to_owned(),
            Self::StateUnclear => {
                "the provider's state of this payment is not known here; refresh it or look at \
                 the provider"
                    .to_owned()
            }
            Self::TextNotOffered { field } => format!("the provider cannot change {field}"),
            Self::TextNotCarried { field, why } => format!("{field}: {why}"),
            Self::Currency => "the account uses another currency".to_owned(),
            Self::BelowMinimum { minimum } => format!("the least total is {minimum}"),
            Self::AboveMaximum { maximum } => format!("the largest total is {maximum}"),
            Self::NothingChanges => "this changes nothing".to_owned(),
            Self::OverRefundable { refundable } => format!("only {refundable} can be returned"),
            Self::DecreaseAndRefund => {
                "a lower total and a refund for one correction might return the money twice: let \
                 the other change finish first"
                    .to_owned()
            }
            Self::NotPositive => "the amount must be more than zero".to_owned(),
            Self::ItemsDiffer { sum } => format!("the lines add up to {sum}"),
            Self::Missing { field } => format!("the provider needs {field}"),
        }
    }
}

/// One row of the table for a payment: may this kind be asked for?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The kind.
    pub kind: Kind,
    /// None where it may.
    pub why_not: Option<WhyNot>,
}

/// What may be done again after a lost answer (providers, "Repeat-safety classes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepeatSafety {
    /// Sets a stated value; repeating converges.
    Absolute,
    /// The provider dedupes by key and identical bytes.
    WithKey,
    /// A read proves applied or not applied.
    ReadBack,
    /// A read can prove applied; that nothing shows yet proves nothing, so only a person can let
    /// it be sent again.
    ReadBackThenHuman,
    /// Nothing proves it: a person decides.
    HumanOnly,
}
