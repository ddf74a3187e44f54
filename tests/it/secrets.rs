//! Secrets and credentials: wrong ones, rotated ones, and that none is ever found anywhere.

use counterfoil_api::FaultCode;
use counterfoil_testkit::{CASHIER, OWNER, Station};
use serde_json::json;

#[test]
fn refused_credentials_pause_the_account_and_lose_nothing() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    let bumper = station.sandbox.bumper();
    let wrong = json!({"api_key": bumper.api_key, "secret": "not the secret"});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": wrong}));

    let report = station.sync();
    assert_eq!(report.paused_accounts, ["B"]);
    assert_eq!((station.state(&change).as_str(), report.queued), ("queued", 1));
    let fault = station.tries(OWNER, "account.test", json!({"account": "B"})).unwrap_err();
    assert_eq!(fault.code, FaultCode::CredentialsRefused);

    let right = json!({"api_key": bumper.api_key, "secret": bumper.secret});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": right}));
    station.does(OWNER, "account.test", json!({"account": "B"}));
    station.sync();
    assert_eq!(station.state(&change), "applied");
    assert_eq!(station.effects("update", &token), 1);
}

#[test]
fn a_secret_is_kept_exactly_and_only_its_length_and_fingerprint_are_shown() {
    let station = Station::open();
    let secret = "\" a secret that begins with a quote and ends with a blank ";
    let added = station.does(
        OWNER,
        "account.rotate",
        json!({"account": "B", "secrets": {"api_key": "key", "secret": secret}}),
    );
    let shown = added["secrets"]["secret"].as_str().unwrap().to_owned();
    assert!(shown.contains(&secret.len().to_string()), "{shown}");
    assert!(!added.to_string().contains("begins with"), "{added}");
}

#[test]
fn no_secret_is_found_in_any_file_of_the_till() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    station.asks(CASHIER, Station::adjust(&payment, "250.00"));
    station.sync();
    let bumper = station.sandbox.bumper();
    let mut searched = 0;
    for file in std::fs::read_dir(station.folder().join("till")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        searched += 1;
        for secret in [&bumper.secret, &bumper.api_key] {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "a secret stands in a file of the till");
        }
    }
    assert!(searched >= 2, "the database and its log were searched");
}

#[test]
fn one_set_of_credentials_makes_one_account() {
    let station = Station::open();
    let bumper = station.sandbox.bumper();
    let other = station.sandbox.bumper_other();
    let account = |name: &str, api_key: &str, secret: &str| {
        json!({"name": name, "provider": "bumper", "base_url": bumper.base_url, "options": {},
               "currency": null, "secrets": {"api_key": api_key, "secret": secret}})
    };
    let twin = account("Twin", &bumper.api_key, &bumper.secret);
    let fault = station.tries(OWNER, "account.add", twin).unwrap_err();
    assert_eq!((fault.code, fault.detail["account"].as_str()), (FaultCode::Exists, "B"));
    station.does(OWNER, "account.add", account("Other", &other.api_key, &other.secret));
}

#[test]
fn a_reading_refused_for_a_known_payment_speaks_of_the_credentials() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let wrong = json!({"api_key": station.sandbox.bumper().api_key, "secret": "not the secret"});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": wrong}));
    let refresh = json!({"payment": payment});
    let fault = station.tries(CASHIER, "payment.refresh", refresh).unwrap_err();
    assert_eq!(fault.code, FaultCode::CredentialsRefused);
}

#[test]
fn references_that_cannot_be_one_are_refused_before_anything_is_sent() {
    let station = Station::open();
    let before = station.sandbox.received_requests().len();
    for reference in ["", " ", "a b", "a&b", "a\nb", &"x".repeat(201)] {
        let track = json!({"account": "B", "provider_ref": reference});
        let fault = station.tries(CASHIER, "payment.track", track).unwrap_err();
        assert_eq!(fault.code, FaultCode::BadInput, "{reference:?}");
    }
    assert_eq!(station.sandbox.received_requests().len(), before);
}
