//! What every provider's codec does. One folder implements it for one provider; the registry
//! ([`crate::of`]) is the only other place that names them all.

use counterfoil_core::account::Account;
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, SendRecord, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

use crate::account::{AccountRefused, SecretNames};
use crate::answer::ProbeEnd;
use crate::callback::{Callback, CallbackRefused, Hint};
use crate::form::{AccountForm, Field, Limits};
use crate::listing::{ListEnd, ListQuery};
use crate::request::{EncodeError, Target, WireRequest};
use crate::subject::{Subject, Warning};

/// A change as it is about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is asked for.
    pub command: &'a Command,
    /// The payment's reference at the provider; none for a start.
    pub provider_ref: Option<&'a str>,
    /// The reading right before sending; none for a start.
    pub baseline: Option<&'a Base>,
    /// The idempotency key of this change, the same at every attempt. A provider that knows no
    /// keys leaves it alone.
    pub key: &'a str,
    /// What [`Connector::encode_look`] brought, where it asked for anything. None in a preview.
    pub look: Option<&'a WireEnd>,
}

/// A provider's codec: functions of their arguments, without clock, network or memory.
///
/// What has a default here is a function that not every provider has.
pub trait Connector: Sync {
    /// The secrets of an account, as `account add` takes them.
    fn secret_names(&self) -> SecretNames;

