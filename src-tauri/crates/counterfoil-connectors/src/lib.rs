//! Codecs: what is asked of a provider becomes bytes, what it answers becomes one of a few
//! meanings. Nothing here decides when to send or whether to send again.
//!
//! **What is absent:** no network, no clock, no disk, no keyring, no randomness, no async. Each
//! function is a function of its arguments; secrets are handed in and leave only in the request.
//!
//! **Where to start:** the functions below, which pick the provider and do nothing else; then
//! [`bumper`], whose files ([`bumper::capability`], [`bumper::encode`], [`bumper::decode`] and so
//! on) have the same names for every provider. The facts are those of the provider's reference
//! page; its sections and assumption ids are cited where they are used.

pub mod account;
pub mod answer;
pub mod bumper;
pub mod request;
pub mod subject;

use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{ReadEnd, SendEnd, WireEnd};
use counterfoil_core::capability::{Offer, RepeatSafety, WhyNot};
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::Base;

pub use crate::account::{AccountRefused, check_account, check_secrets};
pub use crate::answer::ProbeEnd;
pub use crate::request::{EncodeError, Method, Secrets, Shown, Target, WireRequest};
pub use crate::subject::{Subject, Warning};

/// The names of the secrets an account of this provider needs, as `account add` takes them.
#[must_use]
pub fn secret_names(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Bumper => bumper::SECRET_NAMES,
    }
}

/// The settings (`--set key=value`) an account of this provider takes.
#[must_use]
pub fn account_options(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Bumper => bumper::OPTIONS,
    }
}

/// What may be asked for on a payment in its state: one row each for adjust, relabel, refund,
/// cancel, capture and void, in this order.
#[must_use]
pub fn offers(account: &Account, subject: &Subject<'_>) -> Vec<Offer> {
    match account.provider {
        Provider::Bumper => bumper::capability::offers(subject),
    }
}

/// Judges a command when it is asked for, and again on fresh facts before it is sent.
/// `subject` is none only for a start. The warnings are shown and stop nothing.
///
/// # Errors
/// Why the provider cannot do it, or why it is not safe to ask.
pub fn check(
    account: &Account,
    command: &Command,
    subject: Option<&Subject<'_>>,
) -> Result<Vec<Warning>, WhyNot> {
    match account.provider {
        Provider::Bumper => bumper::capability::check(account, command, subject),
    }
}

/// What is left to refund; none where this payment cannot be refunded in its state.
#[must_use]
pub fn refundable(account: &Account, subject: &Subject<'_>) -> Option<Money> {
    match account.provider {
        Provider::Bumper => bumper::capability::refundable(subject),
    }
}

/// What may be done again after a lost answer. `baseline` is the reading right before sending.
#[must_use]
pub fn repeat_safety(
    account: &Account,
    command: &Command,
    baseline: Option<&Base>,
) -> RepeatSafety {
    match account.provider {
        Provider::Bumper => bumper::capability::repeat_safety(command, baseline),
    }
}

/// Makes the request for a command. The same arguments make the same bytes, so the digest of a
/// preview is the digest of the sending.
///
/// # Errors
/// What is missing, or what the provider's format cannot carry. No request is made then.
pub fn encode(
    target: &Target<'_>,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
) -> Result<WireRequest, EncodeError> {
    match target.account.provider {
        Provider::Bumper => bumper::encode::encode(target, command, provider_ref, baseline),
    }
}

/// Makes the request that reads one payment.
///
/// # Errors
/// As [`encode`].
pub fn encode_read(target: &Target<'_>, provider_ref: &str) -> Result<WireRequest, EncodeError> {
    match target.account.provider {
        Provider::Bumper => bumper::encode::encode_read(target, provider_ref),
    }
}

/// Makes a request that changes nothing and shows whether the credentials are accepted.
///
/// # Errors
/// As [`encode`].
pub fn encode_probe(target: &Target<'_>) -> Result<WireRequest, EncodeError> {
    match target.account.provider {
        Provider::Bumper => bumper::encode::encode_probe(target),
    }
}

/// What the end of a sending means. Anything that is not a clear yes or a clear no is
/// [`SendEnd::Unknown`].
#[must_use]
pub fn decode_send(
    account: &Account,
    command: &Command,
    provider_ref: Option<&str>,
    baseline: Option<&Base>,
    end: &WireEnd,
) -> SendEnd {
    match account.provider {
        Provider::Bumper => {
            bumper::decode::decode_send(account, command, provider_ref, baseline, end)
        }
    }
}

/// What the end of a reading means; `at` becomes the moment of the facts.
#[must_use]
pub fn decode_read(account: &Account, provider_ref: &str, end: &WireEnd, at: Moment) -> ReadEnd {
    match account.provider {
        Provider::Bumper => bumper::status::decode_read(account, provider_ref, end, at),
    }
}

/// What the end of a probe means.
#[must_use]
pub fn decode_probe(account: &Account, end: &WireEnd) -> ProbeEnd {
    match account.provider {
        Provider::Bumper => bumper::decode::decode_probe(end),
    }
}

/// What sending this will do, in plain English, for the preview.
#[must_use]
pub fn effect_in_words(account: &Account, command: &Command, base: Option<&Base>) -> String {
    match account.provider {
        Provider::Bumper => bumper::words::effect_in_words(command, base),
    }
}
