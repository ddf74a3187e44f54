//! Made-up values for the tests of this crate: pounds, one payment, three people.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::account::Provider;
use crate::answer::{SendEnd, SendRecord};
use crate::approval::{Known, Place, Seal, Terms, statement, texts_digest};
use crate::audit::sha256_hex;
use crate::change::{Change, Condition, Event, Recorded, State};
use crate::command::{Command, ReasonCode};
use crate::id::{AccountId, AttemptId, ChangeId, PaymentId, StaffId, TillId};
use crate::moment::Moment;
use crate::money::{Currency, Money};
use crate::payment::{Base, Details, Item, PaymentState};
use crate::staff::Role;

pub fn gbp(text: &str) -> Money {
    Money::parse(text, Currency::parse("GBP").unwrap()).unwrap()
}

pub fn yen(text: &str) -> Money {
    Money::parse(text, Currency::parse("JPY").unwrap()).unwrap()
}

pub fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

pub fn change_id(text: &str) -> ChangeId {
    ChangeId::parse(text).unwrap()
}

pub fn attempt_id(text: &str) -> AttemptId {
    AttemptId::parse(text).unwrap()
}

pub fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

pub fn payment_id(text: &str) -> PaymentId {
    PaymentId::parse(text).unwrap()
}

pub fn staff(text: &str) -> StaffId {
    StaffId::parse(text).unwrap()
}

/// An open payment of this amount, as read at moment zero.
pub fn base(amount: &str) -> Base {
    Base {
        amount: gbp(amount),
        state: PaymentState::Open,
        provider_status: "in_progress".to_owned(),
        invoice_number: Some("INV-1".to_owned()),
        reference: Some("R-1".to_owned()),
        refunded: None,
        details: Details::default(),
        read_at: at(0),
    }
}

pub fn start(total: &str) -> Command {
    Command::Start {
        total: gbp(total),
        invoice: Some("INV-1".to_owned()),
        reference: None,
        email: None,
        items: Vec::new(),
    }
}

pub fn adjust(total: &str) -> Command {
    Command::Adjust { total: gbp(total), invoice: None, items: Vec::new() }
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
    Command::Refund { amount: gbp(amount), reason: reason("goods_returned"), note: None }
}

pub fn cancel() -> Command {
    Command::Cancel { reason: None }
}

pub fn reason(code: &str) -> ReasonCode {
    ReasonCode::parse(code).unwrap()
}

pub fn item(price: &str) -> Item {
    Item { item: "brake pads".to_owned(), quantity: 1, price: gbp(price) }
}

pub fn record() -> SendRecord {
    SendRecord {
        method: "POST".to_owned(),
        path: "/v2/x/".to_owned(),
        digest: "d1".to_owned(),
        key: None,
        body: None,
        at: at(1),
    }
}

/// Alice asks for it on a payment of 100.00; a start has no payment.
pub fn requested(command: &Command, needs_approval: bool) -> Recorded {
    let begins = matches!(command, Command::Start { .. });
    let event = Event::Requested {
        account_id: account_id("acc"),
        payment_id: (!begins).then(|| payment_id("pay")),
        command: command.clone(),
        base: (!begins).then(|| base("100.00")),
        by: staff("alice"),
        needs_approval,
        only_if: None,
    };
    Recorded { at: at(0), event }
}

/// A change that was just asked for and needs nobody else.
pub fn queued(id: &str, command: &Command) -> Change {
    Change::begin(&change_id(id), &requested(command, false)).unwrap()
}

/// A change of the payment that is sent only once an order elsewhere carries the amount.
pub fn queued_if(id: &str, command: &Command, amount: &str) -> Change {
    let mut first = requested(command, false);
    if let Event::Requested { only_if, .. } = &mut first.event {
        *only_if = Some(Box::new(condition(amount)));
    }
    Change::begin(&change_id(id), &first).unwrap()
}

pub fn condition(amount: &str) -> Condition {
    Condition {
        account_id: account_id("orders"),
        provider_ref: "o_1/p_1".to_owned(),
        amount: gbp(amount),
    }
}

pub fn take(change: &mut Change, event: Event) {
    let recorded = Recorded { at: change.changed_at.plus_millis(1), event };
    change.take(&recorded).unwrap();
}

pub fn unknown() -> SendEnd {
    SendEnd::Unknown { why: "the answer was lost".to_owned() }
}

