//! An answer becomes a meaning (sections 5 and 7). The body decides, not the HTTP status; what
//! is neither a clear yes nor a clear no is unknown.

use std::cmp::Ordering;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;
use url::Url;

use super::capability::is_increase_after_signing;
use super::sign;
use crate::answer::{ProbeEnd, tidy};
use crate::json::Object;

/// What an answer says before anybody asks what it was about.
pub(crate) enum Heard {
    /// `success: true`.
    Yes(Object),
    /// `success: false`: the only definite refusal there is.
    No {
        /// Bumper's words.
        message: String,
    },
    /// Throttled: nothing happened.
    NotNow {
        /// Bumper's words.
        message: String,
    },
    /// The credentials are not accepted: nothing happened.
    Credentials {
        /// Bumper's words.
        message: String,
    },
    /// It says neither yes nor no.
    Nothing {
        /// What was seen.
        why: String,
    },
}

/// Reads the envelope (section 1) with the rules of section 5.
///
/// No status but 200 is documented (A-BUM-01), so a status never makes a yes or a no by itself.
/// Beyond section 5: 429 says by its definition that the call was not carried out, whoever in
/// front of Bumper wrote its body; 401 and 403 with a JSON object that does not claim success say
/// so too, while an HTML page with such a status may come from anybody. `success: true` beside a
/// failing status contradicts itself and proves nothing.
pub(crate) fn hear(answer: &WireAnswer) -> Heard {
    let status = answer.status;
    if !matches!(status, 200..=299 | 400..=499) {
        return Heard::Nothing { why: format!("HTTP {status}: no answer from Bumper itself") };
    }
    let Some(envelope) = Object::read(&answer.body) else {
        return hear_without_json(answer);
    };
    let message = words_of(&envelope, status);
    let claims = envelope.has("success");
    match (envelope.flag("success"), status) {
        (Some(true), 200..=299) => Heard::Yes(envelope),
        (Some(true), _) => {
            Heard::Nothing { why: format!("HTTP {status} with a success contradicts itself") }
        }
        (_, 429) => Heard::NotNow { message },
        (Some(false), 401 | 403) => Heard::Credentials { message },
        (None, 401 | 403) if !claims => Heard::Credentials { message },
        (Some(false), _) => Heard::No { message },
        (None, _) => {
            Heard::Nothing { why: format!("HTTP {status}: the answer says neither yes nor no") }
        }
    }
}

fn hear_without_json(answer: &WireAnswer) -> Heard {
    let status = answer.status;
    if status == 429 {
        return Heard::NotNow { message: "HTTP 429: too many calls".to_owned() };
    }
    let what = if answer.body.is_empty() { "is empty" } else { "is no whole JSON object" };
    Heard::Nothing { why: format!("HTTP {status}: the answer {what}") }
}

/// Bumper's words, shown and never matched on (section 5).
fn words_of(envelope: &Object, status: u16) -> String {
    let said = envelope.text("message").ok().flatten().map(|words| tidy(&words));
    said.filter(|words| !words.is_empty())
        .unwrap_or_else(|| format!("HTTP {status}, Bumper gave no reason"))
}

/// See [`crate::Connector::decode_send`].
#[must_use]
pub fn decode_send(
    account: &Account,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
    end: &WireEnd,
) -> SendEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return SendEnd::NeverLeft { why: why.clone() },
        WireEnd::Lost { why } => return unknown(why),
        WireEnd::Answer(answer) => answer,
    };
    let asked = Asked { account, command, provider_ref, baseline };
    match hear(answer) {
        Heard::Yes(envelope) => accepted(&asked, &envelope).unwrap_or_else(|doubt| unknown(&doubt)),
        Heard::No { message } => SendEnd::Refused { message },
        Heard::NotNow { message } => {
            SendEnd::RefusedForNow { message, retry_after_ms: answer.retry_after_ms }
        }
        Heard::Credentials { message } => SendEnd::CredentialsRefused { message },
        Heard::Nothing { why } => unknown(&why),
    }
}

/// See [`crate::Connector::decode_probe`]. The probe's amount is fixed and within every documented
/// product, so that a definite no is taken for a no to its only other parts, key and signature;
/// Bumper's words are shown beside it.
#[must_use]
pub fn decode_probe(end: &WireEnd) -> ProbeEnd {
    let answer = match end {
        WireEnd::NeverLeft { why } => return ProbeEnd::Unreachable { why: why.clone() },
        WireEnd::Lost { why } => return ProbeEnd::Unclear { why: why.clone() },
        WireEnd::Answer(answer) => answer,
    };
    match hear(answer) {
        Heard::Yes(_) => ProbeEnd::Ok,
        Heard::No { message } | Heard::Credentials { message } => {
            ProbeEnd::CredentialsRefused { message }
        }
        Heard::NotNow { message: why } | Heard::Nothing { why } => ProbeEnd::Unclear { why },
    }
}

/// What an answer is held against.
struct Asked<'a> {
    account: &'a Account,
    command: &'a Command,
    provider_ref: Option<&'a str>,
    baseline: Option<&'a Base>,
}

/// Why a success cannot be believed.
type Doubt = String;

/// A success, believed only where all it echoes fits what was asked.
fn accepted(asked: &Asked<'_>, envelope: &Object) -> Result<SendEnd, Doubt> {
    let data = envelope.object("data").unwrap_or_default();
    currency_fits(asked, &data)?;
    match asked.command {
        Command::Start { total, .. } => started(asked, &data, *total),
        Command::Adjust { total, .. } => updated(asked, &data, Some(*total)),
        Command::Relabel { .. } => updated(asked, &data, asked.baseline.map(|base| base.amount)),
        Command::Refund { amount, .. } => refunded(asked, &data, *amount),
        Command::Cancel { .. } => cancelled(asked, &data),
        Command::Capture { .. } | Command::Void => {
            Err("Bumper has no such function, yet it answered".to_owned())
        }
    }
}

