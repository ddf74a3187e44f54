//! Which accounts can be set up.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::moyasar::wire::CURRENCIES;
use counterfoil_connectors::{AccountRefused, Connector, Secrets, check_account, check_secrets};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::command::Kind;

use super::{KEY, account, account_in};

#[test]
fn an_account_is_in_a_currency_whose_minor_unit_is_certain_and_in_no_other() {
    for code in CURRENCIES {
        assert_eq!(check_account(&account_in(code)), Ok(()), "{code}");
    }
    // No decimals; the vendor's table and ISO 4217 disagree; just not listed.
    for code in ["JPY", "KRW", "VND", "CZK", "PKR", "IQD", "IDR", "SEK", "JOD", "TND", "CHF"] {
        let refused = check_account(&account_in(code));
        assert!(matches!(refused, Err(AccountRefused::Currency { .. })), "{code}: {refused:?}");
    }
}

#[test]
fn an_account_takes_no_settings() {
    let mut account = account();
    account.options.insert("merchant".to_owned(), "x".to_owned());
    let refused = AccountRefused::OptionUnknown { name: "merchant".to_owned() };
    assert_eq!(check_account(&account), Err(refused));
}

#[test]
fn the_key_is_needed_and_the_secret_of_callbacks_may_be_there() {
    let check = |pairs: &[(&str, &str)]| {
        let owned = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        check_secrets(Provider::Moyasar, &Secrets::from_pairs(owned))
    };
    assert_eq!(check(&[("secret_key", KEY)]), Ok(()));
    assert_eq!(check(&[("secret_key", KEY), ("webhook_secret", "x")]), Ok(()));
    // What a key may do is for Moyasar to say (403), not for its first letters.
    assert_eq!(check(&[("secret_key", "pk_test_example")]), Ok(()));
    let missing = Err(AccountRefused::SecretMissing { name: "secret_key" });
    assert_eq!(check(&[("webhook_secret", "x")]), missing);
    assert_eq!(check(&[("secret_key", "")]), missing);
    let unknown = AccountRefused::SecretUnknown { name: "api_key".to_owned() };
    assert_eq!(check(&[("secret_key", KEY), ("api_key", "x")]), Err(unknown));
}

#[test]
fn the_form_of_an_account_offers_only_what_is_accepted() {
    let form = Moyasar.account_form();
    assert_eq!((form.currencies, form.starts), (CURRENCIES.as_slice(), false));
    for (name, address) in form.addresses {
        let account = Account { base_url: (*address).to_owned(), ..account() };
        assert_eq!(check_account(&account), Ok(()), "{name}");
    }
}

#[test]
fn a_form_asks_for_what_moyasar_takes() {
    let words = |kind| -> Vec<&str> {
        Moyasar.fields(&account(), kind).iter().map(|field| field.word()).collect()
    };
    assert_eq!(words(Kind::Relabel), ["description", "metadata"]);
    assert_eq!(words(Kind::Capture), ["amount"]);
    assert_eq!(words(Kind::Refund), ["amount", "reason", "note"]);
    assert_eq!(words(Kind::Void), [""; 0]);
}
