//! Accounts, payments and commands to test with.

use std::collections::BTreeMap;

use counterfoil_connectors::bumper::Bumper;
use counterfoil_connectors::{
    Ask, Connector, EncodeError, ProbeEnd, Secrets, Subject, Target, Warning, WireRequest,
};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Details, Item, PaymentFacts, PaymentState};

pub const TOKEN: &str = "cd2dd3b9ad2c4369a46e709295d13368";
pub const API_KEY: &str = "EXAMPLE-API-KEY";
/// The docs sample secret: its first character is a literal double quote.
pub const SECRET: &str = "\"9f*u/[`tt*.*k725X;u&Zkz";

pub fn account() -> Account {
    account_in("GBP")
}

pub fn account_in(currency: &str) -> Account {
    Account {
        account_id: AccountId::parse("a1").expect("a plain id"),
        name: "Front desk".to_owned(),
        provider: Provider::Bumper,
        base_url: "https://api.demo.bumper.co".to_owned(),
        currency: Currency::parse(currency).expect("a known currency"),
        options: BTreeMap::new(),
        paused: None,
    }
}

pub fn secrets() -> Secrets {
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Secrets::from_pairs([pair("api_key", API_KEY), pair("secret", SECRET)])
}

pub fn gbp(text: &str) -> Money {
    money(text, "GBP")
}

pub fn money(text: &str, currency: &str) -> Money {
    let currency = Currency::parse(currency).expect("a known currency");
    Money::parse(text, currency).expect("an amount")
}

/// A payment of 300.00, invoice INV1234, limits 60 to 3000.
pub fn facts(state: PaymentState) -> PaymentFacts {
    PaymentFacts {
        provider_ref: TOKEN.to_owned(),
        state,
        provider_status: state.word().to_owned(),
        amount: gbp("300.00"),
        invoice_number: Some("INV1234".to_owned()),
        reference: Some("26352".to_owned()),
        minimum: Some(gbp("60.00")),
        maximum: Some(gbp("3000.00")),
        payment_type: None,
        refunded: None,
        details: Details::default(),
        read_at: Moment::from_millis(0),
    }
}

pub fn base(state: PaymentState) -> Base {
    Base::of(&facts(state))
}

pub fn subject(facts: &PaymentFacts) -> Subject<'_> {
    Subject {
        facts,
        refunded_here: gbp("0.00"),
        open_decrease: false,
        open_refund: false,
        now: Moment::from_millis(0),
    }
}

pub fn item(name: &str, quantity: u32, price: &str) -> Item {
    Item { item: name.to_owned(), quantity, price: gbp(price) }
}

pub fn start(total: &str) -> Command {
    Command::Start {
        total: gbp(total),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    }
}

pub fn adjust(total: &str) -> Command {
    adjust_with(total, None, Vec::new())
}

pub fn adjust_with(total: &str, invoice: Option<&str>, items: Vec<Item>) -> Command {
    Command::Adjust { total: gbp(total), invoice: invoice.map(str::to_owned), items }
}

pub fn relabel(invoice: &str) -> Command {
    Command::Relabel {
        invoice: Some(invoice.to_owned()),
        reference: None,
        description: None,
        metadata: BTreeMap::new(),
    }
}

pub fn refund(amount: &str) -> Command {
    let reason = ReasonCode::parse("goods_returned").expect("a built-in code");
    Command::Refund { amount: gbp(amount), reason, note: None }
}

pub fn cancel() -> Command {
    Command::Cancel { reason: None }
}

/// One command of each kind that Bumper has.
pub fn one_of_each() -> [Command; 5] {
    [start("350.00"), adjust("350.00"), relabel("INV9"), refund("50.00"), cancel()]
}

/// The request for a command on the payment of [`facts`], not yet signed by the customer.
pub fn request(command: &Command) -> Result<WireRequest, EncodeError> {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let provider_ref = match command {
        Command::Start { .. } => None,
        Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => Some(TOKEN),
    };
    encode(&target, command, provider_ref, Some(&base(PaymentState::Open)))
}

pub fn answer(status: u16, body: &[u8]) -> WireEnd {
    WireEnd::Answer(WireAnswer {
        status,
        body: body.to_vec(),
        retry_after_ms: Some(7_000),
        correlation_id: None,
    })
}

// What follows asks Bumper's codec with the parts that Bumper looks at.

pub fn encode(
    target: &Target<'_>,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
) -> Result<WireRequest, EncodeError> {
    Bumper.encode(target, &ask(command, provider_ref, baseline))
}

pub fn encode_read(target: &Target<'_>, provider_ref: &str) -> Result<WireRequest, EncodeError> {
    Bumper.encode_read(target, provider_ref, &[]).map(|made| made.expect("one is needed"))
}

pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    Bumper.encode_probe(target)
}

pub fn decode_send(
    account: &Account,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
    end: &WireEnd,
) -> SendEnd {
    Bumper.decode_send(account, &ask(command, provider_ref, baseline), end)
}

pub fn decode_read(account: &Account, provider_ref: &str, end: &WireEnd, at: Moment) -> ReadEnd {
    Bumper.decode_read(account, provider_ref, std::slice::from_ref(end), at)
}

pub fn decode_probe(account: &Account, end: &WireEnd) -> ProbeEnd {
    Bumper.decode_probe(account, end)
}

pub fn offers(account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
    Bumper.offers(account, subject)
}

pub fn check(
    account: &Account,
    command: &Command,
    subject: Option<&Subject<'_>>,
) -> Result<Vec<Warning>, WhyNot> {
    Bumper.check(account, command, subject)
}

pub fn refundable(account: &Account, subject: &Subject<'_>) -> Option<Money> {
    Bumper.refundable(account, subject)
}

pub fn repeat_safety(account: &Account, command: &Command, base: Option<&Base>) -> RepeatSafety {
    Bumper.repeat_safety(account, command, base)
}

pub fn effect_in_words(account: &Account, command: &Command, base: Option<&Base>) -> String {
    Bumper.effect_in_words(account, command, base)
}

fn ask<'a>(
    command: &'a Command,
    provider_ref: Option<&'a str>,
    baseline: Option<&'a Base>,
) -> Ask<'a> {
    Ask { command, provider_ref, baseline, key: "key", look: None }
}
