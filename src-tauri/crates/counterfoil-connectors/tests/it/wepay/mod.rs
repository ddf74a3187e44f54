//! WePay: makings to test with; each file beside this one is one question.

mod accounts;
mod answers;
mod effects;
mod leaks;
mod lists;
mod requests;
mod rules;
mod vectors;

use std::collections::BTreeMap;

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{Ask, Connector, EncodeError, Secrets, Subject, Target, WireRequest};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Item, PaymentFacts, PaymentState};
use serde_json::{Value, json};

pub const ID: &str = "00000000-0000-0000-0000-00006fa82d45";
pub const KEY: &str = "0198f2a0-0000-7000-8000-000000000001";
pub const APP_ID: &str = "740261";
pub const APP_TOKEN: &str = "stage_EXAMPLE";
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;
/// When the payment of [`facts`] was made: 2025-12-01T00:00:00Z.
pub const MADE_AT: i64 = 1_764_547_200_000;

pub fn at(after_made_ms: i64) -> Moment {
    Moment::from_millis(MADE_AT + after_made_ms)
}

pub fn bare_account() -> Account {
    Account {
        account_id: AccountId::parse("w1").expect("a plain id"),
        name: "Web shop".to_owned(),
        provider: Provider::Wepay,
        base_url: "https://stage-api.wepay.com".to_owned(),
        currency: Currency::parse("USD").expect("a known currency"),
        options: BTreeMap::new(),
        paused: None,
    }
}

pub fn with_options(options: &[(&str, &str)]) -> Account {
    let owned = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Account { options: owned.collect(), ..bare_account() }
}

pub const NAMES: [(&str, &str); 3] = [
    ("amounts.object", "amounts"),
    ("amounts.total", "total_amount"),
    ("amounts.currency", "currency"),
];

/// With confirmed names; the card is not present.
pub fn account() -> Account {
    with_options(&NAMES)
}

pub fn card_present() -> Account {
    with_options(&[NAMES.as_slice(), &[("card_present", "true")]].concat())
}

pub fn secrets() -> Secrets {
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Secrets::from_pairs([pair("app_id", APP_ID), pair("app_token", APP_TOKEN)])
}

pub fn usd(text: &str) -> Money {
    money(text, "USD")
}

pub fn money(text: &str, currency: &str) -> Money {
    let currency = Currency::parse(currency).expect("a known currency");
    Money::parse(text, currency).expect("an amount")
}

/// A payment of 100.00 with two texts in its custom data.
pub fn facts(state: PaymentState) -> PaymentFacts {
    let metadata = [("desk", "3"), ("invoice_id", "54321")];
    let owned = metadata.map(|(key, text)| (key.to_owned(), text.to_owned()));
    PaymentFacts {
        provider_ref: ID.to_owned(),
        state,
        provider_status: state.word().to_owned(),
        amount: usd("100.00"),
        invoice_number: None,
        reference: Some("R-1".to_owned()),
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: Some(usd("0.00")),
        details: Details {
            captured: (state == PaymentState::Paid).then(|| usd("100.00")),
            made_at: Some(at(0)),
            metadata: BTreeMap::from(owned),
            ..Details::default()
        },
        read_at: at(MINUTE),
    }
}

pub fn base(state: PaymentState) -> Base {
    Base::of(&facts(state))
}

pub fn subject(facts: &PaymentFacts) -> Subject<'_> {
    Subject {
        facts,
        refunded_here: Money::zero(facts.amount.currency()),
        open_decrease: false,
        open_refund: false,
        now: at(MINUTE),
    }
}

pub fn adjust(total: &str) -> Command {
    Command::Adjust { total: usd(total), invoice: None, items: Vec::new() }
}

pub fn adjust_with(total: &str, lines: &[(&str, u32, &str)]) -> Command {
    let line = |(name, quantity, price): &(&str, u32, &str)| Item {
        item: (*name).to_owned(),
        quantity: *quantity,
        price: usd(price),
    };
    let items = lines.iter().map(line).collect();
    Command::Adjust { total: usd(total), invoice: None, items }
}

