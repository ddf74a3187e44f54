//! What a change will do at Norce, in plain English, for the preview.

use counterfoil_core::account::Account;
use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use super::setup::{Role, role};

/// See [`crate::Connector::effect_in_words`].
#[must_use]
pub fn effect_in_words(account: &Account, command: &Command, base: Option<&Base>) -> String {
    let whole = base.map_or_else(|| "the whole amount".to_owned(), |base| base.amount.to_string());
    match command {
        Command::Adjust { total, .. } => adjusted(account, *total, base),
        Command::Relabel { reference: Some(new), .. } => format!(
            "No money moves. The order's reference becomes {new}; the payment keeps the one of its \
             payment service."
        ),
        Command::Relabel { metadata, .. } => {
            let keys: Vec<&str> = metadata.keys().map(String::as_str).collect();
            format!("No money moves. The order's attributes change: {}.", keys.join(", "))
        }
        Command::Refund { amount, .. } => format!(
            "The payment service will return {amount} to the customer. It returns all or nothing, \
             and once."
        ),
        Command::Cancel { .. } => {
            format!("The payment service will let {whole} go; nothing can be taken after that.")
        }
        Command::Capture { .. } => format!("The payment service will take {whole}, all at once."),
        Command::Start { .. } | Command::Void => "Norce has no such function.".to_owned(),
    }
}

fn adjusted(account: &Account, total: Money, base: Option<&Base>) -> String {
    let from = base.map(|base| format!(" instead of {}", base.amount)).unwrap_or_default();
    match role(account) {
        Role::OrderApi => format!(
            "This payment will cover {total} of its order{from}. Norce asks the payment's own \
             adapter, which may refuse or set another amount."
        ),
        Role::AdapterCallback => format!(
            "The adapter is asked whether this payment may cover {total} of its order{from}. That \
             changes no order: it is done once the order shows the new amount."
        ),
    }
}
