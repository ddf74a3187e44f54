//! Moyasar. The facts are those of the reference page `moyasar.md`; "section" and `A-MOY-…` in
//! these files mean its sections and its named assumptions.
//!
//! What to know before reading: an amount can never be changed (section 2.1), a capture of a part
//! releases the rest (section 2.3); there is no idempotency key and a refund has no id, only the
//! sum of all refunds moves (section 6); an answer to a change may be empty (A-MOY-01), so that
//! what a change did is believed only where an answer or a reading shows it.

pub mod callback;
pub mod capability;
pub mod decode;
pub mod encode;
pub mod list;
pub mod status;
pub mod texts;
pub mod wire;
pub mod words;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, SendEnd, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use crate::account::{AccountRefused, SecretNames};
use crate::answer::ProbeEnd;
use crate::callback::{Callback, CallbackRefused, Hint};
use crate::connector::{Ask, Connector};
use crate::form::{self, AccountForm, Field};
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};
use crate::subject::{Subject, Warning};

/// Field name of the key that may do everything (`sk_…`, section 1).
pub(crate) const SECRET_KEY: &str = "secret_key";

/// Field name of the secret that Moyasar repeats in its callbacks (section 8).
pub(crate) const WEBHOOK_SECRET: &str = "webhook_secret";

/// The one address there is: the key decides whether money is real (section 1).
const ADDRESS: &str = "https://api.moyasar.com/v1";

/// The codec.
pub struct Moyasar;

impl Connector for Moyasar {
    /// Section 1. Keys are not judged by their looks: a `pk_` key is answered with 403 by the
    /// probe, and then the account is paused with Moyasar's words. The second secret is needed
    /// only where callbacks are heard.
    fn secret_names(&self) -> SecretNames {
        SecretNames { needed: &[SECRET_KEY], further: &[WEBHOOK_SECRET] }
    }

    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    fn account_form(&self) -> AccountForm {
        AccountForm {
            addresses: &[("live", ADDRESS), ("test", ADDRESS)],
            currencies: &wire::CURRENCIES,
            usual: "SAR",
            starts: false,
        }
    }

    fn fields(&self, _account: &Account, kind: Kind) -> &'static [Field] {
        match kind {
            Kind::Relabel => &[Field::Description, Field::Metadata],
            Kind::Capture => &[Field::Amount],
            Kind::Start | Kind::Adjust | Kind::Refund | Kind::Cancel | Kind::Void => {
                form::always(kind)
            }
        }
    }

    fn check_account(&self, account: &Account) -> Result<(), AccountRefused> {
        wire::check_currency(account.currency)
    }

    fn offers(&self, _account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
        capability::offers(subject)
    }

    fn check(
        &self,
        account: &Account,
        command: &Command,
        subject: Option<&Subject<'_>>,
    ) -> Result<Vec<Warning>, WhyNot> {
        capability::check(account, command, subject)
    }

    fn refundable(&self, _account: &Account, subject: &Subject<'_>) -> Option<Money> {
        capability::refundable(subject)
    }

    fn repeat_safety(
        &self,
        _account: &Account,
        command: &Command,
        baseline: Option<&Base>,
    ) -> RepeatSafety {
        capability::repeat_safety(command, baseline)
    }

    fn effect_in_words(
        &self,
        _account: &Account,
        command: &Command,
        base: Option<&Base>,
    ) -> String {
        words::effect_in_words(command, base)
    }

    fn encode(&self, target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
        encode::encode(target, ask)
    }

    fn decode_send(&self, account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
        decode::decode_send(account, ask, end)
    }

    fn encode_read(
        &self,
        target: &Target<'_>,
        provider_ref: &str,
        so_far: &[WireEnd],
    ) -> Result<Option<WireRequest>, EncodeError> {
        so_far.is_empty().then(|| encode::encode_read(target, provider_ref)).transpose()
    }

    fn decode_read(
        &self,
        account: &Account,
        provider_ref: &str,
        ends: &[WireEnd],
        at: Moment,
    ) -> ReadEnd {
        status::decode_read(account, provider_ref, crate::answer::newest(ends), at)
    }

    fn encode_probe(&self, target: &Target<'_>) -> Result<WireRequest, EncodeError> {
        encode::encode_probe(target)
    }

    fn decode_probe(&self, _account: &Account, end: &WireEnd) -> ProbeEnd {
        decode::decode_probe(end)
    }

    fn encode_list(
        &self,
        target: &Target<'_>,
        query: &ListQuery<'_>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        list::encode_list(target, query).map(Some)
    }

    fn decode_list(&self, account: &Account, end: &WireEnd, at: Moment) -> ListEnd {
        list::decode_list(account, end, at)
    }

    fn encode_news(
        &self,
        target: &Target<'_>,
        since: Moment,
        cursor: Option<&str>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        list::encode_news(target, since, cursor).map(Some)
    }

    fn decode_news(&self, _account: &Account, end: &WireEnd) -> (Vec<Hint>, Option<String>) {
        list::decode_news(end)
    }

    fn callback(&self, target: &Target<'_>, heard: &Callback<'_>) -> Result<Hint, CallbackRefused> {
        callback::hint(target, heard)
    }
}
