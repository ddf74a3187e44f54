//! The line between a till and a provider: short texts, written here and read by the provider
//! again, so that what was stored as bytes is what is obeyed.

use std::fmt;

use counterfoil_core::command::Command;
use counterfoil_core::id::PaymentId;
use counterfoil_core::payment::Base;

/// A payment at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pay {
    /// The account it belongs to.
    pub account: usize,
    /// Its place there.
    pub place: usize,
}

impl Pay {
    /// The id that every till has for it.
    pub fn id(self) -> PaymentId {
        PaymentId::parse(&self.to_string()).expect("letters, digits and dashes")
    }

    /// Reads the id.
    pub fn parse(text: &str) -> Option<Self> {
        let (account, place) = text.strip_prefix('p')?.split_once('-')?;
        Some(Self { account: account.parse().ok()?, place: place.parse().ok()? })
    }
}

impl fmt::Display for Pay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}-{}", self.account, self.place)
    }
}

/// What is asked of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Set the total.
    Total(Pay, i64),
    /// Set the invoice number; carries the total as last read, as such providers want it.
    Label(Pay, String, Option<i64>),
    /// Return money.
    Refund(Pay, i64),
    /// End it before it is paid.
    Cancel(Pay),
    /// Make a new one.
    Start(i64),
}

impl Ask {
    /// The payment, where there is one.
    pub fn pay(&self) -> Option<Pay> {
        match self {
            Self::Total(pay, _)
            | Self::Label(pay, _, _)
            | Self::Refund(pay, _)
            | Self::Cancel(pay) => Some(*pay),
            Self::Start(_) => None,
        }
    }

    /// Makes the request of a command.
    pub fn of(
        command: &Command,
        pay: Option<Pay>,
        baseline: Option<&Base>,
        carries: bool,
    ) -> Option<Self> {
        Some(match command {
            Command::Start { total, .. } => Self::Start(total.minor()),
            Command::Adjust { total, .. } => Self::Total(pay?, total.minor()),
            Command::Relabel { invoice, .. } => {
                let total = baseline.map(|base| base.amount.minor()).filter(|_| carries);
                Self::Label(pay?, invoice.clone()?, total)
            }
            Command::Refund { amount, .. } => Self::Refund(pay?, amount.minor()),
            Command::Cancel { .. } => Self::Cancel(pay?),
            Command::Capture { .. } | Command::Void => return None,
        })
    }

    /// The bytes.
    pub fn write(&self) -> String {
        match self {
            Self::Total(pay, minor) => format!("total {pay} {minor}"),
            Self::Label(pay, invoice, Some(minor)) => format!("label {pay} {invoice} {minor}"),
            Self::Label(pay, invoice, None) => format!("label {pay} {invoice}"),
            Self::Refund(pay, minor) => format!("refund {pay} {minor}"),
            Self::Cancel(pay) => format!("cancel {pay}"),
            Self::Start(minor) => format!("start {minor}"),
        }
    }

    /// Reads the bytes.
    pub fn read(body: &str) -> Option<Self> {
        let words: Vec<&str> = body.split(' ').collect();
        Some(match words.as_slice() {
            ["total", pay, minor] => Self::Total(Pay::parse(pay)?, minor.parse().ok()?),
            ["label", pay, invoice] => Self::Label(Pay::parse(pay)?, (*invoice).to_owned(), None),
            ["label", pay, invoice, minor] => {
                Self::Label(Pay::parse(pay)?, (*invoice).to_owned(), Some(minor.parse().ok()?))
            }
            ["refund", pay, minor] => Self::Refund(Pay::parse(pay)?, minor.parse().ok()?),
            ["cancel", pay] => Self::Cancel(Pay::parse(pay)?),
            ["start", minor] => Self::Start(minor.parse().ok()?),
            _ => return None,
        })
    }
}

/// What a provider answers to a request that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done; what it now says of it.
    Done {
        /// The payment it is about.
        pay: Pay,
        /// The sum it echoes.
        minor: i64,
    },
    /// Waits for the customer.
    Sign(Pay),
    /// A definite no.
    No(&'static str),
}
