//! A canary in each secret: nothing that can be printed sings it.

use counterfoil_connectors::{Secrets, Target, WireRequest};
use counterfoil_core::payment::PaymentState;
use serde_json::Value;

use crate::support::{TOKEN, account, base, encode, encode_probe, encode_read, one_of_each};

const KEY_CANARY: &str = "canary-api-key-7f3a";
const SECRET_CANARY: &str = "\"canary-secret-91bc";

fn canaries() -> Secrets {
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Secrets::from_pairs([pair("api_key", KEY_CANARY), pair("secret", SECRET_CANARY)])
}

fn every_request() -> Vec<WireRequest> {
    let (account, secrets) = (account(), canaries());
    let target = Target { account: &account, secrets: &secrets };
    let baseline = base(PaymentState::Open);
    let commands = one_of_each();
    let mut all: Vec<WireRequest> = commands
        .iter()
        .map(|command| encode(&target, command, Some(TOKEN), Some(&baseline)).expect("made"))
        .collect();
    all.push(encode_read(&target, TOKEN).expect("made"));
    all.push(encode_probe(&target).expect("made"));
    all
}

fn signature_in(request: &WireRequest) -> String {
    if let Some((_, signature)) = request.url.split_once("signature=") {
        return signature.to_owned();
    }
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    body["signature"].as_str().expect("a signature").to_owned()
}

#[test]
fn what_is_shown_or_printed_holds_no_secret_and_no_signature() {
    for request in every_request() {
        let signature = signature_in(&request);
        assert_eq!(signature.len(), 64);
        let shown = serde_json::to_string(&request.shown).expect("shown as JSON");
        let printed = [format!("{request:?}"), format!("{:?}", request.shown), shown];
        for text in printed {
            for secret in [KEY_CANARY, &SECRET_CANARY[1..], signature.as_str()] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

#[test]
fn the_signing_secret_travels_in_no_request() {
    for request in every_request() {
        let body = String::from_utf8(request.body.clone()).expect("UTF-8");
        assert!(!body.contains("canary-secret") && !request.url.contains("canary-secret"));
        assert!(body.contains(KEY_CANARY) || request.url.contains(KEY_CANARY));
    }
}

#[test]
fn an_address_that_is_shown_cannot_cancel_anything() {
    let (account, secrets) = (account(), canaries());
    let read = encode_read(&Target { account: &account, secrets: &secrets }, TOKEN).expect("made");
    assert!(read.url.contains(TOKEN) && !read.shown.url.contains(TOKEN));
}

#[test]
fn secrets_print_their_names_only() {
    let secrets = canaries();
    assert_eq!(format!("{secrets:?}"), r#"{"api_key": "•••", "secret": "•••"}"#);
    assert_eq!(secrets.get("secret"), Some(SECRET_CANARY));
    assert_eq!(secrets.get("other"), None);
    let account = account();
    let printed = format!("{:?}", Target { account: &account, secrets: &secrets });
    assert!(!printed.contains("canary"), "{printed}");
}
