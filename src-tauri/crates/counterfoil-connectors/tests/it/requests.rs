//! Every request as it is shown, and what stops one from being made.

use counterfoil_connectors::bumper::wire::amount_text;
use counterfoil_connectors::{EncodeError, Method, Secrets, Target, WireRequest};
use counterfoil_core::capability::WhyNot;
use counterfoil_core::command::Command;
use counterfoil_core::payment::PaymentState;
use serde_json::Value;

use crate::support::{
    API_KEY, SECRET, TOKEN, account, adjust, adjust_with, base, cancel, encode, encode_probe,
    encode_read, gbp, item, money, one_of_each, refund, relabel, request, secrets, start,
};

fn shown(command: &Command) -> counterfoil_connectors::Shown {
    request(command).expect("the command can be sent").shown
}

fn read_request() -> WireRequest {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    encode_read(&target, TOKEN).expect("a reading can be asked for")
}

fn probe_request() -> WireRequest {
    let (account, secrets) = (account(), secrets());
    encode_probe(&Target { account: &account, secrets: &secrets }).expect("a probe can be made")
}

fn full_start() -> Command {
    Command::Start {
        total: gbp("450.00"),
        invoice: Some("INV1234".to_owned()),
        reference: Some("26352".to_owned()),
        email: Some("user@dealer.example".to_owned()),
        items: vec![item("Tyre", 2, "150.00"), item("Fitting & balancing", 1, "150.00")],
    }
}

#[test]
fn each_request_is_shown_like_this() {
    insta::assert_json_snapshot!("start_with_everything", shown(&full_start()));
    insta::assert_json_snapshot!("start_with_a_total_only", shown(&start("300.00")));
    insta::assert_json_snapshot!("adjust", shown(&adjust("350.00")));
    let lines = vec![item("Brake pads", 2, "125.00")];
    let with_lines = adjust_with("250.00", Some("INV-9"), lines);
    insta::assert_json_snapshot!("adjust_with_invoice_and_lines", shown(&with_lines));
    let with_invoice = adjust_with("250.00", Some("INV-9"), Vec::new());
    insta::assert_json_snapshot!("adjust_with_invoice", shown(&with_invoice));
    insta::assert_json_snapshot!("relabel", shown(&relabel("INV-9")));
    insta::assert_json_snapshot!("cancel", shown(&cancel()));
    insta::assert_json_snapshot!("refund", shown(&refund("50.00")));
    insta::assert_json_snapshot!("status", read_request().shown);
    insta::assert_json_snapshot!("products", probe_request().shown);
}

#[test]
fn a_start_without_lines_gets_one_that_adds_up() {
    let check = |invoice: Option<&str>, expected: &str| {
        let command = Command::Start {
            total: gbp("12.30"),
            invoice: invoice.map(str::to_owned),
            reference: None,
            email: None,
            items: Vec::new(),
        };
        let request = request(&command).expect("it can be sent");
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let line = &body["product_description"][0];
        assert_eq!((&line["item"], &line["quantity"]), (&expected.into(), &"1".into()));
        assert_eq!(line["price"], "12.30");
    };
    check(None, "Payment");
    check(Some("INV-7"), "INV-7");
}

#[test]
fn a_relabelling_carries_the_amount_read_right_before_and_no_other() {
    let (account, secrets) = (account(), secrets());
    let target = Target { account: &account, secrets: &secrets };
    let mut now = base(PaymentState::Open);
    now.amount = gbp("275.50");
    let made = encode(&target, &relabel("INV-9"), Some(TOKEN), Some(&now)).expect("made");
    let body: Value = serde_json::from_slice(&made.body).expect("JSON");
    assert_eq!(body["amount"], "275.50");
    let blind = encode(&target, &relabel("INV-9"), Some(TOKEN), None);
    assert_eq!(blind, Err(EncodeError::BaselineMissing));
}

#[test]
fn the_same_command_makes_the_same_bytes_and_a_changed_one_others() {
    for command in one_of_each() {
        let (one, again) = (request(&command).expect("made"), request(&command).expect("made"));
        assert_eq!(one.body, again.body);
        assert_eq!(one.digest(), again.digest());
    }
    let (one, other) = (request(&adjust("350.00")), request(&adjust("350.01")));
    assert_ne!(one.expect("made").digest(), other.expect("made").digest());
}

