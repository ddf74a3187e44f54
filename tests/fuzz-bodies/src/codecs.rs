use std::collections::BTreeMap;

use counterfoil_connectors::{Ask, Callback, ListEnd, ProbeEnd, Secrets, Target, of};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, WireEnd};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{Base, PaymentFacts};

use crate::amount::currency;
use crate::answers::{kept, wire_end};
use crate::asked;
use crate::feed::Feed;

/// What every secret of these accounts begins with.
const CANARY: &str = "canary-secret-";

/// An answer of any bytes to anything that any provider is asked. What holds for all of them: an
/// effect, facts and a page are believed only with a status of success, a no only without one of
/// a broken server, money is in a currency of the account's kind and never below zero, words that
/// are kept are short and plain, and a callback counts only with the proof that its secret makes.
pub fn codecs(data: &[u8]) {
    let mut feed = Feed::new(data);
    let case = Case::read(&mut feed);
    let headers = [("x-signature".to_owned(), feed.word(&["", "00", "zz"]))];
    let end = wire_end(feed);
    case.sent(&end);
    case.read_again(&end);
    case.listed(&end);
    case.heard(&headers, &end);
}

struct Case {
    account: Account,
    command: Command,
    base: Option<Base>,
    provider_ref: &'static str,
    secrets: Secrets,
}

impl Case {
    fn read(feed: &mut Feed<'_>) -> Self {
        let provider = feed.pick(&Provider::ALL);
        let (code, provider_ref, options): (_, _, &[(&str, &str)]) = match provider {
            Provider::Bumper => ("GBP", "tok-1", &[]),
            Provider::Wepay => ("USD", "pay-1", &[("card_present", "true")]),
            Provider::Moyasar => ("SAR", "760878ec-d1d3-5f72-9056-191683f55872", &[]),
            Provider::Norce if feed.flag() => {
                ("SEK", "o_1/p_1", &[("merchant", "m"), ("channel", "1")])
            }
            Provider::Norce => (
                "SEK",
                "o_1/p_1",
                &[
                    ("merchant", "m"),
                    ("channel", "1"),
                    ("role", "adapter_callback"),
                    ("adapter", "klarna-adapter"),
                ],
            ),
        };
        let currency = currency(code);
        let kind = feed.pick(&Kind::ALL);
        let pairs = options.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        let options: BTreeMap<String, String> = pairs.collect();
        let names = of(provider).secret_names();
        let names = names.needed.iter().chain(names.further);
        let secrets = names.map(|name| ((*name).to_owned(), format!("{CANARY}{name}")));
        Self {
            account: Account { provider, options, ..asked::account(currency) },
            command: asked::command_of(kind, currency, feed),
            base: feed.maybe(|feed| asked::base(currency, feed)),
            provider_ref,
            secrets: Secrets::from_pairs(secrets),
        }
    }

    fn sent(&self, end: &WireEnd) {
        let ask = Ask {
            command: &self.command,
            provider_ref: Some(self.provider_ref),
            baseline: self.base.as_ref(),
            key: "change-1",
            look: None,
        };
        let sent = of(self.account.provider).decode_send(&self.account, &ask, end);
        match &sent {
            SendEnd::Applied { .. } | SendEnd::Accepted { .. } | SendEnd::NeedsCustomer { .. } => {
                assert!(succeeded(end), "believed without a success: {sent:?}");
            }
            SendEnd::Refused { message }
            | SendEnd::RefusedForNow { message, .. }
            | SendEnd::CredentialsRefused { message } => {
                assert!(!is_broken(end), "a broken server said no: {sent:?}");
                kept(message);
            }
            SendEnd::NeverLeft { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
            SendEnd::Unknown { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
        }
    }

    fn read_again(&self, end: &WireEnd) {
        let connector = of(self.account.provider);
        let at = Moment::from_millis(77);
        for many in 1..=4 {
            let ends = vec![end.clone(); many];
            let read = connector.decode_read(&self.account, self.provider_ref, &ends, at);
            self.judge_read(end, &read);
        }
        match connector.decode_effect(&self.account, "refund-1", end) {
            Ok(EffectState::Failed { message }) => kept(&message),
            Ok(EffectState::Applied | EffectState::Pending) => assert!(succeeded(end)),
            Err(read) => assert!(!matches!(read, ReadEnd::Facts(_)), "facts of an effect"),
        }
        match connector.decode_probe(&self.account, end) {
            ProbeEnd::Ok => assert!(!is_broken(end), "accepted by a broken server"),
            ProbeEnd::CredentialsRefused { message } => kept(&message),
            ProbeEnd::Unreachable { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
            ProbeEnd::Unclear { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
        }
    }

    fn judge_read(&self, end: &WireEnd, read: &ReadEnd) {
        match read {
            ReadEnd::Facts(facts) => {
                assert!(succeeded(end), "facts without a success");
                assert_eq!(facts.provider_ref, self.provider_ref);
                self.judge_facts(facts);
            }
            ReadEnd::NoSuchPayment { message } | ReadEnd::CredentialsRefused { message } => {
                assert!(!is_broken(end), "a broken server said no");
                kept(message);
            }
            ReadEnd::Unreachable { .. } => assert!(matches!(end, WireEnd::NeverLeft { .. })),
            ReadEnd::Unclear { .. } => assert!(!matches!(end, WireEnd::NeverLeft { .. })),
        }
    }

    fn judge_facts(&self, facts: &PaymentFacts) {
        let sums = [Some(facts.amount), facts.refunded, facts.details.captured, facts.maximum];
        for sum in sums.into_iter().flatten() {
            assert!(sum.minor() >= 0, "{sum}");
            assert_eq!(sum.currency(), facts.amount.currency());
        }
        let account = Account { currency: facts.amount.currency(), ..self.account.clone() };
        assert!(of(account.provider).check_account(&account).is_ok(), "{}", facts.amount);
    }

    fn listed(&self, end: &WireEnd) {
        let connector = of(self.account.provider);
        match connector.decode_list(&self.account, end, Moment::from_millis(77)) {
            ListEnd::Page { payments, .. } => {
                assert!(succeeded(end), "a page without a success");
                payments.iter().for_each(|facts| self.judge_facts(facts));
            }
            ListEnd::CredentialsRefused { message } => kept(&message),
            ListEnd::Unreachable { .. } | ListEnd::Unclear { .. } => {}
        }
        let (hints, _) = connector.decode_news(&self.account, end);
        assert!(hints.iter().all(|hint| !hint.provider_ref.is_empty()));
    }

    /// Nobody can make the proof by chance: the secrets are not in the input.
    fn heard(&self, headers: &[(String, String)], end: &WireEnd) {
        let WireEnd::Answer(answer) = end else { return };
        let target = Target { account: &self.account, secrets: &self.secrets };
        let call = Callback { headers, body: &answer.body };
        let knows = answer.body.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        let taken = of(self.account.provider).callback(&target, &call);
        assert!(taken.is_err() || knows, "a callback without proof: {taken:?}");
    }
}

fn succeeded(end: &WireEnd) -> bool {
    matches!(end, WireEnd::Answer(answer) if (200..300).contains(&answer.status))
}

fn is_broken(end: &WireEnd) -> bool {
    match end {
        WireEnd::Answer(answer) => answer.status >= 500,
        WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => true,
    }
}
