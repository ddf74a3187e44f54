//! What each answer means: the tables of sections 2, 4, 5 and 7.

use counterfoil_connectors::ProbeEnd;
use counterfoil_connectors::bumper::status::state;
use counterfoil_core::answer::{ReadEnd, SendEnd, WireAnswer, WireEnd};
use counterfoil_core::command::Command;
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::{PaymentFacts, PaymentState};
use proptest::prelude::*;

use crate::support::{
    TOKEN, account, adjust, answer, base, cancel, decode_probe, decode_read, decode_send, gbp,
    one_of_each, refund, relabel, start,
};

const LINK: &str = "https://demo.bumper.co/sign/abc?x=1&y=%20";

fn send(command: &Command, state: PaymentState, status: u16, body: &str) -> SendEnd {
    let baseline = base(state);
    let end = answer(status, body.as_bytes());
    decode_send(&account(), command, Some(TOKEN), Some(&baseline), &end)
}

fn word(command: &Command, state: PaymentState, status: u16, body: &str) -> &'static str {
    send(command, state, status, body).word()
}

/// A success with this inside `data`.
fn yes(data: &str) -> String {
    format!(r#"{{"success":true,"message":"","data":{{{data}}}}}"#)
}

fn token() -> String {
    format!(r#""token":"{TOKEN}""#)
}

#[test]
fn an_end_without_an_answer_keeps_its_meaning() {
    let why = || "the line was down".to_owned();
    for command in one_of_each() {
        let decode = |end: &WireEnd| decode_send(&account(), &command, Some(TOKEN), None, end);
        let never = decode(&WireEnd::NeverLeft { why: why() });
        assert_eq!(never, SendEnd::NeverLeft { why: why() });
        let lost = decode(&WireEnd::Lost { why: why() });
        assert_eq!(lost, SendEnd::Unknown { why: why() });
    }
}

#[test]
fn what_is_no_clear_answer_is_unknown_for_every_command() {
    let no = r#"{"success":false,"message":"no"}"#;
    let good = yes(&format!(r#"{},"status":"cancelled""#, token()));
    let cases: Vec<(u16, String)> = vec![
        (500, no.to_owned()),
        (503, no.to_owned()),
        (500, good.clone()),
        (502, "<html>Bad Gateway</html>".to_owned()),
        (301, good.clone()),
        (302, no.to_owned()),
        (307, String::new()),
        (101, good.clone()),
        (600, no.to_owned()),
        (200, String::new()),
        (204, String::new()),
        (200, "   ".to_owned()),
        (200, "null".to_owned()),
        (200, "[]".to_owned()),
        (200, "true".to_owned()),
        (200, "{}".to_owned()),
        (200, r#"{"success":null}"#.to_owned()),
        (200, r#"{"success":1}"#.to_owned()),
        (200, r#"{"success":0}"#.to_owned()),
        (200, r#"{"success":"false","message":"no"}"#.to_owned()),
        (200, r#"{"succss":true}"#.to_owned()),
        (200, format!("{good}{good}")),
        (200, format!("{no}<html>")),
        (400, good.clone()),
        (404, "<html>Not Found</html>".to_owned()),
        (401, "<html>Log in</html>".to_owned()),
        (403, String::new()),
        (403, r#"{"success":"false"}"#.to_owned()),
        (401, good.clone()),
        (429, good),
    ];
    for command in one_of_each() {
        for (status, body) in &cases {
            let end = send(&command, PaymentState::Open, *status, body);
            assert_eq!(end.word(), "unknown", "{status} {body} {command:?}: {end:?}");
        }
    }
}

#[test]
fn a_definite_no_is_told_by_the_body_whatever_the_status_below_500() {
    let no = r#"{"message":"Token or preapproval token provided is Invalid.","success":false}"#;
    for command in one_of_each() {
        for status in [200, 201, 400, 404, 409, 422] {
            let message = "Token or preapproval token provided is Invalid.".to_owned();
            let end = send(&command, PaymentState::Open, status, no);
            assert_eq!(end, SendEnd::Refused { message }, "{status}");
        }
        for status in [401, 403] {
            assert_eq!(word(&command, PaymentState::Open, status, no), "credentials_refused");
            let bare = r#"{"detail":"Authentication credentials were not provided."}"#;
            assert_eq!(word(&command, PaymentState::Open, status, bare), "credentials_refused");
        }
        for body in [no, "<html>slow down</html>", "", "{}"] {
            let end = send(&command, PaymentState::Open, 429, body);
            assert!(
                matches!(end, SendEnd::RefusedForNow { retry_after_ms: Some(7_000), .. }),
                "{body}: {end:?}"
            );
        }
    }
}

#[test]
fn a_refusals_words_are_cleaned_masked_and_never_empty() {
    let check = |body: &str, expected: &str| {
        let message = expected.to_owned();
        let end = send(&cancel(), PaymentState::Open, 400, body);
        assert_eq!(end, SendEnd::Refused { message });
    };
    check(r#"{"success":false,"message":"a\u0007b\n"}"#, "ab");
    check(r#"{"success":false,"message":"card 4111111111111111"}"#, "card ••••••••••••••••");
    check(r#"{"success":false,"message":""}"#, "HTTP 400, Bumper gave no reason");
    check(r#"{"success":false}"#, "HTTP 400, Bumper gave no reason");
    check(r#"{"success":false,"message":{"a":1}}"#, "HTTP 400, Bumper gave no reason");
    let long = format!(r#"{{"success":false,"message":"{}"}}"#, "é".repeat(5_000));
    check(&long, &"é".repeat(200));
}

#[test]
fn an_update_is_applied_or_waits_for_the_customer_as_section_2_1_says() {
    let check = |state: PaymentState, total: &str, data: &str, expected: &str| {
        let end = send(&adjust(total), state, 200, &yes(data));
        assert_eq!(end.word(), expected, "{state:?} {total} {data}: {end:?}");
    };
    let (open, paid) = (PaymentState::Open, PaymentState::Paid);
    let bare = token();
    let linked = format!(r#"{bare},"redirect_url":"{LINK}""#);
    let null_link = format!(r#"{bare},"redirect_url":null"#);
    for total in ["250.00", "300.00", "350.00"] {
        check(open, total, &bare, "applied");
        check(PaymentState::InProgress, total, &bare, "applied");
        check(open, total, &null_link, "applied");
        // Signed since it was read: only the link tells.
        check(open, total, &linked, "needs_customer");
    }
    check(paid, "250.00", &bare, "applied");
    check(paid, "300.00", &bare, "applied");
    check(paid, "350.00", &linked, "needs_customer");
    check(paid, "350.00", &bare, "unknown");
    check(paid, "350.00", &null_link, "unknown");
    check(PaymentState::Unclear, "350.00", &bare, "unknown");
}

#[test]
fn the_page_where_the_customer_signs_is_handed_on_to_the_letter() {
    let body = yes(&format!(r#"{},"redirect_url":"{LINK}""#, token()));
    let redirect_url = LINK.to_owned();
    let end = send(&adjust("350.00"), PaymentState::Paid, 200, &body);
    assert_eq!(end, SendEnd::NeedsCustomer { redirect_url });
    let relabelled = word(&relabel("INV9"), PaymentState::Paid, 200, &body);
    assert_eq!(relabelled, "needs_customer");
    for bad in [
        r#""<url>""#,
        r#""""#,
        r#""ftp://demo.bumper.co/x""#,
        r#""javascript:alert(1)""#,
        r#""https://""#,
        r#"" https://demo.bumper.co""#,
        r#""https://demo.bumper.co/a b""#,
        r#""https://demo.bumper.co\t""#,
        r#""https:\\\\demo.bumper.co""#,
        r#""/sign/1""#,
        "true",
        "7",
        "{}",
    ] {
        let body = yes(&format!(r#"{},"redirect_url":{bad}"#, token()));
        for state in [PaymentState::Open, PaymentState::Paid] {
            assert_eq!(word(&adjust("350.00"), state, 200, &body), "unknown", "{bad}");
        }
    }
}

#[test]
fn an_echo_that_does_not_fit_is_never_applied() {
    let check = |command: Command, data: &str, expected: &str| {
        let end = send(&command, PaymentState::Open, 200, &yes(data));
        assert_eq!(end.word(), expected, "{command:?} {data}: {end:?}");
    };
    let with = |more: &str| format!("{},{more}", token());
    let other = r#""token":"CD2DD3B9AD2C4369A46E709295D13368""#;
    let gone = r#""status":"cancelled""#;
    for command in [adjust("350.00"), relabel("INV9"), refund("50.00")] {
        check(command.clone(), &token(), "applied");
        check(command.clone(), other, "unknown");
        check(command.clone(), r#""token":{}"#, "unknown");
        check(command.clone(), &with(r#""currency":"EUR""#), "unknown");
        check(command.clone(), &with(r#""currency":"GBP""#), "applied");
        check(command.clone(), &with(r#""amount":"7.00""#), "unknown");
        check(command, &with(r#""amount":"fifty""#), "unknown");
    }
    check(adjust("350.00"), &with(r#""amount":"350""#), "applied");
    check(adjust("350.00"), &with(r#""amount":350.000"#), "applied");
    check(adjust("350.00"), &with(r#""amount":"300.00""#), "unknown");
    check(relabel("INV9"), &with(r#""amount":"300.0""#), "applied");
    check(refund("50.00"), &with(r#""amount":"50.00""#), "applied");
    check(refund("50.00"), "", "applied");
    check(adjust("350.00"), "", "unknown");
    check(relabel("INV9"), "", "unknown");
    check(cancel(), &format!("{},{gone}", token()), "applied");
    check(cancel(), &format!("{other},{gone}"), "unknown");
    check(cancel(), gone, "unknown");
    check(cancel(), &token(), "unknown");
    check(cancel(), &with(r#""status":"canceled""#), "unknown");
    check(cancel(), &with(r#""status":"pending""#), "unknown");
}

#[test]
fn while_the_customer_must_sign_the_old_amount_may_be_echoed_too() {
    let check = |amount: &str, expected: &str| {
        let data = format!(r#"{},"amount":"{amount}","redirect_url":"{LINK}""#, token());
        let end = word(&adjust("350.00"), PaymentState::Paid, 200, &yes(&data));
        assert_eq!(end, expected, "{amount}");
    };
    check("300.00", "needs_customer");
    check("350.00", "needs_customer");
    check("320.00", "unknown");
}

#[test]
fn a_start_is_applied_only_with_a_token_that_can_be_used() {
    let sent = |data: &str| {
        let end = answer(200, yes(data).as_bytes());
        decode_send(&account(), &start("300.00"), None, None, &end)
    };
    let started = |link: Option<&str>| SendEnd::Applied {
        provider_ref: Some("9b35d922402f4c7cbad".to_owned()),
        link: link.map(str::to_owned),
    };
    let named = r#""token":"9b35d922402f4c7cbad""#;
    assert_eq!(sent(named), started(None));
    assert_eq!(sent(&format!(r#"{named},"redirect_url":"{LINK}""#)), started(Some(LINK)));
    assert_eq!(sent(&format!(r#"{named},"redirect_url":"<url>""#)), started(None));
    assert_eq!(sent(&format!(r#"{named},"amount":"300""#)), started(None));
    for bad in [
        "",
        r#""token":"""#,
        r#""token":null"#,
        r#""token":{}"#,
        r#""token":" x""#,
        r#""token":"a&b""#,
        r#""token":"a\nb""#,
        r#""token":"x","amount":"30.00""#,
    ] {
        assert_eq!(sent(bad).word(), "unknown", "{bad}");
    }
}

#[test]
fn order_of_keys_further_keys_and_repeated_keys_do_not_matter() {
    let body = format!(
        r#"{{"trace":[1,{{"a":[]}}],"data":{{"token":"x"}},
        "data":{{"z":1e400,"token":"y","token":"{TOKEN}"}},
        "success":false,"message":7,"success":true,"additional_data":{{"k":"v"}}}}"#
    );
    assert_eq!(word(&adjust("350.00"), PaymentState::Open, 200, &body), "applied");
}

#[test]
fn half_an_answer_is_never_believed() {
    let whole = yes(&format!(r#"{},"status":"cancelled","redirect_url":"{LINK}""#, token()));
    for length in 0..whole.len() {
        for command in one_of_each() {
            let end = word(&command, PaymentState::Open, 200, &whole[..length]);
            assert_eq!(end, "unknown", "{}", &whole[..length]);
        }
    }
}

#[test]
fn bumpers_words_for_the_state_are_ours_or_unclear() {
    let check = |word: &str, expected: PaymentState| assert_eq!(state(word), expected, "{word}");
    check("pending", PaymentState::Open);
    check("inprogress", PaymentState::InProgress);
    check("completed", PaymentState::Paid);
    check("complete", PaymentState::Paid);
    check("failed", PaymentState::Failed);
    check("cancelled", PaymentState::Cancelled);
    for unclear in ["error", "", "Completed", "canceled", "signed", "settled", "refunded"] {
        check(unclear, PaymentState::Unclear);
    }
}

fn read(status: u16, body: &str) -> ReadEnd {
    let end = answer(status, body.as_bytes());
    decode_read(&account(), TOKEN, &end, Moment::from_millis(42))
}

fn facts_of(data: &str) -> Option<PaymentFacts> {
    match read(200, &yes(data)) {
        ReadEnd::Facts(facts) => Some(*facts),
        ReadEnd::NoSuchPayment { .. }
        | ReadEnd::CredentialsRefused { .. }
        | ReadEnd::Unreachable { .. }
        | ReadEnd::Unclear { .. } => None,
    }
}

#[test]
fn a_reading_brings_the_facts_and_empty_texts_are_none() {
    let least = facts_of(r#""status":"pending","amount":"300.00""#).expect("enough to go by");
    assert_eq!((least.provider_ref.as_str(), least.amount), (TOKEN, gbp("300.00")));
    assert_eq!((least.minimum, least.maximum, least.invoice_number), (None, None, None));
    let data = r#""status":"complete","amount":2500,"invoicenumber":"","customer_reference":null,
        "payment_type":"paynow","min_amount_allowed":"","max_amount_allowed":3000.0,"new":[]"#;
    let facts = facts_of(data).expect("it can be read");
    assert_eq!((facts.state, facts.provider_status.as_str()), (PaymentState::Paid, "complete"));
    assert_eq!((facts.amount, facts.maximum), (gbp("2500.00"), Some(gbp("3000.00"))));
    assert_eq!((facts.invoice_number, facts.reference, facts.minimum), (None, None, None));
    assert_eq!(facts.payment_type.as_deref(), Some("paynow"));
    assert_eq!(facts.read_at, Moment::from_millis(42));
}

#[test]
fn a_reading_that_cannot_be_trusted_is_unclear() {
    for data in [
        "",
        r#""status":"pending""#,
        r#""amount":"300.00""#,
        r#""status":"","amount":"300.00""#,
        r#""status":7.5e1,"amount":true"#,
        r#""status":"pending","amount":"300.005""#,
        r#""status":"pending","amount":"-300.00""#,
        r#""status":"pending","amount":-300"#,
        r#""status":"pending","amount":3e2"#,
        r#""status":"pending","amount":"1,000.00""#,
        r#""status":"pending","amount":"99999999999999""#,
        r#""status":"pending","amount":"300.00","min_amount_allowed":"x""#,
        r#""status":"pending","amount":"300.00","token":"other""#,
        r#""status":"pending","amount":"300.00","invoicenumber":["INV"]"#,
    ] {
        assert_eq!(facts_of(data), None, "{data}");
    }
}

#[test]
fn a_reading_without_facts_says_what_it_was() {
    let no = r#"{"success":false,"message":"unknown token"}"#;
    let message = || "unknown token".to_owned();
    for status in [200, 400, 404] {
        assert_eq!(read(status, no), ReadEnd::NoSuchPayment { message: message() });
    }
    assert_eq!(read(401, no), ReadEnd::CredentialsRefused { message: message() });
    assert_eq!(read(403, no), ReadEnd::CredentialsRefused { message: message() });
    for (status, body) in [(500, no), (429, no), (302, no), (200, ""), (200, "<html>"), (404, "")] {
        let end = read(status, body);
        let unclear = matches!(end, ReadEnd::Unclear { retry_after_ms: Some(7_000), .. });
        assert!(unclear, "{status} {body}: {end:?}");
    }
    let why = || "no route".to_owned();
    let decode = |end| decode_read(&account(), TOKEN, &end, Moment::from_millis(0));
    let never = decode(WireEnd::NeverLeft { why: why() });
    assert_eq!(never, ReadEnd::Unreachable { why: why() });
    let lost = decode(WireEnd::Lost { why: why() });
    assert_eq!(lost, ReadEnd::Unclear { why: why(), retry_after_ms: None });
}

#[test]
fn a_probe_tells_good_credentials_from_bad_and_from_a_bad_line() {
    let probe = |end: &WireEnd| decode_probe(&account(), end);
    let products = br#"{"success":true,"data":{"products":[{"maximum_loan_amount":3000.0}]}}"#;
    assert_eq!(probe(&answer(200, products)), ProbeEnd::Ok);
    let no = br#"{"success":false,"message":"bad signature"}"#;
    let message = "bad signature".to_owned();
    for status in [200, 400, 401, 403] {
        let refused = ProbeEnd::CredentialsRefused { message: message.clone() };
        assert_eq!(probe(&answer(status, no)), refused);
    }
    for (status, body) in [(500, no.as_slice()), (429, no), (404, b"<html>"), (200, b"")] {
        assert!(matches!(probe(&answer(status, body)), ProbeEnd::Unclear { .. }), "{status}");
    }
    let why = "refused".to_owned();
    let never = probe(&WireEnd::NeverLeft { why: why.clone() });
    assert_eq!(never, ProbeEnd::Unreachable { why: why.clone() });
    assert_eq!(probe(&WireEnd::Lost { why: why.clone() }), ProbeEnd::Unclear { why });
}

#[test]
fn deep_nesting_is_survived() {
    let deep = format!(r#"{{"success":true,"data":{}"#, "[".repeat(200_000));
    assert_eq!(word(&adjust("350.00"), PaymentState::Open, 200, &deep), "unknown");
    let closed = format!("{deep}{}}}", "]".repeat(200_000));
    assert_eq!(word(&adjust("350.00"), PaymentState::Open, 200, &closed), "unknown");
}

/// Bytes that look enough like an answer to reach every branch.
fn nearly_an_answer() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just(format!("\"{TOKEN}\"")),
        Just("\"cancelled\"".to_owned()),
        Just(format!("\"{LINK}\"")),
        "[0-9.eE+-]{0,12}",
        "\"[ -~]{0,20}\"",
        "[\\{\\}\\[\\]\",:a-z]{0,8}",
    ];
    let names = ["token", "status", "amount", "redirect_url", "invoicenumber", "currency"];
    let pair = (prop::sample::select(names.to_vec()), value)
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(pair, 0..7).prop_map(|pairs| yes(&pairs.join(",")).into_bytes())
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(
        body in prop_oneof![any::<Vec<u8>>(), nearly_an_answer()],
        status in prop_oneof![Just(200u16), any::<u16>()],
        wait in any::<Option<i64>>(),
    ) {
        let end = WireEnd::Answer(WireAnswer {
            status,
            body,
            retry_after_ms: wait,
            correlation_id: None,
        });
        for command in one_of_each() {
            for baseline in [None, Some(base(PaymentState::Paid))] {
                let _ = decode_send(&account(), &command, Some(TOKEN), baseline.as_ref(), &end);
            }
        }
        let _ = decode_read(&account(), TOKEN, &end, Moment::from_millis(0));
        let _ = decode_probe(&account(), &end);
    }

    #[test]
    fn an_update_is_only_applied_when_the_payment_is_named(body in nearly_an_answer()) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let (retry_after_ms, correlation_id) = (None, None);
        let end = WireEnd::Answer(WireAnswer { status: 200, body, retry_after_ms, correlation_id });
        let baseline = base(PaymentState::Open);
        let sent = decode_send(&account(), &adjust("350.00"), Some(TOKEN), Some(&baseline), &end);
        if matches!(sent, SendEnd::Applied { .. }) {
            prop_assert!(text.contains(&token()), "{text}");
        }
    }
}
