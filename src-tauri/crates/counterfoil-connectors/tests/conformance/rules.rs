//! The rules, each over every provider.

use counterfoil_connectors::{Ask, Target, WireRequest};
use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, SendEnd, SendRecord, WireAnswer, WireEnd};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::Base;
use proptest::prelude::*;

use crate::houses::{CANARY, House, all};
use crate::walk::now;

/// In this order everywhere (see `Connector::offers`).
const OFFERED: [Kind; 6] =
    [Kind::Adjust, Kind::Relabel, Kind::Refund, Kind::Cancel, Kind::Capture, Kind::Void];

fn target(house: &House) -> Target<'_> {
    Target { account: &house.account, secrets: &house.secrets }
}

fn ask<'a>(house: &'a House, command: &'a Command, base: &'a Base) -> Ask<'a> {
    let provider_ref = Some(house.provider_ref);
    Ask { command, provider_ref, baseline: Some(base), key: "change-1", look: None }
}

fn answer(status: u16, body: &[u8]) -> WireEnd {
    let (retry_after_ms, correlation_id) = (None, None);
    WireEnd::Answer(WireAnswer { status, body: body.to_vec(), retry_after_ms, correlation_id })
}

#[test]
fn offers_are_six_rows_in_one_order_and_what_they_refuse_is_refused_however_it_is_asked() {
    for house in all() {
        house.each(|command, subject, _| {
            let offers = house.connector.offers(&house.account, subject);
            let kinds: Vec<Kind> = offers.iter().map(|offer| offer.kind).collect();
            assert_eq!(kinds, OFFERED, "{}", house.name);
            let row = offers.iter().find(|offer| offer.kind == command.kind());
            let row = row.expect("every kind on a payment has its row");
            let checked = house.connector.check(&house.account, command, Some(subject));
            if row.why_not.is_some() {
                assert!(checked.is_err(), "{}: {command:?} on {:?}", house.name, subject.facts);
            }
        });
    }
}

#[test]
fn nothing_without_an_amount_and_nothing_beyond_what_is_left_is_allowed() {
    for house in all() {
        house.each(|command, subject, _| {
            let checked = house.connector.check(&house.account, command, Some(subject));
            let amount = subject.facts.amount.minor();
            let left = house.connector.refundable(&house.account, subject);
            let named = format!("{}: {command:?} on {:?}", house.name, subject.facts);
            if let Some(left) = left {
                assert!((0..=amount).contains(&left.minor()), "{named}");
                let said = subject.facts.refunded.filter(|_| house.says_refunds);
                let back = said.map_or(0, |sum| sum.minor());
                assert!(left.minor() <= amount - back, "{named}");
            }
            let too_much = match command {
                Command::Refund { amount, .. } => {
                    !amount.is_positive() || amount.minor() > left.map_or(0, |sum| sum.minor())
                }
                Command::Adjust { total, .. } => !total.is_positive(),
                Command::Capture { amount: Some(part), .. } => part.minor() > amount * 12 / 10,
                Command::Start { .. }
                | Command::Relabel { .. }
                | Command::Cancel { .. }
                | Command::Capture { amount: None, .. }
                | Command::Void => false,
            };
            assert!(!(too_much && checked.is_ok()), "{named}");
        });
    }
}

#[test]
fn what_may_be_asked_for_can_be_written_always_alike_and_shows_no_secret() {
    for house in all() {
        let mut written = 0;
        house.each(|command, subject, base| {
            if house.connector.check(&house.account, command, Some(subject)).is_err() {
                return;
            }
            let made = || house.connector.encode(&target(&house), &ask(&house, command, base));
            let request = made().unwrap_or_else(|why| panic!("{}: {command:?}: {why}", house.name));
            assert!(made().as_ref() == Ok(&request), "{}: {command:?} differs", house.name);
            shows_nothing(&house, &request);
            written += 1;
        });
        assert!(written > 0, "{} offers nothing at all", house.name);
    }
}

