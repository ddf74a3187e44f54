//! Which accounts can be set up.

use counterfoil_connectors::bumper::Bumper;
use counterfoil_connectors::{AccountRefused, Connector, Secrets, check_account, check_secrets};
use counterfoil_core::account::Provider;

use crate::support::{SECRET, account};

#[test]
fn a_base_url_is_https_or_this_computer_and_ends_before_the_path() {
    let accepted = |url: &str| {
        let mut account = account();
        account.base_url = url.to_owned();
        check_account(&account).is_ok()
    };
    for good in [
        "https://api.bumper.co",
        "https://api.demo.bumper.co:8443",
        "https://gateway.example/bumper",
        "http://127.0.0.1:8080",
        "http://127.8.0.1",
        "http://[::1]:9000",
        "http://localhost:9000",
        "http://127.0.0.1:8080/bumper",
    ] {
        assert!(accepted(good), "{good}");
    }
    for bad in [
        "",
        "api.bumper.co",
        "https://",
        "https://api.bumper.co/",
        "https://api.bumper.co?x=1",
        "https://api.bumper.co/v2#top",
        "https://user@api.bumper.co",
        "https://user:word@api.bumper.co",
        "http://api.bumper.co",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://10.0.0.1",
        "http://2130706434x",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        " https://api.bumper.co",
        "https://api.bumper.co\n",
        "https:\\\\api.bumper.co",
    ] {
        assert!(!accepted(bad), "{bad}");
    }
}

#[test]
fn a_bumper_account_takes_no_settings() {
    assert_eq!(Bumper.options(), [""; 0]);
    let mut account = account();
    assert_eq!(check_account(&account), Ok(()));
    account.options.insert("merchant".to_owned(), "x".to_owned());
    let refused = AccountRefused::OptionUnknown { name: "merchant".to_owned() };
    assert_eq!(check_account(&account), Err(refused));
}

#[test]
fn exactly_the_two_secrets_are_taken_and_never_trimmed() {
    assert_eq!(Bumper.secret_names().needed, ["api_key", "secret"]);
    let check = |pairs: &[(&str, &str)]| {
        let owned = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        check_secrets(Provider::Bumper, &Secrets::from_pairs(owned))
    };
    let missing = |name| Err(AccountRefused::SecretMissing { name });
    assert_eq!(check(&[("api_key", "k"), ("secret", SECRET)]), Ok(()));
    assert_eq!(check(&[("api_key", "k"), ("secret", " x ")]), Ok(()));
    assert_eq!(check(&[("secret", SECRET)]), missing("api_key"));
    assert_eq!(check(&[("api_key", "k"), ("secret", "")]), missing("secret"));
    let unknown = AccountRefused::SecretUnknown { name: "apikey".to_owned() };
    assert_eq!(check(&[("apikey", "k"), ("secret", SECRET)]), Err(unknown));
}
