//! What a change will do at Bumper, in plain English, for the preview.

use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use super::capability::{is_increase_after_signing, is_signed};

/// See [`crate::Connector::effect_in_words`].
#[must_use]
pub fn effect_in_words(command: &Command, base: Option<&Base>) -> String {
    match command {
        Command::Start { total, .. } => {
            format!("Bumper will offer a payment of {} on the PayPad for 24 hours.", said(*total))
        }
        Command::Adjust { total, invoice, items } => {
            let mut words = adjusted(*total, base);
            words.push_str(&invoice_words(invoice.as_deref(), base));
            if !items.is_empty() {
                words.push_str(" The lines are sent too; Bumper does not show them again.");
            }
            words
        }
        Command::Relabel { invoice, .. } => {
            let words = invoice_words(invoice.as_deref(), base);
            format!("No money moves.{words}")
        }
        Command::Refund { amount, .. } => format!(
            "Bumper will return {} to the customer. Bumper keeps no readable record of refunds: if \
             the answer is lost, a person has to look there.",
            said(*amount)
        ),
        Command::Cancel { .. } => {
            "Bumper will end this payment request; the customer can no longer pay it.".to_owned()
        }
        Command::Capture { .. } | Command::Void => "Bumper has no such function.".to_owned(),
    }
}

fn adjusted(total: Money, base: Option<&Base>) -> String {
    let Some(base) = base else {
        return format!("Bumper will ask the customer for {}.", said(total));
    };
    let (new, old) = (said(total), said(base.amount));
    if total == base.amount {
        return format!("The total stays {new}.");
    }
    if is_increase_after_signing(base, total) {
        return format!(
            "Bumper will ask the customer for {new} instead of {old}. The customer has signed for \
             {old} and must sign again: nothing changes before that."
        );
    }
    if is_signed(base) {
        return format!(
            "Bumper will lower the total to {new} from {old}. The customer has already signed; \
             whether Bumper returns the difference is not documented."
        );
    }
    format!("Bumper will ask the customer for {new} instead of {old}.")
}

fn invoice_words(invoice: Option<&str>, base: Option<&Base>) -> String {
    let Some(new) = invoice else {
        return String::new();
    };
    match base.and_then(|base| base.invoice_number.as_deref()) {
        Some(old) if old == new => format!(" The invoice number stays {new}."),
        Some(old) => format!(" The invoice number becomes {new} instead of {old}."),
        None => format!(" The invoice number becomes {new}."),
    }
}

/// Money as people say it: `£250.00`, and the code where the sign is shared by currencies.
fn said(money: Money) -> String {
    match money.currency().code() {
        "GBP" => format!("£{}", money.to_decimal_text()),
        "EUR" => format!("€{}", money.to_decimal_text()),
        _ => money.to_string(),
    }
}