fn shows_nothing(house: &House, request: &WireRequest) {
    let shown = format!("{:?} {request:?}", request.shown);
    assert!(!shown.contains(CANARY), "{}: {shown}", house.name);
    assert!(request.url.starts_with(&house.account.base_url), "{}", request.url);
    let plain = |text: &str| text.chars().all(|c| !c.is_control());
    assert!(request.headers.iter().all(|(_, text)| plain(text)), "{}", house.name);
}

#[test]
fn a_key_goes_out_where_the_provider_knows_keys_and_a_repetition_is_the_same_to_the_byte() {
    for house in all() {
        house.each(|command, subject, base| {
            let safety = house.connector.repeat_safety(&house.account, command, Some(base));
            let may = house.connector.check(&house.account, command, Some(subject)).is_ok();
            let made = house.connector.encode(&target(&house), &ask(&house, command, base));
            let (true, Ok(first)) = (may, made) else { return };
            if safety != RepeatSafety::WithKey && first.key.is_none() {
                return;
            }
            assert!(house.connector.key_retention_ms() > 0, "{}", house.name);
            assert_eq!(first.key.as_deref(), Some("change-1"), "{}: {command:?}", house.name);
            let record = SendRecord {
                method: first.method.as_str().to_owned(),
                path: first.shown.path.clone(),
                digest: first.digest(),
                key: first.key.clone(),
                body: Some(String::from_utf8(first.body.clone()).expect("a body is text")),
                at: now(),
            };
            let again = house.connector.encode_again(&target(&house), &record);
            assert!(again.as_ref() == Ok(&first), "{}: {command:?}: {again:?}", house.name);
        });
    }
}

#[test]
fn a_lost_answer_and_one_that_says_nothing_are_not_known_and_never_a_no() {
    let nothing: Vec<WireEnd> = [
        (500, &b""[..]),
        (502, b"<html>Bad gateway</html>"),
        (503, b"{}"),
        (504, b"timeout"),
        (302, b""),
        (200, b"<html>Welcome</html>"),
        (200, b"{\"half\": "),
        (400, b"<html>Bad request</html>"),
        (404, b""),
        (418, b"teapot"),
    ]
    .into_iter()
    .map(|(status, body)| answer(status, body))
    .chain([WireEnd::Lost { why: "reset".to_owned() }])
    .collect();
    for house in all() {
        let mut commands = house.commands();
        commands
            .retain(|command| matches!(command, Command::Refund { .. } | Command::Cancel { .. }));
        let facts = house.payments().remove(0);
        for command in &commands {
            let base = Base::of(&facts);
            let decode = |end: &WireEnd| {
                house.connector.decode_send(&house.account, &ask(&house, command, &base), end)
            };
            for end in &nothing {
                let sent = decode(end);
                let unknown = matches!(sent, SendEnd::Unknown { .. });
                assert!(unknown, "{}: {command:?} {end:?} is {sent:?}", house.name);
            }
            let never = WireEnd::NeverLeft { why: "no route".to_owned() };
            assert!(matches!(decode(&never), SendEnd::NeverLeft { .. }), "{}", house.name);
        }
    }
}

#[test]
fn a_reading_that_says_nothing_is_unclear_and_one_that_never_left_is_a_line_that_is_down() {
    for house in all() {
        let read = |end: WireEnd| {
            house.connector.decode_read(&house.account, house.provider_ref, &[end], now())
        };
        for end in [
            answer(500, b""),
            answer(502, b"<html>"),
            answer(200, b""),
            answer(200, b"[]"),
            WireEnd::Lost { why: "reset".to_owned() },
        ] {
            let named = format!("{} {end:?}", house.name);
            assert!(matches!(read(end), ReadEnd::Unclear { .. }), "{named}");
        }
        let never = WireEnd::NeverLeft { why: "no route".to_owned() };
        assert!(matches!(read(never), ReadEnd::Unreachable { .. }), "{}", house.name);
    }
}

