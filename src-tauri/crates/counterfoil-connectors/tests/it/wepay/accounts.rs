//! Which accounts can be set up.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{AccountRefused, Connector, Secrets, check_account, check_secrets};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::money::Currency;

use super::{NAMES, account, bare_account, card_present, with_options};

#[test]
fn an_account_is_in_us_or_canadian_dollars() {
    let check = |code: &str, accepted: bool| {
        let currency = Currency::parse(code).expect("a known currency");
        let checked = check_account(&Account { currency, ..bare_account() });
        assert_eq!(checked.is_ok(), accepted, "{code}");
        let refused = matches!(checked, Err(AccountRefused::Currency { .. }));
        assert_eq!(refused, !accepted, "{code}");
    };
    check("USD", true);
    check("CAD", true);
    for other in ["GBP", "EUR", "JPY", "KWD", "MXN"] {
        check(other, false);
    }
}

#[test]
fn the_names_of_the_amounts_come_together_or_not_at_all() {
    let check = |options: &[(&str, &str)], wrong: Option<&str>| {
        let found = match check_account(&with_options(options)) {
            Ok(()) => None,
            Err(AccountRefused::OptionBad { name, .. }) => Some(name.to_owned()),
            Err(other) => Some(other.to_string()),
        };
        assert_eq!(found.as_deref(), wrong, "{options:?}");
    };
    check(&[], None);
    check(&NAMES, None);
    check(&NAMES[..1], Some("amounts.total"));
    check(&NAMES[..2], Some("amounts.currency"));
    check(&NAMES[1..], Some("amounts.object"));
    check(
        &[("amounts.object", "a"), ("amounts.total", "b"), ("amounts.currency", "b")],
        Some("amounts.currency"),
    );
    for taken in ["reference_id", "custom_data", "rbits", "capture_at"] {
        check(&[("amounts.object", taken), NAMES[1], NAMES[2]], Some("amounts.object"));
    }
    for bad in ["", "Amounts", "a b", "a\"b", "a.b", "ä", &"a".repeat(65)] {
        check(&[("amounts.object", bad), NAMES[1], NAMES[2]], Some("amounts.object"));
    }
    check(&[("card_present", "true")], None);
    check(&[("card_present", "false")], None);
    check(&[("card_present", "yes")], Some("card_present"));
    check(&[("merchant", "x")], Some("this provider has no setting \"merchant\""));
    assert_eq!(check_account(&account()).and(check_account(&card_present())), Ok(()));
}

#[test]
fn exactly_the_two_secrets_are_taken() {
    let check = |names: &[&str]| {
        let pairs = names.iter().map(|name| ((*name).to_owned(), "text".to_owned()));
        check_secrets(Provider::Wepay, &Secrets::from_pairs(pairs))
    };
    assert_eq!(Wepay.secret_names().needed, ["app_id", "app_token"]);
    assert_eq!(check(&["app_id", "app_token"]), Ok(()));
    assert_eq!(check(&["app_id"]), Err(AccountRefused::SecretMissing { name: "app_token" }));
    let unknown = AccountRefused::SecretUnknown { name: "token".to_owned() };
    assert_eq!(check(&["app_id", "app_token", "token"]), Err(unknown));
}
