//! A provider made up for the tests, by following `docs/adding-a-provider.md` step by step: a
//! payment is a number of pence, and it can be given back in full.
//!
//! ```text
//! GET  /t/{ref}          200 {"pence":10000,"back":0,"paid":true}
//! POST /t/{ref}/back     200 {"back":10000}   409 {"no":"…"}
//! Authorization: Token …
//! ```

use counterfoil_connectors::json::Object;
use counterfoil_connectors::{
    AccountRefused, Ask, Connector, EncodeError, Method, ProbeEnd, SecretNames, Shown, Subject,
    Target, Warning, WireRequest,
};
use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Details, PaymentFacts, PaymentState};

/// The one secret of an account.
const TOKEN: &str = "token";

pub struct Tiny;

impl Connector for Tiny {
    fn secret_names(&self) -> SecretNames {
        SecretNames { needed: &[TOKEN], further: &[] }
    }

    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    fn check_account(&self, account: &Account) -> Result<(), AccountRefused> {
        let pounds = account.currency.code() == "GBP";
        if pounds { Ok(()) } else { Err(AccountRefused::Currency { why: "GBP" }) }
    }

    fn offers(&self, _account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
        let row = |kind| {
            let whole = subject.facts.amount;
            let refund = || may_refund(subject, whole);
            let why_not =
                if kind == Kind::Refund { refund().err() } else { Some(WhyNot::NotOffered) };
            Offer { kind, why_not }
        };
        [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void]
            .map(row)
            .to_vec()
    }

    fn check(
        &self,
        _account: &Account,
        command: &Command,
        subject: Option<&Subject<'_>>,
    ) -> Result<Vec<Warning>, WhyNot> {
        match (command.refund(), subject) {
            (Some(amount), Some(subject)) => may_refund(subject, amount).map(|()| Vec::new()),
            (Some(_), None) => Err(WhyNot::Missing { field: "payment" }),
            (None, _) => Err(WhyNot::NotOffered),
        }
    }

    fn refundable(&self, _account: &Account, subject: &Subject<'_>) -> Option<Money> {
        may_refund(subject, subject.facts.amount).ok().map(|()| subject.facts.amount)
    }

    /// The sum that went back can be read, and a second full refund is refused.
    fn repeat_safety(&self, _: &Account, _: &Command, _: Option<&Base>) -> RepeatSafety {
        RepeatSafety::ReadBack
    }

    fn effect_in_words(&self, _: &Account, _: &Command, _: Option<&Base>) -> String {
        "Tiny will return everything.".to_owned()
    }

    fn encode(&self, target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
        let reference = ask.provider_ref.ok_or(EncodeError::ReferenceMissing)?;
        match ask.command.refund() {
            Some(_) => request(target, Method::Post, &format!("/t/{reference}/back")),
            None => Err(WhyNot::NotOffered.into()),
        }
    }

    fn decode_send(&self, account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
        let why = "the answer says nothing".to_owned();
        match heard(end) {
            Heard::NeverLeft(why) => SendEnd::NeverLeft { why },
            Heard::Nothing(why) => SendEnd::Unknown { why },
            Heard::Said(answer, said) => match (answer.status, pence(&said, "back", account)) {
                (200, Some(back)) if Some(back) == ask.command.refund() => {
                    SendEnd::Applied { provider_ref: None, link: None }
                }
                (409, None) if said.has("no") => SendEnd::Refused { message: "no".to_owned() },
                _ => SendEnd::Unknown { why },
            },
        }
    }

    fn encode_read(
        &self,
        target: &Target<'_>,
        provider_ref: &str,
        so_far: &[WireEnd],
    ) -> Result<Option<WireRequest>, EncodeError> {
        let path = format!("/t/{provider_ref}");
        so_far.is_empty().then(|| request(target, Method::Get, &path)).transpose()
    }