#[test]
fn a_reading_ends_and_a_probe_needs_nothing_but_the_account() {
    for house in all() {
        let mut ends = Vec::new();
        let next = |ends: &[WireEnd]| {
            let made = house.connector.encode_read(&target(&house), house.provider_ref, ends);
            made.unwrap_or_else(|why| panic!("{}: {why}", house.name))
        };
        while let Some(request) = next(&ends) {
            shows_nothing(&house, &request);
            ends.push(WireEnd::Lost { why: "reset".to_owned() });
            assert!(ends.len() <= 8, "{} never has enough", house.name);
        }
        assert!(!ends.is_empty(), "{} reads nothing", house.name);
        let probe = house.connector.encode_probe(&target(&house));
        shows_nothing(&house, &probe.unwrap_or_else(|why| panic!("{}: {why}", house.name)));
    }
}

#[test]
fn what_can_be_filled_in_is_what_the_rules_know() {
    for house in all() {
        for kind in OFFERED {
            let fields = house.connector.fields(&house.account, kind);
            let mut words: Vec<&str> = fields.iter().map(|field| field.word()).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), fields.len(), "{} {kind:?}", house.name);
        }
        house.each(|command, subject, _| {
            let allowed = house.connector.check(&house.account, command, Some(subject)).is_ok();
            let fields = house.connector.fields(&house.account, command.kind());
            let words: Vec<&str> = fields.iter().map(|field| field.word()).collect();
            for needed in filled_in(command).into_iter().filter(|_| allowed) {
                let named = format!("{}: {command:?} needs {needed}", house.name);
                assert!(words.contains(&needed), "{named}: {words:?}");
            }
        });
    }
}

#[test]
fn money_of_no_two_or_three_decimals_goes_out_exactly_or_is_refused_before() {
    for (code, minor, major) in
        [("JPY", "500", "500"), ("KWD", "1234", "1.234"), ("GBP", "1234", "12.34")]
            .into_iter()
            .chain([("USD", "1234", "12.34"), ("SAR", "1234", "12.34"), ("SEK", "1234", "12.34")])
    {
        for house in all() {
            let currency = Currency::parse(code).expect("a currency");
            let account = Account { currency, ..house.account.clone() };
            let house = House { account, ..house };
            if house.connector.check_account(&house.account).is_err() {
                continue;
            }
            let amount = Money::from_minor(minor.parse().expect("a number"), currency);
            carried_exactly(&house, amount.expect("small"), [minor, major]);
        }
    }
}

fn carried_exactly(house: &House, amount: Money, texts: [&str; 2]) {
    let reason = ReasonCode::parse("goods_returned").expect("a code that every till knows");
    let moving = [
        Command::Adjust { total: amount, invoice: None, items: Vec::new() },
        Command::Refund { amount, reason, note: None },
        Command::Capture { amount: Some(amount), at: None },
    ];
    house.each_of(&moving, |command, subject, base| {
        if house.connector.check(&house.account, command, Some(subject)).is_err() {
            return;
        }
        let made = house.connector.encode(&target(house), &ask(house, command, base));
        let request = made.unwrap_or_else(|why| panic!("{}: {command:?}: {why}", house.name));
        let body = String::from_utf8(request.body).expect("a body is text");
        let numbers: Vec<&str> = body
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|n| !n.is_empty())
            .collect();
        // 500.00 says 500; 12.3 does not say 12.34.
        let plain = |text: &str| match text.split_once('.') {
            Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            None => text.to_owned(),
        };
        let said = texts.iter().any(|text| numbers.iter().any(|n| plain(n) == plain(text)));
        assert!(said, "{}: {amount} is not in {body}", house.name);
    });
}

