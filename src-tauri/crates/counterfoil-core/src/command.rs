//! What staff ask for, in checked form: amounts are money, texts are screened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::money::{Currency, Money};
use crate::payment::Item;

/// A kind of change. The words are those of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A new payment request.
    Start,
    /// Another total.
    Adjust,
    /// Other texts, no money.
    Relabel,
    /// Returning captured money.
    Refund,
    /// Ending an unpaid request.
    Cancel,
    /// Taking authorised money.
    Capture,
    /// Ending an authorisation.
    Void,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Start,
        Self::Adjust,
        Self::Relabel,
        Self::Refund,
        Self::Cancel,
        Self::Capture,
        Self::Void,
    ];

    /// The word of the command line and the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Adjust => "adjust",
            Self::Relabel => "relabel",
            Self::Refund => "refund",
            Self::Cancel => "cancel",
            Self::Capture => "capture",
            Self::Void => "void",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Longest code of a store's own, in bytes: one that fits a line of a slip.
const LONGEST_CODE: usize = 40;
/// Most codes of a store's own: more than people can choose among.
const MOST_OWN_CODES: usize = 20;

/// Why money goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCode(String);

impl ReasonCode {
    /// The codes every till knows.
    pub const BUILT_IN: [&'static str; 7] = [
        "customer_request",
        "goods_returned",
        "duplicate",
        "price_correction",
        "service_issue",
        "fraud_suspected",
        "other",
    ];

    /// Reads a code that every till knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_among(text, &[])
    }

    /// Reads a code that every till knows, or one of this store's own.
    #[must_use]
    pub fn parse_among(text: &str, more: &[Self]) -> Option<Self> {
        let known = Self::BUILT_IN.contains(&text) || more.iter().any(|own| own.0 == text);
        known.then(|| Self(text.to_owned()))
    }

    /// Reads a store's own codes: lower-case words with commas between. None where one of them
    /// cannot be a code, is there twice, or is known to every till.
    #[must_use]
    pub fn read_list(text: &str) -> Option<Vec<Self>> {
        let mut codes: Vec<Self> = Vec::new();
        let words = if text.is_empty() { Vec::new() } else { text.split(',').collect() };
        for word in words.into_iter().map(|word| word.trim_matches(' ')) {
            let known = Self::parse_among(word, &codes).is_some();
            if known || !is_code(word) || codes.len() == MOST_OWN_CODES {
                return None;
            }
            codes.push(Self(word.to_owned()));
        }
        Some(codes)
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where the code alone says too little.
    #[must_use]
    pub fn needs_note(&self) -> bool {
        self.0 == "other"
    }
}

fn is_code(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (2..=LONGEST_CODE).contains(&word.len())
        && word.bytes().all(plain)
        && word.starts_with(|c: char| c.is_ascii_lowercase())
}

/// What is asked for. Serialised form is stored and hashed: add fields, never rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// A new payment request.
    Start {
        /// What the customer is to pay.
        total: Money,
        /// Invoice number.
        invoice: Option<String>,
        /// The supplier's own reference.
        reference: Option<String>,
        /// E-mail of the staff member who starts it (Bumper: `user_email`).
        email: Option<String>,
        /// Lines.
        items: Vec<Item>,
    },
    /// The new total, not a difference.
    Adjust {
        /// New total.
        total: Money,
        /// New invoice number; none keeps it.
        invoice: Option<String>,
        /// New lines; empty keeps them.
        items: Vec<Item>,
    },
    /// Texts only.
    Relabel {
        /// New invoice number.
        invoice: Option<String>,
        /// New reference.
        reference: Option<String>,
        /// New description.
        description: Option<String>,
        /// New metadata.
        metadata: BTreeMap<String, String>,
    },
    /// Money back.
    Refund {
        /// How much.
        amount: Money,
        /// Why.
        reason: ReasonCode,
        /// More words.
        note: Option<String>,
    },
    /// Ends an unpaid request.
    Cancel {
        /// Why.
        reason: Option<ReasonCode>,
    },
    /// Takes authorised money.
    Capture {
        /// How much; none takes all.
        amount: Option<Money>,
        /// When; none means now.
        at: Option<Moment>,
    },
    /// Ends an authorisation.
    Void,
}

