use counterfoil_sandbox::EffectKind;
use serde_json::{Value, json};

use crate::till::{Till, text};

const WRONG: &str = r#"{"api_key":"K-wrong-canary","secret":"S-wrong-canary"}"#;

#[test]
fn an_account_shows_lengths_and_fingerprints_and_never_its_secrets() {
    let till = Till::ready().with_auditor();
    let url = till.sandbox.bumper().base_url;
    let add = format!("account add --name C --provider bumper --base-url {url}/ --currency GBP");
    till.owner(&add).stdin(&till.secrets()).refuses(3, "exists");
    let other = till.sandbox.bumper_other();
    let secrets = json!({ "api_key": other.api_key, "secret": other.secret }).to_string();
    let added = till.owner(&add).stdin(&secrets).exits(0);
    let length = other.secret.chars().count();
    assert!(text(&added["secrets"]["secret"]).contains(&length.to_string()), "{added}");
    assert!(added["account_id"].is_string());
    let listed = till.auditor("account list").exits(0);
    let names: Vec<_> = listed["accounts"].as_array().expect("a list").iter().collect();
    assert_eq!((names.len(), &names[1]["name"]), (2, &Value::from("C")));
    assert_eq!(till.owner("account test C").exits(0), json!({ "ok": true }));
    till.owner(&add).stdin(&secrets).refuses(3, "exists");
    till.owner("account remove C").exits(0);
    till.owner("account test C").refuses(8, "not_found");
}

#[test]
fn an_account_is_refused_with_what_is_wrong_and_nothing_of_stdin_is_repeated() {
    let till = Till::with_people();
    let check = |options: &str, stdin: &str| {
        let call = till.owner(&format!("account add --name B {options}")).stdin(stdin);
        let error = call.refuses(2, "bad_input");
        assert!(!error.to_string().contains("canary"), "{error}");
    };
    let bumper = "--provider bumper --base-url http://127.0.0.1:9";
    for stdin in [
        "",
        "S-canary",
        "[\"S-canary\"]",
        "{\"api_key\":\"K-canary\"}",
        "{\"api_key\":\"K-canary\",\"secret\":7}",
        "{\"api_key\":\"K-canary\",\"secret\":null}",
        "{\"api_key\":\"K-canary\",\"secret\":\"\"}",
        "{\"api_key\":\"K-canary\",\"secret\":\"S-canary\"} more canary",
        "{\"api_key\":\"K-canary\",\"secret\":\"S-canary\",\"other\":\"x-canary\"}",
    ] {
        check(bumper, stdin);
    }
    let huge = format!("{{\"api_key\":\"K-canary\",\"secret\":\"{}\"}}", "canary".repeat(100_000));
    check(bumper, &huge);
    check("--provider nobody --base-url https://api.bumper.co", WRONG);
    check("--provider bumper --base-url http://api.bumper.co", WRONG);
    check("--provider bumper --base-url ftp://127.0.0.1", WRONG);
    check("--provider bumper --base-url https://a:b@api.bumper.co", WRONG);
    check("--provider bumper --base-url nonsense", WRONG);
    check("--provider bumper --base-url https://api.bumper.co --currency XXXX", WRONG);
    check("--provider bumper --base-url https://api.bumper.co --set colour=red", WRONG);
    check("--provider bumper --base-url https://api.bumper.co --set colour", WRONG);
    assert_eq!(till.owner("account list").exits(0), json!({ "accounts": [] }));
}

#[test]
fn refused_credentials_pause_the_account_lose_nothing_and_a_rotation_sends_what_waited() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let change = till.adjust(&payment, "350.00");
    till.owner("account rotate B").stdin(WRONG).exits(0);
    till.owner("account test B").refuses(6, "credentials_refused");

    let report = till.sync(6);
    assert_eq!((&report["queued"], &report["attempts"]), (&1.into(), &0.into()));
    assert_eq!(report["paused_accounts"], json!(["B"]));
    assert_eq!(till.state(&change), "queued");
    let doctor = till.nobody("doctor").exits(0);
    assert!(doctor["accounts"][0]["paused"].is_string(), "{doctor}");
    till.sync(6);
    assert_eq!(till.effects(EffectKind::Update).len(), 0);

    till.owner("account rotate B").stdin("{\"secret\":1}").refuses(2, "bad_input");
    till.owner("account rotate B").stdin(&till.secrets()).exits(0);
    assert_eq!(till.owner("account test B").exits(0)["ok"], true);
    assert_eq!(till.sync(0)["applied"], 1);
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
}

#[test]
fn a_fresh_account_with_a_wrong_secret_fails_its_test() {
    let till = Till::with_people();
    let url = till.sandbox.bumper().base_url;
    let add = format!("account add --name B --provider bumper --base-url {url}");
    till.owner(&add).stdin(WRONG).exits(0);
    till.owner("account test B").refuses(6, "credentials_refused");
    till.owner("account rotate B").stdin(&till.secrets()).exits(0);
    till.owner("account test B").exits(0);
}

#[test]
fn an_account_with_payments_on_record_stays() {
    let till = Till::ready();
    till.open_payment();
    till.owner("account remove B").refuses(3, "not_allowed");
    till.owner("account test B").exits(0);
}
