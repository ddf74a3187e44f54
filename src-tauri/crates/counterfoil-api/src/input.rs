//! Text from outside becomes checked values, or a fault that says which field and what to do.

use std::collections::BTreeMap;

use counterfoil_core::account::Account;
use counterfoil_core::capability::WhyNot;
use counterfoil_core::clock::rfc3339;
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money, MoneyError};
use counterfoil_core::payment::{Item, Payment};
use counterfoil_core::screening::{TextRefused, holds_card_number, screen, spread_card_number};
use counterfoil_core::settings::Setting;
use counterfoil_store::table::{account, payment, setting};

use crate::asking::refused;
use crate::call::{Ask, ItemText};
use crate::desk::Desk;
use crate::{Fault, FaultCode};

/// Most lines on one payment.
const MOST_ITEMS: usize = 50;

pub fn amount(field: &str, text: &str, currency: Currency) -> Result<Money, Fault> {
    let money = Money::parse(text, currency).map_err(|error| bad_amount(field, &error))?;
    if money.is_positive() {
        return Ok(money);
    }
    let words = format!("{field}: the amount must be more than zero");
    Err(Fault::new(FaultCode::BadAmount, words).with("field", field))
}

fn bad_amount(field: &str, error: &MoneyError) -> Fault {
    Fault::new(FaultCode::BadAmount, format!("{field}: {error}"))
        .with("field", field)
        .with("why", error)
}

/// A free text: absent stays absent, what is there must be fit to keep.
pub fn text(field: &str, value: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(value) = value else { return Ok(None) };
    screen(value).map_err(|error| refused_text(field, error))?;
    Ok(Some(value.to_owned()))
}

/// A text that is kept and has rules of its own: it holds no card number all the same.
pub fn no_card_number(field: &str, text: &str) -> Result<(), Fault> {
    if holds_card_number(text) {
        return Err(refused_text(field, TextRefused::CardNumber));
    }
    Ok(())
}

fn refused_text(field: &str, error: TextRefused) -> Fault {
    let code = match error {
        TextRefused::CardNumber => FaultCode::CardNumber,
        TextRefused::TooLong
        | TextRefused::Control
        | TextRefused::Empty
        | TextRefused::Reserved => FaultCode::BadInput,
    };
    Fault::new(code, format!("{field}: {error}")).with("field", field)
}

pub fn items(lines: &[ItemText], currency: Currency) -> Result<Vec<Item>, Fault> {
    if lines.len() > MOST_ITEMS {
        let words = format!("items: at most {MOST_ITEMS} lines");
        return Err(Fault::new(FaultCode::BadInput, words).with("field", "items"));
    }
    if spread_card_number(lines.iter().map(|line| line.item.as_str())) {
        return Err(refused_text("items", TextRefused::CardNumber));
    }
    lines.iter().map(|line| item(line, currency)).collect()
}

fn item(line: &ItemText, currency: Currency) -> Result<Item, Fault> {
    let name = text("items", Some(&line.item))?.unwrap_or_default();
    let quantity = line.quantity.parse().ok().filter(|quantity| (1..=9_999u32).contains(quantity));
    let quantity = quantity.ok_or_else(|| {
        Fault::new(FaultCode::BadInput, "items: a quantity is a whole number from 1 to 9999")
            .with("field", "items")
    })?;
    Ok(Item { item: name, quantity, price: amount("items", &line.price, currency)? })
}

fn reason(code: &str, note: Option<&String>, own: &[ReasonCode]) -> Result<ReasonCode, Fault> {
    let reason = ReasonCode::parse_among(code, own).ok_or_else(|| {
        let known = ReasonCode::BUILT_IN.into_iter().chain(own.iter().map(ReasonCode::as_str));
        let words = format!("a reason is one of: {}", known.collect::<Vec<_>>().join(", "));
        Fault::new(FaultCode::BadInput, words).with("field", "reason")
    })?;
    if reason.needs_note() && note.is_none() {
        let words = "the reason \"other\" needs a note that says more";
        return Err(Fault::new(FaultCode::BadInput, words).with("field", "note"));
    }
    Ok(reason)
}

