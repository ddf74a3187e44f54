//! Norce Checkout. The facts are those of the reference page `norce.md`; "section" and `A-NOR-…`
//! in these files mean its sections and its named assumptions.
//!
//! What to know before reading: a payment lives in an order, and other programs (hooks) have a say
//! in every change of it (section 5); there is neither an idempotency key nor an ETag, so what is
//! sent is made from a reading right before and read again after (sections 5 and 10); money is
//! captured, refunded and cancelled by the payment's own adapter and for the whole amount only
//! (section 6). An account has one of two calling roles ([`setup::Role`]); answering Norce's own
//! call is [`inbound`].

pub mod capability;
pub mod decode;
pub mod encode;
pub mod inbound;
pub mod list;
pub mod patch;
pub mod setup;
mod shown;
pub mod status;
pub mod wire;
pub mod words;

use counterfoil_core::account::Account;
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use crate::account::{AccountRefused, SecretNames};
use crate::answer::ProbeEnd;
use crate::connector::{Ask, Connector};
use crate::form::{self, AccountForm, Field, Limits};
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};
use crate::subject::{Subject, Warning};

/// Field name of the static token (A-NOR-04), sent as `Bearer` and demanded of who calls us.
pub(crate) const TOKEN: &str = "token";

/// The codec.
pub struct Norce;

impl Connector for Norce {
    fn secret_names(&self) -> SecretNames {
        SecretNames { needed: &[TOKEN], further: &[] }
    }

    fn options(&self) -> &'static [&'static str] {
        &[setup::MERCHANT, setup::CHANNEL, setup::ROLE, setup::ADAPTER]
    }

    fn account_form(&self) -> AccountForm {
        AccountForm { addresses: &[], currencies: &[], usual: "SEK", starts: false }
    }

    fn fields(&self, account: &Account, kind: Kind) -> &'static [Field] {
        match (kind, setup::role(account)) {
            (Kind::Relabel, setup::Role::OrderApi) => &[Field::Reference, Field::Metadata],
            (Kind::Capture, setup::Role::OrderApi) => &[Field::Amount],
            (Kind::Relabel | Kind::Capture, setup::Role::AdapterCallback)
            | (Kind::Start | Kind::Adjust | Kind::Refund | Kind::Cancel | Kind::Void, _) => {
                form::always(kind)
            }
        }
    }

    /// Order management is for all of it or not at all (section 6).
    fn limits(&self, account: &Account, subject: &Subject<'_>, kind: Kind) -> Limits {
        let limits = form::stated(subject.facts, self.refundable(account, subject), kind);
        match kind {
            Kind::Refund | Kind::Capture => Limits { least: limits.most, ..limits },
            Kind::Start | Kind::Adjust | Kind::Relabel | Kind::Cancel | Kind::Void => limits,
        }
    }

    fn check_account(&self, account: &Account) -> Result<(), AccountRefused> {
        setup::check(account)
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
        capability::check(account, command, subject)
    }

    fn refundable(&self, account: &Account, subject: &Subject<'_>) -> Option<Money> {
        capability::refundable(account, subject)
    }

    fn repeat_safety(
        &self,
        account: &Account,
        command: &Command,
        _: Option<&Base>,
    ) -> RepeatSafety {
        capability::repeat_safety(account, command)
    }

    fn effect_in_words(&self, account: &Account, command: &Command, base: Option<&Base>) -> String {
        words::effect_in_words(account, command, base)
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

    fn decode_send(&self, account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
        decode::decode_send(account, ask, end)
    }

    fn encode_read(
        &self,
        target: &Target<'_>,
        provider_ref: &str,
        so_far: &[WireEnd],
    ) -> Result<Option<WireRequest>, EncodeError> {
        status::encode_read(target, provider_ref, so_far)
    }

    fn decode_read(
        &self,
        account: &Account,
        provider_ref: &str,
        ends: &[WireEnd],
        at: Moment,
    ) -> ReadEnd {
        status::decode_read(account, provider_ref, ends, at)
    }

    fn encode_effect(
        &self,
        target: &Target<'_>,
        effect_ref: &str,
    ) -> Result<WireRequest, EncodeError> {
        encode::encode_effect(target, effect_ref)
    }

    fn decode_effect(
        &self,
        account: &Account,
        effect_ref: &str,
        end: &WireEnd,
    ) -> Result<EffectState, ReadEnd> {
        decode::decode_effect(account, effect_ref, end)
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
}
