//! The careful connector of the made-up providers: what may be asked, what an answer means, what
//! may be repeated.

use counterfoil_core::answer::SendEnd;
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::command::Command;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};

use crate::line::{Came, Said};
use crate::provider::Kind;
use crate::wire::{Ask, Pay, Reply};

/// Dollars and cents of a number of cents: every provider, real or made up, takes dollars.
pub fn cents(minor: i64) -> Money {
    let currency = Currency::parse("USD").expect("dollars are a currency");
    Money::from_minor(minor, currency).expect("the sums of the simulation are small")
}

/// What may be done again after a lost answer.
pub fn safety(kind: Kind, command: &Command, baseline: Option<&Base>) -> RepeatSafety {
    match command {
        Command::Start { .. } | Command::Capture { .. } | Command::Void => RepeatSafety::HumanOnly,
        Command::Cancel { .. } => RepeatSafety::ReadBack,
        Command::Relabel { .. } => RepeatSafety::Absolute,
        Command::Refund { .. } => match kind {
            // A real one has its own connector.
            Kind::Plain | Kind::Real(_) => RepeatSafety::HumanOnly,
            Kind::Keyed => RepeatSafety::WithKey,
            Kind::Readable => RepeatSafety::ReadBack,
            Kind::Careful => RepeatSafety::ReadBackThenHuman,
        },
        Command::Adjust { total, .. } => match kind {
            Kind::Keyed => RepeatSafety::WithKey,
            Kind::Plain | Kind::Readable | Kind::Careful | Kind::Real(_) => {
                let lowers = baseline.is_some_and(|base| {
                    base.state != PaymentState::Paid || total.minor() <= base.amount.minor()
                });
                let plain = kind == Kind::Plain && !lowers;
                if plain { RepeatSafety::ReadBackThenHuman } else { RepeatSafety::Absolute }
            }
        },
    }
}

/// True where this command goes out under an idempotency key.
pub fn is_keyed(kind: Kind, command: &Command) -> bool {
    kind == Kind::Keyed && matches!(command, Command::Adjust { .. } | Command::Refund { .. })
}

/// Why the payment as read cannot take the command.
pub fn check(command: &Command, facts: &PaymentFacts, refunded_here: i64) -> Option<String> {
    let no = |why: &str| Some(why.to_owned());
    match facts.state {
        PaymentState::Unclear => return no("the payment's state is not known here"),
        PaymentState::Refunded | PaymentState::Cancelled | PaymentState::Failed => {
            return no("the payment has ended");
        }
        PaymentState::Open
        | PaymentState::InProgress
        | PaymentState::Authorized
        | PaymentState::Paid => {}
    }
    match command {
        Command::Refund { amount, .. } => {
            let read = facts.refunded.map_or(0, Money::minor);
            let left = facts.amount.minor() - read.max(refunded_here);
            if facts.state != PaymentState::Paid {
                return no("nothing was paid yet");
            }
            (amount.minor() > left).then(|| "more than can be returned".to_owned())
        }
        Command::Cancel { .. } if facts.state == PaymentState::Paid => no("it is paid"),
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => None,
    }
}

/// What the wire did to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Garble {
    /// Nothing.
    None,
    /// The gateway said 500 although the provider had done it.
    Status500,
    /// Another payment or sum is echoed.
    OtherEcho,
    /// A word nobody knows.
    OddWord,
    /// Another sum is echoed, on the wire of a real connector.
    OtherSum,
    /// Half of it is missing.
    Cut,
    /// It reads like a no and is none, as the provider's page warns.
    Misleading,
}

/// What the end of a sending means.
pub fn meant(body: &str, came: &Came<'_>) -> (SendEnd, Option<u16>) {
    let lost = || SendEnd::Unknown { why: "no answer in time".to_owned() };
    match came {
        Came::NeverLeft => (SendEnd::NeverLeft { why: "nobody answers".to_owned() }, None),
        Came::Lost => (lost(), None),
        Came::Throttled(retry_after_ms) => {
            let (message, retry_after_ms) = ("not so fast".to_owned(), *retry_after_ms);
            (SendEnd::RefusedForNow { message, retry_after_ms }, Some(429))
        }
        Came::Stranger => {
            (SendEnd::CredentialsRefused { message: "who are you?".to_owned() }, Some(401))
        }
        Came::Refused => (SendEnd::Refused { message: "not today".to_owned() }, Some(400)),
        Came::Said(Said::Made(reply), garble) => match Ask::read(body) {
            Some(asked) => meaning(&asked, reply, *garble),
            None => (lost(), None),
        },
        Came::Said(Said::Paper(_), _) => (lost(), None),
    }
}

/// What an answer to a send means. Whatever is not understood is unknown.
fn meaning(asked: &Ask, reply: &Reply, garble: Garble) -> (SendEnd, Option<u16>) {
    let unknown = |why: &str| SendEnd::Unknown { why: why.to_owned() };
    match garble {
        Garble::Status500 | Garble::OtherSum | Garble::Cut | Garble::Misleading => {
            return (unknown("the answer was an error of the server"), Some(500));
        }
        Garble::OddWord => return (unknown("the answer says \"marinated\""), Some(200)),
        Garble::OtherEcho => return (echoed(asked, &other(reply)), Some(200)),
        Garble::None => {}
    }
    (echoed(asked, reply), Some(200))
}

fn other(reply: &Reply) -> Reply {
    match reply {
        Reply::Done { pay, minor } => Reply::Done { pay: *pay, minor: minor + 1 },
        Reply::Sign(pay) => Reply::Sign(Pay { account: pay.account, place: pay.place + 1 }),
        Reply::No(_) => Reply::Done { pay: Pay { account: 99, place: 99 }, minor: -1 },
    }
}

fn echoed(asked: &Ask, reply: &Reply) -> SendEnd {
    let fits = |pay: Pay, minor: i64| match asked {
        Ask::Total(own, sum) | Ask::Refund(own, sum) => *own == pay && *sum == minor,
        Ask::Label(own, _, total) => {
            *own == pay && minor >= 0 && total.is_none_or(|total| total == minor)
        }
        Ask::Cancel(own) => *own == pay && minor >= 0,
        Ask::Start(sum) => *sum == minor,
    };
    match reply {
        Reply::No(why) => SendEnd::Refused { message: (*why).to_owned() },
        Reply::Sign(pay) if asked.pay() == Some(*pay) => {
            SendEnd::NeedsCustomer { redirect_url: format!("https://pay.example/{pay}") }
        }
        Reply::Done { pay, minor } if fits(*pay, *minor) => {
            let started = matches!(asked, Ask::Start(_)).then(|| pay.to_string());
            SendEnd::Applied { provider_ref: started, link: None }
        }
        Reply::Sign(_) | Reply::Done { .. } => {
            SendEnd::Unknown { why: "the answer is about something else".to_owned() }
        }
    }
}
