//! Moyasar calls us (section 8). The body carries the secret we gave Moyasar, and nothing signs
//! the rest: whoever has seen one callback can write another. So a callback is a hint to read the
//! payment again, never the proof of anything.

use sha2::{Digest, Sha256};

use super::WEBHOOK_SECRET;
use crate::answer::tidy;
use crate::callback::{Callback, CallbackRefused, Hint, is_same_secret};
use crate::json::Object;
use crate::request::Target;

/// Events about payments begin with this; the others (balance, payout, card) name none.
const ABOUT_PAYMENTS: &str = "payment_";

/// A slip of Moyasar's reference table (section 10, defect 8).
const MISSPELT: (&str, &str) = ("payment_faild", "payment_failed");

/// Longest id of an event that is kept as it is, bytes: a uuid has 36.
const MAX_EVENT_ID: usize = 100;

/// See [`crate::Connector::callback`]. Whether `live` fits the account is not judged: the key
/// decides what a reading finds.
///
/// # Errors
/// [`CallbackRefused`].
pub fn hint(target: &Target<'_>, heard: &Callback<'_>) -> Result<Hint, CallbackRefused> {
    let secret = target.secret(WEBHOOK_SECRET).map_err(|_| CallbackRefused::SecretMissing)?;
    let event = Object::read(heard.body).ok_or(CallbackRefused::BodyUnreadable)?;
    let given = event.text("secret_token").ok().flatten();
    let given = given.ok_or(CallbackRefused::ProofUnreadable)?;
    if !is_same_secret(secret, &given) {
        return Err(CallbackRefused::ProofDiffers);
    }
    let text = |object: &Object, field| object.text(field).ok().flatten();
    let word = text(&event, "type").filter(|word| word.starts_with(ABOUT_PAYMENTS));
    let word = word.ok_or(CallbackRefused::NamesNoPayment)?;
    let payment = event.object("data").and_then(|payment| text(&payment, "id"));
    let provider_ref = payment.ok_or(CallbackRefused::NamesNoPayment)?;
    let kept = |id: &String| id.len() <= MAX_EVENT_ID && id.bytes().all(|b| b.is_ascii_graphic());
    let digest = || hex::encode(Sha256::digest(heard.body));
    let event_id = text(&event, "id").filter(kept).unwrap_or_else(digest);
    Ok(Hint { event_id, provider_ref, word: well_spelt(&word) })
}

fn well_spelt(word: &str) -> String {
    if word == MISSPELT.0 { MISSPELT.1.to_owned() } else { tidy(word) }
}