pub fn relabel(reference: Option<&str>, metadata: &[(&str, &str)]) -> Command {
    let pairs = metadata.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    Command::Relabel {
        invoice: None,
        reference: reference.map(str::to_owned),
        description: None,
        metadata: pairs.collect(),
    }
}

pub fn reason(code: &str) -> ReasonCode {
    ReasonCode::parse(code).expect("a built-in code")
}

pub fn refund(amount: &str) -> Command {
    Command::Refund { amount: usd(amount), reason: reason("goods_returned"), note: None }
}

pub fn cancel() -> Command {
    Command::Cancel { reason: Some(reason("duplicate")) }
}

pub fn capture(amount: Option<&str>) -> Command {
    Command::Capture { amount: amount.map(usd), at: None }
}

pub fn capture_at(after_made_ms: i64) -> Command {
    Command::Capture { amount: None, at: Some(at(after_made_ms)) }
}

/// One command of each kind that WePay has.
pub fn one_of_each() -> [Command; 6] {
    [
        adjust("80.00"),
        relabel(Some("R-2"), &[]),
        refund("50.00"),
        cancel(),
        capture(None),
        capture_at(DAY),
    ]
}

/// The state in which a command is sent.
pub fn state_for(command: &Command) -> PaymentState {
    match command {
        Command::Refund { .. } => PaymentState::Paid,
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => PaymentState::Authorized,
    }
}

pub fn made_with(
    account: &Account,
    command: &Command,
    base: Option<&Base>,
    look: Option<&WireEnd>,
) -> Result<WireRequest, EncodeError> {
    let secrets = secrets();
    let target = Target { account, secrets: &secrets };
    let ask = Ask { command, provider_ref: Some(ID), baseline: base, key: KEY, look };
    Wepay.encode(&target, &ask)
}

/// The request for a command on the payment of [`facts`].
pub fn made(command: &Command) -> Result<WireRequest, EncodeError> {
    made_with(&account(), command, Some(&base(state_for(command))), None)
}

pub fn body(request: &WireRequest) -> Value {
    serde_json::from_slice(&request.body).expect("the body is JSON")
}

pub fn answer(status: u16, body: &str) -> WireEnd {
    WireEnd::Answer(WireAnswer {
        status,
        body: body.as_bytes().to_vec(),
        retry_after_ms: None,
        correlation_id: Some("c-1".to_owned()),
    })
}

pub fn sent(command: &Command, status: u16, body: &str) -> SendEnd {
    let base = base(state_for(command));
    let ask = Ask { command, provider_ref: Some(ID), baseline: Some(&base), key: KEY, look: None };
    Wepay.decode_send(&account(), &ask, &answer(status, body))
}

/// The payment object of [`facts`] with some members changed.
pub fn payment(changed: Value) -> Value {
    let mut payment = json!({
        "id": ID, "resource": "payments", "status": "pending", "amount": 10_000,
        "amount_refunded": 0, "amount_disputed": 0, "currency": "USD", "auto_capture": false,
        "capture_at": null, "create_time": MADE_AT / 1_000, "reference_id": "R-1",
        "custom_data": {"desk": "3", "invoice_id": "54321", "a_reference_number": 4},
        "failure_reason": null,
    });
    set(&mut payment, changed);
    payment
}

/// The refund object of `refund("50.00")` with some members changed.
pub fn refund_object(changed: Value) -> Value {
    let mut refund = json!({
        "id": "rf-1", "resource": "refunds", "status": "pending", "refund_reason": "x",
        "amounts": {"total_amount": 5_000, "currency": "USD", "fee_refund_amount": 0},
        "payment": {"id": ID, "resource": "payments"}, "reference_id": KEY,
        "failure_reason": null,
    });
    set(&mut refund, changed);
    refund
}

fn set(object: &mut Value, changed: Value) {
    if let (Value::Object(members), Value::Object(changed)) = (object, changed) {
        members.extend(changed);
    }
}

pub fn envelope(code: &str, reasons: &[&str]) -> String {
    let details: Vec<Value> = reasons
        .iter()
        .map(|reason| {
            json!({"message": "m", "reason_code": reason, "target": ["x"],
                             "target_type": "HTTP_REQUEST_BODY"})
        })
        .collect();
    json!({"error_code": code, "error_message": "words", "details": details}).to_string()
}
