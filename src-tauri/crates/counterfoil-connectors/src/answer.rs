//! What an answer means beyond the kinds that core keeps, and how a provider's words are made
//! fit to be kept.

use std::collections::BTreeMap;

use counterfoil_core::answer::WireEnd;
use counterfoil_core::payment::PaymentFacts;
use counterfoil_core::screening::{is_hidden, masked};

use crate::request::MASK;

/// Longest message kept, in characters: as long as any free text of ours.
const MAX_MESSAGE_CHARS: usize = 200;

/// Hex digits of a SHA-256 signature: a message that quotes one would keep it for ever.
const SIGNATURE_DIGITS: usize = 64;

/// How a test of credentials ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeEnd {
    /// The provider accepts them.
    Ok,
    /// The provider does not accept them.
    CredentialsRefused {
        /// The provider's words, masked and cut.
        message: String,
    },
    /// The provider could not be reached.
    Unreachable {
        /// Why, safe to show.
        why: String,
    },
    /// An answer that says nothing about them.
    Unclear {
        /// What was seen.
        why: String,
    },
}

/// The newest of the ends of one reading.
///
/// # Panics
/// Never on ends as [`crate::Connector::decode_read`] takes them: there is at least one.
#[must_use]
pub fn newest(ends: &[WireEnd]) -> &WireEnd {
    ends.last().expect("a reading has at least one end")
}

/// A provider's words, fit to be kept: no control characters or direction marks, no card
/// numbers, no signatures, at most 200 characters.
#[must_use]
pub fn tidy(words: &str) -> String {
    let plain: String = words.chars().filter(|c| !is_hidden(*c)).collect();
    let hushed = without_signatures(plain.trim());
    masked(&hushed).chars().take(MAX_MESSAGE_CHARS).collect()
}

/// Mark of a payment in whose metadata a card number was masked: its metadata is not known whole.
pub(crate) const CARDS_MASKED: &str = "cards_masked";

/// Facts as they may be kept: no card number in any text of them, whoever put it there. What is
/// not a fact of ours (a provider's card objects) is never read in the first place.
#[must_use]
pub(crate) fn without_cards(mut facts: PaymentFacts) -> PaymentFacts {
    facts.provider_status = masked(&facts.provider_status);
    let details = &mut facts.details;
    let texts = [
        &mut facts.invoice_number,
        &mut facts.reference,
        &mut facts.payment_type,
        &mut details.description,
    ];
    for text in texts.into_iter().flatten() {
        *text = masked(text);
    }
    let kept = details.metadata.iter().map(|(key, text)| (masked(key), masked(text)));
    let kept: BTreeMap<String, String> = kept.collect();
    if kept != details.metadata {
        details.metadata = kept;
        details.marks.insert(CARDS_MASKED.to_owned(), "true".to_owned());
    }
    facts
}

fn without_signatures(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hex = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (taken, left) = rest.split_at(hex.max(first.len_utf8()));
        kept.push_str(if hex >= SIGNATURE_DIGITS { MASK } else { taken });
        rest = left;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_words_are_cut_cleaned_and_masked() {
        let check = |words: &str, expected: &str| assert_eq!(tidy(words), expected);
        check("Token is Invalid.", "Token is Invalid.");
        check("  two\r\nlines\u{7}\u{202E}  ", "twolines");
        check("card 4111 1111 1111 1111 used", "card •••• •••• •••• •••• used");
        check(&format!("expected {}!", "aB".repeat(32)), "expected •••!");
        check(&"é".repeat(300), &"é".repeat(200));
        check("", "");
    }

    #[test]
    fn a_card_number_across_the_cut_is_masked_before_it_is_cut() {
        let words = format!("{}4111111111111111", "x".repeat(190));
        assert!(!tidy(&words).contains("4111"));
    }
}
