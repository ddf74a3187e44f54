use counterfoil_connectors::bumper::capability::{check, offers, refundable, repeat_safety};
use counterfoil_connectors::bumper::encode::{encode, encode_probe, encode_read};
use counterfoil_connectors::bumper::words::effect_in_words;
use counterfoil_connectors::{Method, Secrets, Subject, Target, WireRequest, check_account};
use counterfoil_core::account::Account;
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Details, PaymentFacts};

use crate::amount::{CURRENCIES, currency, is_exactly};
use crate::asked;
use crate::callback::mac;
use crate::feed::Feed;
use crate::json::{self, Fields};

const KEY: &str = "canary-key-51";
/// Bumper's published secret begins with a double quote too.
const SECRET: &str = "\"canary-secret-51";
/// Fields that take no part in the signature (reference page, section 3).
const UNSIGNED: [&str; 5] =
    ["api_key", "signature", "product_description", "preferred_product_type", "additional_data"];

/// Anything staff may ask for, made into a request to Bumper. What the rules let pass can be
/// written; the same command makes the same bytes; the signature covers what is sent; what is shown
/// holds neither key nor signature; a refundable sum is never more than was paid.
pub fn requests(data: &[u8]) {
    let mut feed = Feed::new(data);
    let currency = currency(feed.pick(&CURRENCIES.map(|(code, _)| code)));
    let account = asked::account(currency);
    let kind = feed.pick(&Kind::ALL);
    let command = asked::command_of(kind, currency, &mut feed);
    let base = asked::base(currency, &mut feed);
    let reference = feed.word(&["tok-1", "a b+c/d?e#f%é", "", "x&y"]);
    let facts = facts(&base, feed.maybe(|feed| feed.word(&["paylater", "paynow", "card"])));
    let subject = Subject {
        facts: &facts,
        refunded_here: asked::owed(currency, &mut feed),
        now: Moment::from_millis(0),
        open_decrease: feed.flag(),
        open_refund: feed.flag(),
    };
    address(&mut feed, &account);
    let asked = Asked { account: &account, command: &command, base: &base, reference: &reference };
    asked.rules(&subject);
    if !data.windows(6).any(|window| window == b"canary") {
        asked.requests(&subject);
    }
}

struct Asked<'a> {
    account: &'a Account,
    command: &'a Command,
    base: &'a Base,
    reference: &'a str,
}

impl Asked<'_> {
    fn rules(&self, subject: &Subject<'_>) {
        assert_eq!(offers(subject).len(), 6);
        if let Some(left) = refundable(subject) {
            assert!((0..=self.base.amount.minor()).contains(&left.minor()), "{left}");
        }
        let _class = repeat_safety(self.command, Some(self.base));
        assert!(!effect_in_words(self.command, Some(self.base)).is_empty());
    }

    fn requests(&self, subject: &Subject<'_>) {
        let pairs = [("api_key", KEY), ("secret", SECRET)];
        let secrets =
            Secrets::from_pairs(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())));
        let target = Target { account: self.account, secrets: &secrets };
        let made = || encode(&target, self.command, Some(self.reference), Some(self.base));
        let may = check(self.account, self.command, Some(subject));
        let fits = !self.reference.is_empty()
            && self.reference.trim() == self.reference
            && !self.reference.chars().any(|c| c.is_control() || c == '&');
        if let (Ok(_), true) = (&may, fits) {
            assert!(made().is_ok(), "the rules let {:?} pass: {:?}", self.command, made());
        }
        if let Ok(request) = made() {
            assert!(made().as_ref() == Ok(&request), "the same command made other bytes");
            self.posted(&request);
        }
        if let Ok(request) = encode_read(&target, self.reference) {
            got(&request, &[("token", self.reference)]);
        }
        let probe = encode_probe(&target).expect("a probe needs nothing but secrets");
        got(&probe, &[("amount", "300.00")]);
    }

    fn posted(&self, request: &WireRequest) {
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.url, format!("{}{}", self.account.base_url, request.shown.path));
        let fields = json::object_of_bytes(&request.body).expect("a request is one JSON object");
        let said = |name: &str| json::field(&fields, name).and_then(json::said);
        assert_eq!(said("signature"), Some(hex::encode(mac(SECRET, &signed_text(&fields)))));
        assert_eq!(said("api_key").as_deref(), Some(KEY));
        if self.command.kind() != Kind::Start {
            assert_eq!(said("token").as_deref(), Some(self.reference));
        }
        if let Some(money) = self.moves() {
            let amount = said("amount").expect("money goes out as an amount");
            assert!(is_exactly(&amount, money), "{money} goes out as {amount}");
        }
        let signature = said("signature").unwrap_or_default();
        assert!(!request.shown.body.contains(&signature), "a signature is shown");
        hidden(request);
    }

    /// The amount that must be on the wire.
    fn moves(&self) -> Option<Money> {
        match self.command {
            Command::Start { total, .. } | Command::Adjust { total, .. } => Some(*total),
            Command::Relabel { .. } => Some(self.base.amount),
            Command::Refund { amount, .. } => Some(*amount),
            Command::Cancel { .. } | Command::Capture { .. } | Command::Void => None,
        }
        .filter(|money| money.minor() >= 0)
    }
}

