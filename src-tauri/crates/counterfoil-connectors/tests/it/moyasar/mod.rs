//! Moyasar: its requests, its answers, its rules. The makings are here; each file is one question.

mod accounts;
mod answers;
mod callbacks;
mod leaks;
mod lists;
mod readings;
mod requests;
mod rules;
mod vectors;

use std::collections::BTreeMap;

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{
    Ask, Connector, EncodeError, Secrets, Subject, Target, Warning, WireRequest,
};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, PaymentFacts};
use serde_json::{Value, json};

pub const ID: &str = "760878ec-d1d3-5f72-9056-191683f55872";
pub const KEY: &str = "sk_test_example";
pub const HOOK: &str = "a shared secret";

/// 2026-03-01T09:30:00.250Z, when [`payment`] was made.
pub const MADE_AT_MS: i64 = 1_772_357_400_250;

/// All words of section 3, and one that is none.
pub const WORDS: [&str; 9] = [
    "initiated",
    "paid",
    "authorized",
    "failed",
    "refunded",
    "captured",
    "voided",
    "verified",
    "frozen",
];

pub fn account() -> Account {
    account_in("SAR")
}

pub fn account_in(currency: &str) -> Account {
    Account {
        account_id: AccountId::parse("m1").expect("a plain id"),
        name: "Riyadh".to_owned(),
        provider: Provider::Moyasar,
        base_url: "https://api.moyasar.com/v1".to_owned(),
        currency: Currency::parse(currency).expect("a known currency"),
        options: BTreeMap::new(),
        paused: None,
    }
}

pub fn secrets() -> Secrets {
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Secrets::from_pairs([pair("secret_key", KEY), pair("webhook_secret", HOOK)])
}

pub fn money(text: &str, currency: &str) -> Money {
    let currency = Currency::parse(currency).expect("a known currency");
    Money::parse(text, currency).expect("an amount")
}

pub fn sar(text: &str) -> Money {
    money(text, "SAR")
}

/// A payment of 70.00 SAR as the page prints one, in this state; 50.00 of it were captured where
/// it says so.
pub fn payment(status: &str) -> Value {
    json!({
        "id": ID, "status": status, "amount": 7000, "fee": 170, "currency": "SAR",
        "refunded": if status == "refunded" { 7000 } else { 0 },
        "captured": if status == "captured" { 5000 } else { 0 },
        "refunded_at": null, "captured_at": null, "voided_at": null,
        "description": "Order 17", "amount_format": "70.00 SAR", "fee_format": "1.7 SAR",
        "refunded_format": "0 SAR", "captured_format": "0.00 SAR", "invoice_id": null, "ip": null,
        "callback_url": null,
        "created_at": "2026-03-01T09:30:00.250Z", "updated_at": "2026-03-01T09:31:00.000Z",
        "metadata": {"order": "17", "till": "2"},
        "source": {"type": "creditcard", "company": "mada", "name": "A. Customer",
            "number": "XXXX-XXXX-XXXX-1111", "message": "APPROVED",
            "reference_number": "123456789012", "response_code": "00"}
    })
}

/// The same with other members.
pub fn with(status: &str, changes: Value) -> Value {
    let mut payment = payment(status);
    for (key, value) in changes.as_object().expect("changes are an object") {
        payment[key] = value.clone();
    }
    payment
}

pub fn facts_of(payment: &Value) -> PaymentFacts {
    let currency = payment["currency"].as_str().expect("a currency").to_owned();
    match read_in(&currency, 200, &payment.to_string()) {
        ReadEnd::Facts(facts) => *facts,
        other => unreachable!("{other:?}"),
    }
}

pub fn base_of(payment: &Value) -> Base {
    Base::of(&facts_of(payment))
}

pub fn read(status: u16, body: &str) -> ReadEnd {
    read_in("SAR", status, body)
}

pub fn read_in(currency: &str, status: u16, body: &str) -> ReadEnd {
    let ends = [answer(status, body)];
    Moyasar.decode_read(&account_in(currency), ID, &ends, Moment::from_millis(5))
}

pub fn answer(status: u16, body: &str) -> WireEnd {
    WireEnd::Answer(WireAnswer {
        status,
        body: body.as_bytes().to_vec(),
        retry_after_ms: None,
        correlation_id: None,
    })
}

/// Moyasar's envelope of an error.
pub fn envelope(kind: &str, message: &str) -> String {
    json!({"type": kind, "message": message, "errors": null}).to_string()
}

pub fn subject(facts: &PaymentFacts) -> Subject<'_> {
    Subject {
        facts,
        refunded_here: Money::zero(facts.amount.currency()),
        open_decrease: false,
        open_refund: false,
        now: Moment::from_millis(MADE_AT_MS + 60_000),
    }
}

pub fn judge(command: &Command, facts: &PaymentFacts) -> Result<Vec<Warning>, WhyNot> {
    Moyasar.check(&account(), command, Some(&subject(facts)))
}

pub fn start() -> Command {
    Command::Start {
        total: sar("70.00"),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    }
}

pub fn adjust(total: &str) -> Command {
    Command::Adjust { total: sar(total), invoice: None, items: Vec::new() }
}

pub fn describe(text: &str) -> Command {
    relabel(Some(text), &[])
}

pub fn relabel(description: Option<&str>, metadata: &[(&str, &str)]) -> Command {
    let pair = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    Command::Relabel {
        invoice: None,
        reference: None,
        description: description.map(str::to_owned),
        metadata: metadata.iter().map(pair).collect(),
    }
}

pub fn refund(amount: &str) -> Command {
    refund_of(sar(amount))
}

pub fn refund_of(amount: Money) -> Command {
    let reason = ReasonCode::parse("goods_returned").expect("a built-in code");
    Command::Refund { amount, reason, note: Some("wrong size".to_owned()) }
}

pub fn cancel() -> Command {
    Command::Cancel { reason: None }
}

pub fn capture(amount: Option<&str>) -> Command {
    Command::Capture { amount: amount.map(sar), at: None }
}

/// What can be sent, each with the state in which it can.
pub fn one_of_each() -> [(Command, &'static str); 6] {
    [
        (describe("Order 18"), "paid"),
        (relabel(None, &[("order", "18"), ("till", "")]), "authorized"),
        (refund("30.00"), "paid"),
        (capture(None), "authorized"),
        (capture(Some("50.00")), "authorized"),
        (Command::Void, "authorized"),
    ]
}

pub fn request(command: &Command, baseline: Option<&Base>) -> Result<WireRequest, EncodeError> {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    Moyasar.encode(&target, &ask(command, baseline))
}

pub fn ask<'a>(command: &'a Command, baseline: Option<&'a Base>) -> Ask<'a> {
    Ask { command, provider_ref: Some(ID), baseline, key: "change-1", look: None }
}

/// What an answer to a command means, given the payment as it was before.
pub fn sent(command: &Command, before: &Value, end: &WireEnd) -> SendEnd {
    Moyasar.decode_send(&account(), &ask(command, Some(&base_of(before))), end)
}
