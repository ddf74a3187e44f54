//! Paper providers: each reads the bytes of a request as its provider's page says, obeys with that
//! provider's rules and writes the answer. Written from the pages (`bumper.md` and so on) apart
//! from the connectors, of which nothing is used here but the request as it would leave.
//!
//! **What is absent:** signatures (only their shape is looked at), lists, callbacks, limits of
//! requests (the line throttles).

mod bumper;
mod moyasar;
mod norce;
mod wepay;

use std::collections::BTreeMap;

use counterfoil_connectors::WireRequest;
use counterfoil_core::account::Provider as Name;
use counterfoil_core::id::AttemptId;
use counterfoil_core::payment::PaymentState;
use serde_json::value::RawValue;

use crate::connector::Garble;
use crate::provider::{Effect, KEPT, Payment, Provider, What};
use crate::wire::Pay;

/// Where every paper provider is reached; what follows is the path its page prints.
pub const BASE_URL: &str = "https://paper.example";

/// The secrets of every account, by the connectors' names.
pub const SECRETS: [(&str, &str); 6] = [
    ("api_key", "paper-key"),
    ("secret", "paper-secret"),
    ("app_id", "paper-app"),
    ("app_token", "paper-token"),
    ("secret_key", "sk_paper"),
    ("token", "paper-bearer"),
];

/// An answer as it leaves a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// `Retry-After`, milliseconds.
    pub retry_after_ms: Option<i64>,
}

impl Answer {
    fn of(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), retry_after_ms: None }
    }
}

/// What only paper providers keep of an account.
#[derive(Debug, Default)]
pub struct Paper {
    /// Which of two undocumented ways this account has.
    pub other_way: bool,
    /// Effects with a life of their own.
    pub slow: Vec<Slow>,
    keys: BTreeMap<String, Kept>,
}

/// Something accepted that is not final yet: a refund, or a capture.
#[derive(Debug)]
pub struct Slow {
    /// On which payment.
    pub pay: Pay,
    /// What it will have been.
    pub what: What,
    /// The request behind it.
    pub tag: Option<AttemptId>,
    /// The reference it was given.
    pub reference: String,
    /// How it stands.
    pub stands: Stands,
    /// True once its end is planned.
    pub planned: bool,
}

/// How a slow effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The provider is still at it.
    Pending,
    /// It has happened.
    Completed,
    /// It came to nothing.
    Failed,
}

/// What a key was used for, and what it brought: a refund to be looked at anew, or an answer.
#[derive(Debug)]
struct Kept {
    request: String,
    at: i64,
    refund: Option<usize>,
    answer: Answer,
}

/// A request as a provider reads it.
struct Asked<'a> {
    method: &'static str,
    path: &'a str,
    query: &'a str,
    request: &'a WireRequest,
}

impl Asked<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.request.headers.iter();
        headers.find(|(header, _)| *header == name).map(|(_, text)| text.as_str())
    }

    fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

/// An account's desk, at which one request is served.
struct Desk<'a> {
    account: usize,
    payments: &'a mut Vec<Payment>,
    paper: &'a mut Paper,
    ledger: &'a mut Vec<Effect>,
    retention_ms: i64,
    tag: Option<AttemptId>,
    at: i64,
}

impl Desk<'_> {
    /// The place of a payment by the name it has on the wire.
    fn place(&self, name: &str) -> Option<usize> {
        let pay = Pay::parse(name).filter(|pay| pay.account == self.account)?;
        (pay.place < self.payments.len()).then_some(pay.place)
    }

    fn note(&mut self, place: usize, what: What, changes: bool) {
        let pay = Pay { account: self.account, place };
        let (tag, at) = (self.tag.clone(), self.at);
        if let Some(payment) = self.payments.get_mut(place) {
            payment.touched_at = at;
        }
        self.ledger.push(Effect { pay, what, tag, changes, by_customer: false, at });
    }

    /// True now and then: for answers that may have two shapes.
    fn now_and_then(&self, one_in: i64) -> bool {
        self.at.rem_euclid(one_in) == 0
    }
}

