//! Bumper PayInStore. The facts are those of the reference page `bumper.md`; "section" and
//! `A-BUM-…` in these files mean its sections and its named assumptions.
//!
//! What to know before reading: every change carries a signature that never runs out (section
//! 3); a refund leaves no trace that could be read back (section 2.4); a raised total on a
//! payment the customer has signed only happens once the customer acts (section 7).

pub mod callback;
pub mod capability;
pub mod decode;
pub mod encode;
mod ordered;
pub mod sign;
pub mod status;
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
use crate::form::{self, AccountForm, Field, Limits};
use crate::request::{EncodeError, Target, WireRequest};
use crate::subject::{Subject, Warning};

/// Field name of the location's key, here and on the wire.
pub(crate) const API_KEY: &str = "api_key";

/// Field name of the signing secret; it never travels.
pub(crate) const SECRET: &str = "secret";

/// The codec.
pub struct Bumper;

impl Connector for Bumper {
    /// Section 1. The secret belongs to this api_key (A-BUM-13).
    fn secret_names(&self) -> SecretNames {
        SecretNames { needed: &[API_KEY, SECRET], further: &[] }
    }

    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// Section 1.
    fn account_form(&self) -> AccountForm {
        AccountForm {
            addresses: &[("live", "https://api.bumper.co"), ("test", "https://api.demo.bumper.co")],
            currencies: &[],
            usual: "GBP",
            starts: true,
        }
    }

    fn fields(&self, _account: &Account, kind: Kind) -> &'static [Field] {
        match kind {
            Kind::Start => {
                &[Field::Total, Field::Invoice, Field::Reference, Field::Email, Field::Items]
            }
            Kind::Adjust => &[Field::Total, Field::Invoice, Field::Items],
            Kind::Relabel => &[Field::Invoice],
            Kind::Refund | Kind::Cancel | Kind::Capture | Kind::Void => form::always(kind),
        }
    }

    fn limits(&self, _account: &Account, subject: &Subject<'_>, kind: Kind) -> Limits {
        capability::limits(subject, kind)
    }

    fn check_account(&self, _account: &Account) -> Result<(), AccountRefused> {
        Ok(())
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
        encode::encode(target, ask.command, ask.provider_ref, ask.baseline)
    }

    fn decode_send(&self, account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd {
        decode::decode_send(account, ask.command, ask.provider_ref, ask.baseline, end)
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

    fn callback(&self, target: &Target<'_>, heard: &Callback<'_>) -> Result<Hint, CallbackRefused> {
        callback::hint(target, heard)
    }
}