#[test]
fn the_limits_shown_are_those_that_hold() {
    for house in all() {
        house.each(|command, subject, _| {
            let limits = house.connector.limits(&house.account, subject, command.kind());
            let amount = match command {
                Command::Adjust { total, .. } => Some(*total),
                Command::Refund { amount, .. } => Some(*amount),
                Command::Capture { amount, .. } => *amount,
                Command::Start { .. }
                | Command::Relabel { .. }
                | Command::Cancel { .. }
                | Command::Void => None,
            };
            let Some(amount) = amount.map(|amount| amount.minor()) else { return };
            let below = limits.least.is_some_and(|least| amount < least.minor());
            let above = limits.most.is_some_and(|most| amount > most.minor());
            let allowed = house.connector.check(&house.account, command, Some(subject)).is_ok();
            let named = format!("{}: {command:?} within {limits:?}", house.name);
            assert!(!(allowed && (below || above)), "{named} on {:?}", subject.facts);
        });
    }
}

/// The fields this command was made of.
fn filled_in(command: &Command) -> Vec<&'static str> {
    let given = |pairs: &[(bool, &'static str)]| {
        pairs.iter().filter(|(given, _)| *given).map(|(_, word)| *word).collect()
    };
    match command {
        Command::Start { .. } | Command::Adjust { .. } => vec!["total"],
        Command::Relabel { invoice, reference, description, metadata } => given(&[
            (invoice.is_some(), "invoice"),
            (reference.is_some(), "reference"),
            (description.is_some(), "description"),
            (!metadata.is_empty(), "metadata"),
        ]),
        Command::Refund { .. } => vec!["amount", "reason"],
        Command::Cancel { reason } => given(&[(reason.is_some(), "reason")]),
        Command::Capture { amount, at } => {
            given(&[(amount.is_some(), "amount"), (at.is_some(), "at")])
        }
        Command::Void => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic_and_an_effect_is_never_made_of_noise(
        status in prop_oneof![Just(200_u16), Just(201), Just(400), Just(429), 100_u16..600],
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[{\"}:, a-z0-9\\]]{0,80}".prop_map(String::into_bytes),
        ],
    ) {
        for house in all() {
            let facts = house.payments().remove(0);
            let end = answer(status, &body);
            for command in house.commands() {
                let base = Base::of(&facts);
                let ask = ask(&house, &command, &base);
                let sent = house.connector.decode_send(&house.account, &ask, &end);
                let empty_yes = body.is_empty() && (200..300).contains(&status);
                let applied = matches!(sent, SendEnd::Applied { .. });
                let refund = command.kind() == Kind::Refund;
                prop_assert!(!(applied && refund), "{}: {:?}", house.name, sent);
                prop_assert!(!applied || empty_yes || !body.is_empty());
            }
            let at = now();
            let (reference, ends) = (house.provider_ref, std::slice::from_ref(&end));
            let _ = house.connector.decode_read(&house.account, reference, ends, at);
            let _ = house.connector.decode_probe(&house.account, &end);
            let _ = house.connector.decode_list(&house.account, &end, at);
            let _ = house.connector.decode_news(&house.account, &end);
            let _ = house.connector.decode_effect(&house.account, "effect-1", &end);
        }
    }
}

#[test]
fn the_made_up_provider_reads_and_returns_as_its_page_says() {
    let tiny = all().pop().expect("it is the last one");
    let read = |status: u16, body: &str| {
        let end = answer(status, body.as_bytes());
        tiny.connector.decode_read(&tiny.account, "T-1", &[end], now())
    };
    let ReadEnd::Facts(facts) = read(200, r#"{"pence":10000,"back":0,"paid":true}"#) else {
        panic!("a payment was read");
    };
    assert_eq!(facts.amount, tiny.money("100.00"));
    let base = Base::of(&facts);
    let reason = ReasonCode::parse("other").expect("a code");
    let command = Command::Refund { amount: facts.amount, reason, note: None };
    let sent = |status: u16, body: &str| {
        let ask = ask(&tiny, &command, &base);
        tiny.connector.decode_send(&tiny.account, &ask, &answer(status, body.as_bytes()))
    };
    assert!(matches!(sent(200, r#"{"back":10000}"#), SendEnd::Applied { .. }));
    assert!(matches!(sent(200, r#"{"back":9999}"#), SendEnd::Unknown { .. }));
    assert!(matches!(sent(409, r#"{"no":"closed"}"#), SendEnd::Refused { .. }));
}