/// A start without its token is not recoverable (section 7), and a token that cannot be signed
/// could never be asked about. `redirect_url` is optional (section 2.5).
fn started(asked: &Asked<'_>, data: &Object, total: Money) -> Result<SendEnd, Doubt> {
    let token = text(data, "token")?.ok_or("Bumper did not name the new payment")?;
    sign::signable("token", &token).map_err(|_| "Bumper's name for the new payment is unusable")?;
    amount_fits(asked, data, &[total])?;
    let link = text(data, "redirect_url").ok().flatten().filter(|link| is_web_address(link));
    Ok(SendEnd::Applied { provider_ref: Some(token), link })
}

/// Cases 1 to 3 of section 2.1. Every documented answer names the token, so one without it is not
/// believed: an update can be read back, and the doubt costs one reading. Only the presence of
/// `redirect_url` tells that the customer must act, whatever the reading before said: the
/// payment may have been signed in between (section 7).
fn updated(asked: &Asked<'_>, data: &Object, total: Option<Money>) -> Result<SendEnd, Doubt> {
    token_fits(asked, data, Token::Required)?;
    if let Some(redirect_url) = redirect_url(data)? {
        let before = asked.baseline.map(|base| base.amount);
        amount_fits(asked, data, &total.into_iter().chain(before).collect::<Vec<_>>())?;
        return Ok(SendEnd::NeedsCustomer { redirect_url });
    }
    amount_fits(asked, data, &total.into_iter().collect::<Vec<_>>())?;
    match (asked.baseline, total) {
        (Some(base), Some(total)) if !is_increase_after_signing(base, total) => Ok(applied()),
        (Some(_), Some(_)) => {
            Err("Bumper accepted a higher total without saying where the customer signs".to_owned())
        }
        (None, _) | (_, None) => Err("there is no reading to compare the answer with".to_owned()),
    }
}

/// Both shapes of section 2.4: the older one has no `data` at all, so a token is held against
/// ours only where it is there.
fn refunded(asked: &Asked<'_>, data: &Object, back: Money) -> Result<SendEnd, Doubt> {
    token_fits(asked, data, Token::Optional)?;
    amount_fits(asked, data, &[back])?;
    Ok(applied())
}

/// The page prints token and status (section 2.3). The spelling is Bumper's own; another one is
/// a word that is not known, and a reading settles it.
fn cancelled(asked: &Asked<'_>, data: &Object) -> Result<SendEnd, Doubt> {
    token_fits(asked, data, Token::Required)?;
    match text(data, "status")?.as_deref() {
        Some("cancelled") => Ok(applied()),
        Some(_) | None => Err("Bumper accepted the call without saying cancelled".to_owned()),
    }
}

fn applied() -> SendEnd {
    SendEnd::Applied { provider_ref: None, link: None }
}

fn unknown(why: &str) -> SendEnd {
    SendEnd::Unknown { why: why.to_owned() }
}

/// Whether an answer has to name the payment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Required,
    Optional,
}

fn token_fits(asked: &Asked<'_>, data: &Object, token: Token) -> Result<(), Doubt> {
    match text(data, "token")? {
        Some(echo) if asked.provider_ref == Some(echo.as_str()) => Ok(()),
        Some(_) => Err("the answer is about another payment".to_owned()),
        None if token == Token::Optional => Ok(()),
        None => Err("the answer does not name the payment".to_owned()),
    }
}

/// No page prints an amount here; one that comes all the same must be one of `expected`.
fn amount_fits(asked: &Asked<'_>, data: &Object, expected: &[Money]) -> Result<(), Doubt> {
    let unreadable = |_| "the answer's amount cannot be read".to_owned();
    let Some(echo) = data.money("amount", asked.account.currency).map_err(unreadable)? else {
        return Ok(());
    };
    let same = |money: &Money| money.compare(echo) == Ok(Ordering::Equal);
    if expected.iter().any(same) {
        return Ok(());
    }
    Err(format!("the answer speaks of {echo}, which was not asked for"))
}

fn currency_fits(asked: &Asked<'_>, data: &Object) -> Result<(), Doubt> {
    match text(data, "currency")? {
        Some(code) if code != asked.account.currency.code() => {
            Err("the answer speaks of another currency".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

/// Where the customer must act. Missing or null: nobody must. Anything that is there and no
/// address of a page is a doubt, because its presence alone already means something.
fn redirect_url(data: &Object) -> Result<Option<String>, Doubt> {
    if !data.has("redirect_url") || data.is_null("redirect_url") {
        return Ok(None);
    }
    match text(data, "redirect_url")? {
        Some(address) if is_web_address(&address) => Ok(Some(address)),
        Some(_) | None => Err("the page where the customer signs has no usable address".to_owned()),
    }
}

/// The address is handed on exactly as received, so nothing that a parser would mend is let in.
fn is_web_address(text: &str) -> bool {
    let mended = text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    let web = text.starts_with("https://") || text.starts_with("http://");
    web && !mended && Url::parse(text).is_ok_and(|url| url.has_host())
}

fn text(data: &Object, field: &'static str) -> Result<Option<String>, Doubt> {
    data.text(field).map_err(|what| format!("the answer's {} cannot be read", what.field))
}