/// What is asked for, in checked form.
pub struct Asked {
    pub account: Account,
    /// None for a start.
    pub payment: Option<Payment>,
    pub command: Command,
    /// The waiting adjustment that this one is to replace.
    pub instead_of: Option<ChangeId>,
}

impl Desk {
    /// Finds a payment by id or `ACCOUNT/PROVIDER_REF`.
    pub(crate) fn find_payment(&self, text: &str) -> Result<Payment, Fault> {
        let missing = || {
            let words = "no such payment on this till; track it first by account and reference";
            Fault::new(FaultCode::NotFound, words)
        };
        if let Some((account, provider_ref)) = text.split_once('/') {
            let account = self.find_account(account)?;
            let found = self.read(|connection| {
                payment::by_ref(connection, &account.account_id, provider_ref)
            })?;
            return found.ok_or_else(missing);
        }
        let id = counterfoil_core::id::PaymentId::parse(text).map_err(|_| missing())?;
        self.read(|connection| payment::get(connection, &id)).map_err(|fault| match fault.code {
            FaultCode::NotFound => missing(),
            _ => fault,
        })
    }

    /// Finds an account by name or id.
    pub(crate) fn find_account(&self, text: &str) -> Result<Account, Fault> {
        let found = self.read(|connection| account::find(connection, text))?;
        found.ok_or_else(|| Fault::new(FaultCode::NotFound, "there is no such account"))
    }

    /// Reads what staff ask for.
    pub(crate) fn asked(&self, ask: &Ask) -> Result<Asked, Fault> {
        if let Ask::Start { account, .. } = ask {
            let account = self.find_account(account)?;
            let command = start(ask)?;
            return Ok(Asked { account, payment: None, command, instead_of: None });
        }
        let payment = self.find_payment(payment_of(ask))?;
        let account = self.read(|connection| account::get(connection, &payment.account_id))?;
        let command = self.on_payment(ask, &account, &payment)?;
        let instead_of = instead_of(ask).map(change_id).transpose()?;
        Ok(Asked { account, payment: Some(payment), command, instead_of })
    }

    fn on_payment(&self, ask: &Ask, account: &Account, on: &Payment) -> Result<Command, Fault> {
        let currency = on.facts.amount.currency();
        match ask {
            Ask::Start { .. } => start(ask),
            Ask::Adjust { total, invoice, items: lines, .. } => Ok(Command::Adjust {
                total: amount("total", total, currency)?,
                invoice: text("invoice", invoice.as_deref())?,
                items: items(lines, currency)?,
            }),
            Ask::Relabel { invoice, reference, description, metadata, .. } => {
                Ok(Command::Relabel {
                    invoice: text("invoice", invoice.as_deref())?,
                    reference: text("reference", reference.as_deref())?,
                    description: text("description", description.as_deref())?,
                    metadata: screened(metadata)?,
                })
            }
            Ask::Refund { amount: typed, reason: code, note, .. } => {
                let note = text("note", note.as_deref())?;
                let amount = match typed {
                    Some(typed) => amount("amount", typed, currency)?,
                    None => self.all_refundable(account, on)?,
                };
                Ok(Command::Refund {
                    amount,
                    reason: reason(code, note.as_ref(), &self.own_reasons()?)?,
                    note,
                })
            }
            Ask::Cancel { reason: code, .. } => {
                let code = code.as_deref().filter(|code| !code.is_empty());
                let own = self.own_reasons()?;
                let reason = |code| reason(code, Some(&String::new()), &own);
                let reason = code.map(reason).transpose()?;
                Ok(Command::Cancel { reason })
            }
            Ask::Capture { amount: typed, at, .. } => {
                let typed = typed.as_deref();
                let amount = typed.map(|typed| amount("amount", typed, currency)).transpose()?;
                let at = at.as_deref().map(|text| moment("at", text)).transpose()?;
                Ok(Command::Capture { amount, at })
            }
            Ask::Void { .. } => Ok(Command::Void),
        }
    }

