//! What a change will do at Moyasar, in plain English, for the preview.

use std::collections::BTreeMap;

use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use super::capability::is_whole_refund;

/// See [`crate::Connector::effect_in_words`].
#[must_use]
pub fn effect_in_words(command: &Command, base: Option<&Base>) -> String {
    match command {
        Command::Start { .. } => "Moyasar payments begin in the shop's own checkout.".to_owned(),
        Command::Adjust { .. } => "Moyasar cannot change an amount. A capture of less releases \
            the rest of an authorisation; a refund returns a part of what was paid."
            .to_owned(),
        Command::Relabel { description, metadata, .. } => {
            relabelled(description.as_deref(), metadata, base)
        }
        Command::Refund { amount, .. } => refunded(*amount, base),
        Command::Cancel { .. } => "Moyasar cannot end a payment that waits for its customer. An \
            authorisation can be voided."
            .to_owned(),
        Command::Capture { amount, .. } => captured(*amount, base),
        Command::Void => match base {
            Some(base) => {
                format!("Moyasar will release the {} it holds. Nothing is taken.", base.amount)
            }
            None => "Moyasar will release the money it holds. Nothing is taken.".to_owned(),
        },
    }
}

fn refunded(amount: Money, base: Option<&Base>) -> String {
    let whole = base.is_some_and(|base| is_whole_refund(base, amount));
    if whole {
        return format!("Moyasar will return {amount}, all that was taken, to the customer.");
    }
    format!(
        "Moyasar will return {amount} to the customer. It shows the sum of all refunds and no \
         single one: if the answer is lost and the sum has not moved, a person has to decide. \
         Whether it takes a second refund of this payment afterwards is not documented."
    )
}

fn captured(part: Option<Money>, base: Option<&Base>) -> String {
    let held = base.map(|base| base.amount);
    match (part, held) {
        (Some(part), Some(held)) => match held.minus(part) {
            Ok(rest) if rest.is_positive() => format!(
                "Moyasar will take {part} and release the other {rest} for good: the rest cannot \
                 be captured later."
            ),
            Ok(_) | Err(_) => format!("Moyasar will take {part}, all that it holds."),
        },
        (Some(part), None) => {
            format!("Moyasar will take {part} and release what it holds beyond that.")
        }
        (None, Some(held)) => format!("Moyasar will take {held}, all that it holds."),
        (None, None) => "Moyasar will take all that it holds.".to_owned(),
    }
}

fn relabelled(
    description: Option<&str>,
    metadata: &BTreeMap<String, String>,
    base: Option<&Base>,
) -> String {
    let mut words = "No money moves.".to_owned();
    if let Some(new) = description {
        let old = base.and_then(|base| base.details.description.as_deref());
        let instead = old.map(|old| format!(" instead of \"{old}\"")).unwrap_or_default();
        words.push_str(&format!(" The description becomes \"{new}\"{instead}."));
    }
    for (key, text) in metadata {
        if text.is_empty() {
            words.push_str(&format!(" The metadata {key} is taken away."));
        } else {
            words.push_str(&format!(" The metadata {key} becomes \"{text}\"."));
        }
    }
    words
}