impl Provider {
    /// Serves a request that arrived. The tag is for the ledger: no rule looks at it.
    pub fn answer(
        &mut self,
        request: &WireRequest,
        tag: Option<&AttemptId>,
        at: i64,
        ledger: &mut Vec<Effect>,
    ) -> Answer {
        let whole = request.url.strip_prefix(BASE_URL).unwrap_or_default();
        let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
        let asked = Asked { method: request.method.as_str(), path, query, request };
        let mut desk = Desk {
            account: self.account,
            payments: &mut self.payments,
            paper: &mut self.paper,
            ledger,
            retention_ms: self.retention_ms,
            tag: tag.cloned(),
            at,
        };
        match self.kind.real() {
            Some(Name::Bumper) => bumper::answer(&mut desk, &asked),
            Some(Name::Wepay) => wepay::answer(&mut desk, &asked),
            Some(Name::Moyasar) => moyasar::answer(&mut desk, &asked),
            Some(Name::Norce) => norce::answer(&mut desk, &asked),
            None => Answer::of(404, ""),
        }
    }

    /// What was accepted comes to its end.
    pub fn ends_slow(&mut self, place: usize, fails: bool, at: i64, ledger: &mut Vec<Effect>) {
        let Some(slow) = self.paper.slow.get_mut(place) else { return };
        if slow.stands != Stands::Pending {
            return;
        }
        slow.stands = if fails { Stands::Failed } else { Stands::Completed };
        let (pay, what, tag) = (slow.pay, slow.what.clone(), slow.tag.clone());
        let Some(payment) = self.payments.get_mut(pay.place) else { return };
        match &what {
            What::Refund(minor) if !fails => payment.refunded += minor,
            What::Capture(minor) if !fails => {
                payment.state = PaymentState::Paid;
                payment.amount = *minor;
            }
            What::Capture(_) => payment.state = PaymentState::Failed,
            What::Refund(_)
            | What::Total(_)
            | What::Label(..)
            | What::Cancel
            | What::Void
            | What::Start(_) => {}
        }
        if !fails {
            ledger.push(Effect { pay, what, tag, changes: true, by_customer: false, at });
        }
    }

    /// True while a request with one of these tags is not final yet.
    pub fn is_at_it(&self, mut theirs: impl FnMut(&AttemptId) -> bool) -> bool {
        let pending = |slow: &&Slow| slow.stands == Stands::Pending;
        self.paper
            .slow
            .iter()
            .filter(pending)
            .any(|slow| slow.tag.as_ref().is_some_and(&mut theirs))
    }
}

/// How a payment is named at its provider.
pub fn name_of(provider: Name, pay: Pay) -> String {
    match provider {
        Name::Bumper | Name::Wepay | Name::Moyasar => pay.to_string(),
        Name::Norce => format!("o{}-{}/{pay}", pay.account, pay.place),
    }
}

/// What every shop keeps with its payments, which no change is about.
pub fn kept_from_the_first(provider: Name) -> BTreeMap<String, String> {
    let raw = match provider {
        Name::Bumper => return BTreeMap::new(),
        Name::Wepay => "1",
        Name::Moyasar => "\"yes\"",
        Name::Norce => "{\"by\":\"shop\"}",
    };
    BTreeMap::from([(KEPT.to_owned(), raw.to_owned())])
}

/// The states in which an account's payments begin.
pub fn first_states(provider: Name) -> [PaymentState; 3] {
    use PaymentState::{Authorized, Open, Paid};
    match provider {
        Name::Bumper => [Paid, Paid, Open],
        Name::Wepay | Name::Moyasar => [Paid, Authorized, Authorized],
        Name::Norce => [Paid, Authorized, Open],
    }
}

/// Throttled (for WePay by the code, whatever the status: A-WEP-06).
pub fn throttled(provider: Name, retry_after_ms: Option<i64>) -> Answer {
    let answer = match provider {
        Name::Bumper => bumper::no(429, "too many calls"),
        Name::Wepay => wepay::no(403, "THROTTLE_EXCEEDED", "APPLICATION_REQUEST_THROTTLE_EXCEEDED"),
        Name::Moyasar => Answer::of(429, "Retry later"),
        Name::Norce => norce::no(429, "too-many-requests"),
    };
    Answer { retry_after_ms, ..answer }
}

/// The credentials are not accepted.
pub fn stranger(provider: Name) -> Answer {
    match provider {
        Name::Bumper => bumper::no(401, "who are you?"),
        Name::Wepay => wepay::no(403, "NOT_AUTHORIZED", "UNKNOWN_APP"),
        Name::Moyasar => moyasar::no(401, "authentication_error"),
        Name::Norce => norce::no(401, "unauthorized"),
    }
}