    /// The reason codes that an owner has added.
    fn own_reasons(&self) -> Result<Vec<ReasonCode>, Fault> {
        let list = self.read(|connection| setting::get(connection, Setting::ReasonsMore))?;
        Ok(ReasonCode::read_list(&list).unwrap_or_default())
    }

    fn all_refundable(&self, account: &Account, on: &Payment) -> Result<Money, Fault> {
        let sums = self.lane_sums(on, None)?;
        let subject = crate::payments::subject(on, &sums, self.runtime.now());
        let connector = counterfoil_connectors::of(account.provider);
        let left = connector.refundable(account, &subject);
        if let Some(left) = left.filter(|left| left.is_positive()) {
            return Ok(left);
        }
        let offers = connector.offers(account, &subject);
        let row = offers.into_iter().find(|row| row.kind == Kind::Refund);
        let refundable = Money::zero(on.facts.amount.currency());
        let why = row.and_then(|row| row.why_not).unwrap_or(WhyNot::OverRefundable { refundable });
        Err(refused(Kind::Refund, &why))
    }
}

fn moment(field: &'static str, text: &str) -> Result<Moment, Fault> {
    rfc3339(text).ok_or_else(|| {
        let words = format!("{field}: a moment is written like 2026-11-21T15:30:00Z");
        Fault::new(FaultCode::BadInput, words).with("field", field)
    })
}

fn start(ask: &Ask) -> Result<Command, Fault> {
    let Ask::Start { amount: typed, currency, invoice, reference, email, items: lines, .. } = ask
    else {
        return Err(Fault::new(FaultCode::BadInput, "not a start"));
    };
    let currency = parse_currency(currency)?;
    Ok(Command::Start {
        total: amount("amount", typed, currency)?,
        invoice: text("invoice", invoice.as_deref())?,
        reference: text("reference", reference.as_deref())?,
        email: text("email", email.as_deref())?,
        items: items(lines, currency)?,
    })
}

pub fn parse_currency(code: &str) -> Result<Currency, Fault> {
    Currency::parse(code).map_err(|error| {
        Fault::new(FaultCode::BadInput, error.to_string()).with("field", "currency")
    })
}

pub fn change_id(text: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(text).map_err(|_| Fault::new(FaultCode::NotFound, "there is no such change"))
}

fn instead_of(ask: &Ask) -> Option<&str> {
    match ask {
        Ask::Adjust { instead_of, .. } => instead_of.as_deref(),
        Ask::Start { .. }
        | Ask::Relabel { .. }
        | Ask::Refund { .. }
        | Ask::Cancel { .. }
        | Ask::Capture { .. }
        | Ask::Void { .. } => None,
    }
}

fn payment_of(ask: &Ask) -> &str {
    match ask {
        Ask::Start { .. } => "",
        Ask::Adjust { payment, .. }
        | Ask::Relabel { payment, .. }
        | Ask::Refund { payment, .. }
        | Ask::Cancel { payment, .. }
        | Ask::Capture { payment, .. }
        | Ask::Void { payment } => payment,
    }
}

/// An empty value is no text: it takes its key away.
fn screened(metadata: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Fault> {
    for (key, value) in metadata {
        text("metadata", Some(key))?;
        text("metadata", Some(value).filter(|value| !value.is_empty()).map(String::as_str))?;
    }
    // Nor one that is spread over several entries.
    let values = metadata.values().map(String::as_str);
    let entries = metadata.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    if spread_card_number(values) || spread_card_number(entries) {
        return Err(refused_text("metadata", TextRefused::CardNumber));
    }
    Ok(metadata.clone())
}
