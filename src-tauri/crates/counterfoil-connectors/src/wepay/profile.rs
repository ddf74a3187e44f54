//! What an account has to say because WePay's pages do not: how the amounts of a payment are
//! called, and whether its cards are present.

use counterfoil_core::account::Account;
use counterfoil_core::capability::WhyNot;

use crate::account::AccountRefused;

/// Name of the object that holds the amounts of an update or a capture.
const OBJECT: &str = "amounts.object";
/// Name of the total inside it.
const TOTAL: &str = "amounts.total";
/// Name of the currency inside it.
const CURRENCY: &str = "amounts.currency";
/// Whether the payments of this account are made with the card present.
const CARD_PRESENT: &str = "card_present";

/// Every setting of an account.
pub(crate) const OPTIONS: [&str; 4] = [OBJECT, TOTAL, CURRENCY, CARD_PRESENT];

/// The settings without which no amount of a payment can be sent, for people.
pub const AMOUNT_SETTINGS: &str = "amounts.object, amounts.total and amounts.currency";

/// Currencies an account can be in: the third one WePay's pages hint at is nowhere named, and how
/// WePay counts one without decimals neither (A-WEP-10).
pub(crate) const CURRENCIES: [&str; 2] = ["USD", "CAD"];

/// Longest name of a field: far longer than any that WePay prints.
const MAX_NAME_CHARS: usize = 64;

/// Fields of an update that are documented and mean something else (section 2.1).
const TAKEN: [&str; 4] = ["capture_at", "custom_data", "rbits", "reference_id"];

/// What WePay calls the amounts of a payment, as an owner has confirmed it (A-WEP-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountNames<'a> {
    /// The object.
    pub object: &'a str,
    /// The total inside it, in minor units.
    pub total: &'a str,
    /// The currency inside it.
    pub currency: &'a str,
}

impl<'a> AmountNames<'a> {
    /// The names of an account.
    ///
    /// # Errors
    /// [`WhyNot::Unconfirmed`] while any of them is not set.
    pub fn of(account: &'a Account) -> Result<Self, WhyNot> {
        let name = |key| account.options.get(key).map(String::as_str);
        match (name(OBJECT), name(TOTAL), name(CURRENCY)) {
            (Some(object), Some(total), Some(currency)) => Ok(Self { object, total, currency }),
            (_, _, _) => Err(WhyNot::Unconfirmed { settings: AMOUNT_SETTINGS }),
        }
    }
}

/// True where the account says that its cards are present; not present is the stricter rule.
#[must_use]
pub fn card_present(account: &Account) -> bool {
    account.options.get(CARD_PRESENT).is_some_and(|value| value == "true")
}

/// See [`crate::Connector::check_account`].
///
/// # Errors
/// Another currency, a name that could not be a field's, only some of the names, or another word
/// than `true` or `false`.
pub fn check_account(account: &Account) -> Result<(), AccountRefused> {
    if !CURRENCIES.contains(&account.currency.code()) {
        return Err(AccountRefused::Currency { why: "WePay's are in USD or CAD" });
    }
    let names = [OBJECT, TOTAL, CURRENCY];
    let given = |name: &str| account.options.get(name);
    for name in names {
        check_name(name, given(name).map(String::as_str))?;
    }
    let set = names.iter().filter(|name| given(name).is_some()).count();
    if let Some(name) = names.into_iter().find(|name| set > 0 && given(name).is_none()) {
        let why = "is needed too: the three names count only together";
        return Err(AccountRefused::OptionBad { name, why });
    }
    if set > 0 && given(TOTAL) == given(CURRENCY) {
        let why = "has the same name as the total";
        return Err(AccountRefused::OptionBad { name: CURRENCY, why });
    }
    if given(OBJECT).is_some_and(|name| TAKEN.contains(&name.as_str())) {
        let why = "is the name of another field of WePay's";
        return Err(AccountRefused::OptionBad { name: OBJECT, why });
    }
    match given(CARD_PRESENT).map(String::as_str) {
        None | Some("true" | "false") => Ok(()),
        Some(_) => {
            Err(AccountRefused::OptionBad { name: CARD_PRESENT, why: "takes true or false" })
        }
    }
}

fn check_name(name: &'static str, value: Option<&str>) -> Result<(), AccountRefused> {
    let Some(value) = value else { return Ok(()) };
    let plain = value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain && !value.is_empty() && value.len() <= MAX_NAME_CHARS {
        return Ok(());
    }
    let why = "takes the name of a field: small letters and underscores";
    Err(AccountRefused::OptionBad { name, why })
}
