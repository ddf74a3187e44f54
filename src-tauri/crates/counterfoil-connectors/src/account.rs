//! Whether an account can be set up like this.

use std::net::IpAddr;

use counterfoil_core::account::{Account, Provider};
use thiserror::Error;
use url::{Host, Url};

use crate::request::Secrets;

/// The names of the secrets of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretNames {
    /// Those without which nothing can be asked.
    pub needed: &'static [&'static str],
    /// Those that may be there.
    pub further: &'static [&'static str],
}

/// Why an account cannot be set up like this. Stable kinds; the words are for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountRefused {
    /// The address cannot be the start of every request.
    #[error("the base URL {why}")]
    BaseUrl {
        /// What is wrong with it.
        why: &'static str,
    },
    /// This provider has no such setting.
    #[error("this provider has no setting {name:?}")]
    OptionUnknown {
        /// The setting.
        name: String,
    },
    /// A setting is missing or has a value it cannot have.
    #[error("the setting {name} {why}")]
    OptionBad {
        /// The setting.
        name: &'static str,
        /// What it takes.
        why: &'static str,
    },
    /// The provider's amounts in this currency are not known for certain.
    #[error("this provider's accounts cannot be in this currency: {why}")]
    Currency {
        /// Which it can be in.
        why: &'static str,
    },
    /// A secret is missing or empty.
    #[error("the secret {name} is missing or empty")]
    SecretMissing {
        /// Its field name.
        name: &'static str,
    },
    /// A secret this provider does not use, most likely a misspelt name.
    #[error("this provider has no secret named {name:?}")]
    SecretUnknown {
        /// The name as given.
        name: String,
    },
}

/// Checks where an account points and how it is set up; secrets are checked by
/// [`check_secrets`].
///
/// # Errors
/// Says what is wrong.
pub fn check_account(account: &Account) -> Result<(), AccountRefused> {
    check_base_url(&account.base_url).map_err(|why| AccountRefused::BaseUrl { why })?;
    let connector = crate::of(account.provider);
    let known = connector.options();
    match account.options.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(AccountRefused::OptionUnknown { name: name.clone() }),
        None => connector.check_account(account),
    }
}

/// Checks that exactly the secrets the provider needs are there. Their texts are not judged: a
/// secret is whatever the provider says it is.
///
/// # Errors
/// Names what is missing or what is too much.
pub fn check_secrets(provider: Provider, secrets: &Secrets) -> Result<(), AccountRefused> {
    let SecretNames { needed, further } = crate::of(provider).secret_names();
    let known = |name: &str| needed.contains(&name) || further.contains(&name);
    if let Some(name) = secrets.names().find(|name| !known(name)) {
        return Err(AccountRefused::SecretUnknown { name: name.to_owned() });
    }
    match needed.iter().find(|name| secrets.get(name).is_none_or(str::is_empty)) {
        Some(name) => Err(AccountRefused::SecretMissing { name }),
        None => Ok(()),
    }
}

/// The text itself is judged beside its parsed form: a parser forgives what a person would not.
fn check_base_url(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err("must not hold white space or backslashes");
    }
    let url = Url::parse(text).map_err(|_| "is not an address such as https://api.bumper.co")?;
    if text.contains(['?', '#']) {
        return Err("must end before the query");
    }
    if text.contains('@') {
        return Err("must not hold a name or a password");
    }
    if text.ends_with('/') {
        return Err("must not end with a slash");
    }
    if text.starts_with("https://") || (text.starts_with("http://") && is_loopback(&url)) {
        return Ok(());
    }
    Err("must begin with https:// (http:// only for this computer itself)")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
