use counterfoil_connectors::ProbeEnd;
use counterfoil_connectors::bumper::decode::{decode_probe, decode_send};
use counterfoil_connectors::bumper::status::decode_read;
use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, PaymentState};
use counterfoil_core::screening::holds_card_number;

use crate::amount::{CURRENCIES, currency, is_exactly};
use crate::asked;
use crate::feed::Feed;
use crate::json::{self, Fields};

/// Statuses that the rules tell apart, and some beside them.
const STATUSES: [u16; 18] =
    [200, 201, 204, 299, 100, 199, 300, 302, 400, 401, 403, 404, 422, 429, 499, 500, 503, 599];

/// The reference asked about, where there is one.
const OURS: &str = "tok-1";

/// An answer of any bytes to any sending to Bumper, reading or probe. An effect is believed only
/// where a second reader of the same bytes finds a whole envelope that claims success and echoes
/// nothing but what was asked; a refusal only where the envelope says no; words that are kept are
/// short and hold nothing hidden and no card number.
pub fn answers(data: &[u8]) {
    let mut feed = Feed::new(data);
    let case = Case::read(&mut feed);
    let end = wire_end(feed);
    let reference = case.reference.then_some(OURS);
    let base = case.base.as_ref();
    let sent = decode_send(&case.account, &case.command, reference, base, &end);
    case.judge_send(&end, &sent);
    let at = Moment::from_millis(77);
    case.judge_read(&end, &decode_read(&case.account, OURS, &end, at));
    judge_probe(&end, &decode_probe(&end));
}

struct Case {
    account: Account,
    command: Command,
    reference: bool,
    base: Option<Base>,
}

impl Case {
    fn read(feed: &mut Feed<'_>) -> Self {
        let currency = currency(feed.pick(&CURRENCIES.map(|(code, _)| code)));
        let kind = feed.pick(&Kind::ALL);
        let command = asked::command_of(kind, currency, feed);
        let base = feed.maybe(|feed| asked::base(currency, feed));
        Self { account: asked::account(currency), command, reference: feed.flag(), base }
    }

