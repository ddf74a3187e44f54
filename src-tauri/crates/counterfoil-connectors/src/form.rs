//! What a form asks for, as data: the screen, the command line and the API show what this says and
//! no more.

use counterfoil_core::account::Account;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Kind;
use counterfoil_core::money::Money;
use counterfoil_core::payment::PaymentFacts;

/// One thing that can be filled in. The words are those of the calls' arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The new total.
    Total,
    /// A part of the amount.
    Amount,
    /// A moment.
    At,
    /// The invoice number.
    Invoice,
    /// The supplier's own reference.
    Reference,
    /// The description.
    Description,
    /// Metadata, key by key.
    Metadata,
    /// Lines of goods.
    Items,
    /// Why.
    Reason,
    /// More words.
    Note,
    /// A staff member's e-mail.
    Email,
}

impl Field {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Amount => "amount",
            Self::At => "at",
            Self::Invoice => "invoice",
            Self::Reference => "reference",
            Self::Description => "description",
            Self::Metadata => "metadata",
            Self::Items => "items",
            Self::Reason => "reason",
            Self::Note => "note",
            Self::Email => "email",
        }
    }
}

/// Between which amounts a change of this payment may be. None where there is no limit, or one that
/// the provider may not hold to: then it is a warning and stops nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Least amount. The same as the largest: only the whole is possible.
    pub least: Option<Money>,
    /// Largest amount.
    pub most: Option<Money>,
}

/// Money in the account's own currency, and more than nothing.
///
/// # Errors
/// [`WhyNot::Currency`], [`WhyNot::NotPositive`].
pub fn is_money_of(account: &Account, money: Money) -> Result<(), WhyNot> {
    if money.currency() != account.currency {
        return Err(WhyNot::Currency);
    }
    if money.is_positive() { Ok(()) } else { Err(WhyNot::NotPositive) }
}

/// The limits where a provider has none of its own: those it states for a total, what is left to
/// refund, what was authorised.
#[must_use]
pub fn stated(facts: &PaymentFacts, refundable: Option<Money>, kind: Kind) -> Limits {
    match kind {
        Kind::Adjust => Limits { least: facts.minimum, most: facts.maximum },
        Kind::Refund => Limits { least: None, most: refundable },
        Kind::Capture => Limits { least: None, most: Some(facts.amount) },
        Kind::Start | Kind::Relabel | Kind::Cancel | Kind::Void => Limits::default(),
    }
}

/// What the form of a new account offers.
#[derive(Debug, Clone, Copy)]
pub struct AccountForm {
    /// Base URLs by what they are for (`live`, `test`); empty where each customer has another.
    pub addresses: &'static [(&'static str, &'static str)],
    /// Currency codes an account can be in; empty for any.
    pub currencies: &'static [&'static str],
    /// The currency of an account that names none.
    pub usual: &'static str,
    /// True where payments can be started from here.
    pub starts: bool,
}

/// The fields every provider takes for a kind of change: why money goes back, and nothing else.
#[must_use]
pub fn always(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Refund => &[Field::Amount, Field::Reason, Field::Note],
        Kind::Cancel => &[Field::Reason],
        Kind::Start | Kind::Adjust => &[Field::Total],
        Kind::Relabel | Kind::Capture | Kind::Void => &[],
    }
}
