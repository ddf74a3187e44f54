//! Accounts, orders and commands of Norce to test with.

use std::collections::BTreeMap;

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{Ask, Connector, EncodeError, Secrets, Subject, Target, WireRequest};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, PaymentFacts};

pub const ORDER: &str = "o_yClTSySjyAuuBjmiBlHCjuEcTf";
pub const PAYMENT: &str = "p_KBiXuYjvYxsezKCQAMuuSKGDaT";
pub const NAME: &str = "o_yClTSySjyAuuBjmiBlHCjuEcTf/p_KBiXuYjvYxsezKCQAMuuSKGDaT";
pub const TOKEN: &str = "EXAMPLE-TOKEN";

pub fn account() -> Account {
    account_with("SEK", &[("merchant", "norce"), ("channel", "1")])
}

/// An account in the role of a direct caller.
pub fn caller() -> Account {
    let options = [
        ("merchant", "norce"),
        ("channel", "1"),
        ("role", "adapter_callback"),
        ("adapter", "klarna-adapter"),
    ];
    account_with("SEK", &options)
}

pub fn account_with(currency: &str, options: &[(&str, &str)]) -> Account {
    let own = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    Account {
        account_id: AccountId::parse("a1").expect("a plain id"),
        name: "Showroom".to_owned(),
        provider: Provider::Norce,
        base_url: "https://shop.api-se.playground.norce.tech/checkout".to_owned(),
        currency: Currency::parse(currency).expect("a known currency"),
        options: options.iter().map(own).collect(),
        paused: None,
    }
}

pub fn secrets() -> Secrets {
    Secrets::from_pairs([("token".to_owned(), TOKEN.to_owned())])
}

pub fn sek(text: &str) -> Money {
    Money::parse(text, Currency::parse("SEK").expect("a known currency")).expect("an amount")
}

/// The sample order of the vectors: a removed payment, a voucher of 5 and a payment of 12.50 for a
/// total of 25; with another state word, adapter and order state.
pub fn order_in(state: &str, adapter_id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{ORDER}","merchant":"norce","channel":"1","reference":"INV1234",
        "created":"2025-01-31T12:00:00Z","lastModified":"2025-01-31T12:05:00Z",
        "state":{{"currentStatus":"{status}","transitions":[]}},"culture":"sv-SE",
        "currency":"SEK","country":"SE","cart":{{"reference":"b1","items":[
        {{"reference":"i1","name":"Thing","quantity":2,"price":{{"includingVat":12.5,
        "excludingVat":10}},"vatRate":0.250}}]}},"shippings":[],"payments":[
        {{"id":"p_removedExampleAAAAAAAAAAAAA","orderId":"{ORDER}","type":"default",
        "amount":12.5,"currency":"SEK","state":"removed"}},
        {{"id":"p_voucherExampleBBBBBBBBBBBBB","orderId":"{ORDER}","type":"voucher","amount":5,
        "upperLimitAmount":5,"currency":"SEK","state":"intent"}},
        {{"id":"{PAYMENT}","orderId":"{ORDER}","adapterId":"{adapter_id}","name":"Klarna",
        "type":"default","amount":12.50,"currency":"SEK","state":"{state}",
        "reference":"7d31e2cf","attributes":{{"kept":[1,2.50]}},
        "recurring":{{"token":"card-token-canary"}}}}],
        "customer":{{"type":"person","billing":{{"email":"person-canary@example.com"}}}},
        "consents":[],"actions":[],"hooks":[],"validations":[],
        "total":{{"includingVat":25,"excludingVat":20}},
        "attributes":{{"store":"Göteborg","seller":"7","depth":{{"of":1.10}}}}}}"#
    )
}

pub fn order() -> String {
    order_in("intent", "klarna_checkout_adapter", "checkout")
}

pub fn answer(status: u16, body: &str) -> WireEnd {
    WireEnd::Answer(WireAnswer {
        status,
        body: body.as_bytes().to_vec(),
        retry_after_ms: Some(7_000),
        correlation_id: None,
    })
}

pub fn read(account: &Account, ends: &[WireEnd]) -> ReadEnd {
    Norce.decode_read(account, NAME, ends, Moment::from_millis(5))
}

/// The facts of an order as one answer shows it.
pub fn facts_of(order: &str) -> PaymentFacts {
    match read(&caller(), &[answer(200, order)]) {
        ReadEnd::Facts(facts) => *facts,
        other => unreachable!("no facts: {other:?}"),
    }
}

pub fn facts() -> PaymentFacts {
    facts_of(&order())
}

/// A payment of 12.50 in this state with the adapter that has order management.
pub fn facts_in(state: &str, status: &str) -> PaymentFacts {
    facts_of(&order_in(state, "klarna_checkout_adapter", status))
}

pub fn base() -> Base {
    Base::of(&facts())
}

pub fn subject(facts: &PaymentFacts) -> Subject<'_> {
    Subject {
        facts,
        refunded_here: sek("0.00"),
        open_decrease: false,
        open_refund: false,
        now: Moment::from_millis(9),
    }
}

pub fn adjust(total: &str) -> Command {
    Command::Adjust { total: sek(total), invoice: None, items: Vec::new() }
}

pub fn rename(reference: &str) -> Command {
    Command::Relabel {
        invoice: None,
        reference: Some(reference.to_owned()),
        description: None,
        metadata: BTreeMap::new(),
    }
}

pub fn label(pairs: &[(&str, &str)]) -> Command {
    let own = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    Command::Relabel {
        invoice: None,
        reference: None,
        description: None,
        metadata: pairs.iter().map(own).collect(),
    }
}

pub fn refund(amount: &str) -> Command {
    let reason = ReasonCode::parse("goods_returned").expect("a built-in code");
    Command::Refund { amount: sek(amount), reason, note: None }
}

pub fn cancel() -> Command {
    Command::Cancel { reason: None }
}

pub fn capture() -> Command {
    Command::Capture { amount: None, at: None }
}

pub fn ask<'a>(command: &'a Command, base: &'a Base, look: Option<&'a WireEnd>) -> Ask<'a> {
    Ask { command, provider_ref: Some(NAME), baseline: Some(base), key: "change-1", look }
}

/// The request for a command, made from a look at the order as it was read.
pub fn request(
    account: &Account,
    command: &Command,
    base: &Base,
    order: &str,
) -> Result<WireRequest, EncodeError> {
    let secrets = secrets();
    let target = Target { account, secrets: &secrets };
    let look = answer(200, order);
    Norce.encode(&target, &ask(command, base, Some(&look)))
}

pub fn send(account: &Account, command: &Command, end: &WireEnd) -> SendEnd {
    let base = base();
    Norce.decode_send(account, &ask(command, &base, None), end)
}
