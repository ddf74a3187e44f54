//! What a change will do at WePay, in plain English, for the preview.

use std::cmp::Ordering;

use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

/// See [`crate::Connector::effect_in_words`].
#[must_use]
pub fn effect_in_words(command: &Command, base: Option<&Base>) -> String {
    match command {
        Command::Start { .. } => "Payments at WePay begin elsewhere.".to_owned(),
        Command::Adjust { total, items, .. } => {
            let lines = if items.is_empty() { "" } else { " The lines are sent to WePay too." };
            format!("{}{}{lines} {UNVERIFIED}", adjusted(*total, base), noted(*total, base))
        }
        Command::Relabel { reference, metadata, .. } => relabelled(reference, metadata.len()),
        Command::Refund { amount, .. } => format!(
            "WePay will return {} to the customer. A refund takes its time there and may still \
             fail: the till reads it until it is done.",
            said(*amount)
        ),
        Command::Cancel { .. } => {
            "WePay will give the authorised amount back to the customer; nothing is taken."
                .to_owned()
        }
        Command::Capture { amount, at: None } => captured(*amount, base),
        Command::Capture { at: Some(at), .. } => scheduled(*at, base),
        Command::Void => "WePay calls this a cancellation: ask for that.".to_owned(),
    }
}

/// Stands beside every amount of a payment (A-WEP-01).
const UNVERIFIED: &str =
    "The names of the amounts come from the settings of the account and are unverified.";

fn adjusted(total: Money, base: Option<&Base>) -> String {
    match base {
        Some(base) if base.amount == total => format!("The amount stays {}.", said(total)),
        Some(base) => format!(
            "WePay will take {} instead of {} when the payment is captured.",
            said(total),
            said(base.amount)
        ),
        None => format!("WePay will take {} when the payment is captured.", said(total)),
    }
}

fn noted(total: Money, base: Option<&Base>) -> &'static str {
    match base {
        Some(base) if total.compare(base.amount) == Ok(Ordering::Greater) => {
            " What was authorised is noted in the payment's custom data, because WePay does not \
             show it: card networks take less than 120 % of it."
        }
        Some(_) | None => "",
    }
}

fn relabelled(reference: &Option<String>, keys: usize) -> String {
    let mut words = "No money moves.".to_owned();
    if let Some(reference) = reference {
        words.push_str(&format!(" The reference becomes {reference}."));
    }
    if keys > 0 {
        words.push_str(" The custom data is read first and sent back whole with what changes.");
    }
    words
}

fn captured(amount: Option<Money>, base: Option<&Base>) -> String {
    let whole = base.map(|base| base.amount);
    match (amount, whole) {
        (Some(amount), Some(whole)) if amount != whole => format!(
            "WePay will take {} of the {} that are held. {UNVERIFIED}",
            said(amount),
            said(whole)
        ),
        (Some(amount), _) | (None, Some(amount)) => {
            format!("WePay will take {} now.", said(amount))
        }
        (None, None) => "WePay will take what is held now.".to_owned(),
    }
}

fn scheduled(at: Moment, base: Option<&Base>) -> String {
    match base {
        Some(base) => format!("WePay will take {} by itself at {at}.", said(base.amount)),
        None => format!("WePay will take what is held by itself at {at}."),
    }
}

/// Money with its code: both currencies write a dollar sign.
fn said(money: Money) -> String {
    money.to_string()
}
