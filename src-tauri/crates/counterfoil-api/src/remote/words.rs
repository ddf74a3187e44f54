//! What another till asks, in words of this till: from the operation itself, never from words that
//! came with it.

use counterfoil_core::approval::Challenge;
use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Item;

use crate::evidence::base_view;
use crate::view::{AskedView, BaseView, ItemView, MoneyView};

/// A challenge as people are shown it.
pub fn asked(challenge: &Challenge, code: &str) -> AskedView {
    let command = &challenge.command;
    let base = challenge.base.as_ref().map(base_view).map(clean_base);
    AskedView {
        code: code.to_owned(),
        till: clean(&challenge.till),
        till_id: challenge.till_id.to_string(),
        requested_by: clean(&challenge.requester),
        account: clean(&challenge.account),
        provider: challenge.provider.word().to_owned(),
        provider_ref: challenge.provider_ref.as_deref().map(clean),
        change_id: challenge.change_id.to_string(),
        kind: command.kind().word().to_owned(),
        money: money(command).map(MoneyView::from),
        reason: command.reason().map(|reason| clean(reason.as_str())),
        note: note(command).map(clean),
        invoice_number: command.invoice().map(clean),
        reference: reference(command).map(clean),
        items: command.items().iter().map(item).collect(),
        base,
        words: words(challenge),
        expires_at: challenge.expires_at.to_rfc3339(),
        approval_expires_at: challenge.approval_expires_at.to_rfc3339(),
    }
}

fn words(challenge: &Challenge) -> Vec<String> {
    let command = &challenge.command;
    let on = match &challenge.provider_ref {
        Some(reference) => format!("payment {} of {}", clean(reference), clean(&challenge.account)),
        None => format!("account {}", clean(&challenge.account)),
    };
    let (who, till) = (clean(&challenge.requester), clean(&challenge.till));
    let provider = challenge.provider.name();
    let what = what(command);
    let mut words = vec![format!("{who} at till {till} asks to {what}: {on} ({provider}).")];
    let mut tell = |what: &str, text: Option<&str>| {
        words.extend(text.map(|text| format!("{what}: {}.", clean(text))));
    };
    tell("Reason", command.reason().map(counterfoil_core::command::ReasonCode::as_str));
    tell("Note", note(command));
    tell("Invoice number", command.invoice());
    tell("Reference", reference(command));
    if let Command::Relabel { metadata, .. } = command {
        for (key, value) in metadata {
            tell(&format!("Metadata {}", clean(key)), Some(value));
        }
    }
    for line in command.items() {
        words.push(format!("{} × {} at {}.", line.quantity, clean(&line.item), line.price));
    }
    if let Some(base) = &challenge.base {
        let state = base.state.word();
        words.push(format!("The payment stood at {} and was {state} then.", base.amount));
    }
    if let Some(condition) = &challenge.only_if {
        let (order, amount) = (clean(&condition.provider_ref), condition.amount);
        words.push(format!("It is sent only once order {order} carries {amount}."));
    }
    words
}

fn what(command: &Command) -> String {
    match command {
        Command::Start { total, .. } => format!("start a payment of {total}"),
        Command::Adjust { total, .. } => format!("set the total to {total}"),
        Command::Relabel { .. } => "change texts, no money".to_owned(),
        Command::Refund { amount, .. } => format!("return {amount}"),
        Command::Cancel { .. } => "cancel it".to_owned(),
        Command::Capture { amount: Some(amount), .. } => format!("take {amount}"),
        Command::Capture { amount: None, .. } => "take all that is authorised".to_owned(),
        Command::Void => "end the authorisation".to_owned(),
    }
}

fn money(command: &Command) -> Option<Money> {
    match command {
        Command::Start { total, .. } | Command::Adjust { total, .. } => Some(*total),
        Command::Refund { amount, .. } => Some(*amount),
        Command::Capture { amount, .. } => *amount,
        Command::Relabel { .. } | Command::Cancel { .. } | Command::Void => None,
    }
}

fn note(command: &Command) -> Option<&str> {
    match command {
        Command::Refund { note, .. } => note.as_deref(),
        Command::Relabel { description, .. } => description.as_deref(),
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => None,
    }
}

fn reference(command: &Command) -> Option<&str> {
    match command {
        Command::Start { reference, .. } | Command::Relabel { reference, .. } => {
            reference.as_deref()
        }
        Command::Adjust { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => None,
    }
}

fn item(line: &Item) -> ItemView {
    ItemView {
        item: clean(&line.item),
        quantity: line.quantity.to_string(),
        price: line.price.to_decimal_text(),
    }
}

fn clean_base(base: BaseView) -> BaseView {
    BaseView {
        provider_status: clean(&base.provider_status),
        invoice_number: base.invoice_number.as_deref().map(clean),
        reference: base.reference.as_deref().map(clean),
        description: base.description.as_deref().map(clean),
        metadata: base.metadata.iter().map(|(key, value)| (clean(key), clean(value))).collect(),
        ..base
    }
}

/// Text of another till, with nothing in it that could move or hide other text.
fn clean(text: &str) -> String {
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(letter, '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
    };
    text.chars().map(|letter| if hidden(letter) { '\u{fffd}' } else { letter }).collect()
}