fn got(request: &WireRequest, fields: &[(&str, &str)]) {
    let (address, query) = request.url.split_once('?').expect("a reading has a query");
    assert!(address.ends_with(&request.shown.path) && request.body.is_empty());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%&=_".contains(&byte);
    assert!(query.bytes().all(plain), "{query}");
    assert_eq!(query.matches('&').count(), fields.len() + 1, "{query}");
    let text: String =
        fields.iter().map(|(key, value)| format!("{}={value}&", key.to_uppercase())).collect();
    let signature = hex::encode(mac(SECRET, &text));
    assert!(query.ends_with(&format!("&signature={signature}")), "{query}");
    assert!(!request.shown.url.contains(&signature), "a signature is shown");
    hidden(request);
}

fn hidden(request: &WireRequest) {
    let shown = format!("{:?}{request:?}", request.shown);
    assert!(!shown.contains(KEY) && !shown.contains("canary-secret"), "a secret is shown: {shown}");
    let sent = [request.url.as_bytes(), &request.body];
    let secret = b"canary-secret";
    let travels = sent.iter().any(|part| part.windows(secret.len()).any(|w| w == secret));
    assert!(!travels, "the signing secret travels");
    let plain = |c: char| !c.is_control();
    assert!(request.headers.iter().all(|(_, value)| value.chars().all(plain)));
}

fn signed_text(fields: &Fields<'_>) -> String {
    let mut pairs: Vec<(String, String)> = fields
        .iter()
        .filter(|(key, _)| !UNSIGNED.contains(&key.as_str()))
        .map(|(key, raw)| (key.to_uppercase(), json::said(raw).expect("all fields are texts")))
        .collect();
    pairs.sort();
    pairs.into_iter().map(|(key, value)| format!("{key}={value}&")).collect()
}

fn facts(base: &Base, payment_type: Option<String>) -> PaymentFacts {
    PaymentFacts {
        provider_ref: "tok-1".to_owned(),
        state: base.state,
        provider_status: base.provider_status.clone(),
        amount: base.amount,
        invoice_number: base.invoice_number.clone(),
        reference: None,
        minimum: None,
        maximum: None,
        payment_type,
        refunded: None,
        details: Details::default(),
        read_at: Moment::from_millis(1),
    }
}

/// An address that is taken is one to which secrets may go.
fn address(feed: &mut Feed<'_>, account: &Account) {
    let base_url = feed.word(&["https://", "http://127.0.0.1:8080", "https://[::1]", "http://é"]);
    let account = Account { base_url, ..account.clone() };
    if check_account(&account).is_ok() {
        let url = &account.base_url;
        let local = ["http://localhost", "http://127.", "http://[::1]", "http://0"];
        let safe = url.starts_with("https://") || local.iter().any(|start| url.starts_with(start));
        assert!(safe, "{url:?}");
        assert!(!url.contains(['@', '?', '#', '\\', ' ', '\n']) && !url.ends_with('/'), "{url:?}");
    }
}
