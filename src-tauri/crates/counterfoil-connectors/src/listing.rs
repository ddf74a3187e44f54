//! Pages of a provider's payments.

use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentFacts;

/// Which payments to list. What a provider cannot filter by it leaves out: whoever asks looks at
/// the answers again.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListQuery<'a> {
    /// Made at this moment or later.
    pub made_since: Option<Moment>,
    /// Changed at this moment or later.
    pub changed_since: Option<Moment>,
    /// With this reference of the supplier.
    pub reference: Option<&'a str>,
    /// With this metadata.
    pub metadata: Option<(&'a str, &'a str)>,
    /// The cursor of the page before; none for the first.
    pub cursor: Option<&'a str>,
}

/// What a page brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListEnd {
    /// The payments.
    Page {
        /// As far as they can be read.
        payments: Vec<PaymentFacts>,
        /// References (or places) of those that cannot, each with what is wrong.
        unreadable: Vec<String>,
        /// The cursor of the next page; none where this was the last.
        next: Option<String>,
    },
    /// The provider does not accept the credentials.
    CredentialsRefused {
        /// The provider's words, masked and cut.
        message: String,
    },
    /// The provider could not be reached.
    Unreachable {
        /// Why, safe to show.
        why: String,
    },
    /// An answer that says nothing.
    Unclear {
        /// What was seen.
        why: String,
    },
}