    fn judge_send(&self, end: &WireEnd, sent: &SendEnd) {
        let heard = Heard::of(end);
        match sent {
            SendEnd::Applied { provider_ref, link } => {
                let data = heard.success().expect("an effect is believed without a success");
                assert!(self.echoes(&data), "believed an effect that was not asked for: {sent:?}");
                assert!(!self.must_doubt(&data), "believed what must be doubted: {sent:?}");
                assert_eq!(*provider_ref, self.started(&data), "another reference");
                assert!(link.is_none() || *link == text(&data, "redirect_url"), "{link:?}");
            }
            SendEnd::NeedsCustomer { redirect_url } => {
                let data = heard.success().expect("a link is believed without a success");
                assert!(self.echoes(&data), "believed a link that was not asked for: {sent:?}");
                assert_eq!(text(&data, "redirect_url").as_ref(), Some(redirect_url));
                assert!(redirect_url.starts_with("http"), "{redirect_url}");
            }
            SendEnd::Accepted { effect_ref } => {
                assert!(effect_ref.is_empty(), "Bumper accepts nothing that has a life of its own");
            }
            SendEnd::Refused { message } => heard.judge_no(message),
            SendEnd::RefusedForNow { message, retry_after_ms } => {
                heard.judge_not_now(message, *retry_after_ms);
            }
            SendEnd::CredentialsRefused { message } => heard.judge_credentials(message),
            SendEnd::NeverLeft { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
            SendEnd::Unknown { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
        }
    }

    /// Everything in the answer that speaks of money or of a payment is what was asked.
    fn echoes(&self, data: &Fields<'_>) -> bool {
        let currency = text(data, "currency").is_none_or(|c| c == self.account.currency.code());
        let amount = match text(data, "amount") {
            Some(amount) => self.expected(data).iter().any(|money| is_exactly(&amount, *money)),
            None => true,
        };
        let token = match (self.command.kind(), text(data, "token")) {
            (Kind::Start, token) => token.is_some_and(|token| !token.contains('&')),
            (Kind::Refund, None) => true,
            (_, token) => self.reference && token.as_deref() == Some(OURS),
        };
        currency && amount && token && readable(data, &["token", "amount", "currency"])
    }

    /// Amounts an answer may speak of; none means that any would be strange.
    fn expected(&self, data: &Fields<'_>) -> Vec<Money> {
        let before = self.base.as_ref().map(|base| base.amount);
        let links = json::field(data, "redirect_url").is_some();
        match &self.command {
            Command::Start { total, .. } => vec![*total],
            Command::Adjust { total, .. } if links => before.into_iter().chain([*total]).collect(),
            Command::Adjust { total, .. } => vec![*total],
            Command::Relabel { .. } => before.into_iter().collect(),
            Command::Refund { amount, .. } => vec![*amount],
            Command::Cancel { .. } | Command::Capture { .. } | Command::Void => Vec::new(),
        }
    }

    /// A success that still proves nothing.
    fn must_doubt(&self, data: &Fields<'_>) -> bool {
        let linked = json::field(data, "redirect_url").is_some_and(|raw| raw != "null");
        match &self.command {
            Command::Start { .. } | Command::Refund { .. } => false,
            Command::Adjust { total, .. } => linked || self.waits_for_customer(*total),
            Command::Relabel { .. } => linked || self.base.is_none(),
            Command::Cancel { .. } => text(data, "status").as_deref() != Some("cancelled"),
            Command::Capture { .. } | Command::Void => true,
        }
    }

    /// More than the customer may have signed for.
    fn waits_for_customer(&self, total: Money) -> bool {
        let Some(base) = &self.base else { return true };
        let signed = matches!(base.state, PaymentState::Paid | PaymentState::Unclear);
        signed && total.minor() > base.amount.minor()
    }

    fn started(&self, data: &Fields<'_>) -> Option<String> {
        (self.command.kind() == Kind::Start).then(|| text(data, "token")).flatten()
    }

    fn judge_read(&self, end: &WireEnd, read: &ReadEnd) {
        let heard = Heard::of(end);
        match read {
            ReadEnd::Facts(facts) => {
                let data = heard.success().expect("facts are believed without a success");
                assert!(text(&data, "token").is_none_or(|token| token == OURS));
                assert_eq!(facts.provider_ref, OURS);
                let amount = text(&data, "amount").expect("facts have an amount");
                assert!(is_exactly(&amount, facts.amount), "{amount} {}", facts.amount);
                assert_eq!(text(&data, "status").as_ref(), Some(&facts.provider_status));
                assert_eq!(facts.state, state(&facts.provider_status));
                assert_eq!(text(&data, "invoicenumber"), facts.invoice_number);
                for (name, limit) in
                    [("min_amount_allowed", facts.minimum), ("max_amount_allowed", facts.maximum)]
                {
                    let same = |text: &str| limit.is_some_and(|limit| is_exactly(text, limit));
                    assert!(text(&data, name).is_none_or(|text| same(&text)), "{name}");
                }
            }
            ReadEnd::NoSuchPayment { message } => heard.judge_no(message),
            ReadEnd::CredentialsRefused { message } => heard.judge_credentials(message),
            ReadEnd::Unreachable { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
            ReadEnd::Unclear { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
        }
    }
}

/// What a second reader makes of the bytes.
struct Heard<'a> {
    answer: Option<&'a WireAnswer>,
    envelope: Option<Fields<'a>>,
}

impl<'a> Heard<'a> {
    fn of(end: &'a WireEnd) -> Self {
        let answer = match end {
            WireEnd::Answer(answer) => Some(answer),
            WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => None,
        };
        Self { answer, envelope: answer.and_then(|answer| json::object_of_bytes(&answer.body)) }
    }

    fn status(&self) -> u16 {
        self.answer.map_or(0, |answer| answer.status)
    }

    fn says(&self, word: &str) -> bool {
        self.envelope.as_ref().is_some_and(|all| json::field(all, "success") == Some(word))
    }

    /// The data of an answer that claims success and has a status that does not contradict it.
    fn success(&self) -> Option<Fields<'a>> {
        let envelope = self.envelope.as_ref()?;
        let claims = self.says("true") && (200..300).contains(&self.status());
        let data = json::field(envelope, "data").and_then(json::object).unwrap_or_default();
        claims.then_some(data)
    }

    fn judge_no(&self, message: &str) {
        assert!(self.says("false"), "a refusal that nobody wrote");
        let definite = matches!(self.status(), 200..=299 | 400..=499);
        assert!(definite && !matches!(self.status(), 401 | 403 | 429), "{}", self.status());
        kept(message);
    }

    fn judge_not_now(&self, message: &str, retry_after_ms: Option<i64>) {
        assert_eq!(self.status(), 429);
        assert!(!self.says("true"), "a throttled success");
        assert_eq!(retry_after_ms, self.answer.and_then(|answer| answer.retry_after_ms));
        kept(message);
    }

    fn judge_credentials(&self, message: &str) {
        assert!(matches!(self.status(), 401 | 403), "{}", self.status());
        let envelope = self.envelope.as_ref().expect("a gateway's page says nothing");
        let silent = json::field(envelope, "success").is_none();
        assert!(silent || self.says("false"), "a refusal that claims success");
        kept(message);
    }
}

fn judge_probe(end: &WireEnd, probed: &ProbeEnd) {
    let heard = Heard::of(end);
    match probed {
        ProbeEnd::Ok => assert!(heard.success().is_some(), "accepted without a success"),
        ProbeEnd::CredentialsRefused { message } => {
            assert!(!heard.says("true"), "refused with a success");
            assert!(heard.envelope.is_some(), "a gateway's page says nothing");
            kept(message);
        }
        ProbeEnd::Unreachable { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
        ProbeEnd::Unclear { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
    }
}

/// A provider's words may be stored, logged and shown.
pub fn kept(words: &str) {
    assert!(words.chars().count() <= 200, "{} characters", words.chars().count());
    assert!(!words.chars().any(|c| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c)));
    assert!(!holds_card_number(words), "{words:?}");
    let hex = words.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(hex.unwrap_or(0) < 64, "a signature is kept: {words:?}");
}

pub fn wire_end(mut feed: Feed<'_>) -> WireEnd {
    let why = || "seen".to_owned();
    let choice = feed.byte();
    let status = match STATUSES.get(usize::from(choice)) {
        Some(status) => *status,
        None if choice == 254 => return WireEnd::NeverLeft { why: why() },
        None if choice == 255 => return WireEnd::Lost { why: why() },
        None => feed.short(),
    };
    let retry_after_ms = feed.maybe(Feed::bound);
    WireEnd::Answer(WireAnswer {
        status,
        body: feed.rest().to_vec(),
        retry_after_ms,
        correlation_id: None,
    })
}

/// A text as the pages mean it: missing, null and empty are none.
fn text(data: &Fields<'_>, name: &str) -> Option<String> {
    json::field(data, name).and_then(json::text_or_number).filter(|text| !text.is_empty())
}

/// True where none of these is a boolean, a list or an object.
fn readable(data: &Fields<'_>, names: &[&str]) -> bool {
    let plain = |raw: &str| raw == "null" || json::text_or_number(raw).is_some();
    names.iter().all(|name| json::field(data, name).is_none_or(plain))
}

fn state(word: &str) -> PaymentState {
    match word {
        "pending" => PaymentState::Open,
        "inprogress" => PaymentState::InProgress,
        "completed" | "complete" => PaymentState::Paid,
        "failed" => PaymentState::Failed,
        "cancelled" => PaymentState::Cancelled,
        _ => PaymentState::Unclear,
    }
}