    fn decode_read(
        &self,
        account: &Account,
        provider_ref: &str,
        ends: &[WireEnd],
        at: Moment,
    ) -> ReadEnd {
        let unclear = |why: &str| ReadEnd::Unclear { why: why.to_owned(), retry_after_ms: None };
        match heard(counterfoil_connectors::answer::newest(ends)) {
            Heard::NeverLeft(why) => ReadEnd::Unreachable { why },
            Heard::Nothing(why) => unclear(&why),
            Heard::Said(answer, said) if answer.status == 200 => {
                let money = |field| pence(&said, field, account);
                match (money("pence"), money("back"), said.flag("paid")) {
                    (Some(amount), Some(back), Some(paid)) => {
                        ReadEnd::Facts(Box::new(facts(provider_ref, (amount, back, paid), at)))
                    }
                    _ => unclear("the answer holds no payment"),
                }
            }
            Heard::Said(..) => unclear("not a payment"),
        }
    }

    fn encode_probe(&self, target: &Target<'_>) -> Result<WireRequest, EncodeError> {
        request(target, Method::Get, "/t")
    }

    fn decode_probe(&self, _account: &Account, end: &WireEnd) -> ProbeEnd {
        match heard(end) {
            Heard::NeverLeft(why) => ProbeEnd::Unreachable { why },
            Heard::Said(answer, _) if answer.status == 200 => ProbeEnd::Ok,
            Heard::Said(..) => ProbeEnd::Unclear { why: "another answer".to_owned() },
            Heard::Nothing(why) => ProbeEnd::Unclear { why },
        }
    }
}

/// All of it, once, from a payment that is paid.
fn may_refund(subject: &Subject<'_>, amount: Money) -> Result<(), WhyNot> {
    let facts = subject.facts;
    if facts.state != PaymentState::Paid {
        return Err(WhyNot::State);
    }
    let gone = |sum: Option<Money>| sum.is_some_and(Money::is_positive);
    if gone(facts.refunded) || gone(Some(subject.refunded_here)) {
        return Err(WhyNot::OverRefundable { refundable: Money::zero(facts.amount.currency()) });
    }
    if amount == facts.amount { Ok(()) } else { Err(WhyNot::PartNotOffered) }
}

fn request(target: &Target<'_>, method: Method, path: &str) -> Result<WireRequest, EncodeError> {
    let missing = EncodeError::SecretMissing { name: TOKEN };
    let token = target.secrets.get(TOKEN).ok_or(missing)?;
    let url = format!("{}{path}", target.account.base_url);
    Ok(WireRequest {
        method,
        url: url.clone(),
        headers: vec![("Authorization", format!("Token {token}"))],
        body: Vec::new(),
        key: None,
        shown: Shown {
            url,
            path: path.to_owned(),
            headers: vec![("Authorization".to_owned(), "Token •••".to_owned())],
            body: String::new(),
        },
    })
}

enum Heard<'a> {
    NeverLeft(String),
    /// Lost, or no JSON object.
    Nothing(String),
    Said(&'a WireAnswer, Object),
}

fn heard(end: &WireEnd) -> Heard<'_> {
    match end {
        WireEnd::NeverLeft { why } => Heard::NeverLeft(why.clone()),
        WireEnd::Lost { why } => Heard::Nothing(why.clone()),
        WireEnd::Answer(answer) => match Object::read(&answer.body) {
            Some(said) => Heard::Said(answer, said),
            None => Heard::Nothing("the answer is no JSON object".to_owned()),
        },
    }
}

fn pence(said: &Object, field: &'static str, account: &Account) -> Option<Money> {
    let minor = said.text(field).ok()??.parse().ok()?;
    Money::from_minor(minor, account.currency).ok()
}

fn facts(
    provider_ref: &str,
    (amount, back, paid): (Money, Money, bool),
    read_at: Moment,
) -> PaymentFacts {
    PaymentFacts {
        provider_ref: provider_ref.to_owned(),
        state: if paid { PaymentState::Paid } else { PaymentState::Open },
        provider_status: if paid { "paid" } else { "open" }.to_owned(),
        amount,
        invoice_number: None,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: Some(back),
        details: Details::default(),
        read_at,
    }
}