pub fn applied() -> SendEnd {
    SendEnd::Applied { provider_ref: None, link: None }
}

pub fn needs_customer() -> SendEnd {
    SendEnd::NeedsCustomer { redirect_url: "https://pay.example/sign/1".to_owned() }
}

pub fn accepted() -> SendEnd {
    SendEnd::Accepted { effect_ref: "refund-1".to_owned() }
}

pub fn attempt_started(id: &str) -> Event {
    Event::AttemptStarted {
        attempt_id: attempt_id(id),
        record: record(),
        baseline: Some(base("100.00")),
    }
}

pub fn attempt_ended(id: &str, end: SendEnd) -> Event {
    Event::AttemptEnded {
        attempt_id: attempt_id(id),
        end,
        http_status: Some(200),
        correlation_id: None,
    }
}

/// The events that lead from a request to this state, the last attempt being `A1`.
fn way_to(state: State) -> Vec<Event> {
    let sent = |end: SendEnd| vec![attempt_started("A1"), attempt_ended("A1", end)];
    let why = || "reason".to_owned();
    match state {
        State::AwaitingApproval | State::Queued => Vec::new(),
        State::Rejected => vec![Event::Rejected { by: staff("bob"), note: None }],
        State::Sending => vec![attempt_started("A1")],
        State::Applied => sent(applied()),
        State::Declined => sent(SendEnd::Refused { message: why() }),
        State::NeedsCustomer => sent(needs_customer()),
        State::InDoubt => sent(unknown()),
        State::Conflict => vec![Event::ConflictFound { now: base("90.00"), why: why() }],
        State::Expired => vec![Event::Expired { why: why() }],
        State::Withdrawn => vec![Event::Withdrawn { by: staff("alice") }],
    }
}

/// A change of this command that stands in this state.
pub fn change_in(state: State, id: &str, command: &Command) -> Change {
    let needs_approval = matches!(state, State::AwaitingApproval | State::Rejected);
    let first = requested(command, needs_approval);
    let mut change = Change::begin(&change_id(id), &first).unwrap();
    for event in way_to(state) {
        take(&mut change, event);
    }
    assert_eq!(change.state, state);
    change
}

/// A person's key, made of their name.
pub fn key_of(name: &str) -> SigningKey {
    let mut seed = [7; 32];
    for (place, byte) in seed.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    SigningKey::from_bytes(&seed)
}

pub fn public_key_of(name: &str) -> String {
    hex::encode(key_of(name).verifying_key().as_bytes())
}

pub fn signed(name: &str, text: &str) -> String {
    hex::encode(key_of(name).sign(text.as_bytes()).to_bytes())
}

/// Somebody who is here and may decide.
pub fn known(name: &str) -> Known {
    Known { public_key: Some(public_key_of(name)), role: Role::Manager, here: true }
}

pub fn place() -> Place {
    Place {
        till_id: TillId::parse("till").unwrap(),
        provider: Provider::Bumper,
        provider_ref: Some("tok".to_owned()),
    }
}

/// What this person gives for a change as it is; it holds until moment one million.
pub fn seal(change: &Change, by: &str, nonce: &str) -> Seal {
    let terms = Terms { approver: staff(by), nonce: nonce.to_owned(), expires_at: at(1_000_000) };
    let texts = texts_digest(&change.what(), "salt");
    let text = statement(&change.what(), &place(), &texts, &terms);
    let Place { till_id, provider, provider_ref } = place();
    Seal {
        till_id,
        provider,
        provider_ref,
        texts,
        salt: "salt".to_owned(),
        nonce: nonce.to_owned(),
        expires_at: terms.expires_at,
        public_key: public_key_of(by),
        signature: signed(by, &text),
    }
}

/// The event of a signed yes.
pub fn approved(change: &Change, by: &str, nonce: &str) -> Event {
    sealed_event(change, by, seal(change, by, nonce))
}

/// The event of a yes with this seal, whatever is in it.
pub fn sealed_event(change: &Change, by: &str, seal: Seal) -> Event {
    let operation = sha256_hex(change.statement(&seal, &staff(by)).as_bytes());
    Event::Approved { by: staff(by), operation, seal: Some(Box::new(seal)) }
}

/// A change that a second person has agreed to.
pub fn agreed(id: &str, command: &Command) -> Change {
    let mut change = change_in(State::AwaitingApproval, id, command);
    let yes = approved(&change, "bob", "n1");
    take(&mut change, yes);
    change
}