#[test]
fn the_digest_is_the_sha_256_of_the_body() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(read_request().digest(), empty);
    assert!(read_request().body.is_empty());
    let mut made = request(&cancel()).expect("made");
    made.body = b"abc".to_vec();
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(made.digest(), abc);
}

#[test]
fn a_query_is_percent_encoded_to_the_letter_while_the_raw_token_is_signed() {
    let account = account();
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let secrets = Secrets::from_pairs([pair("api_key", "k +/?&=é"), pair("secret", SECRET)]);
    let target = Target { account: &account, secrets: &secrets };
    let read = encode_read(&target, "a/b c+d").expect("made");
    let signature = counterfoil_connectors::bumper::sign::signature(SECRET, "TOKEN=a/b c+d&");
    assert_eq!(
        read.url,
        format!(
            "https://api.demo.bumper.co/v2/status/?token=a%2Fb%20c%2Bd\
             &api_key=k%20%2B%2F%3F%26%3D%C3%A9&signature={signature}"
        )
    );
    assert_eq!(read.method, Method::Get);
}

#[test]
fn a_body_is_sent_to_the_base_url_and_the_path_with_its_slash() {
    let made = request(&adjust("350.00")).expect("made");
    assert_eq!(made.url, "https://api.demo.bumper.co/v2/update/");
    assert_eq!(made.method, Method::Post);
    let json = "application/json".to_owned();
    assert_eq!(made.headers, [("Content-Type", json.clone()), ("Accept", json)]);
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made() {
    let account = account();
    let check = |pairs: &[(&str, &str)], expected: &'static str| {
        let owned = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let secrets = Secrets::from_pairs(owned);
        let target = Target { account: &account, secrets: &secrets };
        let refused = EncodeError::SecretMissing { name: expected };
        assert_eq!(encode(&target, &cancel(), Some(TOKEN), None), Err(refused.clone()));
        assert_eq!(encode_read(&target, TOKEN), Err(refused.clone()));
        assert_eq!(encode_probe(&target), Err(refused));
    };
    check(&[], "api_key");
    check(&[("api_key", API_KEY)], "secret");
    check(&[("api_key", ""), ("secret", SECRET)], "api_key");
    check(&[("api_key", API_KEY), ("secret", "")], "secret");
    let secrets = secrets();
    let target = Target { account: &account, secrets: &secrets };
    for command in [adjust("350.00"), cancel(), refund("1.00")] {
        let refused = encode(&target, &command, None, Some(&base(PaymentState::Open)));
        assert_eq!(refused, Err(EncodeError::ReferenceMissing));
    }
    for command in [Command::Void, Command::Capture { amount: None, at: None }] {
        let refused = encode(&target, &command, Some(TOKEN), None);
        assert_eq!(refused, Err(EncodeError::Refused(WhyNot::NotOffered)));
    }
}

#[test]
fn a_text_the_signature_cannot_carry_makes_no_request() {
    for bad in ["", " INV", "INV ", "a&b", "a\nb", "a\u{0}b", &"x".repeat(101)] {
        for command in [relabel(bad), adjust_with("350.00", Some(bad), Vec::new())] {
            let refused = request(&command);
            let fits = matches!(
                refused,
                Err(EncodeError::Refused(WhyNot::TextNotCarried { field: "invoice", .. }))
            );
            assert!(fits, "{bad:?}: {refused:?}");
        }
    }
    let bad_token =
        encode_read(&Target { account: &account(), secrets: &secrets() }, "cd2d&AMOUNT=1.00");
    assert!(matches!(bad_token, Err(EncodeError::Refused(WhyNot::TextNotCarried { .. }))));
    let long_token = "0".repeat(300);
    assert!(encode_read(&Target { account: &account(), secrets: &secrets() }, &long_token).is_ok());
}

#[test]
fn amounts_have_exactly_two_decimals_whatever_the_currency() {
    let check = |text: &str, currency: &str, expected: Option<&str>| {
        assert_eq!(amount_text(money(text, currency)).as_deref(), expected, "{text} {currency}");
    };
    check("350", "GBP", Some("350.00"));
    check("0.05", "GBP", Some("0.05"));
    check("10000000000.00", "GBP", Some("10000000000.00"));
    check("500", "JPY", Some("500.00"));
    check("1.23", "KWD", Some("1.23"));
    check("1.234", "KWD", None);
}