/// A definite no without a reason.
pub fn refused(provider: Name) -> Answer {
    match provider {
        Name::Bumper => bumper::no(200, "not today"),
        Name::Wepay => wepay::no(400, "INVALID_PARAMS", "NOT_TODAY"),
        Name::Moyasar => moyasar::no(400, "invalid_request_error"),
        Name::Norce => norce::no(404, "payment-not-found"),
    }
}

/// The page of somebody in between, who says nothing about what happened.
pub fn gateway_page() -> Answer {
    Answer::of(502, "<html><body>Bad gateway</body></html>")
}

/// What the wire, or somebody on it, makes of an answer.
pub fn garbled(provider: Name, garble: Garble, answer: Answer) -> Answer {
    let cut = |answer: Answer| {
        let half = answer.body.len() / 2;
        Answer { body: answer.body.get(..half).unwrap_or_default().to_owned(), ..answer }
    };
    let changed = |body: Option<String>| match body {
        Some(body) => Answer { body, ..answer.clone() },
        None => cut(answer.clone()),
    };
    match garble {
        Garble::None => answer,
        Garble::Status500 => Answer { status: 500, ..answer },
        Garble::Cut => cut(answer),
        Garble::OddWord => changed(with_odd_word(&answer.body)),
        Garble::OtherEcho => Answer { body: answer.body.replace("\"p", "\"p9"), ..answer },
        Garble::OtherSum => changed(with_other_sum(&answer.body)),
        Garble::Misleading => match provider {
            Name::Bumper => Answer::of(403, "<html>Forbidden</html>"),
            Name::Wepay => {
                let reason = "CONCURRENT_UNIQUE_KEY_REQUEST_IS_PROCESSING";
                wepay::no(400, "INVALID_PARAMS", reason)
            }
            Name::Moyasar => moyasar::no(400, "api_connection_error"),
            // Order management answers anything, done or not (section 8).
            Name::Norce if answer.body.contains("paymentId") => norce::no(400, "klarna-error"),
            Name::Norce => Answer::of(202, ""),
        },
    }
}

fn with_odd_word(body: &str) -> Option<String> {
    let swap = |key: &str| {
        let (before, rest) = body.split_once(key)?;
        let (_, after) = rest.split_once('"')?;
        Some(format!("{before}{key}marinated\"{after}"))
    };
    swap("\"status\":\"").or_else(|| swap("\"state\":\""))
}

fn with_other_sum(body: &str) -> Option<String> {
    let key = ["\"total_amount\":", "\"amount\":"].into_iter().find(|key| body.contains(key))?;
    let (before, rest) = body.split_once(key)?;
    let other = if rest.trim_start_matches('"').starts_with('1') { "2" } else { "1" };
    let at = rest.find(|c: char| c.is_ascii_digit())?;
    let (quote, digits) = rest.split_at_checked(at)?;
    Some(format!("{before}{key}{quote}{other}{}", digits.get(1..)?))
}

/// The fields of a JSON object, each as its exact JSON; empty for anything else.
fn fields(json: &[u8]) -> BTreeMap<String, String> {
    let read: Result<BTreeMap<String, Box<RawValue>>, _> = serde_json::from_slice(json);
    let raw = |(key, value): (String, Box<RawValue>)| (key, value.get().to_owned());
    read.unwrap_or_default().into_iter().map(raw).collect()
}

fn text(fields: &BTreeMap<String, String>, key: &str) -> Option<String> {
    serde_json::from_str(fields.get(key)?).ok()
}

fn whole(fields: &BTreeMap<String, String>, key: &str) -> Option<i64> {
    fields.get(key)?.parse().ok()
}

fn inside(fields: &BTreeMap<String, String>, key: &str) -> BTreeMap<String, String> {
    fields.get(key).map(|raw| self::fields(raw.as_bytes())).unwrap_or_default()
}

/// Minor units of an amount in major units, with at most two decimals.
fn minor(text: &str) -> Option<i64> {
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 2 {
        return None;
    }
    let cents: i64 = format!("{decimals:0<2}").parse().ok()?;
    units.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// An amount in major units with two decimals.
fn major(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
