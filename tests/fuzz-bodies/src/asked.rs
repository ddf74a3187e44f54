//! Commands, payments and accounts from fuzz input, for several bodies.

use std::collections::BTreeMap;

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, MAX_MINOR, Money};
use counterfoil_core::payment::{Base, Details, Item, PaymentState};

use crate::feed::Feed;

/// Totals in minor units that meet each other often enough.
const TOTALS: [i64; 6] = [25_000, 10_000, 30_000, 1, 0, MAX_MINOR];

/// An account of the only provider.
pub fn account(currency: Currency) -> Account {
    Account {
        account_id: AccountId::parse("acc").expect("plain letters"),
        name: "shop".to_owned(),
        provider: Provider::Bumper,
        base_url: "https://api.example".to_owned(),
        currency,
        options: BTreeMap::new(),
        paused: None,
    }
}

/// An amount that is an amount.
pub fn money(currency: Currency, feed: &mut Feed<'_>) -> Money {
    let minor = match TOTALS.get(usize::from(feed.byte())) {
        Some(total) => *total,
        None => feed.number() % (MAX_MINOR + 1),
    };
    Money::from_minor(minor, currency).expect("within the largest amount")
}

/// An amount as a provider writes it: never below zero.
pub fn owed(currency: Currency, feed: &mut Feed<'_>) -> Money {
    let money = money(currency, feed);
    Money::from_minor(money.minor().abs(), currency).expect("within the largest amount")
}

/// A payment as somebody saw it.
pub fn base(currency: Currency, feed: &mut Feed<'_>) -> Base {
    Base {
        state: feed.pick(&PaymentState::ALL),
        amount: owed(currency, feed),
        provider_status: "pending".to_owned(),
        invoice_number: feed.maybe(text),
        reference: None,
        refunded: None,
        details: Details::default(),
        read_at: Moment::from_millis(1),
    }
}

/// A command of this kind.
pub fn command_of(kind: Kind, currency: Currency, feed: &mut Feed<'_>) -> Command {
    match kind {
        Kind::Start => Command::Start {
            total: money(currency, feed),
            invoice: feed.maybe(text),
            reference: feed.maybe(text),
            email: feed.maybe(text),
            items: items(currency, feed),
        },
        Kind::Adjust => Command::Adjust {
            total: money(currency, feed),
            invoice: feed.maybe(text),
            items: items(currency, feed),
        },
        Kind::Relabel => Command::Relabel {
            invoice: feed.maybe(text),
            reference: feed.maybe(text),
            description: feed.maybe(text),
            metadata: BTreeMap::new(),
        },
        Kind::Refund => Command::Refund {
            amount: money(currency, feed),
            reason: reason(feed),
            note: feed.maybe(text),
        },
        Kind::Cancel => Command::Cancel { reason: feed.maybe(reason) },
        Kind::Capture => Command::Capture { amount: None, at: None },
        Kind::Void => Command::Void,
    }
}

fn reason(feed: &mut Feed<'_>) -> ReasonCode {
    ReasonCode::parse(feed.pick(&ReasonCode::BUILT_IN)).expect("a code of the list")
}

fn text(feed: &mut Feed<'_>) -> String {
    feed.word(&["INV-1", "INV-2", "", " padded ", "a&b=c", "é\"\\", "line\nend"])
}

fn items(currency: Currency, feed: &mut Feed<'_>) -> Vec<Item> {
    let line = |feed: &mut Feed<'_>| Item {
        item: text(feed),
        quantity: u32::from(feed.short()),
        price: money(currency, feed),
    };
    (0..feed.below(4)).map(|_| line(feed)).collect()
}
