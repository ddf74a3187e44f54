//! `POST /payments`: how payments begin elsewhere. The till never asks for it; tests do.

use serde_json::{Map, Value};

use super::book::{Book, Done};
use super::payment::{Card, MoyasarStatus, Payment};
use super::problem::Problem;
use super::read::amount;
use super::texts;
use crate::chance::Chance;
use crate::ledger::EffectKind;

/// Test cards that pay, with their companies (Test Cards page).
const PAYING: [(&str, &str); 5] = [
    ("4201320111111010", "mada"),
    ("4111111111111111", "visa"),
    ("5421080101000000", "master"),
    ("340000000900000", "amex"),
    ("6200000000000005", "unionpay"),
];
/// Cards without money on them, and cards that are declined.
const FAILING: [(&str, &str, &str, &str); 7] = [
    ("4201320000311101", "mada", "51", "INSUFFICIENT FUNDS"),
    ("4123120001090000", "visa", "51", "INSUFFICIENT FUNDS"),
    ("5457210001000092", "master", "51", "INSUFFICIENT FUNDS"),
    ("340033000000000", "amex", "51", "INSUFFICIENT FUNDS"),
    ("4201321234411220", "mada", "05", "DECLINED"),
    ("4123120001090109", "visa", "05", "DECLINED"),
    ("5204730000002514", "master", "05", "DECLINED"),
];

/// What a creation led to: 201 with a new payment, or with the one of the same `given_id`.
pub(crate) enum Created {
    New(Done),
    Known(String),
}

/// Creates a payment; a declined card makes one too, with the state `failed`.
pub(crate) fn create(
    book: &mut Book,
    account: usize,
    members: &Map<String, Value>,
    form: bool,
    chance: &mut Chance,
    now: u64,
) -> Result<Created, Problem> {
    let asked = amount(members, form)?;
    let amount = asked.ok_or_else(|| Problem::field("amount", "is required"))?;
    let texts = texts::read(members, &book.switches)?;
    let currency = members.get("currency").and_then(Value::as_str).unwrap_or("SAR").to_owned();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Problem::field("currency", "must be an ISO 4217 code"));
    }
    let given = members.get("given_id").and_then(Value::as_str);
    if let Some(known) = given.filter(|id| book.payment(id).is_some()) {
        let repeat = book.switches.given_id.repeat_answers_payment;
        let message = "has been taken";
        let refused = || Err(Problem::field("given_id", message));
        return if repeat { Ok(Created::Known(known.to_owned())) } else { refused() };
    }
    let source = members.get("source").and_then(Value::as_object).cloned().unwrap_or_default();
    let pays = book.switches.editions.unlisted_card_pays;
    let (card, paid) = card(&source, chance, pays)?;
    let manual = source.get("manual").is_some_and(|flag| flag == true || flag == "true");
    let payment = Payment {
        status: match (paid, manual) {
            (false, _) => MoyasarStatus::Failed,
            (true, true) => MoyasarStatus::Authorized,
            (true, false) => MoyasarStatus::Paid,
        },
        description: texts.description.flatten(),
        metadata: texts.metadata.unwrap_or_default(),
        callback_url: members.get("callback_url").and_then(Value::as_str).map(str::to_owned),
        manual,
        card,
        ..blank(given.map_or_else(|| uuid(chance), str::to_owned), account, amount, currency, now)
    };
    let id = payment.id.clone();
    book.add(payment);
    Ok(Created::New(Done { id, kind: EffectKind::Start, amount: Some(amount) }))
}

fn card(
    source: &Map<String, Value>,
    chance: &mut Chance,
    unlisted_pays: bool,
) -> Result<(Card, bool), Problem> {
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    if text("type") != Some("creditcard") {
        return Err(Problem::field("source", "type must be creditcard"));
    }
    let number = text("number").ok_or_else(|| Problem::field("source", "number is required"))?;
    let paying = PAYING.iter().find(|(listed, _)| *listed == number);
    let failing = FAILING.iter().find(|(listed, ..)| *listed == number);
    let (company, code, message, paid) = match (paying, failing) {
        (Some((_, company)), _) => (*company, "00", "APPROVED", true),
        (None, Some((_, company, code, message))) => (*company, *code, *message, false),
        (None, None) if unlisted_pays => ("visa", "00", "APPROVED", true),
        (None, None) => ("visa", "14", "INVALID CARD", false),
    };
    let name = text("name").unwrap_or("A. Customer").to_owned();
    let digits = number.get(number.len().saturating_sub(4)..).unwrap_or("0000").to_owned();
    let mut card = approved(company, name, digits, chance);
    (card.response_code, card.message) = (Some(code), message);
    Ok((card, paid))
}

/// A card that paid.
pub(crate) fn approved(
    company: &'static str,
    name: String,
    last_digits: String,
    chance: &mut Chance,
) -> Card {
    let receipt_no = format!("{:012}", chance.bits() % 1_000_000_000_000);
    let (message, response_code) = ("APPROVED", Some("00"));
    Card { company, name, last_digits, receipt_no, message, response_code }
}

/// A payment that waits for its customer.
pub(crate) fn blank(
    id: String,
    account: usize,
    amount: i64,
    currency: String,
    now: u64,
) -> Payment {
    Payment {
        id,
        account,
        status: MoyasarStatus::Initiated,
        amount,
        currency,
        refunded: 0,
        captured: 0,
        created_at: now,
        updated_at: now,
        refunded_at: None,
        captured_at: None,
        voided_at: None,
        description: None,
        metadata: Map::new(),
        invoice_id: None,
        callback_url: None,
        card: Card {
            company: "mada",
            name: "A. Customer".to_owned(),
            last_digits: "1010".to_owned(),
            receipt_no: "000000000000".to_owned(),
            message: "",
            response_code: None,
        },
        manual: false,
        dead: false,
        settled: false,
        customer: None,
    }
}

/// A uuid of version 4 from the seed.
pub(crate) fn uuid(chance: &mut Chance) -> String {
    let hex = chance.hex32();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