    /// The settings (`--set key=value`) an account takes.
    fn options(&self) -> &'static [&'static str];

    /// What the form of a new account offers.
    fn account_form(&self) -> AccountForm {
        AccountForm { addresses: &[], currencies: &[], usual: "GBP", starts: false }
    }

    /// What can be filled in for this kind of change at this provider.
    fn fields(&self, _account: &Account, kind: Kind) -> &'static [Field] {
        crate::form::always(kind)
    }

    /// Between which amounts this kind of change may be on this payment.
    fn limits(&self, account: &Account, subject: &Subject<'_>, kind: Kind) -> Limits {
        crate::form::stated(subject.facts, self.refundable(account, subject), kind)
    }

    /// Checks what only this provider asks of an account: values of its settings, the currency.
    ///
    /// # Errors
    /// Says what is wrong.
    fn check_account(&self, account: &Account) -> Result<(), AccountRefused>;

    /// What may be asked for on a payment in its state: one row each for adjust, relabel, refund,
    /// cancel, capture and void, in this order.
    fn offers(&self, account: &Account, subject: &Subject<'_>) -> Vec<Offer>;

    /// Judges a command when it is asked for, and again on fresh facts before it is sent.
    /// `subject` is none only for a start. The warnings are shown and stop nothing.
    ///
    /// # Errors
    /// Why the provider cannot do it, or why it is not safe to ask.
    fn check(
        &self,
        account: &Account,
        command: &Command,
        subject: Option<&Subject<'_>>,
    ) -> Result<Vec<Warning>, WhyNot>;

    /// What is left to refund; none where this payment cannot be refunded in its state.
    fn refundable(&self, account: &Account, subject: &Subject<'_>) -> Option<Money>;

    /// What may be done again after a lost answer. `baseline` is the reading right before sending.
    fn repeat_safety(
        &self,
        account: &Account,
        command: &Command,
        baseline: Option<&Base>,
    ) -> RepeatSafety;

    /// How long the provider recognises an idempotency key, milliseconds.
    fn key_retention_ms(&self) -> i64 {
        0
    }

    /// What sending this will do, in plain English, for the preview.
    fn effect_in_words(&self, account: &Account, command: &Command, base: Option<&Base>) -> String;

    /// Makes the request whose answer the change is built from, where the kept facts are not
    /// enough; [`Ask::look`] is its end. It changes nothing at the provider.
    ///
    /// # Errors
    /// As [`Connector::encode`].
    fn encode_look(
        &self,
        _target: &Target<'_>,
        _ask: &Ask<'_>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        Ok(None)
    }

    /// Makes the request for a change. The same arguments make the same bytes, so the digest of a
    /// preview is the digest of the sending, unless the change is built from a look or carries its
    /// key, the id that it gets when it is stored.
    ///
    /// # Errors
    /// What is missing, or what the provider's format cannot carry. No request is made then.
    fn encode(&self, target: &Target<'_>, ask: &Ask<'_>) -> Result<WireRequest, EncodeError>;

    /// Makes the request of an earlier keyed attempt once more, to the byte.
    ///
    /// # Errors
    /// [`EncodeError::NotRepeatable`] where the provider knows no keys; a missing secret.
    fn encode_again(
        &self,
        _target: &Target<'_>,
        _record: &SendRecord,
    ) -> Result<WireRequest, EncodeError> {
        Err(EncodeError::NotRepeatable)
    }

    /// What the end of a sending means. Anything that is not a clear yes or a clear no is
    /// [`SendEnd::Unknown`].
    fn decode_send(&self, account: &Account, ask: &Ask<'_>, end: &WireEnd) -> SendEnd;

    /// Makes the next request of the reading of one payment, given the ends of those before; none
    /// once enough was heard.
    ///
    /// # Errors
    /// As [`Connector::encode`].
    fn encode_read(
        &self,
        target: &Target<'_>,
        provider_ref: &str,
        so_far: &[WireEnd],
    ) -> Result<Option<WireRequest>, EncodeError>;

    /// What a reading means; `at` becomes the moment of the facts. `ends` is never empty.
    fn decode_read(
        &self,
        account: &Account,
        provider_ref: &str,
        ends: &[WireEnd],
        at: Moment,
    ) -> ReadEnd;

    /// Makes the request that reads an accepted effect ([`SendEnd::Accepted`]).
    ///
    /// # Errors
    /// [`EncodeError::NotRepeatable`] where no effect of this provider has a life of its own.
    fn encode_effect(
        &self,
        _target: &Target<'_>,
        _effect_ref: &str,
    ) -> Result<WireRequest, EncodeError> {
        Err(EncodeError::NotRepeatable)
    }

    /// What the reading of an accepted effect means.
    ///
    /// # Errors
    /// The end of a reading that says nothing about it; never facts.
    fn decode_effect(
        &self,
        _account: &Account,
        _effect_ref: &str,
        _end: &WireEnd,
    ) -> Result<EffectState, ReadEnd> {
        let why = "this provider has no effects with a life of their own".to_owned();
        Err(ReadEnd::Unclear { why, retry_after_ms: None })
    }

    /// Makes a request that changes nothing and shows whether the credentials are accepted.
    ///
    /// # Errors
    /// As [`Connector::encode`].
    fn encode_probe(&self, target: &Target<'_>) -> Result<WireRequest, EncodeError>;

    /// What the end of a probe means.
    fn decode_probe(&self, account: &Account, end: &WireEnd) -> ProbeEnd;

    /// Makes the request for one page of the provider's payments; none where it cannot list.
    ///
    /// # Errors
    /// As [`Connector::encode`].
    fn encode_list(
        &self,
        _target: &Target<'_>,
        _query: &ListQuery<'_>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        Ok(None)
    }

    /// What a page of payments means; `at` becomes the moment of the facts.
    fn decode_list(&self, _account: &Account, _end: &WireEnd, _at: Moment) -> ListEnd {
        ListEnd::Unclear { why: "this provider cannot list payments".to_owned() }
    }

    /// Makes the request for one page of what the provider says has happened, newest first; none
    /// where it tells no news. `cursor` is that of the page before.
    ///
    /// # Errors
    /// As [`Connector::encode`].
    fn encode_news(
        &self,
        _target: &Target<'_>,
        _since: Moment,
        _cursor: Option<&str>,
    ) -> Result<Option<WireRequest>, EncodeError> {
        Ok(None)
    }

    /// Which payments a page of news is about, and the cursor of the next page. Hints to read
    /// again, never facts; an answer that cannot be read is no news.
    fn decode_news(&self, _account: &Account, _end: &WireEnd) -> (Vec<Hint>, Option<String>) {
        (Vec::new(), None)
    }

    /// Checks that a callback is the provider's and reads which payment it is about.
    ///
    /// # Errors
    /// [`CallbackRefused`]; the same for everybody whose proof does not hold.
    fn callback(
        &self,
        _target: &Target<'_>,
        _heard: &Callback<'_>,
    ) -> Result<Hint, CallbackRefused> {
        Err(CallbackRefused::NotOffered)
    }
}
