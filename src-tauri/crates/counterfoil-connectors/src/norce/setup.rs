//! How an account is set up: which of the two calling roles it has, for whom it speaks, and how a
//! payment is named (sections 1 and 2).

use counterfoil_core::account::Account;

use crate::account::AccountRefused;
use crate::request::{EncodeError, percent_encoded};

/// The setting that says for which merchant the account speaks (`x-merchant`).
pub const MERCHANT: &str = "merchant";
/// The setting that says for which channel (`x-channel`).
pub const CHANNEL: &str = "channel";
/// The setting that says which role the account has.
pub const ROLE: &str = "role";
/// The setting that names the adapter called in the role `adapter_callback`.
pub const ADAPTER: &str = "adapter";

/// Decimals of the only currencies that are known to be carried (A-NOR-12).
pub const DECIMALS: usize = 2;

/// Longest merchant, channel or adapter, in characters: longer ones are no names.
const MAX_NAME_CHARS: usize = 100;

/// The service that has no `update-payment` (section 3).
const WITHOUT_UPDATE: &str = "walley-adapter";

/// Whom the account calls (section 1). The third role, being the adapter that Norce calls, is in
/// [`super::inbound`]; an account of either role can have it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The Order service: the supported way, and the default.
    OrderApi,
    /// An adapter's callback, as Norce itself would call it: for adapters of one's own (A-NOR-02:
    /// off unless it is asked for).
    AdapterCallback,
}

/// The role of an account; what [`check`] refuses counts as the default.
#[must_use]
pub fn role(account: &Account) -> Role {
    match account.options.get(ROLE).map(String::as_str) {
        Some("adapter_callback") => Role::AdapterCallback,
        Some(_) | None => Role::OrderApi,
    }
}

/// A setting that must be there.
pub(crate) fn option<'a>(account: &'a Account, name: &'static str) -> Result<&'a str, EncodeError> {
    let missing = || EncodeError::Look(format!("the account has no setting {name}"));
    account.options.get(name).map(String::as_str).filter(|t| !t.is_empty()).ok_or_else(missing)
}

/// See [`crate::Connector::check_account`].
///
/// # Errors
/// The setting that is missing or cannot be, or the currency.
pub fn check(account: &Account) -> Result<(), AccountRefused> {
    let bad = |name, why| Err(AccountRefused::OptionBad { name, why });
    for name in [MERCHANT, CHANNEL] {
        if !account.options.get(name).is_some_and(|text| is_name(text)) {
            return bad(name, "is needed: 1 to 100 visible characters without spaces");
        }
    }
    let adapter = account.options.get(ADAPTER).map(String::as_str);
    match (account.options.get(ROLE).map(String::as_str), adapter) {
        (None | Some("order_api"), None) => {}
        (None | Some("order_api"), Some(_)) => {
            return bad(ADAPTER, "is only for role=adapter_callback");
        }
        (Some("adapter_callback"), Some(WITHOUT_UPDATE)) => {
            return bad(ADAPTER, "cannot be walley-adapter: it has no update-payment");
        }
        (Some("adapter_callback"), Some(name)) if is_service(name) => {}
        (Some("adapter_callback"), _) => {
            return bad(ADAPTER, "is needed: the service's name, such as klarna-adapter");
        }
        (Some(_), _) => return bad(ROLE, "must be order_api or adapter_callback"),
    }
    if account.currency.decimals() != DECIMALS {
        let why = "Norce's amounts are only known for currencies with two decimals";
        return Err(AccountRefused::Currency { why });
    }
    Ok(())
}

/// Goes into a header as it is.
fn is_name(text: &str) -> bool {
    let fits = (1..=MAX_NAME_CHARS).contains(&text.len());
    fits && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Goes into a path as it is.
fn is_service(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_NAME_CHARS).contains(&text.len()) && text.bytes().all(plain)
}

/// A payment's name: `ORDER_ID/PAYMENT_ID`. Both are opaque; they go into paths percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The order.
    pub order_id: &'a str,
    /// The payment in it.
    pub payment_id: &'a str,
}

impl<'a> Place<'a> {
    /// Reads the name.
    ///
    /// # Errors
    /// [`EncodeError::Look`] for what could not be asked about.
    pub fn read(provider_ref: &'a str) -> Result<Self, EncodeError> {
        let found = provider_ref.split_once('/').filter(|(order_id, payment_id)| {
            is_askable(order_id) && is_askable(payment_id) && !payment_id.contains('/')
        });
        let (order_id, payment_id) = found.ok_or_else(|| {
            let shape = "a payment of Norce is named ORDER_ID/PAYMENT_ID";
            EncodeError::Look(shape.to_owned())
        })?;
        Ok(Self { order_id, payment_id })
    }

    /// The name again.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.order_id, self.payment_id)
    }

    /// The order in the Order service (section 5, v1).
    #[must_use]
    pub fn order_path(&self) -> String {
        format!("{ORDERS}/{}", percent_encoded(self.order_id))
    }

    /// The payment in the Order service.
    #[must_use]
    pub fn payment_path(&self) -> String {
        format!("{}/payments/{}", self.order_path(), percent_encoded(self.payment_id))
    }

    /// Order management at an adapter (section 6).
    #[must_use]
    pub fn management_path(&self, service: &str, act: &str) -> String {
        format!(
            "/{service}/api/order/v1/orders/{}/payments/{}/{act}",
            percent_encoded(self.order_id),
            percent_encoded(self.payment_id)
        )
    }

    /// The callback of an adapter (section 3).
    #[must_use]
    pub fn callback_path(&self, service: &str) -> String {
        format!(
            "/{service}/api/checkout/v1/callback/orders/{}/payments/{}/update-payment",
            percent_encoded(self.order_id),
            percent_encoded(self.payment_id)
        )
    }
}

/// Orders in the Order service.
pub(crate) const ORDERS: &str = "/order/api/v1/checkout/orders";

/// A part of dots alone would be taken for a way up by whoever reads the path.
fn is_askable(id: &str) -> bool {
    !id.is_empty() && id.bytes().any(|byte| byte != b'.')
}
