//! An answer becomes a meaning (section 4). The reason code decides, not the HTTP status; what is
//! neither a clear yes nor a clear no is unknown.

use counterfoil_core::answer::{SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};
use counterfoil_core::reconcile::shows_effect;

use super::effect;
use super::status::{self, reason_words};
use crate::answer::tidy;
use crate::connector::Ask;
use crate::json::Object;

/// How long to wait where WePay throttles and does not say how long: its window (section 1,
/// A-WEP-06).
const THROTTLE_MS: i64 = 10_000;

/// What an answer says before anybody asks what it was about.
pub(crate) enum Heard {
    /// An object of WePay's.
    Yes(Object),
    /// A definite refusal.
    No(Refusal),
    /// Nothing happened; later something may.
    NotNow {
        /// WePay's words.
        message: String,
        /// How long to wait, milliseconds.
        retry_after_ms: Option<i64>,
    },
    /// The credentials are not accepted: nothing happened.
    Credentials {
        /// WePay's words.
        message: String,
    },
    /// It says neither yes nor no.
    Nothing {
        /// What was seen.
        why: String,
    },
}

/// A definite refusal.
pub(crate) struct Refusal {
    /// WePay's words.
    pub message: String,
    /// True where what was asked for cannot be found: 404, or the path was wrong.
    pub names_nothing: bool,
}

/// The error envelope of section 4.
struct Envelope {
    code: String,
    words: String,
    reasons: Vec<String>,
    target_types: Vec<String>,
}

impl Envelope {
    fn of(object: &Object) -> Option<Self> {
        let text = |object: &Object, field| object.text(field).ok().flatten();
        let details = object.objects("details").unwrap_or_default();
        let all = |field| details.iter().filter_map(|one| text(one, field)).collect::<Vec<_>>();
        Some(Self {
            code: text(object, "error_code")?,
            words: text(object, "error_message").unwrap_or_default(),
            reasons: all("reason_code"),
            target_types: all("target_type"),
        })
    }

    fn says(&self, word: &str) -> bool {
        self.code == word || self.reasons.iter().any(|reason| reason == word)
    }

    /// WePay's words, which are meant for people, with the codes its support asks for.
    fn message(&self) -> String {
        let codes = std::iter::once(&self.code).chain(&self.reasons);
        let codes = codes.map(String::as_str).collect::<Vec<_>>().join(".");
        let words = tidy(&self.words);
        tidy(&if words.is_empty() { codes } else { format!("{words} ({codes})") })
    }
}

/// Reads an answer with the table of section 4. A no counts only in WePay's own envelope; an
/// object with an error code beside a status of success contradicts itself.
pub(crate) fn hear(answer: &WireAnswer) -> Heard {
    let status = answer.status;
    let object = Object::read(&answer.body);
    let envelope = object.as_ref().and_then(Envelope::of);
    match (status, object, envelope) {
        (200..=299, Some(object), None) => Heard::Yes(object),
        (200..=299, Some(_), Some(_)) => {
            Heard::Nothing { why: format!("HTTP {status} with an error contradicts itself") }
        }
        (400..=499, Some(_), Some(envelope)) => refusal(answer, &envelope),
        (200..=299 | 400..=499, _, _) => {
            let what = if answer.body.is_empty() { "is empty" } else { "is none of WePay's" };
            Heard::Nothing { why: format!("HTTP {status}: the answer {what}") }
        }
        (_, _, _) => Heard::Nothing { why: format!("HTTP {status}: no answer that says anything") },
    }
}

/// A status beside a parsed envelope (A-WEP-07): 409 and 429 say by their definition that nothing
/// was done and that later it may be.
fn refusal(answer: &WireAnswer, envelope: &Envelope) -> Heard {
    let (status, message) = (answer.status, envelope.message());
    if envelope.says("CONCURRENT_UNIQUE_KEY_REQUEST_IS_PROCESSING") {
        let why = format!("WePay is still at the first request: {message}");
        return Heard::Nothing { why };
    }
    let throttled = status == 429
        || envelope.says("THROTTLE_EXCEEDED")
        || envelope.says("APPLICATION_REQUEST_THROTTLE_EXCEEDED");
    if throttled {
        let retry_after_ms = Some(answer.retry_after_ms.unwrap_or(THROTTLE_MS));
        return Heard::NotNow { message, retry_after_ms };
    }
    let later = status == 409
        || envelope.says("RESOURCE_CONFLICT")
        || envelope.says("POINT_OF_SALE_TRANSACTION_NOT_YET_PROCESSED");
    if later {
        return Heard::NotNow { message, retry_after_ms: answer.retry_after_ms };
    }
    if status == 401 || envelope.says("NOT_AUTHORIZED") {
        return Heard::Credentials { message };
    }
    let names_nothing =
        status == 404 || envelope.target_types.iter().any(|target| target == "HTTP_REQUEST_PATH");
    Heard::No(Refusal { message, names_nothing })
}

/// See [`crate::Connector::decode_send`].
#[must_use]
pub fn decode_send(ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return SendEnd::NeverLeft { why: why.clone() },
        WireEnd::Lost { why } => return unknown(why.clone()),
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(object) => accepted(ask, &object).unwrap_or_else(unknown),
        Heard::No(refusal) => SendEnd::Refused { message: refusal.message },
        Heard::NotNow { message, retry_after_ms } => {
            SendEnd::RefusedForNow { message, retry_after_ms }
        }
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::Nothing { why } => unknown(why),
    }
}

/// Why a success cannot be believed.
type Doubt = String;