impl Command {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Start { .. } => Kind::Start,
            Self::Adjust { .. } => Kind::Adjust,
            Self::Relabel { .. } => Kind::Relabel,
            Self::Refund { .. } => Kind::Refund,
            Self::Cancel { .. } => Kind::Cancel,
            Self::Capture { .. } => Kind::Capture,
            Self::Void => Kind::Void,
        }
    }

    /// The new total of a start or an adjustment.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        match self {
            Self::Start { total, .. } | Self::Adjust { total, .. } => Some(*total),
            Self::Relabel { .. }
            | Self::Refund { .. }
            | Self::Cancel { .. }
            | Self::Capture { .. }
            | Self::Void => None,
        }
    }

    /// What a refund returns.
    #[must_use]
    pub fn refund(&self) -> Option<Money> {
        match self {
            Self::Refund { amount, .. } => Some(*amount),
            Self::Start { .. }
            | Self::Adjust { .. }
            | Self::Relabel { .. }
            | Self::Cancel { .. }
            | Self::Capture { .. }
            | Self::Void => None,
        }
    }

    /// The reason code, where one was given.
    #[must_use]
    pub fn reason(&self) -> Option<&ReasonCode> {
        match self {
            Self::Refund { reason, .. } => Some(reason),
            Self::Cancel { reason } => reason.as_ref(),
            Self::Start { .. }
            | Self::Adjust { .. }
            | Self::Relabel { .. }
            | Self::Capture { .. }
            | Self::Void => None,
        }
    }

    /// The invoice number it sets.
    #[must_use]
    pub fn invoice(&self) -> Option<&str> {
        match self {
            Self::Start { invoice, .. }
            | Self::Adjust { invoice, .. }
            | Self::Relabel { invoice, .. } => invoice.as_deref(),
            Self::Refund { .. } | Self::Cancel { .. } | Self::Capture { .. } | Self::Void => None,
        }
    }

    /// The lines it carries.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        match self {
            Self::Start { items, .. } | Self::Adjust { items, .. } => items,
            Self::Relabel { .. }
            | Self::Refund { .. }
            | Self::Cancel { .. }
            | Self::Capture { .. }
            | Self::Void => &[],
        }
    }

    /// The currency of its money, where it moves any.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.total().or(self.refund()).map(Money::currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_may_have_reasons_of_its_own_beside_those_every_till_knows() {
        let own = ReasonCode::read_list("damaged_in_shop, loyalty").unwrap();
        let among = |text: &str| ReasonCode::parse_among(text, &own).map(|code| code.0);
        assert_eq!(among("loyalty").as_deref(), Some("loyalty"));
        assert_eq!(among("duplicate").as_deref(), Some("duplicate"));
        assert_eq!(among("Loyalty"), None);
        assert_eq!(ReasonCode::parse("loyalty"), None);
        assert_eq!(ReasonCode::read_list(""), Some(Vec::new()));
    }

    #[test]
    fn a_list_with_what_is_no_code_is_refused_whole() {
        let long = "x".repeat(41);
        let many = (0..21).map(letters).collect::<Vec<_>>().join(",");
        let bad =
            ["other", "loyalty,duplicate", "a", "_a", "Big", "a b", "ab,ab", "ab,", ",", "a1"];
        for text in bad.into_iter().chain([long.as_str(), many.as_str()]) {
            assert_eq!(ReasonCode::read_list(text), None, "{text}");
        }
    }

    fn letters(number: u8) -> String {
        format!("own_{}", char::from(b'a' + number))
    }
}
