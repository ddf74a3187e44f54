//! The payment a command is about, as far as a rule needs to know it.

use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::PaymentFacts;

/// A payment and what this till has going on with it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The newest reading.
    pub facts: &'a PaymentFacts,
    /// Refunds of this till that are applied, on their way or in doubt, added up. In doubt counts
    /// as spent.
    pub refunded_here: Money,
    /// A lower total is on its way or in doubt.
    pub open_decrease: bool,
    /// A refund is on its way or in doubt.
    pub open_refund: bool,
    /// When it is judged: some functions are offered only for a time.
    pub now: Moment,
}

/// What staff are to know before they ask; it stops nothing. Stable codes: screens hold the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Below the stated least total, which may not count for this kind of payment.
    BelowMinimum {
        /// The stated least total.
        minimum: Money,
    },
    /// Above the stated largest total, which may not count for this kind of payment.
    AboveMaximum {
        /// The stated largest total.
        maximum: Money,
    },
    /// A lower total may return money, and this till has refunded before.
    RefundedBefore {
        /// How much this till refunded.
        refunded: Money,
    },
    /// The provider does not say whether it takes this in the present state; it has the last word.
    StateUndocumented {
        /// The provider's word for the state.
        status: String,
    },
}

impl Warning {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BelowMinimum { .. } => "below_minimum",
            Self::AboveMaximum { .. } => "above_maximum",
            Self::RefundedBefore { .. } => "refunded_before",
            Self::StateUndocumented { .. } => "state_undocumented",
        }
    }

    /// Plain English for the command line.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::BelowMinimum { minimum } => {
                format!("the stated least total is {minimum}; the provider may decline this")
            }
            Self::AboveMaximum { maximum } => {
                format!("the stated largest total is {maximum}; the provider may decline this")
            }
            Self::RefundedBefore { refunded } => format!(
                "{refunded} of this payment was refunded from this till; a lower total may return \
                 money once more"
            ),
            Self::StateUndocumented { status } => format!(
                "the provider does not say whether it takes this in the state {status:?}; it \
                 may decline it"
            ),
        }
    }
}
