//! Secrets and credentials: wrong ones, rotated ones, and that none is ever found anywhere.

#![expect(
    clippy::unwrap_used,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::time::{Duration, Instant};

use counterfoil_api::FaultCode;
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
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

#[test]
fn rotated_credentials_sign_what_was_not_sent_and_leave_what_was_as_it_is() {
    let station = Station::open();
    let (sent, token) = station.payment("300.00", false);
    let (waiting, later) = station.payment("300.00", false);
    let first = station.asks(CASHIER, Station::adjust(&sent, "250.00"));
    station.sandbox.set_fault(FaultRule::on(Command::Update, FaultKind::ApplyThenDrop).once());
    station.sync();
    let before = station.change(&first)["attempts"].clone();
    assert_eq!(before.as_array().map(Vec::len), Some(1), "{before}");
    let second = station.asks(CASHIER, Station::adjust(&waiting, "240.00"));

    let bumper = station.sandbox.bumper();
    let wrong = json!({"api_key": bumper.api_key, "secret": "not the secret"});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": wrong}));
    assert_eq!(station.change(&first)["attempts"], before, "what was sent is as it was");
    station.sync();
    assert_eq!(station.state(&second), "queued", "the new credentials were used");
    let right = json!({"api_key": bumper.api_key, "secret": bumper.secret});
    station.does(OWNER, "account.rotate", json!({"account": "B", "secrets": right}));
    station.sync();
    assert_eq!(station.state(&second), "applied");
    assert_eq!(station.change(&first)["attempts"], before);
    assert_eq!((station.effects("update", &token), station.effects("update", &later)), (1, 1));
}

/// The keyring closes: others may read its file, so that it is not opened any more.
fn keyring(station: &Station, open: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if open { 0o600 } else { 0o644 };
    let vault = station.folder().join("vault");
    std::fs::set_permissions(vault, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_keyring_that_closes_pauses_sending_and_says_why_and_it_goes_on_by_itself() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", false);
    let draining = station.desk().drain_while_open();
    let wait_for = |change: &str, state: &str| {
        let until = Instant::now() + Duration::from_secs(60);
        while station.state(change) != state {
            assert!(Instant::now() < until, "{} and not {state}", station.change(change));
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let first = station.asks(CASHIER, Station::adjust(&payment, "290.00"));
    wait_for(&first, "applied");

    keyring(&station, false);
    let second = station.asks(CASHIER, Station::adjust(&payment, "280.00"));
    let until = Instant::now() + Duration::from_secs(20);
    let why = loop {
        let change = station.change(&second);
        let shown = station.does(CASHIER, "desk.show", json!({}));
        let why = format!("{} {}", change["last_error"], shown["line"]);
        if why.contains("0644") || Instant::now() > until {
            break why;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(why.contains("0644"), "the reason is shown: {why}");
    assert_eq!(station.state(&second), "queued");
    assert_eq!(station.effects("update", &token), 1, "nothing was sent meanwhile");

    keyring(&station, true);
    wait_for(&second, "applied");
    // Gone altogether, and back.
    let vault = station.folder().join("vault");
    std::fs::rename(&vault, station.folder().join("elsewhere")).unwrap();
    let third = station.asks(CASHIER, Station::adjust(&payment, "270.00"));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(station.state(&third), "queued");
    let _ = std::fs::remove_file(&vault);
    std::fs::rename(station.folder().join("elsewhere"), &vault).unwrap();
    wait_for(&third, "applied");
    draining.finish(station.carrier());
    assert_eq!(station.effects("update", &token), 3);
}
