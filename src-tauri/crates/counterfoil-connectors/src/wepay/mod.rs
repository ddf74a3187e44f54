//! WePay Clear. The facts are those of the reference page `wepay.md`; "section" and `A-WEP-…` in
//! these files mean its sections and its named assumptions. Nothing was tried against a live
//! account, and whether one can be had today is not known (A-WEP-12).
//!
//! What to know before reading: every change carries a key under which WePay recognises a
//! repetition, as long as it is the same to the byte (section 6); an HTTP status alone says little,
//! the reason code decides (section 4); a refund is an object of its own that may still fail after
//! it was accepted (section 2.5); what the amounts of a payment are called is documented nowhere,
//! so that the account has to say it (A-WEP-01).
//!
//! Two assumptions of ours stand beside those of the page: A-WEP-13 (what WePay calls the source of
//! an rbit, and its moment) in [`encode`], A-WEP-14 (how a payment looks between its capture and
//! its completion) in [`status`].

pub mod capability;
pub mod decode;
pub mod effect;
pub mod encode;
pub mod list;
pub mod news;
pub mod profile;
pub mod status;
pub mod wire;
pub mod words;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, SendRecord, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use crate::account::{AccountRefused, SecretNames};
use crate::answer::ProbeEnd;
use crate::callback::Hint;
use crate::connector::{Ask, Connector};
use crate::form::{self, AccountForm, Field, Limits};
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};
use crate::subject::{Subject, Warning};

/// Field name of the application's id.
pub(crate) const APP_ID: &str = "app_id";

/// Field name of the application's token.
pub(crate) const APP_TOKEN: &str = "app_token";

/// The codec.
pub struct Wepay;

impl Connector for Wepay {
    /// Section 1.
    fn secret_names(&self) -> SecretNames {
        SecretNames { needed: &[APP_ID, APP_TOKEN], further: &[] }
    }

    fn options(&self) -> &'static [&'static str] {
        &profile::OPTIONS
    }

    /// Section 1.
    fn account_form(&self) -> AccountForm {
        AccountForm {
            addresses: &[
                ("live", "https://api.wepay.com"),
                ("test", "https://stage-api.wepay.com"),
            ],
            currencies: &profile::CURRENCIES,
            usual: "USD",
            starts: false,
        }
    }

    fn fields(&self, _account: &Account, kind: Kind) -> &'static [Field] {
        match kind {
            Kind::Adjust => &[Field::Total, Field::Items],
            Kind::Relabel => &[Field::Reference, Field::Metadata],
            Kind::Capture => &[Field::Amount, Field::At],
            Kind::Start | Kind::Refund | Kind::Cancel | Kind::Void => form::always(kind),
        }
    }

    fn limits(&self, account: &Account, subject: &Subject<'_>, kind: Kind) -> Limits {
        capability::limits(account, subject, kind)
    }

    fn check_account(&self, account: &Account) -> Result<(), AccountRefused> {
        profile::check_account(account)
    }

    fn offers(&self, account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
        capability::offers(account, subject)
    }

    fn check(
        &self,
        account: &Account,
        command: &Command,
        subject: Option<&Subject<'_>>,
    ) -> Result<Vec<Warning>, WhyNot> {
        capability::check(account, command, subject).map(|()| Vec::new())
    }

    fn refundable(&self, _account: &Account, subject: &Subject<'_>) -> Option<Money> {
        capability::refundable(subject)
    }

    fn repeat_safety(
        &self,
        _account: &Account,
        command: &Command,
        _baseline: Option<&Base>,
    ) -> RepeatSafety {
        capability::repeat_safety(command)
    }

    fn key_retention_ms(&self) -> i64 {
        capability::KEY_RETENTION_MS
    }

    fn effect_in_words(
        &self,
        _account: &Account,
        command: &Command,
        base: Option<&Base>,
    ) -> String {
        words::effect_in_words(command, base)
    }

    fn encode_look(
        &self,
        target: &Target<'_>,
        ask: &Ask<'_>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        encode::encode_look(target, ask)
    }

    fn encode(&self, target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError> {
        encode::encode(target, ask)
    }

    fn encode_again(
        &self,
        target: &Target<'_>,
        record: &SendRecord,
    ) -> Result<WireRequest, EncodeError> {
        wire::post_again(target, record)
    }

    fn decode_send(&self, _account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
        decode::decode_send(ask, end)
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
        _account: &Account,
        provider_ref: &str,
        ends: &[WireEnd],
        at: Moment,
    ) -> ReadEnd {
        status::decode_read(provider_ref, crate::answer::newest(ends), at)
    }

    fn encode_effect(
        &self,
        target: &Target<'_>,
        effect_ref: &str,
    ) -> Result<WireRequest, EncodeError> {
        effect::encode_effect(target, effect_ref)
    }

    fn decode_effect(
        &self,
        _account: &Account,
        effect_ref: &str,
        end: &WireEnd,
    ) -> Result<EffectState, ReadEnd> {
        effect::decode_effect(effect_ref, end)
    }

    fn encode_probe(&self, target: &Target<'_>) -> Result<WireRequest, EncodeError> {
        list::encode_probe(target)
    }

    fn decode_probe(&self, _account: &Account, end: &WireEnd) -> ProbeEnd {
        list::decode_probe(end)
    }

    fn encode_list(
        &self,
        target: &Target<'_>,
        query: &ListQuery<'_>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        list::encode_list(target, query).map(Some)
    }

    fn decode_list(&self, _account: &Account, end: &WireEnd, at: Moment) -> ListEnd {
        list::decode_list(end, at)
    }

    fn encode_news(
        &self,
        target: &Target<'_>,
        _since: Moment,
        cursor: Option<&str>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        news::encode_news(target, cursor).map(Some)
    }

    fn decode_news(&self, _account: &Account, end: &WireEnd) -> (Vec<Hint>, Option<String>) {
        news::decode_news(end)
    }
}
