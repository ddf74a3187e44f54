//! Codecs: what is asked of a provider becomes bytes, what it answers becomes one of a few
//! meanings. Nothing here decides when to send or whether to send again.
//!
//! **What is absent:** no network, no clock, no disk, no keyring, no randomness, no async. Each
//! function is a function of its arguments; secrets are handed in and leave only in the request.
//!
//! **Where to start:** [`Connector`] says what a provider's codec does, [`of`] picks one. Then
//! [`bumper`], whose files ([`bumper::capability`], [`bumper::encode`], [`bumper::decode`] and so
//! on) have the same names for every provider. The facts are those of the provider's reference
//! page; its sections and assumption ids are cited where they are used.

pub mod account;
pub mod answer;
pub mod bumper;
pub mod callback;
pub mod connector;
pub mod form;
pub mod json;
pub mod listing;
pub mod moyasar;
pub mod norce;
pub mod request;
pub mod subject;
pub mod wepay;

use counterfoil_core::account::Provider;

pub use crate::account::{AccountRefused, SecretNames, check_account, check_secrets};
pub use crate::answer::ProbeEnd;
pub use crate::callback::{Callback, CallbackRefused, Hint};
pub use crate::connector::{Ask, Connector};
pub use crate::form::{AccountForm, Field, Limits};
pub use crate::listing::{ListEnd, ListQuery};
pub use crate::request::{EncodeError, Method, Secrets, Shown, Target, WireRequest};
pub use crate::subject::{Subject, Warning};

/// The codec of a provider: the one place that names them all.
#[must_use]
pub fn of(provider: Provider) -> &'static dyn Connector {
    match provider {
        Provider::Bumper => &bumper::Bumper,
        Provider::Wepay => &wepay::Wepay,
        Provider::Moyasar => &moyasar::Moyasar,
        Provider::Norce => &norce::Norce,
    }
}
