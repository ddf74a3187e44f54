//! The texts of a payment and their limits (sections 2.1 and 7, A-MOY-04), and the whole map of
//! metadata that goes out (A-MOY-02).

use std::collections::BTreeMap;

use counterfoil_core::capability::WhyNot;
use counterfoil_core::payment::Details;

use crate::answer::CARDS_MASKED;

/// Longest description, characters (A-MOY-04: no limit is documented).
const MAX_DESCRIPTION_CHARS: usize = 255;

/// Most keys of metadata (section 7).
const MAX_KEYS: usize = 30;

/// Longest key, characters (section 7).
const MAX_KEY_CHARS: usize = 40;

/// Longest value, characters (section 7).
const MAX_VALUE_CHARS: usize = 500;

/// Mark of a payment whose metadata holds what is no text, number or truth value. Sent as a whole
/// map it would be lost.
pub(crate) const METADATA_BEYOND_TEXT: &str = "metadata_beyond_text";

/// Judges a description.
///
/// # Errors
/// [`WhyNot::TextNotCarried`] with what to do.
pub fn check_description(text: &str) -> Result<(), WhyNot> {
    if text.chars().count() > MAX_DESCRIPTION_CHARS {
        return refused("description", "use at most 255 characters");
    }
    plain("description", text)
}

/// The metadata as it goes out: all that is there now with what is set, because whether Moyasar
/// merges or replaces is not documented (A-MOY-02). A key that is taken away goes out with an
/// empty text, which is how one is unset (section 2.1).
///
/// # Errors
/// [`WhyNot::TextNotCarried`] with what to do.
pub fn outgoing(
    present: &Details,
    set: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, WhyNot> {
    if present.marks.contains_key(METADATA_BEYOND_TEXT) {
        let why = "the metadata of this payment holds more than texts; change it at Moyasar";
        return refused("metadata", why);
    }
    if present.marks.contains_key(CARDS_MASKED) {
        let why = "the metadata of this payment holds a card number; change it at Moyasar";
        return refused("metadata", why);
    }
    let mut whole = present.metadata.clone();
    for (key, text) in set {
        check_entry(key, text)?;
        if !text.is_empty() || present.metadata.contains_key(key) {
            whole.insert(key.clone(), text.clone());
        }
    }
    if whole.len() > MAX_KEYS {
        let why = "at most 30 keys fit in one change, those taken away included";
        return refused("metadata", why);
    }
    Ok(whole)
}

fn check_entry(key: &str, text: &str) -> Result<(), WhyNot> {
    if key.chars().count() > MAX_KEY_CHARS {
        return refused("metadata", "use keys of at most 40 characters");
    }
    plain("metadata", key)?;
    if text.chars().count() > MAX_VALUE_CHARS {
        return refused("metadata", "use values of at most 500 characters");
    }
    if text.is_empty() { Ok(()) } else { plain("metadata", text) }
}

/// A reading has to show exactly what was sent, so nothing goes out that might come back mended.
fn plain(field: &'static str, text: &str) -> Result<(), WhyNot> {
    if text.is_empty() {
        return refused(field, "an empty text cannot be sent; leave it unset instead");
    }
    if text.chars().any(char::is_control) {
        return refused(field, "leave out line breaks and other control characters");
    }
    if text.trim() != text {
        return refused(field, "leave out white space at the beginning and at the end");
    }
    Ok(())
}

fn refused<T>(field: &'static str, why: &'static str) -> Result<T, WhyNot> {
    Err(WhyNot::TextNotCarried { field, why })
}