/// A success, believed only where the returned object shows what was asked for.
fn accepted(ask: &Ask<'_>, object: &Object) -> Result<SendEnd, Doubt> {
    match ask.command {
        Command::Refund { amount, .. } => refunded(ask, object, *amount),
        Command::Cancel { .. } => {
            let now = payment_of(ask, object)?;
            shown(ask.command, &now).ok_or_else(|| left_as(&now))
        }
        Command::Capture { at: None, .. } => captured(ask, object),
        Command::Capture { at: Some(_), .. } | Command::Relabel { .. } => {
            let now = payment_of(ask, object)?;
            amount_stays(ask, &now)?;
            shown(ask.command, &now).ok_or_else(|| "WePay's answer shows other values".to_owned())
        }
        Command::Adjust { .. } => {
            let now = payment_of(ask, object)?;
            shown(ask.command, &now)
                .ok_or_else(|| format!("WePay's answer speaks of {}", now.amount))
        }
        Command::Start { .. } | Command::Void => {
            Err("WePay has no such function, yet it answered".to_owned())
        }
    }
}

/// The payment of the answer, which has to be ours.
fn payment_of(ask: &Ask<'_>, object: &Object) -> Result<PaymentFacts, Doubt> {
    let at = ask.baseline.map_or(Moment::from_millis(0), |base| base.read_at);
    let now = status::facts(object, at)?;
    if ask.provider_ref != Some(now.provider_ref.as_str()) {
        return Err("the answer is about another payment".to_owned());
    }
    Ok(now)
}

fn shown(command: &Command, now: &PaymentFacts) -> Option<SendEnd> {
    shows_effect(command, &Base::of(now)).then(applied)
}

fn amount_stays(ask: &Ask<'_>, now: &PaymentFacts) -> Result<(), Doubt> {
    match ask.baseline {
        Some(base) if base.amount != now.amount => {
            Err(format!("the answer speaks of {}, which was not asked for", now.amount))
        }
        Some(_) | None => Ok(()),
    }
}

/// A payment that is not completed yet may still fail: it is read until it is one or the other
/// (section 3, A-WEP-14).
fn captured(ask: &Ask<'_>, object: &Object) -> Result<SendEnd, Doubt> {
    let now = payment_of(ask, object)?;
    let asked = match ask.command {
        Command::Capture { amount, .. } => amount.or(ask.baseline.map(|base| base.amount)),
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Void => None,
    };
    if asked.is_some_and(|asked| asked != now.amount) {
        return Err(format!("the answer speaks of {}, which was not asked for", now.amount));
    }
    match now.state {
        PaymentState::Paid => Ok(applied()),
        PaymentState::Authorized | PaymentState::InProgress => {
            Ok(SendEnd::Accepted { effect_ref: effect::of_payment(&now.provider_ref) })
        }
        PaymentState::Failed => Ok(SendEnd::Refused { message: failed("capture", object) }),
        PaymentState::Open
        | PaymentState::Refunded
        | PaymentState::Cancelled
        | PaymentState::Unclear => Err(left_as(&now)),
    }
}

/// A refund is an object of its own: 200 says that there is one, its state what became of it
/// (section 2.5).
fn refunded(ask: &Ask<'_>, object: &Object, asked: Money) -> Result<SendEnd, Doubt> {
    let word = text(object, "status")?.unwrap_or_default();
    if word == "failed" {
        return Ok(SendEnd::Refused { message: failed("refund", object) });
    }
    let id = text(object, "id")?.ok_or("WePay did not name the refund")?;
    refund_fits(ask, object, asked)?;
    match word.as_str() {
        "completed" => Ok(applied()),
        "pending" => Ok(SendEnd::Accepted { effect_ref: id }),
        _ => Err(format!("the refund is {word:?}, which is not known here")),
    }
}

/// What the refund echoes; what it leaves out is no difference.
fn refund_fits(ask: &Ask<'_>, object: &Object, asked: Money) -> Result<(), Doubt> {
    let payment = object.object("payment").unwrap_or_default();
    let named = text(&payment, "id")?;
    if named.is_some_and(|id| ask.provider_ref != Some(id.as_str())) {
        return Err("the refund is of another payment".to_owned());
    }
    let reference = text(object, "reference_id")?;
    if reference.is_some_and(|reference| reference != ask.key) {
        return Err("the refund is another one".to_owned());
    }
    let amounts = object.object("amounts").unwrap_or_default();
    let code = text(&amounts, "currency")?;
    if code.is_some_and(|code| Currency::parse(&code) != Ok(asked.currency())) {
        return Err("the refund is in another currency".to_owned());
    }
    let total = amounts.minor("total_amount", asked.currency());
    match total.map_err(|_| "the refund's amount cannot be read")? {
        Some(total) if total != asked => {
            Err(format!("the refund is of {total}, which was not asked for"))
        }
        Some(_) | None => Ok(()),
    }
}

fn failed(what: &str, object: &Object) -> String {
    match reason_words(object) {
        Some(why) => format!("the {what} failed: {why}"),
        None => format!("the {what} failed; WePay gave no reason"),
    }
}

fn left_as(now: &PaymentFacts) -> Doubt {
    format!("WePay accepted the call and says that the payment is {}", tidy(&now.provider_status))
}

fn applied() -> SendEnd {
    SendEnd::Applied { provider_ref: None, link: None }
}

fn unknown(why: String) -> SendEnd {
    SendEnd::Unknown { why }
}

fn text(object: &Object, field: &'static str) -> Result<Option<String>, Doubt> {
    object.text(field).map_err(|what| format!("the answer's {} cannot be read", what.field))
}
